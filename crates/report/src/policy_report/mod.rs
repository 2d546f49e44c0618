//! An audit as objects that a cluster keeps: PolicyReports of the policy working group, or OpenReports.
//!
//! One report a namespace and one for what is in none, as YAML documents for `kubectl apply -f -`. Results are the findings about
//! objects. Of what passed there is only the number, in the summary: a decision knows how many policies were asked about an object
//! and not which. The same audit gives the same text, but for the time.
//!
//! The fields are those of `wgpolicyk8s.io/v1alpha2` and `openreports.io/v1alpha1`, which differ in nothing that is written here but
//! their names.

mod result;

use crate::{Report, TOOL_NAME};
use decision::Place;
use result::Outcome;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use value::{Arena, Pointer, Segment, Value, json};

/// Whose objects they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// `PolicyReport` and `ClusterPolicyReport` of `wgpolicyk8s.io/v1alpha2`.
    PolicyReport,
    /// `Report` and `ClusterReport` of `openreports.io/v1alpha1`.
    OpenReports,
}

impl ReportKind {
    const fn api_version(self) -> &'static str {
        match self {
            Self::PolicyReport => "wgpolicyk8s.io/v1alpha2",
            Self::OpenReports => "openreports.io/v1alpha1",
        }
    }

    const fn kind(self, namespace: Option<&str>) -> &'static str {
        match (self, namespace) {
            (Self::PolicyReport, Some(_)) => "PolicyReport",
            (Self::PolicyReport, None) => "ClusterPolicyReport",
            (Self::OpenReports, Some(_)) => "Report",
            (Self::OpenReports, None) => "ClusterReport",
        }
    }
}

/// An object that was audited, as reports refer to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditedObject {
    /// The file that it stands in, as it was named.
    pub file: String,
    /// Which of the file's documents, from 0.
    pub document: usize,
    /// Where in the document: the root, or an item of a list.
    pub pointer: Pointer,
    /// `apps/v1`
    pub api_version: String,
    /// `Deployment`
    pub kind: String,
    /// Its namespace; none when it names none.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// What the cluster knows it by, where it comes from one.
    pub uid: Option<String>,
}

/// What all reports are called; those after the first of a namespace have their number behind it.
const NAME: &str = "provost-audit";

/// One report holds no more results than that, in bytes of JSON: `kubectl apply` puts all of an object into one of its annotations, and
/// an API server refuses annotations of more than 256 KiB.
const RESULTS_BYTES_MAX: usize = 192 << 10;

/// Writes the findings about `objects`. `time_ns` is when they were found, in nanoseconds since the Unix epoch.
///
/// Findings about anything else are left out, and so is what is wrong with inputs: reports have no place for either.
pub fn render(kind: ReportKind, report: &Report<'_>, objects: &[AuditedObject], time_ns: i64) -> String {
    let arena = Arena::new();
    let objects = Objects::of(objects);
    let mut sections: BTreeMap<Option<&str>, Section<'_>> = BTreeMap::new();
    // By object, who had something to say about it.
    let mut speakers: HashMap<usize, BTreeSet<&str>> = HashMap::new();
    for finding in &report.decision.findings {
        let Some((index, object)) = objects.at(&finding.place) else { continue };
        let outcome = Outcome::of(finding);
        if outcome != Outcome::Skip {
            speakers.entry(index).or_default().insert(finding.id());
        }
        let result = result::write(&arena, finding, outcome, object, time_ns, report.scrubber);
        sections.entry(object.namespace.as_deref()).or_default().add(outcome, result);
    }
    for judged in &report.decision.judged {
        let Some((index, object)) = objects.at(&judged.place) else { continue };
        let spoke = speakers.get(&index).map_or(0, BTreeSet::len);
        sections.entry(object.namespace.as_deref()).or_default().passed(judged.policies.saturating_sub(spoke));
    }
    let mut documents = Vec::new();
    for (namespace, section) in &sections {
        let namespace = namespace.map(|namespace| report.scrubber.scrub(namespace));
        for (part, number) in section.parts.iter().zip(1..) {
            let name = if number == 1 { NAME.to_owned() } else { format!("{NAME}-{number}") };
            let document = part.document(&arena, kind, &name, namespace.as_deref());
            documents.push(formats::yaml::to_string(document));
        }
    }
    documents.join("---\n")
}

