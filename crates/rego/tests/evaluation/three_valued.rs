//! The truth table of every construct with Unknown operands. `?` in an input is an Unknown leaf.

use super::support::check;

/// True, false and Unknown, as `input.t`, `input.f` and `input.u`.
const INPUT: &str = r#"{"t": true, "f": false, "u": ?, "v": ?, "n": 1, "xs": [1, ?], "set": {"$set": [1, ?]},
    "o": {"a": 1, "b": ?}, "deep": {"a": {"b": ?}}}"#;

/// Checks each body of `p if { ... }`: `true`, `undefined` or `unknown`.
#[track_caller]
fn bodies(rules: &str, table: &[(&str, &str)]) {
    for (body, expected) in table {
        check(&format!("p if {{\n\t{body}\n}}\n{rules}"), INPUT, expected);
    }
}

/// Checks the values of terms.
#[track_caller]
fn terms(rules: &str, table: &[(&str, &str)]) {
    for (term, expected) in table {
        check(&format!("p := {term}\n{rules}"), INPUT, expected);
    }
}

#[test]
fn conjunction() {
    bodies(
        "",
        &[
            ("input.t; input.t", "true"),
            ("input.t; input.f", "undefined"),
            ("input.t; input.u", "unknown"),
            ("input.f; input.t", "undefined"),
            ("input.f; input.f", "undefined"),
            ("input.f; input.u", "undefined"),
            ("input.u; input.t", "unknown"),
            ("input.u; input.f", "undefined"),
            ("input.u; input.u", "unknown"),
            ("input.u; input.missing", "undefined"),
        ],
    );
}

#[test]
fn disjunction() {
    for (first, second, expected) in [
        ("t", "t", "true"),
        ("t", "f", "true"),
        ("t", "u", "true"),
        ("f", "t", "true"),
        ("f", "f", "undefined"),
        ("f", "u", "unknown"),
        ("u", "t", "true"),
        ("u", "f", "unknown"),
        ("u", "u", "unknown"),
    ] {
        check(&format!("p if input.{first}\np if input.{second}"), INPUT, expected);
        check(&format!("p := q(1)\nq(x) if {{ input.{first}; x }}\nq(x) if {{ input.{second}; x }}"), INPUT, expected);
    }
}

#[test]
fn negation() {
    bodies(
        "q if input.u\nr if not q\ns if not r\nf(x) := x",
        &[
            ("not input.t", "undefined"),
            ("not input.f", "true"),
            ("not input.u", "unknown"),
            ("not input.missing", "true"),
            ("not input.u.a", "unknown"),
            ("not q", "unknown"),
            ("not r", "unknown"),
            ("not s", "unknown"),
            ("not input.u == 1", "unknown"),
            ("not input.o.b == 1", "unknown"),
            ("not input.o == {\"a\": 2, \"b\": 1}", "true"),
            ("not f(input.u)", "unknown"),
            ("not f(input.u); input.f", "undefined"),
            ("x := input.u; not x", "unknown"),
        ],
    );
}

#[test]
fn negation_of_bodies() {
    for (body, expected) in [
        ("not { input.t; input.t }", "undefined"),
        ("not { input.t; input.f }", "true"),
        ("not { input.u; input.f }", "true"),
        ("not { input.u; input.t }", "unknown"),
        ("not { some x in input.xs; x == 1 }", "undefined"),
        ("not { some x in input.xs; x == 2 }", "unknown"),
        ("not { not { input.u } }", "unknown"),
        ("not { not { input.t } }", "true"),
    ] {
        check(&format!("import future.keywords.not\np if {{ {body} }}"), INPUT, expected);
    }
}

#[test]
fn complete_rules_with_values() {
    for (rules, expected) in [
        ("p := 1 if input.t", "1"),
        ("p := 1 if input.u", "unknown"),
        ("p := input.u if input.t", "unknown"),
        ("p := 1 if input.u\np := 2 if input.f", "unknown"),
        // Whichever it is, the value is the same.
        ("p := 1 if input.t\np := 1 if input.u", "1"),
        // Either 1 or a conflict: nobody should build on the 1.
        ("p := 1 if input.t\np := 2 if input.u", "unknown"),
        ("p := 1 if input.t\np := 2 if input.t", "error: eval_conflict_error"),
        ("p := 1 if input.t\np := input.u if input.t", "unknown"),
        ("p := [1, input.u]", "[1, unknown]"),
        ("p := input.u.a.b", "unknown"),
        ("p := x if some x in [1, 1]", "1"),
        ("p := x if some x in [1, 2]", "error: eval_conflict_error"),
    ] {
        check(rules, INPUT, expected);
    }
}

