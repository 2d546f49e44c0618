use super::Header;

#[test]
fn texts_are_found() {
    let found = |text: &str| Header::parse(text).and_then(|header| header.text("alg").map(str::to_owned));
    for (text, expected) in [
        (r#"{"alg":"HS256"}"#, "HS256"),
        (" { \"x\" : [1, {}, [ ], true, null, \"]\"] ,\r\n \"alg\" : \"HS256\" } ", "HS256"),
        (r#"{"\u0061lg":"a\"\\\/\b\u0041\x"}"#, "a\"\\/\u{8}A\\x"),
        (r#"{"alg":"first","alg":"second"}"#, "first"),
    ] {
        assert_eq!(found(text).as_deref(), Ok(expected), "{text}");
    }
    for (text, message) in [
        ("", r#"cannot parse JSON: cannot parse empty string; unparsed tail: """#),
        ("e", r#"jwsbb: header "alg" not found"#),
        ("{}", r#"jwsbb: header "alg" not found"#),
        (r#"{"x":{"alg":"HS256"}}"#, r#"jwsbb: header "alg" not found"#),
        (r#"{"alg":1}"#, "value doesn't contain string; it contains number"),
        (r#"{"alg":null}"#, "value doesn't contain string; it contains null"),
        ("{} x", r#"unexpected tail: "x""#),
        (
            r#"{"alg" "HS256"}"#,
            r#"cannot parse JSON: cannot parse object: missing ':' after object key; unparsed tail: "\"HS256\"}""#,
        ),
        (r#"{"alg":"HS256""#, r#"cannot parse JSON: cannot parse object: unexpected end of object; unparsed tail: """#),
        (
            "{alg}",
            r#"cannot parse JSON: cannot parse object: cannot find opening '"" for object key; unparsed tail: "alg}""#,
        ),
        ("[1 2]", r#"cannot parse JSON: cannot parse array: missing ',' after array value; unparsed tail: "2]""#),
        ("nothing", r#"cannot parse JSON: unexpected value found: "nothing"; unparsed tail: "nothing""#),
        ("?", r#"cannot parse JSON: cannot parse number: unexpected char: "?"; unparsed tail: "?""#),
    ] {
        assert_eq!(found(text), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn nesting_is_limited() {
    let error = Header::parse(&"[".repeat(100_000)).expect_err("too deep");
    assert!(error.contains("too big depth"), "{error}");
}
