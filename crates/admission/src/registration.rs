//! What a cluster is told about the webhooks: configurations with no more rules than the policies need, so that the API server asks
//! only about what some policy could be about.

use crate::webhook::{MUTATE_PATH, VALIDATE_PATH};
use catalog::Class;
use decision::{Input, Patches, PolicyMetadata, PolicySet};
use gatekeeper::Gatekeeper;
use kubernetes_types::admission::Operation;
use kubernetes_types::plural;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How the webhooks are reached and where they hold.
#[derive(Clone, Debug)]
pub struct Registration<'r> {
    /// Where the API server finds the server.
    pub endpoint: Endpoint<'r>,
    /// The authority that signed the server's certificate, as PEM; none when something else fills it in.
    pub authority: Option<&'r str>,
    /// Namespaces in which everything is admitted unasked.
    pub exempt_namespaces: &'r [String],
    /// The label of namespaces that opt in; none when all but the exempt ones are asked about.
    pub label: Option<&'r str>,
}

/// Where an API server finds the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint<'r> {
    /// Behind a Service of the cluster.
    Service {
        /// Its namespace.
        namespace: &'r str,
        /// Its name.
        name: &'r str,
    },
    /// At a URL without a path, such as `https://provost.example:8443`: the server runs outside of the cluster.
    Url(&'r str),
}

/// The value of the label by which namespaces opt in.
const ENFORCE: &str = "enforce";

/// How long the API server waits, in seconds: longer than any answer takes, and short enough for whoever waits for it.
const TIMEOUT_SECONDS: u32 = 5;

/// What `*` stands for in rules.
const ANY: &str = "*";

/// Parts of a pod by which it comes to ask for more after it was made.
const POD_PARTS: [&str; 2] = ["pods/ephemeralcontainers", "pods/resize"];

/// What somebody can connect to, with the kind of the options of such a connection, which is what policies see.
const CONNECTIONS: [(&str, &str); 6] = [
    ("pods/attach", "PodAttachOptions"),
    ("pods/exec", "PodExecOptions"),
    ("pods/portforward", "PodPortForwardOptions"),
    ("pods/proxy", "PodProxyOptions"),
    ("services/proxy", "ServiceProxyOptions"),
    ("nodes/proxy", "NodeProxyOptions"),
];

/// Built-in workloads that are scaled through a part of their own.
const SCALED: [&str; 5] = ["deployments", "replicasets", "replicationcontrollers", "statefulsets", "leaderworkersets"];

/// Kinds of the catalog that are in no namespace, as URLs name them.
const IN_NO_NAMESPACE: [&str; 6] = [
    "clusterservingruntimes",
    "clustertrainingruntimes",
    "clusterworkflowtemplates",
    "ec2nodeclasses",
    "nodeclasses",
    "nodepools",
];

/// What is asked about: operations, by group and resource.
#[derive(Debug, Default)]
struct Rules {
    operations: BTreeMap<(String, String), BTreeSet<&'static str>>,
    /// Whether a policy is about whatever the catalog governs, also kinds that it does not know.
    governed: BTreeSet<&'static str>,
}

