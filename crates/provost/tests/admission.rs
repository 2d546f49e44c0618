//! `provost serve` as an API server's webhook: AdmissionReviews over TLS, as a cluster sends them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop and say why"
)]

mod common;
#[path = "common/serving.rs"]
mod serving;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{provost, tree, write};
use serde_json::{Value, json};
use serving::{Serving, eventually};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const CONFIGURATION: &str = "\
policies: [policies]
record: {path: decisions.db}
admission:
  inventory: [cluster]
  api_servers: [kube-apiserver]
server:
  access:
    - {subjects: [kube-apiserver], may: [decide]}
    - {local: true, may: [decide, read, health, metrics]}
";

/// Who asks for more than 4 GPUs is refused, and so is who scales to it; only the cluster's own word counts about who asks.
const GPUS: &str = r#"# METADATA
# title: Nobody asks for more than 4 GPUs
# custom:
#   provost:
#     id: GPU-1
#     input: request
#     providers: [kubernetes]
#     remediation: Ask for fewer.
package gpus

deny contains sprintf("asks for %d GPUs, and 4 are allowed", [total]) if {
	total := sum([one.count | some one in input.resource.accelerators])
	total > 4
	not input.subject.id == "system:serviceaccount:ops:gpu-admin"
}

warn contains "nobody says who pays" if {
	input.resource.class == "workload"
	not input.resource.dimensions.cost_center
}
"#;

const LEAVING: &str = r#"# METADATA
# custom:
#   provost:
#     id: KEEP-1
#     input: request
#     actions: [delete, connect]
package keep

deny contains "production is not removed by hand" if {
	input.action == "delete"
	input.resource.tags.environment == "production"
}

deny contains "nobody enters a pod of production" if {
	input.action == "connect"
	input.resource.namespace == "production"
}
"#;

/// Gatekeeper's words: a template that sees DELETE too, a constraint that goes by the labels of namespaces, and a mutator.
const GATEKEEPER: &str = "\
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: uniquehost}
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
spec:
  match:
    kinds: [{apiGroups: [networking.k8s.io], kinds: [Ingress]}]
    namespaceSelector: {matchLabels: {team: ml}}
---
apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: noteams}
spec:
  crd: {spec: {names: {kind: NoTeams}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package noteams
        violation[{\"msg\": \"teams keep no such settings\"}] { input.review.namespaceObject.metadata.labels.team }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: NoTeams
metadata: {name: settings}
spec:
  match: {kinds: [{apiGroups: [''], kinds: [ConfigMap]}]}
---
apiVersion: mutations.gatekeeper.sh/v1
kind: AssignMetadata
metadata: {name: owner}
spec:
  match: {scope: Namespaced, kinds: [{apiGroups: ['*'], kinds: [Pod]}]}
  location: metadata.labels.owner
  parameters: {assign: {value: platform}}
";

const CLUSTER: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: training, labels: {team: ml}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: first, namespace: training}
spec: {rules: [{host: a.example}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: server, namespace: training, labels: {cost-center: '42'}}
spec:
  replicas: 1
  template:
    metadata: {labels: {cost-center: '42'}}
    spec: {containers: [{name: c, image: x, resources: {limits: {nvidia.com/gpu: 2}}}]}
";

fn repository() -> tempfile::TempDir {
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../../library/container-defaults/container_defaults.rego");
    let defaults = std::fs::read_to_string(library).unwrap();
    let folder = tree(&[
        ("provost.yaml", CONFIGURATION),
        ("policies/gpus.rego", GPUS),
        ("policies/keep.rego", LEAVING),
        ("policies/defaults.rego", &defaults),
        ("policies/gatekeeper.yaml", GATEKEEPER),
        ("cluster/objects.yaml", CLUSTER),
    ]);
    provost(folder.path(), &["certs"]).exits(0);
    provost(folder.path(), &["certs", "--client", "kube-apiserver"]).exits(0);
    provost(folder.path(), &["certs", "--client", "somebody"]).exits(0);
    folder
}

/// A server as a cluster has one.
fn webhook(folder: &Path) -> Serving {
    let arguments = ["--tls-certificate", "tls/server.crt", "--tls-key", "tls/server.key"];
    Serving::start(folder, &[&arguments[..], &["--tls-client-authorities", "tls/ca.crt"]].concat())
}

/// What an API server sends.
fn review(operation: &str, (group, version, kind, resource): (&str, &str, &str, &str), rest: Value) -> Value {
    let mut request = json!({
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind": {"group": group, "version": version, "kind": kind},
        "resource": {"group": group, "version": version, "resource": resource},
        "requestKind": {"group": group, "version": version, "kind": kind},
        "requestResource": {"group": group, "version": version, "resource": resource},
        "namespace": "training",
        "operation": operation,
        "userInfo": {"username": "alice", "uid": "7", "groups": ["ds", "system:authenticated"]},
        "object": null,
        "oldObject": null,
        "dryRun": false,
        "options": null,
    });
    let request_fields = request.as_object_mut().unwrap();
    request_fields.extend(rest.as_object().unwrap().clone());
    json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})
}

const POD: (&str, &str, &str, &str) = ("", "v1", "Pod", "pods");

fn pod(gpus: u64) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "train", "namespace": "training", "labels": {"cost-center": "42"}},
        "spec": {"containers": [{"name": "main", "image": "registry.example/train:1",
            "resources": {"limits": {"nvidia.com/gpu": gpus}}}]},
    })
}

