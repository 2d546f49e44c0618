//! What a template computes with.

use crate::builtins::go_format::quote;
use std::borrow::Cow;
use std::fmt::Write;
use value::Value;
use value::number::{FloatStyle, format_f64};

/// How Go shows that there is nothing.
pub(super) const NO_VALUE: &str = "<no value>";

/// A value of a template.
#[derive(Clone, Debug)]
pub(super) enum Datum<'a> {
    /// No value: a key that is not there, `null`, `nil`.
    Nothing,
    /// A value of the object. Never `null`.
    Rego(Value<'a>),
    /// Made by the template.
    Text(String),
    Integer(i64),
    Float(f64),
}

/// Kinds that can be compared with one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Text,
    Integer,
    Float,
    Other,
}

impl<'a> Datum<'a> {
    pub fn of(value: Value<'a>) -> Self {
        if matches!(value, Value::Null) { Self::Nothing } else { Self::Rego(value) }
    }

    pub fn is_true(&self) -> bool {
        match self {
            Self::Nothing | Self::Rego(Value::Null | Value::Bool(false)) => false,
            Self::Rego(Value::String(text)) => !text.as_str().is_empty(),
            Self::Rego(Value::Array(items)) => !items.is_empty(),
            Self::Rego(Value::Object(object)) => !object.is_empty(),
            // A number of the object is a text to Go, and no empty one.
            Self::Rego(_) => true,
            Self::Text(text) => !text.is_empty(),
            Self::Integer(integer) => *integer != 0,
            Self::Float(float) => *float != 0.0,
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Rego(Value::Bool(_)) => Kind::Boolean,
            Self::Rego(Value::String(_) | Value::Int(_) | Value::Number(_)) | Self::Text(_) => Kind::Text,
            Self::Integer(_) => Kind::Integer,
            Self::Float(_) => Kind::Float,
            Self::Nothing | Self::Rego(_) => Kind::Other,
        }
    }

    /// What is a string to Go.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Rego(Value::String(text)) => Some(Cow::Borrowed(text.as_str())),
            Self::Rego(number @ (Value::Int(_) | Value::Number(_))) => Some(Cow::Owned(number.to_string())),
            Self::Text(text) => Some(Cow::Borrowed(text)),
            _ => None,
        }
    }

    /// What Go calls its type.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Nothing => "nil",
            Self::Rego(Value::Bool(_)) => "bool",
            Self::Rego(Value::Int(_) | Value::Number(_)) => "json.Number",
            Self::Rego(Value::Array(_)) => "[]interface {}",
            Self::Rego(Value::Object(_)) => "map[string]interface {}",
            Self::Rego(_) | Self::Text(_) => "string",
            Self::Integer(_) => "int",
            Self::Float(_) => "float64",
        }
    }

    /// As an action prints it.
    pub fn print(&self, out: &mut String) {
        match self {
            Self::Nothing => out.push_str(NO_VALUE),
            Self::Rego(value) => print_value(out, *value),
            Self::Text(text) => out.push_str(text),
            // Writing to a string never fails.
            Self::Integer(integer) => drop(write!(out, "{integer}")),
            Self::Float(float) => out.push_str(&format_f64(*float, FloatStyle::General, None)),
        }
    }

    /// As the functions `print`, `html` and their like see it, to which nothing is `<nil>`.
    pub fn printed(&self) -> String {
        let mut text = String::new();
        match self {
            Self::Nothing => text.push_str("<nil>"),
            other => other.print(&mut text),
        }
        text
    }
}

/// As Go's `%v` does.
fn print_value(out: &mut String, value: Value<'_>) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::String(text) => out.push_str(text.as_str()),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                print_value(out, item);
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push_str("map[");
            for (index, (key, value)) in object.iter().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                print_value(out, key);
                out.push(':');
                print_value(out, value);
            }
            out.push(']');
        }
        // Writing to a string never fails.
        other => drop(write!(out, "{other}")),
    }
}

/// `text` as Go quotes it in a message.
pub(super) fn quoted(text: &str) -> String {
    quote(text, '"', false)
}
