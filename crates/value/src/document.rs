//! The value itself and its composite parts.

pub use crate::array::Array;
use crate::compare::in_turn;
use crate::effort::Effort;
use crate::number::Number;
pub use crate::object::Object;
use crate::shared;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// A Rego value, or the Unknown leaf: sixteen bytes that borrow from an arena or a frozen document.
///
/// # Invariants
/// A number that an `i64` can hold is always [`Value::Int`], however it was written: `1`, `1.0` and `10e-1` are one value.
///
/// Every payload is one whole word, so that a value, an `Option` of one, and a `Result` with a boxed error all travel in two
/// registers. A narrower payload would make the compiler move the fifteen bytes after the tag piece by piece through memory,
/// which took a third of an evaluation's time.
#[derive(Clone, Copy, Default)]
pub enum Value<'a> {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`; [`Value::from`] makes one of a `bool`.
    Bool(&'static bool),
    /// An integer within 64 bits.
    Int(i64),
    /// Any other number, exact.
    Number(&'a Number<'a>),
    /// A string.
    String(&'a Text<'a>),
    /// An array.
    Array(&'a Array<'a>),
    /// An object; keys are any values.
    Object(&'a Object<'a>),
    /// A set.
    Set(&'a Set<'a>),
    /// What cannot be told yet. Equal to itself in order and hash; three-valued logic is the evaluator's.
    Unknown(&'a Unknown<'a>),
}

/// A string behind one thin pointer, so that [`Value`] stays two words, with its first bytes at hand: they decide most
/// comparisons without a look at the characters.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    /// The first eight bytes as a big-endian word, zeros after the end.
    prefix: u64,
    text: &'a str,
}

/// How many bytes a prefix holds.
const PREFIX_BYTES: usize = 8;

impl<'a> Text<'a> {
    /// No characters.
    pub(crate) const EMPTY: Text<'static> = Text { prefix: 0, text: "" };

    /// A text over borrowed characters.
    pub const fn new(text: &'a str) -> Self {
        Self { prefix: prefix_of(text.as_bytes()), text }
    }

    /// A text whose prefix the caller has computed already.
    pub(crate) const fn with_prefix(text: &'a str, prefix: u64) -> Self {
        Self { prefix, text }
    }

    /// The characters, for as long as the storage lives.
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    pub(crate) const fn prefix(&self) -> u64 {
        self.prefix
    }

    /// Whether it is less than `other`: prefixes decide that mostly, and a call only where they do not.
    #[inline]
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        match self.prefix == other.prefix {
            true => self.cmp(other).is_lt(),
            false => self.prefix < other.prefix,
        }
    }

    /// Whether this is the same string as one of these bytes, with that prefix.
    #[inline]
    pub(crate) fn is(&self, prefix: u64, bytes: &[u8]) -> bool {
        self.prefix == prefix
            && self.text.len() == bytes.len()
            && (bytes.len() <= PREFIX_BYTES || equal_after_prefix(self.text.as_bytes(), bytes))
    }
}

/// The first bytes of a string as [`Text`] keeps them.
pub(crate) const fn prefix_of(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<PREFIX_BYTES>() {
        Some(chunk) => u64::from_be_bytes(*chunk),
        None => {
            // Shifts, because bytes stored one by one are slow to load back as a word.
            let mut word = 0_u64;
            let mut rest = bytes;
            let mut shift = 64;
            while let Some((&byte, after)) = rest.split_first() {
                shift -= 8;
                word |= (byte as u64) << shift;
                rest = after;
            }
            word
        }
    }
}

/// Names, ids and paths are seldom longer: up to this many bytes are compared word by word, without a call.
const WORDWISE_BYTES_MAX: usize = 48;

/// The bytes at `at` as a big-endian word; 0 where there are too few.
#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |chunk| u64::from_be_bytes(*chunk))
}

/// Whether two strings of one length and with one prefix, both longer than that, are the same.
#[inline]
fn equal_after_prefix(a: &[u8], b: &[u8]) -> bool {
    if a.len() > WORDWISE_BYTES_MAX {
        return a == b;
    }
    let mut at = PREFIX_BYTES;
    while at + PREFIX_BYTES < a.len() {
        if word(a, at) != word(b, at) {
            return false;
        }
        at += PREFIX_BYTES;
    }
    // The last word overlaps what was compared.
    word(a, a.len() - PREFIX_BYTES) == word(b, a.len() - PREFIX_BYTES)
}

