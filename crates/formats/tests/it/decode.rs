use formats::{Format, decode};

fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
    let mark = if big_endian { [0xFE, 0xFF] } else { [0xFF, 0xFE] };
    let units = text.encode_utf16().flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() });
    mark.into_iter().chain(units).collect()
}

#[test]
fn texts() {
    let text = "{\"é\": \"😀\"}\r\n";
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    for bytes in [text.as_bytes().to_vec(), marked, utf16(text, false), utf16(text, true)] {
        assert_eq!(decode(&bytes).unwrap(), text, "{bytes:?}");
    }
    assert_eq!(decode(b"").unwrap(), "");
}

#[test]
fn what_is_no_text() {
    let cases: &[(&[u8], &str)] = &[
        (b"PK\x03\x04\x14\x00", "the input is a ZIP archive, not a text"),
        (b"\x1F\x8B\x08\x00", "the input is compressed with gzip"),
        (b"\x7FELF\x02\x00\x00", "the input is a binary file: byte 5 is NUL"),
        (b"a: 1\nb: \xE9t\xE9\n", "the input is not UTF-8: byte 0xe9 at 2:4"),
        (
            b"\xFF\xFE{\x00\x00\xD8}\x00",
            "the input is not UTF-16 although its byte order mark says so: half a surrogate pair at 1:2",
        ),
        (b"\xFF\xFE{\x00}", "the input is not UTF-16 although its byte order mark says so: half a character at 1:2"),
    ];
    for (bytes, expected) in cases {
        let error = decode(bytes).unwrap_err();
        assert_eq!(error.to_string(), *expected);
        assert!(!error.help().is_empty());
    }
}

#[test]
fn formats_by_name_and_content() {
    let cases = [
        ("plan.json", "", Format::Json),
        ("x/plan.tfplan.json", "a: 1", Format::Json),
        ("C:\\x\\Deployment.YAML", "{}", Format::Yaml),
        ("values.yml", "{}", Format::Yaml),
        ("log.ndjson", "", Format::Json),
        (".json", "a: 1", Format::Yaml),
        ("-", " \n {\n \"a\": 1}", Format::Json),
        ("-", "\u{FEFF}{}", Format::Json),
        ("-", "[1]", Format::Json),
        ("-", "[{}]", Format::Json),
        ("-", "{a: 1}", Format::Yaml),
        ("-", "{{ .Values.x }}", Format::Yaml),
        ("-", "a: 1", Format::Yaml),
        ("-", "\"a\": 1", Format::Yaml),
        ("-", "", Format::Yaml),
        ("stack.template", "{\"Resources\": {}}", Format::Json),
        ("stack.template", "Resources: {}", Format::Yaml),
    ];
    for (name, text, expected) in cases {
        assert_eq!(Format::detect(name, text), expected, "{name} {text}");
    }
}
