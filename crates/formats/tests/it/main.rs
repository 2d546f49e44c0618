//! What a caller sees: texts in, documents, places and messages out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

mod data;
mod decode;
mod json;
mod limits;
mod locate;
mod sound;
mod write;
mod yaml;

use formats::{Format, Options};
use std::fmt::Write;
use value::{Arena, Diagnostic, Source};

/// The documents as JSON, one a line; or the mistake as `line:column: message` and its help.
fn read(text: &str, format: Format, options: &Options) -> String {
    let arena = Arena::new();
    match formats::parse(&arena, &Source::new("input", text), format, options) {
        Ok(read) => {
            let mut out = String::new();
            for document in &read.documents {
                writeln!(out, "{}", value::json::to_string(document.value)).unwrap();
            }
            if read.skipped > 0 {
                writeln!(out, "skipped {}", read.skipped).unwrap();
            }
            out.trim_end().to_owned()
        }
        Err(mistake) => describe(&mistake),
    }
}

fn describe(mistake: &Diagnostic) -> String {
    let position = mistake.position().unwrap();
    match &mistake.help {
        Some(help) => format!("{position}: {} ({help})", mistake.message),
        None => format!("{position}: {}", mistake.message),
    }
}

/// Fails with all cases that differ, not only the first.
fn check(cases: &[(&str, &str)], actual: impl Fn(&str) -> String) {
    let mut failures = String::new();
    for (input, expected) in cases {
        let actual = actual(input);
        if actual != *expected {
            writeln!(failures, "{input}\n  expected {expected}\n  actual   {actual}\n").unwrap();
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}
