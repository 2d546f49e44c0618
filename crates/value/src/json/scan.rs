//! Finding the bytes that matter in strings, sixteen at a time.

use wide::u8x16;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The first byte at or after `from` that cannot stand in a JSON string as it is: a quote, a backslash or a control
/// character. The length of `bytes` when there is none.
#[inline]
pub(super) fn special_from(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<16>()) {
        let marks = marks_of_sixteen(u8x16::new(*chunk));
        if marks != 0 {
            return at + marks.trailing_zeros() as usize;
        }
        at += 16;
    }
    special_near_end(bytes, at)
}

/// A string without escapes that ends soon.
pub(super) struct Short {
    pub(super) length: usize,
    /// As [`crate::Text`] keeps it.
    pub(super) prefix: u64,
}

/// The string whose first byte stands at `start`, when its end is among the next sixteen bytes. Most are, and one load tells all about
/// them.
#[inline]
pub(super) fn short_string(bytes: &[u8], start: usize) -> Option<Short> {
    let chunk = bytes.get(start..)?.first_chunk::<16>()?;
    let length = marks_of_sixteen(u8x16::new(*chunk)).trailing_zeros() as usize;
    if chunk.get(length) != Some(&b'"') {
        return None;
    }
    let word = u64::from_be_bytes(*chunk.first_chunk::<8>()?);
    Some(Short { length, prefix: if length >= 8 { word } else { word & !(u64::MAX >> (8 * length)) } })
}

/// A bit for each byte that is special.
#[inline]
fn marks_of_sixteen(chunk: u8x16) -> u32 {
    let quotes = chunk.simd_eq(u8x16::splat(b'"'));
    let backslashes = chunk.simd_eq(u8x16::splat(b'\\'));
    let controls = chunk.min(u8x16::splat(0x1F)).simd_eq(chunk);
    (quotes | backslashes | controls).to_bitmask()
}

/// The same for what is left: texts that are written are mostly as short as this.
#[inline]
fn special_near_end(bytes: &[u8], from: usize) -> usize {
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
