//! Formatting a value as Go's `fmt` does: verbs, flags, width and precision.

use num_bigint::BigInt;
use std::fmt::{self, Write};
use value::number::{FloatStyle, format_f64};

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`, where `+` does not mean a sign.
    pub(super) plus_v: bool,
    /// `%#v`: Go syntax.
    pub(super) sharp_v: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

impl Flags {
    /// `text`, filled up to the width.
    pub(super) fn pad(&self, out: &mut dyn Write, text: &str) -> fmt::Result {
        let missing = self.width.map_or(0, |width| width.saturating_sub(text.chars().count()));
        if self.minus {
            out.write_str(text)?;
            return fill(out, SPACES, missing);
        }
        fill(out, if self.zero { ZEROS } else { SPACES }, missing)?;
        out.write_str(text)
    }

    /// The same with spaces only.
    fn pad_with_spaces(&self, out: &mut dyn Write, text: &str) -> fmt::Result {
        Self { zero: false, ..*self }.pad(out, text)
    }

    /// As many characters of `text` as the precision allows.
    fn truncate<'t>(&self, text: &'t str) -> &'t str {
        let end = self.precision.and_then(|precision| text.char_indices().nth(precision));
        end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
    }

    /// A string under `verb`; false when the verb is not for strings, and then nothing is written.
    pub(super) fn string(&self, out: &mut dyn Write, verb: char, text: &str) -> Result<bool, fmt::Error> {
        match verb {
            'v' if self.sharp_v => self.quoted(out, text)?,
            'v' | 's' => self.pad(out, self.truncate(text))?,
            'q' => self.quoted(out, text)?,
            'x' | 'X' => self.hexadecimal_bytes(out, text.as_bytes(), verb == 'X')?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn quoted(&self, out: &mut dyn Write, text: &str) -> fmt::Result {
        let text = self.truncate(text);
        if self.sharp && can_backquote(text) {
            return self.pad(out, &format!("`{text}`"));
        }
        self.pad(out, &quote(text, '"', self.plus))
    }

    fn hexadecimal_bytes(&self, out: &mut dyn Write, bytes: &[u8], upper: bool) -> fmt::Result {
        let bytes = bytes.get(..self.precision.unwrap_or(usize::MAX)).unwrap_or(bytes);
        let prefix = if upper { "0X" } else { "0x" };
        let mut text = String::with_capacity(bytes.len() * 2);
        for (index, byte) in bytes.iter().enumerate() {
            if index > 0 && self.space {
                text.push(' ');
            }
            if self.sharp && (index == 0 || self.space) {
                text.push_str(prefix);
            }
            if upper { write!(text, "{byte:02X}")? } else { write!(text, "{byte:02x}")? }
        }
        self.pad(out, &text)
    }

    /// A 64-bit integer under `verb`; false when the verb is not for integers.
    pub(super) fn integer(&self, out: &mut dyn Write, verb: char, integer: i64) -> Result<bool, fmt::Error> {
        let magnitude = integer.unsigned_abs();
        let digits = match verb {
            'v' | 'd' => magnitude.to_string(),
            'b' => format!("{magnitude:b}"),
            'o' | 'O' => format!("{magnitude:o}"),
            'x' => format!("{magnitude:x}"),
            'X' => format!("{magnitude:X}"),
            'c' => {
                self.pad(out, character(integer).encode_utf8(&mut [0; 4]))?;
                return Ok(true);
            }
            'q' => {
                self.pad(out, &quote(character(integer).encode_utf8(&mut [0; 4]), '\'', self.plus))?;
                return Ok(true);
            }
            'U' => {
                self.code_point(out, integer)?;
                return Ok(true);
            }
            _ => return Ok(false),
        };
        self.digits(out, verb, integer < 0, &digits)?;
        Ok(true)
    }

    /// Sign, prefix, zeros and digits of an integer.
    fn digits(&self, out: &mut dyn Write, verb: char, negative: bool, digits: &str) -> fmt::Result {
        if self.precision == Some(0) && digits == "0" {
            return self.pad_with_spaces(out, "");
        }
        let sign = self.sign(negative);
        let digits_min = match (self.precision, self.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if self.zero && !self.minus => width.saturating_sub(sign.len()),
            _ => 0,
        };
        let zeros = digits_min.saturating_sub(digits.len());
        let prefix = match verb {
            'O' if self.sharp && zeros == 0 && !digits.starts_with('0') => "0o0",
            'O' => "0o",
            'b' if self.sharp => "0b",
            'o' if self.sharp && zeros == 0 && !digits.starts_with('0') => "0",
            'x' if self.sharp => "0x",
            'X' if self.sharp => "0X",
            _ => "",
        };
        self.pad_with_spaces(out, &format!("{sign}{prefix}{}{digits}", "0".repeat(zeros)))
    }

    fn sign(&self, negative: bool) -> &'static str {
        match negative {
            true => "-",
            false if self.plus => "+",
            false if self.space => " ",
            false => "",
        }
    }

    /// `U+0078`, and `U+0078 'x'` with `#`.
    fn code_point(&self, out: &mut dyn Write, integer: i64) -> fmt::Result {
        // Go prints the two's complement of negative numbers.
        let code = integer.cast_unsigned();
        let digits_min = self.precision.unwrap_or(0).max(4);
        let mut text = format!("U+{code:0digits_min$X}");
        let shown = u32::try_from(code).ok().and_then(char::from_u32).filter(|&c| self.sharp && is_print(c));
        if let Some(c) = shown {
            write!(text, " '{c}'")?;
        }
        self.pad_with_spaces(out, &text)
    }

    /// An integer of any size under `verb`, as Go's `big.Int` formats itself.
    pub(super) fn big_integer(&self, out: &mut dyn Write, verb: char, integer: &BigInt) -> fmt::Result {
        let base = match verb {
            'b' => 2,
            'o' | 'O' => 8,
            'd' | 's' | 'v' => 10,
            'x' | 'X' => 16,
            _ => return write!(out, "%!{verb}(big.Int={integer})"),
        };
        let mut digits = integer.magnitude().to_str_radix(base);
        if verb == 'X' {
            digits.make_ascii_uppercase();
        }
        let flags = Self { plus: self.plus || self.plus_v, sharp: self.sharp || self.sharp_v, ..*self };
        let sign = flags.sign(integer.sign() == num_bigint::Sign::Minus);
        let prefix = match verb {
            'O' => "0o",
            'b' if flags.sharp => "0b",
            'o' if flags.sharp => "0",
            'x' if flags.sharp => "0x",
            'X' if flags.sharp => "0X",
            _ => "",
        };
        let length = sign.len() + prefix.len();
        let digits_min = match (self.precision, self.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if self.zero && !self.minus => width.saturating_sub(length),
            _ => 0,
        };
        let zeros = digits_min.saturating_sub(digits.len());
        self.pad_with_spaces(out, &format!("{sign}{prefix}{}{digits}", "0".repeat(zeros)))
    }

    /// A finite float under `verb`; false when the verb is not for floats.
    pub(super) fn float(&self, out: &mut dyn Write, verb: char, float: f64) -> Result<bool, fmt::Error> {
        let (style, precision) = match verb {
            'v' | 'g' | 'G' => (FloatStyle::General, self.precision),
            'e' | 'E' => (FloatStyle::Exponent, Some(self.precision.unwrap_or(6))),
            'f' | 'F' => (FloatStyle::Fixed, Some(self.precision.unwrap_or(6))),
            'b' | 'x' | 'X' => (FloatStyle::General, self.precision),
            _ => return Ok(false),
        };
        let magnitude = float.abs();
        let mut digits = match verb {
            'b' => binary_float(magnitude),
            'x' | 'X' => hexadecimal_float(magnitude, precision),
            _ => format_f64(magnitude, style, precision),
        };
        if self.sharp && verb != 'b' {
            digits = with_point(&digits, verb, precision);
        }
        if matches!(verb, 'E' | 'G' | 'X') {
            digits.make_ascii_uppercase();
        }
        let sign = self.sign(float.is_sign_negative());
        let zeros = match self.width {
            Some(width) if self.zero && !self.minus => width.saturating_sub(sign.len() + digits.len()),
            _ => 0,
        };
        self.pad_with_spaces(out, &format!("{sign}{}{digits}", "0".repeat(zeros)))?;
        Ok(true)
    }
}

