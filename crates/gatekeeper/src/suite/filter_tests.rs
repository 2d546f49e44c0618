use super::{Filter, FilterError};

#[test]
fn names_select_as_in_gator() {
    for (filter, test, case, expected) in [
        ("", "t", Some("c"), true),
        ("missing", "forbid", Some("missing-label"), true),
        ("missing", "missing-label", Some("x"), true),
        ("missing", "forbid", Some("x"), false),
        ("missing", "missing", None, true),
        ("forbid//missing", "forbid-foo", Some("missing-label"), true),
        ("forbid//missing", "require-foo", Some("missing-label"), false),
        ("forbid//missing", "forbid-foo", Some("x"), false),
        ("^forbid$//", "forbid", Some("x"), true),
        ("^forbid$//", "forbid-foo", Some("x"), false),
        ("//empty", "t", Some("empty-object"), true),
        ("//empty", "t", None, false),
        ("t//", "t", None, true),
    ] {
        assert_eq!(Filter::parse(filter).unwrap().takes(test, case), expected, "`{filter}` {test} {case:?}");
    }
    assert_eq!(Filter::parse("a//b//c").unwrap_err(), FilterError::Parts);
    assert_eq!(Filter::parse("(").unwrap_err(), FilterError::Pattern("(".to_owned()));
}
