//! From one kind of value to another.

use super::comparison::is_uncertain;
use super::operand::{ARRAY, BuiltinError, OBJECT, Outcome, PLAIN, SET, any, parameter, unknown};
use super::{Builtin, Call, Context, Parameter, Type, UnknownOperands};
use value::{Value, json, number};

const ANYTHING: &[Parameter] = &[parameter("x", Type::Any, "the value to convert")];

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        name: "to_number",
        description: "Turns a string, boolean or `null` into a number: `true` is 1, `false` and `null` are 0.",
        parameters: &[parameter(
            "value",
            Type::AnyOf(&[Type::Number, Type::String, Type::Boolean, Type::Null]),
            "the value to convert",
        )],
        result: parameter("num", Type::Number, "the number that `value` says"),
        unknown: UnknownOperands::Shallow,
        call: to_number,
        ..PLAIN
    },
    cast("cast_array", "Gives an array as it is and a set as a sorted array.", "`is_array`", ARRAY, to_array),
    cast("cast_set", "Gives a set as it is and an array as the set of its items.", "`is_set`", SET, to_set),
    cast(
        "cast_string",
        "Gives a string as it is and refuses everything else.",
        "`is_string`",
        Type::String,
        |_, operands| only(operands, "string"),
    ),
    cast(
        "cast_boolean",
        "Gives a boolean as it is and refuses everything else.",
        "`is_boolean`",
        Type::Boolean,
        |_, operands| only(operands, "boolean"),
    ),
    cast("cast_null", "Gives `null` as it is and refuses everything else.", "`is_null`", Type::Null, |_, operands| {
        only(operands, "null")
    }),
    cast(
        "cast_object",
        "Gives an object as it is and refuses everything else.",
        "`is_object`",
        OBJECT,
        |_, operands| only(operands, "object"),
    ),
];

const fn cast(name: &'static str, description: &'static str, instead: &'static str, kind: Type, call: Call) -> Builtin {
    Builtin {
        name,
        description,
        parameters: ANYTHING,
        result: parameter("output", kind, "the converted value"),
        unknown: UnknownOperands::Shallow,
        deprecated: Some(instead),
        call,
        ..PLAIN
    }
}

fn to_number<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let operand = any(operands, 0);
    let number = match operand {
        Value::Null => Value::Int(0),
        Value::Bool(b) => Value::Int(i64::from(*b)),
        Value::Int(_) | Value::Number(_) => operand,
        Value::String(text) => {
            let name = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
            if matches!(name.as_str(), "inf" | "infinity" | "nan") {
                return Err(BuiltinError::operand(0, "valid number string", operand));
            }
            let refuse =
                |problem| BuiltinError::failed(format!("strconv.ParseFloat: parsing {}: {problem}", json::quote(text)));
            let number = number::parse(context.arena, text)
                .or_else(|| number::parse(context.arena, &to_json(text)?))
                .ok_or_else(|| refuse("invalid syntax"))?;
            if number::to_f64(number).is_infinite() {
                return Err(refuse("value out of range"));
            }
            number
        }
        _ => return Err(BuiltinError::operand(0, "one of {null, boolean, number, string}", operand)),
    };
    Ok(Some(number))
}

/// Rewrites the looser decimal notation that OPA takes, such as `+007`, `.5` and `5.`, as JSON.
fn to_json(text: &str) -> Option<String> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let exponent_start = rest.find(['e', 'E']).unwrap_or(rest.len());
    let (mantissa, exponent) = rest.split_at(exponent_start);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}{exponent}"))
}

fn to_array<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let operand = any(operands, 0);
    match operand {
        Value::Array(_) => Ok(Some(operand)),
        // Where an Unknown member would stand in the order cannot be told.
        Value::Set(set) if is_uncertain(set.iter()) => unknown(operands),
        Value::Set(set) => {
            let items: Vec<_> = set.iter().collect();
            Ok(Some(context.arena.array(&items)))
        }
        _ => Err(BuiltinError::operand(0, "one of {array, set}", operand)),
    }
}

fn to_set<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let operand = any(operands, 0);
    match operand {
        Value::Set(_) => Ok(Some(operand)),
        Value::Array(array) => {
            let members: Vec<_> = array.iter().collect();
            Ok(Some(context.arena.set(&members)))
        }
        _ => Err(BuiltinError::operand(0, "one of {array, set}", operand)),
    }
}

fn only<'a>(operands: &[Value<'a>], kind: &str) -> Outcome<'a> {
    let operand = any(operands, 0);
    if operand.type_name() == kind { Ok(Some(operand)) } else { Err(BuiltinError::operand(0, kind, operand)) }
}

#[cfg(test)]
#[path = "conversion_tests.rs"]
mod tests;