/// Sends a review as an API server does, with its certificate or another. Gives status and answer.
fn send(server: &Serving, folder: &Path, path: &str, certificate: Option<&str>, body: &str) -> (u16, Value) {
    let host = "provost.provost-system.svc";
    let port = server.port();
    let mut command = Command::new("curl");
    command.current_dir(folder).args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "60"]);
    command.args(["--cacert", "tls/ca.crt", "--resolve", &format!("{host}:{port}:127.0.0.1")]);
    if let Some(name) = certificate {
        command.args(["--cert", &format!("tls/{name}.crt"), "--key", &format!("tls/{name}.key")]);
    }
    command.args([
        "--header",
        "content-type: application/json",
        "--data-binary",
        "@-",
        "--write-out",
        "\n%{http_code}",
    ]);
    command.arg(format!("https://{host}:{port}{path}?timeout=10s"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap();
    let answer = serde_json::from_str(body).unwrap_or(Value::Null);
    let status = status.parse().unwrap();
    assert_ne!(status, 0, "{}", String::from_utf8_lossy(&output.stderr));
    (status, answer)
}

struct Cluster {
    folder: tempfile::TempDir,
    server: Serving,
}

impl Cluster {
    /// None where there is no client to ask with.
    fn start() -> Option<Self> {
        if Command::new("curl").arg("--version").output().is_err() {
            #[allow(clippy::print_stdout, reason = "a test says what it skips")]
            {
                println!("skipped: there is no curl");
            }
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI has curl");
            return None;
        }
        let folder = repository();
        let server = webhook(folder.path());
        Some(Self { folder, server })
    }

    #[track_caller]
    fn ask(&self, path: &str, review: &Value) -> Value {
        let (status, answer) =
            send(&self.server, self.folder.path(), path, Some("kube-apiserver"), &review.to_string());
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["apiVersion"], review["apiVersion"]);
        assert_eq!(answer["kind"], "AdmissionReview");
        assert_eq!(answer["response"]["uid"], review["request"]["uid"]);
        answer["response"].clone()
    }

    fn admit(&self, review: &Value) -> Value {
        self.ask("/v1/admit", review)
    }

    #[track_caller]
    fn allowed(&self, review: &Value) -> Value {
        let response = self.admit(review);
        assert_eq!(response["allowed"], true, "{response}");
        response
    }

    #[track_caller]
    fn denied(&self, review: &Value, said: &str) {
        let response = self.admit(review);
        assert_eq!(response["allowed"], false, "{response}");
        assert_eq!(response["status"]["code"], 403, "{response}");
        assert!(response["status"]["message"].as_str().unwrap().contains(said), "{response}");
    }
}

