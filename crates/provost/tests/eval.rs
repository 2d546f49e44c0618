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
    let arguments: Vec<&str> = arguments.into_iter().chain(["--v0-compatible"]).collect();
    provost(folder.path(), &arguments).exits(0).says(&["true"]);
}
