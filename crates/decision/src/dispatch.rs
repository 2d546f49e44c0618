//! From a resource to the few policies that apply to it.

use crate::metadata::{Input, PolicyMetadata};
use crate::patterns::{fits, is_pattern};
use crate::request::Target;
use rustc_hash::FxHashMap;

/// An index of policies, built once.
///
/// Each policy stands under the narrowest condition that it names in full: its namespaces, else its kinds, classes,
/// providers, else under none. A look-up visits the four lists of the resource and the list of those without a condition,
/// so that what it costs goes by the policies that may apply and not by those that exist.
#[derive(Debug, Default)]
pub(crate) struct Dispatch {
    by_namespace: FxHashMap<String, Vec<u32>>,
    by_kind: FxHashMap<String, Vec<u32>>,
    by_class: FxHashMap<String, Vec<u32>>,
    by_provider: FxHashMap<String, Vec<u32>>,
    unconditional: Vec<u32>,
    documents: Vec<u32>,
}

impl Dispatch {
    /// Adds the policy at `index` of the set.
    pub(crate) fn insert(&mut self, index: u32, policy: &PolicyMetadata) {
        if policy.input == Input::Document {
            self.documents.push(index);
            return;
        }
        let conditions = [
            (&mut self.by_namespace, &policy.namespaces),
            (&mut self.by_kind, &policy.kinds),
            (&mut self.by_class, &policy.classes),
            (&mut self.by_provider, &policy.providers),
        ];
        for (table, names) in conditions {
            if !names.is_empty() && !names.iter().any(|name| is_pattern(name)) {
                for name in names {
                    table.entry(name.clone()).or_default().push(index);
                }
                return;
            }
        }
        self.unconditional.push(index);
    }

    /// The policies over documents.
    pub(crate) fn documents(&self) -> &[u32] {
        &self.documents
    }

    /// Those that may apply to `target`, ascending and without repetition; [`applies`] has the last word.
    pub(crate) fn candidates(&self, target: &Target<'_>, candidates: &mut Vec<u32>) {
        candidates.clear();
        let lists = [
            target.namespace.and_then(|namespace| self.by_namespace.get(namespace)),
            self.by_kind.get(target.kind),
            self.by_class.get(target.class),
            self.by_provider.get(target.provider),
            Some(&self.unconditional),
        ];
        lists.into_iter().flatten().for_each(|list| candidates.extend_from_slice(list));
        candidates.sort_unstable();
        candidates.dedup();
    }
}

/// Whether a policy over resources applies to `target`.
pub(crate) fn applies(policy: &PolicyMetadata, target: &Target<'_>) -> bool {
    let admits = |names: &[String], name: &str| names.is_empty() || names.iter().any(|pattern| fits(pattern, name));
    (target.governed || policy.every_object || names_kind(policy, target.kind))
        && admits(&policy.classes, target.class)
        && admits(&policy.providers, target.provider)
        && admits(&policy.kinds, target.kind)
        && (policy.namespaces.is_empty() || target.namespace.is_some_and(|name| admits(&policy.namespaces, name)))
        && judges(policy, target.action)
}

/// Whether a policy names that kind in full: whoever writes `ConfigMap` means it, although nothing governs one. A pattern such as
/// `aws_*` means what is governed.
fn names_kind(policy: &PolicyMetadata, kind: &str) -> bool {
    policy.kinds.iter().any(|named| named == kind)
}

/// Whether a policy may be about objects that are no AI resources.
pub(crate) fn may_judge_ungoverned(policy: &PolicyMetadata) -> bool {
    policy.every_object || policy.kinds.iter().any(|kind| !is_pattern(kind))
}

/// Nothing is asked for when a resource goes away, so only policies that say so judge that.
fn judges(policy: &PolicyMetadata, action: &str) -> bool {
    if policy.actions.is_empty() {
        !matches!(action, "delete" | "forget")
    } else {
        policy.actions.iter().any(|judged| judged == action)
    }
}
