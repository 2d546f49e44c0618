//! Objects: look up, select, merge, compare.

use super::comparison::{
    Lookup, all_hold, any_holds, contains_three_valued, equal_three_valued, is_uncertain, look_up, look_up_in_object,
    may_be_absent,
};
use super::operand::{ARRAY, BuiltinError, OBJECT, Outcome, PLAIN, SET, any, array, object, parameter, truth, unknown};
use super::{Builtin, Context, Parameter, Type, UnknownOperands};
use value::{Arena, Array, Object, Set, Value};

const KEYS: Type = Type::AnyOf(&[ARRAY, SET, OBJECT]);
const COMPARABLE: Type = Type::AnyOf(&[OBJECT, SET, ARRAY]);
const OBJECT_AND_KEYS: &[Parameter] = &[
    parameter("object", OBJECT, "the object"),
    parameter("keys", KEYS, "the keys: items of an array, members of a set or keys of an object"),
];

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        name: "object.get",
        description: "Gives what stands at a key or path of an object, or a default where nothing does.",
        parameters: &[
            parameter("object", OBJECT, "the object to look into"),
            parameter("key", Type::Any, "a key, or an array of keys and indexes that lead inside"),
            parameter("default", Type::Any, "what to give when nothing stands there"),
        ],
        result: parameter("value", Type::Any, "the value at `key`, or `default`"),
        unknown: UnknownOperands::Handled,
        call: get,
        ..PLAIN
    },
    Builtin {
        name: "object.keys",
        description: "Gives the keys of an object as a set.",
        parameters: &[parameter("object", OBJECT, "the object")],
        result: parameter("value", SET, "the keys of `object`"),
        unknown: UnknownOperands::Shallow,
        call: keys,
        ..PLAIN
    },
    Builtin {
        name: "object.remove",
        description: "Gives an object without some of its keys.",
        parameters: OBJECT_AND_KEYS,
        result: parameter("output", OBJECT, "`object` without the entries at `keys`"),
        unknown: UnknownOperands::Handled,
        call: remove,
        ..PLAIN
    },
    Builtin {
        name: "object.filter",
        description: "Gives an object with only some of its keys.",
        parameters: OBJECT_AND_KEYS,
        result: parameter("filtered", OBJECT, "the entries of `object` at `keys`"),
        unknown: UnknownOperands::Handled,
        call: filter,
        ..PLAIN
    },
    Builtin {
        name: "object.union",
        description: "Merges two objects; where both have a key, objects are merged in turn and else the second one counts.",
        parameters: &[
            parameter("a", OBJECT, "the first object"),
            parameter("b", OBJECT, "the second object, which wins"),
        ],
        result: parameter("output", OBJECT, "the merged object"),
        unknown: UnknownOperands::Handled,
        call: union,
        ..PLAIN
    },
    Builtin {
        name: "object.union_n",
        description: "Merges the objects of an array as `object.union` does, from the first to the last.",
        parameters: &[parameter("objects", Type::Array(&OBJECT), "the objects; later ones win")],
        result: parameter("output", OBJECT, "the merged object"),
        unknown: UnknownOperands::Handled,
        call: union_n,
        ..PLAIN
    },
    Builtin {
        name: "object.subset",
        description: "Tells whether all of one object is in another, nested objects, sets and arrays included; also for sets, \
                      for arrays that contain one another in a row, and for an array that contains a set.",
        parameters: &[
            parameter("super", COMPARABLE, "what may contain `sub`"),
            parameter("sub", COMPARABLE, "what may be contained"),
        ],
        result: parameter("result", Type::Boolean, "whether `super` contains `sub`"),
        unknown: UnknownOperands::Handled,
        call: subset,
        ..PLAIN
    },
];

fn get<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let (container, key, default) = (any(operands, 0), any(operands, 1), any(operands, 2));
    if container.is_unknown() {
        return unknown(operands);
    }
    object(operands, 0)?;
    let found = match key {
        Value::Array(path) => path.iter().try_fold(container, |inside, key| match look_up(inside, key) {
            Lookup::Found(value) => Ok(value),
            missing => Err(missing),
        }),
        _ => match look_up(container, key) {
            Lookup::Found(value) => Ok(value),
            missing => Err(missing),
        },
    };
    match found {
        Ok(value) => Ok(Some(value)),
        Err(Lookup::Unknown) => unknown(operands),
        Err(_) => Ok(Some(default)),
    }
}

fn keys<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let object = object(operands, 0)?;
    if object.values().any(may_be_absent) {
        return unknown(operands);
    }
    let keys: Vec<_> = object.keys().collect();
    Ok(Some(context.arena.set(&keys)))
}

fn remove<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    select(context, operands, false)
}

fn filter<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    select(context, operands, true)
}

/// The entries whose keys are among the second operand's, or those whose keys are not.
fn select<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>], wanted: bool) -> Outcome<'a> {
    if any(operands, 0).is_unknown() || any(operands, 1).is_unknown() {
        return unknown(operands);
    }
    let object = object(operands, 0)?;
    let keys: Vec<_> = match any(operands, 1) {
        Value::Array(array) => array.iter().collect(),
        Value::Set(set) => set.iter().collect(),
        Value::Object(object) => object.keys().collect(),
        other => return Err(BuiltinError::operand(1, "one of {object, set, array}", other)),
    };
    let Value::Set(keys) = context.arena.set(&keys) else { return Ok(None) };
    let mut entries = Vec::with_capacity(object.len());
    if is_uncertain(object.keys()) || is_uncertain(keys.iter()) {
        for (key, value) in object.iter() {
            match contains_three_valued(keys, key) {
                Some(listed) if listed == wanted => entries.push((key, value)),
                Some(_) => {}
                None => return unknown(operands),
            }
        }
    } else {
        entries.extend(object.iter().filter(|&(key, _)| keys.contains(key) == wanted));
    }
    Ok(Some(context.arena.object(&entries)))
}

