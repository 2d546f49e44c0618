//! Conditions, in Kleene's logic: a parameter without a value may be anything.

use super::intrinsics::{Resolver, text};
use crate::error::CatalogError;
use value::Value;

/// What is known of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// Nobody can tell.
    Unknown,
}

impl Truth {
    const fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }

    const fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

impl<'a> Resolver<'a> {
    /// Whether a condition of the template holds. One that does not exist, or that asks for itself, is Unknown.
    pub(super) fn condition(&mut self, name: &str) -> Result<Truth, CatalogError> {
        if let Some(&truth) = self.decided.get(name) {
            return Ok(truth);
        }
        // Stands for itself while it is being decided, so that a circle ends.
        self.decided.insert(name.to_owned(), Truth::Unknown);
        let truth = match self.conditions.get_str(name) {
            // A chain of conditions may be as long as the template; the stack is not.
            Some(expression) if self.nested < NESTED_MAX => {
                self.nested += 1;
                let truth = self.truth(expression);
                self.nested -= 1;
                truth?
            }
            _ => Truth::Unknown,
        };
        self.decided.insert(name.to_owned(), truth);
        Ok(truth)
    }

    fn truth(&mut self, expression: Value<'a>) -> Result<Truth, CatalogError> {
        match expression {
            Value::Bool(holds) => return Ok(Truth::of(*holds)),
            Value::String(text) => {
                return Ok(match text.as_str() {
                    "true" => Truth::True,
                    "false" => Truth::False,
                    _ => Truth::Unknown,
                });
            }
            _ => {}
        }
        let Some((name, argument)) =
            expression.as_object().filter(|object| object.len() == 1).and_then(|object| object.iter().next())
        else {
            return Ok(Truth::Unknown);
        };
        let operands: Vec<_> = argument.as_array().map(|array| array.iter().collect()).unwrap_or_default();
        Ok(match name.as_str().unwrap_or_default() {
            "Condition" => match argument.as_str() {
                Some(name) => self.condition(name)?,
                None => Truth::Unknown,
            },
            "Fn::Equals" => match operands.as_slice() {
                &[left, right] => {
                    let (left, right) = (self.resolve(left)?, self.resolve(right)?);
                    match (left, right) {
                        (Some(left), Some(right)) if left.find_unknown().or(right.find_unknown()).is_none() => {
                            Truth::of(left == right || text(left).is_some_and(|left| Some(left) == text(right)))
                        }
                        _ => Truth::Unknown,
                    }
                }
                _ => Truth::Unknown,
            },
            "Fn::Not" => match operands.as_slice() {
                &[operand] => self.truth(operand)?.not(),
                _ => Truth::Unknown,
            },
            "Fn::And" => self.fold(&operands, Truth::True, Truth::and)?,
            "Fn::Or" => self.fold(&operands, Truth::False, Truth::or)?,
            _ => Truth::Unknown,
        })
    }

    fn fold(
        &mut self,
        operands: &[Value<'a>],
        start: Truth,
        combine: impl Fn(Truth, Truth) -> Truth,
    ) -> Result<Truth, CatalogError> {
        operands.iter().try_fold(start, |truth, &operand| Ok(combine(truth, self.truth(operand)?)))
    }
}

/// How many conditions may ask for each other in a row.
const NESTED_MAX: usize = 64;
