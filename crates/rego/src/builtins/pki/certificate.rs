//! Certificates as Go's `crypto/x509` reads them.

use super::der::{self, Der, SEQUENCE, SET, Time, context, context_constructed, dotted};
use super::extensions::{self, Extended, Extension};
use super::public_key::{AlgorithmIdentifier, NULL_ELEMENT, PublicKey, PublicKeyInfo};
use super::{Problem, oids, problem};
use num_bigint::{BigInt, Sign};

/// A distinguished name: each attribute's type and value in the order they come.
#[derive(Debug, Default)]
pub struct Name {
    pub attributes: Vec<(der::Oid, String)>,
}

/// A certificate.
#[derive(Debug)]
pub struct Certificate<'d> {
    pub raw: &'d [u8],
    pub to_be_signed: &'d [u8],
    pub public_key_info: &'d [u8],
    pub raw_subject: &'d [u8],
    pub raw_issuer: &'d [u8],
    pub signature: Vec<u8>,
    pub signature_algorithm: SignatureAlgorithm,
    pub public_key_algorithm: i64,
    /// `None` if the algorithm is unknown.
    pub public_key: Option<PublicKey>,
    /// From 1.
    pub version: i64,
    pub serial_number: BigInt,
    pub issuer: Name,
    pub subject: Name,
    pub not_before: Time,
    pub not_after: Time,
    pub extensions: Vec<Extension<'d>>,
    pub extended: Extended<'d>,
}

/// How a certificate is signed, by the numbers that Go gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SignatureAlgorithm {
    Unknown = 0,
    Md5WithRsa = 2,
    Sha1WithRsa = 3,
    Sha256WithRsa = 4,
    Sha384WithRsa = 5,
    Sha512WithRsa = 6,
    DsaWithSha1 = 7,
    DsaWithSha256 = 8,
    EcdsaWithSha1 = 9,
    EcdsaWithSha256 = 10,
    EcdsaWithSha384 = 11,
    EcdsaWithSha512 = 12,
    Sha256WithRsaPss = 13,
    Sha384WithRsaPss = 14,
    Sha512WithRsaPss = 15,
    Ed25519 = 16,
}

const SIGNATURE_ALGORITHMS: &[(&[u32], SignatureAlgorithm)] = &[
    (oids::MD5_WITH_RSA, SignatureAlgorithm::Md5WithRsa),
    (oids::SHA1_WITH_RSA, SignatureAlgorithm::Sha1WithRsa),
    (oids::ISO_SHA1_WITH_RSA, SignatureAlgorithm::Sha1WithRsa),
    (oids::SHA256_WITH_RSA, SignatureAlgorithm::Sha256WithRsa),
    (oids::SHA384_WITH_RSA, SignatureAlgorithm::Sha384WithRsa),
    (oids::SHA512_WITH_RSA, SignatureAlgorithm::Sha512WithRsa),
    (oids::DSA_WITH_SHA1, SignatureAlgorithm::DsaWithSha1),
    (oids::DSA_WITH_SHA256, SignatureAlgorithm::DsaWithSha256),
    (oids::ECDSA_WITH_SHA1, SignatureAlgorithm::EcdsaWithSha1),
    (oids::ECDSA_WITH_SHA256, SignatureAlgorithm::EcdsaWithSha256),
    (oids::ECDSA_WITH_SHA384, SignatureAlgorithm::EcdsaWithSha384),
    (oids::ECDSA_WITH_SHA512, SignatureAlgorithm::EcdsaWithSha512),
];

impl SignatureAlgorithm {
    pub fn of(identifier: &AlgorithmIdentifier<'_>) -> Self {
        if identifier.oid == oids::ED25519 {
            return if identifier.parameters.is_empty() { Self::Ed25519 } else { Self::Unknown };
        }
        if identifier.oid == oids::RSA_PSS {
            return pss(identifier.parameters).unwrap_or(Self::Unknown);
        }
        let known = SIGNATURE_ALGORITHMS.iter().find(|(oid, _)| identifier.oid == *oid);
        known.map_or(Self::Unknown, |(_, algorithm)| *algorithm)
    }
}

