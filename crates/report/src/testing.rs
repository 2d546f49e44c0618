//! A decision with everything in it that a report has to show.

use crate::{Format, Note, Report, Style, render};
use decision::{
    Certainty, Decision, Finding, FindingKind, Judged, Mode, Modes, Place, Point, PolicyMetadata, PolicyPlace,
    ResourceIdentity, Scrubber, Severity, Verdict,
};
use std::sync::Arc;
use value::{Diagnostic, Pointer, Position, Source, Span};

/// A decision and what is reported beside it.
pub(crate) struct Sample {
    pub decision: Decision,
    pub diagnostics: Vec<Diagnostic>,
    pub notes: Vec<Note>,
    pub scrubber: Scrubber,
}

impl Sample {
    pub(crate) fn report(&self) -> Report<'_> {
        Report {
            decision: &self.decision,
            files: 2,
            skipped: 1,
            exempt: 0,
            diagnostics: &self.diagnostics,
            notes: &self.notes,
            scrubber: &self.scrubber,
        }
    }

    pub(crate) fn render(&self, format: Format) -> String {
        render(format, &self.report(), &Style::default()).unwrap()
    }

    pub(crate) fn render_people(&self, width: usize, color: bool) -> String {
        render(Format::People, &self.report(), &Style { width, color }).unwrap()
    }
}

pub(crate) fn policy(id: &str, title: &str, severity: Severity) -> PolicyMetadata {
    PolicyMetadata {
        title: title.to_owned(),
        severity,
        place: PolicyPlace { file: format!("policies/{}.rego", id.to_lowercase()), line: 1 },
        ..PolicyMetadata::new(id)
    }
}

pub(crate) fn resource(address: &str, kind: &str, class: &'static str) -> Arc<ResourceIdentity> {
    Arc::new(ResourceIdentity {
        address: address.to_owned(),
        kind: kind.to_owned(),
        class,
        provider: "aws".into(),
        source: "terraform",
        action: "create",
        namespace: None,
    })
}

pub(crate) fn place(file: &str, pointer: &[&str], line: u32, column: u32) -> Place {
    let pointer = pointer.iter().fold(Pointer::root(), |pointer, &key| pointer.join(key));
    Place { position: Some(Position { line, column }), ..Place::new(file, 0, pointer) }
}

pub(crate) fn finding(
    policy: &Arc<PolicyMetadata>,
    verdict: Verdict,
    resource: Option<&Arc<ResourceIdentity>>,
    place: &Place,
    message: &str,
) -> Finding {
    Finding {
        policy: Arc::clone(policy),
        kind: if verdict == Verdict::Warn { FindingKind::Warn } else { FindingKind::Deny },
        certainty: if verdict == Verdict::Unknown { Certainty::Possible } else { Certainty::Certain },
        mode: if verdict == Verdict::Allow { Mode::Audit } else { Mode::Enforce },
        verdict,
        severity: policy.severity,
        message: message.to_owned(),
        resource: resource.cloned(),
        place: place.clone(),
        details: Vec::new(),
        remediation: policy.remediation.clone(),
        documentation: policy.documentation.clone(),
    }
}

/// Nothing found, nothing judged.
pub(crate) fn empty() -> Sample {
    let decision = Decision {
        point: Point::Check,
        verdict: Verdict::Allow,
        findings: Vec::new(),
        judged: Vec::new(),
        policies: Arc::new([]),
        evaluations: 0,
    };
    Sample { decision, diagnostics: Vec::new(), notes: Vec::new(), scrubber: Scrubber::default() }
}

/// Every verdict, a resource with two findings, a document, details, a failure, a mistake in an input and a note.
pub(crate) fn sample() -> Sample {
    let cost = Arc::new(PolicyMetadata {
        description: "Costs that nobody owns are costs that nobody lowers.".to_owned(),
        remediation: Some("add the tag CostCenter".to_owned()),
        documentation: Some("https://governance.example/COST-001".to_owned()),
        classes: vec!["bucket".to_owned(), "instance".to_owned()],
        ..policy("COST-001", "Every AI resource names its cost centre", Severity::High)
    });
    let gpu = Arc::new(policy("GPU-001", "A team stays within its GPU quota", Severity::Critical));
    let owner = Arc::new(PolicyMetadata {
        modes: Modes::everywhere(Mode::Audit),
        ..policy("OWN-001", "Every resource has an owner", Severity::Low)
    });
    let main = Arc::new(policy("main", "", Severity::Medium));

    let trainer = resource("aws_instance.trainer", "aws_instance", "instance");
    let bucket = resource("module.storage.aws_s3_bucket.scratch", "aws_s3_bucket", "bucket");
    let tagged = resource("aws_s3_bucket.tagged", "aws_s3_bucket", "bucket");
    let trainer_place = place("plans/create.plan.json", &["resource_changes", "0"], 14, 7);
    let bucket_place = place("plans/create.plan.json", &["resource_changes", "1"], 120, 7);
    let tagged_place = place("plans/create.plan.json", &["resource_changes", "2"], 240, 7);
    let document = place("k8s/service account.yaml", &["metadata", "name"], 4, 9);

    let quota = Finding {
        details: vec![
            ("allowed".to_owned(), "4".to_owned()),
            ("seen".to_owned(), "8".to_owned()),
            ("team".to_owned(), "\"nlp\"".to_owned()),
        ],
        ..finding(
            &gpu,
            Verdict::Deny,
            Some(&trainer),
            &trainer_place,
            "asks for 8 GPUs (p4d.24xlarge); team nlp may hold 4",
        )
    };
    let failure = Finding {
        kind: FindingKind::Failure,
        certainty: Certainty::Certain,
        remediation: Some("correct the policy, or raise the limit that it reached".to_owned()),
        ..finding(&main, Verdict::Unknown, None, &document, "the policy failed at policies/main.rego:1: too many steps")
    };
    let findings = vec![
        failure,
        finding(&main, Verdict::Warn, None, &document, "the name is 100% generic, isn't it: default"),
        quota,
        finding(&cost, Verdict::Deny, Some(&trainer), &trainer_place, "has no cost centre"),
        finding(&owner, Verdict::Allow, Some(&trainer), &trainer_place, "has no owner"),
        finding(&cost, Verdict::Unknown, Some(&bucket), &bucket_place, "its tags are known only after apply"),
    ];
    let judged = |resource: Option<&Arc<ResourceIdentity>>, place: &Place, verdict, policies| Judged {
        resource: resource.cloned(),
        place: place.clone(),
        verdict,
        policies,
    };
    let broken = Source::new("plans/broken.json", "{\n  \"resource_changes\": [\n    oops\n  ]\n}\n");
    let mistake = Diagnostic::new("json_error", "expected a value, found `oops`", &broken, Span::new(30, 34))
        .help("give the whole output of `terraform show -json tf.plan`");
    Sample {
        decision: Decision {
            point: Point::Check,
            verdict: Verdict::Deny,
            findings,
            judged: vec![
                judged(None, &document, Verdict::Unknown, 1),
                judged(Some(&trainer), &trainer_place, Verdict::Deny, 3),
                judged(Some(&bucket), &bucket_place, Verdict::Unknown, 2),
                judged(Some(&tagged), &tagged_place, Verdict::Allow, 2),
            ],
            policies: Arc::new([cost, gpu, owner, main]),
            evaluations: 8,
        },
        diagnostics: vec![mistake],
        notes: vec![Note {
            place: Place::new("plans/create.plan.json", 0, Pointer::root()),
            message: "the plan ended early: what follows is not judged".to_owned(),
        }],
        scrubber: Scrubber::default(),
    }
}
