use super::{Mutable, MutationError};
use crate::gatekeeper::Gatekeeper;
use crate::testing::{mistakes, sound, yaml};
use kubernetes_types::KubernetesObject;
use kubernetes_types::admission::Operation;
use value::{Arena, Value, json};

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, labels: {app: web}},
  spec: {containers: [{name: main, image: 'nginx:1', args: [--a, --b]}, {name: side, image: quay.io/side}]}}";

/// A mutator for Pods.
fn mutator(kind: &str, name: &str, spec: &str) -> String {
    let applies =
        if kind == "AssignMetadata" { "" } else { "applyTo: [{groups: [''], versions: [v1], kinds: [Pod]}], " };
    let version = if kind == "AssignImage" { "v1alpha1" } else { "v1" };
    format!(
        "---\napiVersion: mutations.gatekeeper.sh/{version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{applies}{spec}}}\n"
    )
}

fn assign(name: &str, location: &str, value: &str) -> String {
    mutator("Assign", name, &format!("location: '{location}', parameters: {{assign: {{value: {value}}}}}"))
}

fn mutate(gatekeeper: &Gatekeeper, object: &str) -> Result<String, MutationError> {
    let arena = Arena::new();
    let mutable = Mutable::new(KubernetesObject::new(yaml(&arena, object)));
    let mutated = gatekeeper.mutators().mutate(&arena, &mutable)?;
    let again = Mutable { object: KubernetesObject::new(mutated.object), ..mutable };
    let settled = gatekeeper.mutators().mutate(&arena, &again)?;
    assert!(settled.by.is_empty() && settled.object == mutated.object, "a second time changes nothing");
    Ok(json::to_string(mutated.object))
}

