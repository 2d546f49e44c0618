//! Names with `*` at their ends.

use crate::mistake::{Mistake, MistakeKind};
use kubernetes_types::KubernetesObject;
use value::Pointer;

/// A name in which `*` may stand at the beginning, at the end or at both, for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob(String);

impl Glob {
    /// Reads a glob; `place` is asked for only when it is none.
    pub(super) fn read(text: &str, place: impl FnOnce() -> Pointer) -> Result<Self, Mistake> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'.');
        let glob = Self(text.to_owned());
        let (_, inner, _) = glob.parts();
        if inner.bytes().all(known) {
            return Ok(glob);
        }
        let message = format!("`{text}` fits no name");
        let help = "write a name in lower case; `*` may stand at its beginning and at its end";
        Err(Mistake::new(MistakeKind::Schema, place(), message).help(help))
    }

    /// The glob as written.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether anything may come before, what must be there, and whether anything may come after.
    fn parts(&self) -> (bool, &str, bool) {
        let rest = self.0.strip_prefix('*');
        let inner = rest.unwrap_or(&self.0);
        let start = inner.strip_suffix('*');
        (rest.is_some(), start.unwrap_or(inner), start.is_some())
    }

    /// Whether it fits `name`.
    pub(super) fn matches(&self, name: &str) -> bool {
        match self.parts() {
            (false, inner, false) => name == inner,
            (true, inner, false) => name.ends_with(inner),
            (false, inner, true) => name.starts_with(inner),
            (true, inner, true) => name.contains(inner),
        }
    }

    /// Whether it fits the name of `object`, or whatever name will be made from its `generateName`.
    pub(super) fn matches_object(&self, object: KubernetesObject<'_>) -> bool {
        // What is appended is not known yet, so that only a glob with an open end can fit.
        self.matches(object.name()) || (self.parts().2 && self.matches(object.generate_name()))
    }
}
