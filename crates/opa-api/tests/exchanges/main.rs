//! Requests and what comes back: the scenarios in the Markdown files beside this one.
//!
//! A scenario is one API from its first request to its last. A block `settings` says how it behaves, blocks `rego <file>` and
//! `json data` are its repository, `file <path>` writes a file into its folder, `http` is a request, `poll <bundle>` a look at a
//! bundle's source, `reload` reads the repository again and `numbers` asks for its metrics; the block `response` behind each is what comes of it. `UPDATE=1 cargo
//! test -p opa-api` writes the responses anew; look at each before you keep it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says why"
)]

mod scenario;
mod setting;

use scenario::Scenario;
use std::path::Path;

/// Runs a file of scenarios: one for each heading of the first level.
fn run(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exchanges").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let found: String = parts(&text).iter().map(|part| Scenario::run(name, part)).collect();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, found).unwrap();
        return;
    }
    for (number, (found, expected)) in (1..).zip(found.lines().zip(text.lines())) {
        assert_eq!(found, expected, "{name}:{number}: run with UPDATE=1 and look at what changes");
    }
    assert_eq!(found.len(), text.len(), "{name}");
}

/// The text from one heading of the first level to the next; a `#` inside of a block is none.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        if line.starts_with("```") {
            inside = !inside;
        }
        if line.starts_with("# ") && !inside {
            parts.push(String::new());
        }
        parts.last_mut().unwrap().push_str(line);
    }
    parts
}

macro_rules! files {
    ($($name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                run(concat!(stringify!($name), ".md"));
            }
        )*

        /// A file that nobody runs would prove nothing.
        #[test]
        fn every_file_is_run() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exchanges");
            let mut found: Vec<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
                .collect();
            found.sort();
            let mut run = [$(stringify!($name)),*];
            run.sort_unstable();
            assert_eq!(found, run);
        }
    };
}

files![bodies, bundles, decision_log, decisions, explanations, health, policies, query, status, writes];
