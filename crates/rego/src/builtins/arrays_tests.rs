use crate::builtins::testing::check;

#[test]
fn concat() {
    for (x, y, expected) in [
        ("[1, 2]", "[3, 4]", "[1, 2, 3, 4]"),
        ("[]", "[[1]]", "[[1]]"),
        ("[1]", "[]", "[1]"),
        ("[unknown]", "[1]", "[unknown, 1]"),
        ("unknown", "[1]", "unknown"),
        (r#"{"a": 1}"#, "[]", "error: operand 1 must be array but got object"),
        ("[]", "{1}", "error: operand 2 must be array but got set"),
    ] {
        check("array.concat", &[x, y], expected);
    }
}

#[test]
fn flatten() {
    for (array, expected) in [
        ("[]", "[]"),
        ("[1, 2, [3]]", "[1, 2, 3]"),
        ("[[[1], [2, 3, []]], [[4, 5]]]", "[[1], [2, 3, []], [4, 5]]"),
        (r#"[[1], "s", {"a": [2]}, {3}]"#, r#"[1, "s", {"a": [2]}, {3}]"#),
        ("[[unknown], 1]", "[unknown, 1]"),
        ("[unknown, 1]", "unknown"),
        ("unknown", "unknown"),
        ("42", "error: operand 1 must be array but got number"),
    ] {
        check("array.flatten", &[array], expected);
    }
}

#[test]
fn reverse() {
    check("array.reverse", &["[1, unknown, 3]"], "[3, unknown, 1]");
    check("array.reverse", &["[]"], "[]");
    check("array.reverse", &["{1}"], "error: operand 1 must be array but got set");
}

#[test]
fn slice() {
    for (array, start, stop, expected) in [
        ("[1, 2, 3, 4, 5]", "1", "3", "[2, 3]"),
        ("[1, 2, 3]", "0", "0", "[]"),
        ("[1, 2, 3]", "-4", "-1", "[]"),
        ("[1, 2, 3]", "2", "1", "[]"),
        ("[1, 2, 3]", "-1", "2", "[1, 2]"),
        ("[1, 2, 3]", "2", "9223372036854775807", "[3]"),
        ("[]", "1000", "2000", "[]"),
        ("[1, unknown]", "1", "2.0", "[unknown]"),
        ("[1]", "unknown", "2", "unknown"),
        ("[1]", "0", "1.5", "error: operand 3 must be integer number but got floating-point number"),
        ("[1]", r#""0""#, "1", "error: operand 2 must be number but got string"),
        (r#""a""#, "0", "1", "error: operand 1 must be array but got string"),
    ] {
        check("array.slice", &[array, start, stop], expected);
    }
}
