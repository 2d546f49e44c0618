//! The answer, the same at every point.

use crate::finding::{Finding, FindingKind, Place};
use crate::metadata::PolicyMetadata;
use crate::point::Point;
use crate::scrubber::Scrubber;
use crate::verdict::Verdict;
use std::collections::BTreeMap;
use std::sync::Arc;
use value::{Pointer, Position};

/// What names a resource in findings. Its strings are scrubbed of sensitive values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceIdentity {
    /// The address in its source: `aws_s3_bucket.data`, `Deployment/team-a/trainer`.
    pub address: String,
    /// The type as its source names it: `aws_s3_bucket`, `Deployment`.
    pub kind: String,
    /// The catalog's class: `bucket`.
    pub class: &'static str,
    /// `aws`, `kubernetes`, ...
    pub provider: String,
    /// What described it: `terraform`, `cloudformation`, `kubernetes`.
    pub source: &'static str,
    /// What is done to it: `create`, `update`, ...
    pub action: &'static str,
    /// The Kubernetes namespace.
    pub namespace: Option<String>,
}

impl ResourceIdentity {
    /// What names `resource`. Its class, provider, source and action are the catalog's own words and hide nothing.
    pub fn of(resource: &catalog::Resource<'_>, scrubber: &Scrubber) -> Self {
        Self {
            address: scrubber.scrub(resource.address).into_owned(),
            kind: scrubber.scrub(resource.kind).into_owned(),
            class: resource.class.as_str(),
            provider: resource.provider.to_owned(),
            source: resource.source.as_str(),
            action: resource.action.as_str(),
            namespace: resource.namespace.map(|namespace| scrubber.scrub(namespace).into_owned()),
        }
    }
}

/// One resource or document that was judged, allowed ones too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The resource; none when it is a document.
    pub resource: Option<Arc<ResourceIdentity>>,
    /// Where it stands in the input.
    pub place: Place,
    /// What the policies came to.
    pub verdict: Verdict,
    /// How many policies applied.
    pub policies: usize,
}

/// What the policies decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Where it is enforced.
    pub point: Point,
    /// The answer to the request as a whole. With `--on-unknown deny` it is `deny` where the findings say `unknown`.
    pub verdict: Verdict,
    /// What the policies said, in the order of [`Decision::judged`]; about one thing the highest verdict first.
    pub findings: Vec<Finding>,
    /// Everything that was judged, in the order it was given.
    pub judged: Vec<Judged>,
    /// The policies that were loaded, by id. Decisions by one set share the list.
    pub policies: Arc<[Arc<PolicyMetadata>]>,
    /// How often a policy was evaluated.
    pub evaluations: usize,
}

impl Decision {
    /// Whether a policy could not be evaluated: `check` then ends with exit code 2.
    pub fn has_failures(&self) -> bool {
        self.findings.iter().any(|finding| finding.kind == FindingKind::Failure)
    }

    /// How many findings have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }

    /// How many resources and documents have this verdict.
    pub fn count_judged(&self, verdict: Verdict) -> usize {
        self.judged.iter().filter(|judged| judged.verdict == verdict).count()
    }

    /// Fills in lines and columns. `positions` is asked once a file, with documents and paths in them, and answers each.
    ///
    /// Afterwards the keys in pointers are scrubbed as well, which they cannot be while a place must still be found by them.
    pub fn locate(
        &mut self,
        scrubber: &Scrubber,
        mut positions: impl FnMut(&str, &[(usize, Pointer)]) -> Vec<Option<Position>>,
    ) {
        let mut by_file: BTreeMap<String, Vec<(usize, Pointer)>> = BTreeMap::new();
        for place in self.places() {
            let wanted = (place.document, place.pointer.clone());
            match by_file.get_mut(&place.file) {
                Some(places) => places.push(wanted),
                None => drop(by_file.insert(place.file.clone(), vec![wanted])),
            }
        }
        let mut found = BTreeMap::new();
        for (file, places) in &mut by_file {
            places.sort_unstable();
            places.dedup();
            let answers = positions(file, places);
            found.insert(file.as_str(), places.iter().zip(answers).collect::<BTreeMap<_, _>>());
        }
        for place in self.places() {
            let wanted = (place.document, place.pointer.clone());
            place.position = found.get(place.file.as_str()).and_then(|file| file.get(&wanted).copied().flatten());
            scrubber.scrub_pointer(&mut place.pointer);
        }
    }

    /// Leaves all places as they are, and scrubs the keys in their pointers: for those whose document nobody will look at.
    pub fn leave_unlocated(&mut self, scrubber: &Scrubber) {
        self.places().for_each(|place| scrubber.scrub_pointer(&mut place.pointer));
    }

    fn places(&mut self) -> impl Iterator<Item = &mut Place> {
        let places = self.findings.iter_mut().map(|finding| &mut finding.place);
        places.chain(self.judged.iter_mut().map(|judged| &mut judged.place))
    }
}
