//! Binary floating point with 64 bits of mantissa: what Go's `big.Float` is after `SetString`, which is what OPA computes with.

use super::{DIGITS_MAX, Decimal, push_digits};
use num_bigint::BigUint;

/// Bits of the mantissa.
const PRECISION: u32 = 64;

/// A finite number, or zero when the mantissa is zero: `mantissa * 2^exponent`, rounded to nearest, ties to even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extended {
    negative: bool,
    // INVARIANT: the top bit is set unless the number is zero.
    mantissa: u64,
    exponent: i64,
}

/// Powers of five that a `u64` holds.
const POWER_OF_FIVE_MAX: u32 = 27;

impl Extended {
    pub(super) const ZERO: Self = Self { negative: false, mantissa: 0, exponent: 0 };

    /// Rounds `wide * 2^exponent`; `sticky` says that the true number is a little larger.
    ///
    /// INVARIANT: `wide` has at least 66 significant bits when `sticky` is set.
    fn rounded(negative: bool, wide: u128, exponent: i64, sticky: bool) -> Self {
        let bits = u128::BITS - wide.leading_zeros();
        if bits == 0 {
            return Self::ZERO;
        }
        if bits <= PRECISION {
            let shift = PRECISION - bits;
            return Self { negative, mantissa: (wide as u64) << shift, exponent: exponent - i64::from(shift) };
        }
        let shift = bits - PRECISION;
        let kept = wide >> shift;
        let half = 1_u128 << (shift - 1);
        let rest = wide & ((1 << shift) - 1);
        let up = rest > half || (rest == half && (sticky || kept & 1 == 1));
        let exponent = exponent + i64::from(shift);
        let kept = kept + u128::from(up);
        match u64::try_from(kept) {
            Ok(mantissa) => Self { negative, mantissa, exponent },
            // All ones were rounded up to the next power of two.
            Err(_) => Self { negative, mantissa: 1 << (PRECISION - 1), exponent: exponent + 1 },
        }
    }

    /// The nearest number to a decimal that is not zero; `None` when it is beyond [`DIGITS_MAX`].
    pub(super) fn from_decimal(decimal: &Decimal<'_>) -> Option<Self> {
        let limit = DIGITS_MAX as u64;
        if decimal.point.unsigned_abs() > limit || decimal.count as u64 > limit {
            return None;
        }
        let scale = decimal.point - i64::try_from(decimal.count).ok()?;
        let power = u32::try_from(scale.unsigned_abs()).ok()?;
        if power <= POWER_OF_FIVE_MAX && decimal.count <= 19 {
            let coefficient = decimal.digits().fold(0_u64, |n, digit| n * 10 + u64::from(digit - b'0'));
            let five = 5_u64.pow(power);
            return Some(if scale < 0 {
                let (a, a_shift) = normalized(coefficient);
                let (b, b_shift) = normalized(five);
                let (quotient, sticky) = divide_mantissas(a, b);
                Self::rounded(decimal.negative, quotient, scale - a_shift + b_shift - DIVISION_SCALE, sticky)
            } else {
                Self::rounded(decimal.negative, u128::from(coefficient) * u128::from(five), scale, false)
            });
        }
        let digits: Vec<u8> = decimal.digits().collect();
        let coefficient = BigUint::parse_bytes(&digits, 10)?;
        let five = BigUint::from(5_u8).pow(power);
        if scale >= 0 {
            return Some(Self::from_big(decimal.negative, &(coefficient * five), scale, false));
        }
        // Enough bits that the quotient has at least 128.
        let shift = (five.bits() + 128).saturating_sub(coefficient.bits());
        let numerator = coefficient << shift;
        let quotient = &numerator / &five;
        let sticky = &quotient * &five != numerator;
        Some(Self::from_big(decimal.negative, &quotient, scale - i64::try_from(shift).ok()?, sticky))
    }

    fn from_big(negative: bool, integer: &BigUint, exponent: i64, sticky: bool) -> Self {
        let shift = integer.bits().saturating_sub(127);
        let top = integer >> shift;
        let lost = shift > 0 && integer.trailing_zeros().unwrap_or_default() < shift;
        let wide = top.iter_u64_digits().rev().fold(0_u128, |n, digit| (n << 64) | u128::from(digit));
        Self::rounded(negative, wide, exponent + i64::try_from(shift).unwrap_or_default(), sticky || lost)
    }

    /// An integer; the mantissa holds every one of 64 bits.
    pub(super) fn from_i64(integer: i64) -> Self {
        Self::rounded(integer < 0, u128::from(integer.unsigned_abs()), 0, false)
    }

