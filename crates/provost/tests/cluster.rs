//! Admission as a real API server asks for it. `cargo xtask cluster` runs these; without its programs they say that they are skipped.

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
use common::{provost, tree};
use serde_json::{Value, json};
use serving::Serving;
use tempfile::TempDir;

const CONFIGURATION: &str = "\
policies: [policies]
record: {path: decisions.db}
admission: {api_servers: [kube-apiserver]}
server:
  access:
    - {subjects: [kube-apiserver], may: [decide]}
    - {local: true, may: [read, health, metrics]}
";

const POLICIES: &str = r#"# METADATA
# custom:
#   provost:
#     id: GPU-100
#     input: request
#     kinds: [Pod, Deployment]
#     remediation: Ask for fewer.
package gpus

deny contains sprintf("%s (%s) asks for %d GPUs", [input.subject.id, input.subject.verified_by, total]) if {
	total := sum([one.count | some one in input.resource.accelerators])
	total > 4
}

warn contains "nobody says who pays" if not input.resource.dimensions.cost_center
"#;

const LEAVING: &str = r#"# METADATA
# custom:
#   provost:
#     id: KEEP-1
#     input: request
#     actions: [delete, connect]
package keep

deny contains "what is protected stays" if {
	input.action == "delete"
	input.resource.tags.keep == "yes"
}

deny contains "nobody enters a pod" if input.action == "connect"
"#;

/// A repository, with what the API server shows as the authority for clients.
fn repository(cluster: &Cluster) -> TempDir {
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../../library/container-defaults/container_defaults.rego");
    let defaults = std::fs::read_to_string(library).unwrap();
    let authority = std::fs::read_to_string(cluster.folder.path().join("ca.crt")).unwrap();
    let folder = tree(&[
        ("provost.yaml", CONFIGURATION),
        ("policies/gpus.rego", POLICIES),
        ("policies/leaving.rego", LEAVING),
        ("policies/defaults.rego", &defaults),
        ("api-servers.crt", &authority),
    ]);
    provost(folder.path(), &["certs"]).exits(0);
    folder
}

fn serve(folder: &TempDir) -> Serving {
    let tls = ["--tls-certificate", "tls/server.crt", "--tls-key", "tls/server.key"];
    Serving::start(folder.path(), &[&tls[..], &["--tls-client-authorities", "api-servers.crt"]].concat())
}

/// The webhook configurations of a server outside of the cluster.
fn webhooks(folder: &TempDir, server: &Serving) -> String {
    let url = format!("https://127.0.0.1:{}", server.port());
    let arguments = ["serve", "--print-webhooks", "--ca-bundle", "tls/ca.crt", "--webhook-url", &url];
    provost(folder.path(), &arguments).exits(0).out
}

fn pod(namespace: &str, name: &str, gpus: u64, labels: Value) -> String {
    let name = if name.ends_with('-') { json!({"generateName": name}) } else { json!({"name": name}) };
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": name,
        "spec": {"containers": [{"name": "main", "image": "train:1", "resources": {"limits": {}}}]}});
    pod["metadata"]["namespace"] = namespace.into();
    pod["metadata"]["labels"] = labels;
    if gpus > 0 {
        pod["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] = gpus.to_string().into();
    }
    pod.to_string()
}

const REFUSAL: &str = "[GPU-100] admin (kubernetes) asks for 8 GPUs (fix: Ask for fewer)";

