//! URLs as Go's `net/url` reads them.

use super::go_format::quote;
use super::text::lossy;
use std::fmt::Write;
use std::net::IpAddr;

/// The part of a URL that a text stands in, which decides what is escaped there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Query,
    Path,
    Host,
    Zone,
    Userinfo,
    Fragment,
}

fn must_escape(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() {
        return false;
    }
    match byte {
        b'-' | b'_' | b'.' | b'~' => false,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'[' | b']' | b'<'
        | b'>' | b'"'
            if matches!(part, Part::Host | Part::Zone) =>
        {
            false
        }
        b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' => match part {
            Part::Path => byte == b'?',
            Part::Userinfo => matches!(byte, b'@' | b'/' | b'?' | b':'),
            Part::Fragment => false,
            Part::Query | Part::Host | Part::Zone => true,
        },
        b'!' | b'(' | b')' | b'*' if part == Part::Fragment => false,
        _ => true,
    }
}

fn escape(text: &[u8], part: Part) -> String {
    let mut escaped = String::with_capacity(text.len());
    for &byte in text {
        if byte == b' ' && part == Part::Query {
            escaped.push('+');
        } else if must_escape(byte, part) {
            let _ = write!(escaped, "%{byte:02X}");
        } else {
            escaped.push(char::from(byte));
        }
    }
    escaped
}

fn unescape(text: &str, part: Part) -> Result<Vec<u8>, String> {
    let bad_escape = |bytes: &[u8]| {
        let mut shown = String::from("\"");
        for chunk in bytes.get(..3).unwrap_or(bytes).utf8_chunks() {
            let quoted = quote(chunk.valid(), '"', false);
            shown.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
            for byte in chunk.invalid() {
                let _ = write!(shown, r"\x{byte:02x}");
            }
        }
        format!("invalid URL escape {shown}\"")
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let mut next = after;
        match byte {
            b'%' => {
                let [high, low, after @ ..] = after else { return Err(bad_escape(rest)) };
                let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) else {
                    return Err(bad_escape(rest));
                };
                let decoded = high << 4 | low;
                let refused = match part {
                    // In a host only what is not ASCII may be escaped, and the percent sign before a zone.
                    Part::Host => high < 8 && decoded != b'%',
                    Part::Zone => decoded != b'%' && decoded != b' ' && must_escape(decoded, Part::Host),
                    _ => false,
                };
                if refused {
                    return Err(bad_escape(rest));
                }
                bytes.push(decoded);
                next = after;
            }
            b'+' if part == Part::Query => bytes.push(b' '),
            _ if matches!(part, Part::Host | Part::Zone) && byte.is_ascii() && must_escape(byte, part) => {
                let shown = char::from(byte).to_string();
                return Err(format!("invalid character {} in host name", quote(&shown, '"', false)));
            }
            _ => bytes.push(byte),
        }
        rest = next;
    }
    Ok(bytes)
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn unescape_text(text: &str, part: Part) -> Result<String, String> {
    unescape(text, part).map(|bytes| lossy(&bytes))
}

/// A text as a key or a value of a query.
pub(super) fn query_escape(text: &str) -> String {
    escape(text.as_bytes(), Part::Query)
}

/// What a key or a value of a query says.
///
/// # Errors
/// Go's message when an escape is malformed.
pub(super) fn query_unescape(text: &str) -> Result<String, String> {
    unescape_text(text, Part::Query)
}

/// The keys and values of a query, in order.
///
/// # Errors
/// Go's message for the first malformed pair.
pub(super) fn parse_query(query: &str) -> Result<Vec<(String, String)>, String> {
    if query.contains(';') {
        return Err("invalid semicolon separator in query".to_owned());
    }
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((query_unescape(key)?, query_unescape(value)?));
    }
    Ok(pairs)
}

/// The parts of a URL; those that it has not are empty.
#[derive(Debug, Default)]
pub(super) struct Url {
    pub(super) scheme: String,
    /// Host and port, with the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) path: String,
    /// The path as written, when that is not how it would be escaped by default.
    pub(super) raw_path: String,
    pub(super) raw_query: String,
    pub(super) fragment: String,
}

