//! Keeps sensitive values out of everything that leaves the process.

use std::borrow::Cow;
use value::{Arena, Pointer, Segment, Value};

/// What stands in place of a sensitive value.
const MASK: &str = "(sensitive)";

/// Values shorter than this, in bytes, are masked only where they stand as a word of their own.
const ANYWHERE_MIN: usize = 4;

/// Lines of a longer secret that are at least this long are masked on their own too: whoever prints a key indented, or one
/// line of it, still prints the key.
const LINE_MIN: usize = 8;

/// Replaces every occurrence of sensitive values.
///
/// A value of four bytes or more is masked wherever it occurs, inside of other words too, as it stands and as JSON escapes
/// it. A shorter one, such as `1`, and the words `true`, `false` and `null` are masked where they are a whole word:
/// masking them anywhere would leave no text readable, and a digit inside a longer number tells nobody what it is. An empty
/// value hides nothing. Where masks meet or overlap they become one, so that not even the lengths show.
#[derive(Clone, Debug, Default)]
pub struct Scrubber {
    secrets: Vec<Secret>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Secret {
    text: String,
    word_only: bool,
}

impl Scrubber {
    /// A scrubber for `values`.
    pub fn new<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> Self {
        let mut scrubber = Self::default();
        for value in values {
            scrubber.add(value.as_ref());
        }
        scrubber
    }

    /// Hides one more value.
    pub fn add(&mut self, value: &str) {
        self.insert(value);
        let quoted = value::json::quote(value);
        self.insert(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default());
        if value.contains('\n') {
            value.lines().map(str::trim).filter(|line| line.len() >= LINE_MIN).for_each(|line| self.insert(line));
        }
    }

    fn insert(&mut self, text: &str) {
        if text.trim().is_empty() || self.secrets.iter().any(|secret| secret.text == text) {
            return;
        }
        let word_only = text.len() < ANYWHERE_MIN || matches!(text, "true" | "false" | "null");
        self.secrets.push(Secret { text: text.to_owned(), word_only });
    }

    /// Whether nothing is hidden.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// `text` without sensitive values.
    pub fn scrub<'t>(&self, text: &'t str) -> Cow<'t, str> {
        // Places are looked up in the text as it was: a mask must not be searched, or a value such as `sens` would mask masks.
        let mut places: Vec<(usize, usize)> = Vec::new();
        for secret in &self.secrets {
            let mut from = 0;
            while let Some(found) = text.get(from..).and_then(|rest| rest.find(&secret.text)) {
                let (start, end) = (from + found, from + found + secret.text.len());
                if !secret.word_only || is_word(text, start, end) {
                    places.push((start, end));
                }
                // One character on, not past the end: occurrences of `aa` overlap in `aaa`.
                from = start + text.get(start..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            }
        }
        if places.is_empty() {
            return Cow::Borrowed(text);
        }
        places.sort_unstable();
        let mut scrubbed = String::with_capacity(text.len());
        let mut done: Option<usize> = None;
        for (start, end) in places {
            match done {
                Some(until) if start <= until => done = Some(until.max(end)),
                _ => {
                    scrubbed.push_str(text.get(done.unwrap_or(0)..start).unwrap_or_default());
                    scrubbed.push_str(MASK);
                    done = Some(end);
                }
            }
        }
        scrubbed.push_str(text.get(done.unwrap_or(0)..).unwrap_or_default());
        Cow::Owned(scrubbed)
    }

    /// Replaces sensitive values in `text`.
    pub fn scrub_in_place(&self, text: &mut String) {
        if let Cow::Owned(scrubbed) = self.scrub(text) {
            *text = scrubbed;
        }
    }

    /// `value` without sensitive values: in strings, in keys, and numbers and booleans that are themselves sensitive.
    pub fn scrub_value<'a>(&self, arena: &'a Arena, value: Value<'a>) -> Value<'a> {
        if self.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => match self.scrub(text.as_str()) {
                Cow::Borrowed(_) => value,
                Cow::Owned(scrubbed) => arena.string(&scrubbed),
            },
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.scrub_value(arena, item)).collect();
                arena.array(&items)
            }
            Value::Set(members) => {
                let members: Vec<_> = members.iter().map(|member| self.scrub_value(arena, member)).collect();
                arena.set(&members)
            }
            Value::Object(object) => {
                let scrubbed = |(key, value)| (self.scrub_value(arena, key), self.scrub_value(arena, value));
                let entries: Vec<_> = object.iter().map(scrubbed).collect();
                arena.object(&entries)
            }
            Value::Unknown(unknown) => arena.unknown(&self.scrub(unknown.place), &self.scrub(unknown.reason)),
            Value::Null => value,
            Value::Bool(_) | Value::Int(_) | Value::Number(_) => {
                let text = value.to_string();
                match self.scrub(&text) {
                    Cow::Borrowed(_) => value,
                    Cow::Owned(scrubbed) => arena.string(&scrubbed),
                }
            }
        }
    }

    /// `pointer` without sensitive values in its keys.
    pub fn scrub_pointer(&self, pointer: &mut Pointer) {
        for segment in &mut pointer.0 {
            if let Segment::Key(key) = segment {
                self.scrub_in_place(key);
            }
        }
    }
}

/// Whether `text[start..end]` is not a part of a longer word or number.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    let after = text.get(end..).and_then(|after| after.chars().next());
    !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
}

#[cfg(test)]
#[path = "scrubber_tests.rs"]
mod tests;
