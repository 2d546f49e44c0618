//! Private keys, in the three notations that PEM blocks hold them in.

use super::der::{self, Der, INTEGER, OCTET_STRING, SEQUENCE, context_constructed, dotted, write_integer};
use super::public_key::{AlgorithmIdentifier, Curve, PublicKey};
use super::{Problem, oids, pem, problem};
use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, ECDH_P521};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use num_bigint::BigUint;

/// A private key.
#[derive(Clone, PartialEq, Eq)]
pub enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    Ec {
        curve: Curve,
        /// As many bytes as a coordinate has.
        secret: Vec<u8>,
        /// The public point, uncompressed.
        point: Vec<u8>,
    },
    Ed25519 {
        seed: Vec<u8>,
        public: Vec<u8>,
    },
    /// Only for agreeing on secrets.
    X25519,
}

/// Kept out of logs and panics.
impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrivateKey").finish_non_exhaustive()
    }
}

/// The numbers of an RSA key.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaPrivateKey {
    pub modulus: BigUint,
    pub exponent: BigUint,
    pub secret: BigUint,
    /// Two or more, whose product is the modulus.
    pub primes: Vec<BigUint>,
    /// `secret` modulo the first prime less one.
    pub first_exponent: BigUint,
    /// `secret` modulo the second prime less one.
    pub second_exponent: BigUint,
    /// The inverse of the second prime modulo the first.
    pub coefficient: BigUint,
}

impl RsaPrivateKey {
    /// From the numbers that determine the others.
    pub fn new(modulus: BigUint, exponent: BigUint, secret: BigUint, primes: Vec<BigUint>) -> Result<Self, Problem> {
        let one = BigUint::from(1_u8);
        if primes.iter().any(|prime| *prime <= one) {
            return problem("crypto/rsa: invalid prime value");
        }
        if primes.iter().product::<BigUint>() != modulus {
            return problem("crypto/rsa: p * q != n");
        }
        if primes.iter().any(|prime| (&secret * &exponent) % (prime - &one) != one) {
            return problem("crypto/rsa: invalid exponents");
        }
        let [first, second, ..] = primes.as_slice() else { return problem("crypto/rsa: missing primes") };
        let Some(coefficient) = second.modinv(first) else { return problem("crypto/rsa: invalid CRT coefficient") };
        let (first_exponent, second_exponent) = (&secret % (first - &one), &secret % (second - &one));
        Ok(Self { modulus, exponent, secret, primes, first_exponent, second_exponent, coefficient })
    }

    /// The key as PKCS #1 writes it.
    pub fn to_pkcs1(&self) -> Vec<u8> {
        let zero = BigUint::ZERO;
        let [first, second, ..] = self.primes.as_slice() else { return Vec::new() };
        let numbers = [
            &zero,
            &self.modulus,
            &self.exponent,
            &self.secret,
            first,
            second,
            &self.first_exponent,
            &self.second_exponent,
            &self.coefficient,
        ];
        der::write(SEQUENCE, &numbers.map(write_integer).concat())
    }
}

impl PrivateKey {
    pub fn public_key(&self) -> PublicKey {
        match self {
            Self::Rsa(key) => PublicKey::Rsa { modulus: key.modulus.clone(), exponent: key.exponent.clone() },
            Self::Ec { curve, point, .. } => PublicKey::Ec { curve: *curve, point: point.clone() },
            Self::Ed25519 { public, .. } => PublicKey::Ed25519(public.clone()),
            Self::X25519 => PublicKey::X25519,
        }
    }

    /// The key with this number on a curve.
    pub fn on_curve(curve: Curve, secret: Vec<u8>) -> Result<Self, Problem> {
        let algorithm = match curve {
            Curve::P224 => return problem("x509: unsupported elliptic curve"),
            Curve::P256 => &ECDH_P256,
            Curve::P384 => &ECDH_P384,
            Curve::P521 => &ECDH_P521,
        };
        // The library computes points for agreement keys only; the point is the same.
        let point = agreement::PrivateKey::from_private_key(algorithm, &secret)
            .ok()
            .and_then(|key| key.compute_public_key().ok())
            .map(|point| point.as_ref().to_vec());
        let Some(point) = point else { return problem("ecdsa: invalid private key") };
        Ok(Self::Ec { curve, secret, point })
    }

