//! What an observer sees: which lines were evaluated, and why a test failed.

use super::support::{HOST, document, json, program};
use rego::{DocumentPath, Environment, Evaluator, Limits, Observer, Program};
use value::{Arena, Value};

fn observed(program: &Program, rule: &str, input: &str, observer: &mut Observer) {
    let arena = Arena::new();
    let environment = Environment {
        arena: &arena,
        data: Value::EMPTY_OBJECT,
        input: Some(document(&arena, &json(input))),
        host: &HOST,
        strict_builtin_errors: false,
        unknowns: true,
    };
    let path = DocumentPath::new(vec!["t".to_owned(), rule.to_owned()]);
    Evaluator::new(Limits::default()).observe(program, &path, &environment, observer).expect("an answer");
}

/// `line: side, side` of the operation that did not hold.
fn failure(rules: &str, input: &str) -> String {
    let program = program(&[&format!("package t\n{rules}")]);
    let mut observer = Observer::default();
    observed(&program, "p", input, &mut observer);
    match observer.take_failure(&program) {
        Some(failure) => format!("{}: {}", failure.place.position().line, failure.sides.join(", ")),
        None => "none".to_owned(),
    }
}

#[test]
fn failures_show_the_values_on_their_sides() {
    let input = r#"{"a": 1, "b": "x", "xs": [1, 2], "o": {"k": [1]}}"#;
    for (body, expected) in [
        ("input.a == 2", "3: 1"),
        ("input.a == input.b", "3: 1, \"x\""),
        ("input.a > 5", "3: 1"),
        ("input.a\n\tinput.b == \"y\"", "4: \"x\""),
        ("x := input.a + 1\n\tx == 3", "4: 2"),
        ("input.missing", "3: undefined"),
        ("input.missing == 1", "3: undefined"),
        ("x := input.missing", "3: undefined"),
        ("count(input.xs) == 3", "3: 2"),
        ("[x, 3] = input.xs", "3: [1, 2]"),
        ("not input.a", "3: "),
        ("some x in input.o.none", "none"),
        ("every x in input.xs { x < 2 }", "3: [1, 2]"),
        ("5 in input.xs", "3: false"),
        ("startswith(input.b, \"y\")", "3: false"),
        ("q", "3: undefined"),
        ("input.a == 1", "none"),
    ] {
        assert_eq!(failure(&format!("p if {{\n\t{body}\n}}\nq if input.a == 7"), input), expected, "{body}");
    }
}

#[test]
fn a_failure_is_told_once() {
    let program = program(&["package t\np if input.a == 2"]);
    let mut observer = Observer::default();
    observed(&program, "p", "{\"a\": 1}", &mut observer);
    assert!(observer.take_failure(&program).is_some());
    assert!(observer.take_failure(&program).is_none());
}

#[test]
fn lines_that_were_evaluated() {
    let program = program(&["package t

p if {
	input.a == 1
	input.b == 2
	q
}

q if {
	input.c
} else if {
	input.d
}

r contains 1

s contains x if {
	some x in input.xs
	x > 1
}

f(x) := x if {
	x > 1
}"]);
    let lines = |observer: &Observer| {
        let coverage = observer.coverage(&program);
        let lines = coverage.values().next().expect("the module").clone();
        (lines.covered, lines.not_covered)
    };
    let mut observer = Observer::default();
    assert_eq!(lines(&observer).0, Vec::<u32>::new());
    observed(&program, "p", "{\"a\": 1, \"b\": 1}", &mut observer);
    assert_eq!(lines(&observer).0, [4, 5]);
    observed(&program, "p", "{\"a\": 1, \"b\": 2, \"d\": true}", &mut observer);
    assert_eq!(lines(&observer).0, [3, 4, 5, 6, 10, 11, 12]);
    observed(&program, "r", "{}", &mut observer);
    observed(&program, "s", "{\"xs\": [1]}", &mut observer);
    assert_eq!(lines(&observer), (vec![3, 4, 5, 6, 10, 11, 12, 15, 18, 19], vec![9, 17, 22, 23]));
    observed(&program, "s", "{\"xs\": [1, 2]}", &mut observer);
    assert_eq!(lines(&observer), (vec![3, 4, 5, 6, 10, 11, 12, 15, 17, 18, 19], vec![9, 22, 23]));
}

/// An index must not keep an observer from seeing what did not hold.
#[test]
fn rules_under_an_index_are_seen() {
    let mut rules = String::new();
    for kind in ["a", "b", "c", "d", "e", "f"] {
        rules.push_str(&format!("p if input.kind == \"{kind}\"\n"));
    }
    let program = program(&[&format!("package t\n{rules}")]);
    let mut observer = Observer::default();
    observed(&program, "p", "{\"kind\": \"z\"}", &mut observer);
    assert_eq!(observer.coverage(&program)["m0.rego"].covered.len(), 6);
    let failure = observer.take_failure(&program).expect("a failure");
    assert_eq!(failure.sides, ["\"z\""]);
}
