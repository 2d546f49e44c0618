//! The world as the policies of one request see it.

use host::{Host, HostError, HttpRequest, HttpResponse, NotePlace};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The host, with the time that one request has: evaluations stop at its deadline.
pub struct RequestHost<'h> {
    host: &'h dyn Host,
    deadline: Instant,
    /// Whether policies may send requests of their own; ad-hoc queries may not.
    sends_http: bool,
    /// What the policies noted, when somebody wants to know.
    notes: Option<Mutex<Vec<Note>>>,
}

/// What a policy put into the trace of its evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub text: String,
    /// Where the policy did.
    pub place: Option<NotePlace>,
}

/// Most notes that are kept of one evaluation.
const NOTES_MAX: usize = 10_000;

impl<'h> RequestHost<'h> {
    /// The world of `host` until `deadline`.
    pub fn new(host: &'h dyn Host, deadline: Instant) -> Self {
        Self { host, deadline, sends_http: true, notes: None }
    }

    /// The same, where policies cannot send requests.
    #[must_use]
    pub fn without_http(mut self) -> Self {
        self.sends_http = false;
        self
    }

    /// The same, keeping what policies note.
    #[must_use]
    pub fn keeping_notes(mut self) -> Self {
        self.notes = Some(Mutex::default());
        self
    }

    /// What the policies noted, in order; nothing without [`Self::keeping_notes`].
    pub fn notes(&self) -> Vec<Note> {
        let notes = self.notes.as_ref().map(|notes| notes.lock().unwrap_or_else(PoisonError::into_inner).clone());
        notes.unwrap_or_default()
    }
}

impl Host for RequestHost<'_> {
    fn now_ns(&self) -> i64 {
        self.host.now_ns()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.host.random(bytes);
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.host.environment()
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<IpAddr>, HostError> {
        self.host.lookup_ip(name)
    }

    fn print(&self, line: &str) {
        self.host.print(line);
    }

    fn note(&self, note: &str, place: &dyn Fn() -> Option<NotePlace>) {
        if let Some(notes) = &self.notes {
            let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
            if notes.len() < NOTES_MAX {
                notes.push(Note { text: note.to_owned(), place: place() });
            }
        }
    }

    fn elapsed_ns(&self) -> Option<u64> {
        self.host.elapsed_ns()
    }

    fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        if !self.sends_http {
            return Err(HostError::Unavailable("HTTP"));
        }
        self.host.http(&request.clone().within(self.deadline.saturating_duration_since(Instant::now())))
    }
}
