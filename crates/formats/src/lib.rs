//! Bytes to documents, with places: JSON and YAML.
//!
//! [`decode`] turns bytes into text, [`Format::detect`] says what the text is, [`parse`] reads it into values, and
//! [`locate`] finds where a path of a document stands in the text. Places are looked for only when somebody asks: a
//! document that nothing is said about costs nothing for them.
//!
//! Everything read here may come from a stranger. Whatever the input, the answer is documents or a [`Diagnostic`] with
//! its place, within the [`Limits`]; nesting costs memory that is counted and never the thread's stack.
//!
//! Knows no file system and no resource: what a document means is for other crates.

mod decode;
mod format;
mod json;
mod mistake;
mod options;
mod places;
pub mod yaml;

pub use decode::{DecodeError, decode};
pub use format::Format;
pub use options::{Dialect, Limits, Options, TagStyle, UnknownTags};
pub use places::{Place, locate, locate_all};
pub use value::json::DuplicateKeys;

use std::sync::Arc;
use value::{Arena, Diagnostic, Source, Span, Value};

/// One document of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document<'a> {
    /// What it says.
    pub value: Value<'a>,
    /// Its number among the documents of its source, from 0; documents without content are not counted.
    pub index: usize,
    /// Where it stands, from the first byte of its content to the last.
    pub span: Span,
}

/// What a source holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents<'a> {
    /// The documents in order.
    pub documents: Vec<Document<'a>>,
    /// How many documents have no content: a YAML separator with nothing but comments behind it.
    pub skipped: usize,
}

/// Reads the documents of `source` in which nothing is wrong, as [`parse`] does, and says what is wrong with the first of the others:
/// one broken YAML document does not take those beside it away. Broken ones are counted in [`Document::index`].
pub fn parse_what_is_sound<'a>(
    arena: &'a Arena,
    source: &Arc<Source>,
    format: Format,
    options: &Options,
) -> (Documents<'a>, Option<Diagnostic>) {
    if format == Format::Yaml && options.limits.check_size(&source.text).is_ok() {
        let (documents, mistake) = yaml::read_what_is_sound(arena, &source.text, options);
        return (documents, mistake.map(|mistake| mistake.into_diagnostic(format.error_code(), source)));
    }
    match parse(arena, source, format, options) {
        Ok(documents) => (documents, None),
        Err(diagnostic) => (Documents::default(), Some(diagnostic)),
    }
}

/// Reads all documents of `source` into `arena`: any number of YAML documents, or any number of JSON documents in a row
/// (one per line as in NDJSON, or simply one after another).
///
/// A source without any content holds no documents and is not an error, except that JSON needs at least one value.
///
/// # Errors
/// A diagnostic with code `json_parse_error` or `yaml_parse_error` at the first place that is not well formed or exceeds
/// `options.limits`.
pub fn parse<'a>(
    arena: &'a Arena,
    source: &Arc<Source>,
    format: Format,
    options: &Options,
) -> Result<Documents<'a>, Diagnostic> {
    options
        .limits
        .check_size(&source.text)
        .and_then(|()| match format {
            Format::Json => json::read(arena, &source.text, options),
            Format::Yaml => yaml::read(arena, &source.text, options),
        })
        .map_err(|mistake| mistake.into_diagnostic(format.error_code(), source))
}
