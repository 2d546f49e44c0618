use super::{Operation, Response, Review, ReviewError, ReviewVersion, Status};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use value::{Arena, Value, json};

const CREATE: &str = r#"{
  "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
  "request": {
    "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
    "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
    "resource": {"group": "apps", "version": "v1", "resource": "deployments"},
    "requestKind": {"group": "extensions", "version": "v1beta1", "kind": "Deployment"},
    "namespace": "shop", "operation": "CREATE",
    "userInfo": {"username": "alice", "uid": "7", "groups": ["ds", "system:authenticated"],
                 "extra": {"scopes": ["a", "b"]}},
    "object": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"generateName": "web-"}},
    "oldObject": null, "dryRun": true, "options": {"kind": "CreateOptions"}
  }
}"#;

fn parse<'a>(arena: &'a Arena, text: &str) -> Value<'a> {
    json::parse(arena, text.as_bytes(), &json::ParseLimits::default()).unwrap()
}

#[test]
fn a_request_to_create() {
    let arena = Arena::new();
    let review = Review::read(parse(&arena, CREATE)).unwrap();
    assert_eq!(review.version, ReviewVersion::V1);
    assert_eq!(review.uid, "705ab4f5-6393-11e8-b7cc-42010a800002");
    assert_eq!(review.kind.to_string(), "apps/v1 Deployment");
    assert_eq!(review.request_kind.unwrap().to_string(), "extensions/v1beta1 Deployment");
    assert_eq!((review.resource.group, review.resource.resource), ("apps", "deployments"));
    assert_eq!((review.sub_resource, review.name, review.namespace), (None, None, Some("shop")));
    assert_eq!((review.operation, review.dry_run), (Operation::Create, true));
    assert_eq!((review.user.username, review.user.uid), ("alice", "7"));
    assert_eq!(review.user.groups().collect::<Vec<_>>(), ["ds", "system:authenticated"]);
    let extra: Vec<_> = review.user.extra().map(|(key, values)| (key, values.collect::<Vec<_>>())).collect();
    assert_eq!(extra, [("scopes", vec!["a", "b"])]);
    assert_eq!(review.object.unwrap().generate_name(), "web-");
    assert!(review.old_object.is_none());
    assert_eq!(review.subject(), review.object);
    assert_eq!(review.options.get_str("kind").and_then(Value::as_str), Some("CreateOptions"));
}

#[test]
fn a_request_to_delete_is_about_what_is_deleted() {
    let arena = Arena::new();
    let text = r#"{"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview", "request": {
        "uid": "1", "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"}, "subResource": "",
        "name": "p", "namespace": "n", "operation": "DELETE", "object": null,
        "oldObject": {"metadata": {"name": "p"}}}}"#;
    let review = Review::read(parse(&arena, text)).unwrap();
    assert_eq!((review.version, review.operation), (ReviewVersion::V1Beta1, Operation::Delete));
    assert_eq!((review.sub_resource, review.dry_run), (None, false));
    assert_eq!((review.user.username, review.user.groups().count()), ("", 0));
    assert!(review.object.is_none());
    assert_eq!(review.subject().unwrap().name(), "p");
}

