//! `sprintf`, with the meaning of Go's `fmt.Sprintf`: mistakes show in the result as `%!d(string=x)`, they do not fail.

use super::go_format::Flags;
use super::operand::{array, string};
use super::{Builtin, BuiltinError, Context, Parameter, Type, text};
use num_bigint::BigInt;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt::{self, Write};
use value::{Value, number};

pub(super) const FAMILY: &[Builtin] = &[Builtin::of_leaves(
    "sprintf",
    "Puts values into a format string, with the verbs, flags, widths and indices of Go's `fmt` package.",
    &[
        Parameter::new("format", Type::String, "text with verbs: `%v` for any value, `%s`, `%d`, `%.2f`, `%q`, `%x`"),
        Parameter::new("values", Type::Array(&Type::Any), "a value for each verb"),
    ],
    Parameter::new("output", Type::String, "`format` with the values in it"),
    sprintf,
)];

/// Largest width and precision, as in Go.
const SIZE_MAX: usize = 1_000_000;

fn sprintf<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Result<Option<Value<'a>>, BuiltinError> {
    let (format, values) = (string(operands, 0)?, array(operands, 1)?);
    let values: SmallVec<[Value<'a>; 8]> = values.iter().collect();
    text::build(context.arena, |out| Printer { format, at: 0, values: &values, next: 0, reordered: false }.run(out))
        .map(Some)
}

/// Writes `values` as `format` says.
///
/// # Errors
/// What `out` returns.
pub(super) fn write(out: &mut dyn Write, format: &str, values: &[Value<'_>]) -> fmt::Result {
    Printer { format, at: 0, values, next: 0, reordered: false }.run(out)
}

/// A value as OPA hands it to Go.
enum Argument<'a> {
    Integer(i64),
    Big(BigInt),
    Float(f64),
    Text(Cow<'a, str>),
    /// What nobody knows is no mistake of who wrote the verb.
    Unknown,
}

impl<'a> Argument<'a> {
    fn new(value: Value<'a>) -> Self {
        match value {
            Value::Int(integer) => Self::Integer(integer),
            Value::String(text) => Self::Text(Cow::Borrowed(text.as_str())),
            Value::Number(written) => {
                let written = written.to_string();
                // As in OPA the way a number is written decides: `1e30` is a float.
                if written.contains(['.', 'e', 'E']) {
                    let float = number::to_f64(value);
                    return if float.is_finite() { Self::Float(float) } else { Self::Text(written.into()) };
                }
                number::to_big_int(value).map_or(Self::Text(written.into()), Self::Big)
            }
            Value::Unknown(_) => Self::Unknown,
            other => Self::Text(text::shown(other).into()),
        }
    }

    /// Its type in Go, which messages about mistakes name.
    const fn type_name(&self) -> &'static str {
        match self {
            Self::Integer(_) => "int64",
            Self::Big(_) => "*big.Int",
            Self::Float(_) => "float64",
            Self::Text(_) | Self::Unknown => "string",
        }
    }

    fn print(&self, out: &mut dyn Write, flags: &Flags, verb: char) -> fmt::Result {
        let known = match (verb, self) {
            ('T', _) => flags.string(out, 's', self.type_name())?,
            // Whole: a precision for numbers would cut the word off.
            (_, Self::Unknown) => {
                out.write_str("unknown")?;
                true
            }
            ('p', _) => false,
            // OPA passes 3.0 to Go as an integer when it was computed, and as a float when it was written so. Here they
            // are one value, so verbs for floats take integers too rather than print `%!f(int64=3)`.
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G', Self::Integer(integer)) => {
                flags.float(out, verb, number::to_f64(Value::Int(*integer)))?
            }
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G', Self::Big(integer)) => {
                let float = integer.to_string().parse().unwrap_or(f64::INFINITY);
                if f64::is_finite(float) { flags.float(out, verb, float)? } else { false }
            }
            (_, Self::Integer(integer)) => flags.integer(out, verb, *integer)?,
            (_, Self::Big(integer)) => {
                flags.big_integer(out, verb, integer)?;
                true
            }
            (_, Self::Float(float)) => flags.float(out, verb, *float)?,
            (_, Self::Text(text)) => flags.string(out, verb, text)?,
        };
        if known {
            return Ok(());
        }
        write!(out, "%!{verb}({}=", self.type_name())?;
        self.print(out, flags, 'v')?;
        out.write_char(')')
    }
}

struct Printer<'a, 'v> {
    format: &'a str,
    /// How much of the format is done, in bytes.
    at: usize,
    values: &'v [Value<'a>],
    /// The value for the next verb.
    next: usize,
    /// Whether a directive chose its value by index. Then values left over are no mistake.
    reordered: bool,
}

