//! One broken document and those beside it.

use formats::{Format, Options, locate, parse_what_is_sound};
use value::{Arena, Pointer, Source, json};

/// A document: its number, its value and the place of `a` in it.
type Found = (usize, String, Option<u32>);

/// The sound documents, and what is wrong with the others.
fn sound(text: &str) -> (Vec<Found>, Option<String>) {
    let arena = Arena::new();
    let source = Source::new("test.yaml", text);
    let (documents, mistake) = parse_what_is_sound(&arena, &source, Format::Yaml, &Options::default());
    let found = documents.documents.iter().map(|document| {
        let place = locate(&source, Format::Yaml, document.index, &Pointer::root().join("a"));
        (document.index, json::to_string(document.value), place.map(|span| span.start))
    });
    (found.collect(), mistake.map(|mistake| mistake.to_string()))
}

#[track_caller]
fn check(text: &str, expected: &[(usize, &str)], mistake: &str) {
    let (documents, found) = sound(text);
    let shown: Vec<_> = documents.iter().map(|(index, value, _)| (*index, value.as_str())).collect();
    assert_eq!(shown, expected, "{text}");
    assert!(found.as_deref().unwrap_or_default().starts_with(mistake), "{text}: {found:?}");
    for (_, value, place) in documents {
        let at = place.unwrap() as usize;
        let number = value.trim_matches(|c: char| !c.is_ascii_digit());
        assert!(text[at..].starts_with(&format!("a: {number}")), "{text}: {value} at {at}");
    }
}

#[test]
fn broken_documents_are_left_out() {
    check("a: 1\n---\na: 2\n", &[(0, r#"{"a":1}"#), (1, r#"{"a":2}"#)], "");
    check("a: [\n---\na: 2\n", &[(1, r#"{"a":2}"#)], "test.yaml:1:4");
    check("a: 1\n---\na: [\n", &[(0, r#"{"a":1}"#)], "test.yaml:3:4");
    check("---\na: 1\n---\n  a: {b\n---  # c\na: 3\n", &[(0, r#"{"a":1}"#), (2, r#"{"a":3}"#)], "test.yaml:4:6");
    check("a: 1\n---\n'ä\n---\na: 3\n", &[(0, r#"{"a":1}"#), (2, r#"{"a":3}"#)], "test.yaml:3:1");
    check("a: 1\na: 1\n---\na: 2\n---\n- }\n---\na: 4\n", &[(1, r#"{"a":2}"#), (3, r#"{"a":4}"#)], "test.yaml:2:1");
    // Documents without content have no number.
    check("# nothing\n---\na: *b\n---\n# nothing\n---\na: 3\n", &[(1, r#"{"a":3}"#)], "test.yaml:3:4");
}

#[test]
fn a_text_that_is_no_yaml_at_all_ends() {
    let (documents, mistake) = sound(&"a: [\n---\n".repeat(1_000));
    assert!(documents.is_empty() && mistake.is_some());
    let (documents, mistake) = sound("{");
    assert!(documents.is_empty() && mistake.is_some());
}
