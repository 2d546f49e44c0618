//! `and` and `or` in terms of negated bodies.
//!
//! They hold or do not hold and bind nothing, however often their operands do. So `a or b` is `not { not a; not b }`, and an
//! operand that must hold is `not { not { ... } }`; with Unknown leaves both come out as in Kleene's logic, because `not` does.

use super::hir::{Body, Literal, LiteralKind};
use super::resolve::Resolver;
use crate::syntax::ast::{self, BinaryOperator, LogicalOperand, LogicalOperator};
use value::Span;

/// The middle form of `left operator right`.
pub(super) fn resolve(
    resolver: &mut Resolver<'_>,
    operator: LogicalOperator,
    left: &LogicalOperand,
    right: &LogicalOperand,
) -> LiteralKind {
    let mut operand = |operand: &LogicalOperand| {
        check_assignments(resolver, operator, operand);
        let (body, ()) = resolver.body(&operand.body, &[], |_| ());
        literal(operand.span, LiteralKind::NotBody(body))
    };
    let (left, right) = (operand(left), operand(right));
    match operator {
        LogicalOperator::Or => not([left, right]),
        LogicalOperator::And => {
            let span = left.span.to(right.span);
            let both = [literal(left.span, not([left])), literal(right.span, not([right]))];
            not([literal(span, not(both))])
        }
    }
}

fn literal(span: Span, kind: LiteralKind) -> Literal {
    Literal { span, kind, with: Vec::new() }
}

fn not<const N: usize>(literals: [Literal; N]) -> LiteralKind {
    LiteralKind::NotBody(Body { literals: literals.into(), own: Vec::new() })
}

/// Only an operand in braces has room for variables of its own.
fn check_assignments(resolver: &mut Resolver<'_>, operator: LogicalOperator, operand: &LogicalOperand) {
    if operand.braced {
        return;
    }
    for literal in &operand.body {
        if let ast::LiteralKind::Expr(expr) = &literal.kind
            && let ast::ExprKind::Binary { operator: BinaryOperator::Assign, .. } = &expr.kind
        {
            let message = format!("cannot assign vars inside implicit {} operand", operator.as_str());
            resolver.error("rego_compile_error", message, expr.span);
        }
    }
}
