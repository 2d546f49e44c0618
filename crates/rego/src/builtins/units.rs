//! Numbers with units: `10G`, `512Mi`, `1500m`.

use super::operand::string;
use super::{Builtin, BuiltinError, Context, Parameter, Type};
use num_bigint::{BigInt, BigUint, Sign};
use value::{Value, number};

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "units.parse",
        "Reads a number with a unit such as `10G`, `5Ki` or `1500m`, where `m` is a thousandth and `M` a million.",
        &[Parameter::new("x", Type::String, "the number and its unit")],
        Parameter::new("y", Type::Number, "the number without the unit"),
        parse,
    ),
    Builtin::of_leaves(
        "units.parse_bytes",
        "Reads an amount of memory such as `10GB`, `5K` or `4MiB`, in any case.",
        &[Parameter::new("x", Type::String, "the amount and its unit")],
        Parameter::new("y", Type::Number, "the number of bytes"),
        parse_bytes,
    ),
];

/// As in OPA; more digits would be a number that takes long to write out.
const EXPONENT_DIGITS_MAX: usize = 6;

/// The factor of a unit without its byte sign, such as `k` or `ki`.
fn factor(unit: &str) -> Option<u64> {
    const POWERS: [&str; 6] = ["k", "m", "g", "t", "p", "e"];
    if unit.is_empty() {
        return Some(1);
    }
    let (letter, base) = unit.strip_suffix('i').map_or((unit, 1_000_u64), |letter| (letter, 1_024));
    (1..).zip(POWERS).find(|(_, power)| *power == letter).map(|(power, _)| base.pow(power))
}

fn parse<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let fail = |problem: &str| Err(BuiltinError::failed(format!("units.parse: {problem}")));
    let text = string(operands, 0)?.replace('"', "");
    if text.contains(' ') {
        return fail("spaces not allowed in resource strings");
    }
    let Some((amount, unit)) = split(&text) else { return fail("exponent too large") };
    if amount.is_empty() {
        return fail("no amount provided");
    }
    // Only the case of the first letter counts, to tell milli from mega.
    let (first, rest) = unit.split_at(unit.chars().next().map_or(0, char::len_utf8));
    let rest = rest.to_lowercase();
    let (factor, milli) = match (first, rest.as_str()) {
        ("m", "") => (1, true),
        _ => match factor(&format!("{}{rest}", first.to_lowercase())) {
            Some(factor) => (factor, false),
            None => return fail(&format!("unit {first}{rest} not recognized")),
        },
    };
    let Some(amount) = Decimal::parse(amount) else { return fail("could not parse amount to a number") };
    let digits = amount.digits * factor;
    let exponent = amount.exponent - if milli { 3 } else { 0 };
    let Some(scaled) = scale(&digits, exponent) else { return fail("exponent too large") };
    match scaled {
        Scaled::Integer(integer) => Ok(Some(number::from_big_int(context.arena, &integer))),
        Scaled::Fraction(text) => Ok(number::parse(context.arena, &text)),
    }
}

enum Scaled {
    Integer(BigInt),
    /// Ten digits after the point, as OPA writes them.
    Fraction(String),
}

/// `digits` times ten to the power of `exponent`; `None` when that has too many digits.
fn scale(digits: &BigInt, exponent: i64) -> Option<Scaled> {
    const PLACES: i64 = 10;
    let limit = i64::try_from(number::DIGITS_MAX).ok()?;
    if *digits == BigInt::ZERO {
        return Some(Scaled::Integer(BigInt::ZERO));
    }
    if exponent.abs() > limit {
        return None;
    }
    let power = |exponent: i64| u32::try_from(exponent).ok().map(|exponent| BigInt::from(10).pow(exponent));
    if exponent >= 0 {
        return Some(Scaled::Integer(digits * power(exponent)?));
    }
    let divisor = power(-exponent)?;
    if digits % &divisor == BigInt::ZERO {
        return Some(Scaled::Integer(digits / divisor));
    }
    // Half a place more and the rest cut off: rounded half away from zero.
    let doubled = digits.magnitude() * BigInt::from(2).magnitude() * power(PLACES)?.magnitude();
    let rounded = (doubled + divisor.magnitude()) / (divisor.magnitude() * BigInt::from(2).magnitude());
    let text = format!("{:0>11}", rounded.to_str_radix(10));
    let (whole, fraction) = text.split_at(text.len() - 10);
    let sign = if digits.sign() == Sign::Minus { "-" } else { "" };
    Some(Scaled::Fraction(format!("{sign}{whole}.{fraction}")))
}

