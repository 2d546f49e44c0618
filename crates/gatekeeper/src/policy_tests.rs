use crate::inventory::Inventory;
use crate::testing::{sound, yaml};
use decision::{Certainty, Input, Mode, Outcome, Point, Policy, PolicyError, Request, Scratch, Session};
use host::FixedHost;
use kubernetes_types::KubernetesObject;
use std::sync::Arc;
use value::{Arena, Value, json};

const TEMPLATE: &str = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: k8sunique
  annotations:
    metadata.gatekeeper.sh/title: Names are unique
    description: No two services have one name.
spec:
  crd: {spec: {names: {kind: K8sUnique}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package k8sunique

        violation[{\"msg\": msg, \"details\": {\"namespace\": namespace}}] {
          object := input.review.object
          data.inventory.namespace[namespace][\"v1\"].Service[object.metadata.name]
          namespace != object.metadata.namespace
          msg := sprintf(\"%v %v of %v is there already\", [input.review.operation, object.metadata.name, object_user])
        }

        object_user := input.review.userInfo.username
        object_user := \"nobody\" { not input.review.userInfo.username }

        violation[{\"msg\": \"fails\"}] {
          input.review.object.metadata.annotations.fail == \"conflict\"
          x := both
          x == 1
        }
        both = 1 { input.review.object }
        both = 2 { input.review.object }
";

const CONSTRAINT: &str = "---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sUnique
metadata: {name: services}
spec:
  match: {kinds: [{kinds: [Service]}], namespaces: [shop], scope: Namespaced}
";

fn policy(more: &str) -> Arc<dyn Policy> {
    sound(&format!("{TEMPLATE}{CONSTRAINT}{more}")).policies().remove(0)
}

fn evaluate(policy: &Arc<dyn Policy>, point: Point, input: &str) -> Result<Outcome, PolicyError> {
    let arena = Arena::new();
    let mut inventory = Inventory::new();
    for text in [
        "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: other}}",
        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: ml}}}",
    ] {
        inventory.insert(KubernetesObject::new(yaml(&arena, text))).unwrap();
    }
    let snapshot = inventory.snapshot();
    evaluate_over(&arena, snapshot.root(), policy, point, input, false)
}

fn evaluate_over<'a>(
    arena: &'a Arena,
    inventory: Value<'a>,
    policy: &Arc<dyn Policy>,
    point: Point,
    input: &str,
    unknowns: bool,
) -> Result<Outcome, PolicyError> {
    let data = arena.object(&[
        (arena.string("inventory"), inventory),
        (arena.string("template"), yaml(arena, "{violation: [{msg: planted}]}")),
    ]);
    let mut scratch = Scratch::default();
    let host = FixedHost::default();
    let mut session = Session::new(data, &host, arena, &mut scratch);
    let request = Request { point, target: None, input: yaml(arena, input), unknowns };
    policy.evaluate(&request, &mut session)
}

#[test]
fn what_hangs_on_an_inventory_that_nobody_knows_is_possible_and_not_allowed() {
    let policy = policy("");
    let arena = Arena::new();
    let inventory = arena.object(&[
        (arena.string("cluster"), Value::EMPTY_OBJECT),
        (arena.string("namespace"), arena.unknown("data.inventory.namespace", "nobody has listed it")),
    ]);
    let input = "{action: create, object: {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}}";
    let outcome = evaluate_over(&arena, inventory, &policy, Point::Admission, input, true).unwrap();
    assert!(!outcome.complaints.is_empty());
    assert!(outcome.complaints.iter().all(|complaint| complaint.certainty == Certainty::Possible));
}

fn messages(outcome: &Outcome) -> Vec<String> {
    outcome.complaints.iter().map(|complaint| complaint.message.clone().unwrap()).collect()
}

#[test]
fn what_dispatch_sees_of_a_constraint() {
    let policy = policy("");
    let metadata = policy.metadata();
    assert_eq!((metadata.id.as_str(), metadata.title.as_str()), ("K8sUnique/services", "Names are unique"));
    assert_eq!(metadata.description, "No two services have one name.");
    assert_eq!(metadata.input, Input::Request);
    assert_eq!(
        (metadata.providers.join(" "), metadata.kinds.join(" "), metadata.namespaces.join(" ")),
        ("kubernetes".to_owned(), "Service".to_owned(), "shop".to_owned())
    );
    assert_eq!(metadata.actions.join(" "), "create import none replace update");
    assert_eq!(metadata.modes.at(Point::Admission), Mode::Enforce);
    assert_eq!(metadata.place.to_string(), "test.yaml:33");
}

#[test]
fn a_request_of_the_catalog_and_one_of_an_api_server() {
    let policy = policy("");
    let object = "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}";
    let checked = evaluate(&policy, Point::Check, &format!("{{action: create, object: {object}}}")).unwrap();
    assert_eq!(messages(&checked), ["CREATE web of nobody is there already"]);
    assert_eq!(json::to_string(checked.complaints[0].details.as_ref().unwrap().root()), r#"{"namespace":"other"}"#);

    let review = format!(
        "{{context: {{review: {{operation: UPDATE, userInfo: {{username: alice}}, namespace: shop, object: {object}}}}}}}"
    );
    assert_eq!(
        messages(&evaluate(&policy, Point::Admission, &review).unwrap()),
        ["UPDATE web of alice is there already"]
    );

    let deleted = format!(
        "{{context: {{review: {{operation: DELETE, userInfo: {{}}, namespace: shop, object: null, oldObject: {object}}}}}}}"
    );
    assert_eq!(
        messages(&evaluate(&policy, Point::Admission, &deleted).unwrap()),
        ["DELETE web of nobody is there already"]
    );

    let elsewhere = object.replace("shop", "shelf");
    assert_eq!(
        messages(&evaluate(&policy, Point::Check, &format!("{{action: create, object: {elsewhere}}}")).unwrap()),
        Vec::<String>::new()
    );
}

#[test]
fn labels_of_a_namespace_come_from_the_inventory_or_the_request() {
    let selects = |team: &str| {
        sound(&format!(
            "{TEMPLATE}{}",
            CONSTRAINT.replace("namespaces: [shop]", &format!("namespaceSelector: {{matchLabels: {{team: {team}}}}}"))
        ))
        .policies()
        .remove(0)
    };
    let request = |namespace: &str, more: &str| {
        format!(
            "{{action: create, object: {{apiVersion: v1, kind: Service, metadata: {{name: web, namespace: {namespace}}}}}{more}}}"
        )
    };
    assert_eq!(evaluate(&selects("ml"), Point::Check, &request("shop", "")).unwrap().complaints.len(), 1);
    assert_eq!(evaluate(&selects("web"), Point::Check, &request("shop", "")).unwrap().complaints.len(), 0);
    let said = ", context: {namespace: {metadata: {name: x, labels: {team: web}}}}";
    assert_eq!(evaluate(&selects("web"), Point::Check, &request("x", said)).unwrap().complaints.len(), 1);
    // Nobody knows: whoever decides is told, and denies where it blocks.
    let error = evaluate(&selects("ml"), Point::Check, &request("x", "")).unwrap_err();
    assert_eq!(error.message, "the labels of the namespace decide, and Namespace `x` is not known");
}

#[test]
fn a_template_that_fails_names_its_line() {
    let input = "{action: create, object: {apiVersion: v1, kind: Service, metadata: {name: x, namespace: shop, annotations: {fail: conflict}}}}";
    let error = evaluate(&policy(""), Point::Check, input).unwrap_err();
    assert_eq!(error.message, "complete rules must not produce multiple outputs");
    assert_eq!(error.place.unwrap().to_string(), "test.yaml:31");
}

#[test]
fn where_a_constraint_is_not_enforced_it_says_nothing() {
    let scoped = CONSTRAINT.replace(
        "spec:\n",
        "spec:\n  enforcementAction: scoped\n  scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: audit.gatekeeper.sh}]}]\n",
    );
    let policy = sound(&format!("{TEMPLATE}{scoped}")).policies().remove(0);
    let input = "{action: none, object: {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}}";
    let complaints = |point| evaluate(&policy, point, input).unwrap().complaints.len();
    assert_eq!([Point::Check, Point::Admission, Point::Audit].map(complaints), [0, 0, 1]);
}

#[test]
fn a_policy_is_asked_about_what_implies_its_kind() {
    let expansion = "---
apiVersion: expansion.gatekeeper.sh/v1beta1
kind: ExpansionTemplate
metadata: {name: services}
spec:
  applyTo: [{groups: [''], versions: [v1], kinds: [App]}]
  templateSource: spec.service
  generatedGVK: {group: '', version: v1, kind: Service}
";
    let policy = policy(expansion);
    assert_eq!(policy.metadata().kinds.join(" "), "App Service");
    let input = "{action: create, object: {apiVersion: v1, kind: App, metadata: {name: x, namespace: shop}, spec: {service: {metadata: {annotations: {fail: \"no\"}}}}}}";
    assert_eq!(evaluate(&policy, Point::Check, input).unwrap().complaints.len(), 0);
    assert!(evaluate(&policy, Point::Check, &input.replace("fail: \"no\"", "fail: conflict")).is_err());
    assert!(matches!(yaml(&Arena::new(), input), Value::Object(_)));
}

/// What reads its Namespace in ways that a compiler could overlook, each with what it says of one whose label `env` is `prod`.
const READERS: [&str; 5] = [
    r#"violation[{"msg": "prod"}] { input.review.namespaceObject.metadata.labels.env == "prod" }"#,
    r#"violation[{"msg": "prod"}] { some key; input.review[key].metadata.labels.env == "prod"; key != "object" }"#,
    r#"violation[{"msg": "prod"}] { in_prod(input.review) }
        in_prod(review) { review.namespaceObject.metadata.labels.env == "prod" }"#,
    r#"import input.review as request
        violation[{"msg": "prod"}] { request.namespaceObject.metadata.labels.env == "prod" }"#,
    r#"violation[{"msg": "prod"}] { known := object.get(input, ["review", "namespaceObject", "metadata", "labels"], {}); known.env == "prod" }"#,
];

fn reader(rego: &str) -> Arc<dyn Policy> {
    let text = format!(
        "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {{name: inprod}}\nspec:\n  \
         crd: {{spec: {{names: {{kind: InProd}}}}}}\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      \
         rego: |\n        package inprod\n        {rego}\n---\n\
         apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: InProd\nmetadata: {{name: a}}\n"
    );
    sound(&text).policies().remove(0)
}

#[test]
fn templates_see_the_namespace_of_an_object_and_never_take_it_for_absent() {
    const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}}";
    const NAMELESS: &str = "{apiVersion: v1, kind: Pod, metadata: {name: web}}";
    const NODE: &str = "{apiVersion: v1, kind: Node, metadata: {name: a, labels: {env: prod}}}";
    const STORED: &str = "{apiVersion: example.org/v1, kind: Fleet, metadata: {name: a, uid: '1'}}";
    const ITSELF: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}";
    let known = "{cluster: {v1: {Namespace: {shop: {metadata: {name: shop, labels: {env: prod}}}}}}}";
    let other = "{cluster: {v1: {Namespace: {shop: {metadata: {name: shop, labels: {env: dev}}}}}}}";
    let object = |object: &str| format!("{{action: none, object: {object}}}");
    let request = |namespace: &str, object: &str| {
        format!("{{context: {{review: {{operation: CREATE{namespace}, object: {object}}}}}}}")
    };
    let of_context = format!(
        "{{context: {{namespace: {{metadata: {{labels: {{env: prod}}}}}}, review: {{operation: CREATE, namespace: shop, object: {POD}}}}}}}"
    );
    for (inventory, input, expected) in [
        (known, object(POD), Some(Certainty::Certain)),
        (other, object(POD), None),
        ("{}", object(POD), Some(Certainty::Possible)),
        (known, object(NAMELESS), Some(Certainty::Possible)),
        (known, object(NODE), None),
        (known, object(STORED), None),
        (known, object(ITSELF), None),
        (known, request(", namespace: shop", POD), Some(Certainty::Certain)),
        (known, request(", namespace: shop", NAMELESS), Some(Certainty::Certain)),
        (known, request("", POD), Some(Certainty::Certain)),
        ("{}", request(", namespace: shop", POD), Some(Certainty::Possible)),
        ("{}", request("", NAMELESS), None),
        (known, request(", namespace: shop", ITSELF), None),
        ("{}", of_context, Some(Certainty::Certain)),
    ] {
        for rego in READERS {
            let arena = Arena::new();
            let outcome =
                evaluate_over(&arena, yaml(&arena, inventory), &reader(rego), Point::Admission, &input, false).unwrap();
            let found: Vec<_> = outcome.complaints.iter().map(|complaint| complaint.certainty).collect();
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{rego} {inventory} {input}");
        }
    }
}

