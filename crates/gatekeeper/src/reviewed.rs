//! What is reviewed, and how templates see it.

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
        Self {
            review,
            object: new.map(KubernetesObject::new),
            old_object: old.map(KubernetesObject::new),
            namespace: None,
            source: Source::Original,
        }
    }

    /// The same with the Namespace that the object is in.
    #[must_use]
    pub fn in_namespace(self, namespace: Option<KubernetesObject<'a>>) -> Self {
        Self { namespace, ..self }
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
