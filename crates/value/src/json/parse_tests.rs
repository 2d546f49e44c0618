use super::*;
use crate::json::{to_string, write_pretty};

fn limits() -> ParseLimits {
    ParseLimits::default()
}

/// What the document is in Rego notation.
fn shown(text: &str) -> String {
    let arena = Arena::new();
    let value = parse(&arena, text.as_bytes(), &limits()).unwrap_or_else(|error| panic!("{text}: {error}"));
    let borrowed = parse_borrowed(&arena, text.as_bytes(), &limits()).unwrap();
    assert_eq!(value, borrowed);
    value.to_string()
}

#[test]
fn reads_documents() {
    let rows = [
        ("null", "null"),
        (" \t\r\n true\n", "true"),
        ("false", "false"),
        ("0", "0"),
        ("-0", "0"),
        ("-12", "-12"),
        ("999999999999999999", "999999999999999999"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "9223372036854775808"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1.50", "1.50"),
        ("1e2", "100"),
        ("1e400", "1e400"),
        ("1E-7", "1E-7"),
        ("1e1000000000", "1e1000000000"),
        (r#""""#, r#""""#),
        (r#""a""#, r#""a""#),
        (r#""seven!!""#, r#""seven!!""#),
        (r#""eight!!!""#, r#""eight!!!""#),
        (r#""a longer string, over several words""#, r#""a longer string, over several words""#),
        (r#""\"\\\/\b\f\n\r\t""#, r#""\"\\/\b\f\n\r\t""#),
        (r#""\u0041\u00e9\u20AC""#, "\"Aé€\""),
        (r#""\ud83d\ude00""#, "\"😀\""),
        (r#""\ud800""#, "\"\u{FFFD}\""),
        (r#""\udc00x""#, "\"\u{FFFD}x\""),
        (r#""\ud800\ud83d\ude00""#, "\"\u{FFFD}😀\""),
        (r#""\ud800\u0041""#, "\"\u{FFFD}A\""),
        (r#""\ud800\n""#, "\"\u{FFFD}\\n\""),
        (r#""\u0000""#, r#""\u0000""#),
        ("\"é€😀\u{7f}\"", "\"é€😀\u{7f}\""),
        ("\"\u{FEFF}\"", "\"\u{FEFF}\""),
        ("[]", "[]"),
        ("[ ]", "[]"),
        ("{}", "{}"),
        ("{ }", "{}"),
        ("[1,[2,[3]],{}]", "[1, [2, [3]], {}]"),
        (r#"{"b":1,"a":2}"#, r#"{"a": 2, "b": 1}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a": 2}"#),
        (r#"{"b":1,"a":2,"b":3,"a":4,"a":5}"#, r#"{"a": 5, "b": 3}"#),
        (r#"{"\u0061":1,"a":2}"#, r#"{"a": 2}"#),
        (r#"{"abcdefgh2":1,"abcdefgh1":2,"abcdefgh":3}"#, r#"{"abcdefgh": 3, "abcdefgh1": 2, "abcdefgh2": 1}"#),
        (
            r#"{"ml-team-12":1,"ml-team-2":2,"ml-team-1":3,"ml-team-":4,"ml-team-12":5}"#,
            r#"{"ml-team-": 4, "ml-team-1": 3, "ml-team-12": 5, "ml-team-2": 2}"#,
        ),
        ("{\"a\\u0000\":1,\"a\":2}", r#"{"a": 2, "a\u0000": 1}"#),
        (r#"{"":1,"é":2,"z":3}"#, r#"{"": 1, "z": 3, "é": 2}"#),
        (r#"{"x":{"b":[{"d":1,"c":2}],"a":{}},"w":[{}]}"#, r#"{"w": [{}], "x": {"a": {}, "b": [{"c": 2, "d": 1}]}}"#),
    ];
    for (text, expected) in rows {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn says_what_is_wrong_and_where() {
    use JsonErrorKind::{Encoding, Incomplete, Syntax};
    let rows: &[(&[u8], JsonErrorKind, usize, &str)] = &[
        (b"", Incomplete, 0, "expected a value, found the end of the input"),
        (b"  ", Incomplete, 2, "expected a value, found the end of the input"),
        (b"nul", Syntax, 0, "expected a value, found `nul`"),
        (b"nothing", Syntax, 0, "expected a value, found `nothing`"),
        (b"truex", Syntax, 4, "expected the end of the input, found `x`"),
        (b"True", Syntax, 0, "expected a value, found `True`"),
        (b"1 2", Syntax, 2, "expected the end of the input, found `2`"),
        (b"[1,]", Syntax, 3, "expected a value, found `]`"),
        (b"[1 2]", Syntax, 3, "expected `,` or `]`, found `2`"),
        (b"[1", Incomplete, 2, "expected `,` or `]`, found the end of the input"),
        (b"[", Incomplete, 1, "expected a value, found the end of the input"),
        (b"[,", Syntax, 1, "expected a value, found `,`"),
        (b"]", Syntax, 0, "expected a value, found `]`"),
        (b"[1}", Syntax, 2, "expected `,` or `]`, found `}`"),
        (b"{", Incomplete, 1, "expected a key in double quotes or `}`, found the end of the input"),
        (b"{1:2}", Syntax, 1, "expected a key in double quotes or `}`, found `1`"),
        (b"{a:2}", Syntax, 1, "expected a key in double quotes or `}`, found `a`"),
        (b"{'a':2}", Syntax, 1, "expected a key in double quotes or `}`, found `'`"),
        (b"{\"a\"}", Syntax, 4, "expected `:`, found `}`"),
        (b"{\"a\":}", Syntax, 5, "expected a value, found `}`"),
        (b"{\"a\":1,}", Syntax, 7, "expected a key in double quotes, found `}`"),
        (b"{\"a\":1 \"b\":2}", Syntax, 7, "expected `,` or `}`, found `\"b\"`"),
        (b"{\"a\":1]", Syntax, 6, "expected `,` or `}`, found `]`"),
        (b"{\"a\":1", Incomplete, 6, "expected `,` or `}`, found the end of the input"),
        (b"// x", Syntax, 0, "expected a value, found `/`"),
        (b"\x00", Syntax, 0, "expected a value, found U+0000"),
        (b"\x0B1", Syntax, 0, "expected a value, found U+000B"),
        (b"\xC2\xA01", Syntax, 0, "expected a value, found U+00A0"),
        (b"\"abc", Incomplete, 0, "a string begins here that nothing closes"),
        (b"[\"abc\\", Syntax, 5, "`\\\\` is not an escape of JSON"),
        (b"\"a\\x\"", Syntax, 2, "`\\\\x` is not an escape of JSON"),
        (b"\"\\u12\"", Syntax, 1, "`\\\\u12\\\"` is not an escape of JSON"),
        (b"\"\\u+123\"", Syntax, 1, "`\\\\u+123` is not an escape of JSON"),
        (b"\"a\nb\"", Syntax, 2, "control character U+000A in a string; write it as `\\u000a`"),
        (b"\"\x1F\"", Syntax, 1, "control character U+001F in a string; write it as `\\u001f`"),
        (b"01", Syntax, 0, "`01` is not a number of JSON"),
        (b"-", Syntax, 0, "`-` is not a number of JSON"),
        (b"[-x]", Syntax, 1, "`-x` is not a number of JSON"),
        (b"1.", Syntax, 0, "`1.` is not a number of JSON"),
        (b"1.e3", Syntax, 0, "`1.e3` is not a number of JSON"),
        (b"1e", Syntax, 0, "`1e` is not a number of JSON"),
        (b"1-2", Syntax, 1, "expected the end of the input, found `-2`"),
        (b"1e9999999999999999999", Syntax, 0, "`1e9999999999999999999` has too large an exponent"),
        // What is cut off counts too.
        (
            b"69999999999999999999999999999999999000000E002238994010196672511",
            Syntax,
            0,
            "`6999999999999999999999999999999999900000...` has too large an exponent",
        ),
        (b"1e-000000000000000000000.5", Syntax, 0, "`1e-000000000000000000000.5` is not a number of JSON"),
        (b"+1", Syntax, 0, "expected a value, found `+`"),
        (b".5", Syntax, 0, "expected a value, found `.`"),
        (b"NaN", Syntax, 0, "expected a value, found `NaN`"),
        (b"-Infinity", Syntax, 0, "`-Infinity` is not a number of JSON"),
        (b"\xEF\xBB\xBF{}", Syntax, 0, "JSON may not begin with a byte order mark (U+FEFF); save the file without one"),
        (b"\xFF\xFE{\x00", Encoding, 0, "expected UTF-8, found UTF-16"),
        (b"[\"ab\xFF\"]", Encoding, 4, "byte 0xFF is not UTF-8"),
        (b"\"\xED\xA0\x80\"", Encoding, 1, "byte 0xED is not UTF-8"),
        (b"\"\xC0\x80\"", Encoding, 1, "byte 0xC0 is not UTF-8"),
    ];
    for &(bytes, kind, offset, message) in rows {
        let arena = Arena::new();
        let input = String::from_utf8_lossy(bytes);
        match parse(&arena, bytes, &limits()) {
            Ok(value) => panic!("{input} became {value}"),
            Err(error) => {
                let expected = JsonError { offset, message: message.to_owned(), kind };
                assert_eq!(error, expected, "{input}");
            }
        }
    }
}

#[test]
fn every_truncation_is_an_error_and_never_a_panic() {
    let text = r#"{"a":[1,-2.5e3,"x\n\u00e9é",true,null,{"b":{}}],"c":"long enough for eight"}"#;
    for end in 0..text.len() {
        let arena = Arena::new();
        assert!(
            parse(&arena, &text.as_bytes()[..end], &limits()).is_err(),
            "{}",
            String::from_utf8_lossy(&text.as_bytes()[..end])
        );
    }
}

#[test]
fn limits_hold() {
    let arena = Arena::new();
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(&arena, nested(1_000).as_bytes(), &limits()).is_ok());
    for depth in [1_001, 100_000] {
        let error = parse(&arena, nested(depth).as_bytes(), &limits()).unwrap_err();
        assert_eq!((error.kind, error.offset), (JsonErrorKind::Depth, 1_000));
        assert_eq!(error.message, "arrays and objects nest deeper than 1000 levels");
    }
    let error = parse(&arena, "{\"a\":".repeat(100_000).as_bytes(), &limits()).unwrap_err();
    assert_eq!(error.kind, JsonErrorKind::Depth);

    let small = ParseLimits { bytes_max: 4, ..limits() };
    assert!(parse(&arena, b"[12]", &small).is_ok());
    let error = parse(&arena, b"[123]", &small).unwrap_err();
    assert_eq!((error.kind, error.offset), (JsonErrorKind::Size, 4));
    assert_eq!(error.message, "the input has 5 bytes; 4 are allowed");

    let strict = ParseLimits { duplicate_keys: DuplicateKeys::Refuse, ..limits() };
    assert!(parse(&arena, br#"{"b":1,"a":{"b":1}}"#, &strict).is_ok());
    let error = parse(&arena, br#"{"b":1,"a":2,"b":3}"#, &strict).unwrap_err();
    assert_eq!((error.kind, error.offset), (JsonErrorKind::DuplicateKey, 18));
    assert_eq!(error.message, r#"the object that ends here has the key "b" twice"#);
}

#[test]
fn documents_in_a_row_are_read_one_by_one() {
    let (arena, mut text, mut found) = (Arena::new(), "{\"a\":1} [2]\n\"x\"3 ", Vec::new());
    while !text.trim_start().is_empty() {
        let (value, taken) = parse_prefix(&arena, text, &limits()).unwrap();
        found.push((value.to_string(), taken));
        text = &text[taken..];
    }
    let expected =
        [("{\"a\": 1}", 7), ("[2]", 4), ("\"x\"", 4), ("3", 1)].map(|(text, taken)| (text.to_owned(), taken));
    assert_eq!(found, expected);
    assert_eq!(parse_prefix(&arena, " ", &limits()).unwrap_err().kind, JsonErrorKind::Incomplete);
}

#[test]
fn borrowed_strings_point_into_the_input() {
    let (arena, text) = (Arena::new(), String::from(r#"["plain", "esc\n"]"#));
    let value = parse_borrowed(&arena, text.as_bytes(), &limits()).unwrap();
    let items = value.as_array().unwrap();
    let within = |value: Value<'_>| text.as_bytes().as_ptr_range().contains(&value.as_str().unwrap().as_ptr());
    assert!(within(items.get(0).unwrap()));
    assert!(!within(items.get(1).unwrap()));
}

#[test]
fn large_objects_are_sorted_and_searched() {
    let arena = Arena::new();
    let entries: Vec<String> = (0..5_000).map(|i| format!("\"key{}\":{i}", (i * 7919) % 5_000)).collect();
    let value = parse(&arena, format!("{{{}}}", entries.join(",")).as_bytes(), &limits()).unwrap();
    assert_eq!(value.as_object().unwrap().len(), 5_000);
    assert!(value.as_object().unwrap().keys().is_sorted());
    assert_eq!(value.get_str("key7919"), None);
    assert_eq!(value.get_str("key2919"), Some(Value::Int(1)));
}

#[test]
fn writes_json() {
    let arena = Arena::new();
    let object = arena.object(&[
        (Value::Int(1), Value::Null),
        (arena.string("a\"b"), Value::EMPTY_OBJECT),
        (arena.array(&[arena.string("k"), Value::TRUE]), arena.set(&[Value::Int(2), Value::Int(1)])),
    ]);
    assert_eq!(to_string(object), r#"{"1":null,"[\"k\",true]":[1,2],"a\"b":{}}"#);
    // As in OPA, where such an object becomes a map with string keys: ordered as strings, and of equal ones the last stays.
    let entries = [Value::Int(2), Value::Int(10), arena.string("10")].map(|key| (key, key));
    assert_eq!(to_string(arena.object(&entries)), r#"{"10":"10","2":2}"#);
    let mut pretty = String::new();
    write_pretty(&mut pretty, arena.array(&[object, Value::EMPTY_ARRAY, arena.unknown("x", "why")])).unwrap();
    let expected = r#"[
  {
    "1": null,
    "[\"k\",true]": [
      1,
      2
    ],
    "a\"b": {}
  },
  [],
  {"$unknown": "why"}
]"#;
    assert_eq!(pretty, expected);
    assert_eq!(
        crate::json::quote("\u{0}\u{1f}\u{7f}\u{8}\u{c}\n\r\t\"\\/<é\u{2028}"),
        "\"\\u0000\\u001f\u{7f}\\b\\f\\n\\r\\t\\\"\\\\/<é\u{2028}\""
    );
}

#[test]
fn errors_know_line_and_column() {
    let at = |bytes: &[u8]| parse(&Arena::new(), bytes, &limits()).unwrap_err().position(bytes).to_string();
    assert_eq!(at(b"{\n  \"a\": x\n}"), "2:8");
    assert_eq!(at("[\"é\", x]".as_bytes()), "1:7");
    assert_eq!(at(b"[\n\"a\xFF\"]"), "2:3");
    assert_eq!(at(b"[1"), "1:3");
}