#[test]
fn what_a_possible_rule_gives_is_known_where_it_is_given() {
    let rules = "q := 1 if input.u";
    bodies(
        rules,
        &[
            ("q == 1", "unknown"),
            ("q == 2", "undefined"),
            // Undefined or 1: neither is 2.
            ("not q == 2", "true"),
            ("x := q; x == 1", "unknown"),
            ("x := [q]; count(x) == 1", "unknown"),
            ("q; input.f", "undefined"),
        ],
    );
}

#[test]
fn defaults() {
    for (rules, expected) in [
        ("default p := false\np if input.t", "true"),
        ("default p := false\np if input.f", "false"),
        ("default p := false\np if input.u", "unknown"),
        // The default and the rule say the same.
        ("default p := true\np if input.u", "true"),
        ("default p := false\np := input.u", "unknown"),
        ("default q := false\nq if input.u\np := x if x := q", "unknown"),
        ("default q := 1\nq := 2 if input.u\np if count([q]) == 1", "true"),
        ("default q := 1\nq := 2 if input.u\np if q == 3", "unknown"),
        ("default q := [1]\nq := input.u.a\np if count([q]) == 1", "true"),
        ("default f(_) := 0\nf(x) := 1 if x == 1\np := f(input.u)", "unknown"),
        ("default f(_) := 0\nf(x) := 1 if x == 1\np := f(2)", "0"),
        ("default f(_) := 0\nf(x) := 1 if x == 1\np if count([f(input.u)]) == 1", "true"),
        ("default f(_) := 0\nf(x) := 0 if x == 1\np := f(input.u)", "0"),
    ] {
        check(rules, INPUT, expected);
    }
}

#[test]
fn else_chains() {
    for (rules, expected) in [
        ("p := 1 if input.t else := 2 if input.u", "1"),
        ("p := 1 if input.f else := 2 if input.t", "2"),
        ("p := 1 if input.f else := 2 if input.u", "unknown"),
        ("p := 1 if input.u else := 2", "unknown"),
        ("p := 1 if input.u else := 1", "1"),
        ("p := 1 if input.u else := 1 if input.u", "unknown"),
        ("p := 1 if input.u else := 2 if input.f else := 1", "1"),
        ("p := 1 if input.u else := 2 if input.u else := 1", "unknown"),
        ("p := 1 if input.f else := 2 if input.f", "undefined"),
        ("default p := 1\np := 1 if input.u else := 1 if input.u", "1"),
        ("q := 1 if input.u else := 2\np if count([q]) == 1", "true"),
        ("q := 1 if input.u else := 2 if input.u\np if count([q]) == 1", "unknown"),
        ("p := 1 if input.u.a else := input.missing", "unknown"),
        ("f(x) := 1 if x else := 2\np := f(input.u)", "unknown"),
        ("f(x) := 1 if x else := 1\np := f(input.u)", "1"),
    ] {
        check(rules, INPUT, expected);
    }
}

#[test]
fn functions() {
    for (rules, expected) in [
        ("f(x) := x\np := f(input.u)", "unknown"),
        ("f(x) := 1\np := f(input.u)", "1"),
        ("f(1) := \"one\"\nf(2) := \"two\"\np := f(input.u)", "unknown"),
        ("f(1) := \"same\"\nf(2) := \"same\"\np := f(input.u)", "unknown"),
        ("f(1) := 1\nf(_) := 1\np := f(input.u)", "1"),
        ("f([x, y]) := x\np := f(input.u)", "unknown"),
        ("f([x, y]) := x\np := f([1, input.u])", "1"),
        ("f([1, y]) := y\np := f([2, input.u])", "undefined"),
        ("f([1, y]) := y\np := f([input.u, 3])", "unknown"),
        ("f({\"a\": x}) := x\np := f({\"a\": input.u})", "unknown"),
        ("f({\"a\": x}) := x\np := f(object.union({\"b\": input.u}, {}))", "undefined"),
        ("f(x) := 1 if x.a\np := f(input.u)", "unknown"),
        ("f(x) := 1 if x.a\np if not f(input.u)", "unknown"),
        ("f(x) := 1 if x.a\np := [f(input.u)]", "unknown"),
        ("f(x) if x > 1\np if f(input.u)", "unknown"),
        ("f(x, x1) := x1 if x == x1\np := f(1, input.u)", "unknown"),
        // Two results for one argument are a conflict only where both are certain.
        ("f(1) := 1\nf(x) := 2 if x\np := f(input.u)", "unknown"),
        ("f(1) := 1\nf(x) := 2 if x\np := f(1)", "error: eval_conflict_error"),
    ] {
        check(rules, INPUT, expected);
    }
}

