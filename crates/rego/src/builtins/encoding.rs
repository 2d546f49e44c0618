//! Text encodings: base64, hexadecimal and URL queries.

use super::operand::{any, string};
use super::{Builtin, BuiltinError, Context, Parameter, Type, go_url, text};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use std::collections::BTreeMap;
use value::Value;

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

const DECODED: Parameter = Parameter::new("y", Type::String, "what it says; bytes that are not text become `\u{fffd}`");

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "base64.encode",
        "Encodes a string in base64.",
        &[Parameter::new("x", Type::String, "the string to encode")],
        Parameter::new("y", Type::String, "`x` in base64"),
        base64_encode,
    ),
    Builtin::of_leaves(
        "base64.decode",
        "Decodes base64.",
        &[Parameter::new("x", Type::String, "base64, with padding")],
        DECODED,
        base64_decode,
    ),
    Builtin::of_leaves(
        "base64.is_valid",
        "Tells whether a string is base64.",
        &[Parameter::new("x", Type::String, "the string to check")],
        Parameter::new("result", Type::Boolean, "`true` if it is"),
        base64_is_valid,
    ),
    Builtin::of_leaves(
        "base64url.encode",
        "Encodes a string in the base64 of URLs, with padding.",
        &[Parameter::new("x", Type::String, "the string to encode")],
        Parameter::new("y", Type::String, "`x` in base64url"),
        base64url_encode,
    ),
    Builtin::of_leaves(
        "base64url.encode_no_pad",
        "Encodes a string in the base64 of URLs, without padding.",
        &[Parameter::new("x", Type::String, "the string to encode")],
        Parameter::new("y", Type::String, "`x` in base64url"),
        base64url_encode_no_pad,
    ),
    Builtin::of_leaves(
        "base64url.decode",
        "Decodes the base64 of URLs, with or without padding.",
        &[Parameter::new("x", Type::String, "base64url")],
        DECODED,
        base64url_decode,
    ),
    Builtin::of_leaves(
        "hex.encode",
        "Writes the bytes of a string as hexadecimal digits.",
        &[Parameter::new("x", Type::String, "the string to encode")],
        Parameter::new("y", Type::String, "two digits for each byte"),
        hex_encode,
    ),
    Builtin::of_leaves(
        "hex.decode",
        "Reads bytes written as hexadecimal digits.",
        &[Parameter::new("x", Type::String, "two digits for each byte")],
        DECODED,
        hex_decode,
    ),
    Builtin::of_leaves(
        "urlquery.encode",
        "Escapes a string so that it can stand in the query of a URL.",
        &[Parameter::new("x", Type::String, "the string to escape")],
        Parameter::new("y", Type::String, "the escaped string"),
        urlquery_encode,
    ),
    Builtin::of_leaves(
        "urlquery.decode",
        "Undoes the escapes of the query of a URL.",
        &[Parameter::new("x", Type::String, "the escaped string")],
        DECODED,
        urlquery_decode,
    ),
    Builtin::of_leaves(
        "urlquery.encode_object",
        "Writes an object as the query of a URL, by ascending key.",
        &[Parameter::new(
            "object",
            Type::Object(
                &Type::String,
                &Type::AnyOf(&[Type::String, Type::Array(&Type::String), Type::Set(&Type::String)]),
            ),
            "keys, each with a value or several",
        )],
        Parameter::new("y", Type::String, "the query"),
        urlquery_encode_object,
    ),
    Builtin::of_leaves(
        "urlquery.decode_object",
        "Reads the query of a URL.",
        &[Parameter::new("x", Type::String, "the query, without `?`")],
        Parameter::new("object", Type::Object(&Type::String, &Type::Array(&Type::String)), "each key with its values"),
        urlquery_decode_object,
    ),
];

fn base64_encode<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    Ok(Some(context.arena.string(&STANDARD.encode(string(operands, 0)?))))
}

fn base64_decode<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    decoded(context, &decode(string(operands, 0)?, false)?)
}

fn base64_is_valid<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    Ok(Some(any(operands, 0).as_str().is_some_and(|x| decode(x, false).is_ok()).into()))
}

fn base64url_encode<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    Ok(Some(context.arena.string(&URL_SAFE.encode(string(operands, 0)?))))
}

fn base64url_encode_no_pad<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    Ok(Some(context.arena.string(&URL_SAFE_NO_PAD.encode(string(operands, 0)?))))
}

fn base64url_decode<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    decoded(context, &base64url_bytes(string(operands, 0)?)?)
}

/// What base64, with padding, says.
pub(super) fn base64_bytes(x: &str) -> std::result::Result<Vec<u8>, BuiltinError> {
    decode(x, false)
}

/// What the base64 of URLs, with or without padding, says.
pub(super) fn base64url_bytes(x: &str) -> std::result::Result<Vec<u8>, BuiltinError> {
    let padding = match x.len() % 4 {
        _ if x.ends_with('=') => "",
        0 => "",
        2 => "==",
        3 => "=",
        _ => return Err(BuiltinError::failed(format!("illegal base64url string: {x}"))),
    };
    decode(&format!("{x}{padding}"), true)
}

