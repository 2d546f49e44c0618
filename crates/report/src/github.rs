//! Workflow commands: GitHub shows them as annotations on the lines they name.

use crate::Report;
use crate::summary::{Summary, word};
use crate::text::printable;
use decision::{FindingKind, Place, Verdict};
use value::Position;

pub(crate) fn render(report: &Report<'_>) -> String {
    let mut text = String::new();
    for finding in &report.decision.findings {
        let command = match (finding.kind, finding.verdict) {
            (FindingKind::Patch, _) | (_, Verdict::Allow) => "notice",
            (_, Verdict::Unknown | Verdict::Warn) => "warning",
            (_, Verdict::Deny) => "error",
        };
        let address = finding.resource.as_ref().map(|resource| format!(" {}", resource.address)).unwrap_or_default();
        let title = format!("{} {}{address}", word(finding), finding.id());
        let message = match &finding.remediation {
            Some(remediation) => format!("{}\nfix: {}", finding.message, remediation.trim()),
            None => finding.message.clone(),
        };
        write_place(&mut text, command, &finding.place, &title, &message);
    }
    for error in report.diagnostics {
        let file = error.source.as_ref().map(|source| source.name.as_str()).unwrap_or_default();
        let message = report.scrubber.scrub(&error.message);
        let message = match &error.help {
            Some(help) => format!("{message}\nhelp: {}", report.scrubber.scrub(help)),
            None => message.into_owned(),
        };
        write(&mut text, "error", file, error.position(), error.code, &message);
    }
    for note in report.notes {
        write_place(&mut text, "notice", &note.place, "note", &report.scrubber.scrub(&note.message));
    }
    text.push_str(&Summary::of(report).line());
    text.push('\n');
    text
}

fn write_place(text: &mut String, command: &str, place: &Place, title: &str, message: &str) {
    write(text, command, &place.file, place.position, title, message);
}

fn write(text: &mut String, command: &str, file: &str, position: Option<Position>, title: &str, message: &str) {
    let mut properties = Vec::new();
    if !file.is_empty() && file != "-" {
        properties.push(format!("file={}", escape_property(file.strip_prefix("./").unwrap_or(file))));
        if let Some(position) = position {
            properties.push(format!("line={},col={}", position.line, position.column));
        }
    }
    properties.push(format!("title={}", escape_property(title)));
    text.push_str(&format!("::{command} {}::{}\n", properties.join(","), escape(message)));
}

/// A line break in a message would start a line of its own, and with it a command of whoever wrote the message.
fn escape(message: &str) -> String {
    printable(&message.replace('\r', "")).replace('%', "%25").replace('\n', "%0A")
}

fn escape_property(property: &str) -> String {
    escape(property).replace(':', "%3A").replace(',', "%2C")
}
