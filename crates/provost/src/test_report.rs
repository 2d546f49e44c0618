//! The results of tests, for people and for programs.

use anyhow::Result;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use rego::{Coverage, Failure, Test, TestOutcome, TestResult};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;
use value::{Arena, Value, json};

/// Tests that were run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) tests: Vec<TimedTest>,
    pub(crate) coverage: Option<Coverage>,
}

/// A test, what it came to and how long that took.
#[derive(Debug)]
pub(crate) struct TimedTest {
    pub(crate) test: Test,
    pub(crate) result: TestResult,
    pub(crate) duration: Duration,
}

impl Run {
    pub(crate) fn count(&self, outcome: TestOutcome) -> usize {
        self.tests.iter().filter(|timed| timed.result.outcome == outcome).count()
    }
}

impl TimedTest {
    fn file(&self) -> &str {
        &self.test.place.source.name
    }

    fn line(&self) -> u32 {
        self.test.place.position().line
    }
}

/// Values longer than this are cut for people; programs get them whole.
const VALUE_MAX: usize = 2_000;

/// For a terminal; `all` names the tests that hold too.
pub(crate) fn text(run: &Run, all: bool) -> String {
    let mut text = String::new();
    for timed in &run.tests {
        let TimedTest { test, result, duration } = timed;
        let unremarkable = matches!(result.outcome, TestOutcome::Passed | TestOutcome::Skipped);
        if unremarkable && !all {
            continue;
        }
        let time = if result.outcome == TestOutcome::Skipped { String::new() } else { format!("  ({duration:.1?})") };
        // Writing to a string never fails.
        let _ = writeln!(text, "{:<5} {}{time}", result.outcome.as_str(), test.full_name());
        if let Some(error) = &result.error {
            let _ = writeln!(text, "  {error}");
        }
        if let Some(failure) = &result.failure {
            write_failure(&mut text, failure, "  ");
        } else if result.outcome == TestOutcome::Failed && result.cases.is_empty() {
            let _ = writeln!(text, "  {}:{}", timed.file(), timed.line());
        }
        for case in result.cases.iter().filter(|case| all || !case.passed) {
            let _ = writeln!(text, "  {:<5} {}", if case.passed { "pass" } else { "fail" }, case.name);
            if let Some(failure) = &case.failure {
                write_failure(&mut text, failure, "    ");
            }
        }
        if !result.printed.is_empty() {
            text.push_str("  printed:\n");
            for line in &result.printed {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    if let Some(coverage) = &run.coverage {
        write_coverage(&mut text, coverage);
    }
    let _ = writeln!(text, "{}", summary(run));
    text
}

fn summary(run: &Run) -> String {
    let mut parts = vec![format!("{} passed", run.count(TestOutcome::Passed))];
    for (outcome, word) in [
        (TestOutcome::Failed, "failed"),
        (TestOutcome::Error, "could not be evaluated"),
        (TestOutcome::Skipped, "skipped"),
    ] {
        let count = run.count(outcome);
        if count > 0 || outcome == TestOutcome::Failed {
            parts.push(format!("{count} {word}"));
        }
    }
    let time: Duration = run.tests.iter().map(|timed| timed.duration).sum();
    format!("{}  ({time:.1?})", parts.join(", "))
}

fn write_failure(text: &mut String, failure: &Failure, indent: &str) {
    let position = failure.place.position();
    let _ = writeln!(text, "{indent}{}:{position}", failure.place.source.name);
    for line in statement(failure).lines() {
        let _ = writeln!(text, "{indent}  {}", line.trim_end().replace('\t', "  "));
    }
    for (name, side) in named_sides(failure) {
        let shown: String = side.chars().take(VALUE_MAX).collect();
        let rest = if shown.len() < side.len() { " ..." } else { "" };
        let _ = writeln!(text, "{indent}  {name}: {shown}{rest}");
    }
}

/// The statement that did not hold, as it is written.
fn statement(failure: &Failure) -> &str {
    let span = failure.place.span;
    failure.place.source.text.get(span.start as usize..span.end as usize).unwrap_or_default()
}

fn named_sides(failure: &Failure) -> Vec<(&'static str, &str)> {
    match failure.sides.as_slice() {
        [one] => vec![("value", one)],
        [left, right] => vec![("left", left), ("right", right)],
        _ => Vec::new(),
    }
}

/// Files with their share of lines that were reached, and the lines that were not.
pub(crate) fn write_coverage(text: &mut String, coverage: &Coverage) {
    let width = coverage.files.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, file) in &coverage.files {
        let _ = write!(text, "{name:<width$}  {:>5.1}%", file.percent());
        if !file.not_covered.is_empty() {
            let lines: Vec<_> = file.not_covered.iter().map(|range| range_text(*range)).collect();
            let _ = write!(text, "  not reached: {}", lines.join(", "));
        }
        text.push('\n');
    }
    let _ = writeln!(text, "coverage {:.1}%\n", coverage.percent());
}

fn range_text((first, last): (u32, u32)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// For programs: `tests`, `summary` and `coverage`.
pub(crate) fn json(run: &Run) -> String {
    let arena = Arena::new();
    let object = |entries: &[(&'static str, Value<'_>)]| -> String {
        let entries: Vec<_> = entries.iter().map(|(key, value)| (arena.borrowed(key), arena.copy(*value))).collect();
        json::to_string_pretty(arena.object(&entries))
    };
    let tests: Vec<_> = run.tests.iter().map(|timed| test_value(&arena, timed)).collect();
    let number = |count: usize| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let summary = arena.object(&[
        (arena.borrowed("passed"), number(run.count(TestOutcome::Passed))),
        (arena.borrowed("failed"), number(run.count(TestOutcome::Failed))),
        (arena.borrowed("errors"), number(run.count(TestOutcome::Error))),
        (arena.borrowed("skipped"), number(run.count(TestOutcome::Skipped))),
    ]);
    let mut entries = vec![("version", Value::Int(1)), ("tests", arena.array(&tests)), ("summary", summary)];
    entries.extend(run.coverage.as_ref().map(|coverage| ("coverage", coverage_value(&arena, coverage))));
    let mut text = object(&entries);
    text.push('\n');
    text
}

fn test_value<'a>(arena: &'a Arena, timed: &TimedTest) -> Value<'a> {
    let TimedTest { test, result, duration } = timed;
    let printed: Vec<_> = result.printed.iter().map(|line| arena.string(line)).collect();
    let nanoseconds = i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    let mut entries = vec![
        (arena.borrowed("name"), arena.string(&test.name)),
        (arena.borrowed("package"), arena.string(&format!("data.{}", test.package.join(".")))),
        (arena.borrowed("file"), arena.string(timed.file())),
        (arena.borrowed("line"), Value::Int(i64::from(timed.line()))),
        (arena.borrowed("outcome"), arena.borrowed(result.outcome.as_str())),
        (arena.borrowed("duration_ns"), Value::Int(nanoseconds)),
        (arena.borrowed("printed"), arena.array(&printed)),
    ];
    if let Some(error) = &result.error {
        entries.push((arena.borrowed("error"), arena.string(error)));
    }
    if let Some(failure) = &result.failure {
        entries.push((arena.borrowed("failure"), failure_value(arena, failure)));
    }
    if !result.cases.is_empty() {
        let case = |case: &rego::CaseResult| {
            let mut entries = vec![
                (arena.borrowed("name"), arena.string(&case.name)),
                (arena.borrowed("passed"), case.passed.into()),
            ];
            if let Some(failure) = &case.failure {
                entries.push((arena.borrowed("failure"), failure_value(arena, failure)));
            }
            arena.object(&entries)
        };
        let cases: Vec<_> = result.cases.iter().map(case).collect();
        entries.push((arena.borrowed("cases"), arena.array(&cases)));
    }
    arena.object(&entries)
}

fn failure_value<'a>(arena: &'a Arena, failure: &Failure) -> Value<'a> {
    let position = failure.place.position();
    let values: Vec<_> = failure.sides.iter().map(|side| arena.string(side)).collect();
    arena.object(&[
        (arena.borrowed("file"), arena.string(&failure.place.source.name)),
        (arena.borrowed("line"), Value::Int(i64::from(position.line))),
        (arena.borrowed("column"), Value::Int(i64::from(position.column))),
        (arena.borrowed("statement"), arena.string(statement(failure))),
        (arena.borrowed("values"), arena.array(&values)),
    ])
}

