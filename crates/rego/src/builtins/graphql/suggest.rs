//! The "did you mean" of messages, by gqlparser's measure: [`value`]'s own gives one suggestion and counts otherwise.

/// Longest name in bytes that suggestions are looked for: comparing takes the product of two lengths.
const NAME_BYTES_MAX: usize = 256;

/// ` {prefix} "a", "b", or "c"?` with the options that `typed` may stand for; nothing if there are none.
pub fn did_you_mean<'a>(prefix: &str, typed: &str, options: impl Iterator<Item = &'a str>) -> String {
    match similar(typed, options).as_slice() {
        [] => String::new(),
        options => format!(" {prefix} {}?", quoted_or_list(options)),
    }
}

/// The options that `typed` may be a slip for, the likeliest first.
fn similar<'a>(typed: &str, options: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if typed.len() > NAME_BYTES_MAX {
        return Vec::new();
    }
    let distance_max = typed.len() * 2 / 5 + 1;
    let mut found: Vec<_> = options
        .filter(|option| option.len() <= NAME_BYTES_MAX)
        .map(|option| (distance(typed, option), option))
        .filter(|(distance, _)| *distance <= distance_max)
        .collect();
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().map(|(_, option)| option).collect()
}

/// `"a", "b", or "c"`, at most five.
pub fn quoted_or_list(items: &[&str]) -> String {
    let items: Vec<_> = items.iter().take(5).map(|item| format!("\"{item}\"")).collect();
    match items.as_slice() {
        [first, second] => format!("{first} or {second}"),
        [rest @ .., last] if !rest.is_empty() => format!("{}, or {last}", rest.join(", ")),
        _ => items.concat(),
    }
}

/// Edits between two names; another case of letters counts as one.
fn distance(a: &str, b: &str) -> usize {
    if a == b {
        return 0;
    }
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    if a == b {
        return 1;
    }
    // One row of Levenshtein's table at a time.
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, a_char) in a.chars().enumerate() {
        let (mut diagonal, mut left) = (line, line + 1);
        for (cell, b_char) in row.iter_mut().zip([None].into_iter().chain(b.iter().copied().map(Some))) {
            let above = *cell;
            *cell = match b_char {
                None => left,
                Some(b_char) => (diagonal + usize::from(a_char != b_char)).min(above + 1).min(left + 1),
            };
            (diagonal, left) = (above, *cell);
        }
    }
    row.last().copied().unwrap_or_default()
}
