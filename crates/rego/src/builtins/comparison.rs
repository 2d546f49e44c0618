//! Comparison and membership, and what they mean for values with Unknown leaves inside.

use super::operand::{Outcome, PLAIN, any, parameter, truth};
use super::{Builtin, Context, Parameter, Type, UnknownOperands};
use std::cmp::Ordering;
use value::{Effort, Object, Set, Value};

const X_AND_Y: &[Parameter] =
    &[parameter("x", Type::Any, "the first value"), parameter("y", Type::Any, "the second value")];

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        name: "equal",
        description: "Tells whether two values are equal, as the operator `==` does.",
        parameters: X_AND_Y,
        result: parameter("result", Type::Boolean, "whether `x` equals `y`"),
        unknown: UnknownOperands::Handled,
        call: equal,
        ..PLAIN
    },
    Builtin {
        name: "eq",
        description: "Tells whether two values are equal; as a statement it is the operator `=`, which also binds variables.",
        parameters: X_AND_Y,
        result: parameter("result", Type::Boolean, "whether `x` equals `y`"),
        unknown: UnknownOperands::Handled,
        call: equal,
        ..PLAIN
    },
    Builtin {
        name: "assign",
        description: "Tells whether two values are equal; as a statement it is the operator `:=`.",
        parameters: X_AND_Y,
        result: parameter("result", Type::Boolean, "whether `x` equals `y`"),
        unknown: UnknownOperands::Handled,
        call: equal,
        ..PLAIN
    },
    Builtin {
        name: "neq",
        description: "Tells whether two values differ, as the operator `!=` does.",
        parameters: X_AND_Y,
        result: parameter("result", Type::Boolean, "whether `x` differs from `y`"),
        unknown: UnknownOperands::Handled,
        call: not_equal,
        ..PLAIN
    },
    Builtin {
        name: "lt",
        description: "Tells whether the first value comes before the second, as the operator `<` does.",
        parameters: X_AND_Y,
        result: parameter("result", Type::Boolean, "whether `x` is less than `y`"),
        unknown: UnknownOperands::Handled,
        call: less,
        ..PLAIN
    },
    Builtin {
        name: "lte",
        description: "Tells whether the first value does not come after the second, as the operator `<=` does.",
        parameters: X_AND_Y,
        result: parameter("result", Type::Boolean, "whether `x` is less than or equal to `y`"),
        unknown: UnknownOperands::Handled,
        call: less_or_equal,
        ..PLAIN
    },
    Builtin {
        name: "gt",
        description: "Tells whether the first value comes after the second, as the operator `>` does.",
        parameters: X_AND_Y,
        result: parameter("result", Type::Boolean, "whether `x` is greater than `y`"),
        unknown: UnknownOperands::Handled,
        call: greater,
        ..PLAIN
    },
    Builtin {
        name: "gte",
        description: "Tells whether the first value does not come before the second, as the operator `>=` does.",
        parameters: X_AND_Y,
        result: parameter("result", Type::Boolean, "whether `x` is greater than or equal to `y`"),
        unknown: UnknownOperands::Handled,
        call: greater_or_equal,
        ..PLAIN
    },
    Builtin {
        name: "internal.member_2",
        description: "Tells whether a value is in a collection, as `value in collection` does.",
        parameters: &[
            parameter("value", Type::Any, "the value to look for"),
            parameter("collection", Type::Any, "the array, set or object whose values are searched"),
        ],
        result: parameter(
            "result",
            Type::Boolean,
            "whether `value` is in `collection`; false when that is no collection",
        ),
        unknown: UnknownOperands::Handled,
        call: member,
        ..PLAIN
    },
    Builtin {
        name: "internal.member_3",
        description: "Tells whether a value stands at a key of a collection, as `key, value in collection` does.",
        parameters: &[
            parameter("key", Type::Any, "the key, index or member"),
            parameter("value", Type::Any, "the value to look for"),
            parameter("collection", Type::Any, "the array, set or object that is searched"),
        ],
        result: parameter(
            "result",
            Type::Boolean,
            "whether `value` stands at `key`; false when there is no collection",
        ),
        unknown: UnknownOperands::Handled,
        call: member_with_key,
        ..PLAIN
    },
];

fn equal<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    truth(equal_three_valued(any(operands, 0), any(operands, 1)), operands)
}

fn not_equal<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    truth(equal_three_valued(any(operands, 0), any(operands, 1)).map(|equal| !equal), operands)
}

fn less<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    ordered(operands, Ordering::is_lt)
}

fn less_or_equal<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    ordered(operands, Ordering::is_le)
}

fn greater<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    ordered(operands, Ordering::is_gt)
}

fn greater_or_equal<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    ordered(operands, Ordering::is_ge)
}

fn ordered<'a>(operands: &[Value<'a>], holds: fn(Ordering) -> bool) -> Outcome<'a> {
    truth(compare_three_valued(any(operands, 0), any(operands, 1)).map(holds), operands)
}