/// The audited objects by their places.
struct Objects<'o> {
    objects: &'o [AuditedObject],
    by_place: HashMap<(&'o str, usize, Option<usize>), usize>,
}

impl<'o> Objects<'o> {
    fn of(objects: &'o [AuditedObject]) -> Self {
        let place = |object: &'o AuditedObject| (object.file.as_str(), object.document, item(&object.pointer));
        Self { objects, by_place: objects.iter().map(place).zip(0..).collect() }
    }

    /// The object in which a place is.
    fn at(&self, place: &Place) -> Option<(usize, &'o AuditedObject)> {
        let index = |item| self.by_place.get(&(place.file.as_str(), place.document, item));
        // A document is one object, or a list of them: then each stands behind an index.
        let &index = index(item(&place.pointer)).or_else(|| index(None))?;
        Some((index, self.objects.get(index)?))
    }
}

fn item(pointer: &Pointer) -> Option<usize> {
    match pointer.0.as_slice() {
        [Segment::Key(_), Segment::Index(item), ..] => Some(*item),
        _ => None,
    }
}

/// The results of one namespace, in as many reports as they need.
#[derive(Debug, Default)]
struct Section<'a> {
    parts: Vec<Part<'a>>,
}

/// The results of one report.
#[derive(Debug, Default)]
struct Part<'a> {
    results: Vec<Value<'a>>,
    bytes: usize,
    /// How many results have each outcome.
    counts: BTreeMap<Outcome, usize>,
    passed: usize,
}

impl<'a> Section<'a> {
    fn add(&mut self, outcome: Outcome, result: Value<'a>) {
        let bytes = json::to_string(result).len();
        let has_room = self.parts.last().is_some_and(|part| part.bytes + bytes <= RESULTS_BYTES_MAX);
        if !has_room {
            self.parts.push(Part::default());
        }
        if let Some(part) = self.parts.last_mut() {
            part.bytes += bytes;
            part.results.push(result);
            *part.counts.entry(outcome).or_default() += 1;
        }
    }

    /// What passed counts in the first report.
    fn passed(&mut self, policies: usize) {
        if self.parts.is_empty() {
            self.parts.push(Part::default());
        }
        if let Some(part) = self.parts.first_mut() {
            part.passed += policies;
        }
    }
}

impl Part<'_> {
    fn document<'a>(
        &'a self,
        arena: &'a Arena,
        kind: ReportKind,
        name: &'a str,
        namespace: Option<&'a str>,
    ) -> Value<'a> {
        let text = |text: &'a str| arena.string(text);
        let labels = arena.object(&[(text("app.kubernetes.io/managed-by"), text(TOOL_NAME))]);
        let mut metadata = vec![(text("labels"), labels), (text("name"), text(name))];
        metadata.extend(namespace.map(|namespace| (text("namespace"), text(namespace))));
        let number = |number: usize| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        let count = |outcome| number(self.counts.get(&outcome).copied().unwrap_or_default());
        let summary = arena.object(&[
            (text("error"), count(Outcome::Error)),
            (text("fail"), count(Outcome::Fail)),
            (text("pass"), number(self.passed)),
            (text("skip"), count(Outcome::Skip)),
            (text("warn"), count(Outcome::Warn)),
        ]);
        arena.object(&[
            (text("apiVersion"), text(kind.api_version())),
            (text("kind"), text(kind.kind(namespace))),
            (text("metadata"), arena.object(&metadata)),
            (text("results"), arena.array(&self.results)),
            (text("summary"), summary),
        ])
    }
}
