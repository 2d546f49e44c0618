//! OPA's order of terms, in which sets and objects list what they hold.

use std::cmp::Ordering;
use value::Value;

/// The kinds of term, the least first.
const KINDS: [&str; 14] = [
    "null",
    "boolean",
    "number",
    "string",
    "templatestring",
    "var",
    "ref",
    "array",
    "object",
    "set",
    "arraycomprehension",
    "objectcomprehension",
    "setcomprehension",
    "call",
];

/// How two terms, or lists of terms, stand to one another.
pub(super) fn compare(a: Value<'_>, b: Value<'_>) -> Ordering {
    match (kind_and_value(a), kind_and_value(b)) {
        (Some((a_kind, a)), Some((b_kind, b))) => a_kind.cmp(&b_kind).then_with(|| compare(a, b)),
        _ => match (a, b) {
            (Value::Array(a), Value::Array(b)) => {
                let parts = a.iter().zip(b.iter()).map(|(a, b)| compare(a, b));
                parts.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            _ => a.cmp(&b),
        },
    }
}

fn kind_and_value(term: Value<'_>) -> Option<(usize, Value<'_>)> {
    let term = term.as_object()?;
    let text = |key: &str| term.iter().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value);
    let kind = text("type")?;
    let rank = KINDS.iter().position(|name| kind.as_str() == Some(name))?;
    Some((rank, text("value")?))
}
