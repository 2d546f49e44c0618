//! The parts of the name of an image, and changing some of them.

use regex::Regex;
use std::sync::LazyLock;

/// The parts that an AssignImage sets; empty for those that stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ImageParts {
    pub(super) domain: String,
    pub(super) path: String,
    /// With `:` or `@` in front.
    pub(super) tag: String,
}

/// A host with a dot in it, or `localhost`, with or without a port.
const DOMAIN: &str = r"^(?:\w[\w\-]*\.[\w\-.]*\w|localhost)(?::\d+)?$";
/// Names of repositories as registries take them.
const PATH: &str = r"^[a-z0-9]+(?:(?:[._/]|__|-*)[a-z0-9]+)*$";
/// A tag or a digest.
const TAG: &str = r"^(?::\w[\w.\-]{0,127}|@[A-Za-z][A-Za-z0-9]*(?:[\-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,})$";

impl ImageParts {
    /// Why these parts cannot be assigned. What one part says must not be taken for another when the image is read again:
    /// else the mutator would never come to rest.
    pub(super) fn mistake(&self) -> Option<(&'static str, String)> {
        static PATTERNS: LazyLock<[Option<Regex>; 3]> =
            LazyLock::new(|| [DOMAIN, PATH, TAG].map(|pattern| Regex::new(pattern).ok()));
        let [domain, path, tag] = &*PATTERNS;
        let parts =
            [("assignDomain", &self.domain, domain), ("assignPath", &self.path, path), ("assignTag", &self.tag, tag)];
        if parts.iter().all(|(_, part, _)| part.is_empty()) {
            let message = "set at least one of `assignDomain`, `assignPath` and `assignTag`";
            return Some(("assignDomain", message.to_owned()));
        }
        for (field, part, pattern) in parts {
            let fits = pattern.as_ref().is_some_and(|pattern| pattern.is_match(part));
            if !part.is_empty() && !fits {
                return Some((field, format!("`{part}` cannot be the {} of an image", name_of(field))));
            }
        }
        if self.domain.is_empty() && !split(&self.path).0.is_empty() {
            let message = format!("`{}` begins like a domain, so that `assignDomain` must be set too", self.path);
            return Some(("assignPath", message));
        }
        None
    }

    /// `image` with these parts.
    pub(super) fn assign(&self, image: &str) -> String {
        let (domain, path, tag) = split(image);
        let pick = |new: &'_ str, old: &'_ str| if new.is_empty() { old.to_owned() } else { new.to_owned() };
        let domain = pick(&self.domain, domain);
        let separator = if domain.is_empty() { "" } else { "/" };
        format!("{domain}{separator}{}{}", pick(&self.path, path), pick(&self.tag, tag))
    }
}

fn name_of(field: &str) -> &'static str {
    match field {
        "assignDomain" => "domain",
        "assignPath" => "path",
        _ => "tag",
    }
}

/// Domain, path and tag of an image. The first part is a domain when it has a dot or a port, or is `localhost`.
fn split(image: &str) -> (&str, &str, &str) {
    let (domain, rest) = match image.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
        _ => ("", image),
    };
    let (path, tag) = rest.split_at(rest.find([':', '@']).unwrap_or(rest.len()));
    (domain, path, tag)
}

#[cfg(test)]
#[path = "image_tests.rs"]
mod tests;
