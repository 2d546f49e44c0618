//! `strings.render_template`: Go's `text/template` over a Rego object.
//!
//! [`lexer`] and [`parser`] read a template into nodes, [`execute`] runs them, [`functions`] has what a template may call.
//! Numbers of the object are what they are to OPA, Go's `json.Number`: texts that print as they are written, true in every
//! condition, and equal to no number that stands in the template itself.

mod datum;
mod execute;
mod functions;
mod lexer;
mod parser;

use super::operand::{any, string};
use super::{Builtin, BuiltinError, Context, Parameter, Type};
use value::Value;

pub(super) const FAMILY: &[Builtin] = &[Builtin::of_leaves(
    "strings.render_template",
    "Fills a template of Go's `text/template` with the values of an object.",
    &[
        Parameter::new("value", Type::String, "the template, such as `{{range .names}}hello {{.}} {{end}}`"),
        Parameter::new(
            "vars",
            Type::Object(&Type::String, &Type::Any),
            "what the template calls `.`; a key that it has not renders as `<undefined>`",
        ),
    ],
    Parameter::new("result", Type::String, "the filled template"),
    render,
)];

fn render<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<Option<Value<'a>>, BuiltinError> {
    let (text, variables) = (string(operands, 0)?, any(operands, 1));
    if variables.as_object().is_none() {
        return Err(BuiltinError::operand(1, "object", variables));
    }
    if !is_json(variables) {
        return Err(BuiltinError::failed("template variables must be JSON: no sets, and strings as keys"));
    }
    let template = parser::parse(text).map_err(BuiltinError::failed)?;
    let rendered = execute::execute(context.arena, &template, variables).map_err(BuiltinError::failed)?;
    Ok(Some(context.arena.string(&rendered.replace(datum::NO_VALUE, "<undefined>"))))
}

fn is_json(value: Value<'_>) -> bool {
    match value {
        Value::Set(_) => false,
        Value::Array(items) => items.iter().all(is_json),
        Value::Object(object) => object.iter().all(|(key, value)| key.as_str().is_some() && is_json(value)),
        _ => true,
    }
}

#[cfg(test)]
#[path = "../template_tests.rs"]
mod tests;
