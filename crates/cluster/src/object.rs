//! What an API server says about objects: pages of a list, and events of a watch.

use crate::error::ClientError;
use crate::kind::Served;
use kubernetes_types::KubernetesObject;
use std::sync::Arc;
use value::json::{self, ParseLimits};
use value::{Arena, Frozen, Value};

/// Nothing deeper is an object: API servers refuse to store it.
const DEPTH_MAX: usize = 500;

/// Where an object is among those of its kind: namespace, empty for none, and name.
pub(crate) type Key = (String, String);

/// An object of a list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) key: Key,
    /// `metadata.resourceVersion`
    pub(crate) version: String,
    /// None when it is known in this version.
    pub(crate) object: Option<Arc<Frozen>>,
}

/// Some of the objects of a list.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) objects: Vec<Listed>,
    /// What the list as a whole is true for.
    pub(crate) version: String,
    /// What to ask for next; none on the last page.
    pub(crate) rest: Option<String>,
}

/// What has happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// An object was made or changed.
    Put { key: Key, version: String, object: Arc<Frozen> },
    /// An object is gone.
    Removed { key: Key, version: String },
    /// Nothing, up to this version.
    Bookmark { version: String },
}

impl Page {
    /// Reads a page. Objects that are known in the version that they have are not copied.
    pub(crate) fn read(
        bytes: &[u8],
        served: &Served,
        mut is_known: impl FnMut(&Key, &str) -> bool,
    ) -> Result<Self, ClientError> {
        let arena = Arena::with_capacity(bytes.len());
        let list = parse(&arena, bytes)?;
        let items = list.get_str("items").unwrap_or_default();
        let items = match items {
            Value::Null => None,
            items => Some(items.as_array().ok_or_else(|| wrong("`items` is no array"))?),
        };
        let read = |item: Value<'_>| {
            let (key, version) = named(item)?;
            let object = (!is_known(&key, &version)).then(|| kept(item, served)).transpose()?;
            Ok(Listed { key, version, object })
        };
        let metadata = list.get_str("metadata").unwrap_or_default();
        Ok(Self {
            objects: items.into_iter().flat_map(|items| items.iter()).map(read).collect::<Result<_, ClientError>>()?,
            version: text(metadata, "resourceVersion").ok_or_else(|| wrong("a list without `resourceVersion`"))?,
            rest: text(metadata, "continue"),
        })
    }
}

impl Event {
    /// Reads an event.
    ///
    /// # Errors
    /// When it is none, or says that something went wrong.
    pub(crate) fn read(bytes: &[u8], served: &Served) -> Result<Self, ClientError> {
        let arena = Arena::new();
        let event = parse(&arena, bytes)?;
        let object = event.get_str("object").unwrap_or_default();
        match event.get_str("type").and_then(Value::as_str) {
            Some("ADDED" | "MODIFIED") => {
                let (key, version) = named(object)?;
                Ok(Self::Put { key, version, object: kept(object, served)? })
            }
            Some("DELETED") => named(object).map(|(key, version)| Self::Removed { key, version }),
            Some("BOOKMARK") => {
                let metadata = object.get_str("metadata").unwrap_or_default();
                let version = text(metadata, "resourceVersion");
                version.map(|version| Self::Bookmark { version }).ok_or_else(|| wrong("a bookmark of nothing"))
            }
            Some("ERROR") => {
                let status = object.get_str("code").and_then(Value::as_i64).and_then(|code| u16::try_from(code).ok());
                let message = text(object, "message").unwrap_or_default();
                Err(ClientError::Status { status: status.unwrap_or(500), message })
            }
            _ => Err(wrong("an event of no type that there is")),
        }
    }
}

fn parse<'a>(arena: &'a Arena, bytes: &[u8]) -> Result<Value<'a>, ClientError> {
    let limits = ParseLimits { depth_max: DEPTH_MAX, ..ParseLimits::default() };
    json::parse(arena, bytes, &limits).map_err(|error| ClientError::Answer(error.to_string()))
}

fn wrong(reason: &str) -> ClientError {
    ClientError::Answer(reason.to_owned())
}

fn text(object: Value<'_>, key: &str) -> Option<String> {
    object.get_str(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn named(object: Value<'_>) -> Result<(Key, String), ClientError> {
    let read = KubernetesObject::new(object);
    let version = text(object.get_str("metadata").unwrap_or_default(), "resourceVersion");
    match (read.name(), version) {
        ("", _) | (_, None) => Err(wrong("an object without a name or a `resourceVersion`")),
        (name, Some(version)) => Ok(((read.namespace().to_owned(), name.to_owned()), version)),
    }
}

/// The object as it is kept: with its type, which lists leave out, and without who wrote which of its fields, which is half of it and
/// says nothing about what exists.
fn kept(object: Value<'_>, served: &Served) -> Result<Arc<Frozen>, ClientError> {
    let arena = Arena::new();
    let fields = object.as_object().into_iter().flat_map(|object| object.iter());
    let mut entries = vec![
        (arena.borrowed("apiVersion"), arena.borrowed(&served.api_version)),
        (arena.borrowed("kind"), arena.borrowed(&served.kind)),
    ];
    for (key, value) in fields {
        match key.as_str() {
            Some("apiVersion" | "kind") => {}
            Some("metadata") => {
                let own = value.as_object().into_iter().flat_map(|metadata| metadata.iter());
                let own: Vec<_> = own.filter(|(key, _)| key.as_str() != Some("managedFields")).collect();
                entries.push((key, arena.object(&own)));
            }
            _ => entries.push((key, value)),
        }
    }
    let text = json::to_string(arena.object(&entries));
    // What is read from text takes less than half the memory of a copy.
    let limits = ParseLimits { depth_max: DEPTH_MAX, ..ParseLimits::default() };
    Frozen::from_json(text.as_bytes(), &limits).map(Arc::new).map_err(|error| ClientError::Answer(error.to_string()))
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
