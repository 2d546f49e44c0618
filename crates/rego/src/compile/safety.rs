//! Which variables a literal needs, and which it binds.
//!
//! A literal can run once everything it needs is bound. References bind the free variables of their operands by iterating,
//! unification binds the variables of a pattern, and nothing else binds anything.

use super::hir::{Body, Expr, ExprKind, Head, Literal, LiteralKind, TemplatePart, VariableId, With, WithValue};
use std::collections::BTreeSet;

/// A set of variables, by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Bound(Vec<bool>);

impl Bound {
    pub fn contains(&self, id: VariableId) -> bool {
        self.0.get(id.0 as usize).copied().unwrap_or_default()
    }

    pub fn insert(&mut self, id: VariableId) {
        let index = id.0 as usize;
        if self.0.len() <= index {
            self.0.resize(index + 1, false);
        }
        if let Some(bound) = self.0.get_mut(index) {
            *bound = true;
        }
    }
}

/// Whether `literal` can run with what is `bound`; binds what it binds.
pub(super) fn literal(literal: &Literal, bound: &mut Bound) -> bool {
    literal.with.iter().all(|with| replacement(with, bound)) && kind(&literal.kind, bound)
}

fn replacement(with: &With, bound: &mut Bound) -> bool {
    match &with.value {
        WithValue::Expr(expr) => term(expr, bound),
        WithValue::Function(_) => true,
    }
}

fn kind(literal: &LiteralKind, bound: &mut Bound) -> bool {
    match literal {
        LiteralKind::Test(expr) => term(expr, bound),
        LiteralKind::Unify(left, right) | LiteralKind::Output { output: left, call: right } => {
            unify(left, right, bound)
        }
        LiteralKind::Assign { pattern, value } => assigned(pattern, value, bound),
        LiteralKind::SomeIn { key, value, collection } => {
            term(collection, bound) && key.iter().all(|key| pattern(key, bound)) && pattern(value, bound)
        }
        LiteralKind::Every { collection, body, .. } => term(collection, bound) && closure(body, &[], bound),
        LiteralKind::Not { literal, whole: true, own } => {
            // Inside, its own variables are bound by its own parts; what stands around it must be bound already.
            let mut needed = BTreeSet::new();
            free_in_kind(literal, &mut needed);
            needed.iter().all(|id| bound.contains(*id) || own.contains(id)) && kind(literal, &mut bound.clone())
        }
        LiteralKind::Not { literal, whole: false, .. } => negated(literal, bound),
        LiteralKind::NotBody(body) => closure(body, &[], bound),
        LiteralKind::Print(bodies, _) => bodies.iter().all(|body| closure(body, &[], bound)),
    }
}

/// Under `not` nothing binds but the calls nested in it, which are evaluated before the negation as OPA does: `not f(g(input[i]))`
/// has an `i` for each item, and `not f(input[i])` has none.
fn negated(literal: &LiteralKind, bound: &mut Bound) -> bool {
    let mut nested = Vec::new();
    match literal {
        LiteralKind::Test(expr) => parts(expr).into_iter().for_each(|part| nested_calls(part, &mut nested)),
        LiteralKind::Unify(left, right) => [left, right].into_iter().for_each(|side| nested_calls(side, &mut nested)),
        LiteralKind::Output { output, call } => {
            nested_calls(output, &mut nested);
            parts(call).into_iter().for_each(|part| nested_calls(part, &mut nested));
        }
        other => return kind(other, &mut bound.clone()),
    }
    let mut needed = BTreeSet::new();
    free_in_kind(literal, &mut needed);
    Needs::in_any_order(nested, bound).settle(bound)
        && needed.iter().all(|id| bound.contains(*id))
        && kind(literal, &mut bound.clone())
}

/// The operands of a call, or the expression itself when it is none.
fn parts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Call { arguments, .. } => arguments.iter().collect(),
        ExprKind::Compare { left, right, .. } => vec![left, right],
        ExprKind::Membership { key, value, collection } => {
            key.iter().map(|key| &**key).chain([&**value, &**collection]).collect()
        }
        _ => vec![expr],
    }
}

/// The outermost calls in an expression, but not those in closures.
fn nested_calls<'e>(expr: &'e Expr, out: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Call { .. } | ExprKind::Compare { .. } | ExprKind::Membership { .. } => out.push(expr),
        ExprKind::Reference { head, path } => {
            if let Head::Expr(head) = head {
                nested_calls(head, out);
            }
            path.iter().for_each(|part| nested_calls(part, out));
        }
        ExprKind::Array(items) | ExprKind::Set(items) => items.iter().for_each(|item| nested_calls(item, out)),
        ExprKind::Object(entries) => entries.iter().for_each(|(key, value)| {
            nested_calls(key, out);
            nested_calls(value, out);
        }),
        ExprKind::Constant(_)
        | ExprKind::Variable(_)
        | ExprKind::ArrayComprehension { .. }
        | ExprKind::SetComprehension { .. }
        | ExprKind::ObjectComprehension { .. }
        | ExprKind::Template(_) => {}
    }
}

