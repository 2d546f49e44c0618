//! Keys and certificates as the objects that policies see: what Go's `encoding/json` makes of its structures.

use super::certificate::{Certificate, Name};
use super::chain::address_of;
use super::der::{self, BOOLEAN, Der, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING};
use super::extensions::{AlternativeNames, Extension};
use super::private_key::{PrivateKey, RsaPrivateKey};
use super::public_key::{PublicKey, coordinates};
use super::request::{Attribute, CertificateRequest};
use crate::builtins::go_url::Url;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use num_bigint::{BigInt, BigUint};
use value::{Arena, Value, number};

/// Where objects are built.
#[derive(Clone, Copy)]
pub struct Shapes<'a> {
    pub arena: &'a Arena,
}

impl<'a> Shapes<'a> {
    fn object(self, fields: &[(&str, Value<'a>)]) -> Value<'a> {
        let entries: Vec<_> = fields.iter().map(|(name, value)| (self.arena.string(name), *value)).collect();
        self.arena.object(&entries)
    }

    fn bytes(self, bytes: &[u8]) -> Value<'a> {
        self.arena.string(&STANDARD.encode(bytes))
    }

    fn optional_bytes(self, bytes: Option<&[u8]>) -> Value<'a> {
        bytes.map_or(Value::Null, |bytes| self.bytes(bytes))
    }

    fn integer(self, integer: &BigUint) -> Value<'a> {
        number::from_big_int(self.arena, &BigInt::from(integer.clone()))
    }

