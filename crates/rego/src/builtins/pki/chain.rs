//! Whether a certificate can be traced back to one that is trusted, decided as Go decides it.

use super::certificate::{Certificate, SignatureAlgorithm};
use super::name_constraints;
use super::oids::{ANY_USAGE, SERVER_USAGE};
use super::public_key::PublicKey;
use super::signature::{Hash, Padding, verify_ecdsa, verify_ed25519, verify_rsa};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most signatures looked at for one certificate, so that many alike certificates cannot keep a policy busy.
const SIGNATURE_CHECKS_MAX: usize = 100;
const SIGNING_CERTIFICATES: i64 = 1 << 5;

/// What a chain must be good for.
#[derive(Debug, Default)]
pub struct Options<'o> {
    /// The host that the first certificate must name; empty for any.
    pub dns_name: &'o str,
    pub now_ns: i64,
    /// Go's numbers; one of them suffices. Servers if there are none.
    pub key_usages: Vec<i64>,
}

/// The first chain from `leaf` to `root`, over certificates in between as needed; `None` if there is none.
pub fn verify<'c, 'd>(
    leaf: &'c Certificate<'d>,
    between: &'c [Certificate<'d>],
    root: &'c Certificate<'d>,
    options: &Options<'_>,
) -> Option<Vec<&'c Certificate<'d>>> {
    let mut search = Search { between, root, options, checks_left: SIGNATURE_CHECKS_MAX, found: Vec::new() };
    if !search.is_acceptable(leaf, Role::Leaf, &[]) || !names_host(leaf, options.dns_name) {
        return None;
    }
    if leaf.raw == root.raw {
        search.found.push(vec![leaf]);
    } else {
        search.extend(&[leaf]);
    }
    let usages: &[i64] = if options.key_usages.is_empty() { &[SERVER_USAGE] } else { &options.key_usages };
    search.found.into_iter().find(|chain| {
        let usable = usages.contains(&ANY_USAGE) || is_usable(chain, usages);
        usable && policies_hold(chain) && name_constraints::allow(chain)
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Leaf,
    Between,
    Root,
}

struct Search<'c, 'd, 'o> {
    between: &'c [Certificate<'d>],
    root: &'c Certificate<'d>,
    options: &'o Options<'o>,
    checks_left: usize,
    found: Vec<Vec<&'c Certificate<'d>>>,
}

impl<'c, 'd> Search<'c, 'd, '_> {
    /// Finds all chains that begin with these certificates.
    fn extend(&mut self, chain: &[&'c Certificate<'d>]) {
        let Some(last) = chain.last() else { return };
        let mut parents: Vec<&'c Certificate<'d>> =
            self.between.iter().filter(|parent| parent.raw_subject == last.raw_issuer).collect();
        // Those that name each other's key come first, those that name another key last.
        parents.sort_by_key(|parent| match (parent.extended.subject_key_id, last.extended.authority_key_id) {
            (subject, authority) if subject == authority => 0,
            (None, Some(_)) | (Some(_), None) => 1,
            _ => 2,
        });
        if self.root.raw_subject == last.raw_issuer && self.is_parent(self.root, Role::Root, chain) {
            self.found.push([chain, &[self.root]].concat());
        }
        for parent in parents {
            if self.is_parent(parent, Role::Between, chain) {
                self.extend(&[chain, &[parent]].concat());
            }
        }
    }

    fn is_parent(&mut self, parent: &Certificate<'d>, role: Role, chain: &[&Certificate<'d>]) -> bool {
        let Some(left) = self.checks_left.checked_sub(1) else { return false };
        self.checks_left = left;
        let Some(child) = chain.last() else { return false };
        !is_among(parent, chain) && is_signed_by(child, parent) && self.is_acceptable(parent, role, chain)
    }

    fn is_acceptable(&self, certificate: &Certificate<'_>, role: Role, chain: &[&Certificate<'_>]) -> bool {
        if !certificate.extended.unhandled_critical.is_empty() {
            return false;
        }
        let ns = |seconds: i64| i128::from(seconds) * 1_000_000_000;
        let (from, until) = (certificate.not_before.epoch_seconds(), certificate.not_after.epoch_seconds());
        if !(ns(from)..=ns(until)).contains(&i128::from(self.options.now_ns)) {
            return false;
        }
        let constraints = certificate.extended.basic_constraints;
        if role == Role::Between && !constraints.is_some_and(|constraints| constraints.authority) {
            return false;
        }
        let length_max = constraints.and_then(|constraints| constraints.path_length_max);
        let between = i64::try_from(chain.len()).unwrap_or(i64::MAX) - 1;
        length_max.is_none_or(|length_max| between <= length_max)
    }
}

