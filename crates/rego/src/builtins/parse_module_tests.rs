use super::super::testing::{check, run, term};
use host::FixedHost;
use value::{Arena, Value};

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// What the tree of a module `package t` with this rule says of the rule.
#[track_caller]
fn check_rule(rule: &str, expected: &str) {
    let arena = Arena::new();
    let module = quoted(&format!("package t\n{rule}"));
    let result = run(&FixedHost::default(), &arena, "rego.parse_module", &[r#""f.rego""#, &module]);
    let tree = term(&arena, &result);
    let rules = at(tree, "rules").as_array().expect("rules");
    assert_eq!(rules.get(0).expect("a rule").to_string(), term(&arena, expected).to_string(), "{rule}");
}

fn at<'a>(tree: Value<'a>, key: &str) -> Value<'a> {
    let object = tree.as_object().unwrap_or_else(|| panic!("{tree} is no object"));
    let found = object.iter().find(|(name, _)| name.as_str() == Some(key));
    found.unwrap_or_else(|| panic!("{tree} has no {key}")).1
}

const TRUE: &str = r#"{"index": 0, "terms": {"type": "boolean", "value": true}}"#;

/// A rule `p := <term>` and the document of the term.
#[track_caller]
fn check_term(text: &str, expected: &str) {
    let head =
        format!(r#"{{"assign": true, "name": "p", "ref": [{{"type": "var", "value": "p"}}], "value": {expected}}}"#);
    check_rule(&format!("p := {text}"), &format!(r#"{{"body": [{TRUE}], "head": {head}}}"#));
}

/// A rule `p if <statement>` and the document of the statement.
#[track_caller]
fn check_statement(text: &str, expected: &str) {
    let head = r#"{"name": "p", "ref": [{"type": "var", "value": "p"}], "value": {"type": "boolean", "value": true}}"#;
    check_rule(&format!("p if {{ {text} }}"), &format!(r#"{{"body": [{expected}], "head": {head}}}"#));
}

#[test]
fn modules() {
    let module = "package a[\"b c\"] # here\nimport data.x as y\nimport input";
    check(
        "rego.parse_module",
        &[r#""f.rego""#, &quoted(module)],
        r#"{
            "package": {"path": [{"type": "var", "value": "data"}, {"type": "string", "value": "a"}, {"type": "string", "value": "b c"}]},
            "imports": [
                {"path": {"type": "ref", "value": [{"type": "var", "value": "data"}, {"type": "string", "value": "x"}]}, "alias": "y"},
                {"path": {"type": "ref", "value": [{"type": "var", "value": "input"}]}}
            ],
            "comments": [{"Location": {"file": "f.rego", "row": 1, "col": 18}, "Text": "IGhlcmU="}]
        }"#,
    );
}

#[test]
fn terms() {
    for (text, expected) in [
        ("null", r#"{"type": "null", "value": {}}"#),
        ("-1.50", r#"{"type": "number", "value": -1.50}"#),
        ("(x)", r#"{"type": "var", "value": "x"}"#),
        ("input", r#"{"type": "ref", "value": [{"type": "var", "value": "input"}]}"#),
        (
            "x.y[_]",
            r#"{"type": "ref", "value": [{"type": "var", "value": "x"}, {"type": "string", "value": "y"}, {"type": "var", "value": "$0"}]}"#,
        ),
        // In OPA's order, whatever the text's.
        (
            r#"{y, "a", [1], 2, "a", input.x, null}"#,
            r#"{"type": "set", "value": [
                {"type": "null", "value": {}}, {"type": "number", "value": 2}, {"type": "string", "value": "a"},
                {"type": "var", "value": "y"},
                {"type": "ref", "value": [{"type": "var", "value": "input"}, {"type": "string", "value": "x"}]},
                {"type": "array", "value": [{"type": "number", "value": 1}]}]}"#,
        ),
        (
            r#"{"b": 1, "a": _}"#,
            r#"{"type": "object", "value": [
                [{"type": "string", "value": "a"}, {"type": "var", "value": "$0"}],
                [{"type": "string", "value": "b"}, {"type": "number", "value": 1}]]}"#,
        ),
        (
            "{x: 1 | true}",
            r#"{"type": "objectcomprehension", "value": {"key": {"type": "var", "value": "x"}, "value": {"type": "number", "value": 1},
                "body": [{"index": 0, "terms": {"type": "boolean", "value": true}}]}}"#,
        ),
        (
            "f(1).a",
            r#"{"type": "ref", "value": [
                {"type": "call", "value": [{"type": "ref", "value": [{"type": "var", "value": "f"}]}, {"type": "number", "value": 1}]},
                {"type": "string", "value": "a"}]}"#,
        ),
        (
            "-x",
            r#"{"type": "call", "value": [{"type": "ref", "value": [{"type": "var", "value": "minus"}]},
                {"type": "number", "value": 0}, {"type": "var", "value": "x"}]}"#,
        ),
        (
            r#"$"a{x}{1}""#,
            r#"{"type": "templatestring", "value": {"multi_line": false, "parts": [
                {"type": "string", "value": "a"}, {"index": 0, "terms": {"type": "var", "value": "x"}}, {"type": "number", "value": 1}]}}"#,
        ),
        (r#"$``"#, r#"{"type": "templatestring", "value": {"multi_line": true, "parts": null}}"#),
    ] {
        check_term(text, expected);
    }
}

