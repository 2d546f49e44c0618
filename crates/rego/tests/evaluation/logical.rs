//! `and` and `or`, and the annotations that a policy can ask for.

use super::support::{check, check_in};

const IMPORTS: &str = "import future.keywords.and\nimport future.keywords.or\nimport future.keywords.not\n";

#[test]
fn and_or() {
    let input = r#"{"a": true, "b": false, "one": 1, "xs": [1, 2, 3]}"#;
    for (rules, expected) in [
        ("p if input.a or input.b", "true"),
        ("p if input.b or input.missing", "undefined"),
        ("p if input.a and input.one", "true"),
        ("p if input.a and input.b", "undefined"),
        // `and` binds tighter, and parentheses tighter still.
        ("p if input.a or input.b and input.b", "true"),
        ("p if (input.a or input.b) and input.b", "undefined"),
        ("p if ((input.a or input.b)) and (input.one == 1)", "true"),
        ("p if 1 + 1 == 2 and 2 in input.xs", "true"),
        ("p if not input.b and input.a", "true"),
        ("p if not (input.a and input.b)", "true"),
        ("p if not (input.a or input.b)", "undefined"),
        ("p if { input.b or\n\tinput.a }", "true"),
        ("p if {\n\tinput.b\n\tor input.a\n}", "true"),
        // It holds once, however often its operands do.
        ("p := [x | some x in input.xs; x > 0 or x < 9]", "[1, 2, 3]"),
        ("p := [1 | input.xs[_] > 1 or input.a]", "[1]"),
        ("p if { some x in input.xs; x > 2 } or input.b", "true"),
        ("p if input.b or { y := input.one; y > 0 }", "true"),
        ("p := z if { z := 3; { x := z; x > 1 } and input.a }", "3"),
        ("p := x if { x := {1} | {2}; {1} & x == {1} and input.a }", "{1, 2}"),
        ("p if input.c or input.d with input as {\"d\": 1}", "true"),
        ("p if input.c or (input.d with input as {\"d\": 1})", "true"),
        ("p if (input.d with input as {\"d\": 1}) and input.d", "undefined"),
        ("p := {x | x := 1; every y in input.xs { y > 0 and y < 9 }}", "{1}"),
        ("p := or({1}, {2})", "{1, 2}"),
        ("p := 1 if input.b and input.b else := 2 if input.b or input.a", "2"),
    ] {
        check(&format!("{IMPORTS}{rules}"), input, expected);
    }
}

#[test]
fn annotations() {
    let rule = "# METADATA\n# title: t\n# authors:\n# - Ann <a@b.c>\n# custom:\n#   level: [1]\n";
    let document = "# METADATA\n# scope: document\n# description: d\n";
    let package = "# METADATA\n# scope: subpackages\n# organizations: [o]\n";
    for (modules, expected) in [
        (&[&format!("package t\n{rule}p := rego.metadata.rule()")][..], {
            r#"{"authors": [{"email": "a@b.c", "name": "Ann"}], "custom": {"level": [1]}, "scope": "rule", "title": "t"}"#
        }),
        (&[&"package t\np := rego.metadata.rule()".to_owned()], "{}"),
        (&[&"package t\np := rego.metadata.chain()".to_owned()], r#"[{"path": ["t", "p"]}]"#),
        (&[&"package t\np := x if rego.metadata.chain(x)".to_owned()], r#"[{"path": ["t", "p"]}]"#),
        (&[&format!("package t\n{document}p := f(1)\nf(_) := rego.metadata.chain()")], r#"[{"path": ["t", "f"]}]"#),
        (&[&format!("{package}package t\n{document}p := rego.metadata.chain()")], {
            r#"[{"path": ["t", "p"]}, {"annotations": {"description": "d", "scope": "document"}, "path": ["t", "p"]},
                {"annotations": {"organizations": ["o"], "scope": "subpackages"}, "path": ["t"]}]"#
        }),
        (
            &[
                &"package t\np := data.t.inner.q".to_owned(),
                &format!("package t.inner\n{rule}q := [y.path | y := rego.metadata.chain()[_]]"),
                &format!("{package}package t"),
            ],
            r#"[["t", "inner", "q"], ["t"]]"#,
        ),
    ] {
        let modules: Vec<&str> = modules.iter().map(|module| module.as_str()).collect();
        check_in(&modules, "{}", "{}", &expected.split_whitespace().collect::<Vec<_>>().join(" "));
    }
}
