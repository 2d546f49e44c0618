//! Decisions as other tools expect a decision log: OPA's names for what OPA has, our own beside them.

use crate::chain::hex;
use crate::entry::{BodyReference, Decision, Entry, Event};
use crate::reader::{ReadError, Reader, StoredBody, StoredEntry};
use serde_json::{Map, Value, json};

/// One line of a decision log. `input` and `result` are there as long as their bodies are.
///
/// # Errors
/// When a body cannot be read.
pub fn log_event(reader: &Reader, stored: &StoredEntry, entry: &Entry) -> Result<Value, ReadError> {
    let mut event = Map::new();
    event.insert("timestamp".to_owned(), json!(entry.time));
    event.insert("sequence".to_owned(), json!(entry.sequence));
    event.insert("hash".to_owned(), json!(hex(&stored.hash)));
    event.insert("kind".to_owned(), json!(entry.event.kind()));
    if let Event::Decision(decision) = &entry.event {
        of_decision(reader, decision, &mut event)?;
    } else if let Ok(Value::Object(own)) = serde_json::to_value(&entry.event) {
        event.extend(own);
    }
    Ok(Value::Object(event))
}

fn of_decision(reader: &Reader, decision: &Decision<'_>, event: &mut Map<String, Value>) -> Result<(), ReadError> {
    let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
    put("decision_id", json!(decision.id));
    put("labels", json!({"point": decision.point}));
    put("requested_by", json!(decision.subject.id));
    put("subject", json!(decision.subject));
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
    put("bundles", Value::Object(bundles));
    put("request_digest", json!(decision.request.digest));
    put("format", json!(decision.request.format));
    put("erased", json!(decision.request.erased));
    // As in OPA's log, where input and result are parts of one event.
    let of_result = decision.query.iter().flat_map(|query| &query.masked).map(|pointer| format!("/result{pointer}"));
    put("masked", json!(decision.request.masked.iter().cloned().chain(of_result).collect::<Vec<_>>()));
    put("metrics", json!({"timer_server_handler_ns": decision.took_ns}));
    if !decision.host.is_empty() {
        put("host", json!(decision.host));
    }
    match &decision.query {
        Some(query) => {
            put("path", json!(query.path));
            if query.dropped {
                put("dropped", json!(true));
            }
            if let Some(result) = body(reader, query.body.as_ref())? {
                put("result", result);
            }
        }
        None => {
            let result = json!({
                "verdict": decision.verdict,
                "findings": decision.findings,
                "resources": decision.resources,
            });
            put("result", result);
        }
    }
    match body(reader, decision.request.body.as_ref())? {
        // What a caller of the OPA API sent is an object around its input.
        Some(Value::Object(mut around)) if decision.query.is_some() => {
            put("input", around.remove("input").unwrap_or_default());
        }
        Some(input) => drop(put("input", input)),
        None => {}
    }
    Ok(())
}

fn body(reader: &Reader, reference: Option<&BodyReference>) -> Result<Option<Value>, ReadError> {
    let Some(reference) = reference else { return Ok(None) };
    Ok(match reader.body(reference)? {
        StoredBody::Kept(bytes) => serde_json::from_slice(&bytes).ok(),
        StoredBody::Gone | StoredBody::Wrong => None,
    })
}
