//! The total order of Rego values, and a hash that agrees with it.

use crate::document::{Object, Value};
use crate::number;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ptr;

impl Ord for Value<'_> {
    /// `null < boolean < number < string < array < object < set`; objects compare by their sorted keys and values in turn,
    /// as OPA's `ast.Compare` does. Unknown stands last and equals itself.
    fn cmp(&self, other: &Self) -> Ordering {
        match (*self, *other) {
            (Value::Null, Value::Null) | (Value::Unknown(_), Value::Unknown(_)) => Ordering::Equal,
            (Value::Bool(a), Value::Bool(b)) => a.cmp(&b),
            (Value::Int(a), Value::Int(b)) => a.cmp(&b),
            (Value::Int(_) | Value::Number(_), Value::Int(_) | Value::Number(_)) => number::compare(*self, *other),
            (Value::String(a), Value::String(b)) => a.cmp(b),
            (Value::Array(a), Value::Array(b)) => {
                if ptr::eq(a, b) {
                    Ordering::Equal
                } else {
                    a.iter().cmp(b.iter())
                }
            }
            (Value::Set(a), Value::Set(b)) => {
                if ptr::eq(a, b) {
                    Ordering::Equal
                } else {
                    a.iter().cmp(b.iter())
                }
            }
            (Value::Object(a), Value::Object(b)) => compare_objects(a, b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}

fn compare_objects(a: &Object<'_>, b: &Object<'_>) -> Ordering {
    if ptr::eq(a, b) {
        return Ordering::Equal;
    }
    for ((a_key, a_value), (b_key, b_value)) in a.iter().zip(b.iter()) {
        // Nearly all keys and most values are strings: they are compared without a call.
        for pair in [(a_key, b_key), (a_value, b_value)] {
            let order = match pair {
                (Value::String(a), Value::String(b)) => (*a).cmp(b),
                (a, b) => a.cmp(&b),
            };
            if order.is_ne() {
                return order;
            }
        }
    }
    a.len().cmp(&b.len())
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
