//! Numbers that an `i64` cannot hold, and arithmetic over all numbers.
//!
//! Integers are exact at any size. Where a fraction takes part, arithmetic works as OPA's does: in binary floating point
//! with 64 bits of mantissa, printed as the shortest decimal that identifies the result. A number that nobody computes
//! with keeps the text it was written with.
//!
//! # Limits
//! Comparing, hashing and printing work on the written digits and never expand an exponent: `1e1000000000` is as cheap as
//! `1`. Arithmetic refuses ([`NumberError::TooLarge`]) operands and results of more than [`DIGITS_MAX`] digits on either
//! side of the decimal point.

mod arithmetic;
mod convert;
mod extended;
mod format;

pub use arithmetic::{abs, add, ceil, divide, floor, multiply, negate, remainder, round, subtract};
pub use convert::{
    from_big_int, from_f64, from_ratio, from_u64, is_integer, to_big_int, to_f64, to_i64, to_ratio, to_u64,
};
pub use format::{FloatStyle, format_f64};

use crate::arena::Arena;
use crate::document::Value;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Arithmetic is done on numbers of up to this many digits before and after the decimal point.
pub const DIGITS_MAX: usize = 10_000;

/// Why arithmetic has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The divisor of a division is zero.
    #[error("divide by zero")]
    DivideByZero,
    /// The divisor of a remainder is zero.
    #[error("modulo by zero")]
    ModuloByZero,
    /// A remainder of a number that is not an integer.
    #[error("modulo on floating-point number")]
    ModuloOfFraction,
    /// An operand is not a number.
    #[error("operand is not a number")]
    NotANumber,
    /// An operand or the result has more than [`DIGITS_MAX`] digits.
    #[error("number has more than {DIGITS_MAX} digits")]
    TooLarge,
}

/// A number that is no [`Value::Int`]: a big integer or a fraction, as written.
///
/// Plain data: the digits stand in the arena and nothing is dropped.
#[derive(Clone, Copy)]
pub struct Number<'a> {
    // INVARIANT: JSON number syntax.
    text: &'a str,
    // INVARIANT: `text[first..end]` starts and ends with a digit that is not zero; a decimal point may stand inside.
    first: u32,
    end: u32,
    /// How many significant digits there are.
    count: u32,
    negative: bool,
    /// Where the decimal point stands: the value is `0.DIGITS` times ten to the power of `point`.
    point: i64,
}

/// Digits, sign and exponent of a number that is not zero, whatever form it has.
#[derive(Clone, Copy)]
struct Decimal<'a> {
    negative: bool,
    point: i64,
    count: usize,
    /// Digits without zeros at either end; a decimal point may stand inside.
    digits: &'a [u8],
}

impl Decimal<'_> {
    fn digits(&self) -> impl Iterator<Item = u8> {
        self.digits.iter().copied().filter(|&byte| byte != b'.')
    }

    /// The order of the magnitudes.
    fn compare_magnitude(&self, other: &Decimal<'_>) -> Ordering {
        // Without trailing zeros a proper prefix is the smaller number, which is what lexicographic order says.
        self.point.cmp(&other.point).then_with(|| self.digits().cmp(other.digits()))
    }

    const fn is_integer(&self) -> bool {
        self.point > 0 && self.point.unsigned_abs() >= self.count as u64
    }
}

impl<'a> Number<'a> {
    /// The number as written, in JSON syntax.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Whether it is below zero.
    pub const fn is_negative(&self) -> bool {
        self.negative
    }

    /// A copy whose text stands in `arena`.
    pub fn copy_into<'b>(&self, arena: &'b Arena) -> Number<'b> {
        Number {
            text: arena.str(self.text),
            first: self.first,
            end: self.end,
            count: self.count,
            negative: self.negative,
            point: self.point,
        }
    }

    fn decimal(&self) -> Decimal<'a> {
        Decimal {
            negative: self.negative,
            point: self.point,
            count: self.count as usize,
            digits: self.text.as_bytes().get(self.first as usize..self.end as usize).unwrap_or_default(),
        }
    }
}

impl PartialEq for Number<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number<'_> {}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_decimals(&self.decimal(), &other.decimal())
    }
}

/// Equal numbers hash alike, however they are written.
impl Hash for Number<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(u8::from(self.negative));
        state.write_i64(self.point);
        self.decimal().digits().for_each(|digit| state.write_u8(digit));
    }
}

impl fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Reads a number in JSON syntax; the text is copied if it has to be kept.
///
/// `None` when the text is not a JSON number, is longer than 4 GiB, or its exponent has more than 18 digits.
pub fn parse<'a>(arena: &'a Arena, text: &str) -> Option<Value<'a>> {
    match read(text)? {
        Reading::Int(n) => Some(Value::Int(n)),
        Reading::Number(number) => Some(arena.number(number.copy_into(arena))),
    }
}

/// Like [`parse`], over text that stands in storage already.
pub fn parse_borrowed<'a>(arena: &'a Arena, text: &'a str) -> Option<Value<'a>> {
    match read(text)? {
        Reading::Int(n) => Some(Value::Int(n)),
        Reading::Number(number) => Some(arena.number(number)),
    }
}

enum Reading<'a> {
    Int(i64),
    Number(Number<'a>),
}

