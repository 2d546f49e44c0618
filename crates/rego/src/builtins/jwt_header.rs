//! Headers of tokens to be signed.
//!
//! OPA looks up `alg` and `typ` with a parser that takes more than JSON (a lone `e` is a number) and whose messages
//! policies see, so that this one reads the same.

use super::go_format::quote;
use std::borrow::Cow;

/// Deepest nesting.
const DEPTH_MAX: usize = 300;
/// Longer texts are cut in the middle when they are shown.
const SHOWN_BYTES_MAX: usize = 80;

/// A header's text, as far as anything is asked of it.
#[derive(Debug)]
pub(super) struct Header<'t> {
    fields: Vec<(Cow<'t, str>, Field<'t>)>,
}

#[derive(Debug)]
enum Field<'t> {
    Text(Cow<'t, str>),
    Other(&'static str),
}

/// Message and what was not read.
type Failure<'t> = (String, &'t str);

impl<'t> Header<'t> {
    pub(super) fn parse(text: &'t str) -> Result<Self, String> {
        let text = skip_space(text);
        let mut fields = Vec::new();
        let (_, rest) = value(text, 0, &mut fields).map_err(|(message, rest)| {
            format!("cannot parse JSON: {message}; unparsed tail: {}", quote(&shown(rest), '"', false))
        })?;
        let rest = skip_space(rest);
        if rest.is_empty() {
            Ok(Self { fields })
        } else {
            Err(format!("unexpected tail: {}", quote(&shown(rest), '"', false)))
        }
    }

    /// The text of the first field of this name.
    pub(super) fn text(&self, name: &str) -> Result<&str, String> {
        match self.fields.iter().find(|(field, _)| field == name) {
            Some((_, Field::Text(text))) => Ok(text),
            Some((_, Field::Other(kind))) => Err(format!("value doesn't contain string; it contains {kind}")),
            None => Err(format!("jwsbb: header \"{name}\" not found")),
        }
    }
}

fn shown(text: &str) -> Cow<'_, str> {
    if text.len() <= SHOWN_BYTES_MAX {
        return Cow::Borrowed(text);
    }
    let half = SHOWN_BYTES_MAX / 2;
    let (start, end) = (text.floor_char_boundary(half), text.ceil_char_boundary(text.len() - half));
    let (start, _) = text.split_at(start);
    let (_, end) = text.split_at(end);
    Cow::Owned(format!("{start}...{end}"))
}

fn skip_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\r', '\n', '\t'])
}

/// Reads a value. The fields of the outermost object are kept.
fn value<'t>(
    text: &'t str,
    depth: usize,
    fields: &mut Vec<(Cow<'t, str>, Field<'t>)>,
) -> Result<(Field<'t>, &'t str), Failure<'t>> {
    let Some(first) = text.chars().next() else { return Err(("cannot parse empty string".to_owned(), text)) };
    if depth >= DEPTH_MAX {
        return Err((format!("too big depth for the nested JSON; it exceeds {DEPTH_MAX}"), text));
    }
    let inside = |what: &str| {
        let what = what.to_owned();
        move |(message, rest): Failure<'t>| (format!("cannot parse {what}: {message}"), rest)
    };
    match first {
        '{' => object(text, depth + 1, fields).map(|rest| (Field::Other("object"), rest)).map_err(inside("object")),
        '[' => array(text, depth + 1).map(|rest| (Field::Other("array"), rest)).map_err(inside("array")),
        '"' => string(text).map(|(raw, rest)| (Field::Text(unescape(raw)), rest)).map_err(inside("string")),
        't' => word(text, "true"),
        'f' => word(text, "false"),
        'n' if !has_prefix(text, "nan") => word(text, "null"),
        _ => number(text).map(|rest| (Field::Other("number"), rest)).map_err(inside("number")),
    }
}

