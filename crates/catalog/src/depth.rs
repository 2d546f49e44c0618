//! The one bound on nesting, checked before anything walks a document by recursion.

use crate::error::CatalogError;
use value::Value;

/// How deeply what is read here may nest: far above any real plan or manifest, far below what a thread's stack holds, and what the
/// readers of `formats` allow.
pub const DEPTH_MAX: usize = 500;

/// Refuses a document that is nested deeper than [`DEPTH_MAX`].
pub(crate) fn check(document: Value<'_>) -> Result<(), CatalogError> {
    if fits(document, DEPTH_MAX) { Ok(()) } else { Err(CatalogError::Depth { limit: DEPTH_MAX }) }
}

/// Whether no more than `levels` lie below `value`. It goes no deeper itself.
fn fits(value: Value<'_>, levels: usize) -> bool {
    let below = |part: Value<'_>| match (is_bare(part), levels.checked_sub(1)) {
        (true, below) => below.is_some(),
        (false, below) => below.is_some_and(|below| fits(part, below)),
    };
    match value {
        Value::Array(array) => array.iter().all(below),
        Value::Set(set) => set.iter().all(below),
        Value::Object(object) => object.iter().all(|(key, value)| below(key) && below(value)),
        _ => true,
    }
}

/// What holds nothing is not worth a call: most of a document is such.
const fn is_bare(value: Value<'_>) -> bool {
    !value.is_container()
}
