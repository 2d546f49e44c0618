//! `provost verify` and `provost kubernetes`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop and say why"
)]

mod common;

use common::{provost, provost_with_input, tree};
use serde_json::{Value, json};

/// A template that wants labels, in the dialect of most templates.
const TEMPLATE: &str = r#"apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: needslabel}
spec:
  crd:
    spec:
      names: {kind: NeedsLabel}
      validation:
        openAPIV3Schema:
          type: object
          required: [label]
          properties:
            label: {type: string}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package needslabel
        violation[{"msg": msg, "details": {"missing": input.parameters.label}}] {
          not input.review.object.metadata.labels[input.parameters.label]
          msg := sprintf("label %v is missing; there are %d services", [input.parameters.label, count(services)])
        }
        services[name] { data.inventory.namespace[_]["v1"]["Service"][name] }
"#;

fn constraint(action: &str, parameters: &str) -> String {
    format!(
        "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: NeedsLabel\nmetadata: {{name: owner}}\nspec:\n  \
         enforcementAction: {action}\n  match: {{kinds: [{{apiGroups: [''], kinds: [Pod]}}]}}\n  parameters: {parameters}\n"
    )
}

const BARE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: bare, namespace: shop}\nspec: {containers: []}\n";
const OWNED: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: owned, namespace: shop, labels: {owner: ann}}\n";
const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n";
const JOB: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: tune, namespace: shop}\n\
                   spec: {template: {metadata: {labels: {app: tune}}, spec: {containers: []}}}\n";
const EXPANSION: &str = "apiVersion: expansion.gatekeeper.sh/v1alpha1\nkind: ExpansionTemplate\nmetadata: {name: jobs}\n\
                         spec:\n  applyTo: [{groups: [batch], versions: [v1], kinds: [Job]}]\n  \
                         templateSource: spec.template\n  generatedGVK: {group: '', version: v1, kind: Pod}\n";
const MUTATOR: &str = "apiVersion: mutations.gatekeeper.sh/v1\nkind: AssignMetadata\nmetadata: {name: owner}\n\
                       spec: {location: metadata.labels.owner, parameters: {assign: {value: ann}}}\n";

/// A case of a suite.
fn case(name: &str, object: &str, rest: &str) -> String {
    format!("    - name: {name}\n      object: {object}\n{rest}")
}

/// A folder with a suite of one test.
fn suite(test: &str, cases: &[String]) -> tempfile::TempDir {
    let cases = if cases.is_empty() { String::new() } else { format!("  cases:\n{}", cases.concat()) };
    let text = format!(
        "apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\ntests:\n- name: labels\n  template: template.yaml\n{test}{cases}"
    );
    let deny = constraint("deny", "{label: owner}");
    let wrong = constraint("deny", "{label: 7}");
    let review = format!(
        "kind: AdmissionReview\napiVersion: admission.k8s.io/v1\nrequest:\n  uid: a\n  kind: {{group: '', version: v1, kind: Pod}}\n  \
         operation: DELETE\n  name: bare\n  namespace: shop\n  oldObject: {}\n",
        serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare", "namespace": "shop"}})
    );
    let two = format!("{BARE}---\n{SERVICE}");
    tree(&[
        ("below/suite.yaml", &text),
        ("below/template.yaml", TEMPLATE),
        ("below/constraint.yaml", &deny),
        ("below/wrong.yaml", &wrong),
        ("below/expansion.yaml", EXPANSION),
        ("below/bare.yaml", BARE),
        ("below/owned.yaml", OWNED),
        ("below/service.yaml", SERVICE),
        ("below/job.yaml", JOB),
        ("below/two.yaml", &two),
        ("below/review.yaml", &review),
        ("below/values.yaml", "replicas: {{ not yaml }}: :\n"),
    ])
}

const CONSTRAINT: &str = "  constraint: constraint.yaml\n";

