//! JSON Web Tokens: reading, verifying and signing them.

use super::jwt_header::Header;
use super::jwt_keys::{self, Key, KeyMaterial};
use super::operand::{any, object, string};
use super::pki::private_key::PrivateKey;
use super::pki::public_key::PublicKey;
use super::pki::signature::{
    Hash, Padding, sign_ecdsa, sign_ed25519, sign_rsa, verify_ecdsa_halves, verify_ed25519, verify_rsa,
};
use super::{Builtin, BuiltinError, Context, Parameter, Type, encoding, marshal, text};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::cmp::Ordering;
use std::fmt::Write;
use value::json::{self, ParseLimits};
use value::{Arena, Object, Value, number};

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;
type Failure = BuiltinError;

const OBJECT: Type = Type::Object(&Type::String, &Type::Any);
const TOKEN: Parameter = Parameter::new("jwt", Type::String, "the token");
const VALID: Parameter = Parameter::new("result", Type::Boolean, "`true` if the signature holds");
const BY_CERTIFICATE: &[Parameter] =
    &[TOKEN, Parameter::new("certificate", Type::String, "a certificate or public key in PEM, or JSON Web Keys")];
const BY_SECRET: &[Parameter] = &[TOKEN, Parameter::new("secret", Type::String, "the secret that it was signed with")];
const SIGNED: Parameter = Parameter::new("output", Type::String, "the signed token");

