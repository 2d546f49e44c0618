use super::Existing;
use crate::error::ClientError;
use crate::kind::Served;
use crate::object::{Event, Listed, Page};
use crate::snapshot::Snapshot;
use gatekeeper::InventoryKind;
use std::time::Duration;
use value::json;

fn pods() -> (InventoryKind, Served) {
    let served =
        Served { api_version: "v1".to_owned(), kind: "Pod".to_owned(), plural: "pods".to_owned(), namespaced: true };
    (InventoryKind::new("", "v1", "Pod"), served)
}

fn nodes() -> (InventoryKind, Served) {
    let served =
        Served { api_version: "v1".to_owned(), kind: "Node".to_owned(), plural: "nodes".to_owned(), namespaced: false };
    (InventoryKind::new("", "v1", "Node"), served)
}

fn listed(served: &Served, names: &[&str]) -> Vec<Listed> {
    let namespace = if served.namespaced { ",\"namespace\":\"n\"" } else { "" };
    let item = |name: &&str| format!("{{\"metadata\":{{\"name\":\"{name}\"{namespace},\"resourceVersion\":\"1\"}}}}");
    let items = names.iter().map(item).collect::<Vec<_>>().join(",");
    let page = format!("{{\"metadata\":{{\"resourceVersion\":\"9\"}},\"items\":[{items}]}}");
    Page::read(page.as_bytes(), served, |_, _| false).unwrap().objects
}

fn seen(existing: &Existing) -> String {
    let inventory = Snapshot::take(existing).inventory;
    let root = inventory.root();
    if let Some(unknown) = root.find_unknown() {
        return format!("{}: {}", unknown.place, unknown.reason);
    }
    let names = |kinds: Option<value::Value<'_>>, kind: &str| {
        let objects = kinds.and_then(|kinds| kinds.get_str("v1")?.get_str(kind));
        objects.and_then(value::Value::as_object).map(|all| all.keys().map(json::to_string).collect::<String>())
    };
    let pods = names(root.get_str("namespace").and_then(|all| all.get_str("n")), "Pod");
    let nodes = names(root.get_str("cluster"), "Node");
    format!("{} {}", pods.unwrap_or_default(), nodes.unwrap_or_default())
}

#[test]
fn nothing_that_is_not_listed_is_taken_for_absent() {
    let existing = Existing::new(Duration::from_secs(3600), 10);
    let ((pod, pods), (node, nodes)) = (pods(), nodes());
    existing.want(&[pod.clone(), node.clone()]);
    assert_eq!(seen(&existing), "data.inventory: the API server has not said yet what `v1 Pod` is");
    existing.resolve(&pod, std::slice::from_ref(&pods));
    existing.resolve(&node, std::slice::from_ref(&nodes));
    let waiting = existing.status();
    assert!(waiting.kinds.iter().all(|kind| !kind.complete && !kind.current && !kind.absent));
    existing.replace(&pod, &pods, listed(&pods, &["a", "b"]), "9".to_owned()).unwrap();
    assert_eq!(seen(&existing), "data.inventory.cluster[\"v1\"].Node: not all objects of `v1 Node` are listed yet");
    existing.replace(&node, &nodes, listed(&nodes, &["x"]), "9".to_owned()).unwrap();
    assert_eq!(seen(&existing), "\"a\"\"b\" \"x\"");
    // A second list takes away what is gone.
    existing.replace(&pod, &pods, listed(&pods, &["b", "c"]), "12".to_owned()).unwrap();
    assert_eq!(seen(&existing), "\"b\"\"c\" \"x\"");
    // A kind that the API server does not have is known to have no objects.
    existing.resolve(&pod, &[]);
    assert_eq!(seen(&existing), " \"x\"");
    assert!(existing.status().kinds.iter().any(|kind| kind.absent && kind.current));
    // What nobody asks for any more is forgotten.
    existing.want(&[]);
    assert_eq!(seen(&existing), " ");
}

#[test]
fn a_kind_that_nobody_confirms_is_unknown() {
    let existing = Existing::new(Duration::ZERO, 10);
    let (pod, pods) = pods();
    existing.want(std::slice::from_ref(&pod));
    existing.resolve(&pod, std::slice::from_ref(&pods));
    existing.replace(&pod, &pods, listed(&pods, &["a"]), "9".to_owned()).unwrap();
    assert_eq!(
        seen(&existing),
        "data.inventory.namespace: the API server has said nothing about `v1 Pod` for too long"
    );
    existing.failed(&pod, Some(&pods), &ClientError::Unreachable("secret.example: refused".to_owned()));
    let status = existing.status();
    assert_eq!(status.kinds[0].problem.as_deref(), Some("the API server cannot be reached"));
    assert!(status.kinds[0].complete && !status.kinds[0].current);
}

#[test]
fn more_objects_than_there_may_be_are_an_error() {
    let existing = Existing::new(Duration::from_secs(3600), 2);
    let (pod, pods) = pods();
    existing.want(std::slice::from_ref(&pod));
    existing.resolve(&pod, std::slice::from_ref(&pods));
    let too_many = Err(ClientError::TooMany(2));
    assert_eq!(existing.replace(&pod, &pods, listed(&pods, &["a", "b", "c"]), "9".to_owned()), too_many);
    existing.replace(&pod, &pods, listed(&pods, &["a", "b"]), "9".to_owned()).unwrap();
    let event = |kind: &str, name: &str| {
        let text = format!(
            "{{\"type\":\"{kind}\",\"object\":{{\"metadata\":{{\"name\":\"{name}\",\"namespace\":\"n\",\"resourceVersion\":\"10\"}}}}}}"
        );
        Event::read(text.as_bytes(), &pods).unwrap()
    };
    assert_eq!(existing.happened(&pod, &pods, event("ADDED", "c")), too_many);
    existing.happened(&pod, &pods, event("DELETED", "a")).unwrap();
    existing.happened(&pod, &pods, event("ADDED", "c")).unwrap();
    assert_eq!(seen(&existing), "\"b\"\"c\" ");
    assert_eq!(existing.version(&pod, &pods), "10");
}
