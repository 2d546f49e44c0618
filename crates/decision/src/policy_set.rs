//! An immutable snapshot of compiled policies and data.

use crate::dispatch::{Dispatch, applies, may_judge_ungoverned};
use crate::metadata::{Patches, PolicyMetadata, PolicyPlace};
use crate::policy::Policy;
use crate::reads::Reads;
use crate::request::Target;
use catalog::Action;
use rustc_hash::FxHashMap;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;
use value::{Frozen, Value};

/// A policy together with its metadata as the organisation has adjusted it.
pub(crate) struct Entry {
    pub(crate) policy: Arc<dyn Policy>,
    pub(crate) metadata: Arc<PolicyMetadata>,
}

/// An immutable snapshot of compiled policies and data. Threads share it; deciding takes no lock.
pub struct PolicySet {
    // By id, so that findings and listings come in a stable order. Sets over other data share them.
    entries: Arc<[Entry]>,
    dispatch: Arc<Dispatch>,
    listed: Arc<[Arc<PolicyMetadata>]>,
    about_every_object: bool,
    may_judge_ungoverned: bool,
    data: Frozen,
    data_may_be_unknown: bool,
}

/// Two policies have the same id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("policy id `{id}` is used twice: at {first} and at {second}")]
pub struct DuplicatePolicy {
    /// The id.
    pub id: String,
    /// The policy that was given first.
    pub first: PolicyPlace,
    /// The other one.
    pub second: PolicyPlace,
}

impl PolicySet {
    /// A set of `policies` that see `data`; `adjust` is what the organisation changes about a policy's metadata.
    ///
    /// # Errors
    /// All ids that are used twice.
    pub fn new(
        policies: Vec<Arc<dyn Policy>>,
        data: Frozen,
        mut adjust: impl FnMut(&mut PolicyMetadata),
    ) -> Result<Self, Vec<DuplicatePolicy>> {
        let mut places: FxHashMap<String, PolicyPlace> = FxHashMap::default();
        let mut duplicates = Vec::new();
        let mut entries = Vec::with_capacity(policies.len());
        for policy in policies {
            let mut metadata = PolicyMetadata::clone(policy.metadata());
            adjust(&mut metadata);
            if let Some(first) = places.get(&metadata.id) {
                let (id, second) = (metadata.id.clone(), metadata.place.clone());
                duplicates.push(DuplicatePolicy { id, first: first.clone(), second });
                continue;
            }
            places.insert(metadata.id.clone(), metadata.place.clone());
            entries.push(Entry { policy, metadata: Arc::new(metadata) });
        }
        if !duplicates.is_empty() {
            return Err(duplicates);
        }
        entries.sort_by(|a, b| a.metadata.id.cmp(&b.metadata.id));
        let mut dispatch = Dispatch::default();
        for (index, entry) in (0..).zip(&entries) {
            dispatch.insert(index, &entry.metadata);
        }
        let about_every_object = entries.iter().any(|entry| entry.metadata.every_object);
        let may_judge_ungoverned = entries.iter().any(|entry| may_judge_ungoverned(&entry.metadata));
        let listed = entries.iter().map(|entry| Arc::clone(&entry.metadata)).collect();
        Ok(Self {
            entries: entries.into(),
            dispatch: Arc::new(dispatch),
            listed,
            about_every_object,
            may_judge_ungoverned,
            data,
            data_may_be_unknown: false,
        })
    }

    /// How many policies.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is known about each policy, by id.
    pub fn metadata(&self) -> impl Iterator<Item = &Arc<PolicyMetadata>> {
        self.entries.iter().map(|entry| &entry.metadata)
    }

    /// The same as one list that decisions share.
    pub(crate) fn listed(&self) -> Arc<[Arc<PolicyMetadata>]> {
        Arc::clone(&self.listed)
    }

    /// The metadata of the policy with that id.
    pub fn find(&self, id: &str) -> Option<&Arc<PolicyMetadata>> {
        let index = self.entries.binary_search_by(|entry| entry.metadata.id.as_str().cmp(id)).ok()?;
        self.entries.get(index).map(|entry| &entry.metadata)
    }

    /// The data that policies see.
    pub fn data(&self) -> Value<'_> {
        self.data.root()
    }

    /// The policies over documents.
    pub(crate) fn over_documents(&self) -> impl Iterator<Item = &Entry> {
        self.dispatch.documents().iter().filter_map(|&index| self.entries.get(index as usize))
    }

    /// The policies that apply to `target`; `candidates` is scratch space.
    pub(crate) fn over<'s>(
        &'s self,
        target: &Target<'_>,
        candidates: &'s mut Vec<u32>,
    ) -> impl Iterator<Item = &'s Entry> {
        self.dispatch.candidates(target, candidates);
        let entries = candidates.iter().filter_map(|&index| self.entries.get(index as usize));
        entries.filter(move |entry| entry.metadata.patches != Patches::Only && applies(&entry.metadata, target))
    }

    /// What the policies that judge or change `target` read of a request about it.
    pub fn reads(&self, target: &Target<'_>) -> Reads {
        let mut candidates = Vec::new();
        self.dispatch.candidates(target, &mut candidates);
        let entries = candidates.iter().filter_map(|&index| self.entries.get(index as usize));
        let applying = entries.filter(|entry| applies(&entry.metadata, target));
        applying.fold(Reads::NOTHING, |reads, entry| reads.and(entry.metadata.reads))
    }

    /// The policies that may change `target`, by id.
    pub(crate) fn changing(&self, target: &Target<'_>) -> Vec<&Entry> {
        let creates = target.action == Action::Create.as_str();
        let mut candidates = Vec::new();
        self.dispatch.candidates(target, &mut candidates);
        let entries = candidates.iter().filter_map(|&index| self.entries.get(index as usize));
        let changes = |entry: &&Entry| {
            let metadata = &entry.metadata;
            metadata.patches != Patches::Never && (creates || !metadata.actions.is_empty()) && applies(metadata, target)
        };
        entries.filter(changes).collect()
    }

    /// Whether a policy may be about objects that are no AI resources: all of them, or those of kinds that it names.
    pub(crate) fn may_judge_ungoverned(&self) -> bool {
        self.may_judge_ungoverned
    }

    /// Whether a policy is also about all objects that are no AI resources.
    pub fn is_about_every_object(&self) -> bool {
        self.about_every_object
    }

    /// Whether a policy changes what it is asked about.
    pub fn patches(&self) -> bool {
        self.metadata().any(|metadata| metadata.patches != Patches::Never)
    }

    /// Whether Unknown leaves may stand in the data.
    pub(crate) fn data_may_be_unknown(&self) -> bool {
        self.data_may_be_unknown
    }

    /// The same policies over other data, in which Unknown leaves stand only if it `may_be_unknown`.
    #[must_use]
    pub fn with_data(&self, data: Frozen, may_be_unknown: bool) -> Self {
        Self {
            entries: Arc::clone(&self.entries),
            dispatch: Arc::clone(&self.dispatch),
            listed: Arc::clone(&self.listed),
            about_every_object: self.about_every_object,
            may_judge_ungoverned: self.may_judge_ungoverned,
            data,
            data_may_be_unknown: may_be_unknown,
        }
    }
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.metadata().map(|metadata| &metadata.id)).finish()
    }
}
