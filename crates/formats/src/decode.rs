//! Bytes to text.

use std::borrow::Cow;
use value::Position;

/// Why bytes are not a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A ZIP archive; `terraform plan -out` writes one.
    #[error("the input is a ZIP archive, not a text")]
    Zip,
    /// Compressed data.
    #[error("the input is compressed with gzip")]
    Gzip,
    /// There are NUL bytes, which no text has.
    #[error("the input is a binary file: byte {offset} is NUL")]
    Binary {
        /// Where the first one stands.
        offset: usize,
    },
    /// A byte sequence that UTF-8 does not allow.
    #[error("the input is not UTF-8: byte 0x{byte:02x} at {position}")]
    InvalidUtf8 {
        /// The first byte that does not fit.
        byte: u8,
        /// Where it stands.
        position: Position,
    },
    /// A byte order mark announced UTF-16, and what follows is something else.
    #[error("the input is not UTF-16 although its byte order mark says so: {reason} at {position}")]
    InvalidUtf16 {
        /// What is wrong.
        reason: &'static str,
        /// Where.
        position: Position,
    },
}

impl DecodeError {
    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            DecodeError::Zip => {
                "a saved Terraform plan is such an archive: pass the output of `terraform show -json <plan>`"
            }
            DecodeError::Gzip => "unpack it first: `gunzip --stdout <file>`",
            DecodeError::Binary { .. } => "pass a JSON or YAML file",
            DecodeError::InvalidUtf8 { .. } | DecodeError::InvalidUtf16 { .. } => "save the file as UTF-8",
        }
    }
}

/// The text of `bytes`: UTF-8 with or without a byte order mark, or UTF-16 with one, which is what PowerShell's `>` writes.
///
/// # Errors
/// When the bytes are a binary file or not in the encoding they claim.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest).map(Cow::Borrowed),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes).map(Cow::Owned),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes).map(Cow::Owned),
        [b'P', b'K', 3, 4, ..] => Err(DecodeError::Zip),
        [0x1F, 0x8B, ..] => Err(DecodeError::Gzip),
        _ => utf8(bytes).map(Cow::Borrowed),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, DecodeError> {
    if let Some(offset) = bytes.iter().position(|&byte| byte == 0) {
        return Err(DecodeError::Binary { offset });
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        let byte = rest.first().copied().unwrap_or_default();
        DecodeError::InvalidUtf8 { byte, position: end_of(&String::from_utf8_lossy(valid)) }
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, DecodeError> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    for character in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        match character {
            Ok('\0') => return Err(DecodeError::Binary { offset: text.len() }),
            Ok(character) => text.push(character),
            Err(_) => {
                return Err(DecodeError::InvalidUtf16 { reason: "half a surrogate pair", position: end_of(&text) });
            }
        }
    }
    if !odd.is_empty() {
        return Err(DecodeError::InvalidUtf16 { reason: "half a character", position: end_of(&text) });
    }
    Ok(text)
}

fn end_of(text: &str) -> Position {
    Position::of(text, u32::try_from(text.len()).unwrap_or(u32::MAX))
}
