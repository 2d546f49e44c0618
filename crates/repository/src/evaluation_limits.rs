//! How much one evaluation of a policy may take: the section `limits.evaluation` of `provost.yaml`, and who else names those limits.

use crate::fields::Mistakes;
use thiserror::Error;
use value::{Pointer, Value, nearest};

/// How much one evaluation may take. What is not said is for the engine to choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvaluationLimits {
    /// Operations and terms evaluated.
    pub steps: Option<u64>,
    /// Bytes of what is computed.
    pub memory_bytes: Option<u64>,
    /// Rules and functions that wait for one another.
    pub nested_rules: Option<u64>,
    /// Bytes of the answer as JSON.
    pub output_bytes: Option<u64>,
    /// Milliseconds.
    pub time_ms: Option<u64>,
}

/// A limit that cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EvaluationLimitError {
    /// There is none of this name.
    #[error("`{0}` is no limit of an evaluation")]
    Unknown(String),
    /// Nothing could be evaluated.
    #[error("`{0}` must be above zero")]
    Zero(String),
    /// More than can be kept to.
    #[error("`{name}` must be at most {most}")]
    TooLarge {
        /// The limit.
        name: String,
        /// What it may be.
        most: u64,
    },
}

impl EvaluationLimitError {
    /// What to do.
    pub fn help(&self) -> String {
        match self {
            Self::Unknown(name) => match nearest(name, EvaluationLimits::NAMES) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("use `{}`", EvaluationLimits::NAMES.join("`, `")),
            },
            Self::Zero(_) => "leave it out for the usual limit".to_owned(),
            Self::TooLarge { .. } => "write policies with fewer rules that wait for one another".to_owned(),
        }
    }
}

impl EvaluationLimits {
    /// The names of the limits, as people write them.
    pub const NAMES: [&str; 5] = ["steps", "memory_bytes", "nested_rules", "output_bytes", "time_ms"];

    /// The most rules that may wait for one another: each takes kilobytes of stack, which no other limit counts.
    pub const NESTED_RULES_MAX: u64 = 100_000;

    /// Sets the limit of a name.
    ///
    /// # Errors
    /// When there is no such limit, or it cannot have this value.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), EvaluationLimitError> {
        let limit = match name {
            "steps" => &mut self.steps,
            "memory_bytes" => &mut self.memory_bytes,
            "nested_rules" => &mut self.nested_rules,
            "output_bytes" => &mut self.output_bytes,
            "time_ms" => &mut self.time_ms,
            _ => return Err(EvaluationLimitError::Unknown(name.to_owned())),
        };
        if value == 0 {
            return Err(EvaluationLimitError::Zero(name.to_owned()));
        }
        if name == "nested_rules" && value > Self::NESTED_RULES_MAX {
            return Err(EvaluationLimitError::TooLarge { name: name.to_owned(), most: Self::NESTED_RULES_MAX });
        }
        *limit = Some(value);
        Ok(())
    }

    pub(crate) fn read(mistakes: &mut Mistakes<'_>, at: &Pointer, value: Value<'_>) -> Self {
        let mut limits = Self::default();
        mistakes.refuse_unknown(at, value, &Self::NAMES);
        for (at, name, value) in mistakes.entries(at, value) {
            // Unknown names have been complained about.
            if !Self::NAMES.contains(&name) {
                continue;
            }
            let Some(value) = mistakes.positive(&at, value) else { continue };
            if let Err(error) = limits.set(name, value) {
                mistakes.add(&at, error.to_string(), error.help());
            }
        }
        limits
    }
}
