//! The manifests in `deploy/kubernetes` fit each other, the server and its certificates.

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

use common::{provost, tree};
use serde_json::{Value, json};
use serving::Serving;
use std::path::{Path, PathBuf};
use std::process::Command;
use value::{Arena, Source};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/kubernetes")
}

/// The documents of a YAML text.
fn documents(name: &str, text: &str) -> Vec<Value> {
    let arena = Arena::new();
    let source = Source::new(name, text);
    let parsed = formats::parse(&arena, &source, formats::Format::Yaml, &formats::Options::default());
    let parsed = parsed.unwrap_or_else(|mistake| panic!("{name}: {}", mistake.message));
    parsed
        .documents
        .iter()
        .map(|document| serde_json::from_str(&value::json::to_string(document.value)).unwrap())
        .collect()
}

fn manifest(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(name)).unwrap();
    documents(name, &text).remove(0)
}

#[test]
fn everything_that_is_listed_is_there_and_selects_the_pods() {
    let kustomization = manifest("kustomization.yaml");
    let deployment = manifest("deployment.yaml");
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    for name in kustomization["resources"].as_array().unwrap() {
        let object = manifest(name.as_str().unwrap());
        if object["kind"] != "Namespace" {
            assert_eq!(object["metadata"]["namespace"], "provost-system", "{name}");
        }
    }
    assert_eq!(&deployment["spec"]["selector"]["matchLabels"], labels);
    assert_eq!(&manifest("service.yaml")["spec"]["selector"], labels);
    assert_eq!(&manifest("poddisruptionbudget.yaml")["spec"]["selector"]["matchLabels"], labels);
    assert_eq!(&manifest("networkpolicy.yaml")["spec"]["podSelector"]["matchLabels"], labels);
    let ports = deployment["spec"]["template"]["spec"]["containers"][0]["ports"].as_array().unwrap();
    let ports: Vec<_> = ports.iter().map(|port| &port["name"]).collect();
    assert_eq!(ports, ["https", "diagnostic"]);
    assert_eq!(
        manifest("service.yaml")["spec"]["ports"][0],
        json!({"name": "https", "port": 443, "targetPort": "https"})
    );
    let generated = &kustomization["configMapGenerator"][0];
    let volumes = deployment["spec"]["template"]["spec"]["volumes"].to_string();
    assert!(volumes.contains(generated["name"].as_str().unwrap()));
    generated["files"].as_array().unwrap().iter().for_each(|file| {
        assert!(folder().join(file.as_str().unwrap()).is_file(), "{file}");
    });
    // What certificates are made for is what the API server calls.
    let names = manifest("cert-manager.yaml");
    assert_eq!(names["kind"], "Issuer");
    let text = std::fs::read_to_string(folder().join("cert-manager.yaml")).unwrap();
    assert!(text.contains("provost.provost-system.svc\n"));
}

#[test]
fn the_containers_arguments_start_a_server_that_denies_a_pod() {
    let container = manifest("deployment.yaml")["spec"]["template"]["spec"]["containers"][0].clone();
    let files: Vec<_> = ["provost.yaml", "policies.rego"]
        .map(|name| (format!("repository/{name}"), std::fs::read_to_string(folder().join(name)).unwrap()))
        .to_vec();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.replace("/record/", "../"))).collect();
    let folder = tree(&files.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>());
    provost(folder.path(), &["certs"]).exits(0);
    for (from, to) in [("server.crt", "tls.crt"), ("server.key", "tls.key")] {
        std::fs::rename(folder.path().join("tls").join(from), folder.path().join("tls").join(to)).unwrap();
    }
    // As in the pod, but for its own paths and ports.
    let arguments: Vec<String> = container["args"]
        .as_array()
        .unwrap()
        .iter()
        .skip(1)
        .map(|argument| argument.as_str().unwrap())
        .map(|argument| match argument.split_once('=') {
            Some(("--address", _)) => "--address=127.0.0.1:0".to_owned(),
            Some(("--diagnostic-address", _)) => "--diagnostic-address=0.0.0.0:0".to_owned(),
            Some((name, path)) if path.starts_with('/') => format!("{name}={}{path}", folder.path().display()),
            _ => argument.to_owned(),
        })
        .collect();
    let mut own: Vec<&str> = arguments.iter().map(String::as_str).filter(|one| !one.starts_with("--address")).collect();
    let diagnostic = own.iter().position(|one| one.starts_with("--diagnostic-address")).unwrap();
    own.splice(diagnostic..=diagnostic, ["--diagnostic-address", "0.0.0.0:0"]);
    let server = Serving::start(folder.path(), &own);
    assert!(server.urls.iter().all(|url| url.starts_with("https://")), "{:?}", server.urls);
    let probes = ["readinessProbe", "livenessProbe"].map(|probe| container[probe]["httpGet"]["scheme"].clone());
    assert_eq!(probes, ["HTTPS", "HTTPS"]);
    if Command::new("curl").arg("--version").output().is_ok() {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "ml"},
            "spec": {"containers": [{"name": "c", "resources": {"limits": {"nvidia.com/gpu": 8}}}]}});
        let kind = json!({"group": "", "version": "v1", "kind": "Pod"});
        let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
            "uid": "1", "operation": "CREATE", "namespace": "ml", "kind": kind,
            "resource": {"group": "", "version": "v1", "resource": "pods"}, "object": pod}});
        // As a managed control plane asks: without a certificate, under the Service's name.
        let host = "provost.provost-system.svc";
        let output = Command::new("curl")
            .current_dir(folder.path())
            .args(["--silent", "--noproxy", "*", "--cacert", "tls/ca.crt", "--data", &review.to_string()])
            .args(["--resolve", &format!("{host}:{}:127.0.0.1", server.port())])
            .arg(format!("https://{host}:{}/v1/admit?timeout=5s", server.port()))
            .output()
            .unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let message = answer["response"]["status"]["message"].as_str().unwrap();
        assert!(message.contains("[GPU-100] asks for 8 GPUs"), "{answer}");
    }
    let deployed = provost(
        folder.path(),
        &["serve", "--print-webhooks", "--repository", "repository", "--ca-bundle", "tls/ca.crt"],
    )
    .exits(0)
    .out;
    let registered = documents("webhooks", &deployed);
    assert_eq!(registered.len(), 1, "the example changes nothing: {deployed}");
    let webhook = &registered[0]["webhooks"][0];
    assert_eq!(webhook["clientConfig"]["service"]["name"], manifest("service.yaml")["metadata"]["name"]);
    assert_eq!(webhook["rules"][0]["resources"], json!(["pods"]));
    assert!(webhook["clientConfig"]["caBundle"].as_str().unwrap().len() > 100);
}

#[test]
fn the_deployment_passes_the_library() {
    let checked = provost(&folder(), &["check", "deployment.yaml", "-p", "../../library/container-resources"]);
    checked.exits(0);
}
