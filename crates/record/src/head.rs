//! Signed heads: whoever trusts the key need not trust the file.

use crate::chain::Digest;
use crate::key::{PublicKey, SigningKey};
use jiff::Timestamp;

/// What a head says: at that time the entry `sequence` had that hash, and so had all before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last entry that it covers.
    pub sequence: u64,
    /// That entry's hash.
    pub hash: Digest,
    /// When it was signed, as RFC 3339 writes it.
    pub time: String,
    /// The key that signed.
    pub key: PublicKey,
    /// Ed25519 over [`Head::message`].
    pub signature: Vec<u8>,
}

impl Head {
    /// Signs a head of the record `id`.
    pub(crate) fn sign(key: &SigningKey, id: &str, sequence: u64, hash: Digest, time: Timestamp) -> Self {
        let mut head = Self { sequence, hash, time: time.to_string(), key: key.public(), signature: Vec::new() };
        head.signature = key.sign(head.message(id).as_bytes());
        head
    }

    /// What is signed: five lines, each ended by a line feed. The first keeps the signature from meaning anything elsewhere, the
    /// second from standing in another record.
    pub fn message(&self, id: &str) -> String {
        format!("provost record head 1\n{id}\n{}\n{}\n{}\n", self.sequence, self.hash, self.time)
    }

    /// Whether the signature is the key's.
    pub fn verifies(&self, id: &str) -> bool {
        self.key.verifies(self.message(id).as_bytes(), &self.signature)
    }
}
