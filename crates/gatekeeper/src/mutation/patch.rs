//! What changed, as a JSON Patch (RFC 6902).

use value::{Arena, Array, Object, Pointer, Value};

/// The operations that make `after` of `before`, in the order in which they must be applied: an array of objects as RFC 6902
/// has them, empty when nothing changed. Values in the patch are those of `after`, not copies.
pub fn patch<'a>(arena: &'a Arena, before: Value<'a>, after: Value<'a>) -> Value<'a> {
    let mut patch = Patch { arena, operations: Vec::new() };
    patch.value(&Pointer::root(), before, after);
    arena.array(&patch.operations)
}

struct Patch<'a> {
    arena: &'a Arena,
    operations: Vec<Value<'a>>,
}

impl<'a> Patch<'a> {
    fn value(&mut self, place: &Pointer, before: Value<'a>, after: Value<'a>) {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => self.object(place, before, after),
            (Value::Array(before), Value::Array(after)) => self.array(place, before, after),
            _ if before == after => {}
            _ => self.operation("replace", place, Some(after)),
        }
    }

    fn object(&mut self, place: &Pointer, before: &Object<'a>, after: &Object<'a>) {
        if std::ptr::eq(before, after) {
            return;
        }
        for (key, old) in before.iter() {
            let place = place.join(key.as_str().unwrap_or_default());
            match after.get(key) {
                Some(new) => self.value(&place, old, new),
                None => self.operation("remove", &place, None),
            }
        }
        for (key, new) in after.iter() {
            if before.get(key).is_none() {
                self.operation("add", &place.join(key.as_str().unwrap_or_default()), Some(new));
            }
        }
    }

    /// Items are compared by position: mutators change items in place, add at the end and take some out, and any of that comes
    /// out right, if not always in the fewest words.
    fn array(&mut self, place: &Pointer, before: &Array<'a>, after: &Array<'a>) {
        if std::ptr::eq(before, after) {
            return;
        }
        for (index, (old, new)) in before.iter().zip(after.iter()).enumerate() {
            self.value(&place.join(index), old, new);
        }
        // From the end, so that positions stay true while items go.
        for index in (after.len()..before.len()).rev() {
            self.operation("remove", &place.join(index), None);
        }
        for (index, new) in after.iter().enumerate().skip(before.len()) {
            self.operation("add", &place.join(index), Some(new));
        }
    }

    fn operation(&mut self, name: &'static str, place: &Pointer, value: Option<Value<'a>>) {
        let arena = self.arena;
        let mut fields = vec![
            (arena.borrowed("op"), arena.borrowed(name)),
            (arena.borrowed("path"), arena.string(&place.to_string())),
        ];
        fields.extend(value.map(|value| (arena.borrowed("value"), value)));
        self.operations.push(arena.object(&fields));
    }
}

#[cfg(test)]
#[path = "patch_tests.rs"]
mod tests;
