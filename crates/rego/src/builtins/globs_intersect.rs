//! Whether two patterns have a string in common: `regex.globs_match`.
//!
//! OPA's library for this misses some: it says no for `b` and `b[0-9]*`, which both match `b`.

use std::fmt::Display;

/// Most pairs of places in the two patterns that are looked at.
const PAIRS_MAX: usize = 16 << 20;

/// Whether some string that is not empty matches both patterns.
///
/// # Errors
/// When a pattern is malformed, or the two are too long together.
pub(super) fn intersect(first: &str, second: &str) -> Result<bool, String> {
    let (first, second) = (tokens(first)?, tokens(second)?);
    if first.is_empty() && second.is_empty() {
        return Ok(true);
    }
    let width = second.len() + 1;
    if (first.len() + 1).saturating_mul(width) > PAIRS_MAX {
        return Err(format!("patterns are too long: more than {PAIRS_MAX} pairs of places"));
    }
    // A search through pairs of places, one in each pattern, that a common string can lead to. The two halves are the
    // pairs before and after its first character.
    let mut seen = vec![false; 2 * (first.len() + 1) * width];
    let mut next = vec![(0, 0, false)];
    while let Some((i, j, consumed)) = next.pop() {
        let index = (i * width + j) * 2 + usize::from(consumed);
        match seen.get_mut(index) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        let (a, b) = (first.get(i), second.get(j));
        if a.is_none() && b.is_none() && consumed {
            return Ok(true);
        }
        if a.is_some_and(|a| a.repeats) {
            next.push((i + 1, j, consumed));
        }
        if b.is_some_and(|b| b.repeats) {
            next.push((i, j + 1, consumed));
        }
        if let (Some(a), Some(b)) = (a, b)
            && a.overlaps(b)
        {
            next.push((if a.repeats { i } else { i + 1 }, if b.repeats { j } else { j + 1 }, true));
        }
    }
    Ok(false)
}

/// One character of a match, or any number of them.
#[derive(Clone, Debug)]
struct Token {
    ranges: Vec<(char, char)>,
    repeats: bool,
}

impl Token {
    fn overlaps(&self, other: &Self) -> bool {
        self.ranges.iter().any(|a| other.ranges.iter().any(|b| a.0 <= b.1 && b.0 <= a.1))
    }
}

struct Reader<'p> {
    pattern: &'p str,
    characters: Vec<char>,
    at: usize,
}

/// The tokens of a pattern; `x+` becomes `xx*`.
fn tokens(pattern: &str) -> Result<Vec<Token>, String> {
    let mut reader = Reader { pattern, characters: pattern.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    while let Some((c, escaped)) = reader.next()? {
        let ranges = match c {
            _ if escaped => vec![(c, c)],
            '.' => vec![('\0', char::MAX)],
            '[' => reader.set()?,
            ']' => return Err(reader.invalid("set-close ']' with no preceding '['")),
            '*' | '+' => return Err(reader.invalid(format_args!("flag '{c}' must be preceded by a non-flag"))),
            _ => vec![(c, c)],
        };
        let flag = reader.characters.get(reader.at).copied().filter(|c| matches!(c, '*' | '+'));
        reader.at += usize::from(flag.is_some());
        if flag == Some('+') {
            tokens.push(Token { ranges: ranges.clone(), repeats: false });
        }
        tokens.push(Token { ranges, repeats: flag.is_some() });
    }
    Ok(tokens)
}

impl Reader<'_> {
    fn invalid(&self, problem: impl Display) -> String {
        format!("input:{}, pos:{}, {problem}: the input provided is invalid", self.pattern, self.at)
    }

    /// The next character and whether it was escaped; `None` at the end.
    fn next(&mut self) -> Result<Option<(char, bool)>, String> {
        let Some(&c) = self.characters.get(self.at) else { return Ok(None) };
        if c != '\\' {
            self.at += 1;
            return Ok(Some((c, false)));
        }
        let Some(&escaped) = self.characters.get(self.at + 1) else {
            return Err(self.invalid("input ends with a \\ (escape) character"));
        };
        self.at += 2;
        Ok(Some((escaped, true)))
    }

    fn set(&mut self) -> Result<Vec<(char, char)>, String> {
        let mut ranges: Vec<(char, char)> = Vec::new();
        // Whether the last range is a character that a `-` may go on from.
        let mut open = false;
        while let Some((c, escaped)) = self.next()? {
            match c {
                ']' if !escaped => return Ok(ranges),
                '-' if !escaped => {
                    let Some(last) = ranges.last_mut().filter(|_| open) else {
                        return Err(self.invalid("range character '-' must be preceded by a Unicode character"));
                    };
                    let low = last.0;
                    if self.at >= self.characters.len().saturating_sub(1) {
                        return Err(self.invalid("range character '-' must be followed by a Unicode character"));
                    }
                    let Some((high, escaped)) = self.next()? else { break };
                    if !escaped && matches!(high, ']' | '-') {
                        return Err(self.invalid("range character '-' cannot be followed by a special symbol"));
                    }
                    if high < low {
                        return Err(self
                            .invalid(format_args!("range is out of order: '{high}' comes before '{low}' in Unicode")));
                    }
                    if let Some(last) = ranges.last_mut() {
                        last.1 = high;
                    }
                    open = false;
                }
                _ => {
                    ranges.push((c, c));
                    open = true;
                }
            }
        }
        Err(self.invalid("found [ without matching ]"))
    }
}
