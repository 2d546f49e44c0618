//! One broken document does not take the others of its text away.

/// So many documents of a text may be broken; what follows more than these is not read.
pub(super) const BROKEN_MAX: usize = 8;

/// `text` with the document around `offset` replaced by a null of the same length, so that places of everything else stay; and where
/// that stands. None when there is nothing left to replace.
pub(super) fn without_document_at(text: &str, offset: usize) -> Option<(String, std::ops::Range<usize>)> {
    let mut start = 0;
    let mut end = text.len();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        if is_marker(line) && line_start > 0 {
            // What is missed at a marker is missing in front of it.
            if line_start >= offset && text.get(start..line_start).is_some_and(|before| first_content(before).is_some())
            {
                end = line_start;
                break;
            }
            start = line_start;
        }
        line_start += line.len();
    }
    let content = start + first_content(text.get(start..end)?)?;
    let blank = |(at, byte): (usize, u8)| match byte {
        b'\n' | b'\r' => char::from(byte),
        _ if at == 0 => '~',
        _ => ' ',
    };
    let null: String = text.get(content..end)?.bytes().enumerate().map(blank).collect();
    let before = text.get(..content)?;
    // A null that is one already cannot be what is wrong.
    if text.get(content..end)? == null {
        return None;
    }
    Some((format!("{before}{null}{}", text.get(end..)?), content..end))
}

/// Whether a line separates documents.
fn is_marker(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}

/// Where the content of a document begins, behind the marker in front of it.
fn first_content(document: &str) -> Option<usize> {
    let marker = if is_marker(document.split_inclusive('\n').next().unwrap_or_default()) { "---".len() } else { 0 };
    let behind = document.get(marker..)?;
    behind.find(|character: char| !character.is_whitespace()).map(|at| marker + at)
}
