//! Bad input is a clear error that names file and place, ends with 2 and hides nothing else.

mod common;

use common::{COST, PODS, provost, provost_with_input, tree, write};
use std::fs;

/// Checks one bad file beside a good one: exit code 2, the complaint, and the good file's finding all the same.
#[track_caller]
fn check_file(name: &str, bytes: &[u8], complaints: &[&str]) {
    let folder = tree(&[("policies/cost.rego", COST), ("in/pods.yaml", PODS)]);
    write(folder.path(), &format!("in/{name}"), bytes);
    provost(folder.path(), &["check", "in", "-p", "policies"])
        .exits(2)
        .complains(complaints)
        .complains(&[name])
        .says(&["Pod/bare", "1 error"]);
}

/// The same for a bad policy beside a good one.
#[track_caller]
fn check_policy(name: &str, text: &str, complaints: &[&str]) {
    let folder = tree(&[("policies/cost.rego", COST), ("in/pods.yaml", PODS)]);
    write(folder.path(), &format!("policies/{name}"), text.as_bytes());
    provost(folder.path(), &["check", "in", "-p", "policies"])
        .exits(2)
        .complains(complaints)
        .complains(&[name])
        .says(&["Pod/bare", "COST-9"]);
}

#[test]
fn malformed_documents() {
    check_file("a.json", b"{\n  \"a\": [1,,]\n}", &["json_parse_error", "in/a.json:2:"]);
    check_file("a.yaml", b"a: b\n  c: [", &["yaml_parse_error", "in/a.yaml:2:"]);
    check_file("twice.json", b"{\"kind\": \"Pod\", \"kind\": \"Service\"}", &["in/twice.json:1:"]);
}

#[test]
fn a_broken_document_leaves_those_beside_it_alone() {
    let pod = |name: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: []}}\n");
    for (broken, complaint) in [
        ("kind: Pod\nmetadata: {name: two\n", "in.yaml:7:11"),
        ("kind: Pod\nkind: Pod\n", "in.yaml:7:1"),
        ("\"never closed\n", "in.yaml:6:1"),
    ] {
        let text = format!("{}---\n{broken}---\n{}---\n{}", pod("one"), pod("three"), pod("four"));
        let folder = tree(&[("policies/cost.rego", COST), ("in.yaml", &text)]);
        provost(folder.path(), &["check", "in.yaml", "-p", "policies", "--format", "github"])
            .exits(2)
            .complains(&[complaint])
            .says(&["one has no cost centre", "three has no cost centre", "four has no cost centre"]);
        let report = provost(folder.path(), &["check", "in.yaml", "-p", "policies", "--format", "json"]).exits(2).out;
        let behind = 7 + broken.lines().count();
        for line in [1, behind, behind + 5] {
            assert!(report.contains(&format!("\"line\": {line},")), "{line}: {report}");
        }
    }
}

#[test]
fn malformed_plans() {
    check_file(
        "plan.json",
        b"{\"format_version\": \"1.2\", \"terraform_version\": \"1.9\", \"resource_changes\": 7}",
        &["terraform plan"],
    );
    check_file(
        "plan.json",
        b"{\"format_version\": \"9.0\", \"terraform_version\": \"9\", \"resource_changes\": []}",
        &["`9.0`", "help"],
    );
    check_file(
        "state.json",
        b"{\"version\": 4, \"terraform_version\": \"1.9.0\", \"serial\": 1, \"lineage\": \"x\", \"resources\": []}",
        &["state"],
    );
}

#[test]
fn what_is_no_text() {
    check_file("binary.json", b"\x7fELF\0\0\0", &["binary"]);
    check_file("latin1.yaml", b"name: caf\xe9\n", &["UTF-8", "1:10"]);
    check_file("tfplan.json", b"PK\x03\x04rest", &["ZIP", "terraform show -json"]);
}

#[test]
fn bombs_and_depth() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    check_file("bomb.yaml", bomb.as_bytes(), &["alias"]);
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    check_file("deep.json", deep.as_bytes(), &["deep"]);
}

