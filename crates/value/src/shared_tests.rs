use crate::{Arena, Value};
use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Levels of which each holds the one below twice: as a tree, more values than anybody could look at.
const LEVELS: usize = 200;

/// Each level twice in an array, an object or a set with more.
fn doubled<'a>(arena: &'a Arena, leaf: Value<'a>) -> Value<'a> {
    (0..LEVELS).fold(leaf, |below, level| match level % 3 {
        0 => arena.array(&[below, below]),
        1 => arena.object(&[(arena.string("a"), below), (arena.string("b"), below)]),
        _ => arena.set(&[arena.array(&[below, Value::Int(1)]), below]),
    })
}

#[test]
fn values_that_share_their_parts_are_compared_in_no_time() {
    let arena = Arena::new();
    let (one, again) = (doubled(&arena, Value::Int(1)), doubled(&arena, Value::Int(1)));
    let more = doubled(&arena, Value::Int(2));
    assert!(one == again);
    assert!(one != more);
    assert!(more != one);
    assert_eq!([one.cmp(&again), one.cmp(&more), more.cmp(&one)], [Ordering::Equal, Ordering::Less, Ordering::Greater]);
    assert_eq!(arena.set(&[one, more, again]).as_set().map(|set| set.len()), Some(2));
    let hash = |value: Value<'_>| {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(hash(one), hash(again));
}

#[test]
fn an_unknown_leaf_is_found_in_values_that_share_their_parts() {
    let arena = Arena::new();
    assert!(doubled(&arena, Value::Int(1)).find_unknown().is_none());
    let unknown = doubled(&arena, arena.unknown("tags", "known only after apply"));
    assert_eq!(unknown.find_unknown().map(|unknown| unknown.place), Some("tags"));
}

#[test]
fn a_copy_shares_what_its_original_shares() {
    let arena = Arena::new();
    let original = doubled(&arena, arena.string("a leaf"));
    let copy_arena = Arena::new();
    let copy = copy_arena.copy(original);
    assert!(copy == original);
    // What copying one by one began takes room; as a tree, the value would take more than there is.
    assert!(copy_arena.allocated_bytes() < 1 << 30, "{}", copy_arena.allocated_bytes());
    let frozen = crate::Frozen::copy_of(original);
    assert!(frozen.root() == original);
}

#[test]
fn the_slow_way_of_copying_agrees_with_the_quick_one() {
    let arena = Arena::new();
    let text =
        r#"{"": [], "a": [1, 2, 300, 70000, -1], "b": {"c": [null, true, "text", 1.5, {}]}, "d": [[[1], []], {}]}"#;
    let compact = crate::json::parse_compact(&arena, text.as_bytes(), &crate::json::ParseLimits::default()).unwrap();
    let set = arena.set(&[compact, Value::Int(1), arena.unknown("tags", "known only after apply"), Value::EMPTY_SET]);
    for value in [compact, set, Value::Null, arena.array(&[set, compact, set])] {
        let (slow, quick) = (super::copy(&arena, value), arena.copy(value));
        assert!(slow == value && quick == value);
        assert_eq!(slow.to_string(), value.to_string());
    }
}

/// Deeper than a stack of calls could go.
#[test]
fn values_that_nest_very_deep_are_compared() {
    let arena = Arena::new();
    let nested = |leaf| (0..1_000_000).fold(Value::Int(leaf), |below, _| arena.array(&[below]));
    assert!(nested(1) == nested(1) && nested(1) < nested(2) && nested(1).find_unknown().is_none());
    assert!(arena.copy(nested(1)) == nested(1));
}

/// Both ways of comparing are one order.
#[test]
fn the_slow_way_agrees_with_the_quick_one() {
    let arena = Arena::new();
    let text = |text| arena.string(text);
    let values = [
        Value::Null,
        Value::TRUE,
        Value::Int(1),
        text("a"),
        text("a text that is longer than a word"),
        Value::EMPTY_ARRAY,
        arena.array(&[Value::Int(1)]),
        arena.array(&[Value::Int(1), text("a")]),
        arena.array(&[text("a"), Value::Int(1)]),
        Value::EMPTY_OBJECT,
        arena.object(&[(text("a"), Value::Int(1))]),
        arena.object(&[(text("a"), Value::Int(1)), (text("b"), Value::Null)]),
        arena.object(&[(text("a"), Value::Int(2))]),
        arena.object(&[(text("b"), Value::Int(1))]),
        Value::EMPTY_SET,
        arena.set(&[Value::Int(1), text("a")]),
        arena.set(&[Value::Int(2)]),
        Value::UNKNOWN,
    ];
    for (i, a) in values.iter().enumerate() {
        for (j, b) in values.iter().enumerate() {
            assert_eq!(super::compare(*a, *b), a.cmp(b), "{a} and {b}");
            assert_eq!(a == b, i == j, "{a} and {b}");
        }
    }
}
