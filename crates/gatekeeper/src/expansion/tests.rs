use crate::expansion::{Expanded, Expansions};
use crate::gatekeeper::{Gatekeeper, ReviewOptions};
use crate::reviewed::Reviewed;
use crate::testing::{mistakes, sound, yaml};
use crate::{Action, EnforcementPoint};
use host::FixedHost;
use kubernetes_types::KubernetesObject;
use std::cell::Cell;
use std::sync::Arc;
use value::{Arena, Value, json};

fn expansion(name: &str, from: &str, to: &str, more: &str) -> String {
    format!(
        "---\napiVersion: expansion.gatekeeper.sh/v1beta1\nkind: ExpansionTemplate\nmetadata: {{name: {name}}}\nspec:\n  applyTo: [{{groups: [apps], versions: [v1], kinds: [{from}]}}]\n  templateSource: spec.template\n  generatedGVK: {{group: apps, version: v1, kind: {to}}}\n{more}"
    )
}

const DEPLOYMENT: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: Web, namespace: shop},
  spec: {template: {metadata: {labels: {app: web}}, spec: {hostNetwork: true}}}}";

fn expand(gatekeeper: &Gatekeeper, object: &str, namespace: Option<&str>) -> Result<Vec<String>, String> {
    let arena = Arena::new();
    let object = KubernetesObject::new(yaml(&arena, object));
    let namespace = namespace.map(|text| KubernetesObject::new(yaml(&arena, text)));
    let implied = gatekeeper.expansions().expand(&arena, object, namespace, gatekeeper.mutators());
    let implied = implied.map_err(|error| error.to_string())?;
    Ok(implied
        .iter()
        .map(|implied| format!("{} {}", implied.template, json::to_string(implied.object.value())))
        .collect())
}

#[test]
fn an_object_implies_another_with_a_name_a_namespace_and_an_owner() {
    let gatekeeper = sound(&expansion("pods", "Deployment", "Pod", ""));
    assert_eq!(
        expand(&gatekeeper, DEPLOYMENT, None).unwrap(),
        [
            r#"pods {"apiVersion":"apps/v1","kind":"Pod","metadata":{"labels":{"app":"web"},"name":"web-pod","namespace":"shop","ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"Web"}]},"spec":{"hostNetwork":true}}"#
        ]
    );
    // The Namespace that is known counts; an unnamed one is none.
    let namespaces = |namespace: &str, object: &str| {
        let text = expand(&gatekeeper, object, Some(namespace)).unwrap().remove(0);
        text.split("\"namespace\":\"").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned())
    };
    assert_eq!(namespaces("{metadata: {name: other}}", DEPLOYMENT).as_deref(), Some("other"));
    assert_eq!(namespaces("{}", DEPLOYMENT), None);
    assert_eq!(expand(&gatekeeper, "{apiVersion: apps/v1, kind: StatefulSet}", None).unwrap(), Vec::<String>::new());
    assert_eq!(
        expand(&gatekeeper, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {template: x}}", None),
        Err("ExpansionTemplate `pods` finds no object at `spec.template` in `Deployment/d`".to_owned())
    );
}

#[test]
fn what_is_implied_is_expanded_and_mutated_in_turn() {
    let text = expansion("a", "Cron", "Deployment", "")
        + &expansion("b", "Deployment", "Pod", "")
        + "---\napiVersion: mutations.gatekeeper.sh/v1\nkind: Assign\nmetadata: {name: m}\nspec:\n  applyTo: [{groups: [apps], versions: [v1], kinds: [Pod]}]\n  match: {source: Generated, scope: Namespaced}\n  location: spec.tty\n  parameters: {assign: {value: true}}\n";
    let gatekeeper = sound(&text);
    let cron = "{apiVersion: apps/v1, kind: Cron, metadata: {name: c, namespace: shop}, spec: {template: {spec: {template: {spec: {}}}}}}";
    let names: Vec<_> = expand(&gatekeeper, cron, None).unwrap();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names[0].starts_with("a {") && names[0].contains("\"name\":\"c-deployment\""), "{names:?}");
    assert!(names[1].starts_with("b {") && names[1].contains("\"name\":\"c-deployment-pod\""), "{names:?}");
    assert!(names[1].contains("\"tty\":true"), "{names:?}");
    let origins = gatekeeper.expansions().origins(|kind| kind.kind == "Pod");
    assert_eq!(origins.into_iter().collect::<Vec<_>>(), ["Cron", "Deployment"]);
}

#[test]
fn what_is_implied_is_mutated_as_on_any_operation() {
    let mutator = |operations: &str| {
        format!(
            "---\napiVersion: mutations.gatekeeper.sh/v1\nkind: Assign\nmetadata: {{name: m}}\nspec:\n  applyTo: [{{groups: [apps], versions: [v1], kinds: [Pod], operations: {operations}}}]\n  location: spec.tty\n  parameters: {{assign: {{value: true}}}}\n"
        )
    };
    for (operations, expected) in
        [("[CREATE]", false), ("[UPDATE]", false), ("[CREATE, UPDATE]", true), ("['*']", true), ("[]", true)]
    {
        let gatekeeper = sound(&(expansion("pods", "Deployment", "Pod", "") + &mutator(operations)));
        let implied = expand(&gatekeeper, DEPLOYMENT, None).unwrap().remove(0);
        assert_eq!(implied.contains("\"tty\":true"), expected, "{operations} {implied}");
    }
}

