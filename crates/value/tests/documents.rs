//! Values, arenas, frozen documents and pointers, from the outside.

use std::convert::Infallible;
use std::sync::Arc;
use std::thread;
use value::{Arena, Frozen, Pointer, Position, Segment, Value, json};

fn parse<'a>(arena: &'a Arena, text: &str) -> Value<'a> {
    json::parse(arena, text.as_bytes(), &json::ParseLimits::default()).unwrap_or(Value::UNKNOWN)
}

#[test]
fn a_value_is_two_words() {
    assert_eq!(size_of::<Value<'_>>(), 16);
    assert_eq!(size_of::<Option<Value<'_>>>(), 16);
}

#[test]
fn values_are_plain_data_that_threads_may_share() {
    fn shared<T: Send + Sync + Copy>() {}
    fn sendable<T: Send + Sync>() {}
    shared::<Value<'_>>();
    shared::<value::Number<'_>>();
    sendable::<Frozen>();
}

#[test]
fn sets_are_sorted_and_unique() {
    let arena = Arena::new();
    let text = |s| arena.string(s);
    let set = arena.set(&[
        Value::Int(3),
        text("b"),
        Value::Null,
        Value::Int(1),
        text("a"),
        Value::Int(3),
        Value::TRUE,
        text("a"),
    ]);
    assert_eq!(set.to_string(), r#"{null, true, 1, 3, "a", "b"}"#);
    let set = set.as_set().unwrap();
    assert!(
        set.contains(Value::Int(3))
            && set.contains(text("b"))
            && !set.contains(Value::Int(2))
            && !set.contains(Value::FALSE)
    );
    assert_eq!(set.get(text("a")), Some(text("a")));
    assert_eq!(set.get(text("c")), None);
    assert_eq!(arena.set(&[Value::Int(1), Value::Int(1)]).to_string(), "{1}");
    assert_eq!(arena.set(&[]).to_string(), "set()");
}

#[test]
fn of_equal_keys_the_last_value_stays() {
    let arena = Arena::new();
    let entries = [("b", 1), ("a", 2), ("b", 3), ("a", 4), ("a", 5)].map(|(k, v)| (arena.string(k), Value::Int(v)));
    assert_eq!(arena.object(&entries).to_string(), r#"{"a": 5, "b": 3}"#);
    assert_eq!(arena.object(&[]), Value::EMPTY_OBJECT);
}

#[test]
fn objects_find_keys_of_every_kind_at_every_size() {
    for count in [0, 1, 7, 8, 9, 100] {
        let arena = Arena::new();
        let mut entries: Vec<_> = (0..count).map(|i| (arena.string(&format!("key-{i}")), Value::Int(i))).collect();
        entries.extend((0..count).map(|i| (Value::Int(i), Value::Int(-i))));
        entries.push((Value::EMPTY_SET, Value::TRUE));
        let object = arena.object(&entries);
        for i in 0..count {
            assert_eq!(object.get_str(&format!("key-{i}")), Some(Value::Int(i)));
            assert_eq!(object.as_object().unwrap().get(Value::Int(i)), Some(Value::Int(-i)));
        }
        let object = object.as_object().unwrap();
        assert_eq!(object.get(Value::EMPTY_SET), Some(Value::TRUE));
        assert_eq!(object.get(Value::EMPTY_ARRAY), None);
        assert_eq!(object.get_str("key"), None);
        assert_eq!(object.get_str("zzz"), None);
        assert!(object.keys().is_sorted());
    }
}

#[test]
fn kinds_stand_in_the_order_of_rego() {
    let arena = Arena::new();
    let ascending = [
        Value::Null,
        Value::FALSE,
        Value::TRUE,
        Value::Int(-1),
        parse(&arena, "0.5"),
        Value::Int(1),
        parse(&arena, "1e30"),
        Value::EMPTY_STRING,
        arena.string("a"),
        arena.string("ab"),
        arena.string("b"),
        Value::EMPTY_ARRAY,
        parse(&arena, "[1]"),
        parse(&arena, "[1, 0]"),
        parse(&arena, "[2]"),
        Value::EMPTY_OBJECT,
        parse(&arena, r#"{"a": 1}"#),
        parse(&arena, r#"{"a": 1, "b": 0}"#),
        parse(&arena, r#"{"a": 2}"#),
        parse(&arena, r#"{"b": 0}"#),
        Value::EMPTY_SET,
        arena.set(&[Value::Int(1)]),
        arena.set(&[Value::Int(1), Value::Int(2)]),
        arena.set(&[Value::Int(2)]),
        Value::UNKNOWN,
    ];
    for (i, a) in ascending.iter().enumerate() {
        for (j, b) in ascending.iter().enumerate() {
            assert_eq!(a.cmp(b), i.cmp(&j), "{a} against {b}");
        }
    }
}

#[test]
fn unknown_is_found_anywhere_inside() {
    let arena = Arena::new();
    let unknown = arena.unknown("tags", "known only after apply");
    let nested = arena.array(&[Value::Int(1), arena.object(&[(arena.string("a"), arena.set(&[unknown]))])]);
    assert_eq!(
        nested.find_unknown().map(|found| (found.place, found.reason)),
        Some(("tags", "known only after apply"))
    );
    assert!(!nested.is_unknown() && unknown.is_unknown());
    assert!(parse(&arena, "[1]").find_unknown().is_none());
    assert_eq!(json::to_string(nested), r#"[1,{"a":[{"$unknown":"known only after apply"}]}]"#);
    assert_eq!(nested.to_string(), r#"[1, {"a": {unknown}}]"#);
    assert_eq!(arena.copy(nested).find_unknown().map(|found| found.place), Some("tags"));
}

#[test]
fn pointers_resolve_and_print() {
    let arena = Arena::new();
    let document = parse(&arena, r#"{"a/b": [{"~": 1}]}"#);
    let pointer = Pointer::root().join("a/b").join(0).join("~");
    assert_eq!(pointer.to_string(), "/a~1b/0/~0");
    assert_eq!(pointer.resolve(document), Some(Value::Int(1)));
    assert_eq!(Pointer(vec![Segment::Index(0)]).resolve(document), None);
    assert_eq!(Pointer::root().resolve(document), Some(document));
    assert_eq!(Pointer::root().to_string(), "");
}

#[test]
fn positions_count_characters() {
    let text = "a\nbé€x\n";
    let at = |offset| Position::of(text, offset).to_string();
    assert_eq!(at(0), "1:1");
    assert_eq!(at(2), "2:1");
    assert_eq!(at(5), "2:3");
    assert_eq!(at(6), "2:3", "inside a character is at its start");
    assert_eq!(at(8), "2:4");
    assert_eq!(at(1000), "3:1");
}

#[test]
fn arenas_format_and_start_over() {
    let mut arena = Arena::new();
    assert_eq!(arena.format(format_args!("{}-{}", 1, "x")).as_str(), Some("1-x"));
    arena.reset();
    assert_eq!(arena.string("again").as_str(), Some("again"));
}

#[test]
fn a_frozen_document_is_read_by_many_threads_and_released_whole() {
    let text = r#"{"users": [{"name": "alice", "score": 1.50}, {"name": "bob\n", "score": 1e400}], "n": 3}"#;
    let limits = json::ParseLimits::default();
    let frozen = Frozen::build(|arena| json::parse(arena, text.as_bytes(), &limits)).unwrap();
    let expected = json::to_string(frozen.root());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    assert_eq!(json::to_string(frozen.root()), expected);
                    assert_eq!(frozen.root().get_str("n"), Some(Value::Int(3)));
                }
            });
        }
    });
    let moved = thread::spawn(move || (json::to_string(frozen.root()), frozen)).join().unwrap();
    assert_eq!(moved.0, expected);
    assert!(moved.1.allocated_bytes() > 0);
}

#[test]
fn freezing_copies_or_fails() {
    let copy = {
        let arena = Arena::new();
        Frozen::copy_of(arena.array(&[arena.string("a"), Value::Int(1)]))
    };
    assert_eq!(copy.root().to_string(), r#"["a", 1]"#);
    assert_eq!(format!("{copy:?}"), r#"["a", 1]"#);
    assert_eq!(Frozen::build(|_| Err::<Value<'_>, _>("refused")).unwrap_err(), "refused");
    assert!(Frozen::build(|_| Ok::<_, Infallible>(Value::Null)).is_ok());
}

#[test]
fn a_frozen_document_may_share_what_others_hold() {
    let long = "x".repeat(10_000);
    let first = Arc::new(Frozen::copy_of(Value::String(&value::Text::new(&long))));
    let second = Arc::new(Frozen::build(|arena| Ok::<_, Infallible>(arena.array(&[Value::Int(1)]))).unwrap());
    let both = Frozen::over(vec![Arc::clone(&first), Arc::clone(&second)], |arena, roots| {
        Ok::<_, Infallible>(arena.object(&[(arena.string("a"), roots[0]), (arena.string("b"), roots[1])]))
    })
    .unwrap();
    assert!(both.allocated_bytes() < long.len(), "the text stays where it is");
    drop((first, second));
    let copied = thread::spawn(move || {
        assert_eq!(both.root().get_str("b").unwrap().to_string(), "[1]");
        Frozen::copy_of(both.root())
    })
    .join()
    .unwrap();
    assert_eq!(copied.root().get_str("a").unwrap().as_str(), Some(long.as_str()));
    assert!(copied.allocated_bytes() > long.len());
}

#[test]
fn the_deepest_document_allowed_fits_every_stack() {
    let work = || {
        let text = "[".repeat(999) + "{\"a\":1.5}" + &"]".repeat(999);
        let (arena, target) = (Arena::new(), Arena::new());
        let document = parse(&arena, &text);
        let copy = target.copy(document);
        assert_eq!(copy, document);
        assert_eq!(json::to_string(copy), text);
        assert!(json::to_string_pretty(copy).len() > text.len());
        assert_eq!(copy.to_string().len(), text.len() + 1);
        assert!(copy.find_unknown().is_none());
        let mut hasher = std::hash::DefaultHasher::new();
        std::hash::Hash::hash(&copy, &mut hasher);
    };
    let thread = thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(work).unwrap();
    thread.join().unwrap();
}