#[test]
fn an_api_server_is_answered() {
    let Some(cluster) = Cluster::start("an_api_server_is_answered") else { return };
    let folder = repository(&cluster);
    let server = serve(&folder);
    let printed = webhooks(&folder, &server);
    let created = cluster.kubectl_with(&["apply", "-f", "-"], &printed).ok().out;
    assert_eq!(created.lines().count(), 2, "{created}");
    let again = cluster.kubectl_with(&["apply", "-f", "-"], &printed).ok().out;
    assert!(
        again.lines().all(|line| line.ends_with(" unchanged")),
        "the API server adds nothing that is not said: {again}"
    );
    for name in ["training", "free", "provost-system"] {
        cluster.kubectl(&["create", "namespace", name]).ok();
        if name != "free" {
            cluster.kubectl(&["label", "namespace", name, "provost.dev/admission=enforce"]).ok();
        }
    }
    cluster.kubectl(&["label", "namespace", "kube-system", "provost.dev/admission=enforce"]).ok();
    let paid = || json!({"cost-center": "42"});
    let webhook = "admission webhook \"validate.provost.dev\" denied the request: ";
    cluster.create(&pod("training", "train", 8, paid())).refused(&[webhook, REFUSAL]);
    cluster.create(&pod("training", "train-", 8, paid())).refused(&[REFUSAL]);
    for namespace in ["free", "kube-system", "provost-system"] {
        cluster.create(&pod(namespace, "train", 8, paid())).ok();
    }
    // Who impersonates somebody is judged as that one, on the API server's word.
    let impersonated = ["--as=alice", "--as-group=system:masters", "create", "-f", "-"];
    cluster
        .kubectl_with(&impersonated, &pod("training", "train", 8, paid()))
        .refused(&["alice (kubernetes) asks for 8"]);

    // Defaults, and a warning as kubectl shows it.
    let warned = cluster.create(&pod("training", "small", 1, json!({}))).ok();
    assert!(warned.err.contains("Warning: [GPU-100] nobody says who pays"), "{}", warned.err);
    let read = |path: &str| {
        cluster.kubectl(&["-n", "training", "get", "pod", "small", "-o", &format!("jsonpath={path}")]).ok().out
    };
    assert_eq!(read("{.spec.containers[0].resources.requests.memory}"), "512Mi");
    assert_eq!(read("{.spec.containers[0].resources.limits.nvidia\\.com/gpu}"), "1");
    let generated = cluster.create(&pod("training", "made-", 1, paid())).ok().out;
    assert!(generated.starts_with("pod/made-"), "{generated}");

    // Dry runs are decided and change nothing.
    let dry = |manifest: &str| cluster.kubectl_with(&["create", "--dry-run=server", "-o", "json", "-f", "-"], manifest);
    let shown: Value = serde_json::from_str(&dry(&pod("training", "dry", 1, paid())).ok().out).unwrap();
    assert_eq!(shown["spec"]["containers"][0]["resources"]["requests"]["cpu"], "250m");
    dry(&pod("training", "dry", 8, paid())).refused(&[REFUSAL]);
    cluster.kubectl(&["-n", "training", "get", "pod", "dry"]).refused(&["NotFound"]);

    // What goes, and what is entered.
    cluster.create(&pod("training", "kept", 0, json!({"cost-center": "42", "keep": "yes"}))).ok();
    cluster
        .kubectl(&["-n", "training", "delete", "pod", "kept", "--wait=false"])
        .refused(&["[KEEP-1] what is protected stays"]);
    cluster.kubectl(&["-n", "training", "delete", "pod", "small", "--wait=false"]).ok();
    for words in [&["exec", "kept", "--", "ls"][..], &["attach", "kept"]] {
        cluster.kubectl(&[&["-n", "training"], words].concat()).refused(&["[KEEP-1] nobody enters a pod"]);
    }
    let proxied = "/api/v1/namespaces/training/pods/kept/proxy/";
    cluster.kubectl(&["get", "--raw", proxied]).refused(&["[KEEP-1] nobody enters a pod"]);

    // A workload that nobody knows of may ask for anything.
    cluster.create(DEPLOYMENT).ok();
    let scaled = cluster.kubectl(&["-n", "training", "scale", "deployment", "server", "--replicas=5"]);
    scaled.refused(&["[GPU-100] unknown: ", "the inventory does not have the object that is scaled"]);

    // Everything that was decided is in the record.
    assert_eq!(server.stop().code, Some(0));
    provost(folder.path(), &["record", "verify", "decisions.db"]).exits(0).says(&["it is what was written"]);
    let shown = provost(folder.path(), &["record", "show", "decisions.db"]).exits(0).out;
    assert!(shown.contains("alice"), "{shown}");
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: server, namespace: training, labels: {cost-center: '42'}}
spec:
  replicas: 1
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server, cost-center: '42'}}
    spec: {containers: [{name: c, image: x, resources: {limits: {nvidia.com/gpu: 2}}}]}
";

#[test]
fn what_is_applied_again_does_not_drift() {
    let Some(cluster) = Cluster::start("what_is_applied_again_does_not_drift") else { return };
    let folder = repository(&cluster);
    let server = serve(&folder);
    cluster.kubectl_with(&["apply", "-f", "-"], &webhooks(&folder, &server)).ok();
    cluster.kubectl(&["create", "namespace", "training"]).ok();
    cluster.kubectl(&["label", "namespace", "training", "provost.dev/admission=enforce"]).ok();
    let manifest = pod("training", "synced", 1, json!({"cost-center": "42"}));
    let version = || {
        let read = ["-n", "training", "get", "pod", "synced", "-o", "jsonpath={.metadata.resourceVersion}"];
        cluster.kubectl(&read).ok().out
    };
    // As Argo CD and Flux do.
    let apply = ["apply", "--server-side", "--field-manager=sync", "-f", "-"];
    cluster.kubectl_with(&apply, &manifest).ok();
    let first = version();
    cluster.kubectl_with(&apply, &manifest).ok();
    assert_eq!(version(), first, "nothing was written the second time");
    cluster.kubectl_with(&["diff", "--server-side", "--field-manager=sync", "-f", "-"], &manifest).ok();
    // And what people do.
    cluster.kubectl_with(&["diff", "-f", "-"], &manifest).ok();
}

