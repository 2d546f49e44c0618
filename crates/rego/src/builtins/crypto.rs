//! Hashes, authentication codes and private keys.

use super::operand::string;
use super::pki::private_key::PrivateKey;
use super::pki::shapes::Shapes;
use super::{Builtin, BuiltinError, Context, Parameter, Type, encoding};
use aws_lc_rs::{constant_time, digest, hmac};
use md5::{Digest, Md5};
use std::fmt::Write;
use value::Value;

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

const HASHED: &[Parameter] = &[Parameter::new("x", Type::String, "the text")];
const AUTHENTICATED: &[Parameter] =
    &[Parameter::new("x", Type::String, "the text"), Parameter::new("key", Type::String, "the secret key")];
const HEXADECIMAL: Parameter = Parameter::new("y", Type::String, "the hash in hexadecimal");

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "crypto.md5",
        "Hashes a text with MD5, which no longer protects against forgery.",
        HASHED,
        HEXADECIMAL,
        md5,
    ),
    Builtin::of_leaves(
        "crypto.sha1",
        "Hashes a text with SHA-1, which no longer protects against forgery.",
        HASHED,
        HEXADECIMAL,
        sha1,
    ),
    Builtin::of_leaves("crypto.sha256", "Hashes a text with SHA-256.", HASHED, HEXADECIMAL, sha256),
    Builtin::of_leaves(
        "crypto.hmac.md5",
        "Computes the authentication code of a text with HMAC and MD5.",
        AUTHENTICATED,
        HEXADECIMAL,
        hmac_md5,
    ),
    Builtin::of_leaves(
        "crypto.hmac.sha1",
        "Computes the authentication code of a text with HMAC and SHA-1.",
        AUTHENTICATED,
        HEXADECIMAL,
        hmac_sha1,
    ),
    Builtin::of_leaves(
        "crypto.hmac.sha256",
        "Computes the authentication code of a text with HMAC and SHA-256.",
        AUTHENTICATED,
        HEXADECIMAL,
        hmac_sha256,
    ),
    Builtin::of_leaves(
        "crypto.hmac.sha512",
        "Computes the authentication code of a text with HMAC and SHA-512.",
        AUTHENTICATED,
        HEXADECIMAL,
        hmac_sha512,
    ),
    Builtin::of_leaves(
        "crypto.hmac.equal",
        "Tells whether two authentication codes are the same, in a time that does not depend on where they differ.",
        &[Parameter::new("mac1", Type::String, "the one code"), Parameter::new("mac2", Type::String, "the other code")],
        Parameter::new("result", Type::Boolean, "`true` if they are"),
        hmac_equal,
    ),
    Builtin::of_leaves(
        "crypto.parse_private_keys",
        "Reads the private keys of a PEM text; blocks of other kinds are passed over.",
        &[Parameter::new("keys", Type::String, "PEM, as it is or in base64")],
        Parameter::new(
            "output",
            Type::AnyOf(&[
                Type::Null,
                // Go marshals an Ed25519 key as its bytes.
                Type::Array(&Type::AnyOf(&[Type::String, Type::Object(&Type::String, &Type::Any)])),
            ]),
            "the numbers of each key, or its bytes in base64; `null` for an empty text",
        ),
        parse_private_keys,
    ),
];

fn hexadecimal<'a>(context: &Context<'_, 'a>, bytes: &[u8]) -> Result<'a> {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(Some(context.arena.string(&digits)))
}

fn md5<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    hexadecimal(context, &Md5::digest(string(operands, 0)?))
}

fn hashed<'a>(context: &Context<'_, 'a>, operands: &[Value<'a>], algorithm: &'static digest::Algorithm) -> Result<'a> {
    hexadecimal(context, digest::digest(algorithm, string(operands, 0)?.as_bytes()).as_ref())
}

fn sha1<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    hashed(context, operands, &digest::SHA1_FOR_LEGACY_USE_ONLY)
}

fn sha256<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    hashed(context, operands, &digest::SHA256)
}

/// HMAC by its definition, for the one hash that the library does not have.
fn hmac_md5<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    const BLOCK_BYTES: usize = 64;
    let (text, key) = (string(operands, 0)?, string(operands, 1)?.as_bytes());
    let hashed_key = Md5::digest(key);
    let key: &[u8] = if key.len() > BLOCK_BYTES { &hashed_key } else { key };
    let mut block = [0_u8; BLOCK_BYTES];
    block.iter_mut().zip(key).for_each(|(byte, key)| *byte = *key);
    let inner = Md5::new_with_prefix(block.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
    let outer = Md5::new_with_prefix(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize();
    hexadecimal(context, &outer)
}

fn authenticated<'a>(context: &Context<'_, 'a>, operands: &[Value<'a>], algorithm: hmac::Algorithm) -> Result<'a> {
    let (text, key) = (string(operands, 0)?, string(operands, 1)?);
    hexadecimal(context, hmac::sign(&hmac::Key::new(algorithm, key.as_bytes()), text.as_bytes()).as_ref())
}

fn hmac_sha1<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    authenticated(context, operands, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY)
}

fn hmac_sha256<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    authenticated(context, operands, hmac::HMAC_SHA256)
}

fn hmac_sha512<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    authenticated(context, operands, hmac::HMAC_SHA512)
}

fn hmac_equal<'a>(_: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (one, other) = (string(operands, 0)?, string(operands, 1)?);
    Ok(Some(constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok().into()))
}

fn parse_private_keys<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let text = string(operands, 0)?;
    if text.is_empty() {
        return Ok(Some(Value::Null));
    }
    let decoded = encoding::base64_bytes(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let keys = PrivateKey::all_in_pem(decoded.as_deref().unwrap_or(text)).map_err(BuiltinError::failed)?;
    let shapes = Shapes { arena: context.arena };
    let keys: Vec<_> = keys.iter().map(|key| shapes.private_key(key)).collect();
    Ok(Some(context.arena.array(&keys)))
}

#[cfg(test)]
#[path = "crypto_tests.rs"]
mod tests;
