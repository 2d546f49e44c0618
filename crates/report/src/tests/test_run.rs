use crate::Style;
use crate::test_run::{FileCoverage, Mismatch, Test, TestFormat, TestOutcome, TestRun, render};
use crate::text::width;
use std::time::Duration;

fn tests() -> Vec<Test> {
    let test = |file: &str, name: &str, line, outcome| Test {
        package: "data.cost.tags_test".to_owned(),
        name: name.to_owned(),
        file: file.to_owned(),
        line,
        outcome,
        took: Duration::from_micros(1_250),
        printed: Vec::new(),
    };
    let mismatch = Mismatch {
        file: "library/cost_test.rego".to_owned(),
        line: 12,
        text: "count(deny) == 2".to_owned(),
        sides: vec!["1".to_owned(), "2".to_owned()],
    };
    let elsewhere = Mismatch {
        file: "library/lib.rego".to_owned(),
        sides: vec!["undefined".to_owned()],
        text: "allowed[x]".to_owned(),
        ..mismatch.clone()
    };
    let mut untagged =
        test("library/cost_test.rego", "test_untagged_is_denied", 10, TestOutcome::Failed(Some(mismatch)));
    untagged.printed.push("deny is {\"a\"}".to_owned());
    vec![
        test("library/cost_test.rego", "test_tagged_is_allowed", 5, TestOutcome::Passed),
        untagged,
        test("library/gpu_test.rego", "test_quota", 3, TestOutcome::Failed(Some(elsewhere))),
        test("library/gpu_test.rego", "test_nothing", 8, TestOutcome::Failed(None)),
        test("library/gpu_test.rego", "test_conflict", 9, TestOutcome::Error("two values at once".to_owned())),
        test("library/gpu_test.rego", "todo_test_later", 20, TestOutcome::Skipped),
        test("library/tidy_test.rego", "test_all", 3, TestOutcome::Passed),
    ]
}

fn shown(format: TestFormat, verbose: bool, columns: usize) -> String {
    let file = |file: &str, covered: &[u32], not_covered: &[u32]| FileCoverage {
        file: file.to_owned(),
        covered: covered.to_vec(),
        not_covered: not_covered.to_vec(),
    };
    let coverage = [file("library/cost.rego", &[1, 2, 6], &[3, 4, 5, 9]), file("library/gpu.rego", &[], &[])];
    let run = TestRun { tests: &tests(), coverage: Some(&coverage), verbose };
    render(format, &run, &Style { width: columns, color: false }).unwrap()
}

#[test]
fn people_see_failures() {
    insta::assert_snapshot!(shown(TestFormat::People, false, 100));
}

#[test]
fn people_see_all_when_they_ask() {
    insta::assert_snapshot!(shown(TestFormat::People, true, 40));
}

#[test]
fn as_json() {
    insta::assert_snapshot!(shown(TestFormat::Json, false, 100));
}

#[test]
fn as_junit() {
    insta::assert_snapshot!(shown(TestFormat::Junit, false, 100));
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    for columns in [40, 80] {
        for line in shown(TestFormat::People, true, columns).lines() {
            assert!(width(line) <= columns, "`{line}`");
        }
    }
}

#[test]
fn no_tests_is_one_line() {
    let run = TestRun { tests: &[], coverage: None, verbose: false };
    assert_eq!(render(TestFormat::People, &run, &Style::default()).unwrap(), "0 passed, 0 failed\n");
}
