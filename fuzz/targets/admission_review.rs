//! Whatever is read as an AdmissionReview is answered by JSON that answers it.
#![no_main]

use kubernetes_types::admission::{Response, Review};
use libfuzzer_sys::fuzz_target;
use value::Arena;
use value::json::{self, ParseLimits};

fuzz_target!(|bytes: &[u8]| {
    let arena = Arena::new();
    let Ok(document) = json::parse(&arena, bytes, &ParseLimits::default()) else { return };
    let Ok(review) = Review::read(document) else { return };
    if let Some(subject) = review.subject() {
        let _ = (subject.namespace(), subject.name());
    }
    let uid = document.get_str("request").and_then(|request| request.get_str("uid"));
    for (response, allowed) in
        [(Response::allow(&review), true), (Response::deny(&review, 403, "policies said no"), false)]
    {
        let text = response.to_json();
        let answer = json::parse(&arena, text.as_bytes(), &ParseLimits::default());
        let answer = answer.unwrap_or_else(|error| panic!("{error}: {text}"));
        let response = answer.get_str("response").unwrap_or_default();
        assert_eq!(answer.get_str("apiVersion"), document.get_str("apiVersion"), "{text}");
        assert_eq!(response.get_str("uid"), uid, "{text}");
        assert_eq!(response.get_str("allowed").and_then(|allowed| allowed.as_bool()), Some(allowed), "{text}");
    }
});