/// A builtin that only verifies a signature.
macro_rules! verifier {
    ($name:literal, $parameters:expr, $algorithm:expr, $description:literal) => {
        Builtin::of_leaves($name, $description, $parameters, VALID, |_, operands| verify(operands, $algorithm))
    };
}

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "io.jwt.decode",
        "Reads a token without verifying it.",
        &[TOKEN],
        Parameter::new(
            "output",
            Type::Tuple(&[OBJECT, OBJECT, Type::String]),
            "header, payload, and the signature in hexadecimal",
        ),
        decode,
    ),
    Builtin::of_leaves(
        "io.jwt.decode_verify",
        "Verifies a token and, if it holds and meets the constraints, reads it.",
        &[
            TOKEN,
            Parameter::new(
                "constraints",
                OBJECT,
                "`cert` or `secret` to verify with; `alg`, `iss` and `aud` it must have; `time` in ns, else now",
            ),
        ],
        Parameter::new(
            "output",
            Type::Tuple(&[Type::Boolean, OBJECT, OBJECT]),
            "whether it is valid, header, and payload; the last two are empty if it is not",
        ),
        decode_verify,
    )
    .nondeterministic(),
    Builtin::of_leaves(
        "io.jwt.encode_sign",
        "Writes and signs a token.",
        &[
            Parameter::new("headers", OBJECT, "the header, of which `alg` says how to sign"),
            Parameter::new("payload", OBJECT, "the payload"),
            Parameter::new("key", OBJECT, "the JSON Web Key to sign with"),
        ],
        SIGNED,
        encode_sign,
    )
    .nondeterministic(),
    Builtin::of_leaves(
        "io.jwt.encode_sign_raw",
        "Writes and signs a token from JSON texts.",
        &[
            Parameter::new("headers", Type::String, "the header, of which `alg` says how to sign"),
            Parameter::new("payload", Type::String, "the payload"),
            Parameter::new("key", Type::String, "the JSON Web Key to sign with"),
        ],
        SIGNED,
        encode_sign_raw,
    )
    .nondeterministic(),
    verifier!(
        "io.jwt.verify_rs256",
        BY_CERTIFICATE,
        Algorithm::Rsa(Padding::Pkcs1, Hash::Sha256),
        "Verifies the RSA signature over SHA-256 of a token."
    ),
    verifier!(
        "io.jwt.verify_rs384",
        BY_CERTIFICATE,
        Algorithm::Rsa(Padding::Pkcs1, Hash::Sha384),
        "Verifies the RSA signature over SHA-384 of a token."
    ),
    verifier!(
        "io.jwt.verify_rs512",
        BY_CERTIFICATE,
        Algorithm::Rsa(Padding::Pkcs1, Hash::Sha512),
        "Verifies the RSA signature over SHA-512 of a token."
    ),
    verifier!(
        "io.jwt.verify_ps256",
        BY_CERTIFICATE,
        Algorithm::Rsa(Padding::PssAnySalt, Hash::Sha256),
        "Verifies the salted RSA signature over SHA-256 of a token."
    ),
    verifier!(
        "io.jwt.verify_ps384",
        BY_CERTIFICATE,
        Algorithm::Rsa(Padding::PssAnySalt, Hash::Sha384),
        "Verifies the salted RSA signature over SHA-384 of a token."
    ),
    verifier!(
        "io.jwt.verify_ps512",
        BY_CERTIFICATE,
        Algorithm::Rsa(Padding::PssAnySalt, Hash::Sha512),
        "Verifies the salted RSA signature over SHA-512 of a token."
    ),
    verifier!(
        "io.jwt.verify_es256",
        BY_CERTIFICATE,
        Algorithm::Ecdsa(Hash::Sha256),
        "Verifies the elliptic signature over SHA-256 of a token."
    ),
    verifier!(
        "io.jwt.verify_es384",
        BY_CERTIFICATE,
        Algorithm::Ecdsa(Hash::Sha384),
        "Verifies the elliptic signature over SHA-384 of a token."
    ),
    verifier!(
        "io.jwt.verify_es512",
        BY_CERTIFICATE,
        Algorithm::Ecdsa(Hash::Sha512),
        "Verifies the elliptic signature over SHA-512 of a token."
    ),
    verifier!("io.jwt.verify_eddsa", BY_CERTIFICATE, Algorithm::Ed25519, "Verifies the Ed25519 signature of a token."),
    verifier!(
        "io.jwt.verify_hs256",
        BY_SECRET,
        Algorithm::Hmac(Hash::Sha256),
        "Verifies the authentication code over SHA-256 of a token."
    ),
    verifier!(
        "io.jwt.verify_hs384",
        BY_SECRET,
        Algorithm::Hmac(Hash::Sha384),
        "Verifies the authentication code over SHA-384 of a token."
    ),
    verifier!(
        "io.jwt.verify_hs512",
        BY_SECRET,
        Algorithm::Hmac(Hash::Sha512),
        "Verifies the authentication code over SHA-512 of a token."
    ),
];

/// How tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Hmac(Hash),
    Rsa(Padding, Hash),
    Ecdsa(Hash),
    Ed25519,
}

impl Algorithm {
    /// From the name in headers. `none` is not among them.
    fn named(name: &str) -> Option<Self> {
        if name == "EdDSA" {
            return Some(Self::Ed25519);
        }
        let (kind, hash) = name.split_at_checked(2)?;
        let hash = match hash {
            "256" => Hash::Sha256,
            "384" => Hash::Sha384,
            "512" => Hash::Sha512,
            _ => return None,
        };
        match kind {
            "HS" => Some(Self::Hmac(hash)),
            "RS" => Some(Self::Rsa(Padding::Pkcs1, hash)),
            "PS" => Some(Self::Rsa(Padding::Pss, hash)),
            "ES" => Some(Self::Ecdsa(hash)),
            _ => None,
        }
    }

    /// Whether a key of this algorithm's kind signed the message.
    fn verifies(self, key: &KeyMaterial, message: &[u8], signature: &[u8]) -> bool {
        match (self, key.to_public()) {
            (Self::Hmac(hash), None) => match key {
                KeyMaterial::Octets(secret) => verify_hmac(secret, hash, message, signature),
                _ => false,
            },
            (Self::Rsa(padding, hash), Some(PublicKey::Rsa { modulus, exponent })) => {
                verify_rsa((&modulus, &exponent), padding, hash, message, signature)
            }
            (Self::Ecdsa(hash), Some(PublicKey::Ec { curve, point })) => {
                verify_ecdsa_halves(curve, &point, hash, message, signature)
            }
            (Self::Ed25519, Some(PublicKey::Ed25519(key))) => verify_ed25519(&key, message, signature),
            _ => false,
        }
    }

