//! Each rule has a case that it refuses and a near miss that it lets pass.

use super::floors::{Dependency, Package};
use super::source_text::SourceText;
use super::{check_file, floors};
use std::path::Path;

/// The lines and messages about a file, in a repository that has only `README.md` and `docs/guide.md`.
fn problems(path: &str, text: &str) -> Vec<String> {
    let exists = |target: &Path| target == Path::new("README.md") || target == Path::new("docs/guide.md");
    check_file(path, text, &exists).iter().map(ToString::to_string).collect()
}

#[track_caller]
fn refuses(path: &str, text: &str, expected: &str) {
    let problems = problems(path, text);
    assert!(problems.iter().any(|problem| problem.contains(expected)), "wanted `{expected}`, got {problems:#?}");
}

#[track_caller]
fn accepts(path: &str, text: &str) {
    assert_eq!(problems(path, text), Vec::<String>::new(), "{path}: {text}");
}

fn package(name: &str, dependency: &str, development: bool) -> Vec<String> {
    let dependencies = vec![Dependency { name: dependency.to_owned(), development }];
    floors::check(&[Package { name: name.to_owned(), dependencies }]).iter().map(ToString::to_string).collect()
}

#[test]
fn a_crate_uses_only_lower_floors() {
    assert_eq!(package("rego", "value", false), Vec::<String>::new());
    assert_eq!(package("rego", "serde", false), Vec::<String>::new());
    let up = package("value", "decision", false);
    assert_eq!(up, ["crates/value/Cargo.toml: `value` on floor 0 must not use `decision` on floor 3"]);
    assert_eq!(package("report", "ledger", false).len(), 1, "the same floor");
    assert_eq!(package("report", "ledger", true).len(), 0, "a test may put neighbours together");
    assert_eq!(package("report", "server", true).len(), 1, "not even a test looks up");
}

#[test]
fn some_uses_are_refused_though_the_floor_would_allow_them() {
    assert!(package("decision", "rego", false).concat().contains("know no language"));
    assert!(package("rego", "tokio", false).concat().contains("through `host`"));
    assert_eq!(package("rego", "tokio", true).len(), 0, "a test may");
    assert_eq!(package("server", "tokio", false).len(), 0, "a floor that may");
    assert!(package("provost", "regorus", false).concat().contains("no part of the product"));
    assert!(package("provost", "xtask", false).concat().contains("no part of the product"));
    assert_eq!(package("xtask", "rego", false).len(), 0);
}

#[test]
fn every_crate_has_a_floor() {
    assert!(package("novelty", "value", false).concat().contains("has no floor"));
}

#[test]
fn packages_are_read_from_metadata() {
    let metadata = r#"{"packages": [{"name": "rego", "dependencies": [
        {"name": "value", "kind": null}, {"name": "proptest", "kind": "dev"}, {"name": "cc", "kind": "build"}]}]}"#;
    let packages = floors::packages(metadata).unwrap();
    let read: Vec<_> = packages[0].dependencies.iter().map(|d| (d.name.as_str(), d.development)).collect();
    assert_eq!(packages[0].name, "rego");
    assert_eq!(read, [("value", false), ("proptest", true), ("cc", false)]);
}

#[test]
fn the_machine_is_reached_only_through_the_host() {
    for code in [
        "std::fs::read(path)",
        "let now = SystemTime::now();",
        "let start = std::time::Instant::now();",
        "use std::env;",
        "use std::{fmt, fs};",
        "use std::{\n\tfmt,\n\tio::{self, Read},\n\tprocess,\n};",
        "use std::{net::{IpAddr, TcpStream}};",
        "rand::random()",
        "getrandom::fill(bytes)",
        "jiff::Timestamp::now()",
    ] {
        refuses("crates/rego/src/a.rs", code, "ask the `host`");
        accepts("crates/repository/src/a.rs", code);
        accepts("crates/rego/src/a_tests.rs", code);
        accepts("crates/rego/tests/a.rs", code);
        accepts("crates/rego/src/b.rs", &format!("fn f() {{}}\n#[cfg(test)]\nmod tests {{\n{code}\n}}"));
    }
    for code in [
        "use std::{fmt, net::IpAddr};",
        "// std::fs is not for us",
        "let text = \"std::fs\";",
        "let name = my_std::fs;",
        "let operand::rand = 1;",
        "env!(\"CARGO_PKG_VERSION\")",
    ] {
        accepts("crates/rego/src/a.rs", code);
    }
    let declared = "#[cfg(test)]\nmod tests;\nfn f() { std::fs::read(p) }";
    refuses("crates/rego/src/a.rs", declared, "a.rs:3: `std::fs`");
}

