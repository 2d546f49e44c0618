//! The extensions of certificates, and what those say that Go understands.

use super::der::{self, Der, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Oid, context, context_constructed};
use super::name_constraints::{self, Subtrees};
use super::{Problem, oids, problem};
use crate::builtins::go_format::quote;
use crate::builtins::go_url::Url;

/// One extension as it stands in the certificate.
#[derive(Clone, Debug)]
pub struct Extension<'d> {
    pub oid: Oid,
    pub critical: bool,
    pub value: &'d [u8],
}

/// Reads a sequence of extensions.
pub fn read_list(mut list: Der<'_>) -> Result<Vec<Extension<'_>>, Problem> {
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let Some(mut fields) = list.sequence() else { return problem("x509: malformed extension") };
        let Some(oid) = fields.oid() else { return problem("x509: malformed extension OID field") };
        let critical = if fields.peek(der::BOOLEAN) { fields.boolean() } else { Some(false) };
        let Some(critical) = critical else { return problem("x509: malformed extension critical field") };
        let Some(value) = fields.content(OCTET_STRING) else {
            return problem("x509: malformed extension value field");
        };
        extensions.push(Extension { oid, critical, value });
    }
    Ok(extensions)
}

/// What the extensions say. `None` and empty where they are silent.
#[derive(Debug, Default)]
pub struct Extended<'d> {
    /// A bit for each use, the lowest for digital signatures.
    pub key_usage: i64,
    pub unhandled_critical: Vec<Oid>,
    /// Go's numbers.
    pub extended_key_usage: Vec<i64>,
    pub unknown_extended_key_usage: Vec<Oid>,
    pub basic_constraints: Option<BasicConstraints>,
    pub subject_key_id: Option<&'d [u8]>,
    pub authority_key_id: Option<&'d [u8]>,
    pub ocsp_servers: Vec<String>,
    pub issuing_certificate_urls: Vec<String>,
    pub alternative_names: AlternativeNames<'d>,
    pub name_constraints: Option<NameConstraints<'d>>,
    pub revocation_list_urls: Vec<String>,
    /// The content of each policy's object identifier; `None` without the extension.
    pub policies: Option<Vec<&'d [u8]>>,
    /// Pairs of the issuer's and the subject's policy.
    pub policy_mappings: Vec<(&'d [u8], &'d [u8])>,
    pub inhibit_any_policy: Option<i64>,
    pub inhibit_policy_mapping: Option<i64>,
    pub require_explicit_policy: Option<i64>,
}

/// Whether a certificate may sign others, and how many may stand between it and the last.
#[derive(Clone, Copy, Debug)]
pub struct BasicConstraints {
    pub authority: bool,
    pub path_length_max: Option<i64>,
}

/// The names in a certificate besides the subject.
#[derive(Debug, Default)]
pub struct AlternativeNames<'d> {
    pub dns: Vec<&'d str>,
    pub emails: Vec<&'d str>,
    /// Four or sixteen bytes each.
    pub addresses: Vec<&'d [u8]>,
    pub uris: Vec<(&'d str, Url)>,
}

/// The names that certificates below may and may not have.
#[derive(Debug, Default)]
pub struct NameConstraints<'d> {
    pub critical: bool,
    pub permitted: Subtrees<'d>,
    pub excluded: Subtrees<'d>,
}

