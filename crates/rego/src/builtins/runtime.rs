//! What surrounds an evaluation: the environment, traces, and a stand-in for waiting.

use super::operand::string;
use super::{Builtin, BuiltinError, Context, Parameter, Type, UnknownOperands, time};
use value::Value;

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "opa.runtime",
        "Gives the environment variables that policies may see, under `env`; empty when there are none.",
        &[],
        Parameter::new("output", Type::Object(&Type::String, &Type::Any), "what is known of the surroundings"),
        runtime,
    )
    .nondeterministic(),
    Builtin {
        // A note is for whoever reads the trace; that part of it is unknown must not make a body unknown.
        unknown: UnknownOperands::Handled,
        ..Builtin::of_leaves(
            "trace",
            "Puts a note into the trace of the evaluation.",
            &[Parameter::new("note", Type::String, "the note")],
            Parameter::new("result", Type::Boolean, "always `true`"),
            trace,
        )
    },
    Builtin::of_leaves(
        "test.sleep",
        "Checks a duration and does not wait; OPA's conformance cases call it.",
        &[Parameter::new("duration", Type::String, "such as `10ms`")],
        Parameter::new("result", Type::Null, "always `null`"),
        sleep,
    ),
];

fn runtime<'a>(context: &mut Context<'_, 'a>, _: &[Value<'a>]) -> Result<'a> {
    let arena = context.arena;
    let variables: Vec<_> =
        context.host.environment().iter().map(|(name, value)| (arena.string(name), arena.string(value))).collect();
    if variables.is_empty() {
        return Ok(Some(Value::EMPTY_OBJECT));
    }
    Ok(Some(arena.object(&[(arena.borrowed("env"), arena.object(&variables))])))
}

fn trace<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    if !operands.iter().any(|operand| operand.is_unknown()) {
        context.host.note(string(operands, 0)?, context.place);
    }
    Ok(Some(Value::TRUE))
}

fn sleep<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    time::duration(string(operands, 0)?).map_err(BuiltinError::failed)?;
    Ok(Some(Value::Null))
}

#[cfg(test)]
#[path = "runtime_tests.rs"]
mod tests;
