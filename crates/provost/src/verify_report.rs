//! The results of gator's suites, for people and for programs.

use crate::review_report::cel_note;
use anyhow::Result;
use decision::Scrubber;
use gatekeeper::suite::{Checked, Difference, Outcome, SuiteRun};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use report::Style;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;
use value::{Arena, Diagnostic, Value, json};

/// Suites that were run.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub(crate) checked: Vec<Checked>,
    cel_not_run: BTreeSet<String>,
}

/// Messages longer than this are cut for people; programs get them whole.
const MESSAGE_MAX: usize = 500;

/// The words for how a case ended, in the order in which they are counted.
const OUTCOMES: [&str; 4] = ["pass", "fail", "error", "skip"];

impl Run {
    /// Adds what one suite came to.
    pub(crate) fn add(&mut self, run: SuiteRun) {
        self.checked.extend(run.checked);
        self.cel_not_run.extend(run.cel_not_run);
    }

    /// Whether something could not be run.
    pub(crate) fn has_errors(&self) -> bool {
        self.count("error") > 0
    }

    /// Whether something did not hold.
    pub(crate) fn has_failures(&self) -> bool {
        self.count("fail") > 0
    }

    fn count(&self, outcome: &str) -> usize {
        self.checked.iter().filter(|checked| word(&checked.outcome) == outcome).count()
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "pass",
        Outcome::Failed(_) | Outcome::NotRefused(_) => "fail",
        Outcome::Error(_) => "error",
        Outcome::Skipped => "skip",
    }
}

/// `test/case`
fn name(checked: &Checked) -> String {
    match &checked.case {
        Some(case) => format!("{}/{case}", checked.test),
        None => checked.test.clone(),
    }
}

