use super::{of_json, of_value};
use formats::{Format, Options};
use value::{Arena, Source, json};

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

/// The texts are those that `opa sign` 1.22.3 takes the digest of.
#[test]
fn numbers_of_yaml_are_those_of_64_bits() {
    for (yaml, expected) in [
        ("[1, -7, 9223372036854775807, -9223372036854775808]", "[1,-7,9223372036854775807,-9223372036854775808]"),
        ("[9223372036854775808, 18446744073709551615]", "[9223372036854775808,18446744073709551615]"),
        ("[18446744073709551616, -9223372036854775809]", "[18446744073709552000,-9223372036854776000]"),
        ("[123456789012345678901234567890, 1e21, 1e20]", "[1.2345678901234568e+29,1e+21,100000000000000000000]"),
        ("[1.5, 1.50, 1.0, .5, 5., 1e3, 1.5e3, 1_0.5]", "[1.5,1.5,1,0.5,5,1000,1500,10.5]"),
        ("[0.1234567890123456789, 0.000001, 1e-7]", "[0.12345678901234568,0.000001,1e-7]"),
        ("[0, -0, 0.0, 017, 0x1F, 1e400]", "[0,0,0,15,31,\"1e400\"]"),
        ("{b: no, a: [~, true, \"<&>\\u2028\"]}", "{\"a\":[null,true,\"<&>\\u2028\"],\"b\":\"no\"}"),
    ] {
        let arena = Arena::new();
        let documents = formats::parse(&arena, &Source::new("data.yaml", yaml), Format::Yaml, &Options::lenient());
        assert_eq!(of_value(documents.unwrap().documents[0].value), expected, "{yaml}");
    }
}
