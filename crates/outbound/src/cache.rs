//! Answers that outlive an evaluation. What was used longest ago goes when there is no room.

use aws_lc_rs::digest::{Context, SHA256};
use host::{HttpRequest, HttpResponse, Pem};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// What an entry takes besides its answer.
const ENTRY_BYTES: usize = 256;

/// Names a request: two with one answer have one key. A digest, so that no secret of a request stays in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// The key of a request that says that its answer may be kept.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        let cache = request.cache.as_ref()?;
        let mut digest = Context::new(&SHA256);
        let mut part = |bytes: &[u8]| {
            digest.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(bytes);
        };
        part(request.method.as_bytes());
        part(request.url.as_bytes());
        part(&request.body);
        // Whoever says how long an answer is good has answers of its own.
        part(format!("{} {:?}", request.follow_redirects, cache.forced).as_bytes());
        let ignored = |name: &str| cache.ignored_headers.iter().any(|ignored| ignored.eq_ignore_ascii_case(name));
        for (name, value) in request.headers.iter().filter(|(name, _)| !ignored(name)) {
            part(name.to_ascii_lowercase().as_bytes());
            part(value.as_bytes());
        }
        let tls = &request.tls;
        part(format!("{:?} {:?} {}", tls.trust_system, tls.server_name, tls.skip_verification).as_bytes());
        let identities = tls.identities.iter().flat_map(|(certificate, key)| [certificate, key]);
        for pem in tls.authorities.iter().chain(identities) {
            let (kind, text) = match pem {
                Pem::Text(text) => (0, text),
                Pem::File(path) => (1, path),
                Pem::EnvironmentVariable(name) => (2, name),
            };
            part(&[kind]);
            part(text.as_bytes());
        }
        let mut key = [0; 32];
        key.copy_from_slice(digest.finish().as_ref().get(..32)?);
        Some(Self(key))
    }
}

/// An answer that is kept.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) response: HttpResponse,
    /// From then on the server is asked whether it still holds.
    pub(crate) good_until: SystemTime,
}

impl Kept {
    fn bytes(&self) -> usize {
        let headers =
            self.response.headers.iter().map(|(name, value)| name.len() + value.len() + 2 * size_of::<String>());
        headers.sum::<usize>() + self.response.body.len() + self.response.status.len() + ENTRY_BYTES
    }
}

/// Answers by key.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    kept: HashMap<Key, (Arc<Kept>, u64)>,
    /// Keys by when they were last used.
    by_use: BTreeMap<u64, Key>,
    uses: u64,
    bytes: usize,
}

impl Cache {
    /// What is kept, whether it is still good or not.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Kept>> {
        let mut entries = self.entries();
        entries.uses += 1;
        let now = entries.uses;
        let (kept, used) = entries.kept.get_mut(key)?;
        let (kept, before) = (Arc::clone(kept), std::mem::replace(used, now));
        entries.by_use.remove(&before);
        entries.by_use.insert(now, *key);
        Some(kept)
    }

    /// Keeps an answer, if it fits into so many bytes with others or without.
    pub(crate) fn put(&self, key: Key, kept: Kept, bytes_max: usize) {
        let bytes = kept.bytes();
        let mut entries = self.entries();
        entries.remove(&key);
        if bytes > bytes_max {
            return;
        }
        while entries.bytes + bytes > bytes_max {
            let Some((_, oldest)) = entries.by_use.first_key_value() else { break };
            let oldest = *oldest;
            entries.remove(&oldest);
        }
        entries.uses += 1;
        let now = entries.uses;
        entries.by_use.insert(now, key);
        entries.kept.insert(key, (Arc::new(kept), now));
        entries.bytes += bytes;
    }

    /// Forgets one.
    pub(crate) fn remove(&self, key: &Key) {
        self.entries().remove(key);
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        *self.entries() = Entries::default();
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn remove(&mut self, key: &Key) {
        if let Some((kept, used)) = self.kept.remove(key) {
            self.by_use.remove(&used);
            self.bytes = self.bytes.saturating_sub(kept.bytes());
        }
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
