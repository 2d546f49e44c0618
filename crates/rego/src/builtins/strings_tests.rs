use super::COMPARISONS_MAX;
use crate::builtins::testing::check;

#[test]
fn joins() {
    for (delimiter, collection, expected) in [
        (r#""/""#, r#"["", "foo", "bar"]"#, r#""/foo/bar""#),
        (r#"",""#, r#"{"b", "a", "c"}"#, r#""a,b,c""#),
        (r#"",""#, "[]", r#""""#),
        (r#"",""#, "set()", r#""""#),
        (r#"",""#, r#"["one"]"#, r#""one""#),
        (r#"",""#, "unknown", "unknown"),
        (r#"",""#, r#"["a", unknown]"#, "unknown"),
        ("1", "[]", "error: operand 1 must be string but got number"),
        (r#"",""#, "{}", "error: operand 2 must be one of {set, array} but got object"),
        (r#"",""#, r#"["a", 1]"#, "error: operand 2 must be array of strings but got array containing number"),
        (r#"",""#, r#"{"a", null}"#, "error: operand 2 must be set of strings but got set containing null"),
    ] {
        check("concat", &[delimiter, collection], expected);
    }
}

#[test]
fn finds() {
    for (name, haystack, needle, expected) in [
        ("contains", r#""abcdefgh""#, r#""defg""#, "true"),
        ("contains", r#""abc""#, r#""""#, "true"),
        ("contains", r#""abc""#, "unknown", "unknown"),
        ("contains", r#""abc""#, "1", "error: operand 2 must be string but got number"),
        ("startswith", r#""abc""#, r#""ab""#, "true"),
        ("startswith", r#""abc""#, r#""bc""#, "false"),
        ("endswith", r#""abc""#, r#""bc""#, "true"),
        ("endswith", "[]", r#""bc""#, "error: operand 1 must be string but got array"),
        ("indexof", r#""abcabcde""#, r#""cde""#, "5"),
        ("indexof", r#""μx""#, r#""x""#, "1"),
        ("indexof", r#""abc""#, r#""x""#, "-1"),
        ("indexof", r#""abc""#, r#""""#, "error: empty search character"),
        ("indexof_n", r#""😇😀😇😀""#, r#""😀""#, "[1, 3]"),
        ("indexof_n", r#""aaa""#, r#""aa""#, "[0, 1]"),
        ("indexof_n", r#""aaa""#, r#""b""#, "[]"),
        ("indexof_n", r#""aaa""#, r#""""#, "error: empty search character"),
        ("strings.count", r#""cheese""#, r#""e""#, "3"),
        ("strings.count", r#""11111""#, r#""11""#, "2"),
        ("strings.count", r#""dummy""#, r#""""#, "6"),
        ("strings.count", r#""""#, r#""""#, "1"),
    ] {
        check(name, &[haystack, needle], expected);
    }
}

#[test]
fn changes_case_as_go_does() {
    for (name, x, expected) in [
        ("lower", r#""AbC""#, r#""abc""#),
        ("upper", r#""AbC""#, r#""ABC""#),
        ("lower", r#""ÅÄÖ ΟΔΟΣ""#, r#""åäö οδοσ""#),
        ("lower", r#""İ""#, r#""i""#),
        ("upper", r#""straße ŉ""#, r#""STRAßE ŉ""#),
        ("upper", r#""ᾳ ᾀ ﬁ""#, r#""ᾼ ᾈ ﬁ""#),
        ("lower", "1", "error: operand 1 must be string but got number"),
    ] {
        check(name, &[x], expected);
    }
}

#[test]
fn replaces() {
    for (x, old, new, expected) in [
        (r#""foo...bar""#, r#""..""#, r#"",,""#, r#""foo,,.bar""#),
        (r#""""#, r#""hi""#, r#""bye""#, r#""""#),
        (r#""aé""#, r#""""#, r#""-""#, r#""-a-é-""#),
        (r#""""#, r#""""#, r#""x""#, r#""x""#),
        (r#""a""#, r#""b""#, "unknown", "unknown"),
        (r#""a""#, r#""b""#, "3", "error: operand 3 must be string but got number"),
    ] {
        check("replace", &[x, old, new], expected);
    }
    for (patterns, value, expected) in [
        (r#"{"f": "x", "foo": "xxx"}"#, r#""foobar""#, r#""xoobar""#),
        (r#"{"<": "&lt;", ">": "&gt;"}"#, r#""This is <b>HTML</b>""#, r#""This is &lt;b&gt;HTML&lt;/b&gt;""#),
        (r#"{"": "-", "b": "B"}"#, r#""abc""#, r#""-a-B-c-""#),
        ("{}", r#""abc""#, r#""abc""#),
        (r#"{2: "x"}"#, r#""foo""#, "error: operand 1 non-string key found in pattern object"),
        (r#"{"f": 100}"#, r#""foo""#, "error: operand 1 non-string value found in pattern object"),
        (r#"{"f": "x"}"#, "100", "error: operand 2 must be string but got number"),
        ("[]", r#""foo""#, "error: operand 1 must be object but got array"),
    ] {
        check("strings.replace_n", &[patterns, value], expected);
    }
}

#[test]
fn cuts_into_parts() {
    for (x, delimiter, expected) in [
        (r#""foo.bar.baz""#, r#"".""#, r#"["foo", "bar", "baz"]"#),
        (r#""foo""#, r#"".""#, r#"["foo"]"#),
        (r#""""#, r#"".""#, r#"[""]"#),
        (r#""aé😀""#, r#""""#, r#"["a", "é", "😀"]"#),
        (r#""""#, r#""""#, "[]"),
        (r#"".""#, r#"".""#, r#"["", ""]"#),
        (r#""a""#, "null", "error: operand 2 must be string but got null"),
    ] {
        check("split", &[x, delimiter], expected);
    }
    for (n, expected) in [
        ("2", r#"["a", "b"]"#),
        ("9", r#"["a", "b", "c"]"#),
        ("0", "[]"),
        ("-1", r#"["c"]"#),
        ("-2", r#"["b", "c"]"#),
        ("-9223372036854775808", r#"["a", "b", "c"]"#),
        ("9223372036854775807", r#"["a", "b", "c"]"#),
        ("1.5", "error: operand 3 must be integer number but got floating-point number"),
    ] {
        check("strings.split_n", &[r#""a,b,c""#, r#"",""#, n], expected);
    }
}

#[test]
fn takes_pieces() {
    for (value, offset, length, expected) in [
        (r#""åäö""#, "0", "2", r#""åä""#),
        (r#""aåäö""#, "2", "-1", r#""äö""#),
        (r#""abcdefgh""#, "2", "10000", r#""cdefgh""#),
        (r#""abc""#, "3", "-1", r#""""#),
        (r#""abc""#, "9223372036854775807", "9223372036854775807", r#""""#),
        (r#""abc""#, "0", "0", r#""""#),
        (r#""aaa""#, "-1", "-1", "error: negative offset"),
        (r#""aaa""#, "unknown", "-1", "unknown"),
    ] {
        check("substring", &[value, offset, length], expected);
    }
}

#[test]
fn trims() {
    for (name, value, cut, expected) in [
        ("trim", r#""¡¡¡foo, bar!!!""#, r#""!¡""#, r#""foo, bar""#),
        ("trim", r#""...foo.bar...""#, r#"".fr""#, r#""oo.ba""#),
        ("trim", r#""abc""#, r#""""#, r#""abc""#),
        ("trim_left", r#""¡¡¡foo!!!""#, r#""!¡""#, r#""foo!!!""#),
        ("trim_right", r#""¡¡¡foo!!!""#, r#""!¡""#, r#""¡¡¡foo""#),
        ("trim_prefix", r#""foobar""#, r#""foo""#, r#""bar""#),
        ("trim_prefix", r#""foobar""#, r#""bar""#, r#""foobar""#),
        ("trim_suffix", r#""foobar""#, r#""bar""#, r#""foo""#),
        ("trim_suffix", "{}", r#""bar""#, "error: operand 1 must be string but got object"),
    ] {
        check(name, &[value, cut], expected);
    }
    check("trim_space", &[r#"" \t\n foo\u00a0\u2003\u0085""#], r#""foo""#);
    check("trim_space", &["1"], "error: operand 1 must be string but got number");
}

#[test]
fn matches_affixes() {
    for (name, search, base, expected) in [
        ("strings.any_prefix_match", r#"["a/b", "e/f"]"#, r#"["d/", "e/f"]"#, "true"),
        ("strings.any_prefix_match", r#"["a/b", "e/f"]"#, r#"{"b"}"#, "false"),
        ("strings.any_prefix_match", r#""abc""#, r#""ab""#, "true"),
        ("strings.any_prefix_match", "[]", r#"["a"]"#, "false"),
        ("strings.any_prefix_match", r#"["a"]"#, "set()", "false"),
        ("strings.any_prefix_match", r#"["a"]"#, "unknown", "unknown"),
        ("strings.any_suffix_match", r#"["a/b/c", "e/f/g"]"#, r#"["/c", "/x"]"#, "true"),
        ("strings.any_suffix_match", r#"{"a/b/c"}"#, r#""/b""#, "false"),
        (
            "strings.any_prefix_match",
            "[1]",
            r#"["a"]"#,
            "error: operand 1 must be array of strings but got array containing number",
        ),
        (
            "strings.any_suffix_match",
            r#"["a"]"#,
            "1",
            "error: operand 2 must be one of {string, set, array} but got number",
        ),
    ] {
        check(name, &[search, base], expected);
    }
}

#[test]
fn matches_affixes_of_many() {
    let list = |pattern: &dyn Fn(usize) -> String| {
        let strings: Vec<_> = (0..COMPARISONS_MAX).map(|n| format!("{:?}", pattern(n))).collect();
        format!("[{}]", strings.join(", "))
    };
    let strings = list(&|n| format!("{n:04}/x/{n:04}"));
    let prefixes = list(&|n| format!("{n:04}/y"));
    let suffixes = list(&|n| format!("y/{n:04}"));
    check("strings.any_prefix_match", &[&strings, &prefixes], "false");
    check("strings.any_suffix_match", &[&strings, &suffixes], "false");
    let found = |base: &str, more: &str| base.replacen('[', &format!("[{more:?}, "), 1);
    check("strings.any_prefix_match", &[&strings, &found(&prefixes, "0200/x/02")], "true");
    check("strings.any_suffix_match", &[&strings, &found(&suffixes, "/x/0200")], "true");
}

#[test]
fn reverses() {
    check("strings.reverse", &[r#""1😀𝛾""#], r#""𝛾😀1""#);
    check("strings.reverse", &[r#""""#], r#""""#);
    check("strings.reverse", &["123"], "error: operand 1 must be string but got number");
}
