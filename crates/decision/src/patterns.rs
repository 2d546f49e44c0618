//! Names with `*` in them.

/// Whether `pattern` holds a `*`.
pub(crate) fn is_pattern(pattern: &str) -> bool {
    pattern.contains('*')
}

/// Whether `name` fits `pattern`, in which `*` stands for any characters, also none.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return name.ends_with(part);
        }
        // The earliest place is always right: it leaves the most for what follows.
        let Some(at) = name.find(part) else { return false };
        name = name.get(at + part.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
#[path = "patterns_tests.rs"]
mod tests;
