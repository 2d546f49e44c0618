//! Where the providers of Terraform keep tags.

use super::merge::REASON;
use crate::dimensions::Tags;
use crate::tables::Row;
use value::{Arena, Value};

/// The effective tags of a resource.
pub(super) fn of<'a>(arena: &'a Arena, row: &Row, facts: Value<'a>) -> Tags<'a> {
    let attribute = |name: &str| facts.get_str(name).filter(|value| !matches!(value, Value::Null));
    if let Some(blocks) = row.tags.as_deref().and_then(attribute) {
        return of_blocks(arena, blocks);
    }
    let own = attribute("tags").map(|tags| object(arena, tags));
    let effective = ["tags_all", "effective_labels", "terraform_labels"].into_iter().find_map(attribute);
    match (effective, own) {
        (Some(Value::Unknown(_)), Some(own)) => Tags { all: unknown(arena), certain: own.certain },
        (Some(effective), _) => object(arena, effective),
        (None, Some(own)) => own,
        (None, None) => attribute("labels").map_or(Tags::NONE, |labels| object(arena, labels)),
    }
}

fn unknown(arena: &Arena) -> Value<'_> {
    arena.unknown("tags", REASON)
}

/// A map of tags. A tag that is set to null is none.
fn object<'a>(arena: &'a Arena, tags: Value<'a>) -> Tags<'a> {
    match tags {
        Value::Object(object) if object.values().any(|value| matches!(value, Value::Null)) => {
            let kept: Vec<_> = object.iter().filter(|(_, value)| !matches!(value, Value::Null)).collect();
            Tags::known(arena.object(&kept))
        }
        Value::Object(_) => Tags::known(tags),
        Value::Unknown(_) => Tags { all: unknown(arena), certain: Value::EMPTY_OBJECT },
        // Some providers have lists of words that they call tags.
        _ => Tags::NONE,
    }
}

/// The `tag { key, value }` blocks of an auto scaling group.
fn of_blocks<'a>(arena: &'a Arena, blocks: Value<'a>) -> Tags<'a> {
    let Some(blocks) = blocks.as_array() else {
        return Tags { all: unknown(arena), certain: Value::EMPTY_OBJECT };
    };
    let mut entries = Vec::with_capacity(blocks.len());
    let mut all_told = true;
    for block in blocks.iter() {
        match block.get_str("key") {
            Some(key @ Value::String(_)) => entries.push((key, block.get_str("value").unwrap_or(Value::EMPTY_STRING))),
            _ => all_told = false,
        }
    }
    let certain = arena.object(&entries);
    Tags { all: if all_told { certain } else { unknown(arena) }, certain }
}