/// What an expression asks of the variables around it. A part is looked at once, however deep it is nested.
#[derive(Debug, Default)]
struct Needs {
    /// Those that must have got a value before.
    missing: BTreeSet<VariableId>,
    /// Those that get one from it.
    binds: BTreeSet<VariableId>,
}

impl Needs {
    fn missing(missing: impl IntoIterator<Item = VariableId>, bound: &Bound) -> Self {
        let missing = missing.into_iter().filter(|id| !bound.contains(*id)).collect();
        Self { missing, binds: BTreeSet::new() }
    }

    /// What has a value: the free operands of references in it are bound by iterating.
    fn of_term(expr: &Expr, bound: &Bound) -> Self {
        match &expr.kind {
            ExprKind::Constant(_) => Self::default(),
            ExprKind::Variable(id) => Self::missing([*id], bound),
            ExprKind::Reference { head, path } => {
                let mut needs = match head {
                    Head::Expr(expr) => Self::of_term(expr, bound),
                    Head::Input | Head::Data => Self::default(),
                };
                path.iter().for_each(|part| needs.then(Self::of_pattern(part, bound)));
                needs
            }
            ExprKind::Call { .. } | ExprKind::Compare { .. } | ExprKind::Membership { .. } => {
                Self::in_any_order(parts(expr), bound)
            }
            ExprKind::Array(items) | ExprKind::Set(items) => Self::in_any_order(items, bound),
            ExprKind::Object(entries) => {
                Self::in_any_order(entries.iter().flat_map(|(key, value)| [key, value]), bound)
            }
            ExprKind::ArrayComprehension { .. }
            | ExprKind::SetComprehension { .. }
            | ExprKind::ObjectComprehension { .. }
            | ExprKind::Template(_) => {
                let mut needed = BTreeSet::new();
                free(expr, &mut needed);
                Self::missing(needed, bound)
            }
        }
    }

    /// What is matched with a value, from which its variables get theirs.
    fn of_pattern(expr: &Expr, bound: &Bound) -> Self {
        let mut needs = Self::default();
        match &expr.kind {
            ExprKind::Variable(id) => needs.binds.extend(Some(*id).filter(|id| !bound.contains(*id))),
            ExprKind::Array(items) => items.iter().for_each(|item| needs.then(Self::of_pattern(item, bound))),
            ExprKind::Object(entries) => {
                entries.iter().for_each(|(key, _)| needs.then(Self::of_term(key, bound)));
                entries.iter().for_each(|(_, value)| needs.then(Self::of_pattern(value, bound)));
            }
            _ => return Self::of_term(expr, bound),
        }
        needs
    }

    /// Terms that may be evaluated in whatever order: `x == input.xs[x]` compares each item with its index.
    fn in_any_order<'e>(exprs: impl IntoIterator<Item = &'e Expr>, bound: &Bound) -> Self {
        let mut needs = Self::default();
        // What binds nothing helps nobody, and can wait until the end.
        let (mut binding, mut waiting) = (Vec::new(), Vec::new());
        for expr in exprs {
            let of_expr = Self::of_term(expr, bound);
            match of_expr.missing.is_subset(&needs.binds) {
                true => needs.then(of_expr),
                false if of_expr.binds.is_empty() => waiting.push(of_expr),
                false => binding.push(of_expr),
            }
        }
        while !binding.is_empty() {
            // Where nothing can go first, the first does with what is there already.
            let ready = binding.iter().position(|next| next.missing.is_subset(&needs.binds)).unwrap_or_default();
            needs.then(binding.remove(ready));
        }
        waiting.into_iter().for_each(|next| needs.then(next));
        needs
    }

    /// Adds what comes after it.
    fn then(&mut self, next: Self) {
        self.missing.extend(next.missing.into_iter().filter(|id| !self.binds.contains(id)));
        self.binds.extend(next.binds);
    }

    /// Binds what it binds, if nothing is missing; says whether.
    fn settle(self, bound: &mut Bound) -> bool {
        let settled = self.missing.is_empty();
        if settled {
            self.binds.into_iter().for_each(|id| bound.insert(id));
        }
        settled
    }
}

/// Whether `expr` has a value with what is `bound`; references in it bind their free operands.
pub(super) fn term(expr: &Expr, bound: &mut Bound) -> bool {
    Needs::of_term(expr, bound).settle(bound)
}

/// Whether `expr` can be matched with a value; binds its variables.
pub(super) fn pattern(expr: &Expr, bound: &mut Bound) -> bool {
    Needs::of_pattern(expr, bound).settle(bound)
}

/// Whether `value` has a value that `expr` can be matched with; binds the variables of both.
pub(super) fn assigned(expr: &Expr, value: &Expr, bound: &mut Bound) -> bool {
    let mut needs = Needs::of_term(value, bound);
    needs.then(Needs::of_pattern(expr, bound));
    needs.settle(bound)
}

