//! Arithmetic, ranges and random numbers.

use super::operand::{
    BuiltinError, Outcome, PLAIN, SET, any, big_integer, integer, number as number_operand, parameter, string,
};
use super::{Builtin, Context, Parameter, Type, UnknownOperands, sets};
use num_bigint::{BigInt, Sign};
use value::number::{self, NumberError};
use value::{Arena, Value};

/// Most numbers that `numbers.range` and `numbers.range_step` give: 16 MB of them.
pub const RANGE_ITEMS_MAX: usize = 1_000_000;

const X_AND_Y: &[Parameter] =
    &[parameter("x", Type::Number, "the first number"), parameter("y", Type::Number, "the second number")];
const X: &[Parameter] = &[parameter("x", Type::Number, "the number")];
const NUMBER_OR_SET: Type = Type::AnyOf(&[Type::Number, SET]);

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        name: "plus",
        description: "Adds two numbers, as the operator `+` does.",
        parameters: X_AND_Y,
        result: parameter("z", Type::Number, "the sum of `x` and `y`"),
        unknown: UnknownOperands::Shallow,
        call: plus,
        ..PLAIN
    },
    Builtin {
        name: "minus",
        description: "Subtracts a number from another or a set from another, as the operator `-` does.",
        parameters: &[
            parameter("x", NUMBER_OR_SET, "the number or set to subtract from"),
            parameter("y", NUMBER_OR_SET, "the number or set to subtract"),
        ],
        result: parameter("z", NUMBER_OR_SET, "the difference of `x` and `y`"),
        unknown: UnknownOperands::Handled,
        call: minus,
        ..PLAIN
    },
    Builtin {
        name: "mul",
        description: "Multiplies two numbers, as the operator `*` does.",
        parameters: X_AND_Y,
        result: parameter("z", Type::Number, "the product of `x` and `y`"),
        unknown: UnknownOperands::Shallow,
        call: multiply,
        ..PLAIN
    },
    Builtin {
        name: "div",
        description: "Divides a number by another, as the operator `/` does.",
        parameters: &[
            parameter("x", Type::Number, "the dividend"),
            parameter("y", Type::Number, "the divisor, not zero"),
        ],
        result: parameter("z", Type::Number, "`x` divided by `y`"),
        unknown: UnknownOperands::Shallow,
        call: divide,
        ..PLAIN
    },
    Builtin {
        name: "rem",
        description: "Gives what a division of integers leaves over, as the operator `%` does.",
        parameters: &[
            parameter("x", Type::Number, "the dividend, an integer"),
            parameter("y", Type::Number, "the divisor, an integer and not zero"),
        ],
        result: parameter("z", Type::Number, "the remainder, with the sign of `x`"),
        unknown: UnknownOperands::Shallow,
        call: remainder,
        ..PLAIN
    },
    Builtin {
        name: "abs",
        description: "Takes the sign off a number.",
        parameters: X,
        result: parameter("y", Type::Number, "the magnitude of `x`"),
        unknown: UnknownOperands::Shallow,
        call: abs,
        ..PLAIN
    },
    Builtin {
        name: "round",
        description: "Rounds a number to the nearest integer; halves go away from zero.",
        parameters: X,
        result: parameter("y", Type::Number, "the nearest integer"),
        unknown: UnknownOperands::Shallow,
        call: round,
        ..PLAIN
    },
    Builtin {
        name: "ceil",
        description: "Rounds a number up to an integer.",
        parameters: X,
        result: parameter("y", Type::Number, "the smallest integer that is not below `x`"),
        unknown: UnknownOperands::Shallow,
        call: ceil,
        ..PLAIN
    },
    Builtin {
        name: "floor",
        description: "Rounds a number down to an integer.",
        parameters: X,
        result: parameter("y", Type::Number, "the largest integer that is not above `x`"),
        unknown: UnknownOperands::Shallow,
        call: floor,
        ..PLAIN
    },
    Builtin {
        name: "numbers.range",
        description: "Lists the integers from one to another, both included, up or down; at most a million of them.",
        parameters: &[
            parameter("a", Type::Number, "the first integer"),
            parameter("b", Type::Number, "the last integer; below `a` the range goes down"),
        ],
        result: parameter("range", Type::Array(&Type::Number), "the integers from `a` to `b`"),
        unknown: UnknownOperands::Shallow,
        call: range,
        ..PLAIN
    },
    Builtin {
        name: "numbers.range_step",
        description: "Lists every so many integers from one towards another, up or down; at most a million of them.",
        parameters: &[
            parameter("a", Type::Number, "the first integer"),
            parameter("b", Type::Number, "the integer not to go past; below `a` the range goes down"),
            parameter("step", Type::Number, "the distance between neighbours, a positive integer"),
        ],
        result: parameter("range", Type::Array(&Type::Number), "the integers from `a` towards `b`"),
        unknown: UnknownOperands::Shallow,
        call: range_step,
        ..PLAIN
    },
    Builtin {
        name: "format_int",
        description: "Writes a number in base 2, 8, 10 or 16, without its fraction.",
        parameters: &[
            parameter("number", Type::Number, "the number to write"),
            parameter("base", Type::Number, "2, 8, 10 or 16"),
        ],
        result: parameter("output", Type::String, "the digits, in lower case, after a `-` if the number is negative"),
        unknown: UnknownOperands::Shallow,
        call: format_int,
        ..PLAIN
    },
    Builtin {
        name: "rand.intn",
        description: "Gives a random integer, the same one for the same operands throughout an evaluation.",
        parameters: &[
            parameter("str", Type::String, "a name, so that one evaluation can have several random numbers"),
            parameter("n", Type::Number, "how many integers to choose from"),
        ],
        result: parameter("y", Type::Number, "an integer from 0 up to, not including, the magnitude of `n`"),
        unknown: UnknownOperands::Shallow,
        nondeterministic: true,
        call: random_integer,
        ..PLAIN
    },
];