impl<'d> Extended<'d> {
    pub fn read(extensions: &[Extension<'d>]) -> Result<Self, Problem> {
        let mut extended = Self::default();
        for extension in extensions {
            if !extended.read_one(extension)? && extension.critical {
                extended.unhandled_critical.push(extension.oid.clone());
            }
        }
        Ok(extended)
    }

    /// Whether all of the extension was understood.
    fn read_one(&mut self, extension: &Extension<'d>) -> Result<bool, Problem> {
        let der = Der::new(extension.value);
        match extension.oid.as_slice() {
            [2, 5, 29, 14] => self.subject_key_id = Some(subject_key_id(extension)?),
            [2, 5, 29, 15] => self.key_usage = key_usage(der)?,
            [2, 5, 29, 17] => {
                self.alternative_names = AlternativeNames::read(extension.value)?;
                return Ok(!self.alternative_names.is_empty());
            }
            [2, 5, 29, 19] => self.basic_constraints = Some(basic_constraints(der)?),
            [2, 5, 29, 30] => {
                let (constraints, understood) = name_constraints::read(extension)?;
                self.name_constraints = Some(constraints);
                return Ok(understood);
            }
            [2, 5, 29, 31] => {
                self.revocation_list_urls = revocation_lists(der)?;
            }
            [2, 5, 29, 32] => self.policies = Some(policies(der)?),
            [2, 5, 29, 33] => {
                let Some(mappings) = policy_mappings(der) else {
                    return problem("x509: invalid policy mappings extension");
                };
                self.policy_mappings = mappings;
            }
            [2, 5, 29, 35] => self.authority_key_id = authority_key_id(extension)?,
            [2, 5, 29, 36] => {
                let Some(()) = self.read_policy_constraints(der) else {
                    return problem("x509: invalid policy constraints extension");
                };
            }
            [2, 5, 29, 37] => self.read_extended_key_usage(der)?,
            [2, 5, 29, 54] => {
                let mut der = der;
                let Some(skipped) = der.small_integer(INTEGER) else {
                    return problem("x509: invalid inhibit any policy extension");
                };
                self.inhibit_any_policy = Some(skipped);
            }
            oid if oid == oids::AUTHORITY_INFORMATION_ACCESS => {
                if extension.critical {
                    return problem("x509: authority info access incorrectly marked critical");
                }
                let Some(()) = self.read_information_access(der) else {
                    return problem("x509: invalid authority info access");
                };
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn read_extended_key_usage(&mut self, mut der: Der<'d>) -> Result<(), Problem> {
        const INVALID: &str = "x509: invalid extended key usages";
        let Some(mut usages) = der.sequence() else { return problem(INVALID) };
        while !usages.is_empty() {
            let Some(oid) = usages.oid() else { return problem(INVALID) };
            match oids::EXTENDED_KEY_USAGES.iter().find(|usage| usage.oid == oid) {
                Some(usage) => self.extended_key_usage.push(usage.number),
                None => self.unknown_extended_key_usage.push(oid),
            }
        }
        Ok(())
    }

    fn read_policy_constraints(&mut self, mut der: Der<'d>) -> Option<()> {
        let mut fields = der.sequence()?;
        if fields.peek(context(0)) {
            self.require_explicit_policy = Some(fields.small_integer(context(0))?);
        }
        if fields.peek(context(1)) {
            self.inhibit_policy_mapping = Some(fields.small_integer(context(1))?);
        }
        Some(())
    }

    fn read_information_access(&mut self, mut der: Der<'d>) -> Option<()> {
        let mut list = der.sequence()?;
        while !list.is_empty() {
            let mut access = list.sequence()?;
            let method = access.oid()?;
            if !access.peek(context(6)) {
                continue;
            }
            let location = || String::from_utf8_lossy(access.content(context(6)).unwrap_or_default()).into_owned();
            let mut location = location;
            if method == oids::OCSP {
                self.ocsp_servers.push(location());
            } else if method == oids::ISSUERS {
                self.issuing_certificate_urls.push(location());
            }
        }
        Some(())
    }
}

impl<'d> AlternativeNames<'d> {
    pub const fn is_empty(&self) -> bool {
        self.dns.is_empty() && self.emails.is_empty() && self.addresses.is_empty() && self.uris.is_empty()
    }

    pub fn read(value: &'d [u8]) -> Result<Self, Problem> {
        let mut names = Self::default();
        let Some(mut list) = Der::new(value).sequence() else {
            return problem("x509: invalid subject alternative names");
        };
        while !list.is_empty() {
            let Some(name) = list.any() else { return problem("x509: invalid subject alternative name") };
            let malformed = |kind: &str| format!("x509: SAN {kind} is malformed");
            match name.tag {
                0x81 => names.emails.push(ascii(name.content).ok_or_else(|| malformed("rfc822Name"))?),
                0x82 => names.dns.push(ascii(name.content).ok_or_else(|| malformed("dNSName"))?),
                0x86 => {
                    let text = ascii(name.content).ok_or_else(|| malformed("uniformResourceIdentifier"))?;
                    let cannot =
                        |problem: &str| format!("x509: cannot parse URI {}: {problem}", quote(text, '"', false));
                    let uri = Url::parse(text).map_err(|problem| cannot(&problem))?;
                    if !uri.host.is_empty() && !name_constraints::is_domain_name(&uri.host, false) {
                        return Err(cannot("invalid domain"));
                    }
                    names.uris.push((text, uri));
                }
                0x87 => match name.content.len() {
                    4 | 16 => names.addresses.push(name.content),
                    length => return Err(format!("x509: cannot parse IP address of length {length}")),
                },
                _ => {}
            }
        }
        Ok(names)
    }
}

/// Text that is all ASCII.
pub fn ascii(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())
}

fn subject_key_id<'d>(extension: &Extension<'d>) -> Result<&'d [u8], Problem> {
    if extension.critical {
        return problem("x509: subject key identifier incorrectly marked critical");
    }
    let id = Der::new(extension.value).content(OCTET_STRING);
    id.ok_or_else(|| "x509: invalid subject key identifier".to_owned())
}

fn authority_key_id<'d>(extension: &Extension<'d>) -> Result<Option<&'d [u8]>, Problem> {
    if extension.critical {
        return problem("x509: authority key identifier incorrectly marked critical");
    }
    let mut der = Der::new(extension.value);
    let id = der.sequence().and_then(|mut fields| fields.optional(context(0)));
    match id {
        Some(id) => Ok(id.map(|id| id.rest())),
        None => problem("x509: invalid authority key identifier"),
    }
}