/// Cases with what they expect, and how each must end.
#[test]
fn what_assertions_mean() {
    for (object, assertions, code) in [
        ("bare.yaml", "[{violations: yes}]", 0),
        ("bare.yaml", "[{violations: no}]", 1),
        ("bare.yaml", "[{violations: 1}]", 0),
        ("bare.yaml", "[{violations: 2}]", 1),
        ("bare.yaml", "[{}]", 0),
        ("bare.yaml", "[{message: 'label owner'}]", 0),
        ("bare.yaml", "[{violations: yes, message: '^owner'}]", 1),
        ("bare.yaml", "[{violations: no, message: 'something else'}]", 0),
        ("bare.yaml", "[{violations: 1, message: 'missing'}, {violations: 0, message: 'never'}]", 0),
        ("bare.yaml", "[{violations: 1, message: '('}]", 2),
        ("bare.yaml", "[{violations: -1}]", 2),
        ("bare.yaml", "[{violations: maybe}]", 2),
        ("owned.yaml", "[{violations: no}]", 0),
        ("owned.yaml", "[{violations: yes}]", 1),
        ("service.yaml", "[{violations: 0}]", 0),
        // What stands in its `oldObject` is looked at when something is deleted.
        ("review.yaml", "[{violations: 1}]", 0),
        ("two.yaml", "[{violations: 1}]", 2),
        ("missing.yaml", "[{violations: 1}]", 2),
        ("values.yaml", "[{violations: 1}]", 2),
    ] {
        let folder = suite(CONSTRAINT, &[case("one", object, &format!("      assertions: {assertions}\n"))]);
        let run = provost(folder.path(), &["verify", "below"]);
        assert_eq!(run.code, code, "{object} {assertions}\n{}{}", run.out, run.err);
    }
}

#[test]
fn what_else_a_case_says() {
    let with_inventory =
        "      inventory: [service.yaml]\n      assertions: [{violations: 1, message: 'there are 1 services'}]\n";
    let implied = "      assertions: [{violations: 1, message: '^.Implied by jobs. label owner'}]\n";
    let cases = [case("inventory", "bare.yaml", with_inventory), case("implied", "job.yaml", implied)];
    let folder = suite(&format!("{CONSTRAINT}  expansion: expansion.yaml\n"), &cases);
    provost(folder.path(), &["verify", "./..."]).exits(0).says(&["2 passed, 0 failed"]);
    // Without `...` only the folder itself is looked at.
    provost(folder.path(), &["verify", "."]).exits(2).complains(&["there is no suite in `.`"]);
}

#[test]
fn constraints_that_must_be_refused() {
    let invalid = suite("  constraint: wrong.yaml\n  invalid: true\n", &[]);
    provost(invalid.path(), &["verify"]).exits(0).says(&["1 passed"]);
    let valid = suite("  constraint: constraint.yaml\n  invalid: true\n", &[]);
    provost(valid.path(), &["verify"]).exits(1).says(&["expected the constraint to be refused"]);
    let unexpected = suite("  constraint: wrong.yaml\n", &[case("one", "bare.yaml", "")]);
    provost(unexpected.path(), &["verify"]).exits(2).says(&["below/wrong.yaml:7", "label", "1 could not be run"]);
}

#[test]
fn filters_and_what_is_skipped() {
    let passes = "      assertions: [{violations: 1}]\n";
    let skipped = "      skip: true\n      assertions: [{violations: no}]\n";
    let cases =
        [case("first", "bare.yaml", passes), case("second", "bare.yaml", passes), case("later", "bare.yaml", skipped)];
    let folder = suite(CONSTRAINT, &cases);
    let run = |arguments: &[&str]| provost(folder.path(), &[&["verify", "./..."], arguments].concat());
    run(&[]).exits(0).says(&["2 passed, 0 failed, 1 skipped"]);
    run(&["--run", "^first$"]).exits(0).says(&["1 passed, 0 failed  "]);
    run(&["--run", "labels//s"]).exits(0).says(&["2 passed"]);
    run(&["-v"]).exits(0).says(&["pass  labels/first", "skip  labels/later"]);
    run(&["--run", "nothing"]).exits(2).complains(&["no case has a name that matches `nothing`"]);
    run(&["--run", "("]).exits(2);
    run(&["--run", "a//b//c"]).exits(2);
}

