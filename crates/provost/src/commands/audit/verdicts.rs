//! What policies say about the objects.

use super::objects::Objects;
use decision::{
    Change, DecideOptions, Decision, Document, Finding, FindingKind, Judged, Member, OnUnknown, Place, PolicySet,
    ResourceIdentity, Verdict, decide,
};
use std::collections::HashMap;
use std::sync::Arc;
use value::{Pointer, Segment};

/// What all policies of `set` say about each object, and after that what they would change: `changes`, by position of the object.
///
/// Policies over documents see the object as its document: a list of objects is only how they came.
pub(super) fn of(
    set: &PolicySet,
    objects: &Objects<'_>,
    changes: Vec<(usize, Finding)>,
    options: &DecideOptions<'_>,
) -> Decision {
    let members = &objects.members;
    let documents: Vec<Document<'_>> = members
        .iter()
        .enumerate()
        .map(|(index, Member { file, resource, .. })| Document { file, index, root: resource.object })
        .collect();
    let change = Change { members: members.clone(), ..Change::default() };
    let mut decision = decide(set, &documents, &[change], options);

    let mut by_member = ByMember::new(members, options);
    for judged in std::mem::take(&mut decision.judged) {
        by_member.add_judged(judged);
    }
    for finding in std::mem::take(&mut decision.findings) {
        by_member.add_finding(finding);
    }
    for (index, finding) in changes {
        by_member.add_change(index, finding);
    }
    (decision.judged, decision.findings) = by_member.finish();
    let verdict = decision.judged.iter().map(|judged| judged.verdict).max().unwrap_or_default();
    let refused = verdict == Verdict::Unknown && options.on_unknown == OnUnknown::Deny;
    decision.verdict = if refused { Verdict::Deny } else { verdict };
    decision
}

/// Everything that is said, object by object.
struct ByMember<'m, 'a> {
    members: &'m [Member<'a>],
    options: &'m DecideOptions<'m>,
    /// Where a member stands, by its place.
    by_place: HashMap<(&'a str, usize, Option<usize>), usize>,
    said: Vec<Said>,
}

/// What is said about one object.
#[derive(Default)]
struct Said {
    identity: Option<Arc<ResourceIdentity>>,
    judged: Option<(Verdict, usize)>,
    findings: Vec<Finding>,
    changes: Vec<Finding>,
}

impl<'m, 'a> ByMember<'m, 'a> {
    fn new(members: &'m [Member<'a>], options: &'m DecideOptions<'m>) -> Self {
        let place = |member: &Member<'a>| (member.file, member.document, item(&member.resource.pointer));
        let said = members.iter().map(|_| Said::default()).collect();
        Self { members, options, by_place: members.iter().map(place).zip(0..).collect(), said }
    }

    fn add_judged(&mut self, judged: Judged) {
        let Some(index) = self.index(judged.resource.is_some(), &judged.place) else { return };
        let Some(said) = self.said.get_mut(index) else { return };
        let (verdict, policies) = said.judged.unwrap_or_default();
        said.judged = Some((verdict.max(judged.verdict), policies + judged.policies));
        if judged.resource.is_some() {
            said.identity = judged.resource;
        }
    }

    fn add_finding(&mut self, mut finding: Finding) {
        let Some(index) = self.index(finding.resource.is_some(), &finding.place) else { return };
        let Some(member) = self.members.get(index) else { return };
        if finding.resource.is_none() {
            let mut pointer = member.resource.pointer.clone();
            pointer.0.append(&mut finding.place.pointer.0);
            finding.place = Place::new(member.file, member.document, pointer);
            finding.resource = Some(self.identity(index, member));
        }
        if let Some(said) = self.said.get_mut(index) {
            said.findings.push(finding);
        }
    }

    fn add_change(&mut self, index: usize, mut finding: Finding) {
        let Some(member) = self.members.get(index) else { return };
        finding.place = Place::new(member.file, member.document, member.resource.pointer.clone());
        finding.resource = Some(self.identity(index, member));
        let Some(said) = self.said.get_mut(index) else { return };
        let (verdict, policies) = said.judged.unwrap_or_default();
        // A change speaks against nothing, but one that cannot be told leaves the object unknown.
        let against = if finding.kind == FindingKind::Failure { finding.verdict } else { Verdict::Allow };
        said.judged = Some((verdict.max(against), policies));
        said.changes.push(finding);
    }

    /// One identity for all that is said about an object, so that it stands together.
    fn identity(&mut self, index: usize, member: &Member<'a>) -> Arc<ResourceIdentity> {
        let identity = || Arc::new(ResourceIdentity::of(&member.resource, self.options.scrubber));
        match self.said.get_mut(index) {
            Some(said) => Arc::clone(said.identity.get_or_insert_with(identity)),
            None => identity(),
        }
    }

    /// Which member something is about. What is said about a document has the member's position in place of the document's.
    fn index(&self, about_resource: bool, place: &Place) -> Option<usize> {
        if !about_resource {
            return Some(place.document);
        }
        let at = |item| self.by_place.get(&(place.file.as_str(), place.document, item)).copied();
        at(item(&place.pointer)).or_else(|| at(None))
    }

    fn finish(self) -> (Vec<Judged>, Vec<Finding>) {
        let (mut all_judged, mut all_findings) = (Vec::new(), Vec::new());
        for (said, member) in self.said.into_iter().zip(self.members) {
            let Said { identity, judged, mut findings, mut changes } = said;
            let Some((verdict, policies)) = judged else { continue };
            let resource =
                identity.unwrap_or_else(|| Arc::new(ResourceIdentity::of(&member.resource, self.options.scrubber)));
            let place = Place::new(member.file, member.document, member.resource.pointer.clone());
            all_judged.push(Judged { resource: Some(resource), place, verdict, policies });
            // Stable, so that a policy's findings keep its order.
            findings.sort_by(|a, b| b.verdict.cmp(&a.verdict).then(b.severity.cmp(&a.severity)));
            all_findings.append(&mut findings);
            all_findings.append(&mut changes);
        }
        (all_judged, all_findings)
    }
}

/// Which item of a list a place is in, where the document is a list.
fn item(pointer: &Pointer) -> Option<usize> {
    match pointer.0.as_slice() {
        [Segment::Key(_), Segment::Index(item), ..] => Some(*item),
        _ => None,
    }
}
