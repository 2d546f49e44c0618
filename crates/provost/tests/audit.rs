//! `provost audit`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop and say why"
)]

mod common;

use common::{Run, provost, provost_with_input, tree};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// A Deployment from before anybody asked for cost centres, a Pod that names one, and something that no cluster runs without.
const CLUSTER: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: serve
  namespace: nlp
  uid: 6c1f0a52-0000-4000-8000-000000000001
  creationTimestamp: "2021-03-01T08:00:00Z"
spec:
  replicas: 2
  template:
    metadata: {labels: {app: serve}}
    spec:
      containers: [{name: main, image: registry.example/serve:1}]
---
apiVersion: v1
kind: Pod
metadata: {name: paid, namespace: vision, labels: {cost-center: "42"}}
spec:
  containers:
    - name: main
      image: registry.example/train:1
      resources: {requests: {cpu: "1", memory: 1Gi}, limits: {cpu: "1", memory: 1Gi}}
---
apiVersion: v1
kind: Pod
metadata: {name: dns, namespace: kube-system}
spec: {containers: [{name: dns, image: registry.example/dns:1}]}
"#;

/// A policy that says no, and one that changes Pods.
const COST: &str = common::COST;
const DEFAULTS: &str = r#"# METADATA
# title: Pods run as nobody
# custom:
#   provost:
#     id: DEF-1
#     input: request
#     providers: [kubernetes]
#     kinds: [Pod]
#     severity: low
package test.defaults

patch contains {"op": "add", "path": "/spec/securityContext", "value": {"runAsNonRoot": true}} if {
	not input.object.spec.securityContext
}
"#;

fn cluster() -> TempDir {
    tree(&[("k8s/cluster.yaml", CLUSTER), ("policies/cost.rego", COST), ("policies/defaults.rego", DEFAULTS)])
}

fn audit(folder: &Path, arguments: &[&str]) -> Run {
    provost(folder, &[&["audit"], arguments].concat())
}

fn audited(folder: &Path, arguments: &[&str]) -> Value {
    let run = audit(folder, &[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}{}", run.out, run.err))
}

/// `kind policy address`, finding by finding.
fn told(audit: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let findings = audit["findings"].as_array().unwrap();
    let line = |finding: &Value| {
        format!("{} {} {}", text(&finding["kind"]), text(&finding["policy"]), text(&finding["resource"]["address"]))
    };
    findings.iter().map(line).collect()
}

#[test]
fn what_exists_is_judged_and_what_would_change_is_shown() {
    let folder = cluster();
    let run = audit(folder.path(), &["k8s", "-p", "policies"]).exits(1);
    let run = run.says(&[
        "deny     COST-9  Deployment/nlp/serve",
        "serve has no cost centre",
        "patch    DEF-1",
        "its pods: adds `/spec/securityContext`",
        r#"/spec/securityContext = {"runAsNonRoot":true}"#,
        "at k8s/cluster.yaml:1:1",
        "1 denied, 0 unknown, 0 warnings, 1 allowed, 2 patches; 2 resources, 1 file, 1 exempt",
    ]);
    assert!(!run.out.contains("kube-system"), "{}", run.out);

    let audit = audited(folder.path(), &["k8s", "-p", "policies"]);
    assert_eq!(
        told(&audit),
        ["deny COST-9 Deployment/nlp/serve", "patch DEF-1 Deployment/nlp/serve", "patch DEF-1 Pod/vision/paid"]
    );
    assert_eq!((&audit["point"], &audit["verdict"]), (&json!("audit"), &json!("deny")));
    assert_eq!(audit["resources"][0]["resource"]["action"], "none", "nothing is done to what is there");
    let patch = json!([{"op": "add", "path": "/spec/securityContext", "value": {"runAsNonRoot": true}}]);
    assert_eq!(audit["findings"][2]["details"]["patch"], patch);
    assert_eq!((&audit["summary"]["patches"], &audit["summary"]["exempt"]), (&json!(2), &json!(1)));
}

#[test]
fn a_change_refuses_nothing() {
    let folder = cluster();
    let run = audit(folder.path(), &["k8s", "-p", "policies/defaults.rego"]).exits(0);
    run.says(&["0 denied", "2 patches"]);
    audit(folder.path(), &["k8s", "-p", "policies/defaults.rego", "--format", "sarif"]).exits(0);
}

#[test]
fn the_mode_is_that_of_audits() {
    for (mode, code, said) in [
        ("enforce", 1, "deny     COST-9"),
        ("{default: audit, audit: enforce}", 1, "deny     COST-9"),
        ("{default: enforce, audit: warn}", 0, "warn     COST-9"),
        ("{default: enforce, audit: audit}", 0, "1 noted"),
    ] {
        let folder = cluster();
        let configuration = format!("library: false\npolicies: [policies]\nmodes: {{COST-9: {mode}}}\n");
        common::write(folder.path(), "provost.yaml", configuration.as_bytes());
        audit(folder.path(), &["k8s"]).exits(code).says(&[said]);
    }
}

#[test]
fn exempt_namespaces_are_those_of_admission() {
    let folder = cluster();
    common::write(
        folder.path(),
        "provost.yaml",
        b"library: false\npolicies: [policies]\nadmission: {exempt_namespaces: [nlp]}\n",
    );
    let audit = audited(folder.path(), &["k8s"]);
    assert_eq!(
        told(&audit),
        ["patch DEF-1 Pod/vision/paid", "deny COST-9 Pod/kube-system/dns", "patch DEF-1 Pod/kube-system/dns"]
    );
    let only_exempt = r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "nlp"}}"#;
    let run = provost_with_input(folder.path(), &["audit", "-"], only_exempt.as_bytes()).exits(0);
    run.says(&["0 resources, 1 file, 1 exempt"]);
}

