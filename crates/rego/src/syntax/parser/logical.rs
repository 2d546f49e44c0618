//! Conditions joined by `and` and `or`, where they are imported.
//!
//! An operand is a single statement, a group in parentheses, or a body in braces. What a bracket at the start of an operand is,
//! a group or the start of an expression, a body or a set, is told by what follows it, so that nothing is read twice.

use super::super::ast::{Literal, LiteralKind, LogicalOperand, LogicalOperator};
use super::super::token::TokenKind;
use super::{Parse, Parser};

impl Parser<'_> {
    /// The operator at a token, if one is meant there.
    fn logical_operator(&self, index: usize) -> Option<LogicalOperator> {
        let token = self.token_at(index);
        if token.kind != TokenKind::Identifier {
            return None;
        }
        match self.text_of(token.span) {
            "and" if self.keywords.and => Some(LogicalOperator::And),
            "or" if self.keywords.or => Some(LogicalOperator::Or),
            _ => None,
        }
    }

    /// The operator that stands after an operand.
    pub(super) fn at_logical_operator(&self) -> Option<LogicalOperator> {
        let (token, next) = (self.token(), self.token_at(self.at + 1));
        // On a line of its own `or(x, y)` is a call of the builtin.
        let is_call = next.kind == TokenKind::LeftParenthesis && next.span.start == token.span.end;
        self.logical_operator(self.at).filter(|_| !(token.newline_before && is_call))
    }

    /// One statement or several joined, and the modifiers that stand in a group around them.
    pub(super) fn disjunction(&mut self) -> Parse<Literal> {
        let mut left = self.conjunction(true)?;
        let mut chain = 0;
        while self.at_logical_operator() == Some(LogicalOperator::Or) {
            chain += 1;
            self.check_depth(chain)?;
            self.advance();
            let right = self.conjunction(false)?;
            left = joined(LogicalOperator::Or, left, right);
        }
        match <[Literal; 1]>::try_from(left.body) {
            Ok([literal]) => Ok(literal),
            // A body is read as an operand only where an operator joins it with another.
            Err(_) => self.unexpected("expected `and` or `or`"),
        }
    }

    fn conjunction(&mut self, first: bool) -> Parse<LogicalOperand> {
        let mut left = self.logical_operand(first)?;
        let mut chain = 0;
        while self.at_logical_operator() == Some(LogicalOperator::And) {
            chain += 1;
            self.check_depth(chain)?;
            self.advance();
            let right = self.logical_operand(false)?;
            left = joined(LogicalOperator::And, left, right);
        }
        Ok(left)
    }

    fn logical_operand(&mut self, first: bool) -> Parse<LogicalOperand> {
        let start = self.token().span.start;
        if self.kind() == TokenKind::LeftBrace && self.braces_hold_operand(first) {
            let body = self.braced_body()?;
            return Ok(LogicalOperand { span: self.span_from(start), body, braced: true });
        }
        let literal = if self.at_group() {
            self.group()?
        } else {
            let kind = self.condition()?;
            Literal { span: self.span_from(start), kind, with: Vec::new() }
        };
        Ok(LogicalOperand { span: self.span_from(start), body: vec![literal], braced: false })
    }

    /// `(a or b)`, of which [`Self::at_group`] has made sure.
    pub(super) fn group(&mut self) -> Parse<Literal> {
        self.enter()?;
        let open = self.advance();
        let literal = self.literal()?;
        if self.take_if(TokenKind::RightParenthesis).is_none() {
            return self.unclosed(open, "expected `)`");
        }
        self.depth -= 1;
        Ok(literal)
    }

    /// Whether a parenthesis opens here that holds conditions and not an expression.
    pub(super) fn at_group(&self) -> bool {
        if self.kind() != TokenKind::LeftParenthesis || !(self.keywords.and || self.keywords.or) {
            return false;
        }
        let Some(close) = self.closing(self.at) else { return false };
        // Parentheses in parentheses are looked into only where they are all that there is.
        let (mut open, mut close) = (self.at, close);
        while self.token_at(open + 1).kind == TokenKind::LeftParenthesis && self.closing(open + 1) == Some(close - 1) {
            (open, close) = (open + 1, close - 1);
        }
        let mut depth = 0_u32;
        for index in open + 1..close {
            let kind = self.token_at(index).kind;
            match kind {
                _ if opens(kind) => depth += 1,
                _ if kind.closes() || kind == TokenKind::TemplateClose => depth = depth.saturating_sub(1),
                TokenKind::With if depth == 0 => return true,
                // After an operand it is an operator, otherwise the name of a builtin.
                _ if depth == 0
                    && self.logical_operator(index).is_some()
                    && ends_operand(self.token_at(index - 1).kind) =>
                {
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// Whether the braces that open here are an operand's body and not a set or an object.
    fn braces_hold_operand(&self, first: bool) -> bool {
        let Some(close) = self.closing(self.at) else { return false };
        if self.logical_operator(close + 1).is_some() {
            return true;
        }
        let next = self.token_at(close + 1);
        let ends =
            next.kind.closes() || matches!(next.kind, TokenKind::Semicolon | TokenKind::EndOfFile | TokenKind::With);
        !first && (ends || next.newline_before)
    }

    /// The token that closes the bracket at `open`.
    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0_u32;
        for index in open..self.tokens.len() {
            let kind = self.token_at(index).kind;
            if opens(kind) {
                depth += 1;
            } else if kind.closes() || kind == TokenKind::TemplateClose {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(index);
                }
            }
        }
        None
    }

    /// After the modifiers of a statement nothing can be joined to it.
    pub(super) fn refuse_operator_after_with(&mut self) -> Parse<()> {
        if self.at_logical_operator().is_none() {
            return Ok(());
        }
        let span = self.token().span;
        let word = self.text_of(span).to_owned();
        let message = format!("`{word}` after `with`: a modifier applies to all that is joined and comes last");
        self.fail_with_help(span, message, "put an operand that has modifiers of its own in parentheses")
    }
}

fn joined(operator: LogicalOperator, left: LogicalOperand, right: LogicalOperand) -> LogicalOperand {
    let span = left.span.to(right.span);
    let kind = LiteralKind::Logical { operator, left, right };
    LogicalOperand { span, body: vec![Literal { span, kind, with: Vec::new() }], braced: false }
}

const fn opens(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::LeftParenthesis | TokenKind::LeftBracket | TokenKind::LeftBrace | TokenKind::TemplateOpen)
}

const fn ends_operand(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Identifier
            | TokenKind::Number
            | TokenKind::String
            | TokenKind::RawString
            | TokenKind::TemplateEnd
            | TokenKind::RightBracket
            | TokenKind::RightBrace
            | TokenKind::RightParenthesis
            | TokenKind::Null
            | TokenKind::True
            | TokenKind::False
    )
}