#[test]
fn every_operation_is_judged() {
    let Some(cluster) = Cluster::start() else { return };
    cluster.denied(
        &review("CREATE", POD, json!({"name": "train", "object": pod(8)})),
        "[GPU-1] asks for 8 GPUs, and 4 are allowed (fix: Ask for fewer)",
    );
    let few = cluster.allowed(&review("CREATE", POD, json!({"name": "train", "object": pod(4)})));
    assert_eq!(few["auditAnnotations"]["verdict"], "allow", "{few}");
    cluster.denied(
        &review("UPDATE", POD, json!({"name": "train", "object": pod(5), "oldObject": pod(4)})),
        "asks for 5 GPUs",
    );
    // A warning is said, and goes through.
    let mut unpaid = pod(1);
    unpaid["metadata"]["labels"] = json!({});
    let warned = cluster.allowed(&review("CREATE", POD, json!({"object": unpaid})));
    assert_eq!(warned["warnings"], json!(["[GPU-1] nobody says who pays (fix: Ask for fewer)"]));

    // `object` is null: what goes is the old one.
    let mut gone = pod(8);
    gone["metadata"]["labels"]["environment"] = json!("production");
    cluster.denied(&review("DELETE", POD, json!({"name": "train", "oldObject": gone})), "not removed by hand");
    cluster.allowed(&review("DELETE", POD, json!({"name": "train", "oldObject": pod(8)})));

    let exec = json!({"apiVersion": "v1", "kind": "PodExecOptions", "stdin": true, "tty": true, "command": ["sh"]});
    let exec_type = ("", "v1", "PodExecOptions", "pods");
    let connect = |namespace: &str| {
        review(
            "CONNECT",
            exec_type,
            json!({"name": "train", "namespace": namespace, "subResource": "exec", "object": exec}),
        )
    };
    cluster.denied(&connect("production"), "nobody enters a pod");
    cluster.allowed(&connect("training"));
}

