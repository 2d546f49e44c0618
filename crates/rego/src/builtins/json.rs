//! Documents by path: `json.filter`, `json.remove` and `json.patch`.

use super::comparison::is_uncertain;
use super::operand::{ARRAY, BuiltinError, OBJECT, Outcome, PLAIN, any, array, object, parameter, unknown};
use super::{Builtin, Context, Parameter, Type, UnknownOperands, json_patch};
use value::{Arena, Value};

const PATH: Type = Type::AnyOf(&[Type::String, ARRAY]);
const OBJECT_AND_PATHS: &[Parameter] = &[
    parameter("object", OBJECT, "the document"),
    parameter(
        "paths",
        Type::AnyOf(&[Type::Array(&PATH), Type::Set(&PATH)]),
        "the paths: JSON pointers, with or without the leading `/`, or arrays of keys",
    ),
];

const OPERATION: Type = Type::Fields(&[("op", Type::String), ("path", Type::Any)]);

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        name: "json.filter",
        description: "Gives a document with only what stands at some paths.",
        parameters: OBJECT_AND_PATHS,
        result: parameter("filtered", OBJECT, "what `object` holds at `paths`"),
        unknown: UnknownOperands::Handled,
        call: filter,
        ..PLAIN
    },
    Builtin {
        name: "json.remove",
        description: "Gives a document without what stands at some paths; items of arrays move up.",
        parameters: OBJECT_AND_PATHS,
        result: parameter("output", OBJECT, "`object` without what it holds at `paths`"),
        unknown: UnknownOperands::Handled,
        call: remove,
        ..PLAIN
    },
    Builtin {
        name: "json.patch",
        description: "Applies the operations of a JSON Patch (RFC 6902), to sets too; undefined when one of them fails.",
        parameters: &[
            parameter("target", Type::Any, "the document to patch"),
            parameter(
                "patches",
                Type::Array(&OPERATION),
                "the operations: `op`, `path` and, as the operation needs, `value` or `from`",
            ),
        ],
        result: parameter("output", Type::Any, "the patched document"),
        unknown: UnknownOperands::Handled,
        call: patch,
        ..PLAIN
    },
];

fn filter<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    with_paths(context, operands, |arena, document, paths| {
        if paths.is_empty() {
            return Ok(Some(Value::EMPTY_OBJECT));
        }
        only_at(arena, document, paths, 0).map(Some)
    })
}

fn remove<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    with_paths(context, operands, |arena, document, paths| {
        if paths.is_empty() {
            return Ok(Some(document));
        }
        without(arena, document, paths, 0)
    })
}

/// A path: the keys from the root inwards.
pub(super) type Path<'a> = Vec<Value<'a>>;

/// An Unknown leaf stands where an answer depends on it.
struct Uncertain;

type Select<'a> = fn(&'a Arena, Value<'a>, &[Path<'a>]) -> Result<Option<Value<'a>>, Uncertain>;

/// Calls `select` with the document and the paths in order; empty ones are left out, as they select nothing.
fn with_paths<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>], select: Select<'a>) -> Outcome<'a> {
    let (document, listed) = (any(operands, 0), any(operands, 1));
    if document.is_unknown() || listed.find_unknown().is_some() {
        return unknown(operands);
    }
    object(operands, 0)?;
    let arena = context.arena;
    let parsed: Result<Vec<_>, _> = match listed {
        Value::Array(array) => array.iter().map(|path| parse_path(arena, path)).collect(),
        Value::Set(set) => set.iter().map(|path| parse_path(arena, path)).collect(),
        other => return Err(BuiltinError::operand(1, "one of {set, array}", other)),
    };
    let mut paths = parsed?;
    paths.retain(|path| !path.is_empty());
    paths.sort_unstable();
    select(arena, document, &paths).or_else(|Uncertain| unknown(operands))
}

/// Reads a path: a JSON pointer, whose leading `/` may be left out, or an array of keys.
pub(super) fn parse_path<'a>(arena: &'a Arena, path: Value<'a>) -> Result<Path<'a>, BuiltinError> {
    match path {
        Value::String(text) if text.is_empty() => Ok(Path::new()),
        Value::String(text) => {
            Ok(text.as_str().trim_start_matches('/').split('/').map(|key| unescape(arena, key)).collect())
        }
        Value::Array(keys) => Ok(keys.iter().collect()),
        other => {
            let expected = "one of {set, array} containing string paths or array of path segments";
            Err(BuiltinError::operand(1, expected, other))
        }
    }
}

fn unescape<'a>(arena: &'a Arena, key: &'a str) -> Value<'a> {
    if key.contains('~') { arena.string(&key.replace("~1", "/").replace("~0", "~")) } else { arena.borrowed(key) }
}

/// The paths that go on with one key.
struct Branch<'p, 'a> {
    key: Value<'a>,
    paths: &'p [Path<'a>],
}

/// The branches of `paths`, which are sorted and share their first `depth` keys, by ascending key.
fn branches<'p, 'a>(paths: &'p [Path<'a>], depth: usize) -> impl Iterator<Item = Branch<'p, 'a>> {
    paths
        .chunk_by(move |a, b| a.get(depth) == b.get(depth))
        .filter_map(move |paths| Some(Branch { key: *paths.first()?.get(depth)?, paths }))
}