/// As `kubectl get -o yaml` writes them: one list with everything.
fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

#[test]
fn items_of_a_list_count_alone() {
    let folder = cluster();
    let pod = |name: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "nlp"}});
    let input = list(&[pod("first"), pod("second")]);
    let run = provost_with_input(folder.path(), &["audit", "-", "-p", "policies/cost.rego"], input.as_bytes());
    let run = run.exits(1);
    assert_eq!(run.verdicts(), ["deny COST-9 Pod/nlp/first", "deny COST-9 Pod/nlp/second"]);
    let places: Vec<_> = run.out.lines().filter(|line| line.trim_start().starts_with("at -:1:")).collect();
    assert_eq!(places.len(), 2, "{}", run.out);
    assert_ne!(places[0], places[1], "each stands in its own place");

    // Items of a list of one kind need not say what they are.
    let bare = json!({"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": {"name": "bare"}}]}).to_string();
    let run = provost_with_input(folder.path(), &["audit", "-", "-p", "policies/cost.rego"], bare.as_bytes());
    assert_eq!(run.exits(1).verdicts(), ["deny COST-9 Pod/bare"]);

    let nothing = list(&[]);
    let run = provost_with_input(folder.path(), &["audit", "-", "-p", "policies/cost.rego"], nothing.as_bytes());
    run.exits(0).says(&["0 resources"]);
}

#[test]
fn policies_over_documents_see_each_object() {
    let folder = tree(&[(
        "main.rego",
        "package main\n\ndeny contains {\"msg\": \"no such image\", \"path\": \"/spec/containers/0/image\"} if {\n\tinput.kind == \"Pod\"\n}\n",
    )]);
    let pod =
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"image": "x"}]}});
    let other = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}});
    let input = list(&[other, pod]);
    let arguments = ["audit", "-", "-p", "main.rego", "--format", "json"];
    let run = provost_with_input(folder.path(), &arguments, input.as_bytes()).exits(1);
    let audit: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(told(&audit), ["deny main Pod/p"]);
    let pointer = audit["findings"][0]["place"]["pointer"].as_str().unwrap();
    assert!(pointer.starts_with("/items/1"), "{pointer}");
}

