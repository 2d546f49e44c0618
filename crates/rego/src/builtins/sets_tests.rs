use crate::builtins::testing::check;

#[test]
fn two_sets() {
    for (x, y, and, or, difference) in [
        ("{1, 2, 3}", "{2, 4}", "{2}", "{1, 2, 3, 4}", "{1, 3}"),
        ("{1, 2}", "{1, 2}", "{1, 2}", "{1, 2}", "set()"),
        ("set()", "{1}", "set()", "{1}", "set()"),
        ("{1}", "set()", "set()", "{1}", "{1}"),
        (r#"{[1], "a"}"#, r#"{"a", {1}}"#, r#"{"a"}"#, r#"{"a", [1], {1}}"#, "{[1]}"),
        ("{1.0}", "{1}", "{1}", "{1}", "set()"),
        ("{1, unknown}", "{2}", "unknown", "{1, 2, unknown}", "unknown"),
        ("{[1, unknown]}", "{[2, 2], 3}", "set()", "{3, [1, unknown], [2, 2]}", "{[1, unknown]}"),
        ("{unknown}", "set()", "set()", "{unknown}", "{unknown}"),
        ("unknown", "{1}", "unknown", "unknown", "unknown"),
    ] {
        check("and", &[x, y], and);
        check("or", &[x, y], or);
        check("set_diff", &[x, y], difference);
        check("minus", &[x, y], difference);
    }
    for name in ["and", "or", "set_diff"] {
        check(name, &["[1]", "{1}"], "error: operand 1 must be set but got array");
        check(name, &["{1}", "1"], "error: operand 2 must be set but got number");
    }
}

#[test]
fn sets_of_sets() {
    for (sets, intersection, union) in [
        ("set()", "set()", "set()"),
        ("{set(), {1, 2}}", "set()", "{1, 2}"),
        ("{{1, 2, 3}, {2}}", "{2}", "{1, 2, 3}"),
        ("{{1, 2, 3}, {2, 3, 4}, {4, 5, 6}}", "set()", "{1, 2, 3, 4, 5, 6}"),
        ("{{[1], 2}}", "{2, [1]}", "{2, [1]}"),
        ("{{1, unknown}, {1, 2}}", "unknown", "{1, 2, unknown}"),
        ("{unknown, {1}}", "unknown", "unknown"),
        ("unknown", "unknown", "unknown"),
        ("[{1}]", "error: operand 1 must be set but got array", "error: operand 1 must be set but got array"),
        ("{1, {2}}", "error: operand 1 must be set but got number", "error: operand 1 must be set but got number"),
    ] {
        check("intersection", &[sets], intersection);
        check("union", &[sets], union);
    }
}
