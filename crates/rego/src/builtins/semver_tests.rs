use crate::builtins::testing::check;

#[test]
fn compares() {
    // Each comes before the next.
    let ascending = [
        "1.0.0-0",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-10.1",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.2.0",
        "1.10.0",
        "2.0.0",
    ];
    for (i, a) in ascending.iter().enumerate() {
        for (j, b) in ascending.iter().enumerate() {
            let expected = (i.cmp(&j) as i64).to_string();
            check("semver.compare", &[&format!("{a:?}"), &format!("{b:?}")], &expected);
        }
    }
    check("semver.compare", &[r#""v01.0.0+a""#, r#""1.0.0+b""#], "0");
    check("semver.compare", &[r#""1""#, r#""1.0.0""#], r#"error: operand 1: string "1" is not a valid SemVer"#);
    check("semver.compare", &[r#""1.0.0""#, r#""1.0.0-a..b""#], {
        r#"error: operand 2: string "1.0.0-a..b" is not a valid SemVer"#
    });
    check("semver.compare", &[r#""1.0.0""#, "1"], "error: operand 2 must be string but got number");
    check("semver.compare", &[r#""1.0.0""#, "unknown"], "unknown");
}

#[test]
fn tells_versions() {
    for (text, expected) in [
        (r#""1.0.0""#, "true"),
        (r#""v1.0.0-rc.1+build.5""#, "true"),
        (r#""1.0.0-""#, "true"),
        (r#""1.0""#, "false"),
        (r#""1.0.0.0""#, "false"),
        (r#""1.0.x""#, "false"),
        (r#""1.0.0-ä""#, "false"),
        (r#""1.0.9223372036854775808""#, "false"),
        (r#""""#, "false"),
        ("1", "false"),
    ] {
        check("semver.is_valid", &[text], expected);
    }
}
