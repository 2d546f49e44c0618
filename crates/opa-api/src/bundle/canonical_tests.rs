use super::{of_json, of_value};
use value::{Arena, json};

#[test]
fn keys_are_sorted_and_numbers_stay_as_they_are() {
    for (text, expected) in [
        (r#" { "b" : 1.0 , "a" : [ 1e2, -0, true , null ] } "#, r#"{"a":[1e2,-0,true,null],"b":1.0}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        ("[]", "[]"),
        ("{}", "{}"),
        ("12", "12"),
        (r#""a\u0041\n\u2028<&>\ud83d\ude00\u0001""#, "\"aA\\n\\u2028<&>\u{1f600}\\u0001\""),
        (r#"{"\u0062\"":{"c]}":"[,{"},"b":"\\"}"#, r#"{"b":"\\","b\"":{"c]}":"[,{"}}"#),
    ] {
        assert_eq!(of_json(text.as_bytes()).unwrap(), expected, "{text}");
    }
    for text in ["", "{", "1 2", "[1,]"] {
        assert!(of_json(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn both_ways_to_the_text_agree() {
    let text = r#"{"b": [1, "x\u2029", {"d": 2, "c": null}], "a": "\\\"/\u0007\b"}"#;
    let arena = Arena::new();
    let value = json::parse(&arena, text.as_bytes(), &json::ParseLimits::default()).unwrap();
    assert_eq!(of_json(text.as_bytes()).unwrap(), of_value(value));
}
