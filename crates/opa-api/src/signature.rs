//! `.signatures.json`: a JSON Web Token over the digests of a bundle's files.

use aws_lc_rs::digest;
use host::FixedHost;
use rego::builtins::{self, Caches, Context};
use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write;
use thiserror::Error;
use value::json::{self, ParseLimits};
use value::{Arena, Value};

/// A key that bundles may be signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// `HS256`, `RS256`, `PS256`, `ES256` and their longer siblings.
    pub algorithm: String,
    /// A public key or certificate in PEM; of an algorithm with `HS` in front, the secret.
    pub key: String,
    /// What the signature must say that it is for, unless the bundle's own settings say it; may be empty.
    pub scope: String,
}

impl fmt::Debug for SigningKey {
    /// Without the key, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// What a bundle's signature has to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// The key it must be signed with; without one, the key that the signature names.
    pub key_id: Option<String>,
    /// What it must say that it is for, in place of the key's own scope.
    pub scope: Option<String>,
    /// Patterns of files that need not be signed.
    pub exclude_files: Vec<String>,
}

pub(crate) type SigningKeys = BTreeMap<String, SigningKey>;

/// Why a signature does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum SignatureError {
    #[error("bundle missing .signatures.json file")]
    Missing,
    #[error("verification key not provided")]
    NoKeys,
    #[error(".signatures.json: {0}")]
    Malformed(String),
    #[error("verification key corresponding to ID {0} not found")]
    UnknownKey(String),
    #[error("verification key ID is empty")]
    UnnamedKey,
    #[error("unknown signature algorithm: {0}")]
    Algorithm(String),
    #[error("failed to verify message: the signature is not that of key `{0}`")]
    Forged(String),
    #[error("scope mismatch")]
    Scope,
    #[error("file {0} not included in bundle signature")]
    NotSigned(String),
    #[error("file {file}: unsupported hashing algorithm: {algorithm}")]
    Hash { file: String, algorithm: String },
    #[error("{0}: digest mismatch: it is not the file that was signed")]
    Digest(String),
    #[error("file(s) {0} specified in bundle signatures but not found in the target bundle")]
    Absent(String),
    #[error("`{pattern}` in `exclude_files` is no pattern: {problem}")]
    Pattern { pattern: String, problem: String },
}

/// The files of a signature that holds, as far as they have not been seen yet.
#[derive(Debug)]
pub(crate) struct SignedFiles {
    /// Digest in hexadecimal digits and its algorithm, by name.
    files: BTreeMap<String, (String, String)>,
    excluded: globset::GlobSet,
}

impl SignedFiles {
    /// What the signature says. None when there is neither a signature nor a need for one.
    pub(crate) fn verified(
        signatures: Option<&[u8]>,
        keys: &SigningKeys,
        verification: Option<&Verification>,
    ) -> Result<Option<Self>, SignatureError> {
        let Some(bytes) = signatures else {
            return if verification.is_some() { Err(SignatureError::Missing) } else { Ok(None) };
        };
        if keys.is_empty() {
            return Err(SignatureError::NoKeys);
        }
        let arena = Arena::new();
        let token = only_token(&arena, bytes)?;
        let default = Verification::default();
        let verification = verification.unwrap_or(&default);
        let claims = verified_claims(&arena, token, keys, verification)?;
        let mut files = BTreeMap::new();
        let text = |file: Value<'_>, name| file.get_str(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        for file in claims.get_str("files").and_then(Value::as_array).into_iter().flat_map(|files| files.iter()) {
            let name = text(file, "name").trim_start_matches('/').to_owned();
            files.insert(name, (text(file, "hash"), text(file, "algorithm")));
        }
        Ok(Some(Self { files, excluded: patterns(&verification.exclude_files)? }))
    }

    /// Holds a file against the signature; `bytes` are what is signed of it.
    pub(crate) fn check(&mut self, path: &str, bytes: &[u8]) -> Result<(), SignatureError> {
        let signed = self.files.remove(path);
        if self.excluded.is_match(path) {
            return Ok(());
        }
        let (hash, algorithm) = signed.ok_or_else(|| SignatureError::NotSigned(path.to_owned()))?;
        let algorithm = match algorithm.as_str() {
            "SHA-224" => &digest::SHA224,
            "SHA-256" => &digest::SHA256,
            "SHA-384" => &digest::SHA384,
            "SHA-512" => &digest::SHA512,
            "SHA-512-256" => &digest::SHA512_256,
            // OPA also knows MD5 and SHA-1, which do not tell one file from another any more.
            _ => return Err(SignatureError::Hash { file: path.to_owned(), algorithm }),
        };
        let mut found = String::new();
        for byte in digest::digest(algorithm, bytes).as_ref() {
            // Writing to a string never fails.
            let _ = write!(found, "{byte:02x}");
        }
        if found.eq_ignore_ascii_case(&hash) { Ok(()) } else { Err(SignatureError::Digest(path.to_owned())) }
    }

    /// Files that are signed must be there.
    pub(crate) fn finish(self) -> Result<(), SignatureError> {
        if self.files.is_empty() {
            return Ok(());
        }
        Err(SignatureError::Absent(self.files.into_keys().collect::<Vec<_>>().join(", ")))
    }
}

