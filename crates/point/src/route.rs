//! Which requests a point answers, and what kind of permission each asks for.

use http::Method;
use std::borrow::Cow;
use std::fmt;
use thiserror::Error;

/// What a request on a route can do: what the authorization policy goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteClass {
    /// Whether the process is alive and ready. Load balancers and kubelets ask without a credential.
    Health,
    /// Numbers for monitoring.
    Metrics,
    /// Reads policies, data, configuration or the record.
    Read,
    /// Asks for a decision. It changes nothing but the record and what the decision itself reserves.
    Decide,
    /// Changes the data that policies see.
    ChangeData,
    /// Changes policies.
    ChangePolicies,
}

impl RouteClass {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Health, Self::Metrics, Self::Read, Self::Decide, Self::ChangeData, Self::ChangePolicies];

    /// The name in the authorization policy's input, in logs and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Health => "health",
            Self::Metrics => "metrics",
            Self::Read => "read",
            Self::Decide => "decide",
            Self::ChangeData => "change-data",
            Self::ChangePolicies => "change-policies",
        }
    }

    /// The class of that name.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }

    /// Whether it changes what later decisions are made of.
    pub const fn is_change(self) -> bool {
        matches!(self, Self::ChangeData | Self::ChangePolicies)
    }
}

impl fmt::Display for RouteClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One method on one path, or on many of the same pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method. `HEAD` need not be listed: it is answered as `GET` is, without the body.
    pub method: Method,
    /// The paths.
    pub pattern: Pattern,
    /// What a request on it can do.
    pub class: RouteClass,
}

impl Route {
    /// `method` on the paths of `pattern`, as [`Pattern::parse`] reads it.
    ///
    /// # Errors
    /// When `pattern` is none.
    pub fn new(method: Method, pattern: impl Into<Cow<'static, str>>, class: RouteClass) -> Result<Self, PatternError> {
        Ok(Self { method, pattern: Pattern::parse(pattern)?, class })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.pattern)
    }
}

/// The paths of a route: `/v1/policies/{id}` has one segment where `{id}` stands; `/v1/data/{path...}` has any number of them at its
/// end, none included. Names in braces are for people.
///
/// Of several patterns that a path matches, the one with more literal segments in front is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    text: Cow<'static, str>,
}

/// Why a text is no [`Pattern`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{pattern}` is no pattern of a route: {reason}")]
pub struct PatternError {
    /// The text.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// One segment of a [`Pattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PatternSegment<'p> {
    /// Any number of segments.
    Rest,
    /// Any one segment.
    Any,
    /// This one.
    Literal(&'p str),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it does not begin with `/`, has an empty segment, or has `{name...}` before its end.
    pub fn parse(text: impl Into<Cow<'static, str>>) -> Result<Self, PatternError> {
        let pattern = Self { text: text.into() };
        let error = |reason| Err(PatternError { pattern: pattern.text.to_string(), reason });
        if !pattern.text.starts_with('/') {
            return error("it must begin with `/`");
        }
        let segments: Vec<_> = pattern.segments().collect();
        for (index, segment) in segments.iter().enumerate() {
            match segment {
                PatternSegment::Literal("") => return error("it has an empty segment"),
                PatternSegment::Literal(text) if text.contains(['{', '}', '%', '?', '#']) => {
                    return error("a segment is either plain text or a name in braces");
                }
                PatternSegment::Rest if index + 1 < segments.len() => {
                    return error("`...` may stand in the last segment only");
                }
                _ => {}
            }
        }
        drop(segments);
        Ok(pattern)
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a path of these segments is one of the pattern's.
    pub fn matches<S: AsRef<str>>(&self, path: &[S]) -> bool {
        let mut path = path.iter().map(AsRef::as_ref);
        for segment in self.segments() {
            match (segment, path.next()) {
                (PatternSegment::Rest, _) => return true,
                (PatternSegment::Any, Some(found)) if !found.is_empty() => {}
                (PatternSegment::Literal(expected), Some(found)) if expected == found => {}
                _ => return false,
            }
        }
        path.next().is_none()
    }

    /// Which of two patterns that match the same path is meant: the greater one.
    pub fn cmp_specificity(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |segment: PatternSegment<'_>| match segment {
            PatternSegment::Rest => 0,
            PatternSegment::Any => 1,
            PatternSegment::Literal(_) => 2,
        };
        self.segments().map(rank).cmp(other.segments().map(rank))
    }

    fn segments(&self) -> impl Iterator<Item = PatternSegment<'_>> {
        // `/` alone is the path of no segments.
        let below = self.text.get(1..).filter(|below| !below.is_empty());
        below.into_iter().flat_map(|below| below.split('/')).map(|segment| {
            match segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
                Some(name) if name.ends_with("...") => PatternSegment::Rest,
                Some(_) => PatternSegment::Any,
                None => PatternSegment::Literal(segment),
            }
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
