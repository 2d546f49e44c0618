//! What OPA's compiler makes of `print`, template strings and cases of tests. Policies that it has rewritten call these.

use super::operand::{Outcome, array};
use super::text::TEXT_BYTES_MAX;
use super::{Builtin, BuiltinError, Context, Parameter, Type, UnknownOperands};
use value::Value;

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        // A line is for people, and says itself what is unknown in it.
        unknown: UnknownOperands::Handled,
        ..Builtin::of_leaves(
            "internal.print",
            "Prints a line for each way of taking one member of every set, and always holds.",
            &[Parameter::new(
                "operands",
                Type::Array(&Type::Set(&Type::Any)),
                "the values of each operand of `print`; none prints as `<undefined>`",
            )],
            Parameter::new("", Type::Nothing, ""),
            print,
        )
    },
    Builtin::of_leaves(
        "internal.template_string",
        "Puts the parts of a template string together.",
        &[Parameter::new(
            "parts",
            Type::Array(&Type::Any),
            "scalars, and sets of at most one value; none becomes `<undefined>`",
        )],
        Parameter::new("output", Type::String, "the text"),
        template_string,
    ),
    Builtin {
        unknown: UnknownOperands::Handled,
        ..Builtin::of_leaves(
            "internal.test_case",
            "Marks a case of a test, and always holds.",
            &[Parameter::new("names", Type::Array(&Type::Any), "the names of the case, from the outermost in")],
            Parameter::new("", Type::Nothing, ""),
            |_, _| Ok(Some(Value::TRUE)),
        )
    },
];

const UNDEFINED: &str = "<undefined>";
/// Most lines that one call prints: sets multiply one another.
const LINES_MAX: usize = 1_000;

fn print<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let mut lines = vec![String::new()];
    for (index, operand) in array(operands, 0)?.iter().enumerate() {
        let members: Vec<String> = match operand {
            Value::Set(set) if set.is_empty() => vec![UNDEFINED.to_owned()],
            Value::Set(set) => set.iter().map(shown).collect(),
            Value::Unknown(_) => vec![shown(operand)],
            other => return Err(BuiltinError::element(0, "set", any_array(operands), other)),
        };
        let longest = lines.iter().map(String::len).max().unwrap_or_default();
        let added = members.iter().map(String::len).max().unwrap_or_default();
        if lines.len().saturating_mul(members.len()) > LINES_MAX || longest.saturating_add(added) > TEXT_BYTES_MAX {
            return Err(BuiltinError::failed(format!("more than {LINES_MAX} lines to print")));
        }
        let space = if index == 0 { "" } else { " " };
        lines =
            lines.iter().flat_map(|line| members.iter().map(move |member| format!("{line}{space}{member}"))).collect();
    }
    lines.iter().for_each(|line| context.host.print(line));
    Ok(Some(Value::TRUE))
}

fn any_array<'a>(operands: &[Value<'a>]) -> Value<'a> {
    operands.first().copied().unwrap_or_default()
}

fn template_string<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let mut text = String::new();
    for part in array(operands, 0)?.iter() {
        match part {
            Value::Set(set) => match set.iter().collect::<Vec<_>>().as_slice() {
                [] => text.push_str(UNDEFINED),
                [only] => text.push_str(&shown(*only)),
                _ => return Err(BuiltinError::failed("template-strings must not produce multiple outputs")),
            },
            Value::Array(_) | Value::Object(_) => {
                return Err(BuiltinError::failed(format!("illegal argument type: {}", part.type_name())));
            }
            scalar => text.push_str(&shown(scalar)),
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(BuiltinError::failed(format!("result is longer than {TEXT_BYTES_MAX} bytes")));
        }
    }
    Ok(Some(context.arena.string(&text)))
}

/// Strings without quotes, anything else as a term.
fn shown(value: Value<'_>) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => super::text::shown(value),
    }
}

#[cfg(test)]
#[path = "internal_tests.rs"]
mod tests;
