//! What is taken out of events.

use crate::bundle::patch_path;
use crate::data_path::name_of;
use crate::edit::{self, Edit};
use decision::Mask;
use value::{Arena, Pointer, Segment, Value, json};

/// One rule of `data.system.log.mask`.
#[derive(Clone, Debug)]
pub(crate) struct MaskRule<'a> {
    /// Where in the event: below `input`, `result` or `nd_builtin_cache`.
    path: Pointer,
    /// As it is written.
    text: &'a str,
    /// What stands there instead; nothing when it is removed.
    replacement: Option<Value<'a>>,
}

/// The parts of an event that the record keeps too.
const RECORDED: [&str; 2] = ["input", "result"];

/// What hides all of an event that is in the record, for when nobody can tell what is to be hidden.
pub(crate) fn whole_masks() -> Vec<Mask> {
    RECORDED.iter().map(|&part| Mask { path: vec![part.to_owned()], replacement: None }).collect()
}

impl MaskRule<'_> {
    /// The same rule for the record, when it is about the input or the result: the record has digests of both as they were, and
    /// masks them when it writes them down.
    pub(crate) fn of_record(&self) -> Option<Mask> {
        let path: Vec<String> = self.path.0.iter().map(name_of).collect();
        let of_record = path.first().is_some_and(|first| RECORDED.contains(&first.as_str()));
        of_record.then(|| Mask { path, replacement: self.replacement.map(json::to_string) })
    }
}

/// The rules that a mask decision gave: strings such as `/input/password`, or objects with `op`, `path` and `value`.
///
/// # Errors
/// What is no rule, in words.
pub(crate) fn mask_rules(decision: Value<'_>) -> Result<Vec<MaskRule<'_>>, String> {
    match decision {
        Value::Array(rules) => rules.iter().map(mask_rule).collect(),
        Value::Set(rules) => rules.iter().map(mask_rule).collect(),
        other => Err(format!("the mask decision must be a set or an array, and it is {}", other.type_name())),
    }
}

fn mask_rule(rule: Value<'_>) -> Result<MaskRule<'_>, String> {
    let (text, replacement) = match rule {
        Value::String(text) => (text.as_str(), None),
        Value::Object(object) => {
            let text = object.get_str("path").and_then(Value::as_str).ok_or("a mask rule needs a `path`")?;
            match object.get_str("op").and_then(Value::as_str) {
                Some("remove") => (text, None),
                Some("upsert") => (text, Some(object.get_str("value").unwrap_or_default())),
                other => return Err(format!("mask op is not supported: {}", other.unwrap_or_default())),
            }
        }
        other => return Err(format!("a mask rule must be a string or an object, and this is {}", other.type_name())),
    };
    if !text.starts_with('/') {
        return Err(format!("mask must be slash-prefixed: `{text}`"));
    }
    let path = patch_path(text).ok_or_else(|| format!("`{text}` is no path"))?;
    match path.0.first() {
        Some(Segment::Key(first)) if matches!(first.as_str(), "input" | "result" | "nd_builtin_cache") => {
            Ok(MaskRule { path, text, replacement })
        }
        _ => Err(format!("mask prefix not allowed: `{text}`")),
    }
}

/// The event without what the rules take out, with what they put in instead; `erased` and `masked` tell of both.
pub(crate) fn mask<'a>(arena: &'a Arena, event: Value<'a>, rules: &[MaskRule<'a>]) -> Value<'a> {
    let mut event = event;
    let (mut erased, mut masked) = (Vec::new(), Vec::new());
    for rule in rules {
        let root = Pointer(rule.path.0.iter().take(1).cloned().collect());
        if edit::find(event, &root).is_none() {
            continue;
        }
        let is_there = edit::find(event, &rule.path).is_some();
        let (change, told) = match rule.replacement {
            None => (Edit::Remove, &mut erased),
            Some(value) if is_there => (Edit::Replace(value), &mut masked),
            Some(value) => (Edit::Put(value), &mut masked),
        };
        // A path that leads nowhere takes nothing out.
        if let Ok(changed) = edit::apply(arena, event, &rule.path, change) {
            event = changed;
            told.push(arena.string(rule.text));
        }
    }
    let lists = [("erased", erased), ("masked", masked)];
    let lists: Vec<_> = lists
        .into_iter()
        .filter(|(_, paths)| !paths.is_empty())
        .map(|(name, paths)| (arena.borrowed(name), arena.array(&paths)))
        .collect();
    if lists.is_empty() {
        return event;
    }
    let entries: Vec<_> = event.as_object().into_iter().flat_map(|event| event.iter()).chain(lists).collect();
    arena.object(&entries)
}
