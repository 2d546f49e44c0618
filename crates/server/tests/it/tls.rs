//! TLS and client certificates.

use crate::support::{Certificates, Client, Running, options, server_order, trusting};
use server::{CertificateUse, ClientCertificates, Options, Server, SigningAuthority, TlsOptions};
use std::io::{Read, Write};
use std::process::Command;

fn secure(certificates: &Certificates) -> Options {
    Options { tls: Some(certificates.tls()), ..options() }
}

#[test]
fn clients_that_trust_the_authority_are_answered_in_both_protocols() {
    let certificates = Certificates::new();
    let server = Running::start(secure(&certificates));
    assert!(server.listening[0].url.starts_with("https://"));
    for (http2, alpn) in [(false, "http/1.1"), (true, "h2")] {
        let mut config = certificates.client(None);
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        let client = Client::tls(server.address(), config);
        let client = if http2 { client.http2() } else { client };
        assert_eq!(client.post("/v1/data/a", "{}").is(200).json()["verified_by"], "none");
    }
}

#[test]
fn a_client_that_does_not_trust_the_authority_gets_nothing() {
    let certificates = Certificates::new();
    let server = Running::start(secure(&certificates));
    let other = SigningAuthority::generate("another", 30).unwrap();
    let client = Client::tls(server.address(), trusting(other.certificate(), None));
    assert!(client.send(client.request(http::Method::GET, "/health", "")).is_err());
    // Neither does one that speaks in the clear.
    let mut stream = server.connect();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains("ready"));
    let metrics = Client::tls(server.address(), certificates.client(None)).get("/metrics").text();
    assert!(metrics.contains("provost_tls_handshake_failures_total 2"), "{metrics}");
}

#[test]
fn a_client_certificate_names_its_holder() {
    let certificates = Certificates::new();
    let server = Running::start(secure(&certificates));
    let ask = |order| {
        let issued = certificates.authority.issue(&order).unwrap();
        Client::tls(server.address(), certificates.client(Some(&issued))).post("/v1/data/a", "{}").is(200).json()
    };
    let alice = ask(Certificates::client_order("alice"));
    assert_eq!((&alice["subject"], &alice["groups"][0]), (&"alice".into(), &"ml".into()));
    assert_eq!((&alice["verified_by"], &alice["issuer"]), (&"mtls".into(), &"CN=tests".into()));

    let mut workload = Certificates::client_order("ignored");
    workload.uris = vec!["spiffe://cluster.local/ns/research/sa/trainer".to_owned()];
    let workload = ask(workload);
    assert_eq!(workload["subject"], "spiffe://cluster.local/ns/research/sa/trainer");
    assert_eq!(workload["spiffe_id"], workload["subject"]);

    let mut other = Certificates::client_order("other");
    other.uris = vec!["https://a.example/b".to_owned(), "https://c.example/d".to_owned()];
    let other = ask(other);
    assert_eq!((&other["subject"], &other["spiffe_id"]), (&"other".into(), &serde_json::Value::Null));

    let mut nameless = Certificates::client_order("");
    nameless.names = vec!["host.example".to_owned()];
    assert_eq!(ask(nameless)["subject"], "host.example");
}

#[test]
fn a_spiffe_id_is_the_one_uri_of_a_certificate_or_none() {
    let certificates = Certificates::new();
    let server = Running::start(secure(&certificates));
    let id = "spiffe://cluster.local/ns/research/sa/trainer";
    let cases: [(&str, &[&str], &[&str], &str); 6] = [
        (id, &[], &[], "has a SPIFFE id for its name"),
        ("SPIFFE://cluster.local/x", &[], &[], "has a SPIFFE id for its name"),
        (id, &["https://a.example/"], &[], "has a SPIFFE id for its name"),
        ("", &[], &[id], "has a SPIFFE id for its name"),
        ("several", &[id, "spiffe://c/d"], &[], "exactly one"),
        ("mixed", &["https://a.example/", id], &[], "exactly one"),
    ];
    for (name, uris, names, reason) in cases {
        let mut order = Certificates::client_order(name);
        (order.uris, order.names) = [uris, names].map(|all| all.iter().map(|&text| text.to_owned()).collect()).into();
        let issued = certificates.authority.issue(&order).unwrap();
        let client = Client::tls(server.address(), certificates.client(Some(&issued)));
        let answer = client.post("/v1/data/a", "{}").is(401);
        assert!(answer.text().contains(reason), "{name}: {}", answer.text());
        client.get("/health").is(401);
    }
}

