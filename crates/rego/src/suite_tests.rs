use super::{Suite, TestSurroundings};
use crate::eval::{Evaluator, Limits};
use crate::observe::Observer;
use crate::syntax::ast::Dialect;
use crate::syntax::parse_module;
use host::FixedHost;
use std::fmt::Write;
use value::{Source, Value};

fn suite(texts: &[(&str, &str)]) -> Suite {
    let modules = texts.iter().map(|(name, text)| {
        let (module, mistakes) = parse_module(&Source::new(*name, *text), Dialect::V1);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        module
    });
    Suite::new(modules.collect()).unwrap()
}

/// Runs all tests; a line each, with what did not hold and what was printed.
fn run(suite: &Suite) -> (String, Observer) {
    let host = FixedHost::default();
    let surroundings = TestSurroundings { data: Value::EMPTY_OBJECT, host: &host, limits: Limits::default() };
    let mut evaluator = Evaluator::new(Limits::default());
    let mut observer = Observer::default();
    let mut text = String::new();
    for test in suite.tests() {
        let result = suite.run(test, &surroundings, &mut evaluator, &mut observer);
        let _ = writeln!(text, "{} {}", result.outcome.as_str(), test.full_name());
        let mut explain = |failure: &Option<crate::Failure>| {
            if let Some(failure) = failure {
                let place = &failure.place;
                let source = &place.source.text[place.span.start as usize..place.span.end as usize];
                let _ = writeln!(text, "  {}: {source} -> {:?}", place.position().line, failure.sides);
            }
        };
        explain(&result.failure);
        for case in &result.cases {
            explain(&case.failure);
        }
        for case in &result.cases {
            let _ = writeln!(text, "  case {}: {}", case.name, case.passed);
        }
        if let Some(error) = &result.error {
            let _ = writeln!(text, "  {error}");
        }
        for line in &result.printed {
            let _ = writeln!(text, "  printed {line}");
        }
    }
    (text, observer)
}

fn check(text: &str, expected: &str) {
    let suite = suite(&[("t.rego", text)]);
    assert_eq!(run(&suite).0.trim(), expected.trim());
}

#[test]
fn outcomes() {
    check(
        "package t
test_holds if true
test_false := false
test_undefined if input.x
todo_test_later if false
test_conflict := 1 if true
test_conflict := 2 if true
test_value := 7
helper if true
test_function(x) if x",
        "pass data.t.test_holds
fail data.t.test_false
fail data.t.test_undefined
  4: input.x -> [\"undefined\"]
skip data.t.todo_test_later
pass data.t.test_conflict
pass data.t.test_conflict#01
pass data.t.test_value",
    );
}

#[test]
fn both_sides_of_what_did_not_hold() {
    check(
        "package t
double(x) := x * 2
deny contains \"a\" if input.x > 1
test_sides if double(2) == double(3)
test_constant if count(deny) == 1 with input as {\"x\": 1}
test_after_others if {
	x := 1
	y := [x, 2]
	y == [1, 3]
}
test_not if not double(2) == 4
test_assigned := x if {
	x := double(1) == 3
}",
        "fail data.t.test_sides
  4: double(2) == double(3) -> [\"4\", \"6\"]
fail data.t.test_constant
  5: count(deny) == 1 with input as {\"x\": 1} -> [\"0\"]
fail data.t.test_after_others
  9: y == [1, 3] -> [\"[1, 2]\"]
fail data.t.test_not
  11: not double(2) == 4 -> []
fail data.t.test_assigned",
    );
}

#[test]
fn errors_and_what_is_printed() {
    check(
        "package t
p := 1 if true
p := 2 if true
test_error if p == 1
test_print if {
	print(\"here\", 1)
}",
        "error data.t.test_error
  t.rego:3: eval_conflict_error: complete rules must not produce multiple outputs
pass data.t.test_print
  printed here 1",
    );
}

#[test]
fn cases_by_key() {
    check(
        "package t
test_double[name] if {
	some name, case in {
		\"one\": {\"in\": 1, \"out\": 2},
		\"two\": {\"in\": 2, \"out\": 5},
		\"three\": {\"in\": 3, \"out\": 7},
	}
	result := case[\"in\"] * 2
	result == case.out
}
test_nested[group][name] := holds if {
	some group, cases in {\"a\": {\"x\": true}, \"b\": {\"y\": false}}
	some name, holds in cases
}
test_no_case[name] if {
	some name, _ in {}
}",
        "fail data.t.test_double
  9: result == case.out -> [\"6\", \"7\"]
  9: result == case.out -> [\"4\", \"5\"]
  case one: true
  case three: false
  case two: false
fail data.t.test_nested
  case a / x: true
  case b / y: false
fail data.t.test_no_case",
    );
}

#[test]
fn tests_in_deeper_heads() {
    check(
        "package t
group.test_a if true
group.test_b if false",
        "pass data.t.group.test_a
fail data.t.group.test_b
  3: false -> []",
    );
}

#[test]
fn coverage_by_line() {
    let suite = suite(&[
        ("p.rego", "package p\n\nallow if {\n\tinput.a\n\tinput.b\n}\n\nother := 1 if {\n\tinput.c\n}\n"),
        ("p_test.rego", "package p_test\n\ntest_a if not data.p.allow with input as {\"a\": true}\n"),
    ]);
    let (_, observer) = run(&suite);
    let coverage = suite.coverage(&observer);
    assert_eq!(coverage.files.keys().collect::<Vec<_>>(), ["p.rego"]);
    let file = &coverage.files["p.rego"];
    assert_eq!(file.covered, [(4, 5)]);
    assert_eq!(file.not_covered, [(3, 3), (8, 9)]);
    assert!((coverage.percent() - 40.0).abs() < 0.1);
}
