use crate::builtins::testing::check;

#[test]
fn base64() {
    for (name, x, expected) in [
        ("base64.encode", r#""subjects?_d""#, r#""c3ViamVjdHM/X2Q=""#),
        ("base64.encode", r#""""#, r#""""#),
        ("base64.decode", r#""c3ViamVjdHM/X2Q=""#, r#""subjects?_d""#),
        ("base64.decode", r#""aGVs\r\nbG8=\n""#, r#""hello""#),
        ("base64.decode", r#""""#, r#""""#),
        ("base64.decode", r#""/w==""#, r#""\ufffd""#),
        ("base64.decode", r#""4oI=""#, r#""\ufffd\ufffd""#),
        ("base64.decode", r#""aGVsbG9""#, "error: illegal base64 data at input byte 4"),
        ("base64.decode", r#""aGVs*G8=""#, "error: illegal base64 data at input byte 4"),
        ("base64.decode", r#""aGVsbG8=x""#, "error: illegal base64 data at input byte 8"),
        ("base64.decode", r#""aGVsb===""#, "error: illegal base64 data at input byte 5"),
        ("base64.decode", r#""aGVsbA=""#, "error: illegal base64 data at input byte 7"),
        ("base64.decode", "1", "error: operand 1 must be string but got number"),
        ("base64.is_valid", r#""aGVsbG8=""#, "true"),
        ("base64.is_valid", r#""aGVsbG8""#, "false"),
        ("base64.is_valid", "{}", "false"),
        ("base64url.encode", r#""subjects?_d~~""#, r#""c3ViamVjdHM_X2R-fg==""#),
        ("base64url.encode_no_pad", r#""hello""#, r#""aGVsbG8""#),
        ("base64url.decode", r#""aGVsbG8=""#, r#""hello""#),
        ("base64url.decode", r#""aGVsbG8""#, r#""hello""#),
        ("base64url.decode", r#""c3ViamVjdHM_X2R-fg""#, r#""subjects?_d~~""#),
        ("base64url.decode", r#""aGVsb""#, "error: illegal base64url string: aGVsb"),
        ("base64url.decode", r#""a/==""#, "error: illegal base64 data at input byte 1"),
    ] {
        check(name, &[x], expected);
    }
}

#[test]
fn hexadecimal() {
    for (name, x, expected) in [
        ("hex.encode", r#""lorem ipsum""#, r#""6c6f72656d20697073756d""#),
        ("hex.encode", r#""é""#, r#""c3a9""#),
        ("hex.decode", r#""C3a9""#, r#""é""#),
        ("hex.decode", r#""ff""#, r#""\ufffd""#),
        ("hex.decode", r#""fghijkl""#, "error: encoding/hex: invalid byte: U+0067 'g'"),
        ("hex.decode", r#""0\n""#, "error: encoding/hex: invalid byte: U+000A"),
        ("hex.decode", r#""0é""#, "error: encoding/hex: invalid byte: U+00C3 'Ã'"),
        ("hex.decode", r#""abc""#, "error: encoding/hex: odd length hex string"),
        ("hex.decode", "[]", "error: operand 1 must be string but got array"),
    ] {
        check(name, &[x], expected);
    }
}

#[test]
fn url_queries() {
    for (name, x, expected) in [
        ("urlquery.encode", r#""a=b+1 é~-_.*""#, r#""a%3Db%2B1+%C3%A9~-_.%2A""#),
        ("urlquery.decode", r#""a%3Db%2B1+%C3%A9""#, r#""a=b+1 é""#),
        ("urlquery.decode", r#""a%zz""#, r#"error: invalid URL escape "%zz""#),
        ("urlquery.decode", r#""a%4""#, r#"error: invalid URL escape "%4""#),
        ("urlquery.encode_object", "{}", r#""""#),
        ("urlquery.encode_object", r#"{"c": "d", "a": ["b+1", "b+0"], "e": {"z", "y"}}"#, {
            r#""a=b%2B1&a=b%2B0&c=d&e=y&e=z""#
        }),
        ("urlquery.encode_object", r#"{"a": []}"#, r#""""#),
        ("urlquery.encode_object", r#"{1: "a b"}"#, r#""1=a+b""#),
        ("urlquery.encode_object", r#"{"a": 1}"#, {
            "error: operand 1 values must be string, array[string], or set[string]"
        }),
        ("urlquery.encode_object", r#"{"a": [1]}"#, {
            "error: operand 1 values must be string, array[string], or set[string]"
        }),
        ("urlquery.encode_object", r#"{"a": unknown}"#, "unknown"),
        ("urlquery.encode_object", "[]", "error: operand 1 must be object but got array"),
        ("urlquery.decode_object", r#""a=1&b=2&a=3""#, r#"{"a": ["1", "3"], "b": ["2"]}"#),
        ("urlquery.decode_object", r#""a=1&b&&=x""#, r#"{"": ["x"], "a": ["1"], "b": [""]}"#),
        ("urlquery.decode_object", r#""""#, "{}"),
        ("urlquery.decode_object", r#""a=%zz""#, r#"error: invalid URL escape "%zz""#),
        ("urlquery.decode_object", r#""a=1;b=2""#, "error: invalid semicolon separator in query"),
    ] {
        check(name, &[x], expected);
    }
}
