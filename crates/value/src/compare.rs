//! The total order of Rego values, and a hash that agrees with it.
//!
//! A policy can build values that share their parts: `b := [a, a]`, `c := [b, b]`, and so on, where each step doubles what there
//! is to look at. So no comparison looks at more than [`Effort`] allows; what takes longer is left to [`crate::shared`], which
//! looks at each part once.

use crate::array::Row;
use crate::document::{Object, Value};
use crate::effort::Effort;
use crate::{number, shared};
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ptr;

// Values are matched by reference and pairs are taken by hand: copies to the stack and a `zip` that is not inlined would double
// what these loops cost, and they are most of what building a set costs.

impl Ord for Value<'_> {
    /// `null < boolean < number < string < array < object < set`; objects compare by their sorted keys and values in turn,
    /// as OPA's `ast.Compare` does. Unknown stands last and equals itself.
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        // Nearly all keys and most values are strings or integers: they are compared without a call.
        match (self, other) {
            (Value::String(a), Value::String(b)) => (*a).cmp(*b),
            (Value::Int(a), Value::Int(b)) => a.cmp(b),
            (a, b) => compare_others(a, b),
        }
    }
}

impl PartialEq for Value<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::String(a), Value::String(b)) => *a == *b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (a, b) => equal_others(a, b),
        }
    }
}

impl Eq for Value<'_> {}

impl PartialOrd for Value<'_> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn compare_others(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    compare_within(a, b, &mut Effort::default()).unwrap_or_else(|| shared::compare(*a, *b))
}

fn equal_others(a: &Value<'_>, b: &Value<'_>) -> bool {
    equal_within(a, b, &mut Effort::default()).unwrap_or_else(|| shared::compare(*a, *b).is_eq())
}

#[inline]
fn compare_within(a: &Value<'_>, b: &Value<'_>, effort: &mut Effort) -> Option<Ordering> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some((*a).cmp(*b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Object(a), Value::Object(b)) => {
            if ptr::addr_eq(*a, *b) {
                return Some(Ordering::Equal);
            }
            effort.enter(|effort| compare_objects(a, b, effort))
        }
        (Value::Array(_), Value::Array(_)) | (Value::Set(_), Value::Set(_)) => {
            effort.enter(|effort| compare_containers(a, b, effort))
        }
        (a, b) => Some(compare_leaves(a, b)),
    }
}

/// The order of values of which at most one is a container.
pub(crate) fn compare_leaves(a: &Value<'_>, b: &Value<'_>) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => (*a).cmp(*b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(_) | Value::Number(_), Value::Int(_) | Value::Number(_)) => number::compare(*a, *b),
        (a, b) => a.rank().cmp(&b.rank()),
    }
}

fn compare_containers(a: &Value<'_>, b: &Value<'_>, effort: &mut Effort) -> Option<Ordering> {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => match (a.items(), b.items()) {
            (Some(a), Some(b)) => compare_lists(a, b, effort),
            _ => compare_items(a.iter(), b.iter(), effort),
        },
        (Value::Set(a), Value::Set(b)) => compare_lists(a.members(), b.members(), effort),
        (a, b) => Some(compare_leaves(a, b)),
    }
}

fn compare_lists(a: &[Value<'_>], b: &[Value<'_>], effort: &mut Effort) -> Option<Ordering> {
    if ptr::eq(a, b) {
        return Some(Ordering::Equal);
    }
    let (mut left, mut right) = (a.iter(), b.iter());
    while let (Some(a), Some(b)) = (left.next(), right.next()) {
        let order = compare_within(a, b, effort)?;
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(a.len().cmp(&b.len()))
}

fn compare_entries(
    a: &[(Value<'_>, Value<'_>)],
    b: &[(Value<'_>, Value<'_>)],
    effort: &mut Effort,
) -> Option<Ordering> {
    if ptr::eq(a, b) {
        return Some(Ordering::Equal);
    }
    let (mut left, mut right) = (a.iter(), b.iter());
    while let (Some((a_key, a_value)), Some((b_key, b_value))) = (left.next(), right.next()) {
        let order = compare_within(a_key, b_key, effort)?;
        if order.is_ne() {
            return Some(order);
        }
        let order = compare_within(a_value, b_value, effort)?;
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(a.len().cmp(&b.len()))
}

/// Values in turn, those of lists that stand differently in storage.
fn compare_items<'a, 'b>(
    mut a: impl Iterator<Item = Value<'a>>,
    mut b: impl Iterator<Item = Value<'b>>,
    effort: &mut Effort,
) -> Option<Ordering> {
    loop {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) => {
                let order = compare_within(&a, &b, effort)?;
                if order.is_ne() {
                    return Some(order);
                }
            }
            (a, b) => return Some(a.is_some().cmp(&b.is_some())),
        }
    }
}