#[test]
fn source_files_are_short() {
    let long = "fn f() {}\n".repeat(801);
    refuses("crates/rego/src/a.rs", &long, "801 lines");
    for path in ["crates/rego/src/a_tests.rs", "crates/rego/src/tests.rs", "crates/rego/tests/a.rs", "a/testing.rs"] {
        accepts(path, &long);
    }
    accepts("crates/rego/src/a.rs", &"fn f() {}\n".repeat(800));
}

#[test]
fn crate_roots_say_what_the_crate_is_for() {
    refuses("crates/rego/src/lib.rs", "pub mod syntax;", "starts with `//!`");
    refuses("xtask/src/main.rs", "fn main() {}", "starts with `//!`");
    accepts("crates/rego/src/lib.rs", "//! The language.\n");
    accepts("crates/rego/src/syntax.rs", "fn f() {}");
}

#[test]
fn nothing_is_left_unfinished() {
    refuses("crates/rego/src/a.rs", "fn f() {\n\ttodo!()\n}", "a.rs:2: `todo!`");
    refuses("crates/rego/src/a.rs", "dbg!(x)", "`dbg!`");
    refuses("crates/rego/tests/a.rs", "#[ignore = \"slow\"]", "`#[ignore`");
    refuses("crates/rego/src/a.rs", concat!("// FIX", "ME: later"), "marks unfinished work");
    refuses("crates/rego/src/a.rs", concat!("// TO", "DO later"), "marks unfinished work");
    accepts("crates/rego/src/a.rs", "let text = \"todo!() dbg!\"; // what todo! means");
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    let machine = concat!("see /wo", "rk/shared for more");
    for path in ["README.md", "crates/rego/src/a.rs", "docs/a.yaml"] {
        refuses(path, machine, "a path of one machine");
    }
    accepts("README.md", "homework/ and https://example.org/work/day and ${HOME}/work/x");
}

#[test]
fn links_lead_somewhere() {
    refuses("README.md", "[a](docs/gone.md)", "README.md:1: link to `docs/gone.md`");
    refuses("docs/guide.md", "see\n[a](guide/../gone.md#part)", "docs/guide.md:2:");
    refuses("README.md", "[a]: gone.md", "gone.md");
    accepts("README.md", "[a](docs/guide.md#part) [b](https://example.org/x) [c](#here) `[d](gone.md)`");
    accepts("docs/guide.md", "[up](../README.md) [here](guide.md) [root](/README.md)");
    accepts("README.md", "```\n[a](gone.md)\n```\n");
}

#[test]
fn the_changelog_is_kept() {
    refuses("CHANGELOG.md", "# Changelog\n\n## 1.0.0\n", "Unreleased");
    accepts("CHANGELOG.md", "# Changelog\n\n## Unreleased\n");
    accepts("docs/guide.md", "# Guide\n");
}

#[test]
fn source_text_tells_code_from_comments_and_literals() {
    let text = "a /* b /* c */ d */ e // f\n\"g // h\" i r#\"j \" k\"# 'l' '\\'' &'m n b\"o\\\"p\" q";
    let source = SourceText::new(text);
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    assert_eq!(words(&source.code), "a e i &'m n b q");
    assert_eq!(words(&source.comments), "/* b /* c */ d */ // f");
    assert_eq!(source.code.lines().count(), text.lines().count());
}
