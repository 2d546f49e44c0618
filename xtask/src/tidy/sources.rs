//! Rules about source files.

use super::Violation;
use super::floors;
use super::source_text::SourceText;

const LINES_MAX: usize = 800;

/// Paths that only the machine this was once written on has; put together so that this file does not name them.
const MACHINE_PATHS: &[&str] = &[concat!("/wo", "rk/")];

/// What leaves a mark that work is unfinished, where it is looked for, and what it is called in the message.
const UNFINISHED_CODE: &[&str] = &["todo!", "dbg!", "unimplemented!", "#[ignore"];
const UNFINISHED_COMMENTS: &[&str] = &["FIXME", "TODO", "XXX"];

/// How code reaches clock, randomness, network, files and environment without `host`.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::UdpSocket",
    "std::net::ToSocketAddrs",
    "std::os::unix::net",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "TimeZone::system",
    "Uuid::new_v4",
    "getrandom::",
    "rand::",
];

/// Whether a path holds tests or what only tests use.
pub fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let in_tests = path.starts_with("tests/") || path.contains("/tests/");
    in_tests || name.ends_with("_tests.rs") || name == "tests.rs" || name == "testing.rs"
}

/// Rules about any text file.
pub fn check_any(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for machine in MACHINE_PATHS {
            // A folder of that name below another one is nobody's in particular.
            let ours = line.match_indices(machine).any(|(at, _)| {
                let before = line.get(..at).and_then(|before| before.chars().next_back());
                !before.is_some_and(|c| c.is_alphanumeric() || "_-.}$".contains(c))
            });
            if ours {
                violations.push(Violation::line(path, number, format!("names `{machine}`, a path of one machine")));
            }
        }
    }
    violations
}

/// Rules about one Rust file.
pub fn check_rust(path: &str, text: &str) -> Vec<Violation> {
    let mut violations = Vec::new();
    let source = SourceText::new(text);
    let lines = text.lines().count();
    if lines > LINES_MAX && !is_test(path) {
        let message = format!("{lines} lines; at most {LINES_MAX} outside tests: split it by what its parts know");
        violations.push(Violation::file(path, message));
    }
    let is_root = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
    if is_root && !text.lines().any(|line| line.starts_with("//!")) {
        violations.push(Violation::file(
            path,
            "a crate's root starts with `//!`: what the crate is for, and what it does not know",
        ));
    }
    for (number, line) in (1..).zip(source.code.lines()) {
        for mark in UNFINISHED_CODE.iter().filter(|mark| line.contains(**mark)) {
            violations.push(Violation::line(path, number, format!("`{mark}` marks unfinished work")));
        }
    }
    for (number, line) in (1..).zip(source.comments.lines()) {
        for mark in UNFINISHED_COMMENTS.iter().filter(|mark| has_word(line, mark)) {
            violations.push(Violation::line(
                path,
                number,
                format!("`{mark}` marks unfinished work: do it, or open an issue"),
            ));
        }
    }
    if is_pure(path) {
        violations.extend(check_purity(path, &source.code));
    }
    violations
}

/// Whether a file belongs to the product below the first floor that may see the machine.
fn is_pure(path: &str) -> bool {
    let Some((name, inside)) = path.strip_prefix("crates/").and_then(|rest| rest.split_once('/')) else { return false };
    let pure = floors::floor_of(name).is_some_and(|floor| floor < floors::FIRST_IMPURE_FLOOR);
    pure && inside.starts_with("src/") && !is_test(path)
}

fn check_purity(path: &str, code: &str) -> Vec<Violation> {
    let code = without_inline_tests(code);
    let mut violations = Vec::new();
    let mut report = |line: usize, what: &str| {
        let message = format!("`{what}` below floor {}: ask the `host` instead", floors::FIRST_IMPURE_FLOOR);
        violations.push(Violation::line(path, line, message));
    };
    for (number, line) in (1..).zip(code.lines()) {
        let names = IMPURE.iter().filter(|name| {
            line.match_indices(**name).any(|(at, _)| {
                let before = line.get(..at).and_then(|before| before.chars().next_back());
                let after = line.get(at + name.len()..).and_then(|after| after.chars().next());
                let starts = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
                let ends = name.ends_with(':') || !after.is_some_and(|c| c.is_alphanumeric() || c == '_');
                starts && ends
            })
        });
        names.for_each(|name| report(number, name));
    }
    // `use std::{fs, io}` names `std::fs` without spelling it.
    let mut start = 0;
    while let Some(at) = code.get(start..).and_then(|rest| rest.find("use ")) {
        let at = start + at;
        let statement = code.get(at + 4..).and_then(|rest| rest.split(';').next()).unwrap_or_default();
        start = at + 4 + statement.len();
        if !statement.contains('{') {
            continue;
        }
        let line = code.get(..at).map_or(0, |before| before.matches('\n').count()) + 1;
        let paths = expand_use(statement);
        let names = IMPURE.iter().filter(|name| {
            paths
                .iter()
                .any(|path| path.strip_prefix(*name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
        });
        names.for_each(|name| report(line, name));
    }
    violations
}

/// The code up to an inline test module, which by convention ends a file.
fn without_inline_tests(code: &str) -> &str {
    let inline = code.match_indices("#[cfg(test)]").find(|&(at, mark)| {
        let after = code.get(at + mark.len()..).unwrap_or_default();
        let item = after.split(['{', ';']).next().unwrap_or_default();
        item.trim_start().starts_with("mod ") && after.get(item.len()..).is_some_and(|rest| rest.starts_with('{'))
    });
    inline.and_then(|(at, _)| code.get(..at)).unwrap_or(code)
}

/// `std::{fs, io::{self, Read}}` as `std::fs`, `std::io::self`, `std::io::Read`.
fn expand_use(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, rest)) = tree.split_once('{') else { return vec![tree.to_owned()] };
    let inside = rest.rsplit_once('}').map_or(rest, |(inside, _)| inside);
    let mut depth = 0_usize;
    let branches = inside.split(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    branches
        .filter(|branch| !branch.trim().is_empty())
        .flat_map(expand_use)
        .map(|path| format!("{}{path}", prefix.trim()))
        .collect()
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric()).any(|part| part == word)
}