/// PSS says with its parameters what it is. Only three of the many combinations are known: one hash for everything, and
/// a salt of its length.
fn pss(parameters: &[u8]) -> Option<SignatureAlgorithm> {
    let mut der = Der::new(parameters).sequence()?;
    let hash = AlgorithmIdentifier::read(der.inside(context_constructed(0))?.sequence()?).ok()?;
    let mask = AlgorithmIdentifier::read(der.inside(context_constructed(1))?.sequence()?).ok()?;
    let salt_length = der.inside(context_constructed(2))?.small_integer(der::INTEGER)?;
    let trailer = match der.optional(context_constructed(3))? {
        Some(mut trailer) => trailer.small_integer(der::INTEGER)?,
        None => 1,
    };
    let mask_hash = AlgorithmIdentifier::read(Der::new(mask.parameters).sequence()?).ok()?;
    let plain = |parameters: &[u8]| parameters.is_empty() || parameters == NULL_ELEMENT;
    let alike = mask.oid == oids::MGF1 && mask_hash.oid == hash.oid;
    if !alike || !plain(hash.parameters) || !plain(mask_hash.parameters) || trailer != 1 {
        return None;
    }
    let known = [
        (oids::SHA256, 32, SignatureAlgorithm::Sha256WithRsaPss),
        (oids::SHA384, 48, SignatureAlgorithm::Sha384WithRsaPss),
        (oids::SHA512, 64, SignatureAlgorithm::Sha512WithRsaPss),
    ];
    known.into_iter().find_map(|(oid, length, found)| (hash.oid == oid && salt_length == length).then_some(found))
}

/// The certificates of a text of bytes, one right after the other.
pub fn parse_all(mut bytes: &[u8]) -> Result<Vec<Certificate<'_>>, Problem> {
    let mut certificates = Vec::new();
    while !bytes.is_empty() {
        let (certificate, rest) = parse_first(bytes)?;
        certificates.push(certificate);
        bytes = rest;
    }
    Ok(certificates)
}

/// Exactly one certificate.
pub fn parse(bytes: &[u8]) -> Result<Certificate<'_>, Problem> {
    let (certificate, rest) = parse_first(bytes)?;
    if rest.is_empty() { Ok(certificate) } else { problem("x509: trailing data") }
}

fn parse_first(bytes: &[u8]) -> Result<(Certificate<'_>, &[u8]), Problem> {
    let mut outer = Der::new(bytes);
    let Some(whole) = outer.element(SEQUENCE) else { return problem("x509: malformed certificate") };
    let mut inside = Der::new(whole.content);
    let Some(to_be_signed) = inside.element(SEQUENCE) else { return problem("x509: malformed tbs certificate") };
    let mut fields = Der::new(to_be_signed.content);
    let version = version(&mut fields)?;
    let Some(serial_number) = fields.integer() else { return problem("x509: malformed serial number") };
    if serial_number.sign() == Sign::Minus {
        return problem("x509: negative serial number");
    }
    let Some(inner_algorithm) = fields.sequence() else {
        return problem("x509: malformed signature algorithm identifier");
    };
    let Some(outer_algorithm) = inside.sequence() else { return problem("x509: malformed algorithm identifier") };
    if inner_algorithm.rest() != outer_algorithm.rest() {
        return problem("x509: inner and outer signature algorithm identifiers don't match");
    }
    let signature_algorithm = SignatureAlgorithm::of(&AlgorithmIdentifier::read(inner_algorithm)?);
    let Some(raw_issuer) = fields.element(SEQUENCE) else { return problem("x509: malformed issuer") };
    let issuer = Name::read(raw_issuer.content)?;
    let Some(mut validity) = fields.sequence() else { return problem("x509: malformed validity") };
    let (not_before, not_after) = (validity.time()?, validity.time()?);
    // Go says `issuer` here too.
    let Some(raw_subject) = fields.element(SEQUENCE) else { return problem("x509: malformed issuer") };
    let subject = Name::read(raw_subject.content)?;
    let info = PublicKeyInfo::read(&mut fields)?;
    let public_key_algorithm = info.algorithm_number();
    let public_key = if public_key_algorithm == 0 { None } else { Some(info.public_key()?) };
    let extensions = read_extensions(&mut fields, version)?;
    let extended = Extended::read(&extensions)?;
    let Some(signature) = inside.bit_string() else { return problem("x509: malformed signature") };
    let certificate = Certificate {
        raw: whole.whole,
        to_be_signed: to_be_signed.whole,
        public_key_info: info.whole,
        raw_subject: raw_subject.whole,
        raw_issuer: raw_issuer.whole,
        signature: signature.right_aligned(),
        signature_algorithm,
        public_key_algorithm,
        public_key,
        version,
        serial_number,
        issuer,
        subject,
        not_before,
        not_after,
        extensions,
        extended,
    };
    Ok((certificate, outer.rest()))
}

