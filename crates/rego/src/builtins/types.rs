//! What kind of value something is.

use super::operand::{Outcome, PLAIN, any, parameter};
use super::{Builtin, Context, Parameter, Type, UnknownOperands};
use value::Value;

const X: &[Parameter] = &[parameter("x", Type::Any, "the value to look at")];

pub(super) const FAMILY: &[Builtin] = &[
    is("is_array", "Tells whether a value is an array.", |_, operands| answer(any(operands, 0).as_array().is_some())),
    is("is_boolean", "Tells whether a value is a boolean.", |_, operands| answer(any(operands, 0).as_bool().is_some())),
    is("is_null", "Tells whether a value is `null`.", |_, operands| answer(matches!(any(operands, 0), Value::Null))),
    is("is_number", "Tells whether a value is a number.", |_, operands| answer(any(operands, 0).is_number())),
    is("is_object", "Tells whether a value is an object.", |_, operands| {
        answer(any(operands, 0).as_object().is_some())
    }),
    is("is_set", "Tells whether a value is a set.", |_, operands| answer(any(operands, 0).as_set().is_some())),
    is("is_string", "Tells whether a value is a string.", |_, operands| answer(any(operands, 0).as_str().is_some())),
    Builtin {
        name: "type_name",
        description: "Names the kind of a value.",
        parameters: X,
        result: parameter(
            "type",
            Type::String,
            "one of `null`, `boolean`, `number`, `string`, `array`, `object` and `set`",
        ),
        unknown: UnknownOperands::Shallow,
        call: type_name,
        ..PLAIN
    },
];

const fn is(name: &'static str, description: &'static str, call: super::Call) -> Builtin {
    Builtin {
        name,
        description,
        parameters: X,
        result: parameter("result", Type::Boolean, "whether it is"),
        unknown: UnknownOperands::Shallow,
        call,
        ..PLAIN
    }
}

fn answer<'a>(answer: bool) -> Outcome<'a> {
    Ok(Some(answer.into()))
}

fn type_name<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    Ok(Some(context.arena.borrowed(any(operands, 0).type_name())))
}

#[cfg(test)]
#[path = "types_tests.rs"]
mod tests;
