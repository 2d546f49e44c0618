//! Groups and kinds.

use crate::fields::Fields;
use crate::mistake::Mistake;
use kubernetes_types::GroupVersionKind;

/// Any group, version or kind.
const ANY: &str = "*";

/// One entry of `match.kinds`: a type matches when each of the lists has it, has `*`, or is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds {
    groups: Vec<String>,
    versions: Vec<String>,
    kinds: Vec<String>,
}

impl Kinds {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, Mistake> {
        fields.only(&["apiGroups", "apiVersions", "kinds"])?;
        Ok(Self {
            groups: fields.texts("apiGroups")?,
            versions: fields.texts("apiVersions")?,
            kinds: fields.texts("kinds")?,
        })
    }

    pub(super) fn matches(&self, kind: &GroupVersionKind<'_>) -> bool {
        let has =
            |list: &[String], name: &str| list.is_empty() || list.iter().any(|entry| entry == ANY || entry == name);
        has(&self.kinds, kind.kind) && has(&self.groups, kind.group) && has(&self.versions, kind.version)
    }

    /// The kinds, when they are named in full.
    pub(super) fn names(&self) -> Option<Vec<&str>> {
        let named = !self.kinds.is_empty() && !self.kinds.iter().any(|kind| kind == ANY);
        named.then(|| self.kinds.iter().map(String::as_str).collect())
    }

    /// Each pair of a group and a kind.
    pub(super) fn groups_and_kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        let kinds = or_any(&self.kinds);
        or_any(&self.groups).into_iter().flat_map(move |group| kinds.clone().into_iter().map(move |kind| (group, kind)))
    }
}

fn or_any(names: &[String]) -> Vec<&str> {
    if names.is_empty() { vec![ANY] } else { names.iter().map(String::as_str).collect() }
}
