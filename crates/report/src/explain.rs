//! What a policy says, where it applies and how to comply.

use crate::style::{Paint, Style};
use crate::text::{padding, printable, width, wrap};
use decision::{Input, PolicyMetadata};

/// Longer lines are hard to read, however wide the terminal is.
const WIDTH_MAX: usize = 100;
const INDENT: &str = "  ";

/// The page about one policy; it ends with a line break.
pub fn render(policy: &PolicyMetadata, style: &Style) -> String {
    let columns = style.width.min(WIDTH_MAX);
    let mut text = String::new();
    let title = wrap(policy.name(), columns.saturating_sub(width(&policy.id) + INDENT.len()).max(16));
    for (row, line) in title.iter().enumerate() {
        let id = if row == 0 { printable(&policy.id) } else { String::new() };
        let head = format!("{}{}", style.paint(Paint::Strong, &id), padding(&id, width(&policy.id)));
        text.push_str(&format!("{head}{INDENT}{line}\n"));
    }
    paragraph(&mut text, None, &policy.description, columns, style);
    if let Some(remediation) = &policy.remediation {
        paragraph(&mut text, Some("how to comply"), remediation, columns, style);
    }
    text.push('\n');
    let facts = facts(policy);
    let names = facts.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    for (name, fact) in &facts {
        let lines = wrap(fact, columns.saturating_sub(names + INDENT.len()).max(16));
        for (row, line) in lines.iter().enumerate() {
            let name = if row == 0 { *name } else { "" };
            text.push_str(&format!("{}{}{INDENT}{line}\n", style.paint(Paint::Faint, name), padding(name, names)));
        }
    }
    text
}

/// The ids and titles of all policies, for `explain` without an id.
pub fn render_list<'p>(policies: impl IntoIterator<Item = &'p PolicyMetadata>, style: &Style) -> String {
    let policies: Vec<_> = policies.into_iter().collect();
    let ids = policies.iter().map(|policy| width(&policy.id)).max().unwrap_or(0);
    let mut text = String::new();
    for policy in policies {
        let lines = wrap(policy.name(), style.width.saturating_sub(ids + INDENT.len()).max(16));
        for (row, line) in lines.iter().enumerate() {
            let id = if row == 0 { printable(&policy.id) } else { String::new() };
            text.push_str(&format!("{}{}{INDENT}{line}\n", style.paint(Paint::Strong, &id), padding(&id, ids)));
        }
    }
    text
}

fn paragraph(text: &mut String, heading: Option<&str>, body: &str, columns: usize, style: &Style) {
    let lines = wrap(body.trim(), columns.saturating_sub(INDENT.len()));
    if lines.is_empty() {
        return;
    }
    text.push('\n');
    if let Some(heading) = heading {
        text.push_str(&format!("{}\n", style.paint(Paint::Help, heading)));
    }
    for line in lines {
        text.push_str(format!("{INDENT}{line}").trim_end());
        text.push('\n');
    }
}

fn facts(policy: &PolicyMetadata) -> Vec<(&'static str, String)> {
    let mut modes = policy.modes.default.to_string();
    for (point, mode) in &policy.modes.points {
        modes.push_str(&format!(", {mode} at {point}"));
    }
    let judged = match policy.input {
        Input::Document => "documents as they were parsed".to_owned(),
        Input::Request => "resources, whatever described them".to_owned(),
    };
    let mut facts = vec![("severity", policy.severity.to_string()), ("mode", modes), ("judges", judged)];
    if policy.input == Input::Request {
        let list = |names: &[String], all: &str| if names.is_empty() { all.to_owned() } else { names.join(", ") };
        facts.push(("classes", list(&policy.classes, "all")));
        facts.push(("providers", list(&policy.providers, "all")));
        facts.push(("types", list(&policy.kinds, "all")));
        facts.push(("namespaces", list(&policy.namespaces, "all")));
        facts.push(("actions", list(&policy.actions, "all but delete and forget")));
    }
    if !policy.owners.is_empty() {
        facts.push(("owners", policy.owners.join(", ")));
    }
    if let Some(documentation) = &policy.documentation {
        facts.push(("read more", documentation.clone()));
    }
    if !policy.place.file.is_empty() {
        facts.push(("written in", policy.place.to_string()));
    }
    facts
}