#[test]
fn subresources_names_and_users_are_what_they_are() {
    let Some(cluster) = Cluster::start() else { return };
    // Who writes a status asks for nothing, and who lets go of an object on its way out is not held up.
    let status = json!({"name": "train", "subResource": "status", "object": pod(8), "oldObject": pod(8)});
    let response = cluster.allowed(&review("UPDATE", POD, status));
    assert!(response["warnings"][0].as_str().unwrap().contains("asks for 8 GPUs"), "{response}");
    let mut going = pod(8);
    going["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
    cluster.allowed(&review("UPDATE", POD, json!({"name": "train", "object": going, "oldObject": pod(8)})));
    // A null is no time.
    going["metadata"]["deletionTimestamp"] = json!(null);
    cluster.denied(
        &review("UPDATE", POD, json!({"name": "train", "object": going, "oldObject": pod(1)})),
        "asks for 8 GPUs",
    );

    // A Scale carries a number; what it asks for stands in the Deployment that is known to exist.
    let scale = |replicas: u64| {
        let object = json!({"apiVersion": "autoscaling/v1", "kind": "Scale",
            "metadata": {"name": "server", "namespace": "training"}, "spec": {"replicas": replicas}});
        let mut review = review(
            "UPDATE",
            ("autoscaling", "v1", "Scale", "deployments"),
            json!({"name": "server", "subResource": "scale", "object": object, "oldObject": object}),
        );
        review["request"]["resource"] = json!({"group": "apps", "version": "v1", "resource": "deployments"});
        review
    };
    cluster.denied(&scale(3), "asks for 6 GPUs");
    cluster.allowed(&scale(2));
    // Nobody knows what another one asks for, and that is not nothing.
    let mut other = scale(2);
    other["request"]["name"] = "other".into();
    cluster.denied(&other, "[GPU-1] unknown: ");

    // A name that is still to be made up.
    let mut generated = pod(8);
    generated["metadata"] = json!({"generateName": "train-", "namespace": "training"});
    cluster.denied(&review("CREATE", POD, json!({"object": generated})), "asks for 8 GPUs");

    // The user counts as the API server says it, and for nobody else.
    let mut admin = review("CREATE", POD, json!({"name": "train", "object": pod(8)}));
    admin["request"]["userInfo"] = json!({"username": "system:serviceaccount:ops:gpu-admin"});
    cluster.allowed(&admin);
    let exported = || {
        let record = provost(cluster.folder.path(), &["record", "export", "decisions.db"]).exits(0).out;
        record.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let asked = |exported: &[Value], id: &str| {
        exported.iter().find(|entry| entry.to_string().contains(id)).cloned().unwrap_or_default().to_string()
    };
    eventually("it is in the record", || asked(&exported(), "gpu-admin").contains("\"kubernetes\""));

    // Somebody else's certificate is known, and grants nothing.
    let (status, _) = send(&cluster.server, cluster.folder.path(), "/v1/admit", Some("somebody"), &admin.to_string());
    assert_eq!(status, 403);
    let (status, _) = send(&cluster.server, cluster.folder.path(), "/v1/admit", None, &admin.to_string());
    assert_eq!(status, 401);
}

#[test]
fn objects_are_changed_before_they_are_judged() {
    let Some(cluster) = Cluster::start() else { return };
    let object = pod(2);
    let asked = review("CREATE", POD, json!({"name": "train", "object": object}));
    let response = cluster.ask("/v1/mutate", &asked);
    assert_eq!((&response["allowed"], &response["patchType"]), (&json!(true), &json!("JSONPatch")), "{response}");
    let changed = patched(&object, &response);
    assert_eq!(changed["metadata"]["labels"], json!({"cost-center": "42", "owner": "platform"}));
    let resources = &changed["spec"]["containers"][0]["resources"];
    let expected = json!({
        "limits": {"nvidia.com/gpu": 2, "cpu": "1", "memory": "1Gi"},
        "requests": {"cpu": "250m", "memory": "512Mi"},
    });
    assert_eq!(*resources, expected, "{changed}");
    // What was changed once is not changed again, and nobody who compares sees a difference on the next update.
    let again = cluster.ask("/v1/mutate", &review("CREATE", POD, json!({"name": "train", "object": changed})));
    assert_eq!((&again["allowed"], &again["patch"]), (&json!(true), &Value::Null), "{again}");
    let mut applied = object.clone();
    applied["metadata"]["labels"]["owner"] = json!("platform");
    let update = review("UPDATE", POD, json!({"name": "train", "object": applied, "oldObject": changed}));
    assert_eq!(cluster.ask("/v1/mutate", &update)["patch"], Value::Null);
    // Nothing but the object itself is changed, and nothing that goes.
    let status = json!({"name": "train", "subResource": "status", "object": object, "oldObject": object});
    assert_eq!(cluster.ask("/v1/mutate", &review("UPDATE", POD, status))["patch"], Value::Null);
    let delete = review("DELETE", POD, json!({"name": "train", "oldObject": object}));
    assert_eq!(cluster.ask("/v1/mutate", &delete)["patch"], Value::Null);
    // An older API server is answered in its own words.
    let mut older = asked.clone();
    older["apiVersion"] = json!("admission.k8s.io/v1beta1");
    assert_eq!(patched(&object, &cluster.ask("/v1/mutate", &older)), changed);
}

/// The object after a response's patch, applied by somebody else's implementation of RFC 6902.
fn patched(object: &Value, response: &Value) -> Value {
    let patch = STANDARD.decode(response["patch"].as_str().unwrap_or_default()).unwrap();
    let patch: json_patch::Patch = serde_json::from_slice(&patch).unwrap();
    let mut patched = object.clone();
    json_patch::patch(&mut patched, &patch).unwrap();
    patched
}

#[test]
fn gatekeepers_policies_judge_beside_ones_own() {
    let Some(cluster) = Cluster::start() else { return };
    let ingress = |name: &str, namespace: &str, host: &str| {
        let object = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": name, "namespace": namespace}, "spec": {"rules": [{"host": host}]}});
        review(
            "CREATE",
            ("networking.k8s.io", "v1", "Ingress", "ingresses"),
            json!({"name": name, "namespace": namespace, "object": object}),
        )
    };
    cluster.denied(&ingress("second", "training", "a.example"), "host a.example is taken by first");
    cluster.allowed(&ingress("second", "training", "b.example"));
    // What comes to exist is known as soon as the files say so.
    let more = format!(
        "{CLUSTER}---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: third, namespace: training}}\nspec: {{rules: [{{host: b.example}}]}}\n"
    );
    write(cluster.folder.path(), "cluster/objects.yaml", more.as_bytes());
    eventually("the inventory is read again", || {
        cluster.admit(&ingress("second", "training", "b.example"))["allowed"] == false
    });
    let settings = |namespace: &str| {
        let object =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": namespace}});
        review(
            "CREATE",
            ("", "v1", "ConfigMap", "configmaps"),
            json!({"name": "a", "namespace": namespace, "object": object}),
        )
    };
    cluster.denied(&settings("training"), "teams keep no such settings");
    cluster.denied(&settings("elsewhere"), "teams keep no such settings");
    // Nobody knows the labels of that namespace: what cannot be decided is refused, and says why.
    cluster.denied(&ingress("second", "elsewhere", "c.example"), "Namespace `elsewhere` is not known");
}

#[test]
fn what_keeps_a_cluster_alive_is_not_held_up() {
    let Some(cluster) = Cluster::start() else { return };
    for namespace in ["kube-system", "kube-node-lease", "provost-system"] {
        let mut object = pod(8);
        object["metadata"]["namespace"] = json!(namespace);
        let asked = review("CREATE", POD, json!({"name": "train", "namespace": namespace, "object": object}));
        let response = cluster.allowed(&asked);
        assert_eq!(response["auditAnnotations"]["exempt"], "namespace");
        assert_eq!(cluster.ask("/v1/mutate", &asked)["patch"], Value::Null);
    }
    let metrics = cluster.server_metrics();
    assert!(
        metrics.contains("provost_admission_requests_total{webhook=\"validating\",outcome=\"exempt\"} 3"),
        "{metrics}"
    );
}

impl Cluster {
    fn server_metrics(&self) -> String {
        let port = self.server.port();
        let output = Command::new("curl")
            .current_dir(self.folder.path())
            .args(["--silent", "--noproxy", "*", "--cacert", "tls/ca.crt"])
            .arg(format!("https://localhost:{port}/metrics"))
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn a_dry_run_leaves_no_trace_but_the_record() {
    let Some(cluster) = Cluster::start() else { return };
    let before: Vec<_> = files(cluster.folder.path());
    let dry = |gpus| review("CREATE", POD, json!({"name": "train", "object": pod(gpus), "dryRun": true}));
    cluster.denied(&dry(8), "asks for 8 GPUs");
    cluster.allowed(&dry(2));
    assert!(cluster.ask("/v1/mutate", &dry(2))["patch"].is_string());
    // The same again: nothing was counted against anybody.
    cluster.allowed(&dry(4));
    cluster.allowed(&dry(4));
    let after = files(cluster.folder.path());
    assert_eq!(before, after, "nothing but the record is written");
    let ended = cluster.server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    provost(cluster.folder.path(), &["record", "verify", "decisions.db"]).exits(0);
    let exported = provost(cluster.folder.path(), &["record", "export", "decisions.db"]).exits(0).out;
    assert_eq!(exported.lines().filter(|line| line.contains("\"admission\"")).count(), 5, "{exported}");
}

/// Every file but the record's, with its length.
fn files(folder: &Path) -> Vec<(String, u64)> {
    fn walk(folder: &Path, found: &mut Vec<(String, u64)>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.path().display().to_string();
            if entry.path().is_dir() {
                walk(&entry.path(), found);
            } else if !name.contains("decisions.") {
                found.push((name, entry.metadata().unwrap().len()));
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, &mut found);
    found.sort();
    found
}

#[test]
fn secrets_are_judged_and_never_written_down() {
    let Some(cluster) = Cluster::start() else { return };
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "training"},
        "data": {"key": STANDARD.encode("hunter2-and-more")}, "stringData": {"other": "correct-horse-battery"}});
    cluster.allowed(&review("CREATE", ("", "v1", "Secret", "secrets"), json!({"name": "s", "object": secret})));
    let ended = cluster.server.stop();
    for hidden in ["hunter2-and-more", &STANDARD.encode("hunter2-and-more"), "correct-horse-battery"] {
        let exported = provost(cluster.folder.path(), &["record", "export", "decisions.db", "--bodies"]).out;
        assert!(!exported.contains(hidden) && !ended.log.contains(hidden), "{hidden}");
        for (name, _) in record_files(cluster.folder.path()) {
            let bytes = std::fs::read(&name).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(hidden), "{name} has {hidden}");
        }
    }
}

fn record_files(folder: &Path) -> Vec<(String, u64)> {
    let all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.is_file() && path.display().to_string().contains("decisions."))
        .map(|path| (path.display().to_string(), 0))
        .collect()
}

