use super::Scrubber;
use value::{Arena, Pointer, Value, json};

fn check(secrets: &[&str], text: &str, expected: &str) {
    let scrubber = Scrubber::new(secrets);
    assert_eq!(scrubber.scrub(text), expected, "secrets {secrets:?}");
}

#[test]
fn masks_texts() {
    check(&["cc-99"], "cost centre cc-99 of cc-99x", "cost centre (sensitive) of (sensitive)x");
    check(&[], "cc-99", "cc-99");
    check(&["", " "], "a b", "a b");
    // A mask is not searched: `sens` is hidden in the text, and what hides it stays.
    check(&["sens", "(sensitive)"], "a sens b", "a (sensitive) b");
    // Overlapping and adjacent values become one mask.
    check(&["abcd", "cdef"], "xabcdefx", "x(sensitive)x");
    check(&["abab"], "ababab", "(sensitive)");
    check(&["abcd"], "abcdabcd", "(sensitive)");
    check(&["long secret", "long"], "the long secret", "the (sensitive)");
    // Beyond ASCII.
    check(&["schlüssel"], "der schlüssel ü", "der (sensitive) ü");
}

#[test]
fn masks_short_values_as_words() {
    check(&["1"], "asks for 1 of 10, v1, 1", "asks for (sensitive) of 10, v1, (sensitive)");
    check(&["ab"], "ab, cab, ab.c, a_ab", "(sensitive), cab, (sensitive).c, a_ab");
    check(&["true"], "true or trueish", "(sensitive) or trueish");
    // A short value stays hidden within another that is masked.
    check(&["1", "p1-secret"], "p1-secret 1", "(sensitive) (sensitive)");
}

#[test]
fn masks_other_writings() {
    check(&["say \"hi\"\n"], r#"{"a":"say \"hi\"\n"}"#, r#"{"a":"(sensitive)"}"#);
    // A key that a policy prints indented.
    check(&["-----BEGIN-----\nabcdefghij\n"], "  -----BEGIN-----\n  abcdefghij\n", "  (sensitive)\n  (sensitive)\n");
}

#[test]
fn masks_values() {
    let arena = Arena::new();
    let scrubber = Scrubber::new(["42", "cc-99", "true"]);
    let value = json::parse(
        &arena,
        br#"{"a":[42,420,"cc-99",true,false,null],"cc-99":{"b":"x cc-99"}}"#,
        &json::ParseLimits::default(),
    )
    .expect("valid JSON");
    assert_eq!(
        json::to_string(scrubber.scrub_value(&arena, value)),
        r#"{"(sensitive)":{"b":"x (sensitive)"},"a":["(sensitive)",420,"(sensitive)","(sensitive)",false,null]}"#
    );
    let unknown = scrubber.scrub_value(&arena, arena.unknown("tags", "waits for cc-99"));
    assert!(matches!(unknown, Value::Unknown(unknown) if unknown.reason == "waits for (sensitive)"));
    let mut pointer = Pointer::root().join("cc-99").join(0);
    scrubber.scrub_pointer(&mut pointer);
    assert_eq!(pointer.to_string(), "/(sensitive)/0");
}
