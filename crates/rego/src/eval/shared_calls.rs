//! What calls of functions come to that depend on nothing but their arguments and what several evaluations have in common.

use super::Machine;
use super::extent::{Extent, Settled};
use super::shared::{Document, SharedRules};
use crate::plan::GroupId;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use value::Value;

/// Lists that calls are spread over.
const LISTS: usize = 1 << 10;

/// Most calls that are kept.
const CALLS_MAX: usize = 1 << 14;

/// Calls, by function and arguments. Lists grow at their ends only, so that what is found in one stays where it is.
#[derive(Debug)]
pub(super) struct SharedCalls {
    hasher: RandomState,
    lists: OnceLock<Box<[OnceLock<Box<Call>>]>>,
    room: AtomicUsize,
}

#[derive(Debug)]
struct Call {
    function: GroupId,
    arguments: Box<[Argument]>,
    answer: Document,
    next: OnceLock<Box<Call>>,
}

/// An argument by which calls are told apart. Others would take longer to tell apart than most functions to call.
#[derive(Debug)]
enum Argument {
    Null,
    Bool(bool),
    Int(i64),
    Text(Box<str>),
}

impl Argument {
    fn tells_apart(value: Value<'_>) -> bool {
        matches!(value, Value::Null | Value::Bool(_) | Value::Int(_) | Value::String(_))
    }

    fn of(value: Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Int(integer) => Self::Int(integer),
            Value::String(text) => Self::Text(text.as_str().into()),
            _ => return None,
        })
    }

    fn is(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Null, Value::Null) => true,
            (Self::Bool(a), Value::Bool(b)) => a == b,
            (Self::Int(a), Value::Int(b)) => *a == b,
            (Self::Text(a), Value::String(b)) => **a == *b.as_str(),
            _ => false,
        }
    }
}

impl Default for SharedCalls {
    fn default() -> Self {
        Self { hasher: RandomState::new(), lists: OnceLock::new(), room: AtomicUsize::new(CALLS_MAX) }
    }
}

impl SharedCalls {
    /// The list that a call belongs to; none for calls that are not kept.
    fn list(&self, function: GroupId, arguments: &[Value<'_>]) -> Option<&OnceLock<Box<Call>>> {
        let mut hasher = self.hasher.build_hasher();
        function.hash(&mut hasher);
        for argument in arguments {
            match argument {
                Value::Null => 0_u8.hash(&mut hasher),
                Value::Bool(truth) => truth.hash(&mut hasher),
                Value::Int(integer) => integer.hash(&mut hasher),
                Value::String(text) => text.as_str().hash(&mut hasher),
                _ => return None,
            }
        }
        let lists = self.lists.get_or_init(|| (0..LISTS).map(|_| OnceLock::new()).collect());
        let number = usize::try_from(hasher.finish() % LISTS as u64).unwrap_or_default();
        lists.get(number)
    }

    fn find(&self, function: GroupId, arguments: &[Value<'_>]) -> Option<&Document> {
        let mut at = self.list(function, arguments)?;
        loop {
            let call = at.get()?;
            if call.is(function, arguments) {
                return Some(&call.answer);
            }
            at = &call.next;
        }
    }

    fn keep(&self, function: GroupId, arguments: &[Value<'_>], answer: Document) {
        let Some(mut at) = self.list(function, arguments) else { return };
        let Some(kept) = arguments.iter().map(|argument| Argument::of(*argument)).collect() else { return };
        let take = |room: usize| room.checked_sub(1);
        if self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
            return;
        }
        let mut call = Box::new(Call { function, arguments: kept, answer, next: OnceLock::new() });
        // Another thread may be quicker: then it goes behind what that one kept, which may be the same.
        while let Err(refused) = at.set(call) {
            call = refused;
            match at.get() {
                Some(there) if !there.is(function, arguments) => at = &there.next,
                _ => return,
            }
        }
    }
}

impl Call {
    fn is(&self, function: GroupId, arguments: &[Value<'_>]) -> bool {
        self.function == function
            && self.arguments.len() == arguments.len()
            && self.arguments.iter().zip(arguments).all(|(kept, argument)| kept.is(*argument))
    }
}

impl<'a> Machine<'a, '_> {
    /// Where a call of a function is kept for other evaluations, when it is not under a `with` and nobody watches how it goes. Its
    /// arguments stand on the stack from `start` on.
    #[inline]
    pub(super) fn shared_calls(&self, function: GroupId, start: usize) -> Option<&'a SharedRules> {
        let rules = self.shared_rules.filter(|_| self.scope == 0 && self.observer.is_none())?;
        let tells_apart = self.since(start).iter().all(|argument| Argument::tells_apart(*argument));
        (tells_apart && rules.shares_calls_of(function)).then_some(rules)
    }

    /// What a call of a function came to before; its arguments stand on the stack from `start` on.
    pub(super) fn found_call(&self, rules: &'a SharedRules, function: GroupId, start: usize) -> Option<Settled<'a>> {
        Some(match rules.calls().find(function, self.since(start))?.extent()? {
            Extent::Value(value) => Settled { value: Some(value), possible: false },
            Extent::Possible(value) => Settled { value: Some(value), possible: true },
            Extent::Undefined | Extent::Partial { .. } => Settled::default(),
        })
    }

    /// Keeps what a call came to.
    pub(super) fn keep_call(&self, rules: &SharedRules, function: GroupId, start: usize, settled: Settled<'a>) {
        let extent = match settled.value {
            None => Extent::Undefined,
            Some(value) if settled.possible => Extent::Possible(value),
            Some(value) => Extent::Value(value),
        };
        rules.calls().keep(function, self.since(start), rules.document_of(extent));
    }
}
