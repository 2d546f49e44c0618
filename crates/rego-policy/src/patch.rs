//! From the value of a `patch` rule to the object as it would be.

use crate::evaluate::RuleAnswer;
use crate::fields::described;
use decision::PolicyError;
use rego::builtins;
use value::{Arena, Value, json};

/// `object` after the operations of a rule: those of a set in Rego's order of values, in which what is added to an object that
/// is added itself comes after it; those of an array as they stand there. A member may be an array of operations.
pub(crate) fn apply<'a>(
    arena: &'a Arena,
    rule: &str,
    answer: &RuleAnswer<'a>,
    object: Value<'a>,
) -> Result<Value<'a>, PolicyError> {
    let wrong = |message: String| PolicyError { message, place: None };
    if !answer.possible.is_empty() {
        return Err(wrong(format!("what `{rule}` changes hangs on what is unknown")));
    }
    let members: Vec<Value<'a>> = match answer.value {
        None => return Ok(object),
        Some(Value::Set(members)) => members.iter().collect(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(other) => {
            return Err(wrong(format!(
                "`{rule}` is {}, and it must be a set or an array of operations",
                described(other)
            )));
        }
    };
    let mut patched = object;
    for member in members {
        let operations = match member {
            Value::Array(operations) => operations.iter().collect(),
            other => vec![other],
        };
        for operation in operations {
            patched = builtins::apply_operation(arena, patched, operation).map_err(|reason| {
                wrong(format!("`{rule}` cannot do `{}`, because {reason}", json::to_string(operation)))
            })?;
        }
    }
    Ok(patched)
}
