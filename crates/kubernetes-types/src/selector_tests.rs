use super::LabelSelector;
use crate::object::Labels;
use value::{Arena, Value, json};

fn parse<'a>(arena: &'a Arena, text: &str) -> Value<'a> {
    json::parse(arena, text.as_bytes(), &json::ParseLimits::default()).unwrap()
}

#[test]
fn requirements_as_an_api_server_reads_them() {
    let arena = Arena::new();
    let labels = [r#"{"env": "prod", "tier": ""}"#, r#"{"env": "dev"}"#, "{}"];
    for (selector, expected) in [
        ("null", [true, true, true]),
        ("{}", [true, true, true]),
        (r#"{"matchLabels": null}"#, [true, true, true]),
        (r#"{"matchLabels": {"env": "prod"}}"#, [true, false, false]),
        (r#"{"matchLabels": {"env": "prod", "tier": ""}}"#, [true, false, false]),
        (r#"{"matchExpressions": [{"key": "env", "operator": "In", "values": ["prod", "dev"]}]}"#, [true, true, false]),
        (r#"{"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["prod"]}]}"#, [false, true, true]),
        (r#"{"matchExpressions": [{"key": "tier", "operator": "Exists"}]}"#, [true, false, false]),
        (r#"{"matchExpressions": [{"key": "tier", "operator": "DoesNotExist", "values": []}]}"#, [false, true, true]),
        (
            r#"{"matchLabels": {"env": "dev"}, "matchExpressions": [{"key": "tier", "operator": "Exists"}]}"#,
            [false, false, false],
        ),
    ] {
        let read = LabelSelector::read(parse(&arena, selector)).unwrap();
        let got = labels.map(|labels| read.selects(Labels::new(parse(&arena, labels))));
        assert_eq!(got, expected, "{selector}");
    }
}

#[test]
fn what_an_api_server_refuses() {
    let arena = Arena::new();
    for (selector, pointer, message) in [
        ("[]", "", "a label selector must be an object, and is of type array"),
        (r#"{"matchlabels": {}}"#, "/matchlabels", "\"matchlabels\" is no field of a label selector"),
        (r#"{"matchLabels": {"-": "x"}}"#, "/matchLabels/-", "`-` cannot be the key of a label"),
        (
            r#"{"matchLabels": {"a": true}}"#,
            "/matchLabels/a",
            "true cannot be the value of a label, which is a short string",
        ),
        (
            r#"{"matchExpressions": [{"key": "a", "operator": "Is"}]}"#,
            "/matchExpressions/0/operator",
            "`Is` is no operator: use `In`, `NotIn`, `Exists` or `DoesNotExist`",
        ),
        (r#"{"matchExpressions": [{"key": "a"}]}"#, "/matchExpressions/0/operator", "there is no `operator`"),
        (
            r#"{"matchExpressions": [{"operator": "Exists"}]}"#,
            "/matchExpressions/0/key",
            "`` cannot be the key of a label",
        ),
        (
            r#"{"matchExpressions": [{"key": "a", "operator": "In"}]}"#,
            "/matchExpressions/0/values",
            "`In` and `NotIn` need `values`",
        ),
        (
            r#"{"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}"#,
            "/matchExpressions/0/values",
            "`Exists` and `DoesNotExist` take no `values`",
        ),
        (
            r#"{"matchExpressions": [{"key": "a", "operator": "Exists", "value": "b"}]}"#,
            "/matchExpressions/0/value",
            "\"value\" is no field of an expression",
        ),
        (
            r#"{"matchExpressions": {}}"#,
            "/matchExpressions",
            "`matchExpressions` must be an array, and is of type object",
        ),
    ] {
        let error = LabelSelector::read(parse(&arena, selector)).unwrap_err();
        assert_eq!((error.pointer.to_string().as_str(), error.message.as_str()), (pointer, message), "{selector}");
    }
}