/// Whether the two sides can be made equal; binds the variables of the side that is a pattern.
fn unify(left: &Expr, right: &Expr, bound: &mut Bound) -> bool {
    let mut pending = leaves(left, right);
    while !pending.is_empty() {
        let before = pending.len();
        pending.retain(|(left, right)| !assigned(left, right, bound) && !assigned(right, left, bound));
        if pending.len() == before {
            return false;
        }
    }
    true
}

/// The smallest parts of two terms that must be equal pairwise: one side of each is no composite of the other's shape.
pub(super) fn leaves<'e>(left: &'e Expr, right: &'e Expr) -> Vec<(&'e Expr, &'e Expr)> {
    match pairs(left, right) {
        Some(pairs) => pairs.into_iter().flat_map(|(left, right)| leaves(left, right)).collect(),
        None => vec![(left, right)],
    }
}

/// The parts of two composite terms that must be equal pairwise; `None` when either is no composite of the same shape.
fn pairs<'e>(left: &'e Expr, right: &'e Expr) -> Option<Vec<(&'e Expr, &'e Expr)>> {
    match (&left.kind, &right.kind) {
        (ExprKind::Array(left), ExprKind::Array(right)) if left.len() == right.len() => {
            Some(left.iter().zip(right).collect())
        }
        (ExprKind::Object(left), ExprKind::Object(right)) if left.len() == right.len() => left
            .iter()
            .map(|(key, value)| {
                let text = constant_text(key)?;
                let (_, other) = right.iter().find(|(other, _)| constant_text(other) == Some(text))?;
                Some((value, other))
            })
            .collect(),
        _ => None,
    }
}

fn constant_text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Constant(super::hir::Scalar::String(text) | super::hir::Scalar::Number(text)) => Some(text),
        _ => None,
    }
}

/// Whether all that a closure mentions of the bodies around it is bound.
fn closure(body: &Body, terms: &[&Expr], bound: &Bound) -> bool {
    let mut needed = BTreeSet::new();
    free_in_closure(body, terms, &mut needed);
    needed.iter().all(|id| bound.contains(*id))
}

/// The variables that a closure mentions and does not own.
fn free_in_closure(body: &Body, terms: &[&Expr], out: &mut BTreeSet<VariableId>) {
    let mut mentioned = BTreeSet::new();
    for literal in &body.literals {
        free_in_kind(&literal.kind, &mut mentioned);
        for with in &literal.with {
            if let WithValue::Expr(expr) = &with.value {
                free(expr, &mut mentioned);
            }
        }
    }
    terms.iter().for_each(|term| free(term, &mut mentioned));
    out.extend(mentioned.into_iter().filter(|id| !body.own.contains(id)));
}

/// The variables that a literal mentions, leaving out what closures inside own.
pub(super) fn free_in_kind(kind: &LiteralKind, out: &mut BTreeSet<VariableId>) {
    match kind {
        LiteralKind::Test(expr) => free(expr, out),
        LiteralKind::Unify(left, right)
        | LiteralKind::Assign { pattern: left, value: right }
        | LiteralKind::Output { output: left, call: right } => {
            free(left, out);
            free(right, out);
        }
        LiteralKind::SomeIn { key, value, collection } => {
            key.iter().for_each(|key| free(key, out));
            free(value, out);
            free(collection, out);
        }
        LiteralKind::Every { collection, body, .. } => {
            free(collection, out);
            free_in_closure(body, &[], out);
        }
        LiteralKind::Not { literal, .. } => free_in_kind(literal, out),
        LiteralKind::NotBody(body) => free_in_closure(body, &[], out),
        LiteralKind::Print(bodies, _) => bodies.iter().for_each(|body| free_in_closure(body, &[], out)),
    }
}

/// The variables that a term mentions, leaving out what closures inside own.
pub(super) fn free(expr: &Expr, out: &mut BTreeSet<VariableId>) {
    match &expr.kind {
        ExprKind::Constant(_) => {}
        ExprKind::Variable(id) => {
            out.insert(*id);
        }
        ExprKind::Reference { head, path } => {
            if let Head::Expr(expr) = head {
                free(expr, out);
            }
            path.iter().for_each(|part| free(part, out));
        }
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(|argument| free(argument, out)),
        ExprKind::Compare { left, right, .. } => {
            free(left, out);
            free(right, out);
        }
        ExprKind::Membership { key, value, collection } => {
            key.iter().for_each(|key| free(key, out));
            free(value, out);
            free(collection, out);
        }
        ExprKind::Array(items) | ExprKind::Set(items) => items.iter().for_each(|item| free(item, out)),
        ExprKind::Object(entries) => entries.iter().for_each(|(key, value)| {
            free(key, out);
            free(value, out);
        }),
        ExprKind::ArrayComprehension { term, body } | ExprKind::SetComprehension { term, body } => {
            free_in_closure(body, &[term], out);
        }
        ExprKind::ObjectComprehension { key, value, body } => free_in_closure(body, &[key, value], out),
        ExprKind::Template(parts) => parts.iter().for_each(|part| {
            if let TemplatePart::Expr { term, body } = part {
                free_in_closure(body, &[term], out);
            }
        }),
    }
}