/// The webhook configurations for `policies`, `gatekeeper` being those of them that are Gatekeeper's: a
/// ValidatingWebhookConfiguration, and where a policy changes anything a MutatingWebhookConfiguration. None where no policy is about
/// Kubernetes.
pub fn configurations(policies: &PolicySet, gatekeeper: &Gatekeeper, registration: &Registration<'_>) -> Vec<Value> {
    let (mut judging, mut changing) = (Rules::default(), Rules::default());
    for metadata in policies.metadata().filter(|metadata| is_about_kubernetes(metadata)) {
        if metadata.patches != Patches::Only {
            judging.add_policy(metadata, operations(&metadata.actions, &["CREATE", "UPDATE"]));
        }
        if metadata.patches != Patches::Never {
            changing.add_policy(metadata, operations(&metadata.actions, &["CREATE"]));
        }
    }
    for constraint in gatekeeper.constraints() {
        let operations: Vec<_> = constraint.template.operations.iter().map(|operation| operation.as_str()).collect();
        judging.add_kinds(constraint.matching.groups_and_kinds(), &operations);
    }
    for mutator in gatekeeper.mutators().iter() {
        let types: Vec<_> = mutator.types().collect();
        let operations = ["CREATE", "UPDATE"];
        match types.is_empty() {
            true => changing.add_kinds(mutator.matching.groups_and_kinds(), &operations),
            false => changing.add_kinds(types.iter().map(|kind| (kind.group, kind.kind)), &operations),
        }
    }
    [&mut judging, &mut changing].into_iter().for_each(Rules::reduce);
    let webhooks = [
        ("ValidatingWebhookConfiguration", "validate.provost.dev", VALIDATE_PATH, &judging),
        ("MutatingWebhookConfiguration", "mutate.provost.dev", MUTATE_PATH, &changing),
    ];
    let needed = webhooks.into_iter().filter(|(_, _, _, rules)| !rules.is_empty());
    needed.map(|(kind, name, path, rules)| configuration(kind, name, path, rules, registration)).collect()
}

/// The built-in workloads that policies judge when they are scaled, by group and kind. A request to scale names a number alone, so
/// that the workload itself has to be known.
pub fn scaled_kinds(policies: &PolicySet) -> Vec<(&'static str, &'static str)> {
    let mut rules = Rules::default();
    for metadata in policies.metadata().filter(|metadata| is_about_kubernetes(metadata)) {
        rules.add_policy(metadata, operations(&metadata.actions, &["CREATE", "UPDATE"]));
    }
    let all = rules.governed.contains("UPDATE");
    let is_scaled = |group: &str, kind: &str| {
        let resource = plural(kind);
        let part = format!("{resource}/scale");
        SCALED.contains(&resource.as_str()) && (all || rules.operations.contains_key(&(group.to_owned(), part)))
    };
    let kinds = catalog::kubernetes_kinds().into_iter();
    kinds.filter(|(group, kind, _)| is_scaled(group, kind)).map(|(group, kind, _)| (group, kind)).collect()
}

/// Whether a policy over resources may be about one in a cluster. Gatekeeper's say themselves what they are about.
fn is_about_kubernetes(metadata: &PolicyMetadata) -> bool {
    let named = metadata.providers.is_empty() || metadata.providers.iter().any(|provider| provider == "kubernetes");
    metadata.input == Input::Request && named && !metadata.every_object
}

