//! No format lets a sensitive value out, whatever a policy prints.

use super::show::member;
use crate::show::{Resources, render_json};
use crate::testing::{policy, sample};
use crate::{Format, Note, Report, Style, diagnostics, render, show};
use catalog::Class;
use decision::{
    Change, Complaint, DecideOptions, Document, Effect, OnUnknown, Outcome, Place, Point, Policy, PolicyError,
    PolicyMetadata, PolicySet, Request, Scrubber, Session, Severity, Subject, decide,
};
use host::FixedHost;
use std::num::NonZeroUsize;
use std::sync::Arc;
use value::{Arena, Diagnostic, Frozen, Pointer, Source, Span};

const SECRET: &str = "hunter2 \"quoted\"";

/// Prints its whole input, as a policy may with sprintf, in every part of a complaint.
struct Gossip(Arc<PolicyMetadata>);

impl Policy for Gossip {
    fn metadata(&self) -> &Arc<PolicyMetadata> {
        &self.0
    }

    fn evaluate(&self, request: &Request<'_>, _session: &mut Session<'_, '_>) -> Result<Outcome, PolicyError> {
        let resource = request.input.get_str("resource").unwrap_or(request.input);
        let password = resource.get_str("password").and_then(value::Value::as_str).unwrap_or_default();
        let heard = format!("{password} in {}", request.input);
        let complaint = Complaint {
            details: Some(Frozen::copy_of(request.input)),
            remediation: Some(heard.clone()),
            documentation: Some(heard.clone()),
            ..Complaint::new(Effect::Deny, heard.clone())
        };
        let possible = Complaint {
            certainty: decision::Certainty::Possible,
            unknown: Some(heard.clone()),
            ..Complaint::new(Effect::Warn, heard.clone())
        };
        match self.0.id.as_str() {
            "FAILS" => Err(PolicyError { message: heard, place: None }),
            _ => Ok(Outcome { complaints: vec![complaint, possible] }),
        }
    }
}

#[test]
fn a_sensitive_value_is_in_no_format() {
    let arena = Arena::new();
    let value = r#"{"password": "hunter2 \"quoted\"", "region": "hunter2 \"quoted\"", "tags": {"a": "hunter2 \"quoted\""},
        "dimensions": {"hunter2 \"quoted\"": 1}, "accelerators": [{"model": "hunter2 \"quoted\"", "count": 1}]}"#;
    let address = arena.format(format_args!("aws_instance.x[\"{SECRET}\"]")).as_str().unwrap();
    let member = member(&arena, address, "aws_instance", Class::Instance, value);
    let document = Document { file: "plan.json", index: 0, root: member.resource.value };
    let change = Change { members: vec![member.clone()], ..Change::default() };

    let gossip = |id: &str, input| -> Arc<dyn Policy> {
        Arc::new(Gossip(Arc::new(PolicyMetadata { input, ..policy(id, "", Severity::High) })))
    };
    let policies = vec![
        gossip("RESOURCE", decision::Input::Request),
        gossip("DOCUMENT", decision::Input::Document),
        gossip("FAILS", decision::Input::Request),
    ];
    let set = PolicySet::new(policies, Frozen::copy_of(value::Value::Null), |_| {}).unwrap();
    let scrubber = Scrubber::new([SECRET]);
    let options = DecideOptions {
        point: Point::Check,
        on_unknown: OnUnknown::Warn,
        subject: &Subject::default(),
        scrubber: &scrubber,
        host: &FixedHost::default(),
        threads: NonZeroUsize::MIN,
        progress: None,
    };
    let decision = decide(&set, &[document], &[change], &options);
    assert!(decision.findings.len() >= 5, "every policy speaks: {:#?}", decision.findings);

    let source = Source::new("plan.json", format!("{{\"password\": \"{SECRET}\"}}"));
    let diagnostics = [Diagnostic::new("code", format!("found `{SECRET}`"), &source, Span::new(2, 4)).help(SECRET)];
    let notes = [Note { place: Place::new("plan.json", 0, Pointer::root()), message: format!("saw {SECRET}") }];
    let report = Report {
        decision: &decision,
        files: 1,
        skipped: 0,
        exempt: 0,
        diagnostics: &diagnostics,
        notes: &notes,
        scrubber: &scrubber,
    };
    let members = [member];
    let resources = Resources { members: &members, scrubber: &scrubber };
    let mut written = Vec::new();
    for (width, color) in [(40, true), (100, false)] {
        let style = Style { width, color };
        for format in Format::ALL {
            written.push((format!("{format:?}"), render(format, &report, &style).unwrap()));
        }
        written.push(("show".to_owned(), show::render(&resources, &style)));
        written.push(("diagnostics".to_owned(), diagnostics::render(&diagnostics, &scrubber, &style)));
    }
    written.push(("show as JSON".to_owned(), render_json(&resources)));
    for (what, text) in written {
        assert!(!text.contains("hunter2"), "{what}: {text}");
        assert!(text.contains("sensitive"), "{what} shows where something was: {text}");
    }
}

#[test]
fn without_secrets_nothing_is_masked() {
    for format in Format::ALL {
        assert!(!sample().render(format).contains("(sensitive)"));
    }
}
