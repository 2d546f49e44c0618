//! Matching expressions with types: the variables in them get theirs.

use super::checker::Checker;
use super::expression::scalar_type;
use super::overlap::overlap;
use super::value_type::{Key, ValueType};
use crate::compile::hir::{Expr, ExprKind, Scalar, VariableId};
use std::collections::BTreeSet;

impl Key {
    /// The key that a constant is.
    pub(super) fn of(constant: &Scalar) -> Option<Self> {
        match constant {
            Scalar::Null => Some(Self::Null),
            Scalar::Bool(truth) => Some(Self::Boolean(*truth)),
            Scalar::Number(text) => text.parse().ok().map(Self::Number),
            Scalar::String(text) => Some(Self::String(text.as_str().into())),
        }
    }

    /// The key that an expression is, if it is a constant.
    pub(super) fn of_expr(expr: &Expr) -> Option<Self> {
        match &expr.kind {
            ExprKind::Constant(constant) => Self::of(constant),
            _ => None,
        }
    }
}

impl Checker<'_> {
    /// Whether an expression of type `have` can have a value of `want`. Variables in it that have no type yet get theirs.
    pub fn fits(&mut self, expr: &Expr, have: &ValueType, want: &ValueType) -> bool {
        if let ExprKind::Variable(id) = &expr.kind {
            let known = self.variable(*id);
            if known == ValueType::Unresolved {
                self.set(*id, want.settled());
                return true;
            }
            return overlap(&known, want);
        }
        if have.is_resolved() {
            return overlap(have, want) && constants_fit(expr, want);
        }
        match want {
            ValueType::Union(_) => self.fits_one_of(expr, have, want.options()),
            _ => self.parts_fit(expr, have, want),
        }
    }

    /// The same for the parts of a composite, where `want` is no union.
    fn parts_fit(&mut self, expr: &Expr, have: &ValueType, want: &ValueType) -> bool {
        match (&expr.kind, want) {
            (ExprKind::Array(items), ValueType::Array(array)) => {
                (array.rest().is_some() || array.items().len() == items.len())
                    && items.iter().enumerate().all(|(index, item)| {
                        array.at(index).is_some_and(|want| self.fits(item, &item_type(have, index), want))
                    })
            }
            (ExprKind::Object(entries), ValueType::Object(object)) => {
                (object.rest().is_some() || object.fields().len() == entries.len())
                    && entries.iter().all(|(key, value)| {
                        let have = entry_type(have, key);
                        match Key::of_expr(key) {
                            Some(key) => object.at(&key).is_some_and(|want| self.fits(value, &have, &want.value)),
                            // Which of the entries it is cannot be told.
                            None => self.fits(value, &have, &ValueType::Any),
                        }
                    })
            }
            (ExprKind::Set(members), ValueType::Set(set)) => {
                members.iter().all(|member| self.fits(member, &ValueType::Unresolved, set.members()))
            }
            (ExprKind::Array(items) | ExprKind::Set(items), ValueType::Any | ValueType::Unresolved) => {
                items.iter().for_each(|item| {
                    self.fits(item, &ValueType::Unresolved, &ValueType::Any);
                });
                true
            }
            (ExprKind::Object(entries), ValueType::Any | ValueType::Unresolved) => {
                entries.iter().flat_map(|(key, value)| [key, value]).for_each(|part| {
                    self.fits(part, &ValueType::Unresolved, &ValueType::Any);
                });
                true
            }
            (ExprKind::Array(_) | ExprKind::Object(_) | ExprKind::Set(_), _) => false,
            (ExprKind::Constant(constant), _) => overlap(&scalar_type(constant), want),
            // Only variables and composites wait for types; of anything else nothing is known here.
            _ => true,
        }
    }

    /// Whether an expression fits one of `options`: a variable in it then has the type that it gets from any of those.
    fn fits_one_of(&mut self, expr: &Expr, have: &ValueType, options: &[ValueType]) -> bool {
        let mut waiting = BTreeSet::new();
        self.waiting(expr, &mut waiting);
        let mut found: Option<Vec<ValueType>> = None;
        for option in options {
            let types = self.inside(|checker| {
                checker
                    .fits(expr, have, option)
                    .then(|| waiting.iter().map(|id| checker.variable(*id)).collect::<Vec<_>>())
            });
            found = match (found, types) {
                (Some(found), Some(types)) => Some(found.into_iter().zip(types).map(|(a, b)| a.or(b)).collect()),
                (found, types) => found.or(types),
            };
        }
        let Some(found) = found else { return false };
        for (id, values) in waiting.into_iter().zip(found) {
            self.set(id, values.settled());
        }
        true
    }

    /// The variables in a composite that have no type yet.
    fn waiting(&self, expr: &Expr, out: &mut BTreeSet<VariableId>) {
        match &expr.kind {
            ExprKind::Variable(id) if self.variable(*id) == ValueType::Unresolved => {
                out.insert(*id);
            }
            ExprKind::Array(items) | ExprKind::Set(items) => items.iter().for_each(|item| self.waiting(item, out)),
            ExprKind::Object(entries) => {
                entries.iter().flat_map(|(key, value)| [key, value]).for_each(|part| self.waiting(part, out));
            }
            _ => {}
        }
    }

    /// Whether two expressions can be equal. Variables in them that have no type yet get theirs.
    pub fn unify(&mut self, left: (&Expr, &ValueType), right: (&Expr, &ValueType)) -> bool {
        let (left, right) = (self.renewed(left), self.renewed(right));
        match (left.1.is_resolved(), right.1.is_resolved()) {
            (_, true) => self.fits(left.0, &left.1, &right.1),
            (true, false) => self.fits(right.0, &right.1, &left.1),
            (false, false) => self.unify_unresolved((left.0, &left.1), (right.0, &right.1)),
        }
    }

    /// The type of a variable may have been found meanwhile.
    fn renewed<'e>(&self, (expr, have): (&'e Expr, &ValueType)) -> (&'e Expr, ValueType) {
        match &expr.kind {
            ExprKind::Variable(id) => (expr, self.variable(*id)),
            _ => (expr, have.clone()),
        }
    }

    fn unify_unresolved(&mut self, left: (&Expr, &ValueType), right: (&Expr, &ValueType)) -> bool {
        match (&left.0.kind, &right.0.kind) {
            (ExprKind::Array(a), ExprKind::Array(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).enumerate().all(|(index, (a, b))| {
                        let (a_type, b_type) = (item_type(left.1, index), item_type(right.1, index));
                        self.unify((a, &a_type), (b, &b_type))
                    })
            }
            (ExprKind::Object(a), ExprKind::Object(b)) => {
                a.len() == b.len()
                    && a.iter().all(|(key, value)| {
                        let known = Key::of_expr(key);
                        match b.iter().find(|(other, _)| known.is_some() && Key::of_expr(other) == known) {
                            Some((other_key, other)) => {
                                let (a_type, b_type) = (entry_type(left.1, key), entry_type(right.1, other_key));
                                self.unify((value, &a_type), (other, &b_type))
                            }
                            None => known.is_none() || b.iter().any(|(other, _)| Key::of_expr(other).is_none()),
                        }
                    })
            }
            // Two of which nothing is known: both may be anything.
            _ => {
                let (left_fits, right_fits) =
                    (self.fits(left.0, left.1, &right.1.settled()), self.fits(right.0, right.1, &left.1.settled()));
                left_fits && right_fits
            }
        }
    }
}

