//! For a terminal: grouped by resource, what was seen, where, and how to fix it.

use crate::style::{Paint, Style};
use crate::summary::{Summary, word};
use crate::text::{padding, printable, single_line, width, wrap};
use crate::{Note, PATCH, Report};
use decision::{Finding, FindingKind, Verdict};

/// `unknown` is the longest verdict.
const VERDICT_COLUMNS: usize = 7;
/// Between columns.
const GAP: usize = 2;
/// A message in fewer columns than this is harder to read than one below its headline.
const MESSAGE_MIN: usize = 28;
/// Indentation where there are no columns.
const INDENT: &str = "  ";
/// Values of details that are longer than this are cut: the policy's message is the place for what matters.
const DETAIL_MAX: usize = 120;

/// So many operations of a change are shown with their values, and so much of each value.
const OPERATIONS_MAX: usize = 5;
const OPERATION_MAX: usize = 240;

/// Some text and what it is.
type Painted = (Paint, String);

pub(crate) fn render(report: &Report<'_>, style: &Style) -> String {
    let groups = groups(&report.decision.findings);
    let columns = Columns::fit(&groups, style.width);
    let mut text = String::new();
    for group in &groups {
        match &columns {
            Some(columns) => wide(&mut text, group, columns, style),
            None => narrow(&mut text, group, style),
        }
        text.push('\n');
    }
    for note in report.notes {
        write_note(&mut text, note, report, style);
    }
    if !report.notes.is_empty() {
        text.push('\n');
    }
    write_summary(&mut text, report, style);
    text
}

/// Findings about one resource or document, which stand next to each other.
fn groups(findings: &[Finding]) -> Vec<&[Finding]> {
    findings
        .chunk_by(|a, b| {
            (&a.resource, &a.place.file, a.place.document) == (&b.resource, &b.place.file, b.place.document)
                && (a.resource.is_some() || a.place == b.place)
        })
        .collect()
}

/// What names what a finding is about; a document is named by its place.
fn address(finding: &Finding) -> String {
    finding.resource.as_ref().map_or_else(String::new, |resource| single_line(&resource.address))
}

fn place(finding: &Finding) -> String {
    single_line(&finding.place.to_string())
}

/// Where a finding stands, on one line if at all possible: terminals open `file:line:column` on a click.
fn place_lines(place: &str, columns: usize) -> Vec<Painted> {
    let line = format!("at {place}");
    let lines = if width(&line) <= columns { vec![line] } else { wrap(place, columns) };
    lines.into_iter().map(|line| (Paint::Faint, line)).collect()
}

/// Widths of the middle columns and of the last.
struct Columns {
    id: usize,
    address: usize,
    message: usize,
}

impl Columns {
    /// None when the terminal is too narrow for columns.
    fn fit(groups: &[&[Finding]], total: usize) -> Option<Self> {
        let findings = || groups.iter().copied().flatten();
        let id = findings().map(|finding| width(finding.id())).max().unwrap_or(0);
        let longest = findings().map(|finding| width(&address(finding))).max().unwrap_or(0);
        let rest = total.checked_sub(VERDICT_COLUMNS + GAP + id + GAP + GAP)?;
        // The message gets the larger part.
        let address = longest.min(rest * 2 / 5);
        let message = rest - address;
        (message >= MESSAGE_MIN).then_some(Self { id, address, message })
    }
}

fn wide(text: &mut String, group: &[Finding], columns: &Columns, style: &Style) {
    let mut shown_address: Option<String> = None;
    let mut findings = group.iter().peekable();
    while let Some(finding) = findings.next() {
        let mut about: Vec<Painted> = Vec::new();
        let name = address(finding);
        if shown_address.as_ref() != Some(&name) {
            about.extend(wrap(&name, columns.address).into_iter().map(|line| (Paint::Strong, line)));
            shown_address = Some(name);
        }
        let said = said(finding, columns.message);
        let verdict = headword(finding);
        let id = (Paint::Plain, printable(finding.id()));
        for row in 0..about.len().max(said.len()).max(1) {
            let first = (row == 0).then_some(());
            let cells = [
                (first.map(|()| &verdict), VERDICT_COLUMNS),
                (first.map(|()| &id), columns.id),
                (about.get(row), columns.address),
                (said.get(row), 0),
            ];
            write_row(text, &cells, style);
        }
        // Findings at one place share its line, the last of them has it. It may take the room of two columns.
        let at = place(finding);
        if findings.peek().is_none_or(|next| place(next) != at) {
            let indent = " ".repeat(VERDICT_COLUMNS + GAP + columns.id + GAP);
            for (paint, line) in place_lines(&at, columns.address + GAP + columns.message) {
                text.push_str(&format!("{indent}{}\n", style.paint(paint, line)));
            }
        }
    }
}