/// For a terminal; `all` names the cases that hold too.
pub(crate) fn people(run: &Run, all: bool, style: &Style) -> String {
    let mut text = String::new();
    for suite in run.checked.chunk_by(|a, b| a.file == b.file) {
        let shown = |checked: &&Checked| all || !matches!(checked.outcome, Outcome::Passed | Outcome::Skipped);
        let mut shown = suite.iter().filter(shown).peekable();
        if let Some(first) = shown.peek() {
            // Writing to a string never fails.
            let _ = writeln!(text, "{}", first.file);
        }
        for checked in shown {
            write_case(&mut text, checked, style);
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&cel_note(&run.cel_not_run));
    let _ = writeln!(text, "{}", summary(run));
    text
}

fn write_case(text: &mut String, checked: &Checked, style: &Style) {
    let time =
        if matches!(checked.outcome, Outcome::Skipped) { String::new() } else { format!("  ({:.1?})", checked.took) };
    let _ = writeln!(text, "  {:<5} {}{time}", word(&checked.outcome), name(checked));
    match &checked.outcome {
        Outcome::Passed | Outcome::Skipped => {}
        Outcome::Failed(differences) => {
            for difference in differences {
                let _ = writeln!(text, "    {}:{}", checked.file, difference.line);
                let _ = writeln!(text, "    expected {}", difference.expected);
                let _ = writeln!(text, "    found {}", found(difference));
                for message in &difference.messages {
                    let _ = writeln!(text, "      {}", cut(message));
                }
            }
        }
        Outcome::NotRefused(reason) => {
            let _ = writeln!(text, "    {}:{}", checked.file, checked.line);
            let _ = writeln!(text, "    expected the constraint to be refused by the template's schema");
            let _ = writeln!(text, "    found that {}", cut(reason));
        }
        Outcome::Error(diagnostics) => {
            let rendered = report::diagnostics::render(diagnostics, &Scrubber::default(), style);
            for line in rendered.lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
}

fn found(difference: &Difference) -> String {
    match (difference.matching, difference.messages.len()) {
        (_, 0) => "no violation".to_owned(),
        (matching, all) if matching == all => format!("{all}:"),
        (matching, all) => format!("{matching} that match, of {all}:"),
    }
}

fn cut(message: &str) -> String {
    let shown: String = message.chars().take(MESSAGE_MAX).collect();
    let rest = if shown.len() < message.len() { " ..." } else { "" };
    format!("{}{rest}", shown.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn summary(run: &Run) -> String {
    let mut parts = vec![format!("{} passed", run.count("pass"))];
    for (outcome, words) in [("fail", "failed"), ("error", "could not be run"), ("skip", "skipped")] {
        let count = run.count(outcome);
        if count > 0 || outcome == "fail" {
            parts.push(format!("{count} {words}"));
        }
    }
    let time: Duration = run.checked.iter().map(|checked| checked.took).sum();
    format!("{}  ({time:.1?})", parts.join(", "))
}

/// For programs: `cases`, `summary` and `cel_not_run`.
pub(crate) fn json(run: &Run) -> String {
    let arena = Arena::new();
    let cases: Vec<_> = run.checked.iter().map(|checked| case_value(&arena, checked)).collect();
    let counts = OUTCOMES.iter().zip(["passed", "failed", "errors", "skipped"]);
    let counts: Vec<_> = counts.map(|(outcome, key)| (arena.borrowed(key), count_value(run.count(outcome)))).collect();
    let cel_not_run: Vec<_> = run.cel_not_run.iter().map(|kind| arena.string(kind)).collect();
    let document = arena.object(&[
        (arena.borrowed("version"), Value::Int(1)),
        (arena.borrowed("cases"), arena.array(&cases)),
        (arena.borrowed("cel_not_run"), arena.array(&cel_not_run)),
        (arena.borrowed("summary"), arena.object(&counts)),
    ]);
    let mut text = json::to_string_pretty(document);
    text.push('\n');
    text
}

fn count_value(count: usize) -> Value<'static> {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn case_value<'a>(arena: &'a Arena, checked: &Checked) -> Value<'a> {
    let nanoseconds = i64::try_from(checked.took.as_nanos()).unwrap_or(i64::MAX);
    let mut entries = vec![
        (arena.borrowed("suite"), arena.string(&checked.file)),
        (arena.borrowed("test"), arena.string(&checked.test)),
        (arena.borrowed("case"), checked.case.as_ref().map_or(Value::Null, |case| arena.string(case))),
        (arena.borrowed("line"), Value::Int(i64::from(checked.line))),
        (arena.borrowed("outcome"), arena.borrowed(word(&checked.outcome))),
        (arena.borrowed("duration_ns"), Value::Int(nanoseconds)),
    ];
    match &checked.outcome {
        Outcome::Passed | Outcome::Skipped => {}
        Outcome::NotRefused(reason) => entries.push((arena.borrowed("error"), arena.string(reason))),
        Outcome::Error(diagnostics) => entries.push((arena.borrowed("error"), arena.string(&one_line(diagnostics)))),
        Outcome::Failed(differences) => {
            let difference = |difference: &Difference| {
                let messages: Vec<_> = difference.messages.iter().map(|message| arena.string(message)).collect();
                arena.object(&[
                    (arena.borrowed("line"), Value::Int(i64::from(difference.line))),
                    (arena.borrowed("expected"), arena.string(&difference.expected)),
                    (arena.borrowed("matching"), count_value(difference.matching)),
                    (arena.borrowed("messages"), arena.array(&messages)),
                ])
            };
            let differences: Vec<_> = differences.iter().map(difference).collect();
            entries.push((arena.borrowed("differences"), arena.array(&differences)));
        }
    }
    arena.object(&entries)
}

fn one_line(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// JUnit XML: a suite a file, a case for each case.
pub(crate) fn junit(run: &Run) -> Result<String> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for checked in &run.checked {
        let suite = suites.entry(&checked.file).or_insert_with(|| TestSuite::new(checked.file.as_str()));
        let mut case = TestCase::new(checked.case.as_deref().unwrap_or(&checked.test), status(checked));
        case.set_classname(checked.test.as_str());
        case.set_time(checked.took);
        suite.add_test_case(case);
    }
    let mut report = Report::new("provost verify");
    report.add_test_suites(suites.into_values());
    Ok(report.to_string()?)
}

fn status(checked: &Checked) -> TestCaseStatus {
    let failed = |kind, message: String| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_message(message);
        status
    };
    match &checked.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Skipped => TestCaseStatus::skipped(),
        Outcome::NotRefused(reason) => failed(NonSuccessKind::Failure, reason.clone()),
        Outcome::Error(diagnostics) => failed(NonSuccessKind::Error, one_line(diagnostics)),
        Outcome::Failed(differences) => {
            let messages = differences.iter().flat_map(|difference| &difference.messages);
            let description: BTreeSet<&str> = messages.map(String::as_str).collect();
            let expected: Vec<_> = differences
                .iter()
                .map(|difference| format!("expected {}, found {}", difference.expected, difference.matching))
                .collect();
            let mut status = failed(NonSuccessKind::Failure, expected.join("; "));
            status.set_description(description.into_iter().collect::<Vec<_>>().join("\n"));
            status
        }
    }
}
