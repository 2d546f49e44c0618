//! JUnit XML: a suite a file, a case for each finding and for each resource that nothing speaks against.

use crate::summary::word;
use crate::{RenderError, Report, TOOL_NAME};
use decision::{Finding, FindingKind, Judged, Place, ResourceIdentity, Verdict};
use quick_junit::{NonSuccessKind, Report as Suites, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;
use value::Diagnostic;

pub(crate) fn render(report: &Report<'_>) -> Result<String, RenderError> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    fn suite<'s, 'r>(suites: &'s mut BTreeMap<&'r str, TestSuite>, file: &'r str) -> &'s mut TestSuite {
        suites.entry(file).or_insert_with(|| TestSuite::new(file))
    }
    for judged in report.decision.judged.iter().filter(|judged| judged.verdict == Verdict::Allow) {
        suite(&mut suites, &judged.place.file).add_test_case(allowed(judged));
    }
    for finding in &report.decision.findings {
        suite(&mut suites, &finding.place.file).add_test_case(case(finding));
    }
    for error in report.diagnostics {
        let file = error.source.as_ref().map_or("inputs", |source| source.name.as_str());
        suite(&mut suites, file).add_test_case(input_error(error, report));
    }
    let mut root = Suites::new(TOOL_NAME);
    root.add_test_suites(suites.into_values());
    Ok(root.to_string()?)
}

fn allowed(judged: &Judged) -> TestCase {
    let mut case = TestCase::new(name(judged.resource.as_deref(), &judged.place), TestCaseStatus::success());
    case.set_classname(class(judged.resource.as_deref()));
    case
}

fn case(finding: &Finding) -> TestCase {
    let mut status = match (finding.kind, finding.verdict) {
        (FindingKind::Failure, _) => TestCaseStatus::non_success(NonSuccessKind::Error),
        (FindingKind::Patch, _) => TestCaseStatus::success(),
        (_, Verdict::Deny) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        // Neither passed nor failed: what JUnit has for that is `skipped`, with the reason.
        (_, Verdict::Unknown | Verdict::Warn) => TestCaseStatus::skipped(),
        (_, Verdict::Allow) => TestCaseStatus::success(),
    };
    status.set_message(format!("{}: {}", word(finding), finding.message));
    status.set_type(finding.severity.as_str());
    let mut description = vec![format!("{}: {}", finding.place, finding.message)];
    description.extend(finding.details.iter().map(|(key, value)| format!("{key}: {value}")));
    description.extend(finding.remediation.as_ref().map(|remediation| format!("fix: {remediation}")));
    let description = description.join("\n");
    status.set_description(description.clone());
    let name = format!("{} {}", finding.id(), name(finding.resource.as_deref(), &finding.place));
    let noted = match finding.kind {
        FindingKind::Failure => false,
        FindingKind::Patch => true,
        FindingKind::Deny | FindingKind::Warn => finding.verdict == Verdict::Allow,
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(class(finding.resource.as_deref()));
    if noted {
        case.set_system_out(description);
    }
    case
}

fn input_error(error: &Diagnostic, report: &Report<'_>) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    let message = report.scrubber.scrub(&error.message).into_owned();
    let help = error.help.as_ref().map(|help| format!("\nhelp: {}", report.scrubber.scrub(help))).unwrap_or_default();
    let place = match (&error.source, error.position()) {
        (Some(source), Some(position)) => format!("{}:{position}: ", source.name),
        _ => String::new(),
    };
    status.set_description(format!("{place}{message}{help}"));
    status.set_message(message);
    status.set_type(error.code);
    let mut case = TestCase::new("can be read", status);
    case.set_classname("input");
    case
}

/// Without the line, so that a case keeps its name when lines move.
fn name(resource: Option<&ResourceIdentity>, place: &Place) -> String {
    match resource {
        Some(resource) => resource.address.clone(),
        None if place.document == 0 => format!("{}{}", place.file, place.pointer),
        None => format!("{} (document {}){}", place.file, place.document + 1, place.pointer),
    }
}

fn class(resource: Option<&ResourceIdentity>) -> &str {
    resource.map_or("document", |resource| resource.class)
}