/// The order of two strings with one prefix, both longer than that.
#[inline]
fn compare_after_prefix(a: &[u8], b: &[u8]) -> Ordering {
    let shared = a.len().min(b.len());
    if shared > WORDWISE_BYTES_MAX {
        return a.cmp(b);
    }
    let mut at = PREFIX_BYTES;
    while at + PREFIX_BYTES < shared {
        let (left, right) = (word(a, at), word(b, at));
        if left != right {
            return left.cmp(&right);
        }
        at += PREFIX_BYTES;
    }
    // The last word that both have overlaps what was compared and is the same.
    let last = shared - PREFIX_BYTES;
    word(a, last).cmp(&word(b, last)).then_with(|| a.len().cmp(&b.len()))
}

impl PartialEq for Text<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.is(other.prefix, other.text.as_bytes())
    }
}

impl Eq for Text<'_> {}

impl Ord for Text<'_> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        if std::ptr::eq(self, other) {
            return Ordering::Equal;
        }
        match self.prefix.cmp(&other.prefix) {
            // Prefixes are alike: short strings differ at most in length (by zero bytes at the end), long ones further on.
            Ordering::Equal if self.text.len() <= PREFIX_BYTES || other.text.len() <= PREFIX_BYTES => {
                self.text.len().cmp(&other.text.len())
            }
            Ordering::Equal if std::ptr::eq(self.text, other.text) => Ordering::Equal,
            Ordering::Equal => compare_after_prefix(self.text.as_bytes(), other.text.as_bytes()),
            order => order,
        }
    }
}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Text<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        self.text
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.text, f)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Why a value is unknown, for messages.
#[derive(Clone, Copy, Debug)]
pub struct Unknown<'a> {
    /// What is unknown, as a person would name it: `tags`, `resource.replicas`; empty when nobody said.
    pub place: &'a str,
    /// Why: `known only after apply`.
    pub reason: &'a str,
    /// Whether it may turn out that nothing stands here at all, as with one key of a map of which nothing is known.
    pub may_be_absent: bool,
}

/// A set: members sorted and unique.
pub struct Set<'a> {
    // INVARIANT: strictly ascending.
    members: &'a [Value<'a>],
}

impl<'a> Set<'a> {
    /// A set over members that are strictly ascending already; [`crate::Arena::set`] is the usual way.
    pub(crate) const fn from_sorted(members: &'a [Value<'a>]) -> Self {
        Self { members }
    }

    /// How many members.
    pub const fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether `member` is in the set.
    pub fn contains(&self, member: Value<'_>) -> bool {
        self.members.binary_search_by(|m| m.cmp(&member)).is_ok()
    }

    /// The member that equals `member`, as the set holds it.
    pub fn get(&self, member: Value<'_>) -> Option<Value<'a>> {
        let index = self.members.binary_search_by(|m| m.cmp(&member)).ok()?;
        self.members.get(index).copied()
    }

    /// The members as they stand in storage.
    pub(crate) const fn members(&self) -> &'a [Value<'a>] {
        self.members
    }

    /// The members, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Value<'a>> + ExactSizeIterator + Clone + use<'a> {
        self.members.iter().copied()
    }
}

static EMPTY_TEXT: Text<'static> = Text::new("");
static EMPTY_ARRAY: Array<'static> = Array::new(&[]);
static EMPTY_OBJECT: Object<'static> = Object::from_sorted(&[]);
static EMPTY_SET: Set<'static> = Set { members: &[] };
static ANONYMOUS_UNKNOWN: Unknown<'static> = Unknown { place: "", reason: "", may_be_absent: false };

impl<'a> Value<'a> {
    /// `""`
    pub const EMPTY_STRING: Value<'static> = Value::String(&EMPTY_TEXT);
    /// `[]`
    pub const EMPTY_ARRAY: Value<'static> = Value::Array(&EMPTY_ARRAY);
    /// `{}`
    pub const EMPTY_OBJECT: Value<'static> = Value::Object(&EMPTY_OBJECT);
    /// `set()`
    pub const EMPTY_SET: Value<'static> = Value::Set(&EMPTY_SET);
    /// Unknown, without a place or reason.
    pub const UNKNOWN: Value<'static> = Value::Unknown(&ANONYMOUS_UNKNOWN);
    /// `true`
    pub const TRUE: Value<'static> = Value::Bool(&true);
    /// `false`
    pub const FALSE: Value<'static> = Value::Bool(&false);

