//! Certificates, requests for them, and the keys that belong to them.

use super::operand::{any, object, string};
use super::pki::certificate::{self, Certificate};
use super::pki::oids::EXTENDED_KEY_USAGES;
use super::pki::private_key::PrivateKey;
use super::pki::public_key::PublicKey;
use super::pki::shapes::Shapes;
use super::pki::{Problem, chain, pem, problem, request, signature};
use super::{Builtin, BuiltinError, Context, Parameter, Type, encoding};
use value::Value;

type Result<'a> = std::result::Result<Option<Value<'a>>, BuiltinError>;

const CERTIFICATES: Parameter =
    Parameter::new("certs", Type::String, "PEM as it is, or PEM or DER in base64; several may follow each other");
const OBJECT: Type = Type::Object(&Type::String, &Type::Any);
const VERIFIED: Parameter = Parameter::new(
    "output",
    Type::Tuple(&[Type::Boolean, Type::Array(&OBJECT)]),
    "whether the chain holds, and its certificates from the last to the root; none if it does not",
);

pub(super) const FAMILY: &[Builtin] = &[
    Builtin::of_leaves(
        "crypto.x509.parse_certificates",
        "Reads certificates without verifying them.",
        &[CERTIFICATES],
        Parameter::new("output", Type::Array(&OBJECT), "the certificates with all their fields, in the given order"),
        parse_certificates,
    ),
    Builtin::of_leaves(
        "crypto.x509.parse_and_verify_certificates",
        "Reads certificates and verifies that the last, a server's, can be traced back to the first.",
        &[CERTIFICATES],
        VERIFIED,
        parse_and_verify_certificates,
    )
    .nondeterministic(),
    Builtin::of_leaves(
        "crypto.x509.parse_and_verify_certificates_with_options",
        "Reads certificates and verifies that the last is as wanted and can be traced back to the first.",
        &[
            CERTIFICATES,
            Parameter::new(
                "options",
                OBJECT,
                "`DNSName`, `CurrentTime` in ns, `KeyUsages` of which one suffices, `MaxConstraintComparisons`",
            ),
        ],
        VERIFIED,
        parse_and_verify_certificates_with_options,
    )
    .nondeterministic(),
    Builtin::of_leaves(
        "crypto.x509.parse_certificate_request",
        "Reads a request for a certificate.",
        &[Parameter::new("csr", Type::String, "PEM as it is, or PEM or DER in base64")],
        Parameter::new("output", OBJECT, "the request with all its fields"),
        parse_certificate_request,
    ),
    Builtin::of_leaves(
        "crypto.x509.parse_keypair",
        "Reads a certificate and its private key and checks that they belong together.",
        &[
            Parameter::new("cert", Type::String, "PEM as it is, or PEM or DER in base64"),
            Parameter::new("pem", Type::String, "the key, likewise"),
        ],
        Parameter::new("output", OBJECT, "both with all their fields"),
        parse_keypair,
    ),
    Builtin::of_leaves(
        "crypto.x509.parse_rsa_private_key",
        "Reads a private key as a JSON Web Key.",
        &[Parameter::new("pem", Type::String, "PEM, as it is or in base64")],
        Parameter::new(
            "output",
            Type::AnyOf(&[Type::Null, OBJECT]),
            "the key as a JSON Web Key; `null` for a text without one",
        ),
        parse_rsa_private_key,
    ),
];

/// The DER of all certificates of a text.
fn certificate_bytes(text: &str) -> std::result::Result<Vec<u8>, BuiltinError> {
    if text.starts_with("-----BEGIN") {
        return certificates_in_pem(text).map_err(BuiltinError::failed);
    }
    let decoded = encoding::base64_bytes(text)?;
    match std::str::from_utf8(&decoded) {
        Ok(text) if text.starts_with("-----BEGIN") => certificates_in_pem(text).map_err(BuiltinError::failed),
        _ => Ok(decoded),
    }
}

fn certificates_in_pem(text: &str) -> std::result::Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    for block in pem::blocks(text) {
        if block.kind != "CERTIFICATE" {
            return Err(format!("PEM block type is '{}', expected CERTIFICATE", block.kind));
        }
        bytes.extend(block.bytes);
    }
    Ok(bytes)
}

