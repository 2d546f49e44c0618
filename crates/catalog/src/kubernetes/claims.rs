//! Devices by dynamic resource allocation: claims, their templates and what they request.

use super::surroundings::Surroundings;
use crate::accelerators::{self, Accelerators};
use crate::quantity::Count;
use value::{Arena, Value};

/// What the claims of one pod ask for.
pub(super) fn of_pod<'a>(
    arena: &'a Arena,
    surroundings: &Surroundings<'a>,
    namespace: Option<&str>,
    spec: Value<'a>,
) -> Accelerators<'a> {
    let mut asked = Accelerators::none();
    let claims = match spec.get_str("resourceClaims") {
        Some(Value::Array(claims)) => claims,
        Some(leaf @ Value::Unknown(_)) => return Accelerators::unknown(leaf),
        _ => return asked,
    };
    for claim in claims.iter() {
        // `source` is what v1alpha2 put around it.
        let reference = |key: &str| {
            let direct = claim.get_str(key).or_else(|| claim.get_str("source")?.get_str(key));
            direct.and_then(Value::as_str)
        };
        if let Some(name) = reference("resourceClaimTemplateName") {
            match surroundings.find("ResourceClaimTemplate", name, namespace) {
                Some(template) => {
                    let spec = template.get_str("spec").and_then(|outer| outer.get_str("spec")).unwrap_or_default();
                    asked.extend(&of_spec(arena, spec));
                }
                None => asked.extend(&absent(arena, "ResourceClaimTemplate", name)),
            }
        } else if let Some(name) = reference("resourceClaimName") {
            // The claim counts by itself, however many pods share it.
            if surroundings.find("ResourceClaim", name, namespace).is_none() {
                asked.extend(&absent(arena, "ResourceClaim", name));
            }
        } else {
            asked.extend(&Accelerators::unknown(arena.unknown("accelerators", "a resource claim names no claim")));
        }
    }
    asked
}

fn absent<'a>(arena: &'a Arena, kind: &str, name: &str) -> Accelerators<'a> {
    Accelerators::unknown(arena.unknown("accelerators", &format!("{kind} `{name}` is in none of the documents")))
}

/// What the spec of a claim asks for: `devices.requests`.
pub(super) fn of_spec<'a>(arena: &'a Arena, spec: Value<'a>) -> Accelerators<'a> {
    let mut asked = Accelerators::none();
    let requests = spec.get_str("devices").and_then(|devices| devices.get_str("requests"));
    match requests {
        Some(Value::Array(requests)) => requests.iter().for_each(|request| asked.extend(&of_request(arena, request))),
        None | Some(Value::Null) => {}
        Some(_) => {
            asked.extend(&Accelerators::unknown(arena.unknown("accelerators", "the claim's requests are no list")))
        }
    }
    asked
}

fn of_request<'a>(arena: &'a Arena, request: Value<'a>) -> Accelerators<'a> {
    if let Some(alternatives) = request.get_str("firstAvailable").and_then(Value::as_array) {
        // Which of them it gets is the scheduler's choice, so the most that it may be counts.
        return Accelerators::largest(alternatives.iter().map(|one| exactly(arena, one)));
    }
    // Before v1beta2 the fields of `exactly` stood in the request itself.
    exactly(arena, request.get_str("exactly").unwrap_or(request))
}

fn exactly<'a>(arena: &'a Arena, request: Value<'a>) -> Accelerators<'a> {
    // A request with administrative access uses no device up.
    if request.get_str("adminAccess") == Some(Value::TRUE) {
        return Accelerators::none();
    }
    let Some(class) = request.get_str("deviceClassName").and_then(Value::as_str) else {
        return Accelerators::unknown(arena.unknown("accelerators", "a device request names no class"));
    };
    let count = match request.get_str("allocationMode").and_then(Value::as_str) {
        Some("All") => Count::Unknown(arena.unknown("accelerators", "the claim asks for all devices of a node")),
        _ => match request.get_str("count") {
            None | Some(Value::Null) => Count::ONE,
            Some(count) => Count::of(arena, count, "accelerators"),
        },
    };
    let mut asked = Accelerators::none();
    asked.add(accelerators::of_device_class(arena, class, count));
    asked
}
