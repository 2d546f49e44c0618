//! JSON in and out.

mod parse;
mod scan;
mod write;

pub use parse::{DuplicateKeys, JsonError, JsonErrorKind, ParseLimits, parse, parse_borrowed, parse_prefix, utf8};
pub(crate) use write::write_string;
pub use write::{quote, to_string, to_string_pretty, write, write_pretty};
