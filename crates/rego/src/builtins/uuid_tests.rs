use crate::builtins::testing::{check, run};
use host::FixedHost;
use value::Arena;

#[test]
fn makes_version_4() {
    let uuid = run(&FixedHost::default(), &Arena::new(), "uuid.rfc4122", &[r#""key""#]);
    check("uuid.parse", &[&uuid], r#"{"variant": "RFC4122", "version": 4}"#);
    assert_eq!(uuid.len(), 38, "{uuid}");
}

#[test]
fn parses() {
    let version_2 = r#"{"clocksequence": 12800, "domain": "Person", "id": 1000, "macvariables": "local:unicast",
        "nodeid": "32-50-96-b3-9f-47", "time": 1693566990121469600, "variant": "RFC4122", "version": 2}"#
        .replace('\n', " ");
    for (text, expected) in [
        ("000003e8-48b9-21ee-b200-325096b39f47", version_2.as_str()),
        ("urn:uuid:000003e8-48b9-21ee-b200-325096b39f47", &version_2),
        ("{000003E8-48B9-21EE-B200-325096B39F47}", &version_2),
        ("6bea8ef2d3d33cd184e09bab06a52ece", r#"{"variant": "RFC4122", "version": 3}"#),
        ("00000000-0000-4000-8000-000000000000", r#"{"variant": "RFC4122", "version": 4}"#),
        ("00000000-0000-0000-0000-000000000000", r#"{"variant": "Reserved", "version": 0}"#),
        ("00000000-0000-4000-c000-000000000000", r#"{"variant": "Microsoft", "version": 4}"#),
        ("00000000-0000-4000-e000-000000000000", r#"{"variant": "Future", "version": 4}"#),
        ("13814000-1dd2-11b2-8000-010000000000", {
            r#"{"clocksequence": 0, "macvariables": "global:multicast", "nodeid": "01-00-00-00-00-00", "time": 0, "variant": "RFC4122", "version": 1}"#
        }),
        ("00000000-0000-4000-8000-00000000000", "undefined"),
        ("00000000-0000-4000-8000-00000000000g", "undefined"),
        ("+0000000000000000000000000000000", "undefined"),
        ("0000000000000-4000-8000-000000000000", "undefined"),
    ] {
        check("uuid.parse", &[&format!("{text:?}")], expected);
    }
    check("uuid.parse", &["123"], "error: operand 1 must be string but got number");
}
