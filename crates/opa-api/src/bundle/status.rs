//! What became of each bundle.

use super::BundleError;
use crate::error::Detail;
use crate::time::rfc3339;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use value::{Arena, Value};

/// What became of a bundle, with the fields of OPA's status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BundleStatus {
    /// The revision in use; none before the first activation.
    pub active_revision: Option<String>,
    /// When its source was last asked, in nanoseconds since the Unix epoch; this and the following are 0 before the first time.
    pub last_request_ns: i64,
    /// When its source last answered.
    pub last_successful_request_ns: i64,
    /// When it last came.
    pub last_successful_download_ns: i64,
    /// When it last was put in use.
    pub last_successful_activation_ns: i64,
    /// What went wrong last, unless something went right since.
    pub failure: Option<BundleFailure>,
    /// How long its archive is.
    pub bytes: u64,
    /// `snapshot` or `delta`.
    pub kind: &'static str,
    /// How often it was put in use.
    pub activations: u64,
    /// How often it could not be.
    pub failures: u64,
    /// How often in a row, until now.
    pub failures_in_a_row: u32,
}

/// Why a bundle is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleFailure {
    /// What happened.
    pub message: String,
    /// What the server that should have it answered.
    pub http_status: Option<u16>,
    pub(crate) details: Vec<Detail>,
}

impl BundleStatus {
    pub(crate) fn fail(&mut self, error: &BundleError) {
        self.failures += 1;
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        self.failure = Some(BundleFailure {
            message: error.to_string(),
            http_status: error.http_status(),
            details: error.details(),
        });
    }

    pub(crate) fn succeed(&mut self) {
        self.failure = None;
        self.failures_in_a_row = 0;
    }

    pub(crate) fn value<'a>(&self, name: &str, arena: &'a Arena) -> Value<'a> {
        let mut entries = vec![
            (arena.borrowed("name"), arena.string(name)),
            (arena.borrowed("last_request"), arena.string(&rfc3339(self.last_request_ns))),
            (arena.borrowed("last_successful_request"), arena.string(&rfc3339(self.last_successful_request_ns))),
            (arena.borrowed("last_successful_download"), arena.string(&rfc3339(self.last_successful_download_ns))),
            (arena.borrowed("last_successful_activation"), arena.string(&rfc3339(self.last_successful_activation_ns))),
        ];
        if let Some(revision) = &self.active_revision {
            entries.push((arena.borrowed("active_revision"), arena.string(revision)));
        }
        if self.bytes > 0 {
            entries.push((arena.borrowed("size"), Value::Int(i64::try_from(self.bytes).unwrap_or(i64::MAX))));
        }
        if !self.kind.is_empty() {
            entries.push((arena.borrowed("type"), arena.borrowed(self.kind)));
        }
        if let Some(failure) = &self.failure {
            entries.push((arena.borrowed("code"), arena.borrowed("bundle_error")));
            entries.push((arena.borrowed("message"), arena.string(&failure.message)));
            if let Some(status) = failure.http_status {
                entries.push((arena.borrowed("http_code"), Value::Int(i64::from(status))));
            }
            if !failure.details.is_empty() {
                let details: Vec<_> = failure.details.iter().map(|detail| detail.value(arena)).collect();
                entries.push((arena.borrowed("errors"), arena.array(&details)));
            }
        }
        arena.object(&entries)
    }
}

/// The status of every bundle by name. Nobody who decides looks here.
#[derive(Debug, Default)]
pub(crate) struct StatusBook {
    by_name: Mutex<BTreeMap<String, BundleStatus>>,
}

impl StatusBook {
    pub(crate) fn new<'n>(names: impl Iterator<Item = &'n String>) -> Self {
        Self { by_name: Mutex::new(names.map(|name| (name.clone(), BundleStatus::default())).collect()) }
    }

    pub(crate) fn update(&self, name: &str, change: impl FnOnce(&mut BundleStatus)) {
        // Every change is a few assignments, so a thread that panicked left nothing that would mislead.
        let mut book = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        change(book.entry(name.to_owned()).or_default());
    }

    pub(crate) fn all(&self) -> BTreeMap<String, BundleStatus> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
