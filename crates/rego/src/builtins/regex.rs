//! Regular expressions, with Go's syntax and meaning.

use super::operand::{any, integer, string};
use super::{Builtin, BuiltinError, CACHED_PATTERNS_MAX, Caches, Context, Parameter, Type};
use super::{globs_intersect, go_format, go_regex, text};
use ::regex::{Regex, RegexBuilder};
use std::fmt::Write;
use value::Value;

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

const PATTERN: Parameter = Parameter::new("pattern", Type::String, "the regular expression");
const VALUE: Parameter = Parameter::new("value", Type::String, "the string to search in");
const NUMBER: Parameter = Parameter::new("number", Type::Number, "how many matches at most; all if `-1`");

pub(super) const FAMILY: &[Builtin] = &[
    MATCH,
    // Its name in old policies.
    Builtin { name: "re_match", deprecated: Some("`regex.match`"), ..MATCH },
    Builtin::of_leaves(
        "regex.is_valid",
        "Tells whether a string is a regular expression, in RE2's syntax.",
        &[PATTERN],
        Parameter::new("result", Type::Boolean, "`true` if it is"),
        is_valid,
    ),
    Builtin::of_leaves(
        "regex.split",
        "Cuts a string into parts wherever a regular expression matches.",
        &[PATTERN, VALUE],
        Parameter::new("output", Type::Array(&Type::String), "the parts"),
        split,
    ),
    Builtin::of_leaves(
        "regex.find_n",
        "Finds what a regular expression matches, from left to right and without overlaps.",
        &[PATTERN, VALUE, NUMBER],
        Parameter::new("output", Type::Array(&Type::String), "the matches"),
        find_n,
    ),
    Builtin::of_leaves(
        "regex.find_all_string_submatch_n",
        "Finds what a regular expression and each of its groups match, from left to right and without overlaps.",
        &[PATTERN, VALUE, NUMBER],
        Parameter::new(
            "output",
            Type::Array(&Type::Array(&Type::String)),
            "for each match the whole and then its groups, empty for a group that took no part",
        ),
        find_all_string_submatch_n,
    ),
    Builtin::of_leaves(
        "regex.replace",
        "Replaces every match of a regular expression; `$1` and `${name}` in the replacement stand for groups.",
        &[
            Parameter::new("s", Type::String, "the string to search in"),
            PATTERN,
            Parameter::new("value", Type::String, "what to put in place of a match"),
        ],
        Parameter::new("output", Type::String, "`s` with all replacements made"),
        replace,
    ),
    Builtin::of_leaves(
        "regex.template_match",
        "Tells whether a string is what a template describes: plain text with regular expressions between delimiters.",
        &[
            Parameter::new("template", Type::String, "the template, such as `urn:foo:{.*}`"),
            Parameter::new("value", Type::String, "the string to compare"),
            Parameter::new("delimiter_start", Type::String, "one character that starts an expression"),
            Parameter::new("delimiter_end", Type::String, "one character that ends it"),
        ],
        Parameter::new("result", Type::Boolean, "`true` if it is"),
        template_match,
    ),
    Builtin::of_leaves(
        "regex.globs_match",
        "Tells whether some string matches two patterns at once, made of characters, `.`, `[a-z]`, `*`, `+` and `\\`.",
        &[
            Parameter::new("glob1", Type::String, "the first pattern"),
            Parameter::new("glob2", Type::String, "the second pattern"),
        ],
        Parameter::new("result", Type::Boolean, "`true` if there is such a string that is not empty"),
        globs_match,
    ),
];

const MATCH: Builtin = Builtin::of_leaves(
    "regex.match",
    "Tells whether a regular expression matches somewhere in a string.",
    &[PATTERN, VALUE],
    Parameter::new("result", Type::Boolean, "`true` if it does"),
    matches,
);

/// Largest compiled pattern; what is larger is refused as Go refuses what is too large for it.
const COMPILED_BYTES_MAX: usize = 10 << 20;
/// As deep as Go lets groups nest.
const NESTING_MAX: u32 = 1_000;

