use crate::builtins::testing::check;

#[test]
fn get() {
    for (object, key, default, expected) in [
        (r#"{"a": "b"}"#, r#""a""#, "0", r#""b""#),
        (r#"{"a": "b"}"#, r#""c""#, "0", "0"),
        ("{1: 2}", "1.0", "3", "2"),
        (r#"{"a": null}"#, r#""a""#, "3", "null"),
        (r#"{"a": 1}"#, "[]", "2", r#"{"a": 1}"#),
        (r#"{"a": {"b": [{"c": 1}]}}"#, r#"["a", "b", 0, "c"]"#, "2", "1"),
        (r#"{"a": {"b": [1]}}"#, r#"["a", "b", "a"]"#, "2", "2"),
        (r#"{"a": [1]}"#, r#"["a", 1]"#, "2", "2"),
        (r#"{"a": [1]}"#, r#"["a", -1]"#, "2", "2"),
        (r#"{"a": {[1], 2}}"#, r#"["a", [1], 0]"#, "0", "1"),
        (r#"{"a": "text"}"#, r#"["a", 0]"#, "2", "2"),
        ("{1: {[1, 2]: 3}}", "[1, [1, 2]]", "0", "3"),
        (r#"{[1]: 2, "a": 3}"#, "[1]", "0", "0"),
        (r#"{"a": unknown}"#, r#""a""#, "0", "unknown"),
        (r#"{"a": unknown}"#, r#""b""#, "0", "0"),
        (r#"{"a": unknown}"#, r#"["a", "b"]"#, "0", "unknown"),
        (r#"{"a": 1}"#, r#""a""#, "unknown", "1"),
        (r#"{"a": 1}"#, r#""b""#, "unknown", "unknown"),
        (r#"{"a": 1}"#, "unknown", "0", "unknown"),
        ("{}", "unknown", "0", "0"),
        ("{unknown: 1}", r#""a""#, "0", "unknown"),
        (r#"{unknown: 1, "a": 2}"#, r#""a""#, "0", "2"),
        ("unknown", r#""a""#, "0", "unknown"),
        ("[1]", "0", "0", "error: operand 1 must be object but got array"),
    ] {
        check("object.get", &[object, key, default], expected);
    }
}

#[test]
fn keys() {
    check("object.keys", &[r#"{"a": unknown, {"b"}: 2, 3: 4}"#], r#"{"a", {"b"}, 3}"#);
    check("object.keys", &["{}"], "set()");
    check("object.keys", &["[]"], "error: operand 1 must be object but got array");
}

#[test]
fn remove_and_filter() {
    for (object, keys, removed, filtered) in [
        (r#"{"a": 1, "b": {"c": 3}, "d": 4}"#, r#"{"b", "d"}"#, r#"{"a": 1}"#, r#"{"b": {"c": 3}, "d": 4}"#),
        (r#"{"a": 1, "b": 2}"#, r#"["b", "x", "b"]"#, r#"{"a": 1}"#, r#"{"b": 2}"#),
        (r#"{"a": {"b": 1}, "x": 2}"#, r#"{"a": {"b": "foo"}}"#, r#"{"x": 2}"#, r#"{"a": {"b": 1}}"#),
        (r#"{"a": 1}"#, "set()", r#"{"a": 1}"#, "{}"),
        (r#"{"a": 1, [[7]]: 2}"#, "{[[7]]}", r#"{"a": 1}"#, "{[[7]]: 2}"),
        ("{1: 2}", "[1.0]", "{}", "{1: 2}"),
        (r#"{"a": unknown, "b": 1}"#, r#"["a"]"#, r#"{"b": 1}"#, r#"{"a": unknown}"#),
        (r#"{"a": 1}"#, r#"["a", unknown]"#, "{}", r#"{"a": 1}"#),
        (r#"{"a": 1}"#, "[unknown]", "unknown", "unknown"),
        (r#"{"a": 1}"#, r#"{"a": unknown}"#, "{}", r#"{"a": 1}"#),
        ("unknown", "[]", "unknown", "unknown"),
        (
            r#"["a"]"#,
            "[]",
            "error: operand 1 must be object but got array",
            "error: operand 1 must be object but got array",
        ),
        (
            "{}",
            "true",
            "error: operand 2 must be one of {object, set, array} but got boolean",
            "error: operand 2 must be one of {object, set, array} but got boolean",
        ),
    ] {
        check("object.remove", &[object, keys], removed);
        check("object.filter", &[object, keys], filtered);
    }
}

#[test]
fn union() {
    for (a, b, expected) in [
        ("{}", r#"{"a": 1}"#, r#"{"a": 1}"#),
        (r#"{"a": 1}"#, r#"{"b": 2}"#, r#"{"a": 1, "b": 2}"#),
        (r#"{"a": 1}"#, r#"{"a": {"b": {"c": 1}}, "d": 7}"#, r#"{"a": {"b": {"c": 1}}, "d": 7}"#),
        (
            r#"{"a": {"b": {"c": 1}}, "e": 1}"#,
            r#"{"a": {"b": "foo", "b1": "bar"}, "d": 7, "e": 17}"#,
            r#"{"a": {"b": "foo", "b1": "bar"}, "d": 7, "e": 17}"#,
        ),
        (r#"{"a": {"b": 1}}"#, r#"{"a": {"c": 2}}"#, r#"{"a": {"b": 1, "c": 2}}"#),
        (r#"{"a": 1, "b": unknown}"#, r#"{"a": unknown, "b": 2}"#, r#"{"a": unknown, "b": 2}"#),
        (r#"{"a": unknown}"#, r#"{"a": {"b": 1}}"#, r#"{"a": unknown}"#),
        (r#"{"a": 1}"#, "{unknown: 2}", "unknown"),
        ("unknown", "{}", "unknown"),
        ("[1]", "{}", "error: operand 1 must be object but got array"),
        ("{}", "[1]", "error: operand 2 must be object but got array"),
    ] {
        check("object.union", &[a, b], expected);
    }
}

#[test]
fn union_n() {
    for (objects, expected) in [
        ("[]", "{}"),
        (r#"[{"a": 1}]"#, r#"{"a": 1}"#),
        (
            r#"[{"a": 1, "b": 2}, {"a": "x", "d": 4}, {"a": "last", "e": 5.0}]"#,
            r#"{"a": "last", "b": 2, "d": 4, "e": 5}"#,
        ),
        (r#"[{"a": {"b": 2}}, {"a": 4}, {"a": {"c": 3}}]"#, r#"{"a": {"c": 3}}"#),
        (r#"[{"a": {"b": 2}}, {"a": {"b": {"c": 1}}}, {"a": {"b": {"d": 3}}}]"#, r#"{"a": {"b": {"c": 1, "d": 3}}}"#),
        (r#"[{"a": {"b": 2}}, {"a": unknown}, {"a": {"c": 3}}]"#, r#"{"a": unknown}"#),
        (r#"[{"a": unknown}, {"a": 1}, {"a": {"c": 3}}]"#, r#"{"a": {"c": 3}}"#),
        ("[{}, unknown]", "unknown"),
        ("unknown", "unknown"),
        (r#"[{"a": 1}, "b"]"#, "error: operand 1 must be array of objects but got array containing string"),
        ("{}", "error: operand 1 must be array but got object"),
    ] {
        check("object.union_n", &[objects], expected);
    }
}

#[test]
fn subset() {
    let mismatch = "error: both arguments object.subset must be of the same type or array and set";
    for (whole, part, expected) in [
        (r#"{"a": 5, "b": 7}"#, r#"{"a": 5}"#, "true"),
        (r#"{"a": 5}"#, r#"{"a": 5, "b": 7}"#, "false"),
        (r#"{"a": {"x": 1, "y": {1, 2}, "z": [6, 7, 8]}}"#, r#"{"a": {"y": {2}, "z": [7, 8]}}"#, "true"),
        (r#"{"a": {"z": [6, 7, 8]}}"#, r#"{"a": {"z": [6, 8]}}"#, "false"),
        (r#"{"a": [1]}"#, r#"{"a": {1}}"#, "false"),
        ("{}", "{}", "true"),
        ("{1, 2, 3}", "{3, 2}", "true"),
        (r#"{1, {"a", "b"}}"#, r#"{1, {"a"}}"#, "false"),
        ("[1, 2, 3, 4]", "[2, 3]", "true"),
        ("[1, 1, 2]", "[1, 2]", "true"),
        ("[1, 2, 3]", "[1, 3]", "false"),
        ("[1]", "[]", "true"),
        ("[1]", "[1, 2]", "false"),
        ("[1, 2, 3]", "{3, 1}", "true"),
        ("[1, 1]", "{1, 2}", "false"),
        ("[1]", "set()", "true"),
        ("{1}", "[1]", mismatch),
        ("1", "1", mismatch),
        ("{}", "[]", mismatch),
        (r#"{"a": unknown, "b": 1}"#, r#"{"b": 1}"#, "true"),
        (r#"{"a": unknown, "b": 1}"#, r#"{"a": 2, "b": 1}"#, "unknown"),
        (r#"{"a": unknown, "b": 1}"#, r#"{"a": 2, "b": 2}"#, "false"),
        ("[1, unknown, 3]", "[2, 3]", "unknown"),
        ("[1, unknown]", "[2, 3, 4]", "false"),
        ("{1, unknown}", "{1}", "true"),
        ("{1, unknown}", "{2}", "unknown"),
        ("[1, unknown]", "{1, 2}", "unknown"),
        ("unknown", "{}", "unknown"),
    ] {
        check("object.subset", &[whole, part], expected);
    }
}