#[test]
fn files_over_the_limit() {
    let folder =
        tree(&[("policies/cost.rego", COST), ("in/pods.yaml", PODS), ("in/big.yaml", &"a: b\n".repeat(1_000))]);
    provost(folder.path(), &["check", "in", "-p", "policies", "--max-file-size", "1K"])
        .exits(2)
        .complains(&["`in/big.yaml`", "1024 bytes"])
        .says(&["Pod/bare"]);
    provost(folder.path(), &["check", "in", "-p", "policies", "--max-file-size", "none"])
        .exits(2)
        .complains(&["`none` is no size"]);
    let configuration = "policies: [policies]\nlimits:\n  file_bytes_max: 1000\n";
    write(folder.path(), "provost.yaml", configuration.as_bytes());
    provost(folder.path(), &["check", "in"]).exits(2).complains(&["`in/big.yaml`", "1000 bytes"]).says(&["Pod/bare"]);
    let input = vec![b' '; 2_000];
    provost_with_input(folder.path(), &["check", "-"], &input).exits(2).complains(&["1000 bytes"]);
}

#[cfg(unix)]
#[test]
fn folders_that_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tree(&[("policies/cost.rego", COST), ("in/pods.yaml", PODS), ("in/closed/a.yaml", PODS)]);
    let closed = folder.path().join("in/closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&closed).is_ok() {
        println!("skipped: this user can read every folder");
    } else {
        provost(folder.path(), &["check", "in", "-p", "policies"])
            .exits(2)
            .complains(&["`in/closed` cannot be read: permission denied"])
            .says(&["Pod/bare"]);
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_circles_or_nowhere() {
    use std::os::unix::fs::symlink;
    let folder = tree(&[("policies/cost.rego", COST), ("in/pods.yaml", PODS), ("in/a/b.yaml", PODS)]);
    symlink("..", folder.path().join("in/a/up")).unwrap();
    symlink("nowhere", folder.path().join("in/gone.yaml")).unwrap();
    provost(folder.path(), &["check", "in", "-p", "policies"])
        .exits(2)
        .complains(&["`in/a/up` leads back to a folder around it", "`in/gone.yaml` cannot be read"])
        .says(&["Pod/bare"]);
}

#[test]
fn malformed_policies() {
    check_policy("bad.rego", "package bad\n\ndeny contains x if {\n", &["rego_parse_error", "policies/bad.rego:"]);
    check_policy("unsafe.rego", "package bad\n\ndeny contains x if input.y\n", &["unsafe", "policies/unsafe.rego:3:"]);
    check_policy(
        "metadata.rego",
        "# METADATA\n# title: [\npackage bad\n\ndeny contains \"x\" if false\n",
        &["policies/metadata.rego:"],
    );
    let request = "# METADATA\n# custom:\n#   provost: {id: BAD-1, input: request}\npackage bad\n\n";
    let misspelt = format!("{request}deny contains \"x\" if input.resource.tag.x\n");
    check_policy("misspelt.rego", &misspelt, &["tag", "did you mean", "policies/misspelt.rego:6:"]);
    let classes = "# METADATA\n# custom:\n#   provost:\n#     id: BAD-2\n#     classes: [bucket]\npackage bad\n\ndeny contains \"x\"\n";
    check_policy("classes.rego", classes, &["input: request", "policies/classes.rego:5:"]);
    let twice = COST.replace("package test.cost", "package test.again");
    check_policy("twice.rego", &twice, &["`COST-9` is used twice"]);
    let words = COST
        .replace("COST-9", "COST-8")
        .replace("severity: high", "severity: grave")
        .replace("test.cost", "test.words");
    check_policy("words.rego", &words, &["grave"]);
}

#[test]
fn bad_configuration_and_data() {
    let files = [("policies/cost.rego", COST), ("pods.yaml", PODS)];
    let check = |text: &str, complaints: &[&str]| {
        let folder = tree(&files);
        write(folder.path(), "provost.yaml", text.as_bytes());
        provost(folder.path(), &["check", "."])
            .exits(2)
            .complains(complaints)
            .complains(&["provost.yaml"])
            .says(&["Pod/bare"]);
    };
    check("policies: [policies]\npolices: []\n", &["polices", "provost.yaml:2:1"]);
    check("policies: [policies]\nmodes:\n  COST-10: warn\n", &["there is no policy `COST-10`", "COST-9"]);
    let folder = tree(&files);
    write(folder.path(), "quotas.json", b"[1]");
    provost(folder.path(), &["check", "pods.yaml", "-p", "policies", "-d", "quotas.json"])
        .exits(2)
        .complains(&["quotas.json", "data must be an object"])
        .says(&["Pod/bare"]);
    provost(folder.path(), &["check", "pods.yaml", "-p", "nowhere"]).exits(2).complains(&["`nowhere` cannot be read"]);
    provost(folder.path(), &["check", "pods.yaml", "--repository", "nowhere"])
        .exits(2)
        .complains(&["no governance repository at `nowhere`", "help:"]);
}

#[test]
fn empty_files_are_skipped_and_counted() {
    let files = [
        ("cost.rego", COST),
        ("in/pods.yaml", PODS),
        ("in/empty.yaml", ""),
        ("in/blank.json", " \n"),
        ("in/comment.yaml", "# nothing\n---\n# here\n"),
        ("in/other.json", "{\"name\": \"package\"}"),
    ];
    let folder = tree(&files);
    let run = provost(folder.path(), &["check", "in", "-p", "cost.rego"]).exits(1);
    assert!(run.out.contains("skipped"), "{}", run.out);
}

#[test]
fn nothing_recognised_is_not_allowed() {
    let check = |files: &[(&str, &str)], arguments: &[&str], complaint: &str| {
        let folder = tree(files);
        write(folder.path(), "p/cost.rego", COST.as_bytes());
        let arguments: Vec<&str> = ["check", "-p", "p"].iter().chain(arguments).copied().collect();
        provost(folder.path(), &arguments).exits(2).complains(&[complaint, "help"]);
    };
    check(&[("in/a.json", "{\"x\": 1}"), ("in/b.yaml", "y: 2\n")], &["in"], "none of 2 files is a plan");
    check(&[("in/a.yaml", "")], &["in"], "every file is empty");
    check(&[("in/readme.txt", "hello")], &["in"], "no JSON or YAML file was found");
    check(&[("in/a.json", "{\"x\": 1}")], &["in/a.json"], "`in/a.json` is no Terraform plan");
    check(&[], &["missing.json"], "`missing.json` cannot be read");
    let folder = tree(&[("p/cost.rego", COST)]);
    provost_with_input(folder.path(), &["check", "-", "-p", "p"], b"").exits(2).complains(&["nothing to check"]);
    provost_with_input(folder.path(), &["check", "-", "-p", "p"], b"{").exits(2).complains(&["-:1:"]);
}

#[test]
fn every_format_tells_of_errors() {
    let folder = tree(&[("cost.rego", COST), ("in/pods.yaml", PODS), ("in/bad.json", "{")]);
    for format in ["json", "sarif", "github", "junit"] {
        provost(folder.path(), &["check", "in", "-p", "cost.rego", "--format", format])
            .exits(2)
            .says(&["in/bad.json", "Pod/bare"])
            .complains(&["in/bad.json"]);
    }
}

#[test]
fn a_policy_that_fails_is_no_verdict() {
    let policy = "package main\n\nv := 1 if input.a\n\nv := 2 if input.a\n\ndeny contains \"x\" if v == 1\n";
    let folder =
        tree(&[("p/main.rego", policy), ("p/cost.rego", COST), ("in/app.yaml", "a: 1\n"), ("in/pods.yaml", PODS)]);
    provost(folder.path(), &["check", "in", "-p", "p"]).exits(2).says(&[
        "the policy failed at p/main.rego:",
        "1 policy failure",
        "Pod/bare",
    ]);
}

#[test]
fn a_policy_learns_nothing_of_the_machine() {
    let policy = "package main\n\ndeny contains sprintf(\"environment: %v\", [opa.runtime().env]) if opa.runtime().env\n\ndeny contains \"resolved\" if net.lookup_ip_addr(\"localhost\")\n";
    let folder = tree(&[("main.rego", policy), ("app.yaml", "a: 1\n")]);
    provost(folder.path(), &["check", "app.yaml", "-p", "main.rego"]).exits(0);
}

#[test]
fn a_decision_rule_with_one_value_is_refused_where_it_stands() {
    let folder = tree(&[("main.rego", "package main\n\ndeny if input.a\n"), ("app.yaml", "a: 1\n")]);
    provost(folder.path(), &["check", "app.yaml", "-p", "main.rego"]).exits(2).complains(&[
        "`deny` is one value here",
        "main.rego:3:1",
        "write `deny contains message if",
    ]);
}
