//! Text on a terminal: what it looks like, how wide it is and where it breaks.

use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` without anything that a terminal would obey: escape codes move the cursor and fake other findings, and marks of
/// direction show a text in another order than it has. Line breaks stay, tabs become spaces.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => printable.push('\n'),
            '\t' => printable.push(' '),
            '\r' => {}
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                // Writing to a string never fails.
                let _ = write!(printable, "{}", character.escape_unicode());
            }
            character if character.is_control() => {
                let _ = write!(printable, "{}", character.escape_unicode());
            }
            character => printable.push(character),
        }
    }
    printable
}

/// The same on one line.
pub(crate) fn single_line(text: &str) -> String {
    printable(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines of at most `columns`. They break at white space, and inside a word only when it alone is longer. An empty text
/// has no lines.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in printable(text).lines() {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_whitespace() {
            let mut word = word;
            if used > 0 && used + 1 + width(word) > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            while width(word) > columns {
                let (head, tail) = split_at_width(word, columns);
                lines.push(head.to_owned());
                word = tail;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += width(word);
        }
        lines.push(line);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// The longest start of `word` that fits, at least one character, and the rest. A break between the parts of a path is
/// kinder than one between the words of a name, and that kinder than one inside a word.
fn split_at_width(word: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    let (mut end, mut between_parts, mut between_words) = (word.len(), None, None);
    for (at, character) in word.char_indices() {
        let next = used + character.width().unwrap_or(0);
        if next > columns && at > 0 {
            end = at;
            break;
        }
        used = next;
        // An early break would waste the rest of the line.
        if used * 2 > columns {
            match character {
                '/' | '.' | ':' | ',' => between_parts = Some(at + character.len_utf8()),
                '-' | '_' => between_words = Some(at + character.len_utf8()),
                _ => {}
            }
        }
    }
    word.split_at_checked(between_parts.or(between_words).unwrap_or(end)).unwrap_or((word, ""))
}

/// Spaces up to `columns`.
pub(crate) fn padding(text: &str, columns: usize) -> String {
    " ".repeat(columns.saturating_sub(width(text)))
}