    fn sign(self, key: &KeyMaterial, message: &[u8]) -> std::result::Result<Vec<u8>, Failure> {
        let wrong = |wanted: &str| Failure::failed(format!("jwsbb.Sign: invalid key type. {wanted} is required"));
        let refused = || Failure::failed("jwsbb.Sign: the key cannot sign with this algorithm");
        match (self, key) {
            (Self::Hmac(_), KeyMaterial::Octets(secret)) if secret.is_empty() => {
                Err(Failure::failed("dsig.toHMACKey: missing key while signing payload"))
            }
            (Self::Hmac(hash), KeyMaterial::Octets(secret)) => {
                Ok(hmac::sign(&hmac_key(secret, hash), message).as_ref().to_vec())
            }
            (Self::Hmac(_), _) => Err(wrong("[]byte")),
            (Self::Rsa(padding, hash), KeyMaterial::Private(PrivateKey::Rsa(key))) => {
                sign_rsa(key, padding, hash, message).ok_or_else(refused)
            }
            (Self::Rsa(..), _) => Err(wrong("*rsa.PrivateKey")),
            (Self::Ecdsa(hash), KeyMaterial::Private(PrivateKey::Ec { curve, secret, point })) => {
                sign_ecdsa(*curve, secret, point, hash, message).ok_or_else(refused)
            }
            (Self::Ecdsa(_), _) => Err(wrong("*ecdsa.PrivateKey")),
            (Self::Ed25519, KeyMaterial::Private(PrivateKey::Ed25519 { seed, .. })) => {
                sign_ed25519(seed, message).ok_or_else(refused)
            }
            (Self::Ed25519, _) => Err(wrong("ed25519.PrivateKey")),
        }
    }
}

fn hmac_key(secret: &[u8], hash: Hash) -> hmac::Key {
    let algorithm = match hash {
        Hash::Sha256 => hmac::HMAC_SHA256,
        Hash::Sha384 => hmac::HMAC_SHA384,
        Hash::Sha512 => hmac::HMAC_SHA512,
    };
    hmac::Key::new(algorithm, secret)
}

fn verify_hmac(secret: &[u8], hash: Hash, message: &[u8], signature: &[u8]) -> bool {
    hmac::verify(&hmac_key(secret, hash), message, signature).is_ok()
}

/// The three parts of a token, not decoded.
#[derive(Clone, Copy)]
struct Token<'t> {
    header: &'t str,
    payload: &'t str,
    signature: &'t str,
    /// What is signed: header and payload with the dot between.
    signed: &'t str,
}

impl<'t> Token<'t> {
    fn split(token: &'t str) -> std::result::Result<Self, Failure> {
        if !token.contains('.') {
            return Err(Failure::failed("encoded JWT had no period separators"));
        }
        let mut parts = token.split('.');
        if let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        {
            let (signed, _) = token.rsplit_once('.').unwrap_or_default();
            return Ok(Self { header, payload, signature, signed });
        }
        let found = token.split('.').count();
        Err(Failure::failed(format!("encoded JWT must have 3 sections, found {found}")))
    }

    fn header<'a>(&self, arena: &'a Arena) -> std::result::Result<&'a Object<'a>, Failure> {
        let text = decoded_text("header", self.header)?;
        let header =
            json_object(arena, &text).map_err(|problem| Failure::failed(format!("bad JWT header: {problem}")))?;
        if header.get_str("enc").is_some() {
            return Err(Failure::failed("JWT is a JWE object, which is not supported"));
        }
        Ok(header)
    }
}