fn has_prefix(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn word<'t>(text: &'t str, word: &'static str) -> Result<(Field<'t>, &'t str), Failure<'t>> {
    match text.strip_prefix(word) {
        Some(rest) => Ok((Field::Other(word), rest)),
        None => Err((format!("unexpected value found: {}", quote(text, '"', false)), text)),
    }
}

fn number(text: &str) -> Result<&str, Failure<'_>> {
    let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || b"-.eE+".contains(byte)).count();
    let (digits, rest) = text.split_at(length);
    if matches!(digits, "" | "-" | "+") && !rest.is_empty() {
        if has_prefix(rest, "inf") || has_prefix(rest, "nan") {
            return Ok(rest.get(3..).unwrap_or_default());
        }
        let (first, _) = text.split_at(text.ceil_char_boundary(1));
        return Err((format!("unexpected char: {}", quote(first, '"', false)), text));
    }
    Ok(rest)
}

fn array(text: &str, depth: usize) -> Result<&str, Failure<'_>> {
    let mut rest = skip_space(text.get(1..).unwrap_or_default());
    if rest.is_empty() {
        return Err(("missing ']'".to_owned(), rest));
    }
    if let Some(rest) = rest.strip_prefix(']') {
        return Ok(rest);
    }
    loop {
        let (_, after) = value(skip_space(rest), depth, &mut Vec::new())
            .map_err(|(message, rest)| (format!("cannot parse array value: {message}"), rest))?;
        rest = skip_space(after);
        match rest.chars().next() {
            None => return Err(("unexpected end of array".to_owned(), rest)),
            Some(']') => return Ok(rest.get(1..).unwrap_or_default()),
            Some(',') => rest = rest.get(1..).unwrap_or_default(),
            Some(_) => return Err(("missing ',' after array value".to_owned(), rest)),
        }
    }
}

fn object<'t>(
    text: &'t str,
    depth: usize,
    fields: &mut Vec<(Cow<'t, str>, Field<'t>)>,
) -> Result<&'t str, Failure<'t>> {
    let mut rest = skip_space(text.get(1..).unwrap_or_default());
    if rest.is_empty() {
        return Err(("missing '}'".to_owned(), rest));
    }
    if let Some(rest) = rest.strip_prefix('}') {
        return Ok(rest);
    }
    loop {
        rest = skip_space(rest);
        if !rest.starts_with('"') {
            return Err(("cannot find opening '\"\" for object key".to_owned(), rest));
        }
        let (key, after) =
            string(rest).map_err(|(message, rest)| (format!("cannot parse object key: {message}"), rest))?;
        let Some(after) = skip_space(after).strip_prefix(':') else {
            return Err(("missing ':' after object key".to_owned(), skip_space(after)));
        };
        let (field, after) = value(skip_space(after), depth, &mut Vec::new())
            .map_err(|(message, rest)| (format!("cannot parse object value: {message}"), rest))?;
        fields.push((unescape(key), field));
        rest = skip_space(after);
        match rest.chars().next() {
            None => return Err(("unexpected end of object".to_owned(), rest)),
            Some('}') => return Ok(rest.get(1..).unwrap_or_default()),
            Some(',') => rest = rest.get(1..).unwrap_or_default(),
            Some(_) => return Err(("missing ',' after object value".to_owned(), rest)),
        }
    }
}

/// The text between quotes as written, and what follows.
fn string(text: &str) -> Result<(&str, &str), Failure<'_>> {
    let inside = text.get(1..).unwrap_or_default();
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '"' if !escaped => {
                return Ok((inside.get(..at).unwrap_or_default(), inside.get(at + 1..).unwrap_or_default()));
            }
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Err(("missing closing '\"'".to_owned(), ""))
}

/// What escapes stand for; what makes no sense stays as it is.
fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut characters = after.chars();
        rest = match characters.next() {
            Some(c @ ('"' | '\\' | '/')) => {
                text.push(c);
                characters.as_str()
            }
            Some(c @ ('b' | 'f' | 'n' | 'r' | 't')) => {
                text.push(match c {
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'n' => '\n',
                    'r' => '\r',
                    _ => '\t',
                });
                characters.as_str()
            }
            Some('u') => {
                let digits = characters.as_str().get(..4);
                match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
                    Some(code) => {
                        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                        characters.as_str().get(4..).unwrap_or_default()
                    }
                    None => {
                        text.push_str("\\u");
                        characters.as_str()
                    }
                }
            }
            Some(c) => {
                text.push('\\');
                text.push(c);
                characters.as_str()
            }
            None => "",
        };
    }
    text.push_str(rest);
    Cow::Owned(text)
}

#[cfg(test)]
#[path = "jwt_header_tests.rs"]
mod tests;
