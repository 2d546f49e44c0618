//! `rego.parse_module`: a module as the document that OPA makes of it.
//!
//! [`tree`] turns statements and rules into documents, [`term`] terms, and [`order`] puts the members of sets and the keys of
//! objects into OPA's order.

mod order;
mod term;
mod tree;

use super::operand::string;
use super::{Builtin, BuiltinError, Context, Parameter, Type};
use crate::syntax::ast::Dialect;
use crate::syntax::{DEPTH_MAX, parse_module};
use tree::Tree;
use value::{Diagnostic, Source, Value};

pub(super) const FAMILY: &[Builtin] = &[Builtin::of_leaves(
    "rego.parse_module",
    "Parses a module and gives its syntax tree as a document.",
    &[
        Parameter::new("filename", Type::String, "the name that mistakes and comments bear"),
        Parameter::new("rego", Type::String, "the text of the module"),
    ],
    Parameter::new(
        "output",
        Type::Object(&Type::String, &Type::Any),
        "the tree: `package`, and where there are any `imports`, `rules` and `comments`; terms are `{\"type\", \"value\"}`",
    ),
    parse,
)];

/// The longest text that is parsed: its tree takes many times its length.
const TEXT_BYTES_MAX: usize = 1 << 20;

fn parse<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<Option<Value<'a>>, BuiltinError> {
    let (name, text) = (string(operands, 0)?, string(operands, 1)?);
    if text.len() > TEXT_BYTES_MAX {
        return Err(BuiltinError::failed(format!("the module is longer than {TEXT_BYTES_MAX} bytes")));
    }
    let source = Source::new(name, text);
    let (module, mistakes) = parse_module(&source, Dialect::V1);
    if !mistakes.is_empty() {
        return Err(BuiltinError::failed(in_one(&mistakes)));
    }
    if module.rules.iter().any(|rule| rule.otherwise.len() > DEPTH_MAX as usize) {
        return Err(BuiltinError::failed(format!("a rule has more than {DEPTH_MAX} `else` branches")));
    }
    Ok(Some(Tree::new(context.arena, &module).module(&module)))
}

/// All mistakes, as OPA counts and lists them.
fn in_one(mistakes: &[Diagnostic]) -> String {
    let listed: Vec<String> = mistakes
        .iter()
        .map(|mistake| {
            let name = mistake.source.as_ref().map(|source| source.name.as_str()).unwrap_or_default();
            let line = mistake.position().map_or(0, |position| position.line);
            format!("{name}:{line}: {}: {}", mistake.code, mistake.message)
        })
        .collect();
    match listed.as_slice() {
        [only] => format!("1 error occurred: {only}"),
        all => format!("{} errors occurred:\n{}", all.len(), all.join("\n")),
    }
}

#[cfg(test)]
#[path = "../parse_module_tests.rs"]
mod tests;