/// Every pod is told of once: with the owner that is there, or alone.
#[test]
fn pods_are_told_with_their_owners() {
    let folder = cluster();
    let owned = |kind: &str, name: &str, owner: Option<(&str, &str)>| {
        let references = owner.map(|(kind, name)| json!([{"kind": kind, "name": name, "controller": true}]));
        let pods = json!({"metadata": {}, "spec": {"containers": [{"name": "main"}]}});
        let spec = if kind == "Pod" { pods["spec"].clone() } else { json!({"template": pods}) };
        let version = if kind == "Pod" { "v1" } else { "apps/v1" };
        json!({"apiVersion": version, "kind": kind, "spec": spec,
            "metadata": {"name": name, "namespace": "nlp", "ownerReferences": references.unwrap_or(json!([]))}})
    };
    let deployment = owned("Deployment", "web", None);
    let replicas = owned("ReplicaSet", "web-1", Some(("Deployment", "web")));
    let pod = owned("Pod", "web-1-x", Some(("ReplicaSet", "web-1")));
    // A node makes no pods, whatever a static pod says.
    let mirrored = owned("Pod", "static", Some(("Node", "worker")));
    for (items, expected) in [
        (vec![deployment.clone(), replicas.clone(), pod.clone()], vec!["Deployment/nlp/web"]),
        (vec![replicas, pod.clone()], vec!["ReplicaSet/nlp/web-1"]),
        (vec![pod, mirrored, deployment], vec!["Pod/nlp/web-1-x", "Pod/nlp/static", "Deployment/nlp/web"]),
    ] {
        let arguments = ["audit", "-", "-p", "policies/defaults.rego", "--format", "json"];
        let run = provost_with_input(folder.path(), &arguments, list(&items).as_bytes()).exits(0);
        let audit: Value = serde_json::from_str(&run.out).unwrap();
        let expected: Vec<_> = expected.iter().map(|address| format!("patch DEF-1 {address}")).collect();
        assert_eq!(told(&audit), expected);
    }
}

const TEMPLATE: &str = r#"apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: uniquehost}
spec:
  crd: {spec: {names: {kind: UniqueHost}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package uniquehost
        violation[{"msg": msg}] {
          host := input.review.object.spec.rules[_].host
          other := data.inventory.namespace[namespace]["networking.k8s.io/v1"]["Ingress"][name]
          not same(namespace, name)
          other.spec.rules[_].host == host
          msg := sprintf("%v is that of %v/%v too", [host, namespace, name])
        }
        same(namespace, name) {
          namespace == input.review.object.metadata.namespace
          name == input.review.object.metadata.name
        }
"#;
const CONSTRAINT: &str = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: UniqueHost\nmetadata: {name: hosts}\nspec: \
                          {match: {kinds: [{apiGroups: [networking.k8s.io], kinds: [Ingress]}]}}\n";
const MUTATOR: &str = "apiVersion: mutations.gatekeeper.sh/v1\nkind: AssignMetadata\nmetadata: {name: owner}\nspec: \
                       {location: metadata.labels.owner, parameters: {assign: {value: ann}}}\n";

fn ingress(namespace: &str, host: &str) -> String {
    json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "web", "namespace": namespace},
        "spec": {"rules": [{"host": host}]}})
    .to_string()
}

