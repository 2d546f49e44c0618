//! JSON in and out.

mod compact;
mod memory;
mod parse;
mod parser;
mod scan;
mod store;
mod write;

pub use parse::{
    DuplicateKeys, JsonError, JsonErrorKind, ParseLimits, parse, parse_borrowed, parse_compact, parse_prefix,
    parse_prefix_compact, utf8,
};
pub(crate) use write::write_string;
pub use write::{length_at_least, quote, to_string, to_string_pretty, write, write_pretty};
