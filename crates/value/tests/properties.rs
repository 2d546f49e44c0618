//! What holds for every value.

use proptest::prelude::*;
use std::cmp::Ordering;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use value::{Arena, Value, json, number};

/// A value that owns its parts, to build the borrowed ones from.
#[derive(Clone, Debug)]
enum Tree {
    Null,
    Bool(bool),
    Int(i64),
    Number(String),
    String(String),
    Array(Vec<Tree>),
    Set(Vec<Tree>),
    Object(Vec<(Tree, Tree)>),
}

impl Tree {
    fn build<'a>(&self, arena: &'a Arena) -> Value<'a> {
        let all = |items: &[Tree]| items.iter().map(|item| item.build(arena)).collect::<Vec<_>>();
        match self {
            Tree::Null => Value::Null,
            Tree::Bool(b) => (*b).into(),
            Tree::Int(n) => Value::Int(*n),
            Tree::Number(text) => number::parse(arena, text).unwrap_or(Value::UNKNOWN),
            Tree::String(text) => arena.string(text),
            Tree::Array(items) => arena.array(&all(items)),
            Tree::Set(members) => arena.set(&all(members)),
            Tree::Object(entries) => {
                let entries: Vec<_> = entries.iter().map(|(k, v)| (k.build(arena), v.build(arena))).collect();
                arena.object(&entries)
            }
        }
    }
}

fn number_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?",
        "-?(0|[1-9][0-9]?)(\\.[05]{1,2})?(e[+-]?[0-2])?",
    ]
}

fn scalar() -> impl Strategy<Value = Tree> {
    prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::Bool),
        (-3_i64..4).prop_map(Tree::Int),
        any::<i64>().prop_map(Tree::Int),
        number_text().prop_map(Tree::Number),
        "[ab\"\\\\\n\u{0}é😀]{0,10}".prop_map(Tree::String),
        any::<String>().prop_map(Tree::String),
    ]
}

fn any_tree() -> impl Strategy<Value = Tree> {
    scalar().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::Array),
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::Set),
            prop::collection::vec((inner.clone(), inner), 0..6).prop_map(Tree::Object),
        ]
    })
}

/// Without sets and with string keys: what JSON can say.
fn json_tree() -> impl Strategy<Value = Tree> {
    scalar().prop_recursive(4, 60, 12, |inner| {
        let key = prop_oneof!["[a-c]{0,2}", "long-common-prefix-[a-c]{0,2}", any::<String>()].prop_map(Tree::String);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Tree::Array),
            prop::collection::vec((key, inner), 0..30).prop_map(Tree::Object),
        ]
    })
}

