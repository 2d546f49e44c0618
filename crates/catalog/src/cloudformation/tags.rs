//! The shapes that CloudFormation gives tags.

use crate::dimensions::Tags;
use crate::path;
use crate::tables::Row;
use value::{Arena, Value};

/// The tags in a resource's properties.
pub(super) fn of<'a>(arena: &'a Arena, row: &Row, properties: Value<'a>) -> Tags<'a> {
    if let Value::Unknown(leaf) = properties {
        return Tags { all: arena.unknown("tags", leaf.reason), certain: Value::EMPTY_OBJECT };
    }
    let usual = ["Tags", "TagSpecifications", "tags"];
    let places = row.tags.as_deref().into_iter().chain(usual);
    let Some(found) = places.filter_map(|place| path::first(arena, properties, place)).next() else {
        return Tags::NONE;
    };
    let mut entries = Vec::new();
    let unknown = collect(found, &mut entries);
    let certain = arena.object(&entries);
    let all = unknown.map_or(certain, |reason| arena.unknown("tags", reason));
    Tags { all, certain }
}

/// Adds every tag; answers why there may be others.
fn collect<'a>(tags: Value<'a>, entries: &mut Vec<(Value<'a>, Value<'a>)>) -> Option<&'a str> {
    match tags {
        Value::Unknown(leaf) => Some(leaf.reason),
        Value::Object(object) => {
            entries.extend(object.iter().filter(|(_, value)| !matches!(value, Value::Null)));
            None
        }
        Value::Array(array) => {
            let mut unknown = None;
            for item in array.iter() {
                let reason = match (text(item, ["Key", "key", "TagKey"]), item.get_str("Tags")) {
                    (Some(Value::Unknown(leaf)), _) => Some(leaf.reason),
                    (Some(key), _) => {
                        entries.push((key, text(item, ["Value", "value", "TagValue"]).unwrap_or(Value::EMPTY_STRING)));
                        None
                    }
                    // Tag specifications: a list of tags for each type of resource.
                    (None, Some(tags)) => collect(tags, entries),
                    (None, None) => match item {
                        Value::Unknown(leaf) => Some(leaf.reason),
                        _ => None,
                    },
                };
                unknown = unknown.or(reason);
            }
            unknown
        }
        _ => None,
    }
}

fn text<'a>(item: Value<'a>, names: [&str; 3]) -> Option<Value<'a>> {
    names.into_iter().find_map(|name| item.get_str(name)).filter(|value| !matches!(value, Value::Null))
}
