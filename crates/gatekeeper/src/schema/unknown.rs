//! What an API server would drop (structural pruning).

use super::{Member, Schema};
use crate::fields::unknown_field;
use crate::mistake::Mistake;
use value::{Pointer, Value};

impl Schema {
    /// The fields of `value` that the schema does not know, and what may have been meant.
    pub fn unknown_fields(&self, value: Value<'_>, pointer: &Pointer) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        self.collect_unknown(value, pointer, &mut mistakes);
        mistakes
    }

    fn collect_unknown(&self, value: Value<'_>, pointer: &Pointer, mistakes: &mut Vec<Mistake>) {
        match value {
            Value::Object(object) => {
                for (key, value) in object.iter() {
                    let key = key.as_str().unwrap_or_default();
                    match self.member(key) {
                        Member::Like(schema) => schema.collect_unknown(value, &pointer.join(key), mistakes),
                        Member::Unsaid if !self.preserves_unknown => {
                            let known = self.properties.keys().map(String::as_str);
                            mistakes.push(unknown_field(&pointer.join(key), known));
                        }
                        Member::Unsaid | Member::Refused | Member::Anything => {}
                    }
                }
            }
            Value::Array(array) => {
                for (index, item) in array.iter().enumerate() {
                    if let Some(schema) = &self.items {
                        schema.collect_unknown(item, &pointer.join(index), mistakes);
                    }
                }
            }
            _ => {}
        }
    }
}
