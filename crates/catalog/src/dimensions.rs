//! Tags under the organisation's own names.

use crate::settings::{Dimension, DimensionKey, Settings};
use value::{Arena, Value};

/// The tags of a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tags<'a> {
    /// What policies see as `tags`: an object, or Unknown.
    pub(crate) all: Value<'a>,
    /// Where `all` is Unknown: the tags that are certain nevertheless.
    pub(crate) certain: Value<'a>,
}

impl<'a> Tags<'a> {
    pub(crate) const NONE: Self = Self { all: Value::EMPTY_OBJECT, certain: Value::EMPTY_OBJECT };

    /// Tags that are all told.
    pub(crate) const fn known(object: Value<'a>) -> Self {
        Self { all: object, certain: object }
    }

    /// The text of one of them.
    pub(crate) fn text(self, key: &str) -> Option<&'a str> {
        self.certain.get_str(key)?.as_str()
    }
}

/// The dimensions that tags give. A blank tag gives none; one that nobody can tell yet gives an Unknown leaf.
pub(crate) fn of<'a>(arena: &'a Arena, settings: &Settings, provider: &str, tags: Tags<'a>) -> Value<'a> {
    let mut entries = Vec::new();
    for dimension in &settings.dimensions {
        let found = find(dimension, provider, tags.certain);
        let value = match (found, tags.all) {
            (Some(value), _) => value,
            (None, Value::Unknown(leaf)) if counts_on(dimension, provider) => {
                arena.unknown_or_absent(&format!("dimensions.{}", dimension.name), leaf.reason)
            }
            (None, _) => continue,
        };
        entries.push((arena.string(&dimension.name), value));
    }
    arena.object(&entries)
}

fn counts_on(dimension: &Dimension, provider: &str) -> bool {
    dimension.keys.iter().any(|key| key.provider.as_deref().is_none_or(|wanted| wanted == provider))
}

fn find<'a>(dimension: &Dimension, provider: &str, tags: Value<'a>) -> Option<Value<'a>> {
    let tags = tags.as_object()?;
    let wanted = |key: &&DimensionKey| key.provider.as_deref().is_none_or(|wanted| wanted == provider);
    dimension.keys.iter().filter(wanted).find_map(|DimensionKey { key, .. }| {
        let exact = tags.get_str(key).filter(says_something);
        if exact.is_some() || provider != "kubernetes" || key.contains('/') {
            return exact;
        }
        tags.iter().find_map(|(name, value)| {
            let (_, suffix) = name.as_str()?.rsplit_once('/')?;
            (suffix == key && says_something(&value)).then_some(value)
        })
    })
}

fn says_something(value: &Value<'_>) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    }
}