/// Mutators, and the parts of the Pod that they give: the containers, or what else is named.
#[test]
fn what_mutators_do() {
    let containers = |text: &str| {
        let arena = Arena::new();
        let object = json::parse(&arena, text.as_bytes(), &json::ParseLimits::default()).unwrap();
        json::to_string(object.get_str("spec").unwrap().get_str("containers").unwrap())
    };
    let unchanged = containers(&json::to_string(yaml(&Arena::new(), POD)));
    let image = |name: &str, spec: &str| mutator("AssignImage", name, spec);
    let set = |spec: &str| mutator("ModifySet", "set", spec);
    for (mutators, expected) in [
        (
            assign("a", "spec.containers[name: *].imagePullPolicy", "Always"),
            r#"[{"args":["--a","--b"],"image":"nginx:1","imagePullPolicy":"Always","name":"main"},{"image":"quay.io/side","imagePullPolicy":"Always","name":"side"}]"#,
        ),
        (
            assign("a", "spec.containers[name: side].securityContext.privileged", "false"),
            r#"[{"args":["--a","--b"],"image":"nginx:1","name":"main"},{"image":"quay.io/side","name":"side","securityContext":{"privileged":false}}]"#,
        ),
        // An item that is not there is added, with its key.
        (
            assign("a", "spec.containers[name: new].image", "busybox"),
            r#"[{"args":["--a","--b"],"image":"nginx:1","name":"main"},{"image":"quay.io/side","name":"side"},{"image":"busybox","name":"new"}]"#,
        ),
        (
            assign("a", "spec.containers[name: side]", "{name: side, image: other}"),
            r#"[{"args":["--a","--b"],"image":"nginx:1","name":"main"},{"image":"other","name":"side"}]"#,
        ),
        (
            mutator(
                "Assign",
                "a",
                "location: 'spec.containers[name: new].image', parameters: {assign: {value: x},
              pathTests: [{subPath: 'spec.containers[name: new]', condition: MustExist}]}",
            ),
            &unchanged,
        ),
        (
            mutator(
                "Assign",
                "a",
                "location: 'spec.containers[name: *].image', parameters: {assign: {value: x},
              pathTests: [{subPath: 'spec.containers[name: *].image', condition: MustNotExist}]}",
            ),
            &unchanged,
        ),
        (
            mutator(
                "Assign",
                "a",
                "location: 'spec.containers[name: *].image', parameters: {assign: {value: x}, assignIf: {in: ['nginx:1']}}",
            ),
            r#"[{"args":["--a","--b"],"image":"x","name":"main"},{"image":"quay.io/side","name":"side"}]"#,
        ),
        (
            mutator(
                "Assign",
                "a",
                "location: 'spec.containers[name: *].image', parameters: {assign: {value: x}, assignIf: {notIn: ['nginx:1']}}",
            ),
            r#"[{"args":["--a","--b"],"image":"nginx:1","name":"main"},{"image":"x","name":"side"}]"#,
        ),
        (
            set("location: 'spec.containers[name: *].args', parameters: {values: {fromList: [--b, --c]}}"),
            r#"[{"args":["--a","--b","--c"],"image":"nginx:1","name":"main"},{"args":["--b","--c"],"image":"quay.io/side","name":"side"}]"#,
        ),
        // A list that is not there is made of all values, the same ones too.
        (
            set("location: 'spec.containers[name: *].args', parameters: {values: {fromList: [--b, --c, --c]}}"),
            r#"[{"args":["--a","--b","--c"],"image":"nginx:1","name":"main"},{"args":["--b","--c","--c"],"image":"quay.io/side","name":"side"}]"#,
        ),
        (
            set(
                "location: 'spec.containers[name: *].args', parameters: {operation: prune, values: {fromList: [--b, --c]}}",
            ),
            r#"[{"args":["--a"],"image":"nginx:1","name":"main"},{"image":"quay.io/side","name":"side"}]"#,
        ),
        (
            image(
                "i",
                "location: 'spec.containers[name: *].image', parameters: {assignDomain: mirror.io, assignTag: ':2'}",
            ),
            r#"[{"args":["--a","--b"],"image":"mirror.io/nginx:2","name":"main"},{"image":"mirror.io/side:2","name":"side"}]"#,
        ),
        // What one adds another one changes, although the first would put it back each time.
        (
            assign("z", "spec.containers[name: new]", "{name: new, image: app}")
                + &set("location: 'spec.containers[name: new].args', parameters: {values: {fromList: [proxy]}}")
                + &image("i", "location: 'spec.containers[name: *].image', parameters: {assignDomain: mirror.io}"),
            r#"[{"args":["--a","--b"],"image":"mirror.io/nginx:1","name":"main"},{"image":"mirror.io/side","name":"side"},{"args":["proxy"],"image":"mirror.io/app","name":"new"}]"#,
        ),
        (assign("a", "spec.containers[name: *].tty", "true").replace("kinds: [Pod]", "kinds: [Job]"), &unchanged),
        (
            mutator(
                "Assign",
                "a",
                "location: 'spec.containers[name: *].tty', match: {namespaces: [other]}, parameters: {assign: {value: true}}",
            ),
            &unchanged,
        ),
    ] {
        assert_eq!(containers(&mutate(&sound(&mutators), POD).unwrap()), expected, "{mutators}");
    }
}

#[test]
fn labels_and_annotations_are_added_and_never_changed() {
    let metadata = |kind: &str, location: &str, assign: &str| {
        mutator(kind, "m", &format!("location: '{location}', parameters: {{assign: {{{assign}}}}}"))
    };
    let labels = |mutators: &str| {
        let text = mutate(&sound(mutators), POD).unwrap();
        let arena = Arena::new();
        let object = json::parse(&arena, text.as_bytes(), &json::ParseLimits::default()).unwrap();
        json::to_string(object.get_str("metadata").unwrap())
    };
    let add = |location: &str, assign: &str| labels(&metadata("AssignMetadata", location, assign));
    assert_eq!(
        add("metadata.labels.owner", "value: ml"),
        r#"{"labels":{"app":"web","owner":"ml"},"name":"web","namespace":"shop"}"#
    );
    assert_eq!(
        add("metadata.labels.app", "value: other"),
        r#"{"labels":{"app":"web"},"name":"web","namespace":"shop"}"#
    );
    assert_eq!(
        add("metadata.annotations.\"example.org/in\"", "fromMetadata: {field: namespace}"),
        r#"{"annotations":{"example.org/in":"shop"},"labels":{"app":"web"},"name":"web","namespace":"shop"}"#
    );
    assert_eq!(
        add("metadata.labels.of", "fromMetadata: {field: name}"),
        r#"{"labels":{"app":"web","of":"web"},"name":"web","namespace":"shop"}"#
    );
}

