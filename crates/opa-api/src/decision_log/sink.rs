//! Where logged decisions go.

use std::fmt;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use thiserror::Error;
use value::{Arena, Value, json};

/// Takes logged decisions. Threads share it.
pub trait DecisionSink: Send + Sync {
    /// Takes one decision, masked already.
    ///
    /// # Errors
    /// When it is not kept: the request is refused then, because nobody would learn of its decision.
    fn append(&self, decision: &LoggedDecision<'_>) -> Result<(), SinkError>;
}

/// A decision as it is logged.
#[derive(Clone, Copy, Debug)]
pub struct LoggedDecision<'a> {
    /// Its name, which the caller got too.
    pub id: &'a str,
    /// The event with OPA's fields, an object.
    pub event: Value<'a>,
}

/// Why a decision is not in the log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the decision cannot be logged: {0}")]
pub struct SinkError(pub String);

/// Writes a line of JSON for each decision, with the fields that OPA's console log has beside the event's own.
pub struct ConsoleSink<W> {
    out: Mutex<W>,
}

impl<W: Write + Send> ConsoleSink<W> {
    /// A sink that writes to `out`.
    pub const fn new(out: W) -> Self {
        Self { out: Mutex::new(out) }
    }
}

impl<W: Write + Send> DecisionSink for ConsoleSink<W> {
    fn append(&self, decision: &LoggedDecision<'_>) -> Result<(), SinkError> {
        let arena = Arena::new();
        let mut entries: Vec<_> = decision.event.as_object().into_iter().flat_map(|event| event.iter()).collect();
        let timestamp = decision.event.get_str("timestamp").unwrap_or_default();
        let text = |text| arena.borrowed(text);
        entries.extend([
            (text("level"), text("info")),
            (text("msg"), text("Decision Log")),
            (text("time"), timestamp),
            (text("type"), text("openpolicyagent.org/decision_logs")),
        ]);
        // One call, so that lines of several threads do not mix even when `out` is shared with others.
        let line = json::to_string(arena.object(&entries)) + "\n";
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(line.as_bytes()).and_then(|()| out.flush()).map_err(|error| SinkError(error.to_string()))
    }
}

impl<W> fmt::Debug for ConsoleSink<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConsoleSink")
    }
}
