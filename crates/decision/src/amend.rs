//! What policies make of an object before it is judged.

use crate::metadata::PolicyMetadata;
use crate::mode::Mode;
use crate::point::Point;
use crate::policy::{PolicyError, Scratch, Session};
use crate::policy_set::{Entry, PolicySet};
use crate::request::{Change, Common, Request, Subject, Target};
use host::Host;
use std::sync::Arc;
use thiserror::Error;
use value::{Arena, Value};

/// Policies are asked again, over what they have made of the object, until none changes anything; so often at most.
const ROUNDS_MAX: usize = 8;

/// What policies make of an object.
#[derive(Clone, Debug)]
pub struct Amendment<'a> {
    /// The object as it would be.
    pub object: Value<'a>,
    /// What led to it, in order. Empty when it is as it was.
    pub steps: Vec<Step<'a>>,
    /// What policies that are not enforced at this point would make of it, each alone.
    pub withheld: Vec<Step<'a>>,
    /// The resource that the object is as it would be; none when nobody can describe it.
    pub change: Option<Change<'a>>,
}

/// What one policy made of the object.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// The policy.
    pub policy: Arc<PolicyMetadata>,
    /// The object that it saw.
    pub before: Value<'a>,
    /// What it made of it.
    pub after: Value<'a>,
}

/// Why nobody can say what policies make of an object.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AmendError {
    /// A policy cannot be evaluated, or its changes do not fit.
    #[error("policy `{}` cannot change the object: {error}", policy.id)]
    Policy {
        /// The policy.
        policy: Arc<PolicyMetadata>,
        /// What happened.
        error: PolicyError,
    },
    /// What a policy made of the object is none that the catalog can read.
    #[error("what policy `{}` makes of the object cannot be read: {reason}", policy.id)]
    Unreadable {
        /// The policy.
        policy: Arc<PolicyMetadata>,
        /// What is wrong with it.
        reason: String,
    },
    /// Policies go on changing the object: one undoes what another one does, or adds to it each time.
    #[error("policies go on changing the object without end: {}", listed(.0))]
    DoesNotSettle(Vec<Arc<PolicyMetadata>>),
}

fn listed(policies: &[Arc<PolicyMetadata>]) -> String {
    policies.iter().map(|policy| format!("`{}`", policy.id)).collect::<Vec<_>>().join(", ")
}

/// Asks the policies of `set` what they make of `object`. Each sees what those before it have made of it, by id.
///
/// `describe` turns the object into a change of one resource, and is asked again whenever the object has changed; what it cannot
/// describe at first is left as it is.
///
/// # Errors
/// When a policy that is enforced at `point` fails, or the changes do not come to an end.
pub fn amend<'a>(
    set: &'a PolicySet,
    arena: &'a Arena,
    object: Value<'a>,
    mut describe: impl FnMut(Value<'a>) -> Result<Change<'a>, String>,
    options: &AmendOptions<'a>,
) -> Result<Amendment<'a>, AmendError> {
    let mut amendment = Amendment { object, steps: Vec::new(), withheld: Vec::new(), change: None };
    let Ok(change) = describe(object) else { return Ok(amendment) };
    let mut asked = Asked::new(set, arena, options, change);
    let mut scratch = Scratch::default();
    for _ in 0..ROUNDS_MAX {
        let mut settled = true;
        for entry in asked.policies(|mode| mode == Mode::Enforce) {
            let Some(step) = asked.step(entry, &mut scratch)? else { continue };
            settled = false;
            asked.change = describe(step.after)
                .map_err(|reason| AmendError::Unreadable { policy: Arc::clone(&step.policy), reason })?;
            amendment.object = step.after;
            amendment.steps.push(step);
        }
        if settled {
            let others = asked.policies(|mode| mode != Mode::Enforce);
            // What is not enforced may fail without harm.
            amendment.withheld =
                others.into_iter().filter_map(|entry| asked.step(entry, &mut scratch).ok().flatten()).collect();
            amendment.change = Some(asked.change);
            return Ok(amendment);
        }
    }
    let mut policies: Vec<_> = amendment.steps.into_iter().map(|step| step.policy).collect();
    policies.sort_by(|a, b| a.id.cmp(&b.id));
    policies.dedup_by(|a, b| a.id == b.id);
    Err(AmendError::DoesNotSettle(policies))
}

/// Where and for whom an object is changed.
#[derive(Clone, Copy)]
pub struct AmendOptions<'o> {
    /// Where.
    pub point: Point,
    /// Who asks.
    pub subject: &'o Subject,
    /// The world, as far as policies may see it.
    pub host: &'o dyn Host,
}

/// What is put before the policies, as it is now.
struct Asked<'a, 'o> {
    set: &'a PolicySet,
    arena: &'a Arena,
    options: &'o AmendOptions<'a>,
    subject: Value<'a>,
    change: Change<'a>,
}

impl<'a, 'o> Asked<'a, 'o> {
    fn new(set: &'a PolicySet, arena: &'a Arena, options: &'o AmendOptions<'a>, change: Change<'a>) -> Self {
        Self { set, arena, options, subject: options.subject.value(arena), change }
    }

    /// The policies in such a mode that may change the object, by id.
    fn policies(&self, wanted: impl Fn(Mode) -> bool) -> Vec<&'a Entry> {
        let target = self.change.members.first().map(|member| Target::of(&member.resource));
        let entries = target.map(|target| self.set.changing(&target)).unwrap_or_default();
        let point = self.options.point;
        entries.into_iter().filter(|entry| wanted(entry.metadata.modes.at(point))).collect()
    }

    /// What a policy makes of the object; none when it leaves it as it is.
    fn step(&self, entry: &'a Entry, scratch: &mut Scratch) -> Result<Option<Step<'a>>, AmendError> {
        let Some(member) = self.change.members.first() else { return Ok(None) };
        let common = Common::of(self.arena, self.options.point, self.subject, &self.change, entry.metadata.reads);
        let request = Request {
            point: self.options.point,
            target: Some(Target::of(&member.resource)),
            input: common.input(self.arena, &member.resource),
            unknowns: self.set.data_may_be_unknown(),
        };
        let mut session = Session::new(self.set.data(), self.options.host, self.arena, scratch);
        let patched = entry.policy.patch(&request, &mut session);
        let policy = || Arc::clone(&entry.metadata);
        let patched = patched.map_err(|error| AmendError::Policy { policy: policy(), error })?;
        let before = member.resource.object;
        Ok(patched.filter(|after| *after != before).map(|after| Step { policy: policy(), before, after }))
    }
}
