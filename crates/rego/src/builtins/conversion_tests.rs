use crate::builtins::testing::check;

#[test]
fn to_number() {
    for (x, expected) in [
        ("null", "0"),
        ("false", "0"),
        ("true", "1"),
        ("100.1", "100.1"),
        (r#""-42.0""#, "-42"),
        (r#""1e3""#, "1000"),
        (r#""+5""#, "5"),
        (r#"".5""#, "0.5"),
        (r#""5.""#, "5"),
        (r#""-007E+1""#, "-70"),
        (r#""123456789012345678901234567890""#, "123456789012345678901234567890"),
        ("unknown", "unknown"),
        (r#""broken""#, r#"error: strconv.ParseFloat: parsing "broken": invalid syntax"#),
        (r#""""#, r#"error: strconv.ParseFloat: parsing "": invalid syntax"#),
        (r#"" 1""#, r#"error: strconv.ParseFloat: parsing " 1": invalid syntax"#),
        (r#"".""#, r#"error: strconv.ParseFloat: parsing ".": invalid syntax"#),
        (r#""1e""#, r#"error: strconv.ParseFloat: parsing "1e": invalid syntax"#),
        (r#""--1""#, r#"error: strconv.ParseFloat: parsing "--1": invalid syntax"#),
        (r#""1_000""#, r#"error: strconv.ParseFloat: parsing "1_000": invalid syntax"#),
        (r#""1e400""#, r#"error: strconv.ParseFloat: parsing "1e400": value out of range"#),
        (r#""nan""#, "error: operand 1 must be valid number string but got string"),
        (r#""-iNf""#, "error: operand 1 must be valid number string but got string"),
        (r#""+Infinity""#, "error: operand 1 must be valid number string but got string"),
        ("[]", "error: operand 1 must be one of {null, boolean, number, string} but got array"),
    ] {
        check("to_number", &[x], expected);
    }
}

#[test]
fn casts() {
    for (name, x, expected) in [
        ("cast_array", "[2, 1]", "[2, 1]"),
        ("cast_array", "{2, 1}", "[1, 2]"),
        ("cast_array", "{1, unknown}", "unknown"),
        ("cast_array", r#""a""#, "error: operand 1 must be one of {array, set} but got string"),
        ("cast_set", "[2, 1, 1]", "{1, 2}"),
        ("cast_set", "{1}", "{1}"),
        ("cast_set", "{}", "error: operand 1 must be one of {array, set} but got object"),
        ("cast_string", r#""a""#, r#""a""#),
        ("cast_string", "1", "error: operand 1 must be string but got number"),
        ("cast_boolean", "true", "true"),
        ("cast_boolean", "1", "error: operand 1 must be boolean but got number"),
        ("cast_null", "null", "null"),
        ("cast_null", "1", "error: operand 1 must be null but got number"),
        ("cast_object", r#"{"a": unknown}"#, r#"{"a": unknown}"#),
        ("cast_object", "[]", "error: operand 1 must be object but got array"),
        ("cast_null", "unknown", "unknown"),
    ] {
        check(name, &[x], expected);
    }
}
