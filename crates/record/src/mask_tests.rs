use super::{MaskError, apply, mask_at, masks_of_rules, with_unknowns};
use decision::{Mask, Scrubber};
use value::json::{self, ParseLimits};
use value::{Arena, Value};

fn parse<'a>(arena: &'a Arena, text: &str) -> Value<'a> {
    json::parse(arena, text.as_bytes(), &ParseLimits::default()).unwrap()
}

/// Masks `body`; what is expected are the body as it is kept, what is masked, what is erased, and the body as it is decided on again.
fn check(masks: &[Mask], secrets: &[&str], body: &str, expected: [&str; 4]) {
    let arena = Arena::new();
    let masks: Vec<&Mask> = masks.iter().collect();
    let kept = apply(&arena, body.as_bytes(), &masks, &Scrubber::new(secrets)).unwrap();
    let text = kept.text.as_deref().unwrap_or(body);
    let again = json::to_string(with_unknowns(&arena, parse(&arena, text), &kept.masked, &kept.erased));
    let again = again.replace(r#"{"$unknown":"masked in the record"}"#, "?");
    assert_eq!([text, &kept.masked.join(" "), &kept.erased.join(" "), &again], expected);
}

fn at(pointers: &[&str]) -> Vec<Mask> {
    pointers.iter().map(|pointer| mask_at(pointer, None).unwrap()).collect()
}

#[test]
fn pointers_take_out() {
    let body = r#"{"input":{"a/b":{"password":"x"},"list":[{"token":1},{"id":3,"token":2}],"user":"u"}}"#;
    check(&[], &[], body, [body, "", "", body]);
    check(&at(&["/input/gone", "/input/user/name"]), &[], body, [body, "", "", body]);
    check(
        &at(&["/input/a~1b/password", "/input/list/*/token"]),
        &[],
        body,
        [
            r#"{"input":{"a/b":{},"list":[{},{"id":3}],"user":"u"}}"#,
            "",
            "/input/a~1b/password /input/list/0/token /input/list/1/token",
            r#"{"input":{"a/b":{"password":?},"list":[{"token":?},{"id":3,"token":?}],"user":"u"}}"#,
        ],
    );
    // What stands after it in an array keeps its place.
    check(
        &at(&["/input/list/0"]),
        &[],
        body,
        [
            r#"{"input":{"a/b":{"password":"x"},"list":[null,{"id":3,"token":2}],"user":"u"}}"#,
            "/input/list/0",
            "",
            r#"{"input":{"a/b":{"password":"x"},"list":[?,{"id":3,"token":2}],"user":"u"}}"#,
        ],
    );
    check(
        &[mask_at("/input/user", Some("{\"masked\":true}".to_owned())).unwrap()],
        &[],
        r#"{"input":{"user":"u"}}"#,
        [r#"{"input":{"user":{"masked":true}}}"#, "/input/user", "", r#"{"input":{"user":?}}"#],
    );
}

#[test]
fn sensitive_texts_are_scrubbed() {
    check(
        &[],
        &["hunter22", "4711"],
        r#"{"a":["say hunter22",4711],"b":{"hunter22":1,"c":2},"d":"plain"}"#,
        [
            r#"{"a":["say (sensitive)","(sensitive)"],"b":{"c":2},"d":"plain"}"#,
            "/a/0 /a/1 /b",
            "",
            r#"{"a":[?,?],"b":?,"d":"plain"}"#,
        ],
    );
    // A secret among the keys of the root leaves nothing to be sure of.
    check(&[], &["hunter22"], r#"{"hunter22":1}"#, ["{}", "", "", "?"]);
}

#[test]
fn secrets_of_kubernetes_are_masked_by_themselves() {
    let review = r#"{"request":{"kind":{"kind":"Secret"},"object":{"data":{"password":"aHVudGVy"},"kind":"Secret","metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}","x":"y"}},"stringData":{}}}}"#;
    let kept = r#"{"request":{"kind":{"kind":"Secret"},"object":{"data":{},"kind":"Secret","metadata":{"annotations":{"x":"y"}},"stringData":{}}}}"#;
    let again = r#"{"request":{"kind":{"kind":"Secret"},"object":{"data":{"password":?},"kind":"Secret","metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":?,"x":"y"}},"stringData":{}}}}"#;
    let erased = "/request/object/data/password /request/object/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
    check(&[], &[], review, [kept, "", erased, again]);
    // An escape hides the word from nobody.
    let hidden = review.replace("Secret", r"\u0053ecret");
    let arena = Arena::new();
    let masked = apply(&arena, hidden.as_bytes(), &[], &Scrubber::default()).unwrap();
    assert_eq!(masked.text.as_deref(), Some(kept));
    // Wherever it stands, and in whatever request.
    let applied = r#""metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"hunter2"}}"#;
    let secret = format!(r#"{{"kind":"Secret",{applied},"stringData":{{"password":"hunter2"}}}}"#);
    for body in [
        secret.clone(),
        format!(r#"{{"document":{secret}}}"#),
        format!(r#"{{"input":{{"request":{{"object":{secret}}}}}}}"#),
        format!(r#"{{"kind":"List","items":[{secret}]}}"#),
        r#"{"kind":"SecretList","items":[{"data":{"password":"hunter2"}}]}"#.to_owned(),
        r#"{"kind":"Secret","data":"hunter2"}"#.to_owned(),
        r#"{"input":{"request":{"kind":{"kind":"Secret"},"oldObject":{"data":{"password":"hunter2"}}}}}"#.to_owned(),
    ] {
        let masked = apply(&arena, body.as_bytes(), &[], &Scrubber::default()).unwrap();
        let text = masked.text.unwrap();
        assert!(!text.contains("hunter2") && text.contains("Secret"), "{body} is kept as {text}");
        assert!(masked.hidden.contains("hunter2"), "{body}: {:?}", masked.hidden);
    }
    // A pod that names one is left as it is.
    let pod = r#"{"request":{"kind":{"kind":"Pod"},"object":{"data":{"a":"b"},"kind":"Pod","spec":{"x":"Secret"}}}}"#;
    check(&[], &[], pod, [pod, "", "", pod]);
}

#[test]
fn a_body_that_cannot_be_read_cannot_be_masked() {
    let arena = Arena::new();
    let masks = at(&["/input/a"]);
    assert!(apply(&arena, b"{", &[&masks[0]], &Scrubber::default()).is_err());
    assert!(apply(&arena, b"{", &[], &Scrubber::default()).unwrap().text.is_none());
}

#[test]
fn rules_as_opa_has_them() {
    let arena = Arena::new();
    let rules = parse(
        &arena,
        r#"["/input/a", {"op":"remove","path":"/input/b"}, {"path":"/input/c"}, {"op":"upsert","path":"/result/d","value":"**"}]"#,
    );
    let masks = masks_of_rules(rules).unwrap();
    let shown: Vec<_> = masks.iter().map(|mask| (mask.path.join("."), mask.replacement.as_deref())).collect();
    let expected = [("input.a", None), ("input.b", None), ("input.c", None), ("result.d", Some("\"**\""))];
    assert_eq!(shown, expected.map(|(path, value)| (path.to_owned(), value)));
    for wrong in [
        r#"[5]"#,
        r#"[{"op":"replace","path":"/a"}]"#,
        r#"[{"op":"remove"}]"#,
        r#""/input/a""#,
        r#"[{"op":1,"path":"/a"}]"#,
    ] {
        assert!(matches!(masks_of_rules(parse(&arena, wrong)), Err(MaskError::Rule(_))), "{wrong}");
    }
    assert_eq!(mask_at("", None), Err(MaskError::Root));
    assert_eq!(mask_at("a", None), Err(MaskError::Pointer("a".to_owned())));
    assert_eq!(mask_at("/a~2", None), Err(MaskError::Pointer("/a~2".to_owned())));
    assert!(matches!(mask_at(&"/a".repeat(65), None), Err(MaskError::Long(_))));
}
