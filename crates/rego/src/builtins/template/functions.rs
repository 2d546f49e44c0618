//! What a template may call.

use super::datum::{Datum, Kind};
use crate::builtins::go_format::is_print;
use crate::builtins::{go_url, sprintf};
use std::cmp::Ordering;
use std::fmt::Write;
use value::{Arena, Value, number};

const NAMES: [&str; 18] = [
    "and", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or", "print", "printf", "println",
    "slice", "urlquery",
];

const MISSING: &str = "missing argument for comparison";
const INCOMPATIBLE: &str = "incompatible types for comparison";
const INVALID: &str = "invalid type for comparison";

pub(super) fn is_known(name: &str) -> bool {
    NAMES.contains(&name)
}

/// The least number of arguments that a function takes, and the largest if it is bounded.
pub(super) fn arity(name: &str) -> (usize, Option<usize>) {
    match name {
        "len" | "not" => (1, Some(1)),
        "ne" | "lt" | "le" | "gt" | "ge" => (2, Some(2)),
        "and" | "or" | "eq" | "index" | "slice" | "printf" => (1, None),
        _ => (0, None),
    }
}

/// Calls a function with as many arguments as it takes. `and` and `or` are the executor's, since they stop early.
pub(super) fn call<'a>(arena: &'a Arena, name: &str, arguments: &[Datum<'a>]) -> Result<Datum<'a>, String> {
    let argument = |index: usize| arguments.get(index).unwrap_or(&Datum::Nothing);
    let rest = arguments.get(1..).unwrap_or_default();
    let truth = |truth: bool| Ok(Datum::Rego(truth.into()));
    match name {
        "not" => truth(!argument(0).is_true()),
        "eq" if rest.is_empty() => Err(MISSING.to_owned()),
        "eq" => {
            for other in rest {
                if equal(argument(0), other)? {
                    return truth(true);
                }
            }
            truth(false)
        }
        "ne" => truth(!equal(argument(0), argument(1))?),
        "lt" => truth(compare(argument(0), argument(1))?.is_some_and(Ordering::is_lt)),
        "le" => truth(compare(argument(0), argument(1))?.is_some_and(Ordering::is_le)),
        "gt" => truth(compare(argument(0), argument(1))?.is_some_and(Ordering::is_gt)),
        "ge" => truth(compare(argument(0), argument(1))?.is_some_and(Ordering::is_ge)),
        "len" => length(argument(0)),
        "index" => rest.iter().try_fold(argument(0).clone(), index),
        "slice" => slice(arena, argument(0), rest),
        "print" => Ok(Datum::Text(print(arguments))),
        "println" => {
            let texts: Vec<_> = arguments.iter().map(Datum::printed).collect();
            Ok(Datum::Text(texts.join(" ") + "\n"))
        }
        "printf" => printf(arena, argument(0), rest),
        "html" => Ok(Datum::Text(escape_html(&joined(arguments)))),
        "js" => Ok(Datum::Text(escape_js(&joined(arguments)))),
        "urlquery" => Ok(Datum::Text(go_url::query_escape(&joined(arguments)))),
        _ => Err(format!("{name} is not a function")),
    }
}

fn joined(arguments: &[Datum<'_>]) -> String {
    match arguments {
        [one] => one.text().map_or_else(|| one.printed(), std::borrow::Cow::into_owned),
        several => print(several),
    }
}

/// Spaces stand between two arguments neither of which is a string.
fn print(arguments: &[Datum<'_>]) -> String {
    let is_text = |datum: &Datum<'_>| datum.kind() == Kind::Text;
    let mut text = String::new();
    for (at, argument) in arguments.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| arguments.get(before));
        if before.is_some_and(|before| !is_text(before) && !is_text(argument)) {
            text.push(' ');
        }
        text.push_str(&argument.printed());
    }
    text
}

fn printf<'a>(arena: &'a Arena, format: &Datum<'a>, arguments: &[Datum<'a>]) -> Result<Datum<'a>, String> {
    let format =
        format.text().ok_or_else(|| format!("wrong type for value; expected string; got {}", format.type_name()))?;
    let values: Vec<Value<'a>> = arguments
        .iter()
        .map(|argument| match argument {
            Datum::Rego(boolean @ Value::Bool(_)) => *boolean,
            Datum::Integer(integer) => Value::Int(*integer),
            Datum::Float(float) => number::from_f64(arena, *float).unwrap_or_default(),
            other => arena.string(&other.printed()),
        })
        .collect();
    let mut text = String::new();
    sprintf::write(&mut text, &format, &values).map_err(|_| "the text is too long".to_owned())?;
    Ok(Datum::Text(text))
}

