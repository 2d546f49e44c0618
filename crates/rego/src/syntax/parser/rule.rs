//! Rules.

use super::super::ast::{
    Dialect, Else, Expr, ExprKind, Head, HeadKind, Literal, LiteralKind, Name, Rule, TemplatePart,
};
use super::super::token::TokenKind;
use super::{Parse, Parser, shorten};
use value::{Diagnostic, Span};

/// How many bodies in a row may share one head. Each gets a copy of the head, which this keeps from adding up.
const BODIES_MAX: usize = 1_000;

/// A head, and whether it says `contains`.
struct ParsedHead {
    head: Head,
    contains: bool,
    /// A value stands in the head.
    valued: bool,
}

impl Parser<'_> {
    /// A rule with all its bodies, as one or more rules.
    pub(super) fn rule(&mut self, rules: &mut Vec<Rule>) -> Parse<()> {
        let first_token = self.at;
        let start = self.token().span.start;
        if self.kind() == TokenKind::Default && !self.word_begins_reference() {
            self.advance();
            let rule = self.default_rule(start)?;
            rules.push(rule);
            return Ok(());
        }
        let ParsedHead { mut head, contains, valued } = self.head()?;
        let has_if = self.at_keyword(TokenKind::If);
        let has_body = has_if || self.kind() == TokenKind::LeftBrace;
        let old_member = !has_if && !contains && !valued && head.parameters.is_none() && head.path.len() == 1;
        if !has_body && !contains && !valued {
            self.check_bare_fact(&head)?;
        }
        if old_member
            && self.dialect == Dialect::V0
            && let Some(key) = head.path.pop()
        {
            head.kind = HeadKind::Member { key };
        }
        let mut body = Vec::new();
        if has_if {
            self.advance();
            body = self.if_body(first_token)?;
        } else if has_body {
            body = self.braced_body()?;
            if self.dialect == Dialect::V1 {
                self.report_missing_if(&head, old_member);
            }
        }
        let otherwise = self.else_branches(&head, has_body)?;
        let rule = Rule { span: self.span_from(start), default: false, head, body, otherwise };
        self.more_bodies(rule, has_body, rules)
    }

    /// The further bodies in a row that share the head of `rule`.
    fn more_bodies(&mut self, rule: Rule, has_body: bool, rules: &mut Vec<Rule>) -> Parse<()> {
        let first = rules.len();
        let head = rule.head.clone();
        let has_else = !rule.otherwise.is_empty();
        rules.push(rule);
        while has_body && self.kind() == TokenKind::LeftBrace {
            let open = self.token().span;
            let problem = if has_else {
                Some("expected `else` keyword")
            } else if rules.len() - first >= BODIES_MAX {
                Some("too many bodies in a row")
            } else {
                None
            };
            if let Some(message) = problem {
                return self.fail_with_help(open, message, "write another rule of the same name");
            }
            let body = self.braced_body()?;
            let span = self.span_from(open.start);
            rules.push(Rule { span, default: false, head: head.clone(), body, otherwise: Vec::new() });
        }
        Ok(())
    }

    /// The reference that a rule is for, its parameters, and its value or member.
    fn head(&mut self) -> Parse<ParsedHead> {
        let token = self.token();
        let start = token.span.start;
        if token.kind != TokenKind::Identifier && !(token.kind.is_word() && self.word_begins_reference()) {
            return self.no_rule();
        }
        self.advance();
        let name = Name { span: token.span, text: self.text_of(token.span).to_owned() };
        match name.text.as_str() {
            "data" | "input" => {
                let message = format!("rules must not shadow `{}` (use a different rule name)", name.text);
                let diagnostic = Diagnostic::new("rego_compile_error", message, self.source, name.span);
                return self.fail(diagnostic);
            }
            "_" => return self.fail_at(name.span, "`_` cannot be the name of a rule"),
            _ => {}
        }
        let (path, parameters) = self.head_reference()?;
        let reference = self.span_from(start);
        let mut head = Head { span: reference, name, path, parameters, kind: HeadKind::Value { value: None } };
        let mut contains = false;
        let mut valued = false;
        if self.at_keyword(TokenKind::Contains) {
            let text = shorten(self.text_of(reference));
            if head.parameters.is_some() {
                let message = "the `contains` keyword can only be used with multi-value rule definitions";
                let help = format!("a function gives one value: write `{text} := value`");
                return self.fail_with_help(self.token().span, message, help);
            }
            self.advance();
            contains = true;
            head.kind = HeadKind::Member { key: self.expression()? };
        } else if matches!(self.kind(), TokenKind::Assign | TokenKind::Unify) {
            self.advance();
            self.check_value_begins(reference)?;
            valued = true;
            head.kind = HeadKind::Value { value: Some(self.expression()?) };
        }
        head.span = self.span_from(start);
        Ok(ParsedHead { head, contains, valued })
    }

    fn no_rule<T>(&mut self) -> Parse<T> {
        let mut diagnostic = self.unexpected_diagnostic("");
        diagnostic.help = match self.kind() {
            TokenKind::Semicolon => Some("put each rule on a line of its own, without `;`".to_owned()),
            TokenKind::Else => Some("`else` follows the body of a rule".to_owned()),
            TokenKind::If => Some("`if` stands between the head of a rule and its body".to_owned()),
            kind if kind.is_keyword() => {
                Some(format!("`{}` cannot be the name of a rule", self.text_of(self.token().span)))
            }
            kind if kind.closes() => Some("nothing is open that it could close".to_owned()),
            _ => Some("a rule begins with its name: `name := value` or `name if { ... }`".to_owned()),
        };
        self.fail(diagnostic)
    }

    /// What follows the name: `.q[x].r` and `(parameters)`. The first part may stand apart from the name.
    fn head_reference(&mut self) -> Parse<(Vec<Expr>, Option<Vec<Expr>>)> {
        let mut path = Vec::new();
        loop {
            let follows = self.touches_last() || (path.is_empty() && !self.token().newline_before);
            match self.kind() {
                TokenKind::Dot if follows => path.push(self.dot_operand()?),
                TokenKind::LeftBracket if follows => path.push(self.bracket_operand()?),
                TokenKind::LeftParenthesis if follows => {
                    let parameters = self.arguments()?;
                    return Ok((path, (!parameters.is_empty()).then_some(parameters)));
                }
                _ => return Ok((path, None)),
            }
        }
    }

    /// `p :=` and then another rule on the next line: without this check, the next rule's name would be the value.
    fn check_value_begins(&mut self, reference: Span) -> Parse<()> {
        let token = self.token();
        let next_rule = token.newline_before
            && token.kind == TokenKind::Identifier
            && self.token_at(self.at + 1).kind == TokenKind::Assign;
        if next_rule || token.kind == TokenKind::EndOfFile {
            let name = shorten(self.text_of(reference));
            let end = self.last_end();
            return self.fail_at(Span::new(end, end), format!("expected rule value term (e.g., `{name} := <VALUE>`)"));
        }
        Ok(())
    }

    /// Refuses a head without value and body where it says nothing.
    fn check_bare_fact(&mut self, head: &Head) -> Parse<()> {
        let token = self.token();
        let name = shorten(self.text_of(head.span));
        let ends = token.newline_before || token.kind == TokenKind::EndOfFile;
        let fact = head.parameters.is_some() || !head.path.is_empty();
        if self.dialect == Dialect::V0 && fact && ends {
            return Ok(());
        }
        if !ends {
            let expected = match self.dialect {
                Dialect::V0 => "expected `=`, `:=` or `{`",
                Dialect::V1 => "expected `:=`, `if` or `contains`",
            };
            let mut diagnostic = self.unexpected_diagnostic(expected);
            diagnostic.help = match token.kind {
                TokenKind::Identifier => diagnostic.help,
                TokenKind::Equal => Some(format!("write `{name} := ...`")),
                _ => Some(format!("a rule is `{name} := value`, `{name} if {{ ... }}` or `{name} contains value`")),
            };
            return self.fail(diagnostic);
        }
        if head.parameters.is_none() && head.path.is_empty() {
            let body = if self.dialect == Dialect::V0 { "{ ... }" } else { "if { ... }" };
            let help = format!("give it a value, `{name} := value`, or a body, `{name} {body}`");
            return self.fail_with_help(head.span, "var cannot be used for rule name", help);
        }
        if head.parameters.is_none() && head.path.len() == 1 {
            let help = self.contains_help(head, "");
            return self.fail_with_help(head.span, "`contains` keyword is required for partial set rules", help);
        }
        let what = if head.parameters.is_some() { "function" } else { "rule" };
        let message = format!("{what} must have value assignment and/or body declaration");
        let help = format!("write `{name} := true` or `{name} if {{ ... }}`");
        self.fail_with_help(head.span, message, help)
    }

    /// Records that a body in a v1 module has no `if`. The rule is read well otherwise, so reading goes on.
    fn report_missing_if(&mut self, head: &Head, old_member: bool) {
        let what = if head.parameters.is_some() { "function" } else { "rule" };
        let message = format!("`if` keyword is required before {what} body");
        let help = if old_member {
            self.contains_help(head, " if { ... }")
        } else {
            let text = shorten(self.text_of(head.span));
            format!("write `{text} if {{ ... }}`{}", self.old_syntax())
        };
        let diagnostic = Diagnostic::new(super::PARSE_ERROR, message, self.source, head.span).help(help);
        self.errors.push(diagnostic);
    }

    /// How to write the old `p[x]` today.
    fn contains_help(&self, head: &Head, body: &str) -> String {
        let name = &head.name.text;
        let key = match head.path.first() {
            Some(Expr { span, kind: ExprKind::String(text) }) if !self.text_of(*span).starts_with(['"', '`']) => {
                format!("\"{text}\"")
            }
            Some(key) => shorten(self.text_of(key.span)),
            None => "value".to_owned(),
        };
        format!("write `{name} contains {key}{body}`{}", self.old_syntax())
    }

    /// The other way out for a module in the old syntax, unless it claims to be in the new one.
    fn old_syntax(&self) -> &'static str {
        if self.imports_v1 { "" } else { ", or read modules in the old syntax with `--v0`" }
    }

    /// The body after `if`: one statement, or several in braces.
    fn if_body(&mut self, first_token: usize) -> Parse<Vec<Literal>> {
        let next = self.token();
        // `p if` and then another rule: without this check, the next rule would be the body.
        let next_rule = next.newline_before
            && next.kind.is_word()
            && matches!(self.token_at(self.at + 1).kind, TokenKind::Assign | TokenKind::If | TokenKind::Contains)
            && self.column(self.at) <= self.indentation(first_token);
        if next_rule || next.kind == TokenKind::EndOfFile {
            let end = self.last_end();
            return self.fail_at(Span::new(end, end), "rule body expected");
        }
        if self.kind() != TokenKind::LeftBrace {
            return Ok(vec![self.literal()?]);
        }
        // As in OPA, braces hold a value if they can be read as one, unless that is a set on its own: `p if {"a": 1}.a`,
        // but `p if { true }`. Only the outermost braces of a rule are ever read twice.
        let checkpoint = self.checkpoint();
        if !self.braces_hold_no_value()
            && let Ok(literal) = self.literal()
            && !matches!(&literal.kind, LiteralKind::Expr(Expr { kind: ExprKind::Set(_), .. }))
        {
            return Ok(vec![literal]);
        }
        self.rewind(checkpoint);
        self.braced_body()
    }

    /// Whether the braces that open here surely hold no value but a set on its own, as nearly all bodies do: no colon or bar
    /// stands right inside of them, and another rule begins behind them. Reading them as a value first would cost as much
    /// again as reading them.
    fn braces_hold_no_value(&self) -> bool {
        let mut depth = 0_usize;
        for index in self.at.. {
            let token = self.token_at(index);
            match token.kind {
                TokenKind::EndOfFile => return false,
                TokenKind::Colon | TokenKind::Pipe if depth == 1 => return false,
                kind if kind.closing() != kind => depth += 1,
                kind if kind.closes() => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        let next = self.token_at(index + 1);
                        // Where `and` and `or` join conditions, they are identifiers still.
                        let joins = self.keywords.and || self.keywords.or;
                        let is_next_rule = next.newline_before && next.kind == TokenKind::Identifier && !joins;
                        return index > self.at + 1 && (is_next_rule || next.kind == TokenKind::EndOfFile);
                    }
                }
                _ => {}
            }
        }
        false
    }

    fn else_branches(&mut self, head: &Head, has_body: bool) -> Parse<Vec<Else>> {
        let mut branches = Vec::new();
        while has_body && self.at_keyword(TokenKind::Else) && !self.word_begins_reference() {
            let span = self.token().span;
            if !head.path.iter().all(is_ground) {
                return self.fail_at(span, "`else` keyword cannot be used on rules with variables in head");
            }
            if matches!(head.kind, HeadKind::Member { .. }) {
                return self.fail_at(span, "`else` keyword cannot be used on multi-value rules");
            }
            branches.push(self.else_branch(head)?);
        }
        Ok(branches)
    }

    fn else_branch(&mut self, head: &Head) -> Parse<Else> {
        let start = self.advance().span.start;
        let mut value = None;
        match self.kind() {
            TokenKind::Assign | TokenKind::Unify => {
                self.advance();
                value = Some(self.expression()?);
            }
            TokenKind::LeftBrace | TokenKind::If => {}
            _ => return self.unexpected("expected else value term or rule body"),
        }
        let mut body = Vec::new();
        if self.at_keyword(TokenKind::If) {
            self.advance();
            body = match self.kind() {
                TokenKind::EndOfFile => return self.unexpected("rule body expected"),
                TokenKind::LeftBrace => self.braced_body()?,
                _ => vec![self.literal()?],
            };
        } else if self.kind() == TokenKind::LeftBrace {
            let written = self.span_from(start);
            body = self.braced_body()?;
            if self.dialect == Dialect::V1 {
                let what = if head.parameters.is_some() { "function" } else { "rule" };
                let message = format!("`if` keyword is required before {what} body");
                let text = shorten(self.text_of(written));
                let help = format!("write `{text} if {{ ... }}`{}", self.old_syntax());
                self.errors.push(Diagnostic::new(super::PARSE_ERROR, message, self.source, written).help(help));
            }
        }
        Ok(Else { span: self.span_from(start), value, body })
    }

    /// `default p := 1`, after its first word.
    fn default_rule(&mut self, start: u32) -> Parse<Rule> {
        let ParsedHead { head, .. } = self.head()?;
        let HeadKind::Value { value: Some(value) } = &head.kind else {
            let help = format!("write `default {} := false`", head.name.text);
            return self.fail_with_help(self.span_from(start), "illegal default rule (must have a value)", help);
        };
        if let Some((what, span)) = not_constant(value) {
            let message = format!("illegal default rule (value cannot contain {what})");
            return self.fail_with_help(span, message, "a default value is the same for every input");
        }
        let mut names: Vec<&str> = Vec::new();
        for parameter in head.parameters.as_deref().unwrap_or_default() {
            match &parameter.kind {
                ExprKind::Wildcard => {}
                ExprKind::Var(name) if names.contains(&name.as_str()) => {
                    let message = format!("illegal default rule (arguments cannot be repeated `{name}`)");
                    return self.fail_at(parameter.span, message);
                }
                ExprKind::Var(name) => names.push(name),
                _ => {
                    let text = shorten(self.text_of(parameter.span));
                    let message = format!("illegal default rule (arguments cannot contain `{text}`)");
                    return self.fail_with_help(parameter.span, message, "write `_` for every parameter");
                }
            }
        }
        Ok(Rule { span: self.span_from(start), default: true, head, body: Vec::new(), otherwise: Vec::new() })
    }
}

