//! What is reviewed, and how templates see it.

use crate::gatekeeper::is_gatekeepers;
use crate::matching::{Matchable, Source};
use kubernetes_types::KubernetesObject;
use kubernetes_types::admission::Operation;
use value::{Arena, Value};

/// A request for admission as constraints see it: one document that all of them share.
#[derive(Clone, Copy, Debug)]
pub struct Reviewed<'a> {
    /// What templates see as `input.review`.
    pub review: Value<'a>,
    /// The object as it would be; on DELETE the one that goes.
    pub object: Option<KubernetesObject<'a>>,
    /// The object as it is.
    pub old_object: Option<KubernetesObject<'a>>,
    /// Its Namespace, where somebody has it: [`Matchable::namespace`].
    pub namespace: Option<KubernetesObject<'a>>,
    /// Whether it was sent or expanded.
    pub source: Source,
    /// What templates see of it.
    namespace_object: NamespaceObject<'a>,
}

/// The field in which templates see the Namespace.
pub(crate) const NAMESPACE_OBJECT: &str = "namespaceObject";

/// What templates see as `input.review.namespaceObject`.
#[derive(Clone, Copy, Debug)]
enum NamespaceObject<'a> {
    /// This. It is null for an object that is in no namespace (gatekeeper website/docs/input.md).
    Is(Value<'a>),
    /// Nobody has the Namespace of that name; where it is empty, not even its name.
    Unknown(&'a str),
}

impl<'a> NamespaceObject<'a> {
    /// What is seen of an object that names that namespace, while nobody has the Namespace.
    fn of(object: KubernetesObject<'a>, name: &'a str) -> Self {
        // What an API server has stored has a `uid`, and names its namespace if it is in one.
        let is_stored = || object.value().get_str("metadata").and_then(|metadata| metadata.get_str("uid")).is_some();
        let in_none =
            || object.group_version_kind().is_built_in_cluster_scoped() || is_gatekeepers(object) || is_stored();
        // Whoever asks about a Namespace names it as its own namespace; it is in none (gatekeeper pkg/webhook/policy.go,
        // createReviewForRequest).
        match object.is_namespace() || (name.is_empty() && in_none()) {
            true => Self::Is(Value::Null),
            false => Self::Unknown(name),
        }
    }
}

impl<'a> Reviewed<'a> {
    /// A review of an object that nobody has sent to an API server, as Gatekeeper's audit and gator see it: there is no user,
    /// and no operation unless one is said.
    pub fn of_object(arena: &'a Arena, object: KubernetesObject<'a>, operation: Option<Operation>) -> Self {
        let kind = object.group_version_kind();
        let empty = Value::EMPTY_STRING;
        let key = |key: &'static str| arena.borrowed(key);
        let mut entries = vec![
            (
                key("kind"),
                arena.object(&[
                    (key("group"), arena.borrowed(kind.group)),
                    (key("kind"), arena.borrowed(kind.kind)),
                    (key("version"), arena.borrowed(kind.version)),
                ]),
            ),
            (key("object"), object.value()),
            (key("oldObject"), Value::Null),
            (key("operation"), operation.map_or(empty, |operation| arena.borrowed(operation.as_str()))),
            (key("options"), Value::Null),
            (
                key("resource"),
                arena.object(&[(key("group"), empty), (key("resource"), empty), (key("version"), empty)]),
            ),
            (key("uid"), empty),
            (key("userInfo"), Value::EMPTY_OBJECT),
        ];
        for (name, text) in [("name", object.name()), ("namespace", object.namespace())] {
            if !text.is_empty() {
                entries.push((key(name), arena.borrowed(text)));
            }
        }
        Self {
            review: arena.object(&entries),
            object: Some(object),
            old_object: None,
            namespace: None,
            source: Source::Original,
            namespace_object: NamespaceObject::of(object, object.namespace()),
        }
    }

    /// A review of what an API server sent: `request` of an AdmissionReview. It is seen as it was sent, but for one thing: on
    /// DELETE `object` is what goes, because templates look nowhere else.
    pub fn of_request(arena: &'a Arena, request: Value<'a>) -> Self {
        let object = |key: &str| request.get_str(key).filter(|value| value.as_object().is_some());
        let (mut new, old) = (object("object"), object("oldObject"));
        let mut review = request;
        let deletes = request.get_str("operation").and_then(Value::as_str) == Some(Operation::Delete.as_str());
        if let (true, Some(old), Some(fields)) = (deletes, old, request.as_object()) {
            let mut entries: Vec<_> = fields.iter().collect();
            entries.push((arena.borrowed("object"), old));
            // Of equal keys the last one stays.
            review = arena.object(&entries);
            new = Some(old);
        }
        let subject = KubernetesObject::new(new.or(old).unwrap_or_default());
        let name = review.get_str("namespace").and_then(Value::as_str).filter(|name| !name.is_empty());
        let namespace_object = match name.unwrap_or(subject.namespace()) {
            // An API server always says which one it is.
            "" => NamespaceObject::Is(Value::Null),
            name => NamespaceObject::of(subject, name),
        };
        Self {
            review,
            object: new.map(KubernetesObject::new),
            old_object: old.map(KubernetesObject::new),
            namespace: None,
            source: Source::Original,
            namespace_object,
        }
    }

    /// The same with the Namespace that the object is in. `None` leaves it at what is known.
    #[must_use]
    pub fn in_namespace(self, namespace: Option<KubernetesObject<'a>>) -> Self {
        let is_namespace = self.object.or(self.old_object).is_some_and(KubernetesObject::is_namespace);
        let namespace_object = match namespace {
            Some(namespace) if !is_namespace => NamespaceObject::Is(namespace.value()),
            _ => self.namespace_object,
        };
        Self { namespace, namespace_object, ..self }
    }

    /// The same with what decides which constraints are about it, where that is not a Namespace which templates could look at.
    #[must_use]
    pub fn in_assumed_namespace(self, namespace: Option<KubernetesObject<'a>>) -> Self {
        Self { namespace, ..self }
    }

    /// The same where templates see an object without fields for a Namespace that nobody has, as in gator's suites.
    #[must_use]
    pub(crate) fn in_suite(self) -> Self {
        match self.namespace_object {
            NamespaceObject::Unknown(_) | NamespaceObject::Is(Value::Null) => {
                Self { namespace_object: NamespaceObject::Is(Value::EMPTY_OBJECT), ..self }
            }
            NamespaceObject::Is(_) => self,
        }
    }

    /// The same as a template made it of `parent`, in its namespace.
    #[must_use]
    pub(crate) fn generated_by(self, parent: &Self) -> Self {
        let Self { namespace, namespace_object, .. } = *parent;
        Self { namespace, namespace_object, source: Source::Generated, ..self }
    }

    /// Whether it is in a Namespace that nobody has.
    pub(crate) fn lacks_namespace(&self) -> bool {
        matches!(self.namespace_object, NamespaceObject::Unknown(_))
    }

    /// The review with `namespaceObject`.
    pub(crate) fn with_namespace_object(&self, arena: &'a Arena) -> Value<'a> {
        let namespace = match self.namespace_object {
            NamespaceObject::Is(namespace) => namespace,
            NamespaceObject::Unknown("") => arena.unknown(NAMESPACE_OBJECT, "nothing says which namespace it is in"),
            NamespaceObject::Unknown(name) => {
                arena.unknown(NAMESPACE_OBJECT, &format!("Namespace `{name}` is not known"))
            }
        };
        let mut entries: Vec<_> = self.review.as_object().into_iter().flat_map(|review| review.iter()).collect();
        // Of equal keys the last one stays.
        entries.push((arena.borrowed(NAMESPACE_OBJECT), namespace));
        arena.object(&entries)
    }

    /// The name of the namespace that the request is for; empty when it names none.
    pub fn namespace_name(&self) -> &'a str {
        self.review.get_str("namespace").and_then(Value::as_str).unwrap_or_default()
    }

    /// The objects that a constraint may be about: one of them is enough.
    pub(crate) fn matchables(&self) -> impl Iterator<Item = Matchable<'a>> + use<'a> {
        let Self { namespace, source, .. } = *self;
        let namespace_name = Some(self.namespace_name());
        let objects = [self.object, self.old_object].into_iter().flatten();
        objects.map(move |object| Matchable { object, namespace, namespace_name, source })
    }
}
