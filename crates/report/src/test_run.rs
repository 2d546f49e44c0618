//! What `provost test` found: for people, as JSON and as JUnit XML.

use crate::RenderError;
use crate::style::{Paint, Style};
use crate::text::{single_line, width, wrap};
use decision::Verdict;
use quick_junit::{NonSuccessKind, Report as Suites, TestCaseStatus, TestSuite};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How the result of a test run is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TestFormat {
    /// For a terminal: failures in full, the rest as a count.
    #[default]
    People,
    /// For programs.
    Json,
    /// For test reports.
    Junit,
}

impl TestFormat {
    /// The format of that name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "people" => Some(Self::People),
            "json" => Some(Self::Json),
            "junit" => Some(Self::Junit),
            _ => None,
        }
    }
}

/// A run of tests.
#[derive(Clone, Copy, Debug)]
pub struct TestRun<'r> {
    /// The tests in the order of their files.
    pub tests: &'r [Test],
    /// Which lines they ran, when that was asked for.
    pub coverage: Option<&'r [FileCoverage]>,
    /// Whether people see each test that passes too.
    pub verbose: bool,
}

/// One `test_` rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Its package: `data.cost.tags_test`.
    pub package: String,
    /// The rule.
    pub name: String,
    /// Where it is written.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// How it ended.
    pub outcome: TestOutcome,
    /// How long it took.
    pub took: Duration,
    /// What it printed.
    pub printed: Vec<String>,
}

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// It held.
    Passed,
    /// It did not hold, and where, as far as that is known.
    Failed(Option<Mismatch>),
    /// It could not be evaluated, and why.
    Error(String),
    /// Its name says that it is not finished (`todo_test_`).
    Skipped,
}

impl TestOutcome {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Error(_) => "error",
            Self::Skipped => "skipped",
        }
    }

    const fn paint(&self) -> Paint {
        Paint::Verdict(match self {
            Self::Passed => Verdict::Allow,
            Self::Failed(_) | Self::Error(_) => Verdict::Deny,
            Self::Skipped => Verdict::Warn,
        })
    }
}

/// The expression that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The expression as written.
    pub text: String,
    /// The values on its sides, in Rego's notation.
    pub sides: Vec<String>,
}

/// Which lines of a file were evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCoverage {
    /// The file.
    pub file: String,
    /// Lines with something evaluated, from 1, ascending.
    pub covered: Vec<u32>,
    /// Lines with something that was never evaluated, ascending.
    pub not_covered: Vec<u32>,
}

/// Writes a test run; the text ends with a line break.
///
/// # Errors
/// When a serializer refuses, which no report of ours has been seen to bring about.
pub fn render(format: TestFormat, run: &TestRun<'_>, style: &Style) -> Result<String, RenderError> {
    match format {
        TestFormat::People => Ok(people(run, style)),
        TestFormat::Json => json(run),
        TestFormat::Junit => junit(run),
    }
}

#[derive(Clone, Copy, Default, Serialize)]
struct Counts {
    passed: usize,
    failed: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of(tests: &[Test]) -> Self {
        let mut counts = Self::default();
        for test in tests {
            match test.outcome {
                TestOutcome::Passed => counts.passed += 1,
                TestOutcome::Failed(_) => counts.failed += 1,
                TestOutcome::Error(_) => counts.errors += 1,
                TestOutcome::Skipped => counts.skipped += 1,
            }
        }
        counts
    }
}

/// The share of lines that were evaluated; nothing to evaluate is all of it.
fn percent(covered: usize, not_covered: usize) -> f64 {
    match covered + not_covered {
        0 => 100.0,
        all => covered as f64 * 100.0 / all as f64,
    }
}

fn percent_of_all(files: &[FileCoverage]) -> f64 {
    let lines = |lines: fn(&FileCoverage) -> &Vec<u32>| files.iter().map(|file| lines(file).len()).sum();
    percent(lines(|file| &file.covered), lines(|file| &file.not_covered))
}

