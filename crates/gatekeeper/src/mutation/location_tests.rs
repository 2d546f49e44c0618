use super::{Location, Segment, Which};
use proptest::prelude::*;

fn field(name: &str) -> Segment {
    Segment::Field(name.to_owned())
}

fn items(key: &str, which: Which) -> Segment {
    Segment::Items { key: key.to_owned(), which }
}

fn text(text: &str) -> Which {
    Which::Text(text.to_owned())
}

#[test]
fn locations_are_read() {
    for (input, expected) in [
        ("spec", vec![field("spec")]),
        ("spec.hostNetwork", vec![field("spec"), field("hostNetwork")]),
        (
            "spec.containers[name: *].image",
            vec![field("spec"), field("containers"), items("name", Which::All), field("image")],
        ),
        ("spec.containers[name:main]", vec![field("spec"), field("containers"), items("name", text("main"))]),
        // A star in quotes is a name.
        ("a[name: \"*\"]", vec![field("a"), items("name", text("*"))]),
        (
            "ports[containerPort: 80].name",
            vec![field("ports"), items("containerPort", Which::Integer(80)), field("name")],
        ),
        ("ports[containerPort: \"80\"]", vec![field("ports"), items("containerPort", text("80"))]),
        ("metadata.labels.\"example.org/owner\"", vec![field("metadata"), field("labels"), field("example.org/owner")]),
        (r#""a\"b"['it\'s': 'x y']"#, vec![field("a\"b"), items("it's", text("x y"))]),
        ("  spec  .  containers [ name : * ] ", vec![field("spec"), field("containers"), items("name", Which::All)]),
        ("a.\"\".b", vec![field("a"), field(""), field("b")]),
        ("-1_x.012", vec![field("-1_x"), field("012")]),
    ] {
        assert_eq!(Location::parse(input).unwrap().segments, expected, "{input}");
    }
}

#[test]
fn what_is_no_location() {
    for (input, expected) in [
        ("", "expected the name of a field, found the end at character 1"),
        (".spec", "expected the name of a field, found `.` at character 1"),
        ("spec.", "expected the name of a field, found the end at character 5"),
        ("spec..a", "expected the name of a field, found `.` at character 6"),
        ("a b", "expected `.` or the end, found `b` at character 3"),
        ("[name: x]", "expected the name of a field, found `[` at character 1"),
        ("a[name: x][name: y]", "expected `.` or the end, found `[` at character 11"),
        ("a[]", "expected the field that tells items apart, found `]` at character 3"),
        ("a[name]", "expected `:`, found `]` at character 7"),
        ("a[name: ]", "expected a value or `*`, found `]` at character 9"),
        ("a[name: x y]", "expected `]`, found `y` at character 11"),
        ("a[*]", "expected the field that tells items apart, found `*` at character 3"),
        ("a[name: \"x]", "a quote is not closed at character 11"),
        ("a/b", "`/` must stand in quotes at character 2"),
        ("ü", "`ü` must stand in quotes at character 1"),
    ] {
        assert_eq!(Location::parse(input).unwrap_err().to_string(), expected, "{input}");
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9_-]{1,8}", ".{0,6}"]
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![Just(Which::All), name().prop_map(Which::Text), any::<i64>().prop_map(Which::Integer)]
}

fn location() -> impl Strategy<Value = Location> {
    let step = (name(), proptest::option::of((name(), which())));
    proptest::collection::vec(step, 1..5).prop_map(|steps| {
        let segments = steps.into_iter().flat_map(|(name, list)| {
            let items = list.map(|(key, which)| Segment::Items { key, which });
            std::iter::once(Segment::Field(name)).chain(items)
        });
        Location { segments: segments.collect() }
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(location in location()) {
        let written = location.to_string();
        prop_assert_eq!(Location::parse(&written).unwrap(), location, "{}", written);
    }

    #[test]
    fn any_text_is_a_location_or_an_error(text in ".{0,40}") {
        let _ = Location::parse(&text);
    }
}
