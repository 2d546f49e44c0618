//! The names that an authority limits the certificates below it to.

use super::certificate::Certificate;
use super::der::{self, Der, SEQUENCE, context_constructed};
use super::extensions::{Extension, NameConstraints, ascii};
use super::{Problem, problem};
use crate::builtins::go_format::quote;
use std::net::IpAddr;

/// Parts of the name spaces.
#[derive(Debug, Default)]
pub struct Subtrees<'d> {
    pub dns: Vec<&'d str>,
    /// Address and mask, of the same length.
    pub networks: Vec<(&'d [u8], &'d [u8])>,
    pub emails: Vec<&'d str>,
    pub uri_domains: Vec<&'d str>,
}

/// Reads the extension, and tells whether all kinds of names in it are known.
pub fn read<'d>(extension: &Extension<'d>) -> Result<(NameConstraints<'d>, bool), Problem> {
    let mut outer = Der::new(extension.value);
    let parts = outer.sequence().filter(|_| outer.is_empty()).and_then(|mut fields| {
        let permitted = fields.optional(context_constructed(0))?;
        let excluded = fields.optional(context_constructed(1))?;
        fields.is_empty().then_some((permitted.unwrap_or_default(), excluded.unwrap_or_default()))
    });
    let Some((permitted, excluded)) = parts else { return problem("x509: invalid NameConstraints extension") };
    if permitted.is_empty() && excluded.is_empty() {
        return problem("x509: empty name constraints extension");
    }
    let mut understood = true;
    let permitted = subtrees(permitted, &mut understood)?;
    let excluded = subtrees(excluded, &mut understood)?;
    Ok((NameConstraints { critical: extension.critical, permitted, excluded }, understood))
}

fn subtrees<'d>(mut der: Der<'d>, understood: &mut bool) -> Result<Subtrees<'d>, Problem> {
    let mut subtrees = Subtrees::default();
    while !der.is_empty() {
        let name = der.inside(SEQUENCE).and_then(|mut subtree| subtree.any());
        let Some(der::Element { tag, content, .. }) = name else {
            return problem("x509: invalid NameConstraints extension");
        };
        let text = || {
            let not_text = || {
                format!(
                    "x509: invalid constraint value: x509: {} cannot be encoded as an IA5String",
                    quote(&String::from_utf8_lossy(content), '"', false)
                )
            };
            ascii(content).ok_or_else(not_text)
        };
        let failed =
            |kind: &str, text: &str| format!("x509: failed to parse {kind} constraint {}", quote(text, '"', false));
        match tag {
            0x81 => {
                let text = text()?;
                let valid = if text.contains('@') { mailbox(text).is_some() } else { is_domain_name(text, true) };
                if !valid {
                    return Err(failed("rfc822Name", text));
                }
                subtrees.emails.push(text);
            }
            0x82 => {
                let text = text()?;
                if !is_domain_name(text, true) {
                    return Err(failed("dnsName", text));
                }
                subtrees.dns.push(text);
            }
            0x86 => {
                let text = text()?;
                if text.parse::<IpAddr>().is_ok() {
                    return Err(failed("URI", text) + ": cannot be IP address");
                }
                if !is_domain_name(text, true) {
                    return Err(failed("URI", text));
                }
                subtrees.uri_domains.push(text);
            }
            0x87 => {
                if !matches!(content.len(), 8 | 32) {
                    return Err(format!("x509: IP constraint contained value of length {}", content.len()));
                }
                let (address, mask) = content.split_at(content.len() / 2);
                // Ones, then zeros.
                if mask.iter().map(|byte| byte.count_ones()).sum::<u32>() != leading_ones(mask) {
                    let digits: String = mask.iter().map(|byte| format!("{byte:02x}")).collect();
                    return Err(format!("x509: IP constraint contained invalid mask {digits}"));
                }
                subtrees.networks.push((address, mask));
            }
            _ => *understood = false,
        }
    }
    Ok(subtrees)
}

fn leading_ones(mask: &[u8]) -> u32 {
    let full = mask.iter().take_while(|byte| **byte == 0xff).count();
    let partial = mask.get(full).map_or(0, |byte| byte.leading_ones());
    u32::try_from(full).unwrap_or_default() * 8 + partial
}

/// Whether a text can be a domain name: printable labels with dots between them. A constraint may begin with a dot.
pub fn is_domain_name(text: &str, constraint: bool) -> bool {
    if text.is_empty() {
        return true;
    }
    let labels = if constraint { text.strip_prefix('.').unwrap_or(text) } else { text };
    labels.split('.').all(|label| !label.is_empty() && label.bytes().all(|byte| (33..=126).contains(&byte)))
}

