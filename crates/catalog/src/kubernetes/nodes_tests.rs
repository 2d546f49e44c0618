use super::{region_of_zone, regions};
use value::json::{self, ParseLimits};
use value::{Arena, Value};

#[test]
fn zones_name_their_region() {
    for (zone, region) in [
        ("us-east-1a", "us-east-1"),
        ("eu-central-1c", "eu-central-1"),
        ("us-gov-west-1b", "us-gov-west-1"),
        ("us-central1-a", "us-central1"),
        ("europe-west4-b", "europe-west4"),
        ("westeurope-1", "westeurope"),
        ("eu-west-1", "eu-west-1"),
        ("rack7", "rack7"),
        ("", ""),
    ] {
        assert_eq!(region_of_zone(zone), region, "{zone}");
    }
}

#[test]
fn pods_choose_their_region() {
    let affinity = |terms: &str| {
        format!(
            r#"{{"affinity":{{"nodeAffinity":{{"requiredDuringSchedulingIgnoredDuringExecution":{{"nodeSelectorTerms":{terms}}}}}}}}}"#
        )
    };
    let term = |key: &str, operator: &str, values: &str| {
        format!(r#"{{"matchExpressions":[{{"key":"{key}","operator":"{operator}","values":{values}}}]}}"#)
    };
    let region = "topology.kubernetes.io/region";
    let zone = "topology.kubernetes.io/zone";
    for (spec, expected) in [
        ("{}".to_owned(), "[]"),
        (format!(r#"{{"nodeSelector":{{"{region}":"us-east-1"}}}}"#), r#"["us-east-1"]"#),
        (format!(r#"{{"nodeSelector":{{"{zone}":"us-east-1a"}}}}"#), r#"["us-east-1"]"#),
        (
            affinity(&format!("[{}]", term(region, "In", r#"["us-east-1","eu-west-1"]"#))),
            r#"["us-east-1","eu-west-1"]"#,
        ),
        (affinity(&format!("[{}]", term(zone, "In", r#"["us-east-1a","us-east-1b"]"#))), r#"["us-east-1"]"#),
        (
            affinity(&format!("[{},{}]", term("gpu", "In", r#"["a"]"#), term(region, "In", r#"["us-east-1"]"#))),
            r#"["us-east-1"]"#,
        ),
        (affinity(&format!("[{}]", term(region, "NotIn", r#"["us-east-1"]"#))), "[]"),
        (r#"{"nodeSelector":"x","affinity":[]}"#.to_owned(), "[]"),
    ] {
        let arena = Arena::new();
        let value = json::parse(&arena, spec.as_bytes(), &ParseLimits::default()).unwrap();
        assert_eq!(json::to_string(regions(&arena, value)), expected, "{spec}");
    }
    let arena = Arena::new();
    let spec = arena.object(&[(arena.string("nodeSelector"), arena.unknown("at", "later"))]);
    assert!(matches!(regions(&arena, spec), Value::Unknown(_)));
}
