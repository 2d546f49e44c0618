//! The names that a body mentions and declares, before any of them is resolved.

use crate::builtins;
use crate::syntax::ast::{self, BinaryOperator};
use crate::syntax::walk::{self, Part};
use rustc_hash::FxHashSet;
use value::Span;

/// The names of a dotted name: `["a", "b"]` of `a.b`; empty for anything else.
pub(super) fn parts(expr: &ast::Expr) -> Vec<&str> {
    match &expr.kind {
        ast::ExprKind::Var(name) => vec![name],
        ast::ExprKind::Ref { head, path } => {
            let head = if let ast::ExprKind::Var(name) = &head.kind { Some(name.as_str()) } else { None };
            let path = path.iter().map(|part| match &part.kind {
                ast::ExprKind::String(text) => Some(text.as_str()),
                _ => None,
            });
            std::iter::once(head).chain(path).collect::<Option<_>>().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

pub(super) fn dotted(expr: &ast::Expr) -> String {
    parts(expr).join(".")
}

/// The names that occur in a body at its own level, in order, and those that it declares.
#[derive(Default)]
pub(in crate::compile) struct Names<'t> {
    pub(in crate::compile) used: Vec<(&'t str, Span)>,
    pub(super) declared: FxHashSet<&'t str>,
    /// Whether `assign(x, y)` is `x := y`, and not a function of the policy.
    pub(super) assign_is_builtin: bool,
}

/// The two sides of an assignment.
pub(super) fn assignment(expr: &ast::Expr, assign_is_builtin: bool) -> Option<(&ast::Expr, &ast::Expr)> {
    match &expr.kind {
        ast::ExprKind::Binary { operator: BinaryOperator::Assign, left, right } => Some((left, right)),
        ast::ExprKind::Call { function, arguments } if assign_is_builtin && dotted(function) == "assign" => {
            match arguments.as_slice() {
                [left, right] => Some((left, right)),
                _ => None,
            }
        }
        _ => None,
    }
}

impl<'t> Names<'t> {
    pub(super) fn literal(&mut self, literal: &'t ast::Literal) {
        // The name of a builtin that stands in for a function is no variable.
        let values = literal.with.iter().map(|with| &with.value);
        values.filter(|value| builtins::lookup(&dotted(value)).is_none()).for_each(|value| self.expr(value));
        match &literal.kind {
            ast::LiteralKind::SomeDeclaration(names) => {
                self.declared.extend(names.iter().map(|name| name.text.as_str()));
            }
            ast::LiteralKind::SomeIn { key, value, collection } => {
                let mut patterns = Names::default();
                key.iter().chain([value]).for_each(|pattern| patterns.pattern(pattern));
                self.declared.extend(patterns.used.iter().map(|&(name, _)| name));
                self.expr(collection);
            }
            ast::LiteralKind::Every { collection, .. } => self.expr(collection),
            ast::LiteralKind::NotBody(_) => {}
            // What is not in braces has no variables of its own.
            ast::LiteralKind::Logical { left, right, .. } => {
                let open = [left, right].into_iter().filter(|operand| !operand.braced);
                open.flat_map(|operand| &operand.body).for_each(|literal| self.literal(literal));
            }
            ast::LiteralKind::Not(expr) | ast::LiteralKind::Expr(expr) => self.statement(expr),
        }
    }

    pub(super) fn statement(&mut self, expr: &'t ast::Expr) {
        if let Some((left, right)) = assignment(expr, self.assign_is_builtin) {
            let mut pattern = Names::default();
            pattern.pattern(left);
            self.declared.extend(pattern.used.iter().map(|&(name, _)| name));
            self.expr(right);
        } else {
            self.expr(expr);
        }
    }

    /// The names that a pattern binds: not those inside references and calls.
    pub(in crate::compile) fn pattern(&mut self, expr: &'t ast::Expr) {
        match &expr.kind {
            ast::ExprKind::Var(name) => self.used.push((name, expr.span)),
            ast::ExprKind::Array(items) => items.iter().for_each(|item| self.pattern(item)),
            ast::ExprKind::Object(entries) => entries.iter().for_each(|(_, value)| self.pattern(value)),
            ast::ExprKind::Parenthesised(inner) => self.pattern(inner),
            _ => {}
        }
    }

    pub(super) fn expr(&mut self, expr: &'t ast::Expr) {
        match &expr.kind {
            ast::ExprKind::Var(name) => self.used.push((name, expr.span)),
            // The function's own name is no variable.
            ast::ExprKind::Call { arguments, .. } => arguments.iter().for_each(|argument| self.expr(argument)),
            // Its expressions are evaluated each in a body of its own.
            ast::ExprKind::TemplateString(_) => {}
            _ => walk::parts_of_expression(expr, &mut |part| {
                if let Part::Expr(inner) = part {
                    self.expr(inner);
                }
            }),
        }
    }
}
