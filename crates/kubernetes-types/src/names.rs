//! What Kubernetes accepts as a name (`apimachinery/pkg/util/validation`).

/// Longest name part of a label key, and longest label value.
const LABEL_MAX: usize = 63;
/// Longest DNS subdomain (RFC 1123).
const SUBDOMAIN_MAX: usize = 253;

/// Whether `name` is a lower-case DNS subdomain (RFC 1123), as most objects' names must be.
pub fn is_dns_subdomain(name: &str) -> bool {
    let label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= SUBDOMAIN_MAX && name.split('.').all(label)
}

/// Whether `key` may be the key of a label: `app`, or with a DNS subdomain in front, `example.org/app`.
pub fn is_qualified_name(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => is_dns_subdomain(prefix) && is_label_name(name),
        None => is_label_name(key),
    }
}

/// Whether `value` may be the value of a label; an empty one may.
pub fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_label_name(value)
}

fn is_label_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let outer = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    name.len() <= LABEL_MAX && name.bytes().all(inner) && outer(name.bytes().next()) && outer(name.bytes().next_back())
}

#[cfg(test)]
mod tests {
    use super::{is_dns_subdomain, is_label_value, is_qualified_name};

    #[test]
    fn names_that_an_api_server_takes() {
        for (name, subdomain, key, value) in [
            ("app", true, true, true),
            ("a.b-c", true, true, true),
            ("App_x", false, true, true),
            ("example.org/app", false, true, false),
            ("Example.org/app", false, false, false),
            ("example.org/", false, false, false),
            ("/app", false, false, false),
            ("a/b/c", false, false, false),
            ("", false, false, true),
            ("-a", false, false, false),
            ("a-", false, false, false),
            ("a..b", false, true, true),
            ("ä", false, false, false),
        ] {
            assert_eq!(is_dns_subdomain(name), subdomain, "subdomain `{name}`");
            assert_eq!(is_qualified_name(name), key, "key `{name}`");
            assert_eq!(is_label_value(name), value, "value `{name}`");
        }
        assert!(is_label_value(&"a".repeat(63)) && !is_label_value(&"a".repeat(64)));
        assert!(is_dns_subdomain(&"a".repeat(253)) && !is_dns_subdomain(&"a".repeat(254)));
    }
}