/// The operations that bring about what a policy judges.
fn operations(actions: &[String], default: &[&'static str]) -> Vec<&'static str> {
    if actions.is_empty() {
        return default.to_vec();
    }
    let operation = |action: &String| match action.as_str() {
        "create" | "import" => Some(Operation::Create),
        "update" | "replace" => Some(Operation::Update),
        "delete" => Some(Operation::Delete),
        "connect" => Some(Operation::Connect),
        _ => None,
    };
    actions.iter().filter_map(operation).map(Operation::as_str).collect()
}

impl Rules {
    fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.governed.is_empty()
    }

    fn add(&mut self, group: &str, resource: &str, operations: &[&'static str]) {
        self.operations.entry((group.to_owned(), resource.to_owned())).or_default().extend(operations);
    }

    fn add_policy(&mut self, metadata: &PolicyMetadata, operations: Vec<&'static str>) {
        let (connects, others): (Vec<_>, Vec<_>) = operations.into_iter().partition(|word| *word == "CONNECT");
        if !connects.is_empty() {
            let may_be_about = |kind: &str| {
                metadata.kinds.is_empty() || metadata.kinds.iter().any(|name| name == kind || name.contains(ANY))
            };
            let connections = CONNECTIONS.iter().filter(|(_, kind)| may_be_about(kind));
            connections.for_each(|(part, _)| self.add("", part, &connects));
        }
        if others.is_empty() {
            return;
        }
        let is_pattern = |name: &String| name.contains(ANY);
        let named_class = |class: Class| metadata.classes.iter().any(|name| name == class.as_str());
        let unnamed = metadata.kinds.is_empty() || metadata.kinds.iter().any(is_pattern);
        if unnamed && (metadata.classes.is_empty() || named_class(Class::Other)) {
            self.governed.extend(others);
            return;
        }
        let kinds = catalog::kubernetes_kinds();
        let known = kinds.iter().filter(|(_, kind, class)| match unnamed {
            true => named_class(*class),
            false => metadata.kinds.iter().any(|name| name == kind),
        });
        let known: Vec<_> = known.map(|(group, kind, _)| (*group, *kind)).collect();
        // A kind that the catalog does not know may be in any group.
        let unknown = metadata.kinds.iter().filter(|name| !unnamed && !known.iter().any(|(_, kind)| kind == name));
        for name in unknown {
            self.add(ANY, &plural(name), &others);
        }
        for (group, kind) in known {
            let resource = plural(kind);
            let updates = others.contains(&"UPDATE");
            if updates && (group, kind) == ("", "Pod") {
                POD_PARTS.iter().for_each(|part| self.add("", part, &["UPDATE"]));
            }
            if updates && SCALED.contains(&resource.as_str()) {
                self.add(group, &format!("{resource}/scale"), &["UPDATE"]);
            }
            self.add(group, &resource, &others);
        }
    }

    /// Gatekeeper's groups and kinds, `*` for any; none at all is everything.
    fn add_kinds<'k>(&mut self, kinds: impl Iterator<Item = (&'k str, &'k str)>, operations: &[&'static str]) {
        let mut none = true;
        for (group, kind) in kinds {
            none = false;
            let resource = if kind == ANY { ANY.to_owned() } else { plural(kind) };
            self.add(group, &resource, operations);
        }
        if none {
            self.add(ANY, ANY, operations);
        }
    }

    /// Leaves out what the rule for whatever is governed covers.
    fn reduce(&mut self) {
        if self.governed.is_empty() {
            return;
        }
        let governed = &self.governed;
        let known: BTreeSet<(String, String)> = catalog::kubernetes_kinds()
            .into_iter()
            .filter(|(_, _, class)| class.governed())
            .map(|(group, kind, _)| (group.to_owned(), plural(kind)))
            .collect();
        self.operations.retain(|(group, resource), operations| {
            let (whole, is_part) = match resource.split_once('/') {
                Some((whole, part)) => (whole, part != "scale" && !POD_PARTS.contains(&resource.as_str())),
                None => (resource.as_str(), false),
            };
            let covered = !is_part
                && operations.is_subset(governed)
                && known.contains(&(group.clone(), whole.to_owned()))
                && !IN_NO_NAMESPACE.contains(&whole);
            !covered
        });
    }

    /// As an API server reads them: one rule for all resources of a group with the same operations.
    fn rules(&self) -> Vec<Value> {
        let mut by_operations: BTreeMap<(&str, &BTreeSet<&'static str>), Vec<&str>> = BTreeMap::new();
        for ((group, resource), operations) in &self.operations {
            by_operations.entry((group, operations)).or_default().push(resource);
        }
        let rule = |group: &str, resources: &[&str], operations: &BTreeSet<&'static str>, scope: &str| {
            json!({
                "apiGroups": [group], "apiVersions": [ANY], "operations": operations, "resources": resources,
                "scope": scope,
            })
        };
        let named = by_operations.iter().map(|((group, operations), all)| rule(group, all, operations, ANY));
        let mut rules: Vec<_> = named.collect();
        if !self.governed.is_empty() {
            // Nodes and the like are in no namespace that could opt in, and a cluster does not start without them.
            rules.push(rule(ANY, &[ANY], &self.governed, "Namespaced"));
            if self.governed.contains("UPDATE") {
                let updates = BTreeSet::from(["UPDATE"]);
                rules.push(rule(ANY, &["*/scale"], &updates, "Namespaced"));
                rules.push(rule("", &POD_PARTS, &updates, "Namespaced"));
            }
        }
        rules
    }

    /// Expressions (CEL) that leave out what no policy is about where a rule takes everything.
    fn conditions(&self) -> Vec<Value> {
        if self.governed.is_empty() || self.operations.contains_key(&(ANY.to_owned(), ANY.to_owned())) {
            return Vec::new();
        }
        let is_in = |listed: &str, group: &str| listed == group || listed == ANY;
        let has_group = |group: &str| self.operations.keys().any(|(listed, _)| is_in(listed, group));
        let none = catalog::kubernetes_without_demand();
        let groups: Vec<_> = none.groups.iter().filter(|group| !has_group(group)).collect();
        let mut conditions = vec![json!({
            "name": "not-in-a-group-that-asks-for-nothing",
            "expression": format!("!(request.resource.group in {})", json!(groups)),
        })];
        let named =
            |kind: &&String| self.operations.keys().any(|(group, resource)| is_in(group, "") && is_in(resource, kind));
        let core = none.kinds.iter().filter(|(group, _)| group.is_empty());
        let core: Vec<_> = core.map(|(_, kind)| plural(kind)).collect();
        let core: Vec<_> = core.iter().filter(|kind| !named(kind)).collect();
        conditions.push(json!({
            "name": "not-a-kind-that-asks-for-nothing",
            "expression": format!("!(request.resource.group == '' && request.resource.resource in {})", json!(core)),
        }));
        conditions
    }
}