    /// The number as an `i64`, when that is exact.
    pub(super) fn to_i64(self) -> Option<i64> {
        if self.mantissa == 0 {
            return Some(0);
        }
        let fraction_bits =
            u32::try_from(-self.exponent).ok().filter(|&bits| bits <= self.mantissa.trailing_zeros())?;
        let magnitude = self.mantissa.checked_shr(fraction_bits)?;
        if self.negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
    }

    pub(super) fn negate(self) -> Self {
        if self.mantissa == 0 { self } else { Self { negative: !self.negative, ..self } }
    }

    pub(super) fn add(self, other: Self) -> Self {
        if self.mantissa == 0 {
            return other;
        }
        if other.mantissa == 0 {
            return self;
        }
        // Mantissas are normalised, so the larger magnitude is first by exponent, then by mantissa.
        let (large, small) = if (self.exponent, self.mantissa) >= (other.exponent, other.mantissa) {
            (self, other)
        } else {
            (other, self)
        };
        /// Room below for the smaller operand and one bit above for the carry.
        const SHIFT: u32 = 63;
        let wide = u128::from(large.mantissa) << SHIFT;
        let aligned = u128::from(small.mantissa) << SHIFT;
        let distance = large.exponent - small.exponent;
        let (aligned, sticky) = match u32::try_from(distance) {
            Ok(distance) if distance < u128::BITS => {
                let shifted = aligned >> distance;
                (shifted, shifted << distance != aligned)
            }
            _ => (0, true),
        };
        let exponent = large.exponent - i64::from(SHIFT);
        if large.negative == small.negative {
            Self::rounded(large.negative, wide + aligned, exponent, sticky)
        } else {
            // What was shifted out makes the difference a little smaller than `wide - aligned`.
            Self::rounded(large.negative, wide - aligned - u128::from(sticky), exponent, sticky)
        }
    }

    pub(super) fn multiply(self, other: Self) -> Self {
        let wide = u128::from(self.mantissa) * u128::from(other.mantissa);
        Self::rounded(self.negative != other.negative, wide, self.exponent + other.exponent, false)
    }

    /// The quotient; `None` when `other` is zero.
    pub(super) fn divide(self, other: Self) -> Option<Self> {
        if other.mantissa == 0 {
            return None;
        }
        if self.mantissa == 0 {
            return Some(Self::ZERO);
        }
        let (quotient, sticky) = divide_mantissas(self.mantissa, other.mantissa);
        let exponent = self.exponent - other.exponent - DIVISION_SCALE;
        Some(Self::rounded(self.negative != other.negative, quotient, exponent, sticky))
    }

    /// The shortest decimal that identifies the number, as OPA prints it; `None` when it is beyond [`DIGITS_MAX`].
    pub(super) fn to_text(self) -> Option<String> {
        if self.mantissa == 0 {
            return Some("0".to_owned());
        }
        // 10 digits take a little more than 33 bits.
        if self.exponent.unsigned_abs() / 33 > (DIGITS_MAX / 10) as u64 {
            return None;
        }
        let (digits, point) = self.shortest();
        let is_integer = self.exponent >= 0 || i64::from(self.mantissa.trailing_zeros()) >= -self.exponent;
        Some(super::format::opa_text(self.negative, &digits, point, is_integer))
    }

    /// The digits and where the decimal point stands (the value is `0.DIGITS * 10^point`): what Go's `roundShortest` finds.
    fn shortest(self) -> (Vec<u8>, i64) {
        self.shortest_fraction().unwrap_or_else(|| self.shortest_of_exact_digits())
    }

    /// [`Self::shortest`] of what is no integer and neither very large nor very small, which most fractions are: one digit after
    /// the other, in 128 bits. `None` for all others.
    fn shortest_fraction(self) -> Option<(Vec<u8>, i64)> {
        /// So many bits after the point leave room for a tenfold.
        const FRACTION_BITS_MAX: i64 = 124;
        /// More digits than any shortest decimal of 64 bits has.
        const DIGITS: usize = 24;

        // In halves of a unit in the last place, so that the bounds of what rounds to this number are integers.
        let middle = u128::from(self.mantissa) << 1;
        let bits = 1 - self.exponent;
        if !(2..=FRACTION_BITS_MAX).contains(&bits) {
            return None;
        }
        let mask = (1_u128 << bits) - 1;
        let mut rest = middle & mask;
        if rest == 0 {
            return None;
        }
        // Both bounds have the whole part of the number itself: they are nearer to it than any integer is.
        let mut digits = Vec::with_capacity(DIGITS);
        let whole = u64::try_from(middle >> bits).ok()?;
        if whole > 0 {
            push_digits(&mut digits, whole);
        }
        let mut point = i64::try_from(digits.len()).ok()?;
        // How far the bounds are from the number. They have one bit more than it has, so that neither ends where its digits do.
        let mut reach = 1_u128;
        loop {
            rest *= 10;
            reach *= 10;
            let digit = b'0' + (rest >> bits) as u8;
            rest &= mask;
            let (down, up) = (rest < reach, rest + reach > mask);
            if !down && !up && digit == b'0' && digits.is_empty() {
                point -= 1;
                continue;
            }
            digits.push(digit);
            let half = 1_u128 << (bits - 1);
            let nearer_up = rest > half || (rest == half && (digit - b'0') & 1 == 1);
            match (down, up) {
                (true, true) if nearer_up => return Some(round_up(digits, point)),
                (true, _) => return Some((trimmed(digits), point)),
                (false, true) => return Some(round_up(digits, point)),
                (false, false) => {}
            }
        }
    }

