//! What is put before the policies.

use crate::point::Point;
use crate::reads::Reads;
use value::{Arena, Pointer, Value};

/// One question to one policy.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Where it is asked.
    pub point: Point,
    /// The resource it is about, for dispatch; none when it is about a document.
    pub target: Option<Target<'a>>,
    /// What the policy sees: the request in the catalog's shape, or the document as it was parsed.
    pub input: Value<'a>,
    /// Whether Unknown leaves may stand in the input. Of documents only those have any that a record gives back masked.
    pub unknowns: bool,
}

/// What dispatch goes by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target<'a> {
    /// The catalog's class.
    pub class: &'a str,
    /// `aws`, `kubernetes`, ...
    pub provider: &'a str,
    /// The type as its source names it.
    pub kind: &'a str,
    /// The Kubernetes namespace.
    pub namespace: Option<&'a str>,
    /// What is done to it.
    pub action: &'a str,
    /// Whether policies over resources judge it: see [`PolicyMetadata::every_object`](crate::PolicyMetadata::every_object).
    pub governed: bool,
}

impl<'a> Target<'a> {
    /// What dispatch goes by for `resource`.
    pub fn of(resource: &catalog::Resource<'a>) -> Self {
        Self {
            class: resource.class.as_str(),
            provider: resource.provider,
            kind: resource.kind,
            namespace: resource.namespace,
            action: resource.action.as_str(),
            governed: resource.governed,
        }
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The name that the credential gives; none when nobody was named.
    pub id: Option<String>,
    /// The groups that the credential gives.
    pub groups: Vec<String>,
    /// What verified the credential: `oidc`, `mtls`, ...; `none` when nothing did.
    pub verified_by: String,
}

impl Default for Subject {
    fn default() -> Self {
        Self { id: None, groups: Vec::new(), verified_by: "none".to_owned() }
    }
}

impl Subject {
    /// The subject as policies see it.
    pub fn value<'a>(&self, arena: &'a Arena) -> Value<'a> {
        let groups: Vec<_> = self.groups.iter().map(|group| arena.string(group)).collect();
        arena.object(&[
            (arena.borrowed("id"), self.id.as_deref().map_or(Value::Null, |id| arena.string(id))),
            (arena.borrowed("groups"), arena.array(&groups)),
            (arena.borrowed("verified_by"), arena.string(&self.verified_by)),
        ])
    }
}

/// A document as it was parsed, for policies over documents.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    /// The file it stands in, as it was named.
    pub file: &'a str,
    /// Which of the file's documents, from 0.
    pub index: usize,
    /// The document.
    pub root: Value<'a>,
}

/// One resource of a change, and the document that describes it.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// The file, as it was named.
    pub file: &'a str,
    /// Which of the file's documents, from 0.
    pub document: usize,
    /// The resource.
    pub resource: catalog::Resource<'a>,
}

/// What is asked for together, so that three jobs of 4 accelerators do not each pass a quota of 8.
///
/// Each plan and each template is one change; all Kubernetes manifests of one check are one, because people split what
/// they apply together over files.
#[derive(Clone, Debug, Default)]
pub struct Change<'a> {
    /// Its resources, governed or not.
    pub members: Vec<Member<'a>>,
    /// What the point knows besides.
    pub context: Context<'a>,
}

/// What a point knows about a change besides its resources. What it does not know is null.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// At Kubernetes admission: the `request` of the AdmissionReview.
    pub review: Value<'a>,
    /// The Namespace object that what is asked about is in.
    pub namespace: Value<'a>,
    /// Whether the objects are told whole: documents as they came, of which nothing was masked and nothing is known only later.
    pub whole: bool,
}

/// The keys under which policies see what all requests of one change have in common.
pub const SHARED_KEYS: [&str; 4] = ["change", "context", "point", "subject"];

/// What all requests of one change have in common, as policies see it: see [`SHARED_KEYS`].
#[derive(Clone, Copy)]
pub(crate) struct Common<'a> {
    pub(crate) point: Point,
    pub(crate) subject: Value<'a>,
    pub(crate) change: Value<'a>,
    pub(crate) context: Value<'a>,
}

impl<'a> Common<'a> {
    /// `reads` is what the policies read that will be asked.
    pub(crate) fn of(arena: &'a Arena, point: Point, subject: Value<'a>, change: &Change<'a>, reads: Reads) -> Self {
        let Context { review, namespace, .. } = change.context;
        let context = arena.object(&[(arena.borrowed("namespace"), namespace), (arena.borrowed("review"), review)]);
        let members = change.members.iter().filter(|_| reads.change);
        let change = catalog::change_value(arena, members.map(|member| &member.resource));
        Self { point, subject, change, context }
    }

    /// The request about `resource` in the catalog's shape.
    pub(crate) fn input(&self, arena: &'a Arena, resource: &catalog::Resource<'a>) -> Value<'a> {
        arena.object(&[
            (arena.borrowed("action"), arena.borrowed(resource.action.as_str())),
            (arena.borrowed("change"), self.change),
            (arena.borrowed("context"), self.context),
            (arena.borrowed("object"), resource.object),
            (arena.borrowed("point"), arena.borrowed(self.point.as_str())),
            (arena.borrowed("resource"), resource.value),
            (arena.borrowed("source"), arena.borrowed(resource.source.as_str())),
            (arena.borrowed("subject"), self.subject),
        ])
    }
}

/// Where a complaint about a request points to in the document that describes the resource. Only `object` stands in the
/// document; any other part of the request is the catalog's, so the resource as a whole is what can be pointed to.
pub(crate) fn pointer_in_document(resource: &Pointer, complaint: Option<&Pointer>) -> Pointer {
    let mut pointer = resource.clone();
    if let Some([value::Segment::Key(first), rest @ ..]) = complaint.map(|pointer| pointer.0.as_slice())
        && first == "object"
    {
        pointer.0.extend_from_slice(rest);
    }
    pointer
}