/// The same for programs.
pub(crate) fn coverage_value<'a>(arena: &'a Arena, coverage: &Coverage) -> Value<'a> {
    let ranges = |ranges: &[(u32, u32)]| {
        let ranges: Vec<_> = ranges
            .iter()
            .map(|&(first, last)| {
                arena.object(&[
                    (arena.borrowed("first"), Value::Int(i64::from(first))),
                    (arena.borrowed("last"), Value::Int(i64::from(last))),
                ])
            })
            .collect();
        arena.array(&ranges)
    };
    let file = |(name, file): (&String, &rego::FileCoverage)| {
        let entries = arena.object(&[
            (arena.borrowed("percent"), percent_value(arena, file.percent())),
            (arena.borrowed("covered"), ranges(&file.covered)),
            (arena.borrowed("not_covered"), ranges(&file.not_covered)),
        ]);
        (arena.string(name), entries)
    };
    let files: Vec<_> = coverage.files.iter().map(file).collect();
    arena.object(&[
        (arena.borrowed("percent"), percent_value(arena, coverage.percent())),
        (arena.borrowed("files"), arena.object(&files)),
    ])
}

/// A number with two digits, as JSON has it.
fn percent_value(arena: &Arena, percent: f64) -> Value<'_> {
    let text = format!("{percent:.2}");
    json::parse(arena, text.as_bytes(), &json::ParseLimits::default()).unwrap_or_default()
}

