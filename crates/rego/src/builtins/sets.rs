//! Sets: intersection, union and difference.

use super::comparison::{contains_three_valued, is_uncertain};
use super::operand::{BuiltinError, Outcome, PLAIN, SET, any, parameter, set, unknown};
use super::{Builtin, Context, Parameter, Type, UnknownOperands};
use value::{Arena, Set, Value};

const X_AND_Y: &[Parameter] = &[parameter("x", SET, "the first set"), parameter("y", SET, "the second set")];
const SET_OF_SETS: Type = Type::Set(&SET);

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        name: "and",
        description: "Gives the members that two sets share, as the operator `&` does.",
        parameters: X_AND_Y,
        result: parameter("z", SET, "the intersection of `x` and `y`"),
        unknown: UnknownOperands::Handled,
        call: and,
        ..PLAIN
    },
    Builtin {
        name: "or",
        description: "Gives the members of two sets together, as the operator `|` does.",
        parameters: X_AND_Y,
        result: parameter("z", SET, "the union of `x` and `y`"),
        unknown: UnknownOperands::Shallow,
        call: or,
        ..PLAIN
    },
    Builtin {
        name: "intersection",
        description: "Gives the members that all sets of a set of sets share; of no sets it is the empty set.",
        parameters: &[parameter("xs", SET_OF_SETS, "the sets to intersect")],
        result: parameter("y", SET, "the intersection of all sets in `xs`"),
        unknown: UnknownOperands::Handled,
        call: intersection,
        ..PLAIN
    },
    Builtin {
        name: "union",
        description: "Gives the members of all sets of a set of sets together.",
        parameters: &[parameter("xs", SET_OF_SETS, "the sets to unite")],
        result: parameter("y", SET, "the union of all sets in `xs`"),
        unknown: UnknownOperands::Handled,
        call: union,
        ..PLAIN
    },
    Builtin {
        name: "set_diff",
        description: "Gives the members of one set that another does not have.",
        deprecated: Some("`x - y`"),
        parameters: X_AND_Y,
        result: parameter("output", SET, "the members of `x` that are not in `y`"),
        unknown: UnknownOperands::Handled,
        call: difference,
        ..PLAIN
    },
];

fn and<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    if operands.iter().any(|operand| operand.is_unknown()) {
        return unknown(operands);
    }
    let (x, y) = (set(operands, 0)?, set(operands, 1)?);
    select(context.arena, x, y, true).map_or_else(|| unknown(operands), |shared| Ok(Some(shared)))
}

/// The members of the first set operand that are not in the second; Unknown if either is.
pub(super) fn difference<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    if operands.iter().any(|operand| operand.is_unknown()) {
        return unknown(operands);
    }
    let (x, y) = (set(operands, 0)?, set(operands, 1)?);
    select(context.arena, x, y, false).map_or_else(|| unknown(operands), |rest| Ok(Some(rest)))
}

/// The members of `x` that are in `y`, or those that are not; `None` when an Unknown leaf keeps that from being told.
fn select<'a>(arena: &'a Arena, x: &'a Set<'a>, y: &'a Set<'a>, wanted: bool) -> Option<Value<'a>> {
    if y.is_empty() {
        return Some(if wanted { Value::EMPTY_SET } else { Value::Set(x) });
    }
    if !is_uncertain(x.iter()) && !is_uncertain(y.iter()) {
        return Some(if wanted { x.intersection(y, arena) } else { x.difference(y, arena) });
    }
    // Members come from the smaller set, so that the lookups go to the larger one.
    let (x, y) = if !wanted || x.len() <= y.len() { (x, y) } else { (y, x) };
    let mut selected = Vec::with_capacity(x.len());
    for member in x.iter() {
        if contains_three_valued(y, member)? == wanted {
            selected.push(member);
        }
    }
    Some(arena.set(&selected))
}

fn or<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let (x, y) = (set(operands, 0)?, set(operands, 1)?);
    Ok(Some(x.union(y, context.arena)))
}

fn intersection<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let Some(sets) = sets(operands)? else { return unknown(operands) };
    let mut sets = sets.into_iter();
    let Some(first) = sets.next() else { return Ok(Some(Value::EMPTY_SET)) };
    let mut shared = first;
    for other in sets {
        match select(context.arena, shared, other, true) {
            Some(Value::Set(set)) => shared = set,
            _ => return unknown(operands),
        }
    }
    Ok(Some(Value::Set(shared)))
}

fn union<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let Some(sets) = sets(operands)? else { return unknown(operands) };
    let members: Vec<_> = sets.iter().flat_map(|set| set.iter()).collect();
    Ok(Some(context.arena.set(&members)))
}

/// The sets in the set operand; `None` when the operand or one of its members is Unknown.
fn sets<'a>(operands: &[Value<'a>]) -> Result<Option<Vec<&'a Set<'a>>>, BuiltinError> {
    if any(operands, 0).is_unknown() {
        return Ok(None);
    }
    let outer = set(operands, 0)?;
    let mut sets = Vec::with_capacity(outer.len());
    for member in outer.iter() {
        match member {
            Value::Set(inner) => sets.push(inner),
            Value::Unknown(_) => return Ok(None),
            other => return Err(BuiltinError::operand(0, "set", other)),
        }
    }
    Ok(Some(sets))
}

#[cfg(test)]
#[path = "sets_tests.rs"]
mod tests;
