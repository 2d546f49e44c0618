//! What policies change, in every format: told, and counted as nothing that stands against anything.

use crate::Format;
use crate::testing::{Sample, empty, finding, place, policy, resource};
use decision::{Finding, FindingKind, Judged, Severity, Verdict};
use serde_json::{Value, json};
use std::sync::Arc;

const PATCH: &str = r#"[{"op":"add","path":"/spec/containers/0/resources","value":{"limits":{"cpu":"1"}}},{"op":"replace","path":"/spec/priority","value":1}]"#;

/// A change that is made, and one that a policy in mode `warn` would make.
fn sample() -> Sample {
    let policy = Arc::new(policy("K8S-003", "Containers get defaults", Severity::Low));
    let pod = resource("Pod/nlp/bare", "Pod", "workload");
    let place = place("k8s/pods.yaml", &["items", "0"], 3, 3);
    let change = |verdict| Finding {
        kind: FindingKind::Patch,
        details: vec![("patch".to_owned(), PATCH.to_owned())],
        ..finding(
            &policy,
            verdict,
            Some(&pod),
            &place,
            "adds `/spec/containers/0/resources`, replaces `/spec/priority = 1`",
        )
    };
    let mut sample = empty();
    sample.decision.findings = vec![change(Verdict::Allow), change(Verdict::Warn)];
    sample.decision.judged =
        vec![Judged { resource: Some(pod.clone()), place: place.clone(), verdict: Verdict::Allow, policies: 1 }];
    sample
}

#[test]
fn for_people() {
    insta::assert_snapshot!(sample().render_people(80, false));
    let colored = sample().render_people(80, true);
    assert!(colored.contains("\u{1b}[1m\u{1b}[34mpatch\u{1b}[0m"), "{colored:?}");
    assert!(colored.contains("\u{1b}[1m\u{1b}[34m2 patches;\u{1b}[0m"), "{colored:?}");
}

#[test]
fn a_value_without_end_is_cut() {
    let mut sample = sample();
    let long = json!([{"op": "add", "path": "/a", "value": ["x".repeat(10_000)]}]);
    sample.decision.findings[0].details[0].1 = long.to_string();
    assert!(sample.render_people(80, false).len() < 2_000);
}

#[test]
fn for_programs() {
    let json: Value = serde_json::from_str(&sample().render(Format::Json)).unwrap();
    assert_eq!(json["summary"]["patches"], 2);
    assert_eq!((&json["summary"]["noted"], &json["summary"]["warnings"]), (&json!(0), &json!(0)));
    assert_eq!(json["findings"][0]["kind"], "patch");
    assert_eq!(json["findings"][0]["details"]["patch"][1]["path"], "/spec/priority");

    let sarif: Value = serde_json::from_str(&sample().render(Format::Sarif)).unwrap();
    for result in sarif["runs"][0]["results"].as_array().unwrap() {
        assert_eq!(result["level"], "note");
        assert_eq!(result["properties"]["patch"][0]["op"], "add");
    }
    let github = sample().render(Format::Github);
    assert_eq!(github.matches("::notice file=k8s/pods.yaml,line=3,col=3,title=patch K8S-003").count(), 2, "{github}");
    let junit = sample().render(Format::Junit);
    assert!(junit.contains(r#"tests="3" skipped="0" failures="0" errors="0""#), "{junit}");
    assert!(junit.contains("<system-out>"), "{junit}");
}

#[test]
fn an_output_with_changes_fits_the_schema() {
    assert_eq!(super::schema::problems(&sample().render(Format::Json)), Vec::<String>::new());
}
