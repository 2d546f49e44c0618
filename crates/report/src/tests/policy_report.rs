use crate::policy_report::{AuditedObject, ReportKind, render};
use crate::testing::{Sample, empty, finding, policy, resource};
use decision::{Finding, FindingKind, Judged, Mode, Modes, Place, PolicyMetadata, Scrubber, Severity, Verdict};
use serde_json::{Value, json};
use std::sync::Arc;
use value::{Arena, Pointer, Source, json as compact};

const TIME_NS: i64 = 1_750_000_000_000_000_007;

fn object(kind: &str, namespace: Option<&str>, name: &str, item: Option<usize>) -> AuditedObject {
    AuditedObject {
        file: "cluster.yaml".to_owned(),
        document: 0,
        pointer: item.map(|item| Pointer::root().join("items").join(item)).unwrap_or_default(),
        api_version: if kind == "Deployment" { "apps/v1" } else { "v1" }.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
        uid: Some(format!("uid-of-{name}")),
    }
}

fn place(object: &AuditedObject) -> Place {
    Place::new(object.file.clone(), object.document, object.pointer.join("metadata"))
}

/// A list of a namespace's objects and of one that is in none.
fn objects() -> Vec<AuditedObject> {
    vec![
        object("Deployment", Some("nlp"), "serve", Some(0)),
        object("Pod", Some("nlp"), "bare", Some(1)),
        object("Pod", Some("vision"), "fine", Some(2)),
        object("Namespace", None, "nlp", Some(3)),
    ]
}

