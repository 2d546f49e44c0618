//! What an API server fills in when a custom resource is stored.

use super::{Member, Schema};
use value::{Arena, Value};

impl Schema {
    /// What stands in for a value that is not given at all.
    pub fn default_value(&self) -> Option<Value<'_>> {
        self.default.as_ref().map(|default| default.root())
    }

    /// `value` with the schema's defaults where it says nothing. What it says stays, and null counts as nothing where the
    /// schema does not allow it.
    pub fn with_defaults<'a>(&'a self, arena: &'a Arena, value: Value<'a>) -> Value<'a> {
        match value {
            Value::Object(object) => {
                let mut entries: Vec<_> = Vec::with_capacity(object.len() + self.properties.len());
                for (key, value) in object.iter() {
                    let value = match self.member(key.as_str().unwrap_or_default()) {
                        Member::Like(schema) => schema.or_default(arena, value),
                        Member::Unsaid | Member::Refused | Member::Anything => value,
                    };
                    entries.push((key, value));
                }
                for (key, schema) in &self.properties {
                    if let Some(default) = schema.default.as_ref().filter(|_| object.get_str(key).is_none()) {
                        entries.push((arena.borrowed(key), schema.with_defaults(arena, default.root())));
                    }
                }
                arena.object(&entries)
            }
            Value::Array(array) => match &self.items {
                Some(items) => {
                    let items: Vec<_> = array.iter().map(|item| items.or_default(arena, item)).collect();
                    arena.array(&items)
                }
                None => value,
            },
            leaf => leaf,
        }
    }

    fn or_default<'a>(&'a self, arena: &'a Arena, value: Value<'a>) -> Value<'a> {
        match (&self.default, value) {
            (Some(default), Value::Null) if !self.nullable => self.with_defaults(arena, default.root()),
            _ => self.with_defaults(arena, value),
        }
    }
}
