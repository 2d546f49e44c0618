//! Writing JSON.

use crate::document::Value;
use crate::json::scan;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Writes `value` as JSON without white space.
///
/// Sets are arrays; a key that is not a string becomes the string of its JSON text, as in OPA, and the entries of such an
/// object are ordered by those strings; an Unknown leaf is the object
/// `{"$unknown": "<reason>"}`.
///
/// # Errors
/// What `out` returns.
pub fn write(out: &mut impl Write, value: Value<'_>) -> fmt::Result {
    write_at(out, value, None)
}

/// Writes `value` as JSON, one item a line, two spaces a level; otherwise as [`write()`].
///
/// # Errors
/// What `out` returns.
pub fn write_pretty(out: &mut impl Write, value: Value<'_>) -> fmt::Result {
    write_at(out, value, Some(0))
}

/// `value` as JSON without white space.
pub fn to_string(value: Value<'_>) -> String {
    /// Most findings and keys fit, and a document grows from here in few steps.
    const ROOM: usize = 128;
    let mut text = String::with_capacity(ROOM);
    // Writing to a string never fails.
    let _ = write(&mut text, value);
    text
}

/// `value` as JSON, one item a line, two spaces a level.
pub fn to_string_pretty(value: Value<'_>) -> String {
    let mut text = String::new();
    // Writing to a string never fails.
    let _ = write_pretty(&mut text, value);
    text
}

/// How long `value` is as JSON at the least, in bytes: escapes are not counted, and counting ends where it passes `enough`.
///
/// Values share their parts, so that a small one can be very long; this takes no longer than `enough` allows.
pub fn length_at_least(value: Value<'_>, enough: u64) -> u64 {
    const QUOTES: u64 = 2;
    const SEPARATOR: u64 = 1;
    let mut length = 0_u64;
    let mut add = |part: Value<'_>, more: u64| {
        length = length.saturating_add(length_at_least(part, enough.saturating_sub(length))).saturating_add(more);
        length <= enough
    };
    let all_counted = match value {
        Value::Null => return "null".len() as u64,
        Value::Bool(truth) => return if *truth { "true" } else { "false" }.len() as u64,
        Value::Int(number) => return u64::from(number.checked_abs().and_then(i64::checked_ilog10).unwrap_or(0)) + 1,
        Value::Number(_) | Value::Unknown(_) => return 1,
        Value::String(text) => return text.len() as u64 + QUOTES,
        Value::Array(items) => items.iter().all(|item| add(item, SEPARATOR)),
        Value::Set(members) => members.iter().all(|member| add(member, SEPARATOR)),
        Value::Object(object) => object.iter().all(|(key, value)| add(key, SEPARATOR) && add(value, SEPARATOR)),
    };
    // The separators of all but the last item stand for one of the brackets.
    length.saturating_add(if all_counted { SEPARATOR } else { 0 })
}

/// `text` as a JSON string, quotes included.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    // Writing to a string never fails.
    let _ = write_string(&mut quoted, text);
    quoted
}

/// `level` is the indentation, `None` when there is none.
fn write_at(out: &mut impl Write, value: Value<'_>, level: Option<usize>) -> fmt::Result {
    match value {
        Value::Null => out.write_str("null"),
        Value::Bool(true) => out.write_str("true"),
        Value::Bool(false) => out.write_str("false"),
        Value::Int(n) => write_integer(out, n),
        Value::Number(n) => out.write_str(n.text()),
        Value::String(s) => write_string(out, s),
        Value::Array(array) => write_items(out, array.iter(), level),
        Value::Set(set) => write_items(out, set.iter(), level),
        Value::Object(object) => {
            // Keys are sorted by kind first: where both ends are strings, all are.
            let is_text = |key: Option<Value<'_>>| matches!(key, None | Some(Value::String(_)));
            if is_text(object.keys().next()) && is_text(object.keys().next_back()) {
                let entries = object.iter().map(|(key, value)| (key.as_str().unwrap_or_default(), value));
                return write_entries(out, entries, level);
            }
            let entries: BTreeMap<String, Value<'_>> =
                object.iter().map(|(key, value)| (key_text(key), value)).collect();
            write_entries(out, entries.iter().map(|(key, &value)| (key.as_str(), value)), level)
        }
        Value::Unknown(unknown) => {
            out.write_str(if level.is_some() { "{\"$unknown\": " } else { "{\"$unknown\":" })?;
            write_string(out, unknown.reason)?;
            out.write_char('}')
        }
    }
}

/// The string that a key becomes.
fn key_text(key: Value<'_>) -> String {
    key.as_str().map_or_else(|| to_string(key), str::to_owned)
}

fn write_entries<'e, 'a: 'e>(
    out: &mut impl Write,
    entries: impl ExactSizeIterator<Item = (&'e str, Value<'a>)>,
    level: Option<usize>,
) -> fmt::Result {
    if entries.len() == 0 {
        return out.write_str("{}");
    }
    let inner = level.map(|level| level + 1);
    out.write_char('{')?;
    for (i, (key, value)) in entries.enumerate() {
        if i > 0 {
            out.write_char(',')?;
        }
        break_line(out, inner)?;
        write_string(out, key)?;
        out.write_str(if inner.is_some() { ": " } else { ":" })?;
        write_at(out, value, inner)?;
    }
    break_line(out, level)?;
    out.write_char('}')
}

fn write_items<'a>(
    out: &mut impl Write,
    items: impl ExactSizeIterator<Item = Value<'a>>,
    level: Option<usize>,
) -> fmt::Result {
    if items.len() == 0 {
        return out.write_str("[]");
    }
    let inner = level.map(|level| level + 1);
    out.write_char('[')?;
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.write_char(',')?;
        }
        break_line(out, inner)?;
        write_at(out, item, inner)?;
    }
    break_line(out, level)?;
    out.write_char(']')
}

fn break_line(out: &mut impl Write, level: Option<usize>) -> fmt::Result {
    let Some(level) = level else { return Ok(()) };
    out.write_char('\n')?;
    (0..level).try_for_each(|_| out.write_str("  "))
}

/// The digits of `n`, without the machinery of formatting: integers are most of what a document holds besides strings.
fn write_integer(out: &mut impl Write, n: i64) -> fmt::Result {
    /// A sign and nineteen digits.
    const LENGTH_MAX: usize = 20;
    let mut buffer = [0_u8; LENGTH_MAX];
    let mut rest = n.unsigned_abs();
    let mut start = LENGTH_MAX;
    for slot in buffer.iter_mut().rev() {
        *slot = b'0' + (rest % 10) as u8;
        rest /= 10;
        start -= 1;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        start -= 1;
        if let Some(slot) = buffer.get_mut(start) {
            *slot = b'-';
        }
    }
    out.write_str(buffer.get(start..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default())
}

/// `text` as a JSON string.
pub(crate) fn write_string(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut start = 0;
    loop {
        let end = scan::special_from(text.as_bytes(), start);
        out.write_str(text.get(start..end).unwrap_or_default())?;
        match text.as_bytes().get(end) {
            Some(b'"') => out.write_str("\\\"")?,
            Some(b'\\') => out.write_str("\\\\")?,
            Some(b'\n') => out.write_str("\\n")?,
            Some(b'\r') => out.write_str("\\r")?,
            Some(b'\t') => out.write_str("\\t")?,
            Some(0x08) => out.write_str("\\b")?,
            Some(0x0C) => out.write_str("\\f")?,
            Some(other) => write!(out, "\\u{other:04x}")?,
            None => return out.write_char('"'),
        }
        start = end + 1;
    }
}