/// Whether each constant of a set literal can be a member of a set of `want`: the literal's own type has all of them in one.
fn constants_fit(expr: &Expr, want: &ValueType) -> bool {
    let ExprKind::Set(members) = &expr.kind else { return true };
    let fits = |option: &ValueType| match option {
        ValueType::Set(set) => members.iter().all(|member| match &member.kind {
            ExprKind::Constant(constant) => overlap(set.members(), &scalar_type(constant)),
            _ => true,
        }),
        ValueType::Any => true,
        _ => false,
    };
    want.options().iter().any(fits)
}

/// The type of an item of an array literal of type `have`.
fn item_type(have: &ValueType, index: usize) -> ValueType {
    match have {
        ValueType::Array(array) => array.at(index).cloned().unwrap_or(ValueType::Any),
        _ => ValueType::Unresolved,
    }
}

/// The type of the entry at `key` of an object literal of type `have`.
fn entry_type(have: &ValueType, key: &Expr) -> ValueType {
    match (have, Key::of_expr(key)) {
        (ValueType::Object(object), Some(key)) => object.at(&key).map_or(ValueType::Any, |field| field.value),
        (ValueType::Object(object), None) => object.rest().map_or(ValueType::Any, |(_, values)| values.clone()),
        _ => ValueType::Unresolved,
    }
}