fn parse_certificates<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let bytes = certificate_bytes(string(operands, 0)?)?;
    let certificates = certificate::parse_all(&bytes).map_err(BuiltinError::failed)?;
    let shapes = Shapes { arena: context.arena };
    let certificates: Vec<_> = certificates.iter().map(|certificate| shapes.certificate(certificate, true)).collect();
    Ok(Some(context.arena.array(&certificates)))
}

fn parse_and_verify_certificates<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let text = string(operands, 0)?;
    let options = chain::Options { now_ns: context.now_ns(), ..chain::Options::default() };
    Ok(Some(verified(context, text, &options, true)))
}

fn parse_and_verify_certificates_with_options<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (text, _) = (string(operands, 0)?, object(operands, 1)?);
    // What cannot be read fails before the options are looked at.
    if certificate_bytes(text).ok().is_none_or(|bytes| certificate::parse_all(&bytes).is_err()) {
        return Ok(Some(unverified(context)));
    }
    let options = read_options(context, any(operands, 1))?;
    Ok(Some(verified(context, text, &options, false)))
}

fn unverified<'a>(context: &Context<'_, 'a>) -> Value<'a> {
    context.arena.array(&[Value::FALSE, Value::EMPTY_ARRAY])
}

fn verified<'a>(context: &Context<'_, 'a>, text: &str, options: &chain::Options<'_>, uri_strings: bool) -> Value<'a> {
    let bytes = certificate_bytes(text).unwrap_or_default();
    let certificates = certificate::parse_all(&bytes).unwrap_or_default();
    let [root, between @ .., leaf] = certificates.as_slice() else { return unverified(context) };
    let Some(chain) = chain::verify(leaf, between, root, options) else { return unverified(context) };
    let shapes = Shapes { arena: context.arena };
    let shape = |certificate: &&Certificate<'_>| shapes.certificate(certificate, uri_strings);
    let chain = context.arena.array(&chain.iter().map(shape).collect::<Vec<_>>());
    context.arena.array(&[Value::TRUE, chain])
}

fn read_options<'a>(
    context: &mut Context<'_, 'a>,
    options: Value<'a>,
) -> std::result::Result<chain::Options<'a>, BuiltinError> {
    let mut read = chain::Options::default();
    let mut now_ns = None;
    let entries = options.as_object().into_iter().flat_map(|options| options.iter());
    for (key, option) in entries {
        let Some(name) = key.as_str() else { continue };
        let failed = |problem: &str| BuiltinError::failed(format!("'{name}' should be {problem}"));
        match name {
            "DNSName" => read.dns_name = option.as_str().ok_or_else(|| failed("a string"))?.trim_matches('"'),
            "CurrentTime" => match option {
                Value::Int(ns) => now_ns = Some(ns),
                Value::Number(_) => return Err(failed("a valid int64 number")),
                _ => return Err(failed("a number")),
            },
            // There is no such limit to set: names are compared in a time that grows with their number only.
            "MaxConstraintComparisons" => match option {
                Value::Int(_) => {}
                Value::Number(_) => return Err(failed("a valid number")),
                _ => return Err(failed("a number")),
            },
            "KeyUsages" => {
                read.key_usages = match option {
                    Value::Array(usages) => key_usages(usages.iter())?,
                    Value::Set(usages) => key_usages(usages.iter())?,
                    _ => return Err(failed("an Array or Set")),
                }
            }
            _ => return Err(BuiltinError::failed("invalid key option")),
        }
    }
    read.now_ns = now_ns.unwrap_or_else(|| context.now_ns());
    Ok(read)
}

fn key_usages<'a>(usages: impl Iterator<Item = Value<'a>>) -> std::result::Result<Vec<i64>, BuiltinError> {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for name in usages.filter_map(Value::as_str) {
        let name = name.trim_matches('"');
        match EXTENDED_KEY_USAGES.iter().find(|usage| usage.name == name) {
            Some(usage) => known.push(usage.number),
            None => unknown.push(name),
        }
    }
    if unknown.is_empty() {
        return Ok(known);
    }
    Err(BuiltinError::failed(format!("invalid entries for 'KeyUsages' found: [{}]", unknown.join(" "))))
}

fn parse_certificate_request<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let text = string(operands, 0)?;
    let mut bytes = text.as_bytes().to_vec();
    if !text.starts_with("-----BEGIN CERTIFICATE REQUEST-----") {
        bytes = encoding::base64_bytes(text)?;
    }
    if let Ok(text) = str::from_utf8(&bytes)
        && let (Some(block), _) = pem::decode(text)
    {
        if block.kind != "CERTIFICATE REQUEST" {
            return Err(BuiltinError::failed("invalid PEM-encoded certificate signing request"));
        }
        bytes = block.bytes;
    }
    let request = request::parse(&bytes).map_err(BuiltinError::failed)?;
    Ok(Some(Shapes { arena: context.arena }.request(&request)))
}

