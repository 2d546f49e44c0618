//! The policies that the binary carries.

include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// The files of the built-in library as (name, text), sorted by name; names are paths below `library/`.
pub fn builtin_library() -> &'static [(&'static str, &'static str)] {
    LIBRARY
}

/// What stands in front of the names of built-in files.
pub(crate) const LIBRARY_NAME: &str = "library";

/// Whether a module is one of the built-in library, by its name.
pub fn is_builtin(name: &str) -> bool {
    let below = name.strip_prefix(LIBRARY_NAME).and_then(|rest| rest.strip_prefix('/'));
    below.is_some_and(|below| LIBRARY.iter().any(|(name, _)| *name == below))
}
