//! Resources that a caller describes in the model's own words.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop and say why")]

use catalog::{Settings, describe};
use value::json::{self, ParseLimits};
use value::{Arena, Pointer};

/// The resource as policies see it, or what is wrong and where.
fn described(text: &str) -> String {
    let arena = Arena::new();
    let description = json::parse(&arena, text.as_bytes(), &ParseLimits::default()).unwrap();
    match describe(&arena, description, &Pointer::root(), &Settings::default()) {
        Ok(resource) => {
            let (class, action) = (resource.class.as_str(), resource.action.as_str());
            let (source, governed) = (resource.source.as_str(), resource.governed);
            format!("{class} {action} {source} {governed} {} {}", resource.value, resource.object)
        }
        Err(error) => format!("{}: {error}", error.pointer),
    }
}

#[test]
fn what_is_left_out_is_not_nothing() {
    let minimal = described(r#"{"resource": {"class": "training-job", "name": "bert"}}"#);
    assert_eq!(
        minimal,
        "training-job create document true {\"accelerators\": [unknown], \"account\": null, \"address\": \"bert\", \
         \"before\": null, \"class\": \"training-job\", \"cluster\": null, \"created_at\": null, \
         \"dimensions\": {\"cost_center\": unknown, \"data_class\": unknown, \"environment\": unknown, \
         \"model_card\": unknown, \"owner\": unknown, \"project\": unknown, \"team\": unknown}, \"images\": [], \
         \"name\": \"bert\", \"namespace\": null, \"pods\": [], \"provider\": \"\", \"region\": null, \"replicas\": null, \
         \"tags\": unknown, \"type\": \"\"} null"
    );
}

#[test]
fn what_is_told_is_seen() {
    let told = described(
        r#"{"action": "update", "source": "aws", "object": {"a": {"$unknown": "later"}},
            "resource": {"class": "endpoint", "address": "e", "provider": "aws", "type": "x", "tags": {"CostCenter": "42"},
                "accelerators": [{"kind": "gpu", "count": {"$unknown": "later"}}], "replicas": 2, "images": ["i"]}}"#,
    );
    for part in [
        "endpoint update aws true",
        "\"name\": \"e\"",
        "\"dimensions\": {\"cost_center\": \"42\"}",
        "\"accelerators\": [{\"count\": unknown, \"kind\": \"gpu\", \"model\": null, \"resource\": null}]",
        "\"replicas\": 2",
        "{\"a\": unknown}",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(described(r#"{"resource": {"class": "none", "name": "x"}}"#).starts_with("none create document false"));
}

#[test]
fn what_no_request_has_is_refused() {
    for (text, expected) in [
        ("{}", "/resource: a resource needs a `class`"),
        ("[]", "/resource: a resource needs a `class`"),
        (r#"{"resource": 1}"#, "/resource: expected an object, found a value of type number"),
        (r#"{"resource": {"class": "endpoint"}}"#, "/resource: a resource needs a `name`"),
        (
            r#"{"resource": {"class": "endpoit", "name": "e"}}"#,
            "/resource/class: there is no class `endpoit`; did you mean `endpoint`?",
        ),
        (
            r#"{"resource": {"class": "endpoint", "name": "e", "tag": {}}}"#,
            "/resource/tag: there is no field `tag`; did you mean `tags`?",
        ),
        (
            r#"{"resource": {"class": "endpoint", "name": "e", "tags": []}}"#,
            "/resource/tags: `tags` must be an object, and this is of type array",
        ),
        (
            r#"{"resource": {"class": "endpoint", "name": "e", "replicas": {"min": 1}}}"#,
            "/resource/replicas: expected a single value, found a value of type object",
        ),
        (
            r#"{"resource": {"class": "endpoint", "name": "e", "accelerators": {"kind": "gpu"}}}"#,
            "/resource/accelerators: expected an array, found a value of type object",
        ),
        (
            r#"{"resource": {"class": "endpoint", "name": "e", "accelerators": [{"kinds": "gpu"}]}}"#,
            "/resource/accelerators/0/kinds: there is no field `kinds`; did you mean `kind`?",
        ),
        (
            r#"{"action": "make", "resource": {}}"#,
            "/action: `\"make\"` is no action; there are `create`, `update`, `replace`, `delete`, `none`, `import`, `forget`, `connect`",
        ),
        (
            r#"{"source": 7, "resource": {}}"#,
            "/source: `7` is no source; there are `terraform`, `cloudformation`, `kubernetes`, `aws`, `mlflow`, `document`",
        ),
    ] {
        assert_eq!(described(text), expected, "{text}");
    }
}
