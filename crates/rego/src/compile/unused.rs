//! Names that nothing uses.
//!
//! Such a name is often a slip: the rule that was to use it asks about something else. What `some` and `every` declare is always
//! refused, as OPA does; imports, arguments and what `:=` assigns only in strict mode.

use super::resolve::Names;
use crate::syntax::ast::{BinaryOperator, Expr, ExprKind, HeadKind, Import, Literal, LiteralKind, Module, Query, Rule};
use crate::syntax::walk::{self, Part};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use value::{Diagnostic, Source, Span};

/// Finds what nothing in `module` uses.
pub(super) fn check(module: &Module, strict: bool, errors: &mut Vec<Diagnostic>) {
    let imports = module.imports.iter().filter_map(|import| Some((imported_name(import)?, import)));
    let unused = |text: String, span| Name { text, help: "remove the import", span, used: !strict };
    let imports = imports.map(|(name, import)| (name, unused(format!("{} unused", written(import)), import.span)));
    let mut checker = Checker { strict, scopes: vec![imports.collect()], unused: Vec::new() };
    let declares = |rule: &&Rule| {
        let text = module.source.text.get(rule.span.start as usize..rule.span.end as usize).unwrap_or_default();
        text.contains("some") || text.contains("every")
    };
    module.rules.iter().filter(|rule| strict || declares(rule)).for_each(|rule| checker.rule(rule));
    checker.close();
    checker.report(&module.source, errors);
}

/// Finds what a query declares and does not use.
pub(super) fn check_query(query: &Query, errors: &mut Vec<Diagnostic>) {
    let mut checker = Checker { strict: false, scopes: Vec::new(), unused: Vec::new() };
    checker.body(&query.body, []);
    checker.report(&query.source, errors);
}

/// The name that an import brings, if it brings any: `rego.v1` and `future.keywords` do not.
fn imported_name(import: &Import) -> Option<&str> {
    let (root, last) = (import.path.first()?, import.path.last()?);
    let names_something = root == "data" || root == "input";
    names_something.then(|| import.alias.as_ref().map_or(last.as_str(), |alias| alias.text.as_str()))
}

/// An import as its author wrote it.
pub(super) fn written(import: &Import) -> String {
    let alias = import.alias.as_ref().map(|alias| format!(" as {}", alias.text)).unwrap_or_default();
    format!("import {}{alias}", import.path.join("."))
}

/// A name that should be used.
struct Name {
    /// What to say if it is not.
    text: String,
    help: &'static str,
    span: Span,
    used: bool,
}

/// Names by scope, from the module's imports inwards.
struct Checker<'t> {
    /// Whether more than declared names must be used.
    strict: bool,
    scopes: Vec<FxHashMap<&'t str, Name>>,
    unused: Vec<Name>,
}

impl<'t> Checker<'t> {
    fn report(self, source: &Arc<Source>, errors: &mut Vec<Diagnostic>) {
        errors.extend(
            self.unused.into_iter().map(|Name { text, help, span, .. }| {
                Diagnostic::new("rego_compile_error", text, source, span).help(help)
            }),
        );
    }

    fn close(&mut self) {
        self.unused.extend(self.scopes.pop().into_iter().flatten().map(|(_, name)| name).filter(|name| !name.used));
    }

    fn used(&mut self, name: &str) {
        if let Some(name) = self.scopes.iter_mut().rev().find_map(|scope| scope.get_mut(name)) {
            name.used = true;
        }
    }

    /// Makes a name of the innermost scope; one that is there already is used.
    fn declare(&mut self, name: &'t str, span: Span, text: String, help: &'static str, used: bool) {
        if let Some(scope) = self.scopes.last_mut() {
            let known = scope.entry(name).or_insert(Name { text, help, span, used });
            known.used |= known.span != span;
        }
    }

    fn rule(&mut self, rule: &'t Rule) {
        self.scopes.push(FxHashMap::default());
        let parameters = rule.head.parameters.iter().flatten();
        let mut names = Names::default();
        parameters.clone().for_each(|parameter| names.pattern(parameter));
        for (name, span) in names.used {
            self.declare(name, span, format!("unused argument {name}"), "write `_` in its place", !self.strict);
        }
        parameters.for_each(|parameter| self.pattern(parameter));
        let value = match &rule.head.kind {
            HeadKind::Value { value } => value.as_ref(),
            HeadKind::Member { key } => Some(key),
        };
        self.body(&rule.body, value.into_iter().chain(&rule.head.path));
        for branch in &rule.otherwise {
            self.body(&branch.body, &branch.value);
        }
        self.close();
    }

