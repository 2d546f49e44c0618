//! Reading the fields of `custom.provost`: each has its type, and unknown ones are mistakes.

use rego::annotations::Annotations;
use std::sync::Arc;
use value::{Diagnostic, Pointer, Source, Value, nearest};

/// The object at `custom.provost` of one block.
pub(crate) struct Fields<'b> {
    source: &'b Arc<Source>,
    annotations: &'b Annotations,
    object: Value<'b>,
    pointer: Pointer,
}

impl<'b> Fields<'b> {
    /// The block's fields; none when it has no `provost` key.
    pub(crate) fn of(
        source: &'b Arc<Source>,
        annotations: &'b Annotations,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let object = annotations.custom.root().get_str("provost")?;
        let fields = Self { source, annotations, object, pointer: Pointer::root().join("custom").join("provost") };
        if object.as_object().is_none() {
            diagnostics.push(fields.mistake(&fields.pointer, "`provost` must be an object, such as `id: COST-001`"));
            return None;
        }
        Some(fields)
    }

    /// Complains about every key that is not among `known`.
    pub(crate) fn refuse_unknown(&self, known: &[&str], diagnostics: &mut Vec<Diagnostic>) {
        for key in self.object.as_object().into_iter().flat_map(|object| object.keys()) {
            let name = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
            if known.contains(&name.as_str()) {
                continue;
            }
            let mistake = self.mistake(&self.at(&name), format!("`provost` has no key `{name}`"));
            diagnostics.push(match nearest(&name, known.iter().copied()) {
                Some(meant) => mistake.help(format!("did you mean `{meant}`?")),
                None => mistake.help(format!("its keys are `{}`", known.join("`, `"))),
            });
        }
    }

    /// The place of a field.
    pub(crate) fn at(&self, key: &str) -> Pointer {
        self.pointer.join(key)
    }

    /// A mistake at a place in the block.
    pub(crate) fn mistake(&self, pointer: &Pointer, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new("policy_metadata_error", message, self.source, self.annotations.locate(pointer))
    }

    /// The value at `key` unless it is absent or null.
    pub(crate) fn get(&self, key: &str) -> Option<Value<'b>> {
        self.object.get_str(key).filter(|value| !matches!(value, Value::Null))
    }

    /// A string.
    pub(crate) fn text(&self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<&'b str> {
        let value = self.get(key)?;
        if value.as_str().is_none() {
            diagnostics
                .push(self.mistake(&self.at(key), format!("`{key}` must be a string, not {}", described(value))));
        }
        value.as_str()
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)], diagnostics: &mut Vec<Diagnostic>) -> Option<T> {
        let text = self.text(key, diagnostics)?;
        self.choose(&self.at(key), key, text, words, diagnostics)
    }

    /// The meaning of `text` among `words`.
    pub(crate) fn choose<T: Copy>(
        &self,
        pointer: &Pointer,
        key: &str,
        text: &str,
        words: &[(&str, T)],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            let mistake = self.mistake(pointer, format!("`{text}` is no `{key}`"));
            diagnostics.push(match nearest(text, names.iter().copied()) {
                Some(meant) => mistake.help(format!("did you mean `{meant}`?")),
                None => mistake.help(format!("use `{}`", names.join("`, `"))),
            });
        }
        found
    }

    /// An array of strings, or one string; each with its place.
    pub(crate) fn list(&self, key: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Pointer, &'b str)> {
        let pointer = self.at(key);
        let expected = format!("`{key}` must be an array of strings");
        match self.get(key) {
            None => Vec::new(),
            Some(Value::String(text)) => vec![(pointer, text.as_str())],
            Some(Value::Array(items)) => {
                if items.is_empty() {
                    let mistake =
                        self.mistake(&pointer, format!("`{key}` is empty, so that the policy would apply nowhere"));
                    diagnostics.push(mistake.help("name what it applies to, or leave the key out to apply it to all"));
                }
                let mut list = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    let place = pointer.join(index);
                    match item.as_str() {
                        Some(text) => list.push((place, text)),
                        None => diagnostics.push(self.mistake(&place, format!("{expected}, not {}", described(item)))),
                    }
                }
                list
            }
            Some(other) => {
                diagnostics.push(self.mistake(&pointer, format!("{expected}, not {}", described(other))));
                Vec::new()
            }
        }
    }
}

/// A value's type as people say it.
pub(crate) fn described(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) | Value::Object(_) | Value::Unknown(_) => format!("an {}", value.type_name()),
        _ => format!("a {}", value.type_name()),
    }
}