    /// The key that grows from this seed.
    pub fn ed25519(seed: &[u8]) -> Result<Self, Problem> {
        let Ok(pair) = Ed25519KeyPair::from_seed_unchecked(seed) else {
            return Err(format!("x509: invalid Ed25519 private key length: {}", seed.len()));
        };
        Ok(Self::Ed25519 { seed: seed.to_vec(), public: pair.public_key().as_ref().to_vec() })
    }

    /// The key of a block `RSA PRIVATE KEY`.
    pub fn from_pkcs1(bytes: &[u8]) -> Result<Self, Problem> {
        let mut whole = Der::new(bytes);
        let Some(numbers) = whole.sequence() else { return problem("asn1: structure error: tags don't match") };
        if !whole.is_empty() {
            return problem("asn1: syntax error: trailing data");
        }
        let Some(key) = rsa_numbers(numbers) else {
            return problem(if is_sec1(numbers) {
                "x509: failed to parse private key (use ParseECPrivateKey instead for this key format)"
            } else if is_pkcs8(numbers) {
                "x509: failed to parse private key (use ParsePKCS8PrivateKey instead for this key format)"
            } else {
                "asn1: structure error: tags don't match"
            });
        };
        key.map(|key| Self::Rsa(Box::new(key)))
    }

    /// The key of a block `EC PRIVATE KEY`.
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, Problem> {
        Self::from_sec1_on(None, bytes)
    }

    fn from_sec1_on(curve: Option<Curve>, bytes: &[u8]) -> Result<Self, Problem> {
        let Some(inside) = Der::new(bytes).sequence() else {
            return problem("x509: failed to parse EC private key: asn1: structure error: tags don't match");
        };
        let mut fields = inside;
        let (Some(version), Some(mut secret)) = (fields.small_integer(INTEGER), fields.content(OCTET_STRING)) else {
            return problem(if is_pkcs8(inside) {
                "x509: failed to parse private key (use ParsePKCS8PrivateKey instead for this key format)"
            } else if rsa_numbers(inside).is_some() {
                "x509: failed to parse private key (use ParsePKCS1PrivateKey instead for this key format)"
            } else {
                "x509: failed to parse EC private key: asn1: structure error: tags don't match"
            });
        };
        if version != 1 {
            return Err(format!("x509: unknown EC private key version {version}"));
        }
        let mut named = || fields.inside(context_constructed(0)).and_then(|mut oid| oid.oid());
        let Some(curve) = curve.or_else(|| Curve::from_oid(&named()?)) else {
            return problem("x509: unknown elliptic curve");
        };
        let size = curve.coordinate_bytes();
        // Zeros at the front may be too many or too few: programs have written both.
        while secret.len() > size {
            match secret.split_first() {
                Some((0, rest)) => secret = rest,
                _ => return problem("x509: invalid private key length"),
            }
        }
        let mut padded = vec![0; size - secret.len()];
        padded.extend(secret);
        Self::on_curve(curve, padded)
    }

    /// The key of a block `PRIVATE KEY`.
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, Problem> {
        let Some(inside) = Der::new(bytes).sequence() else {
            return problem("asn1: structure error: tags don't match");
        };
        let Some((algorithm, key)) = pkcs8_parts(inside) else {
            return problem(if is_sec1(inside) {
                "x509: failed to parse private key (use ParseECPrivateKey instead for this key format)"
            } else if rsa_numbers(inside).is_some() {
                "x509: failed to parse private key (use ParsePKCS1PrivateKey instead for this key format)"
            } else {
                "asn1: structure error: tags don't match"
            });
        };
        let embedded = |kind: &str, problem: Problem| {
            format!("x509: failed to parse {kind} private key embedded in PKCS#8: {problem}")
        };
        match algorithm.oid.as_slice() {
            oid if oid == oids::RSA_ENCRYPTION => Self::from_pkcs1(key).map_err(|problem| embedded("RSA", problem)),
            oid if oid == oids::EC_PUBLIC_KEY => {
                let curve = match Der::new(algorithm.parameters).oid() {
                    Some(oid) => Some(
                        Curve::from_oid(&oid)
                            .ok_or_else(|| embedded("EC", "x509: unknown elliptic curve".to_owned()))?,
                    ),
                    None => None,
                };
                Self::from_sec1_on(curve, key).map_err(|problem| embedded("EC", problem))
            }
            oid if oid == oids::ED25519 => {
                if !algorithm.parameters.is_empty() {
                    return problem("x509: invalid Ed25519 private key parameters");
                }
                let Some(seed) = Der::new(key).content(OCTET_STRING) else {
                    return problem("x509: invalid Ed25519 private key: asn1: structure error: tags don't match");
                };
                Self::ed25519(seed)
            }
            oid if oid == oids::X25519 => {
                if !algorithm.parameters.is_empty() {
                    return problem("x509: invalid X25519 private key parameters");
                }
                match Der::new(key).content(OCTET_STRING) {
                    Some(secret) if secret.len() == 32 => Ok(Self::X25519),
                    Some(_) => problem("crypto/ecdh: invalid private key size"),
                    None => problem("x509: invalid X25519 private key: asn1: structure error: tags don't match"),
                }
            }
            oid => Err(format!("x509: PKCS#8 wrapping contained private key with unknown algorithm: {}", dotted(oid))),
        }
    }

