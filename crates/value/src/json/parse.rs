//! Reading JSON straight into an arena.

use crate::arena::Arena;
use crate::document::Value;
use crate::json::compact::Compact;
use crate::json::parser::Parser;
use crate::json::store::{Borrowing, Store};
use crate::number;
use crate::span::Position;
use std::fmt;

/// What a parse refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseLimits {
    /// Containers inside containers. Reading takes no stack, but writing, comparing, hashing and copying recurse: the
    /// default fits a stack of 2 MiB in a debug build, a larger limit asks for a larger stack.
    pub depth_max: usize,
    /// Length of the input in bytes.
    pub bytes_max: usize,
    /// What happens to a key that an object has already.
    pub duplicate_keys: DuplicateKeys,
}

impl Default for ParseLimits {
    fn default() -> Self {
        Self { depth_max: 1_000, bytes_max: usize::MAX, duplicate_keys: DuplicateKeys::LastWins }
    }
}

/// What happens to a key that an object has already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DuplicateKeys {
    /// The last value counts, as in OPA.
    #[default]
    LastWins,
    /// The input is refused.
    Refuse,
}

/// Why an input is not JSON, or not JSON that the limits allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// Where, in bytes from the start of the input; [`crate::Position::of`] turns it into line and column.
    pub offset: usize,
    /// What was found and what was expected.
    pub message: String,
    /// What kind of mistake it is.
    pub kind: JsonErrorKind,
}

impl JsonError {
    /// Line and column in the input that was read.
    pub fn position(&self, bytes: &[u8]) -> Position {
        // What comes before a mistake is UTF-8, even if the mistake is that the rest is not.
        let before = bytes.get(..self.offset).and_then(|before| std::str::from_utf8(before).ok()).unwrap_or_default();
        Position::of(before, u32::try_from(before.len()).unwrap_or(u32::MAX))
    }
}

/// Kinds of [`JsonError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// Not JSON.
    Syntax,
    /// The input ends too early.
    Incomplete,
    /// Not UTF-8.
    Encoding,
    /// Containers nest deeper than allowed.
    Depth,
    /// The input is longer than allowed.
    Size,
    /// An object has a key twice.
    DuplicateKey,
}

/// Reads one JSON document that is the whole of `bytes`.
///
/// The arena keeps one copy of the input, which strings without escapes point into.
///
/// # Errors
/// When `bytes` is not UTF-8, not one JSON document (RFC 8259), or exceeds `limits`.
pub fn parse<'a>(arena: &'a Arena, bytes: &[u8], limits: &ParseLimits) -> Result<Value<'a>, JsonError> {
    check_size(bytes.len(), limits)?;
    whole(arena.str(utf8(bytes)?), Borrowing::new(arena), limits)
}

/// Like [`parse`], with strings that borrow from `bytes` where they have no escapes.
///
/// # Errors
/// As [`parse`].
pub fn parse_borrowed<'a>(arena: &'a Arena, bytes: &'a [u8], limits: &ParseLimits) -> Result<Value<'a>, JsonError> {
    check_size(bytes.len(), limits)?;
    whole(utf8(bytes)?, Borrowing::new(arena), limits)
}

/// Like [`parse`], for documents that are kept: takes more time than [`parse`] and a fraction of its memory.
///
/// Nothing points into the input. Equal strings, equal small objects and arrays, and the keys of objects that have the same
/// ones stand in the arena once; arrays of small integers are packed; large objects get a table to find their keys by.
///
/// # Errors
/// As [`parse`].
pub fn parse_compact<'a>(arena: &'a Arena, bytes: &[u8], limits: &ParseLimits) -> Result<Value<'a>, JsonError> {
    check_size(bytes.len(), limits)?;
    whole(utf8(bytes)?, Compact::new(arena), limits)
}

/// Reads the JSON document that `text` begins with, and says how many bytes it takes, so that documents in a row can be
/// read one by one. Strings borrow from `text`.
///
/// # Errors
/// As [`parse`]; white space alone is an error of kind [`JsonErrorKind::Incomplete`].
pub fn parse_prefix<'a>(
    arena: &'a Arena,
    text: &'a str,
    limits: &ParseLimits,
) -> Result<(Value<'a>, usize), JsonError> {
    prefix(text, Borrowing::new(arena), limits)
}

/// [`parse_prefix`] with what [`parse_compact`] makes of a document.
///
/// # Errors
/// As [`parse_prefix`].
pub fn parse_prefix_compact<'a>(
    arena: &'a Arena,
    text: &str,
    limits: &ParseLimits,
) -> Result<(Value<'a>, usize), JsonError> {
    prefix(text, Compact::new(arena), limits)
}

fn prefix<'t, 'a, S: Store<'t, 'a>>(
    text: &'t str,
    store: S,
    limits: &ParseLimits,
) -> Result<(Value<'a>, usize), JsonError> {
    let mut parser = Parser::new(text, store, limits);
    let (value, end) = parser.read()?;
    check_size(end, limits)?;
    Ok((value, end))
}

