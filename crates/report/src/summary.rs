//! What a decision comes to, in numbers.

use crate::Report;
use decision::{FindingKind, Verdict};

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
    /// Mistakes in inputs.
    pub errors: usize,
}

impl Summary {
    pub(crate) fn of(report: &Report<'_>) -> Self {
        let decision = report.decision;
        let count = |verdict: Verdict| {
            let counted =
                |finding: &&decision::Finding| finding.kind != FindingKind::Failure && finding.verdict == verdict;
            decision.findings.iter().filter(counted).count()
        };
        Self {
            denied: count(Verdict::Deny),
            unknown: count(Verdict::Unknown),
            warnings: count(Verdict::Warn),
            noted: count(Verdict::Allow),
            failures: decision.findings.iter().filter(|finding| finding.kind == FindingKind::Failure).count(),
            allowed: decision.count_judged(Verdict::Allow),
            judged: decision.judged.len(),
            resources_only: decision.judged.iter().all(|judged| judged.resource.is_some()),
            files: report.files,
            skipped: report.skipped,
            errors: report.diagnostics.len(),
        }
    }

    /// The parts of the line in their order: the verdict that each counts, if it is one, and the words.
    pub(crate) fn parts(&self) -> (Vec<(Option<Verdict>, String)>, Vec<String>) {
        let mut verdicts = vec![
            (Some(Verdict::Deny), format!("{} denied", self.denied)),
            (Some(Verdict::Unknown), format!("{} unknown", self.unknown)),
            (Some(Verdict::Warn), counted(self.warnings, "warning", "warnings")),
            (Some(Verdict::Allow), format!("{} allowed", self.allowed)),
        ];
        let kept = |(verdict, _): &(Option<Verdict>, String)| match verdict {
            Some(Verdict::Deny) => self.denied > 0,
            Some(Verdict::Unknown) => self.unknown > 0,
            Some(Verdict::Warn) => self.warnings > 0,
            Some(Verdict::Allow) | None => self.allowed > 0,
        };
        // What is zero is left uncoloured, so that `0 denied` does not alarm.
        for part in &mut verdicts {
            if !kept(part) {
                part.0 = None;
            }
        }
        if self.noted > 0 {
            verdicts.push((None, format!("{} noted", self.noted)));
        }
        if self.failures > 0 {
            verdicts.push((Some(Verdict::Deny), counted(self.failures, "policy failure", "policy failures")));
        }
        if self.errors > 0 {
            verdicts.push((Some(Verdict::Deny), counted(self.errors, "error", "errors")));
        }
        let judged = match (self.resources_only, self.judged) {
            (true, number) => counted(number, "resource", "resources"),
            (false, number) => counted(number, "resource or document", "resources and documents"),
        };
        let mut scope = vec![judged, counted(self.files, "file", "files")];
        if self.skipped > 0 {
            scope.push(format!("{} skipped", self.skipped));
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
