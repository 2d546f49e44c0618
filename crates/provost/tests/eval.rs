//! `provost eval`

mod common;

use common::{provost, provost_with_input, tree};

/// Checks what a query gives in one format.
#[track_caller]
fn check(arguments: &[&str], expected: &str) {
    let files = [
        ("data.yaml", "limits:\n  gpus: 4\nteams: [a, b]\n"),
        (
            "policies/p.rego",
            "package p\n\nallow if input.gpus <= data.limits.gpus\n\nnames contains name if some name in data.teams\n",
        ),
        ("policies/quotas/nlp.json", "{\"quota\": 8}"),
        ("input.json", "{\"gpus\": 2}"),
    ];
    let folder = tree(&files);
    let arguments: Vec<&str> = ["eval"].iter().chain(arguments).copied().collect();
    let run = provost(folder.path(), &arguments).exits(0);
    assert_eq!(run.out.trim_end(), expected);
}

#[test]
fn results_as_opa_writes_them() {
    let run = provost(tree(&[]).path(), &["eval", "x := 1 + 2"]).exits(0);
    let result: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let expected = serde_json::json!({"result": [{
        "expressions": [{"value": true, "text": "x := 1 + 2", "location": {"row": 1, "col": 1}}],
        "bindings": {"x": 3},
    }]});
    assert_eq!(result, expected);
    check(&["x := 1; x == 2"], "{}");
    check(&["-f", "raw", "1 == 2"], "false");
    check(&["-f", "raw", "[1, 2][_] == 2"], "true");
    check(&["-f", "raw", "count([1, 2], 2)"], "true");
    check(&["-f", "raw", "\"a\"; {1}"], "a [1]");
}

#[test]
fn data_and_input() {
    let with = ["-d", "data.yaml", "-d", "policies", "-i", "input.json", "-f", "raw"];
    let query = |query| with.iter().copied().chain([query]).collect::<Vec<_>>();
    check(&query("data.p.allow"), "true");
    check(&query("data.p.names"), "[\"a\",\"b\"]");
    check(&query("data.quotas.quota"), "8");
    check(&query("input"), "{\"gpus\":2}");
}

#[test]
fn the_other_formats() {
    check(&["-f", "pretty", "{\"a\": [1]}"], "{\n  \"a\": [\n    1\n  ]\n}");
    check(&["-f", "pretty", "input.x"], "undefined");
    check(&["-f", "pretty", "x := [5, 7][i]"], "+---+---+\n| i | x |\n+---+---+\n| 0 | 5 |\n| 1 | 7 |\n+---+---+");
    check(&["-f", "values", "1; 2"], "[\n  1,\n  2\n]");
    check(&["-f", "bindings", "x := [5, 7][i]"], "{\n  \"i\": 0,\n  \"x\": 5\n}\n{\n  \"i\": 1,\n  \"x\": 7\n}");
}

#[test]
fn standard_input() {
    let folder = tree(&[]);
    provost_with_input(folder.path(), &["eval", "-I", "-f", "raw", "input.n * 2"], b"{\"n\": 3}").exits(0).says(&["6"]);
    provost_with_input(folder.path(), &["eval", "-i", "-", "-f", "raw", "input.m * 2"], b"m: 4").exits(0).says(&["8"]);
    provost_with_input(folder.path(), &["eval", "--stdin", "-f", "raw"], b"1 + 1").exits(0).says(&["2"]);
}

#[test]
fn exit_codes() {
    let folder = tree(&[
        ("a.json", "{\"a\": 1}"),
        ("b.json", "{\"a\": 2}"),
        ("p.rego", "package p\n\nq := 1 if true\n\nq := 2 if true\n"),
    ]);
    provost(folder.path(), &["eval", "--fail", "input.x"]).exits(1);
    provost(folder.path(), &["eval", "--fail", "1 == 1"]).exits(0);
    provost(folder.path(), &["eval", "--fail-defined", "1 == 1"]).exits(1);
    provost(folder.path(), &["eval", "data.x."]).exits(2).complains(&["query:1:"]);
    provost(folder.path(), &["eval", "nosuch(1)"]).exits(2).complains(&["nosuch", "query:1:1"]);
    provost(folder.path(), &["eval", "x > 1"]).exits(2).complains(&["unsafe"]);
    provost(folder.path(), &["eval", "-d", "p.rego", "data.p.q"])
        .exits(2)
        .complains(&["eval_conflict_error", "p.rego:5"]);
    provost(folder.path(), &["eval", "-d", "a.json", "-d", "b.json", "data.a"]).exits(2).complains(&["data.a"]);
    provost(folder.path(), &["eval", "-d", "missing", "1"]).exits(2).complains(&["`missing`"]);
    provost(folder.path(), &["eval", "-i", ".", "1"]).exits(2).complains(&["is a folder"]);
    provost(folder.path(), &["eval", "to_number(\"x\")"]).exits(0).says(&["{}"]);
    provost(folder.path(), &["eval", "--strict-builtin-errors", "to_number(\"x\")"]).exits(2).complains(&["to_number"]);
}