/// Whether an operand of a head is the same for every input, as OPA sees it.
fn is_ground(expression: &Expr) -> bool {
    match &expression.kind {
        ExprKind::Var(name) => matches!(name.as_str(), "data" | "input"),
        ExprKind::Wildcard
        | ExprKind::ArrayComprehension { .. }
        | ExprKind::SetComprehension { .. }
        | ExprKind::ObjectComprehension { .. } => false,
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
        ExprKind::TemplateString(parts) => parts.iter().all(|part| matches!(part, TemplatePart::Text(_))),
        ExprKind::Ref { path, .. } => path.iter().all(is_ground),
        ExprKind::Call { arguments, .. } => arguments.iter().all(is_ground),
        ExprKind::Array(elements) | ExprKind::Set(elements) => elements.iter().all(is_ground),
        ExprKind::Object(pairs) => pairs.iter().all(|(key, value)| is_ground(key) && is_ground(value)),
        ExprKind::Binary { left, right, .. } => is_ground(left) && is_ground(right),
        ExprKind::In { key, value, collection } => {
            key.as_ref().is_none_or(|key| is_ground(key)) && is_ground(value) && is_ground(collection)
        }
        ExprKind::Negative(inner) | ExprKind::Parenthesised(inner) => is_ground(inner),
    }
}