/// Whether the same name with the same key is there already.
fn is_among(candidate: &Certificate<'_>, chain: &[&Certificate<'_>]) -> bool {
    let alternative_names = |certificate: &Certificate<'_>| {
        let names =
            certificate.extensions.iter().find(|extension| extension.oid == super::oids::SUBJECT_ALTERNATIVE_NAME);
        names.map(|extension| extension.value.to_vec())
    };
    chain.iter().any(|certificate| {
        certificate.raw_subject == candidate.raw_subject
            && certificate.public_key_info == candidate.public_key_info
            && alternative_names(certificate) == alternative_names(candidate)
    })
}

/// Whether `parent` may sign certificates and signed `child`.
fn is_signed_by(child: &Certificate<'_>, parent: &Certificate<'_>) -> bool {
    match parent.extended.basic_constraints {
        None if parent.version == 3 => return false,
        Some(constraints) if !constraints.authority => return false,
        _ => {}
    }
    let usage = parent.extended.key_usage;
    if usage != 0 && usage & SIGNING_CERTIFICATES == 0 {
        return false;
    }
    let (message, signature) = (child.to_be_signed, child.signature.as_slice());
    let rsa = |padding, hash| match &parent.public_key {
        Some(PublicKey::Rsa { modulus, exponent }) => {
            verify_rsa((modulus, exponent), padding, hash, message, signature)
        }
        _ => false,
    };
    let ecdsa = |hash| match &parent.public_key {
        Some(PublicKey::Ec { curve, point }) => verify_ecdsa(*curve, point, hash, message, signature),
        _ => false,
    };
    match child.signature_algorithm {
        SignatureAlgorithm::Sha256WithRsa => rsa(Padding::Pkcs1, Hash::Sha256),
        SignatureAlgorithm::Sha384WithRsa => rsa(Padding::Pkcs1, Hash::Sha384),
        SignatureAlgorithm::Sha512WithRsa => rsa(Padding::Pkcs1, Hash::Sha512),
        SignatureAlgorithm::Sha256WithRsaPss => rsa(Padding::Pss, Hash::Sha256),
        SignatureAlgorithm::Sha384WithRsaPss => rsa(Padding::Pss, Hash::Sha384),
        SignatureAlgorithm::Sha512WithRsaPss => rsa(Padding::Pss, Hash::Sha512),
        SignatureAlgorithm::EcdsaWithSha256 => ecdsa(Hash::Sha256),
        SignatureAlgorithm::EcdsaWithSha384 => ecdsa(Hash::Sha384),
        SignatureAlgorithm::EcdsaWithSha512 => ecdsa(Hash::Sha512),
        SignatureAlgorithm::Ed25519 => {
            matches!(&parent.public_key, Some(PublicKey::Ed25519(key)) if verify_ed25519(key, message, signature))
        }
        // MD5 and SHA-1 can be forged.
        SignatureAlgorithm::Unknown
        | SignatureAlgorithm::Md5WithRsa
        | SignatureAlgorithm::Sha1WithRsa
        | SignatureAlgorithm::DsaWithSha1
        | SignatureAlgorithm::DsaWithSha256
        | SignatureAlgorithm::EcdsaWithSha1 => false,
    }
}