/// The compiled pattern, from the cache or into it.
fn compiled<'c>(caches: &'c mut Caches, pattern: &str) -> std::result::Result<&'c Regex, BuiltinError> {
    if !caches.regexes.contains_key(pattern) {
        let regex = compile(pattern)?;
        if caches.regexes.len() >= CACHED_PATTERNS_MAX {
            caches.regexes.clear();
        }
        caches.regexes.insert(pattern.into(), regex);
    }
    caches.regexes.get(pattern).ok_or_else(|| BuiltinError::failed("pattern cache is empty"))
}

pub(super) fn compile(pattern: &str) -> std::result::Result<Regex, BuiltinError> {
    let translated = go_regex::translate(pattern).map_err(BuiltinError::failed)?;
    RegexBuilder::new(&translated)
        .size_limit(COMPILED_BYTES_MAX)
        .nest_limit(NESTING_MAX)
        .build()
        .map_err(|_| BuiltinError::failed(go_regex::error("expression too large", pattern)))
}

fn matches<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (pattern, value) = (string(operands, 0)?, string(operands, 1)?);
    Ok(Some(compiled(context.caches, pattern)?.is_match(value).into()))
}

fn is_valid<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let valid = any(operands, 0).as_str().is_some_and(|pattern| compiled(context.caches, pattern).is_ok());
    Ok(Some(valid.into()))
}

fn split<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (pattern, value) = (string(operands, 0)?, string(operands, 1)?);
    let (arena, regex) = (context.arena, compiled(context.caches, pattern)?);
    if value.is_empty() && !pattern.is_empty() {
        return Ok(Some(arena.array(&[Value::EMPTY_STRING])));
    }
    let mut parts = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in regex.find_iter(value) {
        end = found.start();
        // An empty match at the very start cuts nothing off.
        if found.end() != 0 {
            parts.push(arena.borrowed(value.get(start..end).unwrap_or_default()));
        }
        start = found.end();
    }
    if end != value.len() {
        parts.push(arena.borrowed(value.get(start..).unwrap_or_default()));
    }
    Ok(Some(arena.array(&parts)))
}

/// How many matches are wanted: all when the number is negative.
fn limit(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn find_n<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (pattern, value, number) = (string(operands, 0)?, string(operands, 1)?, integer(operands, 2)?);
    let (arena, regex) = (context.arena, compiled(context.caches, pattern)?);
    let found: Vec<_> = regex.find_iter(value).take(limit(number)).map(|m| arena.borrowed(m.as_str())).collect();
    Ok(Some(arena.array(&found)))
}

fn find_all_string_submatch_n<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (pattern, value, number) = (string(operands, 0)?, string(operands, 1)?, integer(operands, 2)?);
    let (arena, regex) = (context.arena, compiled(context.caches, pattern)?);
    let group =
        |group: Option<::regex::Match<'a>>| group.map_or(Value::EMPTY_STRING, |group| arena.borrowed(group.as_str()));
    let found: Vec<_> = regex
        .captures_iter(value)
        .take(limit(number))
        .map(|captures| arena.array(&captures.iter().map(group).collect::<Vec<_>>()))
        .collect();
    Ok(Some(arena.array(&found)))
}

fn replace<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (value, pattern, replacement) = (string(operands, 0)?, string(operands, 1)?, string(operands, 2)?);
    let (arena, regex) = (context.arena, compiled(context.caches, pattern)?);
    if !regex.is_match(value) {
        return Ok(Some(any(operands, 0)));
    }
    let template = Template::parse(replacement, regex);
    text::build(arena, |out| {
        let mut last = 0;
        for captures in regex.captures_iter(value) {
            let Some(whole) = captures.get(0) else { continue };
            out.write_str(value.get(last..whole.start()).unwrap_or_default())?;
            template.expand(out, &captures)?;
            last = whole.end();
        }
        out.write_str(value.get(last..).unwrap_or_default())
    })
    .map(Some)
}

/// A replacement with `$` references, as Go's `Regexp.Expand` reads it.
struct Template<'t> {
    pieces: Vec<Piece<'t>>,
}

enum Piece<'t> {
    Literal(&'t str),
    Group(usize),
}

