//! Reading the fields of a document, with the place of whatever is not as it should be.

use crate::mistake::{Mistake, MistakeKind};
use value::{Object, Pointer, Segment, Value, nearest};

/// The fields of an object at a place in a document. Null is the same as absent, as an API server has it.
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    object: Option<&'a Object<'a>>,
    pointer: Pointer,
}

impl<'a> Fields<'a> {
    /// The fields of a whole document.
    pub(crate) fn of_document(document: Value<'a>) -> Result<Self, Mistake> {
        Self::of(document, Pointer::root())
    }

    fn of(value: Value<'a>, pointer: Pointer) -> Result<Self, Mistake> {
        match value {
            Value::Null => Ok(Self { object: None, pointer }),
            Value::Object(object) => Ok(Self { object: Some(object), pointer }),
            other => Err(wrong_type(&pointer, "an object", other)),
        }
    }

    /// The place of the object.
    pub(crate) fn pointer(&self) -> &Pointer {
        &self.pointer
    }

    /// The place of a field.
    pub(crate) fn place(&self, key: &str) -> Pointer {
        self.pointer.join(key)
    }

    /// The value at `key`, whatever it is.
    pub(crate) fn value(&self, key: &str) -> Option<Value<'a>> {
        self.object?.get_str(key).filter(|value| !matches!(value, Value::Null))
    }

    /// The object at `key`; one without fields when there is none.
    pub(crate) fn object(&self, key: &str) -> Result<Self, Mistake> {
        Self::of(self.value(key).unwrap_or_default(), self.place(key))
    }

    /// The items at `key`, each with its place.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<(Value<'a>, Pointer)>, Mistake> {
        let place = self.place(key);
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                Ok(items.iter().enumerate().map(|(index, item)| (item, place.join(index))).collect())
            }
            Some(other) => Err(wrong_type(&place, "an array", other)),
        }
    }

    /// The items at `key`, which must be objects.
    pub(crate) fn objects(&self, key: &str) -> Result<Vec<Self>, Mistake> {
        self.list(key)?.into_iter().map(|(item, place)| Self::of(item, place)).collect()
    }

    /// The texts at `key`.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<String>, Mistake> {
        let text = |(item, place): (Value<'a>, Pointer)| {
            item.as_str().map(str::to_owned).ok_or_else(|| wrong_type(&place, "a string", item))
        };
        self.list(key)?.into_iter().map(text).collect()
    }

    /// The text at `key`; none when it is empty.
    pub(crate) fn text(&self, key: &str) -> Result<Option<&'a str>, Mistake> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(other) => Err(wrong_type(&self.place(key), "a string", other)),
        }
    }

    /// The text at `key`, which must be there.
    pub(crate) fn required_text(&self, key: &str) -> Result<&'a str, Mistake> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// The truth value at `key`.
    pub(crate) fn boolean(&self, key: &str) -> Result<Option<bool>, Mistake> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Bool(boolean)) => Ok(Some(*boolean)),
            Some(other) => Err(wrong_type(&self.place(key), "`true` or `false`", other)),
        }
    }

    /// That a field is not there.
    pub(crate) fn missing(&self, key: &str) -> Mistake {
        let message = format!("`{}` is missing", path(&self.place(key)));
        Mistake::new(MistakeKind::Schema, self.pointer.clone(), message)
    }

    /// That a field has a value that it must not have.
    pub(crate) fn wrong(&self, key: &str, message: impl Into<String>) -> Mistake {
        Mistake::new(MistakeKind::Schema, self.place(key), message)
    }

    /// Refuses fields other than `known`: a misspelt one would do nothing.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Mistake> {
        let keys = self.object.into_iter().flat_map(|object| object.keys()).filter_map(Value::as_str);
        match keys.into_iter().find(|key| !known.contains(key)) {
            None => Ok(()),
            Some(unknown) => Err(unknown_field(&self.place(unknown), known.iter().copied())),
        }
    }
}

/// That a field is not known, and what may have been meant.
pub(crate) fn unknown_field<'k>(pointer: &Pointer, known: impl IntoIterator<Item = &'k str>) -> Mistake {
    let word = match pointer.0.last() {
        Some(Segment::Key(key)) => key.as_str(),
        _ => "",
    };
    let message = format!("`{}` is no field that is known here", path(pointer));
    let mistake = Mistake::new(MistakeKind::UnknownField, pointer.clone(), message);
    match nearest(word, known) {
        Some(meant) => mistake.help(format!("did you mean `{meant}`?")),
        None => mistake.help("remove it, or correct its name: an API server would drop it"),
    }
}

/// That a value is of the wrong type.
pub(crate) fn wrong_type(pointer: &Pointer, expected: &str, found: Value<'_>) -> Mistake {
    let message = format!("`{}` must be {expected}, and is of type {}", path(pointer), found.type_name());
    Mistake::new(MistakeKind::Schema, pointer.clone(), message)
}

/// A path as people write it: `spec.match.kinds[0].kinds`.
pub(crate) fn path(pointer: &Pointer) -> String {
    let mut text = String::new();
    for segment in &pointer.0 {
        match segment {
            Segment::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}
