//! Glob patterns, with the syntax and meaning that Go's `gobwas/glob` documents.
//!
//! That library errs in corners, where this one follows its documentation: there a lone `?` matches the empty string,
//! and `{a*,.b}[bc]` does not match `ab`.

use super::operand::{any, string};
use super::{Builtin, BuiltinError, CACHED_PATTERNS_MAX, Caches, Context, Parameter, Type, text};
use ::regex::{Regex, RegexBuilder};
use std::fmt::Write;
use value::Value;

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "glob.match",
        "Tells whether a string matches a glob pattern: `*` stops at delimiters and `**` does not.",
        &[
            Parameter::new(
                "pattern",
                Type::String,
                "the pattern, with `*`, `**`, `?`, `[abc]`, `[!a-z]`, `{a,b}` and `\\`",
            ),
            Parameter::new(
                "delimiters",
                Type::AnyOf(&[Type::Array(&Type::String), Type::Null]),
                "one-character strings; `[]` means `[\".\"]`, and `null` means none",
            ),
            Parameter::new("match", Type::String, "the string to compare"),
        ],
        Parameter::new("result", Type::Boolean, "`true` if all of `match` matches `pattern`"),
        matches,
    ),
    Builtin::of_leaves(
        "glob.quote_meta",
        "Escapes a string so that as a glob pattern it matches just itself.",
        &[Parameter::new("pattern", Type::String, "the string to escape")],
        Parameter::new("output", Type::String, "the escaped string"),
        quote_meta,
    ),
];

/// Largest compiled pattern.
const COMPILED_BYTES_MAX: usize = 10 << 20;
/// Deepest nesting of alternatives.
const NESTING_MAX: usize = 200;

fn matches<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let pattern = string(operands, 0)?;
    let delimiters = delimiters(operands)?;
    let text = string(operands, 2)?;
    Ok(Some(compiled(context.caches, pattern, &delimiters)?.is_match(text).into()))
}

fn delimiters(operands: &[Value<'_>]) -> std::result::Result<String, BuiltinError> {
    let operand = any(operands, 1);
    let array = match operand {
        Value::Null => return Ok(String::new()),
        Value::Array(array) if array.is_empty() => return Ok(".".to_owned()),
        Value::Array(array) => array,
        _ => return Err(BuiltinError::operand(1, "one of {array, null}", operand)),
    };
    let one_character = |item: Value<'_>| {
        let text = item.as_str().ok_or_else(|| BuiltinError::element(1, "string", operand, item))?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(c), None) => Ok(c),
            _ => Err(BuiltinError::element(1, "rune", operand, item)),
        }
    };
    array.iter().map(one_character).collect()
}

/// The compiled pattern, from the cache or into it.
fn compiled<'c>(
    caches: &'c mut Caches,
    pattern: &str,
    delimiters: &str,
) -> std::result::Result<&'c Regex, BuiltinError> {
    // The length tells where the delimiters end and the pattern begins.
    let key = format!("{}:{delimiters}{pattern}", delimiters.len());
    if !caches.globs.contains_key(key.as_str()) {
        let glob = compile(pattern, delimiters)?;
        if caches.globs.len() >= CACHED_PATTERNS_MAX {
            caches.globs.clear();
        }
        caches.globs.insert(key.clone().into_boxed_str(), glob);
    }
    caches.globs.get(key.as_str()).ok_or_else(|| BuiltinError::failed("pattern cache is empty"))
}

fn compile(pattern: &str, delimiters: &str) -> std::result::Result<Regex, BuiltinError> {
    let expression = translate(pattern, delimiters).map_err(BuiltinError::failed)?;
    RegexBuilder::new(&expression)
        .size_limit(COMPILED_BYTES_MAX)
        .build()
        .map_err(|_| BuiltinError::failed("pattern is too large"))
}

/// The pattern as a regular expression.
fn translate(pattern: &str, delimiters: &str) -> std::result::Result<String, String> {
    let single = if delimiters.is_empty() {
        ".".to_owned()
    } else {
        let mut class = String::from("[^");
        delimiters.chars().for_each(|c| push_character(&mut class, c));
        class.push(']');
        class
    };
    let mut out = String::from(r"\A(?s:");
    let mut rest = pattern;
    let mut open = 0_usize;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '{' => {
                open += 1;
                if open > NESTING_MAX {
                    return Err("alternatives nest too deeply".to_owned());
                }
                out.push_str("(?:");
            }
            ',' if open > 0 => out.push('|'),
            '}' if open > 0 => {
                open -= 1;
                out.push(')');
            }
            '[' => rest = class(&mut out, rest)?,
            '?' => out.push_str(&single),
            '*' => match rest.strip_prefix('*') {
                Some(after) => {
                    rest = after;
                    out.push_str(".*");
                }
                None => {
                    out.push_str(&single);
                    out.push('*');
                }
            },
            '\\' => {
                if let Some(escaped) = rest.chars().next() {
                    rest = rest.get(escaped.len_utf8()..).unwrap_or_default();
                    push_character(&mut out, escaped);
                }
            }
            c => push_character(&mut out, c),
        }
    }
    // As in Go, alternatives that are never closed end with the pattern.
    out.push_str(&")".repeat(open + 1));
    out.push_str(r"\z");
    Ok(out)
}

/// `a-z]`, `!a-z]`, `abc]` or `!abc]`; one range or a list of characters, never both. Gives what follows.
fn class<'p>(out: &mut String, inside: &'p str) -> std::result::Result<&'p str, String> {
    let end = || "unexpected end of input".to_owned();
    let (negated, inside) = inside.strip_prefix('!').map_or((false, inside), |inside| (true, inside));
    out.push_str(if negated { "[^" } else { "[" });
    let mut characters = inside.chars();
    let low = characters.next().ok_or_else(end)?;
    if characters.as_str().starts_with('-') {
        characters.next();
        let high = characters.next().ok_or_else(end)?;
        match characters.next() {
            None => return Err(end()),
            Some(']') => {}
            Some(_) => return Err("expected close range character".to_owned()),
        }
        if high < low {
            return Err(format!("hi character '{high}' should be greater than lo '{low}'"));
        }
        let _ = write!(out, r"\x{{{:X}}}-\x{{{:X}}}]", u32::from(low), u32::from(high));
        return Ok(characters.as_str());
    }
    let (mut rest, mut any) = (inside, false);
    loop {
        let mut characters = rest.chars();
        match characters.next().ok_or_else(end)? {
            ']' => {
                rest = characters.as_str();
                break;
            }
            '\\' => push_character(out, characters.next().ok_or_else(end)?),
            c => push_character(out, c),
        }
        any = true;
        rest = characters.as_str();
    }
    if !any {
        return Err("could not parse range".to_owned());
    }
    out.push(']');
    Ok(rest)
}

/// A character that means itself, inside a class or out of it.
fn push_character(out: &mut String, c: char) {
    if c.is_alphanumeric() {
        out.push(c);
    } else {
        let _ = write!(out, r"\x{{{:X}}}", u32::from(c));
    }
}

fn quote_meta<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let pattern = string(operands, 0)?;
    text::build(context.arena, |out| {
        pattern.chars().try_for_each(|c| {
            if matches!(c, '*' | '?' | '\\' | '[' | ']' | '{' | '}') {
                out.write_char('\\')?;
            }
            out.write_char(c)
        })
    })
    .map(Some)
}

#[cfg(test)]
#[path = "glob_tests.rs"]
mod tests;
