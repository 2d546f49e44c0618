//! Entries to append, and ways to look at what came of them.

use decision::{
    Answer, Asked, BodyFormat, Certainty, Decision, DecisionEntry, Finding, FindingKind, Judged, Mode, Place, Point,
    PolicyMetadata, RecordEntry, RequestBody, ResourceIdentity, Revisions, Scrubber, Severity, Subject, Verdict,
};
use record::{Entry, Options, Reader, Verification, VerifyOptions, verify};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use value::Pointer;

/// Longer than any disk takes that works.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A pod that is refused, as admission would record it.
pub fn entry(id: &str, body: &str) -> DecisionEntry {
    let resource = Arc::new(ResourceIdentity {
        address: format!("Pod/team-a/{id}"),
        kind: "Pod".to_owned(),
        class: "workload",
        provider: "kubernetes".into(),
        source: "kubernetes",
        action: "create",
        namespace: Some("team-a".to_owned()),
    });
    let place = Place::new("request", 0, Pointer::root().join("request").join("object"));
    let finding = Finding {
        policy: Arc::new(PolicyMetadata::new("GPU-001")),
        kind: FindingKind::Deny,
        certainty: Certainty::Certain,
        mode: Mode::Enforce,
        verdict: Verdict::Deny,
        severity: Severity::High,
        message: "asks for 8 GPUs; team nlp may hold 4".to_owned(),
        resource: Some(Arc::clone(&resource)),
        place: place.clone(),
        details: Vec::new(),
        remediation: None,
        documentation: None,
    };
    let judged = Judged { resource: Some(resource), place, verdict: Verdict::Deny, policies: 2 };
    let decision = Decision {
        point: Point::Admission,
        verdict: Verdict::Deny,
        findings: vec![finding],
        judged: vec![judged],
        policies: Arc::new([]),
        evaluations: 2,
    };
    DecisionEntry {
        id: id.to_owned(),
        time_ns: 1_790_000_000_000_000_000,
        point: Point::Admission,
        subject: Subject {
            id: Some("alice".to_owned()),
            groups: vec!["ds".to_owned()],
            verified_by: "oidc".to_owned(),
        },
        body: RequestBody {
            format: BodyFormat::AdmissionReview,
            bytes: Box::new(body.to_owned().into_bytes()),
            masks: Vec::new(),
            scrubber: Scrubber::default(),
        },
        revisions: Arc::new(Revisions { policies: "p1".to_owned(), data: "d1".to_owned(), inventory: None }),
        asked: Asked::default(),
        answer: Answer::Decision(Arc::new(decision)),
        took_ns: 42_000,
    }
}

/// The same, to append.
pub fn boxed(entry: DecisionEntry) -> RecordEntry {
    RecordEntry::Decision(Box::new(entry))
}

/// A request body of about 3 KB that is like others but for the number.
pub fn review(number: u64) -> String {
    let containers: Vec<String> = (0..8)
        .map(|index| {
            format!(
                r#"{{"name":"worker-{index}","image":"registry.example.org/ml/train:{number}","resources":{{"limits":{{"nvidia.com/gpu":"1","memory":"{index}Gi"}}}},"env":[{{"name":"RANK","value":"{index}"}},{{"name":"JOB","value":"job-{number}"}}],"volumeMounts":[{{"name":"data","mountPath":"/data"}},{{"name":"scratch","mountPath":"/scratch"}}]}}"#
            )
        })
        .collect();
    format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"{number:032x}","operation":"CREATE","kind":{{"group":"","version":"v1","kind":"Pod"}},"object":{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"trainer-{number}","namespace":"team-a","labels":{{"cost-center":"42"}}}},"spec":{{"containers":[{}]}}}}}}}}"#,
        containers.join(",")
    )
}

/// Options for tests: what differs from the defaults is how soon things happen.
pub fn options(path: &Path) -> Options {
    Options { retry_after: Duration::from_millis(20), ..Options::at(path) }
}

/// All entries.
pub fn entries(path: &Path) -> Vec<Entry> {
    let reader = Reader::open(path).unwrap();
    reader.entries(1, u64::MAX).map(|entry| entry.unwrap().read().unwrap()).collect()
}

/// Verifies the whole, believing its own key.
pub fn verified(path: &Path) -> Verification {
    verify(&Reader::open(path).unwrap(), &VerifyOptions::default(), &|_, _| {}).unwrap()
}

/// Verifies the whole, and fails where it does not hold.
#[track_caller]
pub fn holds(path: &Path) -> Verification {
    let verification = verified(path);
    assert!(verification.holds(), "{:?}", verification.breaks);
    verification
}

/// Waits for something that another thread brings about.
pub fn wait_until(condition: impl Fn() -> bool) {
    let before = Instant::now();
    while !condition() {
        assert!(before.elapsed() < PATIENCE, "it never came to be");
        std::thread::sleep(Duration::from_millis(5));
    }
}
