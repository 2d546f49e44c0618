//! SARIF 2.1.0, as code scanning reads it.

use crate::fingerprint::fingerprints;
use crate::{PATCH, RenderError, Report, TOOL_NAME, TOOL_VERSION};
use decision::{Finding, FindingKind, Mode, Place, PolicyMetadata, Severity, Verdict};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use value::{Diagnostic, Position};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Relative addresses are relative to the root of the sources that were checked out.
const SOURCE_ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Tool<'r>,
    /// Columns count characters, not UTF-16 units, which is the default.
    column_kind: &'static str,
    invocations: [Invocation<'r>; 1],
    results: Vec<ResultOutput<'r>>,
}

#[derive(Serialize)]
struct Tool<'r> {
    driver: Driver<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'r> {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'r> {
    id: &'r str,
    short_description: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    full_description: Option<Text>,
    help: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<&'r str>,
    default_configuration: Configuration,
    properties: RuleProperties<'r>,
}

#[derive(Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

impl Text {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), markdown: None }
    }
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct RuleProperties<'r> {
    severity: &'static str,
    #[serde(rename = "problem.severity")]
    problem_severity: &'static str,
    tags: Vec<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'r> {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification<'r> {
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor: Option<Reference<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_rule: Option<Reference<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location<'r>>,
}

#[derive(Serialize)]
struct Reference<'r> {
    id: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultOutput<'r> {
    rule_id: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location<'r>>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    properties: ResultProperties<'r>,
}

#[derive(Serialize)]
struct ResultProperties<'r> {
    verdict: &'static str,
    severity: &'static str,
    mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<&'r str>,
    /// What a policy changes, a JSON Patch.
    #[serde(skip_serializing_if = "Option::is_none")]
    patch: Option<Box<RawValue>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation<'r> {
    fully_qualified_name: &'r str,
    kind: &'static str,
}

pub(crate) fn render(report: &Report<'_>) -> Result<String, RenderError> {
    let decision = report.decision;
    let rules: Vec<_> = decision.policies.iter().map(|policy| rule(policy, policy.modes.at(decision.point))).collect();
    let indices: BTreeMap<&str, usize> = decision.policies.iter().map(|policy| policy.id.as_str()).zip(0..).collect();
    let failed = |finding: &&Finding| finding.kind == FindingKind::Failure;
    let mut notifications: Vec<_> = report.diagnostics.iter().map(|error| input_error(error, report)).collect();
    notifications.extend(decision.findings.iter().filter(failed).map(policy_failure));
    let successful = notifications.is_empty();
    notifications.extend(report.notes.iter().map(|note| Notification {
        level: "note",
        message: Text::plain(report.scrubber.scrub(&note.message)),
        descriptor: None,
        associated_rule: None,
        locations: location(&note.place, None).into_iter().collect(),
    }));
    let findings = decision.findings.iter().zip(fingerprints(&decision.findings));
    let results = findings.filter(|(finding, _)| !failed(finding));
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: Driver { name: TOOL_NAME, semantic_version: TOOL_VERSION, rules } },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation { execution_successful: successful, tool_execution_notifications: notifications }],
            results: results
                .map(|(finding, fingerprint)| result(finding, fingerprint, indices.get(finding.id()).copied()))
                .collect(),
        }],
    };
    let mut text = serde_json::to_string_pretty(&log)?;
    text.push('\n');
    Ok(text)
}

fn rule(policy: &PolicyMetadata, mode: Mode) -> Rule<'_> {
    let level = match mode {
        Mode::Enforce => "error",
        Mode::Warn => "warning",
        Mode::Audit => "note",
    };
    let problem_severity = match policy.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "recommendation",
    };
    let comply = policy.remediation.as_deref().unwrap_or("The policy names no fix; its owners do.");
    let mut help = vec![policy.name().to_owned()];
    if !policy.description.is_empty() {
        help.push(policy.description.clone());
    }
    let markdown = [help.clone(), vec![format!("**How to comply:** {comply}")]].concat().join("\n\n");
    help.push(format!("How to comply: {comply}"));
    Rule {
        id: &policy.id,
        short_description: Text::plain(policy.name()),
        full_description: (!policy.description.is_empty()).then(|| Text::plain(&policy.description)),
        help: Text { text: help.join("\n\n"), markdown: Some(markdown) },
        help_uri: policy.documentation.as_deref().filter(|address| address.contains("://")),
        default_configuration: Configuration { level },
        properties: RuleProperties {
            severity: policy.severity.as_str(),
            problem_severity,
            tags: ["governance"].into_iter().chain(policy.classes.iter().map(String::as_str)).collect(),
        },
    }
}

