//! Bearer tokens that an issuer signed (RFC 7519), with everything pinned that a token could choose.

use super::keys::{KeySearch, KeySource, KeyStore, KeysError};
use crate::fetch::Fetcher;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use decision::Subject;
use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, AlgorithmFamily, Validation, decode, decode_header};
use point::{CertificateIdentity, Identity};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;

/// An issuer whose tokens are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerOptions {
    /// The claim `iss`, exactly.
    pub issuer: String,
    /// The claim `aud` must name one of them.
    pub audiences: Vec<String>,
    /// Algorithms that a token may be signed with, such as `RS256` and `ES256`. Those with a shared secret are refused.
    pub algorithms: Vec<String>,
    /// Where the keys are.
    pub keys: KeySource,
    /// A file with the authorities that may vouch for the server with the keys; without it, those of the system.
    pub authority: Option<PathBuf>,
    /// The claim that names the subject.
    pub subject_claim: String,
    /// The claim that names the groups: a text or a list of texts.
    pub groups_claim: String,
    /// Put in front of subjects and groups, so that those of two issuers stay apart.
    pub prefix: String,
    /// How far clocks may be apart.
    pub leeway: Duration,
    /// How often keys behind a URL are fetched.
    pub refresh: Duration,
    /// How long keys count when they cannot be fetched.
    pub keys_age_max: Duration,
}

impl IssuerOptions {
    /// An issuer with what is usual: `RS256` and `ES256`, the claims `sub` and `groups`, keys by discovery every five minutes that
    /// count for a day, clocks that are half a minute apart.
    pub fn new(issuer: impl Into<String>, audiences: Vec<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audiences,
            algorithms: vec!["RS256".to_owned(), "ES256".to_owned()],
            keys: KeySource::Discovery,
            authority: None,
            subject_claim: "sub".to_owned(),
            groups_claim: "groups".to_owned(),
            prefix: String::new(),
            leeway: Duration::from_secs(30),
            refresh: Duration::from_secs(300),
            keys_age_max: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// What is wrong with the options of an issuer.
#[derive(Debug, Error)]
#[error("the issuer `{issuer}`: {reason}")]
pub struct IssuerError {
    issuer: String,
    reason: String,
}

impl IssuerError {
    pub(crate) fn new(issuer: &str, reason: impl ToString) -> Self {
        Self { issuer: issuer.to_owned(), reason: reason.to_string() }
    }
}

/// A token that was verified.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) identity: Identity,
    pub(crate) expires: Timestamp,
}

/// Why a token is not believed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotVerified {
    /// Its key is not known; perhaps it is new.
    UnknownKey,
    /// The issuer's keys cannot be had.
    NoKeys,
    /// It is wrong.
    Wrong(&'static str),
}

/// An issuer whose tokens are believed.
#[derive(Debug)]
pub(crate) struct Issuer {
    options: IssuerOptions,
    algorithms: Vec<Algorithm>,
    pub(crate) keys: KeyStore,
}

impl Issuer {
    pub(crate) fn new(options: IssuerOptions) -> Result<Self, IssuerError> {
        let wrong = |reason: &str| IssuerError::new(&options.issuer, reason);
        if options.issuer.is_empty() {
            return Err(wrong("it has no name; write the claim `iss` of its tokens"));
        }
        if options.audiences.is_empty() || options.audiences.iter().any(String::is_empty) {
            return Err(wrong("it names no audience; write the claim `aud` that its tokens for this server have"));
        }
        let mut algorithms = Vec::new();
        for name in &options.algorithms {
            let algorithm: Algorithm = name.parse().map_err(|_| wrong(&format!("`{name}` is no algorithm")))?;
            if algorithm.family() == AlgorithmFamily::Hmac {
                return Err(wrong(&format!(
                    "`{name}` has a shared secret, which everybody who verifies could sign with"
                )));
            }
            algorithms.push(algorithm);
        }
        if algorithms.is_empty() {
            return Err(wrong("it names no algorithm"));
        }
        let fetcher =
            Fetcher::new(options.authority.as_deref()).map_err(|error| IssuerError::new(&options.issuer, error))?;
        let keys = KeyStore::new(options.issuer.clone(), options.keys.clone(), fetcher, options.keys_age_max)
            .map_err(|error: KeysError| IssuerError::new(&options.issuer, error))?;
        Ok(Self { options, algorithms, keys })
    }

