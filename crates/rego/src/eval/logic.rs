//! Three-valued comparison and matching: true, false, or unknown.

use super::{EvalError, Machine};
use crate::builtins::comparison::{
    Lookup, compare_three_valued, equal_three_valued, is_uncertain, look_up, may_be_absent,
};
use crate::compile::Comparison;
use crate::plan::Pattern;
use std::cmp::Ordering;
use value::{Object, Value};

/// Strong Kleene truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    False,
    Unknown,
    True,
}

impl Truth {
    pub fn from_option(truth: Option<bool>) -> Self {
        match truth {
            Some(true) => Self::True,
            Some(false) => Self::False,
            None => Self::Unknown,
        }
    }

    #[inline]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    pub fn into_value<'a>(self) -> Value<'a> {
        match self {
            Self::True => Value::TRUE,
            Self::False => Value::FALSE,
            Self::Unknown => Value::UNKNOWN,
        }
    }
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Self {
        if truth { Self::True } else { Self::False }
    }
}

#[inline]
pub(super) fn equal(left: Value<'_>, right: Value<'_>) -> Truth {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Truth::from(a == b),
        (Value::String(a), Value::String(b)) => Truth::from(a == b),
        _ => Truth::from_option(equal_three_valued(left, right)),
    }
}

/// Whether `left <comparison> right`.
#[inline]
pub(super) fn compared(comparison: Comparison, left: Value<'_>, right: Value<'_>) -> Truth {
    match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => match equal(left, right) {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        },
        _ => Truth::from_option(order(left, right).map(|order| match comparison {
            Comparison::Less => order == Ordering::Less,
            Comparison::LessOrEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            Comparison::GreaterOrEqual => order != Ordering::Less,
            Comparison::Equal | Comparison::NotEqual => false,
        })),
    }
}

/// `left <comparison> right`; Unknown stays the first one met, so that messages can name it.
pub(super) fn compare<'a>(comparison: Comparison, left: Value<'a>, right: Value<'a>) -> Value<'a> {
    match compared(comparison, left, right) {
        Truth::Unknown => left.find_unknown().or_else(|| right.find_unknown()).map_or(Value::UNKNOWN, Value::Unknown),
        truth => truth.into_value(),
    }
}

#[inline]
fn order(left: Value<'_>, right: Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(left), Value::Int(right)) => Some(left.cmp(&right)),
        (left, right) => compare_three_valued(left, right),
    }
}

/// Whether an Unknown leaf among the members could be `value`.
pub(super) fn may_contain<'a>(mut members: impl Iterator<Item = Value<'a>>, value: Value<'_>) -> bool {
    members.any(|member| equal_three_valued(member, value) != Some(false))
}

/// Whether `object` has `wanted` entries. Those that may turn out to be absent count or not, and Unknown keys may coincide.
fn may_have_entries(object: &Object<'_>, wanted: usize) -> Truth {
    if object.len() == wanted {
        return Truth::True;
    }
    if is_uncertain(object.keys()) {
        return Truth::Unknown;
    }
    let absent_max = object.values().filter(|value| may_be_absent(*value)).count();
    let fits = (object.len() - absent_max..=object.len()).contains(&wanted);
    if fits { Truth::Unknown } else { Truth::False }
}

impl<'a> Machine<'a, '_> {
    /// Whether `value` fits; binds the pattern's slots on the way.
    #[inline]
    pub(super) fn matches(&mut self, pattern: &'a Pattern, value: Value<'a>) -> Result<Truth, EvalError> {
        // Most patterns are variables: they should not cost a call.
        match pattern {
            Pattern::Ignore => Ok(Truth::True),
            Pattern::Bind(slot) => {
                self.set_local(*slot, value);
                Ok(Truth::True)
            }
            compound => self.matches_compound(compound, value),
        }
    }

    fn matches_compound(&mut self, pattern: &'a Pattern, value: Value<'a>) -> Result<Truth, EvalError> {
        match pattern {
            Pattern::Ignore | Pattern::Bind(_) => self.matches(pattern, value),
            Pattern::Equal(term) => match self.term(term)? {
                None => Ok(Truth::False),
                Some(expected) => Ok(equal(expected, value)),
            },
            Pattern::Array(items) => match value {
                Value::Array(array) if array.len() == items.len() => {
                    let mut truth = Truth::True;
                    for (item, value) in items.iter().zip(array.iter()) {
                        truth = truth.and(self.matches(item, value)?);
                        if truth == Truth::False {
                            break;
                        }
                    }
                    Ok(truth)
                }
                Value::Unknown(_) => self.match_all_unknown(items.iter(), value),
                _ => Ok(Truth::False),
            },
            Pattern::Object(entries) => match value {
                Value::Object(object) => {
                    let mut truth = may_have_entries(object, entries.len());
                    if truth == Truth::False {
                        return Ok(truth);
                    }
                    for (key, pattern) in entries {
                        let Some(key) = self.term(key)? else { return Ok(Truth::False) };
                        let fits = match look_up(value, key) {
                            Lookup::Found(leaf @ Value::Unknown(unknown)) if unknown.may_be_absent => {
                                Truth::Unknown.and(self.matches(pattern, leaf)?)
                            }
                            Lookup::Found(found) => self.matches(pattern, found)?,
                            Lookup::Missing => Truth::False,
                            Lookup::Unknown => Truth::Unknown.and(self.matches(pattern, Value::UNKNOWN)?),
                        };
                        truth = truth.and(fits);
                        if truth == Truth::False {
                            break;
                        }
                    }
                    Ok(truth)
                }
                Value::Unknown(_) => self.match_all_unknown(entries.iter().map(|(_, pattern)| pattern), value),
                _ => Ok(Truth::False),
            },
        }
    }

    /// The parts of an Unknown value are Unknown.
    fn match_all_unknown(
        &mut self,
        patterns: impl Iterator<Item = &'a Pattern>,
        unknown: Value<'a>,
    ) -> Result<Truth, EvalError> {
        for pattern in patterns {
            self.matches(pattern, unknown)?;
        }
        Ok(Truth::Unknown)
    }
}
