//! Building strings in the arena, within a limit.

use super::BuiltinError;
use std::fmt::{self, Write};
use value::{Arena, Value};

/// Longest string a builtin builds. Widths, replacements and indents multiply what they are given, so that a short
/// policy could otherwise ask for more memory than there is.
pub(super) const TEXT_BYTES_MAX: usize = 64 << 20;

/// The string that `write` writes.
pub(super) fn build<'a>(
    arena: &'a Arena,
    write: impl FnOnce(&mut dyn Write) -> fmt::Result,
) -> Result<Value<'a>, BuiltinError> {
    Ok(arena.string(&written(write)?))
}

/// The same, for what is used here only.
pub(super) fn written(write: impl FnOnce(&mut dyn Write) -> fmt::Result) -> Result<String, BuiltinError> {
    /// As long as most strings are.
    const ROOM: usize = 128;
    let mut text = Bounded { text: String::with_capacity(ROOM) };
    // What is written to is memory, so the limit is the only reason to fail.
    write(&mut text).map_err(|_| too_long())?;
    Ok(text.text)
}

/// A value as JSON, within the limit.
pub(super) fn json(value: Value<'_>) -> Result<String, BuiltinError> {
    fits(value)?;
    written(|mut out| value::json::write(&mut out, value))
}

/// Refuses a value that is longer than the limit in writing. What becomes the text of a key is written before anybody sees how long it
/// is, so what writes keys asks first.
pub(super) fn fits(value: Value<'_>) -> Result<(), BuiltinError> {
    let bytes_max = u64::try_from(TEXT_BYTES_MAX).unwrap_or(u64::MAX);
    if value::json::length_at_least(value, bytes_max) > bytes_max { Err(too_long()) } else { Ok(()) }
}

/// The string that a key of an object is in JSON.
pub(super) fn json_key(key: Value<'_>) -> Result<String, BuiltinError> {
    key.as_str().map_or_else(|| json(key), |text| Ok(text.to_owned()))
}

/// A value as YAML, within the limit.
pub(super) fn yaml<'a>(arena: &'a Arena, value: Value<'_>) -> Result<Value<'a>, BuiltinError> {
    formats::yaml::to_string_within(value, TEXT_BYTES_MAX).map(|text| arena.string(&text)).ok_or_else(too_long)
}

/// A value in Rego notation, as far as a string may go: values share their parts, so that a small one can be very long in writing.
pub(crate) fn shown(value: Value<'_>) -> String {
    let mut text = Bounded { text: String::new() };
    // What does not fit is left out; a builtin that writes this much reaches its own limit.
    let _ = write!(text, "{value}");
    text.text
}

/// `parts`, with `delimiter` between each two.
pub(super) fn join<'a>(
    arena: &'a Arena,
    delimiter: &str,
    mut parts: impl Iterator<Item = &'a str> + Clone,
) -> Result<Value<'a>, BuiltinError> {
    let (count, bytes) = parts.clone().fold((0_usize, 0_usize), |(count, bytes), part| (count + 1, bytes + part.len()));
    let length = bytes.saturating_add(delimiter.len().saturating_mul(count.saturating_sub(1)));
    if length > TEXT_BYTES_MAX {
        return Err(too_long());
    }
    let mut text = String::with_capacity(length);
    if let Some(first) = parts.next() {
        text.push_str(first);
        for part in parts {
            text.push_str(delimiter);
            text.push_str(part);
        }
    }
    Ok(arena.string(&text))
}

#[cold]
fn too_long() -> BuiltinError {
    BuiltinError::failed(format!("result is longer than {TEXT_BYTES_MAX} bytes"))
}

/// Bytes that should be text. Like Go, each byte that belongs to no character becomes a replacement character.
pub(super) fn lossy(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// A string that does not grow beyond the limit.
struct Bounded {
    text: String,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() > TEXT_BYTES_MAX - self.text.len() {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}
