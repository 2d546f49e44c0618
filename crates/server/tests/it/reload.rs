//! Certificates and authorities that change while requests are under way.

use crate::support::{Certificates, Client, Running, eventually, options, trusting};
use http::Method;
use rustls::pki_types::ServerName;
use server::{Options, SigningAuthority};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio_rustls::TlsConnector;

/// The certificate that a new connection gets.
fn served(server: &Running, certificates: &Certificates) -> Vec<u8> {
    crate::support::runtime().block_on(async {
        let stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
        let connector = TlsConnector::from(Arc::new(certificates.client(None)));
        let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    })
}

#[test]
fn a_new_certificate_is_served_without_a_failed_request() {
    let certificates = Certificates::new();
    let server = Running::start(Options { tls: Some(certificates.tls()), ..options() });
    let ended = AtomicBool::new(false);
    let answered = AtomicU64::new(0);
    let client = Client::tls(server.address(), certificates.client(None));
    std::thread::scope(|scope| {
        for kept in [true, false] {
            let (client, ended, answered) = (&client, &ended, &answered);
            scope.spawn(move || {
                crate::support::runtime().block_on(async {
                    let mut connection = client.connect().await.unwrap();
                    while !ended.load(Ordering::Relaxed) {
                        if !kept {
                            connection = client.connect().await.unwrap();
                        }
                        let request = client.request(Method::POST, "/v1/data/a", "{}");
                        connection.send(request).await.unwrap().is(200);
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                });
            });
        }
        for _ in 0..4 {
            let before = served(&server, &certificates);
            let count = answered.load(Ordering::Relaxed);
            certificates.renew();
            eventually("the new certificate is served", || served(&server, &certificates) != before);
            eventually("requests go on", || answered.load(Ordering::Relaxed) > count + 10);
        }
        ended.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_broken_certificate_is_refused_and_the_old_one_goes_on() {
    let certificates = Certificates::new();
    let server = Running::start(Options { tls: Some(certificates.tls()), ..options() });
    let client = Client::tls(server.address(), certificates.client(None));
    assert_eq!(client.get("/health").is(200).json()["status"], "ready");
    let before = served(&server, &certificates);
    std::fs::write(certificates.path("server.crt"), "-----BEGIN CERTIFICATE-----\n").unwrap();
    eventually("health tells", || client.get("/health").is(200).json()["status"] == "degraded");
    assert_eq!(served(&server, &certificates), before);
    let metrics = client.get("/metrics").text();
    assert!(metrics.contains("provost_reload_refused{what=\"certificate\"} 1"), "{metrics}");
    certificates.renew();
    eventually("health tells", || client.get("/health").is(200).json()["status"] == "ready");
    assert_ne!(served(&server, &certificates), before);
}

#[test]
fn an_authority_that_is_taken_away_vouches_for_nobody() {
    let certificates = Certificates::new();
    let server = Running::start(Options { tls: Some(certificates.tls()), ..options() });
    let issued = certificates.authority.issue(&Certificates::client_order("alice")).unwrap();
    // One configuration for all connections, so that sessions would be resumed where they can be.
    let client = Client::tls(server.address(), trusting(certificates.authority.certificate(), Some(&issued)));
    let status = || client.send(client.request(Method::GET, "/health", "")).map(|answer| answer.status()).ok();
    assert_eq!(status(), Some(200));
    assert_eq!(status(), Some(200));
    let other = SigningAuthority::generate("another", 30).unwrap();
    std::fs::write(certificates.path("ca.crt"), other.certificate()).unwrap();
    eventually("alice is a stranger", || status().is_none());
    // Both, as during a rotation.
    std::fs::write(certificates.path("ca.crt"), [other.certificate(), certificates.authority.certificate()].concat())
        .unwrap();
    eventually("alice is known again", || status() == Some(200));
}
