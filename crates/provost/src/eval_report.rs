//! What an evaluation did, for people and for programs: trace, profile, coverage.

use crate::test_report;
use rego::{Coverage, LineProfile, Trace, TraceEvent, TraceLine};
use std::fmt::Write;
use std::time::Duration;
use value::{Arena, Value};

/// What was asked for besides the answer.
#[derive(Debug, Default)]
pub(crate) struct Observations {
    pub(crate) trace: Option<Trace>,
    pub(crate) profile: Option<Vec<LineProfile>>,
    pub(crate) coverage: Option<Coverage>,
}

/// Lines of code longer than this are cut.
const TEXT_CHARS_MAX: usize = 100;

impl Observations {
    /// For a terminal.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if let Some(trace) = &self.trace {
            text.extend(trace_lines(trace).into_iter().map(|line| line + "\n"));
        }
        if let Some(profile) = &self.profile {
            write_profile(&mut text, profile);
        }
        if let Some(coverage) = &self.coverage {
            test_report::write_coverage(&mut text, coverage);
        }
        text
    }

    /// For programs: what stands beside `result`.
    pub(crate) fn entries<'a>(&self, arena: &'a Arena) -> Vec<(Value<'a>, Value<'a>)> {
        let mut entries = Vec::new();
        if let Some(trace) = &self.trace {
            let lines: Vec<_> = trace_lines(trace).iter().map(|line| arena.string(line)).collect();
            entries.push((arena.borrowed("explanation"), arena.array(&lines)));
        }
        if let Some(profile) = &self.profile {
            let number = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
            let line = |line: &LineProfile| {
                arena.object(&[
                    (arena.borrowed("file"), arena.string(&line.source)),
                    (arena.borrowed("line"), Value::Int(i64::from(line.line))),
                    (arena.borrowed("text"), arena.string(&line.text)),
                    (arena.borrowed("evaluations"), number(line.evaluations)),
                    (arena.borrowed("time_ns"), number(line.time_ns)),
                ])
            };
            let lines: Vec<_> = profile.iter().map(line).collect();
            entries.push((arena.borrowed("profile"), arena.array(&lines)));
        }
        if let Some(coverage) = &self.coverage {
            entries.push((arena.borrowed("coverage"), test_report::coverage_value(arena, coverage)));
        }
        entries
    }
}

fn trace_lines(trace: &Trace) -> Vec<String> {
    let mut lines: Vec<String> = trace.lines.iter().map(trace_line).collect();
    if trace.left_out > 0 {
        lines.push(format!("... and {} more: `--explain=LINES` shows as many lines as you say", trace.left_out));
    }
    lines
}

fn trace_line(line: &TraceLine) -> String {
    let indent = "  ".repeat(line.depth as usize);
    let (word, more) = match &line.event {
        TraceEvent::Entered(name) => return format!("{indent}{name}"),
        TraceEvent::Held => ("held", String::new()),
        TraceEvent::HeldTimes(1) => ("held", String::new()),
        TraceEvent::HeldTimes(times) => ("held", format!("{times} times")),
        TraceEvent::Failed(sides) => match sides.as_slice() {
            [value] => ("failed", format!("value: {value}")),
            [left, right] => ("failed", format!("left: {left}, right: {right}")),
            _ => ("failed", String::new()),
        },
        TraceEvent::Gave(value) => ("gave", value.clone()),
        TraceEvent::Stopped => ("stopped", "an error ended the evaluation here".to_owned()),
    };
    let Some(place) = &line.place else { return format!("{indent}{word}  {more}").trim_end().to_owned() };
    let span = place.span;
    let code = place.source.text.get(span.start as usize..span.end as usize).unwrap_or_default();
    let code = shortened(code);
    let more = if more.is_empty() { more } else { format!("    -- {more}") };
    format!("{indent}{word:<7} {}:{}  {code}{more}", place.source.name, place.position().line)
}

/// The first line of code, as far as there is room.
fn shortened(code: &str) -> String {
    let first = code.lines().next().unwrap_or_default().trim();
    let mut text: String = first.chars().take(TEXT_CHARS_MAX).collect();
    if text.len() < code.trim().len() {
        text.push_str(" ...");
    }
    text
}

fn write_profile(text: &mut String, profile: &[LineProfile]) {
    let place = |line: &LineProfile| format!("{}:{}", line.source, line.line);
    let width = profile.iter().map(|line| place(line).chars().count()).max().unwrap_or(0);
    // Writing to a string never fails.
    let _ = writeln!(text, "{:>10}  {:>11}  {:<width$}", "time", "evaluations", "line");
    for line in profile {
        let time = format!("{:.1?}", Duration::from_nanos(line.time_ns));
        let (place, code) = (place(line), shortened(&line.text));
        let _ = writeln!(text, "{time:>10}  {:>11}  {place:<width$}  {code}", line.evaluations);
    }
}
