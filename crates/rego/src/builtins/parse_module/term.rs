//! Terms as documents: `{"type": "ref", "value": [...]}`.

use super::order::compare;
use super::tree::Tree;
use crate::syntax::ast::{Expr, ExprKind, TemplatePart};
use value::{Value, number};

impl<'a> Tree<'_, 'a> {
    /// `{"type": kind, "value": value}`
    pub fn typed(&self, kind: &'static str, value: Value<'a>) -> Value<'a> {
        self.object(&[("type", self.arena.borrowed(kind)), ("value", value)])
    }

    pub fn var(&self, name: &str) -> Value<'a> {
        self.typed("var", self.arena.string(name))
    }

    pub fn string_term(&self, text: &str) -> Value<'a> {
        self.typed("string", self.arena.string(text))
    }

    pub fn boolean(&self, truth: bool) -> Value<'a> {
        self.typed("boolean", truth.into())
    }

    /// A reference from a root through names.
    pub fn path(&self, root: &str, names: &[String]) -> Value<'a> {
        self.typed("ref", self.path_terms(root, names))
    }

    /// The terms of [`Self::path`].
    pub fn path_terms(&self, root: &str, names: &[String]) -> Value<'a> {
        let names = names.iter().map(|name| self.string_term(name));
        self.arena.array(&std::iter::once(self.var(root)).chain(names).collect::<Vec<_>>())
    }

    /// A variable of its own for each `_`.
    pub fn wildcard(&mut self) -> Value<'a> {
        let name = format!("${}", self.wildcards);
        self.wildcards += 1;
        self.var(&name)
    }

    /// An expression as a term.
    pub fn term(&mut self, expr: &Expr) -> Value<'a> {
        if let Some(call) = self.call(expr) {
            return self.typed("call", call);
        }
        match &expr.kind {
            ExprKind::Null => self.typed("null", Value::EMPTY_OBJECT),
            ExprKind::Bool(truth) => self.boolean(*truth),
            ExprKind::Number(text) => self.typed("number", number::parse(self.arena, text).unwrap_or_default()),
            ExprKind::String(text) => self.string_term(text),
            ExprKind::TemplateString(parts) => self.template(expr, parts),
            ExprKind::Var(name) if name == "input" || name == "data" => self.path(name, &[]),
            ExprKind::Var(name) => self.var(name),
            ExprKind::Wildcard => self.wildcard(),
            ExprKind::Ref { head, path } => {
                let head = match &head.kind {
                    ExprKind::Var(name) => self.var(name),
                    _ => self.term(head),
                };
                let mut terms = vec![head];
                terms.extend(path.iter().map(|part| self.term(part)));
                self.typed("ref", self.arena.array(&terms))
            }
            ExprKind::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.term(item)).collect();
                self.typed("array", self.arena.array(&items))
            }
            ExprKind::Object(entries) => {
                let mut entries: Vec<_> =
                    entries.iter().map(|(key, value)| (self.term(key), self.term(value))).collect();
                entries.sort_by(|(a, _), (b, _)| compare(*a, *b));
                let entries: Vec<_> = entries.into_iter().map(|(key, value)| self.arena.array(&[key, value])).collect();
                self.typed("object", self.arena.array(&entries))
            }
            ExprKind::Set(members) => {
                let mut members: Vec<_> = members.iter().map(|member| self.term(member)).collect();
                members.sort_by(|a, b| compare(*a, *b));
                members.dedup();
                self.typed("set", self.arena.array(&members))
            }
            ExprKind::ArrayComprehension { term, body } => {
                let value = [("term", self.term(term)), ("body", self.body(body))];
                self.typed("arraycomprehension", self.object(&value))
            }
            ExprKind::SetComprehension { term, body } => {
                let value = [("term", self.term(term)), ("body", self.body(body))];
                self.typed("setcomprehension", self.object(&value))
            }
            ExprKind::ObjectComprehension { key, value, body } => {
                let value = [("key", self.term(key)), ("value", self.term(value)), ("body", self.body(body))];
                self.typed("objectcomprehension", self.object(&value))
            }
            ExprKind::Parenthesised(inner) => self.term(inner),
            // Calls, all of them.
            ExprKind::Call { .. } | ExprKind::Binary { .. } | ExprKind::In { .. } | ExprKind::Negative(_) => {
                Value::Null
            }
        }
    }

    /// The operator and the operands of whatever is a call; `None` of anything else.
    pub fn call(&mut self, expr: &Expr) -> Option<Value<'a>> {
        let mut terms = Vec::new();
        match &expr.kind {
            ExprKind::Parenthesised(inner) => return self.call(inner),
            ExprKind::Call { function, arguments } => {
                terms.push(match &function.kind {
                    ExprKind::Var(name) => self.path(name, &[]),
                    _ => self.term(function),
                });
                terms.extend(arguments.iter().map(|argument| self.term(argument)));
            }
            ExprKind::Binary { operator, left, right } => {
                terms.push(self.path(operator.builtin_name(), &[]));
                terms.push(self.term(left));
                terms.push(self.term(right));
            }
            ExprKind::Negative(inner) => {
                let zero = self.typed("number", Value::Int(0));
                terms.extend([self.path("minus", &[]), zero]);
                terms.push(self.term(inner));
            }
            ExprKind::In { key, value, collection } => {
                return Some(self.membership(key.as_deref(), value, collection));
            }
            _ => return None,
        }
        Some(self.arena.array(&terms))
    }

    /// `key, value in collection` as operator and operands.
    pub fn membership(&mut self, key: Option<&Expr>, value: &Expr, collection: &Expr) -> Value<'a> {
        let name = if key.is_some() { "member_3" } else { "member_2" };
        let mut terms = vec![self.path("internal", &[name.to_owned()])];
        terms.extend(key.into_iter().chain([value, collection]).map(|operand| self.term(operand)));
        self.arena.array(&terms)
    }

    fn template(&mut self, expr: &Expr, parts: &[TemplatePart]) -> Value<'a> {
        let multi_line = self.text.get(expr.span.start as usize..).is_some_and(|text| text.starts_with("$`"));
        let parts: Vec<_> = parts
            .iter()
            .map(|part| match part {
                TemplatePart::Text(text) => self.string_term(text),
                TemplatePart::Expr { value, with } if with.is_empty() && is_scalar(value) => self.term(value),
                TemplatePart::Expr { value, with } => {
                    let terms = self.statement_terms(value);
                    self.expression(0, terms, false, with)
                }
            })
            .collect();
        let parts = if parts.is_empty() { Value::Null } else { self.arena.array(&parts) };
        self.typed("templatestring", self.object(&[("multi_line", multi_line.into()), ("parts", parts)]))
    }
}

pub(super) fn is_scalar(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_))
}
