//! Kubernetes Secrets are masked whoever forgets to say so.

use decision::Mask;
use memchr::memmem;
use value::Value;

/// The parts of a review that hold objects.
const OBJECTS: [&str; 2] = ["object", "oldObject"];

/// What a Secret keeps its values in.
const VALUES: [&str; 2] = ["data", "stringData"];

/// Where `kubectl apply` keeps a copy of all that it sent, values too.
const APPLIED: [&str; 3] = ["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"];

/// Whether a review may be about a Secret: quick, and wrong only in one direction. JSON may write any letter of the word as an escape.
pub(crate) fn may_be_in(review: &[u8]) -> bool {
    memmem::find(review, b"Secret").is_some() || memmem::find(review, br"\u").is_some()
}

/// What to take out of a review.
pub(crate) fn masks(review: Value<'_>) -> Vec<Mask> {
    let Some(request) = review.get_str("request") else { return Vec::new() };
    let is_secret = |part: &Value<'_>| part.get_str("kind").and_then(Value::as_str) == Some("Secret");
    let mask = |path: &[&str]| Mask { path: path.iter().map(|&token| token.to_owned()).collect(), replacement: None };
    let mut masks = Vec::new();
    for name in OBJECTS {
        let Some(object) = request.get_str(name).filter(|object| object.as_object().is_some()) else { continue };
        // The review's word counts as well as the object's own: either makes it one.
        if is_secret(&object) || request.get_str("kind").as_ref().is_some_and(is_secret) {
            for values in VALUES {
                let keys = object.get_str(values).and_then(Value::as_object).into_iter().flat_map(value::Object::keys);
                // Value by value: which keys a Secret has is for policies to see.
                masks.extend(keys.filter_map(|key| Some(mask(&["request", name, values, key.as_str()?]))));
            }
            masks.push(mask(&["request", name, APPLIED[0], APPLIED[1], APPLIED[2]]));
        }
    }
    masks
}
