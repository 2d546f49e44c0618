use super::Format;

/// Texts that have a format and others that do not, as kube-openapi's strfmt tells them.
#[test]
fn texts_and_their_formats() {
    for (format, good, bad) in [
        (
            "bsonobjectid",
            ["507f1f77bcf86cd799439011"].as_slice(),
            ["507f1f77bcf86cd79943901", "507f1f77bcf86cd79943901z"].as_slice(),
        ),
        ("byte", &["aGk=", "aGkx", "aA=="], &["", "aGk", "a===", "aG-_"]),
        (
            "cidr",
            &["10.0.0.0/8", "010.0.0.0/8", "fd00::/64"],
            &["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/+8"],
        ),
        ("credit-card", &["4111 1111 1111 1111", "5500-0000-0000-0004"], &["4111111111111112", "1", ""]),
        (
            "date",
            &["2024-02-29", "2000-02-29"],
            &["2023-02-29", "1900-02-29", "2024-2-29", "2024-13-01", "2024-01-00", "nope", ""],
        ),
        (
            "date-time",
            &["2024-02-29T10:00:00Z", "2024-01-01t23:59:59.123+02:00"],
            &[
                "2024-02-30T10:00:00Z",
                "2024-01-01T24:00:00Z",
                "2024-01-01T10:00:60Z",
                "2024-01-01 10:00:00Z",
                "2024-01-01T10:00:00",
                "nope",
            ],
        ),
        (
            "duration",
            &["1h30m", "-1.5s", "0", "22 ns", "3 Weeks", "1d", "1.h", "2 days ago"],
            &["", "nope", "1", "1 fortnight", "h", ".s"],
        ),
        ("email", &["ann@example.org", "Ann <ann@example.org>"], &["nope", "@example.org", "ann@", "<ann@example.org"]),
        ("hexcolor", &["#fff", "FFFFFF"], &["#ffff", "#ggg", ""]),
        (
            "hostname",
            &["a", "1.example.org", "a.museum", "\u{fc}ber.de", "a--b.org"],
            &["", "-a", "a_b", "a.1", "a-.org", "example.o", "web-1", "a-b-c", "a..org"],
        ),
        ("ipv4", &["10.0.0.1", "010.000.0.1", "::ffff:10.0.0.1"], &["10.0.0", "256.0.0.1", "::1", ""]),
        ("ipv6", &["::1", "fd00::1"], &["10.0.0.1", ":::", ""]),
        ("isbn", &["0321751043", "978-0321751041"], &["0321751044", "978-0321751042", ""]),
        ("isbn10", &["0-321-75104-3", "080442957X"], &["978-0321751041", "X321751043"]),
        ("isbn13", &["9780321751041"], &["0321751043"]),
        (
            "mac",
            &["01:23:45:67:89:ab", "01-23-45-67-89-AB-cd-ef", "0123.4567.89ab"],
            &["01:23:45:67:89", "01:23:45:67:89:ag", "01:23-45:67:89:ab", ""],
        ),
        ("rgbcolor", &["rgb(0,12, 255)"], &["rgb(0,12,256)", "rgb(00,1,2)", "0,1,2"]),
        ("ssn", &["111-22-3333", "111 22 3333"], &["111223333", "111-22-333a"]),
        ("uri", &["https://example.org/a?b", "/a/b", "mailto:ann", "*"], &["a/b", "", "://x"]),
        (
            "uuid",
            &["6BA7B810-9dad-11d1-80b4-00c04fd430c8", "6ba7b8109dad11d180b400c04fd430c8"],
            &["6ba7b810", "", "6ba7b810-9dad-11d1-80b4-00c04fd430c8-"],
        ),
        ("uuid3", &["6ba7b810-9dad-31d1-00b4-00c04fd430c8"], &["6ba7b810-9dad-11d1-80b4-00c04fd430c8"]),
        ("uuid4", &["6ba7b810-9dad-41d1-80b4-00c04fd430c8"], &["6ba7b810-9dad-41d1-00b4-00c04fd430c8"]),
        ("uuid5", &["6ba7b810-9dad-51d1-b0b4-00c04fd430c8"], &["6ba7b810-9dad-41d1-80b4-00c04fd430c8"]),
    ] {
        let found = Format::named(format).unwrap();
        good.iter().for_each(|text| assert!(found.is_had_by(text), "{format} `{text}`"));
        bad.iter().for_each(|text| assert!(!found.is_had_by(text), "{format} `{text}`"));
    }
    for format in ["int32", "password", "time", "regex", ""] {
        assert!(Format::named(format).is_none(), "{format}");
    }
}
