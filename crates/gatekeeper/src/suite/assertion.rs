//! What is expected of violations.

use crate::fields::Fields;
use crate::mistake::Mistake;
use regex::Regex;
use value::{Value, number};

/// What is expected of those violations whose words match.
#[derive(Debug)]
pub(super) struct Assertion {
    expected: Expected,
    /// None for all.
    message: Option<Regex>,
    /// From 1.
    line: u32,
}

/// How many are expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// At least one.
    Some,
    /// None.
    None,
    Exactly(u64),
}

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line of the assertion in the suite, from 1.
    pub line: u32,
    /// `at least one violation that matches "cpu"`
    pub expected: String,
    /// How many violations match.
    pub matching: usize,
    /// The words of all violations, those that do not match too.
    pub messages: Vec<String>,
}

impl Assertion {
    pub(super) fn read(fields: &Fields<'_>, line: u32) -> Result<Self, Mistake> {
        let wrong = || fields.wrong("violations", "`violations` must be `yes`, `no` or a count".to_owned());
        let expected = match fields.value("violations") {
            // In YAML as Kubernetes reads it, `yes` and `no` are truth values.
            None | Some(Value::Bool(true)) => Expected::Some,
            Some(Value::Bool(false)) => Expected::None,
            Some(Value::String(word)) => match word.as_str() {
                "yes" => Expected::Some,
                "no" => Expected::None,
                count => Expected::Exactly(count.parse().map_err(|_| wrong())?),
            },
            Some(other) => Expected::Exactly(number::to_u64(other).ok_or_else(wrong)?),
        };
        let message = fields.text("message")?.map(|pattern| {
            Regex::new(pattern).map_err(|_| fields.wrong("message", format!("`{pattern}` is no regular expression")))
        });
        Ok(Self { expected, message: message.transpose()?, line })
    }

    /// How the violations differ from what is expected.
    pub(super) fn difference(&self, messages: &[String]) -> Option<Difference> {
        let matches = |message: &&String| self.message.as_ref().is_none_or(|pattern| pattern.is_match(message));
        let matching = messages.iter().filter(matches).count();
        let fulfilled = match self.expected {
            Expected::Some => matching > 0,
            Expected::None => matching == 0,
            Expected::Exactly(count) => u64::try_from(matching).is_ok_and(|matching| matching == count),
        };
        if fulfilled {
            return None;
        }
        let mut expected = match self.expected {
            Expected::Some => "at least one violation".to_owned(),
            Expected::None | Expected::Exactly(0) => "no violation".to_owned(),
            Expected::Exactly(1) => "exactly one violation".to_owned(),
            Expected::Exactly(count) => format!("exactly {count} violations"),
        };
        if let Some(pattern) = &self.message {
            expected.push_str(&format!(" that matches `{pattern}`"));
        }
        Some(Difference { line: self.line, expected, matching, messages: messages.to_vec() })
    }
}
