//! Visiting every expression of a tree, to change it in place.

use super::ast::{Expr, ExprKind, Literal, LiteralKind, TemplatePart, With};

/// Calls `visit` with every expression in `literal`, outer ones first.
pub(crate) fn literal(literal: &mut Literal, visit: &mut dyn FnMut(&mut Expr)) {
    match &mut literal.kind {
        LiteralKind::SomeDeclaration(_) => {}
        LiteralKind::SomeIn { key, value, collection } => {
            key.iter_mut().for_each(|key| expression(key, visit));
            expression(value, visit);
            expression(collection, visit);
        }
        LiteralKind::Every { collection, body: inner, .. } => {
            expression(collection, visit);
            body(inner, visit);
        }
        LiteralKind::Not(expr) | LiteralKind::Expr(expr) => expression(expr, visit),
        LiteralKind::NotBody(inner) => body(inner, visit),
        LiteralKind::Logical { left, right, .. } => {
            body(&mut left.body, visit);
            body(&mut right.body, visit);
        }
    }
    modifiers(&mut literal.with, visit);
}

fn body(literals: &mut [Literal], visit: &mut dyn FnMut(&mut Expr)) {
    literals.iter_mut().for_each(|inner| literal(inner, visit));
}

fn modifiers(modifiers: &mut [With], visit: &mut dyn FnMut(&mut Expr)) {
    for with in modifiers {
        expression(&mut with.target, visit);
        expression(&mut with.value, visit);
    }
}

fn all(expressions: &mut [Expr], visit: &mut dyn FnMut(&mut Expr)) {
    expressions.iter_mut().for_each(|inner| expression(inner, visit));
}

/// Calls `visit` with `expr` and every expression in it, outer ones first.
pub(crate) fn expression(expr: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    visit(expr);
    match &mut expr.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Var(_)
        | ExprKind::Wildcard => {}
        ExprKind::TemplateString(parts) => {
            for part in parts {
                if let TemplatePart::Expr { value, with } = part {
                    expression(value, visit);
                    modifiers(with, visit);
                }
            }
        }
        ExprKind::Ref { head, path } => {
            expression(head, visit);
            all(path, visit);
        }
        ExprKind::Call { function, arguments } => {
            expression(function, visit);
            all(arguments, visit);
        }
        ExprKind::Array(items) | ExprKind::Set(items) => all(items, visit),
        ExprKind::Object(entries) => {
            for (key, value) in entries {
                expression(key, visit);
                expression(value, visit);
            }
        }
        ExprKind::ArrayComprehension { term, body: inner } | ExprKind::SetComprehension { term, body: inner } => {
            expression(term, visit);
            body(inner, visit);
        }
        ExprKind::ObjectComprehension { key, value, body: inner } => {
            expression(key, visit);
            expression(value, visit);
            body(inner, visit);
        }
        ExprKind::Binary { left, right, .. } => {
            expression(left, visit);
            expression(right, visit);
        }
        ExprKind::In { key, value, collection } => {
            key.iter_mut().for_each(|key| expression(key, visit));
            expression(value, visit);
            expression(collection, visit);
        }
        ExprKind::Negative(inner) | ExprKind::Parenthesised(inner) => expression(inner, visit),
    }
}