/// A part as text, with the name of the part before what is wrong with it.
fn decoded_text(part: &str, encoded: &str) -> std::result::Result<String, Failure> {
    let bytes = encoding::base64url_bytes(encoded)
        .map_err(|problem| Failure::failed(format!("JWT {part} had invalid encoding: {problem}")))?;
    Ok(text::lossy(&bytes))
}

fn json_object<'a>(arena: &'a Arena, text: &str) -> std::result::Result<&'a Object<'a>, String> {
    let value = json::parse(arena, text.as_bytes(), &ParseLimits::default())
        .map_err(|error| format!("invalid JSON: {error}"))?;
    value.as_object().ok_or_else(|| "decoded JSON type was not an Object".to_owned())
}

fn decode<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let arena = context.arena;
    let mut whole = string(operands, 0)?.to_owned();
    loop {
        let token = Token::split(&whole)?;
        let header = token.header(arena)?;
        let payload = decoded_text("payload", token.payload)?;
        // A token may be the payload of another; some programs put it into quotes.
        if header.get_str("cty").and_then(Value::as_str) == Some("JWT") {
            whole = payload.trim_matches(['"', '\'']).to_owned();
            continue;
        }
        let payload = json_object(arena, &payload).map_err(Failure::failed)?;
        let signature = encoding::base64url_bytes(token.signature)
            .map_err(|problem| Failure::failed(format!("JWT signature had invalid encoding: {problem}")))?;
        let mut digits = String::with_capacity(2 * signature.len());
        for byte in signature {
            let _ = write!(digits, "{byte:02x}");
        }
        return Ok(Some(arena.array(&[Value::Object(header), Value::Object(payload), arena.string(&digits)])));
    }
}

/// What a header says about the token it is of.
struct Claims<'a> {
    algorithm: &'a str,
    key_id: &'a str,
    content_type: &'a str,
    /// Whether it has an algorithm, and nothing it calls critical is unknown here.
    valid: bool,
}

impl<'a> Claims<'a> {
    fn read(header: &Object<'a>) -> std::result::Result<Self, Failure> {
        let mut claims = Self { algorithm: "", key_id: "", content_type: "", valid: true };
        let (mut critical, mut unknown): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        for (key, value) in header.iter() {
            let name = key.as_str().unwrap_or_default();
            let text = || value.as_str().ok_or_else(|| Failure::failed(format!("{name}: must be a string")));
            match name {
                "alg" => claims.algorithm = text()?,
                "kid" => claims.key_id = text()?,
                "cty" => claims.content_type = text()?,
                "typ" => {
                    text()?;
                }
                "crit" => {
                    let list = value.as_array().ok_or_else(|| Failure::failed("crit: must be a list"))?;
                    critical = list.iter().map_while(Value::as_str).collect();
                    if critical.is_empty() {
                        return Err(Failure::failed("crit: must be a nonempty list"));
                    }
                }
                _ => unknown.push(name),
            }
        }
        claims.valid = !claims.algorithm.is_empty() && !unknown.iter().any(|name| critical.contains(name));
        Ok(claims)
    }
}

/// Whether one of the keys verifies. A key of the id that the header names is the only one tried; else each that is not
/// for another algorithm.
fn any_verifies(keys: &[Key], claims: &Claims<'_>, verifies: impl Fn(&KeyMaterial) -> bool) -> bool {
    let named = keys.iter().find(|key| !claims.key_id.is_empty() && key.id == claims.key_id);
    match named {
        Some(key) => verifies(&key.material),
        None => keys
            .iter()
            .filter(|key| key.algorithm.is_empty() || key.algorithm == claims.algorithm)
            .any(|key| verifies(&key.material)),
    }
}

/// The keys of a text, without those for what tokens are not signed with.
fn known_keys(text: &str) -> std::result::Result<Vec<Key>, Failure> {
    let mut keys = jwt_keys::verification_keys(text).map_err(Failure::failed)?;
    keys.retain(|key| key.algorithm.is_empty() || Algorithm::named(&key.algorithm).is_some());
    Ok(keys)
}