#[test]
fn results_for_people_and_programs() {
    let expects_none = "      assertions:\n      - violations: no\n";
    let folder = suite(CONSTRAINT, &[case("one", "bare.yaml", expects_none), case("two", "owned.yaml", expects_none)]);
    let run = |arguments: &[&str]| provost(folder.path(), &[&["verify", "below"], arguments].concat()).exits(1);
    run(&[]).says(&[
        "below/suite.yaml\n  fail  labels/one",
        "    below/suite.yaml:11\n    expected no violation\n    found 1:\n      label owner is missing",
        "1 passed, 1 failed",
    ]);
    let document: Value = serde_json::from_str(&run(&["--format", "json"]).out).unwrap();
    assert_eq!(document["summary"], json!({"passed": 1, "failed": 1, "errors": 0, "skipped": 0}));
    let failed = &document["cases"][0];
    assert_eq!(
        (&failed["suite"], &failed["case"], &failed["outcome"]),
        (&json!("below/suite.yaml"), &json!("one"), &json!("fail"))
    );
    assert_eq!(failed["differences"][0]["line"], 11);
    assert_eq!(failed["differences"][0]["messages"], json!(["label owner is missing; there are 0 services"]));
    run(&["--format", "junit"]).says(&[
        "<testsuite name=\"below/suite.yaml\" tests=\"2\" skipped=\"0\" errors=\"0\" failures=\"1\">",
        "<testcase name=\"one\" classname=\"labels\"",
        "<failure message=\"expected no violation",
    ]);
}

#[test]
fn what_is_no_suite() {
    let folder =
        tree(&[("pod.yaml", BARE), ("suite.yaml", "apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\ntests: 3\n")]);
    provost(folder.path(), &["verify", "pod.yaml"]).exits(2).complains(&["`pod.yaml` is no suite"]);
    provost(folder.path(), &["verify", "gone.yaml"]).exits(2).complains(&["gone.yaml"]);
    provost(folder.path(), &["verify"]).exits(2).complains(&["suite.yaml:3", "tests"]);
}

/// What the enforcement action of a constraint makes of its violations.
#[test]
fn objects_are_reviewed_by_the_constraints_beside_them() {
    for (action, code, line) in [
        ("deny", 1, "deny     NeedsLabel/owner  Pod/shop/bare  "),
        ("warn", 0, "warn     NeedsLabel/owner  Pod/shop/bare  "),
        ("dryrun", 0, "NeedsLabel/owner  Pod/shop/bare  "),
    ] {
        let constraint = constraint(action, "{label: owner}");
        let folder =
            tree(&[("p/t.yaml", TEMPLATE), ("p/c.yaml", &constraint), ("pods.yaml", &format!("{OWNED}---\n{BARE}"))]);
        let run = provost(folder.path(), &["kubernetes", "test", "p", "pods.yaml"]).exits(code);
        let run = run.says(&[line, "pods.yaml:5\n", "label owner is missing; there are 0 services"]);
        assert!(!run.out.contains("Pod/shop/owned"), "{}", run.out);
        let only_denials = provost(folder.path(), &["kubernetes", "test", "p", "pods.yaml", "--deny-only"]).exits(code);
        assert_eq!(only_denials.out.contains("shop/bare"), action == "deny");
    }
}

#[test]
fn everything_may_come_from_standard_input() {
    let all = [TEMPLATE, &constraint("deny", "{label: owner}"), SERVICE, EXPANSION, JOB].join("---\n");
    let run =
        provost_with_input(tree(&[]).path(), &["kubernetes", "test", "--format", "json"], all.as_bytes()).exits(1);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    let violation = &document["violations"][0];
    assert_eq!(violation["message"], "[Implied by jobs] label owner is missing; there are 1 services");
    assert_eq!(violation["constraint"], json!({"kind": "NeedsLabel", "name": "owner"}));
    assert_eq!(violation["object"]["kind"], "Job");
    assert_eq!(violation["details"], json!({"missing": "owner"}));
    assert_eq!(document["summary"]["deny"], 1);

    // A mutator that gives implied Pods what they lack.
    let mutated = format!("{all}---\n{MUTATOR}");
    provost_with_input(tree(&[]).path(), &["kubernetes", "test", "-f", "-"], mutated.as_bytes()).exits(0);
}

#[test]
fn what_cannot_be_reviewed() {
    let broken = TEMPLATE.replace("not input", "not inpt");
    let deny = constraint("deny", "{label: owner}");
    let (before_rego, _) = TEMPLATE.split_once("      rego: |").unwrap();
    let validations = "{validations: [{expression: 'true'}]}";
    let cel_only = format!("{before_rego}      code: [{{engine: K8sNativeValidation, source: {validations}}}]\n");
    for (files, expected) in [
        (vec![("t.yaml", broken.as_str()), ("c.yaml", &deny), ("o.yaml", OWNED)], "inpt"),
        (vec![("t.yaml", &cel_only), ("c.yaml", &deny), ("o.yaml", OWNED)], "CEL"),
        (vec![("c.yaml", &deny), ("o.yaml", OWNED)], "NeedsLabel"),
        (vec![("t.yaml", TEMPLATE), ("c.yaml", &constraint("deny", "{}")), ("o.yaml", OWNED)], "label"),
        (vec![("t.yaml", TEMPLATE), ("c.yaml", &constraint("denyy", "{label: a}")), ("o.yaml", OWNED)], "denyy"),
        (vec![("t.yaml", TEMPLATE), ("c.yaml", &deny), ("o.yaml", "replicas: 3\n")], "no Kubernetes object"),
        (vec![("o.yaml", OWNED)], "there is no constraint"),
    ] {
        let folder = tree(&files);
        provost(folder.path(), &["kubernetes", "test", "."]).exits(2).complains(&[expected]);
    }
}

