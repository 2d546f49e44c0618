use crate::read;
use formats::{Format, Limits, Options};
use std::fmt::Write;

fn with(limits: Limits) -> Options {
    Options { limits, ..Options::default() }
}

#[test]
fn size_and_documents() {
    let options = with(Limits { bytes_max: 10, ..Limits::default() });
    for format in [Format::Json, Format::Yaml] {
        assert_eq!(
            read("[1, 2, 3, 4]", format, &options),
            "1:1: the input has 12 bytes, more than the limit of 10 (split the input, or raise the limit `bytes_max`)"
        );
    }
    let options = with(Limits { documents_max: 2, ..Limits::default() });
    assert_eq!(
        read("1 2 3", Format::Json, &options),
        "1:5: the input has more than 2 documents (split the input, or raise the limit `documents_max`)"
    );
    assert_eq!(
        read("a: 1\n---\nb: 2\n---\nc: 3\n", Format::Yaml, &options),
        "5:1: the input has more than 2 documents (split the input, or raise the limit `documents_max`)"
    );
}

#[test]
fn depth() {
    let message = "arrays and objects nest deeper than 500 levels (raise the limit `depth_max` if the document is meant to be this deep)";
    let nested = |open: &str, close: &str, count: usize| format!("{}x{}", open.repeat(count), close.repeat(count));
    let block: String = (0..501).fold(String::new(), |mut text, level| {
        writeln!(text, "{}a:", " ".repeat(level)).unwrap();
        text
    });
    let mut chain = String::from("a0: &a0 []\n");
    for n in 1..600 {
        writeln!(chain, "a{n}: &a{n} [*a{}]", n - 1).unwrap();
    }
    let functions = format!("{}x{}", "!Not [".repeat(251), "]".repeat(251));
    for (text, place) in [
        (nested("[", "]", 501), "1:501"),
        (nested("[", "]", 100_000), "1:501"),
        (nested("{a: ", "}", 501), "1:2001"),
        ("- ".repeat(100_000), "1:1001"),
        ("? ".repeat(100_000), "1:1001"),
        (block, "501:501"),
        (chain, "500:14"),
        (functions, "1:1506"),
    ] {
        let actual = read(&text, Format::Yaml, &Options::default());
        assert_eq!(actual, format!("{place}: {message}"), "{}", &text[..20]);
    }
    assert_eq!(read(&"[".repeat(100_000), Format::Json, &Options::default()), format!("1:501: {message}"));
    assert_eq!(read(&nested("[", "]", 500), Format::Yaml, &Options::default()).len(), 1003);
}

#[test]
fn aliases() {
    let mut laughs = String::from("a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (name, inner) in "bcdefghi".chars().zip("abcdefgh".chars()) {
        writeln!(laughs, "{name}: &{name} [{}]", vec![format!("*{inner}"); 9].join(", ")).unwrap();
    }
    let help = "(write the document without so many aliases, or raise the limit `alias_nodes_max`)";
    assert_eq!(
        read(&laughs, Format::Yaml, &Options::default()),
        format!("7:8: aliases add more than 1000000 nodes {help}")
    );
    let long = format!("a: &a {}\nb: [{}]", "x".repeat(64_000), "*a,".repeat(1_000));
    assert_eq!(
        read(&long, Format::Yaml, &Options::default()),
        format!("2:3002: aliases add more than 1000000 nodes {help}")
    );
    let mut merges = String::from("a: &a {x: 1, y: 2}\n");
    for (name, inner) in "bcdefghijk".chars().zip("abcdefghij".chars()) {
        writeln!(merges, "{name}: &{name} {{<<: [*{inner}, *{inner}, *{inner}, *{inner}, *{inner}]}}").unwrap();
    }
    let options = with(Limits { alias_nodes_max: 10_000, ..Limits::default() });
    assert!(read(&merges, Format::Yaml, &options).contains("aliases add more than 10000 nodes"));
    let across = "a: &a [1, 2, 3]\nb: [*a, *a]\n---\na: &a [1, 2, 3]\nb: [*a, *a]\n";
    let options = with(Limits { alias_nodes_max: 15, ..Limits::default() });
    assert_eq!(
        read(across, Format::Yaml, &options),
        format!("5:9: aliases add more than 15 nodes {help}"),
        "the budget is one for all documents"
    );
}

#[test]
fn hostile_texts_never_panic() {
    let pieces = [
        "- ", "? ", ": ", "a", "&a ", "*a", "!", "!!str ", "<<: ", "[", "]", "{", "}", ",", "\n", "\n  ", "\t", "'",
        "\"", "|", ">", "---\n", "...\n", "%", "#", "é", "\u{FEFF}", "\r", "\u{85}", "~",
    ];
    // A fixed walk over all triples, each twice with what precedes it.
    let mut text = String::new();
    for (i, first) in pieces.iter().enumerate() {
        for (j, second) in pieces.iter().enumerate() {
            for third in &pieces {
                text.clear();
                for piece in [first, second, third, pieces[(i + j) % pieces.len()], second, third] {
                    text.push_str(piece);
                }
                for format in [Format::Yaml, Format::Json] {
                    read(&text, format, &Options::default());
                    let source = value::Source::new("", text.as_str());
                    let pointer = value::Pointer(vec!["a".into(), 0.into()]);
                    formats::locate(&source, format, 0, &pointer);
                }
            }
        }
    }
}
