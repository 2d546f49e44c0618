//! Arrays: join, cut, turn round, flatten.

use super::operand::{ARRAY, Outcome, PLAIN, array, integer, parameter, unknown};
use super::{Builtin, Context, Type, UnknownOperands};
use value::Value;

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        name: "array.concat",
        description: "Joins two arrays.",
        parameters: &[parameter("x", ARRAY, "the first array"), parameter("y", ARRAY, "the second array")],
        result: parameter("z", ARRAY, "the items of `x`, then those of `y`"),
        unknown: UnknownOperands::Shallow,
        call: concat,
        ..PLAIN
    },
    Builtin {
        name: "array.flatten",
        description: "Replaces the arrays inside an array by their items, one level deep.",
        parameters: &[parameter("arr", ARRAY, "the array to flatten")],
        result: parameter(
            "flattened",
            ARRAY,
            "the items of `arr`, where each item that is an array gives its own items",
        ),
        unknown: UnknownOperands::Handled,
        call: flatten,
        ..PLAIN
    },
    Builtin {
        name: "array.reverse",
        description: "Turns an array round.",
        parameters: &[parameter("arr", ARRAY, "the array to reverse")],
        result: parameter("rev", ARRAY, "the items of `arr`, last first"),
        unknown: UnknownOperands::Shallow,
        call: reverse,
        ..PLAIN
    },
    Builtin {
        name: "array.slice",
        description: "Cuts a range out of an array; `[]` when `start` is not below `stop`.",
        parameters: &[
            parameter("arr", ARRAY, "the array to cut from"),
            parameter("start", Type::Number, "the index of the first item; below 0 it counts as 0"),
            parameter("stop", Type::Number, "the index after the last item; beyond the end it counts as the end"),
        ],
        result: parameter("slice", ARRAY, "the items from `start` up to, not including, `stop`"),
        unknown: UnknownOperands::Shallow,
        call: slice,
        ..PLAIN
    },
];

fn concat<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let (x, y) = (array(operands, 0)?, array(operands, 1)?);
    if y.is_empty() {
        return Ok(Some(Value::Array(x)));
    }
    let mut items = Vec::with_capacity(x.len() + y.len());
    items.extend(x.iter());
    items.extend(y.iter());
    Ok(Some(context.arena.array(&items)))
}

fn flatten<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    if operands.iter().any(|operand| operand.is_unknown()) {
        return unknown(operands);
    }
    let outer = array(operands, 0)?;
    let mut items = Vec::with_capacity(outer.len());
    for item in outer.iter() {
        match item {
            Value::Array(inner) => items.extend(inner.iter()),
            // It may be an array, and then it gives any number of items.
            Value::Unknown(_) => return unknown(&[item]),
            _ => items.push(item),
        }
    }
    Ok(Some(context.arena.array(&items)))
}

fn reverse<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let items: Vec<_> = array(operands, 0)?.iter().rev().collect();
    Ok(Some(context.arena.array(&items)))
}

fn slice<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let whole = array(operands, 0)?;
    // What is negative counts as 0; what no `usize` holds is beyond the end of any array.
    let position = |index: i64| usize::try_from(index.max(0)).unwrap_or(usize::MAX);
    let (start, stop) = (position(integer(operands, 1)?), position(integer(operands, 2)?));
    if start == 0 && stop >= whole.len() {
        return Ok(Some(Value::Array(whole)));
    }
    let items: Vec<_> = whole.iter().take(stop).skip(start).collect();
    Ok(Some(context.arena.array(&items)))
}

#[cfg(test)]
#[path = "arrays_tests.rs"]
mod tests;
