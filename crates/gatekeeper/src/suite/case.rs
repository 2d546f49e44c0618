//! What a case puts before the constraint.

use crate::manifest::Manifest;
use crate::reviewed::Reviewed;
use kubernetes_types::KubernetesObject;
use kubernetes_types::admission::Operation;
use value::{Arena, Value, nearest};

/// The fields of an admission request.
const REQUEST_FIELDS: [&str; 15] = [
    "uid",
    "kind",
    "resource",
    "subResource",
    "requestKind",
    "requestResource",
    "requestSubResource",
    "name",
    "namespace",
    "operation",
    "userInfo",
    "object",
    "oldObject",
    "dryRun",
    "options",
];

/// What is reviewed: an object as it is, or the request of an AdmissionReview. The message says why there is nothing to review.
pub(super) fn reviewed<'a>(arena: &'a Arena, manifest: &Manifest<'a>) -> Result<Reviewed<'a>, String> {
    let object = manifest.object();
    let kind = object.group_version_kind();
    if (kind.group, kind.kind) != ("admission.k8s.io", "AdmissionReview") {
        return Ok(Reviewed::of_object(arena, object, None));
    }
    let root = object.value();
    refuse_unknown(root, &["apiVersion", "kind", "request", "response"])?;
    let Some(request) = root.get_str("request").filter(|request| request.as_object().is_some()) else {
        return Err("the AdmissionReview has no `request`".to_owned());
    };
    refuse_unknown(request, &REQUEST_FIELDS)?;
    let part = |key: &str| request.get_str(key).filter(|part| !matches!(part, Value::Null));
    let (new, old) = (part("object"), part("oldObject"));
    if new.is_none() && old.is_none() {
        return Err("the AdmissionReview has neither `object` nor `oldObject`".to_owned());
    }
    for (name, part) in [("object", new), ("oldObject", old)] {
        if part.is_some_and(|part| KubernetesObject::new(part).kind().is_empty()) {
            return Err(format!("`request.{name}` has no `kind`"));
        }
    }
    let deletes = part("operation").and_then(Value::as_str) == Some(Operation::Delete.as_str());
    if deletes && old.is_none() {
        return Err("on DELETE the object stands in `request.oldObject`, and it is not there".to_owned());
    }
    Ok(Reviewed::of_request(arena, complete(arena, request)))
}

/// The request with every field that an API server always sends; whoever writes one by hand leaves some out.
fn complete<'a>(arena: &'a Arena, request: Value<'a>) -> Value<'a> {
    let key = |key: &'static str| arena.borrowed(key);
    let empty = Value::EMPTY_STRING;
    let triple =
        |last: &'static str| arena.object(&[(key("group"), empty), (key("version"), empty), (key(last), empty)]);
    let mut entries = vec![
        (key("uid"), empty),
        (key("kind"), triple("kind")),
        (key("resource"), triple("resource")),
        (key("operation"), empty),
        (key("userInfo"), Value::EMPTY_OBJECT),
        (key("object"), Value::Null),
        (key("oldObject"), Value::Null),
        (key("options"), Value::Null),
    ];
    // Of equal keys the last one stays.
    entries.extend(request.as_object().into_iter().flat_map(|request| request.iter()));
    arena.object(&entries)
}

fn refuse_unknown(object: Value<'_>, known: &[&str]) -> Result<(), String> {
    let keys = object.as_object().into_iter().flat_map(|object| object.keys()).filter_map(Value::as_str);
    match keys.into_iter().find(|key| !known.contains(key)) {
        None => Ok(()),
        Some(unknown) => Err(match nearest(unknown, known.iter().copied()) {
            Some(meant) => format!("an AdmissionReview has no field `{unknown}`; did you mean `{meant}`?"),
            None => format!("an AdmissionReview has no field `{unknown}`"),
        }),
    }
}
