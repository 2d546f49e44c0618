//! TLS: whom a policy trusts, and how it is trusted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop and say why")]

mod common;

use common::{answer, get, options, receive};
use host::{HostError, HttpRequest, Pem, TlsOptions};
use outbound::{AllowedHost, HostPattern, Options, Sender};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

/// An authority, and what it signed.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key in PEM.
struct Identity {
    certificate: String,
    key: String,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    fn identity(&self, names: &[&str]) -> Identity {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.0).unwrap();
        Identity { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

/// A server that says whether it was shown a certificate, and the name that it was called by.
fn serve(identity: &Identity, clients: Option<&Authority>) -> String {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.0.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.allow_unauthenticated().build().unwrap())
        }
    };
    let chain = rustls::pki_types::CertificateDer::pem_slice_iter(identity.certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let configuration = Arc::new(builder.with_single_cert(chain.collect::<Result<_, _>>().unwrap(), key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(Arc::clone(&configuration)).unwrap();
            let mut stream = StreamOwned::new(connection, stream.unwrap());
            let Some(request) = receive(&mut stream) else { continue };
            let shown = stream.conn.peer_certificates().map_or(0, <[_]>::len);
            let body = format!("{shown} {}", stream.conn.server_name().unwrap_or("-"));
            if request.asks() == "GET /away" {
                let to = request.field("x-to").unwrap();
                stream.write_all(&answer("302 Found", &[("Location", to)], "")).unwrap();
            } else {
                stream.write_all(&answer("200 OK", &[], &body)).unwrap();
            }
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    format!("https://{address}/")
}

fn sender() -> Sender {
    let localhost = AllowedHost { pattern: HostPattern::Name("localhost".to_owned()), port: None, local: false };
    Sender::new(Options { hosts: vec![localhost, options().hosts.remove(0)], ..options() })
}

fn text(text: &str) -> Pem {
    Pem::Text(text.to_owned())
}

fn asking(url: &str, tls: TlsOptions) -> HttpRequest {
    HttpRequest { tls, ..get(url) }
}

fn body(request: &HttpRequest) -> Result<String, HostError> {
    sender().send(request).map(|response| String::from_utf8(response.body).unwrap())
}

#[test]
fn only_who_is_trusted_is_asked() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let url = serve(&authority.identity(&["127.0.0.1", "inner.example"]), None);
    let trusting =
        |authority: &Authority| TlsOptions { authorities: vec![text(&authority.pem())], ..TlsOptions::default() };
    assert_eq!(body(&asking(&url, trusting(&authority))), Ok("0 -".to_owned()));
    for tls in [TlsOptions::default(), trusting(&stranger)] {
        let Err(HostError::Failed(message)) = body(&asking(&url, tls)) else { panic!("it is trusted") };
        assert!(message.contains("tls: invalid peer certificate: "), "{message}");
    }
    // The certificate is not for any name of the server ...
    let by_name = url.replace("127.0.0.1", "localhost");
    let Err(HostError::Failed(message)) = body(&asking(&by_name, trusting(&authority))) else {
        panic!("it is trusted")
    };
    assert!(message.contains("not valid for name \"localhost\""), "{message}");
    // ... unless the policy says which.
    let named = TlsOptions { server_name: Some("inner.example".to_owned()), ..trusting(&authority) };
    assert_eq!(body(&asking(&by_name, named)), Ok("0 inner.example".to_owned()));
    let mut request = asking(&by_name, trusting(&authority));
    request.headers.push(("Host".to_owned(), "inner.example:8443".to_owned()));
    assert_eq!(body(&request), Ok("0 inner.example".to_owned()));
}

#[test]
fn nobody_is_trusted_blindly_unless_somebody_allows_it() {
    let url = serve(&Authority::new().identity(&["a.example"]), None);
    let request = asking(&url, TlsOptions { skip_verification: true, ..TlsOptions::default() });
    let Err(HostError::Refused(message)) = sender().send(&request) else { panic!("it is trusted") };
    assert!(message.starts_with("`tls_insecure_skip_verify` is not allowed"), "{message}");
    assert!(message.contains("`allow_unverified_tls: true`"), "{message}");
    let blind = Sender::new(Options { allow_unverified_tls: true, ..options() });
    assert_eq!(blind.send(&request).unwrap().status_code, 200);
}

#[test]
fn identities_from_texts_files_and_the_environment() {
    let authority = Authority::new();
    let url = serve(&authority.identity(&["127.0.0.1"]), Some(&authority));
    let client = authority.identity(&["client.example"]);
    let folder = tempfile::TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Pem::File(path.to_str().unwrap().to_owned())
    };
    let tls =
        |authority: Pem, identities| TlsOptions { authorities: vec![authority], identities, ..TlsOptions::default() };
    let pair = (text(&client.certificate), text(&client.key));
    assert_eq!(body(&asking(&url, tls(text(&authority.pem()), Vec::new()))), Ok("0 -".to_owned()));
    assert_eq!(body(&asking(&url, tls(text(&authority.pem()), vec![pair.clone()]))), Ok("1 -".to_owned()));
    let files = (file("c.pem", &client.certificate), file("k.pem", &client.key));
    assert_eq!(body(&asking(&url, tls(file("ca.pem", &authority.pem()), vec![files]))), Ok("1 -".to_owned()));

    let refused = |tls: TlsOptions| match body(&asking(&url, tls)) {
        Err(HostError::Refused(message)) => message,
        other => panic!("{other:?}"),
    };
    let missing = Pem::EnvironmentVariable("PROVOST_TEST_NO_SUCH_VARIABLE".to_owned());
    let message = refused(tls(missing, Vec::new()));
    assert_eq!(message, "the environment variable `PROVOST_TEST_NO_SUCH_VARIABLE` is not set");
    // A variable that holds something else is shown to nobody.
    let message = refused(tls(Pem::EnvironmentVariable("PATH".to_owned()), Vec::new()));
    assert_eq!(message, "the environment variable `PATH` holds no certificate authority");
    let message = refused(tls(text(&authority.pem()), vec![(pair.0.clone(), text("secret"))]));
    assert_eq!(message, "the text of the request holds no private key that can be used");
    let message = refused(tls(Pem::File("/nowhere/ca.pem".to_owned()), Vec::new()));
    assert_eq!(message, "the file `/nowhere/ca.pem` cannot be read: entity not found");
    let other = (pair.0, text(&authority.identity(&["x"]).key));
    assert!(refused(tls(text(&authority.pem()), vec![other])).contains("is not the key of"));
}

#[test]
fn an_identity_is_shown_to_nobody_else() {
    let authority = Authority::new();
    let identity = authority.identity(&["127.0.0.1", "localhost"]);
    let (first, second) = (serve(&identity, Some(&authority)), serve(&identity, Some(&authority)));
    let client = authority.identity(&["client.example"]);
    let tls = TlsOptions {
        authorities: vec![text(&authority.pem())],
        identities: vec![(text(&client.certificate), text(&client.key))],
        ..TlsOptions::default()
    };
    let away = |to: &str| {
        let mut request = HttpRequest { follow_redirects: true, ..asking(&format!("{first}away"), tls.clone()) };
        request.headers.push(("X-To".to_owned(), to.to_owned()));
        body(&request)
    };
    assert_eq!(away("/"), Ok("1 -".to_owned()));
    assert_eq!(away(&second), Ok("0 -".to_owned()));
}
