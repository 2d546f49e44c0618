//! What a plain scalar means.

use crate::Dialect;
use value::{Arena, Value, number};

/// What a plain scalar means. Strings are left to the caller, who may not need a value of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Plain<'a> {
    Value(Value<'a>),
    /// `<<`
    Merge,
    /// An infinity or not a number: well-formed YAML that no JSON document can hold.
    NotFinite,
    String,
}

pub(super) fn resolve<'a>(arena: &'a Arena, text: &str, dialect: Dialect) -> Plain<'a> {
    let Some(&first) = text.as_bytes().first() else { return Plain::Value(Value::Null) };
    match first {
        b'0'..=b'9' | b'+' | b'-' | b'.' => resolve_number(arena, text, dialect),
        b'<' if text == "<<" => Plain::Merge,
        _ => resolve_word(text, dialect).map_or(Plain::String, Plain::Value),
    }
}

fn resolve_word(text: &str, dialect: Dialect) -> Option<Value<'static>> {
    match text {
        "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::TRUE),
        "false" | "False" | "FALSE" => return Some(Value::FALSE),
        _ => {}
    }
    if dialect != Dialect::Kubernetes {
        return None;
    }
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(Value::TRUE),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(Value::FALSE),
        _ => None,
    }
}

fn resolve_number<'a>(arena: &'a Arena, text: &str, dialect: Dialect) -> Plain<'a> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Plain::NotFinite;
    }
    let value = match dialect {
        // Go leaves numbers that begin with their point to its own float syntax, which knows no grouping.
        Dialect::Kubernetes | Dialect::GoYaml if text.contains('_') && !text.starts_with('.') => {
            kubernetes_number(arena, &text.replace('_', ""))
        }
        Dialect::Kubernetes | Dialect::GoYaml => kubernetes_number(arena, text),
        Dialect::Core => core_number(arena, text),
    };
    value.map_or(Plain::String, Plain::Value)
}

fn kubernetes_number<'a>(arena: &'a Arena, text: &str) -> Option<Value<'a>> {
    let (negative, unsigned) = split_sign(text);
    let radix = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => Some((16, 2)),
        [b'0', b'o' | b'O', ..] => Some((8, 2)),
        [b'0', b'b' | b'B', ..] => Some((2, 2)),
        [b'0', b'0'..=b'9', ..] => Some((8, 1)),
        _ => None,
    };
    radix
        .and_then(|(radix, prefix)| integer(arena, negative, unsigned.get(prefix..)?, radix))
        .or_else(|| decimal(arena, negative, unsigned))
}

fn core_number<'a>(arena: &'a Arena, text: &str) -> Option<Value<'a>> {
    if let Some(digits) = text.strip_prefix("0x") {
        return integer(arena, false, digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return integer(arena, false, digits, 8);
    }
    let (negative, unsigned) = split_sign(text);
    decimal(arena, negative, unsigned)
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    }
}

/// Digits of a radix other than ten, up to 64 bits; whatever is larger is no number in Go either.
fn integer<'a>(arena: &'a Arena, negative: bool, digits: &str, radix: u32) -> Option<Value<'a>> {
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        0_i64.checked_sub_unsigned(magnitude).map(Value::Int)
    } else {
        Some(number::from_u64(arena, magnitude))
    }
}

/// `12`, `1.5`, `.5`, `1.`, `1e3`: put into JSON syntax and kept with all digits.
fn decimal<'a>(arena: &'a Arena, negative: bool, text: &str) -> Option<Value<'a>> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (text.get(..at)?, Some(text.get(at + 1..)?)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        significant => significant,
    };
    if exponent.is_none() && fraction.is_empty() {
        return number::parse(arena, &format!("{sign}{whole}"));
    }
    let mut json = format!("{sign}{whole}");
    if !fraction.is_empty() {
        json.push('.');
        json.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if digits.is_empty() || !all_digits(digits) {
            return None;
        }
        json.push('e');
        json.push_str(exponent);
    }
    // A float that 64 bits cannot hold is a string to Go, and so is an abbreviated commit like `12e4567`.
    if json.parse::<f64>().is_ok_and(f64::is_infinite) {
        return None;
    }
    number::parse(arena, &json)
}

/// Whether a plain scalar would be read as a timestamp by YAML 1.1, which a writer has to keep from happening.
pub(super) fn is_timestamp(text: &str) -> bool {
    let Some((date, rest)) = text.split_at_checked(text.find(['T', 't', ' ']).unwrap_or(text.len())) else {
        return false;
    };
    let mut parts = date.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4, 4), digits(month, 1, 2), digits(day, 1, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    if !(1..=days).contains(&day) {
        return false;
    }
    match rest.as_bytes().first() {
        None => true,
        Some(b' ') => is_time(rest.get(1..).unwrap_or_default()),
        Some(_) => {
            let rest = rest.get(1..).unwrap_or_default();
            let Some(zone) = rest.find(['Z', '+', '-']) else { return false };
            let (time, zone) = rest.split_at(zone);
            is_time(time) && is_zone(zone)
        }
    }
}

fn digits(text: &str, length_min: usize, length_max: usize) -> Option<u32> {
    let fits = (length_min..=length_max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

fn is_time(text: &str) -> bool {
    let mut parts = text.split(':');
    let (Some(hour), Some(minute), Some(second), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (second, fraction) = second.split_at(second.find(['.', ',']).unwrap_or(second.len()));
    let below = |text: &str, limit: u32| digits(text, 1, 2).is_some_and(|number| number < limit);
    let fraction_fits =
        fraction.is_empty() || (fraction.len() > 1 && fraction.bytes().skip(1).all(|b| b.is_ascii_digit()));
    below(hour, 24) && below(minute, 60) && below(second, 60) && fraction_fits
}

fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let Some((hour, minute)) = text.get(1..).and_then(|offset| offset.split_once(':')) else { return false };
    digits(hour, 2, 2).is_some_and(|hour| hour <= 24) && digits(minute, 2, 2).is_some_and(|minute| minute < 60)
}
