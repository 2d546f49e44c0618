//! JSON Schema, drafts 4, 6 and 7, with the results and messages of the validator that OPA has.
//!
//! [`references`] makes every `$ref` absolute, [`compile`](mod@compile) reads a schema into nodes that refer to each other by
//! number, [`validate`] walks a document along them. A schema never reaches outside the machine: what a `$ref` names stands in
//! the schema itself.

mod compile;
mod formats;
mod mistake;
mod references;
mod validate;

pub use compile::Schema;
pub use formats::has_format;

use super::operand::any;
use super::{Builtin, BuiltinError, CACHED_PATTERNS_MAX, Caches, Context, Parameter, Type, text};
use std::sync::Arc;
use value::json::{self, ParseLimits};
use value::{Arena, Value};

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

const DOCUMENT: Type = Type::AnyOf(&[Type::String, Type::Object(&Type::Any, &Type::Any), Type::Array(&Type::Any)]);

const ERRORS: Type = Type::Array(&Type::Fields(&[
    ("desc", Type::String),
    ("error", Type::String),
    ("field", Type::String),
    ("type", Type::String),
]));

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "json.match_schema",
        "Checks a document against a JSON Schema (drafts 4, 6 and 7) and says what is wrong with it.",
        &[
            Parameter::new("document", DOCUMENT, "the document, or its JSON text"),
            Parameter::new("schema", DOCUMENT, "the schema, or its JSON text"),
        ],
        Parameter::new(
            "output",
            Type::Tuple(&[Type::Boolean, ERRORS]),
            "`[match, errors]`: each error has `error`, `type`, `field` and `desc`",
        ),
        match_schema,
    ),
    Builtin::of_leaves(
        "json.verify_schema",
        "Checks that a JSON Schema is one.",
        &[Parameter::new("schema", DOCUMENT, "the schema, or its JSON text")],
        Parameter::new(
            "output",
            Type::Tuple(&[Type::Boolean, Type::AnyOf(&[Type::Null, Type::String])]),
            "`[ok, error]`, where `error` is `null` for a valid schema",
        ),
        verify_schema,
    ),
];

fn match_schema<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let arena = context.arena;
    let document = read(arena, any(operands, 0)).map_err(BuiltinError::failed)?;
    let schema = compiled(context.caches, any(operands, 1)).map_err(BuiltinError::failed)?;
    let mistakes = validate::validate(arena, &schema, document).map_err(BuiltinError::failed)?;
    let errors: Vec<_> = mistakes
        .iter()
        .map(|mistake| {
            arena.object(&[
                (arena.borrowed("error"), arena.format(format_args!("{}: {}", mistake.field, mistake.description))),
                (arena.borrowed("type"), arena.borrowed(mistake.kind)),
                (arena.borrowed("field"), arena.string(&mistake.field)),
                (arena.borrowed("desc"), arena.string(&mistake.description)),
            ])
        })
        .collect();
    Ok(Some(arena.array(&[errors.is_empty().into(), arena.array(&errors)])))
}

fn verify_schema<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let arena = context.arena;
    let (valid, error) = match compiled(context.caches, any(operands, 0)) {
        Ok(_) => (Value::TRUE, Value::Null),
        Err(problem) => (Value::FALSE, arena.format(format_args!("jsonschema: {problem}"))),
    };
    Ok(Some(arena.array(&[valid, error])))
}

/// The document that an operand is or, as a string, says.
fn read<'a>(arena: &'a Arena, operand: Value<'a>) -> std::result::Result<Value<'a>, String> {
    let text = match operand {
        Value::String(text) => text.as_str().to_owned(),
        // Through JSON, so that sets become arrays and keys strings.
        Value::Object(_) | Value::Array(_) => text::json(operand).map_err(|error| error.to_string())?,
        _ => return Err("wrong type, expected string or object".to_owned()),
    };
    json::parse(arena, text.as_bytes(), &ParseLimits::default()).map_err(|_| "invalid JSON string".to_owned())
}

/// The schema that an operand is, compiled once and then kept.
fn compiled(caches: &mut Caches, operand: Value<'_>) -> std::result::Result<Arc<Schema>, String> {
    let key = match operand {
        Value::String(text) => text.as_str().to_owned(),
        _ => text::json(operand).map_err(|error| error.to_string())?,
    };
    if let Some(schema) = caches.schemas.get(key.as_str()) {
        return Ok(Arc::clone(schema));
    }
    let arena = Arena::new();
    let document = read(&arena, arena.copy(operand))?;
    let schema = Arc::new(Schema::compile(&arena, document)?);
    if caches.schemas.len() >= CACHED_PATTERNS_MAX {
        caches.schemas.clear();
    }
    caches.schemas.insert(key.into(), Arc::clone(&schema));
    Ok(schema)
}

/// Runs `work` with enough stack: schemas and documents nest as deep as their author likes.
fn with_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 << 10, 1 << 20, work)
}

#[cfg(test)]
#[path = "../json_schema_tests.rs"]
mod tests;
