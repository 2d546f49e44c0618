//! Arrays, and the rows of values that arrays and objects consist of.

use crate::document::Value;
use std::iter::Copied;
use std::slice;

/// An ordered list of values.
pub struct Array<'a> {
    row: Row<'a>,
}

impl<'a> Array<'a> {
    /// An array over values that stand in storage already; [`crate::Arena::array`] is the usual way.
    pub const fn new(items: &'a [Value<'a>]) -> Self {
        Self { row: Row::Values(items) }
    }

    /// An array over a row that may be packed.
    pub(crate) const fn over(row: Row<'a>) -> Self {
        Self { row }
    }

    /// How the items stand in storage.
    pub(crate) const fn row(&self) -> Row<'a> {
        self.row
    }

    /// The items side by side: where they stand, or unpacked into `arena`.
    pub fn to_slice(&self, arena: &'a crate::Arena) -> &'a [Value<'a>] {
        self.items().unwrap_or_else(|| arena.slice_of(self.iter()))
    }

    /// The items, where they stand as values and not packed.
    pub(crate) const fn items(&self) -> Option<&'a [Value<'a>]> {
        match self.row {
            Row::Values(values) => Some(values),
            _ => None,
        }
    }

    /// How many items.
    pub const fn len(&self) -> usize {
        self.row.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.row.len() == 0
    }

    /// The item at `index`.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Value<'a>> {
        self.row.get(index)
    }

    /// The items in order.
    #[inline]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Value<'a>> + ExactSizeIterator + Clone + use<'a> {
        self.row.iter()
    }
}

/// Values in a row. A row of nothing but small integers may stand packed: a table of them would otherwise take sixteen bytes
/// for what JSON writes in three.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Row<'a> {
    Values(&'a [Value<'a>]),
    Bytes(&'a [u8]),
    Shorts(&'a [i16]),
    Words(&'a [i32]),
}

impl<'a> Row<'a> {
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Values(values) => values.len(),
            Self::Bytes(integers) => integers.len(),
            Self::Shorts(integers) => integers.len(),
            Self::Words(integers) => integers.len(),
        }
    }

    #[inline]
    pub(crate) fn get(self, index: usize) -> Option<Value<'a>> {
        match self {
            Self::Values(values) => values.get(index).copied(),
            packed => packed.get_packed(index),
        }
    }

    #[inline(never)]
    fn get_packed(self, index: usize) -> Option<Value<'a>> {
        match self {
            Self::Values(values) => values.get(index).copied(),
            Self::Bytes(integers) => integers.get(index).copied().map(integer),
            Self::Shorts(integers) => integers.get(index).copied().map(integer),
            Self::Words(integers) => integers.get(index).copied().map(integer),
        }
    }

    #[inline]
    pub(crate) fn iter(self) -> RowIterator<'a> {
        match self {
            Self::Values(values) => RowIterator::Values(values.iter().copied()),
            Self::Bytes(integers) => RowIterator::Bytes(integers.iter().copied()),
            Self::Shorts(integers) => RowIterator::Shorts(integers.iter().copied()),
            Self::Words(integers) => RowIterator::Words(integers.iter().copied()),
        }
    }
}

fn integer<'a>(integer: impl Into<i64>) -> Value<'a> {
    Value::Int(integer.into())
}

/// The values of a row in order.
#[derive(Clone, Debug)]
pub(crate) enum RowIterator<'a> {
    Values(Copied<slice::Iter<'a, Value<'a>>>),
    Bytes(Copied<slice::Iter<'a, u8>>),
    Shorts(Copied<slice::Iter<'a, i16>>),
    Words(Copied<slice::Iter<'a, i32>>),
}

impl<'a> Iterator for RowIterator<'a> {
    type Item = Value<'a>;

    #[inline]
    fn next(&mut self) -> Option<Value<'a>> {
        match self {
            Self::Values(values) => values.next(),
            Self::Bytes(integers) => integers.next().map(integer),
            Self::Shorts(integers) => integers.next().map(integer),
            Self::Words(integers) => integers.next().map(integer),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Values(values) => values.size_hint(),
            Self::Bytes(integers) => integers.size_hint(),
            Self::Shorts(integers) => integers.size_hint(),
            Self::Words(integers) => integers.size_hint(),
        }
    }

    #[inline]
    fn nth(&mut self, count: usize) -> Option<Value<'a>> {
        match self {
            Self::Values(values) => values.nth(count),
            Self::Bytes(integers) => integers.nth(count).map(integer),
            Self::Shorts(integers) => integers.nth(count).map(integer),
            Self::Words(integers) => integers.nth(count).map(integer),
        }
    }

    /// What is called with all items is told once which kind they are of.
    #[inline]
    fn fold<B, F: FnMut(B, Value<'a>) -> B>(self, start: B, mut with: F) -> B {
        match self {
            Self::Values(values) => values.fold(start, with),
            Self::Bytes(integers) => integers.fold(start, |folded, item| with(folded, integer(item))),
            Self::Shorts(integers) => integers.fold(start, |folded, item| with(folded, integer(item))),
            Self::Words(integers) => integers.fold(start, |folded, item| with(folded, integer(item))),
        }
    }
}

impl DoubleEndedIterator for RowIterator<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Self::Values(values) => values.next_back(),
            Self::Bytes(integers) => integers.next_back().map(integer),
            Self::Shorts(integers) => integers.next_back().map(integer),
            Self::Words(integers) => integers.next_back().map(integer),
        }
    }
}

impl ExactSizeIterator for RowIterator<'_> {}