/// The text of `bytes`.
///
/// # Errors
/// When they are not UTF-8, with the offset of the first byte that is wrong.
pub fn utf8(bytes: &[u8]) -> Result<&str, JsonError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let message = match bytes {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "expected UTF-8, found UTF-16".to_owned(),
            _ => format!("byte 0x{:02X} is not UTF-8", bytes.get(offset).copied().unwrap_or_default()),
        };
        JsonError { offset, message, kind: JsonErrorKind::Encoding }
    })
}

fn check_size(length: usize, limits: &ParseLimits) -> Result<(), JsonError> {
    if length <= limits.bytes_max {
        return Ok(());
    }
    let message = format!("the input has {length} bytes; {} are allowed", limits.bytes_max);
    Err(JsonError { offset: limits.bytes_max, message, kind: JsonErrorKind::Size })
}

fn whole<'t, 'a, S: Store<'t, 'a>>(text: &'t str, store: S, limits: &ParseLimits) -> Result<Value<'a>, JsonError> {
    let mut parser = Parser::new(text, store, limits);
    let (value, end) = parser.read()?;
    parser.end(end)?;
    Ok(value)
}

/// A mistake, before it is put into words.
#[derive(Debug)]
pub(super) struct Failure<'a> {
    pub(super) offset: usize,
    pub(super) problem: Problem<'a>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Problem<'a> {
    /// Something else was expected here.
    Expected(&'static str),
    /// A string has no closing quote.
    OpenString,
    ControlCharacter,
    Escape,
    Number,
    Depth(usize),
    DuplicateKey(&'a str),
}

impl Failure<'_> {
    #[cold]
    pub(super) fn explain(self, text: &str) -> JsonError {
        let rest = text.get(self.offset..).unwrap_or_default();
        let (kind, message) = match self.problem {
            Problem::Expected(_) if rest.starts_with('\u{FEFF}') && self.offset == 0 => (
                JsonErrorKind::Syntax,
                "JSON may not begin with a byte order mark (U+FEFF); save the file without one".to_owned(),
            ),
            Problem::Expected(what) if rest.is_empty() => {
                (JsonErrorKind::Incomplete, format!("expected {what}, found the end of the input"))
            }
            Problem::Expected(what) => (JsonErrorKind::Syntax, format!("expected {what}, found {}", Found(rest))),
            Problem::OpenString => (JsonErrorKind::Incomplete, "a string begins here that nothing closes".to_owned()),
            Problem::ControlCharacter => {
                let code = rest.chars().next().map_or(0, u32::from);
                (
                    JsonErrorKind::Syntax,
                    format!("control character U+{code:04X} in a string; write it as `\\u{code:04x}`"),
                )
            }
            Problem::Escape => {
                let escape: String = rest.chars().take(if rest.starts_with("\\u") { 6 } else { 2 }).collect();
                (JsonErrorKind::Syntax, format!("`{}` is not an escape of JSON", escape.escape_debug()))
            }
            Problem::Number => {
                /// Longer numbers are cut off.
                const SHOWN_BYTES_MAX: usize = 40;
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(rest.len());
                let number = rest.get(..end).unwrap_or_default();
                let exponent = number.split(['e', 'E']).nth(1).unwrap_or_default();
                let digits = exponent.trim_start_matches(['+', '-']).trim_start_matches('0');
                let reason = match digits.len() > number::EXPONENT_DIGITS_MAX {
                    true => "has too large an exponent",
                    false => "is not a number of JSON",
                };
                let (shown, more) = number.get(..SHOWN_BYTES_MAX).map_or((number, ""), |start| (start, "..."));
                (JsonErrorKind::Syntax, format!("`{shown}{more}` {reason}"))
            }
            Problem::Depth(depth_max) => {
                (JsonErrorKind::Depth, format!("arrays and objects nest deeper than {depth_max} levels"))
            }
            Problem::DuplicateKey(key) => (
                JsonErrorKind::DuplicateKey,
                format!("the object that ends here has the key {} twice", super::quote(key)),
            ),
        };
        JsonError { offset: self.offset, message, kind }
    }
}

/// The first thing in a text, as a message names it.
struct Found<'t>(&'t str);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Longer words are cut off.
        const CHARACTERS_MAX: usize = 32;
        let Some(first) = self.0.chars().next() else { return f.write_str("the end of the input") };
        if first == '"' {
            let after = self.0.get(1..).unwrap_or_default();
            let end = after.find(['"', '\n']).unwrap_or(after.len());
            let text = after.get(..end).unwrap_or_default();
            let shown: String = text.chars().take(CHARACTERS_MAX).collect();
            let more = if shown.len() < text.len() { "..." } else { "" };
            return write!(f, "`\"{}{more}\"`", shown.escape_debug());
        }
        if first.is_alphanumeric() || first == '-' || first == '_' {
            let is_word = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
            let word: String = self.0.chars().take_while(is_word).take(CHARACTERS_MAX).collect();
            return write!(f, "`{word}`");
        }
        if first.is_control() || first.is_whitespace() {
            return write!(f, "U+{:04X}", u32::from(first));
        }
        write!(f, "`{first}`")
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