fn people(run: &TestRun<'_>, style: &Style) -> String {
    let mut text = String::new();
    for group in run.tests.chunk_by(|a, b| a.file == b.file) {
        let shown = |test: &&Test| run.verbose || !matches!(test.outcome, TestOutcome::Passed);
        let mut shown = group.iter().filter(shown).peekable();
        if let Some(first) = shown.peek() {
            text.push_str(&format!("{}\n", style.paint(Paint::Strong, single_line(&first.file))));
        }
        for test in shown {
            write_test(&mut text, test, run.verbose, style);
        }
    }
    let files = run.coverage.unwrap_or_default();
    if !text.is_empty() && !files.is_empty() {
        text.push('\n');
    }
    for file in files {
        write_coverage(&mut text, file, style);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let counts = Counts::of(run.tests);
    let mut summary = format!("{} passed, {} failed", counts.passed, counts.failed);
    if counts.errors > 0 {
        summary.push_str(&format!(", {} could not be evaluated", counts.errors));
    }
    if counts.skipped > 0 {
        summary.push_str(&format!(", {} skipped", counts.skipped));
    }
    if let Some(files) = run.coverage {
        summary.push_str(&format!("; {:.1} % of lines covered", percent_of_all(files)));
    }
    for line in wrap(&summary, style.width) {
        text.push_str(&format!("{line}\n"));
    }
    text
}

fn write_test(text: &mut String, test: &Test, verbose: bool, style: &Style) {
    let columns = style.width.saturating_sub(DETAIL_INDENT.len());
    let mut name = single_line(&test.name);
    if verbose {
        name.push_str(&format!(" ({:.1} ms)", test.took.as_secs_f64() * 1_000.0));
    }
    let word = format!("  {}  ", style.paint(test.outcome.paint(), format!("{:<7}", test.outcome.as_str())));
    for (row, line) in wrap(&name, columns).into_iter().enumerate() {
        text.push_str(&format!("{}{line}\n", if row == 0 { &word } else { DETAIL_INDENT }));
    }
    let mut detail = |paint: Paint, words: &str| {
        for line in wrap(words, columns) {
            text.push_str(&format!("{DETAIL_INDENT}{}\n", style.paint(paint, line)));
        }
    };
    match &test.outcome {
        TestOutcome::Passed | TestOutcome::Skipped => {}
        TestOutcome::Failed(None) => detail(Paint::Plain, &format!("line {}: the rule is undefined", test.line)),
        TestOutcome::Error(message) => detail(Paint::Plain, message),
        TestOutcome::Failed(Some(mismatch)) => {
            let place = if mismatch.file == test.file { "line".to_owned() } else { format!("{}, line", mismatch.file) };
            detail(Paint::Plain, &format!("{place} {}: {}", mismatch.line, single_line(&mismatch.text)));
            match mismatch.sides.as_slice() {
                [left, right] => {
                    detail(Paint::Help, &format!("left:  {left}"));
                    detail(Paint::Help, &format!("right: {right}"));
                }
                sides => sides.iter().for_each(|side| detail(Paint::Help, &format!("value: {side}"))),
            }
        }
    }
    for line in &test.printed {
        detail(Paint::Faint, &format!("printed: {line}"));
    }
}

const DETAIL_INDENT: &str = "           ";

fn write_coverage(text: &mut String, file: &FileCoverage, style: &Style) {
    let head = format!("{:>5.1} %  ", percent(file.covered.len(), file.not_covered.len()));
    let mut words = single_line(&file.file);
    if !file.not_covered.is_empty() {
        words.push_str(&format!("  not covered: {}", ranges(&file.not_covered).join(", ")));
    }
    let columns = style.width.saturating_sub(width(&head));
    for (row, line) in wrap(&words, columns).into_iter().enumerate() {
        let head = if row == 0 { head.clone() } else { " ".repeat(width(&head)) };
        text.push_str(&format!("{head}{line}\n"));
    }
}

/// `3-5` and `9` for 3, 4, 5, 9.
fn ranges(lines: &[u32]) -> Vec<String> {
    let runs = lines.chunk_by(|a, b| a.checked_add(1) == Some(*b));
    runs.filter_map(|run| match (run.first()?, run.last()?) {
        (first, last) if first == last => Some(first.to_string()),
        (first, last) => Some(format!("{first}-{last}")),
    })
    .collect()
}

#[derive(Serialize)]
struct Output<'r> {
    version: u32,
    summary: Counts,
    tests: Vec<TestOutput<'r>>,
    coverage: Option<CoverageOutput<'r>>,
}

