//! The resources as the catalog sees them.

use crate::style::Style;
use crate::table::Table;
use crate::text::single_line;
use decision::{Member, Scrubber};
use value::{Arena, Value, json};

/// Tags beyond this many are counted, not named: Kubernetes objects carry dozens.
const TAGS_MAX: usize = 6;

/// Narrower terminals do without what the address and the dimensions mostly say already: the type and the raw tags.
const ROOMY_COLUMNS: usize = 160;

const HEADERS: &[&str] = &["class", "type", "address", "action", "region", "accelerators", "dimensions", "tags"];

/// What `show` writes about.
#[derive(Clone, Copy, Debug)]
pub struct Resources<'r, 'a> {
    /// The resources in their order, governed or not.
    pub members: &'r [Member<'a>],
    /// What must not leave.
    pub scrubber: &'r Scrubber,
}

/// A table for people; it ends with a line break.
pub fn render(resources: &Resources<'_, '_>, style: &Style) -> String {
    let arena = Arena::new();
    let row = |member: &Member<'_>| {
        let resource = &member.resource;
        let scrub = |text: &str| single_line(&resources.scrubber.scrub(text));
        let value = resources.scrubber.scrub_value(&arena, arena.copy(resource.value));
        let field = |name: &str| value.get_str(name).unwrap_or_default();
        // The table leaves out columns that are empty in every row.
        let if_roomy = |text: String| if style.width >= ROOMY_COLUMNS { text } else { String::new() };
        vec![
            resource.class.as_str().to_owned(),
            if_roomy(scrub(resource.kind)),
            scrub(resource.address),
            resource.action.as_str().to_owned(),
            single_line(&plain(field("region"))),
            single_line(&accelerators(field("accelerators"))),
            single_line(&pairs(field("dimensions"), usize::MAX)),
            if_roomy(single_line(&pairs(field("tags"), TAGS_MAX))),
        ]
    };
    let mut text = Table { headers: HEADERS, rows: resources.members.iter().map(row).collect() }.render(style);
    if text.is_empty() {
        text.push_str("no resources\n");
    }
    text
}

/// JSON for programs: an array, one object a resource. Unknown leaves are `{"$unknown": "why"}`.
pub fn render_json(resources: &Resources<'_, '_>) -> String {
    let arena = Arena::new();
    let object = |member: &Member<'_>| {
        let resource = &member.resource;
        let pointer = resource.pointer.to_string();
        let entries = [
            ("file", arena.string(member.file)),
            ("document", Value::Int(i64::try_from(member.document).unwrap_or(i64::MAX))),
            ("pointer", arena.string(&pointer)),
            ("source", arena.string(resource.source.as_str())),
            ("action", arena.string(resource.action.as_str())),
            ("governed", resource.governed.into()),
            ("resource", arena.copy(resource.value)),
        ];
        let entries = entries.map(|(key, value)| (arena.string(key), resources.scrubber.scrub_value(&arena, value)));
        // Keys are ours, values are scrubbed one by one: a secret that reads `action` must not rename a field.
        arena.object(&entries)
    };
    let members: Vec<_> = resources.members.iter().map(object).collect();
    let mut text = json::to_string_pretty(arena.array(&members));
    text.push('\n');
    text
}

/// A leaf as people read it; nothing for null.
fn plain(value: Value<'_>) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.as_str().to_owned(),
        Value::Unknown(_) => "unknown".to_owned(),
        other => other.to_string(),
    }
}

/// `8 A100, 2 gpu`
fn accelerators(value: Value<'_>) -> String {
    let Some(array) = value.as_array() else { return plain(value) };
    let accelerator = |item: Value<'_>| {
        if item.is_unknown() {
            return plain(item);
        }
        let field = |name: &str| item.get_str(name).map(plain).unwrap_or_default();
        let model = if field("model").is_empty() { field("kind") } else { field("model") };
        format!("{} {model}", field("count"))
    };
    array.iter().map(accelerator).collect::<Vec<_>>().join(", ")
}

/// `a=1, b=2, 4 more`
fn pairs(value: Value<'_>, most: usize) -> String {
    let Some(object) = value.as_object() else { return plain(value) };
    if object.len() > 1 && object.values().all(Value::is_unknown) {
        return plain(Value::UNKNOWN);
    }
    let mut pairs: Vec<_> = object.iter().take(most).map(|(k, v)| format!("{}={}", plain(k), plain(v))).collect();
    if object.len() > most {
        pairs.push(format!("{} more", object.len() - most));
    }
    pairs.join(", ")
}
