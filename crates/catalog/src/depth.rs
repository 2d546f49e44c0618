//! The one bound on nesting, checked before anything walks a document by recursion.

use crate::error::CatalogError;
use value::Value;

/// Far above any real plan or manifest, far below what a thread's stack holds, and what the readers of `formats` allow.
pub(crate) const DEPTH_MAX: usize = 500;

/// Refuses a document that is nested deeper than [`DEPTH_MAX`].
pub(crate) fn check(document: Value<'_>) -> Result<(), CatalogError> {
    let mut waiting = vec![(document, 0)];
    while let Some((value, depth)) = waiting.pop() {
        if depth > DEPTH_MAX {
            return Err(CatalogError::Depth { limit: DEPTH_MAX });
        }
        match value {
            Value::Array(array) => waiting.extend(array.iter().map(|item| (item, depth + 1))),
            Value::Set(set) => waiting.extend(set.iter().map(|member| (member, depth + 1))),
            Value::Object(object) => {
                waiting.extend(object.iter().flat_map(|(key, value)| [(key, depth + 1), (value, depth + 1)]));
            }
            _ => {}
        }
    }
    Ok(())
}
