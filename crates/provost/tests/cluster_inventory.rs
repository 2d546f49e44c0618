//! An inventory that comes from a real API server. `cargo xtask cluster` runs these; without its programs they say that they are skipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop and say why"
)]

#[path = "common/cluster.rs"]
mod cluster;
mod common;
#[path = "common/serving.rs"]
mod serving;

use cluster::Cluster;
use common::{provost, tree, write};
use serde_json::{Value, json};
use serving::{Serving, eventually};
use tempfile::TempDir;

const CONFIGURATION: &str = "\
policies: [policies]
admission: {cluster: {kubeconfig: kubeconfig, age_s_max: 9}}
server: {access: [{local: true, may: [decide, read, health, metrics]}]}
";

/// No more than three pods of a team in all; and a limit on what a Deployment asks for.
const POLICIES: &str = r#"# METADATA
# custom:
#   provost:
#     id: PODS-1
#     input: request
#     kinds: [Pod]
package pods

deny contains sprintf("%d pods of team %s run already", [count(others), team]) if {
	team := input.object.metadata.labels.team
	others := [name | data.inventory.namespace[_].v1.Pod[name].metadata.labels.team == team]
	count(others) >= 2
}

warn contains sprintf("the namespace is for %s", [input.context.namespace.metadata.labels.purpose])
"#;

const GPUS: &str = r#"# METADATA
# custom:
#   provost:
#     id: GPU-1
#     input: request
#     kinds: [Deployment]
package gpus

deny contains sprintf("asks for %d GPUs", [total]) if {
	total := sum([one.count | some one in input.resource.accelerators])
	total > 4
}
"#;

