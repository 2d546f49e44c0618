use crate::{Body, BodyLimits, Compression, Parameters, json_response};
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use std::io::{Read, Write};
use value::Arena;

fn headers(all: &[(HeaderName, &'static str)]) -> HeaderMap {
    all.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The document, `nothing`, or status and words of the refusal.
fn read(headers: &HeaderMap, bytes: &[u8], limits: &BodyLimits) -> String {
    let arena = Arena::new();
    let refusal = |error: crate::BodyError| format!("{} {error}", error.status().as_u16());
    let body = match Body::read(headers, bytes, limits) {
        Ok(body) => body,
        Err(error) => return refusal(error),
    };
    match body.document(&arena, limits) {
        Ok(document) => document.map_or_else(|| "nothing".to_owned(), |document| document.to_string()),
        Err(error) => refusal(error),
    }
}

#[test]
fn a_body_is_one_document() {
    #[track_caller]
    fn check(content_type: &'static str, bytes: &[u8], expected: &str) {
        let found = read(&headers(&[(CONTENT_TYPE, content_type)]), bytes, &BodyLimits::default());
        assert!(found.starts_with(expected), "{found}");
    }
    check("application/json", br#"{"a": [1]}"#, r#"{"a": [1]}"#);
    check("text/plain", b"1", "1");
    check("application/json", b" \n", "nothing");
    check("application/json", b"", "nothing");
    check("application/json", b"{", "400 body contains malformed input document: ");
    check("application/json", b"1 2", "400 body contains malformed input document: ");
    check("application/json", b"\xff", "400 body contains malformed input document: ");
    check("application/json", br#"{"a": 1, "a": 2}"#, "400 body contains malformed input document: ");
    check("application/yaml", b"a: [1, true]", r#"{"a": [1, true]}"#);
    check("application/yaml", b"[y, n, on, off, yes, NO]", r#"["y", "n", "on", "off", "yes", "NO"]"#);
    check("application/yaml", b"on: {y: [no]}", r#"{"on": {"y": ["no"]}}"#);
    check("application/x-YAML; charset=utf-8", b"a: 1", r#"{"a": 1}"#);
    check("text/yaml", b"# nothing", "nothing");
    check("text/yaml", b"a: 1\n---\na: 2", "400 body contains malformed input document: there are several");
    check("text/yaml", b"a: 1\na: 2", "400 body contains malformed input document: ");
    check("text/yaml", b"a: [", "400 body contains malformed input document: ");
    check("text/yaml", b"\0", "400 body contains malformed input document: ");
}

#[test]
fn compressed_bodies_have_a_limit_of_their_own() {
    #[track_caller]
    fn check(encoding: &'static str, bytes: &[u8], expected: &str) {
        let limits = BodyLimits { bytes_max: 1_000, inflated_bytes_max: 5_000, ..BodyLimits::default() };
        assert_eq!(read(&headers(&[(CONTENT_ENCODING, encoding)]), bytes, &limits), expected);
    }
    let spaces = |count: usize| [b"1".as_slice(), &vec![b' '; count]].concat();
    check("gzip", &gzip(b"[1]"), "[1]");
    check("GZIP", &gzip(b"[1]"), "[1]");
    check("x-gzip", &gzip(b"[1]"), "[1]");
    check("identity", b"[1]", "[1]");
    check("", b"[1]", "[1]");
    check("gzip", &gzip(&spaces(4_999)), "1");
    check(
        "gzip",
        &gzip(&spaces(5_000)),
        "413 compressed request body too large: the limit is 5000 bytes after decompression",
    );
    check("identity", &spaces(1_000), "413 request body too large: it has 1001 bytes, and the limit is 1000");
    check("br", b"1", "415 the body is encoded as `br`; `gzip` and `identity` are known");
    check("gzip", b"[1, 2, 3, 4, 5, 6, 7]", "400 could not decompress the body: invalid gzip header");
}

#[test]
fn a_deep_document_is_refused() {
    let deep = "[".repeat(501) + &"]".repeat(501);
    let found = read(&HeaderMap::new(), deep.as_bytes(), &BodyLimits::default());
    assert!(found.starts_with("400 "), "{found}");
    let yaml = headers(&[(CONTENT_TYPE, "application/yaml")]);
    assert!(read(&yaml, deep.as_bytes(), &BodyLimits::default()).starts_with("400 "));
}

#[test]
fn switches_are_on_as_in_opa() {
    for (query, on) in [
        ("pretty", true),
        ("pretty=", true),
        ("pretty=true", true),
        ("pretty=TRUE", true),
        ("pretty=false", false),
        ("pretty=1", false),
        ("pretty=false&pretty=true", true),
        ("pretty&pretty", false),
        ("prett%79=true", true),
        ("metrics", false),
        ("", false),
    ] {
        assert_eq!(Parameters::new(Some(query)).is_on("pretty"), on, "{query}");
    }
    assert!(!Parameters::new(None).is_on("pretty"));
    let parameters = Parameters::new(Some("q=1&x=a+b%2Bc&q=2"));
    assert_eq!(parameters.last("q").as_deref(), Some("2"));
    assert_eq!(parameters.last("x").as_deref(), Some("a b+c"));
    assert_eq!(parameters.last("y"), None);
}

#[test]
fn long_answers_are_compressed_for_who_takes_them() {
    #[track_caller]
    fn check(length: usize, accept: &[(HeaderName, &'static str)], compressed: bool) {
        let body = "x".repeat(length);
        let mut response: Response<Bytes> = json_response(StatusCode::OK, body.clone());
        Compression::default().apply(&headers(accept), &mut response);
        assert_eq!(response.headers().contains_key(CONTENT_ENCODING), compressed);
        let mut text = String::new();
        if compressed {
            flate2::read::GzDecoder::new(&response.body()[..]).read_to_string(&mut text).unwrap();
        } else {
            text = String::from_utf8(response.body().to_vec()).unwrap();
        }
        assert_eq!(text, body);
        assert_eq!(response.headers()["vary"], "accept-encoding", "who caches must know");
    }
    check(1024, &[(ACCEPT_ENCODING, "gzip")], true);
    check(1023, &[(ACCEPT_ENCODING, "gzip")], false);
    check(2000, &[(ACCEPT_ENCODING, "deflate, gzip;q=0.5")], true);
    check(2000, &[(ACCEPT_ENCODING, "deflate"), (ACCEPT_ENCODING, " GZIP")], true);
    check(2000, &[(ACCEPT_ENCODING, "gzip;q=0")], false);
    check(2000, &[(ACCEPT_ENCODING, "gzipped")], false);
    check(2000, &[], false);
}
