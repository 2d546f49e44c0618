//! Arithmetic as OPA does it: exact for integers, 64 bits of precision otherwise.

use super::extended::Extended;
use super::{DIGITS_MAX, INT_DIGITS_MAX, NumberError, convert, decimal_of, format, parse, push_digits};
use crate::arena::Arena;
use crate::document::Value;
use num_bigint::{BigInt, Sign};

type Result<'a> = std::result::Result<Value<'a>, NumberError>;

/// `a + b`
///
/// # Errors
/// When an operand is not a number or too large.
pub fn add<'a>(arena: &'a Arena, a: Value<'_>, b: Value<'_>) -> Result<'a> {
    if let (Value::Int(a), Value::Int(b)) = (a, b)
        && let Some(sum) = a.checked_add(b)
    {
        return Ok(Value::Int(sum));
    }
    match operands(a, b)? {
        Operands::Integers(a, b) => from_integer(arena, &(a + b)),
        Operands::Extended(a, b) => from_extended(arena, a.add(b)),
    }
}

/// `a - b`
///
/// # Errors
/// When an operand is not a number or too large.
pub fn subtract<'a>(arena: &'a Arena, a: Value<'_>, b: Value<'_>) -> Result<'a> {
    if let (Value::Int(a), Value::Int(b)) = (a, b)
        && let Some(difference) = a.checked_sub(b)
    {
        return Ok(Value::Int(difference));
    }
    match operands(a, b)? {
        Operands::Integers(a, b) => from_integer(arena, &(a - b)),
        Operands::Extended(a, b) => from_extended(arena, a.add(b.negate())),
    }
}

/// `a * b`
///
/// # Errors
/// When an operand is not a number or too large.
pub fn multiply<'a>(arena: &'a Arena, a: Value<'_>, b: Value<'_>) -> Result<'a> {
    if let (Value::Int(a), Value::Int(b)) = (a, b)
        && let Some(product) = a.checked_mul(b)
    {
        return Ok(Value::Int(product));
    }
    match operands(a, b)? {
        Operands::Integers(a, b) => from_integer(arena, &(a * b)),
        Operands::Extended(a, b) => from_extended(arena, a.multiply(b)),
    }
}

/// `a / b`: an integer when both are integers and the division leaves nothing over.
///
/// # Errors
/// When `b` is zero, or an operand is not a number or too large.
pub fn divide<'a>(arena: &'a Arena, a: Value<'_>, b: Value<'_>) -> Result<'a> {
    if let (Value::Int(dividend), Value::Int(divisor)) = (a, b) {
        if divisor == 0 {
            return Err(NumberError::DivideByZero);
        }
        // Only the smallest integer by -1 overflows.
        match (dividend.checked_div(divisor), dividend.checked_rem(divisor)) {
            (Some(quotient), Some(0)) => return Ok(Value::Int(quotient)),
            (Some(_), Some(_)) => return small_quotient(arena, dividend, divisor),
            _ => {}
        }
    }
    match operands(a, b)? {
        Operands::Integers(dividend, divisor) => {
            if divisor.sign() == Sign::NoSign {
                return Err(NumberError::DivideByZero);
            }
            let quotient = &dividend / &divisor;
            if &quotient * &divisor == dividend {
                return from_integer(arena, &quotient);
            }
            from_extended(arena, extended(a)?.divide(extended(b)?).ok_or(NumberError::DivideByZero)?)
        }
        Operands::Extended(a, b) => from_extended(arena, a.divide(b).ok_or(NumberError::DivideByZero)?),
    }
}

/// The quotient of integers that do not divide.
fn small_quotient(arena: &Arena, dividend: i64, divisor: i64) -> Result<'_> {
    /// Places that are tried: amounts of money and percentages need no more.
    const PLACES: i64 = 6;
    const SCALE: i64 = 1_000_000;
    /// Decimals of up to 18 digits are told apart by 64 bits of mantissa, so one that equals the quotient is also the shortest
    /// that identifies it.
    const SCALED_MAX: u64 = 1_000_000_000_000_000_000;
    let scaled = dividend.checked_mul(SCALE).filter(|scaled| scaled.checked_rem(divisor) == Some(0));
    if let Some(scaled) = scaled.and_then(|scaled| scaled.checked_div(divisor))
        && scaled.unsigned_abs() < SCALED_MAX
    {
        let (mut magnitude, mut places) = (scaled.unsigned_abs(), PLACES);
        while magnitude.is_multiple_of(10) {
            magnitude /= 10;
            places -= 1;
        }
        let mut digits = Vec::with_capacity(INT_DIGITS_MAX);
        push_digits(&mut digits, magnitude);
        let point = i64::try_from(digits.len()).unwrap_or(i64::MAX) - places;
        let text = format::opa_text(scaled < 0, &digits, point, false);
        return parse(arena, &text).ok_or(NumberError::TooLarge);
    }
    let quotient = Extended::from_i64(dividend).divide(Extended::from_i64(divisor));
    from_extended(arena, quotient.ok_or(NumberError::DivideByZero)?)
}

/// `a % b` of integers; the result has the sign of `a`.
///
/// # Errors
/// When `b` is zero, an operand is not an integer, or is too large.
pub fn remainder<'a>(arena: &'a Arena, a: Value<'_>, b: Value<'_>) -> Result<'a> {
    if let (Value::Int(a), Value::Int(b)) = (a, b) {
        if b == 0 {
            return Err(NumberError::ModuloByZero);
        }
        // Only the smallest integer by -1 overflows, and there the remainder is 0.
        return Ok(Value::Int(a.checked_rem(b).unwrap_or(0)));
    }
    match operands(a, b)? {
        Operands::Integers(_, b) if b.sign() == Sign::NoSign => Err(NumberError::ModuloByZero),
        Operands::Integers(a, b) => from_integer(arena, &(a % b)),
        Operands::Extended(..) => Err(NumberError::ModuloOfFraction),
    }
}

