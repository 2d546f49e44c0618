//! The one trait through which an evaluation sees the world: clock, randomness, network names and environment.
//!
//! Everything below floor 4 is pure but for this trait, so that a decision can be recorded and replayed.

mod http;

pub use http::{CacheOptions, HttpRequest, HttpResponse, Pem, TlsOptions};

use std::net::IpAddr;
use thiserror::Error;

/// Where a policy put a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotePlace {
    /// The name of the module.
    pub file: String,
    /// The line, from 1.
    pub row: u32,
    /// The column, from 1.
    pub column: u32,
}

/// What an evaluation may ask of the machine it runs on.
pub trait Host: Sync {
    /// Nanoseconds since the Unix epoch. An evaluation asks once and keeps the answer.
    fn now_ns(&self) -> i64;

    /// Fills `bytes` with randomness.
    fn random(&self, bytes: &mut [u8]);

    /// The environment variables that policies may see, by name.
    fn environment(&self) -> Vec<(String, String)>;

    /// The addresses of a host name.
    ///
    /// # Errors
    /// When the name cannot be resolved, or this host does not resolve names.
    fn lookup_ip(&self, name: &str) -> Result<Vec<IpAddr>, HostError>;

    /// Takes a line that a policy printed.
    fn print(&self, line: &str);

    /// Takes a note that a policy put into the trace of its evaluation; nobody reads it by default. `place` finds out where the
    /// policy did.
    fn note(&self, _note: &str, _place: &dyn Fn() -> Option<NotePlace>) {}

    /// Nanoseconds since some moment that stays the same, for limits of time; they never go back. A world without such a clock
    /// says nothing, and then time is not limited.
    fn elapsed_ns(&self) -> Option<u64> {
        None
    }

    /// Whether nobody waits for the answer any more. Evaluations ask now and then, and stop when it says so.
    fn is_late(&self) -> bool {
        false
    }

    /// Sends an HTTP request. Which hosts may be asked, how large an answer may be and how long it may take is for the host to
    /// say; one that says nothing sends nothing.
    ///
    /// # Errors
    /// When there is no answer, or this host does not let policies ask.
    fn http(&self, _request: &HttpRequest) -> Result<HttpResponse, HostError> {
        Err(HostError::Unavailable("HTTP"))
    }
}

/// Why the host did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HostError {
    /// This host keeps evaluations away from what was asked for.
    #[error("{0} is not available here")]
    Unavailable(&'static str),
    /// It answers such questions, and not this one: something that it was not told to allow, or too much.
    #[error("{0}")]
    Refused(String),
    /// It tried and failed.
    #[error("{0}")]
    Failed(String),
}

/// A host that answers the same always: for tests and for evaluations that must not see the world.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedHost {
    /// The time it tells, in nanoseconds since the Unix epoch.
    pub now_ns: i64,
}

impl Host for FixedHost {
    fn now_ns(&self) -> i64 {
        self.now_ns
    }

    fn random(&self, bytes: &mut [u8]) {
        // SplitMix64 from a fixed seed: well spread, and the same every time.
        let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
        for chunk in bytes.chunks_mut(8) {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let word = (word ^ (word >> 31)).to_le_bytes();
            chunk.iter_mut().zip(word).for_each(|(byte, random)| *byte = random);
        }
    }

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn lookup_ip(&self, _name: &str) -> Result<Vec<IpAddr>, HostError> {
        Err(HostError::Unavailable("name resolution"))
    }

    fn print(&self, _line: &str) {}
}