/// The exact order of two numbers; what is not a number counts as zero.
pub fn compare(a: Value<'_>, b: Value<'_>) -> Ordering {
    if let (Value::Int(a), Value::Int(b)) = (a, b) {
        return a.cmp(&b);
    }
    let (mut a_buffer, mut b_buffer) = ([0; INT_DIGITS_MAX], [0; INT_DIGITS_MAX]);
    match (decimal_of(a, &mut a_buffer), decimal_of(b, &mut b_buffer)) {
        (Some(a), Some(b)) => compare_decimals(&a, &b),
        (None, Some(b)) if b.negative => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (Some(a), None) if a.negative => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

fn compare_decimals(a: &Decimal<'_>, b: &Decimal<'_>) -> Ordering {
    match (a.negative, b.negative) {
        (false, false) => a.compare_magnitude(b),
        (true, true) => b.compare_magnitude(a),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

/// The magnitude of any `i64` has at most this many digits.
const INT_DIGITS_MAX: usize = 19;

/// The parts of a number that is not zero; `buffer` takes the digits of an integer.
fn decimal_of<'b>(value: Value<'b>, buffer: &'b mut [u8; INT_DIGITS_MAX]) -> Option<Decimal<'b>> {
    match value {
        Value::Int(0) => None,
        Value::Int(n) => {
            let mut rest = n.unsigned_abs();
            let mut start = buffer.len();
            for slot in buffer.iter_mut().rev() {
                if rest == 0 {
                    break;
                }
                *slot = b'0' + (rest % 10) as u8;
                rest /= 10;
                start -= 1;
            }
            let digits = buffer.get(start..).unwrap_or_default();
            let point = i64::try_from(digits.len()).unwrap_or_default();
            let significant = digits.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
            let digits = digits.get(..significant).unwrap_or_default();
            Some(Decimal { negative: n < 0, point, count: digits.len(), digits })
        }
        Value::Number(number) => Some(number.decimal()),
        _ => None,
    }
}

/// The decimal digits of `integer`, which is not zero, after what `digits` holds.
fn push_digits(digits: &mut Vec<u8>, integer: u64) {
    let start = digits.len();
    let mut rest = integer;
    while rest > 0 {
        digits.push(b'0' + (rest % 10) as u8);
        rest /= 10;
    }
    digits.get_mut(start..).unwrap_or_default().reverse();
}

/// How many exponent digits are read.
pub(crate) const EXPONENT_DIGITS_MAX: usize = 18;

fn read(text: &str) -> Option<Reading<'_>> {
    let bytes = text.as_bytes();
    let negative = bytes.first() == Some(&b'-');
    let whole_start = usize::from(negative);
    let digits_from =
        |from: usize| bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();

    let whole_count = digits_from(whole_start);
    if whole_count == 0 || (whole_count > 1 && bytes.get(whole_start) == Some(&b'0')) {
        return None;
    }
    let whole_end = whole_start + whole_count;
    let mut mantissa_end = whole_end;
    if bytes.get(whole_end) == Some(&b'.') {
        let count = digits_from(whole_end + 1);
        if count == 0 {
            return None;
        }
        mantissa_end = whole_end + 1 + count;
    }
    let exponent = match bytes.get(mantissa_end) {
        None => 0,
        Some(b'e' | b'E') => read_exponent(bytes.get(mantissa_end + 1..)?)?,
        Some(_) => return None,
    };

    let mantissa = bytes.get(whole_start..mantissa_end)?;
    let significant = |byte: &u8| matches!(byte, b'1'..=b'9');
    let Some(first) = mantissa.iter().position(significant) else { return Some(Reading::Int(0)) };
    let first = whole_start + first;
    let end = whole_start + mantissa.iter().rposition(significant)? + 1;
    // The decimal point, counted in digits from the first significant one; the point itself takes one byte.
    let to_point = if first < whole_end {
        i64::try_from(whole_end - first).ok()?
    } else {
        -i64::try_from(first - whole_end - 1).ok()?
    };
    let has_point_inside = first < whole_end && end > whole_end;
    let count = end - first - usize::from(has_point_inside);
    let number = Number {
        text,
        first: u32::try_from(first).ok()?,
        end: u32::try_from(end).ok()?,
        count: u32::try_from(count).ok()?,
        negative,
        point: to_point + exponent,
    };
    Some(match small_integer(&number.decimal()) {
        Some(n) => Reading::Int(n),
        None => Reading::Number(number),
    })
}

fn read_exponent(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let leading_zeros = digits.iter().take_while(|&&b| b == b'0').count();
    if digits.len() - leading_zeros > EXPONENT_DIGITS_MAX {
        return None;
    }
    let mut exponent = 0_i64;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        exponent = exponent * 10 + i64::from(byte - b'0');
    }
    Some(if negative { -exponent } else { exponent })
}

/// The number as an `i64`, when that is exact.
fn small_integer(decimal: &Decimal<'_>) -> Option<i64> {
    let places = usize::try_from(decimal.point).ok().filter(|&places| places <= INT_DIGITS_MAX)?;
    if !decimal.is_integer() {
        return None;
    }
    let magnitude =
        decimal.digits().try_fold(0_u64, |n, digit| n.checked_mul(10)?.checked_add(u64::from(digit - b'0')))?;
    let zeros = u32::try_from(places - decimal.count).ok()?;
    let magnitude = magnitude.checked_mul(10_u64.checked_pow(zeros)?)?;
    if decimal.negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
