//! Paths into documents.

use crate::document::Value;
use std::fmt;

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A key of an object.
    Key(String),
    /// A position in an array, from 0.
    Index(usize),
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Segment::Key(key.to_owned())
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Segment::Index(index)
    }
}

/// A path from the root of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(pub Vec<Segment>);

impl Pointer {
    /// The root.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The path one step further.
    #[must_use]
    pub fn join(&self, segment: impl Into<Segment>) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment.into());
        Self(segments)
    }

    /// What stands there.
    pub fn resolve<'a>(&self, document: Value<'a>) -> Option<Value<'a>> {
        self.0.iter().try_fold(document, |value, segment| match (segment, value) {
            (Segment::Key(key), Value::Object(object)) => object.get_str(key),
            (Segment::Index(index), Value::Array(array)) => array.get(*index),
            _ => None,
        })
    }
}

/// RFC 6901: `/a/0/b~1c`; the root is empty.
impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.0 {
            match segment {
                Segment::Key(key) => write!(f, "/{}", key.replace('~', "~0").replace('/', "~1"))?,
                Segment::Index(index) => write!(f, "/{index}")?,
            }
        }
        Ok(())
    }
}
