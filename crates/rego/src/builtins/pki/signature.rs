//! Making and checking signatures.
//!
//! Salts and the numbers that elliptic signatures need are the library's own randomness: it takes none from a host. The
//! builtins that sign are therefore marked as nondeterministic.

use super::der::{self, SEQUENCE, write_integer};
use super::private_key::{PrivateKey, RsaPrivateKey};
use super::public_key::{Curve, PublicKey};
use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, PublicKeyComponents};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, Ed25519KeyPair, RsaParameters,
    RsaPssSaltLength, RsaSignatureEncoding, UnparsedPublicKey,
};
use num_bigint::BigUint;

/// A hash that signatures are made over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn digest(self, message: &[u8]) -> Digest {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, message)
    }
}

/// How an RSA signature is padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    Pkcs1,
    /// With a salt as long as the hash.
    Pss,
    /// With a salt of any length that programs are known to choose.
    PssAnySalt,
}

/// Whether `signature` over `message` was made with the private part of an RSA key. A key below 1024 bits verifies
/// nothing; one below 2048 only what the library keeps for old signatures.
pub fn verify_rsa(
    (modulus, exponent): (&BigUint, &BigUint),
    padding: Padding,
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let key = PublicKeyComponents { n: modulus.to_bytes_be(), e: exponent.to_bytes_be() };
    let verified = |parameters: &RsaParameters| key.verify(parameters, message, signature).is_ok();
    if padding == Padding::Pkcs1 {
        return verified(match hash {
            Hash::Sha256 => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            Hash::Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Hash::Sha512 => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        });
    }
    let salted = || match hash {
        Hash::Sha256 => signature::RSA_PSS_2048_8192_SHA256,
        Hash::Sha384 => signature::RSA_PSS_2048_8192_SHA384,
        Hash::Sha512 => signature::RSA_PSS_2048_8192_SHA512,
    };
    if padding == Padding::Pss {
        return verified(&salted());
    }
    // As long as the hash, as long as fits, what Java takes when not told, and none.
    let lengths =
        [RsaPssSaltLength::Digest, RsaPssSaltLength::Max, RsaPssSaltLength::Custom(20), RsaPssSaltLength::Custom(0)];
    lengths.into_iter().any(|length| verified(&salted().with_pss_salt_length(length)))
}

/// Whether an ECDSA signature, which is two numbers in DER, holds.
pub fn verify_ecdsa(curve: Curve, point: &[u8], hash: Hash, message: &[u8], signature: &[u8]) -> bool {
    let algorithm: &'static EcdsaVerificationAlgorithm = match (curve, hash) {
        (Curve::P224, _) => return false,
        (Curve::P256, Hash::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
        (Curve::P256, Hash::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
        (Curve::P256, Hash::Sha512) => &signature::ECDSA_P256_SHA512_ASN1,
        (Curve::P384, Hash::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
        (Curve::P384, Hash::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
        (Curve::P384, Hash::Sha512) => &signature::ECDSA_P384_SHA512_ASN1,
        (Curve::P521, Hash::Sha256) => &signature::ECDSA_P521_SHA256_ASN1,
        (Curve::P521, Hash::Sha384) => &signature::ECDSA_P521_SHA384_ASN1,
        (Curve::P521, Hash::Sha512) => &signature::ECDSA_P521_SHA512_ASN1,
    };
    UnparsedPublicKey::new(algorithm, point).verify(message, signature).is_ok()
}

/// The same for the two numbers one after the other, in as many bytes each.
pub fn verify_ecdsa_halves(curve: Curve, point: &[u8], hash: Hash, message: &[u8], signature: &[u8]) -> bool {
    let (r, s) = signature.split_at(signature.len() / 2);
    let numbers = [r, s].map(|number| write_integer(&BigUint::from_bytes_be(number)));
    verify_ecdsa(curve, point, hash, message, &der::write(SEQUENCE, &numbers.concat()))
}

/// Whether an Ed25519 signature holds.
pub fn verify_ed25519(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&signature::ED25519, public).verify(message, signature).is_ok()
}

/// An RSA signature; `None` when the library refuses the key: it wants two primes and 2048 to 8192 bits.
pub fn sign_rsa(key: &RsaPrivateKey, padding: Padding, hash: Hash, message: &[u8]) -> Option<Vec<u8>> {
    let encoding: &'static RsaSignatureEncoding = match (padding, hash) {
        (Padding::Pkcs1, Hash::Sha256) => &signature::RSA_PKCS1_SHA256,
        (Padding::Pkcs1, Hash::Sha384) => &signature::RSA_PKCS1_SHA384,
        (Padding::Pkcs1, Hash::Sha512) => &signature::RSA_PKCS1_SHA512,
        (_, Hash::Sha256) => &signature::RSA_PSS_SHA256,
        (_, Hash::Sha384) => &signature::RSA_PSS_SHA384,
        (_, Hash::Sha512) => &signature::RSA_PSS_SHA512,
    };
    if key.primes.len() != 2 {
        return None;
    }
    let pair = RsaKeyPair::from_der(&key.to_pkcs1()).ok()?;
    let mut signed = vec![0; pair.public_modulus_len()];
    pair.sign_digest(encoding, &hash.digest(message), &mut signed).ok()?;
    Some(signed)
}

/// An ECDSA signature, the two numbers one after the other; `None` when hash and curve do not belong together.
pub fn sign_ecdsa(curve: Curve, secret: &[u8], point: &[u8], hash: Hash, message: &[u8]) -> Option<Vec<u8>> {
    let algorithm: &'static EcdsaSigningAlgorithm = match (curve, hash) {
        (Curve::P256, Hash::Sha256) => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        (Curve::P384, Hash::Sha384) => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        (Curve::P521, Hash::Sha256) => &signature::ECDSA_P521_SHA256_FIXED_SIGNING,
        (Curve::P521, Hash::Sha384) => &signature::ECDSA_P521_SHA384_FIXED_SIGNING,
        (Curve::P521, Hash::Sha512) => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
        _ => return None,
    };
    let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, secret, point).ok()?;
    pair.sign_digest(&hash.digest(message)).ok().map(|signed| signed.as_ref().to_vec())
}

/// An Ed25519 signature.
pub fn sign_ed25519(seed: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    Some(Ed25519KeyPair::from_seed_unchecked(seed).ok()?.try_sign(message).ok()?.as_ref().to_vec())
}

/// Whether two keys belong together.
pub fn belong_together(private: &PrivateKey, public: &PublicKey) -> bool {
    private.public_key() == *public
}
