use super::{HttpHost, HttpHostPattern};

#[track_caller]
fn check(text: &str, pattern: HttpHostPattern, port: Option<u16>) {
    assert_eq!(text.parse(), Ok(HttpHost { pattern, port, local: false }), "{text}");
}

#[test]
fn hosts() {
    let name = |name: &str| HttpHostPattern::Name(name.to_owned());
    check("registry.example.com", name("registry.example.com"), None);
    check("Registry.Example.com.:443", name("registry.example.com"), Some(443));
    check("localhost:8080", name("localhost"), Some(8080));
    check("*", HttpHostPattern::Any, None);
    check("*:8443", HttpHostPattern::Any, Some(8443));
    check("*.internal:8443", HttpHostPattern::Below("internal".to_owned()), Some(8443));
    check("127.0.0.1:80", HttpHostPattern::Address("127.0.0.1".parse().unwrap()), Some(80));
    check("::1", HttpHostPattern::Address("::1".parse().unwrap()), None);
    check("[::1]:80", HttpHostPattern::Address("::1".parse().unwrap()), Some(80));
    check("[::1]", HttpHostPattern::Address("::1".parse().unwrap()), None);
    check("unix:/run/a.sock", HttpHostPattern::Socket("/run/a.sock".into()), None);
    check("unix:///run/a.sock", HttpHostPattern::Socket("/run/a.sock".into()), None);
}

#[test]
fn what_names_no_host() {
    for (text, reason) in [
        ("", "a part of the name is empty"),
        ("a..b", "a part of the name is empty"),
        (":80", "a part of the name is empty"),
        ("a:", "the port is none"),
        ("a:0", "the port is none"),
        ("a:65536", "the port is none"),
        ("[::1", "the port is none"),
        ("a*.b", "a name has letters, digits, `-` and dots"),
        ("*a.b", "a star stands alone or before a dot"),
        ("*.*.b", "a name has letters, digits, `-` and dots"),
        ("https://a", "it is a URL, and a host is enough"),
        ("a/b", "only a host and a port count"),
        ("u@a", "only a host and a port count"),
        ("unix:a.sock", "the path of a socket begins with `/`"),
        ("bücher.example", "write the name in ASCII, as in `xn--...`"),
        ("127.1", "it is no whole address"),
        ("2130706433", "it is no whole address"),
    ] {
        let error = text.parse::<HttpHost>().unwrap_err().to_string();
        assert_eq!(error, format!("`{text}` names no host: {reason}"));
    }
}
