//! What an API server asks.

use super::error::{ReviewError, excerpt};
use super::operation::Operation;
use super::user::UserInfo;
use crate::object::KubernetesObject;
use crate::types::{GroupVersionKind, GroupVersionResource, split_api_version};
use value::Value;

/// The versions of `admission.k8s.io`. A review is answered in its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReviewVersion {
    /// `v1`
    #[default]
    V1,
    /// `v1beta1`, which API servers spoke before Kubernetes 1.22.
    V1Beta1,
}

impl ReviewVersion {
    /// `admission.k8s.io/v1`
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::V1 => "admission.k8s.io/v1",
            Self::V1Beta1 => "admission.k8s.io/v1beta1",
        }
    }
}

/// A request for admission: a view of a parsed AdmissionReview that lives as long as the document.
#[derive(Clone, Copy, Debug)]
pub struct Review<'a> {
    /// The version that the answer must have.
    pub version: ReviewVersion,
    /// What names this request; the answer repeats it.
    pub uid: &'a str,
    /// The type that the object is sent in, after conversion to what the webhook configuration asked for.
    pub kind: GroupVersionKind<'a>,
    /// The same as URLs name it.
    pub resource: GroupVersionResource<'a>,
    /// `status`, `scale`, `exec`, ...; `None` for the object itself.
    pub sub_resource: Option<&'a str>,
    /// The type that the caller named, when it is not [`Self::kind`].
    pub request_kind: Option<GroupVersionKind<'a>>,
    /// The name of the object; `None` while it is made with `generateName`, and for collections.
    pub name: Option<&'a str>,
    /// The namespace that the request is for; `None` for objects that are in none. For a Namespace it is its own name.
    pub namespace: Option<&'a str>,
    /// What is done.
    pub operation: Operation,
    /// Who asks.
    pub user: UserInfo<'a>,
    /// The object as it would be; `None` on DELETE. On CONNECT it is the options of the connection.
    pub object: Option<KubernetesObject<'a>>,
    /// The object as it is; `None` on CREATE and CONNECT.
    pub old_object: Option<KubernetesObject<'a>>,
    /// Whether nothing will come of it: then it must leave no trace but in the record.
    pub dry_run: bool,
    /// `CreateOptions`, `UpdateOptions`, ...; null when there are none.
    pub options: Value<'a>,
    /// The whole `request` as it was sent.
    pub request: Value<'a>,
}

impl<'a> Review<'a> {
    /// Reads an AdmissionReview.
    ///
    /// # Errors
    /// When `document` is none, or lacks what a request cannot be judged or answered without. Fields that this view does not
    /// know are left alone: API servers add some from time to time.
    pub fn read(document: Value<'a>) -> Result<Self, ReviewError> {
        if document.as_object().is_none() {
            return Err(ReviewError::NotAnObject { found: document.type_name() });
        }
        let outer = KubernetesObject::new(document);
        if outer.kind() != "AdmissionReview" {
            return Err(ReviewError::WrongKind { found: excerpt(outer.kind()) });
        }
        let version = match split_api_version(outer.api_version()) {
            Some(("admission.k8s.io", "v1")) => ReviewVersion::V1,
            Some(("admission.k8s.io", "v1beta1")) => ReviewVersion::V1Beta1,
            _ => return Err(ReviewError::WrongApiVersion { found: excerpt(outer.api_version()) }),
        };
        let request = required_object(document, "request", "request")?;
        Ok(Self {
            version,
            uid: required_text(request, "uid", "request.uid")?,
            kind: GroupVersionKind::of_fields(required_object(request, "kind", "request.kind")?),
            resource: GroupVersionResource::of_fields(required_object(request, "resource", "request.resource")?),
            sub_resource: optional_text(request, "subResource", "request.subResource")?,
            request_kind: optional_object(request, "requestKind", "request.requestKind")?
                .map(GroupVersionKind::of_fields),
            name: optional_text(request, "name", "request.name")?,
            namespace: optional_text(request, "namespace", "request.namespace")?,
            operation: operation(request)?,
            user: UserInfo::new(optional_object(request, "userInfo", "request.userInfo")?.unwrap_or_default()),
            object: optional_object(request, "object", "request.object")?.map(KubernetesObject::new),
            old_object: optional_object(request, "oldObject", "request.oldObject")?.map(KubernetesObject::new),
            dry_run: dry_run(request)?,
            options: optional_object(request, "options", "request.options")?.unwrap_or_default(),
            request,
        })
    }

    /// What the request is about: the object as it would be, or the one that is removed.
    pub fn subject(&self) -> Option<KubernetesObject<'a>> {
        self.object.or(self.old_object)
    }
}

fn operation(request: Value<'_>) -> Result<Operation, ReviewError> {
    let word = required_text(request, "operation", "request.operation")?;
    Operation::parse(word).ok_or_else(|| ReviewError::UnknownOperation { found: excerpt(word) })
}

fn dry_run(request: Value<'_>) -> Result<bool, ReviewError> {
    match request.get_str("dryRun") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(dry_run)) => Ok(*dry_run),
        Some(other) => Err(ReviewError::WrongType {
            field: "request.dryRun",
            expected: "`true` or `false`",
            found: other.type_name(),
        }),
    }
}

fn optional_text<'a>(object: Value<'a>, key: &str, field: &'static str) -> Result<Option<&'a str>, ReviewError> {
    match object.get_str(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(other) => Err(ReviewError::WrongType { field, expected: "a string", found: other.type_name() }),
    }
}

fn required_text<'a>(object: Value<'a>, key: &str, field: &'static str) -> Result<&'a str, ReviewError> {
    optional_text(object, key, field)?.ok_or(ReviewError::Missing { field })
}

fn optional_object<'a>(object: Value<'a>, key: &str, field: &'static str) -> Result<Option<Value<'a>>, ReviewError> {
    match object.get_str(key) {
        None | Some(Value::Null) => Ok(None),
        Some(found @ Value::Object(_)) => Ok(Some(found)),
        Some(other) => Err(ReviewError::WrongType { field, expected: "an object", found: other.type_name() }),
    }
}

fn required_object<'a>(object: Value<'a>, key: &str, field: &'static str) -> Result<Value<'a>, ReviewError> {
    optional_object(object, key, field)?.ok_or(ReviewError::Missing { field })
}