fn member<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    truth(is_value_of(any(operands, 0), any(operands, 1)), operands)
}

/// Whether `value` is an item of the array, a member of the set or a value of the object.
fn is_value_of(value: Value<'_>, collection: Value<'_>) -> Option<bool> {
    match collection {
        Value::Unknown(_) => None,
        Value::Set(set) => contains_three_valued(set, value),
        Value::Array(array) => any_holds(array.iter().map(|item| equal_three_valued(item, value))),
        Value::Object(object) => any_holds(object.values().map(|item| equal_three_valued(item, value))),
        _ => Some(false),
    }
}

fn member_with_key<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let (key, value, collection) = (any(operands, 0), any(operands, 1), any(operands, 2));
    let found = match look_up(collection, key) {
        Lookup::Found(found) => equal_three_valued(found, value),
        Lookup::Missing => Some(false),
        // At whatever key it is: what no entry could equal is certainly not there.
        Lookup::Unknown => is_value_of(value, collection).filter(|&found| !found),
    };
    truth(found, operands)
}

/// Containers that one three-valued comparison looks into before it asks whether there is an Unknown leaf at all.
const VISITS_MAX: u32 = 1 << 12;

/// Whether two values are equal; `None` when an Unknown leaf keeps that from being told.
///
/// `[1, U] == [2, 3]` is certainly false, `[1, U] == [1, 2]` cannot be told. Nor can it, with an Unknown leaf, of values that share
/// their parts so often that there is no end of looking.
pub fn equal_three_valued(a: Value<'_>, b: Value<'_>) -> Option<bool> {
    let mut effort = Effort::of(VISITS_MAX);
    let equal = equal_within(a, b, &mut effort);
    if equal.is_none() && effort.has_refused() && no_unknown(a, b) {
        return Some(a == b);
    }
    equal
}

fn no_unknown(a: Value<'_>, b: Value<'_>) -> bool {
    a.find_unknown().is_none() && b.find_unknown().is_none()
}

fn equal_within(a: Value<'_>, b: Value<'_>, effort: &mut Effort) -> Option<bool> {
    match (a, b) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => None,
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            effort.enter(|effort| all_hold(a.iter().zip(b.iter()).map(|(a, b)| equal_within(a, b, effort))))
        }
        (Value::Set(a), Value::Set(b)) => effort.enter(|effort| equal_sets(a, b, effort)),
        (Value::Object(a), Value::Object(b)) => effort.enter(|effort| equal_objects(a, b, effort)),
        _ => Some(a == b),
    }
}

fn equal_sets(a: &Set<'_>, b: &Set<'_>, effort: &mut Effort) -> Option<bool> {
    if !is_uncertain(a.iter()) && !is_uncertain(b.iter()) {
        return Some(Value::Set(a) == Value::Set(b));
    }
    // Unknown members may coincide with others, so sizes tell nothing: each member must be in the other set.
    let a_in_b = all_hold(a.iter().map(|member| contains_within(b, member, effort)));
    if a_in_b == Some(false) {
        return a_in_b;
    }
    all_hold([a_in_b].into_iter().chain(b.iter().map(|member| contains_within(a, member, effort))))
}

fn equal_objects(a: &Object<'_>, b: &Object<'_>, effort: &mut Effort) -> Option<bool> {
    if !is_uncertain(a.keys()) && !is_uncertain(b.keys()) {
        if a.len() == b.len() && a.keys().eq(b.keys()) {
            return all_hold(a.values().zip(b.values()).map(|(a, b)| equal_within(a, b, effort)));
        }
        if !a.values().chain(b.values()).any(may_be_absent) {
            return Some(false);
        }
    }
    let mut entry_in = |object: &Object<'_>, key, value| match look_up_in_object(object, key) {
        Lookup::Found(found) => equal_within(found, value, effort),
        Lookup::Missing if may_be_absent(value) => None,
        Lookup::Missing => Some(false),
        Lookup::Unknown => None,
    };
    let a_in_b = all_hold(a.iter().map(|(key, value)| entry_in(b, key, value)));
    if a_in_b == Some(false) {
        return a_in_b;
    }
    all_hold([a_in_b].into_iter().chain(b.iter().map(|(key, value)| entry_in(a, key, value))))
}

/// How two values order; `None` when an Unknown leaf keeps that from being told.
///
/// What comes before the first Unknown leaf decides, if it differs.
pub fn compare_three_valued(a: Value<'_>, b: Value<'_>) -> Option<Ordering> {
    let mut effort = Effort::of(VISITS_MAX);
    let order = compare_within(a, b, &mut effort);
    if order.is_none() && effort.has_refused() && no_unknown(a, b) {
        return Some(a.cmp(&b));
    }
    order
}

