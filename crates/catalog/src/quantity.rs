//! Exact amounts, as Kubernetes writes them, and amounts that nobody can tell yet.

use value::{Arena, Value, json};

/// An exact amount in billionths: fine enough for Kubernetes' smallest suffix and for every share of a device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Quantity(i128);

const BILLION: i128 = 1_000_000_000;

impl Quantity {
    pub(crate) const ZERO: Self = Self(0);
    pub(crate) const ONE: Self = Self(BILLION);

    pub(crate) const fn whole(count: i64) -> Self {
        // An i64 times a billion always fits.
        Self(count as i128 * BILLION)
    }

    /// Reads `2`, `2k`, `1Gi`, `500m`, `1.5`, `1e3`; None for anything else or anything out of all proportion.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '+' | '-')).unwrap_or(text.len());
        let (number, suffix) = text.split_at_checked(digits)?;
        let (multiplier, divisor) = scale(suffix)?;
        let (negative, number) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let well_formed = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if !well_formed(whole) || !well_formed(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        // Digits beyond the billionth are below what any device is shared by.
        let kept = fraction.get(..fraction.len().min(9)).unwrap_or_default();
        let fraction: i128 = format!("{kept:0<9}").parse().ok()?;
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let amount = whole.checked_mul(BILLION)?.checked_add(fraction)?.checked_mul(multiplier)? / divisor;
        Some(Self(if negative { -amount } else { amount }))
    }

    /// Reads a number or a string that holds a quantity.
    pub(crate) fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Int(count) => Some(Self::whole(count)),
            Value::Number(number) => Self::parse(&number.to_string()),
            Value::String(text) => Self::parse(text.as_str()),
            _ => None,
        }
    }

    pub(crate) const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(crate) const fn times(self, other: Self) -> Self {
        match self.0.checked_mul(other.0) {
            Some(product) => Self(product / BILLION),
            // So large that a billionth more or less is nothing.
            None => Self((self.0 / BILLION).saturating_mul(other.0)),
        }
    }

    pub(crate) fn value(self, arena: &Arena) -> Value<'_> {
        if self.0 % BILLION == 0
            && let Ok(whole) = i64::try_from(self.0 / BILLION)
        {
            return Value::Int(whole);
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) =
            (self.0.unsigned_abs() / BILLION.unsigned_abs(), self.0.unsigned_abs() % BILLION.unsigned_abs());
        let text = format!("{sign}{whole}.{fraction:09}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        json::parse(arena, text.as_bytes(), &json::ParseLimits::default()).unwrap_or_default()
    }
}

/// What a suffix multiplies by and divides by.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    Some(match suffix {
        "" => (1, 1),
        "n" => (1, BILLION),
        "u" => (1, 1_000_000),
        "m" => (1, 1_000),
        "k" => (1_000, 1),
        "M" => (1_000_000, 1),
        "G" => (BILLION, 1),
        "T" => (BILLION * 1_000, 1),
        "P" => (BILLION * 1_000_000, 1),
        "E" => (BILLION * BILLION, 1),
        "Ki" => (1 << 10, 1),
        "Mi" => (1 << 20, 1),
        "Gi" => (1 << 30, 1),
        "Ti" => (1 << 40, 1),
        "Pi" => (1 << 50, 1),
        "Ei" => (1 << 60, 1),
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
            if exponent < 0 { (1, power) } else { (power, 1) }
        }
    })
}

/// A kind of value with its article.
pub(crate) fn named(value: Value<'_>) -> String {
    let name = value.type_name();
    format!("{} {name}", if name.starts_with(['a', 'o']) { "an" } else { "a" })
}

/// An amount, or the Unknown leaf that stands where it should.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Count<'a> {
    /// Told.
    Known(Quantity),
    /// Not told yet; the leaf says why.
    Unknown(Value<'a>),
}

impl<'a> Count<'a> {
    pub(crate) const ZERO: Self = Self::Known(Quantity::ZERO);
    pub(crate) const ONE: Self = Self::Known(Quantity::ONE);

    /// Reads a value of a document. What is neither a number nor Unknown is Unknown too, with the reason.
    pub(crate) fn of(arena: &'a Arena, value: Value<'a>, place: &str) -> Self {
        match Quantity::of(value) {
            Some(quantity) => Self::Known(quantity),
            None if value.is_unknown() => Self::Unknown(value),
            None => Self::Unknown(arena.unknown(place, &format!("{} stands where a number should", named(value)))),
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => Self::Known(a.plus(b)),
            (Self::Unknown(leaf), _) | (_, Self::Unknown(leaf)) => Self::Unknown(leaf),
        }
    }

    /// Nothing times anything is nothing, known or not.
    pub(crate) fn times(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => Self::Known(a.times(b)),
            (Self::Known(zero), _) | (_, Self::Known(zero)) if zero.is_zero() => Self::ZERO,
            (Self::Unknown(leaf), _) | (_, Self::Unknown(leaf)) => Self::Unknown(leaf),
        }
    }

    pub(crate) fn larger(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => Self::Known(a.max(b)),
            (Self::Unknown(leaf), _) | (_, Self::Unknown(leaf)) => Self::Unknown(leaf),
        }
    }

    pub(crate) fn smaller(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => Self::Known(a.min(b)),
            (Self::Unknown(leaf), _) | (_, Self::Unknown(leaf)) => Self::Unknown(leaf),
        }
    }

    pub(crate) fn is_zero(self) -> bool {
        matches!(self, Self::Known(quantity) if quantity.is_zero())
    }

    pub(crate) fn value(self, arena: &'a Arena) -> Value<'a> {
        match self {
            Self::Known(quantity) => quantity.value(arena),
            Self::Unknown(leaf) => leaf,
        }
    }
}

#[cfg(test)]
#[path = "quantity_tests.rs"]
mod tests;