#[test]
fn what_cannot_be_answered_says_what_is_wrong() {
    let arena = Arena::new();
    let with = |from: &str, to: &str| {
        assert!(CREATE.contains(from), "{from}");
        Review::read(parse(&arena, &CREATE.replacen(from, to, 1))).unwrap_err().to_string()
    };
    let read = |text: &str| Review::read(parse(&arena, text)).unwrap_err().to_string();
    for (got, expected) in [
        (read("[]"), "an AdmissionReview must be an object, and this is of type array"),
        (read("{}"), "`kind` is ``, and must be `AdmissionReview`"),
        (with("AdmissionReview", "Pod"), "`kind` is `Pod`, and must be `AdmissionReview`"),
        (
            with("admission.k8s.io/v1", "admission.k8s.io/v2"),
            "`apiVersion` is `admission.k8s.io/v2`, and must be `admission.k8s.io/v1` or `admission.k8s.io/v1beta1`",
        ),
        (with("\"request\"", "\"requests\""), "`request` is missing"),
        (with("\"uid\": \"705ab4f5-6393-11e8-b7cc-42010a800002\"", "\"uid\": \"\""), "`request.uid` is missing"),
        (
            with("\"uid\": \"705ab4f5-6393-11e8-b7cc-42010a800002\"", "\"uid\": 7"),
            "`request.uid` must be a string, and is of type number",
        ),
        (with("\"kind\": {", "\"kinds\": {"), "`request.kind` is missing"),
        (with("\"resource\": {", "\"resources\": {"), "`request.resource` is missing"),
        (
            with("\"CREATE\"", "\"create\""),
            "`request.operation` is `create`, and must be `CREATE`, `UPDATE`, `DELETE` or `CONNECT`",
        ),
        (
            with("\"oldObject\": null", "\"oldObject\": 1"),
            "`request.oldObject` must be an object, and is of type number",
        ),
        (
            with("\"dryRun\": true", "\"dryRun\": \"yes\""),
            "`request.dryRun` must be `true` or `false`, and is of type string",
        ),
    ] {
        assert_eq!(got, expected);
    }
    assert!(!ReviewError::Missing { field: "request" }.help().is_empty());
}

#[test]
fn long_words_of_a_stranger_are_cut() {
    let arena = Arena::new();
    let text = format!(r#"{{"kind": "{}"}}"#, "x".repeat(100_000));
    assert!(Review::read(parse(&arena, &text)).unwrap_err().to_string().len() < 200);
}

#[test]
fn answers() {
    let arena = Arena::new();
    let review = Review::read(parse(&arena, CREATE)).unwrap();
    let uid = "705ab4f5-6393-11e8-b7cc-42010a800002";
    assert_eq!(
        Response::allow(&review).to_json(),
        format!(
            r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{{"uid":"{uid}","allowed":true}}}}"#
        )
    );
    let patch = r#"[{"op":"add","path":"/a","value":"\u00e9"}]"#;
    let response = Response {
        status: Some(Status { code: 403, message: "say \"no\"\n".into(), reason: Some("Forbidden".into()) }),
        warnings: vec!["one".into(), "two".into()],
        patch: Some(patch.into()),
        audit_annotations: vec![("policy".into(), "GPU-001".into())],
        ..Response::deny(&review, 403, "no")
    };
    let text = response.to_json();
    let answer = parse(&arena, &text).get_str("response").unwrap();
    let field = |path: &[&str]| path.iter().try_fold(answer, |value, key| value.get_str(key)).unwrap();
    assert_eq!(field(&["allowed"]), Value::FALSE);
    assert_eq!(field(&["status", "code"]), Value::Int(403));
    assert_eq!(field(&["status", "message"]).as_str(), Some("say \"no\"\n"));
    assert_eq!(field(&["status", "reason"]).as_str(), Some("Forbidden"));
    assert_eq!(field(&["warnings"]).to_string(), r#"["one", "two"]"#);
    assert_eq!(field(&["patchType"]).as_str(), Some("JSONPatch"));
    assert_eq!(STANDARD.decode(field(&["patch"]).as_str().unwrap()).unwrap(), patch.as_bytes());
    assert_eq!(field(&["auditAnnotations", "policy"]).as_str(), Some("GPU-001"));
}

#[test]
fn warnings_that_an_api_server_would_drop_are_counted() {
    let arena = Arena::new();
    let review = Review::read(parse(&arena, CREATE)).unwrap();
    let warnings = |text: &str, count: usize| {
        let warnings = vec![text.to_owned().into(); count];
        let text = Response { warnings, ..Response::allow(&review) }.to_json();
        let list = parse(&arena, &text).get_str("response").unwrap().get_str("warnings").unwrap();
        list.as_array().unwrap().iter().map(|warning| warning.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let long = warnings(&"é".repeat(300), 1);
    assert_eq!((long[0].chars().count(), long[0].ends_with("...")), (256, true));
    assert_eq!(warnings(&"é".repeat(256), 1)[0].chars().count(), 256);

    let many = warnings(&"x".repeat(100), 100);
    assert_eq!(many.last().unwrap(), "60 more warnings are not shown");
    assert!(many.iter().map(String::len).sum::<usize>() <= 4_096);
}