/// JUnit XML: a suite a file, a case for each test and for each of its cases.
pub(crate) fn junit(run: &Run) -> Result<String> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for timed in &run.tests {
        let suite = suites.entry(timed.file()).or_insert_with(|| TestSuite::new(timed.file()));
        let result = &timed.result;
        if result.cases.is_empty() {
            let status = status(result.outcome, result.error.as_deref(), result.failure.as_ref());
            suite.add_test_case(junit_case(timed, &timed.test.name, status, timed.duration));
        }
        for case in &result.cases {
            let outcome = if case.passed { TestOutcome::Passed } else { TestOutcome::Failed };
            let name = format!("{}[{}]", timed.test.name, case.name);
            // Cases run together, so that nobody knows how long one took.
            suite.add_test_case(junit_case(timed, &name, status(outcome, None, case.failure.as_ref()), Duration::ZERO));
        }
    }
    let mut report = Report::new("provost test");
    report.add_test_suites(suites.into_values());
    Ok(report.to_string()?)
}

fn junit_case(timed: &TimedTest, name: &str, status: TestCaseStatus, duration: Duration) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(format!("data.{}", timed.test.package.join(".")));
    case.set_time(duration);
    if !timed.result.printed.is_empty() {
        case.set_system_out(timed.result.printed.join("\n"));
    }
    case
}

fn status(outcome: TestOutcome, error: Option<&str>, failure: Option<&Failure>) -> TestCaseStatus {
    let mut status = match outcome {
        TestOutcome::Passed => TestCaseStatus::success(),
        TestOutcome::Skipped => TestCaseStatus::skipped(),
        TestOutcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        TestOutcome::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if let Some(error) = error {
        status.set_message(error);
    }
    if let Some(failure) = failure {
        let mut description = String::new();
        write_failure(&mut description, failure, "");
        status.set_message(format!("`{}` does not hold", statement(failure).lines().next().unwrap_or_default()));
        status.set_description(description);
    }
    status
}
