use super::{compare_three_valued, equal_three_valued};
use crate::builtins::testing::check;
use std::cmp::Ordering;
use value::{Arena, Value};

#[test]
fn equality() {
    for (x, y, expected) in [
        ("1", "1.0", "true"),
        ("[1]", "[1.0]", "true"),
        (r#"{"x": [1, {"b": 3.0}]}"#, r#"{"x": [1, {"b": 3}]}"#, "true"),
        ("{1: 1}", r#"{"1": 1}"#, "false"),
        ("{1, 2}", "{2, 1, 1}", "true"),
        ("{1, 2}", "{1, 3}", "false"),
        ("[]", "set()", "false"),
        ("null", "false", "false"),
        ("100000000000000000000", "1e20", "true"),
        ("unknown", "1", "unknown"),
        ("unknown", "unknown", "unknown"),
        ("[1, unknown]", "[2, 3]", "false"),
        ("[1, unknown]", "[1, 2]", "unknown"),
        ("[1, unknown]", "[1]", "false"),
        ("[1, unknown]", r#""x""#, "false"),
        (r#"{"a": unknown}"#, r#"{"b": 1}"#, "false"),
        (r#"{"a": unknown, "b": 2}"#, r#"{"a": 1, "b": 3}"#, "false"),
        (r#"{"a": unknown}"#, r#"{"a": 1}"#, "unknown"),
        (r#"{unknown: 1}"#, r#"{"a": 1}"#, "unknown"),
        (r#"{unknown: 1, "b": 2}"#, r#"{"a": 1}"#, "false"),
        ("{unknown}", "set()", "false"),
        ("{unknown}", "{1, 2}", "unknown"),
        ("{unknown, 3}", "{1, 2}", "false"),
        ("{[1, unknown]}", "{[2, 2]}", "false"),
    ] {
        check("equal", &[x, y], expected);
        check("equal", &[y, x], expected);
        let opposite = match expected {
            "true" => "false",
            "false" => "true",
            other => other,
        };
        check("neq", &[x, y], opposite);
    }
}

#[test]
fn order() {
    for (x, y, order) in [
        ("1", "2", "<"),
        ("1.5", "2", "<"),
        ("2", "2.0", "="),
        ("-100000000000000000000", "1", "<"),
        ("null", "false", "<"),
        ("true", "0", "<"),
        ("9", r#""""#, "<"),
        (r#""z""#, "[]", "<"),
        ("[9]", "{}", "<"),
        ("{}", "set()", "<"),
        ("[1, 2]", "[1, 2, 0]", "<"),
        ("[1, 2, 0]", "[1, 3]", "<"),
        (r#"{"a": 2}"#, r#"{"b": 1}"#, "<"),
        (r#"{"a": 1}"#, r#"{"a": 1, "b": 0}"#, "<"),
        ("{1, 5}", "{2}", "<"),
        ("unknown", "1", "?"),
        ("[1, unknown]", "[2, 0]", "<"),
        ("[1, unknown]", "[1, 0]", "?"),
        ("[unknown]", "{}", "<"),
        (r#"{"a": unknown}"#, r#"{"b": 1}"#, "<"),
        (r#"{"a": unknown}"#, r#"{"a": 1}"#, "?"),
        ("set()", "{unknown}", "<"),
        ("{1}", "{2, unknown}", "?"),
        ("{}", "{unknown: 1}", "<"),
    ] {
        for (name, before, same) in
            [("lt", true, false), ("lte", true, true), ("gt", false, false), ("gte", false, true)]
        {
            let (forward, backward) = match order {
                "<" => (before.to_string(), (!before).to_string()),
                "=" => (same.to_string(), same.to_string()),
                _ => ("unknown".to_owned(), "unknown".to_owned()),
            };
            check(name, &[x, y], &forward);
            check(name, &[y, x], &backward);
        }
    }
}

#[test]
fn membership() {
    for (value, collection, expected) in [
        ("1", "[2, 1.0]", "true"),
        ("1", "{1}", "true"),
        ("1", r#"{"foo": 1}"#, "true"),
        (r#""foo""#, r#"{"foo": 1}"#, "false"),
        ("1", "1", "false"),
        ("1", "[unknown, 1]", "true"),
        ("1", "[unknown]", "unknown"),
        ("1", "{[unknown]}", "false"),
        ("[1]", "{[unknown]}", "unknown"),
        ("unknown", "{1}", "unknown"),
        ("unknown", "set()", "false"),
        ("1", "unknown", "unknown"),
    ] {
        check("internal.member_2", &[value, collection], expected);
    }
    for (key, value, collection, expected) in [
        (r#""foo""#, "1", r#"{"foo": 1}"#, "true"),
        ("1", r#""two""#, r#"["one", "two"]"#, "true"),
        ("2", r#""two""#, r#"["one", "two"]"#, "false"),
        ("-1", r#""two""#, r#"["one", "two"]"#, "false"),
        ("1", "1", "{1}", "true"),
        ("1", "2", "{1, 2}", "false"),
        ("1", r#""foo""#, "1", "false"),
        ("unknown", "1", "[1]", "unknown"),
        ("unknown", "1", "[2]", "false"),
        ("0", "1", "[unknown]", "unknown"),
        ("0", "1", "unknown", "unknown"),
        (r#""a""#, "1", "{unknown: 1}", "unknown"),
        (r#""a""#, "1", "{unknown: 2}", "false"),
        ("unknown", "1", "set()", "false"),
    ] {
        check("internal.member_3", &[key, value, collection], expected);
    }
}

/// Values that share their parts so often that there is no end of looking.
#[test]
fn compares_shared_parts_with_and_without_unknown_leaves() {
    let arena = Arena::new();
    let doubled = |leaf: Value<'static>| {
        (0..200).fold(leaf, |below: Value<'_>, level| match level % 2 {
            0 => arena.array(&[below, below]),
            _ => arena.object(&[(arena.string("a"), below), (arena.string("b"), below)]),
        })
    };
    let (one, again, more) = (doubled(Value::Int(1)), doubled(Value::Int(1)), doubled(Value::Int(2)));
    assert_eq!([equal_three_valued(one, again), equal_three_valued(one, more)], [Some(true), Some(false)]);
    assert_eq!(
        [compare_three_valued(one, again), compare_three_valued(one, more)],
        [Some(Ordering::Equal), Some(Ordering::Less)]
    );
    let (unknown, other) = (doubled(Value::UNKNOWN), doubled(Value::UNKNOWN));
    assert_eq!([equal_three_valued(unknown, other), equal_three_valued(unknown, one)], [None, None]);
    assert_eq!(compare_three_valued(unknown, other), None);
    assert_eq!(equal_three_valued(unknown, arena.array(&[unknown])), Some(false));
}