#[test]
fn statements() {
    for (text, expected) in [
        ("not x", r#"{"index": 0, "negated": true, "terms": {"type": "var", "value": "x"}}"#),
        (
            "x = 1; y",
            r#"{"index": 0, "terms": [{"type": "ref", "value": [{"type": "var", "value": "eq"}]},
                {"type": "var", "value": "x"}, {"type": "number", "value": 1}]}, {"index": 1, "terms": {"type": "var", "value": "y"}}"#,
        ),
        (
            "some x, y",
            r#"{"index": 0, "terms": {"symbols": [{"type": "var", "value": "x"}, {"type": "var", "value": "y"}]}}"#,
        ),
        (
            "some x in y",
            r#"{"index": 0, "terms": {"symbols": [{"type": "call", "value": [
                {"type": "ref", "value": [{"type": "var", "value": "internal"}, {"type": "string", "value": "member_2"}]},
                {"type": "var", "value": "x"}, {"type": "var", "value": "y"}]}]}}"#,
        ),
        (
            "every x in y { x }",
            r#"{"index": 0, "terms": {"key": null, "value": {"type": "var", "value": "x"}, "domain": {"type": "var", "value": "y"},
                "body": [{"index": 0, "terms": {"type": "var", "value": "x"}}]}}"#,
        ),
        (
            "x with input as 1",
            r#"{"index": 0, "terms": {"type": "var", "value": "x"}, "with": [
                {"target": {"type": "ref", "value": [{"type": "var", "value": "input"}]}, "value": {"type": "number", "value": 1}}]}"#,
        ),
    ] {
        check_statement(text, expected);
    }
}

#[test]
fn heads() {
    let one = r#"{"type": "number", "value": 1}"#;
    let p = r#"{"type": "var", "value": "p"}"#;
    for (rule, expected) in [
        (
            "default p := 1",
            format!(
                r#"{{"default": true, "body": [{TRUE}], "head": {{"assign": true, "name": "p", "ref": [{p}], "value": {one}}}}}"#
            ),
        ),
        ("p = 1", format!(r#"{{"body": [{TRUE}], "head": {{"name": "p", "ref": [{p}], "value": {one}}}}}"#)),
        ("p contains 1", format!(r#"{{"body": [{TRUE}], "head": {{"name": "p", "ref": [{p}], "key": {one}}}}}"#)),
        (
            "p[x] := 1 if true",
            format!(
                r#"{{"body": [{TRUE}], "head": {{"assign": true, "name": "p", "key": {{"type": "var", "value": "x"}},
                    "ref": [{p}, {{"type": "var", "value": "x"}}], "value": {one}}}}}"#
            ),
        ),
        (
            "p(_) := 1 if true else = 1",
            format!(
                r#"{{"body": [{TRUE}],
                    "head": {{"assign": true, "name": "p", "ref": [{p}], "args": [{{"type": "var", "value": "$0"}}], "value": {one}}},
                    "else": {{"body": [{TRUE}],
                        "head": {{"name": "p", "ref": [{p}], "args": [{{"type": "var", "value": "$1"}}], "value": {one}}}}}}}"#
            ),
        ),
    ] {
        check_rule(rule, &expected);
    }
}

#[test]
fn mistakes() {
    for (text, expected) in [
        (
            "package",
            "error: 1 error occurred: f.rego:1: rego_parse_error: unexpected end of file: expected the name of the package",
        ),
        (
            "package t\np := \nq := 1\nr := }",
            "error: 2 errors occurred:\nf.rego:2: rego_parse_error: expected rule value term (e.g., `p := <VALUE>`)\nf.rego:4: rego_parse_error: unexpected `}` token: expected expression",
        ),
    ] {
        check("rego.parse_module", &[r#""f.rego""#, &quoted(text)], expected);
    }
    let branches = " else := 2 if false".repeat(201);
    let module = quoted(&format!("package t\np := 1 if false{branches}"));
    check("rego.parse_module", &[r#""f.rego""#, &module], "error: a rule has more than 200 `else` branches");
    let long = quoted(&format!("package t\n# {}", "x".repeat(1 << 20)));
    check("rego.parse_module", &[r#""f.rego""#, &long], "error: the module is longer than 1048576 bytes");
    check("rego.parse_module", &["unknown", r#""package t""#], "unknown");
}