impl<'a> Printer<'a, '_> {
    fn run(&mut self, out: &mut dyn Write) -> fmt::Result {
        while let Some((plain, _)) = self.rest().split_once('%') {
            out.write_str(plain)?;
            self.at += plain.len() + 1;
            if self.simple(out)? {
                continue;
            }
            self.directive(out)?;
        }
        out.write_str(self.rest())?;
        self.at = self.format.len();
        let extra = self.values.get(self.next..).unwrap_or_default();
        if self.reordered || extra.is_empty() {
            return Ok(());
        }
        out.write_str("%!(EXTRA ")?;
        for (index, &value) in extra.iter().enumerate() {
            if index > 0 {
                out.write_str(", ")?;
            }
            let argument = Argument::new(value);
            write!(out, "{}=", argument.type_name())?;
            argument.print(out, &Flags::default(), 'v')?;
        }
        out.write_char(')')
    }

    fn rest(&self) -> &'a str {
        self.format.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.format.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// The verbs that most policies use, without anything between `%` and them: written straight from the value.
    fn simple(&mut self, out: &mut dyn Write) -> Result<bool, fmt::Error> {
        let (Some(verb), Some(&value)) = (self.peek(), self.values.get(self.next)) else { return Ok(false) };
        match (verb, value) {
            (b'v' | b's', Value::String(text)) => out.write_str(text)?,
            (b'v' | b'd', Value::Int(integer)) => write!(out, "{integer}")?,
            (b'v' | b's', Value::Int(_) | Value::Number(_)) => return Ok(false),
            (b'v' | b's', _) => write!(out, "{value}")?,
            _ => return Ok(false),
        }
        self.at += 1;
        self.next += 1;
        Ok(true)
    }

    /// Flags, index, width, precision and verb, in Go's order and with Go's complaints.
    fn directive(&mut self, out: &mut dyn Write) -> fmt::Result {
        let mut flags = self.flags();
        let mut index_is_good = true;
        let mut after_index = self.index(&mut index_is_good);

        if self.eat(b'*') {
            match self.size_from_value() {
                Some(width) => {
                    flags.minus |= width < 0;
                    flags.width = usize::try_from(width.unsigned_abs()).ok();
                }
                None => out.write_str("%!(BADWIDTH)")?,
            }
            after_index = false;
        } else {
            flags.width = self.size();
            // `%[3]2d`
            index_is_good &= !(after_index && flags.width.is_some());
        }

        if self.peek() == Some(b'.') && self.at + 1 < self.format.len() {
            self.at += 1;
            // `%[3].2d`
            index_is_good &= !after_index;
            after_index = self.index(&mut index_is_good);
            if self.eat(b'*') {
                flags.precision = self.size_from_value().and_then(|precision| usize::try_from(precision).ok());
                if flags.precision.is_none() {
                    out.write_str("%!(BADPREC)")?;
                }
                after_index = false;
            } else {
                flags.precision = Some(self.size().unwrap_or(0));
            }
        }

        if !after_index {
            self.index(&mut index_is_good);
        }
        let Some(verb) = self.rest().chars().next() else { return out.write_str("%!(NOVERB)") };
        self.at += verb.len_utf8();
        if verb == '%' {
            return out.write_char('%');
        }
        if !index_is_good {
            return write!(out, "%!{verb}(BADINDEX)");
        }
        let Some(&value) = self.values.get(self.next) else { return write!(out, "%!{verb}(MISSING)") };
        self.next += 1;
        if matches!(verb, 'v' | 'w') {
            (flags.sharp_v, flags.sharp) = (flags.sharp, false);
            (flags.plus_v, flags.plus) = (flags.plus, false);
        }
        Argument::new(value).print(out, &flags, verb)
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        loop {
            match self.peek() {
                Some(b'#') => flags.sharp = true,
                Some(b'0') => flags.zero = true,
                Some(b'+') => flags.plus = true,
                Some(b'-') => flags.minus = true,
                Some(b' ') => flags.space = true,
                _ => return flags,
            }
            self.at += 1;
        }
    }

    /// `[3]`, if it stands here: the value to go on with. Tells whether one stood here.
    fn index(&mut self, is_good: &mut bool) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.reordered = true;
        let Some((inside, _)) = self.rest().get(1..).and_then(|rest| rest.split_once(']')) else {
            // Go goes on after the bracket.
            self.at += 1;
            *is_good = false;
            return false;
        };
        self.at += inside.len() + 2;
        let is_number = !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_digit());
        let index = inside.parse::<usize>().ok().filter(|&index| is_number && index <= SIZE_MAX * 10);
        match index.and_then(|index| index.checked_sub(1)).filter(|&index| index < self.values.len()) {
            Some(index) => self.next = index,
            None => *is_good = false,
        }
        index.is_some()
    }

    /// Digits of a width or precision.
    fn size(&mut self) -> Option<usize> {
        let digits = self.rest().len() - self.rest().trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let digits = self.rest().get(..digits).filter(|digits| !digits.is_empty())?;
        // Go looks at the size before it takes in the next digit.
        match digits.parse::<usize>() {
            Ok(size) if size < (SIZE_MAX + 1) * 10 => {
                self.at += digits.len();
                Some(size)
            }
            _ => {
                // Go gives up on the whole rest of the format.
                self.at = self.format.len();
                None
            }
        }
    }

    /// The `*` of a width or precision: the next value, if it is an integer of a sensible size.
    fn size_from_value(&mut self) -> Option<i64> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        value.as_i64().filter(|size| size.unsigned_abs() <= SIZE_MAX as u64)
    }
}

#[cfg(test)]
#[path = "sprintf_tests.rs"]
mod tests;
