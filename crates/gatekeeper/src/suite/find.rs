//! Finding suites.

use super::{GROUP, Suite};
use std::fs;
use std::path::{Path, PathBuf};
use value::{Diagnostic, Span};

/// What stands at the end of a path whose folders are looked into too.
const BELOW: &str = "...";

/// Folders inside folders; real trees are far from it.
const DEPTH_MAX: usize = 100;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Suites, in the order of what was named and by name in folders.
    pub suites: Vec<Suite>,
    /// What could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// Finds suites: a file that is one, a folder with some in it, or, with `...` at its end, a folder with some anywhere below. In
/// folders these are YAML files that say they are suites; others are left alone.
pub fn find(paths: &[String]) -> Found {
    let mut found = Found::default();
    for path in paths {
        let (folder, below) = match path.strip_suffix(BELOW) {
            Some("") => (".", true),
            Some("/") => ("/", true),
            Some(folder) => (folder.strip_suffix('/').unwrap_or(folder), true),
            None => (path.as_str(), false),
        };
        let path = Path::new(folder);
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => found.folder(path, below, 0),
            Ok(_) => found.named(path),
            Err(error) => found.diagnostics.push(cannot_read(path, &error)),
        }
    }
    found
}

impl Found {
    /// A file that somebody named: it must be a suite.
    fn named(&mut self, path: &Path) {
        let name = shown(path);
        match Suite::read(path, &name) {
            Ok(Some(suite)) => self.suites.push(suite),
            Ok(None) => {
                let message = format!("`{name}` is no suite");
                let help = "a suite begins with `kind: Suite` and `apiVersion: test.gatekeeper.sh/v1alpha1`";
                self.diagnostics.push(file_error(message).help(help));
            }
            Err(diagnostic) => self.diagnostics.push(diagnostic),
        }
    }

    fn folder(&mut self, folder: &Path, below: bool, depth: usize) {
        if depth > DEPTH_MAX {
            let message = format!("`{}` is nested deeper than {DEPTH_MAX} folders", shown(folder));
            return self.diagnostics.push(file_error(message).help("name the folders that are meant"));
        }
        let mut entries: Vec<PathBuf> = match fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()).collect(),
            Err(error) => return self.diagnostics.push(cannot_read(folder, &error)),
        };
        entries.sort();
        for path in entries {
            // A symbolic link could lead in circles, and what it leads to is looked at where it stands.
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            if metadata.is_dir() && below {
                self.folder(&path, below, depth + 1);
            } else if metadata.is_file() && is_yaml(&path) && names_a_suite(&path) {
                match Suite::read(&path, &shown(&path)) {
                    Ok(suite) => self.suites.extend(suite),
                    Err(diagnostic) => self.diagnostics.push(diagnostic),
                }
            }
        }
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Whether a file could be a suite. Others need not even be well formed: many a folder has templates of templates in it.
fn names_a_suite(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.windows(GROUP.len()).any(|window| window == GROUP.as_bytes()))
}

fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    match text.strip_prefix("./") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => text,
    }
}

fn file_error(message: String) -> Diagnostic {
    Diagnostic { code: "file_error", message, source: None, span: Span::default(), help: None }
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Diagnostic {
    let reason = error.to_string();
    let reason = reason.split(" (os error").next().unwrap_or_default().to_lowercase();
    file_error(format!("`{}` cannot be read: {reason}", shown(path))).help("check the name")
}