    /// [`Self::shortest`] of any number but zero, from all its digits and those of its bounds.
    fn shortest_of_exact_digits(self) -> (Vec<u8>, i64) {
        // In halves of a unit in the last place, so that the bounds of what rounds to this number are integers.
        let middle = u128::from(self.mantissa) << 1;
        let exponent = self.exponent - 1;
        let (exact, point) = exact_digits(middle, exponent);
        let (lower, _) = exact_digits(middle - 1, exponent);
        let (upper, _) = exact_digits(middle + 1, exponent);
        let inclusive = self.mantissa & 1 == 0;

        let at = |digits: &[u8], i: usize| digits.get(i).copied().unwrap_or(b'0');
        for (i, &digit) in exact.iter().enumerate() {
            let (low, high) = (at(&lower, i), at(&upper, i));
            let down = low != digit || (inclusive && i + 1 == lower.len());
            let up = digit != high && (inclusive || digit + 1 < high || i + 1 < upper.len());
            let kept = exact.get(..=i).unwrap_or_default().to_vec();
            match (down, up) {
                (true, true) if should_round_up(&exact, i + 1) => return round_up(kept, point),
                (true, _) => return (trimmed(kept), point),
                (false, true) => return round_up(kept, point),
                (false, false) => {}
            }
        }
        (exact, point)
    }
}

/// The quotient of [`divide_mantissas`] is larger than the true one by two to this power.
const DIVISION_SCALE: i64 = 96;

/// `a / b` for normalised mantissas, times `2^96`, and whether something is left over.
fn divide_mantissas(a: u64, b: u64) -> (u128, bool) {
    let (numerator, divisor) = (u128::from(a) << 64, u128::from(b));
    let (high, rest) = (numerator / divisor, (numerator % divisor) << 32);
    ((high << 32) | (rest / divisor), rest % divisor != 0)
}

/// `integer` with its top bit set, and by how many bits it was shifted.
fn normalized(integer: u64) -> (u64, i64) {
    let shift = integer.leading_zeros();
    (integer.checked_shl(shift).unwrap_or_default(), i64::from(shift))
}

/// All decimal digits of `mantissa * 2^exponent` without trailing zeros, and where the point stands before them.
fn exact_digits(mantissa: u128, exponent: i64) -> (Vec<u8>, i64) {
    let shift = i64::from(mantissa.trailing_zeros()).min((-exponent).max(0));
    let (mantissa, exponent) = (mantissa >> shift, exponent + shift);
    let power = u32::try_from(exponent.unsigned_abs()).unwrap_or_default();
    let (integer, scale) = if exponent >= 0 {
        (BigUint::from(mantissa) << power, 0)
    } else {
        // m / 2^k is m * 5^k / 10^k.
        (BigUint::from(mantissa) * BigUint::from(5_u8).pow(power), exponent)
    };
    let digits = integer.to_string().into_bytes();
    let point = i64::try_from(digits.len()).unwrap_or_default() + scale;
    (trimmed(digits), point)
}

fn trimmed(mut digits: Vec<u8>) -> Vec<u8> {
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    digits
}

/// Whether cutting `digits` after `count` of them rounds up; exactly half way goes to even.
fn should_round_up(digits: &[u8], count: usize) -> bool {
    match digits.get(count) {
        None => false,
        Some(b'5') if count + 1 == digits.len() => {
            count.checked_sub(1).and_then(|last| digits.get(last)).is_some_and(|digit| (digit - b'0') & 1 == 1)
        }
        Some(&digit) => digit >= b'5',
    }
}

fn round_up(mut digits: Vec<u8>, point: i64) -> (Vec<u8>, i64) {
    while digits.last() == Some(&b'9') {
        digits.pop();
    }
    match digits.last_mut() {
        Some(last) => {
            *last += 1;
            (digits, point)
        }
        None => (vec![b'1'], point + 1),
    }
}

#[cfg(test)]
#[path = "extended_tests.rs"]
mod tests;
