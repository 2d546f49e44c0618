//! Rust source split into code and comments, so that a rule about one does not fire on the other or on a string.

/// Two texts of the same lines as the source: what is not code, or not comment, is blank.
pub struct SourceText {
    /// Code with comments and the insides of string and character literals blanked.
    pub code: String,
    /// Comments alone.
    pub comments: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Code,
    Comment,
    Literal,
}

impl SourceText {
    /// Splits `text`.
    pub fn new(text: &str) -> Self {
        let mut split = Self { code: String::with_capacity(text.len()), comments: String::with_capacity(text.len()) };
        let mut rest = text;
        let mut previous = ' ';
        while let Some(first) = rest.chars().next() {
            let (part, length) = match token(rest, previous) {
                Some(found) => found,
                None => (Part::Code, first.len_utf8()),
            };
            let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
            split.push(part, taken);
            previous = taken.chars().next_back().unwrap_or(' ');
            rest = left;
        }
        split
    }

    fn push(&mut self, part: Part, text: &str) {
        for character in text.chars() {
            let blank = if character == '\n' { '\n' } else { ' ' };
            self.code.push(if part == Part::Code { character } else { blank });
            self.comments.push(if part == Part::Comment { character } else { blank });
        }
    }
}

/// The comment or literal that `rest` starts with, and its length in bytes.
fn token(rest: &str, previous: char) -> Option<(Part, usize)> {
    if rest.starts_with("//") {
        return Some((Part::Comment, rest.find('\n').unwrap_or(rest.len())));
    }
    if rest.starts_with("/*") {
        return Some((Part::Comment, block_comment(rest)));
    }
    if rest.starts_with('"') {
        return Some((Part::Literal, quoted(rest, '"')?));
    }
    if rest.starts_with('r') && !(previous.is_alphanumeric() && previous != 'b') && previous != '_' {
        let hashes = rest.bytes().skip(1).take_while(|&byte| byte == b'#').count();
        if rest.get(1 + hashes..)?.starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let inside = rest.get(hashes + 2..)?;
            let length = inside.find(&end).map_or(rest.len(), |at| hashes + 2 + at + end.len());
            return Some((Part::Literal, length));
        }
    }
    if rest.starts_with('\'') {
        // A lifetime has no closing quote right after its first character.
        let mut characters = rest.chars().skip(1);
        let escaped = characters.next()? == '\\';
        if escaped || characters.next() == Some('\'') {
            return Some((Part::Literal, quoted(rest, '\'')?));
        }
    }
    None
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(tail) = rest.get(at..) {
        let Some(first) = tail.chars().next() else { break };
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += first.len_utf8();
        }
    }
    at
}

/// The length of a literal that starts and ends with `quote`.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return Some(at + character.len_utf8()),
            _ => {}
        }
    }
    Some(rest.len())
}
