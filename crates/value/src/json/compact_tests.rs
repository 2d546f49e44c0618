use crate::json::{DuplicateKeys, JsonErrorKind, ParseLimits, parse, parse_compact, to_string};
use crate::{Arena, Array, Object, Value};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::ptr;

fn compact<'a>(arena: &'a Arena, text: &str) -> Value<'a> {
    parse_compact(arena, text.as_bytes(), &ParseLimits::default()).unwrap()
}

/// A compact document must equal the ordinary one, in order and in what look-ups find.
fn check(text: &str) {
    let (arena, compact_arena) = (Arena::new(), Arena::new());
    let ordinary = parse(&arena, text.as_bytes(), &ParseLimits::default()).unwrap();
    let compact = compact(&compact_arena, text);
    assert_eq!(compact, ordinary, "{text}");
    assert_eq!(to_string(compact), to_string(ordinary));
    same_lookups(compact, ordinary);
    let copies = Arena::new();
    assert_eq!(copies.copy(compact), ordinary, "a copy of {text}");
}

fn same_lookups(compact: Value<'_>, ordinary: Value<'_>) {
    match (compact, ordinary) {
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len());
            assert_eq!(a.get(a.len()), None);
            assert!(a.iter().rev().eq(b.iter().rev()));
            for (index, item) in b.iter().enumerate() {
                assert_eq!(a.iter().nth(index), Some(item));
                same_lookups(a.get(index).unwrap(), item);
            }
        }
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.len(), b.len());
            assert!(a.keys().rev().eq(b.keys().rev()));
            for (index, (key, value)) in b.iter().enumerate() {
                assert_eq!(a.iter().nth(index), Some((key, value)));
                same_lookups(a.get(key).unwrap(), value);
                assert_eq!(a.get_str(&format!("{}.", key.as_str().unwrap())), None);
            }
            assert_eq!(a.get(Value::Int(1)), None);
            assert_eq!(a.get(Value::Null), None);
        }
        (a, b) => assert_eq!(a, b),
    }
}

#[test]
fn a_compact_document_is_the_same_document() {
    for text in [
        "1",
        "[]",
        "{}",
        "[1,2,3]",
        "[0,255]",
        "[0,256,-1]",
        "[-32768,32767]",
        "[-32769]",
        "[2147483647,-2147483648]",
        "[2147483648,1]",
        "[1,2,3.5]",
        "[1,2,\"x\"]",
        "[ 1 , 2 , 3 ]",
        "[1,[2,[3]],4]",
        "[1,{\"a\":1},2]",
        "[[1,2],[1,2],[1,2,3]]",
        "[1.0,2]",
        "[-0,10e-1,1e2]",
        "[null,true,false,null]",
        r#"{"b":1,"a":2}"#,
        r#"[{"b":1,"a":2},{"b":3,"a":4},{"a":5,"b":6}]"#,
        r#"[{"b":1,"a":"x"},{"b":2,"a":"x"},{"b":1,"a":"x"}]"#,
        r#"[{"b":1,"a":2,"b":3},{"b":1,"a":2,"b":4}]"#,
        r#"{"a\u0041":"\n","aA":"\n"}"#,
        r#"[{"x":true},{"x":1},{"x":"1"},{"x":null},{"x":[]},{"x":{}}]"#,
        r#"[{"x":0},{"x":null},{"x":false},{"x":0}]"#,
    ] {
        check(text);
    }
}

#[test]
fn large_objects_find_all_their_keys() {
    for count in [1, 8, 9, 31, 32, 33, 64, 65, 500, 5_000] {
        let mut text = String::from("{");
        for number in (0..count).rev() {
            write!(text, "{}\"key-{number}\":{number}", if text.len() > 1 { "," } else { "" }).unwrap();
        }
        text.push('}');
        check(&text);
    }
}

#[test]
fn containers_of_many_parts_are_put_together() {
    const COUNT: usize = 100_000;
    // Ascending, descending, with a key twice, and as items of arrays that stand in others.
    let digits = |number: usize| format!("{number:06}");
    for order in [|n: usize| n, |n: usize| COUNT - n, |n: usize| n % 90_000] {
        let mut text = String::from("{\"before\":[1,\"x\"],\"objects\":{");
        for number in 0..COUNT {
            let comma = if number == 0 { "" } else { "," };
            write!(text, "{comma}\"{}\":{{\"a\":[{number},null],\"b\":\"{number}\"}}", digits(order(number))).unwrap();
        }
        text.push_str("},\"arrays\":[");
        for number in 0..COUNT {
            let comma = if number == 0 { "" } else { "," };
            write!(text, "{comma}[\"x\",{}]", order(number)).unwrap();
        }
        text.push_str("],\"after\":[[],{}]}");
        let (arena, compact_arena) = (Arena::new(), Arena::new());
        let ordinary = parse(&arena, text.as_bytes(), &ParseLimits::default()).unwrap();
        assert!(compact(&compact_arena, &text) == ordinary);
    }
}

