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
    /// Empty for all that objects are mutated on.
    operations: Vec<Operation>,
}

/// The operations on which objects are mutated (gatekeeper pkg/mutation/match/apply_to.go, supportedMutationOperations).
const MUTATED: [Operation; 2] = [Operation::Create, Operation::Update];

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
        Ok(Self {
            groups: named("groups")?,
            versions: named("versions")?,
            kinds: named("kinds")?,
            operations: operations(fields)?,
        })
    }

    /// Whether it names that type.
    pub(crate) fn applies(&self, kind: &GroupVersionKind<'_>) -> bool {
        let has = |names: &[String], name: &str| names.iter().any(|named| named == name);
        has(&self.groups, kind.group) && has(&self.versions, kind.version) && has(&self.kinds, kind.kind)
    }

    /// Whether it applies to that operation. Where nobody asks an API server for anything there is none, and only what applies
    /// whatever is asked does (gatekeeper pkg/mutation/match/apply_to.go, MatchesOperation).
    pub(crate) fn applies_on(&self, operation: Option<Operation>) -> bool {
        let applies = |operation| self.operations.is_empty() || self.operations.contains(&operation);
        match operation {
            None => MUTATED.into_iter().all(applies),
            Some(operation) => MUTATED.contains(&operation) && applies(operation),
        }
    }

    /// Whether there is an operation that both apply to.
    pub(crate) fn shares_operation(&self, other: &Self) -> bool {
        MUTATED.into_iter().any(|operation| self.applies_on(Some(operation)) && other.applies_on(Some(operation)))
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

/// The operations that an entry names, which is none where it means all (gatekeeper pkg/mutation/match/apply_to.go,
/// ValidateOperations).
fn operations(fields: &Fields<'_>) -> Result<Vec<Operation>, Mistake> {
    let mut operations = Vec::new();
    let words = fields.texts("operations")?;
    for word in &words {
        if word == "*" {
            return match words.len() {
                1 => Ok(Vec::new()),
                _ => Err(fields.wrong("operations", "`*` means all operations, and stands alone")),
            };
        }
        let operation = Operation::parse(word).filter(|operation| MUTATED.contains(operation)).ok_or_else(|| {
            fields.wrong("operations", format!("`{word}` is no operation that mutates: use `CREATE`, `UPDATE` or `*`"))
        })?;
        if operations.contains(&operation) {
            return Err(fields.wrong("operations", format!("`{word}` stands there twice")));
        }
        operations.push(operation);
    }
    Ok(operations)
}
