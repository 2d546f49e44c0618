//! Every statement and expression of a rule, once, whatever it stands in.

use super::ast::{Expr, ExprKind, HeadKind, Literal, LiteralKind, Rule, TemplatePart, With};

/// What a walk meets.
#[derive(Clone, Copy, Debug)]
pub enum Node<'t> {
    /// A statement of a body.
    Literal(&'t Literal),
    /// An expression, the targets of `with` among them.
    Expr(&'t Expr),
}

/// Calls `visit` with everything in `rule`, outer nodes before inner ones. The parser bounds how deeply they nest.
pub fn rule<'t>(rule: &'t Rule, visit: &mut impl FnMut(Node<'t>)) {
    for part in rule.head.path.iter().chain(rule.head.parameters.iter().flatten()) {
        expression(part, visit);
    }
    match &rule.head.kind {
        HeadKind::Value { value } => value.iter().for_each(|value| expression(value, visit)),
        HeadKind::Member { key } => expression(key, visit),
    }
    body(&rule.body, visit);
    for branch in &rule.otherwise {
        branch.value.iter().for_each(|value| expression(value, visit));
        body(&branch.body, visit);
    }
}

fn body<'t>(literals: &'t [Literal], visit: &mut impl FnMut(Node<'t>)) {
    for literal in literals {
        visit(Node::Literal(literal));
        match &literal.kind {
            LiteralKind::SomeDeclaration(_) => {}
            LiteralKind::SomeIn { key, value, collection } => {
                key.iter().for_each(|key| expression(key, visit));
                expression(value, visit);
                expression(collection, visit);
            }
            LiteralKind::Every { collection, body: inner, .. } => {
                expression(collection, visit);
                body(inner, visit);
            }
            LiteralKind::NotBody(inner) => body(inner, visit),
            LiteralKind::Logical { left, right, .. } => {
                body(&left.body, visit);
                body(&right.body, visit);
            }
            LiteralKind::Not(inner) | LiteralKind::Expr(inner) => expression(inner, visit),
        }
        modifiers(&literal.with, visit);
    }
}

fn modifiers<'t>(with: &'t [With], visit: &mut impl FnMut(Node<'t>)) {
    for modifier in with {
        expression(&modifier.target, visit);
        expression(&modifier.value, visit);
    }
}

fn expression<'t>(expr: &'t Expr, visit: &mut impl FnMut(Node<'t>)) {
    visit(Node::Expr(expr));
    match &expr.kind {
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
            path.iter().for_each(|part| expression(part, visit));
        }
        ExprKind::Call { function, arguments } => {
            expression(function, visit);
            arguments.iter().for_each(|argument| expression(argument, visit));
        }
        ExprKind::Array(items) | ExprKind::Set(items) => items.iter().for_each(|item| expression(item, visit)),
        ExprKind::Object(entries) => entries.iter().for_each(|(key, value)| {
            expression(key, visit);
            expression(value, visit);
        }),
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
            key.iter().for_each(|key| expression(key, visit));
            expression(value, visit);
            expression(collection, visit);
        }
        ExprKind::Negative(inner) | ExprKind::Parenthesised(inner) => expression(inner, visit),
    }
}
