//! Builtin functions: one file a family, each with its tests beside it.
//!
//! A [`Builtin`] holds signature, documentation and implementation together. To add one, write it in its family's file
//! and put it into that file's `FAMILY` table; compiler, evaluator and reference page read the tables.

mod aggregates;
mod arrays;
mod aws;
mod bits;
pub(crate) mod comparison;
mod conversion;
mod crypto;
mod define;
mod encoding;
mod glob;
mod globs_intersect;
mod go_format;
mod go_regex;
mod go_time_layout;
mod go_url;
mod graph;
mod graphql;
mod http;
mod internal;
mod json;
mod json_patch;
mod json_schema;
mod jwt;
mod jwt_header;
mod jwt_keys;
mod marshal;
mod metadata;
mod net;
mod numbers;
mod objects;
mod operand;
mod parse_module;
mod pki;
mod regex;
mod runtime;
mod semver;
mod sets;
mod sprintf;
mod strings;
mod template;
#[cfg(test)]
mod testing;
mod text;
mod time;
mod types;
mod units;
#[cfg(test)]
mod unknown_tests;
mod uri;
mod uuid;
mod x509;

pub use json_patch::apply_operation;
pub use json_schema::has_format;
pub(crate) use metadata::{CHAIN as METADATA_CHAIN, RULE as METADATA_RULE};
pub use operand::BuiltinError;
pub(crate) use text::shown;

use host::{Host, NotePlace};
use rustc_hash::FxHashMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use value::{Arena, Value};

/// One builtin function.
#[derive(Debug)]
pub struct Builtin {
    /// Its name as policies write it: `object.get`.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub description: &'static str,
    /// Its parameters in order.
    pub parameters: &'static [Parameter],
    /// What it gives. [`Type::Nothing`] for builtins that only have an effect, such as `print`.
    pub result: Parameter,
    /// What an Unknown operand means.
    pub unknown: UnknownOperands,
    /// Whether two calls with the same arguments may differ. Within one evaluation they never do: the evaluator keeps the
    /// first answer.
    pub nondeterministic: bool,
    /// Of one that may differ: whether two lists of operands ask the same although they are not equal.
    pub asks_the_same: Option<for<'a> fn(Value<'a>, Value<'a>) -> bool>,
    /// Whether it is a relation: the implementation returns an array of all its results, and the evaluator tries each.
    pub relation: bool,
    /// What to write in its place, of a deprecated builtin: modules since OPA 1.0, and strict mode, refuse calls of it.
    pub deprecated: Option<&'static str>,
    /// The implementation.
    pub call: Call,
}

/// An implementation: the operands, as many as there are parameters, to a result. `None` is undefined.
pub type Call = for<'a> fn(&mut Context<'_, 'a>, &[Value<'a>]) -> Result<Option<Value<'a>>, BuiltinError>;

/// A parameter or a result.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name in the documentation.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Type,
    /// What it means, in a phrase.
    pub description: &'static str,
}

/// What values a parameter takes. Shown in the reference and checked by the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Any value.
    Any,
    /// No result.
    Nothing,
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// Any number.
    Number,
    /// A string.
    String,
    /// An array of.
    Array(&'static Type),
    /// An array with just these items.
    Tuple(&'static [Type]),
    /// A set of.
    Set(&'static Type),
    /// An object from keys to values.
    Object(&'static Type, &'static Type),
    /// An object with these fields. One that is taken may lack them and have others; one that is given has just these.
    Fields(&'static [(&'static str, Type)]),
    /// One of several.
    AnyOf(&'static [Type]),
}

/// What an Unknown operand means for the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownOperands {
    /// An Unknown leaf anywhere in an operand makes the result Unknown. Right for whatever looks at every leaf.
    Deep,
    /// Only an operand that is itself Unknown makes the result Unknown; leaves inside are moved, not looked at.
    /// Right for `count` of an array, `object.get`, `array.concat`, `is_object`.
    Shallow,
    /// The implementation deals with Unknown itself.
    Handled,
}

