use crate::builtins::testing::{check, check_on};
use host::{FixedHost, Host, HostError, HttpRequest, HttpResponse};
use std::net::IpAddr;

/// Answers by path: the request, a failure, or what the path says.
struct Server;

impl Host for Server {
    fn now_ns(&self) -> i64 {
        0
    }

    fn random(&self, bytes: &mut [u8]) {
        FixedHost::default().random(bytes);
    }

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn lookup_ip(&self, _: &str) -> Result<Vec<IpAddr>, HostError> {
        Err(HostError::Unavailable("name resolution"))
    }

    fn print(&self, _: &str) {}

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let (headers, body) = match request.url.as_str() {
            "refused" => return Err(HostError::Refused("host `a` is not allowed".to_owned())),
            "cache" => (Vec::new(), format!("{:?}", request.cache)),
            "down" => return Err(HostError::Failed("connection refused".to_owned())),
            "json" => (vec![header("Content-Type", "application/json; charset=utf-8")], "{\"a\": 1}".to_owned()),
            "bad" => (vec![header("Content-Type", "application/json")], "{".to_owned()),
            "yaml" => (vec![header("content-type", "application/yaml")], "a: 1".to_owned()),
            _ => {
                let body = String::from_utf8_lossy(&request.body);
                let HttpRequest { method, headers, timeout, follow_redirects, retries_max, tls, .. } = request;
                let shown = format!("{method} {headers:?} {body} {timeout:?} {follow_redirects} {retries_max} {tls:?}");
                (vec![header("X", "1"), header("x", "2")], shown)
            }
        };
        Ok(HttpResponse { status_code: 200, status: "200 OK".to_owned(), headers, body: body.into_bytes() })
    }
}