#[test]
fn circles_are_refused() {
    assert_eq!(
        mistakes(&expansion("a", "Pod", "Pod", "")),
        [
            "/spec/generatedGVK: expanding `apps/v1 Pod` leads back to where it began | an ExpansionTemplate must not apply to what it makes, nor to what others make of that"
        ]
    );
    let chain = expansion("a", "A", "B", "") + &expansion("b", "B", "C", "");
    assert_eq!(mistakes(&chain), Vec::<String>::new());
    assert_eq!(mistakes(&(chain + &expansion("c", "C", "A", ""))).len(), 1);
}

#[test]
fn templates_that_gatekeeper_refuses() {
    let with = |from: &str, to: &str| mistakes(&expansion("a", "Deployment", "Pod", "").replace(from, to));
    assert_eq!(with("  templateSource: spec.template\n", ""), ["/spec: `spec.templateSource` is missing"]);
    assert_eq!(
        with("version: v1, kind: Pod", "version: v1"),
        ["/spec/generatedGVK: `spec.generatedGVK.kind` is missing"]
    );
    assert_eq!(
        with("kinds: [Deployment]", "kinds: []"),
        [
            "/spec/applyTo/0: `spec.applyTo[0].kinds` is missing | `applyTo` names groups, versions and kinds, each in full"
        ]
    );
    assert_eq!(
        with("  templateSource", "  enforcementAction: block\n  templateSource"),
        ["/spec/enforcementAction: `block` is no action: use `deny`, `warn` or `dryrun`"]
    );
}

const NO_HOST_NETWORK: &str = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8shostnetwork}
spec:
  crd: {spec: {names: {kind: K8sHostNetwork}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package k8shostnetwork
        violation[{\"msg\": msg}] {
          input.review.object.spec.hostNetwork
          msg := sprintf(\"%v uses the host's network\", [input.review.object.metadata.name])
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sHostNetwork
metadata: {name: all}
spec: {match: {kinds: [{kinds: [Pod]}]}}
";

#[test]
fn an_object_answers_for_what_it_implies() {
    let review = |text: &str| {
        let gatekeeper = sound(text);
        let arena = Arena::new();
        let reviewed = Reviewed::of_object(&arena, KubernetesObject::new(yaml(&arena, DEPLOYMENT)), None);
        let host = FixedHost::default();
        let options =
            ReviewOptions { point: EnforcementPoint::Gator, inventory: Value::Null, mutated: false, host: &host };
        let violations = gatekeeper.review(&arena, &reviewed, &options).unwrap();
        violations.iter().map(|violation| (violation.action, violation.message.clone())).collect::<Vec<_>>()
    };
    let implied = "[Implied by pods] web-pod uses the host's network".to_owned();
    let pods = |more: &str| expansion("pods", "Deployment", "Pod", more);
    assert_eq!(review(NO_HOST_NETWORK), []);
    assert_eq!(review(&(NO_HOST_NETWORK.to_owned() + &pods(""))), [(Action::Deny, implied.clone())]);
    assert_eq!(review(&(NO_HOST_NETWORK.to_owned() + &pods("  enforcementAction: warn\n"))), [(Action::Warn, implied)]);
    let original = NO_HOST_NETWORK.replace("match: {", "match: {source: Original, ");
    assert_eq!(review(&(original + &pods(""))), []);
}

#[test]
fn what_several_constraints_ask_for_is_worked_out_once() {
    let gatekeeper = sound(&expansion("pods", "Deployment", "Pod", "  enforcementAction: warn\n"));
    let (own, others) = (Arc::new(Expansions::default()), Arc::new(Expansions::default()));
    let arena = Arena::new();
    let object = KubernetesObject::new(yaml(&arena, DEPLOYMENT));
    let times = Cell::new(0);
    let expand = || {
        times.set(times.get() + 1);
        gatekeeper.expansions().expand(&arena, object, None, gatekeeper.mutators())
    };
    let kept = Expanded::default();
    let shown = |by: &Arc<Expansions>| {
        let implied = kept.by(by, expand).unwrap();
        let implied = implied.iter().map(|one| (one.template.to_owned(), one.action, one.object.name().to_owned()));
        implied.collect::<Vec<_>>()
    };
    let expected = [("pods".to_owned(), Some(Action::Warn), "web-pod".to_owned())];
    assert_eq!((shown(&own), shown(&own)), (expected.to_vec(), expected.to_vec()));
    assert_eq!(times.get(), 1);
    // Other templates have their own.
    assert_eq!(shown(&others), expected);
    assert_eq!(times.get(), 2);
}
