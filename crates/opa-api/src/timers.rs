//! How long the parts of one request's work took, for `?metrics` and the decision log.

use std::time::Instant;
use value::{Arena, Value};

/// A stopwatch with OPA's names; without anybody who wants to know it never looks at the clock.
#[derive(Debug)]
pub(crate) struct Timers {
    started: Option<Instant>,
    lap: Option<Instant>,
    entries: Vec<(&'static str, i64)>,
}

pub(crate) const INPUT_PARSE: &str = "timer_rego_input_parse_ns";
pub(crate) const QUERY_PARSE: &str = "timer_rego_query_parse_ns";
pub(crate) const QUERY_COMPILE: &str = "timer_rego_query_compile_ns";
pub(crate) const QUERY_EVAL: &str = "timer_rego_query_eval_ns";
pub(crate) const MODULE_PARSE: &str = "timer_rego_module_parse_ns";
pub(crate) const MODULE_COMPILE: &str = "timer_rego_module_compile_ns";
pub(crate) const SERVER_HANDLER: &str = "timer_server_handler_ns";
pub(crate) const CACHE_HIT: &str = "counter_server_query_cache_hit";

impl Timers {
    /// Starts to measure, when `on`.
    pub(crate) fn start(on: bool) -> Self {
        let now = on.then(Instant::now);
        Self { started: now, lap: now, entries: Vec::new() }
    }

    pub(crate) const fn is_on(&self) -> bool {
        self.started.is_some()
    }

    /// What has happened since the last lap is `name`.
    pub(crate) fn lap(&mut self, name: &'static str) {
        if let Some(lap) = self.lap {
            let now = Instant::now();
            self.entries.push((name, nanoseconds(lap, now)));
            self.lap = Some(now);
        }
    }

    pub(crate) fn count(&mut self, name: &'static str, count: i64) {
        if self.is_on() {
            self.entries.push((name, count));
        }
    }

    /// The whole takes until now.
    pub(crate) fn finish(&mut self) {
        if let Some(started) = self.started {
            self.entries.push((SERVER_HANDLER, nanoseconds(started, Instant::now())));
        }
    }

    pub(crate) fn value<'a>(&self, arena: &'a Arena) -> Value<'a> {
        let entries: Vec<_> =
            self.entries.iter().map(|&(name, count)| (arena.borrowed(name), Value::Int(count))).collect();
        arena.object(&entries)
    }
}

fn nanoseconds(from: Instant, to: Instant) -> i64 {
    i64::try_from(to.saturating_duration_since(from).as_nanos()).unwrap_or(i64::MAX)
}