fn configuration(kind: &str, name: &str, path: &str, rules: &Rules, registration: &Registration<'_>) -> Value {
    let Registration { endpoint, authority, exempt_namespaces, label } = registration;
    let mut selected = vec![json!({
        "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": exempt_namespaces,
    })];
    selected.extend(label.map(|label| json!({ "key": label, "operator": "In", "values": [ENFORCE] })));
    let mut client = match endpoint {
        Endpoint::Service { namespace, name } => {
            json!({ "service": { "name": name, "namespace": namespace, "path": path, "port": 443 } })
        }
        Endpoint::Url(url) => json!({ "url": format!("{}{path}", url.trim_end_matches('/')) }),
    };
    if let (Some(authority), Some(client)) = (authority, client.as_object_mut()) {
        client.insert("caBundle".to_owned(), base64(authority).into());
    }
    let mut webhook = json!({
        "name": name,
        "admissionReviewVersions": ["v1", "v1beta1"],
        "clientConfig": client,
        "failurePolicy": "Fail",
        "matchPolicy": "Equivalent",
        "namespaceSelector": { "matchExpressions": selected },
        "rules": rules.rules(),
        "sideEffects": "None",
        "timeoutSeconds": TIMEOUT_SECONDS,
    });
    if let Some(webhook) = webhook.as_object_mut() {
        let conditions = rules.conditions();
        if !conditions.is_empty() {
            webhook.insert("matchConditions".to_owned(), conditions.into());
        }
        if path == MUTATE_PATH {
            // What another webhook adds afterwards gets its defaults too.
            webhook.insert("reinvocationPolicy".to_owned(), "IfNeeded".into());
        }
    }
    let mut metadata = json!({ "name": "provost", "labels": { "app.kubernetes.io/name": "provost" } });
    if let (None, Endpoint::Service { namespace, name }, Some(metadata)) =
        (authority, endpoint, metadata.as_object_mut())
    {
        // cert-manager fills in what signs the certificate that it made.
        let from = format!("{namespace}/{name}");
        metadata.insert("annotations".to_owned(), json!({ "cert-manager.io/inject-ca-from": from }));
    }
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": metadata, "webhooks": [webhook],
    })
}

fn base64(text: &str) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(text)
}

#[cfg(test)]
#[path = "registration_tests.rs"]
mod tests;