const HOSTS: &str = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata:
  name: uniquehost
  annotations:
    metadata.gatekeeper.sh/requires-sync-data: |
      \"[[{\\\"groups\\\": [\\\"extensions\\\"], \\\"versions\\\": [\\\"v1beta1\\\"], \\\"kinds\\\": [\\\"Ingress\\\"]},
         {\\\"groups\\\": [\\\"networking.k8s.io\\\"], \\\"versions\\\": [\\\"v1\\\"], \\\"kinds\\\": [\\\"Ingress\\\"]}]]\"
spec:
  crd: {spec: {names: {kind: UniqueHost}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package uniquehost
        violation[{\"msg\": msg}] {
          host := input.review.object.spec.rules[_].host
          other := data.inventory.namespace[_][_].Ingress[name]
          name != input.review.object.metadata.name
          other.spec.rules[_].host == host
          msg := sprintf(\"host %v is taken by %v\", [host, name])
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: UniqueHost
metadata: {name: hosts}
spec: {match: {kinds: [{apiGroups: [networking.k8s.io], kinds: [Ingress]}]}}
";

/// A server that is outside of the cluster and may list and watch there as its service account may.
struct Outside {
    cluster: Cluster,
    folder: TempDir,
}

impl Outside {
    fn new(test: &str) -> Option<Self> {
        let cluster = Cluster::start(test)?;
        let hosts = HOSTS.replace("\\\"", "\"");
        let folder = tree(&[
            ("provost.yaml", CONFIGURATION),
            ("policies/pods.rego", POLICIES),
            ("policies/gpus.rego", GPUS),
            ("policies/hosts.yaml", &hosts),
        ]);
        let manifests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kubernetes-inventory");
        let built = cluster.kubectl(&["kustomize", &manifests.display().to_string()]).ok().out;
        cluster.kubectl_with(&["apply", "-f", "-"], &built).ok();
        let token = cluster.kubectl(&["-n", "provost-system", "create", "token", "provost"]).ok().out;
        write(folder.path(), "kubeconfig", cluster.kubeconfig_of(token.trim()).as_bytes());
        cluster.kubectl(&["create", "namespace", "training"]).ok();
        cluster.kubectl(&["label", "namespace", "training", "purpose=research"]).ok();
        Some(Self { cluster, folder })
    }

    /// Lets the service account see what else the policies need.
    fn allow_ingresses(&self) {
        let create =
            ["create", "clusterrole", "provost-more", "--verb=list,watch", "--resource=ingresses.networking.k8s.io"];
        self.cluster.kubectl(&create).ok();
        let bound = ["--clusterrole=provost-more", "--serviceaccount=provost-system:provost"];
        self.cluster.kubectl(&[&["create", "clusterrolebinding", "provost-more"], &bound[..]].concat()).ok();
    }

    fn serve(&self) -> Serving {
        Serving::start(self.folder.path(), &[])
    }

    fn create_pod(&self, name: &str, team: &str) {
        self.cluster.create(&pod(name, team).to_string()).ok();
    }
}

fn pod(name: &str, team: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "training", "labels": {"team": team}},
        "spec": {"containers": [{"name": "main", "image": "train:1"}]}})
}

fn review((group, version, kind, resource): (&str, &str, &str, &str), rest: Value) -> Value {
    let mut request = json!({
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "operation": "CREATE", "namespace": "training", "name": "new",
        "kind": {"group": group, "version": version, "kind": kind},
        "resource": {"group": group, "version": version, "resource": resource}, "userInfo": {"username": "alice"},
    });
    request.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})
}

fn ask(server: &Serving, review: &Value) -> Value {
    server.post("/v1/admit", &review.to_string()).is(200).json()["response"].clone()
}

/// What is said to a new pod of a team; empty when it is admitted.
fn said(server: &Serving, team: &str) -> String {
    let answer = ask(server, &review(("", "v1", "Pod", "pods"), json!({"object": pod("new", team)})));
    answer["status"]["message"].as_str().unwrap_or_default().to_owned()
}

fn health(server: &Serving) -> (u16, Value) {
    let answer = server.get("/health/ready");
    let condition =
        answer.json()["conditions"].as_array().unwrap().iter().find(|one| one["name"] == "inventory").cloned();
    (answer.status, condition.unwrap())
}

#[test]
fn policies_see_what_is_in_the_cluster_as_it_changes() {
    let Some(outside) = Outside::new("policies_see_what_is_in_the_cluster_as_it_changes") else { return };
    let Outside { cluster, .. } = &outside;
    outside.create_pod("one", "nlp");
    let server = outside.serve();
    // The account may not see ingresses, and policies ask for them.
    eventually("health names what is missing", || {
        let (status, condition) = health(&server);
        status == 500
            && condition["message"]
                .to_string()
                .contains("`networking.k8s.io/v1 Ingress` (the API server does not let us")
    });
    let unknown = "[PODS-1] unknown: `data.inventory.namespace` cannot be told: not all objects of `networking.k8s.io/v1 Ingress`";
    eventually("what is not listed is not taken for absent", || said(&server, "nlp").contains(unknown));
    outside.allow_ingresses();
    eventually("it is ready", || health(&server).0 == 200);
    let message = health(&server).1["message"].as_str().unwrap().to_owned();
    assert!(message.contains("the cluster has no ") && message.contains("extensions/v1beta1 Ingress"), "{message}");

    assert_eq!(said(&server, "nlp"), "");
    outside.create_pod("two", "nlp");
    eventually("a new pod is seen", || said(&server, "nlp") == "[PODS-1] 2 pods of team nlp run already");
    cluster.kubectl(&["-n", "training", "label", "pod", "two", "team=vision", "--overwrite"]).ok();
    eventually("a changed pod is seen", || said(&server, "nlp").is_empty());
    cluster.kubectl(&["-n", "training", "label", "pod", "two", "team=nlp", "--overwrite"]).ok();
    eventually("and changed back", || !said(&server, "nlp").is_empty());
    cluster.kubectl(&["-n", "training", "delete", "pod", "two", "--force", "--grace-period=0"]).ok();
    eventually("a pod that is gone is gone", || said(&server, "nlp").is_empty());
    let answer = ask(&server, &review(("", "v1", "Pod", "pods"), json!({"object": pod("new", "nlp")})));
    assert_eq!(answer["warnings"], json!(["[PODS-1] the namespace is for research"]));

    // Gatekeeper's templates, and what is scaled.
    let ingress = |name: &str| {
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name, "namespace": "training"},
            "spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}, "rules": [{"host": "a.example"}]}})
    };
    cluster.create(&ingress("first").to_string()).ok();
    let kind = ("networking.k8s.io", "v1", "Ingress", "ingresses");
    eventually("a host is taken", || {
        let answer = ask(&server, &review(kind, json!({"object": ingress("new")})));
        answer["status"]["message"].to_string().contains("host a.example is taken by first")
    });
    cluster.create(DEPLOYMENT).ok();
    let scale = json!({"subResource": "scale", "operation": "UPDATE", "name": "server",
        "kind": {"group": "autoscaling", "version": "v1", "kind": "Scale"},
        "object": {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "server", "namespace": "training"},
            "spec": {"replicas": 5}}});
    eventually("a Deployment is scaled with all that it asks for", || {
        let answer = ask(&server, &review(("apps", "v1", "Deployment", "deployments"), scale.clone()));
        answer["status"]["message"] == "[GPU-1] asks for 10 GPUs"
    });
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: server, namespace: training}
spec:
  replicas: 1
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec: {containers: [{name: c, image: x, resources: {limits: {nvidia.com/gpu: 2}}}]}
";

