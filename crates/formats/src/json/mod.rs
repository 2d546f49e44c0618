//! JSON: one document, or several in a row.

mod locate;

pub(crate) use locate::locate;

use crate::mistake::{Mistake, character_at, span};
use crate::{Document, Documents, Options};
use value::json::{JsonError, JsonErrorKind, ParseLimits, parse_prefix, parse_prefix_compact};
use value::{Arena, Value};

pub(crate) fn read<'a>(arena: &'a Arena, text: &str, options: &Options) -> Result<Documents<'a>, Mistake> {
    let limits = ParseLimits {
        depth_max: options.limits.depth_max,
        bytes_max: usize::MAX,
        duplicate_keys: options.duplicate_keys,
    };
    if options.kept {
        return documents(text, options, |rest| parse_prefix_compact(arena, rest, &limits));
    }
    documents(arena.str(text), options, |rest| parse_prefix(arena, rest, &limits))
}

/// One document after another, each read by `parse`.
fn documents<'t, 'a>(
    text: &'t str,
    options: &Options,
    parse: impl Fn(&'t str) -> Result<(Value<'a>, usize), JsonError>,
) -> Result<Documents<'a>, Mistake> {
    let mut documents = Vec::new();
    let mut start = skip_byte_order_mark(text);
    loop {
        start = skip_space(text, start);
        let rest = text.get(start..).unwrap_or_default();
        if rest.is_empty() && !documents.is_empty() {
            return Ok(Documents { documents, skipped: 0 });
        }
        if documents.len() >= options.limits.documents_max {
            let message = format!("the input has more than {} documents", options.limits.documents_max);
            return Err(Mistake::new(character_at(text, start), message)
                .help("split the input, or raise the limit `documents_max`"));
        }
        let (value, length) = parse(rest).map_err(|error| explain(error, text, start, documents.is_empty()))?;
        documents.push(Document { value, index: documents.len(), span: span(start, start + length) });
        start += length;
    }
}

fn explain(error: JsonError, text: &str, start: usize, first: bool) -> Mistake {
    let empty = first && text.get(start..).is_none_or(str::is_empty);
    let mistake = Mistake::new(character_at(text, start + error.offset), error.message);
    match error.kind {
        _ if empty => mistake.help("nothing was read: check the command that should have written it"),
        JsonErrorKind::Incomplete => mistake.help("the input is cut off: check the command that wrote it"),
        JsonErrorKind::Depth => mistake.help("raise the limit `depth_max` if the document is meant to be this deep"),
        JsonErrorKind::DuplicateKey => mistake.help("remove one of them: readers differ on which one counts"),
        JsonErrorKind::Syntax if !first => {
            mistake.help("several documents may follow one another, with nothing between them")
        }
        JsonErrorKind::Syntax | JsonErrorKind::Encoding | JsonErrorKind::Size => mistake,
    }
}

/// Where the text begins behind a byte order mark, which [`crate::decode`] removes and other callers may not.
pub(crate) fn skip_byte_order_mark(text: &str) -> usize {
    if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 }
}

pub(crate) fn skip_space(text: &str, start: usize) -> usize {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    start + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count()
}
