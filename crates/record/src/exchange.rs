//! Exchanges with the network as they are written down: without what authenticates anybody.

use crate::chain::Digest;
use crate::hosts::EXCHANGES_MAX;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use decision::{Exchange, Scrubber};
use host::{HostError, HttpRequest, HttpResponse, Pem, TlsOptions};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Headers of answers that are left out.
const SECRET_HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "set-cookie", "www-authenticate"];

/// Exchanges that are longer together are not kept.
const BYTES_MAX: usize = 4 << 20;

/// One exchange as it is kept.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum StoredExchange {
    /// A host name was looked up.
    Lookup {
        /// The name.
        name: String,
        /// Its addresses; none when there was an error.
        addresses: Option<Vec<IpAddr>>,
        /// Why there are none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A request was sent.
    Http {
        /// In capitals.
        method: String,
        /// The URL, scrubbed.
        url: String,
        /// What a replay finds it by: the SHA-256 of all that the policy asked for.
        request: Digest,
        /// The answer; none when there was an error.
        response: Option<StoredResponse>,
        /// Why there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// Whether it was not even sent, because nobody allows it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        refused: bool,
    },
}

/// An answer as it is kept.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct StoredResponse {
    /// The code.
    pub status_code: u16,
    /// Code and reason.
    pub status: String,
    /// Names and values, without those that authenticate.
    pub headers: Vec<(String, String)>,
    /// The body, where it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body in base64, where it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Whether something sensitive was taken out of it, so that it is not what the policy saw.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

impl StoredExchange {
    /// The answer, if this is the look-up of `name`.
    pub(crate) fn lookup(&self, name: &str) -> Option<Result<Vec<IpAddr>, HostError>> {
        match self {
            Self::Lookup { name: asked, addresses, error } if asked == name => {
                Some(addresses.clone().ok_or_else(|| failed(error.as_deref())))
            }
            _ => None,
        }
    }

    /// The answer, if this is the request with that digest and all of the answer is there.
    pub(crate) fn http(&self, digest: &Digest) -> Option<Result<HttpResponse, HostError>> {
        match self {
            Self::Http { request, response: Some(response), .. } if request == digest && !response.masked => {
                Some(Ok(response.as_it_came()))
            }
            Self::Http { request, response: None, error, refused, .. } if request == digest => {
                Some(Err(match refused {
                    true => HostError::Refused(error.clone().unwrap_or_default()),
                    false => failed(error.as_deref()),
                }))
            }
            _ => None,
        }
    }
}

fn failed(error: Option<&str>) -> HostError {
    HostError::Failed(error.unwrap_or_default().to_owned())
}

impl StoredResponse {
    fn of(response: &HttpResponse, scrubber: &Scrubber) -> Self {
        let public = |name: &str| !SECRET_HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret));
        let headers = response.headers.iter().filter(|(name, _)| public(name));
        let headers = headers.map(|(name, value)| (name.clone(), scrubber.scrub(value).into_owned())).collect();
        let (text, base64, masked) = match std::str::from_utf8(&response.body) {
            Ok(text) => {
                let scrubbed = scrubber.scrub(text);
                let masked = scrubbed != text;
                (Some(scrubbed.into_owned()), None, masked)
            }
            Err(_) => (None, Some(STANDARD.encode(&response.body)), false),
        };
        Self { status_code: response.status_code, status: response.status.clone(), headers, text, base64, masked }
    }

    fn as_it_came(&self) -> HttpResponse {
        let of_text = self.text.as_ref().map(|text| text.as_bytes().to_vec());
        let body = of_text.or_else(|| self.base64.as_ref().and_then(|encoded| STANDARD.decode(encoded).ok()));
        HttpResponse {
            status_code: self.status_code,
            status: self.status.clone(),
            headers: self.headers.clone(),
            body: body.unwrap_or_default(),
        }
    }
}

/// Names a request: two that a server could tell apart have different digests. Made of the request's parts as texts, because it is
/// compared with requests that later versions make.
pub(crate) fn digest(request: &HttpRequest) -> Digest {
    let mut text = Vec::new();
    let mut part = |bytes: &[u8]| {
        text.extend_from_slice(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        text.extend_from_slice(bytes);
    };
    part(request.method.as_bytes());
    part(request.url.as_bytes());
    for (name, value) in &request.headers {
        part(name.to_ascii_lowercase().as_bytes());
        part(value.as_bytes());
    }
    part(&request.body);
    // What few requests have adds to the digest only where they have it, so that those of entries stay what they were.
    if request.follow_redirects {
        part(b"redirects");
    }
    if request.tls != TlsOptions::default() {
        part(b"tls");
        tls_parts(&request.tls, &mut part);
    }
    Digest::of(&text)
}

fn tls_parts(tls: &TlsOptions, part: &mut impl FnMut(&[u8])) {
    let TlsOptions { trust_system, authorities, identities, server_name, skip_verification } = tls;
    part(format!("{trust_system:?} {skip_verification}").as_bytes());
    part(server_name.as_deref().unwrap_or_default().as_bytes());
    let mut pem = |pem: &Pem| {
        let (kind, text) = match pem {
            Pem::Text(text) => (&b"text"[..], text),
            Pem::File(path) => (&b"file"[..], path),
            Pem::EnvironmentVariable(name) => (&b"environment variable"[..], name),
        };
        part(kind);
        part(text.as_bytes());
    };
    authorities.iter().for_each(&mut pem);
    for (certificate, key) in identities {
        pem(certificate);
        pem(key);
    }
}

/// Exchanges as JSON; none when they are more or longer than is kept.
pub(crate) fn to_json(exchanges: &[Exchange], scrubber: &Scrubber) -> Option<String> {
    if exchanges.len() > EXCHANGES_MAX {
        return None;
    }
    let stored: Vec<StoredExchange> = exchanges.iter().map(|exchange| stored(exchange, scrubber)).collect();
    serde_json::to_string(&stored).ok().filter(|text| text.len() <= BYTES_MAX)
}

fn stored(exchange: &Exchange, scrubber: &Scrubber) -> StoredExchange {
    let scrub = |text: &str| scrubber.scrub(text).into_owned();
    match exchange {
        Exchange::Lookup { name, answer } => StoredExchange::Lookup {
            name: scrub(name),
            addresses: answer.as_ref().ok().cloned(),
            error: answer.as_ref().err().map(|error| scrub(error)),
        },
        Exchange::Http { request, answer } => StoredExchange::Http {
            method: request.method.clone(),
            url: scrub(without_credentials(&request.url).as_str()),
            request: digest(request),
            response: answer.as_ref().ok().map(|response| StoredResponse::of(response, scrubber)),
            error: answer.as_ref().err().map(|error| scrub(&error.to_string())),
            refused: matches!(answer, Err(HostError::Refused(_) | HostError::Unavailable(_))),
        },
    }
}

/// A URL without a user and password, and with the names of its query alone: values there are often keys.
pub(crate) fn without_credentials(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let names: Option<Vec<&str>> =
        query.map(|query| query.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect());
    let query = names.map(|names| format!("?{}", names.join("&"))).unwrap_or_default();
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    format!("{scheme}{host}{path}{query}")
}
