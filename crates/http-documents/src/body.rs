//! The body of a request.

use flate2::bufread::MultiGzDecoder;
use formats::{Format, Options};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use std::borrow::Cow;
use std::io::Read;
use thiserror::Error;
use value::json::{self, DuplicateKeys, JsonError, ParseLimits};
use value::{Arena, Source, Value};

/// How much of a body is too much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// Length as it was sent.
    pub bytes_max: usize,
    /// Length after decompression.
    pub inflated_bytes_max: usize,
    /// Containers inside containers.
    pub depth_max: usize,
    /// What happens to a key that an object has already. Two readers that disagree on which value counts are a way around a
    /// policy.
    pub duplicate_keys: DuplicateKeys,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self {
            bytes_max: 256 << 20,
            inflated_bytes_max: 512 << 20,
            depth_max: 500,
            duplicate_keys: DuplicateKeys::Refuse,
        }
    }
}

impl BodyLimits {
    fn parse_limits(&self) -> ParseLimits {
        ParseLimits {
            depth_max: self.depth_max,
            bytes_max: self.inflated_bytes_max,
            duplicate_keys: self.duplicate_keys,
        }
    }
}

/// What a body is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// JSON, and whatever does not say that it is YAML.
    Json,
    /// Any media type with `yaml` in it: there is no single one that everybody uses.
    Yaml,
}

impl MediaType {
    /// What `content-type` says.
    pub fn of(headers: &HeaderMap) -> Self {
        let said = headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
        // What nearly everybody says.
        if said == b"application/json" {
            return Self::Json;
        }
        if said.windows(4).any(|word| word.eq_ignore_ascii_case(b"yaml")) { Self::Yaml } else { Self::Json }
    }
}

/// What a body is compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Nothing.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
}

impl Encoding {
    /// What `content-encoding` says.
    ///
    /// # Errors
    /// When it is not known here.
    pub fn of(headers: &HeaderMap) -> Result<Self, BodyError> {
        match headers.get(CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
            None | Some(b"") => Ok(Self::Identity),
            Some(encoding) if encoding.eq_ignore_ascii_case(b"identity") => Ok(Self::Identity),
            // Both names mean the same (RFC 9110, section 8.4.1.3).
            Some(encoding) if encoding.eq_ignore_ascii_case(b"gzip") || encoding.eq_ignore_ascii_case(b"x-gzip") => {
                Ok(Self::Gzip)
            }
            Some(encoding) => Err(BodyError::Encoding(String::from_utf8_lossy(encoding).into_owned())),
        }
    }
}

/// Why a body is no document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BodyError {
    /// Longer than allowed as it was sent.
    #[error("request body too large: it has {bytes} bytes, and the limit is {bytes_max}")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Longer than allowed after decompression.
    #[error("compressed request body too large: the limit is {bytes_max} bytes after decompression")]
    InflatedTooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// Compressed in a way that is not known here.
    #[error("the body is encoded as `{0}`; `gzip` and `identity` are known")]
    Encoding(String),
    /// Not what it claims to be compressed with.
    #[error("could not decompress the body: {0}")]
    Compression(String),
    /// Not the document that it claims to be.
    #[error("body contains malformed input document: {0}")]
    Malformed(String),
}

impl BodyError {
    /// The status that tells a client.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } | Self::InflatedTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Encoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Compression(_) | Self::Malformed(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// A body after decompression. It has to live for as long as the documents that are read from it.
#[derive(Debug)]
pub struct Body<'b> {
    bytes: Cow<'b, [u8]>,
    media_type: MediaType,
}

impl<'b> Body<'b> {
    /// The body with these headers.
    ///
    /// # Errors
    /// When it is too long, or compressed in a way that is not known or broken.
    pub fn read(headers: &HeaderMap, bytes: &'b [u8], limits: &BodyLimits) -> Result<Self, BodyError> {
        if bytes.len() > limits.bytes_max {
            return Err(BodyError::TooLarge { bytes: bytes.len(), bytes_max: limits.bytes_max });
        }
        let media_type = MediaType::of(headers);
        let bytes = match Encoding::of(headers)? {
            Encoding::Identity => Cow::Borrowed(bytes),
            Encoding::Gzip => Cow::Owned(inflate(bytes, limits.inflated_bytes_max, |_| Ok::<_, BodyError>(()))?),
        };
        Ok(Self { bytes, media_type })
    }

