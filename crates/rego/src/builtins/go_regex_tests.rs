use super::translate;

#[test]
fn translates() {
    for (pattern, expected) in [
        ("^a.b$", "^a.b$"),
        ("a{2}b{2,}c{2,3}?", "a{2}b{2,}c{2,3}?"),
        ("a{,2}{x}", r"a\x7B\x2C2\x7D\x7Bx\x7D"),
        (r"\d\D\b\B", r"[0-9][\x{0}-/:-\x{10FFFF}](?-u:\b)(?-u:\B)"),
        (r"[\w-]", r"[0-9A-Za-z_\x{2D}-\x{2D}]"),
        ("[[a]", r"[\x{5B}-\x{5B}\x{61}-\x{61}]"),
        ("[^]a-c]", r"[^\x{5D}-\x{5D}\x{61}-\x{63}]"),
        ("[[:alpha:][:^digit:]]", "[[:alpha:][:^digit:]]"),
        (r"\Qa.b\E*", r"a\x2Eb*"),
        (r"\101\x41\x{1F600}\0", "AA😀\0"),
        (r"\pL\p{^Greek}\P{^Greek}", r"\p{L}\P{Greek}\p{Greek}"),
        ("(?i)(?P<x>a)(?<y>b)(?s-m:c)(?)", "(?i)(?P<x>a)(?P<y>b)(?s-m:c)"),
        ("(?P<1>a)", "(a)"),
    ] {
        assert_eq!(translate(pattern).as_deref(), Ok(expected), "{pattern}");
    }
}

#[test]
fn complains_as_go_does() {
    for (pattern, problem) in [
        ("[", "missing closing ]: `[`"),
        ("][", "missing closing ]: `[`"),
        ("(", "missing closing ): `(`"),
        ("a)", "unexpected ): `a)`"),
        ("*", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{3,2}", "invalid repeat count: `{3,2}`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        (r"\p{Foo}", r"invalid character class range: `\p{Foo}`"),
        (r"\1", r"invalid escape sequence: `\1`"),
        (r"\Z", r"invalid escape sequence: `\Z`"),
        (r"\", "trailing backslash at end of expression: ``"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?x)", "invalid or unsupported Perl syntax: `(?x`"),
        ("(?P<a b>c)", "invalid named capture: `(?P<a b>`"),
    ] {
        assert_eq!(translate(pattern), Err(format!("error parsing regexp: {problem}")), "{pattern}");
    }
}

#[test]
fn bounds_nesting() {
    let nested = |depth: usize| "(".repeat(depth) + &")".repeat(depth);
    assert!(translate(&nested(1_000)).is_ok());
    assert!(translate(&nested(1_001)).is_err_and(|message| message.contains("nests too deeply")));
}