fn verify<'a>(operands: &[Value<'a>], algorithm: Algorithm) -> Result<'a> {
    let token = Token::split(string(operands, 0)?);
    if let Algorithm::Hmac(hash) = algorithm {
        let secret = string(operands, 1)?;
        let token = token?;
        let signature = encoding::base64url_bytes(token.signature)?;
        return Ok(Some(verify_hmac(secret.as_bytes(), hash, token.signed.as_bytes(), &signature).into()));
    }
    let token = token?;
    let keys = known_keys(string(operands, 1)?)?;
    let signature = encoding::base64url_bytes(token.signature)?;
    let arena = Arena::new();
    let claims = Claims::read(token.header(&arena)?)?;
    let verifies = |key: &KeyMaterial| match key {
        // OPA takes only public keys here, unlike in `io.jwt.decode_verify`.
        KeyMaterial::Public(_) => algorithm.verifies(key, token.signed.as_bytes(), &signature),
        KeyMaterial::Octets(_) | KeyMaterial::Private(_) => false,
    };
    Ok(Some(any_verifies(&keys, &claims, verifies).into()))
}

/// What a token must meet.
#[derive(Default)]
struct Constraints<'a> {
    secret: &'a str,
    algorithm: &'a str,
    issuer: &'a str,
    audience: &'a str,
    keys: Option<Vec<Key>>,
    /// Nanoseconds since the Unix epoch.
    time: Option<f64>,
}

impl<'a> Constraints<'a> {
    fn read(constraints: &Object<'a>) -> std::result::Result<Self, Failure> {
        let mut read = Self::default();
        for (key, value) in constraints.iter() {
            let name = key.as_str().unwrap_or_default();
            let text = || value.as_str().ok_or_else(|| Failure::failed(format!("{name} constraint: must be a string")));
            match name {
                "cert" => read.keys = Some(known_keys(text()?)?),
                "secret" => read.secret = text()?,
                "alg" => read.algorithm = text()?,
                "iss" => read.issuer = text()?,
                "aud" => read.audience = text()?,
                "time" => {
                    if !value.is_number() {
                        return Err(Failure::failed("token time constraint: must be a number"));
                    }
                    let time = number::to_f64(value);
                    if time < 0.0 {
                        return Err(Failure::failed("token time constraint: must not be negative"));
                    }
                    read.time = Some(time);
                }
                _ => {
                    let shown = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                    return Err(Failure::failed(format!("unknown token validation constraint: {shown}")));
                }
            }
        }
        match (read.keys.is_some(), !read.secret.is_empty()) {
            (true, true) => Err(Failure::failed("duplicate key constraints")),
            (false, false) => Err(Failure::failed("no key constraint")),
            _ => Ok(read),
        }
    }

    fn signature_holds(&self, token: &Token<'_>, claims: &Claims<'_>, signature: &[u8]) -> bool {
        let Some(algorithm) = Algorithm::named(claims.algorithm) else { return false };
        let message = token.signed.as_bytes();
        match &self.keys {
            Some(keys) => any_verifies(keys, claims, |key| algorithm.verifies(key, message, signature)),
            None => match algorithm {
                Algorithm::Hmac(hash) => verify_hmac(self.secret.as_bytes(), hash, message, signature),
                _ => false,
            },
        }
    }

    fn names_meet(&self, payload: &Object<'_>) -> bool {
        let issuer = payload.get_str("iss").and_then(Value::as_str);
        if !self.issuer.is_empty() && issuer != Some(self.issuer) {
            return false;
        }
        match payload.get_str("aud") {
            // Without the constraint a token for someone is for someone else.
            Some(Value::String(audience)) => audience.as_str() == self.audience,
            Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience.as_str() == Some(self.audience)),
            Some(_) => false,
            None => self.audience.is_empty(),
        }
    }
}

