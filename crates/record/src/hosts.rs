//! The world while a decision is recorded, and the same world when it is decided again.

use crate::chain::Digest;
use crate::exchange::{self, StoredExchange};
use decision::{Asked, Exchange};
use host::{Host, HostError, HttpRequest, HttpResponse, NotePlace};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// More exchanges of one decision are not kept; a replay then says that it cannot tell.
pub const EXCHANGES_MAX: usize = 256;

/// A host that remembers what one decision was told.
///
/// All policies of the decision go by one time, and their randomness comes from one seed, so that both can be written down in a few
/// bytes. Make one for each decision; it costs nothing until something is asked.
pub struct RecordingHost<'h> {
    host: &'h dyn Host,
    now_ns: OnceLock<i64>,
    rest: Mutex<Rest>,
}

#[derive(Default)]
struct Rest {
    randomness: Option<Randomness>,
    environment: bool,
    exchanges: Vec<Exchange>,
    /// Which of them are requests, by digest.
    sent: BTreeMap<Digest, usize>,
}

impl<'h> RecordingHost<'h> {
    /// Asks `host`, and remembers.
    pub fn new(host: &'h dyn Host) -> Self {
        Self { host, now_ns: OnceLock::new(), rest: Mutex::default() }
    }

    /// What was asked.
    pub fn into_asked(self) -> Asked {
        let rest = self.rest.into_inner().unwrap_or_else(PoisonError::into_inner);
        Asked {
            now_ns: self.now_ns.get().copied(),
            seed: rest.randomness.map(|randomness| randomness.seed.0),
            environment: rest.environment,
            exchanges: rest.exchanges,
        }
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, exchange: impl FnOnce() -> Exchange) {
        let mut rest = self.rest();
        // One more than is kept, so that the record can tell that it is not all.
        if rest.exchanges.len() <= EXCHANGES_MAX {
            rest.exchanges.push(exchange());
        }
    }
}

impl Host for RecordingHost<'_> {
    fn now_ns(&self) -> i64 {
        *self.now_ns.get_or_init(|| self.host.now_ns())
    }

    fn random(&self, bytes: &mut [u8]) {
        let mut rest = self.rest();
        let randomness = rest.randomness.get_or_insert_with(|| {
            let mut seed = [0; 32];
            self.host.random(&mut seed);
            Randomness::from(Digest(seed))
        });
        randomness.fill(bytes);
    }

    fn environment(&self) -> Vec<(String, String)> {
        let environment = self.host.environment();
        if !environment.is_empty() {
            self.rest().environment = true;
        }
        environment
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<IpAddr>, HostError> {
        let answer = self.host.lookup_ip(name);
        self.remember(|| Exchange::Lookup {
            name: name.to_owned(),
            answer: answer.as_ref().map_err(ToString::to_string).cloned(),
        });
        answer
    }

    fn print(&self, line: &str) {
        self.host.print(line);
    }

    fn note(&self, note: &str, place: &dyn Fn() -> Option<NotePlace>) {
        self.host.note(note, place);
    }

    fn elapsed_ns(&self) -> Option<u64> {
        self.host.elapsed_ns()
    }

    fn is_late(&self) -> bool {
        self.host.is_late()
    }

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        // Policies of one decision that ask the same are told the same, as they are when it is replayed.
        let digest = exchange::digest(request);
        if let Some(known) = self.rest().answer(&digest) {
            return known;
        }
        let answer = self.host.http(request);
        let mut rest = self.rest();
        // Of two that asked at once, both go by what came first.
        if let Some(known) = rest.answer(&digest) {
            return known;
        }
        let position = rest.exchanges.len();
        if position <= EXCHANGES_MAX {
            rest.exchanges.push(Exchange::Http { request: Box::new(request.clone()), answer: answer.clone() });
            rest.sent.insert(digest, position);
        }
        answer
    }
}

impl Rest {
    fn answer(&self, digest: &Digest) -> Option<Result<HttpResponse, HostError>> {
        match self.exchanges.get(*self.sent.get(digest)?)? {
            Exchange::Http { answer, .. } => Some(answer.clone()),
            Exchange::Lookup { .. } => None,
        }
    }
}

/// Randomness drawn from a seed: the SHA-256 of the seed and a counter, again and again.
struct Randomness {
    seed: Digest,
    blocks: u64,
}

impl From<Digest> for Randomness {
    fn from(seed: Digest) -> Self {
        Self { seed, blocks: 0 }
    }
}

impl Randomness {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = Digest::chained(&self.seed, &self.blocks.to_le_bytes());
            self.blocks = self.blocks.wrapping_add(1);
            chunk.iter_mut().zip(block.0).for_each(|(byte, random)| *byte = random);
        }
    }
}

/// The world as an entry tells it. What the entry does not tell is refused and remembered as missing, so that nobody takes the answer
/// for the one that would have been.
#[derive(Default)]
pub struct ReplayingHost {
    now_ns: Option<i64>,
    /// The clock of the entry itself, for policies that had not asked for the time.
    entry_ns: i64,
    randomness: Option<Mutex<Randomness>>,
    environment: bool,
    exchanges: Vec<StoredExchange>,
    missing: Mutex<Vec<String>>,
}

impl ReplayingHost {
    /// The world of an entry: what it says of its host, its own time, and its exchanges where they are still there.
    pub fn new(host: &crate::entry::Host, entry_ns: i64, exchanges: Vec<StoredExchange>) -> Self {
        Self {
            now_ns: host.now_ns,
            entry_ns,
            randomness: host.seed.map(|seed| Mutex::new(Randomness::from(seed))),
            environment: host.environment,
            exchanges,
            missing: Mutex::default(),
        }
    }

    /// What was asked for and is not in the record, in the order it was asked.
    pub fn into_missing(self) -> Vec<String> {
        self.missing.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn miss(&self, what: String) {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        if !missing.contains(&what) && missing.len() < EXCHANGES_MAX {
            missing.push(what);
        }
    }
}

impl Host for ReplayingHost {
    fn now_ns(&self) -> i64 {
        // A policy that is new asks for the time of the request, which is when the entry was made.
        self.now_ns.unwrap_or(self.entry_ns)
    }

    fn random(&self, bytes: &mut [u8]) {
        match &self.randomness {
            Some(randomness) => randomness.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes),
            // Any randomness will do where there was none: nobody can have relied on it.
            None => Randomness::from(Digest::ZERO).fill(bytes),
        }
    }

    fn environment(&self) -> Vec<(String, String)> {
        if self.environment {
            self.miss("environment variables, which are never recorded".to_owned());
        }
        Vec::new()
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<IpAddr>, HostError> {
        let found = self.exchanges.iter().find_map(|exchange| exchange.lookup(name));
        found.unwrap_or_else(|| {
            self.miss(format!("the addresses of `{name}`"));
            Err(HostError::Failed("the record does not tell".to_owned()))
        })
    }

    fn print(&self, _line: &str) {}

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        let digest = exchange::digest(request);
        let found = self.exchanges.iter().find_map(|exchange| exchange.http(&digest));
        found.unwrap_or_else(|| {
            self.miss(format!("the answer to {} {}", request.method, exchange::without_credentials(&request.url)));
            Err(HostError::Failed("the record does not tell".to_owned()))
        })
    }
}

#[cfg(test)]
#[path = "hosts_tests.rs"]
mod tests;
