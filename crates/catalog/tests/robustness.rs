//! Whatever a document looks like, the answer is resources or an error: never a panic, never a hang.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by a panic"
)]

mod support;

use catalog::{Recognised, Settings, recognise, recognise_all};
use proptest::prelude::*;
use support::fixture;
use value::{Arena, Value};

const FILES: &[&str] = &[
    "terraform/create.plan.json",
    "terraform/update.plan.json",
    "cloudformation/training-platform.yaml",
    "kubernetes/pod.yaml",
    "kubernetes/jobset.yaml",
    "kubernetes/raycluster.yaml",
    "kubernetes/appwrapper.yaml",
    "kubernetes/dynamic-allocation.yaml",
    "kubernetes/spark.yaml",
    "kubernetes/trainjob-runtime.yaml",
    "kubernetes/inferenceservice.yaml",
    "kubernetes/kueue-workload.yaml",
    "kubernetes/list.yaml",
];

/// Something that stands where it should not.
fn intruder<'a>(arena: &'a Arena, which: u8) -> Value<'a> {
    match which % 14 {
        0 => Value::Null,
        1 => Value::TRUE,
        2 => Value::Int(-1),
        3 => Value::Int(i64::MAX),
        4 => Value::Int(i64::MIN),
        5 => arena.string(""),
        6 => arena.string("9e99"),
        7 => arena.string("${x"),
        8 => Value::EMPTY_ARRAY,
        9 => Value::EMPTY_OBJECT,
        10 => arena.array(&[Value::Null, Value::Int(1), arena.string("x"), Value::EMPTY_OBJECT]),
        11 => arena.unknown("somewhere", "for a test"),
        12 => arena.object(&[(arena.string("Ref"), arena.string("x"))]),
        _ => arena.object(&[(arena.string("Fn::If"), Value::EMPTY_ARRAY), (Value::Int(3), Value::FALSE)]),
    }
}

fn size(value: Value<'_>) -> usize {
    1 + match value {
        Value::Array(array) => array.iter().map(size).sum(),
        Value::Object(object) => object.values().map(size).sum(),
        _ => 0,
    }
}

/// `value` with the part at `place` (counted from the root, depth first) replaced.
fn replace<'a>(arena: &'a Arena, value: Value<'a>, place: &mut usize, with: Value<'a>) -> Value<'a> {
    if *place == 0 {
        *place = usize::MAX;
        return with;
    }
    *place -= 1;
    match value {
        Value::Array(array) => {
            let items: Vec<_> = array.iter().map(|item| step(arena, item, place, with)).collect();
            arena.array(&items)
        }
        Value::Object(object) => {
            let entries: Vec<_> = object.iter().map(|(key, item)| (key, step(arena, item, place, with))).collect();
            arena.object(&entries)
        }
        other => other,
    }
}

fn step<'a>(arena: &'a Arena, value: Value<'a>, place: &mut usize, with: Value<'a>) -> Value<'a> {
    if *place == usize::MAX { value } else { replace(arena, value, place, with) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_documents(file in 0..FILES.len(), mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let arena = Arena::new();
        let mut documents = support::parse(&arena, FILES[file], &fixture(FILES[file]));
        for (place, which) in mutations {
            for document in &mut documents {
                let mut place = place.index(size(*document));
                *document = replace(&arena, *document, &mut place, intruder(&arena, which));
            }
        }
        for answer in recognise_all(&arena, &documents, &Settings::default()) {
            match answer {
                Ok(Recognised::Change(change)) => {
                    for resource in change.resources {
                        prop_assert!(resource.value.get_str("name").and_then(Value::as_str).is_some());
                        prop_assert!(resource.value.get_str("accelerators").and_then(Value::as_array).is_some());
                    }
                }
                Ok(Recognised::Unrecognised) => {}
                Err(error) => prop_assert!(!error.to_string().is_empty() && !error.help().is_empty()),
            }
        }
    }
}

#[test]
fn nesting_is_bounded() {
    let arena = Arena::new();
    for depth in [400, 600] {
        let mut spec = Value::EMPTY_OBJECT;
        for _ in 0..depth {
            spec = arena.object(&[(arena.string("components"), arena.array(&[spec]))]);
        }
        let manifest = arena.object(&[
            (arena.string("apiVersion"), arena.string("workload.codeflare.dev/v1beta2")),
            (arena.string("kind"), arena.string("AppWrapper")),
            (arena.string("spec"), spec),
        ]);
        let answer = recognise(&arena, manifest, &Settings::default());
        let error = answer.expect_err("too deep");
        assert_eq!(error.to_string(), "the document is nested deeper than 500 levels");
    }
}

#[test]
fn objects_in_objects_end() {
    let arena = Arena::new();
    let mut inner = support::parse(&arena, "p.yaml", &fixture("kubernetes/pod.yaml")).remove(0);
    for _ in 0..40 {
        let component = arena.object(&[(arena.string("template"), inner)]);
        inner = arena.object(&[
            (arena.string("apiVersion"), arena.string("workload.codeflare.dev/v1beta2")),
            (arena.string("kind"), arena.string("AppWrapper")),
            (arena.string("spec"), arena.object(&[(arena.string("components"), arena.array(&[component]))])),
        ]);
    }
    let Ok(Recognised::Change(change)) = recognise(&arena, inner, &Settings::default()) else { panic!("no change") };
    assert_eq!(support::asks(&change.resources[0]), "?(accelerators: its workloads are nested too deep to be counted)");
}

#[test]
fn conditions_in_a_long_chain_end() {
    let arena = Arena::new();
    let mut text = "Conditions:\n  C0: !Equals [1, 1]\n".to_owned();
    for index in 1..2_000 {
        text.push_str(&format!("  C{index}: !Not [!Condition C{}]\n", index - 1));
    }
    text.push_str("Resources: {X: {Type: 'AWS::S3::Bucket', Condition: C1999}}\n");
    let document = support::parse(&arena, "t.yaml", &text).remove(0);
    assert!(recognise(&arena, document, &Settings::default()).is_ok());
}
