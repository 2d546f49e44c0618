//! The statements and expressions of a rule: all of them, or those that stand directly in another one.

use super::ast::{Expr, ExprKind, HeadKind, Literal, LiteralKind, Rule, TemplatePart, With};

/// What a walk meets.
#[derive(Clone, Copy, Debug)]
pub enum Node<'t> {
    /// A statement of a body.
    Literal(&'t Literal),
    /// An expression, the targets of `with` among them.
    Expr(&'t Expr),
}

/// What stands directly in a statement or an expression.
#[derive(Clone, Copy, Debug)]
pub enum Part<'t> {
    /// An operand.
    Expr(&'t Expr),
    /// A body of its own, with the terms of a comprehension that are evaluated inside it.
    Body {
        /// Its statements.
        literals: &'t [Literal],
        /// The key, if the comprehension makes an object.
        key: Option<&'t Expr>,
        /// What each solution gives.
        term: Option<&'t Expr>,
    },
    /// A modifier of the statement, or of an expression in a template string.
    With(&'t With),
}

impl<'t> Part<'t> {
    /// A body without terms.
    const fn body(literals: &'t [Literal]) -> Self {
        Self::Body { literals, key: None, term: None }
    }
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

fn body<'t>(literals: &'t [Literal], visit: &mut dyn FnMut(Node<'t>)) {
    for literal in literals {
        visit(Node::Literal(literal));
        parts_of_literal(literal, &mut |inner| part(inner, visit));
    }
}

fn expression<'t>(expr: &'t Expr, visit: &mut dyn FnMut(Node<'t>)) {
    visit(Node::Expr(expr));
    parts_of_expression(expr, &mut |inner| part(inner, visit));
}

fn part<'t>(part: Part<'t>, visit: &mut dyn FnMut(Node<'t>)) {
    match part {
        Part::Expr(expr) => expression(expr, visit),
        Part::Body { literals, key, term } => {
            key.into_iter().chain(term).for_each(|term| expression(term, visit));
            body(literals, visit);
        }
        Part::With(with) => {
            expression(&with.target, visit);
            expression(&with.value, visit);
        }
    }
}

/// Calls `visit` with what stands directly in a statement, its modifiers last. Names that it declares are no parts.
pub fn parts_of_literal<'t>(literal: &'t Literal, visit: &mut dyn FnMut(Part<'t>)) {
    match &literal.kind {
        LiteralKind::SomeDeclaration(_) => {}
        LiteralKind::SomeIn { key, value, collection } => {
            key.iter().chain([value, collection]).for_each(|expr| visit(Part::Expr(expr)));
        }
        LiteralKind::Every { collection, body, .. } => {
            visit(Part::Expr(collection));
            visit(Part::body(body));
        }
        LiteralKind::NotBody(body) => visit(Part::body(body)),
        LiteralKind::Logical { left, right, .. } => {
            visit(Part::body(&left.body));
            visit(Part::body(&right.body));
        }
        LiteralKind::Not(expr) | LiteralKind::Expr(expr) => visit(Part::Expr(expr)),
    }
    literal.with.iter().for_each(|with| visit(Part::With(with)));
}

/// Calls `visit` with what stands directly in an expression, in source order.
pub fn parts_of_expression<'t>(expr: &'t Expr, visit: &mut dyn FnMut(Part<'t>)) {
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
                    visit(Part::Expr(value));
                    with.iter().for_each(|with| visit(Part::With(with)));
                }
            }
        }
        ExprKind::Ref { head, path } => {
            visit(Part::Expr(head));
            path.iter().for_each(|part| visit(Part::Expr(part)));
        }
        ExprKind::Call { function, arguments } => {
            visit(Part::Expr(function));
            arguments.iter().for_each(|argument| visit(Part::Expr(argument)));
        }
        ExprKind::Array(items) | ExprKind::Set(items) => items.iter().for_each(|item| visit(Part::Expr(item))),
        ExprKind::Object(entries) => {
            entries.iter().flat_map(|(key, value)| [key, value]).for_each(|part| visit(Part::Expr(part)));
        }
        ExprKind::ArrayComprehension { term, body } | ExprKind::SetComprehension { term, body } => {
            visit(Part::Body { literals: body, key: None, term: Some(term) });
        }
        ExprKind::ObjectComprehension { key, value, body } => {
            visit(Part::Body { literals: body, key: Some(key), term: Some(value) });
        }
        ExprKind::Binary { left, right, .. } => {
            visit(Part::Expr(left));
            visit(Part::Expr(right));
        }
        ExprKind::In { key, value, collection } => {
            key.as_deref().into_iter().chain([&**value, &**collection]).for_each(|part| visit(Part::Expr(part)));
        }
        ExprKind::Negative(inner) | ExprKind::Parenthesised(inner) => visit(Part::Expr(inner)),
    }
}