impl Url {
    /// Reads a URL or a relative reference.
    ///
    /// # Errors
    /// Go's message.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let failed = |text: &str, problem: String| format!("parse {}: {problem}", quote(text, '"', false));
        let mut url = Self::parse_without_fragment(before).map_err(|problem| failed(before, problem))?;
        url.fragment = unescape_text(fragment, Part::Fragment).map_err(|problem| failed(text, problem))?;
        Ok(url)
    }

    fn parse_without_fragment(text: &str) -> Result<Self, String> {
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        let mut url = Self::default();
        if text == "*" {
            url.path = "*".to_owned();
            return Ok(url);
        }
        let (scheme, rest) = split_scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        url.raw_query = query.to_owned();
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                // `mailto:someone`: neither host nor path.
                return Ok(url);
            }
            if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        let mut path = rest;
        if let Some(after) = rest.strip_prefix("//")
            && (!url.scheme.is_empty() || !after.starts_with('/'))
        {
            let (authority, after) = after.split_at(after.find('/').unwrap_or(after.len()));
            url.host = parse_authority(&url.scheme, authority)?;
            path = after;
        }
        let decoded = unescape(path, Part::Path)?;
        if escape(&decoded, Part::Path) != path {
            url.raw_path = path.to_owned();
        }
        url.path = lossy(&decoded);
        Ok(url)
    }

    /// The path with its escapes.
    pub(super) fn escaped_path(&self) -> String {
        if self.raw_path.is_empty() { escape(self.path.as_bytes(), Part::Path) } else { self.raw_path.clone() }
    }

    /// The host without brackets, and the port.
    pub(super) fn host_and_port(&self) -> (&str, &str) {
        let (host, port) = match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
            _ => (self.host.as_str(), ""),
        };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        (bare.unwrap_or(host), port)
    }
}

fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())),
            _ => break,
        }
    }
    Ok(("", text))
}

fn parse_authority(scheme: &str, authority: &str) -> Result<String, String> {
    let (userinfo, host) = match authority.rsplit_once('@') {
        Some((userinfo, host)) => (Some(userinfo), host),
        None => (None, authority),
    };
    let host = parse_host(scheme, host)?;
    if let Some(userinfo) = userinfo {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
        if !userinfo.bytes().all(allowed) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        // Only to be valid: user and password are not part of the result.
        userinfo.splitn(2, ':').try_for_each(|part| unescape(part, Part::Userinfo).map(drop))?;
    }
    Ok(host)
}

fn parse_host(scheme: &str, host: &str) -> Result<String, String> {
    let check_port = |port: &str| {
        let valid = port.is_empty()
            || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        if valid { Ok(()) } else { Err(format!("invalid port {} after host", quote(port, '"', false))) }
    };
    match host.rfind('[') {
        Some(0) => {
            let Some((address, port)) = host.get(1..).and_then(|host| host.rsplit_once(']')) else {
                return Err("missing ']' in host".to_owned());
            };
            check_port(port)?;
            let address = match address.find("%25") {
                Some(zone) => {
                    let (address, zone) = address.split_at(zone);
                    unescape_text(address, Part::Host)? + &unescape_text(zone, Part::Zone)?
                }
                None => unescape_text(address, Part::Host)?,
            };
            check_ip_literal(&address)?;
            return Ok(format!("[{address}]{port}"));
        }
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    // Lists of hosts with ports, as databases take them, have more colons; for HTTP they are mistakes.
    let strict = matches!(scheme, "http" | "https");
    if let Some(colon) = if strict { host.find(':') } else { host.rfind(':') } {
        check_port(host.get(colon..).unwrap_or_default())?;
    }
    unescape_text(host, Part::Host)
}

fn check_ip_literal(address: &str) -> Result<(), String> {
    let (bare, zone) = address.split_once('%').map_or((address, None), |(bare, zone)| (bare, Some(zone)));
    match bare.parse() {
        Ok(IpAddr::V6(_)) if zone != Some("") => Ok(()),
        Ok(IpAddr::V4(_)) if zone.is_none() => Err("invalid IP-literal".to_owned()),
        _ => Err(format!("invalid host: ParseAddr({}): unable to parse IP", quote(address, '"', false))),
    }
}