#[test]
fn the_request_says_what_the_object_does_not() {
    let text = mutator(
        "Assign",
        "a",
        "location: spec.where, match: {namespaces: [shop]}, parameters: {assign: {fromMetadata: {field: namespace}}}",
    );
    let text = text.replace("kinds: [Pod]", "kinds: [Pod], operations: [CREATE]");
    let gatekeeper = sound(&text);
    let arena = Arena::new();
    let object = KubernetesObject::new(yaml(&arena, "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {}}"));
    let mutate = |mutable: &Mutable<'_>| {
        let mutated = gatekeeper.mutators().mutate(&arena, mutable).unwrap();
        mutated.object.get_str("spec").unwrap().get_str("where").and_then(Value::as_str).map(str::to_owned)
    };
    let created = Mutable { namespace_name: Some("shop"), operation: Some(Operation::Create), ..Mutable::new(object) };
    assert_eq!(mutate(&created).as_deref(), Some("shop"));
    // Nobody asks for an operation, so that those count which apply whatever it is.
    assert_eq!(mutate(&Mutable { operation: None, ..created }), None);
    assert_eq!(mutate(&Mutable { operation: Some(Operation::Update), ..created }), None);
    assert_eq!(mutate(&Mutable { namespace_name: Some("other"), ..created }), None);
}