#[test]
fn what_objects_imply() {
    let folder = tree(&[("all.yaml", &[EXPANSION, MUTATOR, JOB, SERVICE].join("---\n"))]);
    let run = |arguments: &[&str]| {
        provost(folder.path(), &[&["kubernetes", "expand", "all.yaml"], arguments].concat()).exits(0)
    };
    let documents: Value = serde_json::from_str(&run(&["-f", "json"]).out).unwrap();
    let expected = json!([{
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "labels": {"app": "tune", "owner": "ann"},
            "name": "tune-pod",
            "namespace": "shop",
            "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "tune"}],
        },
        "spec": {"containers": []},
    }]);
    assert_eq!(documents, expected);
    run(&[]).says(&["kind: Pod\n", "    owner: ann\n"]);
    // The flags of gator.
    let named = &["kubernetes", "expand", "-n", "all.yaml", "--format=json", "--outputfile", "pods.json"];
    assert_eq!(provost(folder.path(), named).exits(0).out, "");
    let written = std::fs::read(folder.path().join("pods.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), expected);
    let nowhere = &["kubernetes", "expand", "--filename", "all.yaml", "-o", "none/pods.yaml"];
    provost(folder.path(), nowhere).exits(2).complains(&["`none/pods.yaml` cannot be written"]);
    let bare = tree(&[("job.yaml", JOB)]);
    provost(bare.path(), &["kubernetes", "expand", "job.yaml"]).exits(0).complains(&["there is no ExpansionTemplate"]);
}

#[test]
fn check_judges_by_constraints_too_and_what_is_checked_together_is_there_together() {
    let template = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: uniquehost}\nspec:\n  crd: {spec: {names: {kind: UniqueHost}}}\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      rego: |\n        package uniquehost\n        violation[{\"msg\": \"taken\"}] {\n          host := input.review.object.spec.rules[_].host\n          other := data.inventory.namespace[_][_].Ingress[name]\n          name != input.review.object.metadata.name\n          other.spec.rules[_].host == host\n        }\n---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: UniqueHost\nmetadata: {name: hosts}\nspec: {match: {kinds: [{apiGroups: [networking.k8s.io], kinds: [Ingress]}]}}\n";
    let ingress = |name: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, namespace: ml}}\nspec: {{rules: [{{host: a.example}}]}}\n"
        )
    };
    let (first, second) = (ingress("first"), ingress("second"));
    let folder = tree(&[("policies/hosts.yaml", template), ("k8s/first.yaml", &first), ("k8s/second.yaml", &second)]);
    let alone = provost(folder.path(), &["check", "-p", "policies", "k8s/first.yaml"]).exits(0).out;
    assert!(alone.contains("1 allowed"), "{alone}");
    let both = provost(folder.path(), &["check", "-p", "policies", "k8s"]).exits(1).out;
    assert!(both.contains("2 denied") && both.contains("UniqueHost/hosts"), "{both}");
}

/// A template that says the label `env` of the Namespace, and something else where it finds none.
const SAYS_ENVIRONMENT: &str = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: saysenv}\nspec:\n  \
     crd: {spec: {names: {kind: SaysEnv}}}\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      rego: |\n        \
     package saysenv\n        violation[{\"msg\": msg}] { msg := input.review.namespaceObject.metadata.labels.env }\n        \
     violation[{\"msg\": \"no env\"}] { not input.review.namespaceObject.metadata.labels.env }\n";
const SAYS_ENVIRONMENT_OF_PODS: &str = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: SaysEnv\nmetadata: {name: pods}\n\
     spec: {match: {kinds: [{apiGroups: [''], kinds: [Pod]}]}}\n";
const SHOP: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: prod}}\n";

