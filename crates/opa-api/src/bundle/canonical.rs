//! The text of a document that bundle signatures are about: white space and the order of keys do not matter, the digits of
//! numbers do.
//!
//! Signatures cover `data.json`, `data.yaml` and `.manifest` as documents and every other file as bytes. The text is JSON as
//! Go writes it: keys sorted by their bytes, no white space, numbers as they stand in the file where that is JSON. Of YAML OPA
//! makes 64-bit numbers first.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use value::json::{self, ParseLimits};
use value::{Arena, Value, number};

/// The canonical text of a JSON document.
///
/// # Errors
/// When it is none.
pub(crate) fn of_json(bytes: &[u8]) -> Result<String, String> {
    // Reading it once makes sure of its syntax and its depth, so that what follows need not.
    let arena = Arena::new();
    json::parse(&arena, bytes, &ParseLimits::default()).map_err(|error| error.to_string())?;
    let text = json::utf8(bytes).map_err(|error| error.to_string())?;
    let mut reader = Reader { text, at: 0 };
    let mut canonical = String::with_capacity(text.len());
    reader.value().write(&mut canonical);
    Ok(canonical)
}

/// The canonical text of a document that was read from YAML.
pub(crate) fn of_value(value: Value<'_>) -> String {
    let arena = Arena::new();
    let mut canonical = String::new();
    Node::of_yaml(&arena, value).write(&mut canonical);
    canonical
}

/// A number as Go has it after YAML: whole ones up to 64 bits as they are, every other as the shortest text of the nearest
/// float (`yaml.YAMLToJSON` of `sigs.k8s.io/yaml`).
fn number_of_yaml(arena: &Arena, value: Value<'_>) -> String {
    let is_whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match value {
        Value::Number(number) if !(is_whole(number.text()) && number::to_u64(value).is_some()) => {
            json::to_string(number::from_f64(arena, number::to_f64(value)).unwrap_or(value))
        }
        _ => json::to_string(value),
    }
}

enum Node<'t> {
    /// A number, `true`, `false` or `null`, as it stands.
    Plain(Cow<'t, str>),
    Text(Cow<'t, str>),
    Array(Vec<Node<'t>>),
    Object(BTreeMap<Cow<'t, str>, Node<'t>>),
}

impl<'t> Node<'t> {
    fn of_yaml(arena: &Arena, value: Value<'t>) -> Self {
        match value {
            Value::String(text) => Self::Text(Cow::Borrowed(text.as_str())),
            Value::Array(items) => Self::Array(items.iter().map(|item| Self::of_yaml(arena, item)).collect()),
            Value::Object(object) => {
                let name = |key: Value<'t>| Cow::Borrowed(key.as_str().unwrap_or_default());
                Self::Object(object.iter().map(|(key, value)| (name(key), Self::of_yaml(arena, value))).collect())
            }
            Value::Int(_) | Value::Number(_) => Self::Plain(Cow::Owned(number_of_yaml(arena, value))),
            other => Self::Plain(Cow::Owned(json::to_string(other))),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Text(text) => write_text(text, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// A string as Go's encoder writes it with HTML left alone.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string never fails.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Reads a text that is known to be one JSON document.
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    /// Whether the next token is this one; it is taken then.
    fn takes(&mut self, token: char) -> bool {
        self.skip_space();
        let taken = self.rest().starts_with(token);
        self.at += usize::from(taken);
        taken
    }

    fn value(&mut self) -> Node<'t> {
        if self.takes('[') {
            let mut items = Vec::new();
            while !self.takes(']') && !self.rest().is_empty() {
                items.push(self.value());
                self.takes(',');
            }
            return Node::Array(items);
        }
        if self.takes('{') {
            let mut entries = BTreeMap::new();
            while !self.takes('}') && !self.rest().is_empty() {
                let key = self.text();
                self.takes(':');
                // Of equal keys the last one counts, as in OPA.
                entries.insert(key, self.value());
                self.takes(',');
            }
            return Node::Object(entries);
        }
        if self.rest().starts_with('"') {
            return Node::Text(self.text());
        }
        let rest = self.rest();
        let end = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
        self.at += end.max(1).min(rest.len());
        Node::Plain(Cow::Borrowed(rest.get(..end).unwrap_or_default()))
    }

    fn text(&mut self) -> Cow<'t, str> {
        self.skip_space();
        let rest = self.rest();
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        });
        let end = end.map_or(rest.len(), |inner| inner + 2);
        self.at += end;
        let quoted = rest.get(..end).unwrap_or_default();
        if !quoted.contains('\\') {
            return Cow::Borrowed(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default());
        }
        let arena = Arena::new();
        let text = json::parse(&arena, quoted.as_bytes(), &ParseLimits::default()).ok();
        Cow::Owned(text.and_then(Value::as_str).unwrap_or_default().to_owned())
    }
}

#[cfg(test)]
#[path = "canonical_tests.rs"]
mod tests;
