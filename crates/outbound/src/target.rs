//! Who is asked for what: a URL, taken apart once, so that what is allowed is what is asked.

use crate::error::SendError;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use url::{Host, Url};

/// The longest URL.
const URL_BYTES_MAX: usize = 16 << 10;

/// A URL of `http`, `https` or a unix socket.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// With the scheme `http` where there is a socket.
    url: Url,
    socket: Option<PathBuf>,
}

/// A host as it is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// In lower case, without the dot at the end that some write.
    Name(String),
    Address(IpAddr),
}

impl Target {
    /// Reads a URL.
    pub(crate) fn parse(text: &str) -> Result<Self, SendError> {
        if text.len() > URL_BYTES_MAX {
            return Err(SendError::Limit { what: "the URL is longer", limit: URL_BYTES_MAX, name: "hosts" });
        }
        let url = Url::parse(text).map_err(|error| wrong(text, &error))?;
        if url.scheme() == "unix" {
            return Self::of_socket(text, url);
        }
        Self::of_url(text, url)
    }

    fn of_url(text: &str, url: Url) -> Result<Self, SendError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong(text, &"its scheme is not `http`, `https` or `unix`"));
        }
        match url.host() {
            Some(Host::Domain(name)) if name.trim_end_matches('.').is_empty() => Err(wrong(text, &"it names no host")),
            Some(_) => Ok(Self { url, socket: None }),
            None => Err(wrong(text, &"it names no host")),
        }
    }

    /// `unix://localhost/path?socket=%2Frun%2Fserver.sock`: the first `socket` is where to connect, and none is sent on.
    fn of_socket(text: &str, url: Url) -> Result<Self, SendError> {
        let mut socket = None;
        let mut rest = Vec::new();
        for (name, value) in url.query_pairs() {
            match &*name {
                "socket" => drop(socket.get_or_insert_with(|| PathBuf::from(value.into_owned()))),
                _ => rest.push((name.into_owned(), value.into_owned())),
            }
        }
        let socket = socket.filter(|path| path.is_absolute());
        let socket = socket.ok_or_else(|| wrong(text, &"it has no `socket=` with an absolute path"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).unwrap_or("localhost");
        let mut plain = Url::parse(&format!("http://{host}{}", url.path())).map_err(|error| wrong(text, &error))?;
        if !rest.is_empty() {
            plain.query_pairs_mut().extend_pairs(rest);
        }
        Ok(Self { url: plain, socket: Some(socket) })
    }

    /// Where a redirect leads from here.
    pub(crate) fn join(&self, location: &str) -> Result<Self, SendError> {
        let url = self.url.join(location).map_err(|error| wrong(location, &error))?;
        let next = Self::of_url(location, url)?;
        // Whoever answers on a socket means itself by the name that it was asked by.
        let socket = self.socket.clone().filter(|_| same_origin(&self.url, &next.url));
        Ok(Self { socket, ..next })
    }

    /// Whether both are one server.
    pub(crate) fn has_origin_of(&self, other: &Self) -> bool {
        same_origin(&self.url, &other.url) && self.socket == other.socket
    }

    pub(crate) fn socket(&self) -> Option<&Path> {
        self.socket.as_deref()
    }

    pub(crate) fn host(&self) -> Named {
        match self.url.host() {
            Some(Host::Ipv4(address)) => Named::Address(address.into()),
            Some(Host::Ipv6(address)) => Named::Address(address.to_ipv4_mapped().map_or(address.into(), IpAddr::from)),
            Some(Host::Domain(name)) => Named::Name(name.trim_end_matches('.').to_ascii_lowercase()),
            // Such a URL is not made.
            None => Named::Name(String::new()),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(80)
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Host and port as people name them: what they would write to allow it.
    pub(crate) fn name(&self) -> String {
        match &self.socket {
            Some(socket) => format!("unix:{}", socket.display()),
            None => self.authority(),
        }
    }

    /// What the header `Host` says.
    pub(crate) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// What a request's first line asks for.
    pub(crate) fn path_and_query(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// User and password, as they stand in the URL.
    pub(crate) fn credentials(&self) -> Option<(String, String)> {
        let password = self.url.password().unwrap_or_default();
        let user = self.url.username();
        (!user.is_empty() || !password.is_empty()).then(|| (plain(user), plain(password)))
    }

    /// The URL for people: without a user, a query and a fragment.
    pub(crate) fn shown(&self) -> String {
        format!("{}://{}{}", self.url.scheme(), self.authority(), self.url.path())
    }
}

fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// A part of a URL without percent signs.
fn plain(text: &str) -> String {
    // A pair of a form is decoded in the same way, but for `+`, which is written otherwise in it.
    let text = text.replace('+', "%2B");
    url::form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

fn wrong(url: &str, reason: &dyn std::fmt::Display) -> SendError {
    // What is no URL may still hold a secret where one would have it.
    let shown = url.split(['?', '#']).next().unwrap_or_default();
    let shown = match (shown.split_once("://"), shown.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => shown.to_owned(),
    };
    SendError::Url { url: shown.chars().take(200).collect(), reason: reason.to_string() }
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
