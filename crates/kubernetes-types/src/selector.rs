//! Label selectors (`metav1.LabelSelector`).

use crate::names::{is_label_value, is_qualified_name};
use crate::object::Labels;
use thiserror::Error;
use value::{Pointer, Value};

/// A selector over labels: all of its requirements must hold. One without requirements selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// What is wrong with a selector.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SelectorError {
    /// Where in the selector.
    pub pointer: Pointer,
    /// What is wrong there.
    pub message: String,
}

impl LabelSelector {
    /// Reads a selector: `matchLabels` and `matchExpressions`. Null selects everything, like a selector without either.
    ///
    /// # Errors
    /// The first thing that an API server would refuse: a wrong type, an unknown operator or field, a key or value that no
    /// label can have, `In` without values, `Exists` with values.
    pub fn read(selector: Value<'_>) -> Result<Self, SelectorError> {
        let root = Pointer::root();
        let Some(fields) = object(selector, &root, "a label selector")? else { return Ok(Self::default()) };
        let mut requirements = Vec::new();
        for (field, value) in fields {
            let place = root.join(field.as_str().unwrap_or_default());
            match field.as_str() {
                Some("matchLabels") => labels(value, &place, &mut requirements)?,
                Some("matchExpressions") => expressions(value, &place, &mut requirements)?,
                _ => {
                    let message = format!("{field} is no field of a label selector");
                    return Err(SelectorError { pointer: place, message });
                }
            }
        }
        Ok(Self { requirements })
    }

    /// Whether `labels` fulfil every requirement.
    pub fn selects(&self, labels: Labels<'_>) -> bool {
        self.requirements.iter().all(|requirement| requirement.holds(labels.get(&requirement.key)))
    }

    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }
}

impl Requirement {
    fn holds(&self, label: Option<&str>) -> bool {
        let listed = |label: &str| self.values.iter().any(|value| value == label);
        match self.operator {
            Operator::In => label.is_some_and(listed),
            Operator::NotIn => !label.is_some_and(listed),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
        }
    }
}

fn labels(labels: Value<'_>, place: &Pointer, requirements: &mut Vec<Requirement>) -> Result<(), SelectorError> {
    for (key, value) in object(labels, place, "`matchLabels`")?.into_iter().flatten() {
        let key = key.as_str().unwrap_or_default();
        let place = place.join(key);
        let key = label_key(key, &place)?;
        let values = vec![label_value(value, &place)?];
        requirements.push(Requirement { key, operator: Operator::In, values });
    }
    Ok(())
}

fn expressions(
    expressions: Value<'_>,
    place: &Pointer,
    requirements: &mut Vec<Requirement>,
) -> Result<(), SelectorError> {
    for (index, expression) in array(expressions, place, "`matchExpressions`")?.into_iter().enumerate() {
        let place = place.join(index);
        let wrong = |field: &str, message: String| Err(SelectorError { pointer: place.join(field), message });
        if let Some(fields) = object(expression, &place, "an expression")? {
            for (field, _) in fields {
                if !matches!(field.as_str(), Some("key" | "operator" | "values")) {
                    let message = format!("{field} is no field of an expression");
                    return wrong(field.as_str().unwrap_or_default(), message);
                }
            }
        }
        let key = expression.get_str("key").and_then(Value::as_str).unwrap_or_default();
        let key = label_key(key, &place.join("key"))?;
        let operator = match expression.get_str("operator").and_then(Value::as_str) {
            Some("In") => Operator::In,
            Some("NotIn") => Operator::NotIn,
            Some("Exists") => Operator::Exists,
            Some("DoesNotExist") => Operator::DoesNotExist,
            Some(other) => {
                let message = format!("`{other}` is no operator: use `In`, `NotIn`, `Exists` or `DoesNotExist`");
                return wrong("operator", message);
            }
            None => return wrong("operator", "there is no `operator`".to_owned()),
        };
        let place_of_values = place.join("values");
        let values = array(expression.get_str("values").unwrap_or_default(), &place_of_values, "`values`")?;
        let values = values
            .into_iter()
            .enumerate()
            .map(|(index, value)| label_value(value, &place_of_values.join(index)))
            .collect::<Result<Vec<_>, _>>()?;
        match operator {
            Operator::In | Operator::NotIn if values.is_empty() => {
                return wrong("values", "`In` and `NotIn` need `values`".to_owned());
            }
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
                return wrong("values", "`Exists` and `DoesNotExist` take no `values`".to_owned());
            }
            _ => requirements.push(Requirement { key, operator, values }),
        }
    }
    Ok(())
}

fn label_key(key: &str, place: &Pointer) -> Result<String, SelectorError> {
    if is_qualified_name(key) {
        return Ok(key.to_owned());
    }
    Err(SelectorError { pointer: place.clone(), message: format!("`{key}` cannot be the key of a label") })
}

fn label_value(value: Value<'_>, place: &Pointer) -> Result<String, SelectorError> {
    match value.as_str() {
        Some(text) if is_label_value(text) => Ok(text.to_owned()),
        _ => {
            let message = format!("{value} cannot be the value of a label, which is a short string");
            Err(SelectorError { pointer: place.clone(), message })
        }
    }
}

type Fields<'a> = Vec<(Value<'a>, Value<'a>)>;

fn object<'a>(value: Value<'a>, place: &Pointer, what: &str) -> Result<Option<Fields<'a>>, SelectorError> {
    match value {
        Value::Null => Ok(None),
        Value::Object(fields) => Ok(Some(fields.iter().collect())),
        other => Err(wrong_type(what, "an object", other, place)),
    }
}

fn array<'a>(value: Value<'a>, place: &Pointer, what: &str) -> Result<Vec<Value<'a>>, SelectorError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => Ok(items.iter().collect()),
        other => Err(wrong_type(what, "an array", other, place)),
    }
}

fn wrong_type(what: &str, expected: &str, found: Value<'_>, place: &Pointer) -> SelectorError {
    let message = format!("{what} must be {expected}, and is of type {}", found.type_name());
    SelectorError { pointer: place.clone(), message }
}

#[cfg(test)]
#[path = "selector_tests.rs"]
mod tests;