fn version(fields: &mut Der<'_>) -> Result<i64, Problem> {
    let version = match fields.optional(context_constructed(0)) {
        Some(None) => 0,
        Some(Some(mut version)) => {
            let number = version.small_integer(der::INTEGER).filter(|number| *number >= 0 && version.is_empty());
            let Some(number) = number else { return problem("x509: malformed version") };
            number
        }
        None => return problem("x509: malformed version"),
    };
    if version > 2 {
        return problem("x509: invalid version");
    }
    Ok(version + 1)
}

fn read_extensions<'d>(fields: &mut Der<'d>, version: i64) -> Result<Vec<Extension<'d>>, Problem> {
    if version == 1 {
        return Ok(Vec::new());
    }
    if fields.optional(context(1)).is_none() {
        return problem("x509: malformed issuerUniqueID");
    }
    if fields.optional(context(2)).is_none() {
        return problem("x509: malformed subjectUniqueID");
    }
    if version == 2 {
        return Ok(Vec::new());
    }
    let Some(present) = fields.optional(context_constructed(3)) else { return problem("x509: malformed extensions") };
    let Some(mut present) = present else { return Ok(Vec::new()) };
    let Some(list) = present.sequence() else { return problem("x509: malformed extensions") };
    let found = extensions::read_list(list)?;
    for (index, extension) in found.iter().enumerate() {
        if found.iter().take(index).any(|earlier| earlier.oid == extension.oid) {
            let oid = dotted(&extension.oid);
            return Err(format!("x509: certificate contains duplicate extension with OID \"{oid}\""));
        }
    }
    Ok(found)
}

impl Name {
    /// Reads what is inside the sequence.
    pub fn read(content: &[u8]) -> Result<Self, Problem> {
        let mut name = Self::default();
        let mut parts = Der::new(content);
        while !parts.is_empty() {
            let Some(mut set) = parts.inside(SET) else { return problem("x509: invalid RDNSequence") };
            while !set.is_empty() {
                let Some(mut attribute) = set.sequence() else {
                    return problem("x509: invalid RDNSequence: invalid attribute");
                };
                let Some(oid) = attribute.oid() else {
                    return problem("x509: invalid RDNSequence: invalid attribute type");
                };
                let Some(value) = attribute.any() else {
                    return problem("x509: invalid RDNSequence: invalid attribute value");
                };
                let text = text(value.tag, value.content)
                    .map_err(|problem| format!("x509: invalid RDNSequence: invalid attribute value: {problem}"))?;
                name.attributes.push((oid, text));
            }
        }
        Ok(name)
    }

    /// The values of the attribute `2.5.4.number`.
    pub fn values(&self, number: u32) -> impl DoubleEndedIterator<Item = &str> {
        let oid = [2, 5, 4, number];
        self.attributes.iter().filter(move |(kind, _)| *kind == oid).map(|(_, value)| value.as_str())
    }
}

/// A string in any of the alphabets that names are written in.
fn text(tag: u8, content: &[u8]) -> Result<String, Problem> {
    let valid = |allowed: fn(&u8) -> bool, problem: &str| {
        if content.iter().all(allowed) {
            Ok(content.iter().copied().map(char::from).collect())
        } else {
            Err(problem.to_owned())
        }
    };
    match tag {
        0x0c => std::str::from_utf8(content).map(str::to_owned).map_err(|_| "invalid UTF-8 string".to_owned()),
        0x12 => valid(|byte| byte.is_ascii_digit() || *byte == b' ', "invalid NumericString"),
        // Asterisk and ampersand are not in the standard's alphabet but in certificates.
        0x13 => {
            valid(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(byte), "invalid PrintableString")
        }
        // T.61 is read as Latin-1, which most of the world does.
        0x14 => Ok(content.iter().copied().map(char::from).collect()),
        0x16 => valid(u8::is_ascii, "invalid IA5String"),
        0x1e => two_byte_text(content).ok_or_else(|| "invalid BMPString".to_owned()),
        _ => Err(format!("unsupported string type: {tag}")),
    }
}

fn two_byte_text(content: &[u8]) -> Option<String> {
    let (pairs, []) = content.as_chunks::<2>() else { return None };
    let pairs = pairs.strip_suffix(&[[0, 0]]).unwrap_or(pairs);
    let character = |pair: &[u8; 2]| {
        let unit = u16::from_be_bytes(*pair);
        let reserved = unit >= 0xfffe || (0xfdd0..=0xfdef).contains(&unit);
        char::from_u32(u32::from(unit)).filter(|_| !reserved)
    };
    pairs.iter().map(character).collect()
}
