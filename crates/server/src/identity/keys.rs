//! The public keys of an issuer: from a file or a URL, kept fresh, within bounds.

use crate::fetch::{FetchError, FetchOptions, Fetcher, check_url};
use arc_swap::ArcSwapOption;
use bytes::Bytes;
use http::header::{ACCEPT, HeaderValue};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use thiserror::Error;

/// The longest document with keys.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Keys of one issuer.
const KEYS_MAX: usize = 100;

/// From the first packet to the last byte of a document.
const FETCH_TIME_MAX: Duration = Duration::from_secs(5);

/// Tokens that name an unknown key make the keys be fetched again no more often than this.
const UNKNOWN_KEY_INTERVAL: Duration = Duration::from_secs(5);

/// Where an issuer's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A JWK Set (RFC 7517, section 5) in a file.
    File(PathBuf),
    /// A JWK Set behind a URL.
    Url(String),
    /// Where the issuer's own configuration says (OpenID Connect Discovery 1.0, section 4).
    Discovery,
}

/// Why there are no keys.
#[derive(Debug, Error)]
pub(crate) enum KeysError {
    #[error("{0}")]
    Fetch(#[from] FetchError),
    #[error("`{path}` cannot be read: {reason}")]
    File { path: String, reason: std::io::Error },
    #[error("`{url}` answered with status {status}")]
    Status { url: String, status: u16 },
    #[error("`{0}` is no JWK Set with keys for signatures")]
    NoKeys(String),
    #[error("`{url}` is the configuration of another issuer than `{issuer}`")]
    OtherIssuer { url: String, issuer: String },
}

/// Keys that were read at one time.
#[derive(Debug)]
struct Keys {
    keys: Vec<Key>,
    read: Instant,
}

struct Key {
    id: Option<String>,
    algorithm: Option<Algorithm>,
    family: AlgorithmFamily,
    key: DecodingKey,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("id", &self.id).field("family", &self.family).finish_non_exhaustive()
    }
}

/// What a search for a key found.
pub(crate) enum KeySearch<T> {
    Found(T),
    /// Perhaps the keys were rotated.
    UnknownKey,
    /// There are no keys, or they are too old.
    NoKeys,
}

/// The keys of one issuer.
pub(crate) struct KeyStore {
    issuer: String,
    source: KeySource,
    fetcher: Fetcher,
    age_max: Duration,
    keys: ArcSwapOption<Keys>,
    failure: Mutex<Option<String>>,
    last_unknown: tokio::sync::Mutex<Option<Instant>>,
}

impl std::fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyStore").field("issuer", &self.issuer).field("source", &self.source).finish_non_exhaustive()
    }
}

impl KeyStore {
    /// Keys that count for `age_max` after they were read. Nothing is read yet.
    pub(crate) fn new(
        issuer: String,
        source: KeySource,
        fetcher: Fetcher,
        age_max: Duration,
    ) -> Result<Self, KeysError> {
        match &source {
            KeySource::Url(url) => drop(check_url(url)?),
            KeySource::Discovery => drop(check_url(&issuer)?),
            KeySource::File(_) => {}
        }
        let (keys, failure, last_unknown) = Default::default();
        Ok(Self { issuer, source, fetcher, age_max, keys, failure, last_unknown })
    }

    /// The file that is to be watched, if the keys stand in one.
    pub(crate) fn file(&self) -> Option<&PathBuf> {
        match &self.source {
            KeySource::File(path) => Some(path),
            KeySource::Url(_) | KeySource::Discovery => None,
        }
    }

    /// Reads the keys again. When that fails, the old ones go on until they are too old.
    pub(crate) async fn refresh(&self) -> Result<(), KeysError> {
        let read = match &self.source {
            KeySource::File(_) => return self.refresh_file(),
            KeySource::Url(url) => self.fetch(url).await,
            KeySource::Discovery => self.discover().await,
        };
        self.keep(read)
    }

    /// Reads the keys again where they stand in a file.
    pub(crate) fn refresh_file(&self) -> Result<(), KeysError> {
        let Some(path) = self.file() else { return Ok(()) };
        let name = path.display().to_string();
        let read = fs::metadata(path)
            .and_then(|metadata| {
                if metadata.len() > FILE_BYTES_MAX {
                    return Err(std::io::Error::other("it is too long"));
                }
                fs::read(path)
            })
            .map_err(|reason| KeysError::File { path: name.clone(), reason })
            .and_then(|text| parse(&text).ok_or(KeysError::NoKeys(name)));
        self.keep(read)
    }

