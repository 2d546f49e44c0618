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
/// # Errors
/// Why it names nobody: it is no X.509-SVID and claims a SPIFFE id all the same.
pub(crate) fn identity_of(chain: &[CertificateDer<'_>]) -> Result<Identity, &'static str> {
    const UNREADABLE: &str = "the client certificate cannot be read";
    let own = chain.first().ok_or(UNREADABLE)?;
    let (_, parsed) = X509Certificate::from_der(own).map_err(|_| UNREADABLE)?;
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
    // An X.509-SVID has exactly one URI, and whoever verifies one refuses it with more (X509-SVID, sections 2 and 5.2).
    certificate.spiffe_id = match certificate.uris.as_slice() {
        [uri] if is_spiffe_id(uri) => Some(uri.clone()),
        uris if uris.iter().any(|uri| is_spiffe_id(uri)) => {
            return Err("the client certificate has a SPIFFE id and further URIs; an X.509-SVID has exactly one");
        }
        _ => None,
    };
    let id = certificate
        .spiffe_id
        .clone()
        .or_else(|| certificate.common_name.clone().filter(|name| !name.is_empty()))
        .or_else(|| certificate.dns_names.first().cloned())
        .unwrap_or_else(|| format!("sha256:{}", certificate.fingerprint));
    // An authority that lets anybody choose a common name vouches for URIs only.
    if certificate.spiffe_id.is_none() && is_spiffe_id(&id) {
        return Err(
            "the client certificate has a SPIFFE id for its name; only a URI among the alternative names is one",
        );
    }
    let subject = Subject { id: Some(id), groups: certificate.organizations.clone(), verified_by: "mtls".to_owned() };
    Ok(Identity { subject, certificate: Some(certificate), claims: None })
}

/// Schemes are the same in any case (RFC 3986, section 3.1).
fn is_spiffe_id(text: &str) -> bool {
    const SCHEME: &str = "spiffe://";
    text.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
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
