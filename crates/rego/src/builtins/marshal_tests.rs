use crate::builtins::testing::check;

#[test]
fn writes_json() {
    for (x, expected) in [
        (r#"{"b": [1, 2.50, null], "a": {"y", "x"}}"#, r#""{\"a\":[\"x\",\"y\"],\"b\":[1,2.50,null]}""#),
        (r#"{10: "x", "9": true}"#, r#""{\"10\":\"x\",\"9\":true}""#),
        (r#""<a&b>""#, r#""\"\\u003ca\\u0026b\\u003e\"""#),
        (r#""a\u2028b é""#, r#""\"a\\u2028b é\"""#),
        ("unknown", "unknown"),
        ("[unknown]", "unknown"),
    ] {
        check("json.marshal", &[x], expected);
    }
}

#[test]
fn writes_json_with_options() {
    for (x, options, expected) in [
        ("[1, 2]", "{}", r#""[1,2]""#),
        ("[1, 2]", r#"{"pretty": false, "indent": "  "}"#, r#""[1,2]""#),
        ("[1, [2], []]", r#"{"pretty": true}"#, r#""[\n\t1,\n\t[\n\t\t2\n\t],\n\t[]\n]""#),
        ("[1, {2}]", r#"{"indent": "  "}"#, r#""[\n  1,\n  [\n    2\n  ]\n]""#),
        (r#"{"foo": "<", "bar": {}}"#, r#"{"prefix": "JSON => "}"#, {
            r#""JSON => {\nJSON => \t\"bar\": {},\nJSON => \t\"foo\": \"\\u003c\"\nJSON => }""#
        }),
        ("[]", r#"{"indent": "<", "prefix": "---"}"#, r#""---[]""#),
        ("[1]", r#"{"indent": "<"}"#, r#""[\n<1\n]""#),
        ("[]", r#"{"nonsense": true}"#, r#"error: operand 2 object contained unknown key "nonsense""#),
        ("[]", r#"{"pretty": 1}"#, r#"error: operand 2 key "pretty" failed cast to bool"#),
        ("[]", r#"{"indent": 1}"#, {
            r#"error: operand 2 key "indent" failed cast to string: must be string but got number"#
        }),
        ("[]", "1", "error: operand 2 must be object but got number"),
    ] {
        check("json.marshal_with_options", &[x, options], expected);
    }
}

#[test]
fn reads_json() {
    check("json.unmarshal", &[r#""[{\"foo\":[1,2.5,\"x\"]}]""#], r#"[{"foo": [1, 2.5, "x"]}]"#);
    check("json.unmarshal", &["1"], "error: operand 1 must be string but got number");
    for (x, expected) in [
        ("`plainstring`", "false"),
        ("`{`", "false"),
        (r#"`{"json": "ok"}`"#, "true"),
        ("` 1 `", "true"),
        ("`1 2`", "false"),
        ("1", "false"),
    ] {
        check("json.is_valid", &[x], expected);
    }
}

#[test]
fn writes_and_reads_yaml() {
    check("yaml.marshal", &[r#"{"foo": [{"bar": 1}, "true"], "s": {2}}"#], {
        r#""foo:\n- bar: 1\n- \"true\"\ns:\n- 2\n""#
    });
    for (x, expected) in [
        (r#""foo:\n- qux: bar\n- baz: 2""#, r#"{"foo": [{"qux": "bar"}, {"baz": 2}]}"#),
        (r#""a: 1\n---\nb: 2""#, r#"{"a": 1}"#),
        (r#""""#, "null"),
        ("1", "error: operand 1 must be string but got number"),
    ] {
        check("yaml.unmarshal", &[x], expected);
    }
    check("yaml.unmarshal", &[r#""[1,2,3""#], {
        "error: yaml: line 1: did not find expected content: a `[` stands here that nothing closes"
    });
    for (x, expected) in [
        (r#""foo:\n   - qux: bar\n   - baz: 2""#, "true"),
        (r#""foo:\n   - qux: bar\n   - baz: {""#, "false"),
        (r#""{\"json\": \"ok\"}""#, "true"),
        ("1", "false"),
    ] {
        check("yaml.is_valid", &[x], expected);
    }
}
