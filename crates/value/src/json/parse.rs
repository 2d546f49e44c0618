//! Reading JSON straight into an arena.

use crate::arena::Arena;
use crate::document::{Object, Text, Value, prefix_of};
use crate::json::scan;
use crate::number;
use crate::span::Position;
use std::cmp::Ordering;
use std::fmt;

/// What a parse refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseLimits {
    /// Containers inside containers. Reading takes no stack, but writing, comparing, hashing and copying recurse: the
    /// default fits a stack of 2 MiB in a debug build, a larger limit asks for a larger stack.
    pub depth_max: usize,
    /// Length of the input in bytes.
    pub bytes_max: usize,
    /// What happens to a key that an object has already.
    pub duplicate_keys: DuplicateKeys,
}

impl Default for ParseLimits {
    fn default() -> Self {
        Self { depth_max: 1_000, bytes_max: usize::MAX, duplicate_keys: DuplicateKeys::LastWins }
    }
}

/// What happens to a key that an object has already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DuplicateKeys {
    /// The last value counts, as in OPA.
    #[default]
    LastWins,
    /// The input is refused.
    Refuse,
}

/// Why an input is not JSON, or not JSON that the limits allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonError {
    /// Where, in bytes from the start of the input; [`crate::Position::of`] turns it into line and column.
    pub offset: usize,
    /// What was found and what was expected.
    pub message: String,
    /// What kind of mistake it is.
    pub kind: JsonErrorKind,
}

impl JsonError {
    /// Line and column in the input that was read.
    pub fn position(&self, bytes: &[u8]) -> Position {
        // What comes before a mistake is UTF-8, even if the mistake is that the rest is not.
        let before = bytes.get(..self.offset).and_then(|before| std::str::from_utf8(before).ok()).unwrap_or_default();
        Position::of(before, u32::try_from(before.len()).unwrap_or(u32::MAX))
    }
}

/// Kinds of [`JsonError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonErrorKind {
    /// Not JSON.
    Syntax,
    /// The input ends too early.
    Incomplete,
    /// Not UTF-8.
    Encoding,
    /// Containers nest deeper than allowed.
    Depth,
    /// The input is longer than allowed.
    Size,
    /// An object has a key twice.
    DuplicateKey,
}

/// Reads one JSON document that is the whole of `bytes`.
///
/// The arena keeps one copy of the input, which strings without escapes point into.
///
/// # Errors
/// When `bytes` is not UTF-8, not one JSON document (RFC 8259), or exceeds `limits`.
pub fn parse<'a>(arena: &'a Arena, bytes: &[u8], limits: &ParseLimits) -> Result<Value<'a>, JsonError> {
    check_size(bytes.len(), limits)?;
    whole(arena, arena.str(utf8(bytes)?), limits)
}

/// Like [`parse`], with strings that borrow from `bytes` where they have no escapes.
///
/// # Errors
/// As [`parse`].
pub fn parse_borrowed<'a>(arena: &'a Arena, bytes: &'a [u8], limits: &ParseLimits) -> Result<Value<'a>, JsonError> {
    check_size(bytes.len(), limits)?;
    whole(arena, utf8(bytes)?, limits)
}

/// Reads the JSON document that `text` begins with, and says how many bytes it takes, so that documents in a row can be
/// read one by one. Strings borrow from `text`.
///
/// # Errors
/// As [`parse`]; white space alone is an error of kind [`JsonErrorKind::Incomplete`].
pub fn parse_prefix<'a>(
    arena: &'a Arena,
    text: &'a str,
    limits: &ParseLimits,
) -> Result<(Value<'a>, usize), JsonError> {
    let mut parser = Parser::new(arena, text, limits);
    let value = parser.read()?;
    check_size(parser.at, limits)?;
    Ok((value, parser.at))
}

/// The text of `bytes`.
///
/// # Errors
/// When they are not UTF-8, with the offset of the first byte that is wrong.
pub fn utf8(bytes: &[u8]) -> Result<&str, JsonError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let message = match bytes {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "expected UTF-8, found UTF-16".to_owned(),
            _ => format!("byte 0x{:02X} is not UTF-8", bytes.get(offset).copied().unwrap_or_default()),
        };
        JsonError { offset, message, kind: JsonErrorKind::Encoding }
    })
}

fn check_size(length: usize, limits: &ParseLimits) -> Result<(), JsonError> {
    if length <= limits.bytes_max {
        return Ok(());
    }
    let message = format!("the input has {length} bytes; {} are allowed", limits.bytes_max);
    Err(JsonError { offset: limits.bytes_max, message, kind: JsonErrorKind::Size })
}

