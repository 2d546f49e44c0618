//! Documents as text: JSON and YAML, written and read.

use super::operand::{any, object, string};
use super::{Builtin, BuiltinError, Context, Parameter, Type, go_format, text};
use formats::{Options, yaml};
use std::fmt::{self, Write};
use value::json::{self, ParseLimits};
use value::{Arena, Value};

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

const ANYTHING: Parameter = Parameter::new("x", Type::Any, "the value to write");

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "json.marshal",
        "Writes a value as JSON, with sets as arrays.",
        &[ANYTHING],
        Parameter::new("y", Type::String, "the JSON text"),
        json_marshal,
    ),
    Builtin::of_leaves(
        "json.marshal_with_options",
        "Writes a value as JSON, one item a line if wanted.",
        &[
            ANYTHING,
            Parameter::new(
                "opts",
                Type::Fields(&[("indent", Type::String), ("prefix", Type::String), ("pretty", Type::Boolean)]),
                "`pretty` for several lines, `indent` (else a tab) and `prefix` of each line; these two imply it",
            ),
        ],
        Parameter::new("y", Type::String, "the JSON text"),
        json_marshal_with_options,
    ),
    Builtin::of_leaves(
        "json.unmarshal",
        "Reads JSON.",
        &[Parameter::new("x", Type::String, "the JSON text")],
        Parameter::new("y", Type::Any, "the value it says"),
        json_unmarshal,
    ),
    Builtin::of_leaves(
        "json.is_valid",
        "Tells whether a string is JSON.",
        &[Parameter::new("x", Type::String, "the string to check")],
        Parameter::new("result", Type::Boolean, "`true` if it is"),
        json_is_valid,
    ),
    Builtin::of_leaves(
        "yaml.marshal",
        "Writes a value as YAML, with sets as lists.",
        &[ANYTHING],
        Parameter::new("y", Type::String, "the YAML text"),
        yaml_marshal,
    ),
    Builtin::of_leaves(
        "yaml.unmarshal",
        "Reads the first document of a YAML text.",
        &[Parameter::new("x", Type::String, "the YAML text")],
        Parameter::new("y", Type::Any, "the value it says"),
        yaml_unmarshal,
    ),
    Builtin::of_leaves(
        "yaml.is_valid",
        "Tells whether a string is YAML.",
        &[Parameter::new("x", Type::String, "the string to check")],
        Parameter::new("result", Type::Boolean, "`true` if it is"),
        yaml_is_valid,
    ),
];

fn json_marshal<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let value = any(operands, 0);
    text::fits(value)?;
    text::build(context.arena, |out| json::write(&mut HtmlSafe(out), value)).map(Some)
}

/// A value as `json.marshal` writes it.
pub(super) fn go_json(value: Value<'_>) -> std::result::Result<String, BuiltinError> {
    text::fits(value)?;
    text::written(|out| json::write(&mut HtmlSafe(out), value))
}

/// Escapes what Go's `encoding/json` escapes so that JSON can stand inside HTML and JavaScript. These characters occur
/// in strings only, so the text need not be looked at any closer.
struct HtmlSafe<'w>(&'w mut dyn Write);

impl Write for HtmlSafe<'_> {
    fn write_str(&mut self, mut text: &str) -> fmt::Result {
        while let Some(at) = text.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (before, rest) = text.split_at(at);
            self.0.write_str(before)?;
            let mut characters = rest.chars();
            if let Some(c) = characters.next() {
                write!(self.0, "\\u{:04x}", u32::from(c))?;
            }
            text = characters.as_str();
        }
        self.0.write_str(text)
    }
}