/// Cells side by side; nothing follows the last one that has text.
fn write_row(text: &mut String, cells: &[(Option<&Painted>, usize)], style: &Style) {
    let last = cells.iter().rposition(|(cell, _)| cell.is_some());
    for (cell, columns) in cells.iter().take(last.map_or(0, |last| last + 1)) {
        if let Some((paint, words)) = cell {
            text.push_str(&style.paint(*paint, words));
        }
        text.push_str(&padding(cell.map_or("", |(_, words)| words), *columns));
        text.push_str(&" ".repeat(GAP));
    }
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

fn narrow(text: &mut String, group: &[Finding], style: &Style) {
    let columns = style.width.saturating_sub(INDENT.len());
    let mut shown = None;
    for finding in group {
        let (paint, verdict) = headword(finding);
        text.push_str(&format!("{} {}\n", style.paint(paint, verdict), printable(finding.id())));
        let about = (address(finding), place(finding));
        let mut lines: Vec<Painted> = Vec::new();
        let is_new = shown.as_ref() != Some(&about);
        if is_new {
            lines.extend(wrap(&about.0, columns).into_iter().map(|line| (Paint::Strong, line)));
        }
        lines.extend(said(finding, columns));
        if is_new {
            lines.extend(place_lines(&about.1, columns));
            shown = Some(about);
        }
        for (paint, line) in lines {
            text.push_str(&format!("{INDENT}{}\n", style.paint(paint, line)));
        }
    }
}

/// What a finding begins with.
fn headword(finding: &Finding) -> Painted {
    let paint = match finding.kind {
        FindingKind::Patch => Paint::Patch,
        _ => Paint::Verdict(finding.verdict),
    };
    (paint, word(finding).to_owned())
}

/// The message, what was seen and the fix, wrapped. A fix that fits stands on the line of the message.
fn said(finding: &Finding, columns: usize) -> Vec<Painted> {
    let mut lines: Vec<Painted> =
        wrap(&finding.message, columns).into_iter().map(|line| (Paint::Plain, line)).collect();
    if finding.kind == FindingKind::Patch {
        let operations = finding.details.iter().filter(|(key, _)| key == PATCH).flat_map(|(_, json)| operations(json));
        lines.extend(operations.flat_map(|line| wrap(&line, columns)).map(|line| (Paint::Faint, line)));
        return lines;
    }
    if finding.verdict == Verdict::Allow {
        lines.extend(
            wrap("noted only: the policy is in mode audit", columns).into_iter().map(|line| (Paint::Faint, line)),
        );
    }
    let details: Vec<_> = finding.details.iter().map(|(key, value)| format!("{key}: {}", detail(value))).collect();
    lines.extend(wrap(&details.join(", "), columns).into_iter().map(|line| (Paint::Faint, line)));
    if let Some(remediation) = &finding.remediation {
        let fix = format!("fix: {}", remediation.trim());
        lines.extend(wrap(&fix, columns).into_iter().map(|line| (Paint::Help, line)));
    }
    lines
}

/// The operations of a JSON Patch whose values are too large for the message, one a line.
fn operations(json: &str) -> Vec<String> {
    let operations: Vec<serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    let large = operations.iter().filter_map(|operation| {
        let value = operation.get("value").filter(|value| value.is_object() || value.is_array())?;
        let path = operation.get("path").and_then(serde_json::Value::as_str).unwrap_or_default();
        Some(cut(&format!("{path} = {value}"), OPERATION_MAX))
    });
    large.take(OPERATIONS_MAX).collect()
}

/// A detail's JSON as people read it: strings without quotes, nothing too long.
fn detail(json: &str) -> String {
    let plain = serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned());
    cut(&plain, DETAIL_MAX)
}

/// One line of at most so many characters.
fn cut(text: &str, characters_max: usize) -> String {
    let line = single_line(text);
    match line.char_indices().nth(characters_max) {
        Some((at, _)) => format!("{}...", line.get(..at).unwrap_or_default()),
        None => line,
    }
}

fn write_note(text: &mut String, note: &Note, report: &Report<'_>, style: &Style) {
    let message = format!("{}: {}", note.place, report.scrubber.scrub(&note.message));
    for (row, line) in wrap(&message, style.width.saturating_sub(6)).into_iter().enumerate() {
        let head = if row == 0 { style.paint(Paint::Help, "note") } else { INDENT.repeat(2) };
        text.push_str(&format!("{head}{INDENT}{line}\n"));
    }
}

fn write_summary(text: &mut String, report: &Report<'_>, style: &Style) {
    let (verdicts, scope) = Summary::of(report).parts();
    let mut words: Vec<Painted> = Vec::new();
    let last = verdicts.len().saturating_sub(1);
    for (at, (paint, part)) in verdicts.into_iter().enumerate() {
        let end = if at == last { ";" } else { "," };
        words.push((paint, format!("{part}{end}")));
    }
    let last = scope.len().saturating_sub(1);
    for (at, part) in scope.into_iter().enumerate() {
        words.push((Paint::Plain, if at == last { part } else { format!("{part},") }));
    }
    // Parts stay whole, so that `12` and `resources` never stand on different lines.
    let mut used = 0;
    for (paint, part) in words {
        if used > 0 && used + 1 + width(&part) > style.width {
            text.push('\n');
            used = 0;
        } else if used > 0 {
            text.push(' ');
            used += 1;
        }
        used += width(&part);
        text.push_str(&style.paint(paint, part));
    }
    text.push('\n');
    let unknown_refused = report.decision.verdict == Verdict::Deny && report.decision.count_judged(Verdict::Deny) == 0;
    if unknown_refused {
        for line in wrap("denied as a whole, because what is unknown is not allowed here", style.width) {
            text.push_str(&format!("{line}\n"));
        }
    }
}
