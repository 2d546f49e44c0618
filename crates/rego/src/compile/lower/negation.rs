//! `not`: what is negated, and what is evaluated before it.

use super::{Lowerer, into_body};
use crate::compile::hir::{Comparison, Expr, ExprKind, Head, LiteralKind};
use crate::plan::{Operation, Pattern, Term};

impl Lowerer<'_> {
    pub(super) fn not(&mut self, literal: &LiteralKind, whole: bool) {
        // OPA evaluates what is nested in the arguments before the negation, so that `not f(input.x)` does not hold when
        // `input.x` is undefined (opa issue 1877); `import future.keywords.not` puts everything inside (opa issue 8387).
        let lifted = if whole { None } else { self.lift_negated(literal) };
        let outer_bound = self.bound.clone();
        let outer = std::mem::take(&mut self.operations);
        match lifted {
            Some(term) => self.emit(Operation::Test(term)),
            None => self.kind(literal),
        }
        let inner = std::mem::replace(&mut self.operations, outer);
        self.bound = outer_bound;
        self.emit(Operation::Not(into_body(inner)));
    }

    /// Lowers what is nested under `not` into the operations before it; gives what is left to negate.
    pub(super) fn lift_negated(&mut self, literal: &LiteralKind) -> Option<Term> {
        match literal {
            LiteralKind::Test(expr) => match &expr.kind {
                ExprKind::Compare { comparison: Comparison::Equal, left, right } => {
                    let operands = (self.lift_operand(left), self.lift_operand(right));
                    Some(Term::Compare { comparison: Comparison::Equal, operands: Box::new(operands) })
                }
                ExprKind::Compare { comparison, left, right } => {
                    let operands = (self.lift(left), self.lift(right));
                    Some(Term::Compare { comparison: *comparison, operands: Box::new(operands) })
                }
                ExprKind::Membership { key, value, collection } => Some(Term::Membership {
                    key: key.as_ref().map(|key| Box::new(self.lift(key))),
                    value: Box::new(self.lift(value)),
                    collection: Box::new(self.lift_collection(collection)),
                }),
                ExprKind::Call { callee, arguments } => {
                    let arguments: Vec<Term> = arguments.iter().map(|argument| self.lift(argument)).collect();
                    Some(self.call(expr.span, callee, arguments))
                }
                ExprKind::Reference { .. } => Some(self.lift_operand(expr)),
                _ => None,
            },
            LiteralKind::Output { output, call: Expr { span, kind: ExprKind::Call { callee, arguments } } } => {
                let arguments: Vec<Term> = arguments.iter().map(|argument| self.lift(argument)).collect();
                let operands = (self.lift(output), self.call(*span, callee, arguments));
                Some(Term::Compare { comparison: Comparison::Equal, operands: Box::new(operands) })
            }
            LiteralKind::Unify(left, right) => {
                let operands = (self.lift_operand(left), self.lift_operand(right));
                Some(Term::Compare { comparison: Comparison::Equal, operands: Box::new(operands) })
            }
            _ => None,
        }
    }

    /// A reference stays, with its operands lifted; anything else is lifted whole.
    pub(super) fn lift_operand(&mut self, expr: &Expr) -> Term {
        let ExprKind::Reference { head, path } = &expr.kind else { return self.lift(expr) };
        let head = match head {
            Head::Expr(inner) if !matches!(inner.kind, ExprKind::Variable(_) | ExprKind::Constant(_)) => {
                let term = self.lift(inner);
                return self.lookup_lifted(term, path);
            }
            head => head,
        };
        let path: Vec<Expr> = path.clone();
        if path.iter().any(|part| matches!(part.kind, ExprKind::Reference { .. } | ExprKind::Call { .. })) {
            let parts: Vec<Term> = path.iter().map(|part| self.lift(part)).collect();
            return self.ground_reference(head, parts);
        }
        self.reference(head, &path)
    }

    pub(super) fn lookup_lifted(&mut self, base: Term, path: &[Expr]) -> Term {
        let path: Vec<Term> = path.iter().map(|part| self.lift(part)).collect();
        Term::Lookup { base: Box::new(base), path: path.into() }
    }

    /// Like [`Self::lift`], but a rule stays a rule: a slot would hold a partial set with possible members as Unknown.
    pub(super) fn lift_collection(&mut self, expr: &Expr) -> Term {
        match self.term(expr) {
            Term::Group(group) => {
                self.emit(Operation::Match { pattern: Pattern::Ignore, term: Term::Group(group) });
                Term::Group(group)
            }
            term => self.lift_term(term),
        }
    }

    /// A term evaluated before the operation that uses it: the body fails when it is undefined.
    pub(super) fn lift(&mut self, expr: &Expr) -> Term {
        let term = self.term(expr);
        self.lift_term(term)
    }

    pub(super) fn lift_term(&mut self, term: Term) -> Term {
        if matches!(term, Term::Constant(_) | Term::Local(_)) {
            return term;
        }
        let slot = self.temporary();
        self.emit(Operation::Bind { slot, term });
        Term::Local(slot)
    }
}
