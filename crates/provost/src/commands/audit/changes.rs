//! What policies would change if the objects were created now.

use super::objects::Objects;
use admission::mutate;
use catalog::{Action, Admitted, Fields, MadePod, Settings, made_pods};
use decision::{
    AmendError, AmendOptions, Certainty, Change, Context, DecideOptions, Finding, FindingKind, Member, Place,
    PolicyError, PolicyMetadata, PolicySet, Scrubber, Verdict,
};
use gatekeeper::namespace_in;
use kubernetes_types::KubernetesObject;
use std::collections::HashSet;
use std::sync::Arc;
use value::{Arena, Value};

/// What the policies of `set` would change, by position of the object, each with its findings in the order of the changes.
///
/// Webhooks see the pods of a workload only when its controller makes them. So that they are told of a folder with workloads, too,
/// the pods that an object makes are asked about with it; in turn, pods whose owner is among the objects are not asked about again.
pub(super) fn of(
    set: &PolicySet,
    objects: &Objects<'_>,
    settings: &Settings,
    options: &DecideOptions<'_>,
) -> Vec<(usize, Finding)> {
    if !set.patches() {
        return Vec::new();
    }
    let makers = Makers::of(objects);
    let creation = Creation { set, settings, options };
    let mut all = Vec::new();
    for (index, member) in objects.members.iter().enumerate() {
        if let Some(tell) = options.progress {
            tell(index, objects.members.len());
        }
        let told_with_owner = makers.make(member);
        let arena = Arena::new();
        let object = member.resource.object;
        if !(told_with_owner && is_pod(object)) {
            all.extend(creation.changes(&arena, member, object).into_iter().map(|finding| (index, finding)));
        }
        if told_with_owner {
            continue;
        }
        for MadePod { role, object } in made_pods(&arena, object) {
            let whose = role.map_or_else(|| "its pods: ".to_owned(), |role| format!("its pods of `{role}`: "));
            let whose = options.scrubber.scrub(&whose);
            all.extend(creation.changes(&arena, member, object).into_iter().map(|mut finding| {
                finding.message.insert_str(0, &whose);
                (index, finding)
            }));
        }
    }
    all
}

fn is_pod(object: Value<'_>) -> bool {
    let object = KubernetesObject::new(object);
    object.api_version() == "v1" && object.kind() == "Pod"
}

/// The objects that make pods: kind, namespace and name.
struct Makers<'a>(HashSet<(&'a str, &'a str, &'a str)>);

impl<'a> Makers<'a> {
    fn of(objects: &Objects<'a>) -> Self {
        let mut arena = Arena::new();
        let mut makers = HashSet::new();
        for member in &objects.members {
            if !made_pods(&arena, member.resource.object).is_empty() {
                let object = KubernetesObject::new(member.resource.object);
                makers.insert((object.kind(), object.namespace(), object.name()));
            }
            arena.reset();
        }
        Self(makers)
    }

    /// Whether the controller of an object is among them.
    fn make(&self, member: &Member<'a>) -> bool {
        let object = KubernetesObject::new(member.resource.object);
        let metadata = object.value().get_str("metadata").unwrap_or_default();
        let owners = metadata.get_str("ownerReferences").and_then(Value::as_array);
        owners.into_iter().flat_map(|owners| owners.iter()).any(|owner| {
            let text = |key: &str| owner.get_str(key).and_then(Value::as_str).unwrap_or_default();
            owner.get_str("controller") == Some(Value::TRUE)
                && self.0.contains(&(text("kind"), object.namespace(), text("name")))
        })
    }
}

/// How objects are created.
struct Creation<'c> {
    set: &'c PolicySet,
    settings: &'c Settings,
    options: &'c DecideOptions<'c>,
}

impl Creation<'_> {
    /// What would be changed about `object`, which stands in or is made by `member`.
    fn changes(&self, arena: &Arena, member: &Member<'_>, object: Value<'_>) -> Vec<Finding> {
        let DecideOptions { point, subject, host, scrubber, .. } = *self.options;
        let described = |object| self.describe(arena, member, object);
        let options = AmendOptions { point, subject, host };
        match mutate(self.set, arena, object, described, scrubber, &options) {
            Ok(mutation) => mutation.decision.findings,
            Err(error) => {
                let told = error.to_string();
                let (policy, place) = match error {
                    AmendError::Policy { policy, error: PolicyError { place, .. } } => (Some(policy), place),
                    AmendError::Unreadable { policy, .. } => (Some(policy), None),
                    AmendError::DoesNotSettle(policies) => (policies.into_iter().next(), None),
                };
                let place = place.map(|place| format!(" (at {place})")).unwrap_or_default();
                policy.map(|policy| self.failure(policy, &format!("{told}{place}"), scrubber)).into_iter().collect()
            }
        }
    }

    /// The change that the creation of `object` is.
    fn describe<'a>(&self, arena: &'a Arena, member: &Member<'a>, object: Value<'a>) -> Result<Change<'a>, String> {
        let named = KubernetesObject::new(object);
        let namespace = Some(named.namespace()).filter(|namespace| !namespace.is_empty());
        let admitted = Admitted {
            object,
            before: None,
            api_version: named.api_version(),
            kind: named.kind(),
            name: Some(named.name()).filter(|name| !name.is_empty()),
            namespace,
            action: Action::Create,
            fields: Fields::ALL,
            depth_is_bounded: false,
        };
        let change = catalog::admitted(arena, &admitted, self.settings).map_err(|error| error.to_string())?;
        let (file, document) = (member.file, member.document);
        let members = change.resources.into_iter().map(|resource| Member { file, document, resource });
        let inventory = self.set.data().get_str("inventory").unwrap_or_default();
        let namespace =
            namespace.and_then(|name| namespace_in(inventory, name)).map(|object| arena.copy(object.value()));
        let context = Context { namespace: namespace.unwrap_or_default(), ..Context::default() };
        Ok(Change { members: members.collect(), context })
    }

    fn failure(&self, policy: Arc<PolicyMetadata>, told: &str, scrubber: &Scrubber) -> Finding {
        Finding {
            kind: FindingKind::Failure,
            certainty: Certainty::Certain,
            mode: policy.modes.at(self.options.point),
            verdict: Verdict::Unknown,
            severity: policy.severity,
            message: scrubber.scrub(told).into_owned(),
            resource: None,
            place: Place::default(),
            details: Vec::new(),
            remediation: Some("correct the policy, or raise the limit that it reached".to_owned()),
            documentation: None,
            policy,
        }
    }
}
