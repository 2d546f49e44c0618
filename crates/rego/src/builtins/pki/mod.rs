//! Keys, certificates and signatures: what the families `crypto`, `crypto.x509` and `io.jwt` share.
//!
//! Certificates are read here and not by a library because the results of the builtins are Go's structures, with Go's
//! idea of what is well formed. Only reading is our own: all cryptography is done by `aws-lc-rs`.

pub(super) mod certificate;
pub(super) mod chain;
pub(super) mod der;
pub(super) mod extensions;
pub(super) mod name_constraints;
pub(super) mod oids;
pub(super) mod pem;
pub(super) mod private_key;
pub(super) mod public_key;
pub(super) mod request;
pub(super) mod shapes;
pub(super) mod signature;

/// A problem, in Go's words.
pub(super) type Problem = String;

/// `Err` with these words.
pub(super) fn problem<T>(words: &str) -> Result<T, Problem> {
    Err(words.to_owned())
}