#[test]
fn refuses_what_is_no_request() {
    for (request, error) in [
        ("1", "operand 1 must be object but got number"),
        (r#"{"method": "get"}"#, r#"operand 1 missing required request parameters(s): {"url"}"#),
        (r#"{"b": 1, "a": 1, 3: 1}"#, r#"operand 1 invalid request parameters(s): {3, "a", "b"}"#),
        (r#"{"method": 1, "url": ""}"#, r#""method" must be a string"#),
        (r#"{"method": "", "url": "", "raise_error": 1}"#, "invalid value for raise_error field"),
        (r#"{"method": "", "url": "", "headers": []}"#, "invalid type for headers key"),
        (r#"{"method": "", "url": "", "timeout": "x"}"#, r#"invalid timeout value "x": time: invalid duration "x""#),
        (r#"{"method": "", "url": "", "timeout": []}"#, {
            "operand 1 'timeout' must be one of {string, number} but got array"
        }),
        (r#"{"method": "", "url": "", "cache": "yes"}"#, r#"invalid value for "cache" field"#),
        (r#"{"method": "", "url": "", "force_cache": true}"#, {
            "'force_cache' set but 'force_cache_duration_seconds' parameter is missing"
        }),
        (r#"{"method": "", "url": "", "force_cache": true, "force_cache_duration_seconds": 1.5}"#, {
            r#"invalid value 1.5 for field "force_cache_duration_seconds""#
        }),
        (r#"{"method": "", "url": "", "caching_mode": "none"}"#, {
            r#"invalid value specified for "caching_mode" field: none"#
        }),
        (r#"{"method": "", "url": "", "cache_ignored_headers": [1]}"#, {
            r#"invalid value for "cache_ignored_headers" field"#
        }),
        (r#"{"method": "get", "url": "http://a"}"#, "HTTP is not available here"),
    ] {
        check("http.send", &[request], &format!("error: {error}"));
    }
    check("http.send", &[r#"{"method": "get", "raise_error": false}"#], {
        r#"{"status_code": 0, "error": {"code": "eval_http_send_internal_error",
            "message": "eval_type_error: http.send: operand 1 missing required request parameters(s): {\"url\"}"}}"#
    });
}

#[test]
fn tells_answers() {
    let check = |request: &str, expected: &str| check_on(&Server, "http.send", &[request], expected);
    check(r#"{"method": "get", "url": "down"}"#, "error: connection refused");
    check(r#"{"method": "get", "url": "down", "raise_error": false}"#, {
        r#"{"status_code": 0, "error": {"code": "eval_http_send_network_error", "message": "connection refused"}}"#
    });
    check(r#"{"method": "get", "url": "refused"}"#, "error: host `a` is not allowed");
    check(r#"{"method": "get", "url": "refused", "raise_error": false}"#, {
        r#"{"status_code": 0, "error": {"code": "eval_http_send_internal_error",
            "message": "eval_builtin_error: http.send: host `a` is not allowed"}}"#
    });
    for (url, more, content_type, body, raw) in [
        ("json", "", r#""application/json; charset=utf-8""#, r#"{"a": 1}"#, r#""{\"a\": 1}""#),
        ("bad", "", r#""application/json""#, "null", r#""{""#),
        ("yaml", "", r#""application/yaml""#, r#"{"a": 1}"#, r#""a: 1""#),
        ("yaml", r#", "force_json_decode": true"#, r#""application/yaml""#, "null", r#""a: 1""#),
    ] {
        check(
            &format!("{{\"method\": \"get\", \"url\": {url:?}{more}}}"),
            &format!(
                r#"{{"status": "200 OK", "status_code": 200, "body": {body}, "raw_body": {raw},
                "headers": {{"content-type": [{content_type}]}}}}"#
            ),
        );
    }
}

#[test]
fn passes_on_what_is_asked() {
    let tls = "TlsOptions { trust_system: None, authorities: [], identities: [], server_name: None, \
               skip_verification: false }";
    let full = "TlsOptions { trust_system: Some(true), authorities: [Text(\"a\\nb\"), File(\"f\")], \
                identities: [(EnvironmentVariable(\"C\"), EnvironmentVariable(\"K\"))], server_name: Some(\"s\"), \
                skip_verification: true }";
    for (more, expected) in [
        ("", format!("POST []  5s false 0 {tls}")),
        (
            r#", "body": {"a": {1}}, "headers": {"h": "v"}"#,
            format!(r#"POST [("h", "v")] {{"a":[1]}} 5s false 0 {tls}"#),
        ),
        (r#", "body": 1, "raw_body": "x", "timeout": "1500ms""#, format!("POST [] x 1.5s false 0 {tls}")),
        (r#", "timeout": 7, "enable_redirect": true, "max_retry_attempts": 2"#, format!("POST []  7ns true 2 {tls}")),
        (
            r#", "tls_use_system_certs": true, "tls_ca_cert": "a\\nb", "tls_ca_cert_file": "f", "tls_server_name": "s",
                "tls_client_cert_env_variable": "C", "tls_client_key_env_variable": "K", "tls_client_key": "alone",
                "tls_insecure_skip_verify": true"#,
            format!("POST []  5s false 0 {full}"),
        ),
    ] {
        let request = format!("{{\"method\": \"post\", \"url\": \"echo\"{more}}}");
        check_on(
            &Server,
            "http.send",
            &[&request],
            &format!(
                r#"{{"status": "200 OK", "status_code": 200, "body": null, "raw_body": {}, "headers": {{"x": ["1", "2"]}}}}"#,
                value::json::quote(&expected)
            ),
        );
    }
}

#[test]
fn says_whether_an_earlier_answer_will_do() {
    for (more, expected) in [
        ("", "None"),
        (r#", "cache": false, "force_cache_duration_seconds": 5"#, "None"),
        (r#", "cache": true"#, "Some(CacheOptions { forced: None, ignored_headers: [] })"),
        (r#", "cache": true, "caching_mode": "deserialized", "cache_ignored_headers": ["a"]"#, {
            r#"Some(CacheOptions { forced: None, ignored_headers: ["a"] })"#
        }),
        (r#", "force_cache": true, "force_cache_duration_seconds": 60"#, {
            "Some(CacheOptions { forced: Some(60s), ignored_headers: [] })"
        }),
        (r#", "force_cache": true, "force_cache_duration_seconds": 0"#, {
            "Some(CacheOptions { forced: None, ignored_headers: [] })"
        }),
    ] {
        let request = format!("{{\"method\": \"get\", \"url\": \"cache\"{more}}}");
        let raw = value::json::quote(expected);
        let expected =
            format!(r#"{{"status": "200 OK", "status_code": 200, "body": null, "raw_body": {raw}, "headers": {{}}}}"#);
        check_on(&Server, "http.send", &[&request], &expected);
    }
}