#[test]
fn partial_sets() {
    for (rules, expected) in [
        ("p contains 1 if input.t\np contains 2 if input.f", "{1}"),
        ("p contains 1 if input.t\np contains 2 if input.u", "{1} possibly [2]"),
        ("p contains 1 if input.u", "set() possibly [1]"),
        ("p contains 1 if input.u\np contains 1 if input.t", "{1}"),
        ("p contains input.u", "{unknown}"),
        ("p contains input.u.a", "set() possibly [unknown]"),
        ("p contains x if some x in input.xs", "{1, unknown}"),
        ("p contains x if some x in input.u", "set() possibly [unknown]"),
        ("p contains {\"msg\": \"m\", \"x\": input.u}", r#"{{"msg": "m", "x": unknown}}"#),
        ("p contains sprintf(\"is %v\", [input.u])", "{unknown}"),
        ("p contains sprintf(input.u, [1])", "set() possibly [unknown]"),
        ("p contains upper(input.u)", "set() possibly [unknown]"),
    ] {
        check(rules, INPUT, expected);
    }
}

#[test]
fn looking_into_a_partial_set() {
    let rules = "s contains 1\ns contains 2 if input.u\nc contains 1\nc contains input.u";
    bodies(
        rules,
        &[
            ("s[1]", "true"),
            ("s[2]", "unknown"),
            ("s[3]", "undefined"),
            ("s[input.u]", "unknown"),
            ("not s[2]", "unknown"),
            ("not s[3]", "true"),
            ("1 in s", "true"),
            ("2 in s", "unknown"),
            ("3 in s", "undefined"),
            ("not 3 in s", "true"),
            ("some x in s; x == 1", "true"),
            ("some x in s; x == 2", "unknown"),
            ("some x in s; x == 3", "undefined"),
            ("s[x]; x > 2", "undefined"),
            ("count(s) == 1", "unknown"),
            ("s == {1}", "unknown"),
            ("every x in s { x < 3 }", "true"),
            ("every x in s { x < 2 }", "unknown"),
            ("every x in s { x > 1 }", "undefined"),
            ("count({x | some x in s; x < 2}) == 1", "true"),
            ("c[1]", "true"),
            ("c[2]", "unknown"),
            ("count(c) == 2", "unknown"),
            ("count([x | some x in c]) == 2", "unknown"),
            ("some x in c; x == 1", "true"),
            ("every x in c { x == 1 }", "unknown"),
            ("every x in c { x != 1 }", "undefined"),
        ],
    );
}

#[test]
fn partial_objects() {
    for (rules, expected) in [
        ("p[x] := 1 if some x in [1, 2]", "{1: 1, 2: 1}"),
        ("p[x] := 1 if { some x in [1]; input.u }", "unknown"),
        ("p[x] := input.u if some x in [1]", "{1: unknown}"),
        ("p[x] := 1 if x := input.u", "unknown"),
        ("p[x] := y if { some x in [1]; some y in [1, 2] }", "error: eval_conflict_error"),
        ("p[x] := y if { some x in [1]; some y in [1, input.u] }", "unknown"),
        ("p[x].a := y if { x := \"k\"; y := input.u }", r#"{"k": {"a": unknown}}"#),
        ("p[x] contains y if { x := \"k\"; some y in input.xs }", r#"{"k": {1, unknown}}"#),
        ("p[x] contains 1 if { x := \"k\"; input.u }", "unknown"),
    ] {
        check(rules, INPUT, expected);
    }
    bodies(
        "o[x] := 1 if { some x in [\"a\"]; input.u }",
        &[
            ("o.a == 1", "unknown"),
            ("not o.a", "unknown"),
            ("count(o) == 0", "unknown"),
            ("o[k]; k == \"b\"", "unknown"),
        ],
    );
}

#[test]
fn packages() {
    for (rules, expected) in [
        ("p.a := 1\np.b := 2 if input.f", r#"{"a": 1}"#),
        ("p.a := 1\np.b := 2 if input.u", r#"{"a": 1, "b": unknown}"#),
        ("q.a := 1\nq.b := 2 if input.u\np if count(q) == 2", "unknown"),
        ("q.a := 1\nq.b := 2 if input.u\np if q.a == 1", "true"),
        ("q.a := 1\nq.b := 2 if input.u\np if q.b", "unknown"),
        ("q.a := 1\nq.b := 2 if input.u\np if q[_] == 2", "unknown"),
        ("q.a := 1\nq.b := 2 if input.u\np if q[_] == 1", "true"),
        ("q.a := 1\nq.b := 2 if input.u\np if q[input.v] == 1", "unknown"),
    ] {
        check(rules, INPUT, expected);
    }
}

#[test]
fn comprehensions() {
    terms(
        "",
        &[
            ("[x | some x in [1, 2]; x > 1]", "[2]"),
            ("[x | some x in input.xs]", "[1, unknown]"),
            ("[x | some x in input.xs; x > 0]", "unknown"),
            ("[x | some x in [1, 2]; input.u]", "unknown"),
            ("[x | some x in [1, 2]; input.u; input.f]", "[]"),
            ("[x | some x in input.u]", "unknown"),
            ("[x | some x in input.set]", "unknown"),
            ("{x | some x in input.xs}", "{1, unknown}"),
            ("{x | some x in input.xs; x != 1}", "unknown"),
            ("{x | some x in input.set}", "unknown"),
            ("{x | some x in [1]; x == input.u}", "unknown"),
            ("{k: v | some k, v in input.o}", r#"{"a": 1, "b": unknown}"#),
            ("{v: k | some k, v in input.o}", "unknown"),
            ("{\"k\": v | some v in [1, 2]}", "error: eval_conflict_error"),
            ("{\"k\": v | some v in [1, input.u]}", "unknown"),
            ("[input.u.a | true]", "unknown"),
            ("count([1 | input.u.a])", "unknown"),
        ],
    );
}

#[test]
fn every() {
    bodies(
        "",
        &[
            ("every x in [] { x }", "true"),
            ("every x in [true, true] { x }", "true"),
            ("every x in [true, false] { x }", "undefined"),
            ("every x in [true, input.u] { x }", "unknown"),
            ("every x in [input.u, true] { x }", "unknown"),
            ("every x in [input.u, false] { x }", "undefined"),
            ("every x in [false, input.u] { x }", "undefined"),
            ("every x in input.u { x }", "unknown"),
            ("every _ in input.u { true }", "unknown"),
            ("every _ in input.u { false }", "unknown"),
            ("every _ in input.u.a { true }", "unknown"),
            ("every _ in input.n { true }", "undefined"),
            ("every _ in input.missing { true }", "undefined"),
            ("every x in input.set { x == 1 }", "unknown"),
            ("every x in input.set { x == 2 }", "undefined"),
            ("every _ in input.set { input.f }", "undefined"),
            ("every k, _ in input.o { k != \"c\" }", "true"),
            ("every _, x in input.o { x == 1 }", "unknown"),
            ("every _, x in input.o { x == 2 }", "undefined"),
            ("every _ in [1, 2] { input.u }", "unknown"),
        ],
    );
}

#[test]
fn some_in() {
    bodies(
        "",
        &[
            ("some x in input.xs; x == 1", "true"),
            ("some x in input.xs; x == 2", "unknown"),
            ("some x in input.u; x == 2", "unknown"),
            ("some x in input.u", "unknown"),
            ("some x in input.u; input.f", "undefined"),
            ("some i, x in input.xs; i == 1", "true"),
            ("some i, x in input.xs; i == 2", "undefined"),
            ("some \"a\", x in input.o; x == 1", "true"),
            ("some \"b\", x in input.o; x == 1", "unknown"),
            ("some \"c\", x in input.o", "undefined"),
            ("some [1, x] in [[1, 2], input.u]; x == 2", "true"),
            ("some [1, x] in [[2, 2], input.u]; x == 2", "unknown"),
            ("some x in input.set; x == 1", "true"),
            ("some x in input.set; x == 2", "unknown"),
            ("some x in input.set", "true"),
        ],
    );
}

#[test]
fn references() {
    bodies(
        "",
        &[
            ("input.u.a.b", "unknown"),
            ("input.u[0]", "unknown"),
            ("input.u[_]", "unknown"),
            ("input.u[_].a == 1; input.f", "undefined"),
            ("input.xs[0] == 1", "true"),
            ("input.xs[1] == 1", "unknown"),
            ("input.xs[2] == 1", "undefined"),
            ("input.xs[input.u] == 1", "unknown"),
            ("input.xs[_] == 1", "true"),
            ("input.xs[i] == 2; i == 0", "undefined"),
            ("input.xs[i] == 2; i == 1", "unknown"),
            ("input.o.a == 1", "true"),
            ("input.o.b == 1", "unknown"),
            ("input.o.c == 1", "undefined"),
            ("input.o[input.u] == 1", "unknown"),
            ("input.o[k] == 2", "unknown"),
            ("input.deep.a.b.c.d", "unknown"),
            ("input.deep.x", "undefined"),
            ("input.set[1]", "true"),
            ("input.set[2]", "unknown"),
            ("x := input.u.a; input.t", "unknown"),
            ("x := input.u; input.t", "true"),
            ("x = input.u.a; input.t", "unknown"),
            ("_ = input.u.a", "unknown"),
            ("x := [input.u.a]; count(x) == 1", "unknown"),
            ("x := [input.u]; count(x) == 1", "true"),
            ("x := object.union({\"k\": input.u.a}, {}); x.b", "undefined"),
            ("x := object.union({\"k\": input.u.a}, {}); not x.b", "unknown"),
            ("x := object.union({\"k\": input.u}, {}); not x.b", "true"),
        ],
    );
}

#[test]
fn membership() {
    bodies(
        "",
        &[
            ("1 in input.xs", "true"),
            ("2 in input.xs", "unknown"),
            ("1 in input.u", "unknown"),
            ("input.u in [1, 2]", "unknown"),
            ("input.u in []", "undefined"),
            ("1 in input.set", "true"),
            ("2 in input.set", "unknown"),
            ("1 in input.o", "true"),
            ("2 in input.o", "unknown"),
            ("1 in input.n", "undefined"),
            ("not 1 in input.n", "true"),
            ("not 2 in input.xs", "unknown"),
            ("\"a\", 1 in input.o", "true"),
            ("\"a\", 2 in input.o", "undefined"),
            ("\"b\", 2 in input.o", "unknown"),
            ("\"c\", 2 in input.o", "undefined"),
            ("input.u, 1 in input.o", "unknown"),
            ("[1, 2] in [[2, input.u]]", "undefined"),
            ("[1, 2] in [[1, input.u]]", "unknown"),
        ],
    );
}

#[test]
fn comparisons() {
    bodies(
        "",
        &[
            ("input.u == 1", "unknown"),
            ("input.u != 1", "unknown"),
            ("input.u < 1", "unknown"),
            ("input.u == input.u", "unknown"),
            ("[1, input.u] == [1, 2]", "unknown"),
            ("[1, input.u] == [2, 2]", "undefined"),
            ("[1, input.u] != [2, 2]", "true"),
            ("[1, input.u] == json.unmarshal(\"[1]\")", "undefined"),
            ("[1, input.u] < [2, 2]", "true"),
            ("[1, input.u] < [1, 2]", "unknown"),
            ("[1, input.u] < [0, 2]", "undefined"),
            ("{1, input.u} == {1, 2}", "unknown"),
            ("{1, input.u} == {2, 3}", "undefined"),
            ("{1, input.u} == {1}", "unknown"),
            ("{input.u, input.v} == {1, 2}", "unknown"),
            ("{input.u} == set()", "undefined"),
            ("{\"a\": input.u} == {\"a\": 1}", "unknown"),
            ("{\"a\": input.u} == json.unmarshal(`{\"b\": 1}`)", "undefined"),
            ("{\"a\": input.u, \"b\": 1} == {\"a\": 2, \"b\": 2}", "undefined"),
            ("input.n == input.missing", "undefined"),
            ("input.u == input.missing", "undefined"),
        ],
    );
}

#[test]
fn unification() {
    bodies(
        "",
        &[
            ("[x, y] = input.u", "unknown"),
            ("[1, y] = [1, input.u]", "true"),
            ("[1, y] = [2, input.u]", "undefined"),
            ("[x, 1] = [1, input.u]", "unknown"),
            ("[x, x] = [1, input.u]", "unknown"),
            ("[x, y, z] = input.xs", "undefined"),
            ("[x, y] = input.xs; y == 2", "unknown"),
            ("{\"a\": x} = input.u", "unknown"),
            ("{\"a\": x, \"b\": y} = input.o; x == 1", "true"),
            ("{\"a\": 2, \"b\": y} = input.o", "undefined"),
            ("{\"a\": x} = input.o", "undefined"),
            ("{\"a\": {\"b\": x}} = input.deep; input.t", "true"),
            ("{\"a\": {\"b\": {\"c\": x}}} = input.deep", "unknown"),
            ("[[x]] = [input.u]", "unknown"),
            ("[[x]] = [input.u]; input.f", "undefined"),
            ("x = input.u; x == 1", "unknown"),
        ],
    );
}

#[test]
fn modifiers() {
    bodies(
        "q if input.u == 1
r if input.n == 1
f(_) := input.u
s contains 1 if input.u",
        &[
            ("q", "unknown"),
            ("q with input.u as 1", "true"),
            ("q with input.u as 2", "undefined"),
            ("q with input as {\"u\": 1}", "true"),
            ("r with input.n as input.u", "unknown"),
            ("r with input.n as input.u.a", "unknown"),
            ("r with input.n as input.missing", "undefined"),
            ("r with input as input.u", "unknown"),
            ("q with input.u as 1; q", "unknown"),
            ("not q with input.u as 1", "undefined"),
            ("not q with input.u as 2", "true"),
            ("1 in s with input.u as true", "true"),
            ("1 in s with input.u as false", "undefined"),
            ("1 in s", "unknown"),
            // What else stands in the unknown document cannot be told.
            ("input.u.b with input.u.a as 1", "unknown"),
            ("r with f as 1", "true"),
            ("f(1) with f as input.u", "unknown"),
            ("count(input.xs) == 5 with count as 5", "true"),
            ("count(input.xs) == 5 with count as input.u", "unknown"),
        ],
    );
}

#[test]
fn strings_and_builtins() {
    terms(
        "q if input.u",
        &[
            ("$\"{input.n} and {input.missing}\"", r#""1 and <undefined>""#),
            ("$\"{input.u}\"", "unknown"),
            ("$\"{input.u.a}\"", "unknown"),
            ("$\"{q}\"", "unknown"),
            ("sprintf(\"%v\", [input.u])", "unknown"),
            ("sprintf(\"%v\", [input.n])", r#""1""#),
            ("count(input.xs)", "2"),
            ("count(input.set)", "unknown"),
            ("count(input.u)", "unknown"),
            ("count(input.o)", "2"),
            ("object.get(input.o, \"a\", 0)", "1"),
            ("object.get(input.o, \"b\", 0)", "unknown"),
            ("object.get(input.o, \"c\", 0)", "0"),
            ("object.get(input.u, \"c\", 0)", "unknown"),
            ("object.get(input.o, input.u, 0)", "unknown"),
            ("array.concat(input.xs, [3])", "[1, unknown, 3]"),
            ("sum(input.xs)", "unknown"),
            ("input.u + 1", "unknown"),
            ("upper(input.u)", "unknown"),
            ("[upper(input.u)]", "unknown"),
            ("{input.u: 1}", "unknown"),
            ("{\"a\": input.u}", r#"{"a": unknown}"#),
            ("{input.u, 1}", "{1, unknown}"),
            ("[walk_results | walk(input.deep, [path, _]); walk_results := count(path)]", "unknown"),
            ("[path | walk(input.n, [path, _])]", "[[]]"),
        ],
    );
    bodies(
        "",
        &[
            // Formatting never fails, so a message about what is unknown keeps its rule certain.
            ("msg := sprintf(\"%s\", [input.u])", "true"),
            ("msg := $\"{input.u.a}\"", "true"),
            ("msg := concat(\"\", [input.u])", "unknown"),
            ("x := json.marshal(input.u)", "true"),
            ("x := type_name(input.u)", "true"),
            ("x := count({input.u})", "true"),
            ("x := count(input.u)", "unknown"),
            ("x := {input.u: 1}", "true"),
            ("walk(input.deep, [path, _]); path == [\"a\"]", "true"),
            ("walk(input.deep, [path, _]); path == [\"a\", \"b\", \"c\"]", "unknown"),
            ("walk(input.deep, [path, _]); path == [\"c\"]", "unknown"),
            // The document itself is always among the results.
            ("walk(input.u, [path, _])", "true"),
            ("walk(input.u, [[_], _])", "unknown"),
            ("walk(input.n, [path, _]); path == [\"c\"]", "undefined"),
        ],
    );
}

/// A rule index that selects rules by equality must select what an Unknown could equal.
#[test]
fn rules_selected_by_equality() {
    let rules = "p contains \"one\" if input.n == 1
p contains \"two\" if input.n == 2
p contains \"u\" if input.u == 1
p contains \"v\" if input.v == \"x\"
p contains \"b\" if input.o.b == 3
p contains \"missing\" if input.missing == 3
p contains \"inside\" if input.deep.a.b.c == 3
p contains \"local\" if { x := input.u; x == 3 }
p contains \"none\" if { input.u == 4; input.n == 4 }";
    check(rules, INPUT, r#"{"one"} possibly ["b", "inside", "local", "u", "v"]"#);
}

/// A `deny` with a known reason stays a `deny`, whatever else is unknown.
#[test]
fn certain_denials_stay_certain() {
    for (rules, expected) in [
        ("p contains \"no tag\" if not input.o.tag", r#"{"no tag"}"#),
        ("p contains msg if { not input.o.tag; msg := sprintf(\"%s has no tag\", [input.u]) }", "{unknown}"),
        ("p contains msg if { not input.o.tag; msg := $\"{input.u} has no tag\" }", "{unknown}"),
        (
            "p contains {\"msg\": \"no tag\", \"at\": input.u} if not input.o.tag",
            r#"{{"at": unknown, "msg": "no tag"}}"#,
        ),
        ("p contains \"tag\" if not input.u.tag", r#"set() possibly ["tag"]"#),
        ("p contains \"tag\" if { tags := input.u; not tags.a }", r#"set() possibly ["tag"]"#),
        ("p contains \"x\" if { tags := input.u; not input.o.a == 2 }", r#"{"x"}"#),
        ("p contains \"x\" if { tags := object.get(input, [\"deep\", \"tags\"], {}); not tags.a }", r#"{"x"}"#),
    ] {
        check(rules, INPUT, expected);
    }
}

/// An entry that may turn out not to be there tells nothing certain about the object's size or keys.
#[test]
fn entries_that_may_be_absent() {
    const TAGS: &str = r#"{"tags": {"a": 1, "b": {"$absent": "known only after apply"}}}"#;
    for (body, expected) in [
        ("input.tags.a == 1", "true"),
        ("input.tags.b", "unknown"),
        ("not input.tags.b", "unknown"),
        ("count(input.tags) == 1", "unknown"),
        ("object.keys(input.tags) == {\"a\"}", "unknown"),
        ("input.tags == {\"a\": 1}", "unknown"),
        ("input.tags == {\"a\": 1, \"b\": 2}", "unknown"),
        ("input.tags == {\"a\": 2}", "undefined"),
        ("input.tags == {\"c\": 1}", "undefined"),
        ("input.tags == {}", "undefined"),
        ("{\"a\": x} = input.tags; x == 1", "unknown"),
        ("{\"a\": x, \"b\": _} = input.tags; x == 1", "unknown"),
        ("{\"a\": _, \"b\": _, \"c\": _} = input.tags", "undefined"),
        ("some \"a\", _ in input.tags", "true"),
        ("some \"b\", _ in input.tags", "unknown"),
    ] {
        check(&format!("p if {{ {body} }}"), TAGS, expected);
    }
}