fn patterns(texts: &[String]) -> Result<globset::GlobSet, SignatureError> {
    let mut builder = globset::GlobSetBuilder::new();
    for pattern in texts {
        let glob = globset::GlobBuilder::new(pattern).literal_separator(true).build();
        let wrong = |error: globset::Error| SignatureError::Pattern {
            pattern: pattern.clone(),
            problem: error.kind().to_string(),
        };
        builder.add(glob.map_err(wrong)?);
    }
    let wrong = |error: globset::Error| SignatureError::Pattern {
        pattern: texts.join(", "),
        problem: error.kind().to_string(),
    };
    builder.build().map_err(wrong)
}

fn malformed(problem: impl Into<String>) -> SignatureError {
    SignatureError::Malformed(problem.into())
}

fn only_token<'a>(arena: &'a Arena, bytes: &[u8]) -> Result<&'a str, SignatureError> {
    let document = json::parse(arena, bytes, &ParseLimits::default()).map_err(|error| malformed(error.to_string()))?;
    if let Some(plugin) = document.get_str("plugin").and_then(Value::as_str).filter(|plugin| !plugin.is_empty()) {
        return Err(malformed(format!("no verifier exists under id {plugin}")));
    }
    let tokens = document.get_str("signatures").and_then(Value::as_array);
    let mut tokens = tokens.into_iter().flat_map(|tokens| tokens.iter());
    match (tokens.next().map(|token| token.as_str().ok_or_else(|| malformed("a JWT must be a string"))), tokens.next())
    {
        (None, _) => Err(malformed("missing JWT (expected exactly one)")),
        (Some(_), Some(_)) => Err(malformed("multiple JWTs not supported (expected exactly one)")),
        (Some(token), None) => token,
    }
}

/// The claims of a token whose signature holds.
fn verified_claims<'a>(
    arena: &'a Arena,
    token: &str,
    keys: &SigningKeys,
    verification: &Verification,
) -> Result<Value<'a>, SignatureError> {
    let token = arena.string(token);
    let decoded = call(arena, "io.jwt.decode", &[token])?;
    let parts = decoded.as_array().ok_or_else(|| malformed("the JWT cannot be decoded"))?;
    let (header, claims) = (parts.get(0).unwrap_or_default(), parts.get(1).unwrap_or_default());
    let said = |document: Value<'a>, name| document.get_str(name).and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = verification.key_id.as_deref().or_else(|| said(header, "kid")).or_else(|| said(claims, "keyid"));
    let id = id.ok_or(SignatureError::UnnamedKey)?;
    let key = keys.get(id).ok_or_else(|| SignatureError::UnknownKey(id.to_owned()))?;
    // The key says which algorithm is used; a token that names another one does not hold.
    let builtin = match key.algorithm.as_str() {
        "HS256" => "io.jwt.verify_hs256",
        "HS384" => "io.jwt.verify_hs384",
        "HS512" => "io.jwt.verify_hs512",
        "RS256" => "io.jwt.verify_rs256",
        "RS384" => "io.jwt.verify_rs384",
        "RS512" => "io.jwt.verify_rs512",
        "PS256" => "io.jwt.verify_ps256",
        "PS384" => "io.jwt.verify_ps384",
        "PS512" => "io.jwt.verify_ps512",
        "ES256" => "io.jwt.verify_es256",
        "ES384" => "io.jwt.verify_es384",
        "ES512" => "io.jwt.verify_es512",
        other => return Err(SignatureError::Algorithm(other.to_owned())),
    };
    let named = header.get_str("alg").and_then(Value::as_str);
    if named != Some(key.algorithm.as_str()) || call(arena, builtin, &[token, arena.string(&key.key)])? != Value::TRUE {
        return Err(SignatureError::Forged(id.to_owned()));
    }
    let scope = verification.scope.as_deref().unwrap_or(&key.scope);
    if said(claims, "scope").unwrap_or_default() != scope {
        return Err(SignatureError::Scope);
    }
    Ok(claims)
}

/// A builtin of the language, so that there is one reading of tokens in the house.
fn call<'a>(arena: &'a Arena, name: &str, operands: &[Value<'a>]) -> Result<Value<'a>, SignatureError> {
    let builtin = builtins::lookup(name).ok_or_else(|| SignatureError::Algorithm(name.to_owned()))?;
    let (mut caches, mut now_ns, host) = (Caches::default(), Some(0), FixedHost::default());
    let mut context =
        Context { arena, host: &host, caches: &mut caches, now_ns: &mut now_ns, deadline_ns: None, place: &|| None };
    let result = (builtin.call)(&mut context, operands).map_err(|error| malformed(error.to_string()))?;
    Ok(result.unwrap_or_default())
}