/// What an implementation may use.
pub struct Context<'c, 'a> {
    /// Where results are built.
    pub arena: &'a Arena,
    /// The world.
    pub host: &'c dyn Host,
    /// What is kept between calls and between evaluations.
    pub caches: &'c mut Caches,
    /// The time this evaluation goes by, asked from the host when first needed.
    pub now_ns: &'c mut Option<i64>,
    /// Finds out where the call is written.
    pub place: &'c dyn Fn() -> Option<NotePlace>,
    /// When the evaluation's time is over, as [`Host::elapsed_ns`] counts; `None` when it has no end.
    pub deadline_ns: Option<u64>,
}

impl Context<'_, '_> {
    /// How much of the evaluation's time is left, if it has an end.
    pub fn time_left(&self) -> Option<Duration> {
        let left = self.deadline_ns?.saturating_sub(self.host.elapsed_ns()?);
        Some(Duration::from_nanos(left))
    }

    /// Nanoseconds since the Unix epoch, the same throughout one evaluation.
    pub fn now_ns(&mut self) -> i64 {
        *self.now_ns.get_or_insert_with(|| self.host.now_ns())
    }
}

/// Compiled patterns. Each kind is emptied when it reaches its limit, so that input cannot grow it for ever.
#[derive(Debug, Default)]
pub struct Caches {
    /// Regular expressions by their text.
    pub regexes: FxHashMap<Box<str>, ::regex::Regex>,
    /// Glob patterns by their text and delimiters, compiled to regular expressions.
    pub globs: FxHashMap<Box<str>, ::regex::Regex>,
    /// JSON Schemas by their JSON text.
    pub schemas: FxHashMap<Box<str>, Arc<json_schema::Schema>>,
}

/// Most patterns of one kind kept at a time.
pub const CACHED_PATTERNS_MAX: usize = 1_000;

/// Every family's table, with what the reference calls it.
const FAMILIES: &[(&str, &[Builtin])] = &[
    ("Aggregates", aggregates::FAMILY),
    ("Arrays", arrays::FAMILY),
    ("AWS", aws::FAMILY),
    ("Bits", bits::FAMILY),
    ("Comparison", comparison::FAMILY),
    ("Conversion", conversion::FAMILY),
    ("Cryptography", crypto::FAMILY),
    ("Encoding", encoding::FAMILY),
    ("Globs", glob::FAMILY),
    ("GraphQL", graphql::FAMILY),
    ("Graphs", graph::FAMILY),
    ("HTTP", http::FAMILY),
    ("Internal", internal::FAMILY),
    ("JSON documents", json::FAMILY),
    ("JSON Schema", json_schema::FAMILY),
    ("JSON Web Tokens", jwt::FAMILY),
    ("JSON and YAML text", marshal::FAMILY),
    ("Annotations", metadata::FAMILY),
    ("Modules", parse_module::FAMILY),
    ("Networks", net::FAMILY),
    ("Numbers", numbers::FAMILY),
    ("Objects", objects::FAMILY),
    ("Regular expressions", regex::FAMILY),
    ("Surroundings", runtime::FAMILY),
    ("Semantic versions", semver::FAMILY),
    ("Sets", sets::FAMILY),
    ("Formatting", sprintf::FAMILY),
    ("Strings", strings::FAMILY),
    ("Templates", template::FAMILY),
    ("Time", time::FAMILY),
    ("Types", types::FAMILY),
    ("Units", units::FAMILY),
    ("URIs", uri::FAMILY),
    ("UUIDs", uuid::FAMILY),
    ("Certificates", x509::FAMILY),
];

static BY_NAME: LazyLock<FxHashMap<&'static str, &'static Builtin>> =
    LazyLock::new(|| all().map(|builtin| (builtin.name, builtin)).collect());

/// The builtin called `name`.
pub fn lookup(name: &str) -> Option<&'static Builtin> {
    BY_NAME.get(name).copied()
}

/// All builtins, family by family.
pub fn all() -> impl Iterator<Item = &'static Builtin> {
    FAMILIES.iter().flat_map(|(_, family)| family.iter())
}

/// The families by name, in the reference's order.
pub fn families() -> impl Iterator<Item = (&'static str, &'static [Builtin])> {
    FAMILIES.iter().copied()
}
