//! Answers that outlive an evaluation, by what servers count.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must stop and say why")]

mod common;

use common::{Server, answer, get, options, sender};
use host::{CacheOptions, HttpRequest};
use outbound::{Options, Sender};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What a server counts to when it is asked several times in a row, with what it was told of its own answers.
#[track_caller]
fn check(
    fields: &'static [(&'static str, &'static str)],
    request: impl Fn(HttpRequest) -> HttpRequest,
    expected: &[&str],
) {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let count = asked.fetch_add(1, Ordering::SeqCst) + 1;
        let confirms = request.field("if-none-match") == Some("\"v1\"")
            || request.field("if-modified-since") == Some("Sun, 06 Nov 1994 08:49:37 GMT");
        match (request.asks(), confirms) {
            ("GET /error", _) => answer("500 Internal Server Error", fields, &count.to_string()),
            ("GET /gone", _) => answer("404 Not Found", fields, &count.to_string()),
            ("GET /picky", true) => answer("400 Bad Request", fields, &count.to_string()),
            (_, true) => {
                let count = count.to_string();
                let fields: Vec<_> = fields.iter().copied().chain([("X-Confirmed", count.as_str())]).collect();
                answer("304 Not Modified", &fields, "")
            }
            _ => answer("200 OK", fields, &count.to_string()),
        }
    });
    let sender = sender();
    let told: Vec<String> = expected
        .iter()
        .map(|_| {
            let path = request(get("")).url;
            let request = HttpRequest { url: server.url(&path), ..request(get("")) };
            let response = sender.send(&request).unwrap();
            let confirmed = response.headers.iter().find(|(name, _)| name == "x-confirmed");
            let confirmed = confirmed.map(|(_, count)| format!(" confirmed {count}")).unwrap_or_default();
            format!("{} {}{confirmed}", response.status_code, String::from_utf8(response.body).unwrap())
        })
        .collect();
    assert_eq!(told, expected, "{fields:?}");
}

fn cached(request: HttpRequest) -> HttpRequest {
    HttpRequest { cache: Some(CacheOptions::default()), ..request }
}

fn at(path: &'static str) -> impl Fn(HttpRequest) -> HttpRequest {
    move |request| HttpRequest { url: path.to_owned(), ..cached(request) }
}

const AN_HOUR: (&str, &str) = ("Cache-Control", "max-age=3600");
const OLD: (&str, &str) = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
const ETAG: (&str, &str) = ("ETag", "\"v1\"");

#[test]
fn servers_say_how_long() {
    check(&[AN_HOUR], |request| request, &["200 1", "200 2"]);
    check(&[AN_HOUR], cached, &["200 1", "200 1", "200 1"]);
    check(&[("Expires", "Tue, 31 Dec 2999 23:59:59 GMT")], cached, &["200 1", "200 1"]);
    check(&[AN_HOUR, OLD], cached, &["200 1", "200 2"]);
    check(&[("Cache-Control", "no-store, max-age=3600")], cached, &["200 1", "200 2"]);
    check(&[], cached, &["200 1", "200 2"]);
    check(&[AN_HOUR], at("/gone"), &["404 1", "404 1"]);
    check(&[AN_HOUR], at("/error"), &["500 1", "500 2"]);
    let post = |request| HttpRequest { method: "POST".to_owned(), ..cached(request) };
    check(&[AN_HOUR], post, &["200 1", "200 1"]);
}

#[test]
fn servers_are_asked_whether_an_old_answer_holds() {
    check(&[AN_HOUR, OLD, ETAG], cached, &["200 1", "200 1 confirmed 2", "200 1 confirmed 3"]);
    check(
        &[AN_HOUR, OLD, ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")],
        cached,
        &["200 1", "200 1 confirmed 2", "200 1 confirmed 3"],
    );
    check(&[("Cache-Control", "no-cache, max-age=3600"), ETAG], cached, &["200 1", "200 1 confirmed 2"]);
    // Another answer takes the place of the old one.
    check(&[AN_HOUR, OLD, ("ETag", "\"v2\"")], cached, &["200 1", "200 2", "200 3"]);
    // One that only says that the question was wrong is no answer.
    check(&[AN_HOUR, OLD, ETAG], at("/picky"), &["200 1", "200 3", "200 5"]);
}

#[test]
fn policies_insist() {
    let forced = |request: HttpRequest| HttpRequest {
        cache: Some(CacheOptions { forced: Some(Duration::from_secs(3600)), ..CacheOptions::default() }),
        ..request
    };
    check(&[("Cache-Control", "no-store")], forced, &["200 1", "200 1"]);
    check(&[], forced, &["200 1", "200 1"]);
}

#[test]
fn answers_are_for_those_who_ask_the_same() {
    let server =
        Server::start(|request| answer("200 OK", &[AN_HOUR], request.field("authorization").unwrap_or_default()));
    let sender = sender();
    let ask = |authorization: &str, trace: &str| {
        let mut request = cached(get(&server.url("/")));
        request.cache.as_mut().unwrap().ignored_headers = vec!["X-Trace".to_owned()];
        request.headers = [("Authorization", authorization), ("X-Trace", trace)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        String::from_utf8(sender.send(&request).unwrap().body).unwrap()
    };
    assert_eq!([ask("a", "1"), ask("a", "2"), ask("b", "3"), ask("a", "4")], ["a", "a", "b", "a"]);
    assert_eq!(server.count(), 2);
}

#[test]
fn other_options_hold_for_what_is_kept() {
    let server = Server::start(|_| answer("200 OK", &[AN_HOUR], "a"));
    let request = cached(get(&server.url("/")));
    let sender = sender();
    sender.send(&request).unwrap();
    // Reading the configuration again changes nothing when it says the same about who may be asked ...
    sender.replace(Options { connections_max: 3, ..options() });
    sender.send(&request).unwrap();
    assert_eq!(server.count(), 1);
    // ... and nobody is answered for a host that may no longer be asked.
    sender.replace(Options::default());
    assert!(sender.send(&request).is_err());
    sender.replace(options());
    sender.send(&request).unwrap();
    assert_eq!(server.count(), 2);
    let none = Sender::new(Options { cache_bytes_max: 1, ..options() });
    none.send(&request).unwrap();
    none.send(&request).unwrap();
    assert_eq!(server.count(), 4);
}