fn whole<'a>(arena: &'a Arena, text: &'a str, limits: &ParseLimits) -> Result<Value<'a>, JsonError> {
    let mut parser = Parser::new(arena, text, limits);
    let value = parser.read()?;
    parser.end()?;
    Ok(value)
}

/// A mistake, before it is put into words.
#[derive(Debug)]
struct Failure<'a> {
    offset: usize,
    problem: Problem<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Problem<'a> {
    /// Something else was expected here.
    Expected(&'static str),
    /// A string has no closing quote.
    OpenString,
    ControlCharacter,
    Escape,
    Number,
    Depth(usize),
    DuplicateKey(&'a str),
}

impl Failure<'_> {
    #[cold]
    fn explain(self, text: &str) -> JsonError {
        let rest = text.get(self.offset..).unwrap_or_default();
        let (kind, message) = match self.problem {
            Problem::Expected(_) if rest.starts_with('\u{FEFF}') && self.offset == 0 => (
                JsonErrorKind::Syntax,
                "JSON may not begin with a byte order mark (U+FEFF); save the file without one".to_owned(),
            ),
            Problem::Expected(what) if rest.is_empty() => {
                (JsonErrorKind::Incomplete, format!("expected {what}, found the end of the input"))
            }
            Problem::Expected(what) => (JsonErrorKind::Syntax, format!("expected {what}, found {}", Found(rest))),
            Problem::OpenString => (JsonErrorKind::Incomplete, "a string begins here that nothing closes".to_owned()),
            Problem::ControlCharacter => {
                let code = rest.chars().next().map_or(0, u32::from);
                (
                    JsonErrorKind::Syntax,
                    format!("control character U+{code:04X} in a string; write it as `\\u{code:04x}`"),
                )
            }
            Problem::Escape => {
                let escape: String = rest.chars().take(if rest.starts_with("\\u") { 6 } else { 2 }).collect();
                (JsonErrorKind::Syntax, format!("`{}` is not an escape of JSON", escape.escape_debug()))
            }
            Problem::Number => {
                let number: String =
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c)).take(40).collect();
                let exponent = number.to_ascii_lowercase().split('e').nth(1).map_or(0, str::len);
                let reason = if exponent > 18 { "has too large an exponent" } else { "is not a number of JSON" };
                (JsonErrorKind::Syntax, format!("`{number}` {reason}"))
            }
            Problem::Depth(depth_max) => {
                (JsonErrorKind::Depth, format!("arrays and objects nest deeper than {depth_max} levels"))
            }
            Problem::DuplicateKey(key) => (
                JsonErrorKind::DuplicateKey,
                format!("the object that ends here has the key {} twice", super::quote(key)),
            ),
        };
        JsonError { offset: self.offset, message, kind }
    }
}

/// The first thing in a text, as a message names it.
struct Found<'t>(&'t str);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Longer words are cut off.
        const CHARACTERS_MAX: usize = 32;
        let Some(first) = self.0.chars().next() else { return f.write_str("the end of the input") };
        if first == '"' {
            let after = self.0.get(1..).unwrap_or_default();
            let end = after.find(['"', '\n']).unwrap_or(after.len());
            let text = after.get(..end).unwrap_or_default();
            let shown: String = text.chars().take(CHARACTERS_MAX).collect();
            let more = if shown.len() < text.len() { "..." } else { "" };
            return write!(f, "`\"{}{more}\"`", shown.escape_debug());
        }
        if first.is_alphanumeric() || first == '-' || first == '_' {
            let is_word = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
            let word: String = self.0.chars().take_while(is_word).take(CHARACTERS_MAX).collect();
            return write!(f, "`{word}`");
        }
        if first.is_control() || first.is_whitespace() {
            return write!(f, "U+{:04X}", u32::from(first));
        }
        write!(f, "`{first}`")
    }
}

/// A container that is open: what it is, and where its items begin among those collected so far.
#[derive(Clone, Copy)]
struct Frame {
    is_object: bool,
    /// Whether the keys of the object have come in ascending order, each once.
    sorted: bool,
    start: usize,
}

/// An entry of an object that is still open.
#[derive(Clone, Copy)]
struct Entry<'a> {
    /// The key's prefix, or what follows the prefix that all keys share: it decides most comparisons.
    prefix: u64,
    key: &'a Text<'a>,
    value: Value<'a>,
}

impl Entry<'_> {
    #[inline]
    fn compare_keys(&self, other: &Self) -> Ordering {
        self.prefix.cmp(&other.prefix).then_with(|| self.key.as_str().cmp(other.key.as_str()))
    }
}