#[derive(Serialize)]
struct TestOutput<'r> {
    package: &'r str,
    name: &'r str,
    file: &'r str,
    line: u32,
    outcome: &'static str,
    took_ns: u64,
    error: Option<&'r str>,
    mismatch: Option<MismatchOutput<'r>>,
    printed: &'r [String],
}

#[derive(Serialize)]
struct MismatchOutput<'r> {
    file: &'r str,
    line: u32,
    text: &'r str,
    sides: &'r [String],
}

#[derive(Serialize)]
struct CoverageOutput<'r> {
    percent: f64,
    files: Vec<FileOutput<'r>>,
}

#[derive(Serialize)]
struct FileOutput<'r> {
    file: &'r str,
    percent: f64,
    covered: &'r [u32],
    not_covered: &'r [u32],
}

fn json(run: &TestRun<'_>) -> Result<String, RenderError> {
    let output = Output {
        version: 1,
        summary: Counts::of(run.tests),
        tests: run.tests.iter().map(test_output).collect(),
        coverage: run.coverage.map(|files| CoverageOutput {
            percent: percent_of_all(files),
            files: files.iter().map(file_output).collect(),
        }),
    };
    let mut text = serde_json::to_string_pretty(&output)?;
    text.push('\n');
    Ok(text)
}

fn test_output(test: &Test) -> TestOutput<'_> {
    let (error, mismatch) = match &test.outcome {
        TestOutcome::Error(error) => (Some(error.as_str()), None),
        TestOutcome::Failed(mismatch) => (None, mismatch.as_ref()),
        TestOutcome::Passed | TestOutcome::Skipped => (None, None),
    };
    TestOutput {
        package: &test.package,
        name: &test.name,
        file: &test.file,
        line: test.line,
        outcome: test.outcome.as_str(),
        took_ns: u64::try_from(test.took.as_nanos()).unwrap_or(u64::MAX),
        error,
        mismatch: mismatch.map(|mismatch| MismatchOutput {
            file: &mismatch.file,
            line: mismatch.line,
            text: &mismatch.text,
            sides: &mismatch.sides,
        }),
        printed: &test.printed,
    }
}

fn file_output(file: &FileCoverage) -> FileOutput<'_> {
    FileOutput {
        file: &file.file,
        percent: percent(file.covered.len(), file.not_covered.len()),
        covered: &file.covered,
        not_covered: &file.not_covered,
    }
}

fn junit(run: &TestRun<'_>) -> Result<String, RenderError> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for test in run.tests {
        let suite = suites.entry(&test.file).or_insert_with(|| TestSuite::new(test.file.as_str()));
        suite.add_test_case(junit_case(test));
    }
    let mut root = Suites::new("provost test");
    root.add_test_suites(suites.into_values());
    Ok(root.to_string()?)
}

fn junit_case(test: &Test) -> quick_junit::TestCase {
    let mut status = match &test.outcome {
        TestOutcome::Passed => TestCaseStatus::success(),
        TestOutcome::Failed(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        TestOutcome::Error(_) => TestCaseStatus::non_success(NonSuccessKind::Error),
        TestOutcome::Skipped => TestCaseStatus::skipped(),
    };
    match &test.outcome {
        TestOutcome::Failed(Some(mismatch)) => {
            status.set_message(format!("{}:{}: {}", mismatch.file, mismatch.line, mismatch.text));
            status.set_description(mismatch.sides.join("\n"));
        }
        TestOutcome::Failed(None) => {
            status.set_message(format!("{}:{}: the rule is undefined", test.file, test.line));
        }
        TestOutcome::Error(message) => {
            status.set_message(message.as_str());
        }
        TestOutcome::Passed | TestOutcome::Skipped => {}
    }
    let mut case = quick_junit::TestCase::new(test.name.as_str(), status);
    case.set_classname(test.package.as_str()).set_time(test.took);
    if !test.printed.is_empty() {
        case.set_system_out(test.printed.join("\n"));
    }
    case
}
