//! What an evaluation did, in the shape of OPA's trace events.
//!
//! OPA's events hold syntax trees and variables of its own evaluator, which is not this one. Here `node` has the text of the
//! statement or the name of the rule and its place, `locals` is empty, and what a statement's sides were stands in `message`.

use crate::options::Explain;
use point::Note;
use rego::{Trace, TraceEvent, TraceLine};
use value::{Arena, Value};

/// The events that `explain` asks for; `notes` are what the policies noted.
pub(crate) fn explanation<'a>(
    arena: &'a Arena,
    explain: Explain,
    pretty: bool,
    trace: &Trace,
    notes: &[Note],
) -> Value<'a> {
    let events: Vec<Event<'_>> = match explain {
        Explain::Off => Vec::new(),
        Explain::Notes => notes.iter().map(Event::note).collect(),
        Explain::Fails => {
            on_the_way_to(trace, |line| matches!(line.event, TraceEvent::Failed(_) | TraceEvent::Stopped))
        }
        Explain::Full => {
            let lines = numbered(trace).into_iter();
            lines.chain(notes.iter().map(Event::note)).collect()
        }
    };
    let values: Vec<_> =
        events.iter().map(|event| if pretty { arena.string(&event.text()) } else { event.value(arena) }).collect();
    arena.array(&values)
}

/// One event, and the queries that it belongs to.
struct Event<'t> {
    line: Option<&'t TraceLine>,
    note: Option<&'t Note>,
    query: i64,
    parent: i64,
}

/// All lines with the numbers of their queries: each level below a line is a query of its own.
fn numbered(trace: &Trace) -> Vec<Event<'_>> {
    let mut open: Vec<i64> = vec![0];
    let mut next = 0;
    let mut before = 0;
    let mut events = Vec::with_capacity(trace.lines.len());
    for line in &trace.lines {
        let depth = line.depth as usize;
        open.truncate(depth + 1);
        if depth > before || open.len() <= depth {
            next += 1;
            open.push(next);
        }
        before = depth;
        let query = open.last().copied().unwrap_or_default();
        let parent = open.len().checked_sub(2).and_then(|above| open.get(above)).copied().unwrap_or_default();
        events.push(Event { line: Some(line), note: None, query, parent });
    }
    events
}

/// The lines that are `wanted`, and those around them.
fn on_the_way_to(trace: &Trace, wanted: impl Fn(&TraceLine) -> bool) -> Vec<Event<'_>> {
    let mut kept = vec![false; trace.lines.len()];
    let mut around: Vec<(u32, usize)> = Vec::new();
    for (index, line) in trace.lines.iter().enumerate() {
        around.retain(|(depth, _)| *depth < line.depth);
        around.push((line.depth, index));
        if wanted(line) {
            for (_, index) in &around {
                if let Some(kept) = kept.get_mut(*index) {
                    *kept = true;
                }
            }
        }
    }
    numbered(trace).into_iter().zip(kept).filter_map(|(event, kept)| kept.then_some(event)).collect()
}

impl<'t> Event<'t> {
    const fn note(note: &'t Note) -> Self {
        Self { line: None, note: Some(note), query: 0, parent: 0 }
    }

    /// OPA's word for it, and the kind of its node.
    fn operation(&self) -> (&'static str, &'static str) {
        match self.line.map(|line| &line.event) {
            None => ("note", "expr"),
            Some(TraceEvent::Entered(_)) => ("enter", "rule"),
            Some(TraceEvent::Held | TraceEvent::HeldTimes(_)) => ("eval", "expr"),
            Some(TraceEvent::Failed(_) | TraceEvent::Stopped) => ("fail", "expr"),
            Some(TraceEvent::Gave(_)) => ("exit", "rule"),
        }
    }

    fn message(&self) -> String {
        match self.line.map(|line| &line.event) {
            None => self.note.map(|note| note.text.clone()).unwrap_or_default(),
            Some(TraceEvent::HeldTimes(times)) => format!("held {times} times"),
            Some(TraceEvent::Failed(sides)) if !sides.is_empty() => format!("did not hold: {}", sides.join(", ")),
            Some(TraceEvent::Gave(value)) => format!("gave {value}"),
            Some(TraceEvent::Stopped) => "the evaluation ended in an error".to_owned(),
            Some(TraceEvent::Entered(_) | TraceEvent::Held | TraceEvent::Failed(_)) => String::new(),
        }
    }

    /// The rule's name, or the text of the statement up to the end of its line.
    fn node(&self) -> &str {
        let Some(line) = self.line else { return "trace" };
        if let TraceEvent::Entered(name) = &line.event {
            return name;
        }
        let text = line
            .place
            .as_ref()
            .and_then(|place| place.source.text.get(place.span.start as usize..place.span.end as usize));
        text.and_then(|text| text.lines().next()).unwrap_or_default()
    }

    /// File, line and column.
    fn place(&self) -> Option<(&str, u32, u32)> {
        if let Some(place) = self.note.and_then(|note| note.place.as_ref()) {
            return Some((&place.file, place.row, place.column));
        }
        let place = self.line.and_then(|line| line.place.as_ref())?;
        let position = place.position();
        Some((&place.source.name, position.line, position.column))
    }

    fn value<'a>(&self, arena: &'a Arena) -> Value<'a> {
        let (operation, kind) = self.operation();
        let mut node = vec![(arena.borrowed("text"), arena.string(self.node()))];
        if let Some((file, row, column)) = self.place() {
            let number = |number: u32| Value::Int(i64::from(number));
            let location = arena.object(&[
                (arena.borrowed("file"), arena.string(file)),
                (arena.borrowed("row"), number(row)),
                (arena.borrowed("col"), number(column)),
            ]);
            node.push((arena.borrowed("location"), location));
        }
        let mut entries = vec![
            (arena.borrowed("op"), arena.borrowed(operation)),
            (arena.borrowed("type"), arena.borrowed(kind)),
            (arena.borrowed("query_id"), Value::Int(self.query)),
            (arena.borrowed("parent_id"), Value::Int(self.parent)),
            (arena.borrowed("locals"), Value::EMPTY_ARRAY),
            (arena.borrowed("node"), arena.object(&node)),
        ];
        let message = self.message();
        if !message.is_empty() {
            entries.push((arena.borrowed("message"), arena.string(&message)));
        }
        arena.object(&entries)
    }

    /// A line for people: `policy.rego:3  | Fail input.a == 1 (did not hold: 2, 1)`.
    fn text(&self) -> String {
        let (operation, _) = self.operation();
        let mut letters = operation.chars();
        let operation: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let place = self.place().map_or_else(String::new, |(file, row, _)| format!("{file}:{row}"));
        if let Some(note) = self.note {
            return format!("{place:<20} Note {:?}", note.text);
        }
        let bars = "| ".repeat(self.line.map_or(0, |line| line.depth as usize));
        let message = self.message();
        let message = if message.is_empty() { message } else { format!(" ({message})") };
        format!("{place:<20} {bars}{operation} {}{message}", self.node())
    }
}