const SPACES: &str = "                                                                ";
const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// `count` characters, all the same, from `with`, which is long so that this takes few steps.
fn fill(out: &mut dyn Write, with: &str, mut count: usize) -> fmt::Result {
    while count > 0 {
        let piece = with.get(..count).unwrap_or(with);
        out.write_str(piece)?;
        count -= piece.len();
    }
    Ok(())
}

fn character(code: i64) -> char {
    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The text as a Go string or character constant.
pub(super) fn quote(text: &str, quote: char, ascii_only: bool) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for c in text.chars() {
        let escaped = match c {
            _ if c == quote || c == '\\' => {
                quoted.push('\\');
                quoted.push(c);
                continue;
            }
            _ if is_print(c) && (c.is_ascii() || !ascii_only) => {
                quoted.push(c);
                continue;
            }
            '\u{7}' => r"\a".to_owned(),
            '\u{8}' => r"\b".to_owned(),
            '\u{c}' => r"\f".to_owned(),
            '\n' => r"\n".to_owned(),
            '\r' => r"\r".to_owned(),
            '\t' => r"\t".to_owned(),
            '\u{b}' => r"\v".to_owned(),
            '\0'..' ' | '\u{7f}' => format!(r"\x{:02x}", u32::from(c)),
            '\0'..='\u{ffff}' => format!(r"\u{:04x}", u32::from(c)),
            _ => format!(r"\U{:08x}", u32::from(c)),
        };
        quoted.push_str(&escaped);
    }
    quoted.push(quote);
    quoted
}

