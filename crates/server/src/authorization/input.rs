//! What a policy about access sees: the fields of OPA's own, and those that this server knows beside them.

use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, PROXY_AUTHORIZATION};
use http::{Method, Uri};
use http_documents::{Body, BodyLimits};
use point::{CertificateIdentity, Identity, Peer, RouteClass};
use std::borrow::Cow;
use std::collections::BTreeMap;
use value::json::ParseLimits;
use value::{Arena, Value};

/// Header fields that hold secrets. A policy sees who was verified by them and not what they say.
const SECRET: [HeaderName; 3] = [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION];

/// One question about access.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'q> {
    pub(crate) identity: &'q Identity,
    pub(crate) peer: Peer,
    /// Whether the caller is on this machine and asks for itself.
    pub(crate) local: bool,
    /// `main` or `diagnostic`.
    pub(crate) listener: &'static str,
    pub(crate) class: RouteClass,
    pub(crate) method: &'q Method,
    pub(crate) uri: &'q Uri,
    pub(crate) path: &'q [Cow<'q, str>],
    pub(crate) headers: &'q HeaderMap,
    /// The body, once it was read.
    pub(crate) body: Option<&'q [u8]>,
}

impl Question<'_> {
    /// `identity`, `method`, `path`, `params`, `headers`, `client_certificates` and `body` are as OPA's server has them, except that
    /// `identity` is the verified subject and never a token that nobody verified.
    pub(super) fn value<'a>(&self, arena: &'a Arena) -> Value<'a> {
        let path: Vec<_> = self.path.iter().map(|segment| arena.string(segment)).collect();
        let text = |text: &Option<String>| text.as_ref().map_or(Value::Null, |text| arena.string(text));
        let mut fields = vec![
            (arena.borrowed("subject"), self.identity.subject.value(arena)),
            (arena.borrowed("identity"), text(&self.identity.subject.id)),
            (arena.borrowed("class"), arena.borrowed(self.class.as_str())),
            (arena.borrowed("listener"), arena.borrowed(self.listener)),
            (arena.borrowed("local"), self.local.into()),
            (arena.borrowed("peer"), arena.string(&self.peer.to_string())),
            (arena.borrowed("method"), arena.string(self.method.as_str())),
            (arena.borrowed("path"), arena.array(&path)),
            (arena.borrowed("params"), parameters(arena, self.uri.query().unwrap_or_default())),
            (arena.borrowed("headers"), headers(arena, self.headers)),
        ];
        if let Some(certificate) = &self.identity.certificate {
            let certificates = arena.array(&[certificate_value(arena, certificate)]);
            fields.push((arena.borrowed("client_certificates"), certificates));
        }
        if let Some(claims) = self.identity.claims.as_deref().and_then(|claims| json(arena, claims)) {
            fields.push((arena.borrowed("claims"), claims));
        }
        // A body that cannot be read is undefined, as in a request without one; the point will say what is wrong with it.
        let limits = BodyLimits::default();
        let body = self.body.and_then(|body| Body::read(self.headers, body, &limits).ok());
        let scratch = Arena::new();
        let body = body.as_ref().and_then(|body| body.document(&scratch, &limits).ok().flatten());
        fields.extend(body.map(|body| (arena.borrowed("body"), arena.copy(body))));
        arena.object(&fields)
    }
}

fn json<'a>(arena: &'a Arena, text: &str) -> Option<Value<'a>> {
    value::json::parse(arena, text.as_bytes(), &ParseLimits::default()).ok()
}

/// Names to lists of texts, as Go has them: `a=1&a=2`.
fn parameters<'a>(arena: &'a Arena, query: &str) -> Value<'a> {
    let mut grouped: BTreeMap<Cow<'_, str>, Vec<Value<'a>>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        grouped.entry(name).or_default().push(arena.string(&value));
    }
    let entries: Vec<_> = grouped.iter().map(|(name, values)| (arena.string(name), arena.array(values))).collect();
    arena.object(&entries)
}

/// Names as Go writes them (`X-Request-Id`) to lists of texts.
fn headers<'a>(arena: &'a Arena, headers: &HeaderMap) -> Value<'a> {
    let entries: Vec<_> = headers
        .keys()
        .filter(|name| !SECRET.contains(name))
        .map(|name| {
            let values =
                headers.get_all(name).iter().map(|value| arena.string(&String::from_utf8_lossy(value.as_bytes())));
            (arena.string(&canonical(name.as_str())), arena.array(&values.collect::<Vec<_>>()))
        })
        .collect();
    arena.object(&entries)
}

fn canonical(name: &str) -> String {
    let mut at_start = true;
    name.chars()
        .map(|c| {
            let c = if at_start { c.to_ascii_uppercase() } else { c };
            at_start = c == '-';
            c
        })
        .collect()
}

/// The fields of Go's `x509.Certificate` that name somebody.
fn certificate_value<'a>(arena: &'a Arena, certificate: &CertificateIdentity) -> Value<'a> {
    let texts = |texts: &[String]| {
        let texts: Vec<_> = texts.iter().map(|text| arena.string(text)).collect();
        arena.array(&texts)
    };
    let common_name = certificate.common_name.as_deref().unwrap_or_default();
    let subject = arena.object(&[
        (arena.borrowed("CommonName"), arena.string(common_name)),
        (arena.borrowed("Organization"), texts(&certificate.organizations)),
        (arena.borrowed("OrganizationalUnit"), texts(&certificate.organizational_units)),
    ]);
    arena.object(&[
        (arena.borrowed("Subject"), subject),
        (arena.borrowed("Issuer"), arena.string(&certificate.issuer)),
        (arena.borrowed("SerialNumber"), arena.string(&certificate.serial)),
        (arena.borrowed("DNSNames"), texts(&certificate.dns_names)),
        (arena.borrowed("URIStrings"), texts(&certificate.uris)),
        (arena.borrowed("Fingerprint"), arena.string(&certificate.fingerprint)),
    ])
}
