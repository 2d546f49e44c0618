//! DER, the binary notation of certificates and keys, read strictly.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use num_bigint::{BigInt, BigUint};
use std::fmt::Write;

pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const NULL: u8 = 0x05;
pub const OBJECT_IDENTIFIER: u8 = 0x06;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The tag of a primitive element that its context gives a meaning.
pub const fn context(number: u8) -> u8 {
    0x80 | number
}

/// The same for one that contains elements.
pub const fn context_constructed(number: u8) -> u8 {
    0xa0 | number
}

/// An object identifier as numbers.
pub type Oid = Vec<u32>;

/// Numbers with dots between them.
pub fn dotted(oid: &[u32]) -> String {
    let mut text = String::new();
    for (index, arc) in oid.iter().enumerate() {
        let _ = write!(text, "{}{arc}", if index > 0 { "." } else { "" });
    }
    text
}

/// Elements that are still to be read. A method that does not find what it is asked for returns `None` and may leave
/// any rest: every caller then gives up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Der<'d> {
    rest: &'d [u8],
}

/// One element.
#[derive(Clone, Copy, Debug, Default)]
pub struct Element<'d> {
    pub tag: u8,
    pub content: &'d [u8],
    /// Content with tag and length before it.
    pub whole: &'d [u8],
}

/// A string of bits.
#[derive(Clone, Copy, Debug, Default)]
pub struct BitString<'d> {
    bytes: &'d [u8],
    unused: u8,
}

impl BitString<'_> {
    /// The bit at `index`, counted from the highest of the first byte.
    pub fn bit(&self, index: usize) -> bool {
        self.bytes.get(index / 8).is_some_and(|byte| byte >> (7 - index % 8) & 1 == 1)
    }

    /// The bits moved so that the last is the lowest of the last byte.
    pub fn right_aligned(&self) -> Vec<u8> {
        if self.unused == 0 {
            return self.bytes.to_vec();
        }
        let mut above = 0;
        let shift = |&byte: &u8| {
            let aligned = above << (8 - self.unused) | byte >> self.unused;
            above = byte;
            aligned
        };
        self.bytes.iter().map(shift).collect()
    }
}

/// A point in time and the offset from UTC it is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    civil: DateTime,
    offset: Offset,
}

impl Time {
    /// Seconds since the Unix epoch.
    pub fn epoch_seconds(&self) -> i64 {
        self.offset.to_timestamp(self.civil).map_or(i64::MAX, jiff::Timestamp::as_second)
    }

    /// As RFC 3339 has it.
    pub fn rfc3339(&self) -> String {
        let (date, time) = (self.civil.date(), self.civil.time());
        let mut text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            date.year(),
            date.month(),
            date.day(),
            time.hour(),
            time.minute(),
            time.second()
        );
        let minutes = self.offset.seconds() / 60;
        if minutes == 0 {
            text.push('Z');
        } else {
            let sign = if minutes < 0 { '-' } else { '+' };
            let _ = write!(text, "{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
        }
        text
    }
}

impl<'d> Der<'d> {
    pub const fn new(bytes: &'d [u8]) -> Self {
        Self { rest: bytes }
    }

    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub const fn rest(&self) -> &'d [u8] {
        self.rest
    }

    /// Whether the next element has this tag.
    pub fn peek(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// The next element, whatever its tag. Tags of several bytes are not known to any structure that is read here.
    pub fn any(&mut self) -> Option<Element<'d>> {
        let (&tag, after_tag) = self.rest.split_first()?;
        let (&first, mut after) = after_tag.split_first()?;
        if tag & 0x1f == 0x1f {
            return None;
        }
        let mut length = usize::from(first);
        if first & 0x80 != 0 {
            let count = usize::from(first & 0x7f);
            if !(1..=4).contains(&count) {
                return None;
            }
            let (digits, content) = after.split_at_checked(count)?;
            after = content;
            length = digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit));
            // The shortest form is the only one.
            if length < 128 || digits.first() == Some(&0) {
                return None;
            }
        }
        let (content, rest) = after.split_at_checked(length)?;
        let (whole, _) = self.rest.split_at_checked(self.rest.len() - rest.len())?;
        self.rest = rest;
        Some(Element { tag, content, whole })
    }

    /// The next element, which has this tag.
    pub fn element(&mut self, tag: u8) -> Option<Element<'d>> {
        self.any().filter(|element| element.tag == tag)
    }

    /// The content of the next element, which has this tag.
    pub fn content(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.element(tag).map(|element| element.content)
    }

    /// The elements inside the next one, which has this tag.
    pub fn inside(&mut self, tag: u8) -> Option<Self> {
        self.content(tag).map(Self::new)
    }

    /// The elements of a sequence.
    pub fn sequence(&mut self) -> Option<Self> {
        self.inside(SEQUENCE)
    }

    /// The elements inside the next one if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Option<Option<Self>> {
        if self.peek(tag) { self.inside(tag).map(Some) } else { Some(None) }
    }

    pub fn integer(&mut self) -> Option<BigInt> {
        self.content(INTEGER).and_then(integer)
    }

    /// An integer within 64 bits, in an element with this tag.
    pub fn small_integer(&mut self, tag: u8) -> Option<i64> {
        self.content(tag).and_then(integer).and_then(|integer| i64::try_from(integer).ok())
    }

    pub fn boolean(&mut self) -> Option<bool> {
        match self.content(BOOLEAN)? {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    pub fn oid(&mut self) -> Option<Oid> {
        self.content(OBJECT_IDENTIFIER).and_then(arcs)
    }

    pub fn bit_string(&mut self) -> Option<BitString<'d>> {
        let (&unused, bytes) = self.content(BIT_STRING)?.split_first()?;
        let spilled = bytes.last().map_or(unused != 0, |last| unused < 8 && last & ((1 << unused) - 1) != 0);
        (unused < 8 && !spilled).then_some(BitString { bytes, unused })
    }

    /// A time in either notation.
    pub fn time(&mut self) -> Result<Time, &'static str> {
        if self.peek(UTC_TIME) {
            self.content(UTC_TIME).and_then(utc_time).ok_or("x509: malformed UTCTime")
        } else if self.peek(GENERALIZED_TIME) {
            let text = self.content(GENERALIZED_TIME).and_then(|text| std::str::from_utf8(text).ok());
            text.and_then(|text| time(text, 4, true)).ok_or("x509: malformed GeneralizedTime")
        } else {
            Err("x509: unsupported time format")
        }
    }
}