/// Where things land in what is remembered goes by addresses, and one may displace another: then it is stored again, until there is more
/// room. So this is about many, and not about two.
#[test]
fn what_is_equal_stands_once() {
    const RECORDS: usize = 4_000;
    let arena = Arena::new();
    let pair = r#"{"name":"first","roles":["a","b"],"at":{"x":"1","y":"2"}},{"name":"first","roles":["a","b"],"at":{"y":"2","x":"1"}}"#;
    let document = compact(&arena, &format!("[{}]", vec![pair; RECORDS / 2].join(",")));
    let items = document.as_array().unwrap().iter().map(|item| item.as_object().unwrap());
    let array =
        |object: &Object<'_>| ptr::from_ref::<Array<'_>>(object.get_str("roles").unwrap().as_array().unwrap()).addr();
    let name = |object: &Object<'_>| object.get_str("name").unwrap().as_str().unwrap().as_ptr().addr();
    let (arrays, names): (BTreeSet<_>, BTreeSet<_>) = items.map(|item| (array(item), name(item))).unzip();
    assert!(arrays.len() < RECORDS / 2, "{} of {RECORDS} arrays", arrays.len());
    assert!(names.len() < RECORDS / 2, "{} of {RECORDS} names", names.len());
}

#[test]
fn memory_stays_near_the_text() {
    let mut records = String::from("[");
    let mut table = String::from("[");
    for number in 0..20_000 {
        let comma = if number == 0 { "" } else { "," };
        write!(
            records,
            "{comma}{{\"id\":\"record-{number}\",\"team\":\"team-{}\",\"tags\":{{\"stage\":\"production\",\"level\":{}}}}}",
            number % 7,
            number % 5
        )
        .unwrap();
        write!(table, "{comma}[{},{},{},{},{},{},{},{}]", number % 9, 1, 22, 3, 444, 5, 6, 7).unwrap();
    }
    records.push(']');
    table.push(']');
    for text in [records, table] {
        let arena = Arena::new();
        compact(&arena, &text);
        // The arena's last chunk may be half empty.
        assert!(arena.allocated_bytes() < text.len() * 4, "{} for {}", arena.allocated_bytes(), text.len());
    }
}

#[test]
fn mistakes_and_limits_are_those_of_every_document() {
    let kind = |text: &str, limits: &ParseLimits| {
        parse_compact(&Arena::new(), text.as_bytes(), limits).map(|_| ()).map_err(|error| (error.kind, error.offset))
    };
    let limits = ParseLimits { depth_max: 2, bytes_max: 40, duplicate_keys: DuplicateKeys::Refuse };
    for (text, expected) in [
        ("[1,2", (JsonErrorKind::Incomplete, 4)),
        ("[1,2,]", (JsonErrorKind::Syntax, 5)),
        ("[1 2]", (JsonErrorKind::Syntax, 3)),
        ("[1,02]", (JsonErrorKind::Syntax, 3)),
        ("[1,-]", (JsonErrorKind::Syntax, 3)),
        ("[[[1]]]", (JsonErrorKind::Depth, 2)),
        ("{\"a\":1,\"b\":2,\"a\":3}", (JsonErrorKind::DuplicateKey, 18)),
        ("[\"0123456789012345678901234567890123456789\"]", (JsonErrorKind::Size, 40)),
    ] {
        assert_eq!(kind(text, &limits), Err(expected), "{text}");
        assert_eq!(
            parse(&Arena::new(), text.as_bytes(), &limits).map(|_| ()).map_err(|error| (error.kind, error.offset)),
            Err(expected),
            "{text}"
        );
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        (-300_i64..300).prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        "[a-c]{0,2}".prop_map(serde_json::Value::from),
        "\\PC{0,12}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(4, 96, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::vec(-40_000_i64..40_000, 0..20).prop_map(serde_json::Value::from),
            prop::collection::vec(("[a-d]{0,2}", inner), 0..6).prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn compact_and_ordinary_documents_are_equal(document in json()) {
        check(&document.to_string());
    }
}