impl<'t> Template<'t> {
    fn parse(mut rest: &'t str, regex: &Regex) -> Self {
        let mut pieces = Vec::new();
        while let Some((before, after)) = rest.split_once('$') {
            pieces.push(Piece::Literal(before));
            if let Some(after) = after.strip_prefix('$') {
                pieces.push(Piece::Literal("$"));
                rest = after;
                continue;
            }
            let Some((name, after)) = reference(after) else {
                pieces.push(Piece::Literal("$"));
                rest = after;
                continue;
            };
            rest = after;
            let index = if name.bytes().all(|byte| byte.is_ascii_digit()) {
                name.parse().ok()
            } else {
                regex.capture_names().position(|candidate| candidate == Some(name))
            };
            // A group that does not exist matches nothing.
            pieces.extend(index.map(Piece::Group));
        }
        pieces.push(Piece::Literal(rest));
        Self { pieces }
    }

    fn expand(&self, out: &mut dyn Write, captures: &::regex::Captures<'_>) -> std::fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Literal(literal) => out.write_str(literal),
            Piece::Group(index) => out.write_str(captures.get(*index).map_or("", |group| group.as_str())),
        })
    }
}

/// The name after a `$`, with or without braces, and what follows; the name is as long as it can be.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (braced, text) = text.strip_prefix('{').map_or((false, text), |inside| (true, inside));
    let length = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(length).filter(|(name, _)| !name.is_empty())?;
    if braced { rest.strip_prefix('}').map(|rest| (name, rest)) } else { Some((name, rest)) }
}

fn template_match<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (template, value) = (string(operands, 0)?, string(operands, 1)?);
    let (start, end) = (delimiter(operands, 2, "start")?, delimiter(operands, 3, "end")?);
    let parts = template_parts(template, start, end)?;
    let mut pattern = String::from("^");
    for (is_expression, part) in &parts {
        if *is_expression {
            let _ = write!(pattern, "({part})");
        } else {
            quote_meta(&mut pattern, part);
        }
    }
    pattern.push('$');
    if !context.caches.regexes.contains_key(pattern.as_str()) {
        // Each must be an expression by itself: `<a)(b>` is none.
        for (_, part) in parts.iter().filter(|(is_expression, _)| *is_expression) {
            compile(&format!("^{part}$"))?;
        }
    }
    Ok(Some(compiled(context.caches, &pattern)?.is_match(value).into()))
}

fn delimiter(operands: &[Value<'_>], index: usize, name: &str) -> std::result::Result<u8, BuiltinError> {
    match string(operands, index)?.as_bytes() {
        [byte] => Ok(*byte),
        bytes => {
            let problem = format!("{name} delimiter has to be exactly one character long but is {} long", bytes.len());
            Err(BuiltinError::failed(problem))
        }
    }
}

/// Plain text and expressions in turn; delimiters nest.
fn template_parts(template: &str, start: u8, end: u8) -> std::result::Result<Vec<(bool, &str)>, BuiltinError> {
    let unbalanced =
        || BuiltinError::failed(format!("unbalanced braces in {}", go_format::quote(template, '"', false)));
    let mut parts = Vec::new();
    let (mut level, mut from) = (0_usize, 0);
    for (at, byte) in template.bytes().enumerate() {
        if byte == start {
            level += 1;
            if level == 1 {
                parts.push((false, template.get(from..at).unwrap_or_default()));
                from = at + 1;
            }
        } else if byte == end {
            level = level.checked_sub(1).ok_or_else(unbalanced)?;
            if level == 0 {
                parts.push((true, template.get(from..at).unwrap_or_default()));
                from = at + 1;
            }
        }
    }
    if level != 0 {
        return Err(unbalanced());
    }
    parts.push((false, template.get(from..).unwrap_or_default()));
    Ok(parts)
}

fn quote_meta(out: &mut String, literal: &str) {
    for c in literal.chars() {
        if matches!(c, '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
}

fn globs_match<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (first, second) = (string(operands, 0)?, string(operands, 1)?);
    globs_intersect::intersect(first, second).map(|found| Some(found.into())).map_err(BuiltinError::failed)
}

#[cfg(test)]
#[path = "regex_tests.rs"]
mod tests;
