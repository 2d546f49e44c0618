//! Which part of `data` belongs to a bundle.

use std::fmt;
use value::{Pointer, Segment};

/// A place below `data` that a bundle owns, with all that stands below it; the empty root is everything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Root {
    names: Vec<String>,
}

impl Root {
    /// `a/b`, with or without slashes around it.
    pub(crate) fn parse(text: &str) -> Self {
        Self { names: text.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect() }
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.names.is_empty()
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn pointer(&self) -> Pointer {
        Pointer(self.names.iter().cloned().map(Segment::Key).collect())
    }

    /// Whether what stands at `path` is the bundle's.
    pub(crate) fn contains<S: AsRef<str>>(&self, path: &[S]) -> bool {
        path.len() >= self.names.len() && self.meets(path)
    }

    /// Whether one of the two lies in the other.
    pub(crate) fn meets<S: AsRef<str>>(&self, path: &[S]) -> bool {
        self.names.iter().zip(path).all(|(name, part)| name == part.as_ref())
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names.join("/"))
    }
}

/// Why nobody but a bundle may write at `path`: it lies in one of its roots, or around one. In OPA's words.
pub(crate) fn owner_of<'b>(
    path: &[String],
    bundles: impl Iterator<Item = (&'b String, &'b [Root])> + Clone,
) -> Option<String> {
    if path.is_empty() && bundles.clone().next().is_some() {
        return Some("can't write to document root with bundle roots configured".to_owned());
    }
    for (name, roots) in bundles {
        if roots.iter().any(Root::is_everything) {
            return Some(format!("all paths owned by bundle \"{name}\""));
        }
        if roots.iter().any(|root| root.meets(path)) {
            return Some(format!("path {} is owned by bundle \"{name}\"", path.join("/")));
        }
    }
    None
}

/// Why two bundles cannot both be in use: the roots of `roots` that lie in or around those of others. In OPA's words.
pub(crate) fn conflicts<'b>(
    name: &str,
    roots: &[Root],
    others: impl Iterator<Item = (&'b String, &'b [Root])>,
) -> Option<String> {
    let mut bundles = vec![name.to_owned()];
    let mut found = Vec::new();
    for (other, other_roots) in others.filter(|(other, _)| other.as_str() != name) {
        let before = found.len();
        for root in roots {
            for other in other_roots.iter().filter(|other| root.meets(other.names())) {
                let said = if root == other {
                    format!("root {root} is in multiple bundles")
                } else {
                    let (first, second) = if root < other { (root, other) } else { (other, root) };
                    format!("{first} overlaps {second}")
                };
                if !found.contains(&said) {
                    found.push(said);
                }
            }
        }
        if found.len() > before {
            bundles.push(other.clone());
        }
    }
    if found.is_empty() {
        return None;
    }
    bundles.sort();
    Some(format!(
        "detected overlapping roots in manifests for these bundles: [{}] ({})",
        bundles.join(", "),
        found.join("; ")
    ))
}
