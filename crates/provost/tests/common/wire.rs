//! A client that sends whatever it is given, in the clear or within TLS.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop and say why")]

use super::serving::DEADLINE;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;

/// Whom a client trusts, and what it shows.
#[derive(Clone)]
pub struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Trusts this authority, and shows this certificate with its key; all of it PEM.
    pub fn trusting(authority: &str, shown: Option<(&str, &str)>) -> Self {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
            roots.add(certificate.unwrap()).unwrap();
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_root_certificates(roots);
        Self(Arc::new(match shown {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = CertificateDer::pem_slice_iter(certificate.as_bytes()).collect::<Result<_, _>>().unwrap();
                builder.with_client_auth_cert(chain, PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap()).unwrap()
            }
        }))
    }
}

/// Where a server listens.
#[derive(Clone)]
pub struct Place {
    pub address: String,
    pub tls: Option<Tls>,
}

impl Place {
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Sends these bytes, closes this side where that is asked for, and gives all that comes until the server closes its own.
    pub fn ask(&self, bytes: &[u8], closes: bool) -> String {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        match &self.tls {
            None => exchange(&stream, bytes, || {
                if closes {
                    let _ = stream.shutdown(Shutdown::Write);
                }
            }),
            Some(Tls(config)) => {
                let name = ServerName::try_from("localhost").unwrap();
                let connection = ClientConnection::new(Arc::clone(config), name).unwrap();
                exchange_within(StreamOwned::new(connection, stream), bytes, closes)
            }
        }
    }
}

fn exchange(mut stream: &TcpStream, bytes: &[u8], then: impl FnOnce()) -> String {
    // It may be refused before all of it is sent.
    let _ = stream.write_all(bytes);
    then();
    rest(stream)
}

fn exchange_within(mut stream: StreamOwned<ClientConnection, TcpStream>, bytes: &[u8], closes: bool) -> String {
    let _ = stream.write_all(bytes);
    let _ = stream.flush();
    if closes {
        stream.conn.send_close_notify();
        let _ = stream.flush();
        let _ = stream.sock.shutdown(Shutdown::Write);
    }
    rest(stream)
}

/// All that comes. A server that refuses closes as it likes; one that says nothing for too long is wrong.
fn rest(mut stream: impl Read) -> String {
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert!(!matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "it never answers: {error}");
    }
    String::from_utf8_lossy(&answer).into_owned()
}