fn parse_bytes<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let fail = |problem: &str| Err(BuiltinError::failed(format!("units.parse_bytes: {problem}")));
    let text = string(operands, 0)?.to_lowercase().replace('"', "");
    if text.contains(' ') {
        return fail("spaces not allowed in resource strings");
    }
    let Some((amount, unit)) = split(&text) else { return fail("exponent too large") };
    if amount.is_empty() {
        return fail("no byte amount provided");
    }
    let bare = unit.strip_suffix('b').filter(|bare| !bare.is_empty()).unwrap_or(unit);
    let Some(factor) = factor(bare) else { return fail(&format!("byte unit {unit} not recognized")) };
    let Some(amount) = Decimal::parse(amount) else { return fail("could not parse byte amount to a number") };
    let Some(bytes) = amount.bytes(factor) else { return fail("exponent too large") };
    Ok(Some(number::from_big_int(context.arena, &bytes)))
}

/// The number and the unit; `None` when the exponent has too many digits.
fn split(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_sign = |at: usize| matches!(bytes.get(at), Some(b'+' | b'-'));
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' | b'.' | b'+' | b'-' => {}
            // An exponent if digits follow; otherwise the unit.
            b'e' | b'E' if is_digit(at + 1) || is_sign(at + 1) => {
                at += usize::from(is_sign(at + 1));
                let digits = (at + 1..).take_while(|&at| is_digit(at)).count();
                if digits > EXPONENT_DIGITS_MAX {
                    return None;
                }
            }
            _ => break,
        }
        at += 1;
    }
    text.split_at_checked(at)
}

/// A decimal number: digits times ten to the power of an exponent.
struct Decimal {
    digits: BigInt,
    exponent: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(magnitude) => (true, magnitude),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let is_number = !all.is_empty() && all.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || all.len() > number::DIGITS_MAX {
            return None;
        }
        let digits: BigInt = all.parse().ok()?;
        let exponent = exponent.parse::<i64>().ok()? - i64::try_from(fraction.len()).ok()?;
        Some(Self { digits: if negative { -digits } else { digits }, exponent })
    }

    /// The number times `factor` without its fraction, through floats of 64 bits as OPA computes it: `1.1KB` is 1100
    /// because the product is rounded before it is cut. `None` when it has too many digits.
    fn bytes(&self, factor: u64) -> Option<BigInt> {
        let limit = i64::try_from(number::DIGITS_MAX).ok()?;
        if *self.digits.magnitude() == BigUint::ZERO {
            return Some(BigInt::ZERO);
        }
        if self.exponent > limit {
            return None;
        }
        if self.exponent < -2 * limit {
            return Some(BigInt::ZERO);
        }
        let power = BigUint::from(10_u8).pow(u32::try_from(self.exponent.unsigned_abs()).ok()?);
        let digits = self.digits.magnitude();
        let amount = if self.exponent >= 0 {
            Float::rounded(&(digits * power), &BigUint::from(1_u8))
        } else {
            Float::rounded(digits, &power)
        };
        let product = Float::rounded(&(amount.mantissa * factor), &BigUint::from(1_u8));
        let exponent = amount.exponent + product.exponent;
        let magnitude = match u64::try_from(exponent) {
            Ok(left) => product.mantissa << left,
            Err(_) => product.mantissa >> exponent.unsigned_abs(),
        };
        Some(BigInt::from_biguint(self.digits.sign(), magnitude))
    }
}

/// A mantissa of at most 64 bits times two to the power of an exponent.
struct Float {
    mantissa: BigUint,
    exponent: i64,
}

impl Float {
    const BITS: i64 = 64;

    /// The quotient, rounded to the nearest, half way to even.
    fn rounded(numerator: &BigUint, denominator: &BigUint) -> Self {
        let bits = |number: &BigUint| i64::try_from(number.bits()).unwrap_or(i64::MAX);
        // One shift too few or too many shows in the length of the quotient.
        let mut shift = Self::BITS - bits(numerator) + bits(denominator);
        loop {
            let (scaled, divisor) = match u64::try_from(shift) {
                Ok(left) => (numerator << left, denominator.clone()),
                Err(_) => (numerator.clone(), denominator << shift.unsigned_abs()),
            };
            let (mut mantissa, rest) = (&scaled / &divisor, &scaled % &divisor);
            if bits(&mantissa) > Self::BITS {
                shift -= bits(&mantissa) - Self::BITS;
                continue;
            }
            let twice = rest << 1_u8;
            if twice > divisor || (twice == divisor && mantissa.bit(0)) {
                mantissa += 1_u8;
            }
            return Self { mantissa, exponent: -shift };
        }
    }
}

#[cfg(test)]
#[path = "units_tests.rs"]
mod tests;
