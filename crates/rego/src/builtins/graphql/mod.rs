//! GraphQL documents: parsing queries and schemas, and checking one against the other.
//!
//! What policies see is the tree of the Go library `vektah/gqlparser`, which OPA uses, field by field, and its messages.
//! Therefore the parser and the rules are our own: apollo-parser and apollo-compiler make another tree, tell other
//! mistakes in other words, and, above all, find other documents valid. For OPA a schema needs no query type, an
//! extension may come without the type that it extends, and introspection has a limit of depth. Only the lexer
//! could be shared, at the price of two more crates and what they bring.
//!
//! The steps are a file each: [`lexer`], [`parser`] and [`parse_schema`] read text into an [`ast`], [`decode`] reads
//! objects into the same, [`encode`] makes objects of it. [`schema`] puts the types of a schema together and
//! [`check_schema`] checks them. [`validate`] walks a query, and [`rules`], [`rules_values`] and [`overlapping`] look at
//! what it passes.

mod ast;
mod check_schema;
mod decode;
mod encode;
mod lexer;
mod overlapping;
mod parse_schema;
mod parser;
mod rules;
mod rules_values;
mod schema;
mod suggest;
mod validate;

use super::operand::{OBJECT, any, string};
use super::{Builtin, BuiltinError, Context, Parameter, Type};
use ast::{Position, QueryDocument, SchemaDocument};
use encode::Encode;
use schema::Schema;
use std::fmt;
use value::{Arena, Value};

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

/// Most levels that selections, values and types nest, through fragments too.
const DEPTH_MAX: usize = 200;

/// Stack that this depth takes, with room to spare in a build without optimisation. The evaluator may leave less.
const STACK_BYTES: usize = 2 << 20;

const DOCUMENT: Type = Type::AnyOf(&[Type::String, OBJECT]);
const QUERY: Parameter = Parameter::new("query", DOCUMENT, "the GraphQL query, as text or as parsed");
const SCHEMA: Parameter = Parameter::new("schema", DOCUMENT, "the GraphQL schema, as text or as parsed");

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "graphql.parse",
        "Parses a GraphQL query and a schema and checks the one against the other.",
        &[QUERY, SCHEMA],
        Parameter::new("output", Type::Tuple(&[OBJECT, OBJECT]), "the trees of query and schema"),
        parse,
    ),
    Builtin::of_leaves(
        "graphql.parse_and_verify",
        "Parses a GraphQL query and a schema and tells whether the query is valid, with both trees.",
        &[QUERY, SCHEMA],
        Parameter::new(
            "output",
            Type::Tuple(&[Type::Boolean, OBJECT, OBJECT]),
            "whether query and schema are valid, and their trees, which are `{}` if they are not",
        ),
        parse_and_verify,
    ),
    Builtin::of_leaves(
        "graphql.parse_query",
        "Parses a GraphQL query.",
        &[Parameter::new("query", Type::String, "the GraphQL query")],
        Parameter::new("output", OBJECT, "its tree"),
        parse_query,
    ),
    Builtin::of_leaves(
        "graphql.parse_schema",
        "Parses a GraphQL schema.",
        &[Parameter::new("schema", Type::String, "the GraphQL schema")],
        Parameter::new("output", OBJECT, "its tree"),
        parse_schema,
    ),
    Builtin::of_leaves(
        "graphql.is_valid",
        "Tells whether a GraphQL query is valid for a schema.",
        &[QUERY, SCHEMA],
        Parameter::new("output", Type::Boolean, "`true` if query and schema are valid"),
        is_valid,
    ),
    Builtin::of_leaves(
        "graphql.schema_is_valid",
        "Tells whether a GraphQL schema is valid.",
        &[SCHEMA],
        Parameter::new("output", Type::Boolean, "`true` if it is"),
        schema_is_valid,
    ),
];

fn parse<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (query, schema) = verified(context.arena, operands)?;
    Ok(Some(context.arena.array(&[query, schema])))
}

fn parse_and_verify<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (valid, query, schema) = match verified(context.arena, operands) {
        Ok((query, schema)) => (true, query, schema),
        Err(_) => (false, Value::EMPTY_OBJECT, Value::EMPTY_OBJECT),
    };
    Ok(Some(context.arena.array(&[valid.into(), query, schema])))
}

fn parse_query<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    string(operands, 0)?;
    with_stack(|| Ok(Some(query_document(context.arena, operands, 0)?.encode(context.arena))))
}