#[test]
fn what_is_no_review_is_refused_and_the_server_goes_on() {
    let Some(cluster) = Cluster::start() else { return };
    let good = review("CREATE", POD, json!({"name": "train", "object": pod(8)}));
    let mut wrong_version = good.clone();
    wrong_version["apiVersion"] = json!("admission.k8s.io/v2");
    let mut no_uid = good.clone();
    no_uid["request"].as_object_mut().unwrap().remove("uid");
    let duplicate =
        good.to_string().replacen("\"operation\":\"CREATE\"", "\"operation\":\"DELETE\",\"operation\":\"CREATE\"", 1);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases = [
        (String::new(), "empty"),
        ("{".to_owned(), "malformed"),
        ("[]".to_owned(), "must be an object"),
        ("{\"kind\": \"Pod\"}".to_owned(), "must be `AdmissionReview`"),
        (wrong_version.to_string(), "admission.k8s.io/v1"),
        (no_uid.to_string(), "request.uid"),
        (duplicate, "operation"),
        (deep, "malformed"),
    ];
    for path in ["/v1/admit", "/v1/mutate"] {
        for (body, said) in &cases {
            let (status, answer) = send(&cluster.server, cluster.folder.path(), path, Some("kube-apiserver"), body);
            assert_eq!(status, 400, "{said}: {answer}");
            assert!(answer["message"].as_str().unwrap().contains(said), "{said}: {answer}");
        }
    }
    // About nothing: it has a uid, so it is answered as a review.
    let response = cluster.admit(&review("CREATE", POD, json!({})));
    assert_eq!((&response["allowed"], &response["status"]["code"]), (&json!(false), &json!(400)));
    cluster.denied(&good, "asks for 8 GPUs");
}

