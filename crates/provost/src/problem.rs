//! Why a command could not do its work, and what to do about it.

use std::fmt;

/// A message and a help line.
#[derive(Debug)]
pub(crate) struct Problem {
    message: String,
    help: String,
}

impl Problem {
    /// Lower case, without a full stop, input in backticks.
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    /// What to do.
    pub(crate) fn help(&self) -> Option<&str> {
        Some(self.help.as_str()).filter(|help| !help.is_empty())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
