//! Bits of integers of any size; negative ones count as infinite two's complement.

use super::operand::{BuiltinError, Outcome, PLAIN, any, big_integer, parameter};
use super::{Builtin, Context, Parameter, Type, UnknownOperands};
use num_bigint::{BigInt, Sign};
use value::Value;
use value::number;

/// Farthest shift to the left; more would give more digits than arithmetic takes.
pub const SHIFT_BITS_MAX: u64 = number::DIGITS_MAX as u64 * 3;

const X_AND_Y: &[Parameter] =
    &[parameter("x", Type::Number, "the first integer"), parameter("y", Type::Number, "the second integer")];
const X_AND_SHIFT: &[Parameter] = &[
    parameter("x", Type::Number, "the integer to shift"),
    parameter("s", Type::Number, "by how many bits, not negative"),
];

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        name: "bits.and",
        description: "Gives the bits that two integers share.",
        parameters: X_AND_Y,
        result: parameter("z", Type::Number, "the bitwise AND of `x` and `y`"),
        unknown: UnknownOperands::Shallow,
        call: and,
        ..PLAIN
    },
    Builtin {
        name: "bits.or",
        description: "Gives the bits that at least one of two integers has.",
        parameters: X_AND_Y,
        result: parameter("z", Type::Number, "the bitwise OR of `x` and `y`"),
        unknown: UnknownOperands::Shallow,
        call: or,
        ..PLAIN
    },
    Builtin {
        name: "bits.xor",
        description: "Gives the bits that just one of two integers has.",
        parameters: X_AND_Y,
        result: parameter("z", Type::Number, "the bitwise exclusive OR of `x` and `y`"),
        unknown: UnknownOperands::Shallow,
        call: xor,
        ..PLAIN
    },
    Builtin {
        name: "bits.negate",
        description: "Flips every bit of an integer.",
        parameters: &[parameter("x", Type::Number, "the integer to flip")],
        result: parameter("z", Type::Number, "the bitwise complement of `x`"),
        unknown: UnknownOperands::Shallow,
        call: negate,
        ..PLAIN
    },
    Builtin {
        name: "bits.lsh",
        description: "Shifts the bits of an integer to the left, by at most 30000.",
        parameters: X_AND_SHIFT,
        result: parameter("z", Type::Number, "`x` times 2 to the power of `s`"),
        unknown: UnknownOperands::Shallow,
        call: shift_left,
        ..PLAIN
    },
    Builtin {
        name: "bits.rsh",
        description: "Shifts the bits of an integer to the right and keeps its sign.",
        parameters: X_AND_SHIFT,
        result: parameter("z", Type::Number, "`x` divided by 2 to the power of `s`, rounded down"),
        unknown: UnknownOperands::Shallow,
        call: shift_right,
        ..PLAIN
    },
];

/// Applies `small` when both operands are within 64 bits, else `big`.
fn combine<'a>(
    context: &mut Context<'_, 'a>,
    operands: &[Value<'a>],
    small: fn(i64, i64) -> i64,
    big: fn(BigInt, BigInt) -> BigInt,
) -> Outcome<'a> {
    if let (Value::Int(x), Value::Int(y)) = (any(operands, 0), any(operands, 1)) {
        return Ok(Some(Value::Int(small(x, y))));
    }
    let (x, y) = (big_integer(operands, 0)?, big_integer(operands, 1)?);
    Ok(Some(number::from_big_int(context.arena, &big(x, y))))
}

fn and<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    combine(context, operands, |x, y| x & y, |x, y| x & y)
}

fn or<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    combine(context, operands, |x, y| x | y, |x, y| x | y)
}

fn xor<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    combine(context, operands, |x, y| x ^ y, |x, y| x ^ y)
}

fn negate<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    if let Value::Int(x) = any(operands, 0) {
        return Ok(Some(Value::Int(!x)));
    }
    Ok(Some(number::from_big_int(context.arena, &!big_integer(operands, 0)?)))
}

fn shift_left<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let (x, shift) = (big_integer(operands, 0)?, shift_operand(operands)?);
    if x.sign() == Sign::NoSign {
        return Ok(Some(Value::Int(0)));
    }
    if shift > SHIFT_BITS_MAX {
        return Err(BuiltinError::failed(format!("shift by more than {SHIFT_BITS_MAX} bits")));
    }
    Ok(Some(number::from_big_int(context.arena, &(x << shift))))
}

fn shift_right<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let (x, shift) = (big_integer(operands, 0)?, shift_operand(operands)?);
    Ok(Some(number::from_big_int(context.arena, &(x >> shift))))
}

/// The number of bits to shift by; what no `u64` holds counts as the greatest.
fn shift_operand(operands: &[Value<'_>]) -> Result<u64, BuiltinError> {
    let shift = big_integer(operands, 1)?;
    if shift.sign() == Sign::Minus {
        return Err(BuiltinError::contents(1, "must be an unsigned integer number but got a negative integer"));
    }
    Ok(u64::try_from(shift).unwrap_or(u64::MAX))
}

#[cfg(test)]
#[path = "bits_tests.rs"]
mod tests;
