//! One request for admission, as policies see it.

use crate::scale;
use catalog::{Action, Admitted, CatalogError, Fields, Outline};
use decision::{Change, Context, Mask, Member, PolicySet, Scrubber, Subject, Target};
use gatekeeper::namespace_in;
use kubernetes_types::KubernetesObject;
use kubernetes_types::admission::{Operation, Review};
use thiserror::Error;
use value::{Arena, Value};

/// What findings call the request.
pub(crate) const FILE: &str = "request";

/// One request for admission, as policies see it.
#[derive(Debug)]
pub struct Question<'a> {
    /// What the API server sent.
    pub review: Review<'a>,
    /// The one resource that it is about, with the review around it.
    pub change: Change<'a>,
    /// The values of a Secret, which must not leave.
    pub scrubber: Scrubber,
    policies: &'a PolicySet,
    inventory: Value<'a>,
    /// Whether the review is as the API server sent it, and no part of it masked.
    whole: bool,
}

/// Why nobody can say what a request is about.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QuestionError {
    /// There is neither an object nor an old one.
    #[error("the request has neither `object` nor `oldObject`")]
    Nothing,
    /// The object cannot be read.
    #[error("the object cannot be read: {0}")]
    Catalog(#[from] CatalogError),
}

impl<'a> Question<'a> {
    /// The question that a review asks of `policies`; their data's `inventory` says what exists. Whoever read the review made sure
    /// that it nests no deeper than [`catalog::DEPTH_MAX`].
    ///
    /// # Errors
    /// When the review is about nothing that can be read.
    pub fn of(
        arena: &'a Arena,
        review: Review<'a>,
        settings: &catalog::Settings,
        policies: &'a PolicySet,
    ) -> Result<Self, QuestionError> {
        Self::asked(arena, review, settings, policies, true)
    }

    /// The question that a review of a record asks: parts of it may be masked, and so are unknown.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn of_record(
        arena: &'a Arena,
        review: Review<'a>,
        settings: &catalog::Settings,
        policies: &'a PolicySet,
    ) -> Result<Self, QuestionError> {
        Self::asked(arena, review, settings, policies, false)
    }

    fn asked(
        arena: &'a Arena,
        review: Review<'a>,
        settings: &catalog::Settings,
        policies: &'a PolicySet,
        whole: bool,
    ) -> Result<Self, QuestionError> {
        let subject = review.subject().ok_or(QuestionError::Nothing)?;
        let inventory = policies.data().get_str("inventory").unwrap_or_default();
        let (change, scrubber) = (Change::default(), Scrubber::default());
        let mut question = Self { review, change, scrubber, policies, inventory, whole };
        (question.change, question.scrubber) = question.described(arena, subject.value(), settings, whole)?;
        Ok(question)
    }

    /// The change that the request would be with another object in it.
    ///
    /// # Errors
    /// When that object cannot be read.
    pub fn with_object(
        &self,
        arena: &'a Arena,
        object: Value<'a>,
        settings: &catalog::Settings,
    ) -> Result<Change<'a>, QuestionError> {
        // Whoever changed it may have made it deeper.
        self.described(arena, object, settings, false).map(|(change, _)| change)
    }

    fn described(
        &self,
        arena: &'a Arena,
        object: Value<'a>,
        settings: &catalog::Settings,
        depth_is_bounded: bool,
    ) -> Result<(Change<'a>, Scrubber), QuestionError> {
        let review = &self.review;
        let old = review.object.and(review.old_object).map(KubernetesObject::value);
        let mut admitted = Admitted {
            object,
            before: old,
            api_version: arena.str(&review.kind.api_version()),
            kind: review.kind.kind,
            name: review.name,
            namespace: review.namespace,
            action: action(review, object),
            fields: Fields::NONE,
            depth_is_bounded,
        };
        // Who scales a workload asks for what the workload then asks for.
        let scaled = scale::scaled(arena, review, object, self.inventory);
        // Of what is scaled only so much is known as the inventory knows.
        let whole = self.whole && scaled.is_none();
        if let Some(scaled) = scaled {
            (admitted.object, admitted.before) = (scaled.object, Some(scaled.before));
            admitted.action = Action::Update;
        }
        admitted.fields = self.policies.reads(&target(&admitted)).resource;
        let described = catalog::admitted(arena, &admitted, settings)?;
        let mut scrubber = Scrubber::default();
        described.sensitive.iter().for_each(|secret| scrubber.add(secret));
        let members = described.resources.into_iter().map(|resource| Member { file: FILE, document: 0, resource });
        let namespace = review.namespace.filter(|_| review.kind.kind != "Namespace");
        let namespace = namespace.map(|name| self.namespace(name)).unwrap_or_default();
        let context = Context { review: review.request, namespace, whole };
        Ok((Change { members: members.collect(), context }, scrubber))
    }

    /// The Namespace of that name, or the Unknown leaf that stands where it would be.
    fn namespace(&self, name: &str) -> Value<'a> {
        if let Some(namespace) = namespace_in(self.inventory, name) {
            return namespace.value();
        }
        let mut at = self.inventory;
        for key in ["cluster", "v1", "Namespace"] {
            if at.is_unknown() {
                break;
            }
            at = at.get_str(key).unwrap_or_default();
        }
        if at.is_unknown() { at } else { Value::Null }
    }

    /// Who asks. The API server's word counts when it has proved to be one; else it is what somebody said.
    pub fn subject(&self, from_api_server: bool) -> Subject {
        let user = &self.review.user;
        Subject {
            id: Some(user.username).filter(|name| !name.is_empty()).map(str::to_owned),
            groups: user.groups().map(str::to_owned).collect(),
            verified_by: if from_api_server { "kubernetes" } else { "none" }.to_owned(),
        }
    }

    /// The parts of the review that are secret by what they are.
    pub fn masks(&self) -> Vec<Mask> {
        if self.review.kind.group.is_empty() && self.review.kind.kind == "Secret" {
            let parts = ["object", "oldObject"]
                .into_iter()
                .flat_map(|object| ["data", "stringData"].map(|part| (object, part)));
            let mask = |(object, part): (&str, &str)| Mask {
                path: ["request", object, part].map(str::to_owned).to_vec(),
                replacement: None,
            };
            return parts.map(mask).collect();
        }
        Vec::new()
    }
}

/// What dispatch will go by.
fn target<'a>(admitted: &Admitted<'a>) -> Target<'a> {
    let Outline { class, kind, namespace } = admitted.outline();
    Target {
        class: class.as_str(),
        provider: "kubernetes",
        kind,
        namespace,
        action: admitted.action.as_str(),
        governed: class.governed(),
    }
}

/// What is done to the resource. Who writes a status, or lets go of an object that is being removed, asks for nothing: refusing that
/// would keep a cluster from doing its work.
fn action(review: &Review<'_>, object: Value<'_>) -> Action {
    let deleted = |metadata: Value<'_>| metadata.get_str("deletionTimestamp").is_some_and(|at| at != Value::Null);
    let going = || object.get_str("metadata").is_some_and(deleted);
    match review.operation {
        Operation::Update if review.sub_resource == Some("status") || going() => Action::None,
        Operation::Create => Action::Create,
        Operation::Update => Action::Update,
        Operation::Delete => Action::Delete,
        Operation::Connect => Action::Connect,
    }
}