    /// The characters of a string.
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The truth value of a boolean.
    pub const fn as_bool(self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// An integer within 64 bits.
    pub const fn as_i64(self) -> Option<i64> {
        match self {
            Value::Int(n) => Some(n),
            _ => None,
        }
    }

    /// The array.
    pub const fn as_array(self) -> Option<&'a Array<'a>> {
        match self {
            Value::Array(array) => Some(array),
            _ => None,
        }
    }

    /// The object.
    pub const fn as_object(self) -> Option<&'a Object<'a>> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The set.
    pub const fn as_set(self) -> Option<&'a Set<'a>> {
        match self {
            Value::Set(set) => Some(set),
            _ => None,
        }
    }

    /// Whether this is a number of any size.
    pub const fn is_number(self) -> bool {
        matches!(self, Value::Int(_) | Value::Number(_))
    }

    /// Whether this very value is the Unknown leaf.
    pub const fn is_unknown(self) -> bool {
        matches!(self, Value::Unknown(_))
    }

    /// Whether this is an array, an object or a set.
    pub const fn is_container(self) -> bool {
        matches!(self, Value::Array(_) | Value::Object(_) | Value::Set(_))
    }

    /// Whether an Unknown leaf stands anywhere inside; the first one found, for messages.
    pub fn find_unknown(self) -> Option<&'a Unknown<'a>> {
        match self {
            Value::Unknown(unknown) => Some(unknown),
            container if container.is_container() => match container.unknown_within(&mut Effort::default()) {
                Some(found) => found,
                // Values may share their parts.
                None => shared::find_unknown(container),
            },
            _ => None,
        }
    }

    /// As [`Self::find_unknown`]; the outer `None` is too much effort.
    fn unknown_within(self, effort: &mut Effort) -> Option<Option<&'a Unknown<'a>>> {
        fn any<'a>(parts: impl Iterator<Item = Value<'a>>, effort: &mut Effort) -> Option<Option<&'a Unknown<'a>>> {
            effort.enter(|effort| {
                for part in parts {
                    match part {
                        Value::Unknown(unknown) => return Some(Some(unknown)),
                        // What holds nothing is not worth a call: most of a document is such.
                        part if !part.is_container() => {}
                        part => match part.unknown_within(effort)? {
                            None => {}
                            found => return Some(found),
                        },
                    }
                }
                Some(None)
            })
        }
        match self {
            Value::Unknown(unknown) => Some(Some(unknown)),
            Value::Array(array) => any(array.iter(), effort),
            Value::Set(set) => any(set.iter(), effort),
            Value::Object(object) => any(in_turn(object), effort),
            _ => Some(None),
        }
    }

    /// The value at a string key of an object; `None` for anything else.
    pub fn get_str(self, key: &str) -> Option<Value<'a>> {
        self.as_object()?.get_str(key)
    }

    /// What Rego calls this kind of value: `null`, `boolean`, `number`, `string`, `array`, `object`, `set`.
    pub const fn type_name(self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Int(_) | Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            Value::Set(_) => "set",
            Value::Unknown(_) => "unknown",
        }
    }

    pub(crate) const STRING_RANK: u8 = 3;

    /// The kind's place in Rego's total order.
    pub(crate) const fn rank(self) -> u8 {
        match self {
            Value::Null => 0,
            Value::Bool(_) => 1,
            Value::Int(_) | Value::Number(_) => 2,
            Value::String(_) => Self::STRING_RANK,
            Value::Array(_) => 4,
            Value::Object(_) => 5,
            Value::Set(_) => 6,
            Value::Unknown(_) => 7,
        }
    }
}

impl From<bool> for Value<'_> {
    fn from(b: bool) -> Self {
        if b { Value::TRUE } else { Value::FALSE }
    }
}

impl From<i64> for Value<'_> {
    fn from(n: i64) -> Self {
        Value::Int(n)
    }
}

/// Rego notation: sets as `{1, 2}`, the empty set as `set()`, strings quoted.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<'a>(f: &mut fmt::Formatter<'_>, items: impl Iterator<Item = Value<'a>>) -> fmt::Result {
            for (i, item) in items.enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                write!(f, "{item}")?;
            }
            Ok(())
        }
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(n) => write!(f, "{n}"),
            Value::Number(n) => write!(f, "{n}"),
            Value::String(s) => crate::json::write_string(f, s),
            Value::Array(array) => {
                f.write_str("[")?;
                list(f, array.iter())?;
                f.write_str("]")
            }
            Value::Set(set) if set.is_empty() => f.write_str("set()"),
            Value::Set(set) => {
                f.write_str("{")?;
                list(f, set.iter())?;
                f.write_str("}")
            }
            Value::Object(object) => {
                f.write_str("{")?;
                for (i, (key, value)) in object.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{key}: {value}")?;
                }
                f.write_str("}")
            }
            Value::Unknown(_) => f.write_str("unknown"),
        }
    }
}

impl fmt::Debug for Array<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