    fn keep(&self, read: Result<Vec<Key>, KeysError>) -> Result<(), KeysError> {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(keys) => {
                self.keys.store(Some(std::sync::Arc::new(Keys { keys, read: Instant::now() })));
                *failure = None;
                Ok(())
            }
            Err(error) => {
                *failure = Some(error.to_string());
                Err(error)
            }
        }
    }

    /// Reads the keys again because a token names one that is not there; not more often than is good.
    ///
    /// Returns whether it is worth looking again.
    pub(crate) async fn refresh_for_unknown_key(&self) -> bool {
        if self.file().is_some() {
            return false;
        }
        // Whoever waits here for another's fetch finds that it was only just done.
        let mut last = self.last_unknown.lock().await;
        if last.is_some_and(|last| last.elapsed() < UNKNOWN_KEY_INTERVAL) {
            return true;
        }
        let refreshed = self.refresh().await.is_ok();
        *last = Some(Instant::now());
        refreshed
    }

    /// Why the last attempt to read the keys failed, if it did.
    pub(crate) fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Uses the key for a token with that header.
    pub(crate) fn with_key<T>(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        then: impl FnOnce(&DecodingKey) -> T,
    ) -> KeySearch<T> {
        let keys = self.keys.load();
        let Some(keys) = keys.as_ref().filter(|keys| self.file().is_some() || keys.read.elapsed() <= self.age_max)
        else {
            return KeySearch::NoKeys;
        };
        let mut fitting = keys
            .keys
            .iter()
            .filter(|key| key.family == algorithm.family() && key.algorithm.is_none_or(|named| named == algorithm));
        let key = match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            // Without a name there must be no choice.
            None => fitting.next().filter(|_| fitting.next().is_none()),
        };
        key.map_or(KeySearch::UnknownKey, |key| KeySearch::Found(then(&key.key)))
    }

    async fn fetch(&self, url: &str) -> Result<Vec<Key>, KeysError> {
        let text = self.document(url).await?;
        parse(&text).ok_or_else(|| KeysError::NoKeys(url.to_owned()))
    }

    async fn document(&self, url: &str) -> Result<Bytes, KeysError> {
        let bytes_max = usize::try_from(FILE_BYTES_MAX).unwrap_or(usize::MAX);
        let headers = vec![(ACCEPT, HeaderValue::from_static("application/json"))];
        let options = FetchOptions { headers, bytes_max, time_max: FETCH_TIME_MAX };
        let fetched = self.fetcher.fetch(url, &options).await?;
        if !fetched.status.is_success() {
            return Err(KeysError::Status { url: url.to_owned(), status: fetched.status.as_u16() });
        }
        Ok(fetched.body)
    }

    async fn discover(&self) -> Result<Vec<Key>, KeysError> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let text = self.document(&url).await?;
        let document: Value = serde_json::from_slice(&text).unwrap_or_default();
        let field = |name: &str| document.get(name).and_then(Value::as_str);
        if field("issuer") != Some(self.issuer.as_str()) {
            return Err(KeysError::OtherIssuer { url, issuer: self.issuer.clone() });
        }
        match field("jwks_uri") {
            Some(keys) => self.fetch(keys).await,
            None => Err(KeysError::NoKeys(url)),
        }
    }
}

/// The keys for signatures of a JWK Set. Other keys, and those of kinds that are not known, are left out; secrets are no keys that
/// an issuer publishes.
fn parse(text: &[u8]) -> Option<Vec<Key>> {
    let document: Value = serde_json::from_slice(text).ok()?;
    let listed = document.get("keys")?.as_array()?;
    let keys: Vec<Key> = listed.iter().take(KEYS_MAX).filter_map(key).collect();
    (!keys.is_empty()).then_some(keys)
}

fn key(document: &Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(document.clone()).ok()?;
    let signs = jwk.common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let key = DecodingKey::from_jwk(&jwk).ok().filter(|_| signs)?;
    let family = key.family();
    let algorithm = match jwk.common.key_algorithm {
        None => None,
        // A key for an algorithm that is not known is for none.
        Some(named) => Some(named.to_string().parse().ok()?),
    };
    (family != AlgorithmFamily::Hmac).then_some(Key { id: jwk.common.key_id, algorithm, family, key })
}