#[test]
fn a_policy_that_runs_away_refuses_in_time() {
    let Some(cluster) = Cluster::start() else { return };
    let endless = "# METADATA\n# custom:\n#   provost:\n#     id: SLOW-1\n#     input: request\npackage slow\n\ndeny contains \"x\" if {\n\tcount([1 | some i in numbers.range(1, 100000); some j in numbers.range(1, 100000); i == j + 200000]) > 0\n}\n";
    write(cluster.folder.path(), "policies/slow.rego", endless.as_bytes());
    let asked = review("CREATE", POD, json!({"name": "train", "object": pod(1)}));
    eventually("the policy is there, and is stopped", || {
        let body = asked.to_string();
        let port = cluster.server.port();
        let mut command = Command::new("curl");
        command.current_dir(cluster.folder.path()).args(["--silent", "--noproxy", "*", "--cacert", "tls/ca.crt"]);
        command.args(["--data-binary", &body]).arg(format!("https://localhost:{port}/v1/admit?timeout=1s"));
        let answer: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap_or_default();
        let said = answer["response"]["status"]["message"].as_str().unwrap_or_default();
        answer["response"]["allowed"] == false && said.contains("SLOW-1") && said.contains("the policy failed")
    });
}

#[test]
fn what_was_decided_is_decided_again() {
    let Some(cluster) = Cluster::start() else { return };
    let create = |gpus| review("CREATE", POD, json!({"name": "train", "object": pod(gpus)}));
    cluster.denied(&create(8), "asks for 8 GPUs");
    cluster.allowed(&create(2));
    assert!(cluster.ask("/v1/mutate", &create(2))["patch"].is_string());
    let folder = cluster.folder.path();
    cluster.server.stop();
    let same = provost(folder, &["replay", "decisions.db"]).exits(0).out;
    assert!(same.contains("0 would change, 3 would not"), "{same}");
    write(folder, "policies/gpus.rego", GPUS.replace("total > 4", "total > 1").as_bytes());
    let other = provost(folder, &["replay", "decisions.db"]).exits(1).out;
    assert!(other.contains("Pod/training/train") && other.contains("1 would change"), "{other}");
}
