use crate::builtins::testing::check;

#[test]
fn count() {
    for (collection, expected) in [
        ("[]", "0"),
        ("[1, 1, unknown]", "3"),
        ("{1, 2, 3}", "3"),
        (r#"{"a": unknown, "b": 2}"#, "2"),
        (r#""héé""#, "3"),
        (r#""""#, "0"),
        ("unknown", "unknown"),
        ("{1, unknown}", "unknown"),
        ("{[1, unknown]}", "unknown"),
        (r#"{[unknown]: 1, "b": 2}"#, "unknown"),
        ("null", "error: operand 1 must be one of {array, object, set, string} but got null"),
        ("5", "error: operand 1 must be one of {array, object, set, string} but got number"),
    ] {
        check("count", &[collection], expected);
    }
}

#[test]
fn sum_and_product() {
    for (collection, sum, product) in [
        ("[]", "0", "1"),
        ("set()", "0", "1"),
        ("[1, 2, 3, 4]", "10", "24"),
        ("{1, 2, 3, 4}", "10", "24"),
        ("[49649733057, 1]", "49649733058", "49649733057"),
        ("[1.5, 1.5]", "3", "2.25"),
        ("[9223372036854775807, 2]", "9223372036854775809", "18446744073709551614"),
        ("[100000000000000000000, -100000000000000000000, 7]", "7", "-70000000000000000000000000000000000000000"),
        ("[1, unknown]", "unknown", "unknown"),
        ("unknown", "unknown", "unknown"),
    ] {
        check("sum", &[collection], sum);
        check("product", &[collection], product);
    }
    for name in ["sum", "product"] {
        check(name, &[r#"[1, "a"]"#], "error: operand 1 must be array of numbers but got array containing string");
        check(name, &["{1, [2]}"], "error: operand 1 must be set of numbers but got set containing array");
        check(name, &["{}"], "error: operand 1 must be one of {set, array} but got object");
    }
}

#[test]
fn extremes_and_sort() {
    for (collection, max, min, sorted) in [
        ("[]", "undefined", "undefined", "[]"),
        ("set()", "undefined", "undefined", "[]"),
        ("[3, 2, 1, 4, 6, -7, 10]", "10", "-7", "[-7, 1, 2, 3, 4, 6, 10]"),
        ("{3, 1.5, 2}", "3", "1.5", "[1.5, 2, 3]"),
        (r#"[1, "a", null, [0], true, {"b": 1}]"#, r#"{"b": 1}"#, "null", r#"[null, true, 1, "a", [0], {"b": 1}]"#),
        ("[1, unknown]", "unknown", "unknown", "unknown"),
        (
            r#""ab""#,
            "error: operand 1 must be one of {set, array} but got string",
            "error: operand 1 must be one of {set, array} but got string",
            "error: operand 1 must be one of {set, array} but got string",
        ),
    ] {
        check("max", &[collection], max);
        check("min", &[collection], min);
        check("sort", &[collection], sorted);
    }
    check("sort", &["[2, 1, 2.0, 1]"], "[1, 1, 2, 2]");
}

#[test]
fn all_and_any() {
    for (collection, all, any) in [
        ("[]", "true", "false"),
        ("set()", "true", "false"),
        ("[true, true]", "true", "true"),
        ("[true, 1]", "false", "true"),
        ("{false}", "false", "false"),
        ("{true, null}", "false", "true"),
        ("[unknown, false]", "false", "unknown"),
        ("[unknown, true]", "unknown", "true"),
        ("[[unknown]]", "false", "false"),
        ("unknown", "unknown", "unknown"),
    ] {
        check("all", &[collection], all);
        check("any", &[collection], any);
    }
    check("all", &["{}"], "error: operand 1 must be one of {array, set} but got object");
    check("any", &["1"], "error: operand 1 must be one of {array, set} but got number");
}