#[test]
fn a_server_that_is_gone_holds_up_what_it_is_asked_about_and_nothing_else() {
    let Some(cluster) = Cluster::start("a_server_that_is_gone") else { return };
    let folder = repository(&cluster);
    let server = serve(&folder);
    cluster.kubectl_with(&["apply", "-f", "-"], &webhooks(&folder, &server)).ok();
    for name in ["training", "free"] {
        cluster.kubectl(&["create", "namespace", name]).ok();
    }
    cluster.kubectl(&["label", "namespace", "training", "provost.dev/admission=enforce"]).ok();
    server.stop();
    let small = |namespace: &str| pod(namespace, "small", 1, json!({"cost-center": "42"}));
    cluster
        .create(&small("training"))
        .refused(&["failed calling webhook \"mutate.provost.dev\"", "connection refused"]);
    cluster.create(&small("free")).ok();
    cluster.create(&small("kube-system")).ok();
    cluster.kubectl(&["-n", "training", "create", "configmap", "notes", "--from-literal=a=b"]).ok();
    // The way out that the documentation names.
    cluster.kubectl(&["delete", "validatingwebhookconfiguration,mutatingwebhookconfiguration", "provost"]).ok();
    cluster.create(&small("training")).ok();
}

#[test]
fn what_is_deployed_is_what_an_api_server_takes() {
    let Some(cluster) = Cluster::start("what_is_deployed_is_what_an_api_server_takes") else { return };
    for manifests in ["../../deploy/kubernetes", "../../deploy/kubernetes-inventory"] {
        let manifests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(manifests);
        let built = cluster.kubectl(&["kustomize", &manifests.display().to_string()]).ok().out;
        let applied = cluster.kubectl_with(&["apply", "--server-side", "-f", "-"], &built).ok().out;
        assert!(applied.contains("deployment.apps/provost serverside-applied"), "{applied}");
    }
    // With the inventory the server may look at what exists and change nothing.
    let account = "--as=system:serviceaccount:provost-system:provost";
    for (verb, resource, answer) in
        [("watch", "pods", true), ("list", "namespaces", true), ("create", "pods", false), ("list", "secrets", false)]
    {
        let asked = cluster.kubectl(&["auth", "can-i", verb, resource, "--all-namespaces", account]);
        assert_eq!(asked.succeeded, answer, "{verb} {resource}: {}{}", asked.out, asked.err);
    }
}

#[test]
fn reports_of_an_audit_are_objects_of_their_definitions() {
    let Some(cluster) = Cluster::start("reports_of_an_audit_are_objects_of_their_definitions") else { return };
    cluster.create(include_str!("cluster/report_definitions.yaml")).ok();
    let established = ["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"];
    cluster.kubectl(&established).ok();
    cluster.kubectl(&["create", "namespace", "training"]).ok();
    cluster.create(&pod("training", "train", 8, json!({"cost-center": "42"}))).ok();
    cluster.create(&pod("training", "small", 1, json!({}))).ok();
    let existing = cluster.kubectl(&["get", "pods,namespaces", "-A", "-o", "yaml"]).ok().out;
    let folder = repository(&cluster);
    for (format, reports) in
        [("policy-report", "policyreports.wgpolicyk8s.io"), ("open-reports", "reports.openreports.io")]
    {
        let audited =
            common::provost_with_input(folder.path(), &["audit", "-", "--format", format], existing.as_bytes());
        let reported = audited.exits(1).out;
        for _ in 0..2 {
            cluster.kubectl_with(&["apply", "--server-side", "--validate=strict", "-f", "-"], &reported).ok();
        }
        let stored = cluster.kubectl(&["-n", "training", "get", reports, "-o", "json"]).ok().out;
        let stored: Value = serde_json::from_str(&stored).unwrap();
        let report = &stored["items"][0];
        assert_eq!(report["summary"]["fail"], 1, "{report}");
        assert!(report["results"].to_string().contains("asks for 8 GPUs"), "{report}");
    }
}