fn result(finding: &Finding, fingerprint: String, rule_index: Option<usize>) -> ResultOutput<'_> {
    let message = match &finding.remediation {
        Some(remediation) => format!("{}\nfix: {}", finding.message, remediation.trim()),
        None => finding.message.clone(),
    };
    let level = match (finding.kind, finding.verdict) {
        (FindingKind::Patch, _) | (_, Verdict::Allow) => "note",
        (_, Verdict::Unknown | Verdict::Warn) => "warning",
        (_, Verdict::Deny) => "error",
    };
    let patch = finding.details.iter().find(|(key, _)| finding.kind == FindingKind::Patch && key == PATCH);
    ResultOutput {
        rule_id: finding.id(),
        rule_index,
        level,
        message: Text::plain(message),
        locations: location(&finding.place, finding.resource.as_ref().map(|r| r.address.as_str()))
            .into_iter()
            .collect(),
        partial_fingerprints: BTreeMap::from([("provostFinding/v1", fingerprint)]),
        properties: ResultProperties {
            verdict: finding.verdict.as_str(),
            severity: finding.severity.as_str(),
            mode: finding.mode.as_str(),
            remediation: finding.remediation.as_deref(),
            patch: patch.and_then(|(_, json)| RawValue::from_string(json.clone()).ok()),
        },
    }
}

fn policy_failure(finding: &Finding) -> Notification<'_> {
    let address = finding.resource.as_ref().map(|resource| resource.address.as_str());
    Notification {
        level: "error",
        message: Text::plain(&finding.message),
        descriptor: None,
        associated_rule: Some(Reference { id: finding.id() }),
        locations: location(&finding.place, address).into_iter().collect(),
    }
}

fn input_error<'r>(error: &'r Diagnostic, report: &Report<'_>) -> Notification<'r> {
    let message = match &error.help {
        Some(help) => format!("{}\nhelp: {help}", error.message),
        None => error.message.clone(),
    };
    let location = error.source.as_deref().and_then(|source| physical(&source.name, error.position()));
    Notification {
        level: "error",
        message: Text::plain(report.scrubber.scrub(&message)),
        descriptor: Some(Reference { id: error.code }),
        associated_rule: None,
        locations: location
            .map(|physical| Location { physical_location: Some(physical), logical_locations: Vec::new() })
            .into_iter()
            .collect(),
    }
}

fn location<'r>(place: &Place, address: Option<&'r str>) -> Option<Location<'r>> {
    let physical_location = physical(&place.file, place.position);
    let logical_locations: Vec<_> =
        address.map(|name| LogicalLocation { fully_qualified_name: name, kind: "resource" }).into_iter().collect();
    (physical_location.is_some() || !logical_locations.is_empty())
        .then_some(Location { physical_location, logical_locations })
}

/// None for standard input, which is no file that anybody could open.
fn physical(file: &str, position: Option<Position>) -> Option<PhysicalLocation> {
    if file.is_empty() || file == "-" {
        return None;
    }
    Some(PhysicalLocation {
        artifact_location: artifact(file),
        region: position.map(|position| Region { start_line: position.line, start_column: position.column }),
    })
}

fn artifact(file: &str) -> ArtifactLocation {
    let path = file.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path);
    let drive = path.split_once(':').is_some_and(|(drive, _)| drive.len() == 1);
    match path.strip_prefix('/') {
        Some(absolute) => ArtifactLocation { uri: format!("file:///{}", percent_encode(absolute)), uri_base_id: None },
        None if drive => ArtifactLocation { uri: format!("file:///{}", percent_encode(path)), uri_base_id: None },
        None => ArtifactLocation { uri: percent_encode(path), uri_base_id: Some(SOURCE_ROOT) },
    }
}

fn percent_encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte))
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
