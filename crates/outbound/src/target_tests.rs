use super::Target;

#[test]
fn urls_for_people_hold_no_secrets() {
    let target = Target::parse("https://user:hunter22@a.example:8443/x%20y?token=hunter22#f").unwrap();
    assert_eq!(target.shown(), "https://a.example:8443/x%20y");
    assert_eq!(target.name(), "a.example:8443");
    assert_eq!(target.path_and_query(), "/x%20y?token=hunter22");
    assert_eq!(target.credentials(), Some(("user".to_owned(), "hunter22".to_owned())));
    for wrong in
        ["ftp://u:hunter22@a/?hunter22", "http://u:hunter22@:80/", "u:hunter22", "unix://localhost/?a=hunter22"]
    {
        let error = Target::parse(wrong).unwrap_err().to_string();
        assert!(error.contains("no URL that can be asked"), "{error}");
        assert!(!error.contains("@a"), "{error}");
        assert!(wrong == "u:hunter22" || !error.contains("hunter22"), "{error}");
    }
}

#[test]
fn redirects_lead_where_browsers_go() {
    let target = Target::parse("http://a.example/x/y?z").unwrap();
    for (location, expected) in [
        ("b", "http://a.example/x/b"),
        ("/b?c", "http://a.example/b"),
        ("//b.example/c", "http://b.example/c"),
        ("https://b.example", "https://b.example/"),
    ] {
        assert_eq!(target.join(location).unwrap().shown(), expected, "{location}");
    }
    assert!(target.join("file:///etc/passwd").is_err());
    let socket = Target::parse("unix://localhost/a?socket=%2Frun%2Fa.sock&b=1&socket=%2Fetc").unwrap();
    assert_eq!(socket.path_and_query(), "/a?b=1");
    assert_eq!(socket.name(), "unix:/run/a.sock");
    assert!(socket.join("/b").unwrap().socket().is_some());
    assert!(socket.join("http://other/b").unwrap().socket().is_none());
}
