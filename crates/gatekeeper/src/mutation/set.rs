//! Changing a value deep inside an object: what lies beside the way stays where it is, and only the way is built anew.

use super::change::Change;
use super::location::{Location, Segment, Which};
use super::path_tests::PathTests;
use value::{Arena, Object, Value};

/// One change under way.
pub(super) struct Setter<'s, 'a> {
    pub(super) arena: &'a Arena,
    pub(super) location: &'a Location,
    pub(super) tests: &'s PathTests,
    pub(super) change: &'s Change<'a>,
}

/// The value after the change, or `None` when it stays as it is. The message says what does not fit.
type Changed<'a> = Result<Option<Value<'a>>, String>;

impl<'a> Setter<'_, 'a> {
    /// Changes `object` at the location.
    pub(super) fn set(&self, object: Value<'a>) -> Changed<'a> {
        self.step(object, 0)
    }

    fn step(&self, current: Value<'a>, depth: usize) -> Changed<'a> {
        match self.location.segments.get(depth) {
            None => Ok(None),
            Some(Segment::Field(name)) => self.field(current, name, depth),
            Some(Segment::Items { key, which }) => self.items(current, key, which, depth),
        }
    }

    fn field(&self, current: Value<'a>, name: &'a str, depth: usize) -> Changed<'a> {
        let Value::Object(object) = current else { return Err(self.mismatch(depth, "an object", current)) };
        let there = object.get_str(name);
        // Tests ask for the field, whatever it holds (gatekeeper pkg/mutation/mutators/core/mutation_function.go).
        let allowed = if there.is_some() { self.tests.may_exist(depth) } else { self.tests.may_be_missing(depth) };
        // Null is what an API server drops, so that nothing stands there.
        let there = there.filter(|value| !matches!(value, Value::Null));
        if !allowed {
            return Ok(None);
        }
        let after = match self.location.segments.get(depth + 1) {
            None => self.change.apply(self.arena, there)?,
            Some(next) => {
                let missing = match next {
                    Segment::Field(_) => Value::EMPTY_OBJECT,
                    Segment::Items { .. } => Value::EMPTY_ARRAY,
                };
                self.step(there.unwrap_or(missing), depth + 1)?
            }
        };
        Ok(after.map(|value| self.with_field(object, name, value)))
    }

    fn items(&self, current: Value<'a>, key: &'a str, which: &'a Which, depth: usize) -> Changed<'a> {
        let Value::Array(array) = current else { return Err(self.mismatch(depth, "a list", current)) };
        let last = depth + 1 == self.location.segments.len();
        let mut items: Vec<Value<'a>> = array.iter().collect();
        let mut changed = false;
        let mut found = false;
        for item in &mut items {
            let is_object = item.as_object().is_some();
            if !which.takes(item.get_str(key)) || !(is_object || *which == Which::All) {
                continue;
            }
            found = true;
            if !self.tests.may_exist(depth) {
                return Ok(None);
            }
            let after = if last { self.change.apply(self.arena, Some(*item))? } else { self.step(*item, depth + 1)? };
            if let Some(after) = after {
                *item = after;
                changed = true;
            }
        }
        // What is meant by `*` is there already, however little that is.
        if !found && *which != Which::All {
            if !self.tests.may_be_missing(depth) {
                return Ok(None);
            }
            let added = if last {
                self.change.apply(self.arena, None)?
            } else {
                self.step(self.new_item(key, which), depth + 1)?
            };
            if let Some(added) = added {
                items.push(added);
                changed = true;
            }
        }
        Ok(changed.then(|| self.arena.array(&items)))
    }

    /// An item with nothing but its key.
    fn new_item(&self, key: &'a str, which: &'a Which) -> Value<'a> {
        let value = match which {
            Which::All => Value::Null,
            Which::Text(text) => self.arena.borrowed(text),
            Which::Integer(number) => Value::Int(*number),
        };
        self.arena.object(&[(self.arena.borrowed(key), value)])
    }

    fn with_field(&self, object: &Object<'a>, name: &'a str, value: Value<'a>) -> Value<'a> {
        let mut entries: Vec<_> = object.iter().collect();
        // Of equal keys the last one stays.
        entries.push((self.arena.borrowed(name), value));
        self.arena.object(&entries)
    }

    fn mismatch(&self, depth: usize, expected: &str, found: Value<'_>) -> String {
        let way = Location { segments: self.location.segments.get(..depth).unwrap_or_default().to_vec() };
        let place = if depth == 0 { "the object".to_owned() } else { format!("`{way}`") };
        let location = self.location;
        format!("{place} is of type {}, and `{location}` leads through {expected} there", found.type_name())
    }
}
