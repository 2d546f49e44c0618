//! The schema of a template's parameters: the part of OpenAPI v3 that a CustomResourceDefinition may use
//! (`apiextensions.k8s.io/v1`, `JSONSchemaProps`).
//!
//! [`Schema::read`] reads one and holds it to the rules of structural schemas; [`Schema::check`] judges a value;
//! [`Schema::with_defaults`] fills in what it leaves out; [`Schema::unknown_fields`] finds what an API server would drop.

mod check;
mod defaults;
mod formats;
mod read;
mod unknown;

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

use formats::Format;
use regex::Regex;
use std::collections::BTreeMap;
use value::Frozen;

/// A schema as a CustomResourceDefinition has it.
#[derive(Debug, Default)]
pub struct Schema {
    kind: Option<Type>,
    nullable: bool,
    /// `x-kubernetes-int-or-string`
    integer_or_string: bool,
    /// `x-kubernetes-preserve-unknown-fields`
    preserves_unknown: bool,
    format: Option<Format>,
    properties: BTreeMap<String, Schema>,
    additional: Additional,
    required: Vec<String>,
    items: Option<Box<Schema>>,
    /// An array.
    one_of_values: Option<Frozen>,
    default: Option<Frozen>,
    pattern: Option<Regex>,
    bounds: Bounds,
    all_of: Vec<Schema>,
    any_of: Vec<Schema>,
    one_of: Vec<Schema>,
    not: Option<Box<Schema>>,
}

/// The types of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Object,
    Array,
    String,
    Boolean,
    Integer,
    Number,
}

/// What keys that are no properties may hold.
#[derive(Debug, Default)]
enum Additional {
    /// Nothing is said: an API server drops them.
    #[default]
    Unsaid,
    /// They may not be there.
    Refused,
    /// Anything.
    Anything,
    /// What a schema allows.
    Like(Box<Schema>),
}

/// What a schema says about one key of an object.
enum Member<'s> {
    /// What it holds.
    Like(&'s Schema),
    /// It may not be there.
    Refused,
    /// It may hold anything.
    Anything,
    /// Nothing.
    Unsaid,
}

/// How much is too little or too much. Numbers are frozen values, so that none loses digits.
#[derive(Debug, Default)]
struct Bounds {
    minimum: Option<Frozen>,
    maximum: Option<Frozen>,
    exclusive_minimum: bool,
    exclusive_maximum: bool,
    multiple_of: Option<Frozen>,
    length: Range,
    items: Range,
    properties: Range,
}

/// A range of counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Range {
    min: Option<usize>,
    max: Option<usize>,
}

impl Type {
    const ALL: [Self; 6] = [Self::Object, Self::Array, Self::String, Self::Boolean, Self::Integer, Self::Number];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Schema {
    fn member(&self, key: &str) -> Member<'_> {
        match (self.properties.get(key), &self.additional) {
            (Some(schema), _) => Member::Like(schema),
            (None, Additional::Like(schema)) => Member::Like(schema),
            (None, Additional::Refused) => Member::Refused,
            (None, Additional::Anything) => Member::Anything,
            (None, Additional::Unsaid) => Member::Unsaid,
        }
    }
}
