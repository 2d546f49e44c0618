//! Modules as JSON, in the shape of OPA's syntax trees: clients read names of packages and rules from it.

use rego::syntax::ast::{
    Else, Expr, ExprKind, Head, HeadKind, Literal, LiteralKind, LogicalOperand, Module, Rule, TemplatePart, With,
};
use value::{Arena, Value, number};

/// A module: its package, its imports and its rules.
pub(crate) fn module<'a>(arena: &'a Arena, module: &Module) -> Value<'a> {
    Writer { arena }.module(module)
}

struct Writer<'a> {
    arena: &'a Arena,
}

impl<'a> Writer<'a> {
    fn object(&self, entries: &[(&'static str, Value<'a>)]) -> Value<'a> {
        let entries: Vec<_> = entries.iter().map(|&(key, value)| (self.arena.borrowed(key), value)).collect();
        self.arena.object(&entries)
    }

    fn term(&self, kind: &'static str, value: Value<'a>) -> Value<'a> {
        self.object(&[("type", self.arena.borrowed(kind)), ("value", value)])
    }

    fn variable(&self, name: &str) -> Value<'a> {
        self.term("var", self.arena.string(name))
    }

    fn string(&self, text: &str) -> Value<'a> {
        self.term("string", self.arena.string(text))
    }

    fn list<'n, T: 'n>(&self, nodes: impl IntoIterator<Item = &'n T>, write: impl Fn(&T) -> Value<'a>) -> Value<'a> {
        let nodes: Vec<_> = nodes.into_iter().map(write).collect();
        self.arena.array(&nodes)
    }

    /// `data.a.b`: a variable, then strings.
    fn path(&self, path: &[String]) -> Value<'a> {
        let parts = path.iter().enumerate().map(|(index, name)| match index {
            0 => self.variable(name),
            _ => self.string(name),
        });
        self.arena.array(&parts.collect::<Vec<_>>())
    }

    /// A reference to a builtin or operator by its dotted name.
    fn function(&self, name: &str) -> Value<'a> {
        let parts: Vec<String> = name.split('.').map(str::to_owned).collect();
        self.term("ref", self.path(&parts))
    }

    fn module(&self, module: &Module) -> Value<'a> {
        let package: Vec<String> =
            std::iter::once("data".to_owned()).chain(module.package.path.iter().cloned()).collect();
        let mut entries = vec![
            ("package", self.object(&[("path", self.path(&package))])),
            ("rules", self.list(&module.rules, |rule| self.rule(rule))),
        ];
        if !module.imports.is_empty() {
            let import = |import: &rego::syntax::ast::Import| {
                let mut entries = vec![("path", self.term("ref", self.path(&import.path)))];
                entries.extend(import.alias.as_ref().map(|alias| ("alias", self.arena.string(&alias.text))));
                self.object(&entries)
            };
            entries.push(("imports", self.list(&module.imports, import)));
        }
        self.object(&entries)
    }

    fn rule(&self, rule: &Rule) -> Value<'a> {
        let mut entries = vec![("head", self.head(&rule.head)), ("body", self.body(&rule.body))];
        if rule.default {
            entries.push(("default", Value::TRUE));
        }
        if let Some(otherwise) = self.otherwise(&rule.head, &rule.otherwise) {
            entries.push(("else", otherwise));
        }
        self.object(&entries)
    }

    fn head(&self, head: &Head) -> Value<'a> {
        let parts: Vec<_> = std::iter::once(self.variable(&head.name.text))
            .chain(head.path.iter().map(|part| self.expr(part)))
            .collect();
        let mut entries = vec![("name", self.arena.string(&head.name.text)), ("ref", self.arena.array(&parts))];
        if let Some(parameters) = &head.parameters {
            entries.push(("args", self.list(parameters, |parameter| self.expr(parameter))));
        }
        match &head.kind {
            HeadKind::Value { value } => {
                entries.push(("value", value.as_ref().map_or_else(|| self.holds(), |value| self.expr(value))));
            }
            HeadKind::Member { key } => entries.push(("key", self.expr(key))),
        }
        self.object(&entries)
    }

    /// Each branch is a rule of the same name inside of the one before.
    fn otherwise(&self, head: &Head, branches: &[Else]) -> Option<Value<'a>> {
        branches.iter().rev().fold(None, |inner, branch| {
            let value = branch.value.as_ref().map_or_else(|| self.holds(), |value| self.expr(value));
            let head = self.object(&[
                ("name", self.arena.string(&head.name.text)),
                ("ref", self.arena.array(&[self.variable(&head.name.text)])),
                ("value", value),
            ]);
            let mut entries = vec![("head", head), ("body", self.body(&branch.body))];
            entries.extend(inner.map(|inner| ("else", inner)));
            Some(self.object(&entries))
        })
    }

    fn holds(&self) -> Value<'a> {
        self.term("boolean", Value::TRUE)
    }

    /// The body of a fact holds.
    fn body(&self, body: &[Literal]) -> Value<'a> {
        if body.is_empty() {
            return self.arena.array(&[self.object(&[("index", Value::Int(0)), ("terms", self.holds())])]);
        }
        let literals = (0..).zip(body).map(|(index, literal)| self.literal(index, literal));
        self.arena.array(&literals.collect::<Vec<_>>())
    }

    fn literal(&self, index: i64, literal: &Literal) -> Value<'a> {
        let mut entries = vec![("index", Value::Int(index))];
        let (terms, negated) = match &literal.kind {
            LiteralKind::Expr(expr) => (self.terms(expr), false),
            LiteralKind::Not(expr) => (self.terms(expr), true),
            LiteralKind::NotBody(body) => (self.object(&[("body", self.body(body))]), true),
            LiteralKind::SomeDeclaration(names) => {
                let symbols = self.list(names, |name| self.variable(&name.text));
                (self.object(&[("symbols", symbols)]), false)
            }
            LiteralKind::SomeIn { key, value, collection } => {
                let member = self.member(key.as_ref(), value, collection);
                (self.object(&[("symbols", self.arena.array(&[self.term("call", member)]))]), false)
            }
            LiteralKind::Every { key, value, collection, body } => {
                let key = key.as_ref().map_or(Value::Null, |key| self.variable(&key.text));
                let terms = self.object(&[
                    ("key", key),
                    ("value", self.variable(&value.text)),
                    ("domain", self.expr(collection)),
                    ("body", self.body(body)),
                ]);
                (terms, false)
            }
            LiteralKind::Logical { operator, left, right } => {
                let side = |operand: &LogicalOperand| self.body(&operand.body);
                let operands = self.arena.array(&[side(left), side(right)]);
                (self.object(&[("operator", self.arena.borrowed(operator.as_str())), ("operands", operands)]), false)
            }
        };
        entries.push(("terms", terms));
        if negated {
            entries.push(("negated", Value::TRUE));
        }
        if !literal.with.is_empty() {
            entries.push(("with", self.with(&literal.with)));
        }
        self.object(&entries)
    }

    fn with(&self, modifiers: &[With]) -> Value<'a> {
        self.list(modifiers, |with| {
            self.object(&[("target", self.expr(&with.target)), ("value", self.expr(&with.value))])
        })
    }

    /// A statement: the parts of a call, or a term.
    fn terms(&self, expr: &Expr) -> Value<'a> {
        match &expr.kind {
            ExprKind::Call { .. } | ExprKind::Binary { .. } | ExprKind::In { .. } | ExprKind::Negative(_) => {
                self.expr(expr).get_str("value").unwrap_or_default()
            }
            ExprKind::Parenthesised(inner) => self.terms(inner),
            _ => self.expr(expr),
        }
    }

    fn member(&self, key: Option<&Expr>, value: &Expr, collection: &Expr) -> Value<'a> {
        let name = if key.is_some() { "internal.member_3" } else { "internal.member_2" };
        let mut parts = vec![self.function(name)];
        parts.extend(key.map(|key| self.expr(key)));
        parts.extend([self.expr(value), self.expr(collection)]);
        self.arena.array(&parts)
    }

    fn call(&self, function: Value<'a>, arguments: impl IntoIterator<Item = Value<'a>>) -> Value<'a> {
        let parts: Vec<_> = std::iter::once(function).chain(arguments).collect();
        self.term("call", self.arena.array(&parts))
    }

    fn expr(&self, expr: &Expr) -> Value<'a> {
        match &expr.kind {
            ExprKind::Null => self.term("null", self.object(&[])),
            ExprKind::Bool(value) => self.term("boolean", (*value).into()),
            ExprKind::Number(text) => self.term("number", number::parse(self.arena, text).unwrap_or_default()),
            ExprKind::String(text) => self.string(text),
            ExprKind::TemplateString(parts) => {
                let part = |part: &TemplatePart| match part {
                    TemplatePart::Text(text) => self.string(text),
                    TemplatePart::Expr { value, with } => {
                        self.object(&[("terms", self.terms(value)), ("with", self.with(with))])
                    }
                };
                self.term("templatestring", self.object(&[("parts", self.list(parts, part))]))
            }
            ExprKind::Var(name) => self.variable(name),
            ExprKind::Wildcard => self.variable("_"),
            ExprKind::Ref { head, path } => {
                let parts: Vec<_> =
                    std::iter::once(self.expr(head)).chain(path.iter().map(|part| self.expr(part))).collect();
                self.term("ref", self.arena.array(&parts))
            }
            ExprKind::Call { function, arguments } => {
                let function = match &function.kind {
                    ExprKind::Var(name) => self.function(name),
                    _ => self.expr(function),
                };
                self.call(function, arguments.iter().map(|argument| self.expr(argument)))
            }
            ExprKind::Array(items) => self.term("array", self.list(items, |item| self.expr(item))),
            ExprKind::Set(members) => self.term("set", self.list(members, |member| self.expr(member))),
            ExprKind::Object(entries) => {
                let entry = |(key, value): &(Expr, Expr)| self.arena.array(&[self.expr(key), self.expr(value)]);
                self.term("object", self.list(entries, entry))
            }
            ExprKind::ArrayComprehension { term, body } => {
                self.term("arraycomprehension", self.object(&[("term", self.expr(term)), ("body", self.body(body))]))
            }
            ExprKind::SetComprehension { term, body } => {
                self.term("setcomprehension", self.object(&[("term", self.expr(term)), ("body", self.body(body))]))
            }
            ExprKind::ObjectComprehension { key, value, body } => {
                let parts = [("key", self.expr(key)), ("value", self.expr(value)), ("body", self.body(body))];
                self.term("objectcomprehension", self.object(&parts))
            }
            ExprKind::Binary { operator, left, right } => {
                self.call(self.function(operator.builtin_name()), [self.expr(left), self.expr(right)])
            }
            ExprKind::In { key, value, collection } => {
                self.term("call", self.member(key.as_deref(), value, collection))
            }
            ExprKind::Negative(inner) => {
                self.call(self.function("minus"), [self.term("number", Value::Int(0)), self.expr(inner)])
            }
            ExprKind::Parenthesised(inner) => self.expr(inner),
        }
    }
}