/// Objects of data share their keys.
fn compare_objects(a: &Object<'_>, b: &Object<'_>, effort: &mut Effort) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (a.pairs(), b.pairs()) {
        return compare_entries(a, b, effort);
    }
    match a.rows_of_one_shape(b) {
        Some((Row::Values(a), Row::Values(b))) => compare_lists(a, b, effort),
        Some((a, b)) => compare_items(a.iter(), b.iter(), effort),
        None => compare_items(in_turn(a), in_turn(b), effort),
    }
}

/// The keys and values of an object in turn.
pub(crate) fn in_turn<'a>(object: &Object<'a>) -> impl Iterator<Item = Value<'a>> + use<'a> {
    object.iter().flat_map(|(key, value)| [key, value])
}

fn equal_within(a: &Value<'_>, b: &Value<'_>, effort: &mut Effort) -> Option<bool> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Some(*a == *b),
        (Value::Array(a), Value::Array(b)) if a.len() != b.len() => Some(false),
        (Value::Set(a), Value::Set(b)) if a.len() != b.len() => Some(false),
        (Value::Object(a), Value::Object(b)) if a.len() != b.len() => Some(false),
        (Value::Object(a), Value::Object(b)) => match (a.pairs(), b.pairs()) {
            (Some(a), Some(b)) => effort.enter(|effort| equal_entries(a, b, effort)),
            _ => Some(compare_within(&Value::Object(a), &Value::Object(b), effort)?.is_eq()),
        },
        (a, b) => Some(compare_within(a, b, effort)?.is_eq()),
    }
}

fn equal_entries(a: &[(Value<'_>, Value<'_>)], b: &[(Value<'_>, Value<'_>)], effort: &mut Effort) -> Option<bool> {
    if ptr::eq(a, b) {
        return Some(true);
    }
    // What is cheap to tell apart goes first: two containers differ in their names before their environments are compared.
    for (a, b) in a.iter().zip(b) {
        if !equal_within(&a.0, &b.0, effort)? || (!a.1.is_container() && a.1 != b.1) {
            return Some(false);
        }
    }
    for (a, b) in a.iter().zip(b) {
        if a.1.is_container() && !equal_within(&a.1, &b.1, effort)? {
            return Some(false);
        }
    }
    Some(true)
}

/// How many values a hash is made of: equal values have the same ones first, whatever they share.
const HASHED_MAX: u32 = 512;

impl Hash for Value<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_first(*self, state, &mut HASHED_MAX.clone());
    }
}

fn hash_first<H: Hasher>(value: Value<'_>, state: &mut H, left: &mut u32) {
    let Some(less) = left.checked_sub(1) else { return };
    *left = less;
    state.write_u8(value.rank());
    match value {
        Value::Null | Value::Unknown(_) => {}
        Value::Bool(b) => b.hash(state),
        Value::Int(n) => n.hash(state),
        Value::Number(n) => n.hash(state),
        Value::String(s) => s.as_str().hash(state),
        Value::Array(array) => {
            state.write_usize(array.len());
            array.iter().take(*left as usize).for_each(|item| hash_first(item, state, left));
        }
        Value::Set(set) => {
            state.write_usize(set.len());
            set.iter().take(*left as usize).for_each(|member| hash_first(member, state, left));
        }
        Value::Object(object) => {
            state.write_usize(object.len());
            in_turn(object).take(*left as usize).for_each(|part| hash_first(part, state, left));
        }
    }
}