    /// A body in a scope of its own, with the terms that are evaluated inside it.
    fn body(&mut self, body: &'t [Literal], terms: impl IntoIterator<Item = &'t Expr>) {
        self.scopes.push(FxHashMap::default());
        self.body_in_scope(body);
        terms.into_iter().for_each(|term| self.expr(term));
        self.close();
    }

    fn body_in_scope(&mut self, body: &'t [Literal]) {
        // A name may be mentioned above its declaration, which is reported elsewhere and uses it.
        body.iter().for_each(|literal| self.declarations(literal));
        body.iter().for_each(|literal| self.literal(literal));
    }

    fn declarations(&mut self, literal: &'t Literal) {
        match &literal.kind {
            LiteralKind::SomeDeclaration(names) => {
                for name in names {
                    let text = format!("declared var {} unused", name.text);
                    self.declare(&name.text, name.span, text, "remove the declaration", false);
                }
            }
            // OPA takes the names of `some ... in` as used, and so do policies that are written for it.
            LiteralKind::SomeIn { key, value, .. } => {
                let mut names = Names::default();
                key.iter().chain([value]).for_each(|pattern| names.pattern(pattern));
                names.used.into_iter().for_each(|(name, span)| self.declare(name, span, String::new(), "", true));
            }
            LiteralKind::Expr(Expr {
                kind: ExprKind::Binary { operator: BinaryOperator::Assign, left, .. }, ..
            }) => {
                let mut names = Names::default();
                names.pattern(left);
                for (name, span) in names.used {
                    // A parameter that is given a value again is reported elsewhere, and that uses it.
                    if let [_, parameters, _] = self.scopes.as_mut_slice()
                        && let Some(parameter) = parameters.get_mut(name)
                    {
                        parameter.used = true;
                        continue;
                    }
                    let text = format!("assigned var {name} unused");
                    self.declare(name, span, text, "remove the assignment, or write `_` for this name", !self.strict);
                }
            }
            _ => {}
        }
    }

    fn literal(&mut self, literal: &'t Literal) {
        match &literal.kind {
            LiteralKind::Every { key, value, collection, body } => {
                self.expr(collection);
                self.scopes.push(FxHashMap::default());
                for name in key.iter().chain([value]).filter(|name| name.text != "_") {
                    let text = format!("declared var {} unused", name.text);
                    self.declare(&name.text, name.span, text, "write `_` in its place", false);
                }
                self.body(body, []);
                self.close();
                literal.with.iter().for_each(|with| self.part(Part::With(with)));
            }
            LiteralKind::Expr(Expr {
                kind: ExprKind::Binary { operator: BinaryOperator::Assign, left, right },
                ..
            }) => {
                self.pattern(left);
                self.expr(right);
                literal.with.iter().for_each(|with| self.part(Part::With(with)));
            }
            _ => walk::parts_of_literal(literal, &mut |part| self.part(part)),
        }
    }

    /// What a pattern mentions besides the names that it binds.
    fn pattern(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Var(_) => {}
            ExprKind::Array(items) => items.iter().for_each(|item| self.pattern(item)),
            ExprKind::Object(entries) => entries.iter().for_each(|(key, value)| {
                self.expr(key);
                self.pattern(value);
            }),
            ExprKind::Parenthesised(inner) => self.pattern(inner),
            _ => self.expr(expr),
        }
    }

    fn expr(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Var(name) => self.used(name),
            _ => walk::parts_of_expression(expr, &mut |part| self.part(part)),
        }
    }

    fn part(&mut self, part: Part<'t>) {
        match part {
            Part::Expr(expr) => self.expr(expr),
            Part::Body { literals, key, term } => self.body(literals, key.into_iter().chain(term)),
            Part::With(with) => {
                self.expr(&with.target);
                self.expr(&with.value);
            }
        }
    }
}
