//! How URLs name a kind.

/// The resource of a kind as URLs name it: `Pod` is `pods`, `NetworkPolicy` is `networkpolicies`, `Ingress` is `ingresses`.
///
/// As `meta.UnsafeGuessKindToResource` of Kubernetes' own libraries does it, with the built-in kinds that it has exceptions for. Who
/// defines a resource may name it otherwise.
pub fn plural(kind: &str) -> String {
    let singular = kind.to_ascii_lowercase();
    match singular.as_str() {
        "endpoints" => return singular,
        "securitycontextconstraints" => return singular,
        _ => {}
    }
    if singular.ends_with(['s', 'x']) || singular.ends_with("ch") || singular.ends_with("sh") {
        return format!("{singular}es");
    }
    match singular.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{singular}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::plural;

    #[test]
    fn kinds_as_urls_name_them() {
        let cases = [
            ("Pod", "pods"),
            ("Ingress", "ingresses"),
            ("NetworkPolicy", "networkpolicies"),
            ("Gateway", "gateways"),
            ("Endpoints", "endpoints"),
            ("StorageClass", "storageclasses"),
            ("PyTorchJob", "pytorchjobs"),
            ("ResourceQuota", "resourcequotas"),
        ];
        for (kind, expected) in cases {
            assert_eq!(plural(kind), expected);
        }
    }
}