    /// The bytes after decompression.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether these are the bytes that were sent.
    pub const fn is_as_it_came(&self) -> bool {
        matches!(self.bytes, Cow::Borrowed(_))
    }

    /// What it is written in.
    pub const fn media_type(&self) -> MediaType {
        self.media_type
    }

    /// Whether there is nothing in it.
    pub fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }

    /// The one document that it is; none when it is blank. Strings may borrow from the body.
    ///
    /// # Errors
    /// [`BodyError::Malformed`].
    pub fn document<'a>(&'a self, arena: &'a Arena, limits: &BodyLimits) -> Result<Option<Value<'a>>, BodyError> {
        match self.media_type {
            MediaType::Json => self.checked(json::parse_borrowed(arena, &self.bytes, &limits.parse_limits())),
            MediaType::Yaml => self.yaml(arena, limits),
        }
    }

    /// As [`Self::document`], with nothing borrowed from the body, so that the arena may outlive it.
    ///
    /// # Errors
    /// [`BodyError::Malformed`].
    pub fn owned_document<'a>(&self, arena: &'a Arena, limits: &BodyLimits) -> Result<Option<Value<'a>>, BodyError> {
        match self.media_type {
            MediaType::Json => self.checked(json::parse(arena, &self.bytes, &limits.parse_limits())),
            MediaType::Yaml => self.yaml(arena, limits),
        }
    }

    fn checked<'a>(&self, parsed: Result<Value<'a>, JsonError>) -> Result<Option<Value<'a>>, BodyError> {
        match parsed {
            Ok(document) => Ok(Some(document)),
            Err(_) if self.is_blank() => Ok(None),
            Err(error) => {
                let position = error.position(&self.bytes);
                Err(BodyError::Malformed(format!("{error} at {position}")))
            }
        }
    }

    fn yaml<'a>(&self, arena: &'a Arena, limits: &BodyLimits) -> Result<Option<Value<'a>>, BodyError> {
        let text = formats::decode(&self.bytes).map_err(|error| BodyError::Malformed(error.to_string()))?;
        let mut options = Options { duplicate_keys: limits.duplicate_keys, ..Options::lenient() };
        options.limits.bytes_max = limits.inflated_bytes_max;
        options.limits.depth_max = limits.depth_max;
        let source = Source::new("body", text);
        let documents = formats::parse(arena, &source, Format::Yaml, &options).map_err(|mistake| {
            let at = mistake.position().map(|position| format!(" at {position}")).unwrap_or_default();
            BodyError::Malformed(format!("{}{at}", mistake.message))
        })?;
        match documents.documents.as_slice() {
            [] => Ok(None),
            [document] => Ok(Some(document.value)),
            [_, _, ..] => Err(BodyError::Malformed("there are several documents where one is expected".to_owned())),
        }
    }
}

/// What a body that was compressed with gzip was before. `takes` is told how much memory that is going to hold each time before it is
/// taken, and may refuse.
///
/// # Errors
/// When it is longer than `bytes_max`, is no gzip, or `takes` refuses.
pub fn inflate<E: From<BodyError>>(
    bytes: &[u8],
    bytes_max: usize,
    mut takes: impl FnMut(usize) -> Result<(), E>,
) -> Result<Vec<u8>, E> {
    const FIRST_BYTES: usize = 16 << 10;
    // One byte more than allowed tells that there is more.
    let capacity_max = bytes_max.saturating_add(1);
    let mut decoder = MultiGzDecoder::new(bytes);
    let mut inflated = Vec::new();
    loop {
        let capacity = inflated.len().saturating_mul(2).clamp(FIRST_BYTES, capacity_max.max(FIRST_BYTES));
        takes(capacity)?;
        inflated.reserve_exact(capacity - inflated.len());
        let room = u64::try_from(capacity.min(capacity_max) - inflated.len()).unwrap_or(u64::MAX);
        let read = decoder.by_ref().take(room).read_to_end(&mut inflated);
        let read = read.map_err(|error| BodyError::Compression(error.to_string()))?;
        if inflated.len() > bytes_max {
            return Err(BodyError::InflatedTooLarge { bytes_max }.into());
        }
        if u64::try_from(read).is_ok_and(|read| read < room) {
            return Ok(inflated);
        }
    }
}