#[test]
fn templates_see_the_namespace_among_the_files() {
    let policies = [SAYS_ENVIRONMENT, SAYS_ENVIRONMENT_OF_PODS].join("---\n");
    let folder = tree(&[
        ("policies/all.yaml", policies.as_str()),
        ("policies/template.yaml", SAYS_ENVIRONMENT),
        ("policies/constraint.yaml", SAYS_ENVIRONMENT_OF_PODS),
        ("bare.yaml", BARE),
        ("shop.yaml", SHOP),
        ("default.yaml", &BARE.replace("shop", "default")),
        (
            "suite.yaml",
            "apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\ntests:\n- name: env\n  template: policies/template.yaml\n  \
             constraint: policies/constraint.yaml\n  cases:\n  - name: known\n    object: bare.yaml\n    inventory: [shop.yaml]\n    \
             assertions: [{violations: 1}, {violations: 1, message: ^prod$}]\n  - name: unknown\n    object: bare.yaml\n    \
             assertions: [{violations: 1}, {violations: 1, message: ^no env$}]\n",
        ),
    ]);
    let test = |files: &[&str]| {
        provost(folder.path(), &[&["kubernetes", "test", "policies/all.yaml"], files].concat()).exits(1)
    };
    test(&["bare.yaml", "shop.yaml"]).says(&["\n         prod\n", "1 denied"]);
    // Nobody knows, and so neither of the two is sure.
    for object in ["bare.yaml", "default.yaml"] {
        test(&[object]).says(&["this hangs on its Namespace, which is not among the files: no env", "2 denied"]);
    }
    let document: Value = serde_json::from_str(&test(&["bare.yaml", "-o", "json"]).out).unwrap();
    assert_eq!(document["violations"][0]["cause"], "unknown", "{document}");
    provost(folder.path(), &["verify", "suite.yaml"]).exits(0).says(&["2 passed"]);
    // What is checked together is there together.
    let check = |files: &[&str]| provost(folder.path(), &[&["check", "-p", "policies/all.yaml"], files].concat());
    check(&["bare.yaml", "shop.yaml"]).exits(1).says(&["prod"]);
    check(&["bare.yaml", "--on-unknown", "deny"]).exits(1);
}

#[test]
fn lists_are_looked_into() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}\n\
                - apiVersion: v1\n  kind: Pod\n  metadata: {name: bare, namespace: shop}\n";
    let pods = "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: bare, namespace: shop}\n";
    let deny = constraint("deny", "{label: owner}");
    let folder =
        tree(&[("template.yaml", TEMPLATE), ("deny.yaml", deny.as_str()), ("list.yaml", list), ("pods.yaml", pods)]);
    let test = |objects: &str| {
        let files = ["kubernetes", "test", "template.yaml", "deny.yaml", objects];
        provost(folder.path(), &files).exits(1)
    };
    test("list.yaml").says(&["Pod/shop/bare  list.yaml:5", "there are 1 services"]);
    test("pods.yaml").says(&["Pod/shop/bare  pods.yaml:4"]);
}

#[test]
fn words_of_yaml_are_texts_in_suites_and_truth_values_elsewhere() {
    let template = SAYS_ENVIRONMENT
        .replace("input.review.namespaceObject.metadata.labels.env", "type_name(input.review.object.data.x)");
    let constraint = "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: SaysEnv\nmetadata: {name: a}\nspec: {match: {kinds: [{kinds: [C]}]}}\n";
    for word in ["yes", "no", "on", "off", "y", "n", "ON", "true"] {
        let object = format!("apiVersion: example.org/v1\nkind: C\nmetadata: {{name: c}}\ndata: {{x: {word}}}\n");
        let of_suite = if word == "true" { "boolean" } else { "string" };
        let suite = format!(
            "apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\ntests:\n- name: words\n  template: template.yaml\n  \
             constraint: constraint.yaml\n  cases:\n  - name: word\n    object: object.yaml\n    inventory: [nameless.yaml]\n    \
             assertions: [{{violations: yes, message: ^{of_suite}$}}]\n"
        );
        let folder = tree(&[
            ("template.yaml", template.as_str()),
            ("constraint.yaml", constraint),
            ("object.yaml", &object),
            ("nameless.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {generateName: web-}\n"),
            ("suite.yaml", &suite),
        ]);
        provost(folder.path(), &["verify", "suite.yaml"]).exits(0);
        let test = ["kubernetes", "test", "template.yaml", "constraint.yaml", "object.yaml"];
        provost(folder.path(), &test).exits(1).says(&["\n         boolean\n"]);
    }
}
