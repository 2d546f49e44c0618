//! Who a client certificate names.

use aws_lc_rs::digest;
use decision::Subject;
use point::{CertificateIdentity, Identity};
use rustls::pki_types::CertificateDer;
use std::fmt::Write as _;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// The identity that a verified chain gives, the client's own certificate first.
///
/// The subject is the SPIFFE id if there is one, otherwise the common name, the first DNS name, or the fingerprint. The groups are the
/// organizations, as Kubernetes reads client certificates.
///
/// `None` when the certificate cannot be read, which one that was verified always can.
pub(crate) fn identity_of(chain: &[CertificateDer<'_>]) -> Option<Identity> {
    let own = chain.first()?;
    let (_, parsed) = X509Certificate::from_der(own).ok()?;
    let subject = parsed.subject();
    let texts = |attributes: &mut dyn Iterator<Item = &AttributeTypeAndValue<'_>>| -> Vec<String> {
        attributes.filter_map(|attribute| attribute.as_str().ok().map(str::to_owned)).collect()
    };
    let mut certificate = CertificateIdentity {
        common_name: texts(&mut subject.iter_common_name()).into_iter().next(),
        organizations: texts(&mut subject.iter_organization()),
        organizational_units: texts(&mut subject.iter_organizational_unit()),
        issuer: name(parsed.issuer()),
        serial: hexadecimal(parsed.raw_serial()),
        fingerprint: hexadecimal(digest::digest(&digest::SHA256, own).as_ref()),
        chain: chain.iter().map(|certificate| certificate.to_vec()).collect(),
        ..CertificateIdentity::default()
    };
    if let Ok(Some(alternatives)) = parsed.subject_alternative_name() {
        for alternative in &alternatives.value.general_names {
            match alternative {
                GeneralName::DNSName(name) => certificate.dns_names.push((*name).to_owned()),
                GeneralName::URI(uri) => certificate.uris.push((*uri).to_owned()),
                _ => {}
            }
        }
    }
    // An X.509-SVID has exactly one URI; one with more is no SVID (X509-SVID, section 2).
    certificate.spiffe_id = match certificate.uris.as_slice() {
        [uri] if uri.starts_with("spiffe://") => Some(uri.clone()),
        _ => None,
    };
    let id = certificate
        .spiffe_id
        .clone()
        .or_else(|| certificate.common_name.clone().filter(|name| !name.is_empty()))
        .or_else(|| certificate.dns_names.first().cloned())
        .unwrap_or_else(|| format!("sha256:{}", certificate.fingerprint));
    let subject = Subject { id: Some(id), groups: certificate.organizations.clone(), verified_by: "mtls".to_owned() };
    Some(Identity { subject, certificate: Some(certificate), claims: None })
}

/// A name as RFC 4514 writes it: the most specific part first.
fn name(name: &X509Name<'_>) -> String {
    let parts: Vec<String> = name
        .iter_rdn()
        .map(|part| {
            let attributes = part.iter().map(|attribute| {
                let key = x509_parser::objects::oid2abbrev(attribute.attr_type(), x509_parser::objects::oid_registry());
                let key = key.map_or_else(|_| attribute.attr_type().to_id_string(), str::to_owned);
                format!("{key}={}", attribute.as_str().map(escape).unwrap_or_default())
            });
            attributes.collect::<Vec<_>>().join("+")
        })
        .collect();
    parts.into_iter().rev().collect::<Vec<_>>().join(",")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (index, c) in text.char_indices() {
        let at_edge = (c == ' ' && (index == 0 || index + 1 == text.len())) || (c == '#' && index == 0);
        if at_edge || matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Bytes in lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