/// The PEM blocks of a text; what is not PEM is base64 of PEM or else of one block's content.
fn pem_blocks(text: &str, kind: &str) -> std::result::Result<Vec<(String, Vec<u8>)>, BuiltinError> {
    let blocks = |text: &str| pem::blocks(text).into_iter().map(|block| (block.kind.to_owned(), block.bytes)).collect();
    if text.starts_with("-----BEGIN ") {
        return Ok(blocks(text));
    }
    let decoded = encoding::base64_bytes(text)?;
    match std::str::from_utf8(&decoded) {
        Ok(text) if text.starts_with("-----BEGIN ") => Ok(blocks(text)),
        _ => Ok(vec![(kind.to_owned(), decoded)]),
    }
}

fn parse_keypair<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let (certificate, key) = (string(operands, 0)?, string(operands, 1)?);
    let certificate = pem_blocks(certificate, "CERTIFICATE")?;
    let key = pem_blocks(key, "PRIVATE KEY")?;
    key_pair(Shapes { arena: context.arena }, certificate, key).map(Some).map_err(BuiltinError::failed)
}

fn key_pair<'a>(
    shapes: Shapes<'a>,
    certificates: Vec<(String, Vec<u8>)>,
    keys: Vec<(String, Vec<u8>)>,
) -> std::result::Result<Value<'a>, Problem> {
    let kinds =
        |blocks: &[(String, Vec<u8>)]| blocks.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>().join(" ");
    let found = kinds(&certificates);
    let certificates: Vec<_> =
        certificates.into_iter().filter(|(kind, _)| kind == "CERTIFICATE").map(|(_, bytes)| bytes).collect();
    let Some(first) = certificates.first() else {
        if found.is_empty() {
            return problem("tls: failed to find any PEM data in certificate input");
        }
        if found.ends_with("PRIVATE KEY") && found.matches("PRIVATE KEY").count() == 1 {
            return problem(
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM \
                 inputs may have been switched",
            );
        }
        return Err(format!(
            "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the \
             following types: [{found}]"
        ));
    };
    let is_key = |(kind, _): &&(String, Vec<u8>)| kind == "PRIVATE KEY" || kind.ends_with(" PRIVATE KEY");
    let Some((_, key)) = keys.iter().find(is_key) else {
        return match kinds(&keys).as_str() {
            "" => problem("tls: failed to find any PEM data in key input"),
            "CERTIFICATE" => problem("tls: found a certificate rather than a key in the PEM for the private key"),
            found => Err(format!(
                "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM \
                 blocks of the following types: [{found}]"
            )),
        };
    };
    let certificate = certificate::parse(first)?;
    let key = PrivateKey::from_any(key)?;
    let Some(public) = certificate.public_key.as_ref().filter(|key| !matches!(key, PublicKey::Dsa { .. })) else {
        return problem("tls: unknown public key algorithm");
    };
    if std::mem::discriminant(public) != std::mem::discriminant(&key.public_key()) {
        return problem("tls: private key type does not match public key type");
    }
    if !signature::belong_together(&key, public) {
        return problem("tls: private key does not match public key");
    }
    Ok(shapes.key_pair(&certificates, &certificate, &key))
}

fn parse_rsa_private_key<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<'a> {
    let text = string(operands, 0)?;
    if text.is_empty() {
        return Err(BuiltinError::failed("input PEM data was empty"));
    }
    let decoded = if text.starts_with("-----BEGIN") {
        None
    } else {
        Some(String::from_utf8_lossy(&encoding::base64_bytes(text)?).into_owned())
    };
    let keys = PrivateKey::all_in_pem(decoded.as_deref().unwrap_or(text)).map_err(BuiltinError::failed)?;
    let Some(key) = keys.first() else { return Ok(Some(Value::Null)) };
    let shaped = Shapes { arena: context.arena }.web_key(key);
    shaped.map(Some).ok_or_else(|| BuiltinError::failed("jwk.New requires a non-nil key"))
}

#[cfg(test)]
#[path = "x509_tests.rs"]
mod tests;
