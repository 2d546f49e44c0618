use crate::builtins::testing::check;

#[test]
fn matches() {
    for (pattern, delimiters, text, expected) in [
        ("*.github.com", r#"["."]"#, "api.github.com", "true"),
        ("*.github.com", "[]", "api.cdn.github.com", "false"),
        ("*.github.com", "null", "api.cdn.github.com", "true"),
        ("api.**.com", r#"["."]"#, "api.cdn.github.com", "true"),
        ("*:github:com", r#"[":"]"#, "api:github:com", "true"),
        ("*", r#"[".", ":"]"#, "a:b", "false"),
        ("?at", "[]", "cat", "true"),
        ("?at", "[]", "at", "false"),
        ("?at", r#"["f"]"#, "fat", "false"),
        ("[abc]at", "[]", "cat", "true"),
        ("[!abc]at", "[]", "cat", "false"),
        ("[!abc]at", "[]", ".at", "true"),
        ("[a-c]at", "[]", "bat", "true"),
        ("[!a-c]at", "[]", "bat", "false"),
        ("[-a]", "[]", "-", "true"),
        (r"[\]]", "[]", "]", "true"),
        ("{cat,bat,[fr]at}", "[]", "rat", "true"),
        ("{cat,bat,[fr]at}", "[]", "at", "false"),
        ("{a,{b,c}d}e", "[]", "cde", "true"),
        ("a{,b}", "[]", "a", "true"),
        ("{a,b", "[]", "b", "true"),
        (r"\*\{a", "[]", "*{a", "true"),
        ("a,b}", "[]", "a,b}", "true"),
        ("**", "null", "a\nb.c", "true"),
        ("é?", r#"["é"]"#, "éx", "true"),
        ("a.c", "[]", "abc", "false"),
        ("^a$", "[]", "^a$", "true"),
        ("[a-zA]", "[]", "a", "error: expected close range character"),
        ("[c-a]", "[]", "a", "error: hi character 'a' should be greater than lo 'c'"),
        ("[]", "[]", "a", "error: could not parse range"),
        ("[ab", "[]", "a", "error: unexpected end of input"),
    ] {
        check("glob.match", &[&format!("{pattern:?}"), delimiters, &format!("{text:?}")], expected);
    }
}

#[test]
fn keeps_delimiters_and_patterns_apart() {
    // The same characters in another order would be another pattern.
    check("glob.match", &[r#""*b""#, r#"["a"]"#, r#""ab""#], "false");
    check("glob.match", &[r#""a*b""#, "null", r#""ab""#], "true");
}

#[test]
fn refuses_other_operands() {
    for (operands, expected) in [
        (["1", "[]", r#""a""#], "error: operand 1 must be string but got number"),
        ([r#""a""#, "{}", r#""a""#], "error: operand 2 must be one of {array, null} but got object"),
        ([r#""a""#, "[1]", r#""a""#], "error: operand 2 must be array of strings but got array containing number"),
        ([r#""a""#, r#"["ab"]"#, r#""a""#], "error: operand 2 must be array of runes but got array containing string"),
        ([r#""a""#, "[]", "null"], "error: operand 3 must be string but got null"),
        ([r#""a""#, "[]", "unknown"], "unknown"),
    ] {
        check("glob.match", &operands, expected);
    }
}

#[test]
fn bounds_nesting() {
    let pattern = "{".repeat(201);
    check("glob.match", &[&format!("{pattern:?}"), "[]", r#""a""#], "error: alternatives nest too deeply");
}

#[test]
fn quotes() {
    check("glob.quote_meta", &[r#""*.github.com{a,b}""#], r#""\\*.github.com\\{a,b\\}""#);
    check("glob.quote_meta", &[r#""a?[b]\\""#], r#""a\\?\\[b\\]\\\\""#);
}