#[test]
fn who_changed_something_is_told() {
    let gatekeeper = sound(&(assign("b", "spec.x", "1") + &assign("a", "spec.y", "1") + &assign("c", "spec.x", "1")));
    let arena = Arena::new();
    let object = KubernetesObject::new(yaml(&arena, "{apiVersion: v1, kind: Pod, spec: {}}"));
    let mutated = gatekeeper.mutators().mutate(&arena, &Mutable::new(object)).unwrap();
    assert_eq!(mutated.by.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Assign/a", "Assign/b"]);
}

#[test]
fn what_mutators_disagree_about_is_settled_by_their_order() {
    let gatekeeper = sound(&(assign("a", "spec.x", "1") + &assign("b", "spec.x", "2")));
    assert_eq!(
        mutate(&gatekeeper, "{apiVersion: v1, kind: Pod, spec: {}}").unwrap(),
        r#"{"apiVersion":"v1","kind":"Pod","spec":{"x":2}}"#
    );
}

#[test]
fn mutators_that_never_come_to_rest() {
    let step = |name: &str, from: u8, to: u8| {
        let spec = format!("location: spec.x, parameters: {{assign: {{value: {to}}}, assignIf: {{in: [{from}]}}}}");
        mutator("Assign", name, &spec)
    };
    // 1 becomes 2, that 3, and that 1 again, one step in each round.
    let gatekeeper = sound(&(step("a", 3, 1) + &step("b", 2, 3) + &step("c", 1, 2)));
    let error = mutate(&gatekeeper, "{apiVersion: v1, kind: Pod, spec: {x: 1}}").unwrap_err();
    assert_eq!(error.to_string(), "mutators go on changing the object without end: `Assign/c`, `Assign/b`, `Assign/a`");
    assert!(mutate(&gatekeeper, "{apiVersion: v1, kind: Pod, spec: {x: 4}}").is_ok());
}

#[test]
fn objects_of_another_shape() {
    for (location, object, expected) in [
        (
            "spec.containers[name: *].tty",
            "{spec: {containers: {}}}",
            "Assign/a: `spec.containers` is of type object, and `spec.containers[name: *].tty` leads through a list there",
        ),
        (
            "spec.a.b",
            "{spec: {a: [1]}}",
            "Assign/a: `spec.a` is of type array, and `spec.a.b` leads through an object there",
        ),
        (
            "spec.containers[name: *].tty",
            "{spec: {containers: [x]}}",
            "Assign/a: `spec.containers[name: *]` is of type string, and `spec.containers[name: *].tty` leads through an object there",
        ),
    ] {
        let object = object.replacen('{', "{apiVersion: v1, kind: Pod, ", 1);
        assert_eq!(
            mutate(&sound(&assign("a", location, "true")), &object).unwrap_err().to_string(),
            expected,
            "{location}"
        );
    }
    let set = mutator("ModifySet", "s", "location: spec.a, parameters: {values: {fromList: [1]}}");
    assert_eq!(
        mutate(&sound(&set), "{apiVersion: v1, kind: Pod, spec: {a: 1}}").unwrap_err().to_string(),
        "ModifySet/s: what should be a list of values is of type number"
    );
}

#[test]
fn mutators_that_disagree_about_a_shape_are_not_applied() {
    let list = assign("a", "spec.containers[name: x].image", "y");
    for (other, place) in [
        (assign("b", "spec.containers.image", "y"), Some("spec.containers")),
        (assign("b", "spec.containers[id: x].image", "y"), Some("spec.containers")),
        (
            mutator("ModifySet", "b", "location: spec.containers, parameters: {values: {fromList: []}}"),
            Some("spec.containers"),
        ),
        (
            mutator("AssignImage", "b", "location: spec.containers, parameters: {assignTag: ':1'}"),
            Some("spec.containers"),
        ),
        (assign("b", "spec.containers", "[]"), None),
        (assign("b", "spec.containers[name: *].tty", "true"), None),
        (assign("b", "spec.containers.image", "y").replace("[Pod]", "[Job]"), None),
        (assign("b", "spec.initContainers.image", "y"), None),
    ] {
        let found = mistakes(&(list.clone() + &other));
        match place {
            None => assert_eq!(found, Vec::<String>::new(), "{other}"),
            Some(place) => {
                assert_eq!(found.len(), 2, "{other}: {found:?}");
                assert!(found[0].contains(&format!("about the shape of `{place}`")), "{found:?}");
            }
        }
    }
    // On different operations they never meet.
    let on =
        |text: &str, operation: &str| text.replace("kinds: [Pod]", &format!("kinds: [Pod], operations: [{operation}]"));
    let other = assign("b", "spec.containers.image", "y");
    assert_eq!(mistakes(&(on(&list, "CREATE") + &on(&other, "UPDATE"))), Vec::<String>::new());
}

#[test]
fn mutators_that_gatekeeper_refuses() {
    for (text, expected) in [
        (
            assign("a", "metadata.name", "x"),
            "/spec/location: the location leads into `metadata` | only AssignMetadata changes metadata, and there only labels and annotations",
        ),
        (
            assign("a", "spec..x", "1"),
            "/spec/location: `spec..x` is no location: expected the name of a field, found `.` at character 6",
        ),
        (
            assign("a", "spec.list[name: a].name", "x"),
            "/spec/location: the location changes `name`, which tells items of the list apart",
        ),
        (
            assign("a", "spec.list[name: *]", "{name: a}"),
            "/spec/location: nothing can be put in place of all items of a list",
        ),
        (
            assign("a", "spec.list[name: a]", "{name: b}"),
            "/spec/parameters/assign: what is put into the list must be an object with the key that `spec.list[name: a]` names",
        ),
        (
            mutator("Assign", "a", "location: spec.x, parameters: {}"),
            "/spec/parameters/assign: `spec.parameters.assign.value` is missing | say what is assigned: a `value`, or one `fromMetadata`",
        ),
        (
            mutator("Assign", "a", "location: spec.x, parameters: {assign: {externalData: {provider: p}}}"),
            "/spec/parameters/assign/externalData: values from an external data provider are not supported here | assign a `value`, or one `fromMetadata`",
        ),
        (
            mutator(
                "Assign",
                "a",
                "location: spec.x.y, parameters: {assign: {value: 1}, pathTests: [{subPath: spec.z, condition: MustExist}]}",
            ),
            "/spec/parameters/pathTests/0/subPath: `spec.z` is not the beginning of `spec.x.y`",
        ),
        (
            mutator(
                "Assign",
                "a",
                "location: spec.x, parameters: {assign: {value: 1}, pathTests: [{subPath: spec, condition: MustExist}, {subPath: spec, condition: MustNotExist}]}",
            ),
            "/spec/parameters/pathTests/1/subPath: `spec` must exist and must not exist, by two conditions",
        ),
        (
            mutator("Assign", "a", "locations: spec.x, parameters: {assign: {value: 1}}"),
            "/spec: `spec.location` is missing",
        ),
        (
            assign("a", "spec.x", "1").replace("kinds: [Pod]", "kinds: ['*']"),
            "/spec/applyTo/0/kinds: `kinds` of `applyTo` must be named in full, without `*`",
        ),
        (
            assign("a", "spec.x", "1").replace("applyTo: [{groups: [''], versions: [v1], kinds: [Pod]}], ", ""),
            "/spec: `spec.applyTo` is missing | name groups, versions and kinds: a mutator must know what it changes",
        ),
        (
            mutator("AssignMetadata", "a", "location: metadata.name, parameters: {assign: {value: x}}"),
            "/spec/location: AssignMetadata sets one label or one annotation, and its location names neither | write `metadata.labels.<name>` or `metadata.annotations.<name>`",
        ),
        (
            mutator("AssignMetadata", "a", "location: metadata.labels.x, parameters: {assign: {value: 1}}"),
            "/spec/parameters/assign/value: `spec.parameters.assign.value` must be a string, and is of type number",
        ),
        (
            mutator("ModifySet", "a", "location: 'spec.list[name: x]', parameters: {values: {fromList: []}}"),
            "/spec/location: the location must end with the name of a field",
        ),
        (
            mutator("ModifySet", "a", "location: spec.list, parameters: {operation: add, values: {fromList: []}}"),
            "/spec/parameters/operation: `add` is no operation: use `merge` or `prune`",
        ),
        (
            mutator("AssignImage", "a", "location: spec.image, parameters: {assignTag: latest}"),
            "/spec/parameters/assignTag: `latest` cannot be the tag of an image",
        ),
        (
            mutator("AssignFile", "a", "location: spec.image, parameters: {}"),
            "/kind: `AssignFile` is no mutator that is known here | use `Assign`, `AssignMetadata`, `ModifySet` or `AssignImage`",
        ),
    ] {
        assert_eq!(mistakes(&text), [expected], "{text}");
    }
}

#[test]
fn mutators_of_some_operations() {
    let arena = Arena::new();
    let object = KubernetesObject::new(yaml(&arena, "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {}}"));
    for (operations, applies) in [
        ("[]", [true, true, true]),
        ("['*']", [true, true, true]),
        ("[UPDATE, CREATE]", [true, true, true]),
        ("[CREATE]", [false, true, false]),
        ("[UPDATE]", [false, false, true]),
    ] {
        let text =
            assign("a", "spec.x", "1").replace("kinds: [Pod]", &format!("kinds: [Pod], operations: {operations}"));
        let gatekeeper = sound(&text);
        let on = |operation: Option<Operation>| {
            let mutable = Mutable { operation, ..Mutable::new(object) };
            !gatekeeper.mutators().mutate(&arena, &mutable).unwrap().by.is_empty()
        };
        assert_eq!([None, Some(Operation::Create), Some(Operation::Update)].map(on), applies, "{operations}");
        assert!(!on(Some(Operation::Delete)), "{operations}");
    }
    for (operations, expected) in [
        ("[DELETE]", "`DELETE` is no operation that mutates: use `CREATE`, `UPDATE` or `*`"),
        ("[CREATE, CONNECT]", "`CONNECT` is no operation that mutates: use `CREATE`, `UPDATE` or `*`"),
        ("[create]", "`create` is no operation that mutates: use `CREATE`, `UPDATE` or `*`"),
        ("[CREATE, '*']", "`*` means all operations, and stands alone"),
        ("[CREATE, CREATE]", "`CREATE` stands there twice"),
    ] {
        let text =
            assign("a", "spec.x", "1").replace("kinds: [Pod]", &format!("kinds: [Pod], operations: {operations}"));
        assert_eq!(mistakes(&text), [format!("/spec/applyTo/0/operations: {expected}")], "{operations}");
    }
}

#[test]
fn null_is_there_for_path_tests() {
    for (value, condition, expected) in [
        ("{x: null}", "MustExist", r#"{"x":1}"#),
        ("{x: null}", "MustNotExist", r#"{"x":null}"#),
        ("{}", "MustExist", "{}"),
        ("{}", "MustNotExist", r#"{"x":1}"#),
    ] {
        let text = mutator(
            "Assign",
            "a",
            &format!(
                "location: spec.x, parameters: {{assign: {{value: 1}}, pathTests: [{{subPath: spec.x, condition: {condition}}}]}}"
            ),
        );
        let found = mutate(&sound(&text), &format!("{{apiVersion: v1, kind: Pod, spec: {value}}}")).unwrap();
        assert_eq!(found, format!(r#"{{"apiVersion":"v1","kind":"Pod","spec":{expected}}}"#), "{value} {condition}");
    }
}