#[test]
fn what_is_in_no_namespace_has_null_for_it() {
    let arena = Arena::new();
    let policy = reader(r#"violation[{"msg": "none"}] { input.review.namespaceObject == null }"#);
    let input = "{action: none, object: {apiVersion: v1, kind: Node, metadata: {name: a}}}";
    let outcome = evaluate_over(&arena, Value::Null, &policy, Point::Audit, input, false).unwrap();
    assert_eq!(messages(&outcome), ["none"]);
}

/// What a template says of a Pod; `target` is how it holds its Rego.
fn says(target: &str) -> Vec<(String, Option<String>)> {
    let text = format!(
        "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {{name: says}}\nspec:\n  \
         crd: {{spec: {{names: {{kind: Says}}}}}}\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n{target}---\n\
         apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: Says\nmetadata: {{name: a}}\n"
    );
    let arena = Arena::new();
    let policy = sound(&text).policies().remove(0);
    let input = "{action: create, object: {apiVersion: v1, kind: Pod, metadata: {name: web}}}";
    let outcome = evaluate_over(&arena, Value::Null, &policy, Point::Check, input, false).unwrap();
    let details = |frozen: &value::Frozen| json::to_string(frozen.root());
    outcome.complaints.into_iter().map(|said| (said.message.unwrap(), said.details.as_ref().map(details))).collect()
}

#[test]
fn rego_beside_code_takes_its_place() {
    let rego = |says: &str| format!("rego: 'package says violation[{{\"msg\": \"{says}\"}}] {{ true }}'");
    let code = format!("      code: [{{engine: Rego, source: {{{}}}}}]\n", rego("code"));
    let words = |target: String| says(&target).into_iter().map(|(message, _)| message).collect::<Vec<_>>();
    assert_eq!(words(code.clone()), ["code"]);
    assert_eq!(words(format!("{code}      {}\n", rego("rego"))), ["rego"]);
    assert_eq!(words(format!("{code}      rego: ''\n")), ["code"]);
    // Not even the version of what was there counts.
    let v1 = code.replace("source: {", "source: {version: v1, ");
    assert_eq!(words(format!("{v1}      {}\n", rego("rego"))), ["rego"]);
}

#[test]
fn details_that_say_nothing_are_none() {
    for (members, expected) in [
        (r#"{"msg": "x"}, {"msg": "x", "details": {}}"#, [None].as_slice()),
        (r#"{"msg": "x", "details": {}}"#, &[None]),
        (r#"{"msg": "x"}, {"msg": "x", "details": {"a": 1}}"#, &[Some(r#"{"a":1}"#), None]),
        (r#"{"msg": "x", "details": []}"#, &[Some(r#"{"details":[]}"#)]),
        (r#"{"msg": "x", "other": 1}, {"msg": "x", "other": 2}"#, &[None]),
    ] {
        let found = says(&format!("      rego: 'package says violation[member] {{ member := [{members}][_] }}'\n"));
        let details: Vec<_> = found.iter().map(|(_, details)| details.as_deref()).collect();
        assert_eq!(details, expected, "{members}");
    }
}