fn compare_within(a: Value<'_>, b: Value<'_>, effort: &mut Effort) -> Option<Ordering> {
    match (a, b) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => None,
        (Value::Array(a), Value::Array(b)) => effort.enter(|effort| {
            for (a, b) in a.iter().zip(b.iter()) {
                let order = compare_within(a, b, effort)?;
                if order.is_ne() {
                    return Some(order);
                }
            }
            Some(a.len().cmp(&b.len()))
        }),
        (Value::Set(a_members), Value::Set(b_members)) => {
            // An empty set comes first whatever the other one holds.
            let either_empty = a_members.is_empty() || b_members.is_empty();
            if !either_empty && (is_uncertain(a_members.iter()) || is_uncertain(b_members.iter())) {
                return None;
            }
            Some(a.cmp(&b))
        }
        (Value::Object(a), Value::Object(b)) => {
            if a.is_empty() || b.is_empty() {
                return Some(a.len().cmp(&b.len()));
            }
            if has_uncertain_entries(a) || has_uncertain_entries(b) {
                return None;
            }
            effort.enter(|effort| {
                for ((a_key, a_value), (b_key, b_value)) in a.iter().zip(b.iter()) {
                    let order = a_key.cmp(&b_key);
                    let order = if order.is_ne() { order } else { compare_within(a_value, b_value, effort)? };
                    if order.is_ne() {
                        return Some(order);
                    }
                }
                Some(a.len().cmp(&b.len()))
            })
        }
        _ => Some(a.cmp(&b)),
    }
}

/// Whether `member` is in `set`; `None` when an Unknown leaf keeps that from being told.
pub fn contains_three_valued(set: &Set<'_>, member: Value<'_>) -> Option<bool> {
    contains_within(set, member, &mut Effort::of(VISITS_MAX))
}

fn contains_within(set: &Set<'_>, member: Value<'_>, effort: &mut Effort) -> Option<bool> {
    if member.find_unknown().is_none() {
        if set.contains(member) {
            return Some(true);
        }
        if !is_uncertain(set.iter()) {
            return Some(false);
        }
    }
    any_holds(set.iter().map(|candidate| equal_within(candidate, member, effort)))
}

/// What stands at a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// This value does.
    Found(Value<'a>),
    /// Certainly nothing does.
    Missing,
    /// An Unknown leaf keeps that from being told.
    Unknown,
}

/// What stands at `key` of `container`: an object's value, an array's item or a set's member.
pub fn look_up<'a>(container: Value<'a>, key: Value<'a>) -> Lookup<'a> {
    match container {
        Value::Unknown(_) => Lookup::Unknown,
        Value::Object(object) => look_up_in_object(object, key),
        Value::Array(array) => match key {
            Value::Int(index) => {
                let item = usize::try_from(index).ok().and_then(|index| array.get(index));
                item.map_or(Lookup::Missing, Lookup::Found)
            }
            Value::Unknown(_) if !array.is_empty() => Lookup::Unknown,
            _ => Lookup::Missing,
        },
        Value::Set(set) => match contains_three_valued(set, key) {
            Some(true) => Lookup::Found(key),
            Some(false) => Lookup::Missing,
            None => Lookup::Unknown,
        },
        _ => Lookup::Missing,
    }
}

/// What stands at `key` of `object`.
pub(super) fn look_up_in_object<'a>(object: &Object<'a>, key: Value<'_>) -> Lookup<'a> {
    if key.find_unknown().is_none() {
        if let Some(value) = object.get(key) {
            return Lookup::Found(value);
        }
        if !is_uncertain(object.keys()) {
            return Lookup::Missing;
        }
    }
    let possible = object.keys().any(|candidate| equal_three_valued(candidate, key) != Some(false));
    if possible { Lookup::Unknown } else { Lookup::Missing }
}

/// Whether an Unknown leaf stands in what sets and objects are ordered by: members or keys, ascending.
pub fn is_uncertain<'a>(ascending: impl DoubleEndedIterator<Item = Value<'a>>) -> bool {
    // Only containers can hold an Unknown leaf, and containers come after all scalars.
    ascending
        .rev()
        .take_while(|value| matches!(value, Value::Array(_) | Value::Object(_) | Value::Set(_) | Value::Unknown(_)))
        .any(|value| value.find_unknown().is_some())
}

/// Whether an Unknown leaf keeps it from being told which entries `object` has: it stands in a key, or an entry may turn out to
/// be absent.
pub fn has_uncertain_entries(object: &Object<'_>) -> bool {
    is_uncertain(object.keys()) || object.values().any(may_be_absent)
}

/// Whether an entry with this value may turn out not to be there.
pub fn may_be_absent(value: Value<'_>) -> bool {
    matches!(value, Value::Unknown(unknown) if unknown.may_be_absent)
}

/// Kleene's `and` over all of `parts`.
pub(super) fn all_hold(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for part in parts {
        match part {
            Some(false) => return part,
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

/// Kleene's `or` over all of `parts`.
pub(super) fn any_holds(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(false);
    for part in parts {
        match part {
            Some(true) => return part,
            Some(false) => {}
            None => result = None,
        }
    }
    result
}

#[cfg(test)]
#[path = "comparison_tests.rs"]
mod tests;
