//! Kubernetes Secrets are masked whoever forgets to say so, wherever in a body they stand.

use decision::Mask;
use memchr::memmem;
use std::sync::LazyLock;
use value::{Object, Value};

/// The keys whose values are secret. Value by value: which keys a Secret has is for policies to see.
const VALUES: [&[&str]; 3] = [
    &["data", "*"],
    &["stringData", "*"],
    // Where `kubectl apply` keeps a copy of all that it sent, values too.
    &["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"],
];

static OF_SECRET: LazyLock<Vec<Mask>> = LazyLock::new(|| below(&[&[]]));
/// Items of a list of one kind need not say what they are.
static OF_LIST: LazyLock<Vec<Mask>> = LazyLock::new(|| below(&[&["items", "*"]]));
/// The request of an AdmissionReview: its word counts as well as the objects' own.
static OF_REQUEST: LazyLock<Vec<Mask>> = LazyLock::new(|| below(&[&["object"], &["oldObject"]]));

fn below(places: &[&[&str]]) -> Vec<Mask> {
    let paths = places.iter().flat_map(|place| VALUES.iter().map(move |values| [*place, *values].concat()));
    paths.map(|path| Mask { path: path.into_iter().map(str::to_owned).collect(), replacement: None }).collect()
}

/// Whether a body may hold a Secret: quick, and wrong only in one direction. JSON may write any letter of the word as an escape.
pub(crate) fn may_be_in(body: &[u8]) -> bool {
    memmem::find(body, b"Secret").is_some() || memmem::find(body, br"\u").is_some()
}

/// What to take out of an object of a body, by what it says that it is.
pub(crate) fn masks(object: &Object<'_>) -> &'static [Mask] {
    match object.get_str("kind") {
        Some(Value::String(kind)) => match kind.as_str() {
            "Secret" => &OF_SECRET,
            "SecretList" => &OF_LIST,
            _ => &[],
        },
        Some(Value::Object(kind)) if kind.get_str("kind").and_then(Value::as_str) == Some("Secret") => &OF_REQUEST,
        _ => &[],
    }
}
