//! The nodes that a pod may run on, as far as it chooses them itself.

use value::{Arena, Value};

/// Labels that name a node's region, by the version of Kubernetes.
const REGION_LABELS: [&str; 2] = ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"];

/// Labels that name a part of one.
const ZONE_LABELS: [&str; 2] = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

/// The one value that a required node affinity leaves for a label.
pub(super) fn required<'a>(spec: Value<'a>, label: &str) -> Option<&'a str> {
    // Terms are alternatives, so only a single one decides.
    let terms = terms(spec)?.as_array().filter(|terms| terms.len() == 1)?;
    let expressions = terms.get(0)?.get_str("matchExpressions")?.as_array()?;
    let expression = expressions.iter().find(|expression| demands(*expression, &[label]))?;
    expression.get_str("values")?.as_array().filter(|values| values.len() == 1)?.get(0)?.as_str()
}

/// The regions that a pod names for its nodes, by selector and by required affinity, each once; of alternatives all. Empty where it
/// names none and the cluster alone decides. Unknown where that is.
pub(super) fn regions<'a>(arena: &'a Arena, spec: Value<'a>) -> Value<'a> {
    let mut named = Vec::new();
    let selector = spec.get_str("nodeSelector").unwrap_or_default();
    if selector.is_unknown() {
        return selector;
    }
    named.extend(REGION_LABELS.iter().filter_map(|label| selector.get_str(label)).map(|region| (region, false)));
    named.extend(ZONE_LABELS.iter().filter_map(|label| selector.get_str(label)).map(|zone| (zone, true)));
    // What a selector leaves is not made more by an affinity.
    if named.is_empty() {
        let terms = terms(spec).unwrap_or_default();
        if terms.is_unknown() {
            return terms;
        }
        for term in terms.as_array().into_iter().flat_map(|terms| terms.iter()) {
            let expressions = term.get_str("matchExpressions").and_then(Value::as_array);
            for expression in expressions.into_iter().flat_map(|expressions| expressions.iter()) {
                let is_zone = demands(expression, &ZONE_LABELS);
                if !is_zone && !demands(expression, &REGION_LABELS) {
                    continue;
                }
                let values = expression.get_str("values").unwrap_or_default();
                if values.is_unknown() {
                    return values;
                }
                named.extend(values.as_array().into_iter().flat_map(|values| values.iter()).map(|one| (one, is_zone)));
            }
        }
    }
    let regions: Vec<Value<'a>> = named
        .into_iter()
        .map(|(name, is_zone)| match name {
            Value::String(zone) if is_zone => arena.borrowed(region_of_zone(zone.as_str())),
            other => other,
        })
        .collect();
    let mut once: Vec<Value<'a>> = Vec::with_capacity(regions.len());
    for region in regions {
        if !once.contains(&region) {
            once.push(region);
        }
    }
    arena.array(&once)
}

fn terms<'a>(spec: Value<'a>) -> Option<Value<'a>> {
    let affinity = spec.get_str("affinity")?.get_str("nodeAffinity")?;
    affinity.get_str("requiredDuringSchedulingIgnoredDuringExecution")?.get_str("nodeSelectorTerms")
}

/// Whether an expression asks for one of its values at one of the labels.
fn demands(expression: Value<'_>, labels: &[&str]) -> bool {
    let text = |key: &str| expression.get_str(key).and_then(Value::as_str).unwrap_or_default();
    text("operator") == "In" && labels.contains(&text("key"))
}

/// The region of a zone, as the large clouds name them: `us-east-1a` (AWS), `us-central1-a` (Google), `westeurope-1` (Azure). What is
/// named otherwise counts as a region of its own.
fn region_of_zone(zone: &str) -> &str {
    match zone.rsplit_once('-') {
        Some((region, part)) if part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            // `us-east-1` is a region of AWS already: those end in a number after two words.
            let is_region = part.bytes().all(|byte| byte.is_ascii_digit()) && region.contains('-');
            if is_region { zone } else { region }
        }
        Some((_, part)) if part.starts_with(|first: char| first.is_ascii_digit()) => {
            zone.trim_end_matches(|last: char| last.is_ascii_lowercase())
        }
        _ => zone,
    }
}

#[cfg(test)]
#[path = "nodes_tests.rs"]
mod tests;