    /// A list as Go's: `null` when nothing was put into it.
    fn list<T>(self, items: impl IntoIterator<Item = T>, shape: impl Fn(T) -> Value<'a>) -> Value<'a> {
        let items: Vec<_> = items.into_iter().map(shape).collect();
        if items.is_empty() { Value::Null } else { self.arena.array(&items) }
    }

    fn texts<'t>(self, texts: impl IntoIterator<Item = &'t str>) -> Value<'a> {
        self.list(texts, |text| self.arena.string(text))
    }

    fn oid(self, oid: &[u32]) -> Value<'a> {
        self.list(oid, |arc| Value::Int(i64::from(*arc)))
    }

    fn name(self, name: &Name) -> Value<'a> {
        let all = |number| self.texts(name.values(number));
        let last = |number| self.arena.string(name.values(number).next_back().unwrap_or_default());
        let pair = |(oid, value): &(der::Oid, String)| {
            self.object(&[("Type", self.oid(oid)), ("Value", self.arena.string(value))])
        };
        self.object(&[
            ("Country", all(6)),
            ("Organization", all(10)),
            ("OrganizationalUnit", all(11)),
            ("Locality", all(7)),
            ("Province", all(8)),
            ("StreetAddress", all(9)),
            ("PostalCode", all(17)),
            ("SerialNumber", last(5)),
            ("CommonName", last(3)),
            ("Names", self.list(&name.attributes, pair)),
            ("ExtraNames", Value::Null),
        ])
    }

    fn extensions(self, extensions: &[Extension<'_>]) -> Value<'a> {
        self.list(extensions, |extension| {
            self.object(&[
                ("Id", self.oid(&extension.oid)),
                ("Critical", extension.critical.into()),
                ("Value", self.bytes(extension.value)),
            ])
        })
    }

    fn address(self, address: &[u8]) -> Value<'a> {
        address_of(address).map_or(Value::Null, |address| self.arena.string(&address.to_string()))
    }

    fn uri(self, (text, uri): &(&str, Url)) -> Value<'a> {
        let (before_fragment, _) = text.split_once('#').unwrap_or((text, ""));
        let rest = before_fragment.get(uri.scheme.len() + 1..).filter(|_| !uri.scheme.is_empty());
        let (rest_path, _) = rest.unwrap_or_default().split_once('?').unwrap_or((rest.unwrap_or_default(), ""));
        let opaque = if rest_path.starts_with('/') { "" } else { rest_path };
        let authority = rest_path.strip_prefix("//").and_then(|after| after.split('/').next());
        let has_user = authority.is_some_and(|authority| authority.contains('@'));
        self.object(&[
            ("Scheme", self.arena.string(&uri.scheme)),
            ("Opaque", self.arena.string(opaque)),
            // Go shows neither name nor password.
            ("User", if has_user { Value::EMPTY_OBJECT } else { Value::Null }),
            ("Host", self.arena.string(&uri.host)),
            ("Path", self.arena.string(&uri.path)),
            ("Fragment", self.arena.string(&uri.fragment)),
            ("RawQuery", self.arena.string(&uri.raw_query)),
            ("RawPath", self.arena.string(&uri.raw_path)),
            ("RawFragment", self.arena.string("")),
            ("ForceQuery", before_fragment.strip_suffix('?').is_some_and(|before| !before.contains('?')).into()),
            ("OmitHost", (rest_path.starts_with('/') && authority.is_none()).into()),
        ])
    }

    fn names(self, names: &AlternativeNames<'_>) -> [(&'static str, Value<'a>); 4] {
        [
            ("DNSNames", self.texts(names.dns.iter().copied())),
            ("EmailAddresses", self.texts(names.emails.iter().copied())),
            ("IPAddresses", self.list(&names.addresses, |address| self.address(address))),
            ("URIs", self.list(&names.uris, |uri| self.uri(uri))),
        ]
    }

    /// A public key.
    pub fn public_key(self, key: &PublicKey) -> Value<'a> {
        match key {
            PublicKey::Rsa { modulus, exponent } => {
                self.object(&[("N", self.integer(modulus)), ("E", self.integer(exponent))])
            }
            PublicKey::Dsa { p, q, g, y } => self.object(&[
                ("P", self.integer(p)),
                ("Q", self.integer(q)),
                ("G", self.integer(g)),
                ("Y", self.integer(y)),
            ]),
            PublicKey::Ec { curve, point } => {
                let (x, y) = coordinates(*curve, point);
                self.object(&[("Curve", Value::EMPTY_OBJECT), ("X", self.integer(&x)), ("Y", self.integer(&y))])
            }
            PublicKey::Ed25519(key) => self.bytes(key),
            PublicKey::X25519 => Value::EMPTY_OBJECT,
        }
    }

    /// A private key.
    pub fn private_key(self, key: &PrivateKey) -> Value<'a> {
        match key {
            PrivateKey::Rsa(key) => self.rsa_private_key(key),
            PrivateKey::Ec { curve, secret, point } => {
                let (x, y) = coordinates(*curve, point);
                self.object(&[
                    ("Curve", Value::EMPTY_OBJECT),
                    ("X", self.integer(&x)),
                    ("Y", self.integer(&y)),
                    ("D", self.integer(&BigUint::from_bytes_be(secret))),
                ])
            }
            PrivateKey::Ed25519 { seed, public } => self.bytes(&[seed.as_slice(), public].concat()),
            PrivateKey::X25519 => Value::EMPTY_OBJECT,
        }
    }

    fn rsa_private_key(self, key: &RsaPrivateKey) -> Value<'a> {
        let precomputed = self.object(&[
            ("Dp", self.integer(&key.first_exponent)),
            ("Dq", self.integer(&key.second_exponent)),
            ("Qinv", self.integer(&key.coefficient)),
            ("CRTValues", Value::EMPTY_ARRAY),
        ]);
        self.object(&[
            ("N", self.integer(&key.modulus)),
            ("E", self.integer(&key.exponent)),
            ("D", self.integer(&key.secret)),
            ("Primes", self.list(&key.primes, |prime| self.integer(prime))),
            ("Precomputed", precomputed),
        ])
    }

    /// A private key as a JSON Web Key; `None` for one that has no such form.
    pub fn web_key(self, key: &PrivateKey) -> Option<Value<'a>> {
        let text = |bytes: &[u8]| self.arena.string(&URL_SAFE_NO_PAD.encode(bytes));
        let integer = |integer: &BigUint| text(&integer.to_bytes_be());
        Some(match key {
            PrivateKey::Rsa(key) => {
                let [p, q, ..] = key.primes.as_slice() else { return None };
                self.object(&[
                    ("kty", self.arena.string("RSA")),
                    ("n", integer(&key.modulus)),
                    ("e", integer(&key.exponent)),
                    ("d", integer(&key.secret)),
                    ("p", integer(p)),
                    ("q", integer(q)),
                    ("dp", integer(&key.first_exponent)),
                    ("dq", integer(&key.second_exponent)),
                    ("qi", integer(&key.coefficient)),
                ])
            }
            PrivateKey::Ec { curve, secret, point } => {
                let both = point.get(1..).and_then(|both| both.split_at_checked(curve.coordinate_bytes()));
                let (x, y) = both.unwrap_or_default();
                self.object(&[
                    ("kty", self.arena.string("EC")),
                    ("crv", self.arena.string(curve.name())),
                    ("x", text(x)),
                    ("y", text(y)),
                    ("d", text(secret)),
                ])
            }
            PrivateKey::Ed25519 { seed, public } => self.object(&[
                ("kty", self.arena.string("OKP")),
                ("crv", self.arena.string("Ed25519")),
                ("x", text(public)),
                ("d", text(seed)),
            ]),
            PrivateKey::X25519 => return None,
        })
    }

    /// A certificate, with its URIs as text if wanted.
    pub fn certificate(self, certificate: &Certificate<'_>, uri_strings: bool) -> Value<'a> {
        let extended = &certificate.extended;
        let policies = extended.policies.as_deref();
        let basic = extended.basic_constraints;
        let path_length_max = basic.map_or(0, |basic| basic.path_length_max.unwrap_or(-1));
        let count = |count: Option<i64>| Value::Int(count.unwrap_or_default());
        let texts = |texts: &[String]| self.texts(texts.iter().map(String::as_str));
        let mut fields = vec![
            ("Raw", self.bytes(certificate.raw)),
            ("RawTBSCertificate", self.bytes(certificate.to_be_signed)),
            ("RawSubjectPublicKeyInfo", self.bytes(certificate.public_key_info)),
            ("RawSubject", self.bytes(certificate.raw_subject)),
            ("RawIssuer", self.bytes(certificate.raw_issuer)),
            ("Signature", self.bytes(&certificate.signature)),
            ("SignatureAlgorithm", Value::Int(certificate.signature_algorithm as i64)),
            ("PublicKeyAlgorithm", Value::Int(certificate.public_key_algorithm)),
            ("PublicKey", certificate.public_key.as_ref().map_or(Value::Null, |key| self.public_key(key))),
            ("Version", Value::Int(certificate.version)),
            ("SerialNumber", number::from_big_int(self.arena, &certificate.serial_number)),
            ("Issuer", self.name(&certificate.issuer)),
            ("Subject", self.name(&certificate.subject)),
            ("NotBefore", self.arena.string(&certificate.not_before.rfc3339())),
            ("NotAfter", self.arena.string(&certificate.not_after.rfc3339())),
            ("KeyUsage", Value::Int(extended.key_usage)),
            ("Extensions", self.extensions(&certificate.extensions)),
            ("ExtraExtensions", Value::Null),
            ("UnhandledCriticalExtensions", self.list(&extended.unhandled_critical, |oid| self.oid(oid))),
            ("ExtKeyUsage", self.list(&extended.extended_key_usage, |usage| Value::Int(*usage))),
            ("UnknownExtKeyUsage", self.list(&extended.unknown_extended_key_usage, |oid| self.oid(oid))),
            ("BasicConstraintsValid", basic.is_some().into()),
            ("IsCA", basic.is_some_and(|basic| basic.authority).into()),
            ("MaxPathLen", Value::Int(path_length_max)),
            ("MaxPathLenZero", basic.is_some_and(|basic| basic.path_length_max == Some(0)).into()),
            ("SubjectKeyId", self.optional_bytes(extended.subject_key_id)),
            ("AuthorityKeyId", self.optional_bytes(extended.authority_key_id)),
            ("OCSPServer", texts(&extended.ocsp_servers)),
            ("IssuingCertificateURL", texts(&extended.issuing_certificate_urls)),
            ("CRLDistributionPoints", texts(&extended.revocation_list_urls)),
            ("PolicyIdentifiers", self.policy_identifiers(policies)),
            ("Policies", self.list(policies.unwrap_or_default(), |policy| self.dotted(policy))),
            ("InhibitAnyPolicy", count(extended.inhibit_any_policy)),
            ("InhibitAnyPolicyZero", (extended.inhibit_any_policy == Some(0)).into()),
            ("InhibitPolicyMapping", count(extended.inhibit_policy_mapping)),
            ("InhibitPolicyMappingZero", (extended.inhibit_policy_mapping == Some(0)).into()),
            ("RequireExplicitPolicy", count(extended.require_explicit_policy)),
            ("RequireExplicitPolicyZero", (extended.require_explicit_policy == Some(0)).into()),
            ("PolicyMappings", self.policy_mappings(&extended.policy_mappings)),
        ];
        fields.extend(self.names(&extended.alternative_names));
        fields.extend(self.name_constraints(certificate));
        if uri_strings {
            let uris = extended.alternative_names.uris.iter().map(|(text, _)| *text);
            fields.push(("URIStrings", self.texts(uris)));
        }
        self.object(&fields)
    }

    /// Only the policies whose numbers are small; with none of them an empty list, and `null` without the extension.
    fn policy_identifiers(self, policies: Option<&[&[u8]]>) -> Value<'a> {
        let Some(policies) = policies else { return Value::Null };
        let small = |policy: &&[u8]| {
            let arcs: Option<Vec<u32>> = der::big_arcs(policy)?.iter().map(|arc| u32::try_from(arc).ok()).collect();
            arcs.filter(|arcs| arcs.iter().all(|arc| i32::try_from(*arc).is_ok())).map(|arcs| self.oid(&arcs))
        };
        self.arena.array(&policies.iter().filter_map(small).collect::<Vec<_>>())
    }

    fn dotted(self, oid: &[u8]) -> Value<'a> {
        let arcs = der::big_arcs(oid).unwrap_or_default();
        self.arena.string(&arcs.iter().map(BigUint::to_string).collect::<Vec<_>>().join("."))
    }

    fn policy_mappings(self, mappings: &[(&[u8], &[u8])]) -> Value<'a> {
        self.list(mappings, |(issuer, subject)| {
            self.object(&[("IssuerDomainPolicy", self.dotted(issuer)), ("SubjectDomainPolicy", self.dotted(subject))])
        })
    }

    fn name_constraints(self, certificate: &Certificate<'_>) -> [(&'static str, Value<'a>); 9] {
        let nothing = Default::default();
        let constraints = certificate.extended.name_constraints.as_ref().unwrap_or(&nothing);
        let (permitted, excluded) = (&constraints.permitted, &constraints.excluded);
        let texts = |texts: &[&str]| self.texts(texts.iter().copied());
        let networks = |networks: &[(&[u8], &[u8])]| {
            self.list(networks, |(address, mask)| {
                self.object(&[("IP", self.address(address)), ("Mask", self.bytes(mask))])
            })
        };
        [
            ("PermittedDNSDomainsCritical", constraints.critical.into()),
            ("PermittedDNSDomains", texts(&permitted.dns)),
            ("ExcludedDNSDomains", texts(&excluded.dns)),
            ("PermittedIPRanges", networks(&permitted.networks)),
            ("ExcludedIPRanges", networks(&excluded.networks)),
            ("PermittedEmailAddresses", texts(&permitted.emails)),
            ("ExcludedEmailAddresses", texts(&excluded.emails)),
            ("PermittedURIDomains", texts(&permitted.uri_domains)),
            ("ExcludedURIDomains", texts(&excluded.uri_domains)),
        ]
    }

    /// A request for a certificate.
    pub fn request(self, request: &CertificateRequest<'_>) -> Value<'a> {
        let mut fields = vec![
            ("Raw", self.bytes(request.raw)),
            ("RawTBSCertificateRequest", self.bytes(request.to_be_signed)),
            ("RawSubjectPublicKeyInfo", self.bytes(request.public_key_info)),
            ("RawSubject", self.bytes(request.raw_subject)),
            ("Version", Value::Int(request.version)),
            ("Signature", self.bytes(&request.signature)),
            ("SignatureAlgorithm", Value::Int(request.signature_algorithm as i64)),
            ("PublicKeyAlgorithm", Value::Int(request.public_key_algorithm)),
            ("PublicKey", request.public_key.as_ref().map_or(Value::Null, |key| self.public_key(key))),
            ("Subject", self.name(&request.subject)),
            ("Attributes", self.list(&request.attributes, |attribute| self.attribute(attribute))),
            ("Extensions", self.extensions(&request.extensions)),
            ("ExtraExtensions", Value::Null),
        ];
        fields.extend(self.names(&request.alternative_names));
        self.object(&fields)
    }

    fn attribute(self, attribute: &Attribute<'_>) -> Value<'a> {
        let pair = |(oid, element): &(der::Oid, der::Element<'_>)| {
            self.object(&[("Type", self.oid(oid)), ("Value", self.any_element(*element))])
        };
        let values: Vec<_> = attribute
            .values
            .iter()
            .map(|value| self.arena.array(&value.iter().map(pair).collect::<Vec<_>>()))
            .collect();
        self.object(&[("Type", self.oid(&attribute.oid)), ("Value", self.arena.array(&values))])
    }

    /// An element of which only its tag says what it is. Go knows no meaning for most.
    fn any_element(self, element: der::Element<'_>) -> Value<'a> {
        let mut der = Der::new(element.whole);
        match element.tag {
            BOOLEAN => der.boolean().map_or(Value::Null, Value::from),
            INTEGER => der.small_integer(INTEGER).map_or(Value::Null, Value::Int),
            OCTET_STRING => self.bytes(element.content),
            OBJECT_IDENTIFIER => der.oid().map_or(Value::Null, |oid| self.oid(&oid)),
            0x0c | 0x12 | 0x13 | 0x14 | 0x16 => self.arena.string(&String::from_utf8_lossy(element.content)),
            _ => Value::Null,
        }
    }

    /// A certificate, or several, with their private key, as Go's `tls.Certificate`.
    pub fn key_pair(self, certificates: &[Vec<u8>], first: &Certificate<'_>, key: &PrivateKey) -> Value<'a> {
        self.object(&[
            ("Certificate", self.list(certificates, |certificate| self.bytes(certificate))),
            ("PrivateKey", self.private_key(key)),
            ("SupportedSignatureAlgorithms", Value::Null),
            ("OCSPStaple", Value::Null),
            ("SignedCertificateTimestamps", Value::Null),
            ("Leaf", self.certificate(first, false)),
        ])
    }
}
