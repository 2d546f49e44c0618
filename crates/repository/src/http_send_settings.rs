//! The section `http_send` of `provost.yaml`: whom policies may ask, and how much is too much.

use crate::fields::Mistakes;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::str::FromStr;
use thiserror::Error;
use value::{Pointer, Value};

/// Whom policies may ask. What is not said is for whoever sends to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpSendSettings {
    /// Nobody when there are none.
    pub hosts: Vec<HttpHost>,
    /// Whether queries that come through OPA's API may ask too, and not only policies.
    pub allow_queries: bool,
    /// Whether a policy may do without a check of a server's certificate.
    pub allow_unverified_tls: bool,
    /// The longest body of a request.
    pub request_bytes_max: Option<u64>,
    /// The longest body of an answer.
    pub response_bytes_max: Option<u64>,
    /// The longest header of a request or an answer.
    pub head_bytes_max: Option<u64>,
    /// Redirects that are followed one after the other.
    pub redirects_max: Option<u64>,
    /// For one request with its attempts and redirects.
    pub time_ms_max: Option<u64>,
    /// Requests under way at once.
    pub connections_max: Option<u64>,
    /// Answers that are kept for later evaluations, all together.
    pub cache_bytes_max: Option<u64>,
}

/// Somebody whom policies may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpHost {
    /// Who.
    pub pattern: HttpHostPattern,
    /// At which port; at any when there is none.
    pub port: Option<u16>,
    /// Whether its name may stand for this machine, a link-local address or a cloud's metadata service.
    pub local: bool,
}

/// Which hosts are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpHostPattern {
    /// `*`: all.
    Any,
    /// `registry.example.com`, in lower case.
    Name(String),
    /// `*.example.com`: all below, without the star and its dot.
    Below(String),
    /// `10.0.0.7`: the host of a URL that has this address and no name.
    Address(IpAddr),
    /// `unix:/run/server.sock`
    Socket(PathBuf),
}

/// A text that names no host.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` names no host: {reason}")]
pub struct HttpHostError {
    text: String,
    reason: &'static str,
}

impl HttpHostError {
    /// What to do.
    pub const HELP: &'static str = "write `registry.example.com`, `*.example.com`, `10.0.0.7`, `[::1]`, each with `:PORT` where only \
                                    that is meant, or `unix:/run/server.sock`";
}

impl FromStr for HttpHost {
    type Err = HttpHostError;

    fn from_str(text: &str) -> Result<Self, HttpHostError> {
        let wrong = |reason| HttpHostError { text: text.to_owned(), reason };
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.starts_with('/') {
                return Err(wrong("the path of a socket begins with `/`"));
            }
            return Ok(Self { pattern: HttpHostPattern::Socket(path.into()), port: None, local: false });
        }
        if text.contains("://") {
            return Err(wrong("it is a URL, and a host is enough"));
        }
        if text.contains(['/', '@', '?', '#']) {
            return Err(wrong("only a host and a port count"));
        }
        let (host, port) = split_port(text).ok_or_else(|| wrong("the port is none"))?;
        let pattern = match host.strip_prefix("*") {
            Some("") => HttpHostPattern::Any,
            Some(below) => match below.strip_prefix('.') {
                Some(parent) => HttpHostPattern::Below(name(parent).map_err(wrong)?),
                None => return Err(wrong("a star stands alone or before a dot")),
            },
            None => match host.parse::<IpAddr>() {
                Ok(address) => HttpHostPattern::Address(address),
                Err(_) => HttpHostPattern::Name(name(host).map_err(wrong)?),
            },
        };
        Ok(Self { pattern, port, local: false })
    }
}

/// Host and port; `None` when what stands for the port is none.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let port = |text: &str| text.parse().ok().filter(|port| *port != 0);
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(text) => Some((address, Some(port(text)?))),
            None if rest.is_empty() => Some((address, None)),
            None => None,
        };
    }
    // Colons of an address are not before a port.
    if text.parse::<Ipv6Addr>().is_ok() {
        return Some((text, None));
    }
    match text.rsplit_once(':') {
        Some((host, text)) => Some((host, Some(port(text)?))),
        None => Some((text, None)),
    }
}

