//! Who a caller is: only what a credential proves counts.

pub(crate) mod certificate;
mod issuer;
mod keys;
mod static_tokens;

pub use issuer::{IssuerError, IssuerOptions};
pub use keys::KeySource;
pub use static_tokens::{TokenError, generate_token, hash_token};

use arc_swap::ArcSwap;
use http::StatusCode;
use http::header::HeaderValue;
use issuer::{Issuer, NotVerified};
use jiff::Timestamp;
use point::{Condition, Identity, Refusal};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use static_tokens::{Found, StaticTokens, sha256};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thiserror::Error;

/// Tokens that are remembered as verified.
const REMEMBERED_MAX: usize = 10_000;

/// The longest file of tokens.
const TOKEN_FILE_BYTES_MAX: u64 = 8 << 20;

/// Between two attempts to fetch keys that could not be fetched.
const RETRY: Duration = Duration::from_secs(5);

/// Which credentials are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentityOptions {
    /// A file with the hashes of tokens that an administrator handed out.
    pub tokens: Option<PathBuf>,
    /// Who may sign tokens.
    pub issuers: Vec<IssuerOptions>,
}

/// Why identities cannot be verified as the options say.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The options of an issuer.
    #[error("{0}")]
    Issuer(#[from] IssuerError),
    /// Two issuers could name the same subject.
    #[error("the issuers `{first}` and `{second}` have the same prefix, so that their subjects cannot be told apart")]
    SamePrefix {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// The file of tokens cannot be read.
    #[error("`{path}` cannot be read: {reason}", path = path.display())]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// The file of tokens says something wrong.
    #[error("`{path}`: {reason}", path = path.display())]
    Tokens {
        /// The file.
        path: PathBuf,
        /// What.
        reason: TokenError,
    },
    /// The keys of an issuer cannot be read from their file.
    #[error("the keys of `{issuer}`: {reason}")]
    Keys {
        /// The issuer.
        issuer: String,
        /// Why.
        reason: String,
    },
}

/// Verifies who callers are.
#[derive(Debug)]
pub(crate) struct Identification {
    tokens_file: Option<PathBuf>,
    tokens: ArcSwap<StaticTokens>,
    issuers: Vec<Issuer>,
    remembered: Mutex<FxHashMap<[u8; 32], Remembered>>,
    /// Changes whenever a credential that was good may no longer be.
    generation: AtomicU64,
}

#[derive(Debug)]
struct Remembered {
    identity: Arc<Identity>,
    expires: Option<Timestamp>,
    generation: u64,
    /// The certificate of the connection that it was verified on, by fingerprint: a token's identity carries it.
    certificate: Option<String>,
}

#[derive(Deserialize)]
struct IssuerClaim {
    iss: String,
}

impl Identification {
    /// Reads what stands in files. Keys behind URLs are fetched by [`Self::keep_keys_fresh`].
    pub(crate) fn new(options: IdentityOptions) -> Result<Self, IdentityError> {
        let mut prefixes: FxHashMap<String, String> = FxHashMap::default();
        let mut issuers = Vec::new();
        for options in options.issuers {
            if let Some(first) = prefixes.insert(options.prefix.clone(), options.issuer.clone()) {
                return Err(IdentityError::SamePrefix { first, second: options.issuer });
            }
            issuers.push(Issuer::new(options)?);
        }
        let identification = Self {
            tokens_file: options.tokens,
            tokens: ArcSwap::default(),
            issuers,
            remembered: Mutex::default(),
            generation: AtomicU64::new(0),
        };
        identification.reload()?;
        Ok(identification)
    }

    /// Files to watch.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let keys = self.issuers.iter().filter_map(|issuer| issuer.keys.file());
        self.tokens_file.iter().chain(keys).cloned().collect()
    }

    /// Reads tokens and keys again that stand in files. What cannot be read stays as it was.
    pub(crate) fn reload(&self) -> Result<(), IdentityError> {
        // Whatever comes of it: what was remembered is verified anew.
        let keys = self.issuers.iter().try_for_each(|issuer| {
            issuer.keys.refresh_file().map_err(|error| IdentityError::Keys {
                issuer: issuer.options().issuer.clone(),
                reason: error.to_string(),
            })
        });
        let tokens = self.tokens_file.as_ref().map_or(Ok(()), |path| {
            let text = read_text(path).map_err(|reason| IdentityError::TokenFile { path: path.clone(), reason })?;
            let tokens = StaticTokens::read(&path.display().to_string(), &text);
            let tokens = tokens.map_err(|reason| IdentityError::Tokens { path: path.clone(), reason })?;
            self.tokens.store(Arc::new(tokens));
            Ok(())
        });
        self.generation.fetch_add(1, Ordering::Release);
        keys.and(tokens)
    }

    /// Fetches the keys that stand behind URLs, again and again.
    pub(crate) async fn keep_keys_fresh(self: Arc<Self>) {
        let mut tasks = tokio::task::JoinSet::new();
        for index in 0..self.issuers.len() {
            let identification = Arc::clone(&self);
            tasks.spawn(async move {
                let Some(issuer) = identification.issuers.get(index) else { return };
                if issuer.keys.file().is_some() {
                    return;
                }
                loop {
                    let refreshed = issuer.keys.refresh().await;
                    identification.generation.fetch_add(1, Ordering::Release);
                    let pause = match refreshed {
                        Ok(()) => issuer.options().refresh,
                        Err(error) => {
                            tracing::warn!(issuer = issuer.options().issuer, %error, "keys could not be fetched");
                            RETRY.min(issuer.options().refresh)
                        }
                    };
                    tokio::time::sleep(pause).await;
                }
            });
        }
        tasks.join_all().await;
    }

    /// What is not well.
    pub(crate) fn conditions(&self) -> Vec<Condition> {
        let failed = self.issuers.iter().filter_map(|issuer| issuer.keys.failure());
        // The reason may hold addresses of inner systems; it stands in the log.
        let failed = failed.count();
        if self.issuers.is_empty() {
            Vec::new()
        } else if failed == 0 {
            vec![Condition::healthy("issuers", "the keys of all issuers are there")]
        } else {
            vec![Condition::degraded("issuers", format!("the keys of {failed} issuers could not be read"))]
        }
    }

    /// Whether there is anything that a bearer token could be verified by.
    fn verifies_tokens(&self) -> bool {
        self.tokens_file.is_some() || !self.issuers.is_empty()
    }

    /// Who sends a request with this `Authorization` header over a connection of `connection`.
    pub(crate) async fn identify(
        &self,
        connection: &Arc<Identity>,
        authorization: Option<&HeaderValue>,
    ) -> Result<Arc<Identity>, Refusal> {
        let Some(authorization) = authorization else { return Ok(Arc::clone(connection)) };
        let token = bearer_token(authorization)?;
        if !self.verifies_tokens() {
            let refusal = unauthorized("this server verifies no tokens, and so not this one");
            return Err(refusal.help("send none, or name `server.tokens` or `server.issuers` in provost.yaml"));
        }
        let hash = sha256(token);
        let now = Timestamp::now();
        match self.remembered(&hash, now, connection) {
            Some(identity) => Ok(identity),
            // It is rare, and may fetch keys: it has memory of its own, so that a request on its way stays small.
            None => Box::pin(self.verify(token, hash, now, connection)).await,
        }
    }

    async fn verify(
        &self,
        token: &str,
        hash: [u8; 32],
        now: Timestamp,
        connection: &Arc<Identity>,
    ) -> Result<Arc<Identity>, Refusal> {
        let certificate = connection.certificate.as_ref();
        let generation = self.generation.load(Ordering::Acquire);
        let (identity, expires) = match self.tokens.load().find(&hash, now) {
            Found::Valid(identity, expires) => {
                let identity = match certificate {
                    None => identity,
                    Some(_) => Arc::new(Identity { certificate: certificate.cloned(), ..Identity::clone(&identity) }),
                };
                (identity, expires)
            }
            Found::Expired => return Err(unauthorized("the token has expired")),
            Found::Unknown => {
                let verified = self.verify_signed(token, now, connection).await?;
                (Arc::new(verified.identity), Some(verified.expires))
            }
        };
        let certificate = certificate.map(|certificate| certificate.fingerprint.clone());
        self.remember(hash, now, Remembered { identity: Arc::clone(&identity), expires, generation, certificate });
        Ok(identity)
    }

    async fn verify_signed(
        &self,
        token: &str,
        now: Timestamp,
        connection: &Identity,
    ) -> Result<issuer::Verified, Refusal> {
        let certificate = connection.certificate.as_ref();
        // The issuer is only looked up by what the token says; whether it is right is found out below.
        let claimed = jsonwebtoken::dangerous::insecure_decode_claims::<IssuerClaim>(token);
        let claimed = claimed.map_err(|_| unauthorized("the token is not known"))?;
        let issuer = self.issuers.iter().find(|issuer| issuer.options().issuer == claimed.iss);
        let issuer = issuer.ok_or_else(|| unauthorized("the token is of another issuer"))?;
        let mut verified = issuer.verify(token, now, certificate);
        if matches!(verified, Err(NotVerified::UnknownKey | NotVerified::NoKeys))
            && issuer.keys.refresh_for_unknown_key().await
        {
            // A key that is gone from the new ones vouches for nothing any more.
            self.generation.fetch_add(1, Ordering::Release);
            verified = issuer.verify(token, now, certificate);
        }
        verified.map_err(|reason| match reason {
            NotVerified::Wrong(message) => unauthorized(message),
            NotVerified::UnknownKey => unauthorized("the token is signed with a key that its issuer does not publish"),
            NotVerified::NoKeys => Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "keys_unavailable",
                "the keys of the token's issuer cannot be had",
            )
            .help("try again later"),
        })
    }

    fn memory(&self) -> MutexGuard<'_, FxHashMap<[u8; 32], Remembered>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remembered(&self, hash: &[u8; 32], now: Timestamp, connection: &Identity) -> Option<Arc<Identity>> {
        let memory = self.memory();
        let remembered = memory.get(hash)?;
        let fresh = remembered.generation == self.generation.load(Ordering::Acquire)
            && remembered.expires.is_none_or(|expires| now < expires);
        let certificate = connection.certificate.as_ref().map(|certificate| &certificate.fingerprint);
        (fresh && remembered.certificate.as_ref() == certificate).then(|| Arc::clone(&remembered.identity))
    }

    fn remember(&self, hash: [u8; 32], now: Timestamp, remembered: Remembered) {
        let generation = remembered.generation;
        let mut memory = self.memory();
        if memory.len() >= REMEMBERED_MAX {
            memory.retain(|_, old| old.generation == generation && old.expires.is_none_or(|expires| now < expires));
            if memory.len() >= REMEMBERED_MAX {
                memory.clear();
            }
        }
        memory.insert(hash, remembered);
    }
}

/// The token of a header `Authorization: Bearer ...` (RFC 6750, section 2.1).
fn bearer_token(authorization: &HeaderValue) -> Result<&str, Refusal> {
    let text = authorization.to_str().map_err(|_| unauthorized("the header `authorization` is no text"))?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(unauthorized("the header `authorization` holds no bearer token"));
    }
    Ok(token)
}

/// A credential is wrong.
pub(crate) fn unauthorized(message: &'static str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
}

fn read_text(path: &PathBuf) -> std::io::Result<String> {
    if std::fs::metadata(path)?.len() > TOKEN_FILE_BYTES_MAX {
        return Err(std::io::Error::other("it is too long"));
    }
    std::fs::read_to_string(path)
}