/// Whether one of the usages is allowed by every certificate of the chain.
fn is_usable(chain: &[&Certificate<'_>], usages: &[i64]) -> bool {
    usages.iter().any(|usage| {
        chain.iter().all(|certificate| {
            let (known, unknown) =
                (&certificate.extended.extended_key_usage, &certificate.extended.unknown_extended_key_usage);
            known.is_empty() && unknown.is_empty() || known.contains(&ANY_USAGE) || known.contains(usage)
        })
    })
}

/// Whether an explicit policy, where a certificate requires one, is there. Chains that require one and map policies
/// onto each other are not trusted: no mapping is followed.
fn policies_hold(chain: &[&Certificate<'_>]) -> bool {
    const ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];
    let Some((_, below_root)) = chain.split_last() else { return true };
    let length = i64::try_from(chain.len()).unwrap_or(i64::MAX);
    let (mut explicit, mut any_inhibited) = (length, length);
    // `None` stands for all policies.
    let mut common: Option<Vec<&[u8]>> = None;
    for (index, certificate) in below_root.iter().enumerate().rev() {
        let extended = &certificate.extended;
        let issued_to_itself = certificate.raw_issuer == certificate.raw_subject;
        let policies = extended.policies.as_deref().unwrap_or_default();
        let takes_any = policies.contains(&ANY_POLICY) && (any_inhibited > 0 || index > 0 && issued_to_itself);
        if !takes_any {
            let held =
                |policy: &&[u8]| *policy != ANY_POLICY && common.as_ref().is_none_or(|common| common.contains(policy));
            common = Some(policies.iter().copied().filter(held).collect());
        }
        if !extended.policy_mappings.is_empty() {
            common = Some(Vec::new());
        }
        if explicit == 0 && common.as_ref().is_some_and(Vec::is_empty) {
            return false;
        }
        if index == 0 {
            if extended.require_explicit_policy == Some(0) {
                explicit = 0;
            }
            continue;
        }
        if !issued_to_itself {
            (explicit, any_inhibited) = ((explicit - 1).max(0), (any_inhibited - 1).max(0));
        }
        explicit = extended.require_explicit_policy.map_or(explicit, |after| after.min(explicit));
        any_inhibited = extended.inhibit_any_policy.map_or(any_inhibited, |after| after.min(any_inhibited));
    }
    explicit > 1 || common.is_none_or(|common| !common.is_empty())
}

/// Whether a certificate is for this host; an empty name asks for none.
fn names_host(certificate: &Certificate<'_>, host: &str) -> bool {
    if host.is_empty() {
        return true;
    }
    let names = &certificate.extended.alternative_names;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        let is_address = |bytes: &&[u8]| address_of(bytes).is_some_and(|named| named == address.to_canonical());
        return names.addresses.iter().any(is_address);
    }
    let host = host.to_ascii_lowercase();
    let plain = host.strip_suffix('.').unwrap_or(&host);
    names.dns.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        if is_host_name(plain, false) && is_host_name(&name, true) {
            matches_pattern(plain, &name)
        } else {
            name == host && !matches!(host.as_str(), "" | ".")
        }
    })
}

/// The address that four or sixteen bytes are; the older kind inside the newer counts as the older.
pub fn address_of(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::V4(Ipv4Addr::from(bytes)));
    }
    <[u8; 16]>::try_from(bytes).ok().map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical())
}

fn is_host_name(name: &str, pattern: bool) -> bool {
    let label_is_valid = |(index, label): (usize, &str)| {
        pattern && index == 0 && label == "*"
            || !label.is_empty()
                && !label.starts_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    name != "*" && name.split('.').enumerate().all(label_is_valid)
}

/// An asterisk stands for a whole first label.
fn matches_pattern(host: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(rest), Some((_, after))) => rest == after,
        (Some(_), None) => false,
        (None, _) => host == pattern,
    }
}
