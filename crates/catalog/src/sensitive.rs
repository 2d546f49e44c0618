//! The texts that must never leave the process.

use std::collections::BTreeSet;
use value::{Value, json};

/// Collects them.
///
/// Of a marked value every string in it is one, whole and, where it has several lines, each line of some length; so is a
/// number of some length. Keys of a marked object are not: they are names such as `CostCenter`, which no message can do
/// without. Booleans are not: scrubbing `true` would hide nothing and spoil everything.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    texts: BTreeSet<String>,
}

/// A line or number shorter than this occurs everywhere by chance.
const LENGTH_MIN: usize = 6;

impl Secrets {
    /// Marks a value and everything in it.
    pub(crate) fn add(&mut self, value: Value<'_>) {
        let mut waiting = vec![value];
        while let Some(value) = waiting.pop() {
            match value {
                Value::String(text) => self.add_text(text.as_str()),
                Value::Int(_) | Value::Number(_) => {
                    let text = value.to_string();
                    if text.len() >= LENGTH_MIN {
                        self.texts.insert(text);
                    }
                }
                Value::Array(array) => waiting.extend(array.iter()),
                Value::Set(set) => waiting.extend(set.iter()),
                Value::Object(object) => waiting.extend(object.values()),
                Value::Null | Value::Bool(_) | Value::Unknown(_) => {}
            }
        }
    }

    /// Marks a text.
    pub(crate) fn add_text(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        self.texts.insert(text.to_owned());
        if text.contains('\n') {
            let lines = text.lines().map(str::trim).filter(|line| line.len() >= LENGTH_MIN);
            self.texts.extend(lines.map(str::to_owned));
        }
        // How it stands in a JSON text that a policy makes of it.
        let quoted = json::quote(text);
        let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
        if inner != text && !inner.is_empty() {
            self.texts.insert(inner.to_owned());
        }
    }

    /// Marks what `mask` says of `value`: `true` stands for a marked part, whole, at any depth.
    pub(crate) fn add_masked(&mut self, value: Value<'_>, mask: Value<'_>) {
        let mut waiting = vec![(value, mask)];
        while let Some((value, mask)) = waiting.pop() {
            match (value, mask) {
                (_, Value::Bool(true)) => self.add(value),
                (Value::Object(object), Value::Object(masks)) => {
                    waiting.extend(masks.iter().filter_map(|(key, mask)| Some((object.get(key)?, mask))));
                }
                (Value::Array(array), Value::Array(masks)) => waiting.extend(array.iter().zip(masks.iter())),
                _ => {}
            }
        }
    }

    /// Longest first, so that no part of a text is left over when it is scrubbed.
    pub(crate) fn finish(self) -> Vec<String> {
        let mut texts: Vec<String> = self.texts.into_iter().collect();
        texts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        texts
    }
}
