//! Reading JSON text: one loop over it, whatever is made of what stands there.

use crate::document::{Object, Text, Value};
use crate::json::parse::{DuplicateKeys, Failure, JsonError, ParseLimits, Problem};
use crate::json::scan;
use crate::json::store::{Duplicate, Entry, Store};

/// What a value belongs to: a container that is open, or the document itself.
#[derive(Clone, Copy)]
struct Frame<'a> {
    kind: Kind,
    /// Whether the keys of the object have come in ascending order, each once.
    sorted: bool,
    /// Where its items begin among those collected so far.
    start: usize,
    /// The key that waits for its value.
    key: &'a Text<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Document,
    Array,
    Object,
}

impl<'a> Frame<'a> {
    /// Of what has no keys.
    const fn new(kind: Kind, start: usize) -> Self {
        Self { kind, sorted: true, start, key: &Text::EMPTY }
    }
}

/// An explicit stack instead of recursion: depth costs memory that is counted, and never the thread's stack.
///
/// Methods take the place that they read from and return the one after it; they return `None` after a mistake, which stands in
/// `failure`. The place so stays in a register, and results that fit two of them are what makes this fast.
pub(super) struct Parser<'t, 'a, 'l, S> {
    text: &'t str,
    store: S,
    limits: &'l ParseLimits,
    /// The containers around the current one.
    outer: Vec<Frame<'a>>,
    /// Items of all open arrays, and in the end the document.
    items: Vec<Value<'a>>,
    /// Entries of all open objects.
    entries: Vec<Entry<'a>>,
    /// Items of an array of integers.
    integers: Vec<i32>,
    /// What large containers have been relieved of, by how many are around them.
    parts_of_arrays: Vec<(usize, Box<[Value<'a>]>)>,
    parts_of_objects: Vec<(usize, Box<[Entry<'a>]>)>,
    failure: Option<Failure<'a>>,
}

/// So many items of one container are put aside, so that what collects them needs not grow: that takes three times their size.
const PART_LENGTH: usize = 1 << 15;

impl<'t, 'a, 'l, S: Store<'t, 'a>> Parser<'t, 'a, 'l, S> {
    pub(super) fn new(text: &'t str, store: S, limits: &'l ParseLimits) -> Self {
        /// Room for the open containers of an ordinary document, so that it grows at most once or twice.
        const ROOM: usize = 32;
        Self {
            text,
            store,
            limits,
            outer: Vec::with_capacity(ROOM),
            items: Vec::with_capacity(ROOM),
            entries: Vec::with_capacity(ROOM),
            integers: Vec::new(),
            parts_of_arrays: Vec::new(),
            parts_of_objects: Vec::new(),
            failure: None,
        }
    }

    /// The document that the text begins with, and how many bytes it takes.
    pub(super) fn read(&mut self) -> Result<(Value<'a>, usize), JsonError> {
        match self.document().and_then(|end| Some((self.items.pop()?, end))) {
            Some(document) => Ok(document),
            None => Err(self.error()),
        }
    }

    /// Nothing more may follow.
    pub(super) fn end(&mut self, mut at: usize) -> Result<(), JsonError> {
        if skip_space(self.text.as_bytes(), &mut at).is_none() {
            return Ok(());
        }
        self.expected::<()>(at, "the end of the input");
        Err(self.error())
    }

    #[cold]
    fn error(&mut self) -> JsonError {
        let failure = self.failure.take().unwrap_or(Failure { offset: 0, problem: Problem::Expected("a value") });
        failure.explain(self.text)
    }

    #[cold]
    fn fail<T>(&mut self, offset: usize, problem: Problem<'a>) -> Option<T> {
        self.failure = Some(Failure { offset, problem });
        None
    }

    #[cold]
    fn expected<T>(&mut self, at: usize, what: &'static str) -> Option<T> {
        self.fail(at, Problem::Expected(what))
    }

    /// Leaves the document alone in `items` and returns where it ends.
    fn document(&mut self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        let mut frame = Frame::new(Kind::Document, 0);
        loop {
            // Each arm puts its value where it belongs: one shared place would cost a detour through memory.
            match skip_space(bytes, &mut at) {
                Some(b'"') => {
                    let (text, end) = self.string(at)?;
                    at = end;
                    self.attach(&frame, Value::String(text));
                }
                Some(b'{') => {
                    self.check_depth(at)?;
                    at += 1;
                    if skip_space(bytes, &mut at) == Some(b'}') {
                        at += 1;
                        self.attach(&frame, Value::EMPTY_OBJECT);
                    } else {
                        self.outer.push(frame);
                        frame = Frame::new(Kind::Object, self.entries.len());
                        at = self.key(at, &mut frame, true)?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.check_depth(at)?;
                    at += 1;
                    if skip_space(bytes, &mut at) == Some(b']') {
                        at += 1;
                        self.attach(&frame, Value::EMPTY_ARRAY);
                    } else if S::KEEPS
                        && let Some((array, end)) = self.integers(at)
                    {
                        at = end;
                        self.attach(&frame, array);
                    } else {
                        self.outer.push(frame);
                        frame = Frame::new(Kind::Array, self.items.len());
                        continue;
                    }
                }
                Some(b'-' | b'0'..=b'9') => {
                    if let Some((integer, end)) = short_integer(bytes, at) {
                        at = end;
                        self.attach(&frame, Value::Int(integer));
                    } else {
                        let (number, end) = self.number(at)?;
                        at = end;
                        self.attach(&frame, number);
                    }
                }
                Some(b't') => {
                    at = self.word(at, "true")?;
                    self.attach(&frame, Value::TRUE);
                }
                Some(b'f') => {
                    at = self.word(at, "false")?;
                    self.attach(&frame, Value::FALSE);
                }
                Some(b'n') => {
                    at = self.word(at, "null")?;
                    self.attach(&frame, Value::Null);
                }
                _ => return self.expected(at, "a value"),
            }
            // What follows a value: another one, or the end of one container or several.
            loop {
                match frame.kind {
                    Kind::Object => {
                        match skip_space(bytes, &mut at) {
                            Some(b',') => {
                                at += 1;
                                if S::KEEPS && self.entries.len() - frame.start > PART_LENGTH {
                                    self.put_entries_aside(&frame);
                                }
                                skip_space(bytes, &mut at);
                                at = self.key(at, &mut frame, false)?;
                                break;
                            }
                            Some(b'}') => {}
                            _ => return self.expected(at, "`,` or `}`"),
                        }
                        let object = self.close_object(at, &frame)?;
                        at += 1;
                        frame = self.outer.pop()?;
                        self.attach(&frame, Value::Object(object));
                    }
                    Kind::Array => {
                        match skip_space(bytes, &mut at) {
                            Some(b',') => {
                                at += 1;
                                if S::KEEPS && self.items.len() - frame.start > PART_LENGTH {
                                    self.put_items_aside(&frame);
                                }
                                break;
                            }
                            Some(b']') => at += 1,
                            _ => return self.expected(at, "`,` or `]`"),
                        }
                        let array = self.close_array(&frame);
                        frame = self.outer.pop()?;
                        self.attach(&frame, array);
                    }
                    Kind::Document => return Some(at),
                }
            }
        }
    }

    #[inline(always)]
    fn attach(&mut self, frame: &Frame<'a>, value: Value<'a>) {
        match frame.kind {
            Kind::Object => self.entries.push(Entry { prefix: frame.key.prefix(), key: frame.key, value }),
            Kind::Array | Kind::Document => self.items.push(value),
        }
    }

    #[inline]
    fn check_depth(&mut self, at: usize) -> Option<()> {
        if self.outer.len() < self.limits.depth_max {
            return Some(());
        }
        self.fail(at, Problem::Depth(self.limits.depth_max))
    }

    #[inline]
    fn close_array(&mut self, frame: &Frame<'a>) -> Value<'a> {
        if S::KEEPS && self.parts_of_arrays.last().is_some_and(|(outer, _)| *outer == self.outer.len()) {
            self.put_items_aside(frame);
            return self.store.array_of_parts(&parts(&mut self.parts_of_arrays, self.outer.len()));
        }
        let array = self.store.array(self.items.get(frame.start..).unwrap_or_default());
        self.items.truncate(frame.start);
        array
    }

    /// The object whose closing brace stands here.
    #[inline]
    fn close_object(&mut self, at: usize, frame: &Frame<'a>) -> Option<&'a Object<'a>> {
        let refuse = self.limits.duplicate_keys == DuplicateKeys::Refuse;
        if S::KEEPS && self.parts_of_objects.last().is_some_and(|(outer, _)| *outer == self.outer.len()) {
            let mut parts = parts(&mut self.parts_of_objects, self.outer.len());
            parts.push(self.entries.drain(frame.start..).collect());
            if frame.sorted {
                return Some(self.store.object_of_parts(&parts));
            }
            // What is to be sorted must stand in a row.
            self.entries.extend(parts.into_iter().flatten());
        }
        let entries = self.entries.get_mut(frame.start..).unwrap_or_default();
        match self.store.object(entries, frame.sorted, refuse) {
            Ok(object) => {
                self.entries.truncate(frame.start);
                Some(object)
            }
            Err(Duplicate(key)) => self.fail(at, Problem::DuplicateKey(key.as_str())),
        }
    }

    #[cold]
    fn put_items_aside(&mut self, frame: &Frame<'a>) {
        self.parts_of_arrays.push((self.outer.len(), self.items.drain(frame.start..).collect()));
    }

    #[cold]
    fn put_entries_aside(&mut self, frame: &Frame<'a>) {
        self.parts_of_objects.push((self.outer.len(), self.entries.drain(frame.start..).collect()));
    }

    /// The array whose first item stands here, when it holds small integers only; otherwise `None`, without a failure.
    fn integers(&mut self, at: usize) -> Option<(Value<'a>, usize)> {
        let mut integers = std::mem::take(&mut self.integers);
        integers.clear();
        let array =
            read_integers(self.text.as_bytes(), at, &mut integers).map(|end| (self.store.integers(&integers), end));
        self.integers = integers;
        array
    }

    /// The key that stands at `at`, and the colon after it.
    #[inline(always)]
    fn key(&mut self, at: usize, frame: &mut Frame<'a>, is_first: bool) -> Option<usize> {
        let bytes = self.text.as_bytes();
        if bytes.get(at) != Some(&b'"') {
            return self
                .expected(at, if is_first { "a key in double quotes or `}`" } else { "a key in double quotes" });
        }
        let (key, mut at) = self.string(at)?;
        if !is_first {
            frame.sorted &= frame.key.is_before(key);
        }
        if skip_space(bytes, &mut at) != Some(b':') {
            return self.expected(at, "`:`");
        }
        frame.key = key;
        Some(at + 1)
    }

    fn word(&mut self, at: usize, word: &'static str) -> Option<usize> {
        if !self.text.as_bytes().get(at..).unwrap_or_default().starts_with(word.as_bytes()) {
            return self.expected(at, "a value");
        }
        Some(at + word.len())
    }

    fn number(&mut self, start: usize) -> Option<(Value<'a>, usize)> {
        let bytes = self.text.as_bytes().get(start..).unwrap_or_default();
        let length = bytes.iter().take_while(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')).count();
        let text = self.text.get(start..start + length).unwrap_or_default();
        match self.store.number(text) {
            Some(number) => Some((number, start + length)),
            None => self.fail(start, Problem::Number),
        }
    }

    /// The string whose opening quote stands at `at`.
    #[inline(always)]
    fn string(&mut self, at: usize) -> Option<(&'a Text<'a>, usize)> {
        let start = at + 1;
        match scan::short_string(self.text.as_bytes(), start) {
            Some(scan::Short { length, prefix }) => {
                let end = start + length;
                Some((self.store.text(self.text, start..end, prefix)?, end + 1))
            }
            None => self.long_string(start),
        }
    }

    /// The string whose first character stands at `start`.
    #[inline(never)]
    fn long_string(&mut self, start: usize) -> Option<(&'a Text<'a>, usize)> {
        let bytes = self.text.as_bytes();
        let end = scan::special_from(bytes, start);
        if bytes.get(end) == Some(&b'"') {
            let text = self.store.text(self.text, start..end, scan::prefix(bytes, start, end))?;
            return Some((text, end + 1));
        }
        self.string_with_escapes(start)
    }

    #[cold]
    fn string_with_escapes(&mut self, start: usize) -> Option<(&'a Text<'a>, usize)> {
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
        Some((self.store.unescaped(&content), at + 1))
    }
}

/// The next byte that is no white space, where `at` stands afterwards.
#[inline(always)]
fn skip_space(bytes: &[u8], at: &mut usize) -> Option<u8> {
    match bytes.get(*at) {
        Some(&byte) if byte > b' ' => Some(byte),
        _ => {
            *at = after_space(bytes, *at);
            bytes.get(*at).copied()
        }
    }
}

#[inline(never)]
fn after_space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The integer that stands here and where it ends, when it surely fits; `None` for any other number.
#[inline]
fn short_integer(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    /// So many digits never overflow.
    const DIGITS_MAX: usize = 18;
    let bytes = bytes.get(at..)?;
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
    Some((if negative { -magnitude } else { magnitude }, at + usize::from(negative) + count))
}

/// Collects the items of an array of small integers and returns where it ends; `None` when it holds anything else.
fn read_integers(bytes: &[u8], mut at: usize, integers: &mut Vec<i32>) -> Option<usize> {
    loop {
        if !matches!(skip_space(bytes, &mut at), Some(b'-' | b'0'..=b'9')) {
            return None;
        }
        let (integer, end) = short_integer(bytes, at)?;
        integers.push(i32::try_from(integer).ok()?);
        at = end;
        match skip_space(bytes, &mut at) {
            Some(b',') => at += 1,
            Some(b']') => return Some(at + 1),
            _ => return None,
        }
    }
}

/// What the container with so many around it has been relieved of, in order.
fn parts<T>(aside: &mut Vec<(usize, Box<[T]>)>, outer: usize) -> Vec<Box<[T]>> {
    // Containers inside of it have ended, and those around it wait: its parts are the last ones.
    let first = aside.iter().rposition(|(of, _)| *of != outer).map_or(0, |other| other + 1);
    aside.drain(first..).map(|(_, part)| part).collect()
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
