//! What policies make of an object, and the words for it.

use decision::{
    AmendError, AmendOptions, Amendment, Certainty, Change, Decision, Finding, FindingKind, Judged, Mode, Place,
    PolicySet, ResourceIdentity, Scrubber, Step, Verdict, amend,
};
use std::sync::Arc;
use value::{Arena, Pointer, Value, json};

/// A change is told with so many of its places.
const PLACES_MAX: usize = 5;

/// What policies make of an object.
#[derive(Debug)]
pub struct Mutation<'a> {
    /// The object as it would be.
    pub object: Value<'a>,
    /// The operations of a JSON Patch (RFC 6902) that lead there, an array; empty when nothing changes.
    pub patch: Value<'a>,
    /// Who changes what: a finding for each policy that does, or would if it were enforced.
    pub decision: Decision,
}

impl Mutation<'_> {
    /// Whether the object is as it was.
    pub fn is_empty(&self) -> bool {
        self.patch.as_array().is_none_or(|operations| operations.is_empty())
    }
}

/// Lets the policies of `set` change `object`, which `describe` turns into a change of one resource.
///
/// # Errors
/// When a policy that is enforced fails, or the changes do not come to an end.
pub fn mutate<'a>(
    set: &'a PolicySet,
    arena: &'a Arena,
    object: Value<'a>,
    describe: impl FnMut(Value<'a>) -> Result<Change<'a>, String>,
    scrubber: &Scrubber,
    options: &AmendOptions<'a>,
) -> Result<Mutation<'a>, AmendError> {
    let Amendment { object: amended, steps, withheld, change } = amend(set, arena, object, describe, options)?;
    let patch = gatekeeper::patch(arena, object, amended);
    let about = About::of(change.as_ref(), scrubber, options);
    let applied = steps.iter().map(|step| about.finding(arena, step, true));
    let findings: Vec<Finding> = applied.chain(withheld.iter().map(|step| about.finding(arena, step, false))).collect();
    let verdict = findings.iter().map(|finding| finding.verdict).max().unwrap_or_default();
    let judged = about.judged(verdict, findings.len());
    let decision = Decision {
        point: options.point,
        verdict,
        evaluations: findings.len(),
        findings,
        judged: judged.into_iter().collect(),
        policies: Arc::new([]),
    };
    Ok(Mutation { object: amended, patch, decision })
}

/// What findings are about.
struct About<'m> {
    resource: Option<Arc<ResourceIdentity>>,
    place: Place,
    scrubber: &'m Scrubber,
    point: decision::Point,
}

impl<'m> About<'m> {
    fn of(change: Option<&Change<'_>>, scrubber: &'m Scrubber, options: &AmendOptions<'_>) -> Self {
        let member = change.and_then(|change| change.members.first());
        let resource = member.map(|member| Arc::new(ResourceIdentity::of(&member.resource, scrubber)));
        let place = member.map(|member| Place::new(member.file, member.document, Pointer::root()));
        Self { resource, place: place.unwrap_or_default(), scrubber, point: options.point }
    }

    fn judged(&self, verdict: Verdict, policies: usize) -> Option<Judged> {
        let resource = self.resource.clone()?;
        Some(Judged { resource: Some(resource), place: self.place.clone(), verdict, policies })
    }

    fn finding(&self, arena: &Arena, step: &Step<'_>, applied: bool) -> Finding {
        let operations = gatekeeper::patch(arena, arena.copy(step.before), arena.copy(step.after));
        let said = told(operations);
        let message = if applied { said } else { format!("would change the object if it were enforced: {said}") };
        let policy = &step.policy;
        let mode = policy.modes.at(self.point);
        let shown = self.scrubber.scrub_value(arena, operations);
        Finding {
            policy: Arc::clone(policy),
            kind: FindingKind::Patch,
            certainty: Certainty::Certain,
            mode,
            verdict: if !applied && mode == Mode::Warn { Verdict::Warn } else { Verdict::Allow },
            severity: policy.severity,
            message: self.scrubber.scrub(&message).into_owned(),
            resource: self.resource.clone(),
            place: self.place.clone(),
            details: vec![("patch".to_owned(), json::to_string(shown))],
            remediation: None,
            documentation: policy.documentation.clone(),
        }
    }
}

/// `adds /spec/priority, replaces /spec/containers/0/image and 2 more`.
fn told(operations: Value<'_>) -> String {
    let operations = operations.as_array();
    let count = operations.map_or(0, |operations| operations.len());
    let text =
        |operation: Value<'_>, key: &str| operation.get_str(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let places = operations.into_iter().flat_map(|operations| operations.iter()).take(PLACES_MAX).map(|operation| {
        let verb = match text(operation, "op").as_str() {
            "add" => "adds",
            "remove" => "removes",
            _ => "replaces",
        };
        let value = operation.get_str("value").filter(|value| !matches!(value, Value::Array(_) | Value::Object(_)));
        let value = value.map(|value| format!(" = {value}")).unwrap_or_default();
        format!("{verb} `{}{value}`", text(operation, "path"))
    });
    let told = places.collect::<Vec<_>>().join(", ");
    match count.saturating_sub(PLACES_MAX) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}
