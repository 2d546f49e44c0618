//! Decisions are recorded, verified, shown, exported and decided again.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop and say why")]

mod common;

use common::{COST, PODS, Run, provost, provost_with_input, tree, write};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Two pods, one of them without a cost centre, checked by alice and by bob.
fn recorded() -> TempDir {
    let folder = tree(&[("policies/cost.rego", COST), ("k8s/pods.yaml", PODS)]);
    for subject in ["alice", "bob"] {
        let arguments = ["check", "k8s", "-p", "policies", "--record", "record.db", "--subject", subject];
        provost(folder.path(), &arguments).exits(1).says(&["bare"]);
    }
    folder
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn a_record_verifies_until_somebody_changes_it() {
    let folder = recorded();
    let here = folder.path();
    provost(here, &["record", "verify", "record.db"]).exits(0).says(&[
        "entries    8 (1 to 8)",
        "decisions  2 deny",
        "it is what was written",
        "`--key` names those",
    ]);
    let trusted = provost(here, &["record", "verify", "record.db", "--key", "record.db.key.pub"]).exits(0);
    assert!(!trusted.out.contains("note:"), "{}", trusted.out);
    let found = json(&provost(here, &["record", "verify", "record.db", "--format", "json"]).exits(0));
    assert_eq!((&found["holds"], &found["entries"]), (&Value::Bool(true), &Value::from(8)));
    let head = format!("{}:{}", found["last"], found["hash"].as_str().unwrap());
    provost(here, &["record", "verify", "record.db", "--head", &head]).exits(0);

    // A record of somebody else's key.
    let other = recorded();
    let key = other.path().join("record.db.key.pub").display().to_string();
    provost(here, &["record", "verify", "record.db", "--key", &key]).exits(1).says(&["is not trusted"]);

    // One name in one entry.
    let mut bytes = fs::read(here.join("record.db")).unwrap();
    let at = bytes.windows(5).position(|window| window == b"alice").unwrap();
    bytes[at..at + 5].copy_from_slice(b"carol");
    fs::write(here.join("record.db"), bytes).unwrap();
    provost(here, &["record", "verify", "record.db"])
        .exits(1)
        .says(&["broken     entry 3: its content, or the hash before it, is not what its hash covers"]);
    provost(here, &["record", "verify", "record.db", "--from", "4"]).exits(0);
}

#[test]
fn a_record_that_is_none_is_exit_code_2() {
    let folder = recorded();
    let here = folder.path();
    provost(here, &["record", "verify", "gone.db"]).exits(2).complains(&["there is no record at `gone.db`", "help: "]);
    provost(here, &["record", "show", "k8s/pods.yaml"]).exits(2).complains(&["`k8s/pods.yaml` is no record"]);
    provost(here, &["record", "verify"]).exits(2).complains(&["no record is named"]);
    provost(here, &["record", "verify", "record.db", "--key", "k8s/pods.yaml"]).exits(2).complains(&["no Ed25519 key"]);
    provost(here, &["record", "show", "record.db", "--since", "yesterday"])
        .exits(2)
        .complains(&["`yesterday` is no time"]);
    provost(here, &["check", "k8s", "-p", "policies", "--record", "k8s/pods.yaml"])
        .exits(2)
        .complains(&["cannot go on as a record"]);
}

#[test]
fn what_was_decided_is_shown_and_found() {
    let folder = recorded();
    let here = folder.path();
    let show = |arguments: &[&str]| provost(here, &[&["record", "show", "record.db"], arguments].concat()).exits(0);
    show(&[]).says(&["policy-set", "alice", "bob", "Pod/bare", "COST-9 bare has no cost centre", "stop"]);
    let lines = |run: &Run| run.out.lines().filter(|line| line.contains("COST-9")).count();
    assert_eq!(lines(&show(&["--subject", "alice"])), 1);
    assert_eq!(lines(&show(&["--verdict", "deny", "--resource", "bare", "--policy", "COST-9"])), 2);
    assert_eq!(lines(&show(&["-n", "4"])), 1);
    assert_eq!(lines(&show(&["--since", "1h"])), 2);
    for nothing in [["--verdict", "allow"], ["--until", "1h"], ["--subject", "carol"], ["--point", "admission"]] {
        show(&nothing).says(&["no entry fits"]);
    }
    let entries = json(&show(&["--output", "json", "--subject", "bob"]));
    assert_eq!(entries[0]["kind"], "decision");
    assert_eq!(entries[0]["subject"]["id"], "bob");
    assert_eq!(entries[0]["findings"][0]["policy"], "COST-9");
}

#[test]
fn decisions_are_exported_as_a_log() {
    let folder = recorded();
    let run = provost(folder.path(), &["record", "export", "record.db"]).exits(0);
    let events: Vec<Value> = run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["requested_by"], "alice");
    assert_eq!(events[0]["result"]["verdict"], "deny");
    assert_eq!(events[0]["input"][1]["document"]["metadata"]["name"], "bare");
    assert_eq!(events[0]["labels"]["point"], "check");
    assert_eq!(events[0]["bundles"]["policies"]["revision"].as_str().unwrap().len(), 64);
    assert!(events[0]["metrics"]["timer_server_handler_ns"].as_u64().unwrap() > 0);
    assert_ne!(events[0]["decision_id"], events[1]["decision_id"]);
    let all = provost(folder.path(), &["record", "export", "record.db", "--all"]).exits(0);
    let kinds: Vec<String> = all
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["start", "policy-set", "decision", "stop", "start", "policy-set", "decision", "stop"]);
}

