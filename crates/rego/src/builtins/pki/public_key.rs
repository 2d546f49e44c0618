//! Public keys, as certificates and PEM blocks hold them.

use super::der::{Der, Oid, SEQUENCE};
use super::{Problem, oids, problem};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, UnparsedPublicKey};
use num_bigint::{BigInt, BigUint, Sign};

/// An elliptic curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    P224,
    P256,
    P384,
    P521,
}

impl Curve {
    pub fn from_oid(oid: &[u32]) -> Option<Self> {
        [(oids::P224, Self::P224), (oids::P256, Self::P256), (oids::P384, Self::P384), (oids::P521, Self::P521)]
            .into_iter()
            .find_map(|(known, curve)| (known == oid).then_some(curve))
    }

    /// From the name that JSON Web Keys have for it.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::P256, Self::P384, Self::P521].into_iter().find(|curve| curve.name() == name)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::P224 => "P-224",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// How many bytes a coordinate has.
    pub const fn coordinate_bytes(self) -> usize {
        match self {
            Self::P224 => 28,
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Whether a point, written uncompressed, lies on the curve.
    pub fn has_point(self, point: &[u8]) -> bool {
        if point.len() != 1 + 2 * self.coordinate_bytes() || point.first() != Some(&4) {
            return false;
        }
        match self {
            // Not in the cryptographic library: such keys can be shown but verify nothing.
            Self::P224 => true,
            Self::P256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).parse().is_ok(),
            Self::P384 => UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, point).parse().is_ok(),
            Self::P521 => UnparsedPublicKey::new(&ECDSA_P521_SHA512_ASN1, point).parse().is_ok(),
        }
    }
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    Rsa {
        modulus: BigUint,
        exponent: BigUint,
    },
    Dsa {
        p: BigUint,
        q: BigUint,
        g: BigUint,
        y: BigUint,
    },
    /// The point is written uncompressed.
    Ec {
        curve: Curve,
        point: Vec<u8>,
    },
    Ed25519(Vec<u8>),
    /// Only for agreeing on secrets.
    X25519,
}

/// The two coordinates of an uncompressed point.
pub fn coordinates(curve: Curve, point: &[u8]) -> (BigUint, BigUint) {
    let (x, y) = point.get(1..).and_then(|both| both.split_at_checked(curve.coordinate_bytes())).unwrap_or_default();
    (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y))
}

/// An algorithm and its parameters.
#[derive(Clone, Debug, Default)]
pub struct AlgorithmIdentifier<'d> {
    pub oid: Oid,
    /// The whole element; empty if there is none.
    pub parameters: &'d [u8],
}

impl<'d> AlgorithmIdentifier<'d> {
    /// Reads what is inside the sequence.
    pub fn read(mut der: Der<'d>) -> Result<Self, Problem> {
        let Some(oid) = der.oid() else { return problem("x509: malformed OID") };
        if der.is_empty() {
            return Ok(Self { oid, parameters: &[] });
        }
        let Some(parameters) = der.any() else { return problem("x509: malformed parameters") };
        Ok(Self { oid, parameters: parameters.whole })
    }
}

/// The element that says what has no value.
pub const NULL_ELEMENT: &[u8] = &[super::der::NULL, 0];

/// An algorithm's key with the name of the algorithm.
#[derive(Clone, Debug)]
pub struct PublicKeyInfo<'d> {
    pub algorithm: AlgorithmIdentifier<'d>,
    pub key: Vec<u8>,
    pub whole: &'d [u8],
}

impl<'d> PublicKeyInfo<'d> {
    /// Reads a `SubjectPublicKeyInfo`.
    pub fn read(der: &mut Der<'d>) -> Result<Self, Problem> {
        let Some(element) = der.element(SEQUENCE) else { return problem("x509: malformed spki") };
        let mut inside = Der::new(element.content);
        let Some(algorithm) = inside.sequence() else {
            return problem("x509: malformed public key algorithm identifier");
        };
        let algorithm = AlgorithmIdentifier::read(algorithm)?;
        let Some(key) = inside.bit_string() else { return problem("x509: malformed subjectPublicKey") };
        Ok(Self { algorithm, key: key.right_aligned(), whole: element.whole })
    }

