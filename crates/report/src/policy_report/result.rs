//! One finding as a result of a report.

use super::AuditedObject;
use crate::{PATCH, TOOL_NAME};
use decision::{Finding, FindingKind, Scrubber, Verdict};
use value::{Arena, Value};

/// What a result says. The working group's words, as its schema explains them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// The policy could not be evaluated.
    Error,
    /// The requirements are not met.
    Fail,
    /// The policy does not judge what is there: it changes objects as they are made, and this is what it would change.
    Skip,
    /// The requirements are not met, or perhaps not, and the policy is not scored.
    Warn,
}

impl Outcome {
    pub(super) fn of(finding: &Finding) -> Self {
        match (finding.kind, finding.verdict) {
            (FindingKind::Patch, _) => Self::Skip,
            (FindingKind::Failure, _) => Self::Error,
            (_, Verdict::Deny) => Self::Fail,
            (_, Verdict::Unknown | Verdict::Warn | Verdict::Allow) => Self::Warn,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Warn => "warn",
        }
    }
}

/// Texts are cut there, so that no result outgrows its report.
const TEXT_BYTES_MAX: usize = 4096;

/// `finding` about `object` as a result.
pub(super) fn write<'a>(
    arena: &'a Arena,
    finding: &Finding,
    outcome: Outcome,
    object: &AuditedObject,
    time_ns: i64,
    scrubber: &Scrubber,
) -> Value<'a> {
    let text = |text: &str| arena.string(&cut(text));
    let mut entries = vec![
        (arena.borrowed("message"), text(&finding.message)),
        (arena.borrowed("policy"), text(finding.id())),
        (arena.borrowed("properties"), properties(arena, finding)),
        (arena.borrowed("resources"), arena.array(&[reference(arena, object, scrubber)])),
        (arena.borrowed("result"), arena.borrowed(outcome.as_str())),
        (arena.borrowed("scored"), Value::from(outcome == Outcome::Fail)),
        (arena.borrowed("severity"), arena.borrowed(finding.severity.as_str())),
        (arena.borrowed("source"), arena.borrowed(TOOL_NAME)),
        (arena.borrowed("timestamp"), timestamp(arena, time_ns)),
    ];
    if finding.kind != FindingKind::Failure {
        entries.push((arena.borrowed("rule"), arena.borrowed(finding.kind.as_str())));
    }
    arena.object(&entries)
}

/// What the other fields have no room for. All of it is text.
fn properties<'a>(arena: &'a Arena, finding: &Finding) -> Value<'a> {
    let mut entries: Vec<(Value<'a>, Value<'a>)> = Vec::new();
    let mut add = |key: &'static str, text: &str| entries.push((arena.borrowed(key), arena.string(&cut(text))));
    add("mode", finding.mode.as_str());
    add("verdict", finding.verdict.as_str());
    if !matches!(finding.place.file.as_str(), "" | "-") {
        add("place", &finding.place.to_string());
    }
    if let Some(remediation) = &finding.remediation {
        add("remediation", remediation.trim());
    }
    if let Some(documentation) = &finding.documentation {
        add("documentation", documentation);
    }
    let patch = finding.details.iter().find(|(key, _)| finding.kind == FindingKind::Patch && key == PATCH);
    match patch {
        Some((_, json)) if json.len() <= TEXT_BYTES_MAX => add(PATCH, json),
        // Half a patch is none.
        Some(_) => add(PATCH, "too long for a report; `--format json` has it"),
        None => {}
    }
    arena.object(&entries)
}

fn reference<'a>(arena: &'a Arena, object: &AuditedObject, scrubber: &Scrubber) -> Value<'a> {
    let fields = [
        ("apiVersion", Some(&object.api_version)),
        ("kind", Some(&object.kind)),
        ("namespace", object.namespace.as_ref()),
        ("name", Some(&object.name)),
        ("uid", object.uid.as_ref()),
    ];
    let told = fields.into_iter().filter_map(|(key, text)| Some((key, text.filter(|text| !text.is_empty())?)));
    let entries: Vec<_> =
        told.map(|(key, text)| (arena.borrowed(key), arena.string(&cut(&scrubber.scrub(text))))).collect();
    arena.object(&entries)
}

fn timestamp(arena: &Arena, time_ns: i64) -> Value<'_> {
    const SECOND_NS: i64 = 1_000_000_000;
    arena.object(&[
        (arena.borrowed("nanos"), Value::Int(time_ns.rem_euclid(SECOND_NS))),
        (arena.borrowed("seconds"), Value::Int(time_ns.div_euclid(SECOND_NS))),
    ])
}

fn cut(text: &str) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(TEXT_BYTES_MAX);
    format!("{}...", text.get(..end).unwrap_or_default())
}