/// The first part of a value that depends on something, by OPA's name for it. Comprehensions may hold what they like.
fn not_constant(expression: &Expr) -> Option<(&'static str, Span)> {
    match &expression.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::ArrayComprehension { .. }
        | ExprKind::SetComprehension { .. }
        | ExprKind::ObjectComprehension { .. } => None,
        ExprKind::Var(name) if !matches!(name.as_str(), "data" | "input") => Some(("var", expression.span)),
        ExprKind::Wildcard => Some(("var", expression.span)),
        ExprKind::Var(_) | ExprKind::Ref { .. } => Some(("ref", expression.span)),
        ExprKind::Call { .. } | ExprKind::Binary { .. } | ExprKind::In { .. } | ExprKind::Negative(_) => {
            Some(("call", expression.span))
        }
        ExprKind::TemplateString(parts) => parts.iter().find_map(|part| match part {
            TemplatePart::Text(_) => None,
            TemplatePart::Expr { value, .. } => not_constant(value),
        }),
        ExprKind::Array(elements) | ExprKind::Set(elements) => elements.iter().find_map(not_constant),
        ExprKind::Object(pairs) => {
            pairs.iter().find_map(|(key, value)| not_constant(key).or_else(|| not_constant(value)))
        }
        ExprKind::Parenthesised(inner) => not_constant(inner),
    }
}
