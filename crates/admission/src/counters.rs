//! How many requests came to what.

use decision::Verdict;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Allowed,
    Warned,
    Denied,
    Exempt,
    Patched,
    /// It could not be decided, and was refused.
    Failed,
}

impl Outcome {
    const ALL: [Self; 6] = [Self::Allowed, Self::Warned, Self::Denied, Self::Exempt, Self::Patched, Self::Failed];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Warned => "warned",
            Self::Denied => "denied",
            Self::Exempt => "exempt",
            Self::Patched => "patched",
            Self::Failed => "failed",
        }
    }

    /// What a verdict comes to.
    pub(crate) const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Deny => Self::Denied,
            Verdict::Unknown | Verdict::Warn => Self::Warned,
            Verdict::Allow => Self::Allowed,
        }
    }
}

/// Counts of one webhook, by [`Outcome`].
#[derive(Debug, Default)]
pub(crate) struct Counters([AtomicU64; Outcome::ALL.len()]);

impl Counters {
    pub(crate) fn count(&self, outcome: Outcome) {
        let place = Outcome::ALL.iter().position(|one| *one == outcome);
        if let Some(counter) = place.and_then(|place| self.0.get(place)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A sample for each outcome, in Prometheus' text format.
    pub(crate) fn write(&self, webhook: &str, text: &mut String) {
        for (outcome, counter) in Outcome::ALL.iter().zip(&self.0) {
            let (outcome, count) = (outcome.as_str(), counter.load(Ordering::Relaxed));
            // Writing to a string never fails.
            let _ = writeln!(
                text,
                "provost_admission_requests_total{{webhook=\"{webhook}\",outcome=\"{outcome}\"}} {count}"
            );
        }
    }
}
