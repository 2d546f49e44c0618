//! A name for a finding that stays the same when lines move.

use decision::Finding;
use std::collections::HashMap;

/// One fingerprint for each of `findings`, in their order.
///
/// It goes by policy, source and what the finding is about, and not by line or message: both change while the finding is
/// the same. Of several findings that share all of that, each has its number.
pub(crate) fn fingerprints(findings: &[Finding]) -> Vec<String> {
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let fingerprint = |finding: &Finding| {
        let pointer = finding.place.pointer.to_string();
        let about = match &finding.resource {
            Some(resource) => [resource.source, resource.kind.as_str(), resource.address.as_str()],
            None => ["document", "", pointer.as_str()],
        };
        let document = if finding.resource.is_some() { String::new() } else { finding.place.document.to_string() };
        let parts = [finding.id(), finding.place.file.as_str(), document.as_str()].into_iter().chain(about);
        let hash = hash(parts);
        let number = seen.entry(hash).or_default();
        *number += 1;
        format!("{hash:016x}:{number}")
    };
    findings.iter().map(fingerprint).collect()
}

/// FNV-1a with 64 bits: the same on every machine and in every version, which the standard library's hash is not.
fn hash<'p>(parts: impl Iterator<Item = &'p str>) -> u64 {
    let bytes = parts.flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
