//! Saying what is unknown.

use value::{Unknown, Value};

/// What is unknown in the parts of a request that a policy reads, the most particular part first. A policy may read more
/// through its helpers, so that the whole resource is looked at last.
pub(crate) fn in_request(input: Value<'_>, reads: &[Vec<String>]) -> Option<String> {
    let found = reads.iter().find_map(|path| {
        let path: Vec<_> = path.iter().map(String::as_str).collect();
        unknown_at(input, &path)
    });
    let leaf = found.or_else(|| input.get_str("resource").and_then(Value::find_unknown))?;
    of_leaf(input, leaf)
}

/// What is unknown of what exists besides: the inventory, what is in namespaces, or a kind that is in none.
pub(crate) fn in_inventory(input: Value<'_>, data: Value<'_>) -> Option<String> {
    let inventory = data.get_str("inventory")?;
    let kinds = inventory.get_str("cluster").and_then(Value::as_object).into_iter().flat_map(|all| all.values());
    let objects = kinds.filter_map(Value::as_object).flat_map(|kinds| kinds.values());
    let leaf = [Some(inventory), inventory.get_str("namespace")].into_iter().flatten().chain(objects);
    let leaf = leaf.into_iter().find_map(|value| match value {
        Value::Unknown(leaf) => Some(leaf),
        _ => None,
    })?;
    of_leaf(input, leaf)
}

/// What one leaf of a request is about; none where the leaf says nothing.
pub(crate) fn of_leaf(input: Value<'_>, leaf: &Unknown<'_>) -> Option<String> {
    if leaf.place.is_empty() && leaf.reason.is_empty() {
        return None;
    }
    // People write tags; dimensions are what tags are to us.
    let tags = || input.get_str("resource")?.get_str("tags")?.find_unknown();
    let cause = if leaf.place.starts_with("dimensions.") { tags() } else { None };
    let own = ["resource", "object"].into_iter().filter_map(|part| input.get_str(part)).any(|part| holds(part, leaf));
    let whose = if own || input.get_str("change").is_none() { Whose::Own } else { Whose::AnotherResources };
    Some(described(cause.unwrap_or(leaf), whose))
}

/// Whose leaf it is: what a policy adds up over a change may be unknown because of another resource.
#[derive(Clone, Copy, Debug)]
enum Whose {
    Own,
    AnotherResources,
}

/// Whether a leaf that says the same stands in `value`.
fn holds(value: Value<'_>, leaf: &Unknown<'_>) -> bool {
    match value {
        Value::Unknown(there) => (there.place, there.reason) == (leaf.place, leaf.reason),
        Value::Object(object) => object.values().any(|value| holds(value, leaf)),
        Value::Array(items) => items.iter().any(|value| holds(value, leaf)),
        Value::Set(members) => members.iter().any(|value| holds(value, leaf)),
        _ => false,
    }
}

/// The first Unknown leaf on the way along `path` or below its end; `*` stands for any element.
fn unknown_at<'a>(value: Value<'a>, path: &[&str]) -> Option<&'a Unknown<'a>> {
    let Some((first, rest)) = path.split_first() else { return value.find_unknown() };
    match value {
        Value::Unknown(unknown) => Some(unknown),
        Value::Object(object) if *first == "*" => object.values().find_map(|value| unknown_at(value, rest)),
        Value::Object(object) => unknown_at(object.get_str(first)?, rest),
        Value::Array(items) => match first.parse() {
            Ok(index) => unknown_at(items.get(index)?, rest),
            Err(_) => items.iter().find_map(|value| unknown_at(value, rest)),
        },
        Value::Set(members) => members.iter().find_map(|value| unknown_at(value, rest)),
        _ => None,
    }
}

/// `its tags are known only after apply`; a reason that is no such phrase follows as a sentence of its own.
fn described(unknown: &Unknown<'_>, whose: Whose) -> String {
    let place = unknown.place.strip_prefix("resource.").unwrap_or(unknown.place);
    let last = place.rsplit(['.', '/']).next().unwrap_or(place);
    let verb = if last.ends_with('s') && !last.ends_with("ss") { "are" } else { "is" };
    let what = match whose {
        _ if place.is_empty() => "something it depends on".to_owned(),
        // A function of a template stands where the value would.
        _ if place.contains("::") => format!("`{place}`"),
        // What exists besides is part of no resource.
        _ if place.starts_with("data.") => format!("`{place}`"),
        Whose::Own => format!("its {place}"),
        Whose::AnotherResources => format!("the {place} of another resource in the change"),
    };
    match unknown.reason {
        "" => format!("{what} {verb} not known yet"),
        reason if reason.starts_with("known ") => format!("{what} {verb} {reason}"),
        reason => format!("{what} cannot be told: {reason}"),
    }
}
