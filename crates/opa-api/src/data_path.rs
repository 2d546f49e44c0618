//! Paths of documents in URLs.

use percent_encoding::percent_decode_str;
use rego::DocumentPath;
use rustc_hash::FxHashMap;
use std::rc::Rc;
use value::{Pointer, Segment};

/// More names than this in a path are nobody's.
const SEGMENTS_MAX: usize = 1_000;

/// The document that a URL names behind `/v1/data`: percent-decoded names, whole numbers as positions. None when a name is no
/// UTF-8, or when there are too many of them.
pub(crate) fn parse(path: &str) -> Option<Pointer> {
    let mut segments = Vec::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        if segments.len() == SEGMENTS_MAX {
            return None;
        }
        segments.push(segment_of(percent_decode_str(segment).decode_utf8().ok()?.as_ref()));
    }
    Some(Pointer(segments))
}

/// A name, or the position that it is the digits of.
pub(crate) fn segment_of(text: &str) -> Segment {
    let is_number = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    match text.parse() {
        Ok(index) if is_number => Segment::Index(index),
        _ => Segment::Key(text.to_owned()),
    }
}

/// The name of a segment in an object.
pub(crate) fn name_of(segment: &Segment) -> String {
    match segment {
        Segment::Key(name) => name.clone(),
        Segment::Index(index) => index.to_string(),
    }
}

/// `a/b/0`, as OPA writes paths in messages and in the decision log.
pub(crate) fn shown(path: &Pointer) -> String {
    path.0.iter().map(name_of).collect::<Vec<_>>().join("/")
}

/// Paths as one thread has seen them, so that a path that is asked for again and again is read once.
#[derive(Debug, Default)]
pub(crate) struct PathCache {
    paths: FxHashMap<Box<str>, Rc<DocumentPath>>,
}

/// Paths kept by one thread. Callers choose the paths, so they must not grow it for ever.
const CACHED_PATHS_MAX: usize = 1_024;

impl PathCache {
    /// The path, and whether it was known.
    pub(crate) fn get(&mut self, path: &str) -> Option<(Rc<DocumentPath>, bool)> {
        if let Some(known) = self.paths.get(path) {
            return Some((Rc::clone(known), true));
        }
        let parsed = Rc::new(DocumentPath::from(parse(path)?));
        if self.paths.len() >= CACHED_PATHS_MAX {
            self.paths.clear();
        }
        self.paths.insert(path.into(), Rc::clone(&parsed));
        Some((parsed, false))
    }
}
