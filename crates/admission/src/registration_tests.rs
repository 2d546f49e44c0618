#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must stop and say why")]

use super::{Endpoint, Registration, configurations, scaled_kinds};
use decision::PolicySet;
use gatekeeper::{Gatekeeper, ManifestFile};
use serde_json::{Value, json};
use value::{Frozen, Source};

const TEMPLATE: &str = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: nothing}
spec:
  crd: {spec: {names: {kind: Nothing}}}
  targets: [{target: admission.k8s.gatekeeper.sh, rego: \"package nothing\\nviolation[{\\\"msg\\\": \\\"x\\\"}] { false }\"}]
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Nothing
metadata: {name: ingresses}
spec: {match: {kinds: [{apiGroups: [networking.k8s.io], kinds: [Ingress]}]}}
";

/// The policies of a module and of Gatekeeper's documents.
fn policies(custom: &str, rules: &str, gatekeeper: &str) -> (PolicySet, Gatekeeper) {
    let module = format!("# METADATA\n# custom:\n#   provost:\n#     input: request\n{custom}package p\n\n{rules}\n");
    let compiled = rego_policy::compile(&[Source::new("p.rego", &*module)], &rego_policy::Options::default());
    assert!(compiled.diagnostics.is_empty(), "{:#?}", compiled.diagnostics);
    let file = ManifestFile::parse(Source::new("g.yaml", gatekeeper)).unwrap();
    let gatekeeper = Gatekeeper::compile(&file.manifests());
    assert!(gatekeeper.problems.is_empty());
    let all = compiled.policies.into_iter().chain(gatekeeper.gatekeeper.policies()).collect();
    let set = PolicySet::new(all, Frozen::copy_of(value::Value::EMPTY_OBJECT), |_| ()).unwrap();
    (set, gatekeeper.gatekeeper)
}

const SERVICE: Endpoint<'_> = Endpoint::Service { namespace: "provost-system", name: "provost" };

fn registered(custom: &str, rules: &str, gatekeeper: &str, label: Option<&str>) -> Vec<Value> {
    registered_at(SERVICE, custom, rules, gatekeeper, label)
}

fn registered_at(
    endpoint: Endpoint<'_>,
    custom: &str,
    rules: &str,
    gatekeeper: &str,
    label: Option<&str>,
) -> Vec<Value> {
    let (set, gatekeeper) = policies(custom, rules, gatekeeper);
    let exempt = ["kube-system".to_owned()];
    let registration = Registration { endpoint, authority: None, exempt_namespaces: &exempt, label };
    configurations(&set, &gatekeeper, &registration)
}

const DENY: &str = "deny contains \"x\" if input.resource.name == \"x\"";
const PATCH: &str = "patch contains {\"op\": \"add\", \"path\": \"/x\", \"value\": 1} if input.resource.name == \"x\"";

/// `group/resource operations scope`, one a resource.
fn rules(configuration: &Value) -> Vec<String> {
    let text =
        |value: &Value| value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect::<Vec<_>>().join(",");
    let rules = configuration["webhooks"][0]["rules"].as_array().unwrap();
    rules
        .iter()
        .flat_map(|rule| {
            rule["resources"].as_array().unwrap().iter().map(|resource| {
                let scope = rule["scope"].as_str().unwrap();
                format!(
                    "{}/{} {} {scope}",
                    text(&rule["apiGroups"]),
                    resource.as_str().unwrap(),
                    text(&rule["operations"])
                )
            })
        })
        .collect()
}

#[test]
fn kinds_that_are_named_are_all_that_is_sent() {
    let pods = registered("#     kinds: [Pod]\n", DENY, "", None);
    assert_eq!(pods.len(), 1);
    let expected = ["/pods CREATE,UPDATE *", "/pods/ephemeralcontainers UPDATE *", "/pods/resize UPDATE *"];
    assert_eq!(rules(&pods[0]), expected);
    let training = registered("#     classes: [training-job]\n#     actions: [delete]\n", DENY, "", None);
    let training = rules(&training[0]);
    assert!(training.contains(&"kubeflow.org/pytorchjobs DELETE *".to_owned()), "{training:?}");
    assert!(!training.iter().any(|rule| rule.starts_with("/pods")), "{training:?}");
    let unknown = registered("#     kinds: [Gizmo]\n", DENY, "", None);
    assert_eq!(rules(&unknown[0]), ["*/gizmos CREATE,UPDATE *"]);
    let scaled = registered("#     kinds: [Deployment]\n", DENY, "", None);
    assert!(rules(&scaled[0]).contains(&"apps/deployments/scale UPDATE *".to_owned()));
}

#[test]
fn what_could_be_anything_is_sent_but_for_what_asks_for_nothing() {
    let all = registered("", DENY, "", None);
    assert!(rules(&all[0]).contains(&"*/* CREATE,UPDATE Namespaced".to_owned()));
    let conditions = all[0]["webhooks"][0]["matchConditions"].to_string();
    assert!(conditions.contains("coordination.k8s.io") && conditions.contains("configmaps"), "{conditions}");
    // A group that somebody asks about is not left out.
    let with_gatekeeper = registered("", DENY, TEMPLATE, None);
    let conditions = with_gatekeeper[0]["webhooks"][0]["matchConditions"].to_string();
    assert!(!conditions.contains("\\\"networking.k8s.io\\\""), "{conditions}");
    assert!(rules(&with_gatekeeper[0]).contains(&"networking.k8s.io/ingresses CREATE,UPDATE *".to_owned()));
}

#[test]
fn policies_that_change_get_a_webhook_of_their_own() {
    let both = registered("#     kinds: [Pod]\n", PATCH, "", Some("provost.dev/admission"));
    assert_eq!(both.len(), 1);
    assert_eq!(both[0]["kind"], "MutatingWebhookConfiguration");
    assert_eq!(rules(&both[0]), ["/pods CREATE *"]);
    let webhook = &both[0]["webhooks"][0];
    assert_eq!(webhook["failurePolicy"], "Fail");
    assert_eq!(webhook["clientConfig"]["service"]["path"], "/v1/mutate");
    let selected = json!([
        {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]},
        {"key": "provost.dev/admission", "operator": "In", "values": ["enforce"]},
    ]);
    assert_eq!(webhook["namespaceSelector"]["matchExpressions"], selected);
}

#[test]
fn policies_about_other_things_need_no_webhook() {
    assert_eq!(registered("#     providers: [aws]\n", DENY, "", None), Vec::<Value>::new());
}

#[test]
fn a_server_outside_of_the_cluster_is_named_by_its_url() {
    let url = Endpoint::Url("https://provost.example:8443/");
    let outside = registered_at(url, "#     kinds: [Pod]\n", DENY, "", None);
    let client = &outside[0]["webhooks"][0]["clientConfig"];
    assert_eq!(*client, json!({"url": "https://provost.example:8443/v1/admit"}));
    assert_eq!(outside[0]["metadata"]["annotations"], Value::Null, "cert-manager fills in nothing for it");
}

#[test]
fn connections_are_asked_about_by_the_kind_of_their_options() {
    let any = registered("#     actions: [connect]\n", DENY, "", None);
    assert_eq!(rules(&any[0]).len(), 6);
    let entered = registered("#     actions: [connect]\n#     kinds: [PodExecOptions]\n", DENY, "", None);
    assert_eq!(rules(&entered[0]), ["/pods/exec CONNECT *"]);
    let pods = registered("#     actions: [connect, delete]\n#     kinds: [Pod]\n", DENY, "", None);
    assert_eq!(rules(&pods[0]), ["/pods DELETE *"]);
}

#[test]
fn what_is_scaled_must_be_known() {
    let kinds = |custom: &str| scaled_kinds(&policies(custom, DENY, "").0);
    assert_eq!(kinds("#     kinds: [Deployment, Pod]\n"), [("apps", "Deployment")]);
    assert_eq!(kinds("#     kinds: [Deployment]\n#     actions: [create]\n"), []);
    assert!(kinds("").contains(&("apps", "StatefulSet")));
}
