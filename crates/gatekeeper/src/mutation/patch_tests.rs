use super::patch;
use crate::testing::yaml;
use proptest::prelude::*;
use value::{Arena, Frozen, Value, json};

#[test]
fn operations_that_say_what_changed() {
    let arena = Arena::new();
    for (before, after, expected) in [
        ("{a: 1}", "{a: 1}", "[]"),
        ("{a: 1}", "{a: 2}", r#"[{"op":"replace","path":"/a","value":2}]"#),
        ("{a: 1}", "{}", r#"[{"op":"remove","path":"/a"}]"#),
        ("{}", "{a: {b: 1}}", r#"[{"op":"add","path":"/a","value":{"b":1}}]"#),
        ("{a: {b: 1}}", "{a: {b: 1, c: 2}}", r#"[{"op":"add","path":"/a/c","value":2}]"#),
        ("{a/b~: 1}", "{a/b~: 2}", r#"[{"op":"replace","path":"/a~1b~0","value":2}]"#),
        ("[1, 2]", "[1, 3, 4]", r#"[{"op":"replace","path":"/1","value":3},{"op":"add","path":"/2","value":4}]"#),
        ("[1, 2, 3]", "[1]", r#"[{"op":"remove","path":"/2"},{"op":"remove","path":"/1"}]"#),
        ("[{a: 1}]", "[{a: 2}]", r#"[{"op":"replace","path":"/0/a","value":2}]"#),
        ("{a: null}", "{a: {}}", r#"[{"op":"replace","path":"/a","value":{}}]"#),
        ("{a: []}", "{a: {}}", r#"[{"op":"replace","path":"/a","value":{}}]"#),
    ] {
        assert_eq!(
            json::to_string(patch(&arena, yaml(&arena, before), yaml(&arena, after))),
            expected,
            "{before} {after}"
        );
    }
}

/// RFC 6902 as far as patches of ours go, written without a look at how they are made.
fn apply<'a>(arena: &'a Arena, document: Value<'a>, operation: Value<'a>) -> Value<'a> {
    let field = |key: &str| operation.get_str(key).and_then(Value::as_str).unwrap();
    let path: Vec<String> =
        field("path").split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    at(arena, document, &path, field("op"), operation.get_str("value"))
}

fn at<'a>(arena: &'a Arena, current: Value<'a>, path: &[String], name: &str, value: Option<Value<'a>>) -> Value<'a> {
    let Some((first, rest)) = path.split_first() else { return value.unwrap() };
    match current {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().filter(|(key, _)| key.as_str() != Some(first)).collect();
            let there = object.get_str(first);
            assert_eq!(there.is_some(), name != "add" || !rest.is_empty(), "{first}");
            if !(rest.is_empty() && name == "remove") {
                entries.push((arena.string(first), at(arena, there.unwrap_or_default(), rest, name, value)));
            }
            arena.object(&entries)
        }
        Value::Array(array) => {
            let mut items: Vec<_> = array.iter().collect();
            let index: usize = first.parse().unwrap();
            match (rest.is_empty(), name) {
                (true, "add") => items.insert(index, value.unwrap()),
                (true, "remove") => drop(items.remove(index)),
                _ => items[index] = at(arena, items[index], rest, name, value),
            }
            arena.array(&items)
        }
        other => panic!("`{first}` of {other}"),
    }
}

fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("null".to_owned()), "[0-3]", "\"[ab/~]{0,2}\""];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let list = proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(",")));
        let keys = proptest::collection::btree_map("[ab/~0]{1,2}", inner, 0..4);
        let object = keys.prop_map(|entries| {
            let entries: Vec<_> = entries.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            format!("{{{}}}", entries.join(","))
        });
        prop_oneof![list, object]
    })
}

proptest! {
    #[test]
    fn a_patch_makes_one_document_of_the_other(before in document(), after in document()) {
        let parse = |text: &str| Frozen::build(|arena| json::parse(arena, text.as_bytes(), &json::ParseLimits::default())).unwrap();
        let (before, after) = (parse(&before), parse(&after));
        let arena = Arena::new();
        let operations = patch(&arena, before.root(), after.root());
        let mut patched = before.root();
        for operation in operations.as_array().unwrap().iter() {
            patched = apply(&arena, patched, operation);
        }
        prop_assert_eq!(patched, after.root());
    }
}
