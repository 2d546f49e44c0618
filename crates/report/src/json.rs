//! The whole decision as JSON. `docs/schema/decision.schema.json` is its promise.

use crate::fingerprint::fingerprints;
use crate::summary::Summary;
use crate::{RenderError, Report, TOOL_NAME, TOOL_VERSION};
use decision::{Certainty, Finding, Judged, Place, PolicyMetadata, ResourceIdentity};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use value::Diagnostic;

/// Grows by one when a reader of the version before would be misled.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Output<'r> {
    version: u32,
    tool: Tool,
    point: &'static str,
    verdict: &'static str,
    summary: Counts,
    findings: Vec<FindingOutput<'r>>,
    resources: Vec<JudgedOutput<'r>>,
    policies: Vec<PolicyOutput<'r>>,
    errors: Vec<ErrorOutput<'r>>,
    notes: Vec<NoteOutput<'r>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Counts {
    denied: usize,
    unknown: usize,
    warnings: usize,
    noted: usize,
    failures: usize,
    patches: usize,
    allowed: usize,
    resources: usize,
    files: usize,
    skipped: usize,
    exempt: usize,
    errors: usize,
    policies: usize,
    evaluations: usize,
}

#[derive(Serialize)]
struct FindingOutput<'r> {
    policy: &'r str,
    title: &'r str,
    kind: &'static str,
    verdict: &'static str,
    severity: &'static str,
    mode: &'static str,
    certain: bool,
    message: &'r str,
    resource: Option<ResourceOutput<'r>>,
    place: PlaceOutput<'r>,
    details: BTreeMap<&'r str, Box<RawValue>>,
    remediation: Option<&'r str>,
    documentation: Option<&'r str>,
    fingerprint: String,
}

#[derive(Serialize)]
struct ResourceOutput<'r> {
    address: &'r str,
    #[serde(rename = "type")]
    kind: &'r str,
    class: &'r str,
    provider: &'r str,
    source: &'r str,
    action: &'r str,
    namespace: Option<&'r str>,
}

#[derive(Serialize)]
struct PlaceOutput<'r> {
    file: &'r str,
    document: usize,
    pointer: String,
    line: Option<u32>,
    column: Option<u32>,
}

#[derive(Serialize)]
struct JudgedOutput<'r> {
    resource: Option<ResourceOutput<'r>>,
    place: PlaceOutput<'r>,
    verdict: &'static str,
    policies: usize,
}

#[derive(Serialize)]
struct PolicyOutput<'r> {
    id: &'r str,
    title: &'r str,
    severity: &'static str,
    mode: &'static str,
    file: &'r str,
    line: u32,
}

#[derive(Serialize)]
struct ErrorOutput<'r> {
    code: &'static str,
    message: String,
    file: Option<&'r str>,
    line: Option<u32>,
    column: Option<u32>,
    help: Option<String>,
}

#[derive(Serialize)]
struct NoteOutput<'r> {
    message: String,
    place: PlaceOutput<'r>,
}

pub(crate) fn render(report: &Report<'_>) -> Result<String, RenderError> {
    let decision = report.decision;
    let summary = Summary::of(report);
    let scrub = |text: &str| report.scrubber.scrub(text).into_owned();
    let findings = decision.findings.iter().zip(fingerprints(&decision.findings));
    let output = Output {
        version: SCHEMA_VERSION,
        tool: Tool { name: TOOL_NAME, version: TOOL_VERSION },
        point: decision.point.as_str(),
        verdict: decision.verdict.as_str(),
        summary: Counts {
            denied: summary.denied,
            unknown: summary.unknown,
            warnings: summary.warnings,
            noted: summary.noted,
            failures: summary.failures,
            patches: summary.patches,
            allowed: summary.allowed,
            resources: summary.judged,
            files: summary.files,
            skipped: summary.skipped,
            exempt: summary.exempt,
            errors: summary.errors,
            policies: decision.policies.len(),
            evaluations: decision.evaluations,
        },
        findings: findings.map(|(f, fingerprint)| finding(f, fingerprint)).collect::<Result<_, _>>()?,
        resources: decision.judged.iter().map(judged).collect(),
        policies: decision.policies.iter().map(|policy| policy_output(policy, decision.point)).collect(),
        errors: report.diagnostics.iter().map(|diagnostic| error(diagnostic, &scrub)).collect(),
        notes: report
            .notes
            .iter()
            .map(|note| NoteOutput { message: scrub(&note.message), place: place(&note.place) })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&output)?;
    text.push('\n');
    Ok(text)
}

fn finding(finding: &Finding, fingerprint: String) -> Result<FindingOutput<'_>, RenderError> {
    let raw = |(_, json): &(String, String)| RawValue::from_string(json.clone());
    let details: Vec<_> = finding.details.iter().map(raw).collect::<Result<_, _>>()?;
    let keys = finding.details.iter().map(|(key, _)| key.as_str());
    Ok(FindingOutput {
        policy: finding.id(),
        title: finding.policy.name(),
        kind: finding.kind.as_str(),
        verdict: finding.verdict.as_str(),
        severity: finding.severity.as_str(),
        mode: finding.mode.as_str(),
        certain: finding.certainty == Certainty::Certain,
        message: &finding.message,
        resource: finding.resource.as_deref().map(resource),
        place: place(&finding.place),
        details: keys.zip(details).collect(),
        remediation: finding.remediation.as_deref(),
        documentation: finding.documentation.as_deref(),
        fingerprint,
    })
}

fn resource(resource: &ResourceIdentity) -> ResourceOutput<'_> {
    ResourceOutput {
        address: &resource.address,
        kind: &resource.kind,
        class: resource.class,
        provider: &resource.provider,
        source: resource.source,
        action: resource.action,
        namespace: resource.namespace.as_deref(),
    }
}

fn place(place: &Place) -> PlaceOutput<'_> {
    PlaceOutput {
        file: &place.file,
        document: place.document,
        pointer: place.pointer.to_string(),
        line: place.position.map(|position| position.line),
        column: place.position.map(|position| position.column),
    }
}

fn judged(judged: &Judged) -> JudgedOutput<'_> {
    JudgedOutput {
        resource: judged.resource.as_deref().map(resource),
        place: place(&judged.place),
        verdict: judged.verdict.as_str(),
        policies: judged.policies,
    }
}

fn policy_output(policy: &PolicyMetadata, point: decision::Point) -> PolicyOutput<'_> {
    PolicyOutput {
        id: &policy.id,
        title: policy.name(),
        severity: policy.severity.as_str(),
        mode: policy.modes.at(point).as_str(),
        file: &policy.place.file,
        line: policy.place.line,
    }
}

fn error<'r>(diagnostic: &'r Diagnostic, scrub: &impl Fn(&str) -> String) -> ErrorOutput<'r> {
    let position = diagnostic.position();
    ErrorOutput {
        code: diagnostic.code,
        message: scrub(&diagnostic.message),
        file: diagnostic.source.as_deref().map(|source| source.name.as_str()),
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
        help: diagnostic.help.as_deref().map(scrub),
    }
}
