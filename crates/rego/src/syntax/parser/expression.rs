//! Operators.

use super::super::ast::{BinaryOperator, Expr, ExprKind};
use super::super::token::TokenKind;
use super::{LookedAhead, Parse, Parser};

impl Parser<'_> {
    /// The one expression a text consists of.
    pub(super) fn only_expression(&mut self) -> Option<Expr> {
        let expression = self.expression().ok()?;
        if self.kind() != TokenKind::EndOfFile {
            return self.unexpected("expected end of file").ok();
        }
        Some(expression)
    }

    /// An expression without `:=` and `=`, where `key, value in collection` may stand.
    pub(super) fn expression(&mut self) -> Parse<Expr> {
        self.membership(None, true)
    }

    /// One element of a list, where a comma ends the expression. `first` is its first term, if that has been read.
    pub(super) fn element(&mut self, first: Option<Expr>) -> Parse<Expr> {
        self.membership(first, false)
    }

    /// `a in b`, `a, b in c`, or an expression of operators that bind tighter.
    fn membership(&mut self, first: Option<Expr>, pairs: bool) -> Parse<Expr> {
        let mut left = self.relation(first)?;
        if pairs && self.keywords.r#in && self.kind() == TokenKind::Comma {
            left = self.pair_membership(left)?;
        }
        let mut chain = 0;
        while self.at_keyword(TokenKind::In) {
            chain += 1;
            self.check_depth(chain)?;
            self.advance();
            let collection = self.relation(None)?;
            left = Expr {
                span: left.span.to(collection.span),
                kind: ExprKind::In { key: None, value: Box::new(left), collection: Box::new(collection) },
            };
        }
        Ok(left)
    }

    /// Having read `left`, and standing before a comma: `left, value in collection`, or just `left`.
    fn pair_membership(&mut self, left: Expr) -> Parse<Expr> {
        let comma = self.at;
        self.advance();
        if self.kind().closes() || self.kind() == TokenKind::EndOfFile {
            self.at = comma;
            return Ok(left);
        }
        let start = self.at;
        let value = self.relation(None)?;
        if !self.at_keyword(TokenKind::In) {
            self.looked_ahead = Some(LookedAhead { start, end: self.at, expression: value });
            self.at = comma;
            return Ok(left);
        }
        self.advance();
        let collection = self.relation(None)?;
        Ok(Expr {
            span: left.span.to(collection.span),
            kind: ExprKind::In { key: Some(Box::new(left)), value: Box::new(value), collection: Box::new(collection) },
        })
    }

    /// Comparisons, set operators and arithmetic, all of which nest to the left.
    ///
    /// A loop with a stack of its own, not a function for each precedence: nesting must cost little of the thread's stack.
    pub(super) fn relation(&mut self, first: Option<Expr>) -> Parse<Expr> {
        if let Some(ahead) = self.looked_ahead.take_if(|ahead| first.is_none() && ahead.start == self.at) {
            self.at = ahead.end;
            return Ok(ahead.expression);
        }
        let mut operand = match first {
            Some(first) => first,
            None => self.term()?,
        };
        let mut pending: Vec<(Expr, BinaryOperator)> = Vec::new();
        let mut chain = 0;
        while let Some(operator) = infix_operator(self.kind()) {
            chain += 1;
            self.check_depth(chain)?;
            self.advance();
            while let Some((left, waiting)) =
                pending.pop_if(|(_, waiting)| waiting.precedence() >= operator.precedence())
            {
                operand = binary(waiting, left, operand);
            }
            pending.push((operand, operator));
            operand = self.term()?;
        }
        while let Some((left, waiting)) = pending.pop() {
            operand = binary(waiting, left, operand);
        }
        Ok(operand)
    }

    /// Reads on after `head |`, which turned out to be a set union and not a comprehension: `rest` is what was read after
    /// the bar, as an expression of its own, and `head |` belongs in front of its first operand.
    pub(super) fn union_in_front(head: Expr, rest: Expr) -> Expr {
        let mut spine = Vec::new();
        let mut operand = rest;
        loop {
            operand = match operand.kind {
                ExprKind::Binary { operator, left, right }
                    if operator.precedence() <= BinaryOperator::Or.precedence() =>
                {
                    spine.push((Some(operator), *right));
                    *left
                }
                ExprKind::In { key: None, value, collection } => {
                    spine.push((None, *collection));
                    *value
                }
                kind => {
                    operand = Expr { span: operand.span, kind };
                    break;
                }
            };
        }
        let mut joined = binary(BinaryOperator::Or, head, operand);
        while let Some((operator, right)) = spine.pop() {
            joined = match operator {
                Some(operator) => binary(operator, joined, right),
                None => Expr {
                    span: joined.span.to(right.span),
                    kind: ExprKind::In { key: None, value: Box::new(joined), collection: Box::new(right) },
                },
            };
        }
        joined
    }
}

/// An operator between two operands.
pub(super) fn binary(operator: BinaryOperator, left: Expr, right: Expr) -> Expr {
    Expr {
        span: left.span.to(right.span),
        kind: ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) },
    }
}

fn infix_operator(kind: TokenKind) -> Option<BinaryOperator> {
    Some(match kind {
        TokenKind::Equal => BinaryOperator::Equal,
        TokenKind::NotEqual => BinaryOperator::NotEqual,
        TokenKind::Less => BinaryOperator::Less,
        TokenKind::LessOrEqual => BinaryOperator::LessOrEqual,
        TokenKind::Greater => BinaryOperator::Greater,
        TokenKind::GreaterOrEqual => BinaryOperator::GreaterOrEqual,
        TokenKind::Plus => BinaryOperator::Plus,
        TokenKind::Minus => BinaryOperator::Minus,
        TokenKind::Star => BinaryOperator::Times,
        TokenKind::Slash => BinaryOperator::Divide,
        TokenKind::Percent => BinaryOperator::Remainder,
        TokenKind::Ampersand => BinaryOperator::And,
        TokenKind::Pipe => BinaryOperator::Or,
        _ => return None,
    })
}
