//! How strictly a policy is held to.

use crate::point::Point;
use std::fmt;

/// How strictly a policy is held to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A denial denies.
    #[default]
    Enforce,
    /// A denial is a warning.
    Warn,
    /// A denial is only noted: it is among the findings and changes no verdict.
    Audit,
}

impl Mode {
    /// All of them, strictest first.
    pub const ALL: [Self; 3] = [Self::Enforce, Self::Warn, Self::Audit];

    /// The word in metadata and `provost.yaml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Warn => "warn",
            Self::Audit => "audit",
        }
    }

    /// The mode of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A policy's mode at each point: one for all, and those that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    /// Where nothing else is said.
    pub default: Mode,
    /// The points that differ.
    pub points: Vec<(Point, Mode)>,
}

impl Modes {
    /// The same mode everywhere.
    pub const fn everywhere(mode: Mode) -> Self {
        Self { default: mode, points: Vec::new() }
    }

    /// The mode at `point`; of several entries for it the last counts.
    pub fn at(&self, point: Point) -> Mode {
        self.points.iter().rev().find(|(p, _)| *p == point).map_or(self.default, |(_, mode)| *mode)
    }
}