/// A constraint sees all that was read, what is exempt too, and what provost.yaml names besides.
#[test]
fn gatekeepers_policies_from_files() {
    let folder = tree(&[
        ("gatekeeper/template.yaml", TEMPLATE),
        ("gatekeeper/constraint.yaml", CONSTRAINT),
        ("gatekeeper/mutator.yaml", MUTATOR),
        ("k8s/a.json", &ingress("a", "one.example")),
        ("k8s/b.json", &ingress("b", "one.example")),
        ("k8s/c.json", &ingress("c", "two.example")),
        ("k8s/system.json", &ingress("kube-system", "two.example")),
        ("k8s/d.json", &ingress("d", "three.example")),
        ("k8s/e.json", &ingress("e", "four.example")),
        ("elsewhere/x.json", &ingress("x", "three.example")),
        ("provost.yaml", "library: false\npolicies: [gatekeeper]\nadmission: {inventory: [elsewhere]}\n"),
    ]);
    let run = audit(folder.path(), &["k8s"]).exits(1).says(&[
        "one.example is that of b/web too",
        "one.example is that of a/web too",
        "two.example is that of kube-system/web too",
        "three.example is that of x/web too",
        r#"adds `/metadata/labels`"#,
        r#"/metadata/labels = {"owner":"ann"}"#,
        "4 denied, 0 unknown, 0 warnings, 1 allowed, 5 patches; 5 resources, 6 files, 1 exempt",
    ]);
    assert!(!run.out.contains("four.example"), "{}", run.out);
    assert_eq!(run.out.matches("mutations.gatekeeper.sh").count(), 5, "{}", run.out);
}

#[test]
fn mutators_see_the_namespace() {
    let mutator = "apiVersion: mutations.gatekeeper.sh/v1\nkind: AssignMetadata\nmetadata: {name: gpu}\nspec: {match: \
                   {namespaceSelector: {matchLabels: {gpu: 'yes'}}}, location: metadata.labels.gpu, parameters: \
                   {assign: {value: 'yes'}}}\n";
    let folder = tree(&[("mutator.yaml", mutator)]);
    let namespace = |name: &str, gpu: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"gpu": gpu}}});
    let pod =
        |namespace: &str| json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": namespace}});
    let input = list(&[namespace("a", "yes"), namespace("b", "no"), pod("a"), pod("b")]);
    let arguments = ["audit", "-", "-p", "mutator.yaml", "--format", "json"];
    let run = provost_with_input(folder.path(), &arguments, input.as_bytes()).exits(0);
    let audit: Value = serde_json::from_str(&run.out).unwrap();
    let told = told(&audit);
    assert!(told.contains(&"patch mutations.gatekeeper.sh Pod/a/p".to_owned()), "{told:?}");
    assert!(!told.contains(&"patch mutations.gatekeeper.sh Pod/b/p".to_owned()), "{told:?}");
}

#[test]
fn what_cannot_be_changed_is_a_failure() {
    let broken = DEFAULTS.replace("\"add\"", "\"conjure\"");
    let folder = tree(&[("k8s/cluster.yaml", CLUSTER), ("policies/broken.rego", &broken)]);
    audit(folder.path(), &["k8s", "-p", "policies"]).exits(2).says(&["DEF-1", "conjure", "2 policy failures"]);
}

#[test]
fn what_cannot_be_read_keeps_nothing_else_back() {
    let folder = cluster();
    common::write(folder.path(), "k8s/broken.yaml", b"kind: [\n");
    let run = audit(folder.path(), &["k8s", "-p", "policies"]).exits(2);
    run.says(&["deny     COST-9  Deployment/nlp/serve", "2 patches", "1 error"]).complains(&["k8s/broken.yaml"]);
    let run = audit(folder.path(), &["k8s", "nowhere", "-p", "policies", "--format", "policy-report"]).exits(2);
    run.says(&["COST-9"]).complains(&["nowhere"]);
}

#[test]
fn only_objects_are_audited() {
    let template = r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}"#;
    let folder = tree(&[("template.json", template), ("notes.yaml", "a: 1\n"), ("all/template.json", template)]);
    audit(folder.path(), &["template.json"]).exits(2).complains(&[
        "nothing to check",
        "is no manifest",
        "provost check",
    ]);
    audit(folder.path(), &["notes.yaml"]).exits(2).complains(&["`notes.yaml` is no Kubernetes manifest"]);
    common::write(folder.path(), "all/pod.yaml", common::PODS.as_bytes());
    let run = audit(folder.path(), &["all"]).exits(1);
    run.says(&["2 files, 1 skipped"]);
}