#[test]
fn other_policies_decide_again() {
    let folder = recorded();
    let here = folder.path();
    provost(here, &["replay", "record.db", "-p", "policies"])
        .exits(0)
        .says(&["2 decisions: 0 would change, 2 would not"]);
    let lenient = COST.replace("not input.resource.dimensions.cost_center", "input.resource.name == \"tagged\"");
    write(here, "lenient/cost.rego", lenient.as_bytes());
    let run = provost(here, &["replay", "record.db", "--policies", "lenient", "--subject", "alice"]).exits(1);
    let run = run.says(&["1 decision: 1 would change, 0 would not", "1 allow -> deny", "1 deny -> allow"]);
    assert!(run.out.contains("Pod/tagged") && run.out.contains("COST-9 tagged has no cost centre"), "{}", run.out);
    let found = json(&provost(here, &["replay", "record.db", "-p", "lenient", "--format", "json"]).exits(1));
    assert_eq!(found["changed"], 2);
    assert_eq!(found["differences"][0]["resource"], "Pod/bare");
    assert_eq!(found["differences"][0]["before"], "deny");
    assert_eq!(found["differences"][0]["after"], "allow");

    // Policies that do not compile decide nothing, and nothing recorded is nothing decided.
    write(here, "broken/cost.rego", b"package x\n\ndeny contains");
    provost(here, &["replay", "record.db", "-p", "broken"]).exits(2);
    provost(here, &["replay", "record.db", "-p", "policies", "--verdict", "warn"]).exits(2).says(&["0 decisions"]);
}

/// A policy that would hardly say the same twice.
const RESTLESS: &str = "\
package main

