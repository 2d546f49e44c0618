//! What a decision comes to, in numbers.

use crate::Report;
use crate::style::Paint;
use decision::{Finding, FindingKind, Verdict};

/// The counts that every format gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Findings that deny.
    pub denied: usize,
    /// Findings that something unknown decides.
    pub unknown: usize,
    /// Findings that warn.
    pub warnings: usize,
    /// Findings of policies in mode `audit`, which change no verdict.
    pub noted: usize,
    /// Policies that could not be evaluated, once for each time.
    pub failures: usize,
    /// Changes that policies make, or would make if they were enforced, once for each policy and resource.
    pub patches: usize,
    /// Resources and documents that nothing speaks against.
    pub allowed: usize,
    /// Resources and documents that were judged.
    pub judged: usize,
    /// Whether all that was judged are resources.
    pub resources_only: bool,
    /// Files that were read.
    pub files: usize,
    /// Files and documents that were left out.
    pub skipped: usize,
    /// Objects that were left out because their namespaces are exempt.
    pub exempt: usize,
    /// Mistakes in inputs.
    pub errors: usize,
}

/// The word that a finding begins with: its verdict, or `patch` for a change, which is none.
pub(crate) fn word(finding: &Finding) -> &'static str {
    match finding.kind {
        FindingKind::Patch => "patch",
        _ => finding.verdict.as_str(),
    }
}

impl Summary {
    pub(crate) fn of(report: &Report<'_>) -> Self {
        let decision = report.decision;
        let count = |verdict: Verdict| {
            let counted = |finding: &&Finding| {
                !matches!(finding.kind, FindingKind::Failure | FindingKind::Patch) && finding.verdict == verdict
            };
            decision.findings.iter().filter(counted).count()
        };
        let count_kind = |kind| decision.findings.iter().filter(|finding| finding.kind == kind).count();
        Self {
            denied: count(Verdict::Deny),
            unknown: count(Verdict::Unknown),
            warnings: count(Verdict::Warn),
            noted: count(Verdict::Allow),
            failures: count_kind(FindingKind::Failure),
            patches: count_kind(FindingKind::Patch),
            allowed: decision.count_judged(Verdict::Allow),
            judged: decision.judged.len(),
            resources_only: decision.judged.iter().all(|judged| judged.resource.is_some()),
            files: report.files,
            skipped: report.skipped,
            exempt: report.exempt,
            errors: report.diagnostics.len(),
        }
    }

    /// The parts of the line in their order: those that count, with what they are painted in, and those that say of how many.
    pub(crate) fn parts(&self) -> (Vec<(Paint, String)>, Vec<String>) {
        // What is zero is left uncoloured, so that `0 denied` does not alarm.
        let part = |verdict, number: usize, words: String| match number {
            0 => (Paint::Plain, words),
            _ => (Paint::Verdict(verdict), words),
        };
        let mut verdicts = vec![
            part(Verdict::Deny, self.denied, format!("{} denied", self.denied)),
            part(Verdict::Unknown, self.unknown, format!("{} unknown", self.unknown)),
            part(Verdict::Warn, self.warnings, counted(self.warnings, "warning", "warnings")),
            part(Verdict::Allow, self.allowed, format!("{} allowed", self.allowed)),
        ];
        if self.noted > 0 {
            verdicts.push((Paint::Plain, format!("{} noted", self.noted)));
        }
        if self.patches > 0 {
            verdicts.push((Paint::Patch, counted(self.patches, "patch", "patches")));
        }
        for (number, one, many) in
            [(self.failures, "policy failure", "policy failures"), (self.errors, "error", "errors")]
        {
            if number > 0 {
                verdicts.push((Paint::Verdict(Verdict::Deny), counted(number, one, many)));
            }
        }
        let judged = match (self.resources_only, self.judged) {
            (true, number) => counted(number, "resource", "resources"),
            (false, number) => counted(number, "resource or document", "resources and documents"),
        };
        let mut scope = vec![judged, counted(self.files, "file", "files")];
        if self.skipped > 0 {
            scope.push(format!("{} skipped", self.skipped));
        }
        if self.exempt > 0 {
            scope.push(format!("{} exempt", self.exempt));
        }
        (verdicts, scope)
    }

    /// `3 denied, 1 unknown, 2 warnings, 9 allowed; 12 resources, 2 files, 1 skipped`
    pub(crate) fn line(&self) -> String {
        let (verdicts, scope) = self.parts();
        let verdicts: Vec<_> = verdicts.into_iter().map(|(_, words)| words).collect();
        format!("{}; {}", verdicts.join(", "), scope.join(", "))
    }
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