fn hash(value: Value<'_>) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

proptest! {
    #[test]
    fn what_is_written_reads_back(tree in json_tree()) {
        let arena = Arena::new();
        let value = tree.build(&arena);
        let limits = json::ParseLimits::default();
        for text in [json::to_string(value), json::to_string_pretty(value)] {
            let read = json::parse(&arena, text.as_bytes(), &limits).unwrap();
            prop_assert_eq!(read, value);
            prop_assert_eq!(json::to_string(read), json::to_string(value), "numbers keep their text");
        }
    }

    #[test]
    fn what_serde_json_reads_is_read_alike(text in "[\\[\\]{}:,\"a1\\\\n.e \\-]{0,12}") {
        let arena = Arena::new();
        let ours = json::parse(&arena, text.as_bytes(), &json::ParseLimits::default());
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        // serde_json refuses floats beyond 64 bits.
        let too_large = theirs.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
        prop_assert!(too_large || ours.is_ok() == theirs.is_ok(), "{:?} {:?}", ours, theirs);
    }

    #[test]
    fn any_bytes_are_refused_or_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let arena = Arena::new();
        let _ = json::parse(&arena, &bytes, &json::ParseLimits::default());
    }

    #[test]
    fn the_order_is_total(a in any_tree(), b in any_tree(), c in any_tree()) {
        let arena = Arena::new();
        let (a, b, c) = (a.build(&arena), b.build(&arena), c.build(&arena));
        prop_assert_eq!(a.cmp(&a), Ordering::Equal);
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        if a <= b && b <= c {
            prop_assert!(a <= c);
        }
        if a == b {
            prop_assert_eq!(hash(a), hash(b));
        }
    }

    #[test]
    fn copies_are_equal_and_hash_alike(tree in any_tree()) {
        let (arena, other) = (Arena::new(), Arena::new());
        let value = tree.build(&arena);
        let copy = other.copy(value);
        prop_assert_eq!(copy, value);
        prop_assert_eq!(hash(copy), hash(value));
        prop_assert_eq!(copy.to_string(), value.to_string());
    }

    #[test]
    fn sets_and_objects_are_strictly_ascending(members in prop::collection::vec(scalar(), 0..30)) {
        let arena = Arena::new();
        let members: Vec<_> = members.iter().map(|member| member.build(&arena)).collect();
        let set = arena.set(&members);
        prop_assert!(set.as_set().unwrap().iter().is_sorted_by(|a, b| a < b));
        for &member in &members {
            prop_assert!(set.as_set().unwrap().contains(member));
        }
        let entries: Vec<_> = members.iter().enumerate().map(|(i, &key)| (key, Value::Int(i as i64))).collect();
        let object = arena.object(&entries);
        prop_assert!(object.as_object().unwrap().keys().is_sorted_by(|a, b| a < b));
        for &key in &members {
            let last = members.iter().rposition(|&other| other == key).unwrap();
            prop_assert_eq!(object.as_object().unwrap().get(key), Some(Value::Int(last as i64)));
        }
    }

    #[test]
    fn numbers_keep_their_text_or_become_integers(text in number_text()) {
        let arena = Arena::new();
        match number::parse(&arena, &text).unwrap() {
            Value::Int(n) => prop_assert_eq!(text.parse::<f64>().unwrap(), n as f64),
            other => prop_assert_eq!(other.to_string(), text),
        }
    }

    #[test]
    fn integers_compute_exactly(a in any::<i128>(), b in any::<i128>()) {
        // Half the width, so that the exact result of a product fits.
        let (a, b) = (a >> 64, b >> 64);
        let arena = Arena::new();
        let of = |n: i128| number::parse(&arena, &n.to_string()).unwrap();
        prop_assert_eq!(number::compare(of(a), of(b)), a.cmp(&b));
        prop_assert_eq!(number::add(&arena, of(a), of(b)).unwrap(), of(a + b));
        prop_assert_eq!(number::subtract(&arena, of(a), of(b)).unwrap(), of(a - b));
        prop_assert_eq!(number::multiply(&arena, of(a), of(b)).unwrap(), of(a * b));
        if b != 0 {
            prop_assert_eq!(number::remainder(&arena, of(a), of(b)).unwrap(), of(a % b));
            prop_assert_eq!(number::divide(&arena, of(a * b), of(b)).unwrap(), of(a));
        }
    }

    #[test]
    fn fractions_compare_and_round_exactly(a in -100_000_i64..100_000, b in -100_000_i64..100_000, zeros in 0_usize..3) {
        // Hundredths, written with more or fewer zeros.
        let arena = Arena::new();
        let of = |n: i64| {
            let sign = if n < 0 { "-" } else { "" };
            let text = format!("{sign}{}.{:02}{}", n.abs() / 100, n.abs() % 100, "0".repeat(zeros));
            number::parse(&arena, &text).unwrap()
        };
        prop_assert_eq!(number::compare(of(a), of(b)), a.cmp(&b));
        prop_assert_eq!(number::floor(&arena, of(a)).unwrap(), Value::Int(a.div_euclid(100)));
        prop_assert_eq!(number::ceil(&arena, of(a)).unwrap(), Value::Int(-(-a).div_euclid(100)));
        let half_away = (a.abs() + 50) / 100 * a.signum();
        prop_assert_eq!(number::round(&arena, of(a)).unwrap(), Value::Int(half_away));
        prop_assert_eq!(number::is_integer(of(a)), a % 100 == 0);
    }

    #[test]
    fn floats_read_back(float in any::<f64>()) {
        let arena = Arena::new();
        match number::from_f64(&arena, float) {
            Some(value) => prop_assert_eq!(number::to_f64(value), float),
            None => prop_assert!(!float.is_finite()),
        }
    }
}
