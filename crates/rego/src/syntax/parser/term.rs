//! Terms: everything that is not held together by an operator.

use super::super::ast::{Expr, ExprKind, TemplatePart};
use super::super::lexer::{unescape, unescape_raw_template};
use super::super::token::{Token, TokenKind};
use super::body::AfterBar;
use super::{Parse, Parser};

impl Parser<'_> {
    /// A term with the references and calls that follow it without a space.
    pub(super) fn term(&mut self) -> Parse<Expr> {
        let start = self.token().span.start;
        let negated_name = self.kind() == TokenKind::Minus && {
            let next = self.token_at(self.at + 1);
            !matches!(next.kind, TokenKind::Number | TokenKind::Dot) && next.kind.is_word()
        };
        if negated_name {
            self.advance();
            let operand = self.reference()?;
            return Ok(self.expression_at(start, ExprKind::Negative(Box::new(operand))));
        }
        self.reference()
    }

    fn reference(&mut self) -> Parse<Expr> {
        let head = self.primary()?;
        if self.touches_last()
            && matches!(self.kind(), TokenKind::Dot | TokenKind::LeftBracket | TokenKind::LeftParenthesis)
        {
            return self.postfix(head);
        }
        Ok(head)
    }

    fn primary(&mut self) -> Parse<Expr> {
        let token = self.token();
        match token.kind {
            TokenKind::LeftBracket => self.array(),
            TokenKind::LeftBrace => self.braces(),
            TokenKind::LeftParenthesis => self.parenthesised(),
            TokenKind::TemplateBegin => self.template(),
            TokenKind::Number | TokenKind::Minus | TokenKind::Dot => self.number(),
            kind if kind.is_word() && (kind == TokenKind::Identifier || self.word_begins_reference()) => {
                Ok(self.variable())
            }
            // Only the head of a rule knows `contains` as a keyword; elsewhere it is the builtin.
            TokenKind::Contains => Ok(self.variable()),
            TokenKind::String | TokenKind::RawString => {
                self.advance();
                Ok(Expr { span: token.span, kind: ExprKind::String(self.string_value(token)) })
            }
            TokenKind::Null | TokenKind::True | TokenKind::False => {
                self.advance();
                let kind = match token.kind {
                    TokenKind::True => ExprKind::Bool(true),
                    TokenKind::False => ExprKind::Bool(false),
                    _ => ExprKind::Null,
                };
                Ok(Expr { span: token.span, kind })
            }
            _ => self.no_term(token),
        }
    }

    fn no_term<T>(&mut self, token: Token) -> Parse<T> {
        let ended = token.kind.closes() || token.kind == TokenKind::EndOfFile;
        let mut diagnostic = self.unexpected_diagnostic(if ended { "expected expression" } else { "" });
        let before = self.at.checked_sub(1).map(|index| self.token_at(index).kind);
        match token.kind {
            TokenKind::Some | TokenKind::Every | TokenKind::Not if before == Some(TokenKind::Pipe) => {
                diagnostic.help = Some(PARENTHESISE_HEAD.to_owned());
            }
            TokenKind::RightBrace | TokenKind::RightBracket | TokenKind::RightParenthesis
                if before == Some(TokenKind::Semicolon) =>
            {
                diagnostic.help = Some("remove the `;` before it".to_owned());
            }
            kind if kind.is_keyword() && diagnostic.help.is_none() => {
                let text = self.text_of(token.span);
                diagnostic.help = Some(format!("`{text}` cannot be the name of a variable"));
            }
            _ => {}
        }
        self.fail(diagnostic)
    }

    fn variable(&mut self) -> Expr {
        let token = self.advance();
        let text = self.text_of(token.span);
        let kind = if text == "_" { ExprKind::Wildcard } else { ExprKind::Var(text.to_owned()) };
        Expr { span: token.span, kind }
    }

    /// The value of a string token.
    pub(super) fn string_value(&self, token: Token) -> String {
        let text = self.text_of(token.span);
        if token.kind == TokenKind::RawString {
            let inner = text.strip_prefix('`').unwrap_or(text);
            return inner.strip_suffix('`').unwrap_or(inner).to_owned();
        }
        let inner = text.strip_prefix('"').unwrap_or(text);
        unescape(inner.strip_suffix('"').unwrap_or(inner))
    }

    fn number(&mut self) -> Parse<Expr> {
        let start = self.token().span.start;
        let minus = self.take_if(TokenKind::Minus).is_some();
        let dot = self.take_if(TokenKind::Dot).is_some();
        if self.kind() != TokenKind::Number || (dot && !self.touches_last()) {
            return self.unexpected("expected number");
        }
        let token = self.advance();
        let digits = self.text_of(token.span);
        if dot && digits.contains('.') {
            return self.fail_at(self.span_from(start), format!("illegal number `.{digits}`: illegal number format"));
        }
        // `.5` is read for the sake of old policies; the tree holds numbers as JSON writes them.
        let text = format!("{}{}{digits}", if minus { "-" } else { "" }, if dot { "0." } else { "" });
        Ok(self.expression_at(start, ExprKind::Number(text)))
    }

    fn parenthesised(&mut self) -> Parse<Expr> {
        self.enter()?;
        let open = self.advance();
        let inner = self.expression()?;
        self.close(open, TokenKind::RightParenthesis, "expected `)`")?;
        self.depth -= 1;
        Ok(self.expression_at(open.span.start, ExprKind::Parenthesised(Box::new(inner))))
    }

    /// `.name`, `[operand]` and `(arguments)` after `head`.
    fn postfix(&mut self, head: Expr) -> Parse<Expr> {
        let mut head = head;
        let mut path = Vec::new();
        let start = head.span.start;
        if self.kind() != TokenKind::LeftParenthesis
            && let Some(name) = no_reference_head(&head.kind)
        {
            return self.fail_at(head.span, format!("illegal ref (head cannot be {name})"));
        }
        while self.touches_last() {
            match self.kind() {
                TokenKind::Dot => path.push(self.dot_operand()?),
                TokenKind::LeftBracket => path.push(self.bracket_operand()?),
                TokenKind::LeftParenthesis => {
                    let function = self.called(head, std::mem::take(&mut path), start)?;
                    head = self.call(function)?;
                }
                _ => break,
            }
        }
        if path.is_empty() {
            return Ok(head);
        }
        Ok(self.expression_at(start, ExprKind::Ref { head: Box::new(head), path }))
    }

    /// `.name`; the name may be any word.
    pub(super) fn dot_operand(&mut self) -> Parse<Expr> {
        self.advance();
        let token = self.token();
        if !token.kind.is_word() || !self.touches_last() {
            return self.unexpected("expected a name after `.`");
        }
        self.advance();
        Ok(Expr { span: token.span, kind: ExprKind::String(self.text_of(token.span).to_owned()) })
    }

    /// `[operand]`.
    pub(super) fn bracket_operand(&mut self) -> Parse<Expr> {
        self.enter()?;
        let open = self.advance();
        let operand = self.expression()?;
        self.close(open, TokenKind::RightBracket, "expected `]`")?;
        self.depth -= 1;
        Ok(operand)
    }

    /// What stands before the `(` of a call.
    fn called(&mut self, head: Expr, path: Vec<Expr>, start: u32) -> Parse<Expr> {
        let named = matches!(head.kind, ExprKind::Var(_))
            && path.iter().all(|operand| matches!(operand.kind, ExprKind::String(_)));
        if !named {
            let span = self.span_from(start);
            let text = super::shorten(self.text_of(span));
            return self.fail_with_help(
                span,
                format!("`{text}` cannot be called"),
                "a function is called by its name, such as `f(x)` or `data.lib.f(x)`",
            );
        }
        if path.is_empty() {
            return Ok(head);
        }
        Ok(self.expression_at(start, ExprKind::Ref { head: Box::new(head), path }))
    }

    fn call(&mut self, function: Expr) -> Parse<Expr> {
        let start = function.span.start;
        let arguments = self.arguments()?;
        let kind = match &function.kind {
            ExprKind::Var(name) if name == "set" && arguments.is_empty() => ExprKind::Set(Vec::new()),
            _ => ExprKind::Call { function: Box::new(function), arguments },
        };
        Ok(self.expression_at(start, kind))
    }

    /// `(a, b)`.
    pub(super) fn arguments(&mut self) -> Parse<Vec<Expr>> {
        self.enter()?;
        let open = self.advance();
        let mut arguments = Vec::new();
        if self.take_if(TokenKind::RightParenthesis).is_none() {
            arguments.push(self.element(None)?);
            self.more_elements(&mut arguments, open, TokenKind::RightParenthesis)?;
        }
        self.depth -= 1;
        Ok(arguments)
    }

    /// The elements after the first one, and the bracket that closes them.
    fn more_elements(&mut self, elements: &mut Vec<Expr>, open: Token, close: TokenKind) -> Parse<()> {
        while self.take_if(close).is_none() {
            if self.kind() != TokenKind::Comma {
                return self.no_separator(elements.last(), open, close);
            }
            self.advance();
            if self.take_if(close).is_some() {
                break;
            }
            elements.push(self.element(None)?);
        }
        Ok(())
    }

    fn no_separator<T>(&mut self, last: Option<&Expr>, open: Token, close: TokenKind) -> Parse<T> {
        let mut diagnostic = self.unexpected_diagnostic(&format!("expected `,` or `{}`", close.bracket()));
        let union = last.is_some_and(spine_has_union);
        if union && matches!(self.kind(), TokenKind::Assign | TokenKind::Unify | TokenKind::Semicolon) {
            diagnostic.help = Some(PARENTHESISE_HEAD.to_owned());
        } else if diagnostic.help.is_none() {
            diagnostic.help = self.unclosed_help(open);
        }
        self.fail(diagnostic)
    }

    /// `[a, b]` or `[a | body]`.
    fn array(&mut self) -> Parse<Expr> {
        self.enter()?;
        let open = self.advance();
        let mut elements = Vec::new();
        if self.take_if(TokenKind::RightBracket).is_none() {
            // OPA reads over a comma before the first element, after which `|` is always a union.
            if self.take_if(TokenKind::Comma).is_some() {
                elements.push(self.element(None)?);
            } else {
                let first = self.term()?;
                if self.kind() == TokenKind::Pipe {
                    match self.after_bar(first, open, TokenKind::RightBracket)? {
                        AfterBar::Body { head, body } => {
                            self.depth -= 1;
                            let kind = ExprKind::ArrayComprehension { term: Box::new(head), body };
                            return Ok(self.expression_at(open.span.start, kind));
                        }
                        AfterBar::Union(union) => elements.push(union),
                    }
                } else {
                    elements.push(self.element(Some(first))?);
                }
            }
            self.more_elements(&mut elements, open, TokenKind::RightBracket)?;
        }
        self.depth -= 1;
        Ok(self.expression_at(open.span.start, ExprKind::Array(elements)))
    }

    /// A set, an object, or a comprehension of either.
    pub(super) fn braces(&mut self) -> Parse<Expr> {
        self.enter()?;
        let open = self.advance();
        let kind = self.braces_contents(open)?;
        self.depth -= 1;
        Ok(self.expression_at(open.span.start, kind))
    }

    fn braces_contents(&mut self, open: Token) -> Parse<ExprKind> {
        if self.take_if(TokenKind::RightBrace).is_some() {
            return Ok(ExprKind::Object(Vec::new()));
        }
        let comprehension = self.take_if(TokenKind::Comma).is_none();
        let mut first = None;
        if comprehension {
            let term = self.term()?;
            if self.kind() == TokenKind::Pipe {
                match self.after_bar(term, open, TokenKind::RightBrace)? {
                    AfterBar::Body { head, body } => {
                        return Ok(ExprKind::SetComprehension { term: Box::new(head), body });
                    }
                    AfterBar::Union(union) => return self.set_after(union, open),
                }
            }
            first = Some(term);
        }
        let first = self.element(first)?;
        if self.kind() == TokenKind::Colon {
            self.object(first, comprehension, open)
        } else {
            self.set_after(first, open)
        }
    }

    fn set_after(&mut self, first: Expr, open: Token) -> Parse<ExprKind> {
        let mut elements = vec![first];
        self.more_elements(&mut elements, open, TokenKind::RightBrace)?;
        Ok(ExprKind::Set(elements))
    }

    /// The rest of an object after its first key.
    fn object(&mut self, key: Expr, comprehension: bool, open: Token) -> Parse<ExprKind> {
        self.advance();
        let mut first = None;
        if comprehension {
            let term = self.term()?;
            if self.kind() == TokenKind::Pipe {
                match self.after_bar(term, open, TokenKind::RightBrace)? {
                    AfterBar::Body { head, body } => {
                        let (key, value) = (Box::new(key), Box::new(head));
                        return Ok(ExprKind::ObjectComprehension { key, value, body });
                    }
                    AfterBar::Union(union) => return self.object_after(key, union, open),
                }
            }
            first = Some(term);
        }
        let value = self.element(first)?;
        self.object_after(key, value, open)
    }

    fn object_after(&mut self, key: Expr, value: Expr, open: Token) -> Parse<ExprKind> {
        let mut pairs = vec![(key, value)];
        while self.take_if(TokenKind::RightBrace).is_none() {
            if self.kind() != TokenKind::Comma {
                return self.no_separator(pairs.last().map(|(_, value)| value), open, TokenKind::RightBrace);
            }
            self.advance();
            if self.take_if(TokenKind::RightBrace).is_some() {
                break;
            }
            let key = self.element(None)?;
            if self.take_if(TokenKind::Colon).is_none() {
                return self.unexpected("expected `:` after the key");
            }
            let value = self.element(None)?;
            pairs.push((key, value));
        }
        Ok(ExprKind::Object(pairs))
    }

    fn template(&mut self) -> Parse<Expr> {
        self.enter()?;
        let begin = self.advance();
        let raw = self.text_of(begin.span).ends_with('`');
        let mut parts = Vec::new();
        loop {
            let token = self.advance();
            match token.kind {
                TokenKind::TemplateText => {
                    let text = self.text_of(token.span);
                    parts.push(TemplatePart::Text(if raw { unescape_raw_template(text) } else { unescape(text) }));
                }
                TokenKind::TemplateOpen => parts.push(self.template_expression(token)?),
                // The lexer gives nothing else between the quotes.
                _ => break,
            }
        }
        self.depth -= 1;
        Ok(self.expression_at(begin.span.start, ExprKind::TemplateString(parts)))
    }

    fn template_expression(&mut self, open: Token) -> Parse<TemplatePart> {
        let token = self.token();
        if token.kind == TokenKind::TemplateClose {
            let help = "write `\\{` for a brace that is meant as text";
            return self.fail_with_help(
                open.span.to(token.span),
                "invalid template-string expression: it is empty",
                help,
            );
        }
        if matches!(token.kind, TokenKind::Not | TokenKind::Some | TokenKind::Every) && !self.word_begins_reference() {
            let text = self.text_of(token.span);
            return self.fail_at(token.span, format!("unexpected `{text}` in template-string expression"));
        }
        let value = self.expression()?;
        match self.kind() {
            TokenKind::Unify => {
                return self.fail_at(self.token().span, "unexpected unification (`=`) in template-string expression");
            }
            TokenKind::Assign => {
                return self.fail_at(self.token().span, "unexpected assignment (`:=`) in template-string expression");
            }
            _ => {}
        }
        let with = self.with_modifiers()?;
        self.close(open, TokenKind::TemplateClose, "expected `}` to end template string expression")?;
        Ok(TemplatePart::Expr { value, with })
    }
}

const PARENTHESISE_HEAD: &str =
    "for a comprehension, put what stands before `|` in parentheses: `[(x + 1) | some x in xs]`";

/// What a term is called that nothing can be looked up in, or `None` when something can.
fn no_reference_head(kind: &ExprKind) -> Option<&'static str> {
    match kind {
        ExprKind::Null => Some("null"),
        ExprKind::Bool(_) => Some("boolean"),
        ExprKind::Number(_) => Some("number"),
        ExprKind::String(_) => Some("string"),
        ExprKind::TemplateString(_) => Some("template string"),
        ExprKind::Parenthesised(inner) => match &inner.kind {
            ExprKind::Ref { .. } => Some("ref"),
            inner => no_reference_head(inner),
        },
        _ => None,
    }
}

/// Whether `|` is the loosest operator on the left of `expression`.
fn spine_has_union(expression: &Expr) -> bool {
    use super::super::ast::BinaryOperator::Or;
    let mut expression = expression;
    loop {
        match &expression.kind {
            ExprKind::Binary { operator: Or, .. } => return true,
            ExprKind::Binary { left, .. } => expression = left,
            ExprKind::In { value, .. } => expression = value,
            _ => return false,
        }
    }
}
