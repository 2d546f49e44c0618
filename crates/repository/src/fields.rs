//! Reading the fields of `provost.yaml`: each has its type, and unknown ones are mistakes with their place.

use formats::Format;
use std::sync::Arc;
use value::{Diagnostic, Pointer, Source, Span, Value, nearest};

/// So much of a number is shown.
const DIGITS_MAX: usize = 24;

/// The mistakes of one file.
pub(crate) struct Mistakes<'m> {
    pub(crate) source: &'m Arc<Source>,
    pub(crate) diagnostics: &'m mut Vec<Diagnostic>,
}

impl Mistakes<'_> {
    /// Where something stands in the file.
    pub(crate) fn span(&self, at: &Pointer) -> Span {
        formats::locate(self.source, Format::Yaml, 0, at).unwrap_or_default()
    }

    pub(crate) fn add(&mut self, at: &Pointer, message: impl Into<String>, help: impl Into<String>) {
        let diagnostic = Diagnostic::new("configuration_error", message, self.source, self.span(at));
        self.diagnostics.push(diagnostic.help(help));
    }

    fn wrong_type(&mut self, at: &Pointer, expected: &str, found: Value<'_>) {
        self.wrong(at, expected, &described(found));
    }

    fn wrong(&mut self, at: &Pointer, expected: &str, found: &str) {
        let name = at.0.last().map_or_else(|| "the file".to_owned(), named);
        self.add(at, format!("{name} must be {expected}, not {found}"), "see `provost init` for an example");
    }

    /// Complains about the keys of `object` that are not among `known`.
    pub(crate) fn refuse_unknown(&mut self, at: &Pointer, object: Value<'_>, known: &[&str]) {
        for key in object.as_object().into_iter().flat_map(|object| object.keys()) {
            let name = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
            if !known.contains(&name.as_str()) {
                self.unknown_word(&at.join(name.as_str()), "key", &name, known);
            }
        }
    }

    /// Complains that `word` is none of `known`.
    pub(crate) fn unknown_word(&mut self, at: &Pointer, what: &str, word: &str, known: &[&str]) {
        let help = match nearest(word, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("use `{}`", known.join("`, `")),
        };
        self.add(at, format!("`{word}` is no {what} here"), help);
    }

    /// A string.
    pub(crate) fn text<'v>(&mut self, at: &Pointer, value: Value<'v>) -> Option<&'v str> {
        if value.as_str().is_none() {
            self.wrong_type(at, "a string", value);
        }
        value.as_str()
    }

    /// A boolean.
    pub(crate) fn boolean(&mut self, at: &Pointer, value: Value<'_>) -> Option<bool> {
        if value.as_bool().is_none() {
            self.wrong_type(at, "`true` or `false`", value);
        }
        value.as_bool()
    }

    /// A whole number above zero.
    pub(crate) fn positive(&mut self, at: &Pointer, value: Value<'_>) -> Option<u64> {
        let number = value.as_i64().and_then(|number| u64::try_from(number).ok()).filter(|number| *number > 0);
        if number.is_none() {
            const EXPECTED: &str = "a whole number above zero";
            match value {
                Value::Int(found) => self.wrong(at, EXPECTED, &found.to_string()),
                Value::Number(found) => self.wrong(at, EXPECTED, &shortened(&found.to_string())),
                _ => self.wrong_type(at, EXPECTED, value),
            }
        }
        number
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        at: &Pointer,
        what: &str,
        value: Value<'_>,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(at, value)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.unknown_word(at, what, text, &names);
        }
        found
    }

    /// An array of strings, or one string.
    pub(crate) fn texts(&mut self, at: &Pointer, value: Value<'_>) -> Vec<String> {
        match value {
            Value::String(text) => vec![text.to_string()],
            Value::Array(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    texts.extend(self.text(&at.join(index), item).map(str::to_owned));
                }
                texts
            }
            other => {
                self.wrong_type(at, "an array of strings", other);
                Vec::new()
            }
        }
    }

    /// The entries of an object whose keys are strings.
    pub(crate) fn entries<'v>(&mut self, at: &Pointer, value: Value<'v>) -> Vec<(Pointer, &'v str, Value<'v>)> {
        let Value::Object(object) = value else {
            self.wrong_type(at, "an object", value);
            return Vec::new();
        };
        let mut entries = Vec::with_capacity(object.len());
        for (key, value) in object.iter() {
            match key.as_str() {
                Some(key) => entries.push((at.join(key), key, value)),
                None => self.add(at, format!("the key `{key}` must be a string"), "put it in quotes"),
            }
        }
        entries
    }
}

fn named(segment: &value::Segment) -> String {
    match segment {
        value::Segment::Key(key) => format!("`{key}`"),
        value::Segment::Index(index) => format!("item {}", index + 1),
    }
}

/// A number may have as many digits as somebody likes to write.
fn shortened(digits: &str) -> String {
    match digits.get(..DIGITS_MAX) {
        Some(first) if first.len() < digits.len() => format!("{first}..."),
        _ => digits.to_owned(),
    }
}

fn described(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) | Value::Object(_) | Value::Unknown(_) => format!("an {}", value.type_name()),
        _ => format!("a {}", value.type_name()),
    }
}
