//! Taking out of a body what must not be written down, and putting Unknown there when it is read again.
//!
//! What was taken out is told beside the body, never inside it: a request that carries a mark of its own must not pass for one of
//! ours.

use crate::kubernetes_secret;
use decision::{Mask, Scrubber};
use std::collections::BTreeSet;
use thiserror::Error;
use value::json::{self, JsonError, ParseLimits};
use value::{Arena, Value};

/// The token that stands for any key and any position.
const ANY: &str = "*";

/// Deeper paths are nobody's.
const PATH_TOKENS_MAX: usize = 64;

/// Bodies that nest deeper are not masked, and so not kept.
const DEPTH_MAX: usize = 1_000;

/// What a mask cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MaskError {
    /// Not a JSON pointer.
    #[error("`{0}` is no JSON pointer: it begins with `/`, and `~` is followed by 0 or 1")]
    Pointer(String),
    /// A pointer to everything.
    #[error("a mask over the whole body would leave nothing: switch bodies off instead")]
    Root,
    /// More tokens than anybody needs.
    #[error("`{0}` has more than {PATH_TOKENS_MAX} parts")]
    Long(String),
    /// Not a rule of a mask policy.
    #[error(
        "{0} is no mask: it must be a JSON pointer, or an object with `op` (`remove` or `upsert`), `path` and `value`"
    )]
    Rule(String),
}

/// The mask that a JSON pointer (RFC 6901) names; `*` stands for any key or position.
///
/// # Errors
/// When it is no pointer, or points to the whole.
pub fn mask_at(pointer: &str, replacement: Option<String>) -> Result<Mask, MaskError> {
    let wrong = || MaskError::Pointer(pointer.to_owned());
    if pointer.is_empty() || pointer == "/" {
        return Err(MaskError::Root);
    }
    let tokens = pointer.strip_prefix('/').ok_or_else(wrong)?.split('/');
    let path: Option<Vec<String>> = tokens.map(unescaped).collect();
    let path = path.ok_or_else(wrong)?;
    if path.len() > PATH_TOKENS_MAX {
        return Err(MaskError::Long(pointer.to_owned()));
    }
    Ok(Mask { path, replacement })
}

/// The masks that a value of OPA's `data.system.log.mask` holds: a set or array of pointers, which take out, and of objects with `op`
/// (`remove` or `upsert`), `path` and, for `upsert`, `value`. Pointers begin with `/input` or `/result`; what they name stands in the
/// body of a call to the OPA API as it is.
///
/// # Errors
/// When a member is none of that. Whoever asks should then keep the body back: what was to be masked is not known.
pub fn masks_of_rules(rules: Value<'_>) -> Result<Vec<Mask>, MaskError> {
    let members: Vec<Value<'_>> = match rules {
        Value::Array(items) => items.iter().collect(),
        Value::Set(members) => members.iter().collect(),
        other => return Err(MaskError::Rule(json::to_string(other))),
    };
    members.into_iter().map(mask_of_rule).collect()
}

fn mask_of_rule(rule: Value<'_>) -> Result<Mask, MaskError> {
    if let Some(pointer) = rule.as_str() {
        return mask_at(pointer, None);
    }
    let wrong = || MaskError::Rule(json::to_string(rule));
    let pointer = rule.get_str("path").and_then(Value::as_str).ok_or_else(wrong)?;
    match rule.get_str("op").map(Value::as_str) {
        None | Some(Some("remove")) => mask_at(pointer, None),
        Some(Some("upsert")) => mask_at(pointer, Some(json::to_string(rule.get_str("value").unwrap_or_default()))),
        Some(_) => Err(wrong()),
    }
}

fn unescaped(token: &str) -> Option<String> {
    let mut text = String::with_capacity(token.len());
    let mut characters = token.chars();
    while let Some(character) = characters.next() {
        match character {
            '~' => text.push(match characters.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => return None,
            }),
            other => text.push(other),
        }
    }
    Some(text)
}

fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// A body that may be written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MaskedBody {
    /// The body as JSON; none when it is as it came.
    pub(crate) text: Option<String>,
    /// Pointers to what is not what it was.
    pub(crate) masked: Vec<String>,
    /// Pointers to what was taken out.
    pub(crate) erased: Vec<String>,
    /// The texts and numbers that masks hid: whoever tells of the body must not tell them.
    pub(crate) hidden: BTreeSet<String>,
}

/// Applies what holds for a body. A body that nothing holds for is not even read.
///
/// # Errors
/// When it would have to be read and is no JSON.
pub(crate) fn apply(
    arena: &Arena,
    bytes: &[u8],
    masks: &[&Mask],
    scrubber: &Scrubber,
) -> Result<MaskedBody, JsonError> {
    let holds_secrets = kubernetes_secret::may_be_in(bytes);
    if masks.is_empty() && scrubber.is_empty() && !holds_secrets {
        return Ok(MaskedBody::default());
    }
    let limits = ParseLimits { depth_max: DEPTH_MAX, ..ParseLimits::default() };
    let body = json::parse(arena, bytes, &limits)?;
    let rules: Rules<'_> = masks.iter().map(|mask| (mask.path.as_slice(), *mask)).collect();
    let mut work = Work { arena, scrubber, holds_secrets, result: MaskedBody::default(), path: String::new() };
    let masked = work.value(body, &rules);
    let mut result = work.result;
    if !result.masked.is_empty() || !result.erased.is_empty() {
        result.text = Some(json::to_string(masked));
    }
    Ok(result)
}

struct Work<'w, 'a> {
    arena: &'a Arena,
    scrubber: &'w Scrubber,
    /// Whether the body may hold Kubernetes Secrets.
    holds_secrets: bool,
    result: MaskedBody,
    /// The pointer to where the work is.
    path: String,
}

