//! Whether two types have a value in common.

use super::value_type::{ArrayType, ObjectType, ValueType};

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

fn arrays(a: &ArrayType, b: &ArrayType) -> bool {
    let items_fit = |a: &ArrayType, b: &ArrayType| {
        a.items().iter().enumerate().all(|(index, item)| b.at(index).is_some_and(|other| overlap(item, other)))
    };
    let rest_fits = match (a.rest(), b.rest()) {
        (Some(a), Some(b)) => overlap(a, b),
        _ => true,
    };
    rest_fits && items_fit(a, b) && items_fit(b, a)
}

fn objects(a: &ObjectType, b: &ObjectType) -> bool {
    let fields_fit = |a: &ObjectType, b: &ObjectType| {
        let open = a.rest().is_some() || b.rest().is_some();
        a.fields().iter().all(|(key, field)| match b.at(key) {
            Some(other) => overlap(&field.value, &other.value),
            // As in OPA, an object with other entries too is not asked for each of them.
            None => field.optional || open,
        })
    };
    let rest_fits = match (a.rest(), b.rest()) {
        (Some((_, a)), Some((_, b))) => overlap(a, b),
        _ => true,
    };
    rest_fits && fields_fit(a, b) && fields_fit(b, a)
}
