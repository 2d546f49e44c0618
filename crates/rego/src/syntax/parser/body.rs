//! Bodies and their statements.

use super::super::ast::{BinaryOperator, Expr, ExprKind, Literal, LiteralKind, Name, With};
use super::super::token::{Token, TokenKind};
use super::{Parse, Parser, expression};

/// What the `|` after the first term in a bracket turned out to be.
pub(super) enum AfterBar {
    /// The start of a comprehension's body; the closing bracket is taken.
    Body { head: Expr, body: Vec<Literal> },
    /// A set union, of which a comma shows that the bracket holds a list.
    Union(Expr),
}

impl Parser<'_> {
    /// The statements of a query.
    pub(super) fn query(&mut self) -> Option<Vec<Literal>> {
        if self.kind() == TokenKind::EndOfFile {
            return self.fail_at(self.token().span, "empty query").ok();
        }
        let mut body = Vec::new();
        loop {
            body.push(self.literal().ok()?);
            match self.kind() {
                TokenKind::EndOfFile => return Some(body),
                TokenKind::Semicolon => {
                    self.advance();
                }
                _ if self.token().newline_before => {}
                _ => return self.unexpected("expected newline, `;` or end of query").ok(),
            }
        }
    }

    /// `{ statements }`.
    pub(super) fn braced_body(&mut self) -> Parse<Vec<Literal>> {
        self.enter()?;
        let open = self.advance();
        if self.kind() == TokenKind::RightBrace {
            let span = open.span.to(self.token().span);
            return self.fail_with_help(span, "found empty body", "write `true` for a body that always holds");
        }
        let first = self.literal()?;
        let body = self.body_after(first, open, TokenKind::RightBrace)?;
        self.depth -= 1;
        Ok(body)
    }

    /// The statements after the first one, and the bracket that closes them.
    fn body_after(&mut self, first: Literal, open: Token, close: TokenKind) -> Parse<Vec<Literal>> {
        let mut body = vec![first];
        loop {
            if self.take_if(close).is_some() {
                return Ok(body);
            }
            if self.take_if(TokenKind::Semicolon).is_none() && !self.token().newline_before {
                return self.unclosed(open, &format!("expected newline or `;` or `{}`", close.bracket()));
            }
            if self.kind() == TokenKind::EndOfFile {
                return self.unclosed(open, &format!("expected `{}`", close.bracket()));
            }
            body.push(self.literal()?);
        }
    }

    /// What follows `head` and a bar.
    pub(super) fn after_bar(&mut self, head: Expr, open: Token, close: TokenKind) -> Parse<AfterBar> {
        // A body within a bracket is a level of its own: it takes about as much of the stack as the bracket does.
        self.enter()?;
        self.advance();
        if self.kind() == close {
            return self.fail_at(self.token().span, "found empty body");
        }
        let first = self.literal()?;
        if self.kind() == TokenKind::Comma && first.with.is_empty() {
            match first.kind {
                LiteralKind::Expr(Expr {
                    kind: ExprKind::Binary { operator: BinaryOperator::Assign | BinaryOperator::Unify, .. },
                    ..
                }) => {}
                LiteralKind::Expr(rest) => {
                    self.depth -= 1;
                    return Ok(AfterBar::Union(Self::union_in_front(head, rest)));
                }
                _ => {}
            }
            return self.unclosed(open, &format!("expected newline or `;` or `{}`", close.bracket()));
        }
        let body = self.body_after(first, open, close)?;
        self.depth -= 1;
        Ok(AfterBar::Body { head, body })
    }

    /// One statement with its `with` modifiers.
    pub(super) fn literal(&mut self) -> Parse<Literal> {
        let start = self.token().span.start;
        let mut literal = if self.keywords.and || self.keywords.or {
            self.disjunction()?
        } else {
            Literal { kind: self.condition()?, span: self.span_from(start), with: Vec::new() }
        };
        if !matches!(literal.kind, LiteralKind::SomeDeclaration(_)) {
            literal.with.extend(self.with_modifiers()?);
        }
        self.refuse_operator_after_with()?;
        literal.span = self.span_from(start);
        Ok(literal)
    }

    /// A statement that is not joined with others.
    pub(super) fn condition(&mut self) -> Parse<LiteralKind> {
        match self.kind() {
            TokenKind::Some if !self.word_begins_reference() => self.some(),
            TokenKind::Every if !self.word_begins_reference() => self.every(),
            TokenKind::Not if !self.word_begins_reference() => self.not(),
            _ => Ok(LiteralKind::Expr(self.statement_expression()?)),
        }
    }

    fn not(&mut self) -> Parse<LiteralKind> {
        self.advance();
        match self.kind() {
            TokenKind::Some | TokenKind::Every if !self.word_begins_reference() => {
                let word = self.text_of(self.token().span);
                let message = format!("illegal negation of `{word}`");
                let help = "put the statement in a rule of its own and negate that";
                self.fail_with_help(self.token().span, message, help)
            }
            TokenKind::LeftBrace if self.keywords.not_body => Ok(LiteralKind::NotBody(self.braced_body()?)),
            TokenKind::LeftParenthesis if self.keywords.not_body && self.at_group() => {
                Ok(LiteralKind::NotBody(vec![self.group()?]))
            }
            _ => Ok(LiteralKind::Not(self.statement_expression()?)),
        }
    }

    /// An expression as a statement, where `:=` and `=` may stand.
    fn statement_expression(&mut self) -> Parse<Expr> {
        let left = self.expression()?;
        let operator = match self.kind() {
            TokenKind::Assign => BinaryOperator::Assign,
            TokenKind::Unify => BinaryOperator::Unify,
            _ => return Ok(left),
        };
        self.advance();
        let right = self.expression()?;
        Ok(expression::binary(operator, left, right))
    }

    /// `some x, y` or `some k, v in xs`.
    fn some(&mut self) -> Parse<LiteralKind> {
        self.advance();
        let first = self.relation(None)?;
        if self.keywords.r#in && self.at_keyword(TokenKind::In) {
            return self.some_in(None, first);
        }
        if self.kind() == TokenKind::Comma && self.keywords.r#in {
            self.advance();
            let second = self.relation(None)?;
            if self.at_keyword(TokenKind::In) {
                return self.some_in(Some(first), second);
            }
            let names = vec![self.declared_name(first)?, self.declared_name(second)?];
            return self.some_names(names);
        }
        let name = self.declared_name(first)?;
        self.some_names(vec![name])
    }

    fn some_in(&mut self, key: Option<Expr>, value: Expr) -> Parse<LiteralKind> {
        self.advance();
        let collection = self.relation(None)?;
        Ok(LiteralKind::SomeIn { key, value, collection })
    }

    fn some_names(&mut self, mut names: Vec<Name>) -> Parse<LiteralKind> {
        while self.take_if(TokenKind::Comma).is_some() {
            let expression = self.relation(None)?;
            if self.at_keyword(TokenKind::In) {
                return self.unexpected("expected `x in xs` or `x, y in xs` expression");
            }
            names.push(self.declared_name(expression)?);
        }
        Ok(LiteralKind::SomeDeclaration(names))
    }

    fn declared_name(&mut self, expression: Expr) -> Parse<Name> {
        match expression.kind {
            ExprKind::Var(text) => Ok(Name { span: expression.span, text }),
            ExprKind::Wildcard => Ok(Name { span: expression.span, text: "_".to_owned() }),
            _ => self.fail_at(expression.span, "expected `x in xs` or `x, y in xs` expression after `some`"),
        }
    }

    /// `every k, v in xs { ... }`.
    fn every(&mut self) -> Parse<LiteralKind> {
        self.advance();
        let first = self.relation(None)?;
        let (key, value) = if self.take_if(TokenKind::Comma).is_some() {
            let second = self.relation(None)?;
            (Some(first), second)
        } else {
            (None, first)
        };
        if !self.at_keyword(TokenKind::In) {
            return self.unexpected("expected `x[, y] in xs { ... }` expression");
        }
        self.advance();
        let key = match key {
            Some(key) => Some(self.every_name(key, "expected key to be a variable")?),
            None => None,
        };
        let value = self.every_name(value, "expected value to be a variable")?;
        let collection = self.relation(None)?;
        if self.kind() != TokenKind::LeftBrace {
            return self.unexpected("missing body");
        }
        let body = self.braced_body()?;
        Ok(LiteralKind::Every { key, value, collection, body })
    }

    fn every_name(&mut self, expression: Expr, message: &str) -> Parse<Name> {
        match expression.kind {
            ExprKind::Var(text) => Ok(Name { span: expression.span, text }),
            ExprKind::Wildcard => Ok(Name { span: expression.span, text: "_".to_owned() }),
            _ => self.fail_at(expression.span, message),
        }
    }

    /// `with target as value`, any number of times.
    pub(super) fn with_modifiers(&mut self) -> Parse<Vec<With>> {
        let mut modifiers = Vec::new();
        while self.at_keyword(TokenKind::With) {
            let start = self.advance().span.start;
            if !matches!(self.kind(), TokenKind::Identifier | TokenKind::Contains) && !self.word_begins_reference() {
                return self.unexpected("expected a reference after `with`, such as `input.x`");
            }
            let target = self.term()?;
            if !matches!(target.kind, ExprKind::Var(_) | ExprKind::Ref { .. }) {
                return self.fail_at(target.span, "expected with target path");
            }
            if self.take_if(TokenKind::As).is_none() {
                return self.unexpected("expected `as` keyword");
            }
            let value = self.expression()?;
            modifiers.push(With { span: self.span_from(start), target, value });
        }
        Ok(modifiers)
    }
}
