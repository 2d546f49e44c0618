use super::{Inventory, NoPlace, namespace_in};
use crate::testing::yaml;
use kubernetes_types::{GroupVersionKind, KubernetesObject};
use std::collections::BTreeSet;
use std::sync::Arc;
use value::json::ParseLimits;
use value::{Arena, Frozen, Value, json};

fn insert(inventory: &mut Inventory, text: &str) {
    let arena = Arena::new();
    inventory.insert(KubernetesObject::new(yaml(&arena, text))).unwrap();
}

#[test]
fn objects_stand_where_templates_look_for_them() {
    let mut inventory = Inventory::new();
    assert_eq!(json::to_string(inventory.snapshot().root()), r#"{"cluster":{},"namespace":{}}"#);
    insert(&mut inventory, "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
    insert(&mut inventory, "{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: shop}}");
    insert(&mut inventory, "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: shop}}");
    insert(&mut inventory, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop}}");
    insert(&mut inventory, "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: other}}");
    assert_eq!(inventory.len(), 5);

    let snapshot = inventory.snapshot();
    let at = |path: &[&str]| path.iter().try_fold(snapshot.root(), |value, key| value.get_str(key));
    let keys = |path: &[&str]| {
        let object = at(path).and_then(Value::as_object).unwrap();
        object.keys().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys(&["namespace"]), "other shop");
    assert_eq!(keys(&["namespace", "shop"]), "apps/v1 v1");
    assert_eq!(keys(&["namespace", "shop", "v1", "Pod"]), "a b");
    assert_eq!(keys(&["cluster", "v1", "Namespace"]), "shop");
    assert_eq!(
        at(&["namespace", "shop", "apps/v1", "Deployment", "web", "kind"]).unwrap().as_str(),
        Some("Deployment")
    );
    assert_eq!(namespace_in(snapshot.root(), "shop").unwrap().name(), "shop");
    assert!(namespace_in(snapshot.root(), "none").is_none());
}

#[test]
fn objects_of_suites_need_no_name() {
    let arena = Arena::new();
    let mut inventory = Inventory::new();
    for text in [
        "{apiVersion: v1, kind: Pod, metadata: {generateName: web-, namespace: shop}}",
        "{apiVersion: v1, kind: List, items: []}",
    ] {
        inventory.insert_of_suite(KubernetesObject::new(yaml(&arena, text))).unwrap();
    }
    assert_eq!(
        json::to_string(inventory.snapshot().root()),
        r#"{"cluster":{"v1":{"List":{"":{"apiVersion":"v1","items":[],"kind":"List"}}}},"namespace":{"shop":{"v1":{"Pod":{"":{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"web-","namespace":"shop"}}}}}}}"#
    );
    let untyped = KubernetesObject::new(yaml(&arena, "{apiVersion: v1, metadata: {name: a}}"));
    assert_eq!(inventory.insert_of_suite(untyped), Err(NoPlace { field: "kind" }));
}

#[test]
fn a_snapshot_stays_as_it_is() {
    let mut inventory = Inventory::new();
    insert(&mut inventory, "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: ns}, spec: {x: 1}}");
    let (before, revision) = (inventory.snapshot(), inventory.revision());
    assert!(Arc::ptr_eq(&before, &inventory.snapshot()), "nothing has changed");

    insert(&mut inventory, "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: ns}, spec: {x: 2}}");
    let after = inventory.snapshot();
    let x = |root: Value<'_>| json::to_string(root).matches("\"x\":2").count();
    assert_eq!((x(before.root()), x(after.root()), inventory.len()), (0, 1, 1));
    assert!(inventory.revision() > revision);

    let pod = GroupVersionKind::new("v1", "Pod");
    assert!(!inventory.remove(&pod, "ns", "b") && !inventory.remove(&pod, "", "a"));
    assert!(inventory.remove(&pod, "ns", "a"));
    assert!(inventory.is_empty());
    assert_eq!(json::to_string(inventory.snapshot().root()), r#"{"cluster":{},"namespace":{}}"#);
    assert_eq!(x(after.root()), 1);
}

#[test]
fn what_does_not_say_what_it_is_has_no_place() {
    let arena = Arena::new();
    let mut inventory = Inventory::new();
    for (text, field) in [
        ("{kind: Pod, metadata: {name: a}}", "apiVersion"),
        ("{apiVersion: v1, metadata: {name: a}}", "kind"),
        ("{apiVersion: v1, kind: Pod}", "metadata.name"),
        ("[]", "apiVersion"),
    ] {
        assert_eq!(inventory.insert(KubernetesObject::new(yaml(&arena, text))).unwrap_err().field, field, "{text}");
    }
    assert_eq!(inventory.revision(), 0);
}

/// Objects that are read from JSON, and what an inventory says to each.
#[test]
fn objects_as_an_api_server_sends_them() {
    let mut inventory = Inventory::new();
    for (text, lacks) in [
        (r#"{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"}}"#, None),
        (r#"{"apiVersion": "v1", "kind": "Node", "metadata": {"generateName": "a"}}"#, Some("metadata.name")),
        (r#"{"apiVersion": "v1", "metadata": {"name": "a"}}"#, Some("kind")),
        (r#"{"kind": "Node", "metadata": {"name": "a"}}"#, Some("apiVersion")),
        ("[]", Some("apiVersion")),
    ] {
        let frozen = Arc::new(Frozen::from_json(text.as_bytes(), &ParseLimits::default()).unwrap());
        let copied = inventory.insert(KubernetesObject::new(frozen.root()));
        let given = inventory.insert_frozen(Arc::clone(&frozen));
        let expected = lacks.map_or(Ok(()), |field| Err(NoPlace { field }));
        assert_eq!((copied, given), (expected.clone(), expected), "{text}");
    }
    assert_eq!(inventory.len(), 1);
    let snapshot = inventory.snapshot();
    let expected =
        r#"{"cluster":{"v1":{"Node":{"a":{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"}}}}},"namespace":{}}"#;
    assert_eq!(json::to_string(snapshot.root()), expected);
}

#[test]
fn objects_that_are_added_together_share_what_they_have_in_common() {
    let arena = Arena::new();
    let pod = |number: usize| {
        let text = format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: pod-{number}, namespace: shop}}, spec: {{containers: \
             [{{name: trainer, image: registry.internal/team/trainer, command: [python, -m, trainer]}}]}}}}"
        );
        KubernetesObject::new(yaml(&arena, &text))
    };
    let nameless = KubernetesObject::new(yaml(&arena, "{apiVersion: v1, kind: Pod}"));
    // More than are stored together at once, one twice, and one that has no place.
    let objects: Vec<_> = (0..1_300).chain([7]).map(pod).chain([nameless]).collect();

    let mut together = Inventory::new();
    together.insert_all(objects.iter().copied());
    let mut alone = Inventory::new();
    objects.iter().for_each(|object| drop(alone.insert(*object)));
    assert_eq!((together.len(), alone.len()), (1_300, 1_300));
    assert_eq!(json::to_string(together.snapshot().root()), json::to_string(alone.snapshot().root()));

    // Where the image's text stands, pod by pod: of what is stored alone, in as many places as there are pods.
    let places = |inventory: &mut Inventory| {
        let snapshot = inventory.snapshot();
        let pods =
            snapshot.root().get_str("namespace").and_then(|all| all.get_str("shop")?.get_str("v1")?.get_str("Pod"));
        let images = pods.unwrap().as_object().unwrap().values().map(|pod| {
            let containers = pod.get_str("spec").and_then(|spec| spec.get_str("containers")?.as_array()).unwrap();
            let image = containers.iter().next().and_then(|container| container.get_str("image")?.as_str());
            image.unwrap().as_ptr().addr()
        });
        images.collect::<BTreeSet<_>>().len()
    };
    assert_eq!(places(&mut alone), 1_300);
    assert!(places(&mut together) < 650, "{} places", places(&mut together));

    assert!(together.remove(&GroupVersionKind::new("v1", "Pod"), "shop", "pod-7"));
    assert_eq!(together.len(), 1_299);
}
