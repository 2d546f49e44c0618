//! Which entries somebody wants to see.

use crate::entry::{Decision, Entry, Event};
use jiff::Timestamp;

/// Which entries. Each part that is not given lets everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Decisions with this verdict.
    pub verdict: Option<String>,
    /// Decisions for this subject.
    pub subject: Option<String>,
    /// Decisions over a resource whose address contains this text.
    pub resource: Option<String>,
    /// Decisions in which this policy said something.
    pub policy: Option<String>,
    /// Decisions at this point.
    pub point: Option<String>,
    /// Entries at this time or later.
    pub since: Option<Timestamp>,
    /// Entries before this time.
    pub until: Option<Timestamp>,
    /// Decisions only.
    pub decisions: bool,
    /// No decisions that the decision log's policy dropped.
    pub without_dropped: bool,
}

impl Filter {
    /// Whether an entry passes. What is asked of decisions lets nothing else pass.
    pub fn matches(&self, entry: &Entry) -> bool {
        let in_time =
            self.since.is_none_or(|since| entry.time >= since) && self.until.is_none_or(|until| entry.time < until);
        in_time
            && match &entry.event {
                Event::Decision(decision) => self.matches_decision(decision),
                _ => !self.is_about_decisions(),
            }
    }

    fn is_about_decisions(&self) -> bool {
        let asked = [&self.verdict, &self.subject, &self.resource, &self.policy, &self.point];
        self.decisions || asked.iter().any(|part| part.is_some())
    }

    fn matches_decision(&self, decision: &Decision<'_>) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found.is_some_and(|found| found == wanted))
        };
        let any_resource = |wanted: &str| decision.resources.iter().any(|resource| resource.address.contains(wanted));
        let any_policy = |wanted: &str| decision.findings.iter().any(|finding| finding.policy == wanted);
        let is_dropped = decision.query.as_ref().is_some_and(|query| query.dropped);
        !(self.without_dropped && is_dropped)
            && is(&self.verdict, decision.verdict.as_deref())
            && is(&self.subject, decision.subject.id.as_deref())
            && is(&self.point, Some(&decision.point))
            && self.resource.as_deref().is_none_or(any_resource)
            && self.policy.as_deref().is_none_or(any_policy)
    }
}