#[test]
fn what_is_printed_goes_to_standard_error() {
    let run =
        provost(tree(&[]).path(), &["eval", "-f", "raw", "print(\"seen\", 1); x := 1"]).exits(0).complains(&["seen 1"]);
    assert!(!run.out.contains("seen"));
}

#[test]
fn modules_of_before() {
    let folder = tree(&[("p.rego", "package p\n\nallow { input.x == 1 }\n"), ("i.json", "{\"x\": 1}")]);
    let arguments = ["eval", "-d", "p.rego", "-i", "i.json", "-f", "raw", "data.p.allow"];
    provost(folder.path(), &arguments).exits(2);
    for flag in ["--v0", "--v0-compatible"] {
        let arguments: Vec<&str> = arguments.iter().copied().chain([flag]).collect();
        provost(folder.path(), &arguments).exits(0).says(&["true"]);
    }
}

/// A policy of which every part is told apart by its line.
const AUTHZ: &str = "\
package authz

import data.teams

default allow := false

allow if {
	input.gpus <= data.limits.gpus
	some role in input.roles
	is_admin(role, input.user)
	not blocked
}

allow if input.user == \"root\"

is_admin(role, user) if {
	wanted := role
	role == \"admin\"
}

blocked if input.user in data.blocked
";

/// Evaluates a query of [`AUTHZ`].
#[track_caller]
fn authz(arguments: &[&str], code: i32) -> common::Run {
    let folder = tree(&[
        ("authz.rego", AUTHZ),
        ("authz_test.rego", "package authz_test\n\ntest_nothing if true\n"),
        ("data.json", "{\"limits\": {\"gpus\": 4}, \"blocked\": [\"eve\"]}"),
        ("input.json", "{\"gpus\": 2, \"user\": \"ann\", \"roles\": [\"dev\", \"admin\"]}"),
    ]);
    let with = ["eval", "-d", "authz.rego", "-d", "authz_test.rego", "-d", "data.json", "-i", "input.json"];
    let arguments: Vec<&str> = with.iter().chain(arguments).copied().collect();
    provost(folder.path(), &arguments).exits(code)
}

#[test]
fn why_a_rule_holds() {
    let run = authz(&["--explain", "data.authz.allow"], 0);
    assert_eq!(run.out, "true\n");
    let expected = "\
held    query:1  data.authz.allow
  data.authz.allow
    held    authz.rego:8  input.gpus <= data.limits.gpus
    held    authz.rego:9  some role in input.roles    -- 2 times
    failed  authz.rego:10  is_admin(role, input.user)    -- value: undefined
      data.authz.is_admin
        held    authz.rego:17  wanted := role
        failed  authz.rego:18  role == \"admin\"    -- value: \"dev\"
    held    authz.rego:10  is_admin(role, input.user)
      data.authz.is_admin
        held    authz.rego:17  wanted := role
        held    authz.rego:18  role == \"admin\"
        gave    authz.rego:16  is_admin(role, user)    -- true
    held    authz.rego:11  not blocked
      data.authz.blocked
        failed  authz.rego:21  input.user in data.blocked    -- value: false
    gave    authz.rego:7  allow    -- true
";
    assert_eq!(run.err, expected);
}

#[test]
fn why_a_rule_does_not_hold() {
    authz(&["--explain", "data.authz.allow with input.gpus as 9"], 0)
        .says(&["false"])
        .complains(&["failed  authz.rego:8  input.gpus <= data.limits.gpus    -- left: 9, right: 4"])
        .complains(&["failed  authz.rego:14  input.user == \"root\"    -- value: \"ann\""])
        .complains(&["gave    authz.rego:5  allow := false    -- false"]);
    authz(&["--explain", "data.authz.allow with input.roles as []"], 0)
        .complains(&["failed  authz.rego:9  some role in input.roles"]);
    authz(&["--explain", "--strict-builtin-errors", "to_number(input.user)"], 2)
        .complains(&["stopped query:1  to_number(input.user)", "eval_builtin_error"]);
}