    /// A key of which it is not known how it is written.
    pub fn from_any(bytes: &[u8]) -> Result<Self, Problem> {
        if let Ok(key) = Self::from_pkcs1(bytes) {
            return Ok(key);
        }
        match Self::from_pkcs8(bytes) {
            Ok(Self::X25519) => return problem("tls: found unknown private key type in PKCS#8 wrapping"),
            Ok(key) => return Ok(key),
            Err(_) => {}
        }
        Self::from_sec1(bytes).or_else(|_| problem("tls: failed to parse private key"))
    }

    /// The keys of all blocks of a PEM text. Blocks of other kinds are passed over.
    pub fn all_in_pem(text: &str) -> Result<Vec<Self>, Problem> {
        let mut keys = Vec::new();
        for block in pem::blocks(text) {
            keys.push(match block.kind {
                "RSA PRIVATE KEY" => Self::from_pkcs1(&block.bytes)?,
                "PRIVATE KEY" => Self::from_pkcs8(&block.bytes)?,
                "EC PRIVATE KEY" => Self::from_sec1(&block.bytes)?,
                _ => continue,
            });
        }
        Ok(keys)
    }
}

/// `None` when these are not the numbers of an RSA key.
fn rsa_numbers(mut der: Der<'_>) -> Option<Result<RsaPrivateKey, Problem>> {
    let version = der.small_integer(INTEGER)?;
    let mut numbers = Vec::with_capacity(8);
    while der.peek(INTEGER) {
        numbers.push(der.integer()?);
    }
    let mut more = Vec::new();
    if let Some(mut others) = der.optional(SEQUENCE)? {
        while !others.is_empty() {
            more.push(others.sequence()?.integer()?);
        }
    }
    // The last three can be computed.
    if !(5..=8).contains(&numbers.len()) {
        return None;
    }
    if version > 1 {
        return Some(problem("x509: unsupported private key version"));
    }
    let positive: Option<Vec<BigUint>> = numbers.iter().chain(&more).map(|number| number.to_biguint()).collect();
    let Some(positive) = positive.filter(|numbers| numbers.iter().all(|number| *number != BigUint::ZERO)) else {
        return Some(problem("x509: private key contains zero or negative value"));
    };
    let mut positive = positive.into_iter();
    let (modulus, exponent, secret) = (positive.next()?, positive.next()?, positive.next()?);
    let first_two = [positive.next()?, positive.next()?];
    let others = positive.skip(numbers.len() - 5);
    Some(RsaPrivateKey::new(modulus, exponent, secret, first_two.into_iter().chain(others).collect()))
}

fn is_sec1(mut der: Der<'_>) -> bool {
    der.small_integer(INTEGER).is_some() && der.content(OCTET_STRING).is_some()
}

fn is_pkcs8(der: Der<'_>) -> bool {
    pkcs8_parts(der).is_some()
}

fn pkcs8_parts(mut der: Der<'_>) -> Option<(AlgorithmIdentifier<'_>, &[u8])> {
    der.small_integer(INTEGER)?;
    let algorithm = AlgorithmIdentifier::read(der.sequence()?).ok()?;
    Some((algorithm, der.content(OCTET_STRING)?))
}
