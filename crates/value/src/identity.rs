//! Whether two values are the very same one in storage. Documents hold equal texts and small containers once, so that this is
//! often all there is to find out.

use crate::document::Value;
use std::ptr;

/// What tells values of one kind apart: equal integers and booleans have it in common, of everything else only the very same.
pub(crate) fn identity(value: Value<'_>) -> u64 {
    let word = match value {
        Value::Null => 0,
        Value::Bool(_) => u64::from(value.as_bool() == Some(true)),
        Value::Int(n) => n.cast_unsigned(),
        Value::Number(number) => ptr::from_ref(number).addr() as u64,
        Value::String(text) => ptr::from_ref(text).addr() as u64,
        Value::Array(array) => ptr::from_ref(array).addr() as u64,
        Value::Object(object) => ptr::from_ref(object).addr() as u64,
        Value::Set(set) => ptr::from_ref(set).addr() as u64,
        Value::Unknown(unknown) => ptr::from_ref(unknown).addr() as u64,
    };
    word.wrapping_add(u64::from(value.rank()) << 60)
}

/// Whether two values are one. `false` says nothing.
#[inline]
pub(crate) fn is_one(a: Value<'_>, b: Value<'_>) -> bool {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::String(a), Value::String(b)) => ptr::addr_eq(a, b),
        (Value::Array(a), Value::Array(b)) => ptr::addr_eq(a, b),
        (Value::Object(a), Value::Object(b)) => ptr::addr_eq(a, b),
        (Value::Set(a), Value::Set(b)) => ptr::addr_eq(a, b),
        _ => false,
    }
}

/// How many values are remembered, as a power of two.
const SEEN_BITS: u32 = 6;

/// Moves the values that are not one with another seen lately to the front; returns how many there are.
pub(crate) fn forget_repeated(values: &mut [Value<'_>]) -> usize {
    let mut seen = [Value::Null; 1 << SEEN_BITS];
    let mut kept = 0;
    for next in 0..values.len() {
        let Some(&value) = values.get(next) else { break };
        let hash = identity(value).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - SEEN_BITS);
        if let Some(slot) = seen.get_mut(hash as usize) {
            if is_one(*slot, value) {
                continue;
            }
            *slot = value;
        }
        if let Some(slot) = values.get_mut(kept) {
            *slot = value;
        }
        kept += 1;
    }
    kept
}