/// A Secret's values are in no format, whatever a policy prints.
#[test]
fn secrets_stay_secret() {
    let chatty = "# METADATA\n# custom:\n#   provost:\n#     id: LEAK-1\n#     input: request\npackage test.leak\n\n\
                  warn contains json.marshal(data.inventory) if input.resource.type == \"Pod\"\n";
    let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: nlp}\nstringData: {key: hunter2-secret}\n";
    let folder = tree(&[("k8s/secret.yaml", secret), ("k8s/cluster.yaml", CLUSTER), ("leak.rego", chatty)]);
    for format in ["people", "json", "sarif", "github", "junit", "policy-report", "open-reports"] {
        let run = audit(folder.path(), &["k8s", "-p", "leak.rego", "--format", format]).exits(0);
        assert!(!run.out.contains("hunter2"), "{format}: {}", run.out);
        assert!(run.out.contains("LEAK-1"), "{format}: {}", run.out);
    }
}

/// The documents of a stream of YAML, which the binary itself reads back: reports are manifests.
fn reports(folder: &Path, format: &str) -> Vec<Value> {
    let run = audit(folder, &["k8s", "-p", "policies", "--format", format]).exits(1);
    run.out
        .split("---\n")
        .map(|document| {
            let arguments = ["eval", "-i", "report.yaml", "-f", "raw", "input"];
            common::write(folder, "report.yaml", document.as_bytes());
            let run = provost(folder, &arguments).exits(0);
            serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{error}: {}", run.out))
        })
        .collect()
}

#[test]
fn reports_for_a_cluster() {
    let folder = cluster();
    let node = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: vision}\n";
    common::write(folder.path(), "k8s/namespaces.yaml", node.as_bytes());
    for (format, version, kinds) in [
        ("policy-report", "wgpolicyk8s.io/v1alpha2", ["PolicyReport", "PolicyReport"]),
        ("open-reports", "openreports.io/v1alpha1", ["Report", "Report"]),
    ] {
        let reports = reports(folder.path(), format);
        let told: Vec<_> = reports
            .iter()
            .map(|report| (report["kind"].as_str().unwrap(), report["metadata"]["namespace"].as_str().unwrap_or("")))
            .collect();
        assert_eq!(told, [(kinds[0], "nlp"), (kinds[1], "vision")], "{format}");
        assert!(reports.iter().all(|report| report["apiVersion"] == version));
        let nlp = &reports[0];
        assert_eq!(nlp["metadata"]["name"], "provost-audit");
        assert_eq!(nlp["summary"], json!({"pass": 0, "fail": 1, "warn": 0, "error": 0, "skip": 1}));
        let [denied, changed] = nlp["results"].as_array().unwrap().as_slice() else { panic!("{nlp}") };
        let fields = ["policy", "rule", "result", "severity", "source"];
        let of = |result: &Value| fields.map(|field| result[field].as_str().unwrap().to_owned());
        assert_eq!(of(denied), ["COST-9", "deny", "fail", "high", "provost"]);
        assert_eq!(of(changed), ["DEF-1", "patch", "skip", "low", "provost"]);
        assert_eq!(denied["properties"]["remediation"], "add the tag CostCenter");
        assert_eq!(
            denied["resources"],
            json!([{"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "nlp", "name": "serve",
                "uid": "6c1f0a52-0000-4000-8000-000000000001"}])
        );
        let patch: Value = serde_json::from_str(changed["properties"]["patch"].as_str().unwrap()).unwrap();
        assert_eq!(patch[0]["path"], "/spec/securityContext");
        assert!(denied["timestamp"]["seconds"].as_i64().unwrap() > 1_700_000_000);
    }
}