fn name(text: &str) -> Result<String, &'static str> {
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    if name.is_empty() || name.split('.').any(str::is_empty) {
        return Err("a part of the name is empty");
    }
    if !name.is_ascii() {
        return Err("write the name in ASCII, as in `xn--...`");
    }
    if !name.chars().all(allowed) {
        return Err("a name has letters, digits, `-` and dots");
    }
    // Systems and URLs take it for an address, so that it would never be asked by this name.
    if name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err("it is no whole address");
    }
    Ok(name)
}

impl HttpSendSettings {
    /// Reads the section.
    pub(crate) fn read(mistakes: &mut Mistakes<'_>, here: &Pointer, section: Value<'_>) -> Self {
        let mut settings = Self::default();
        let mut numbers = [
            ("request_bytes_max", &mut settings.request_bytes_max),
            ("response_bytes_max", &mut settings.response_bytes_max),
            ("head_bytes_max", &mut settings.head_bytes_max),
            ("redirects_max", &mut settings.redirects_max),
            ("time_ms_max", &mut settings.time_ms_max),
            ("connections_max", &mut settings.connections_max),
            ("cache_bytes_max", &mut settings.cache_bytes_max),
        ];
        let known: Vec<&str> = ["hosts", "allow_queries", "allow_unverified_tls"]
            .into_iter()
            .chain(numbers.each_ref().map(|(name, _)| *name))
            .collect();
        mistakes.refuse_unknown(here, section, &known);
        for (at, key, value) in mistakes.entries(here, section) {
            if matches!(value, Value::Null) {
                continue;
            }
            match key {
                "hosts" => settings.hosts = hosts(mistakes, &at, value),
                "allow_queries" => settings.allow_queries = mistakes.boolean(&at, value).unwrap_or(false),
                "allow_unverified_tls" => {
                    settings.allow_unverified_tls = mistakes.boolean(&at, value).unwrap_or(false);
                }
                _ => {
                    if let Some((_, number)) = numbers.iter_mut().find(|(name, _)| *name == key) {
                        **number = mistakes.positive(&at, value);
                    }
                }
            }
        }
        if settings.connections_max > Some(Self::CONNECTIONS_MAX) {
            let message = format!("`connections_max` must be at most {}", Self::CONNECTIONS_MAX);
            mistakes.add(&here.join("connections_max"), message, "each takes a thread while it waits");
            settings.connections_max = None;
        }
        settings
    }

    /// The most requests that may be under way at once: the thread that evaluates waits for each.
    pub const CONNECTIONS_MAX: u64 = 256;
}

/// `[registry.example.com, {host: sidecar.example.com, local: true}]`
fn hosts(mistakes: &mut Mistakes<'_>, here: &Pointer, value: Value<'_>) -> Vec<HttpHost> {
    let items: Vec<(Pointer, Value<'_>)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (here.join(index), item)).collect(),
        one => vec![(here.clone(), one)],
    };
    let mut hosts = Vec::with_capacity(items.len());
    for (at, item) in items {
        let mut local = false;
        let mut text = Some(item);
        let mut text_at = at.clone();
        if let Value::Object(_) = item {
            text = None;
            mistakes.refuse_unknown(&at, item, &["host", "local"]);
            for (at, key, value) in mistakes.entries(&at, item) {
                match key {
                    "host" => (text, text_at) = (Some(value), at),
                    "local" => local = mistakes.boolean(&at, value).unwrap_or(false),
                    _ => {}
                }
            }
        }
        let Some(text) = text else {
            mistakes.add(&at, "the entry has no `host`", HttpHostError::HELP);
            continue;
        };
        let Some(text) = mistakes.text(&text_at, text) else { continue };
        match text.parse::<HttpHost>() {
            Ok(host) => hosts.push(HttpHost { local, ..host }),
            Err(error) => mistakes.add(&text_at, error.to_string(), HttpHostError::HELP),
        }
    }
    hosts
}

#[cfg(test)]
#[path = "http_send_settings_tests.rs"]
mod tests;