warn contains sprintf(\"%v %v\", [time.now_ns(), uuid.rfc4122(\"a\")]) if input.kind == \"Pod\"

deny contains \"odd\" if time.now_ns() % 2 == 1

deny contains \"unlucky\" if rand.intn(\"x\", 2) == 1
";

#[test]
fn time_and_randomness_are_those_of_the_record() {
    let folder = tree(&[("policies/restless.rego", RESTLESS), ("pod.yaml", PODS)]);
    let here = folder.path();
    for _ in 0..6 {
        let run = provost(here, &["check", "pod.yaml", "-p", "policies", "--record", "record.db"]);
        assert!(run.code < 2, "{}", run.err);
    }
    provost(here, &["replay", "record.db", "-p", "policies"]).exits(0).says(&["6 decisions: 0 would change"]);
    // The message itself has the time and the id in it.
    let shown = json(&provost(here, &["record", "show", "record.db", "--format", "json", "--policy", "main"]).exits(0));
    let host = &shown[0]["host"];
    let message = shown[0]["findings"].as_array().unwrap().iter().find(|finding| finding["kind"] == "warn").unwrap();
    assert!(message["message"].as_str().unwrap().starts_with(&host["now_ns"].to_string()), "{message} {host}");
    assert_eq!(host["seed"].as_str().unwrap().len(), 64);
}

/// A bucket whose tags are sensitive, as Terraform plans mark it, and one whose tags are not.
const PLAN: &str = r#"{"format_version":"1.2","terraform_version":"1.9.0","planned_values":{"root_module":{}},
"resource_changes":[
 {"address":"aws_s3_bucket.open","mode":"managed","type":"aws_s3_bucket","name":"open",
  "provider_name":"registry.terraform.io/hashicorp/aws",
  "change":{"actions":["create"],"before":null,"after":{"bucket":"open","tags":{"CostCenter":"cc-open"},"tags_all":{"CostCenter":"cc-open"}},
            "after_unknown":{},"before_sensitive":false,"after_sensitive":{}}},
 {"address":"aws_s3_bucket.secret","mode":"managed","type":"aws_s3_bucket","name":"secret",
  "provider_name":"registry.terraform.io/hashicorp/aws",
  "change":{"actions":["create"],"before":null,"after":{"bucket":"secret","tags":{"CostCenter":"cc-hidden"},"tags_all":{"CostCenter":"cc-hidden"}},
            "after_unknown":{},"before_sensitive":false,"after_sensitive":{"tags":{"CostCenter":true},"tags_all":{"CostCenter":true}}}}],
"configuration":{"root_module":{}}}"#;

#[test]
fn what_is_sensitive_is_not_recorded_and_is_unknown_when_it_is_decided_again() {
    let denies = COST.replace(
        "not input.resource.dimensions.cost_center",
        "startswith(input.resource.dimensions.cost_center, \"cc-\")",
    );
    let folder = tree(&[("policies/cost.rego", COST), ("denies/cost.rego", &denies)]);
    let here = folder.path();
    provost_with_input(here, &["check", "-", "-p", "policies", "--record", "record.db"], PLAN.as_bytes()).exits(0);
    let holds = |text: &str| everything(here).windows(text.len()).any(|window| window == text.as_bytes());
    assert!(!holds("cc-hidden") && holds("record"));
    let exported = provost(here, &["record", "export", "record.db"]).exits(0);
    assert!(exported.out.contains("cc-open") && !exported.out.contains("cc-hidden"), "{}", exported.out);
    // The open one would be denied. Of the other nobody can tell.
    let run = provost(here, &["replay", "record.db", "-p", "denies"]).exits(1);
    run.says(&[
        "aws_s3_bucket.open",
        "1 allow -> deny",
        "not told: 1 resource, because the answer hangs on what is masked",
    ]);
}

/// All bytes that were left behind.
fn everything(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files.flat_map(|path| [path.display().to_string().into_bytes(), fs::read(path).unwrap()].concat()).collect()
}

#[test]
fn provost_yaml_names_the_record_and_its_masks() {
    let configuration =
        "policies: [policies]\nrecord:\n  path: kept/record.db\n  mask: [/0/document/metadata/labels]\n";
    let folder = tree(&[("provost.yaml", configuration), ("policies/cost.rego", COST), ("k8s/pods.yaml", PODS)]);
    let here = folder.path();
    fs::create_dir(here.join("kept")).unwrap();
    provost(here, &["check", "k8s", "--record", "kept/record.db"]).exits(1);
    provost(here, &["record", "verify"]).exits(0).says(&["1 deny"]);
    let event: Value = serde_json::from_str(&provost(here, &["record", "export"]).exits(0).out).unwrap();
    assert_eq!(event["erased"][0], "/0/document/metadata/labels");
    assert!(event["input"][0]["document"]["metadata"].get("labels").is_none());
    // The masked label is what decides over one of the two.
    provost(here, &["replay"]).says(&["not told: 1 resource"]);
}
