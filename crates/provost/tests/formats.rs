//! The formats of `provost check`.

mod common;

use common::{COST, PODS, provost, tree};

fn check(format: &str) -> String {
    let folder = tree(&[("cost.rego", COST), ("pods.yaml", PODS)]);
    provost(folder.path(), &["check", "pods.yaml", "-p", "cost.rego", "--format", format]).exits(1).out
}

#[test]
fn json() {
    let decision: serde_json::Value = serde_json::from_str(&check("json")).unwrap();
    assert_eq!(decision["verdict"], "deny");
    assert_eq!(decision["summary"]["denied"], 1);
}

#[test]
fn sarif() {
    let sarif: serde_json::Value = serde_json::from_str(&check("sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "COST-9");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "pods.yaml");
    assert_eq!(place["region"]["startLine"], 12);
}

#[test]
fn github() {
    let annotations = check("github");
    assert!(annotations.starts_with("::error ") && annotations.contains("file=pods.yaml,line=12"), "{annotations}");
}

#[test]
fn junit() {
    let xml = check("junit");
    assert!(xml.starts_with("<?xml") && xml.contains("failures=\"1\"") && xml.contains("COST-9 Pod/bare"), "{xml}");
}

#[test]
fn people_in_colour_or_not() {
    let plain = check("people");
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let folder = tree(&[("cost.rego", COST), ("pods.yaml", PODS)]);
    let run = provost(folder.path(), &["check", "pods.yaml", "-p", "cost.rego", "--color", "always"]).exits(1);
    assert!(run.out.contains('\u{1b}'), "{}", run.out);
    let run = provost(folder.path(), &["--color", "never", "check", "pods.yaml", "-p", "cost.rego"]).exits(1);
    assert!(!run.out.contains('\u{1b}'), "{}", run.out);
}

#[test]
fn an_unknown_format() {
    provost(tree(&[]).path(), &["check", "--format", "xml"]).exits(2).complains(&["people", "sarif"]);
}
