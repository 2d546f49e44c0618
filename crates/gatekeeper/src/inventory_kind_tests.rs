use super::{InventoryKind, InventoryNeeds, required};
use rego::syntax::ast::Dialect;
use rego::syntax::parse_module;
use value::Source;

fn needs(body: &str) -> String {
    let source = Source::new(
        "p.rego",
        format!("package p\n\nimport data.inventory as known\n\ndeny contains \"x\" if {{\n\t{body}\n}}\n"),
    );
    let (module, mistakes) = parse_module(&source, Dialect::V1);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let mut needs = InventoryNeeds::default();
    needs.add_module(&module);
    let kinds = needs.kinds.iter().map(ToString::to_string);
    kinds.chain(needs.unclear.iter().map(|place| format!("?{place}"))).collect::<Vec<_>>().join(", ")
}

#[test]
fn references_say_which_kinds_are_read() {
    for (body, expected) in [
        ("data.inventory.namespace[_].v1.Pod[name]", "v1 Pod"),
        ("data.inventory.namespace.training[\"apps/v1\"].Deployment", "apps/v1 Deployment"),
        ("data.inventory.cluster[\"storage.k8s.io/v1\"][\"StorageClass\"][_].x == 1", "storage.k8s.io/v1 StorageClass"),
        ("data.inventory.cluster.v1.Node[input.object.spec.nodeName]", "v1 Node"),
        ("known.namespace[_].v1.Service", "v1 Service"),
        // In any group.
        ("data.inventory.namespace[_][_].Ingress[name]", "*/* Ingress"),
        ("count([1 | data.inventory.cluster.v1.Node[_]]) > 3", "v1 Node"),
        ("some kind; data.inventory.namespace[_].v1[kind]", "?p.rego:6"),
        ("some _, all in data.inventory.namespace; all.v1.Pod", "?p.rego:6"),
        ("data.inventory[_]", "?p.rego:6"),
        ("data.other.namespace[_].v1.Pod", ""),
        ("input.inventory.namespace", ""),
    ] {
        assert_eq!(needs(body), expected, "{body}");
    }
}

#[test]
fn templates_say_what_they_need_in_an_annotation() {
    let kinds = required(
        "\"[[{\"groups\": [\"extensions\"], \"versions\": [\"v1beta1\"], \"kinds\": [\"Ingress\"]},\n\
         {\"groups\": [\"\"], \"versions\": [\"v1\"], \"kinds\": [\"Pod\", \"Service\"]}]]\"\n",
    );
    let expected = [
        InventoryKind::new("", "v1", "Pod"),
        InventoryKind::new("", "v1", "Service"),
        InventoryKind::new("extensions", "v1beta1", "Ingress"),
    ];
    assert_eq!(kinds.unwrap().into_iter().collect::<Vec<_>>(), expected);
    for wrong in ["", "{}", "[{}]", "[[{\"groups\": [\"\"]}]]"] {
        assert_eq!(required(wrong), None, "{wrong}");
    }
}
