//! What OPA gives, by construct: variants of its own cases.

use super::support::{check, check_in};

#[test]
fn with_keyword() {
    for (rules, input, expected) in [
        ("p := x if x := input.a with input.a as 1", "{}", "1"),
        (
            "p := x if x := input with input.a.b as 1 with input.a.c as 2",
            "{\"a\": {\"b\": 5, \"d\": 3}}",
            r#"{"a": {"b": 1, "c": 2, "d": 3}}"#,
        ),
        ("p := x if x := input.a.b with input as {\"a\": {\"b\": input.z}}", "{\"z\": 7}", "7"),
        // A scalar on the way is replaced by an object.
        ("p := x if x := input with input.a.b as 1", "{\"a\": 1}", r#"{"a": {"b": 1}}"#),
        ("p if not q with input as {\"x\": 1}\nq if input.x == 2", "{}", "true"),
        ("p := [x, y] if { x := q with input as 1; y := q }\nq := input", "2", "[1, 2]"),
        ("p := x if x := data.t.q with data.t.q as 3\nq := 1", "{}", "3"),
        ("p := x if x := r with data.t.q as 3\nq := 1\nr := q + 1", "{}", "4"),
        ("p := x if x := data.base.a with data.base.a as 3", "{}", "3"),
        ("p := x if x := [y | y := input] with input as 4", "{}", "[4]"),
        ("p := x if x := f(1) with f as 5\nf(x) := x", "{}", "5"),
        ("p := x if x := f(1) with f as data.t.g\nf(x) := x\ng(x) := x + 10", "{}", "11"),
        ("p := x if x := h(1) with f as g\nf(x) := x\ng(x) := x + 10\nh(x) := f(x) * 2", "{}", "22"),
        ("p := x if x := count([1]) with count as 5", "{}", "5"),
        ("p := x if x := concat(\",\", [\"a\"]) with concat as f\nf(a, b) := [a, b]", "{}", r#"[",", ["a"]]"#),
        ("p if input.x with input.x as false", "{}", "undefined"),
        ("p := x if x := time.now_ns() with time.now_ns as 1", "{}", "1"),
        (
            "p if { q with input.role as \"admin\"; not q with input.role as \"x\" }\nq if input.role == \"admin\"",
            "{}",
            "true",
        ),
        ("p := x if x := count(data.t.s) with data.t.s as [1, 2]\ns contains 1", "{}", "2"),
    ] {
        check(rules, input, expected);
    }
}

#[test]
fn documents_virtual_and_base() {
    for (modules, data, expected) in [
        (
            &["package t\np := data.a", "package a.b\nx := 1"][..],
            r#"{"a": {"b": {"y": 2}, "c": 3}}"#,
            r#"{"b": {"x": 1, "y": 2}, "c": 3}"#,
        ),
        (&["package t\np := data.a.b.y", "package a.b\nx := 1"], r#"{"a": {"b": {"y": 2}}}"#, "2"),
        (&["package t\np contains k if data.a[k]", "package a.b\nx := 1"], r#"{"a": {"c": 3}}"#, r#"{"b", "c"}"#),
        (
            &[
                "package t\np contains [k, l] if data.a[k][l]",
                "package a.b\nx := 1\ny := false",
                "package a.c\nz contains 1",
            ],
            "{}",
            r#"{["b", "x"], ["c", "z"]}"#,
        ),
        (&["package t\np := data.a", "package a\nx := 1 if false\ny := 2"], "{}", r#"{"y": 2}"#),
        (&["package t\np := data.a", "package a\nf(x) := x\ny := 2"], "{}", r#"{"y": 2}"#),
        (&["package t\np := data.a.b", "package a.b"], "{}", "{}"),
        // A rule hides base data, even where it is undefined.
        (&["package t\np := data.a.q.r", "package a\nq.r := 1 if false"], r#"{"a": {"q": {"r": 2}}}"#, "undefined"),
        (&["package t\np := [x | x := data.q[_]]"], r#"{"q": [3, 1, 2]}"#, "[3, 1, 2]"),
        (
            &["package t\np contains x if x := data.q[_].r[_]"],
            r#"{"q": [{"r": [1]}, {"r": {"k": 2}}, {"s": 1}, 5]}"#,
            "{1, 2}",
        ),
        (&["package t\np := data.m[data.k].v"], r#"{"k": "a", "m": {"a": {"v": 9}}}"#, "9"),
        (&["package t\nimport data.other as o\np := o.x", "package other\nx := 4"], "{}", "4"),
        // An import hides a rule of the same name.
        (&["package t\nimport data.other.q\np := q\nq := 1", "package other\nq := 4"], "{}", "4"),
    ] {
        check_in(modules, "{}", data, expected);
    }
}

#[test]
fn reference_heads() {
    for (rules, expected) in [
        ("p.a := 1\np.b.c := 2", r#"{"a": 1, "b": {"c": 2}}"#),
        ("p.q[x] := y if some x, y in [\"a\", \"b\"]", r#"{"q": {0: "a", 1: "b"}}"#),
        ("p[x].b := 1 if some x in [\"k\", \"l\"]", r#"{"k": {"b": 1}, "l": {"b": 1}}"#),
        ("p[x][y] := 1 if { some x in [1, 2]; some y in [3] }", "{1: {3: 1}, 2: {3: 1}}"),
        ("p.q contains 1\np.q contains 2\np.r := 3", r#"{"q": {1, 2}, "r": 3}"#),
        ("p[x].s contains y if { some x in [\"a\"]; some y in [1, 2] }", r#"{"a": {"s": {1, 2}}}"#),
        ("p[x] := 1 if some x in [\"a\"]\np.b := 2", r#"{"a": 1, "b": 2}"#),
        ("p[x] := 1 if some x in [\"a\"]\np.a := 1", r#"{"a": 1}"#),
        ("p[x] := 1 if some x in [\"a\"]\np.a := 2", "error: eval_conflict_error"),
        ("p := q.a.b\nq[x].b := 1 if some x in [\"a\"]", "1"),
        ("p := q.a.f(1)\nq.a.f(x) := x + 1", "2"),
        ("p := x if { x = q[y].z; y = \"k\" }\nq.k.z := 5", "5"),
        ("p contains [x, y] if q[x].z[y]\nq.k.z.l := 5\nq.m.z[x] := 6 if x := \"n\"", r#"{["k", "l"], ["m", "n"]}"#),
        ("p[\"a b\"].c := 1", r#"{"a b": {"c": 1}}"#),
        ("p[1] := 2\np[2] := 3", "{1: 2, 2: 3}"),
        ("p if q.r\nq[\"r\"] if true", "true"),
        ("p := q\nq[x] if some x in [1]", "{1: true}"),
    ] {
        check(rules, "{}", expected);
    }
}

#[test]
fn functions() {
    for (rules, expected) in [
        ("p := f(1, 2)\nf(x, y) := x + y", "3"),
        ("p := f([1, 2])\nf([x, y]) := x + y", "3"),
        ("p := f({\"a\": [1]})\nf({\"a\": [x]}) := x", "1"),
        ("p := f(3)\nf(1) := \"a\"\nf(x) := \"b\" if x > 2", "\"b\""),
        ("p := f(1)\nf(x) := x if x > 1", "undefined"),
        ("p := f(1, 1)\nf(x, x) := x", "1"),
        ("p := f(1, 2)\nf(x, x) := x", "undefined"),
        ("p := [x | some y in [1, 2, 3]; x := f(y)]\nf(x) := x if x != 2", "[1, 3]"),
        ("p := f(1)\nf(x) := [y | some y in [x, 2]]", "[1, 2]"),
        ("p if f(1)\nf(x) := false", "undefined"),
        ("p := f(1)\nf(x) := y if { y := x } else := 5", "1"),
        ("p := f(\"x\")\nf(x) := 1 if x == \"y\" else := 2 if x == \"x\" else := 3", "2"),
        ("p := f(1)\ndefault f(_) := 9\nf(x) := 1 if x == 2", "9"),
        ("p := f(input.missing)\ndefault f(_) := 9", "undefined"),
        ("p if not f(input.missing)\ndefault f(_) := 9", "undefined"),
        ("p := f(_)\nf(x) := 1", "compile"),
        ("p { f(1, x); x == 2 }\nf(y) = y + 1", "compile"),
        ("p := x if { f(1, x) }\nf(y) := y + 1", "2"),
        ("p if { f(1, 2) }\nf(y) := y + 1", "true"),
        ("p if { f(1, 3) }\nf(y) := y + 1", "undefined"),
        ("p := x if { f(1) = x }\nf(y) := y + 1", "2"),
        ("p := x if { [x, 2] = f(1) }\nf(y) := [y, y + 1]", "1"),
    ] {
        if expected == "compile" {
            assert!(super::support::try_compile(&[&format!("package t\n{rules}")]).is_err(), "{rules}");
        } else {
            check(rules, "{}", expected);
        }
    }
}

#[test]
fn unification() {
    for (body, expected) in [
        ("[x, 2] = [1, y]; z := [x, y]", "[1, 2]"),
        ("{\"a\": x, \"b\": 2} = {\"a\": 1, \"b\": y}; z := [x, y]", "[1, 2]"),
        ("[x, [y, x]] = [1, [2, 1]]; z := y", "2"),
        ("[x, [y, x]] = [1, [2, 3]]; z := y", "undefined"),
        ("x = y; y = 3; z := x", "3"),
        ("[x, y] = [y, 1]; z := x", "1"),
        ("[[a, b], c] = [[c, 1], 3]; z := [a, b, c]", "[3, 1, 3]"),
        ("{\"a\": [a, b], \"b\": c} = {\"a\": [c, 1], \"b\": 3}; z := [a, b, c]", "[3, 1, 3]"),
        ("[[a, 1], [b, a]] = [[b, 1], [c, 2]]; c = 2; z := [a, b, c]", "[2, 2, 2]"),
        ("x = [y]; y = 1; z := x", "[1]"),
        ("input.xs[i] = 2; z := i", "1"),
        ("[1, x] = input.ys[_]; z := x", "\"b\""),
        ("{x: 1} = {\"a\": 1}; x = \"a\"; z := x", "\"a\""),
        ("input.xs[i] = input.xs[j]; i = 0; z := j", "0"),
        ("x = input.xs[input.xs[0]]; z := x", "2"),
        ("true = input.t; z := 1", "1"),
        ("false = input.f; z := 1", "1"),
        ("x = input.f; z := x", "false"),
        ("null = null; z := 1", "1"),
        ("1 = 1.0; z := 1", "1"),
        ("{1, 2} = {2, 1}; z := 1", "1"),
        ("x := {2, 1}; {1, 2} = x; z := 1", "1"),
        ("z := 1; input.missing = input.missing", "undefined"),
    ] {
        let input = r#"{"xs": [1, 2], "ys": [[2, "a"], [1, "b"], 7], "t": true, "f": false}"#;
        check(&format!("p := z if {{ {body} }}"), input, expected);
    }
}

#[test]
fn negation() {
    for (body, expected) in [
        ("not input.missing", "true"),
        ("not input.missing.deeper", "true"),
        ("not input.f", "true"),
        ("not input.n", "undefined"),
        ("not input.n == 2", "true"),
        ("not input.n == input.missing", "true"),
        ("not input.missing == 1", "true"),
        ("not count(input.missing) == 1", "undefined"),
        ("x := 1; not input.xs[x] == 5", "true"),
        ("not 5 in input.xs", "true"),
        ("not 5 in input.missing", "undefined"),
        ("not startswith(input.s, \"a\")", "true"),
        ("not startswith(input.missing, \"a\")", "undefined"),
        ("not any_big", "true"),
        ("every x in input.xs { not x > 3 }", "true"),
        ("not false", "true"),
        ("not null", "undefined"),
        ("not 0", "undefined"),
        ("not \"\"", "undefined"),
    ] {
        let rules = format!("p if {{ {body} }}\nany_big if {{ some x in input.xs; x > 10 }}");
        check(&rules, r#"{"f": false, "n": 1, "xs": [1, 2], "s": "b"}"#, expected);
    }
}

#[test]
fn complete_rules_else_and_default() {
    for (rules, expected) in [
        ("p := 1\np := 1", "1"),
        ("p := 1\np := 2", "error: eval_conflict_error"),
        ("p if false\np if true", "true"),
        ("default p := 1\np := 2 if false", "1"),
        ("default p := {\"a\": [1]}", r#"{"a": [1]}"#),
        ("p := 1 if false else := 2 if false else := 3", "3"),
        ("p := 1 if false else if true", "true"),
        ("p if false else := false", "false"),
        ("p := input.missing if true else := 2", "2"),
        ("default p := 9\np := 1 if false else := 2 if false", "9"),
        ("p := 1 if false else := 2\np := 1 if true", "error: eval_conflict_error"),
        ("p := x if { some x in [1, 1, 1] }", "1"),
        ("p := x if { some x in [2, 1] }", "error: eval_conflict_error"),
        ("p := q\nq := false", "false"),
        ("p if q\nq := false", "undefined"),
        ("p := {\"a\": q}\nq if false", "undefined"),
        ("p := [1, input.missing]", "undefined"),
    ] {
        check(rules, "{}", expected);
    }
}

#[test]
fn comprehensions_and_some() {
    for (term, expected) in [
        ("[x | some x in [3, 1, 2]]", "[3, 1, 2]"),
        ("[x | x := [3, 1, 2][_]]", "[3, 1, 2]"),
        ("{x | some x in [1, 1]}", "{1}"),
        ("{k: v | some k, v in [\"a\", \"b\"]}", r#"{0: "a", 1: "b"}"#),
        ("{k: 1 | some k in [1, 2]}", "{1: 1, 2: 1}"),
        ("{1: v | some v in [1, 2]}", "error: eval_conflict_error"),
        ("[[x, y] | some x in [1, 2]; some y in [3, 4]; x + y == 5]", "[[1, 4], [2, 3]]"),
        ("[x | some x in [1, 2]; not x == 1]", "[2]"),
        ("[x | some x in []]", "[]"),
        ("[k | some k, _ in {\"b\": 1, \"a\": 2}]", r#"["a", "b"]"#),
        ("[k | some k, 1 in {\"b\": 1, \"a\": 2}]", r#"["b"]"#),
        ("[x | some {\"n\": x} in [{\"n\": 1}, {\"n\": 2, \"m\": 3}, 5]]", "[1]"),
        ("[x | some [x, 2] in [[1, 2], [3, 4]]]", "[1]"),
        ("[i | [\"a\", \"b\", \"a\"][i] == \"a\"]", "[0, 2]"),
        ("[x | {1, 2}[x]]", "[1, 2]"),
        ("[x | x = {\"a\": 1}[_]]", "[1]"),
        ("count([1 | [1, 2][_]; [3, 4][_]])", "4"),
        ("[[y | some y in x] | some x in [[1], [2, 3]]]", "[[1], [2, 3]]"),
        ("[x | x := 1; false]", "[]"),
        ("[false | true]", "[false]"),
        ("{x | some x in {1, 2} | {3}}", "{1, 2, 3}"),
    ] {
        check(&format!("p := {term}"), "{}", expected);
    }
}

#[test]
fn template_strings() {
    for (term, expected) in [
        ("$\"a{1}b\"", r#""a1b""#),
        ("$\"{input.missing}\"", r#""<undefined>""#),
        ("$\"{[1, \"x\"]} {{1, 2}} {null}\"", "skip"),
        ("$\"{input.s} {input.n + 1}\"", r#""text 2""#),
        ("$\"{false}\"", r#""false""#),
    ] {
        if expected != "skip" {
            check(&format!("p := {term}"), r#"{"s": "text", "n": 1}"#, expected);
        }
    }
    check("p := $\"{q}\"\nq := x if some x in [1, 2]", "{}", "error: eval_conflict_error");
}

#[test]
fn keys_in_base_data_are_strings() {
    check_in(&["package t\np := data.m[1]"], "{}", r#"{"m": {"1": "a"}}"#, "\"a\"");
    check("p := input.m[1]", r#"{"m": {"1": "a"}}"#, "undefined");
}