fn union<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    if operands.iter().any(|operand| operand.is_unknown()) {
        return unknown(operands);
    }
    let objects = [object(operands, 0)?, object(operands, 1)?];
    merge(context.arena, &objects).map_or_else(|| unknown(operands), |merged| Ok(Some(merged)))
}

fn union_n<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let operand = any(operands, 0);
    if operand.is_unknown() {
        return unknown(operands);
    }
    let items = array(operands, 0)?;
    let mut objects = Vec::with_capacity(items.len());
    for item in items.iter() {
        match item {
            Value::Object(object) => objects.push(object),
            Value::Unknown(_) => return unknown(operands),
            other => return Err(BuiltinError::element(0, "object", operand, other)),
        }
    }
    merge(context.arena, &objects).map_or_else(|| unknown(operands), |merged| Ok(Some(merged)))
}

/// The objects merged from first to last; `None` when an Unknown leaf in a key keeps that from being told.
fn merge<'a>(arena: &'a Arena, objects: &[&'a Object<'a>]) -> Option<Value<'a>> {
    match objects {
        [] => return Some(Value::EMPTY_OBJECT),
        [only] => return Some(Value::Object(only)),
        _ => {}
    }
    // Values share their parts, and what is merged shares nothing. The evaluation ends at its limit as soon as this returns.
    if arena.is_full() {
        return Some(Value::EMPTY_OBJECT);
    }
    if objects.iter().any(|object| is_uncertain(object.keys())) {
        return None;
    }
    let mut entries: Vec<_> = objects.iter().flat_map(|object| object.iter()).collect();
    // Stable, so that the values of a key stay in the order of their objects.
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    let mut merged = Vec::with_capacity(entries.len());
    for group in entries.chunk_by(|a, b| a.0 == b.0) {
        let Some(&(key, last)) = group.last() else { continue };
        merged.push((key, merge_values(arena, group, last)?));
    }
    Some(arena.object(&merged))
}

/// What the values of one key, from first to `last`, become.
fn merge_values<'a>(arena: &'a Arena, group: &[(Value<'a>, Value<'a>)], last: Value<'a>) -> Option<Value<'a>> {
    if group.len() == 1 || last.as_object().is_none() {
        return Some(last);
    }
    // Only the run of objects at the end counts: whatever else comes before is overwritten.
    let mut objects = Vec::with_capacity(group.len());
    for &(_, value) in group.iter().rev() {
        match value {
            Value::Object(object) => objects.push(object),
            // An object would be merged and anything else overwritten.
            Value::Unknown(_) => return Some(value),
            _ => break,
        }
    }
    objects.reverse();
    merge(arena, &objects)
}

fn subset<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let contained = match (any(operands, 0), any(operands, 1)) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => None,
        (Value::Array(array), Value::Set(part)) => {
            let items: Vec<_> = array.iter().collect();
            context.arena.set(&items).as_set().and_then(|whole| contains_set(whole, part))
        }
        (whole, part) => match contains_part(whole, part) {
            Some(contained) => contained,
            None => {
                return Err(BuiltinError::operands(
                    "both arguments object.subset must be of the same type or array and set",
                ));
            }
        },
    };
    truth(contained, operands)
}

/// Whether `whole` contains `part` when both are objects, sets or arrays; the outer `None` is for any other two values.
fn contains_part(whole: Value<'_>, part: Value<'_>) -> Option<Option<bool>> {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => Some(contains_object(whole, part)),
        (Value::Set(whole), Value::Set(part)) => Some(contains_set(whole, part)),
        (Value::Array(whole), Value::Array(part)) => Some(contains_run(whole, part)),
        _ => None,
    }
}

fn contains_object(whole: &Object<'_>, part: &Object<'_>) -> Option<bool> {
    all_hold(part.iter().map(|(key, value)| match look_up_in_object(whole, key) {
        Lookup::Found(found) => contains_part(found, value).unwrap_or_else(|| equal_three_valued(found, value)),
        Lookup::Missing => Some(false),
        Lookup::Unknown => None,
    }))
}

fn contains_set(whole: &Set<'_>, part: &Set<'_>) -> Option<bool> {
    if part.len() > whole.len() && !is_uncertain(part.iter()) && !is_uncertain(whole.iter()) {
        return Some(false);
    }
    all_hold(part.iter().map(|member| contains_three_valued(whole, member)))
}

/// Whether the items of `part` stand in `whole` one after the other.
fn contains_run(whole: &Array<'_>, part: &Array<'_>) -> Option<bool> {
    let Some(last_start) = whole.len().checked_sub(part.len()) else { return Some(false) };
    any_holds((0..=last_start).map(|start| {
        all_hold(whole.iter().skip(start).zip(part.iter()).map(|(item, part)| equal_three_valued(item, part)))
    }))
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
