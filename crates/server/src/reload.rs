//! What was read from files and is read again when they change: whether that went well.

use jiff::Timestamp;
use point::Condition;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How reading one thing again goes: policies, certificates, tokens.
///
/// Whoever reads says what came of it; health, metrics and logs tell.
#[derive(Debug)]
pub struct ReloadState {
    name: &'static str,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    succeeded: Timestamp,
    /// Since when what is on disk has been refused.
    refused: Option<Timestamp>,
    summary: String,
    successes: u64,
    failures: u64,
}

impl ReloadState {
    /// `name` was read for the first time; `summary` says what was found, in a few words without secrets, as in `12 policies`.
    pub fn new(name: &'static str, summary: impl Into<String>) -> Self {
        let (succeeded, summary) = (Timestamp::now(), summary.into());
        Self { name, state: Mutex::new(State { succeeded, refused: None, summary, successes: 1, failures: 0 }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It was read again and holds from now on.
    pub fn succeeded(&self, summary: impl Into<String>) {
        let mut state = self.state();
        (state.succeeded, state.refused, state.summary) = (Timestamp::now(), None, summary.into());
        state.successes += 1;
        tracing::info!(what = self.name, summary = state.summary, "read again");
    }

    /// What is on disk cannot be used, and what was read before goes on. `reason` stands in the log and nowhere else.
    pub fn failed(&self, reason: impl std::fmt::Display) {
        let mut state = self.state();
        state.refused.get_or_insert_with(Timestamp::now);
        state.failures += 1;
        tracing::error!(what = self.name, %reason, "what is on disk is refused; what was read before goes on");
    }

    /// For health.
    pub(crate) fn condition(&self) -> Condition {
        let state = self.state();
        let summary = format!("{}, read at {:.0}", state.summary, state.succeeded);
        match state.refused {
            None => Condition::healthy(self.name, summary),
            Some(since) => Condition::degraded(
                self.name,
                format!("what is on disk is refused since {since:.0}, see the log; what goes on is {summary}"),
            ),
        }
    }

    /// Appends its samples of the metrics of all.
    pub(crate) fn write_samples(all: &[std::sync::Arc<Self>], text: &mut String) {
        let mut family = |name: &str, kind: &str, help: &str, value: &dyn Fn(&State) -> String| {
            // Writing to a string does not fail.
            let _ = write!(text, "# HELP provost_{name} {help}\n# TYPE provost_{name} {kind}\n");
            for state in all {
                let _ = writeln!(text, "provost_{name}{{what=\"{}\"}} {}", state.name, value(&state.state()));
            }
        };
        family("reloads_total", "counter", "How often it was read.", &|state| state.successes.to_string());
        family("reload_failures_total", "counter", "How often what is on disk was refused.", &|state| {
            state.failures.to_string()
        });
        family("reload_refused", "gauge", "Whether what is on disk is refused now.", &|state| {
            u8::from(state.refused.is_some()).to_string()
        });
        family("reload_timestamp_seconds", "gauge", "When what holds was read.", &|state| {
            state.succeeded.as_second().to_string()
        });
    }
}
