//! Modules, rules and statements as documents.

use super::term::is_scalar;
use crate::syntax::ast::{
    Expr, Head, HeadKind, Import, Literal, LiteralKind, LogicalOperand, Module, Name, Rule, With,
};
use crate::syntax::comments;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use value::{Arena, Position, Value};

/// Makes documents of one module.
pub(super) struct Tree<'m, 'a> {
    pub arena: &'a Arena,
    /// The text of the module.
    pub text: &'m str,
    /// Whether `not` negates whole bodies here.
    whole_negation: bool,
    /// How many `_` have got a name, in source order.
    pub wildcards: u32,
}

impl<'m, 'a> Tree<'m, 'a> {
    pub fn new(arena: &'a Arena, module: &'m Module) -> Self {
        let whole_negation = module.imports.iter().any(|import| import.path == ["future", "keywords", "not"]);
        Self { arena, text: &module.source.text, whole_negation, wildcards: 0 }
    }

    /// An object of these entries.
    pub fn object(&self, entries: &[(&'static str, Value<'a>)]) -> Value<'a> {
        self.arena.object(&entries.iter().map(|&(key, value)| (self.arena.borrowed(key), value)).collect::<Vec<_>>())
    }

    /// The whole module.
    pub fn module(&mut self, module: &Module) -> Value<'a> {
        let package = self.object(&[("path", self.path_terms("data", &module.package.path))]);
        let mut entries = vec![("package", package)];
        let imports: Vec<_> = module.imports.iter().map(|import| self.import(import)).collect();
        let rules: Vec<_> = module.rules.iter().map(|rule| self.rule(rule)).collect();
        let comments = self.comments(&module.source.name);
        for (key, list) in [("imports", imports), ("rules", rules), ("comments", comments)] {
            if !list.is_empty() {
                entries.push((key, self.arena.array(&list)));
            }
        }
        self.object(&entries)
    }

    fn import(&self, import: &Import) -> Value<'a> {
        let (root, names) =
            import.path.split_first().map_or(("", Default::default()), |(root, names)| (root.as_str(), names));
        let mut entries = vec![("path", self.path(root, names))];
        entries.extend(import.alias.as_ref().map(|alias| ("alias", self.arena.string(&alias.text))));
        self.object(&entries)
    }

    /// As Go marshals them: with fields in capitals, and text in base64.
    fn comments(&self, name: &str) -> Vec<Value<'a>> {
        let name = self.arena.string(name);
        let comment = |span: value::Span| {
            let place = Position::of(self.text, span.start);
            let text = self.text.get(span.start as usize + 1..span.end as usize).unwrap_or_default();
            let location =
                [("file", name), ("row", Value::Int(place.line.into())), ("col", Value::Int(place.column.into()))];
            self.object(&[
                ("Location", self.object(&location)),
                ("Text", self.arena.string(&STANDARD.encode(text.trim_end_matches('\r')))),
            ])
        };
        comments(self.text).into_iter().map(comment).collect()
    }

    fn rule(&mut self, rule: &Rule) -> Value<'a> {
        let head = self.head(rule);
        let mut entries = vec![("head", head), ("body", self.body_or_true(&rule.body))];
        if rule.default {
            entries.push(("default", Value::TRUE));
        }
        entries.extend(self.otherwise(rule).map(|otherwise| ("else", otherwise)));
        self.object(&entries)
    }

    fn head(&mut self, rule: &Rule) -> Value<'a> {
        let (mut entries, key) = self.signature(rule);
        match &rule.head.kind {
            HeadKind::Member { key } => entries.push(("key", self.term(key))),
            HeadKind::Value { value } => {
                entries.extend(key.filter(|_| HeadShape::of(rule).has_key).map(|key| ("key", key)));
                self.value(value.as_ref(), rule.head.span.start, &mut entries);
            }
        }
        self.object(&entries)
    }

    /// What the heads of a rule and of its `else` branches have in common, and the last part of their reference. Each head has
    /// wildcards of its own.
    fn signature(&mut self, rule: &Rule) -> (Vec<(&'static str, Value<'a>)>, Option<Value<'a>>) {
        let head = &rule.head;
        let mut reference = vec![self.var(&head.name.text)];
        reference.extend(head.path.iter().map(|part| self.term(part)));
        let mut entries = vec![("ref", self.arena.array(&reference))];
        if let Some(parameters) = &head.parameters {
            let parameters: Vec<_> = parameters.iter().map(|parameter| self.term(parameter)).collect();
            entries.push(("args", self.arena.array(&parameters)));
        }
        if HeadShape::of(rule).has_name {
            entries.push(("name", self.arena.string(&head.name.text)));
        }
        (entries, reference.last().copied())
    }

    /// What a head or branch that starts at byte `start` gives.
    fn value(&mut self, value: Option<&Expr>, start: u32, entries: &mut Vec<(&'static str, Value<'a>)>) {
        let Some(value) = value else {
            entries.push(("value", self.boolean(true)));
            return;
        };
        let before = self.text.get(start as usize..value.span.start as usize).unwrap_or_default();
        if before.trim_end().ends_with(":=") {
            entries.push(("assign", Value::TRUE));
        }
        entries.push(("value", self.term(value)));
    }

    /// Each branch holds the next one.
    fn otherwise(&mut self, rule: &Rule) -> Option<Value<'a>> {
        let mut made = Vec::new();
        for branch in &rule.otherwise {
            let (mut head, _) = self.signature(rule);
            self.value(branch.value.as_ref(), branch.span.start, &mut head);
            made.push(vec![("head", self.object(&head)), ("body", self.body_or_true(&branch.body))]);
        }
        made.into_iter().rev().fold(None, |next, mut entries| {
            entries.extend(next.map(|next| ("else", next)));
            Some(self.object(&entries))
        })
    }

    /// The body of a rule; `true` where none is written.
    fn body_or_true(&mut self, body: &[Literal]) -> Value<'a> {
        if body.is_empty() {
            return self.arena.array(&[self.expression(0, self.boolean(true), false, &[])]);
        }
        self.body(body)
    }

    /// Statements in order.
    pub fn body(&mut self, body: &[Literal]) -> Value<'a> {
        let statements: Vec<_> =
            body.iter().enumerate().map(|(index, literal)| self.statement(index, literal)).collect();
        self.arena.array(&statements)
    }

    fn statement(&mut self, index: usize, literal: &Literal) -> Value<'a> {
        let mut negated = false;
        let terms = match &literal.kind {
            LiteralKind::SomeDeclaration(names) => {
                let names: Vec<_> = names.iter().map(|name| self.var(&name.text)).collect();
                self.object(&[("symbols", self.arena.array(&names))])
            }
            LiteralKind::SomeIn { key, value, collection } => {
                let membership = self.membership(key.as_ref(), value, collection);
                self.object(&[("symbols", self.arena.array(&[self.typed("call", membership)]))])
            }
            LiteralKind::Every { key, value, collection, body } => {
                let entries = [
                    ("key", key.as_ref().map_or(Value::Null, |key| self.declared(key))),
                    ("value", self.declared(value)),
                    ("domain", self.term(collection)),
                    ("body", self.body(body)),
                ];
                self.object(&entries)
            }
            LiteralKind::Not(expr) if self.whole_negation => {
                let terms = self.statement_terms(expr);
                let body = self.arena.array(&[self.expression(0, terms, false, &[])]);
                self.negation(body, false)
            }
            LiteralKind::Not(expr) => {
                negated = true;
                self.statement_terms(expr)
            }
            LiteralKind::NotBody(body) => {
                let body = self.body(body);
                self.negation(body, true)
            }
            LiteralKind::Logical { operator, left, right } => {
                let mut entries = vec![("type", self.arena.borrowed(operator.as_str()))];
                let mut operand = |side, explicit, operand: &LogicalOperand| {
                    entries.push((side, self.body(&operand.body)));
                    entries.extend(operand.braced.then_some((explicit, Value::TRUE)));
                };
                operand("lhs", "explicit_lhs", left);
                operand("rhs", "explicit_rhs", right);
                self.object(&entries)
            }
            LiteralKind::Expr(expr) => self.statement_terms(expr),
        };
        self.expression(index, terms, negated, &literal.with)
    }

    /// `_` is no name.
    fn declared(&mut self, name: &Name) -> Value<'a> {
        if name.text == "_" { self.wildcard() } else { self.var(&name.text) }
    }

    fn negation(&self, body: Value<'a>, explicit: bool) -> Value<'a> {
        let explicit = explicit.into();
        self.object(&[("type", self.arena.borrowed("not")), ("body", body), ("explicit_body", explicit)])
    }

    /// One statement: operator and operands of a call as a list, anything else as a term.
    pub fn statement_terms(&mut self, expr: &Expr) -> Value<'a> {
        match self.call(expr) {
            Some(call) => call,
            None => self.term(expr),
        }
    }

    /// A statement around its terms.
    pub fn expression(&mut self, index: usize, terms: Value<'a>, negated: bool, with: &[With]) -> Value<'a> {
        let mut entries = vec![("index", Value::Int(i64::try_from(index).unwrap_or(i64::MAX))), ("terms", terms)];
        if negated {
            entries.push(("negated", Value::TRUE));
        }
        if !with.is_empty() {
            let with: Vec<_> = with
                .iter()
                .map(|with| {
                    let entries = [("target", self.term(&with.target)), ("value", self.term(&with.value))];
                    self.object(&entries)
                })
                .collect();
            entries.push(("with", self.arena.array(&with)));
        }
        self.object(&entries)
    }
}

/// Which fields OPA gives a head besides its reference: those from before references were allowed there.
struct HeadShape {
    has_name: bool,
    has_key: bool,
}

impl HeadShape {
    fn of(rule: &Rule) -> Self {
        let Head { path, parameters, kind, .. } = &rule.head;
        let written = matches!(kind, HeadKind::Value { value: Some(_) });
        match (path.as_slice(), kind) {
            ([], _) => Self { has_name: true, has_key: false },
            ([_], HeadKind::Value { .. }) if parameters.is_some() => {
                Self { has_name: !rule.body.is_empty(), has_key: false }
            }
            ([part], HeadKind::Value { .. }) if written && !rule.default => {
                Self { has_name: true, has_key: !is_scalar(part) || rule.body.is_empty() }
            }
            ([part], HeadKind::Value { .. }) => Self { has_name: false, has_key: !is_scalar(part) },
            _ => Self { has_name: false, has_key: false },
        }
    }
}
