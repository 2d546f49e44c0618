//! The one reading of a request's path, for routing, for authorization and for the point itself.

use std::borrow::Cow;
use thiserror::Error;

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    /// It does not begin with `/`.
    #[error("the path does not begin with `/`")]
    NotAbsolute,
    /// `%` without two hexadecimal digits, or bytes that are no UTF-8.
    #[error("the path has a `%` escape that is no UTF-8 text")]
    Escape,
    /// A segment `.` or `..`, also when it is escaped.
    #[error("the path has a segment `.` or `..`")]
    DotSegment,
    /// An empty segment before the end.
    #[error("the path has an empty segment")]
    EmptySegment,
}

/// The segments of a path, each decoded: `/v1/data/a%2Fb` has the three segments `v1`, `data` and `a/b`. One `/` at the end means
/// nothing.
///
/// Whoever routes, authorizes or answers reads the path by this function and no other way, so that all of them see the same one.
///
/// # Errors
/// What two readers could take for different paths is refused: dot segments, empty segments and broken escapes.
pub fn path_segments(path: &str) -> Result<Vec<Cow<'_, str>>, PathError> {
    let below = path.strip_prefix('/').ok_or(PathError::NotAbsolute)?;
    let below = below.strip_suffix('/').unwrap_or(below);
    if below.is_empty() {
        // `//` is an empty segment and no other way to write `/`.
        return if path.len() <= 1 { Ok(Vec::new()) } else { Err(PathError::EmptySegment) };
    }
    below.split('/').map(segment).collect()
}

fn segment(escaped: &str) -> Result<Cow<'_, str>, PathError> {
    let decoded = decode(escaped).ok_or(PathError::Escape)?;
    match decoded.as_ref() {
        "" => Err(PathError::EmptySegment),
        "." | ".." => Err(PathError::DotSegment),
        _ => Ok(decoded),
    }
}

fn decode(escaped: &str) -> Option<Cow<'_, str>> {
    if !escaped.contains('%') {
        return Some(Cow::Borrowed(escaped));
    }
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}
