//! What a decision comes down to.

use crate::point::Point;
use std::fmt;

/// The answer, in rank: of several findings the highest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing stands against it.
    #[default]
    Allow,
    /// Allowed, with something to say.
    Warn,
    /// Cannot be told yet: a policy might deny once unknown values are known, or it could not be evaluated.
    Unknown,
    /// Refused.
    Deny,
}

impl Verdict {
    /// The word that people and machines read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Deny => "deny",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What an unknown answer means for the request as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnUnknown {
    /// It passes, and is reported as unknown.
    Warn,
    /// It is refused.
    Deny,
}

impl OnUnknown {
    /// Points that block cannot come back to a question later, so they refuse what they cannot tell.
    pub const fn default_at(point: Point) -> Self {
        if point.is_blocking() { Self::Deny } else { Self::Warn }
    }

    /// The option's value as people write it.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "warn" => Some(Self::Warn),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}
