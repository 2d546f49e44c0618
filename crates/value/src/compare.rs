//! The total order of Rego values, and a hash that agrees with it.

use crate::array::Row;
use crate::document::{Object, Value};
use crate::number;
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
    match (a, b) {
        (Value::Null, Value::Null) | (Value::Unknown(_), Value::Unknown(_)) => Ordering::Equal,
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Int(_) | Value::Number(_), Value::Int(_) | Value::Number(_)) => number::compare(*a, *b),
        (Value::Array(a), Value::Array(b)) => match (a.items(), b.items()) {
            (Some(a), Some(b)) => compare_lists(a, b),
            _ => a.iter().cmp(b.iter()),
        },
        (Value::Set(a), Value::Set(b)) => compare_lists(a.members(), b.members()),
        (Value::Object(a), Value::Object(b)) => compare_objects(a, b),
        (a, b) => a.rank().cmp(&b.rank()),
    }
}

fn compare_lists(a: &[Value<'_>], b: &[Value<'_>]) -> Ordering {
    if ptr::eq(a, b) {
        return Ordering::Equal;
    }
    let (mut left, mut right) = (a.iter(), b.iter());
    while let (Some(a), Some(b)) = (left.next(), right.next()) {
        let order = a.cmp(b);
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

fn compare_entries(a: &[(Value<'_>, Value<'_>)], b: &[(Value<'_>, Value<'_>)]) -> Ordering {
    if ptr::eq(a, b) {
        return Ordering::Equal;
    }
    let (mut left, mut right) = (a.iter(), b.iter());
    while let (Some((a_key, a_value)), Some((b_key, b_value))) = (left.next(), right.next()) {
        let order = a_key.cmp(b_key);
        if order.is_ne() {
            return order;
        }
        let order = a_value.cmp(b_value);
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

/// Objects of data share their keys, and equal ones are often one.
fn compare_objects(a: &Object<'_>, b: &Object<'_>) -> Ordering {
    if ptr::addr_eq(a, b) {
        return Ordering::Equal;
    }
    if let (Some(a), Some(b)) = (a.pairs(), b.pairs()) {
        return compare_entries(a, b);
    }
    match a.rows_of_one_shape(b) {
        Some((Row::Values(a), Row::Values(b))) => compare_lists(a, b),
        Some((a, b)) => a.iter().cmp(b.iter()),
        None => a.iter().cmp(b.iter()),
    }
}

fn equal_others(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => match (a.items(), b.items()) {
            (Some(a), Some(b)) => equal_lists(a, b),
            _ => a.iter().eq(b.iter()),
        },
        (Value::Set(a), Value::Set(b)) => equal_lists(a.members(), b.members()),
        (Value::Object(a), Value::Object(b)) => match (a.pairs(), b.pairs()) {
            (Some(a), Some(b)) => equal_entries(a, b),
            _ => ptr::addr_eq(*a, *b) || (a.len() == b.len() && compare_objects(a, b).is_eq()),
        },
        (a, b) => compare_others(a, b).is_eq(),
    }
}

fn equal_lists(a: &[Value<'_>], b: &[Value<'_>]) -> bool {
    ptr::eq(a, b) || a == b
}

fn equal_entries(a: &[(Value<'_>, Value<'_>)], b: &[(Value<'_>, Value<'_>)]) -> bool {
    if ptr::eq(a, b) {
        return true;
    }
    // What is cheap to tell apart goes first: two containers differ in their names before their environments are compared.
    let is_leaf = |value: &Value<'_>| !matches!(value, Value::Array(_) | Value::Object(_) | Value::Set(_));
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && (!is_leaf(&a.1) || a.1 == b.1))
        && a.iter().zip(b).all(|(a, b)| is_leaf(&a.1) || a.1 == b.1)
}

impl Hash for Value<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(self.rank());
        match *self {
            Value::Null | Value::Unknown(_) => {}
            Value::Bool(b) => b.hash(state),
            Value::Int(n) => n.hash(state),
            Value::Number(n) => n.hash(state),
            Value::String(s) => s.as_str().hash(state),
            Value::Array(array) => {
                state.write_usize(array.len());
                array.iter().for_each(|item| item.hash(state));
            }
            Value::Set(set) => {
                state.write_usize(set.len());
                set.iter().for_each(|member| member.hash(state));
            }
            Value::Object(object) => {
                state.write_usize(object.len());
                object.iter().for_each(|entry| entry.hash(state));
            }
        }
    }
}
