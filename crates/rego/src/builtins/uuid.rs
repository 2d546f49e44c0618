//! UUIDs: new ones, and what old ones tell.

use super::operand::string;
use super::{Builtin, BuiltinError, Context, Parameter, Type};
use std::fmt::Write;
use value::Value;

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "uuid.rfc4122",
        "Makes a random UUID (version 4), the same one for the same key throughout an evaluation.",
        &[Parameter::new("k", Type::String, "a key to tell several UUIDs of one evaluation apart")],
        Parameter::new("output", Type::String, "the UUID"),
        rfc4122,
    )
    .nondeterministic(),
    Builtin::of_leaves(
        "uuid.parse",
        "Takes a UUID apart into version, variant and what its version encodes; undefined for other strings.",
        &[Parameter::new("uuid", Type::String, "the UUID, also in braces, as a URN or without dashes")],
        Parameter::new("result", Type::Object(&Type::String, &Type::Any), "its fields"),
        parse,
    ),
];

fn rfc4122<'a>(context: &mut Context<'_, 'a>, _: &[Value<'a>]) -> Result<'a> {
    let mut bytes = [0; 16];
    context.host.random(&mut bytes);
    let number = u128::from_be_bytes(bytes);
    // Version 4 and the variant of RFC 4122.
    let number = number & !(0xf << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62;
    let hex = format!("{number:032x}");
    let mut text = String::with_capacity(36);
    for (index, digit) in hex.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    Ok(Some(context.arena.string(&text)))
}

fn parse<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let Some(number) = read(string(operands, 0)?) else { return Ok(None) };
    let arena = context.arena;
    let bits = |shift: u32, count: u32| i64::try_from(number >> shift & ((1 << count) - 1)).unwrap_or(0);
    let version = bits(76, 4);
    let variant = match bits(61, 3) {
        0b000..=0b011 => "Reserved",
        0b100 | 0b101 => "RFC4122",
        0b110 => "Microsoft",
        _ => "Future",
    };
    let mut entries =
        vec![(arena.borrowed("version"), Value::Int(version)), (arena.borrowed("variant"), arena.borrowed(variant))];
    if matches!(version, 1 | 2) {
        entries.push((arena.borrowed("time"), Value::Int(unix_nanoseconds(number))));
        entries.push((arena.borrowed("nodeid"), arena.string(&node(number))));
        entries.push((arena.borrowed("macvariables"), arena.borrowed(address_kind(bits(40, 8)))));
        entries.push((arena.borrowed("clocksequence"), Value::Int(bits(48, 14))));
    }
    if version == 2 {
        let domain = match bits(48, 8) {
            0 => "Person".to_owned(),
            1 => "Group".to_owned(),
            2 => "Org".to_owned(),
            other => format!("Domain{other}"),
        };
        entries.push((arena.borrowed("id"), Value::Int(bits(96, 32))));
        entries.push((arena.borrowed("domain"), arena.string(&domain)));
    }
    Ok(Some(arena.object(&entries)))
}

/// The number that a UUID is, in any of the forms that Go's `uuid.Parse` takes.
fn read(text: &str) -> Option<u128> {
    let dashed = match text.len() {
        36 => text,
        32 => return hexadecimal(text),
        // Like Go, whatever stands at the two ends.
        38 => text.get(1..37)?,
        45 => text.get(9..).filter(|_| text.get(..9).is_some_and(|urn| urn.eq_ignore_ascii_case("urn:uuid:")))?,
        _ => return None,
    };
    let mut groups = dashed.split('-');
    let mut hex = String::with_capacity(32);
    for length in [8, 4, 4, 4, 12] {
        hex.push_str(groups.next().filter(|group| group.len() == length)?);
    }
    hexadecimal(&hex)
}

fn hexadecimal(text: &str) -> Option<u128> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u128::from_str_radix(text, 16).ok().filter(|_| digits && text.len() == 32)
}

/// The time of versions 1 and 2: 100-nanosecond steps since the Gregorian calendar began.
fn unix_nanoseconds(number: u128) -> i64 {
    const GREGORIAN_TO_UNIX: i64 = 122_192_928_000_000_000;
    let (low, middle, high) = (number >> 96 & 0xffff_ffff, number >> 80 & 0xffff, number >> 64 & 0xfff);
    let steps = i64::try_from(high << 48 | middle << 32 | low).unwrap_or(0);
    // Wraps where Go's int64 does.
    (steps - GREGORIAN_TO_UNIX).wrapping_mul(100)
}

/// The node, a network address: `32-50-96-b3-9f-47`.
fn node(number: u128) -> String {
    let mut text = String::with_capacity(17);
    for byte in number.to_be_bytes().into_iter().skip(10) {
        if !text.is_empty() {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

const fn address_kind(first_byte: i64) -> &'static str {
    match first_byte & 0b11 {
        0b11 => "local:multicast",
        0b01 => "global:multicast",
        0b10 => "local:unicast",
        _ => "global:unicast",
    }
}

#[cfg(test)]
#[path = "uuid_tests.rs"]
mod tests;
