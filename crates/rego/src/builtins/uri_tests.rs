use crate::builtins::testing::check;

#[test]
fn parses() {
    for (uri, expected) in [
        ("https://user:pw@example.com:8080/a%20b?x=1#top", {
            r#"{"scheme": "https", "hostname": "example.com", "port": "8080", "path": "/a b", "raw_path": "/a b", "raw_query": "x=1", "fragment": "top"}"#
        }),
        ("http://[::1]:80/a%2Fb", {
            r#"{"scheme": "http", "hostname": "::1", "port": "80", "path": "/a/b", "raw_path": "/a%2Fb"}"#
        }),
        ("mailto:someone@example.com", r#"{"scheme": "mailto"}"#),
        ("/only/path", r#"{"path": "/only/path", "raw_path": "/only/path"}"#),
        ("//host", r#"{"hostname": "host"}"#),
        ("", "{}"),
        ("http://a b/", r#"error: parse "http://a b/": invalid character " " in host name"#),
        ("http://a:8a/", r#"error: parse "http://a:8a/": invalid port ":8a" after host"#),
        ("http://[1.2.3.4]/", r#"error: parse "http://[1.2.3.4]/": invalid IP-literal"#),
        ("http://[::1/", r#"error: parse "http://[::1/": missing ']' in host"#),
        (":foo", r#"error: parse ":foo": missing protocol scheme"#),
        ("1:2", r#"error: parse "1:2": first path segment in URL cannot contain colon"#),
        ("/a%zz", r#"error: parse "/a%zz": invalid URL escape "%zz""#),
    ] {
        check("uri.parse", &[&format!("{uri:?}")], expected);
    }
    check("uri.parse", &["1"], "error: operand 1 must be string but got number");
    check("uri.parse", &["unknown"], "unknown");
}

#[test]
fn tells_uris() {
    for (uri, expected) in [
        (r#""https://example.com""#, "true"),
        (r#""relative/path""#, "true"),
        (r#""""#, "false"),
        (r#""http://a b/""#, "false"),
        (r#""a\nb""#, "false"),
        ("1", "false"),
    ] {
        check("uri.is_valid", &[uri], expected);
    }
}
