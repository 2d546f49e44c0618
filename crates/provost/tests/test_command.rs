//! `provost test`

mod common;

use common::{command, provost, tree, write};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

const POLICY: &str = "\
package quota

deny contains message if {
\tinput.gpus > limit
\tmessage := sprintf(\"%d is more than %d\", [input.gpus, limit])
}

limit := data.limit

unused if {
\tinput.never
}
";

const TESTS: &str = "\
package quota_test

import data.quota

test_holds if count(quota.deny) == 1 with input as {\"gpus\": 9}

test_fails if {
\tfound := quota.deny with input as {\"gpus\": 9}
\tprint(\"found\", found)
\tcount(found) == quota.limit
}

test_cases[name] if {
\tsome name, case in {
\t\t\"four\": {\"gpus\": 4, \"denials\": 0},
\t\t\"five\": {\"gpus\": 5, \"denials\": 0},
\t}
\tcount(quota.deny) == case.denials with input as {\"gpus\": case.gpus}
}

todo_test_later if false
";

fn files() -> tempfile::TempDir {
    tree(&[("p/quota.rego", POLICY), ("p/quota_test.rego", TESTS), ("p/data.json", "{\"limit\": 4}")])
}

#[test]
fn failures_show_the_place_and_both_sides() {
    let run = provost(files().path(), &["test", "p"]).exits(1).says(&[
        "fail  data.quota_test.test_fails",
        "  p/quota_test.rego:10:2\n    count(found) == quota.limit\n    left: 1\n    right: 4\n",
        "  printed:\n    found {\"9 is more than 4\"}\n",
        "fail  data.quota_test.test_cases",
        "  fail  five\n",
        "count(quota.deny) == case.denials",
        "1 passed, 2 failed, 1 skipped",
    ]);
    assert!(!run.out.contains("test_holds") && !run.out.contains("four"), "{}", run.out);
}

#[test]
fn verbose_names_all() {
    provost(files().path(), &["test", "p", "-v"]).exits(1).says(&[
        "pass  data.quota_test.test_holds",
        "pass  four",
        "skip  data.quota_test.todo_test_later",
    ]);
}

#[test]
fn tests_by_name() {
    provost(files().path(), &["test", "p", "--run", "holds$"]).exits(0).says(&["1 passed, 0 failed"]);
    provost(files().path(), &["test", "p", "--run", "nothing"])
        .exits(2)
        .complains(&["no test has a name that matches `nothing`", "help:"]);
    provost(files().path(), &["test", "p", "--run", "("]).exits(2);
}

#[test]
fn coverage_and_its_threshold() {
    let arguments = ["test", "p", "--run", "holds", "--coverage"];
    let run =
        provost(files().path(), &arguments).exits(0).says(&["p/quota.rego", "%  not reached: 10-11\n", "coverage "]);
    assert!(!run.out.contains("quota_test.rego"), "{}", run.out);
    provost(files().path(), &["test", "p", "--run", "holds", "--threshold", "99"])
        .exits(1)
        .complains(&["less than 99%"]);
    provost(files().path(), &["test", "p", "--run", "holds", "--threshold", "10"]).exits(0);
}

#[test]
fn json_for_programs() {
    let run = provost(files().path(), &["test", "p", "--format", "json", "--coverage"]).exits(1);
    let result: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(result["summary"], serde_json::json!({"passed": 1, "failed": 2, "errors": 0, "skipped": 1}));
    let tests = result["tests"].as_array().unwrap();
    let failed = tests.iter().find(|test| test["name"] == "test_fails").unwrap();
    assert_eq!(failed["outcome"], "fail");
    assert_eq!(failed["failure"]["line"], 10);
    assert_eq!(failed["failure"]["values"], serde_json::json!(["1", "4"]));
    assert_eq!(failed["printed"], serde_json::json!(["found {\"9 is more than 4\"}"]));
    let cases = tests.iter().find(|test| test["name"] == "test_cases").unwrap();
    assert_eq!(cases["cases"][0]["name"], "five");
    assert_eq!(cases["cases"][0]["passed"], false);
    assert_eq!(cases["cases"][1]["passed"], true);
    assert_eq!(
        result["coverage"]["files"]["p/quota.rego"]["not_covered"],
        serde_json::json!([{"first": 10, "last": 11}])
    );
}

#[test]
fn junit_for_ci() {
    provost(files().path(), &["test", "p", "--format", "junit"]).exits(1).says(&[
        "<testsuite name=\"p/quota_test.rego\" tests=\"5\" skipped=\"1\" errors=\"0\" failures=\"2\"",
        "name=\"test_cases[five]\"",
        "does not hold",
    ]);
}

#[test]
fn the_repository_around() {
    let files = [
        ("provost.yaml", "policies: [p]\ndata: [data]\n"),
        ("p/quota.rego", POLICY),
        ("p/quota_test.rego", &TESTS.replace("== quota.limit", "== 1").replace("\"gpus\": 5", "\"gpus\": 3")),
        ("data/limit.json", "{\"limit\": 4}"),
    ];
    let folder = tree(&files);
    for (at, arguments) in [
        (".", vec!["test"]),
        ("p", vec!["test"]),
        ("p", vec!["test", "quota.rego", "quota_test.rego"]),
        (".", vec!["test", "."]),
    ] {
        provost(&folder.path().join(at), &arguments).exits(0).says(&["3 passed, 0 failed, 1 skipped"]);
    }
}

#[test]
fn what_keeps_tests_from_running() {
    let folder = tree(&[
        ("p/a.rego", "package a\n\nb := 1\n"),
        ("q/a.rego", "package a\n\nb if {\n"),
        ("q/a_test.rego", "package a\n\ntest_a if x\n"),
    ]);
    provost(folder.path(), &["test", "p"]).exits(2).complains(&["there are no tests"]);
    provost(folder.path(), &["test", "q"]).exits(2).complains(&["q/a.rego:"]);
    provost(folder.path(), &["test", "nowhere"]).exits(2).complains(&["`nowhere` cannot be read"]);
    let folder = tree(&[("a_test.rego", "package a\n\np := 1 if true\n\np := 2 if true\n\ntest_a if p == 1\n")]);
    provost(folder.path(), &["test", "a_test.rego"]).exits(1).says(&[
        "error data.a.test_a",
        "a_test.rego:5",
        "1 could not be evaluated",
    ]);
}

#[test]
fn watching_runs_again_when_a_file_changes() {
    let folder = tree(&[("p/a_test.rego", "package a\n\ntest_a if false\n")]);
    let mut child = command(folder.path(), &["test", "p", "--watch"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = out.by_ref().map(Result::unwrap).find(|line| line.contains("passed")).unwrap();
    assert!(first.contains("0 passed, 1 failed"), "{first}");
    // Files are watched from before the first run.
    assert_eq!(err.next().unwrap().unwrap(), "watching for changes");
    write(folder.path(), "p/a_test.rego", b"package a\n\ntest_a if true\n");
    let second = out.by_ref().map(Result::unwrap).find(|line| line.contains("passed")).unwrap();
    assert!(second.contains("1 passed, 0 failed"), "{second}");
    child.kill().unwrap();
    child.wait().unwrap();
}
