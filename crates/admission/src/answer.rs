//! From a decision to what an API server is told.

use decision::{AmendError, Decision, Finding, FindingKind, Verdict};
use kubernetes_types::admission::{Response, Review};
use std::borrow::Cow;

/// A refusal names so many findings.
const FINDINGS_MAX: usize = 20;

/// The answer to `review`. `id` names the decision in the record.
pub(crate) fn of_decision<'a>(review: &Review<'a>, decision: &Decision, id: String) -> Response<'a> {
    let refuses = decision.verdict == Verdict::Deny;
    let mut response = match refuses {
        true => Response::deny(review, 403, refusal(decision)),
        false => Response::allow(review),
    };
    // Who is refused reads why first, and what else was said with it.
    let warned = decision.findings.iter().filter(|finding| match finding.verdict {
        Verdict::Warn => true,
        Verdict::Unknown => !refuses,
        Verdict::Deny | Verdict::Allow => false,
    });
    response.warnings = warned.map(|finding| Cow::Owned(line(finding))).collect();
    response.audit_annotations.push(("decision".into(), id.into()));
    response.audit_annotations.push(("verdict".into(), decision.verdict.as_str().into()));
    let mut policies: Vec<&str> = decision.findings.iter().map(Finding::id).collect();
    policies.sort_unstable();
    policies.dedup();
    if !policies.is_empty() {
        response.audit_annotations.push(("policies".into(), policies.join(",").into()));
    }
    response
}

/// Why the whole is refused.
fn refusal(decision: &Decision) -> String {
    // With `on_unknown: deny` what is unknown refuses too.
    let certain = decision.findings.iter().any(|finding| finding.verdict == Verdict::Deny);
    let decisive = if certain { Verdict::Deny } else { Verdict::Unknown };
    let lines: Vec<String> = decision.findings.iter().filter(|finding| finding.verdict == decisive).map(line).collect();
    let shown = lines.iter().take(FINDINGS_MAX).map(String::as_str).collect::<Vec<_>>().join("\n");
    match lines.len().saturating_sub(FINDINGS_MAX) {
        0 => shown,
        more => format!("{shown}\n... and {more} more"),
    }
}

/// `[GPU-001] asks for 8 GPUs; team nlp may hold 4. Fix: ...`
fn line(finding: &Finding) -> String {
    let unknown = if finding.verdict == Verdict::Unknown { "unknown: " } else { "" };
    let remedy = finding.remediation.as_deref().filter(|_| finding.kind != FindingKind::Patch);
    let remedy = remedy.map(|remedy| format!(" (fix: {})", remedy.trim_end_matches('.'))).unwrap_or_default();
    format!("[{}] {unknown}{}{remedy}", finding.id(), finding.message)
}

/// The refusal of a request that nobody can decide.
pub(crate) fn undecided<'a>(review: &Review<'a>, code: u16, reason: impl std::fmt::Display) -> Response<'a> {
    Response::deny(review, code, format!("refused because it cannot be decided: {reason}"))
}

/// The refusal of a request that policies fail to change: as it is, it is not what they would have made of it.
pub(crate) fn unchanged<'a>(review: &Review<'a>, error: &AmendError) -> Response<'a> {
    undecided(review, 500, error)
}
