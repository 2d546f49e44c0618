//! Finding the bytes that matter in strings, eight at a time.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The first byte at or after `from` that cannot stand in a JSON string as it is: a quote, a backslash or a control
/// character. The length of `bytes` when there is none.
#[inline]
pub(super) fn special_from(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let marks = special_marks(u64::from_le_bytes(*chunk));
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let tail = bytes.get(at..).unwrap_or_default();
    at + tail.iter().position(|&b| b < 0x20 || b == b'"' || b == b'\\').unwrap_or(tail.len())
}

/// The high bit of each byte that is special. A borrow may mark bytes above the lowest special one, so only the lowest
/// mark means something.
#[inline]
const fn special_marks(word: u64) -> u64 {
    let quotes = word ^ (ONES * b'"' as u64);
    let backslashes = word ^ (ONES * b'\\' as u64);
    ((quotes.wrapping_sub(ONES) & !quotes)
        | (backslashes.wrapping_sub(ONES) & !backslashes)
        | (word.wrapping_sub(ONES * 0x20) & !word))
        & HIGHS
}

/// The prefix of the string `bytes[start..end]` as [`crate::Text`] keeps it, loaded at once where eight bytes are there.
#[inline]
pub(super) fn prefix(bytes: &[u8], start: usize, end: usize) -> u64 {
    let length = end.saturating_sub(start);
    match bytes.get(start..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(chunk) => {
            let word = u64::from_be_bytes(*chunk);
            if length >= 8 { word } else { word & !(u64::MAX >> (8 * length)) }
        }
        None => crate::document::prefix_of(bytes.get(start..end).unwrap_or_default()),
    }
}
