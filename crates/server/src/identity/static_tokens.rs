//! Tokens that an administrator handed out. Only their hashes are kept.

use super::certificate::hexadecimal;
use aws_lc_rs::{constant_time, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use decision::Subject;
use formats::{Format, Options};
use jiff::Timestamp;
use point::Identity;
use std::sync::Arc;
use thiserror::Error;
use value::{Arena, Source, Value};

/// What our tokens begin with, so that scanners for secrets find them.
const PREFIX: &str = "provost_";

/// Random bytes of a token that is made here.
const RANDOM_BYTES: usize = 32;

/// The shortest token that is hashed: a hash without salt and work protects only what nobody can guess.
const LENGTH_MIN: usize = 32;

/// Tokens in one file.
const TOKENS_MAX: usize = 10_000;

/// What is wrong with a file of tokens, or with a token.
#[derive(Debug, Error)]
pub enum TokenError {
    /// The file cannot be read as YAML.
    #[error("{0}")]
    Syntax(String),
    /// An entry is not as it should be.
    #[error("token {number}: {reason}")]
    Entry {
        /// Which one, from 1.
        number: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// There are too many.
    #[error("there are more than {TOKENS_MAX} tokens")]
    TooMany,
    /// A token is too short to be a secret.
    #[error("the token is shorter than {LENGTH_MIN} characters")]
    TooShort,
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    NoRandomness,
}

/// A fresh token with 256 random bits.
///
/// # Errors
/// When the system gives no randomness.
pub fn generate_token() -> Result<String, TokenError> {
    let mut random = [0; RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(|_| TokenError::NoRandomness)?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)))
}

/// What a file of tokens keeps of a token: `sha256:` and the hash in hexadecimal digits.
///
/// # Errors
/// When it is too short to be a secret.
pub fn hash_token(token: &str) -> Result<String, TokenError> {
    if token.len() < LENGTH_MIN {
        return Err(TokenError::TooShort);
    }
    Ok(format!("sha256:{}", hexadecimal(sha256(token).as_ref())))
}

pub(crate) fn sha256(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    hash
}

/// The tokens of a file.
#[derive(Debug, Default)]
pub(crate) struct StaticTokens {
    tokens: Vec<StaticToken>,
}

#[derive(Debug)]
struct StaticToken {
    hash: [u8; 32],
    expires: Option<Timestamp>,
    identity: Arc<Identity>,
}

/// What became of a token.
#[derive(Debug)]
pub(crate) enum Found {
    /// It is one of them, good until then.
    Valid(Arc<Identity>, Option<Timestamp>),
    /// It was one of them.
    Expired,
    /// It is none of them.
    Unknown,
}

impl StaticTokens {
    /// Reads a file: an object whose `tokens` are objects with `subject`, `groups`, `hash` and `expires`, or their list alone, as it is
    /// when `provost token new` wrote each entry to the end of the file.
    pub(crate) fn read(name: &str, text: &str) -> Result<Self, TokenError> {
        let source = Source::new(name, text);
        let arena = Arena::new();
        let documents = formats::parse(&arena, &source, Format::Yaml, &Options::default());
        let documents = documents.map_err(|diagnostic| TokenError::Syntax(diagnostic.message))?;
        let listed = match documents.documents.as_slice() {
            [] => return Ok(Self::default()),
            [document] if document.value.as_array().is_some() => Some(document.value),
            [document] => document.value.get_str("tokens"),
            _ => None,
        };
        let Some(Value::Array(listed)) = listed else {
            return Err(TokenError::Syntax(
                "there must be one document, a list of tokens or an object with a list `tokens`".to_owned(),
            ));
        };
        if listed.len() > TOKENS_MAX {
            return Err(TokenError::TooMany);
        }
        let entry = |(number, entry)| token(entry).map_err(|reason| TokenError::Entry { number, reason });
        Ok(Self { tokens: (1..).zip(listed.iter()).map(entry).collect::<Result<_, _>>()? })
    }

    /// Looks a token up by its hash; how long that takes tells nothing about the hashes.
    pub(crate) fn find(&self, hash: &[u8; 32], now: Timestamp) -> Found {
        let mut found = Found::Unknown;
        for token in &self.tokens {
            if constant_time::verify_slices_are_equal(&token.hash, hash).is_ok() {
                let expired = token.expires.is_some_and(|expires| expires <= now);
                found = if expired { Found::Expired } else { Found::Valid(Arc::clone(&token.identity), token.expires) };
            }
        }
        found
    }
}

fn token(entry: Value<'_>) -> Result<StaticToken, &'static str> {
    let Value::Object(fields) = entry else { return Err("it must be an object with `subject` and `hash`") };
    let known = ["subject", "groups", "hash", "expires"];
    if fields.keys().any(|key| !key.as_str().is_some_and(|key| known.contains(&key))) {
        return Err("it has a key other than `subject`, `groups`, `hash` and `expires`");
    }
    let id = entry.get_str("subject").and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = id.ok_or("it must name its `subject`")?.to_owned();
    let hash = entry.get_str("hash").and_then(Value::as_str).and_then(|hash| hash.strip_prefix("sha256:"));
    let hash = hash.and_then(from_hexadecimal).ok_or("its `hash` must be what `provost token hash` prints")?;
    let groups = match entry.get_str("groups") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(groups)) => {
            let groups = groups.iter().map(|group| group.as_str().map(str::to_owned));
            groups.collect::<Option<_>>().ok_or("its `groups` must be texts")?
        }
        Some(_) => return Err("its `groups` must be a list of texts"),
    };
    let expires = match entry.get_str("expires") {
        None | Some(Value::Null) => None,
        Some(time) => {
            let time = time.as_str().and_then(|time| time.parse().ok());
            Some(time.ok_or("its `expires` must be a time such as 2027-01-31T00:00:00Z")?)
        }
    };
    let subject = Subject { id: Some(id), groups, verified_by: "token".to_owned() };
    Ok(StaticToken { hash, expires, identity: Arc::new(Identity { subject, ..Identity::default() }) })
}

fn from_hexadecimal(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}