fn decode_verify<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let arena = context.arena;
    let unverified = arena.array(&[Value::FALSE, Value::EMPTY_OBJECT, Value::EMPTY_OBJECT]);
    let constraints = Constraints::read(object(operands, 1)?)?;
    let mut whole = string(operands, 0)?.to_owned();
    let (header, payload) = loop {
        let token = Token::split(&whole)?;
        let header = token.header(arena)?;
        let claims = Claims::read(header)?;
        if !claims.valid || !constraints.algorithm.is_empty() && constraints.algorithm != claims.algorithm {
            return Ok(Some(unverified));
        }
        let signature = encoding::base64url_bytes(token.signature)?;
        if !constraints.signature_holds(&token, &claims, &signature) {
            return Ok(Some(unverified));
        }
        let payload = decoded_text("payload", token.payload)?;
        if !claims.content_type.eq_ignore_ascii_case("JWT") {
            break (header, json_object(arena, &payload).map_err(Failure::failed)?);
        }
        whole = payload;
    };
    if !constraints.names_meet(payload) {
        return Ok(Some(unverified));
    }
    // Claims are in seconds. The division by a float is OPA's, and so is what it rounds.
    #[expect(clippy::cast_precision_loss, reason = "OPA compares floats")]
    let time_ns = constraints.time.unwrap_or_else(|| context.now_ns() as f64);
    let now = number::from_f64(arena, time_ns / 1e9).unwrap_or_default();
    let compared = |claim: &str| match payload.get_str(claim) {
        None => Ok(None),
        Some(time) if time.is_number() => Ok(Some(number::compare(now, time))),
        Some(_) => Err(Failure::failed(format!("{claim} value must be a number"))),
    };
    if compared("exp")?.is_some_and(|order| order != Ordering::Less) {
        return Ok(Some(unverified));
    }
    if compared("nbf")? == Some(Ordering::Less) {
        return Ok(Some(unverified));
    }
    Ok(Some(arena.array(&[Value::TRUE, Value::Object(header), Value::Object(payload)])))
}

fn encode_sign<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let texts = [0, 1, 2].map(|index| object(operands, index).and_then(|_| marshal::go_json(any(operands, index))));
    let [headers, payload, key] = texts;
    sign(context, &headers?, &payload?, &key?)
}

fn encode_sign_raw<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let key = string(operands, 2)?;
    sign(context, string(operands, 0)?, string(operands, 1)?, key)
}

fn sign<'a>(context: &Context<'_, 'a>, headers: &str, payload: &str, key: &str) -> Result<'a> {
    let keys = jwt_keys::web_keys(key).map_err(|problem| Failure::failed(format!("jwk.Parse: {problem}")))?;
    let Some(key) = keys.first() else { return Err(Failure::failed("no keys found in JWK set")) };
    let header = Header::parse(headers);
    let name = header.as_ref().map_err(Clone::clone).and_then(|header| header.text("alg"));
    let name = name.map_err(|problem| Failure::failed(format!("missing or invalid 'alg' header: {problem}")))?;
    let Some(algorithm) = Algorithm::named(name) else {
        return Err(Failure::failed(format!("unknown JWS algorithm: {name}")));
    };
    let kind = header.as_ref().ok().and_then(|header| header.text("typ").ok());
    if kind.is_none_or(|kind| kind == "JWT") {
        let scratch = Arena::new();
        if json::parse(&scratch, payload.as_bytes(), &ParseLimits::default()).is_err() {
            return Err(Failure::failed("type is JWT but payload is not JSON"));
        }
    }
    let mut token = format!("{}.{}", URL_SAFE_NO_PAD.encode(headers), URL_SAFE_NO_PAD.encode(payload));
    let signature = algorithm.sign(&key.material, token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(Some(context.arena.string(&token)))
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
mod tests;
