//! Reading JSON text: one loop over it, whatever is made of what stands there.

use crate::document::{Object, Text, Value};
use crate::json::parse::{DuplicateKeys, Failure, JsonError, ParseLimits, Problem};
use crate::json::scan;
use crate::json::store::{Duplicate, Entry, Store};

/// A container that is open: what it is, and where its items begin among those collected so far.
#[derive(Clone, Copy)]
struct Frame {
    is_object: bool,
    /// Whether the keys of the object have come in ascending order, each once.
    sorted: bool,
    start: usize,
}

/// An explicit stack instead of recursion: depth costs memory that is counted, and never the thread's stack.
///
/// Methods return `None` after a mistake, which stands in `failure`: a result that fits one register is what makes this fast.
pub(super) struct Parser<'t, 'a, 'l, S> {
    text: &'t str,
    store: S,
    limits: &'l ParseLimits,
    at: usize,
    /// The containers around the current one.
    outer: Vec<Frame>,
    /// Items of all open arrays, and in the end the document.
    items: Vec<Value<'a>>,
    /// Entries of all open objects; the last entry of each still waits for its value.
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
            at: 0,
            outer: Vec::with_capacity(ROOM),
            items: Vec::with_capacity(ROOM),
            entries: Vec::with_capacity(ROOM),
            integers: Vec::new(),
            parts_of_arrays: Vec::new(),
            parts_of_objects: Vec::new(),
            failure: None,
        }
    }

    /// How far it has read.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// One document from here on.
    pub(super) fn read(&mut self) -> Result<Value<'a>, JsonError> {
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
                    } else if S::KEEPS
                        && let Some(array) = self.integers()
                    {
                        self.attach(&frame, array);
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
                            if S::KEEPS && self.entries.len() - frame.start > PART_LENGTH {
                                self.put_entries_aside(&frame);
                            }
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
                            if S::KEEPS && self.items.len() - frame.start > PART_LENGTH {
                                self.put_items_aside(&frame);
                            }
                            break;
                        }
                        Some(b']') => self.at += 1,
                        _ => return self.expected("`,` or `]`"),
                    }
                    let array = self.close_array(&frame);
                    frame = self.outer.pop()?;
                    self.attach(&frame, array);
                }
            }
        }
    }

    /// Nothing more may follow.
    pub(super) fn end(&mut self) -> Result<(), JsonError> {
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

    #[inline]
    fn close_array(&mut self, frame: &Frame) -> Value<'a> {
        if S::KEEPS && self.parts_of_arrays.last().is_some_and(|(outer, _)| *outer == self.outer.len()) {
            self.put_items_aside(frame);
            return self.store.array_of_parts(&parts(&mut self.parts_of_arrays, self.outer.len()));
        }
        let array = self.store.array(self.items.get(frame.start..).unwrap_or_default());
        self.items.truncate(frame.start);
        array
    }

    fn close_object(&mut self, frame: &Frame) -> Option<&'a Object<'a>> {
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
            Err(Duplicate(key)) => self.fail(self.at - 1, Problem::DuplicateKey(key.as_str())),
        }
    }

    #[cold]
    fn put_items_aside(&mut self, frame: &Frame) {
        self.parts_of_arrays.push((self.outer.len(), self.items.drain(frame.start..).collect()));
    }

    /// The last entry stays: the next key is compared with it.
    #[cold]
    fn put_entries_aside(&mut self, frame: &Frame) {
        let last = self.entries.len() - 1;
        self.parts_of_objects.push((self.outer.len(), self.entries.drain(frame.start..last).collect()));
    }

    /// The array whose first item stands here, when it holds small integers only; otherwise `None`, without a failure, and
    /// nothing is read.
    fn integers(&mut self) -> Option<Value<'a>> {
        let start = self.at;
        let mut integers = std::mem::take(&mut self.integers);
        integers.clear();
        let array = self.read_integers(&mut integers).then(|| self.store.integers(&integers));
        self.integers = integers;
        if array.is_none() {
            self.at = start;
        }
        array
    }

    fn read_integers(&mut self, integers: &mut Vec<i32>) -> bool {
        loop {
            if !matches!(self.skip_space(), Some(b'-' | b'0'..=b'9')) {
                return false;
            }
            let Some(integer) = self.short_integer().and_then(|integer| i32::try_from(integer).ok()) else {
                return false;
            };
            integers.push(integer);
            match self.skip_space() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return true;
                }
                _ => return false,
            }
        }
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
        match self.store.number(text) {
            Some(number) => Some(number),
            None => self.fail(start, Problem::Number),
        }
    }

    /// The string whose opening quote stands here.
    #[inline]
    fn string(&mut self) -> Option<&'a Text<'a>> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        if let Some(scan::Short { length, prefix }) = scan::short_string(bytes, start) {
            let end = start + length;
            self.at = end + 1;
            return Some(self.store.text(self.text.get(start..end)?, prefix));
        }
        let end = scan::special_from(bytes, start);
        if bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Some(self.store.text(self.text.get(start..end)?, scan::prefix(bytes, start, end)));
        }
        self.string_with_escapes(start)
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
        Some(self.store.unescaped(&content))
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
