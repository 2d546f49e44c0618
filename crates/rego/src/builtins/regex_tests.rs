use crate::builtins::testing::{NOW_NS, check};
use crate::builtins::{CACHED_PATTERNS_MAX, Caches, Context, lookup};
use host::FixedHost;
use value::Arena;

#[test]
fn matches() {
    for (pattern, value, expected) in [
        (r#"`^[a-z]+\[[0-9]+\]$`"#, r#""foo[1]""#, "true"),
        (r#""""#, r#""x""#, "true"),
        (r#"`^\d+$`"#, r#""٣""#, "false"),
        (r#"`^\w$`"#, r#""é""#, "false"),
        (r#"`(?i)STRASSE`"#, r#""strasse""#, "true"),
        (r#"`a.b`"#, r#""a\nb""#, "false"),
        (r#"`^[^a]$`"#, r#""\n""#, "true"),
        (r#"`a`"#, "unknown", "unknown"),
        (r#"`[`"#, r#""a""#, "error: error parsing regexp: missing closing ]: `[`"),
        ("1", r#""a""#, "error: operand 1 must be string but got number"),
    ] {
        check("regex.match", &[pattern, value], expected);
        check("re_match", &[pattern, value], expected);
    }
    check("regex.match", &[r#"`(\pL{1000}){1000}`"#, r#""a""#], {
        r"error: error parsing regexp: expression too large: `(\pL{1000}){1000}`"
    });
}

#[test]
fn tells_valid_patterns() {
    for (pattern, expected) in
        [("`.+`", "true"), ("`]`", "true"), ("`[`", "false"), ("`(?=a)`", "false"), ("10", "false")]
    {
        check("regex.is_valid", &[pattern], expected);
    }
}

#[test]
fn finds() {
    for (pattern, value, number, expected) in [
        ("`a.`", r#""paranormal""#, "-1", r#"["ar", "an", "al"]"#),
        ("`a.`", r#""paranormal""#, "2", r#"["ar", "an"]"#),
        ("`a.`", r#""paranormal""#, "0", "[]"),
        ("`a*`", r#""baab""#, "-1", r#"["", "aa", ""]"#),
        ("`x`", r#""baab""#, "-1", "[]"),
        ("`x`", r#""baab""#, "1.5", "error: operand 3 must be integer number but got floating-point number"),
    ] {
        check("regex.find_n", &[pattern, value, number], expected);
    }
    for (pattern, value, number, expected) in [
        ("`a(x*)b`", r#""-axxb-ab-""#, "-1", r#"[["axxb", "xx"], ["ab", ""]]"#),
        ("`[^aouiye]([aouiye])([^aouiye])?`", r#""somestri""#, "-1", r#"[["som", "o", "m"], ["ri", "i", ""]]"#),
        ("`a(x*)b`", r#""-""#, "-1", "[]"),
    ] {
        check("regex.find_all_string_submatch_n", &[pattern, value, number], expected);
    }
}

#[test]
fn splits() {
    for (pattern, value, expected) in [
        ("`a`", r#""banana""#, r#"["b", "n", "n", ""]"#),
        ("`^[a-z]+`", r#""foobar baz""#, r#"["", " baz"]"#),
        ("`^x$`", r#""""#, r#"[""]"#),
        ("``", r#""""#, "[]"),
        ("``", r#""abc""#, r#"["a", "b", "c"]"#),
        ("`a*`", r#""baac""#, r#"["b", "c"]"#),
    ] {
        check("regex.split", &[pattern, value], expected);
    }
}

#[test]
fn replaces() {
    for (value, pattern, replacement, expected) in [
        (r#""-wy-wxxy-""#, "`w(x*)y`", r#""0""#, r#""-0-0-""#),
        (r#""-wy-wxxy-""#, "`w(x*)y`", r#""<$1>""#, r#""-<>-<xx>-""#),
        (r#""foo""#, "`^[a-z]`", r#""F""#, r#""Foo""#),
        (r#""foo barx""#, "`[a-z]{2}`", r#""_""#, r#""_o __""#),
        (r#""ab""#, "`(?P<x>a)(b)`", r#""${x}1 $x1 ${2}x $2x $$ $ ${ $9""#, r#""a1  bx  $ $ ${ ""#),
        (r#""baac""#, "`a*`", r#""-""#, r#""-b-c-""#),
        (r#""foo""#, "`x`", r#""F""#, r#""foo""#),
        (r#""foo""#, "`[`", r#""F""#, "error: error parsing regexp: missing closing ]: `[`"),
        (r#""foo""#, "`o`", "3", "error: operand 3 must be string but got number"),
    ] {
        check("regex.replace", &[value, pattern, replacement], expected);
    }
}

#[test]
fn matches_templates() {
    for (template, value, start, end, expected) in [
        (r#""urn:foo:{.*}""#, r#""urn:foo:bar:baz""#, r#""{""#, r#""}""#, "true"),
        (r#""urn:foo:<[0-9]{2}>""#, r#""urn:foo:123""#, r#""<""#, r#"">""#, "false"),
        (r#""a.b""#, r#""axb""#, r#""<""#, r#"">""#, "false"),
        (r#""a.b""#, r#""a.b""#, r#""<""#, r#"">""#, "true"),
        (r#""<a""#, r#""a""#, r#""<""#, r#"">""#, r#"error: unbalanced braces in "<a""#),
        (r#""a>""#, r#""a""#, r#""<""#, r#"">""#, r#"error: unbalanced braces in "a>""#),
        (r#""<a)(b>""#, r#""ab""#, r#""<""#, r#"">""#, "error: error parsing regexp: unexpected ): `^a)(b$`"),
        (r#""a""#, r#""a""#, r#""<<""#, r#"">""#, {
            "error: start delimiter has to be exactly one character long but is 2 long"
        }),
        (
            r#""a""#,
            r#""a""#,
            r#""<""#,
            r#""""#,
            "error: end delimiter has to be exactly one character long but is 0 long",
        ),
    ] {
        check("regex.template_match", &[template, value, start, end], expected);
    }
}

#[test]
fn intersects_patterns() {
    for (first, second, expected) in [
        (r#""a.a.[0-9]+z""#, r#"".b.b2359825792*594823z""#, "true"),
        (r#""[a-z]+""#, r#""[0-9]*""#, "false"),
        (r#""b.*""#, r#""bar""#, "true"),
        (r#""b""#, r#""b[0-9]*""#, "true"),
        (r#""a*""#, r#""b*""#, "false"),
        (r#"`[a-z]+\[[0-9]+\]`"#, r#"`foo\[1\]`"#, "true"),
        (r#"`[a-z]+\[[0-9]+\]`"#, r#"`foo["bar"]`"#, "false"),
        (r#""pqrs]""#, r#""[a-b]+""#, {
            "error: input:pqrs], pos:5, set-close ']' with no preceding '[': the input provided is invalid"
        }),
        (
            r#""a**""#,
            r#""a""#,
            "error: input:a**, pos:3, flag '*' must be preceded by a non-flag: the input provided is invalid",
        ),
        (r#""[a""#, r#""a""#, "error: input:[a, pos:2, found [ without matching ]: the input provided is invalid"),
    ] {
        check("regex.globs_match", &[first, second], expected);
    }
}

#[test]
fn bounds_the_cache() {
    let (mut caches, mut now_ns) = (Caches::default(), Some(NOW_NS));
    let host = FixedHost::default();
    let builtin = lookup("regex.match").expect("a builtin");
    for pattern in 0..CACHED_PATTERNS_MAX + 10 {
        let arena = Arena::new();
        let mut context = Context {
            arena: &arena,
            host: &host,
            caches: &mut caches,
            now_ns: &mut now_ns,
            deadline_ns: None,
            place: &|| None,
        };
        let operands = [arena.string(&pattern.to_string()), arena.string("1")];
        (builtin.call)(&mut context, &operands).expect("a pattern");
    }
    assert_eq!(caches.regexes.len(), 10);
}
