//! Trees without their places.

use std::fmt::Debug;

/// How a tree looks, places left out: what is printed and read again stands elsewhere.
pub fn shape(tree: &impl Debug) -> String {
    const PLACE: &str = "Span { start: ";
    let debug = format!("{tree:?}");
    let mut parts = debug.split(PLACE);
    let mut shape = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shape.push_str(part.split_once('}').map_or(part, |(_, after)| after));
    }
    shape
}
