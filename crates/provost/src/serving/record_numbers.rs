//! The record in `/metrics`.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use point::{Caller, Point, Route};
use record::Record;
use std::fmt::Write;
use std::sync::{Arc, Weak};

/// What monitoring is told of the record. It answers no request.
#[derive(Debug)]
pub(crate) struct RecordNumbers {
    /// Weak, because the record ends before the server that shows its numbers.
    record: Weak<Record>,
}

impl RecordNumbers {
    /// The numbers of `record`.
    pub(crate) fn of(record: &Arc<Record>) -> Self {
        Self { record: Arc::downgrade(record) }
    }
}

impl Point for RecordNumbers {
    fn name(&self) -> &'static str {
        "record"
    }

    fn routes(&self) -> &[Route] {
        &[]
    }

    fn handle(&self, _request: Request<Bytes>, _caller: &Caller) -> Response<Bytes> {
        let mut nothing = Response::new(Bytes::new());
        *nothing.status_mut() = StatusCode::NOT_FOUND;
        nothing
    }

    fn write_metrics(&self, text: &mut String) {
        let Some(record) = self.record.upgrade() else { return };
        let health = record.health();
        let is_gap = !health.is_recording();
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let families = [
            ("gap", "gauge", "1 while the record cannot be written, and 0 otherwise.", u64::from(is_gap)),
            ("gaps_total", "counter", "Times when entries could not be written as they came.", health.gaps),
            ("entries_written_total", "counter", "Entries that were written.", health.written),
            ("entries_waiting", "gauge", "Entries that wait for their batch.", count(health.waiting)),
            ("entries_spooled", "gauge", "Entries that wait in memory for the gap to end.", count(health.spooled)),
            ("entries_spooled_total", "counter", "Entries that had to wait in memory.", health.spooled_total),
            ("entries_lost_total", "counter", "Entries that found no room, and are in no record.", health.lost),
        ];
        for (name, kind, help, value) in families {
            let name = format!("provost_record_{name}");
            // Writing to a string does not fail.
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
        }
    }
}