/// Whether the first of `paths` ends at `depth`, so that all of what stands there is selected.
fn ends_here(paths: &[Path<'_>], depth: usize) -> bool {
    paths.first().is_some_and(|path| path.len() <= depth)
}

/// What `value` holds at `paths`, which lead to it with their first `depth` keys.
fn only_at<'a>(arena: &'a Arena, value: Value<'a>, paths: &[Path<'a>], depth: usize) -> Result<Value<'a>, Uncertain> {
    if ends_here(paths, depth) {
        return Ok(value);
    }
    match value {
        Value::Object(object) => {
            certain(object.keys())?;
            let mut entries = Vec::new();
            for branch in branches(paths, depth) {
                if let Some(value) = object.get(branch.key) {
                    entries.push((branch.key, only_at(arena, value, branch.paths, depth + 1)?));
                }
            }
            Ok(arena.object(&entries))
        }
        Value::Set(set) => {
            certain(set.iter())?;
            let mut members = Vec::new();
            for branch in branches(paths, depth) {
                if let Some(member) = set.get(branch.key) {
                    members.push(only_at(arena, member, branch.paths, depth + 1)?);
                }
            }
            Ok(arena.set(&members))
        }
        Value::Array(array) => {
            let mut items = Vec::new();
            for (index, paths) in by_index(paths, depth) {
                if let Some(item) = array.get(index) {
                    items.push(only_at(arena, item, paths, depth + 1)?);
                }
            }
            Ok(arena.array(&items))
        }
        scalar => Ok(scalar),
    }
}

/// What `value` holds elsewhere than at `paths`, which lead to it with their first `depth` keys; `None` when that is nothing.
fn without<'a>(
    arena: &'a Arena,
    value: Value<'a>,
    paths: &[Path<'a>],
    depth: usize,
) -> Result<Option<Value<'a>>, Uncertain> {
    if ends_here(paths, depth) {
        return Ok(None);
    }
    let rest = match value {
        Value::Object(object) => {
            certain(object.keys())?;
            let mut branches = branches(paths, depth).peekable();
            let mut entries = Vec::with_capacity(object.len());
            for (key, value) in object.iter() {
                // Keys and branches both ascend.
                while branches.next_if(|branch| branch.key < key).is_some() {}
                let rest = match branches.next_if(|branch| branch.key == key) {
                    Some(branch) => without(arena, value, branch.paths, depth + 1)?,
                    None => Some(value),
                };
                entries.extend(rest.map(|value| (key, value)));
            }
            arena.object(&entries)
        }
        Value::Set(set) => {
            certain(set.iter())?;
            let mut branches = branches(paths, depth).peekable();
            let mut members = Vec::with_capacity(set.len());
            for member in set.iter() {
                while branches.next_if(|branch| branch.key < member).is_some() {}
                let rest = match branches.next_if(|branch| branch.key == member) {
                    Some(branch) => without(arena, member, branch.paths, depth + 1)?,
                    None => Some(member),
                };
                members.extend(rest);
            }
            arena.set(&members)
        }
        Value::Array(array) => {
            let mut branches = by_index(paths, depth).into_iter().peekable();
            let mut items = Vec::with_capacity(array.len());
            for (index, item) in array.iter().enumerate() {
                let rest = match branches.next_if(|&(branch, _)| branch == index) {
                    Some((_, paths)) => without(arena, item, paths, depth + 1)?,
                    None => Some(item),
                };
                items.extend(rest);
            }
            arena.array(&items)
        }
        scalar => scalar,
    };
    Ok(Some(rest))
}

fn certain<'a>(ascending: impl DoubleEndedIterator<Item = Value<'a>>) -> Result<(), Uncertain> {
    if is_uncertain(ascending) { Err(Uncertain) } else { Ok(()) }
}

/// The branches into an array by ascending index. Their keys are strings, as in a JSON pointer.
fn by_index<'p, 'a>(paths: &'p [Path<'a>], depth: usize) -> Vec<(usize, &'p [Path<'a>])> {
    let mut indexed: Vec<_> = branches(paths, depth)
        .filter_map(|branch| Some((canonical_index(branch.key.as_str()?)?, branch.paths)))
        .collect();
    indexed.sort_unstable_by_key(|&(index, _)| index);
    indexed
}

/// The index that `text` writes, without sign or leading zeros.
fn canonical_index(text: &str) -> Option<usize> {
    let canonical = text == "0" || text.starts_with(|first: char| matches!(first, '1'..='9'));
    if canonical { text.parse().ok() } else { None }
}

fn patch<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    if any(operands, 1).is_unknown() {
        return unknown(operands);
    }
    let operations = array(operands, 1)?;
    match json_patch::apply(context.arena, any(operands, 0), operations) {
        Ok(patched) => Ok(patched),
        Err(json_patch::Stop::Failed) => Ok(None),
        Err(json_patch::Stop::Unknown) => unknown(operands),
        Err(json_patch::Stop::TooLarge(message)) => Err(BuiltinError::failed(message)),
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
