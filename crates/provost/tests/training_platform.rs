//! The example of a training platform, served from its folder as people do it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must stop and say why")]

mod common;
#[path = "common/serving.rs"]
mod serving;

use serde_json::{Value, json};
use serving::Serving;
use std::path::{Path, PathBuf};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/training-platform").canonicalize().unwrap()
}

/// The policies that said something, each once.
fn said(decision: &Value) -> Vec<&str> {
    let mut ids: Vec<_> =
        decision["findings"].as_array().unwrap().iter().map(|finding| finding["policy"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[test]
fn the_example_serves_both_apis() {
    let server = Serving::start(&example(), &[]);
    assert_eq!(server.get("/health/ready").is(200).json()["status"], "ready");

    // Its data, and its rules, as OPA's clients ask for them.
    let registries = server.get("/v1/data/image_registries").is(200).json()["result"].clone();
    assert!(registries.as_array().is_some_and(|registries| !registries.is_empty()), "{registries}");
    let ours = format!("{}/train:1", registries[0].as_str().unwrap());
    let deny = |image: &str| {
        let input = json!({"input": {"resource": {"images": [image]}}});
        server.post("/v1/data/platform/images/deny", &input.to_string()).is(200).json()["result"].clone()
    };
    assert_eq!(deny(&ours), json!([format!("runs {ours}, which is not named by a digest")]));
    assert_eq!(deny(&format!("{}@sha256:0", ours.trim_end_matches(":1"))), json!([]));

    // The plan that stands beside it, by the same policies and the built-in ones.
    let plan = std::fs::read_to_string(example().join("inputs/terraform/platform.plan.json")).unwrap();
    let decision = server.post("/v1/decide", &format!("{{\"document\": {plan}}}")).is(200).json();
    assert_eq!(decision["verdict"], "deny", "{decision}");
    assert!(said(&decision).len() > 1, "{:?}", said(&decision));
    // A pod of its own is allowed under its own name only.
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "notes", "namespace": "research"},
        "spec": {"containers": [{"name": "main", "image": "elsewhere.example/notes:latest"}]},
    });
    let decision = server.post("/v1/decide", &json!({ "documents": [pod] }).to_string()).is(200).json();
    assert_eq!(decision["verdict"], "deny", "{decision}");
    assert!(said(&decision).contains(&"IMAGE-001"), "{:?}", said(&decision));
    assert_eq!(server.stop().code, Some(0));
}
