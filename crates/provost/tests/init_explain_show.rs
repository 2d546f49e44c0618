//! `provost init`, `explain`, `show`, `version` and the command line itself.

mod common;

use common::{COST, PODS, command, provost, tree};
use std::io::Read;
use std::process::Stdio;

#[test]
fn a_new_repository_works() {
    let folder = tree(&[]);
    provost(folder.path(), &["init", "my-governance"])
        .exits(0)
        .says(&["wrote my-governance/provost.yaml", "cd my-governance && provost test"]);
    let governance = folder.path().join("my-governance");
    provost(&governance, &["test"]).exits(0).says(&["0 failed"]);
    provost(&governance, &["check", "."]).exits(0).says(&["1 allowed"]);
    provost(&governance, &["explain"]).exits(0);
    provost(folder.path(), &["init", "my-governance"])
        .exits(2)
        .complains(&["exists already, and nothing was written", "help:"]);
    // From inside a folder of it as well.
    provost(&governance.join("inputs"), &["check", "."]).exits(0).says(&["1 allowed"]);
}

#[test]
fn what_a_policy_asks_for() {
    let folder = tree(&[("p/cost.rego", COST)]);
    provost(folder.path(), &["explain", "-p", "p"]).exits(0).says(&["COST-9  Every AI resource names its cost centre"]);
    for id in ["COST-9", "cost-9"] {
        provost(folder.path(), &["explain", id, "-p", "p"]).exits(0).says(&[
            "add the tag CostCenter",
            "high",
            "p/cost.rego",
        ]);
    }
    provost(folder.path(), &["explain", "COST-8", "-p", "p"])
        .exits(2)
        .complains(&["there is no policy `COST-8`", "did you mean `COST-9`?"]);
    provost(folder.path(), &["explain", "X", "-p", "p"]).exits(2).complains(&["`provost explain` lists the policies"]);
}

#[test]
fn the_library_explains_itself() {
    provost(tree(&[]).path(), &["explain"]).exits(0).says(&["COST-001"]);
}

#[test]
fn resources_as_the_catalog_sees_them() {
    let folder = tree(&[("k8s/pods.yaml", PODS), ("k8s/empty.yaml", "")]);
    provost(folder.path(), &["show", "k8s"]).exits(0).says(&["Pod/bare", "2 ", "cost_center=42"]);
    let run = provost(folder.path(), &["show", "k8s", "--format", "json"]).exits(0);
    let resources: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(resources[0]["resource"]["dimensions"], serde_json::json!({"cost_center": "42"}));
    assert_eq!(resources[1]["resource"]["accelerators"][0]["count"], 2);
    assert_eq!(resources[1]["file"], "k8s/pods.yaml");
    let folder = tree(&[("a.json", "{\"x\": 1}"), ("in/b.json", "{")]);
    provost(folder.path(), &["show", "a.json"]).exits(2).complains(&["`a.json` is no Terraform plan"]);
    provost(folder.path(), &["show", "in"]).exits(2).complains(&["in/b.json:1:"]);
}

#[test]
fn dimensions_of_the_repository() {
    let configuration = "dimensions:\n  cost_center: [kostenstelle]\n";
    let pods = PODS.replace("cost-center", "kostenstelle");
    let folder = tree(&[("provost.yaml", configuration), ("pods.yaml", &pods)]);
    provost(folder.path(), &["show", "pods.yaml"]).exits(0).says(&["cost_center=42"]);
}

#[test]
fn two_repositories_at_once() {
    let folder = tree(&[("a/provost.yaml", ""), ("b/provost.yaml", ""), ("a/pods.yaml", PODS), ("b/pods.yaml", PODS)]);
    provost(folder.path(), &["check", "a", "b"])
        .exits(2)
        .complains(&["two governance repositories, `a` and `b`", "--repository"]);
    provost(folder.path(), &["check", "a", "b", "--repository", "a/provost.yaml"]).exits(1);
}

#[test]
fn version_and_help() {
    let folder = tree(&[]);
    provost(folder.path(), &["version"]).exits(0).says(&["provost "]);
    provost(folder.path(), &["--version"]).exits(0).says(&["provost "]);
    provost(folder.path(), &["--help"]).exits(0).says(&["Examples:", "Exit codes:"]);
    for command in ["check", "test", "eval", "show", "explain", "init", "version", "record", "token", "kubernetes"] {
        provost(folder.path(), &[command, "--help"]).exits(0).says(&["Examples:"]);
    }
    provost(folder.path(), &["chekc"]).exits(2);
    provost(folder.path(), &[]).exits(2);
}

#[test]
fn a_reader_that_goes_away() {
    let many: String = (0..2_000)
        .map(|number| format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: pod-{number}}}\n"))
        .collect();
    let folder = tree(&[("cost.rego", COST), ("pods.yaml", &many)]);
    let mut child = command(folder.path(), &["check", "pods.yaml", "-p", "cost.rego"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0_u8; 10];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut start).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(1));
}
