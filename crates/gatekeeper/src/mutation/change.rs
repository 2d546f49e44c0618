//! What mutators do at their location.

use super::image::ImageParts;
use value::{Arena, Value};

/// What is done to the value at a location.
pub(super) enum Change<'a> {
    /// It becomes `value`, if what stands there allows that.
    Assign {
        value: Value<'a>,
        /// Only where one of these stands; empty for no condition.
        only_if: Vec<Value<'a>>,
        /// Not where one of these stands.
        unless: Vec<Value<'a>>,
    },
    /// These are in it.
    Merge(Vec<Value<'a>>),
    /// These are not in it.
    Prune(Vec<Value<'a>>),
    /// Parts of it, which is the name of an image, become these.
    Image(&'a ImageParts),
}

impl<'a> Change<'a> {
    /// The value in place of `there`; `None` when nothing changes. The message says what does not fit.
    pub(super) fn apply(&self, arena: &'a Arena, there: Option<Value<'a>>) -> Result<Option<Value<'a>>, String> {
        let after = match self {
            Self::Assign { value, only_if, unless } => {
                let is_one_of = |values: &[Value<'_>]| there.is_some_and(|there| values.contains(&there));
                if (!only_if.is_empty() && !is_one_of(only_if)) || is_one_of(unless) {
                    return Ok(None);
                }
                *value
            }
            // A list that is not there yet is all of them as they are (gatekeeper
            // pkg/mutation/mutators/modifyset/modify_set_mutator.go, setValueMerge).
            Self::Merge(values) if there.is_none() => arena.array(values),
            Self::Merge(values) => {
                let mut items = list(there)?;
                for value in values {
                    if !items.contains(value) {
                        items.push(*value);
                    }
                }
                arena.array(&items)
            }
            Self::Prune(values) => {
                if there.is_none() {
                    return Ok(None);
                }
                let mut items = list(there)?;
                items.retain(|item| !values.contains(item));
                arena.array(&items)
            }
            Self::Image(parts) => match there {
                None => arena.string(&parts.assign("")),
                Some(Value::String(image)) => arena.string(&parts.assign(image.as_str())),
                Some(other) => return Err(format!("the image is of type {}, and must be a string", other.type_name())),
            },
        };
        Ok((there != Some(after)).then_some(after))
    }
}

fn list(there: Option<Value<'_>>) -> Result<Vec<Value<'_>>, String> {
    match there {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items.iter().collect()),
        Some(other) => Err(format!("what should be a list of values is of type {}", other.type_name())),
    }
}
