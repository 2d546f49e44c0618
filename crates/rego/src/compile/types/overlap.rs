//! Whether two types have a value in common.

use super::value_type::{ArrayType, Field, Key, ObjectType, ValueType};

/// Whether a value could be of both types. What is not resolved yet could be anything.
///
/// As in OPA, collections of different things do not overlap, although both may be empty.
pub(super) fn overlap(a: &ValueType, b: &ValueType) -> bool {
    match (a, b) {
        (ValueType::Any | ValueType::Unresolved, _) | (_, ValueType::Any | ValueType::Unresolved) => true,
        (ValueType::Union(_), _) | (_, ValueType::Union(_)) => {
            a.options().iter().any(|a| b.options().iter().any(|b| overlap(a, b)))
        }
        (ValueType::Array(a), ValueType::Array(b)) => arrays(a, b),
        (ValueType::Object(a), ValueType::Object(b)) => objects(a, b),
        (ValueType::Set(a), ValueType::Set(b)) => overlap(a.members(), b.members()),
        (
            ValueType::Null
            | ValueType::Boolean
            | ValueType::Number
            | ValueType::String
            | ValueType::Array(_)
            | ValueType::Object(_)
            | ValueType::Set(_),
            _,
        ) => a == b,
    }
}

// Each pair of parts is compared once: types nest, and twice at every level would be for ever.

fn arrays(a: &ArrayType, b: &ArrayType) -> bool {
    let rest_fits = match (a.rest(), b.rest()) {
        (Some(a), Some(b)) => overlap(a, b),
        _ => true,
    };
    let length = a.items().len().max(b.items().len());
    rest_fits && (0..length).all(|index| a.at(index).zip(b.at(index)).is_some_and(|(a, b)| overlap(a, b)))
}

fn objects(a: &ObjectType, b: &ObjectType) -> bool {
    let rest_fits = match (a.rest(), b.rest()) {
        (Some((_, a)), Some((_, b))) => overlap(a, b),
        _ => true,
    };
    // As in OPA, an object with other entries too is not asked for each of them.
    let open = a.rest().is_some() || b.rest().is_some();
    let missing = |field: &Field| field.optional || open;
    let in_a = |(key, field): &(Key, Field)| match b.at(key) {
        Some(other) => overlap(&field.value, &other.value),
        None => missing(field),
    };
    let only_in_b = |(key, field): &(Key, Field)| match a.field(key) {
        Some(_) => true,
        None => a.at(key).map_or_else(|| missing(field), |other| overlap(&other.value, &field.value)),
    };
    rest_fits && a.fields().iter().all(in_a) && b.fields().iter().all(only_in_b)
}