fn integer(content: &[u8]) -> Option<BigInt> {
    match content {
        [] => None,
        // The shortest form is the only one.
        [0, second, ..] if second & 0x80 == 0 => None,
        [0xff, second, ..] if second & 0x80 != 0 => None,
        _ => Some(BigInt::from_signed_bytes_be(content)),
    }
}

/// The numbers of an object identifier, each within 31 bits.
fn arcs(content: &[u8]) -> Option<Oid> {
    let mut oid = Oid::with_capacity(content.len() + 1);
    for arc in big_arcs(content)? {
        oid.push(u32::try_from(arc).ok().filter(|arc| i32::try_from(*arc).is_ok())?);
    }
    Some(oid)
}

/// The numbers of an object identifier of any size.
pub fn big_arcs(content: &[u8]) -> Option<Vec<BigUint>> {
    let mut oid = Vec::with_capacity(content.len() + 1);
    let mut digits = Vec::new();
    for &byte in content {
        if digits.is_empty() && byte == 0x80 {
            return None;
        }
        digits.push(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        let arc = BigUint::from_radix_be(&digits, 128)?;
        digits.clear();
        if oid.is_empty() {
            // The first two numbers share one.
            let root = if arc < BigUint::from(40_u8) {
                0_u8
            } else if arc < BigUint::from(80_u8) {
                1
            } else {
                2
            };
            oid.push(BigUint::from(root));
            oid.push(arc - BigUint::from(40 * root));
        } else {
            oid.push(arc);
        }
    }
    (digits.is_empty() && !oid.is_empty()).then_some(oid)
}

fn utc_time(content: &[u8]) -> Option<Time> {
    let text = std::str::from_utf8(content).ok()?;
    // Seconds are not optional by the standard, but Go lets them be.
    time(text, 2, true).or_else(|| time(text, 2, false))
}

/// A time whose year has `year_digits` digits.
fn time(text: &str, year_digits: usize, seconds: bool) -> Option<Time> {
    let mut rest = text;
    let mut digits = |count: usize| {
        let (number, after) = rest.split_at_checked(count)?;
        rest = after;
        number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse::<i16>().ok()).flatten()
    };
    let mut year = digits(year_digits)?;
    if year_digits == 2 {
        year += if year >= 50 { 1900 } else { 2000 };
    }
    let mut pair = || digits(2).and_then(|number| i8::try_from(number).ok());
    let (month, day, hour, minute) = (pair()?, pair()?, pair()?, pair()?);
    let second = if seconds { pair()? } else { 0 };
    let offset = match rest.split_at_checked(1)? {
        ("Z", "") => Offset::UTC,
        (sign @ ("+" | "-"), zone) => {
            let (hours, minutes) =
                zone.split_at_checked(2).filter(|_| zone.bytes().all(|byte| byte.is_ascii_digit()))?;
            let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
            let east = (hours * 60 + minutes) * 60;
            if zone.len() != 4 || hours > 23 || minutes > 59 || east == 0 {
                return None;
            }
            Offset::from_seconds(if sign == "-" { -east } else { east }).ok()?
        }
        _ => return None,
    };
    if second > 59 {
        return None;
    }
    Some(Time { civil: DateTime::new(year, month, day, hour, minute, second, 0).ok()?, offset })
}

/// An element with this tag and content.
pub fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut element = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length) if length < 128 => element.push(length),
        _ => {
            let length = content.len().to_be_bytes();
            let digits: Vec<u8> = length.iter().copied().skip_while(|&digit| digit == 0).collect();
            element.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            element.extend(digits);
        }
    }
    element.extend(content);
    element
}

/// An integer that is not negative.
pub fn write_integer(integer: &BigUint) -> Vec<u8> {
    write(INTEGER, &BigInt::from(integer.clone()).to_signed_bytes_be())
}

#[cfg(test)]
#[path = "der_tests.rs"]
mod tests;