#[test]
fn what_the_api_server_does_not_confirm_is_unknown_after_a_while() {
    let Some(outside) = Outside::new("what_the_api_server_does_not_confirm_is_unknown") else { return };
    outside.allow_ingresses();
    outside.create_pod("one", "nlp");
    let server = outside.serve();
    eventually("it is ready", || health(&server).0 == 200 && health(&server).1["healthy"] == true);
    assert_eq!(said(&server, "nlp"), "");
    outside.cluster.freeze();
    eventually("health tells", || {
        let (status, condition) = health(&server);
        status == 200
            && condition["healthy"] == false
            && condition["message"].to_string().contains("not known any more")
    });
    eventually("what depends on it is refused", || said(&server, "nlp").contains("unknown: "));
    assert!(server.get("/metrics").is(200).body.contains("provost_inventory_current{kind=\"v1 Pod\"} 0"));
    // A policy that needs no inventory goes on.
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "training"},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{"name": "c", "image": "x"}]}}}});
    let asked = review(("apps", "v1", "Deployment", "deployments"), json!({"object": deployment}));
    assert_eq!(ask(&server, &asked)["allowed"], true);
    outside.cluster.thaw();
    eventually("it is known again", || health(&server).1["healthy"] == true && said(&server, "nlp").is_empty());
}

#[test]
fn many_pods_are_listed_page_by_page_and_policies_may_change_meanwhile() {
    let Some(outside) = Outside::new("many_pods_are_listed_page_by_page") else { return };
    outside.allow_ingresses();
    let many: Vec<Value> = (0..1_201).map(|number| pod(&format!("pod-{number}"), "many")).collect();
    outside.cluster.create(&json!({"apiVersion": "v1", "kind": "List", "items": many}).to_string()).ok();
    let server = outside.serve();
    eventually("it is ready", || health(&server).0 == 200);
    assert_eq!(said(&server, "many"), "[PODS-1] 1201 pods of team many run already");
    assert!(server.get("/metrics").is(200).body.contains("provost_inventory_objects{kind=\"v1 Pod\"} 1201\n"));
    // Changed policies see what is known, and need no new list.
    write(outside.folder.path(), "policies/pods.rego", POLICIES.replace("run already", "run").as_bytes());
    eventually("the changed policy answers", || said(&server, "many") == "[PODS-1] 1201 pods of team many run");
    // And what they need besides is listed: until then it is unknown.
    let more = "# METADATA\n# custom: {provost: {id: MAPS-1, input: request, kinds: [Pod]}}\npackage maps\n\n\
                deny contains \"there is a map\" if data.inventory.namespace.training.v1.Service[_]\n";
    write(outside.folder.path(), "policies/maps.rego", more.as_bytes());
    eventually("what may not be listed is unknown", || said(&server, "none").contains("[MAPS-1] unknown: "));
}

#[test]
fn a_server_that_cannot_tell_how_the_cluster_is_reached_does_not_start() {
    let folder = tree(&[("provost.yaml", CONFIGURATION), ("policies/pods.rego", POLICIES)]);
    provost(folder.path(), &["serve"]).exits(2).complains(&["kubeconfig` cannot be read: "]);
    write(folder.path(), "kubeconfig", b"users: []\n");
    provost(folder.path(), &["serve"]).exits(2).complains(&["it has no `current-context`"]);
    let unclear = POLICIES.replace(".v1.Pod[name]", "[_][_][name]");
    write(folder.path(), "policies/pods.rego", unclear.as_bytes());
    let told = provost(folder.path(), &["serve"]).exits(2);
    told.complains(&[
        "`data.inventory` is read without naming a kind at ",
        "policies/pods.rego:11",
        "admission: {cluster: {watch",
    ]);
    let both = CONFIGURATION.replace("admission: {", "admission: {inventory: [x], ");
    write(folder.path(), "provost.yaml", both.as_bytes());
    provost(folder.path(), &["serve"]).exits(2).complains(&["not from both"]);
}