/// `-a`
///
/// # Errors
/// When `a` is not a number.
pub fn negate<'a>(arena: &'a Arena, a: Value<'_>) -> Result<'a> {
    match a {
        Value::Int(n) => Ok(n.checked_neg().map_or_else(|| convert::from_u64(arena, n.unsigned_abs()), Value::Int)),
        Value::Number(number) => {
            let text = number.text();
            let negated = match text.strip_prefix('-') {
                Some(magnitude) => parse(arena, magnitude),
                None => parse(arena, &format!("-{text}")),
            };
            negated.ok_or(NumberError::TooLarge)
        }
        _ => Err(NumberError::NotANumber),
    }
}

/// The magnitude.
///
/// # Errors
/// When `a` is not a number.
pub fn abs<'a>(arena: &'a Arena, a: Value<'_>) -> Result<'a> {
    match a {
        Value::Int(n) => Ok(convert::from_u64(arena, n.unsigned_abs())),
        Value::Number(number) if number.is_negative() => negate(arena, a),
        Value::Number(number) => Ok(arena.number(number.copy_into(arena))),
        _ => Err(NumberError::NotANumber),
    }
}

/// The nearest integer; half way goes away from zero.
///
/// # Errors
/// When `a` is not a number.
pub fn round<'a>(arena: &'a Arena, a: Value<'_>) -> Result<'a> {
    integer_near(arena, a, |_, first_lost| first_lost >= b'5')
}

/// The smallest integer that is not below `a`.
///
/// # Errors
/// When `a` is not a number.
pub fn ceil<'a>(arena: &'a Arena, a: Value<'_>) -> Result<'a> {
    integer_near(arena, a, |negative, _| !negative)
}

/// The largest integer that is not above `a`.
///
/// # Errors
/// When `a` is not a number.
pub fn floor<'a>(arena: &'a Arena, a: Value<'_>) -> Result<'a> {
    integer_near(arena, a, |negative, _| negative)
}

/// Cuts the fraction off; `away` says, given the sign and the first digit lost, whether to step away from zero.
fn integer_near<'a>(arena: &'a Arena, a: Value<'_>, away: impl Fn(bool, u8) -> bool) -> Result<'a> {
    let number = match a {
        Value::Int(n) => return Ok(Value::Int(n)),
        Value::Number(number) => number,
        _ => return Err(NumberError::NotANumber),
    };
    let decimal = number.decimal();
    if decimal.is_integer() {
        return Ok(arena.number(number.copy_into(arena)));
    }
    // Not an integer, so there are fewer whole digits than written digits.
    let places = usize::try_from(decimal.point).unwrap_or(0);
    if places > DIGITS_MAX {
        return Err(NumberError::TooLarge);
    }
    let first_lost = if decimal.point < 0 { b'0' } else { decimal.digits().nth(places).unwrap_or(b'0') };
    if places < INT_DIGITS_MAX {
        let whole = decimal.digits().take(places).fold(0_i64, |n, digit| n * 10 + i64::from(digit - b'0'));
        let magnitude = whole + i64::from(away(decimal.negative, first_lost));
        return Ok(Value::Int(if decimal.negative { -magnitude } else { magnitude }));
    }
    let whole: Vec<u8> = decimal.digits().take(places).collect();
    let mut magnitude = BigInt::parse_bytes(&whole, 10).unwrap_or_default();
    if away(decimal.negative, first_lost) {
        magnitude += 1;
    }
    Ok(convert::from_big_int(arena, &if decimal.negative { -magnitude } else { magnitude }))
}

enum Operands {
    Integers(BigInt, BigInt),
    Extended(Extended, Extended),
}

fn operands(a: Value<'_>, b: Value<'_>) -> std::result::Result<Operands, NumberError> {
    if !a.is_number() || !b.is_number() {
        return Err(NumberError::NotANumber);
    }
    if convert::is_integer(a) && convert::is_integer(b) {
        let big = |value| convert::to_big_int(value).ok_or(NumberError::TooLarge);
        return Ok(Operands::Integers(big(a)?, big(b)?));
    }
    Ok(Operands::Extended(extended(a)?, extended(b)?))
}

fn extended(value: Value<'_>) -> std::result::Result<Extended, NumberError> {
    if let Value::Int(integer) = value {
        return Ok(Extended::from_i64(integer));
    }
    let mut buffer = [0; INT_DIGITS_MAX];
    match decimal_of(value, &mut buffer) {
        None => Ok(Extended::ZERO),
        Some(decimal) => Extended::from_decimal(&decimal).ok_or(NumberError::TooLarge),
    }
}

fn from_integer<'a>(arena: &'a Arena, integer: &BigInt) -> Result<'a> {
    /// More bits than this are surely more than [`DIGITS_MAX`] digits: ten digits take fewer than 34 bits.
    const BITS_MAX: u64 = DIGITS_MAX as u64 / 10 * 34;
    if integer.bits() > BITS_MAX {
        return Err(NumberError::TooLarge);
    }
    Ok(convert::from_big_int(arena, integer))
}

fn from_extended(arena: &Arena, number: Extended) -> Result<'_> {
    if let Some(integer) = number.to_i64() {
        return Ok(Value::Int(integer));
    }
    let text = number.to_text().ok_or(NumberError::TooLarge)?;
    parse(arena, &text).ok_or(NumberError::TooLarge)
}
