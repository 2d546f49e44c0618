//! Which types of object a mutator or an expansion applies to (`spec.applyTo`).

use crate::fields::Fields;
use crate::mistake::Mistake;
use kubernetes_types::GroupVersionKind;
use kubernetes_types::admission::Operation;

/// One entry of `applyTo`: groups, versions and kinds, each in full. Patterns are not allowed, so that what is applied to has a
/// known shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppliesTo {
    groups: Vec<String>,
    versions: Vec<String>,
    kinds: Vec<String>,
    /// Empty for all.
    operations: Vec<Operation>,
}

impl AppliesTo {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self, Mistake> {
        fields.only(&["groups", "versions", "kinds", "operations"])?;
        let named = |key: &str| {
            let names = fields.texts(key)?;
            if names.is_empty() {
                return Err(fields.missing(key).help("`applyTo` names groups, versions and kinds, each in full"));
            }
            if names.iter().any(|name| name.contains('*')) {
                return Err(fields.wrong(key, format!("`{key}` of `applyTo` must be named in full, without `*`")));
            }
            Ok(names)
        };
        let operation = |word: String| {
            Operation::parse(&word).ok_or_else(|| {
                let message = format!("`{word}` is no operation: use `CREATE`, `UPDATE`, `DELETE` or `CONNECT`");
                fields.wrong("operations", message)
            })
        };
        Ok(Self {
            groups: named("groups")?,
            versions: named("versions")?,
            kinds: named("kinds")?,
            operations: fields.texts("operations")?.into_iter().map(operation).collect::<Result<_, _>>()?,
        })
    }

    /// Whether it names that type.
    pub(crate) fn applies(&self, kind: &GroupVersionKind<'_>) -> bool {
        let has = |names: &[String], name: &str| names.iter().any(|named| named == name);
        has(&self.groups, kind.group) && has(&self.versions, kind.version) && has(&self.kinds, kind.kind)
    }

    /// Whether it applies to that operation. Where nobody asks an API server for anything there is none, and everything applies.
    pub(crate) fn applies_on(&self, operation: Option<Operation>) -> bool {
        operation.is_none_or(|operation| self.operations.is_empty() || self.operations.contains(&operation))
    }

    /// Whether there is an operation that both apply to.
    pub(crate) fn shares_operation(&self, other: &Self) -> bool {
        let any = |a: &Self, b: &Self| a.operations.iter().any(|operation| b.applies_on(Some(*operation)));
        self.operations.is_empty() || other.operations.is_empty() || any(self, other)
    }

    /// The kinds.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().map(String::as_str)
    }

    /// Every type that it names.
    pub(crate) fn types(&self) -> impl Iterator<Item = GroupVersionKind<'_>> {
        self.groups.iter().flat_map(move |group| {
            self.versions
                .iter()
                .flat_map(move |version| self.kinds.iter().map(move |kind| GroupVersionKind { group, version, kind }))
        })
    }
}