/// The two sides of an email address, read as RFC 2821 has them.
pub fn mailbox(text: &str) -> Option<(String, &str)> {
    let mut local = String::new();
    let mut characters = text.chars();
    let quoted = text.starts_with('"');
    if quoted {
        characters.next();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => local.push(characters.next().filter(|c| c.is_ascii() && !matches!(c, '\0' | '\n' | '\r'))?),
                c if c.is_ascii() && !matches!(c, '\0' | '\t' | '\n' | '\r') => local.push(c),
                _ => return None,
            }
        }
    } else {
        while let Some(c) = characters.clone().next() {
            match c {
                '\\' => {
                    characters.next();
                    local.push(characters.next()?);
                }
                c if c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) => {
                    characters.next();
                    local.push(c);
                }
                _ => break,
            }
        }
        if local.is_empty() || local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return None;
        }
    }
    let domain = characters.as_str().strip_prefix('@')?;
    is_domain_name(domain, false).then_some((local, domain))
}

/// Whether the names in each certificate of a chain, the last first, are such as the authorities above it allow.
pub fn allow(chain: &[&Certificate<'_>]) -> bool {
    chain.iter().enumerate().all(|(index, certificate)| {
        let above = chain.iter().skip(index + 1).filter_map(|authority| authority.extended.name_constraints.as_ref());
        let mut above = above.peekable();
        above.peek().is_none()
            || names_are_comparable(certificate) && above.all(|constraints| allows(constraints, certificate))
    })
}

/// Names that no constraint can be held against are allowed by none.
fn names_are_comparable(certificate: &Certificate<'_>) -> bool {
    let names = &certificate.extended.alternative_names;
    names.dns.iter().all(|name| is_domain_name(name, false))
        && names.emails.iter().all(|email| mailbox(email).is_some())
        && names.uris.iter().all(|(_, uri)| {
            let (host, _) = uri.host_and_port();
            !host.is_empty() && !uri.host.starts_with('[') && host.parse::<IpAddr>().is_err()
        })
}

fn allows(constraints: &NameConstraints<'_>, certificate: &Certificate<'_>) -> bool {
    let names = &certificate.extended.alternative_names;
    let (permitted, excluded) = (&constraints.permitted, &constraints.excluded);
    let domain = |name: &str, permitted: &[&str], excluded: &[&str]| {
        (permitted.is_empty() || permitted.iter().any(|tree| is_below(name, tree)))
            && !excluded.iter().any(|tree| is_below(name, tree) || wildcard_reaches(name, tree))
    };
    names.dns.iter().all(|name| domain(name, &permitted.dns, &excluded.dns))
        && names
            .uris
            .iter()
            .all(|(_, uri)| domain(uri.host_and_port().0, &permitted.uri_domains, &excluded.uri_domains))
        && names.addresses.iter().all(|address| {
            (permitted.networks.is_empty() || permitted.networks.iter().any(|network| is_inside(address, *network)))
                && !excluded.networks.iter().any(|network| is_inside(address, *network))
        })
        && names.emails.iter().filter_map(|email| mailbox(email)).all(|mailbox| {
            (permitted.emails.is_empty() || permitted.emails.iter().any(|tree| email_matches(&mailbox, tree)))
                && !excluded.emails.iter().any(|tree| email_matches(&mailbox, tree))
        })
}

/// Whether a name is a domain or below it; a domain that begins with a dot has only what is below it.
fn is_below(name: &str, tree: &str) -> bool {
    if tree.is_empty() {
        return true;
    }
    let Some((before, end)) = name.len().checked_sub(tree.len()).and_then(|at| name.split_at_checked(at)) else {
        return false;
    };
    end.eq_ignore_ascii_case(tree) && (tree.starts_with('.') || before.is_empty() || before.ends_with('.'))
}

/// Whether `*.example.com` stands for names of which an excluded `host.example.com` is one.
fn wildcard_reaches(name: &str, tree: &str) -> bool {
    match (name.strip_prefix('*'), tree.find('.').and_then(|dot| tree.get(dot..))) {
        (Some(parent), Some(tree_parent)) => parent.eq_ignore_ascii_case(tree_parent),
        _ => false,
    }
}

fn is_inside(address: &[u8], (network, mask): (&[u8], &[u8])) -> bool {
    address.len() == network.len()
        && address.iter().zip(network).zip(mask).all(|((address, network), mask)| address & mask == network & mask)
}

fn email_matches((local, domain): &(String, &str), tree: &str) -> bool {
    if !tree.contains('@') {
        return is_below(domain, tree);
    }
    mailbox(tree)
        .is_some_and(|(tree_local, tree_domain)| *local == tree_local && domain.eq_ignore_ascii_case(tree_domain))
}