fn json_marshal_with_options<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (value, options) = (any(operands, 0), object(operands, 1)?);
    let (mut indent, mut prefix, mut pretty, mut implied) = ("\t", "", None, false);
    for (key, option) in options.iter() {
        let wrong = |problem: fmt::Arguments<'_>| BuiltinError::contents(1, problem.to_string());
        let Some(name) = key.as_str() else {
            return Err(wrong(format_args!(
                "failed to stringify key {key}: must be string but got {}",
                key.type_name()
            )));
        };
        let quoted = go_format::quote(name, '"', false);
        let text = || {
            option.as_str().ok_or_else(|| {
                wrong(format_args!("key {quoted} failed cast to string: must be string but got {}", option.type_name()))
            })
        };
        match name {
            "indent" => (indent, implied) = (text()?, true),
            "prefix" => (prefix, implied) = (text()?, true),
            "pretty" => {
                let flag = option.as_bool();
                pretty = Some(flag.ok_or_else(|| wrong(format_args!("key {quoted} failed cast to bool")))?);
            }
            _ => return Err(wrong(format_args!("object contained unknown key {quoted}"))),
        }
    }
    if !pretty.unwrap_or(implied) {
        return json_marshal(context, operands);
    }
    text::fits(value)?;
    let layout = Layout { indent, prefix };
    text::build(context.arena, |out| {
        out.write_str(prefix)?;
        layout.write(&mut HtmlSafe(out), value, 0)
    })
    .map(Some)
}

/// How JSON of several lines is laid out.
struct Layout<'o> {
    indent: &'o str,
    prefix: &'o str,
}

impl Layout<'_> {
    fn write(&self, out: &mut HtmlSafe<'_>, value: Value<'_>, depth: usize) -> fmt::Result {
        match value {
            Value::Array(array) if !array.is_empty() => self.list(out, array.iter(), depth),
            Value::Set(set) if !set.is_empty() => self.list(out, set.iter(), depth),
            Value::Object(object) if !object.is_empty() => {
                out.write_str("{")?;
                let text = |key: Value<'_>| key.as_str().map_or_else(|| json::to_string(key), str::to_owned);
                let mut entries: Vec<_> = object.iter().map(|(key, value)| (text(key), value)).collect();
                // Keys that are no strings may stand elsewhere as strings.
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                for (index, (key, value)) in entries.into_iter().enumerate() {
                    self.line(out, index > 0, depth + 1)?;
                    write!(out, "{}: ", json::quote(&key))?;
                    self.write(out, value, depth + 1)?;
                }
                self.line(out, false, depth)?;
                out.write_str("}")
            }
            _ => json::write(out, value),
        }
    }

    fn list<'v>(&self, out: &mut HtmlSafe<'_>, items: impl Iterator<Item = Value<'v>>, depth: usize) -> fmt::Result {
        out.write_str("[")?;
        for (index, item) in items.enumerate() {
            self.line(out, index > 0, depth + 1)?;
            self.write(out, item, depth + 1)?;
        }
        self.line(out, false, depth)?;
        out.write_str("]")
    }

    /// The next line, with a comma before it if wanted.
    fn line(&self, out: &mut HtmlSafe<'_>, comma: bool, depth: usize) -> fmt::Result {
        // Straight through: the two texts are the policy's, not strings of the document.
        out.0.write_str(if comma { ",\n" } else { "\n" })?;
        out.0.write_str(self.prefix)?;
        (0..depth).try_for_each(|_| out.0.write_str(self.indent))
    }
}

fn json_unmarshal<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let x = string(operands, 0)?;
    json::parse_borrowed(context.arena, x.as_bytes(), &ParseLimits::default())
        .map(Some)
        .map_err(|error| BuiltinError::failed(error.to_string()))
}

fn json_is_valid<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let valid = any(operands, 0).as_str().is_some_and(|x| {
        let scratch = Arena::new();
        json::parse_borrowed(&scratch, x.as_bytes(), &ParseLimits::default()).is_ok()
    });
    Ok(Some(valid.into()))
}

fn yaml_marshal<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    text::yaml(context.arena, any(operands, 0)).map(Some)
}

fn yaml_unmarshal<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let x = string(operands, 0)?;
    yaml::parse_first(context.arena, x, &Options::lenient()).map(Some).map_err(|error| {
        // The first words are those of most of OPA's messages.
        let (line, message) = (error.position.line, error.message);
        BuiltinError::failed(format!("yaml: line {line}: did not find expected content: {message}"))
    })
}

fn yaml_is_valid<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let valid = any(operands, 0).as_str().is_some_and(|x| {
        let scratch = Arena::new();
        yaml::parse_first(&scratch, x, &Options::lenient()).is_ok()
    });
    Ok(Some(valid.into()))
}

#[cfg(test)]
#[path = "marshal_tests.rs"]
mod tests;