/// Masks below some place: the rest of each one's way.
type Rules<'r> = Vec<(&'r [String], &'r Mask)>;

impl<'a> Work<'_, 'a> {
    fn value(&mut self, value: Value<'a>, rules: &Rules<'_>) -> Value<'a> {
        match value {
            Value::Object(object) => {
                let of_secret = if self.holds_secrets { kubernetes_secret::masks(object) } else { &[] };
                let rules: Rules<'_> =
                    rules.iter().copied().chain(of_secret.iter().map(|mask| (mask.path.as_slice(), mask))).collect();
                let mut entries = Vec::with_capacity(object.len());
                for (key, item) in object.iter() {
                    let name = key.as_str().unwrap_or_default();
                    let hidden = self.scrubber.scrub(name);
                    if hidden != name {
                        // The name of the place is the secret: that the object is not whole is all that can be told.
                        if self.result.masked.last() != Some(&self.path) {
                            self.result.masked.push(self.path.clone());
                        }
                        continue;
                    }
                    let length = self.enter(name);
                    if let Some(item) = self.member(item, name, &rules, true) {
                        entries.push((key, item));
                    }
                    self.path.truncate(length);
                }
                self.arena.object(&entries)
            }
            Value::Array(items) => {
                let mut kept = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    let name = index.to_string();
                    let length = self.enter(&name);
                    kept.push(self.member(item, &name, rules, false).unwrap_or_default());
                    self.path.truncate(length);
                }
                self.arena.array(&kept)
            }
            leaf => {
                let hidden = self.scrubber.scrub_value(self.arena, leaf);
                if hidden != leaf {
                    self.result.masked.push(self.path.clone());
                }
                hidden
            }
        }
    }

    fn enter(&mut self, name: &str) -> usize {
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(&escaped(name));
        length
    }

    /// What stays of `item`, which stands at `name`; none when it is taken out of an object. What is taken out of an array leaves
    /// null behind, so that what follows keeps its place.
    fn member(&mut self, item: Value<'a>, name: &str, rules: &Rules<'_>, in_object: bool) -> Option<Value<'a>> {
        let here = rules.iter().filter(|(way, _)| way.first().is_some_and(|token| token == name || token == ANY));
        let mut below = Rules::new();
        let mut replaced = None;
        for (way, mask) in here {
            match way.get(1..) {
                Some([]) if mask.replacement.is_none() && in_object => {
                    hide(item, &mut self.result.hidden);
                    self.result.erased.push(self.path.clone());
                    return None;
                }
                // What should hold things and is one itself.
                Some([any]) if any == ANY && in_object && !item.is_container() && item != Value::Null => {
                    hide(item, &mut self.result.hidden);
                    self.result.erased.push(self.path.clone());
                    return None;
                }
                // A replacement was checked when the mask was made; one that is no JSON hides all the same.
                Some([]) => {
                    let text = mask.replacement.as_deref().unwrap_or("null");
                    replaced =
                        Some(json::parse(self.arena, text.as_bytes(), &ParseLimits::default()).unwrap_or_default());
                }
                Some(rest) => below.push((rest, *mask)),
                None => {}
            }
        }
        if let Some(replaced) = replaced {
            hide(item, &mut self.result.hidden);
            self.result.masked.push(self.path.clone());
            return Some(replaced);
        }
        Some(self.value(item, &below))
    }
}

/// Collects the texts and numbers of what is hidden.
fn hide(value: Value<'_>, hidden: &mut BTreeSet<String>) {
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        match value {
            Value::String(text) => drop(hidden.insert(text.as_str().to_owned())),
            Value::Int(_) | Value::Number(_) => drop(hidden.insert(value.to_string())),
            Value::Array(items) => waiting.extend(items.iter()),
            Value::Object(object) => waiting.extend(object.values()),
            _ => {}
        }
    }
}

/// A body as it may be decided on again: what was masked is unknown, and nothing in it passes for what it was.
pub fn with_unknowns<'a>(arena: &'a Arena, body: Value<'a>, masked: &[String], erased: &[String]) -> Value<'a> {
    masked.iter().chain(erased).fold(body, |body, pointer| {
        let tokens: Option<Vec<String>> =
            pointer.strip_prefix('/').map_or_else(|| Some(Vec::new()), |rest| rest.split('/').map(unescaped).collect());
        match tokens {
            Some(tokens) => unknown_at(arena, body, &tokens),
            None => body,
        }
    })
}

fn unknown_at<'a>(arena: &'a Arena, value: Value<'a>, tokens: &[String]) -> Value<'a> {
    let Some((first, rest)) = tokens.split_first() else {
        return arena.unknown("", "masked in the record");
    };
    match value {
        Value::Object(object) => {
            let mut entries: Vec<(Value<'a>, Value<'a>)> = object.iter().collect();
            let at = entries.iter().position(|(key, _)| key.as_str() == Some(first));
            match at.and_then(|at| entries.get_mut(at)) {
                Some((_, item)) => *item = unknown_at(arena, *item, rest),
                None => entries.push((arena.string(first), unknown_at(arena, Value::Null, &[]))),
            }
            arena.object(&entries)
        }
        Value::Array(items) => {
            let mut items: Vec<Value<'a>> = items.iter().collect();
            if let Some(item) = first.parse().ok().and_then(|index: usize| items.get_mut(index)) {
                *item = unknown_at(arena, *item, rest);
            }
            arena.array(&items)
        }
        // What it stood in is masked itself.
        other => other,
    }
}

#[cfg(test)]
#[path = "mask_tests.rs"]
mod tests;