/// Whether Go counts the character as printable: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(super) fn is_print(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    // Rust escapes just what is not printable, except that it also shows the other spaces. A mark is escaped at the
    // start of a string only, hence the letter before it.
    let mut probe = String::from("a");
    probe.push(c);
    !c.is_whitespace() && probe.escape_debug().count() == 2
}

fn can_backquote(text: &str) -> bool {
    !text.chars().any(|c| (c < ' ' && c != '\t') || matches!(c, '`' | '\u{7f}' | '\u{feff}'))
}

const MANTISSA_BITS: u64 = 52;
const EXPONENT_BIAS: i64 = 1023;

/// Mantissa with the implicit bit, and the exponent of its highest bit.
fn mantissa_and_exponent(magnitude: f64) -> (u64, i64) {
    let bits = magnitude.to_bits();
    let mantissa = bits & ((1 << MANTISSA_BITS) - 1);
    match i64::try_from(bits >> MANTISSA_BITS).unwrap_or(0) {
        0 => (mantissa, 1 - EXPONENT_BIAS),
        exponent => (mantissa | 1 << MANTISSA_BITS, exponent - EXPONENT_BIAS),
    }
}

/// `4503599627370496p-52`
fn binary_float(magnitude: f64) -> String {
    let (mantissa, exponent) = mantissa_and_exponent(magnitude);
    format!("{mantissa}p{:+}", exponent - 52)
}

/// `0x1.8p+01`
fn hexadecimal_float(magnitude: f64, precision: Option<usize>) -> String {
    const POINT: u32 = 60;
    let (mut mantissa, mut exponent) = mantissa_and_exponent(magnitude);
    if mantissa == 0 {
        exponent = 0;
    }
    mantissa <<= 60 - MANTISSA_BITS;
    while mantissa != 0 && mantissa >> POINT == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(precision @ 0..15) = precision {
        let kept = u32::try_from(precision * 4).unwrap_or(0);
        let lost = (mantissa << kept) & ((1 << POINT) - 1);
        mantissa >>= POINT - kept;
        // Half way goes to the even digit.
        if lost | (mantissa & 1) > 1 << (POINT - 1) {
            mantissa += 1;
        }
        mantissa <<= POINT - kept;
        if mantissa >> (POINT + 1) != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut text = format!("0x{}", mantissa >> POINT);
    let fraction = format!("{:015x}", mantissa & ((1 << POINT) - 1));
    let fraction = match precision {
        None => fraction.trim_end_matches('0').to_owned(),
        Some(precision) => format!("{fraction:0<precision$}").chars().take(precision).collect(),
    };
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(&fraction);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{text}p{sign}{:02}", exponent.unsigned_abs())
}

/// The `#` flag: a decimal point always, and the trailing zeros that `%g` drops.
fn with_point(digits: &str, verb: char, precision: Option<usize>) -> String {
    let tail_at = match verb {
        'x' | 'X' => digits.find('p'),
        _ => digits.find('e'),
    };
    let (head, tail) = digits.split_at(tail_at.unwrap_or(digits.len()));
    let mut wanted = match verb {
        'v' | 'g' | 'G' | 'x' => precision.unwrap_or(6),
        _ => 0,
    };
    // Zeros before the first other digit are not significant.
    let significant = head.chars().filter(|&c| c != '.').skip_while(|&c| c == '0').count();
    wanted = wanted.saturating_sub(significant);
    let mut text = head.to_owned();
    if !head.contains('.') {
        if head == "0" {
            wanted = wanted.saturating_sub(1);
        }
        text.push('.');
    }
    text.push_str(&"0".repeat(wanted));
    text.push_str(tail);
    text
}
