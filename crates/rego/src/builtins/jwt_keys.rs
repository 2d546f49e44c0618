//! The keys that tokens are signed and verified with: certificates and public keys in PEM, and JSON Web Keys.

use super::pki::private_key::{PrivateKey, RsaPrivateKey};
use super::pki::public_key::{self, Curve, PublicKey};
use super::pki::{Problem, certificate, pem, problem};
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use num_bigint::BigUint;
use value::json::{self, ParseLimits};
use value::{Arena, Object, Value};

/// What is in a key.
#[derive(Clone, Debug)]
pub(super) enum KeyMaterial {
    /// A secret that both sides share.
    Octets(Vec<u8>),
    Public(PublicKey),
    Private(PrivateKey),
}

impl KeyMaterial {
    /// What signatures are verified with, if the key is not a shared secret.
    pub(super) fn to_public(&self) -> Option<PublicKey> {
        match self {
            Self::Octets(_) => None,
            Self::Public(key) => Some(key.clone()),
            Self::Private(key) => Some(key.public_key()),
        }
    }
}

/// A key and what is said of it.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) material: KeyMaterial,
    /// The only algorithm it is for; empty for any.
    pub(super) algorithm: String,
    /// Its name among others.
    pub(super) id: String,
}

/// The keys to verify with: one in PEM, or one or several JSON Web Keys.
pub(super) fn verification_keys(text: &str) -> Result<Vec<Key>, Problem> {
    if let (Some(block), rest) = pem::decode(text) {
        if !rest.is_empty() {
            return problem("extra data after a PEM certificate block");
        }
        let material = match block.kind {
            "CERTIFICATE" => certificate::parse(&block.bytes)
                .map(|certificate| certificate.public_key)
                .map_err(|problem| format!("failed to parse a PEM certificate: {problem}"))?,
            "PUBLIC KEY" => Some(
                public_key::parse(&block.bytes)
                    .map_err(|problem| format!("failed to parse a PEM public key: {problem}"))?,
            ),
            _ => return problem("failed to extract a Key from the PEM certificate"),
        };
        // A key of an unknown kind verifies nothing.
        let key = |key| Key { material: KeyMaterial::Public(key), algorithm: String::new(), id: String::new() };
        return Ok(material.into_iter().map(key).collect());
    }
    web_keys(text).map_err(|problem| format!("failed to parse a JWK key (set): {problem}"))
}

/// The keys of a JSON Web Key or of a set of them.
pub(super) fn web_keys(text: &str) -> Result<Vec<Key>, Problem> {
    let arena = Arena::new();
    let document = json::parse(&arena, text.as_bytes(), &ParseLimits::default())
        .map_err(|error| format!("failed to unmarshal JWK set: {error}"))?;
    let Some(object) = document.as_object() else {
        return problem("failed to unmarshal JWK set: expected an object");
    };
    match object.get_str("keys") {
        None => Ok(vec![web_key(object)?]),
        Some(Value::Array(keys)) => keys
            .iter()
            .map(|key| match key.as_object() {
                Some(key) => web_key(key),
                None => problem("failed to unmarshal JWK: expected an object"),
            })
            .collect(),
        Some(_) => problem("failed to unmarshal JWK set: `keys` must be an array"),
    }
}

fn web_key(object: &Object<'_>) -> Result<Key, Problem> {
    let text = |name: &str| match object.get_str(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(other) => Err(format!("failed to unmarshal JWK: `{name}` must be a string but is {}", other.type_name())),
    };
    let bytes = |name: &str| text(name)?.map(|text| decode(name, text)).transpose();
    let required = |name: &str| bytes(name)?.ok_or_else(|| format!("required field {name} is missing"));
    let material = match text("kty")?.unwrap_or_default() {
        "oct" => KeyMaterial::Octets(required("k")?),
        "RSA" => {
            let number = |name: &str| required(name).map(|bytes| BigUint::from_bytes_be(&bytes));
            let (modulus, exponent) = (number("n")?, number("e")?);
            if object.get_str("d").is_some() {
                let primes = vec![number("p")?, number("q")?];
                let key = RsaPrivateKey::new(modulus, exponent, number("d")?, primes)?;
                KeyMaterial::Private(PrivateKey::Rsa(Box::new(key)))
            } else {
                KeyMaterial::Public(PublicKey::Rsa { modulus, exponent })
            }
        }
        "EC" => {
            let name = text("crv")?.unwrap_or_default();
            let Some(curve) = Curve::from_name(name) else {
                return Err(format!("invalid curve name or curve is not supported: {name}"));
            };
            let (x, y) = (padded(curve, &required("x")?), padded(curve, &required("y")?));
            let point = [&[4], x.as_slice(), &y].concat();
            if !curve.has_point(&point) {
                return problem("invalid ECDSA public key: point is not on the curve");
            }
            match bytes("d")? {
                Some(secret) => KeyMaterial::Private(PrivateKey::Ec { curve, secret: padded(curve, &secret), point }),
                None => KeyMaterial::Public(PublicKey::Ec { curve, point }),
            }
        }
        "OKP" => match (text("crv")?.unwrap_or_default(), bytes("d")?) {
            ("Ed25519", Some(seed)) => KeyMaterial::Private(PrivateKey::ed25519(&seed)?),
            ("Ed25519", None) => {
                let key = required("x")?;
                if key.len() != 32 {
                    return Err(format!("invalid Ed25519 public key length: {}", key.len()));
                }
                KeyMaterial::Public(PublicKey::Ed25519(key))
            }
            ("X25519", Some(_)) => KeyMaterial::Private(PrivateKey::X25519),
            ("X25519", None) => KeyMaterial::Public(PublicKey::X25519),
            (name, _) => return Err(format!("invalid curve name or curve is not supported: {name}")),
        },
        kind => return Err(format!("invalid key type from JSON ({kind})")),
    };
    let algorithm = text("alg")?.unwrap_or_default().to_owned();
    Ok(Key { material, algorithm, id: text("kid")?.unwrap_or_default().to_owned() })
}

/// A coordinate in as many bytes as the curve's have.
fn padded(curve: Curve, bytes: &[u8]) -> Vec<u8> {
    let mut padded = vec![0; curve.coordinate_bytes().saturating_sub(bytes.len())];
    padded.extend(bytes);
    padded
}

/// Base64 of either alphabet, with or without padding.
fn decode(name: &str, text: &str) -> Result<Vec<u8>, Problem> {
    let alphabet = if text.contains(['+', '/']) { &STANDARD } else { &URL_SAFE };
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, lenient)
        .decode(text)
        .map_err(|error| format!("failed to decode {name} as base64: {error}"))
}
