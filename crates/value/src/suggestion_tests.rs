use super::nearest;

#[test]
fn finds_what_was_meant() {
    let words = ["severity", "classes", "kinds", "namespaces"];
    for (word, expected) in [
        ("severty", Some("severity")),
        ("sevreity", Some("severity")),
        ("class", Some("classes")),
        ("Kinds", Some("kinds")),
        ("namespace", Some("namespaces")),
        ("colour", None),
        ("", None),
    ] {
        assert_eq!(nearest(word, words), expected, "{word}");
    }
}