fn decoded<'a>(context: &Context<'_, 'a>, bytes: &[u8]) -> Result<'a> {
    Ok(Some(context.arena.string(&text::lossy(bytes))))
}

/// Base64 as Go reads it: line breaks are skipped, padding must be there, bits left over are ignored. The crate's
/// decoder would not say where in the original text the mistake is.
fn decode(text: &str, url: bool) -> std::result::Result<Vec<u8>, BuiltinError> {
    let corrupt = |at: usize| BuiltinError::failed(format!("illegal base64 data at input byte {at}"));
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut symbols = text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    loop {
        let (mut group, mut filled) = (0_u32, 0_u32);
        while filled < 4 {
            match symbols.next() {
                None if filled == 0 => return Ok(bytes),
                None => return Err(corrupt(text.len().saturating_sub(usize::try_from(filled).unwrap_or(0)))),
                Some((at, b'=')) => {
                    match (filled, symbols.next()) {
                        (0 | 1, _) => return Err(corrupt(at)),
                        (2, None) => return Err(corrupt(text.len())),
                        (2, Some((second, byte))) if byte != b'=' => return Err(corrupt(second.saturating_sub(1))),
                        (3, Some((rest, _))) => return Err(corrupt(rest)),
                        _ => {}
                    }
                    if let Some((rest, _)) = symbols.next() {
                        return Err(corrupt(rest));
                    }
                    let [_, first, second, _] = (group << (6 * (4 - filled))).to_be_bytes();
                    bytes.push(first);
                    bytes.extend((filled == 3).then_some(second));
                    return Ok(bytes);
                }
                Some((at, byte)) => {
                    group = group << 6 | sextet(byte, url).ok_or_else(|| corrupt(at))?;
                    filled += 1;
                }
            }
        }
        let [_, decoded @ ..] = group.to_be_bytes();
        bytes.extend(decoded);
    }
}

fn sextet(byte: u8, url: bool) -> Option<u32> {
    let sextet = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' if !url => 62,
        b'/' if !url => 63,
        b'-' if url => 62,
        b'_' if url => 63,
        _ => return None,
    };
    Some(u32::from(sextet))
}

fn hex_encode<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let x = string(operands, 0)?;
    text::build(context.arena, |out| x.bytes().try_for_each(|byte| write!(out, "{byte:02x}"))).map(Some)
}

fn hex_decode<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let x = string(operands, 0)?;
    if let Some(byte) = x.bytes().find(|byte| !byte.is_ascii_hexdigit()) {
        // As Go prints it: code point and, if it can be shown, the character.
        let shown = if byte.is_ascii_graphic() || byte == b' ' || byte > 0xa0 && byte != 0xad {
            format!(" '{}'", char::from(byte))
        } else {
            String::new()
        };
        return Err(BuiltinError::failed(format!("encoding/hex: invalid byte: U+{byte:04X}{shown}")));
    }
    if x.len() % 2 == 1 {
        return Err(BuiltinError::failed("encoding/hex: odd length hex string"));
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
    let bytes: Vec<_> =
        x.as_bytes().as_chunks::<2>().0.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect();
    decoded(context, &bytes)
}

fn urlquery_encode<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    Ok(Some(context.arena.string(&go_url::query_escape(string(operands, 0)?))))
}

fn urlquery_decode<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let decoded = go_url::query_unescape(string(operands, 0)?).map_err(BuiltinError::failed)?;
    Ok(Some(context.arena.string(&decoded)))
}

fn urlquery_encode_object<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    const WRONG: &str = "values must be string, array[string], or set[string]";
    let operand = any(operands, 0);
    let object = operand.as_object().ok_or_else(|| BuiltinError::operand(0, "object", operand))?;
    let wrong = || BuiltinError::contents(0, WRONG);
    let mut pairs: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (key, value) in object.iter() {
        let key = text::json_key(key)?;
        let text = |value: Value<'a>| value.as_str().ok_or_else(wrong);
        let values = match value {
            Value::String(one) => vec![one.as_str()],
            Value::Array(several) => several.iter().map(text).collect::<std::result::Result<_, _>>()?,
            Value::Set(several) => several.iter().map(text).collect::<std::result::Result<_, _>>()?,
            _ => return Err(wrong()),
        };
        pairs.insert(key, values);
    }
    let mut query = String::new();
    for (key, values) in &pairs {
        let key = go_url::query_escape(key);
        for value in values {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(&key);
            query.push('=');
            query.push_str(&go_url::query_escape(value));
        }
    }
    Ok(Some(context.arena.string(&query)))
}

fn urlquery_decode_object<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let arena = context.arena;
    let mut values: BTreeMap<String, Vec<Value<'a>>> = BTreeMap::new();
    for (key, value) in go_url::parse_query(string(operands, 0)?).map_err(BuiltinError::failed)? {
        values.entry(key).or_default().push(arena.string(&value));
    }
    let entries: Vec<_> = values.iter().map(|(key, values)| (arena.string(key), arena.array(values))).collect();
    Ok(Some(arena.object(&entries)))
}

#[cfg(test)]
#[path = "encoding_tests.rs"]
mod tests;