#[test]
fn what_a_head_asks_for_stands_below_it() {
    let rules = "package p\n\np := f(1) if input.x\n\nf(y) := y + 1\n\nr := to_number(\"x\")\n";
    let folder = tree(&[("p.rego", rules), ("i.json", "{\"x\": true}")]);
    let explain = |query| ["eval", "-d", "p.rego", "-i", "i.json", "--explain", query];
    let expected = "\
held    query:1  data.p.p
  data.p.p
    held    p.rego:3  input.x
    gave    p.rego:3  p := f(1)    -- 2
      data.p.f
        gave    p.rego:5  f(y) := y + 1    -- 2
";
    assert_eq!(provost(folder.path(), &explain("data.p.p")).exits(0).err, expected);
    provost(folder.path(), &explain("data.p.r"))
        .exits(0)
        .complains(&["failed  p.rego:7  r := to_number(\"x\")    -- value: undefined"]);
}

#[test]
fn a_trace_has_an_end() {
    let run = authz(&["--explain=3", "data.authz.allow"], 0).complains(&["more: `--explain=LINES`"]);
    assert_eq!(run.err.lines().count(), 4, "{}", run.err);
    authz(&["--explain=0", "data.authz.allow"], 2);
    let run = authz(&["--explain", "-f", "json", "data.authz.allow"], 0);
    let result: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(result["explanation"][0], "held    query:1  data.authz.allow");
    assert_eq!(result["result"][0]["expressions"][0]["value"], true);
    assert_eq!(run.err, "");
}

#[test]
fn a_profile_counts_and_times_lines() {
    let run =
        authz(&["--profile", "-f", "json", "[x | x := numbers.range(1, 50)[_]; data.authz.is_admin(\"dev\", x)]"], 0);
    let result: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let lines = result["profile"].as_array().unwrap();
    let line = |number: u64| {
        lines.iter().find(|line| line["file"] == "authz.rego" && line["line"] == number).expect("a line of the profile")
    };
    assert_eq!(line(18)["evaluations"], 50);
    assert_eq!(line(18)["text"], "role == \"admin\"");
    assert!(line(18)["time_ns"].as_u64().unwrap() > 0);
    let times: Vec<u64> = lines.iter().map(|line| line["time_ns"].as_u64().unwrap()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let run = authz(&["--profile", "data.authz.allow"], 0).complains(&["evaluations"]);
    let negation = run.err.lines().find(|line| line.contains("authz.rego:11")).expect("the line of `not`");
    assert_eq!(negation.split_whitespace().nth(1), Some("1"), "{negation}");
}

#[test]
fn coverage_of_a_query() {
    let run = authz(&["--coverage", "data.authz.allow"], 0).complains(&["not reached: 5, 14
"]);
    assert!(!run.err.contains("authz_test.rego"), "{}", run.err);
    let run = authz(&["--coverage", "-f", "json", "data.authz.none"], 0);
    let result: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(result["coverage"]["percent"], 0.0);
    assert!(result.get("result").is_none());
}

#[test]
fn strict_finds_what_nothing_uses() {
    authz(&["--strict", "1"], 2)
        .complains(&["import data.teams unused", "authz.rego:3:1"])
        .complains(&["unused argument user", "authz.rego:16:16"])
        .complains(&["assigned var wanted unused", "authz.rego:17:2"]);
    let used = "\
package p

import data.teams as groups
import rego.v1

p contains y if {
	some k, v in groups
	[x, _] := v
	y := $\"{x} {f(k, 1)}\"
}

f(x, _) := z if z := [u | u := x]

f(x, y) := y if every z in [x] { z > y }

q if {
	some z
	input.xs[z] == 1
}
";
    let unused = "package p\n\np if {\n\tx := 1\n\ty := [x | x := 2]\n\tevery k, v in y { v > 1 }\n}\n";
    let folder = tree(&[("used.rego", used), ("unused.rego", unused)]);
    provost(folder.path(), &["eval", "--strict", "-d", "used.rego", "1"]).exits(0);
    let run = provost(folder.path(), &["eval", "-S", "-d", "unused.rego", "1"]).exits(2).complains(&[
        "assigned var x unused",
        "unused.rego:4:2",
        "declared var k unused",
    ]);
    assert_eq!(run.err.matches("unused\n").count(), 2, "{}", run.err);
}
