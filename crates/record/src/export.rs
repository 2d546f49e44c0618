//! Decisions as other tools expect a decision log: OPA's names for what OPA has, our own beside them.

use crate::chain::hex;
use crate::entry::{BodyReference, Decision, Entry, Event};
use crate::reader::{ReadError, Reader, StoredBody, StoredEntry};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use value::Arena;
use value::json::ParseLimits;

/// One line of a decision log, without its line break. `input` and `result` are there as long as their bodies are, with their
/// numbers as they were written.
///
/// # Errors
/// When a body cannot be read.
pub fn log_event(reader: &Reader, stored: &StoredEntry, entry: &Entry) -> Result<String, ReadError> {
    let mut line = Line::default();
    line.put("timestamp", &entry.time);
    line.put("sequence", &entry.sequence);
    line.put("hash", &hex(&stored.hash));
    line.put("kind", entry.event.kind());
    if let Event::Decision(decision) = &entry.event {
        of_decision(reader, decision, &mut line)?;
    } else if let Ok(Value::Object(own)) = serde_json::to_value(&entry.event) {
        own.iter().for_each(|(name, value)| line.put(name, value));
    }
    Ok(serde_json::to_string(&line.fields).unwrap_or_default())
}

/// The fields of a line, each as JSON already: numbers of any length stay what they are.
#[derive(Default)]
struct Line {
    fields: BTreeMap<String, Box<RawValue>>,
}

impl Line {
    fn put(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        // Nothing here has keys that are no strings, which is all that could go wrong.
        if let Ok(value) = to_raw_value(value) {
            self.fields.insert(name.to_owned(), value);
        }
    }
}

fn of_decision(reader: &Reader, decision: &Decision<'_>, line: &mut Line) -> Result<(), ReadError> {
    line.put("decision_id", &decision.id);
    line.put("labels", &json!({"point": decision.point}));
    line.put("requested_by", &decision.subject.id);
    line.put("subject", &decision.subject);
    let mut bundles = Map::new();
    let revisions = &decision.revisions;
    let parts = [
        ("policies", Some(&revisions.policies)),
        ("data", Some(&revisions.data)),
        ("inventory", revisions.inventory.as_ref()),
    ];
    for (name, revision) in parts {
        bundles.extend(revision.map(|revision| (name.to_owned(), json!({"revision": revision}))));
    }
    line.put("bundles", &bundles);
    line.put("request_digest", &decision.request.digest);
    line.put("format", &decision.request.format);
    line.put("erased", &decision.request.erased);
    // As in OPA's log, where input and result are parts of one event.
    let of_result = decision.query.iter().flat_map(|query| &query.masked).map(|pointer| format!("/result{pointer}"));
    line.put("masked", &decision.request.masked.iter().cloned().chain(of_result).collect::<Vec<_>>());
    line.put("metrics", &json!({"timer_server_handler_ns": decision.took_ns}));
    if !decision.host.is_empty() {
        line.put("host", &decision.host);
    }
    let arena = Arena::new();
    let asked = body(reader, &arena, decision.request.body.as_ref())?;
    let Some(query) = &decision.query else {
        let result = json!({
            "verdict": decision.verdict,
            "findings": decision.findings,
            "resources": decision.resources,
        });
        line.put("result", &result);
        if let Some(input) = asked {
            line.put("input", &raw(input));
        }
        return Ok(());
    };
    if !query.ad_hoc {
        line.put("path", &query.path);
    }
    if query.dropped {
        line.put("dropped", &true);
    }
    if let Some(error) = &query.error {
        line.put("error", error);
    }
    if let Some(result) = body(reader, &arena, query.body.as_ref())? {
        line.put("result", &raw(result));
    }
    match asked {
        // What a caller of the OPA API sent is an object around its input.
        Some(around) if around.as_object().is_some() => {
            line.put("input", &raw(around.get_str("input").unwrap_or_default()));
            if let Some(text) = around.get_str("query").filter(|_| query.ad_hoc) {
                line.put("query", &raw(text));
            }
        }
        Some(input) => line.put("input", &raw(input)),
        None => {}
    }
    Ok(())
}

fn raw(value: value::Value<'_>) -> Option<Box<RawValue>> {
    RawValue::from_string(value::json::to_string(value)).ok()
}

fn body<'a>(
    reader: &Reader,
    arena: &'a Arena,
    reference: Option<&BodyReference>,
) -> Result<Option<value::Value<'a>>, ReadError> {
    let Some(reference) = reference else { return Ok(None) };
    Ok(match reader.body(reference)? {
        StoredBody::Kept(bytes) => value::json::parse(arena, &bytes, &ParseLimits::default()).ok(),
        StoredBody::Gone | StoredBody::Wrong => None,
    })
}
