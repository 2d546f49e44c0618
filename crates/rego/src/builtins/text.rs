//! Building strings in the arena, within a limit.

use super::BuiltinError;
use std::cell::Cell;
use std::fmt::{self, Write};
use value::{Arena, Value};

/// Longest string a builtin builds. Widths, replacements and indents multiply what they are given, so that a short
/// policy could otherwise ask for more memory than there is.
pub(super) const TEXT_BYTES_MAX: usize = 64 << 20;

/// The string that `write` writes, built in the arena without a copy on the heap.
pub(super) fn build<'a, F>(arena: &'a Arena, write: F) -> Result<Value<'a>, BuiltinError>
where
    F: Fn(&mut dyn Write) -> fmt::Result,
{
    let text = Bounded { write, exceeded: Cell::new(false) };
    let value = arena.format(format_args!("{text}"));
    if text.exceeded.get() {
        return Err(BuiltinError::failed(format!("result is longer than {TEXT_BYTES_MAX} bytes")));
    }
    Ok(value)
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

struct Bounded<F> {
    write: F,
    exceeded: Cell<bool>,
}

impl<F: Fn(&mut dyn Write) -> fmt::Result> fmt::Display for Bounded<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counting = Counting { to: f, left: TEXT_BYTES_MAX };
        let result = (self.write)(&mut counting);
        if result.is_err() {
            // What is written to is memory, so the limit is the only reason to fail.
            self.exceeded.set(true);
        }
        Ok(())
    }
}

struct Counting<'f, 'g> {
    to: &'f mut fmt::Formatter<'g>,
    left: usize,
}

impl Write for Counting<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.checked_sub(text.len()).ok_or(fmt::Error)?;
        self.to.write_str(text)
    }
}
