//! The invariants of the design that a compiler does not hold, each with a message that says what to do.

mod floors;
mod markdown;
mod source_text;
mod sources;
#[cfg(test)]
mod tests;

use crate::{builtins, command};
use anyhow::{Context, Result};
use std::fmt;
use std::path::Path;
use std::process::Command;

/// One broken invariant.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation {
    /// The file, from the root of the repository.
    path: String,
    /// The line, from 1; zero when it is about the whole file.
    line: usize,
    message: String,
}

impl Violation {
    fn file(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: 0, message: message.into() }
    }

    fn line(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// Checks the whole repository and prints what is broken; says whether nothing is.
pub fn run(root: &Path) -> Result<bool> {
    let violations = check(root)?;
    for violation in &violations {
        println!("{violation}");
    }
    println!("tidy: {} broken", violations.len());
    Ok(violations.is_empty())
}

fn check(root: &Path) -> Result<Vec<Violation>> {
    let metadata = command::output(&mut command::cargo(root, &["metadata", "--no-deps", "--format-version", "1"]))?;
    let mut violations = floors::check(&floors::packages(&metadata)?);
    if !builtins::is_current(root) {
        violations.push(Violation::file(builtins::PAGE, "is not what the tables say: run `cargo xtask builtins`"));
    }

    // What is not committed yet counts too: tidy should fail before the commit, not after it.
    let listing = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let listing = command::output(Command::new("git").current_dir(root).args(listing))?;
    for path in listing.lines() {
        let whole = root.join(path);
        // Listed but deleted in the working tree, or a link to a folder.
        if !whole.is_file() {
            continue;
        }
        let bytes = std::fs::read(&whole).with_context(|| format!("could not read `{path}`"))?;
        let Ok(text) = String::from_utf8(bytes) else { continue };
        violations.extend(check_file(path, &text, &|target| root.join(target).exists()));
    }
    Ok(violations)
}

/// The rules about one file; `exists` tells whether a path from the root exists.
fn check_file(path: &str, text: &str, exists: &dyn Fn(&Path) -> bool) -> Vec<Violation> {
    let mut violations = sources::check_any(path, text);
    if path.ends_with(".rs") {
        violations.extend(sources::check_rust(path, text));
    }
    if path.ends_with(".md") {
        violations.extend(markdown::check(path, text, exists));
    }
    violations
}