type Binary = for<'a> fn(&'a Arena, Value<'_>, Value<'_>) -> Result<Value<'a>, NumberError>;
type Unary = for<'a> fn(&'a Arena, Value<'_>) -> Result<Value<'a>, NumberError>;

fn binary<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>], operation: Binary) -> Outcome<'a> {
    let (x, y) = (number_operand(operands, 0)?, number_operand(operands, 1)?);
    Ok(Some(operation(context.arena, x, y)?))
}

fn unary<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>], operation: Unary) -> Outcome<'a> {
    Ok(Some(operation(context.arena, number_operand(operands, 0)?)?))
}

fn plus<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    binary(context, operands, number::add)
}

fn minus<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let (x, y) = (any(operands, 0), any(operands, 1));
    match (x, y) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) | (Value::Set(_), Value::Set(_)) => {
            sets::difference(context, operands)
        }
        _ if x.is_number() && y.is_number() => binary(context, operands, number::subtract),
        (Value::Set(_), _) if y.is_number() => Err(BuiltinError::operand(1, "set", y)),
        (Value::Set(_), _) => Err(BuiltinError::operand(1, "number", y)),
        _ if x.is_number() => Err(BuiltinError::operand(1, "number", y)),
        _ => Err(BuiltinError::operand(0, "one of {number, set}", x)),
    }
}

fn multiply<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    binary(context, operands, number::multiply)
}

fn divide<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    binary(context, operands, number::divide)
}

fn remainder<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    binary(context, operands, number::remainder)
}

fn abs<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    unary(context, operands, number::abs)
}

fn round<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    unary(context, operands, number::round)
}

fn ceil<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    unary(context, operands, number::ceil)
}

fn floor<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    unary(context, operands, number::floor)
}

fn range<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    range_between(context.arena, operands, Value::Int(1))
}

fn range_step<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    range_between(context.arena, operands, any(operands, 2))
}

fn range_between<'a>(arena: &'a Arena, operands: &[Value<'a>], step: Value<'a>) -> Outcome<'a> {
    let (a, b, step) = match (any(operands, 0), any(operands, 1), step) {
        (Value::Int(a), Value::Int(b), Value::Int(step)) => return small_range(arena, a, b, step),
        (_, _, Value::Int(1)) => (big_integer(operands, 0)?, big_integer(operands, 1)?, BigInt::from(1)),
        _ => (big_integer(operands, 0)?, big_integer(operands, 1)?, big_integer(operands, 2)?),
    };
    if step.sign() != Sign::Plus {
        return Err(step_not_positive());
    }
    let distance = &b - &a;
    let count = distance.magnitude() / step.magnitude() + 1_u8;
    let count = usize::try_from(count).ok().filter(|&count| count <= RANGE_ITEMS_MAX).ok_or_else(range_too_long)?;
    let step = if distance.sign() == Sign::Minus { -step } else { step };
    let mut items = Vec::with_capacity(count);
    let mut next = a;
    for _ in 0..count {
        items.push(number::from_big_int(arena, &next));
        next += &step;
    }
    Ok(Some(arena.array(&items)))
}

fn small_range(arena: &Arena, a: i64, b: i64, step: i64) -> Outcome<'_> {
    let Some(step) = u64::try_from(step).ok().filter(|&step| step > 0) else { return Err(step_not_positive()) };
    let last = a.abs_diff(b) / step;
    let last = i64::try_from(last).ok().filter(|&last| last < RANGE_ITEMS_MAX as i64).ok_or_else(range_too_long)?;
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    // Nothing overflows: every item is between `a` and `b`.
    let items: Vec<_> = if a <= b {
        (0..=last).map(|index| Value::Int(a.wrapping_add(index.wrapping_mul(step)))).collect()
    } else {
        (0..=last).map(|index| Value::Int(a.wrapping_sub(index.wrapping_mul(step)))).collect()
    };
    Ok(Some(arena.array(&items)))
}

fn step_not_positive() -> BuiltinError {
    BuiltinError::failed("step must be a positive integer")
}

fn range_too_long() -> BuiltinError {
    BuiltinError::failed(format!("range has more than {RANGE_ITEMS_MAX} numbers"))
}

fn format_int<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let number = number_operand(operands, 0)?;
    let radix = match number_operand(operands, 1)? {
        Value::Int(2) => 2,
        Value::Int(8) => 8,
        Value::Int(10) => 10,
        Value::Int(16) => 16,
        _ => return Err(BuiltinError::contents(1, "must be one of {2, 8, 10, 16}")),
    };
    if let (Value::Int(number), 10) = (number, radix) {
        return Ok(Some(context.arena.format(format_args!("{number}"))));
    }
    let negative = number < Value::Int(0);
    let whole = if negative { number::ceil(context.arena, number) } else { number::floor(context.arena, number) }?;
    let digits = number::to_big_int(whole).ok_or(NumberError::TooLarge)?.to_str_radix(radix);
    Ok(Some(context.arena.string(&digits)))
}

fn random_integer<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    string(operands, 0)?;
    let n = integer(operands, 1)?.unsigned_abs();
    let mut bytes = [0; 8];
    context.host.random(&mut bytes);
    // The high half of the product is spread evenly over 0..n, but for a bias of at most n / 2^64.
    let product = u128::from(u64::from_le_bytes(bytes)) * u128::from(n);
    let random = (product >> u64::BITS) as u64;
    Ok(Some(number::from_u64(context.arena, random)))
}

#[cfg(test)]
#[path = "numbers_tests.rs"]
mod tests;