    /// The number Go gives the algorithm; 0 if it is unknown.
    pub fn algorithm_number(&self) -> i64 {
        [oids::RSA_ENCRYPTION, oids::DSA, oids::EC_PUBLIC_KEY, oids::ED25519]
            .into_iter()
            .zip(1..)
            .find_map(|(oid, number)| (self.algorithm.oid == oid).then_some(number))
            .unwrap_or_default()
    }

    /// The key itself.
    pub fn public_key(&self) -> Result<PublicKey, Problem> {
        let (oid, parameters) = (self.algorithm.oid.as_slice(), self.algorithm.parameters);
        match oid {
            _ if oid == oids::RSA_ENCRYPTION => rsa(parameters, &self.key),
            _ if oid == oids::EC_PUBLIC_KEY => elliptic(parameters, &self.key),
            _ if oid == oids::ED25519 => {
                if !parameters.is_empty() {
                    return problem("x509: Ed25519 key encoded with illegal parameters");
                }
                if self.key.len() != 32 {
                    return problem("x509: wrong Ed25519 public key size");
                }
                Ok(PublicKey::Ed25519(self.key.clone()))
            }
            _ if oid == oids::X25519 => {
                if !parameters.is_empty() {
                    return problem("x509: X25519 key encoded with illegal parameters");
                }
                if self.key.len() != 32 {
                    return problem("crypto/ecdh: invalid public key");
                }
                Ok(PublicKey::X25519)
            }
            _ if oid == oids::DSA => dsa(parameters, &self.key),
            _ => problem("x509: unknown public key algorithm"),
        }
    }
}

/// The key in a PEM block `PUBLIC KEY`.
pub fn parse(der: &[u8]) -> Result<PublicKey, Problem> {
    let mut der = Der::new(der);
    let info = PublicKeyInfo::read(&mut der)?;
    if !der.is_empty() {
        return problem("x509: trailing data after ASN.1 of public-key");
    }
    info.public_key()
}

fn rsa(parameters: &[u8], key: &[u8]) -> Result<PublicKey, Problem> {
    if parameters != NULL_ELEMENT {
        return problem("x509: RSA key missing NULL parameters");
    }
    let Some(mut der) = Der::new(key).sequence() else { return problem("x509: invalid RSA public key") };
    let Some(modulus) = der.integer() else { return problem("x509: invalid RSA modulus") };
    let Some(exponent) = der.integer().filter(|exponent| exponent.bits() < 64) else {
        return problem("x509: invalid RSA public exponent");
    };
    let above_zero = |integer: &BigInt| integer.sign() == Sign::Plus;
    if !above_zero(&modulus) {
        return problem("x509: RSA modulus is not a positive number");
    }
    if !above_zero(&exponent) {
        return problem("x509: RSA public exponent is not a positive number");
    }
    Ok(PublicKey::Rsa { modulus: modulus.magnitude().clone(), exponent: exponent.magnitude().clone() })
}

fn elliptic(parameters: &[u8], key: &[u8]) -> Result<PublicKey, Problem> {
    let Some(oid) = Der::new(parameters).oid() else { return problem("x509: invalid ECDSA parameters") };
    let Some(curve) = Curve::from_oid(&oid) else { return problem("x509: unsupported elliptic curve") };
    if !curve.has_point(key) {
        return problem("ecdsa: invalid uncompressed public key");
    }
    Ok(PublicKey::Ec { curve, point: key.to_vec() })
}

fn dsa(parameters: &[u8], key: &[u8]) -> Result<PublicKey, Problem> {
    let Some(y) = Der::new(key).integer() else { return problem("x509: invalid DSA public key") };
    let numbers =
        Der::new(parameters).sequence().and_then(|mut der| Some([der.integer()?, der.integer()?, der.integer()?]));
    let Some([p, q, g]) = numbers else { return problem("x509: invalid DSA parameters") };
    if [&y, &p, &q, &g].into_iter().any(|number| number.sign() != Sign::Plus) {
        return problem("x509: zero or negative DSA parameter");
    }
    let [p, q, g, y] = [p, q, g, y].map(|number| number.magnitude().clone());
    Ok(PublicKey::Dsa { p, q, g, y })
}
