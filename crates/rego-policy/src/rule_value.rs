//! From the value of a decision rule to complaints.

use crate::decision_rules::DecisionRule;
use crate::evaluate::RuleAnswer;
use crate::fields::described;
use crate::unknown;
use decision::{Certainty, Complaint, PolicyError, Severity};
use value::{Arena, Frozen, Object, Pointer, Segment, Value, nearest};

/// What the members of a rule say.
pub(crate) fn complaints(
    rule: &DecisionRule,
    answer: &RuleAnswer<'_>,
    input: Value<'_>,
    complaints: &mut Vec<Complaint>,
) -> Result<(), PolicyError> {
    let certain: Vec<Value<'_>> = match answer.value {
        None | Some(Value::Bool(false) | Value::Null) => Vec::new(),
        Some(Value::Set(members)) => members.iter().collect(),
        // conftest takes arrays as well.
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Unknown(leaf)) => {
            complaints.push(Complaint {
                message: None,
                unknown: unknown::of_leaf(input, leaf),
                certainty: Certainty::Possible,
                ..Complaint::new(rule.effect, "")
            });
            Vec::new()
        }
        Some(other) => return Err(wrong_rule(rule, other)),
    };
    for member in certain {
        complaints.push(complaint(rule, member, input, Certainty::Certain)?);
    }
    for member in &answer.possible {
        complaints.push(complaint(rule, *member, input, Certainty::Possible)?);
    }
    Ok(())
}

fn wrong_rule(rule: &DecisionRule, value: Value<'_>) -> PolicyError {
    let name = &rule.name;
    let message = format!(
        "`{name}` is {}, and a decision rule must be a set of messages: write `{name} contains message if {{ ... }}`",
        described(value)
    );
    PolicyError { message, place: None }
}

fn complaint(
    rule: &DecisionRule,
    member: Value<'_>,
    input: Value<'_>,
    certainty: Certainty,
) -> Result<Complaint, PolicyError> {
    let mut complaint = Complaint { certainty, message: None, ..Complaint::new(rule.effect, "") };
    match member {
        Value::String(message) => complaint.message = Some(message.to_string()),
        Value::Object(object) => read(rule, object, &mut complaint)?,
        Value::Unknown(_) => {}
        other => {
            let message = format!(
                "a member of `{}` is {}, and it must be a message or an object with `msg`",
                rule.name,
                described(other)
            );
            return Err(PolicyError { message, place: None });
        }
    }
    // A certain complaint with certain words needs no excuse, even if a detail is unknown.
    if certainty == Certainty::Possible || complaint.message.is_none() {
        complaint.unknown = member.find_unknown().and_then(|leaf| unknown::of_leaf(input, leaf));
    }
    Ok(complaint)
}

/// An object: `msg` and the keys that have a meaning to us; all others are details.
fn read(rule: &DecisionRule, object: &Object<'_>, complaint: &mut Complaint) -> Result<(), PolicyError> {
    let wrong = |key: &str, expected: &str, found: Value<'_>| PolicyError {
        message: format!("`{key}` in a member of `{}` must be {expected}, not {}", rule.name, described(found)),
        place: None,
    };
    match object.get_str("msg") {
        Some(Value::String(message)) => complaint.message = Some(message.to_string()),
        Some(Value::Unknown(_)) => {}
        Some(other) => return Err(wrong("msg", "a string", other)),
        None => {
            let message = format!("a member of `{}` has no `msg`: add one that says what is wrong", rule.name);
            return Err(PolicyError { message, place: None });
        }
    }
    let arena = Arena::new();
    let mut details = Vec::new();
    for (key, value) in object.iter() {
        match (key.as_str(), value) {
            (Some("msg"), _) => {}
            (Some("severity" | "path" | "remediation" | "documentation"), Value::Unknown(_) | Value::Null) => {}
            (Some("severity"), Value::String(word)) => complaint.severity = Some(severity(rule, word)?),
            (Some("remediation"), Value::String(text)) => complaint.remediation = Some(text.to_string()),
            (Some("documentation"), Value::String(text)) => complaint.documentation = Some(text.to_string()),
            (Some("path"), path) => match pointer(path) {
                Some(pointer) => complaint.pointer = Some(pointer),
                None => return Err(wrong("path", "`a.b[0]`, `/a/b/0` or an array of keys and indices", path)),
            },
            (Some(key @ ("severity" | "remediation" | "documentation")), other) => {
                return Err(wrong(key, "a string", other));
            }
            (Some("details"), Value::Object(inner)) => details.extend(inner.iter()),
            _ => details.push((key, value)),
        }
    }
    if !details.is_empty() {
        complaint.details = Some(Frozen::copy_of(arena.object(&details)));
    }
    Ok(())
}

fn severity(rule: &DecisionRule, word: &str) -> Result<Severity, PolicyError> {
    Severity::parse(word).ok_or_else(|| {
        let meant = nearest(word, Severity::ALL.map(Severity::as_str));
        let help =
            meant.map_or("use low, medium, high or critical".to_owned(), |meant| format!("did you mean `{meant}`?"));
        PolicyError { message: format!("`{word}` in a member of `{}` is no severity: {help}", rule.name), place: None }
    })
}

/// A path as policies write it.
fn pointer(path: Value<'_>) -> Option<Pointer> {
    match path {
        Value::Array(parts) => {
            let segment = |part| match part {
                Value::String(key) => Some(Segment::Key(key.to_string())),
                Value::Int(index) => usize::try_from(index).ok().map(Segment::Index),
                _ => None,
            };
            parts.iter().map(segment).collect::<Option<Vec<_>>>().map(Pointer)
        }
        Value::String(text) => match text.strip_prefix('/') {
            Some(rest) => {
                let unescape = |part: &str| segment(&part.replace("~1", "/").replace("~0", "~"));
                Some(Pointer(rest.split('/').map(unescape).collect()))
            }
            None => {
                let text = text.strip_prefix("input.").unwrap_or(text);
                let parts = text.split(['.', '[', ']']).map(|part| part.trim_matches(['"', '\'']));
                Some(Pointer(parts.filter(|part| !part.is_empty()).map(segment).collect()))
            }
        },
        _ => None,
    }
}

fn segment(part: &str) -> Segment {
    part.parse().map_or_else(|_| Segment::Key(part.to_owned()), Segment::Index)
}
