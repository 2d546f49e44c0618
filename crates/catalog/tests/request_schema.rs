//! The shape of a request: what every resource object has, and what references are held against.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by a panic"
)]

mod support;

use catalog::change_value;
use catalog::request_schema::{Field, RESOURCE_FIELDS, Shape, check_path, request_schema};
use value::{Arena, Value};

fn check(path: &str, expected: &str) {
    let segments: Vec<&str> = path.split('.').collect();
    let found = check_path(&segments).map_or_else(|misspelt| misspelt.to_string(), |()| "right".to_owned());
    assert_eq!(found, expected, "{path}");
}

#[test]
fn paths() {
    for right in [
        "resource",
        "resource.tags.anything.below",
        "resource.dimensions.cost_center",
        "resource.accelerators.0.count",
        "resource.accelerators.*.model",
        "resource.pods.*.containers.*.limits.cpu",
        "resource.pods.*.annotations.cost",
        "resource.before.tags.x",
        "resource.*.whatever",
        "change.resources.*.action",
        "change.resources.*.dimensions.team",
        "change.resources.*.pods.*.count",
        "object.spec.anything",
        "subject.groups.*",
    ] {
        check(right, "right");
    }
    check("resource.tag", "a request has no `resource.tag`; did you mean `resource.tags`?");
    check("resource.taggs.x", "a request has no `resource.taggs`; did you mean `resource.tags`?");
    check("resource.dimension.x", "a request has no `resource.dimension`; did you mean `resource.dimensions`?");
    check("resorce.tags", "a request has no `resorce`; did you mean `resource`?");
    check("tags.x", "a request has no `tags`; did you mean `resource.tags`?");
    check(
        "resource.accelerators.*.modle",
        "a request has no `resource.accelerators.*.modle`; did you mean `resource.accelerators.*.model`?",
    );
    check("resource.name.first", "a request has no `resource.name.first`; nothing stands below that place");
    check(
        "resource.accelerators.count",
        "a request has no `resource.accelerators.count`; nothing stands below that place",
    );
    check("subject.email", "a request has no `subject.email`; there are `id`, `groups`, `verified_by`");
}

/// Every object that the catalog makes has the fields of the schema and no others.
#[test]
fn resources_have_this_shape() {
    fn conforms(value: Value<'_>, shape: &Shape, place: &str) {
        match (value, shape) {
            (Value::Unknown(_), _) | (_, Shape::Any) | (Value::Null, Shape::Record(_)) => {}
            (Value::Array(items), Shape::List(shape)) => {
                items.iter().for_each(|item| conforms(item, shape, &format!("{place}[]")));
            }
            (Value::Object(object), Shape::Record(fields)) => {
                let mut wanted: Vec<&str> = fields.iter().map(|field| field.name).collect();
                wanted.sort_unstable();
                let found: Vec<&str> = object.keys().filter_map(Value::as_str).collect();
                assert_eq!(found, wanted, "{place}");
                for Field { name, shape, .. } in *fields {
                    conforms(object.get_str(name).expect("a field"), shape, &format!("{place}.{name}"));
                }
            }
            (Value::Array(_) | Value::Object(_) | Value::Set(_), Shape::Leaf) => panic!("{place}: {value} is no leaf"),
            (_, Shape::Leaf) => {}
            _ => panic!("{place}: {value} where {shape:?} should stand"),
        }
    }
    for file in [
        "terraform/create.plan.json",
        "terraform/update.plan.json",
        "terraform/replace-import-move.plan.json",
        "kubernetes/pod.yaml",
        "kubernetes/appwrapper.yaml",
        "kubernetes/dynamic-allocation.yaml",
        "kubernetes/spark.yaml",
        "kubernetes/trainjob-runtime.yaml",
        "cloudformation/training-platform.yaml",
    ] {
        let arena = Arena::new();
        let resources = support::resources(&arena, file, &support::fixture(file));
        for resource in &resources {
            conforms(resource.value, &Shape::Record(RESOURCE_FIELDS), "resource");
        }
        let Shape::Record(fields) = request_schema() else { panic!("a request is a record") };
        let change = fields.iter().find(|field| field.name == "change").expect("change");
        conforms(change_value(&arena, &resources), &change.shape, "change");
    }
}

#[test]
fn a_change_has_what_is_governed() {
    let arena = Arena::new();
    let resources = support::resources(&arena, "p.json", &support::fixture("terraform/create.plan.json"));
    let change = change_value(&arena, &resources);
    let list = change.get_str("resources").and_then(Value::as_array).expect("a list");
    assert_eq!(list.len(), 9);
    assert!(list.iter().all(|resource| resource.get_str("action").and_then(Value::as_str) == Some("create")));
}
