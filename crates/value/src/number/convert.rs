//! From and to the number types of Rust and `num-bigint`.

use super::{DIGITS_MAX, INT_DIGITS_MAX, decimal_of, format, parse};
use crate::arena::Arena;
use crate::document::Value;
use num_bigint::{BigInt, BigUint, Sign};

/// Whether the number is an integer, however it is written; false for what is not a number.
pub fn is_integer(value: Value<'_>) -> bool {
    match value {
        Value::Int(_) => true,
        Value::Number(number) => number.decimal().is_integer(),
        _ => false,
    }
}

/// The number as an `i64`, when that is exact.
pub const fn to_i64(value: Value<'_>) -> Option<i64> {
    // INVARIANT of `Value`: what an `i64` can hold is an `Int`.
    value.as_i64()
}

/// The number as a `u64`, when that is exact.
pub fn to_u64(value: Value<'_>) -> Option<u64> {
    match value {
        Value::Int(n) => u64::try_from(n).ok(),
        Value::Number(_) => u64::try_from(to_big_int(value)?).ok(),
        _ => None,
    }
}

/// The nearest `f64`: infinite when the magnitude is too large, zero for what is not a number.
pub fn to_f64(value: Value<'_>) -> f64 {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "the nearest is what is asked for")]
        Value::Int(n) => n as f64,
        Value::Number(number) => number.text().parse().unwrap_or_default(),
        _ => 0.0,
    }
}

/// The number as a big integer; `None` when it is not an integer or has more than [`DIGITS_MAX`] digits.
pub fn to_big_int(value: Value<'_>) -> Option<BigInt> {
    if let Value::Int(n) = value {
        return Some(BigInt::from(n));
    }
    let mut buffer = [0; INT_DIGITS_MAX];
    let decimal = decimal_of(value, &mut buffer)?;
    let places = usize::try_from(decimal.point).ok().filter(|&places| places <= DIGITS_MAX)?;
    if !decimal.is_integer() {
        return None;
    }
    let digits: Vec<u8> = decimal.digits().chain(std::iter::repeat_n(b'0', places - decimal.count)).collect();
    let magnitude = BigUint::parse_bytes(&digits, 10)?;
    Some(BigInt::from_biguint(if decimal.negative { Sign::Minus } else { Sign::Plus }, magnitude))
}

/// The value of a big integer.
pub fn from_big_int<'a>(arena: &'a Arena, integer: &BigInt) -> Value<'a> {
    match i64::try_from(integer) {
        Ok(n) => Value::Int(n),
        // Decimal digits are always JSON.
        Err(_) => parse(arena, &integer.to_string()).unwrap_or_default(),
    }
}

/// The value of an unsigned integer.
pub fn from_u64(arena: &Arena, integer: u64) -> Value<'_> {
    match i64::try_from(integer) {
        Ok(n) => Value::Int(n),
        Err(_) => parse(arena, &integer.to_string()).unwrap_or_default(),
    }
}

/// The shortest decimal that reads back as `float`, written as Go's `encoding/json` does; `None` for NaN and infinities.
pub fn from_f64(arena: &Arena, float: f64) -> Option<Value<'_>> {
    if !float.is_finite() {
        return None;
    }
    parse(arena, &format::json_f64(float))
}

/// The number as an exact fraction: numerator and denominator, which is a power of ten and not always in lowest terms.
///
/// `None` for what is not a number or has more than [`DIGITS_MAX`] digits before or after the decimal point.
pub fn to_ratio(value: Value<'_>) -> Option<(BigInt, BigUint)> {
    if is_integer(value) {
        return Some((to_big_int(value)?, BigUint::from(1_u8)));
    }
    let mut buffer = [0; INT_DIGITS_MAX];
    let decimal = decimal_of(value, &mut buffer)?;
    let count = i64::try_from(decimal.count).ok()?;
    let places = usize::try_from(count.checked_sub(decimal.point)?).ok()?;
    if places > DIGITS_MAX || decimal.count > DIGITS_MAX {
        return None;
    }
    let digits: Vec<u8> = decimal.digits().collect();
    let magnitude = BigUint::parse_bytes(&digits, 10)?;
    let numerator = BigInt::from_biguint(if decimal.negative { Sign::Minus } else { Sign::Plus }, magnitude);
    Some((numerator, BigUint::from(10_u8).pow(u32::try_from(places).ok()?)))
}

/// A fraction as a decimal: an integer if it is one, else with `places` digits after the point, half way rounded away from
/// zero, as Go's `Rat.FloatString` prints it. `None` when the denominator is zero.
pub fn from_ratio<'a>(arena: &'a Arena, numerator: &BigInt, denominator: &BigUint, places: usize) -> Option<Value<'a>> {
    let magnitude = numerator.magnitude();
    if denominator.bits() == 0 {
        return None;
    }
    let whole = magnitude / denominator;
    let sign = if numerator.sign() == Sign::Minus { "-" } else { "" };
    if &whole * denominator == *magnitude {
        return Some(from_big_int(arena, &BigInt::from_biguint(numerator.sign(), whole)));
    }
    let scale = BigUint::from(10_u8).pow(u32::try_from(places).ok()?);
    // Twice the scaled magnitude plus one denominator, over two denominators: rounds half up.
    let scaled = (magnitude * &scale * 2_u8 + denominator) / (denominator * 2_u8);
    let (whole, fraction) = (&scaled / &scale, &scaled % &scale);
    if places == 0 {
        return parse(arena, &format!("{sign}{whole}"));
    }
    parse(arena, &format!("{sign}{whole}.{:0>places$}", fraction.to_string()))
}
