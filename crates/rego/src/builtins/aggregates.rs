//! One result from a whole collection: `count`, `sum`, `max`, `sort` and the like.

use super::comparison::{all_hold, any_holds, has_uncertain_entries, is_uncertain};
use super::operand::{ARRAY, BuiltinError, Outcome, PLAIN, SET, any, parameter, truth, unknown};
use super::{Builtin, Context, Type, UnknownOperands};
use value::{Arena, Value, number};

const NUMBERS: Type = Type::AnyOf(&[Type::Set(&Type::Number), Type::Array(&Type::Number)]);
const COLLECTION: Type = Type::AnyOf(&[SET, ARRAY]);

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        name: "count",
        description: "Counts the items of an array, the members of a set, the entries of an object or the characters of a \
                      string.",
        parameters: &[parameter(
            "collection",
            Type::AnyOf(&[SET, ARRAY, super::operand::OBJECT, Type::String]),
            "what is counted",
        )],
        result: parameter("n", Type::Number, "how many there are"),
        unknown: UnknownOperands::Handled,
        call: count,
        ..PLAIN
    },
    Builtin {
        name: "sum",
        description: "Adds up the numbers of an array or set; of none the sum is 0.",
        parameters: &[parameter("collection", NUMBERS, "the numbers to add")],
        result: parameter("n", Type::Number, "the sum"),
        call: sum,
        ..PLAIN
    },
    Builtin {
        name: "product",
        description: "Multiplies the numbers of an array or set; of none the product is 1.",
        parameters: &[parameter("collection", NUMBERS, "the numbers to multiply")],
        result: parameter("n", Type::Number, "the product"),
        call: product,
        ..PLAIN
    },
    Builtin {
        name: "max",
        description: "Gives the greatest value of an array or set in the order of all values; of none it is undefined.",
        parameters: &[parameter("collection", COLLECTION, "the values to compare")],
        result: parameter("n", Type::Any, "the greatest value"),
        call: max,
        ..PLAIN
    },
    Builtin {
        name: "min",
        description: "Gives the least value of an array or set in the order of all values; of none it is undefined.",
        parameters: &[parameter("collection", COLLECTION, "the values to compare")],
        result: parameter("n", Type::Any, "the least value"),
        call: min,
        ..PLAIN
    },
    Builtin {
        name: "sort",
        description: "Puts the values of an array or set into ascending order; equal items of an array all stay.",
        parameters: &[parameter("collection", COLLECTION, "the values to sort")],
        result: parameter("n", ARRAY, "the sorted array"),
        call: sort,
        ..PLAIN
    },
    Builtin {
        name: "all",
        description: "Tells whether every value of an array or set is `true`.",
        deprecated: Some("`every`"),
        parameters: &[parameter("collection", COLLECTION, "the values to look at")],
        result: parameter("result", Type::Boolean, "whether all values are `true`"),
        unknown: UnknownOperands::Handled,
        call: all,
        ..PLAIN
    },
    Builtin {
        name: "any",
        description: "Tells whether some value of an array or set is `true`.",
        deprecated: Some("`true in collection`"),
        parameters: &[parameter("collection", COLLECTION, "the values to look at")],
        result: parameter("result", Type::Boolean, "whether some value is `true`"),
        unknown: UnknownOperands::Handled,
        call: some,
        ..PLAIN
    },
];

fn count<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let collection = any(operands, 0);
    let count = match collection {
        Value::Array(array) => array.len(),
        // An Unknown member or key may coincide with others, or stand for several; an entry may turn out to be absent.
        Value::Set(set) if is_uncertain(set.iter()) => return unknown(operands),
        Value::Set(set) => set.len(),
        Value::Object(object) if has_uncertain_entries(object) => return unknown(operands),
        Value::Object(object) => object.len(),
        Value::String(text) => text.chars().count(),
        Value::Unknown(_) => return unknown(operands),
        _ => return Err(BuiltinError::operand(0, "one of {array, object, set, string}", collection)),
    };
    Ok(Some(Value::Int(i64::try_from(count).unwrap_or(i64::MAX))))
}

type Arithmetic = for<'a> fn(&'a Arena, Value<'_>, Value<'_>) -> Result<Value<'a>, number::NumberError>;

fn sum<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    accumulate(context, operands, 0, number::add)
}

fn product<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    accumulate(context, operands, 1, number::multiply)
}

fn accumulate<'a>(
    context: &mut Context<'_, 'a>,
    operands: &[Value<'a>],
    start: i64,
    arithmetic: Arithmetic,
) -> Outcome<'a> {
    let collection = any(operands, 0);
    let step = |total: Value<'a>, item: Value<'a>| {
        if item.is_number() {
            Ok(arithmetic(context.arena, total, item)?)
        } else {
            Err(BuiltinError::element(0, "number", collection, item))
        }
    };
    let start = Value::Int(start);
    let total = match collection {
        Value::Array(array) => array.iter().try_fold(start, step)?,
        Value::Set(set) => set.iter().try_fold(start, step)?,
        _ => return Err(BuiltinError::operand(0, "one of {set, array}", collection)),
    };
    Ok(Some(total))
}

fn max<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    match any(operands, 0) {
        Value::Array(array) => Ok(array.iter().max()),
        Value::Set(set) => Ok(set.iter().next_back()),
        other => Err(BuiltinError::operand(0, "one of {set, array}", other)),
    }
}

fn min<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    match any(operands, 0) {
        Value::Array(array) => Ok(array.iter().min()),
        Value::Set(set) => Ok(set.iter().next()),
        other => Err(BuiltinError::operand(0, "one of {set, array}", other)),
    }
}

fn sort<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let sorted = match any(operands, 0) {
        Value::Array(array) => {
            let mut items: Vec<_> = array.iter().collect();
            items.sort_unstable();
            items
        }
        Value::Set(set) => set.iter().collect(),
        other => return Err(BuiltinError::operand(0, "one of {set, array}", other)),
    };
    Ok(Some(context.arena.array(&sorted)))
}

fn all<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let result = match any(operands, 0) {
        Value::Array(array) => all_hold(array.iter().map(is_true)),
        Value::Set(set) => all_hold(set.iter().map(is_true)),
        Value::Unknown(_) => None,
        other => return Err(BuiltinError::operand(0, "one of {array, set}", other)),
    };
    truth(result, operands)
}

fn some<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let result = match any(operands, 0) {
        Value::Array(array) => any_holds(array.iter().map(is_true)),
        Value::Set(set) => any_holds(set.iter().map(is_true)),
        Value::Unknown(_) => None,
        other => return Err(BuiltinError::operand(0, "one of {array, set}", other)),
    };
    truth(result, operands)
}

fn is_true(value: Value<'_>) -> Option<bool> {
    if value.is_unknown() { None } else { Some(value.as_bool() == Some(true)) }
}

#[cfg(test)]
#[path = "aggregates_tests.rs"]
mod tests;