fn equal(a: &Datum<'_>, b: &Datum<'_>) -> Result<bool, String> {
    match (a, b) {
        (Datum::Nothing, Datum::Nothing) => Ok(true),
        (Datum::Nothing, _) | (_, Datum::Nothing) => Ok(false),
        (Datum::Rego(Value::Bool(a)), Datum::Rego(Value::Bool(b))) => Ok(a == b),
        _ if a.kind() != b.kind() => Err(INCOMPATIBLE.to_owned()),
        _ if a.kind() == Kind::Other => {
            let (a, b) = (a.type_name(), b.type_name());
            Err(format!("non-comparable types {a}, {b}"))
        }
        _ => Ok(compare(a, b)?.is_some_and(Ordering::is_eq)),
    }
}

/// `None` when one of them is no number after all.
fn compare(a: &Datum<'_>, b: &Datum<'_>) -> Result<Option<Ordering>, String> {
    if a.kind() == Kind::Other || b.kind() == Kind::Other {
        return Err(INVALID.to_owned());
    }
    match (a, b) {
        (Datum::Integer(a), Datum::Integer(b)) => Ok(Some(a.cmp(b))),
        (Datum::Float(a), Datum::Float(b)) => Ok(a.partial_cmp(b)),
        _ => match (a.text(), b.text()) {
            (Some(a), Some(b)) => Ok(Some(a.cmp(&b))),
            _ if a.kind() == b.kind() => Err(INVALID.to_owned()),
            _ => Err(INCOMPATIBLE.to_owned()),
        },
    }
}

fn length<'a>(datum: &Datum<'a>) -> Result<Datum<'a>, String> {
    let length = match datum {
        Datum::Nothing => return Err("len of untyped nil".to_owned()),
        Datum::Rego(Value::Array(items)) => items.len(),
        Datum::Rego(Value::Object(object)) => object.len(),
        other => other.text().map(|text| text.len()).ok_or_else(|| format!("len of type {}", other.type_name()))?,
    };
    Ok(Datum::Integer(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn position(datum: &Datum<'_>, length: usize) -> Result<usize, String> {
    match datum {
        Datum::Integer(index) => usize::try_from(*index)
            .ok()
            .filter(|&at| at <= length)
            .ok_or_else(|| format!("index out of range: {index}")),
        Datum::Nothing => Err("cannot index slice/array with nil".to_owned()),
        other => Err(format!("cannot index slice/array with type {}", other.type_name())),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "folded over")]
fn index<'a>(datum: Datum<'a>, by: &Datum<'a>) -> Result<Datum<'a>, String> {
    let out_of_range = |at: usize| format!("index out of range: {at}");
    match &datum {
        Datum::Nothing => Err("index of untyped nil".to_owned()),
        Datum::Rego(Value::Object(object)) => match by {
            Datum::Nothing => Err("value is nil; should be of type string".to_owned()),
            by => {
                let wrong = || format!("value has type {}; should be string", by.type_name());
                let key = by.text().filter(|_| by.type_name() == "string").ok_or_else(wrong)?;
                Ok(object.get_str(&key).map_or(Datum::Nothing, Datum::of))
            }
        },
        Datum::Rego(Value::Array(items)) => {
            let at = position(by, items.len())?;
            items.get(at).map(Datum::of).ok_or_else(|| out_of_range(at))
        }
        other => {
            let text = other.text().ok_or_else(|| format!("can't index item of type {}", other.type_name()))?;
            let at = position(by, text.len())?;
            let byte = text.as_bytes().get(at).ok_or_else(|| out_of_range(at))?;
            Ok(Datum::Integer(i64::from(*byte)))
        }
    }
}

fn slice<'a>(arena: &'a Arena, datum: &Datum<'a>, by: &[Datum<'a>]) -> Result<Datum<'a>, String> {
    if by.len() > 3 {
        return Err(format!("too many slice indexes: {}", by.len()));
    }
    let bounds = |length: usize| {
        let from = by.first().map_or(Ok(0), |by| position(by, length))?;
        let to = by.get(1).map_or(Ok(length), |by| position(by, length))?;
        if from > to {
            return Err(format!("invalid slice index: {from} > {to}"));
        }
        Ok(from..to)
    };
    match datum {
        Datum::Nothing => Err("slice of untyped nil".to_owned()),
        Datum::Rego(Value::Array(items)) => {
            let range = bounds(items.len())?;
            let items: Vec<_> = items.iter().skip(range.start).take(range.len()).collect();
            Ok(Datum::Rego(arena.array(&items)))
        }
        other => {
            let text = other.text().ok_or_else(|| format!("can't slice item of type {}", other.type_name()))?;
            if by.len() == 3 {
                return Err("cannot 3-index slice a string".to_owned());
            }
            let bytes = text.as_bytes().get(bounds(text.len())?).unwrap_or_default();
            Ok(Datum::Text(crate::builtins::text::lossy(bytes)))
        }
    }
}

fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => escaped.push(char::REPLACEMENT_CHARACTER),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn escape_js(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => {
                escaped.push('\\');
                escaped.push(c);
            }
            // Writing to a string never fails.
            '<' | '>' | '&' | '=' => drop(write!(escaped, "\\u{:04X}", u32::from(c))),
            c if c < ' ' || !c.is_ascii() && !is_print(c) => drop(write!(escaped, "\\u{:04X}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}
