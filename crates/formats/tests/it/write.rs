use crate::check;
use formats::{Options, yaml};
use proptest::prelude::*;
use value::{Arena, Value};

fn rewrite(json: &str) -> String {
    let arena = Arena::new();
    yaml::to_string(value::json::parse(&arena, json.as_bytes(), &value::json::ParseLimits::default()).unwrap())
}

/// The expected texts are what `sigs.k8s.io/yaml` 1.6.0 writes.
#[test]
fn as_go_writes_it() {
    let long = "long ".repeat(25);
    let folded = format!("{{\"a\": \"{}end\", \"b\": \"{long}\"}}", long);
    check(
        &[
            (r#"{"b": [1, {"c": null, "d": []}], "a": {"x": {}}}"#, "a:\n  x: {}\nb:\n- 1\n- c: null\n  d: []\n"),
            (r#"[[1, [2]], {"a": [[3]]}]"#, "- - 1\n  - - 2\n- a:\n  - - 3\n"),
            (r#"{"a10": 1, "a2": 2, "a1": 3, "B": 4, "_": 5, "1": 6}"#, "_: 5\n\"1\": 6\nB: 4\na1: 3\na2: 2\na10: 1\n"),
            (
                r#"["yes", "on", "null", "", "1", "0x1F", "1e3", "2001-01-01", "12:30:45", "~", "y"]"#,
                "- \"yes\"\n- \"on\"\n- \"null\"\n- \"\"\n- \"1\"\n- \"0x1F\"\n- \"1e3\"\n- \"2001-01-01\"\n- \"12:30:45\"\n- \"~\"\n- \"y\"\n",
            ),
            (
                r#"["a: b", "a #b", "- a", "a:b", "a#b", "*x", "it's", " a", "a ", "@x", "---", "-x", "?x"]"#,
                "- 'a: b'\n- 'a #b'\n- '- a'\n- a:b\n- a#b\n- '*x'\n- it's\n- ' a'\n- 'a '\n- '@x'\n- '---'\n- -x\n- ?x\n",
            ),
            (
                r#"["a\tb", "a\rb", "\u0000", "a\\b", "\ud83d\ude00", "é", "\u2028", "a \nb"]"#,
                "- \"a\\tb\"\n- \"a\\rb\"\n- \"\\0\"\n- a\\b\n- \"\\U0001F600\"\n- é\n- \"\\L\"\n- \"a \\nb\"\n",
            ),
            (
                r#"{"a": "x\ny", "b": "x\n", "c": "x\n\n", "d": "\n", "e": "  x\ny"}"#,
                "a: |-\n  x\n  y\nb: |\n  x\nc: |+\n  x\n\nd: |2+\n\ne: |2-\n    x\n  y\n",
            ),
            (r#"{"x\ny": 1, "": 2}"#, "\"\": 2\n? |-\n  x\n  y\n: 1\n"),
            (
                r#"[1, -1, 1.5, 1e21, 0.1, 1.50, 1e-7, 18446744073709551615]"#,
                "- 1\n- -1\n- 1.5\n- 1e21\n- 0.1\n- 1.5\n- 1e-07\n- 18446744073709551615\n",
            ),
            (r#""text""#, "text\n"),
            ("[]", "[]\n"),
            ("\"a\\nb\"", "|-\n  a\n  b\n"),
            (
                &folded,
                "a: long long long long long long long long long long long long long long long long\n  long long long long long long long long long end\nb: 'long long long long long long long long long long long long long long long long\n  long long long long long long long long long '\n",
            ),
        ],
        rewrite,
    );
}

#[test]
fn what_json_cannot_hold() {
    let arena = Arena::new();
    let set = arena.set(&[Value::Int(2), Value::Int(1)]);
    let object =
        arena.object(&[(arena.array(&[Value::Int(1)]), set), (arena.string("<<"), arena.unknown("x", "after apply"))]);
    assert_eq!(yaml::to_string(object), "\"<<\": {\"$unknown\":\"after apply\"}\n'[1]':\n- 1\n- 2\n");
}

#[derive(Clone, Debug)]
enum Tree {
    Null,
    Bool(bool),
    Int(i64),
    Number(String),
    Text(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,6}",
        "[-:#'\"\\[\\]{},&*!|>%@`?~.+_ \n\ta0é\u{2028}\u{85}\u{FEFF}😀\\\\]{0,8}",
        "[a-z ]{70,200}",
        "[0-9xobe._:+-]{1,8}",
        any::<String>(),
        prop::sample::select(vec![
            "yes",
            "null",
            "<<",
            "2001-01-01",
            "0o7",
            "12:30",
            "---",
            "...",
            "=",
            "true",
            ".inf",
            "1e400"
        ])
        .prop_map(str::to_owned),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        Just(Tree::Null),
        any::<bool>().prop_map(Tree::Bool),
        any::<i64>().prop_map(Tree::Int),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,2})?".prop_map(Tree::Number),
        text().prop_map(Tree::Text),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Tree::Array),
            prop::collection::vec((text(), inner), 0..5).prop_map(Tree::Object),
        ]
    })
}

fn build<'a>(arena: &'a Arena, tree: &Tree) -> Value<'a> {
    match tree {
        Tree::Null => Value::Null,
        Tree::Bool(b) => (*b).into(),
        Tree::Int(n) => Value::Int(*n),
        Tree::Number(text) => value::number::parse(arena, text).unwrap(),
        Tree::Text(text) => arena.string(text),
        Tree::Array(items) => arena.array(&items.iter().map(|item| build(arena, item)).collect::<Vec<_>>()),
        Tree::Object(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, value)| (arena.string(key), build(arena, value))).collect();
            arena.object(&entries)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back(tree in tree()) {
        let arena = Arena::new();
        let value = build(&arena, &tree);
        let text = yaml::to_string(value);
        match yaml::parse_value(&arena, &text, &Options::default()) {
            Ok(read) => prop_assert_eq!(read, value, "{}", text),
            Err(error) => prop_assert!(false, "{}\n{}", error, text),
        }
    }

    #[test]
    fn json_is_yaml(tree in tree()) {
        let arena = Arena::new();
        let value = build(&arena, &tree);
        let text = value::json::to_string_pretty(value);
        // YAML is stricter in two points: keys are at most 1024 characters, and some characters have to be escaped.
        if let Ok(read) = yaml::parse_value(&arena, &text, &Options::default()) {
            prop_assert_eq!(read, value, "{}", text);
        }
    }
}