/// One finding of each kind about the Deployment, two about the Namespace, none about the others.
fn sample() -> Sample {
    let cost = Arc::new(PolicyMetadata {
        remediation: Some("add the label cost-center\n".to_owned()),
        documentation: Some("https://governance.example/COST-001".to_owned()),
        ..policy("COST-001", "Every AI resource names its cost centre", Severity::High)
    });
    let noted = Arc::new(PolicyMetadata {
        modes: Modes::everywhere(Mode::Audit),
        ..policy("OWN-001", "Every resource has an owner", Severity::Low)
    });
    let objects = objects();
    let about = |policy: &Arc<PolicyMetadata>, verdict, at: usize, message: &str| {
        let object = &objects[at];
        let resource = resource(&object.name, &object.kind, "workload");
        finding(policy, verdict, Some(&resource), &place(object), message)
    };
    let mut sample = empty();
    sample.decision.findings = vec![
        about(&cost, Verdict::Deny, 0, "has no cost centre"),
        about(&cost, Verdict::Unknown, 0, "a: \"quoted\"\n- and more"),
        Finding { kind: FindingKind::Failure, ..about(&noted, Verdict::Unknown, 0, "the policy failed") },
        Finding {
            kind: FindingKind::Patch,
            details: vec![("patch".to_owned(), r#"[{"op":"add","path":"/a","value":1}]"#.to_owned())],
            ..about(&noted, Verdict::Allow, 0, "adds `/a = 1`")
        },
        about(&cost, Verdict::Warn, 3, "has no cost centre"),
        about(&noted, Verdict::Allow, 3, "has no owner"),
    ];
    let judged = |(object, policies): (&AuditedObject, usize)| Judged {
        resource: Some(resource(&object.name, &object.kind, "workload")),
        place: Place::new(object.file.clone(), object.document, object.pointer.clone()),
        verdict: Verdict::Allow,
        policies,
    };
    sample.decision.judged = objects.iter().zip([5, 3, 2, 2]).map(judged).collect();
    sample
}

/// The documents of a stream of YAML.
fn documents(text: &str) -> Vec<Value> {
    let arena = Arena::new();
    let source = Source::new("reports.yaml", text);
    let parsed = formats::parse(&arena, &source, formats::Format::Yaml, &formats::Options::default()).unwrap();
    let read = |value| serde_json::from_str(&compact::to_string(value)).unwrap();
    parsed.documents.iter().map(|document| read(document.value)).collect()
}

fn rendered(kind: ReportKind, sample: &Sample, objects: &[AuditedObject]) -> Vec<Value> {
    documents(&render(kind, &sample.report(), objects, TIME_NS))
}

#[test]
fn as_text() {
    insta::assert_snapshot!(render(ReportKind::PolicyReport, &sample().report(), &objects(), TIME_NS));
}

#[test]
fn one_report_a_namespace_and_one_for_what_is_in_none() {
    for (kind, version, names) in [
        (ReportKind::PolicyReport, "wgpolicyk8s.io/v1alpha2", ["ClusterPolicyReport", "PolicyReport"]),
        (ReportKind::OpenReports, "openreports.io/v1alpha1", ["ClusterReport", "Report"]),
    ] {
        let reports = rendered(kind, &sample(), &objects());
        let told: Vec<_> = reports
            .iter()
            .map(|report| {
                assert_eq!(report["apiVersion"], version);
                (report["kind"].as_str().unwrap(), report["metadata"]["namespace"].as_str(), &report["summary"])
            })
            .collect();
        let summary = |pass: u32, fail: u32, warn: u32, error: u32, skip: u32| json!({"pass": pass, "fail": fail, "warn": warn, "error": error, "skip": skip});
        // Two policies speak against the Deployment; a change speaks against nothing.
        let (cluster, nlp, vision) = (summary(0, 0, 2, 0, 0), summary(6, 1, 1, 1, 1), summary(2, 0, 0, 0, 0));
        let expected = [(names[0], None, &cluster), (names[1], Some("nlp"), &nlp), (names[1], Some("vision"), &vision)];
        assert_eq!(told, expected);
    }
}

/// The fields of both schemas that are used here, as their CustomResourceDefinitions have them.
#[test]
fn an_api_server_would_take_them() {
    let only = |value: &Value, names: &[&str]| {
        for name in value.as_object().unwrap().keys() {
            assert!(names.contains(&name.as_str()), "`{name}` is in no schema: {value}");
        }
    };
    let texts = |value: &Value| value.as_object().unwrap().values().all(Value::is_string);
    for kind in [ReportKind::PolicyReport, ReportKind::OpenReports] {
        for report in rendered(kind, &sample(), &objects()) {
            only(&report, &["apiVersion", "kind", "metadata", "results", "summary"]);
            only(&report["metadata"], &["name", "namespace", "labels"]);
            only(&report["summary"], &["pass", "fail", "warn", "error", "skip"]);
            assert!(report["summary"].as_object().unwrap().values().all(Value::is_u64));
            for result in report["results"].as_array().unwrap() {
                let names = [
                    "category",
                    "message",
                    "policy",
                    "properties",
                    "resourceSelector",
                    "resources",
                    "result",
                    "rule",
                    "scored",
                    "severity",
                    "source",
                    "timestamp",
                ];
                only(result, &names);
                assert!(result["policy"].is_string() && result["message"].is_string() && result["scored"].is_boolean());
                assert!(["pass", "fail", "warn", "error", "skip"].contains(&result["result"].as_str().unwrap()));
                assert!(["critical", "high", "medium", "low", "info"].contains(&result["severity"].as_str().unwrap()));
                assert!(texts(&result["properties"]), "{result}");
                assert_eq!(result["timestamp"], json!({"seconds": 1_750_000_000, "nanos": 7}));
                let reference = &result["resources"][0];
                only(reference, &["apiVersion", "kind", "namespace", "name", "uid"]);
                assert!(texts(reference), "{reference}");
            }
        }
    }
}

#[test]
fn a_namespace_with_much_has_several_reports() {
    let mut sample = sample();
    let long = Finding { message: "x".repeat(100_000), ..sample.decision.findings[0].clone() };
    sample.decision.findings = vec![long; 200];
    let reports = rendered(ReportKind::PolicyReport, &sample, &objects());
    let nlp: Vec<_> = reports.iter().filter(|report| report["metadata"]["namespace"] == "nlp").collect();
    assert!(nlp.len() > 3, "{}", nlp.len());
    let names: Vec<_> = nlp.iter().map(|report| report["metadata"]["name"].as_str().unwrap()).collect();
    assert_eq!(names[..3], ["provost-audit", "provost-audit-2", "provost-audit-3"]);
    let number = |name: &str| nlp.iter().map(|report| report["summary"][name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((number("fail"), number("pass")), (200, 7));
    for report in nlp {
        assert!(report.to_string().len() < 250 << 10, "too long for an annotation");
        assert_eq!(report["summary"]["fail"], report["results"].as_array().unwrap().len());
    }
}

#[test]
fn half_a_patch_is_none() {
    let mut sample = sample();
    sample.decision.findings[3].details[0].1 = json!([{"value": "x".repeat(5_000)}]).to_string();
    let reports = rendered(ReportKind::PolicyReport, &sample, &objects());
    let patch = reports[1]["results"][3]["properties"]["patch"].as_str().unwrap();
    assert!(patch.contains("too long"), "{patch}");
}

#[test]
fn a_list_inside_an_object_is_no_list_of_objects() {
    let mut sample = sample();
    let alone = AuditedObject { document: 1, ..object("Role", Some("nlp"), "reader", None) };
    sample.decision.judged.clear();
    sample.decision.findings.truncate(1);
    sample.decision.findings[0].place = Place::new("cluster.yaml", 1, Pointer::root().join("rules").join(0));
    let reports = rendered(ReportKind::PolicyReport, &sample, &[objects(), vec![alone]].concat());
    assert_eq!(reports[0]["results"][0]["resources"][0]["name"], "reader");
}

#[test]
fn what_is_secret_is_in_no_report() {
    let mut sample = sample();
    sample.scrubber = Scrubber::new(["hunter2-secret"]);
    let mut objects = objects();
    objects[0].name = "hunter2-secret".to_owned();
    objects[0].namespace = Some("hunter2-secret".to_owned());
    let text = render(ReportKind::PolicyReport, &sample.report(), &objects, TIME_NS);
    assert!(!text.contains("hunter2") && text.contains("sensitive"), "{text}");
}

#[test]
fn nothing_audited_is_no_report() {
    assert_eq!(render(ReportKind::PolicyReport, &empty().report(), &[], TIME_NS), "");
}