#[test]
fn certificates_that_prove_nothing_are_refused_and_not_ignored() {
    let certificates = Certificates::new();
    let server = Running::start(secure(&certificates));
    let stranger = SigningAuthority::generate("strangers", 30).unwrap();
    let mut expired = Certificates::client_order("alice");
    expired.days = 0;
    let mut for_servers = Certificates::client_order("alice");
    for_servers.purpose = CertificateUse::Server;
    let cases = [
        ("unknown authority", stranger.issue(&Certificates::client_order("alice")).unwrap()),
        ("expired", certificates.authority.issue(&expired).unwrap()),
        ("for servers", certificates.authority.issue(&for_servers).unwrap()),
    ];
    for (name, issued) in cases {
        let client = Client::tls(server.address(), certificates.client(Some(&issued)));
        let answer = client.send(client.request(http::Method::GET, "/health", ""));
        assert!(answer.is_err(), "{name}: {answer:?}");
    }
}

#[test]
fn certificates_can_be_required() {
    let certificates = Certificates::new();
    let mut options = secure(&certificates);
    options.tls.as_mut().unwrap().client_certificates = ClientCertificates::Required;
    let server = Running::start(options);
    let anonymous = Client::tls(server.address(), certificates.client(None));
    assert!(anonymous.send(anonymous.request(http::Method::GET, "/health", "")).is_err());
    let issued = certificates.authority.issue(&Certificates::client_order("alice")).unwrap();
    Client::tls(server.address(), certificates.client(Some(&issued))).get("/health").is(200);
}

#[test]
fn an_expired_certificate_is_served_and_told() {
    let certificates = Certificates::new();
    certificates.install(&certificates.authority.issue(&server_order(0)).unwrap());
    let mut options = secure(&certificates);
    options.addresses.push("http://127.0.0.1:0".parse().unwrap());
    let server = Running::start(options);
    let body = Client::plain(server.listening[1].socket.unwrap()).get("/health").is(200).json();
    assert_eq!(body["status"], "degraded");
    assert!(body.to_string().contains("it has expired"), "{body}");
}

#[test]
fn what_is_no_certificate_is_an_error_with_the_file() {
    let certificates = Certificates::new();
    let other = certificates.authority.issue(&server_order(30)).unwrap();
    std::fs::write(certificates.path("other.key"), other.key).unwrap();
    std::fs::write(certificates.path("empty"), "").unwrap();
    let cases = [
        TlsOptions { key: certificates.path("other.key"), ..certificates.tls() },
        TlsOptions { key: certificates.path("absent"), ..certificates.tls() },
        TlsOptions { certificate: certificates.path("empty"), ..certificates.tls() },
        TlsOptions { client_authorities: Some(certificates.path("empty")), ..certificates.tls() },
    ];
    let mismatch = ["other.key`: the key does not belong to the certificate `", "server.crt`"];
    let parts: [&[&str]; 4] = [&mismatch, &["absent"], &["empty"], &["empty"]];
    for (tls, parts) in cases.into_iter().zip(parts) {
        let error = Server::bind(Options { tls: Some(tls), ..options() }, Vec::new()).err().unwrap().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}

/// Another implementation of TLS and HTTP/2 than ours.
#[test]
fn curl_is_answered() {
    if Command::new("curl").arg("--version").output().is_err() {
        #[allow(clippy::print_stdout, reason = "a test says what it skips")]
        {
            println!("skipped: there is no curl");
        }
        return;
    }
    let certificates = Certificates::new();
    let issued = certificates.authority.issue(&Certificates::client_order("alice")).unwrap();
    std::fs::write(certificates.path("alice.crt"), &issued.certificate).unwrap();
    std::fs::write(certificates.path("alice.key"), &issued.key).unwrap();
    let server = Running::start(secure(&certificates));
    let url = format!("https://localhost:{}/v1/data/a", server.address().port());
    for protocol in ["--http1.1", "--http2"] {
        let path = |name: &str| certificates.path(name).into_os_string();
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--noproxy", "*", protocol, "--max-time", "60"])
            .args(["--ipv4", "--data", "{}", &url, "--write-out", "\n%{http_version}"])
            .arg("--cacert")
            .arg(path("ca.crt"))
            .arg("--cert")
            .arg(path("alice.crt"))
            .arg("--key")
            .arg(path("alice.key"))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("\"subject\":\"alice\""), "{text}");
        assert_eq!(text.lines().last().unwrap(), if protocol == "--http2" { "2" } else { "1.1" });
    }
}