/// An explicit stack instead of recursion: depth costs memory that is counted, and never the thread's stack.
///
/// Methods return `None` after a mistake, which stands in `failure`: a result that fits one register is what makes this fast.
struct Parser<'a, 'l> {
    arena: &'a Arena,
    text: &'a str,
    limits: &'l ParseLimits,
    at: usize,
    /// The containers around the current one.
    outer: Vec<Frame>,
    /// Items of all open arrays, and in the end the document.
    items: Vec<Value<'a>>,
    /// Entries of all open objects; the last entry of each still waits for its value.
    entries: Vec<Entry<'a>>,
    failure: Option<Failure<'a>>,
    /// Texts seen lately, by hash.
    recent: [Option<&'a Text<'a>>; 1 << RECENT_BITS],
}

/// How many texts are remembered, as a power of two: few enough to stay in the nearest cache.
const RECENT_BITS: u32 = 7;

impl<'a, 'l> Parser<'a, 'l> {
    fn new(arena: &'a Arena, text: &'a str, limits: &'l ParseLimits) -> Self {
        /// Room for the open containers of an ordinary document, so that it grows at most once or twice.
        const ROOM: usize = 32;
        Self {
            arena,
            text,
            limits,
            at: 0,
            outer: Vec::with_capacity(ROOM),
            items: Vec::with_capacity(ROOM),
            entries: Vec::with_capacity(ROOM),
            failure: None,
            recent: [None; 1 << RECENT_BITS],
        }
    }

