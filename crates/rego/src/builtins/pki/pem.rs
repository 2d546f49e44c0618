//! PEM, the text around base64 that keys and certificates come in, as Go reads it.

use crate::builtins::encoding;

/// One block.
#[derive(Debug)]
pub struct Block<'t> {
    /// What the lines around it say it is: `CERTIFICATE`.
    pub kind: &'t str,
    pub bytes: Vec<u8>,
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "\n-----END ";
const DASHES: &str = "-----";

/// The first block of a text, if there is one, and what follows it, else the whole text. What comes before a block and
/// blocks that are not well formed are passed over.
pub fn decode(text: &str) -> (Option<Block<'_>>, &str) {
    let mut rest = text;
    while let Some(end) = rest.find(END) {
        let (before, at_end) = rest.split_at(end);
        let after_end = at_end.get(END.len()..).unwrap_or_default();
        // The last beginning before the end, so that beginnings without an end do no harm.
        let block = before.rfind(BEGIN).filter(|&begin| begin == 0 || before.get(..begin).is_some_and(ends_line));
        if let Some((block, after)) = block.and_then(|begin| read(before.get(begin + BEGIN.len()..)?, after_end)) {
            return (Some(block), after);
        }
        rest = after_end;
    }
    (None, text)
}

/// All blocks of a text.
pub fn blocks(mut text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    while let (Some(block), rest) = decode(text) {
        blocks.push(block);
        text = rest;
    }
    blocks
}

fn ends_line(text: &str) -> bool {
    text.ends_with('\n')
}

/// Reads a block from what follows the words `BEGIN` and `END`.
fn read<'t>(inside: &'t str, after_end: &'t str) -> Option<(Block<'t>, &'t str)> {
    let (first, mut body) = line(inside);
    let kind = first.strip_suffix(DASHES)?;
    let mut headers = false;
    while !body.is_empty() {
        let (header, next) = line(body);
        if !header.contains(':') {
            break;
        }
        (headers, body) = (true, next);
    }
    if headers && body.is_empty() {
        // A line must end the headers.
        return None;
    }
    let (last, after) = line(after_end.strip_prefix(kind)?.strip_prefix(DASHES)?);
    if !last.is_empty() {
        return None;
    }
    let body: String = body.chars().filter(|c| !matches!(c, ' ' | '\t')).collect();
    Some((Block { kind, bytes: encoding::base64_bytes(&body).ok()? }, after))
}

/// The first line without space at its end, and the lines after it.
fn line(text: &str) -> (&str, &str) {
    let (line, rest) =
        text.split_once('\n').map_or((text, ""), |(line, rest)| (line.strip_suffix('\r').unwrap_or(line), rest));
    (line.trim_end_matches([' ', '\t']), rest)
}

#[cfg(test)]
#[path = "pem_tests.rs"]
mod tests;
