//! What a policy of any language is to the rest of the house.

use crate::finding::Certainty;
use crate::kept::Kept;
use crate::metadata::{PolicyMetadata, PolicyPlace};
use crate::request::Request;
use crate::severity::Severity;
use host::Host;
use rustc_hash::FxHashMap;
use std::any::{Any, TypeId};
use std::sync::Arc;
use thiserror::Error;
use value::{Arena, Frozen, Pointer, Value};

/// One compiled policy. Threads share it.
pub trait Policy: Send + Sync {
    /// What is known without evaluating it.
    fn metadata(&self) -> &Arc<PolicyMetadata>;

    /// What it says about `request`.
    ///
    /// # Errors
    /// When it cannot be evaluated; what other policies say still counts.
    fn evaluate(&self, request: &Request<'_>, session: &mut Session<'_, '_>) -> Result<Outcome, PolicyError>;

    /// What it makes of the raw description in `request`, its `object`; none when it leaves it as it is. Only policies are asked
    /// whose metadata says that they patch.
    ///
    /// # Errors
    /// When it cannot be evaluated, or its changes do not fit the object.
    fn patch<'a>(
        &'a self,
        _request: &Request<'a>,
        _session: &mut Session<'a, '_>,
    ) -> Result<Option<Value<'a>>, PolicyError> {
        Ok(None)
    }
}

/// What an evaluation may use: data, the world, and scratch storage of one thread.
pub struct Session<'a, 's> {
    /// The policy set's data.
    pub data: Value<'a>,
    /// The world, as far as policies may see it.
    pub host: &'a dyn Host,
    /// Storage that is released when the policy has answered.
    pub arena: &'a Arena,
    scratch: &'s mut Scratch,
    change: Option<&'a Kept>,
    request: Option<&'a Kept>,
}

impl<'a, 's> Session<'a, 's> {
    /// A session over the parts of one thread.
    pub fn new(data: Value<'a>, host: &'a dyn Host, arena: &'a Arena, scratch: &'s mut Scratch) -> Self {
        Self { data, host, arena, scratch, change: None, request: None }
    }

    /// The same with what is kept for the whole change, where it has more than one resource to ask about, and for all policies that are
    /// asked about this one.
    #[must_use]
    pub const fn keeping(self, change: Option<&'a Kept>, request: &'a Kept) -> Self {
        Self { change, request: Some(request), ..self }
    }

    /// What a policy language keeps for all requests of one change: they have what [`SHARED_KEYS`](crate::SHARED_KEYS) name in
    /// common, and the data. `make` builds it the first time. None where nothing is kept.
    pub fn kept_for_change<T: Any + Send + Sync>(&self, make: impl Fn() -> T) -> Option<&'a T> {
        self.change?.part(make)
    }

    /// What a policy language keeps for all policies that are asked about one request.
    pub fn kept_for_request<T: Any + Send + Sync>(&self, make: impl Fn() -> T) -> Option<&'a T> {
        self.request?.part(make)
    }

    /// What a policy language keeps from one evaluation to the next, such as its evaluator's stacks; `make` builds it the
    /// first time. None only if the storage was taken for another type, which its key rules out.
    pub fn scratch<T: Any>(&mut self, make: impl FnOnce() -> T) -> Option<&mut T> {
        self.scratch.parts.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(make())).downcast_mut()
    }
}

/// Scratch storage of one thread, by type, so that this crate need not know the languages that use it.
#[derive(Default)]
pub struct Scratch {
    parts: FxHashMap<TypeId, Box<dyn Any>>,
}

/// What a policy said about one request.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What stands against the request, in the policy's order.
    pub complaints: Vec<Complaint>,
}

/// What a complaint asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Refuse the request.
    Deny,
    /// Let it pass, and say so.
    Warn,
}

/// One thing that a policy holds against a request, before modes and actions turn it into a finding.
#[derive(Debug)]
pub struct Complaint {
    /// What it asks for.
    pub effect: Effect,
    /// Whether unknown values had a part in it.
    pub certainty: Certainty,
    /// The policy's words; none when they depend on a value that is unknown.
    pub message: Option<String>,
    /// What is unknown, when that had a part in it: `its tags are known only after apply`.
    pub unknown: Option<String>,
    /// When it differs from the policy's.
    pub severity: Option<Severity>,
    /// Where in the input, when the policy says: from the root of what it was given.
    pub pointer: Option<Pointer>,
    /// Everything else that the policy gave, an object.
    pub details: Option<Frozen>,
    /// When it differs from the policy's.
    pub remediation: Option<String>,
    /// When it differs from the policy's.
    pub documentation: Option<String>,
}

impl Complaint {
    /// A certain complaint with nothing but words.
    pub fn new(effect: Effect, message: impl Into<String>) -> Self {
        Self {
            effect,
            certainty: Certainty::Certain,
            message: Some(message.into()),
            unknown: None,
            severity: None,
            pointer: None,
            details: None,
            remediation: None,
            documentation: None,
        }
    }
}

/// Why a policy could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct PolicyError {
    /// What happened.
    pub message: String,
    /// Where in the policy.
    pub place: Option<PolicyPlace>,
}