    /// One document from here on.
    fn read(&mut self) -> Result<Value<'a>, JsonError> {
        match self.document().and_then(|()| self.items.pop()) {
            Some(value) => Ok(value),
            None => Err(self.error()),
        }
    }

    #[cold]
    fn error(&mut self) -> JsonError {
        let failure = self.failure.take().unwrap_or(Failure { offset: self.at, problem: Problem::Expected("a value") });
        failure.explain(self.text)
    }

    #[cold]
    fn fail<T>(&mut self, offset: usize, problem: Problem<'a>) -> Option<T> {
        self.failure = Some(Failure { offset, problem });
        None
    }

    fn expected<T>(&mut self, what: &'static str) -> Option<T> {
        self.fail(self.at, Problem::Expected(what))
    }

    fn document(&mut self) -> Option<()> {
        let mut frame = Frame { is_object: false, sorted: true, start: 0 };
        loop {
            // Each arm puts its value where it belongs: one shared place would cost a detour through memory.
            match self.skip_space() {
                Some(b'"') => {
                    let text = self.string()?;
                    self.attach(&frame, Value::String(text));
                }
                Some(b'{') => {
                    self.check_depth()?;
                    self.at += 1;
                    if self.skip_space() == Some(b'}') {
                        self.at += 1;
                        self.attach(&frame, Value::EMPTY_OBJECT);
                    } else {
                        self.outer.push(frame);
                        frame = Frame { is_object: true, sorted: true, start: self.entries.len() };
                        self.key(&mut frame, "a key in double quotes or `}`")?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.check_depth()?;
                    self.at += 1;
                    if self.skip_space() == Some(b']') {
                        self.at += 1;
                        self.attach(&frame, Value::EMPTY_ARRAY);
                    } else {
                        self.outer.push(frame);
                        frame = Frame { is_object: false, sorted: true, start: self.items.len() };
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => match self.short_integer() {
                    Some(n) => self.attach(&frame, Value::Int(n)),
                    None => {
                        let number = self.number()?;
                        self.attach(&frame, number);
                    }
                },
                Some(b't') => {
                    self.word("true")?;
                    self.attach(&frame, Value::TRUE);
                }
                Some(b'f') => {
                    self.word("false")?;
                    self.attach(&frame, Value::FALSE);
                }
                Some(b'n') => {
                    self.word("null")?;
                    self.attach(&frame, Value::Null);
                }
                _ => return self.expected("a value"),
            }
            // What follows a value: another one, or the end of one container or several.
            loop {
                if frame.is_object {
                    match self.skip_space() {
                        Some(b',') => {
                            self.at += 1;
                            self.skip_space();
                            self.key(&mut frame, "a key in double quotes")?;
                            break;
                        }
                        Some(b'}') => self.at += 1,
                        _ => return self.expected("`,` or `}`"),
                    }
                    let object = self.close_object(&frame)?;
                    frame = self.outer.pop()?;
                    self.attach(&frame, Value::Object(object));
                } else {
                    if self.outer.is_empty() {
                        return Some(());
                    }
                    match self.skip_space() {
                        Some(b',') => {
                            self.at += 1;
                            break;
                        }
                        Some(b']') => self.at += 1,
                        _ => return self.expected("`,` or `]`"),
                    }
                    let array = self.arena.array(self.items.get(frame.start..).unwrap_or_default());
                    self.items.truncate(frame.start);
                    frame = self.outer.pop()?;
                    self.attach(&frame, array);
                }
            }
        }
    }

    fn end(&mut self) -> Result<(), JsonError> {
        if self.skip_space().is_none() {
            return Ok(());
        }
        self.expected::<()>("the end of the input");
        Err(self.error())
    }

    #[inline(always)]
    fn attach(&mut self, frame: &Frame, value: Value<'a>) {
        if !frame.is_object {
            self.items.push(value);
        } else if let Some(last) = self.entries.last_mut() {
            last.value = value;
        }
    }

    #[inline]
    fn check_depth(&mut self) -> Option<()> {
        if self.outer.len() < self.limits.depth_max {
            return Some(());
        }
        self.fail(self.at, Problem::Depth(self.limits.depth_max))
    }

    fn close_object(&mut self, frame: &Frame) -> Option<&'a Object<'a>> {
        let mut count = self.entries.len() - frame.start;
        if !frame.sorted {
            let entries = self.entries.get_mut(frame.start..).unwrap_or_default();
            skip_common_prefix(entries);
            // Stable, so that of equal keys the last stays last.
            entries.sort_by(Entry::compare_keys);
            if let Some(twice) = first_duplicate(entries) {
                if self.limits.duplicate_keys == DuplicateKeys::Refuse {
                    let key = twice.key.as_str();
                    return self.fail(self.at - 1, Problem::DuplicateKey(key));
                }
                count = keep_last_of_equal_keys(entries);
            }
        }
        let entries = self.entries.get(frame.start..).unwrap_or_default().iter().take(count);
        let object = self.arena.object_from_sorted(entries.map(|entry| (Value::String(entry.key), entry.value)));
        self.entries.truncate(frame.start);
        Some(object)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn skip_space(&mut self) -> Option<u8> {
        match self.peek() {
            Some(byte) if byte > b' ' => Some(byte),
            _ => self.skip_more_space(),
        }
    }

    fn skip_more_space(&mut self) -> Option<u8> {
        loop {
            match self.peek() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return other,
            }
        }
    }

    fn key(&mut self, frame: &mut Frame, what: &'static str) -> Option<()> {
        if self.peek() != Some(b'"') {
            return self.expected(what);
        }
        let key = self.string()?;
        let entry = Entry { prefix: key.prefix(), key, value: Value::Null };
        if frame.sorted && self.entries.len() > frame.start {
            frame.sorted = self.entries.last().is_none_or(|last| last.compare_keys(&entry).is_lt());
        }
        if self.skip_space() != Some(b':') {
            return self.expected("`:`");
        }
        self.at += 1;
        self.entries.push(entry);
        Some(())
    }

    fn word(&mut self, word: &'static str) -> Option<()> {
        if !self.text.as_bytes().get(self.at..).unwrap_or_default().starts_with(word.as_bytes()) {
            return self.expected("a value");
        }
        self.at += word.len();
        Some(())
    }

    /// An integer that surely fits; `None`, without a failure, for any other number.
    #[inline]
    fn short_integer(&mut self) -> Option<i64> {
        /// So many digits never overflow.
        const DIGITS_MAX: usize = 18;
        let bytes = self.text.as_bytes().get(self.at..)?;
        let negative = bytes.first() == Some(&b'-');
        let digits = bytes.get(usize::from(negative)..)?;
        let mut magnitude = 0_i64;
        let mut count = 0;
        for digit in digits.iter().map(|b| b.wrapping_sub(b'0')).take(DIGITS_MAX + 1) {
            if digit > 9 {
                break;
            }
            magnitude = magnitude.wrapping_mul(10).wrapping_add(i64::from(digit));
            count += 1;
        }
        let is_longer = matches!(digits.get(count), Some(b'.' | b'e' | b'E'));
        let has_leading_zero = count > 1 && digits.first() == Some(&b'0');
        if is_longer || !(1..=DIGITS_MAX).contains(&count) || has_leading_zero {
            return None;
        }
        self.at += usize::from(negative) + count;
        Some(if negative { -magnitude } else { magnitude })
    }

    fn number(&mut self) -> Option<Value<'a>> {
        let start = self.at;
        let bytes = self.text.as_bytes().get(start..).unwrap_or_default();
        let length = bytes.iter().take_while(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count();
        self.at = start + length;
        let text = self.text.get(start..self.at).unwrap_or_default();
        match number::parse_borrowed(self.arena, text) {
            Some(number) => Some(number),
            None => self.fail(start, Problem::Number),
        }
    }

    /// The string whose opening quote stands here.
    #[inline]
    fn string(&mut self) -> Option<&'a Text<'a>> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let end = scan::special_from(bytes, start);
        if bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Some(self.shared(self.text.get(start..end)?, scan::prefix(bytes, start, end)));
        }
        self.string_with_escapes(start)
    }

    /// A text; one that was seen lately is not stored again. Keys and short values repeat all the time, and what is one text
    /// compares as equal without a look at it.
    #[inline]
    fn shared(&mut self, text: &'a str, prefix: u64) -> &'a Text<'a> {
        let hash = (prefix ^ text.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - RECENT_BITS);
        let Some(recent) = self.recent.get_mut(hash as usize) else {
            return self.arena.text_with_prefix(text, prefix);
        };
        match *recent {
            Some(seen) if seen.is(prefix, text) => seen,
            _ => {
                let new = self.arena.text_with_prefix(text, prefix);
                *recent = Some(new);
                new
            }
        }
    }

    #[cold]
    fn string_with_escapes(&mut self, start: usize) -> Option<&'a Text<'a>> {
        let mut content = String::new();
        let mut at = start;
        loop {
            let end = scan::special_from(self.text.as_bytes(), at);
            content.push_str(self.text.get(at..end).unwrap_or_default());
            at = end;
            let rest = self.text.get(at..).unwrap_or_default();
            match rest.as_bytes().first() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let Some((character, taken)) = read_escape(rest) else { return self.fail(at, Problem::Escape) };
                    content.push(character);
                    at += taken;
                }
                Some(_) => return self.fail(at, Problem::ControlCharacter),
                None => return self.fail(start - 1, Problem::OpenString),
            }
        }
        self.at = at + 1;
        Some(self.arena.text(self.arena.str(&content)))
    }
}

