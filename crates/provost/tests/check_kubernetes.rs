//! `provost check` on Kubernetes manifests.

mod common;

use common::{COST, PODS, provost, shared, tree};

#[test]
fn each_document_of_a_file_is_judged() {
    let folder = tree(&[("cost.rego", COST), ("k8s/pods.yaml", PODS)]);
    let run = provost(folder.path(), &["check", "k8s", "-p", "cost.rego"]).exits(1);
    assert_eq!(run.verdicts(), ["deny COST-9 Pod/bare"]);
    run.says(&["k8s/pods.yaml:12:1", "1 denied, 0 unknown, 0 warnings, 1 allowed; 2 resources, 1 file"]);
}

#[test]
fn every_kind_of_job_is_recognised() {
    let Some(jobs) = shared("kubernetes-jobs") else { return };
    let folder = tree(&[("cost.rego", COST)]);
    let run = provost(folder.path(), &["check", jobs.to_str().unwrap(), "-p", "cost.rego"]);
    assert!(run.code < 2, "{}{}", run.out, run.err);
    assert!(!run.out.contains("skipped"), "{}", run.out);
}

#[test]
fn all_manifests_of_a_check_are_one_change() {
    let policy = "\
# METADATA
# custom:
#   provost: {id: COUNT-1, input: request}
package test.count

warn contains sprintf(\"%d together\", [count(input.change.resources)])
";
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: m, image: i}}]}}\n"
        )
    };
    let folder = tree(&[("count.rego", policy), ("a.yaml", &pod("a")), ("b/b.yaml", &pod("b"))]);
    provost(folder.path(), &["check", "a.yaml", "b", "-p", "count.rego"]).exits(0).says(&["2 together", "2 warnings"]);
}

#[test]
fn documents_of_other_kinds_are_judged_as_they_are() {
    let policy = "package main\n\ndeny contains \"debug is on\" if input.debug\n";
    let folder = tree(&[("main.rego", policy), ("app.yaml", "debug: true\n"), ("pods.yaml", PODS)]);
    provost(folder.path(), &["check", "app.yaml", "-p", "main.rego"]).exits(1).says(&["debug is on", "app.yaml"]);
    provost(folder.path(), &["check", "pods.yaml", "-p", "main.rego"]).exits(0);
    // Nobody judges it without such a policy.
    write_cost(&folder);
    provost(folder.path(), &["check", "app.yaml", "-p", "cost.rego"])
        .exits(2)
        .complains(&["`app.yaml` is no Terraform plan"]);
    provost(folder.path(), &["check", ".", "-p", "cost.rego"]).exits(1).says(&["1 skipped"]);
}

fn write_cost(folder: &tempfile::TempDir) {
    common::write(folder.path(), "cost.rego", COST.as_bytes());
}

#[test]
fn a_quota_that_is_exceeded_for_certain_is_denied_whatever_is_unknown() {
    let workload = |kind: &str, api: &str, name: &str, gpus: u32| {
        format!(
            "apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: ml, labels: {{team: nlp, cost-center: '1'}}}}\nspec:\n  \
             selector: {{}}\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: main\n          image: a\n          \
             resources: {{limits: {{nvidia.com/gpu: {gpus}}}}}\n"
        )
    };
    // A pod per node: nobody knows how many there are.
    let everywhere = workload("DaemonSet", "apps/v1", "agents", 1);
    let jobs =
        |gpus: u32| [1, 2].map(|number| workload("Job", "batch/v1", &format!("train-{number}"), gpus)).join("---\n");
    let folder = tree(&[
        ("certain.yaml", &format!("{}---\n{everywhere}", jobs(3))),
        ("open.yaml", &format!("{}---\n{everywhere}", jobs(2))),
    ]);
    let quota = |file: &str, verdict: &str| {
        let run = provost(folder.path(), &["check", file]);
        run.verdicts().iter().filter(|said| said.starts_with(&format!("{verdict} GPU-001"))).count()
    };
    assert_eq!((quota("certain.yaml", "deny"), quota("certain.yaml", "unknown")), (2, 1));
    let told = provost(folder.path(), &["check", "certain.yaml"]).exits(1);
    told.says(&["team nlp may hold 4 and would hold at least 6 with Job/ml/train-2 (3)"]);
    assert_eq!((quota("open.yaml", "deny"), quota("open.yaml", "unknown")), (0, 3));
}
