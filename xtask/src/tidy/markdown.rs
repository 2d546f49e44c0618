//! Rules about Markdown: links lead somewhere, the changelog is kept.

use super::Violation;
use std::path::{Component, Path, PathBuf};

/// Checks one page; `exists` tells whether a path from the root of the repository exists.
pub fn check(path: &str, text: &str, exists: &dyn Fn(&Path) -> bool) -> Vec<Violation> {
    let mut violations = Vec::new();
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut fenced = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        for target in link_targets(&without_code(line)) {
            let Some(file) = local_file(folder, target) else { continue };
            if !exists(&file) {
                violations.push(Violation::line(path, number, format!("link to `{target}`, which does not exist")));
            }
        }
    }
    if path == "CHANGELOG.md" && !text.lines().any(|line| matches!(line.trim(), "## Unreleased" | "## [Unreleased]")) {
        violations.push(Violation::file(path, "has no `## Unreleased` section"));
    }
    violations
}

/// The line without its `code spans`, in which a bracket is not a link.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// What `[text](target)` and `[name]: target` point at.
fn link_targets(line: &str) -> Vec<&str> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    let definition = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "))
        .and_then(|(_, target)| target.split_whitespace().next());
    inline.chain(definition).map(|target| target.trim_matches(['<', '>'])).collect()
}

/// The file that a target names, from the root; nothing for other hosts and for places on the same page.
fn local_file(folder: &Path, target: &str) -> Option<PathBuf> {
    let file = target.split('#').next().unwrap_or_default();
    if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
        return None;
    }
    let joined = match file.strip_prefix('/') {
        Some(from_root) => PathBuf::from(from_root),
        None => folder.join(file),
    };
    let mut normal = PathBuf::new();
    for component in joined.components() {
        match component {
            Component::ParentDir if normal.pop() => {}
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    Some(normal)
}