fn parse_schema<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    string(operands, 0)?;
    with_stack(|| Ok(Some(schema_document(context.arena, operands, 0)?.encode(context.arena))))
}

fn is_valid<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let is_valid = with_stack(|| {
        let query = query_document(context.arena, operands, 0)?;
        let schema = load(context.arena, schema_document(context.arena, operands, 1)?)?;
        validate(&schema, &query)
    });
    Ok(Some(is_valid.is_ok().into()))
}

fn schema_is_valid<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let schema = with_stack(|| load(context.arena, schema_document(context.arena, operands, 0)?).map(|_| ()));
    Ok(Some(schema.is_ok().into()))
}

/// The trees of a query and a schema for which it is valid.
fn verified<'a>(arena: &'a Arena, operands: &[Value<'a>]) -> std::result::Result<(Value<'a>, Value<'a>), BuiltinError> {
    with_stack(|| {
        let query = query_document(arena, operands, 0)?;
        let schema = schema_document(arena, operands, 1)?;
        let trees = (query.encode(arena), schema.encode(arena));
        validate(&load(arena, schema)?, &query)?;
        Ok(trees)
    })
}

fn with_stack<T>(step: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_BYTES, 2 * STACK_BYTES, step)
}

/// The query that is the operand at `index`.
fn query_document<'a>(
    arena: &'a Arena,
    operands: &[Value<'a>],
    index: usize,
) -> std::result::Result<QueryDocument<'a>, BuiltinError> {
    match any(operands, index) {
        Value::String(text) => parser::parse_query(arena, text.as_str()).map_err(|problem| told(&problem.to_string())),
        Value::Object(object) => decode::decode_query(object).map_err(BuiltinError::failed),
        other => Err(BuiltinError::operand(index, "one of {string, object}", other)),
    }
}

/// The schema that is the operand at `index`.
fn schema_document<'a>(
    arena: &'a Arena,
    operands: &[Value<'a>],
    index: usize,
) -> std::result::Result<SchemaDocument<'a>, BuiltinError> {
    match any(operands, index) {
        Value::String(text) => {
            parse_schema::parse_schema(arena, text.as_str(), false).map_err(|problem| told(&problem.to_string()))
        }
        Value::Object(object) => decode::decode_schema(object).map_err(BuiltinError::failed),
        other => Err(BuiltinError::operand(index, "one of {string, object}", other)),
    }
}

fn load<'a>(arena: &'a Arena, document: SchemaDocument<'a>) -> std::result::Result<Schema<'a>, BuiltinError> {
    Schema::load(arena, document).map_err(|problem| {
        let Problem { position, message } = &problem;
        let what = "Error in gqlparser SchemaDocument to Schema conversion";
        match position {
            Some(_) => BuiltinError::failed(format!("{what}: {problem}")),
            None => BuiltinError::failed(format!("{what}: input:-1:-1: {message}")),
        }
    })
}

fn validate<'a>(schema: &Schema<'a>, query: &QueryDocument<'a>) -> std::result::Result<(), BuiltinError> {
    let problems = validate::validate(schema, query);
    if problems.is_empty() {
        return Ok(());
    }
    let lines: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
    Err(told(&lines))
}

/// The problems as OPA tells them: the place of the first behind all that is said.
fn told(problems: &str) -> BuiltinError {
    let mut parts = problems.splitn(4, ':');
    let (_, line, column) = (parts.next(), parts.next(), parts.next());
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u64>().ok());
    match (number(line), number(column), parts.next()) {
        (Some(line), Some(column), Some(message)) => {
            let message = message.trim_start_matches(' ');
            let message = message.strip_suffix(".\n").unwrap_or(message);
            BuiltinError::failed(format!("{message} in GraphQL string at location {line}:{column}"))
        }
        _ => BuiltinError::failed(format!("GraphQL parse error: {problems}")),
    }
}

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    position: Option<Position>,
    message: String,
}

impl Problem {
    fn new(position: Option<Position>, message: String) -> Self {
        Self { position, message }
    }

    fn at(position: Position, message: String) -> Self {
        Self::new(Some(position), message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(Position { line, column, built_in }) => {
                let file = if built_in { "prelude.graphql" } else { "input" };
                write!(f, "{file}:{line}:{column}: {}", self.message)
            }
            None => write!(f, "input: {}", self.message),
        }
    }
}

#[cfg(test)]
mod tests;
