//! The formats that `format` names.

use crate::builtins::go_regex;
use crate::builtins::go_time_layout::{self, RFC3339};
use crate::builtins::go_url::Url;
use std::net::IpAddr;

/// Whether `text` has a format of JSON schema, as Go's libraries have it; a format that nobody knows is had by all.
pub fn has_format(format: &str, text: &str) -> bool {
    match format {
        "date" => has_layout(text, &["2006-01-02"]),
        "time" => has_layout(text, &["15:04:05Z07:00", "15:04:05"]),
        "date-time" => has_layout(text, &["15:04:05", "15:04:05Z07:00", "2006-01-02", RFC3339]),
        "hostname" => is_hostname(text),
        "email" | "idn-email" => is_address(text),
        "ipv4" => text.parse::<IpAddr>().is_ok() && text.contains('.'),
        "ipv6" => text.parse::<IpAddr>().is_ok() && text.contains(':'),
        "uri" | "iri" => Url::parse(text).is_ok_and(|url| !url.scheme.is_empty()) && !text.contains('\\'),
        "uri-reference" | "iri-reference" => Url::parse(text).is_ok() && !text.contains('\\'),
        "uri-template" => Url::parse(text).is_ok_and(|url| has_balanced_braces(&url.path)) && !text.contains('\\'),
        "uuid" => is_uuid(text),
        "regex" => go_regex::translate(text).is_ok_and(|pattern| regex::Regex::new(&pattern).is_ok()),
        "json-pointer" => is_pointer(text),
        "relative-json-pointer" => is_relative_pointer(text),
        _ => true,
    }
}

fn has_layout(text: &str, layouts: &[&str]) -> bool {
    layouts.iter().any(|layout| go_time_layout::parse(layout, text).is_ok())
}

fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() < 256 && text.split('.').all(is_label)
}

fn has_balanced_braces(path: &str) -> bool {
    let mut open = false;
    for c in path.chars() {
        match c {
            '{' if !open => open = true,
            '}' if open => open = false,
            _ => {}
        }
    }
    !open
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_pointer(text: &str) -> bool {
    let is_token = |token: &str| token.split('~').skip(1).all(|escaped| escaped.starts_with(['0', '1']));
    text.is_empty() || text.strip_prefix('/').is_some_and(|tokens| tokens.split('/').all(is_token))
}

fn is_relative_pointer(text: &str) -> bool {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (level, rest) = text.split_at(digits);
    (level == "0" || !level.is_empty() && !level.starts_with('0')) && (rest == "#" || is_pointer(rest))
}

/// An address of RFC 5322, with or without a name in front: what Go's `mail.ParseAddress` takes.
fn is_address(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t']);
    let Some(inner) = text.strip_suffix('>') else { return is_plain_address(text) };
    let Some((name, address)) = inner.rsplit_once('<') else { return false };
    is_display_name(name.trim()) && is_plain_address(address.trim())
}

fn is_display_name(name: &str) -> bool {
    if let Some(quoted) = name.strip_prefix('"') {
        return quoted.strip_suffix('"').is_some_and(is_quoted_text);
    }
    name.split_whitespace().all(|word| word.chars().all(|c| is_atom(c) || c == '.'))
}

fn is_plain_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let local_is_good = match local.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"').is_some_and(is_quoted_text),
        None => is_dotted_atom(local),
    };
    let literal = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']'));
    let domain_is_good = match literal {
        Some(address) => address.parse::<IpAddr>().is_ok(),
        None => is_dotted_atom(domain),
    };
    local_is_good && domain_is_good
}

fn is_dotted_atom(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
}

fn is_atom(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii()
}

fn is_quoted_text(text: &str) -> bool {
    let mut escaped = false;
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return false,
            _ if c.is_ascii_control() && c != '\t' => return false,
            _ => {}
        }
    }
    !escaped
}
