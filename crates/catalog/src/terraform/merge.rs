//! A plan's `after` and `after_unknown` made one.

use value::{Arena, Value};

/// The reason of every leaf that a plan leaves open.
pub(super) const REASON: &str = "known only after apply";

/// `after` with an Unknown leaf wherever `unknown` says `true`.
pub(super) fn merge<'a>(arena: &'a Arena, after: Value<'a>, unknown: Value<'a>) -> Value<'a> {
    at(arena, after, unknown, &mut String::new())
}

fn at<'a>(arena: &'a Arena, after: Value<'a>, unknown: Value<'a>, place: &mut String) -> Value<'a> {
    match (after, unknown) {
        (_, Value::Bool(true)) => arena.unknown(place, REASON),
        (Value::Object(_) | Value::Null, Value::Object(marks)) => {
            if !has_mark(unknown) {
                return after;
            }
            let mut entries: Vec<_> = after.as_object().map(|object| object.iter().collect()).unwrap_or_default();
            for (key, mark) in marks.iter() {
                if !has_mark(mark) {
                    continue;
                }
                let there = after.as_object().and_then(|object| object.get(key)).unwrap_or(Value::Null);
                let length = place.len();
                if length > 0 {
                    place.push('.');
                }
                place.push_str(key.as_str().unwrap_or_default());
                entries.push((key, at(arena, there, mark, place)));
                place.truncate(length);
            }
            arena.object(&entries)
        }
        (Value::Array(_) | Value::Null, Value::Array(marks)) => {
            if !has_mark(unknown) {
                return after;
            }
            let mut items: Vec<_> = after.as_array().map(|array| array.iter().collect()).unwrap_or_default();
            for (index, mark) in marks.iter().enumerate() {
                if items.len() <= index {
                    items.push(Value::Null);
                }
                if !has_mark(mark) {
                    continue;
                }
                let length = place.len();
                place.push_str(&format!("[{index}]"));
                if let Some(item) = items.get_mut(index) {
                    *item = at(arena, *item, mark, place);
                }
                place.truncate(length);
            }
            arena.array(&items)
        }
        _ => after,
    }
}

/// Whether anything in a mask is marked.
fn has_mark(mask: Value<'_>) -> bool {
    match mask {
        Value::Bool(marked) => *marked,
        Value::Array(array) => array.iter().any(has_mark),
        Value::Object(object) => object.values().any(has_mark),
        _ => false,
    }
}