    pub(crate) fn options(&self) -> &IssuerOptions {
        &self.options
    }

    /// Believes a token, or says why not. `certificate` is what the connection was opened with.
    pub(crate) fn verify(
        &self,
        token: &str,
        now: Timestamp,
        certificate: Option<&CertificateIdentity>,
    ) -> Result<Verified, NotVerified> {
        let header = decode_header(token).map_err(|_| NotVerified::Wrong("the token is no signed JWT"))?;
        if !self.algorithms.contains(&header.alg) {
            return Err(NotVerified::Wrong("the token is signed with an algorithm that is not allowed"));
        }
        // It names extensions without which the token is not to be believed, and none is understood here (RFC 7515, section 4.1.11).
        if header.crit.is_some() {
            return Err(NotVerified::Wrong("the token's header `crit` asks for something that is not known here"));
        }
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.options.issuer]);
        validation.set_audience(&self.options.audiences);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.leeway = self.options.leeway.as_secs();
        let decoded = self
            .keys
            .with_key(header.kid.as_deref(), header.alg, |key| decode::<Map<String, Value>>(token, key, &validation));
        let claims = match decoded {
            KeySearch::NoKeys => return Err(NotVerified::NoKeys),
            KeySearch::UnknownKey => return Err(NotVerified::UnknownKey),
            KeySearch::Found(Err(error)) => return Err(NotVerified::Wrong(reason(error.kind()))),
            KeySearch::Found(Ok(decoded)) => decoded.claims,
        };
        let leeway = i64::try_from(self.options.leeway.as_secs()).unwrap_or(i64::MAX);
        let seconds = |claim: &str| claims.get(claim).and_then(Value::as_f64);
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 have fewer than 53 bits")]
        let latest = now.as_second().saturating_add(leeway) as f64;
        if seconds("iat").is_some_and(|issued| issued > latest) {
            return Err(NotVerified::Wrong("the token was issued in the future"));
        }
        if let Some(confirmation) = claims.get("cnf").and_then(|cnf| cnf.get("x5t#S256")) {
            // RFC 8705, section 3: the token is of use only to whoever holds the certificate's key.
            let bound = confirmation.as_str().zip(certificate).is_some_and(|(expected, certificate)| {
                certificate.chain.first().is_some_and(|own| {
                    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, own);
                    URL_SAFE_NO_PAD.encode(hash) == expected
                })
            });
            if !bound {
                return Err(NotVerified::Wrong("the token is bound to another client certificate"));
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float saturates, and a time that is no time has expired"
        )]
        let expires = seconds("exp").map_or(0, |exp| exp as i64).saturating_add(leeway);
        let expires = Timestamp::from_second(expires).unwrap_or(Timestamp::MAX);
        Ok(Verified { identity: self.identity(&claims, certificate)?, expires })
    }

    fn identity(
        &self,
        claims: &Map<String, Value>,
        certificate: Option<&CertificateIdentity>,
    ) -> Result<Identity, NotVerified> {
        let prefixed = |name: &str| format!("{}{name}", self.options.prefix);
        let id = claims.get(&self.options.subject_claim).and_then(Value::as_str).filter(|id| !id.is_empty());
        let id = id.ok_or(NotVerified::Wrong("the token names no subject"))?;
        let groups = match claims.get(&self.options.groups_claim) {
            Some(Value::String(group)) => vec![prefixed(group)],
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).map(prefixed).collect(),
            _ => Vec::new(),
        };
        let subject = Subject { id: Some(prefixed(id)), groups, verified_by: "oidc".to_owned() };
        let claims = serde_json::to_string(claims).ok();
        Ok(Identity { subject, certificate: certificate.cloned(), claims })
    }
}

fn reason(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ExpiredSignature => "the token has expired",
        ErrorKind::ImmatureSignature => "the token is not valid yet",
        ErrorKind::InvalidAudience => "the token is for another audience",
        ErrorKind::InvalidIssuer => "the token is of another issuer",
        ErrorKind::InvalidSignature => "the token's signature is wrong",
        ErrorKind::MissingRequiredClaim(_) => "the token lacks one of the claims `exp`, `iss` and `aud`",
        _ => "the token is not as it should be",
    }
}