fn key_usage(mut der: Der<'_>) -> Result<i64, Problem> {
    let Some(bits) = der.bit_string() else { return problem("x509: invalid key usage") };
    Ok((0..9).filter(|&index| bits.bit(index)).map(|index| 1 << index).sum())
}

fn basic_constraints(mut der: Der<'_>) -> Result<BasicConstraints, Problem> {
    let read = |mut fields: Der<'_>| {
        let authority = if fields.peek(der::BOOLEAN) { fields.boolean()? } else { false };
        let path_length_max = match fields.peek(INTEGER) {
            true => Some(fields.small_integer(INTEGER).filter(|length| *length >= 0)?),
            false => None,
        };
        Some(BasicConstraints { authority, path_length_max })
    };
    der.sequence().and_then(read).ok_or_else(|| "x509: invalid basic constraints".to_owned())
}

fn revocation_lists(mut der: Der<'_>) -> Result<Vec<String>, Problem> {
    const INVALID: &str = "x509: invalid CRL distribution point";
    let Some(mut points) = der.sequence() else { return problem("x509: invalid CRL distribution points") };
    let mut urls = Vec::new();
    while !points.is_empty() {
        let Some(name) = points.sequence().and_then(|mut point| point.optional(context_constructed(0))) else {
            return problem(INVALID);
        };
        let Some(mut name) = name else { continue };
        let Some(mut full_name) = name.inside(context_constructed(0)) else { return problem(INVALID) };
        while full_name.peek(context(6)) {
            let Some(url) = full_name.content(context(6)) else { return problem(INVALID) };
            urls.push(String::from_utf8_lossy(url).into_owned());
        }
    }
    Ok(urls)
}

fn policies(mut der: Der<'_>) -> Result<Vec<&[u8]>, Problem> {
    const INVALID: &str = "x509: invalid certificate policies";
    let Some(mut list) = der.sequence() else { return problem(INVALID) };
    let mut policies: Vec<&[u8]> = Vec::new();
    while !list.is_empty() {
        let policy = list.sequence().and_then(|mut policy| policy.content(OBJECT_IDENTIFIER));
        match policy {
            Some(policy) if !policies.contains(&policy) && der::big_arcs(policy).is_some() => policies.push(policy),
            _ => return problem(INVALID),
        }
    }
    Ok(policies)
}

fn policy_mappings(mut der: Der<'_>) -> Option<Vec<(&[u8], &[u8])>> {
    let mut list = der.sequence()?;
    let mut mappings = Vec::new();
    while !list.is_empty() {
        let mut pair = list.sequence()?;
        mappings.push((pair.content(OBJECT_IDENTIFIER)?, pair.content(OBJECT_IDENTIFIER)?));
    }
    Some(mappings)
}
