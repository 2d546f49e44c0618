//! Where a server listens, as people write it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use thiserror::Error;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A TCP port: `127.0.0.1:8181`, `[::1]:8181`, `localhost:8181`, or `:8181` for all interfaces.
    Tcp {
        /// A name or an address; empty for all interfaces.
        host: String,
        /// The port; 0 for one that the system chooses.
        port: u16,
        /// Whether it is plain although the server has a certificate: `http://127.0.0.1:8181`.
        plain: bool,
    },
    /// A unix socket: `unix:///run/provost.sock`.
    Unix(PathBuf),
}

/// A text is no [`Address`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no address to listen on: write `127.0.0.1:8181`, `:8443` for all interfaces, or `unix:///run/provost.sock`"
)]
pub struct AddressError(String);

impl Address {
    /// OPA's default port, reachable from this machine only.
    pub fn usual() -> Self {
        Self::Tcp { host: "127.0.0.1".to_owned(), port: 8181, plain: false }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || AddressError(text.to_owned());
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(error()) } else { Ok(Self::Unix(PathBuf::from(path))) };
        }
        let plain = text.starts_with("http://");
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).unwrap_or(text);
        let (host, port) = rest.trim_end_matches('/').rsplit_once(':').ok_or_else(error)?;
        let port = port.parse().map_err(|_| error())?;
        let host = match host.strip_prefix('[').map(|inner| inner.strip_suffix(']')) {
            Some(inner) => inner.ok_or_else(error)?,
            // Without brackets nobody can tell where an IPv6 address ends and the port begins.
            None if host.contains(':') => return Err(error()),
            None => host,
        };
        let strange = |c: char| c.is_whitespace() || matches!(c, '/' | '@' | '?' | '#' | '[' | ']');
        if host.contains(strange) {
            return Err(error());
        }
        Ok(Self::Tcp { host: host.to_owned(), port, plain })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port, plain } => {
                let scheme = if *plain { "http://" } else { "" };
                if host.contains(':') {
                    write!(f, "{scheme}[{host}]:{port}")
                } else {
                    write!(f, "{scheme}{host}:{port}")
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn addresses_are_read_and_written_as_people_write_them() {
        for text in
            ["127.0.0.1:8181", "[::1]:8181", "localhost:0", ":8443", "http://127.0.0.1:80", "unix:///run/p.sock"]
        {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
        }
        let same = |a: &str, b: &str| assert_eq!(a.parse::<Address>().unwrap(), b.parse().unwrap());
        same("https://127.0.0.1:1/", "127.0.0.1:1");
        same("unix:relative.sock", "unix://relative.sock");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", "8181", "127.0.0.1", "::1:8181", "[::1:8181", "host:99999", "a b:1", "a/b:1", "unix:", "unix://"]
        {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
