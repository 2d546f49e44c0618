//! Paths of the tables: dotted keys that step through arrays on their way.

use crate::depth::DEPTH_MAX;
use value::{Arena, Value, json};

/// Stands in a path for the object inside a string of JSON, as AWS keeps container definitions.
const JSON: &str = "@json";

/// What stands at `path`: arrays on the way are stepped through, so several values may; an array at the end is one value.
/// Null is nothing. An Unknown leaf on the way stands for whatever would be below it.
pub(crate) fn all<'a>(arena: &'a Arena, value: Value<'a>, path: &str) -> Vec<Value<'a>> {
    let mut found = Vec::new();
    walk(arena, value, path, &mut found);
    found
}

/// The first of [`all`].
pub(crate) fn first<'a>(arena: &'a Arena, value: Value<'a>, path: &str) -> Option<Value<'a>> {
    all(arena, value, path).into_iter().next()
}

/// The first that any of the paths leads to.
pub(crate) fn first_of<'a>(arena: &'a Arena, value: Value<'a>, paths: &[String]) -> Option<Value<'a>> {
    paths.iter().find_map(|path| first(arena, value, path))
}

/// The first of [`all`] in a part of a whole; behind `^.` the path starts at the whole.
pub(crate) fn within<'a>(arena: &'a Arena, part: Value<'a>, whole: Value<'a>, path: &str) -> Option<Value<'a>> {
    match path.strip_prefix("^.") {
        Some(path) => first(arena, whole, path),
        None => first(arena, part, path),
    }
}

/// As [`all`], with an array at the end taken apart too.
pub(crate) fn items<'a>(arena: &'a Arena, value: Value<'a>, path: &str) -> Vec<Value<'a>> {
    all(arena, value, path)
        .into_iter()
        .flat_map(|value| match value {
            Value::Array(array) => array.iter().filter(|item| !matches!(item, Value::Null)).collect(),
            other => vec![other],
        })
        .collect()
}

/// The string at `path`, if a known one stands there.
pub(crate) fn text<'a>(arena: &'a Arena, value: Value<'a>, path: &str) -> Option<&'a str> {
    first(arena, value, path)?.as_str()
}

fn walk<'a>(arena: &'a Arena, value: Value<'a>, path: &str, found: &mut Vec<Value<'a>>) {
    if path.is_empty() {
        if !matches!(value, Value::Null) {
            found.push(value);
        }
        return;
    }
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    match value {
        Value::Unknown(_) => found.push(value),
        Value::Array(array) => array.iter().for_each(|item| walk(arena, item, path, found)),
        // CloudFormation gives as an object what Terraform holds as a string of JSON.
        Value::Object(_) if key == JSON => walk(arena, value, rest, found),
        Value::Object(object) => {
            if let Some(value) = object.get_str(key) {
                walk(arena, value, rest, found);
            }
        }
        Value::String(text) if key == JSON => {
            let limits = json::ParseLimits { depth_max: DEPTH_MAX, ..json::ParseLimits::default() };
            if let Ok(value) = json::parse_borrowed(arena, text.as_str().as_bytes(), &limits) {
                walk(arena, value, rest, found);
            }
        }
        _ => {}
    }
}
