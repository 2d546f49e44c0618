//! The policies that the binary carries.

include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// The files of the built-in library as (name, text), sorted by name; names are paths below `library/`.
pub fn builtin_library() -> &'static [(&'static str, &'static str)] {
    LIBRARY
}
