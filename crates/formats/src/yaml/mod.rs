//! YAML in and out.

mod errors;
mod functions;
mod locate;
mod mend;
mod read;
mod scalar;
mod write;

pub use write::{to_string, to_string_within};

pub(crate) use locate::locate;
pub(crate) use read::{read, read_what_is_sound};

use crate::Options;
use crate::mistake::{Mistake, span};
use read::read_up_to;
use std::fmt;
use value::{Arena, Position, Span, Value};

/// Why a text is not YAML, or not YAML that the options allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// What happened.
    pub message: String,
    /// The place in the text.
    pub span: Span,
    /// The same place as people count it.
    pub position: Position,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "yaml: line {}, column {}: {}", self.position.line, self.position.column, self.message)
    }
}

impl std::error::Error for YamlError {}

/// The one document in `text`; a text without content is null.
///
/// # Errors
/// When the text is not YAML, holds several documents, or exceeds the limits.
pub fn parse_value<'a>(arena: &'a Arena, text: &str, options: &Options) -> Result<Value<'a>, YamlError> {
    value_of(text, options, || read(arena, text, options).and_then(single))
}

/// The first document in `text`, whatever follows it; a text without content is null.
///
/// With [`Options::lenient`] this is OPA's `yaml.unmarshal`.
///
/// # Errors
/// When the first document is not YAML or exceeds the limits.
pub fn parse_first<'a>(arena: &'a Arena, text: &str, options: &Options) -> Result<Value<'a>, YamlError> {
    value_of(text, options, || {
        let read = read_up_to(arena, text, options, 1)?;
        Ok(read.documents.first().map(|document| document.value).unwrap_or_default())
    })
}

fn value_of<'a>(
    text: &str,
    options: &Options,
    read: impl FnOnce() -> Result<Value<'a>, Mistake>,
) -> Result<Value<'a>, YamlError> {
    options.limits.check_size(text).and_then(|()| read()).map_err(|mistake| YamlError {
        position: Position::of(text, mistake.span.start),
        message: mistake.message,
        span: mistake.span,
        help: mistake.help.map(Into::into),
    })
}

fn single(documents: crate::Documents<'_>) -> Result<Value<'_>, Mistake> {
    match documents.documents.as_slice() {
        [] => Ok(Value::Null),
        [document] => Ok(document.value),
        [_, second, ..] => Err(Mistake::new(second.span, "expected one document, found several")),
    }
}

/// Options for the parser underneath, which counts flow and block nesting apart; the readers here count them together.
fn parser_options(depth_max: usize) -> granit_parser::Options {
    granit_parser::options! {
        flow_nesting_limit: depth_max,
        block_nesting_limit: depth_max,
    }
}

/// The place of an event, without the white space that block scalars and collections end with.
fn event_span(text: &str, event: granit_parser::Span) -> Span {
    let range = event.byte_range().unwrap_or_default();
    let trimmed = text.get(range.clone()).unwrap_or_default().trim_end_matches([' ', '\t', '\r', '\n']).len();
    span(range.start, range.start + trimmed)
}

/// Whether a scalar stands for nothing at all, as in `key:`. The parser underneath writes such a scalar as `~`.
fn is_absent(style: granit_parser::ScalarStyle, event: granit_parser::Span) -> bool {
    style == granit_parser::ScalarStyle::Plain && event.byte_range().is_none_or(|range| range.is_empty())
}