/// Where all keys begin alike (`ml-team-1`, `ml-team-2`), lets each entry's prefix begin after that, so that it decides.
fn skip_common_prefix(entries: &mut [Entry<'_>]) {
    let Some((first, others)) = entries.split_first() else { return };
    if others.iter().any(|entry| entry.prefix != first.prefix) {
        return;
    }
    let first = first.key.as_bytes();
    let common = others.iter().fold(first.len(), |common, entry| {
        first.iter().zip(entry.key.as_bytes()).take(common).take_while(|(a, b)| a == b).count()
    });
    for entry in entries {
        entry.prefix = prefix_of(entry.key.as_bytes().get(common..).unwrap_or_default());
    }
}

/// The first of sorted entries whose key stands again right after it.
fn first_duplicate<'e, 'a>(entries: &'e [Entry<'a>]) -> Option<&'e Entry<'a>> {
    entries.windows(2).find_map(|pair| match pair {
        [a, b] if a.compare_keys(b).is_eq() => Some(a),
        _ => None,
    })
}

/// Moves the last of each run of entries with equal keys to the front; returns how many there are.
fn keep_last_of_equal_keys(entries: &mut [Entry<'_>]) -> usize {
    let mut kept = 0_usize;
    for next in 0..entries.len() {
        let Some(&entry) = entries.get(next) else { break };
        let last =
            kept.checked_sub(1).filter(|&last| entries.get(last).is_some_and(|last| last.compare_keys(&entry).is_eq()));
        if let Some(slot) = entries.get_mut(last.unwrap_or(kept)) {
            *slot = entry;
        }
        kept += usize::from(last.is_none());
    }
    kept
}

/// The character of the escape that `text` begins with, and how many bytes it takes. A surrogate without its other half
/// becomes U+FFFD, as in Go.
fn read_escape(text: &str) -> Option<(char, usize)> {
    let character = match text.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{C}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return read_unicode_escape(text),
        _ => return None,
    };
    Some((character, 2))
}

fn read_unicode_escape(text: &str) -> Option<(char, usize)> {
    let unit = code_unit(text)?;
    if let Some(character) = char::from_u32(unit) {
        return Some((character, 6));
    }
    if (0xD800..0xDC00).contains(&unit)
        && let Some(low @ 0xDC00..0xE000) = text.get(6..).and_then(code_unit)
    {
        let code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        return Some((char::from_u32(code)?, 12));
    }
    Some((char::REPLACEMENT_CHARACTER, 6))
}

/// The four digits of `\uXXXX` at the start of `text`.
fn code_unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
