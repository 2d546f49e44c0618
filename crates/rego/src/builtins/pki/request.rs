//! Requests for certificates.

use super::certificate::{Name, SignatureAlgorithm};
use super::der::{self, Der, INTEGER, Oid, SEQUENCE, SET, context_constructed};
use super::extensions::{self, AlternativeNames, Extension};
use super::public_key::{AlgorithmIdentifier, PublicKey, PublicKeyInfo};
use super::{Problem, oids, problem};

/// A request.
#[derive(Debug)]
pub struct CertificateRequest<'d> {
    pub raw: &'d [u8],
    pub to_be_signed: &'d [u8],
    pub public_key_info: &'d [u8],
    pub raw_subject: &'d [u8],
    pub version: i64,
    pub signature: Vec<u8>,
    pub signature_algorithm: SignatureAlgorithm,
    pub public_key_algorithm: i64,
    pub public_key: Option<PublicKey>,
    pub subject: Name,
    pub attributes: Vec<Attribute<'d>>,
    pub extensions: Vec<Extension<'d>>,
    pub alternative_names: AlternativeNames<'d>,
}

/// An attribute whose values are lists of pairs; others are not shown.
#[derive(Debug)]
pub struct Attribute<'d> {
    pub oid: Oid,
    pub values: Vec<Vec<(Oid, der::Element<'d>)>>,
}

/// What Go says when the outermost element is not the one it looks for.
fn not_a_request(bytes: &[u8]) -> Problem {
    let [tag, length, ..] = *bytes else { return "asn1: syntax error: truncated tag or length".to_owned() };
    if tag == SEQUENCE {
        return "asn1: syntax error: data truncated".to_owned();
    }
    let (class, constructed, number) = (tag >> 6, tag & 0x20 != 0, tag & 0x1f);
    if length & 0x80 != 0 {
        return "asn1: structure error: tags don't match".to_owned();
    }
    format!(
        "asn1: structure error: tags don't match (16 vs {{class:{class} tag:{number} length:{length} \
         isCompound:{constructed}}}) {{optional:false explicit:false application:false private:false \
         defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}} certificateRequest @2"
    )
}

/// Reads a request.
pub fn parse(bytes: &[u8]) -> Result<CertificateRequest<'_>, Problem> {
    const STRUCTURE: &str = "asn1: structure error: tags don't match";
    let mut outer = Der::new(bytes);
    let Some(whole) = outer.element(SEQUENCE) else { return Err(not_a_request(bytes)) };
    if !outer.is_empty() {
        return problem("asn1: syntax error: trailing data");
    }
    let mut inside = Der::new(whole.content);
    let Some(to_be_signed) = inside.element(SEQUENCE) else { return problem(STRUCTURE) };
    let (Some(algorithm), Some(signature)) = (inside.sequence(), inside.bit_string()) else {
        return problem(STRUCTURE);
    };
    let mut fields = Der::new(to_be_signed.content);
    let (Some(version), Some(raw_subject)) = (fields.small_integer(INTEGER), fields.any()) else {
        return problem(STRUCTURE);
    };
    if !fields.peek(SEQUENCE) {
        return problem(STRUCTURE);
    }
    let info = PublicKeyInfo::read(&mut fields)?;
    let Some(list) = fields.inside(context_constructed(0)) else { return problem(STRUCTURE) };
    let public_key_algorithm = info.algorithm_number();
    let public_key = if public_key_algorithm == 0 { None } else { Some(info.public_key()?) };
    if raw_subject.tag != SEQUENCE {
        return problem(STRUCTURE);
    }
    let subject = Name::read(raw_subject.content)?;
    let (attributes, extensions) = read_attributes(list)?;
    let mut alternative_names = AlternativeNames::default();
    for extension in extensions.iter().filter(|extension| extension.oid == oids::SUBJECT_ALTERNATIVE_NAME) {
        alternative_names = AlternativeNames::read(extension.value)?;
    }
    Ok(CertificateRequest {
        raw: whole.whole,
        to_be_signed: to_be_signed.whole,
        public_key_info: info.whole,
        raw_subject: raw_subject.whole,
        version,
        signature: signature.right_aligned(),
        signature_algorithm: SignatureAlgorithm::of(&AlgorithmIdentifier::read(algorithm)?),
        public_key_algorithm,
        public_key,
        subject,
        attributes,
        extensions,
        alternative_names,
    })
}

type Read<'d> = (Vec<Attribute<'d>>, Vec<Extension<'d>>);

fn read_attributes(mut list: Der<'_>) -> Result<Read<'_>, Problem> {
    let (mut attributes, mut requested): Read<'_> = (Vec::new(), Vec::new());
    while !list.is_empty() {
        let Some(attribute) = list.any() else { return problem("asn1: syntax error: data truncated") };
        if attribute.tag != SEQUENCE {
            continue;
        }
        attributes.extend(pairs(Der::new(attribute.content)));
        let mut fields = Der::new(attribute.content);
        if fields.oid().is_none_or(|oid| oid != oids::EXTENSION_REQUEST) {
            continue;
        }
        let Some(mut value) = fields.inside(SET).filter(|values| !values.is_empty()) else { continue };
        let Some(extensions) = value.sequence() else { return problem("asn1: structure error: tags don't match") };
        for extension in extensions::read_list(extensions)? {
            if requested.iter().any(|earlier| earlier.oid == extension.oid) {
                return problem("x509: certificate request contains duplicate requested extensions");
            }
            requested.push(extension);
        }
    }
    Ok((attributes, requested))
}

/// The attribute if its values are lists of pairs of exactly an identifier and one more element.
fn pairs(mut fields: Der<'_>) -> Option<Attribute<'_>> {
    let oid = fields.oid()?;
    let mut sets = fields.inside(SET)?;
    let mut values = Vec::new();
    while !sets.is_empty() {
        let mut list = sets.sequence()?;
        let mut value = Vec::new();
        while !list.is_empty() {
            let mut pair = list.sequence()?;
            value.push((pair.oid()?, pair.any()?));
        }
        values.push(value);
    }
    Some(Attribute { oid, values })
}
