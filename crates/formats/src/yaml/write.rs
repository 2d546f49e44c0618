//! Values to YAML, laid out as `sigs.k8s.io/yaml` does it.

use super::scalar::{Plain, is_timestamp, resolve};
use crate::Dialect;
use std::borrow::Cow;
use std::cmp::Ordering;
use value::number::{self, FloatStyle};
use value::{Arena, Value};

/// `value` as a YAML document with a line feed at its end.
///
/// The output is what `sigs.k8s.io/yaml` and so OPA's `yaml.marshal` write: two spaces a level, lists on the level of their
/// key, keys in the order people count in (`a2` before `a10`), texts over several lines as blocks, long ones folded, quotes
/// only where a text would be read as something else. Sets are lists; an Unknown leaf is the mapping `$unknown`.
pub fn to_string(value: Value<'_>) -> String {
    to_string_within(value, usize::MAX).unwrap_or_default()
}

/// As [`to_string`]; none when that is longer than `bytes_max`. Values share their parts, so that a small one can be very long in
/// writing.
pub fn to_string_within(value: Value<'_>, bytes_max: usize) -> Option<String> {
    // What becomes the text of a key is written as JSON before it is looked at here.
    let json_bytes_max = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    if bytes_max < usize::MAX && value::json::length_at_least(value, json_bytes_max) > json_bytes_max {
        return None;
    }
    let mut writer = Writer { out: String::new(), column: 0, at_space: true, at_indent: true, scratch: Arena::new() };
    let mut frames = Vec::new();
    frames.extend(writer.node(value, None, false));
    while let Some(frame) = frames.last_mut() {
        if writer.out.len() > bytes_max {
            return None;
        }
        let level = frame.level;
        let opened = match &mut frame.rest {
            Rest::Items(items) => items.next().map(|item| {
                writer.indent(level);
                writer.indicator("-", true, true);
                writer.node(item, Some(level), false)
            }),
            Rest::Members(members) => members.next().map(|(key, value)| {
                writer.indent(level);
                if is_simple_key(&key) {
                    writer.text(&key, Some(level), true);
                    writer.indicator(":", false, false);
                } else {
                    writer.indicator("?", true, true);
                    writer.text(&key, Some(level), false);
                    writer.indent(level);
                    writer.indicator(":", true, true);
                }
                writer.node(value, Some(level), true)
            }),
        };
        match opened {
            Some(inner) => frames.extend(inner),
            None => drop(frames.pop()),
        }
    }
    writer.indent(0);
    Some(writer.out).filter(|text| text.len() <= bytes_max)
}

/// A collection that is being written.
struct Frame<'a> {
    level: usize,
    rest: Rest<'a>,
}

enum Rest<'a> {
    Items(std::vec::IntoIter<Value<'a>>),
    Members(std::vec::IntoIter<(Cow<'a, str>, Value<'a>)>),
}

/// How many spaces a level of nesting takes.
const LEVEL: usize = 2;

/// Texts are folded at the first space behind this column.
const COLUMN_MAX: usize = 80;

struct Writer {
    out: String,
    column: usize,
    /// Whether the last thing written separates what follows from what was before.
    at_space: bool,
    /// Whether nothing but indentation and indicators stands on this line.
    at_indent: bool,
    /// For numbers that are only looked at.
    scratch: Arena,
}

impl Writer {
    /// Writes a scalar or an empty collection, or says how to go on with any other collection. `outer` is the level of the
    /// collection around it.
    fn node<'a>(&mut self, value: Value<'a>, outer: Option<usize>, in_mapping: bool) -> Option<Frame<'a>> {
        let level = outer.map_or(0, |outer| outer + LEVEL);
        let list_level = match outer {
            // A list that follows its key stands on the level of the key.
            Some(outer) if in_mapping && !self.at_indent => outer,
            _ => level,
        };
        let list = |items: Vec<Value<'a>>| Some(Frame { level: list_level, rest: Rest::Items(items.into_iter()) });
        match value {
            Value::Null => self.token("null"),
            Value::Bool(true) => self.token("true"),
            Value::Bool(false) => self.token("false"),
            Value::Int(n) => self.token(&n.to_string()),
            Value::Number(n) => self.token(&self.number(value, n.text())),
            Value::String(text) => self.text(text.as_str(), outer, false),
            Value::Array(array) if !array.is_empty() => return list(array.iter().collect()),
            Value::Set(set) if !set.is_empty() => return list(set.iter().collect()),
            Value::Array(_) | Value::Set(_) => self.token("[]"),
            Value::Object(object) if !object.is_empty() => {
                let members = object.iter().map(|(key, value)| (key_text(key), value)).collect();
                let members = sorted(members, |(a, _), (b, _)| natural_order(a, b).is_lt());
                return Some(Frame { level, rest: Rest::Members(members.into_iter()) });
            }
            Value::Object(_) => self.token("{}"),
            Value::Unknown(_) => self.token(&value::json::to_string(value)),
        }
        None
    }

    /// As Go prints a float if that is the very same number, else with all its digits.
    fn number(&self, value: Value<'_>, text: &str) -> String {
        let float = number::to_f64(value);
        let general = number::format_f64(float, FloatStyle::General, None);
        let general = if number::is_integer(value) { text.to_owned() } else { general };
        let same = matches!(resolve(&self.scratch, &general, Dialect::Core), Plain::Value(read) if read == value);
        if same { general } else { text.to_owned() }
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn line_feed(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    /// Goes to `level` of a new line, or of this one if it has only indentation so far.
    fn indent(&mut self, level: usize) {
        if !self.at_indent || self.column > level || (self.column == level && !self.at_space) {
            self.line_feed();
        }
        while self.column < level {
            self.put(' ');
        }
        self.at_space = true;
        self.at_indent = true;
    }

    fn indicator(&mut self, indicator: &str, needs_space: bool, keeps_indent: bool) {
        if needs_space && !self.at_space {
            self.put(' ');
        }
        indicator.chars().for_each(|character| self.put(character));
        self.at_space = false;
        self.at_indent &= keeps_indent;
    }

    fn token(&mut self, token: &str) {
        self.indicator(token, true, false);
    }

    fn text(&mut self, text: &str, outer: Option<usize>, is_simple_key: bool) {
        let level = outer.map_or(LEVEL, |outer| outer + LEVEL);
        match self.style(text, is_simple_key) {
            Style::Plain => {
                if !self.at_space {
                    self.put(' ');
                }
                self.folded(text, level, !is_simple_key, |writer, character| writer.put(character));
                self.at_space = false;
                self.at_indent = false;
            }
            Style::Single => {
                self.indicator("'", true, false);
                self.folded(text, level, !is_simple_key, |writer, character| {
                    if character == '\'' {
                        writer.put('\'');
                    }
                    writer.put(character);
                });
                self.indicator("'", false, false);
            }
            Style::Double => self.double_quoted(text, level, !is_simple_key),
            Style::Literal => self.literal(text, level),
        }
    }

    fn style(&self, text: &str, is_simple_key: bool) -> Style {
        let shape = Shape::of(text);
        if text.contains('\n') {
            let fits = shape.literal_fits && !is_simple_key;
            return if fits { Style::Literal } else { Style::Double };
        }
        let reads_as_text = match resolve(&self.scratch, text, Dialect::Kubernetes) {
            Plain::String => !is_timestamp(text) && !is_base_sixty(text),
            Plain::Merge => !is_simple_key,
            Plain::Value(_) | Plain::NotFinite => false,
        };
        match (reads_as_text, shape.plain_fits, shape.single_fits) {
            (true, true, _) => Style::Plain,
            (true, false, true) => Style::Single,
            _ => Style::Double,
        }
    }

    /// Writes characters, with single spaces behind the last column turned into line breaks.
    fn folded(&mut self, text: &str, level: usize, may_fold: bool, write: impl Fn(&mut Self, char)) {
        let mut characters = text.chars().peekable();
        let mut after_space = true;
        while let Some(character) = characters.next() {
            let folds = character == ' '
                && may_fold
                && !after_space
                && self.column > COLUMN_MAX
                && characters.peek().is_some_and(|&next| next != ' ');
            after_space = character == ' ';
            if folds {
                self.indent(level);
            } else {
                write(self, character);
                self.at_indent = false;
            }
        }
    }

    fn double_quoted(&mut self, text: &str, level: usize, may_fold: bool) {
        self.indicator("\"", true, false);
        let mut characters = text.chars().peekable();
        let mut foldable = false;
        while let Some(character) = characters.next() {
            let next = characters.peek().copied();
            if character == ' ' && may_fold && foldable && self.column > COLUMN_MAX && next.is_some() {
                self.indent(level);
                if next == Some(' ') {
                    self.put('\\');
                }
                foldable = false;
                continue;
            }
            foldable = character != ' ';
            match escape(character) {
                Some(escape) => escape.chars().for_each(|character| self.put(character)),
                None => self.put(character),
            }
        }
        self.indicator("\"", false, false);
    }

    fn literal(&mut self, text: &str, level: usize) {
        self.indicator("|", true, false);
        if text.starts_with([' ', '\n']) {
            self.indicator(&LEVEL.to_string(), false, false);
        }
        if text == "\n" || text.ends_with("\n\n") {
            self.indicator("+", false, false);
        } else if !text.ends_with('\n') {
            self.indicator("-", false, false);
        }
        self.line_feed();
        self.at_indent = true;
        self.at_space = true;
        for line in text.split_inclusive('\n') {
            let content = line.strip_suffix('\n').unwrap_or(line);
            if !content.is_empty() {
                self.indent(level);
                content.chars().for_each(|character| self.put(character));
                self.at_indent = false;
            }
            if content.len() < line.len() {
                self.line_feed();
                self.at_indent = true;
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// In which styles a text keeps its characters.
struct Shape {
    plain_fits: bool,
    single_fits: bool,
    literal_fits: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let has_special = text.chars().any(|character| character != '\n' && !is_printable(character));
        let single_fits = !has_special && !text.contains(" \n") && !text.contains("\n ");
        let has_outer_space = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
        Self {
            plain_fits: single_fits && !has_outer_space && !text.contains('\n') && !has_indicator(text),
            single_fits,
            literal_fits: !has_special && !text.ends_with(' ') && !text.contains(" \n"),
        }
    }
}

/// Whether a plain text would be taken for something other than a text.
fn has_indicator(text: &str) -> bool {
    let before_blank = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\n']);
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let starts_as_other = match text.chars().next() {
        Some('#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`') => true,
        Some('?' | ':' | '-') => before_blank(text.get(1..).unwrap_or_default()),
        _ => false,
    };
    let colon = text.match_indices(':').any(|(at, _)| before_blank(text.get(at + 1..).unwrap_or_default()));
    starts_as_other || colon || text.contains(" #")
}

/// What may stand in a text unescaped; line and paragraph separators are breaks to some readers and text to others.
fn is_printable(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{A0}'..='\u{2027}' | '\u{202A}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}')
}

/// How a double quoted text writes a character that may not stand for itself.
fn escape(character: char) -> Option<Cow<'static, str>> {
    let short = match character {
        '\0' => "\\0",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{B}' => "\\v",
        '\u{C}' => "\\f",
        '\r' => "\\r",
        '\u{1B}' => "\\e",
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{85}' => "\\N",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        _ if is_printable(character) => return None,
        _ => {
            return Some(Cow::Owned(match u32::from(character) {
                code @ ..=0xFF => format!("\\x{code:02X}"),
                code @ ..=0xFFFF => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            }));
        }
    };
    Some(Cow::Borrowed(short))
}

/// `12:30:45`: numbers with base sixty, which YAML 1.1 had.
fn is_base_sixty(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (unsigned, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = unsigned.split(':');
    let first = parts.next().unwrap_or_default();
    let digits_or_groups = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let is_sixtieth = |part: &str| match part.as_bytes() {
        [units] => units.is_ascii_digit(),
        [b'0'..=b'5', units] => units.is_ascii_digit(),
        _ => false,
    };
    unsigned.contains(':')
        && first.starts_with(|c: char| c.is_ascii_digit())
        && digits_or_groups(first)
        && digits_or_groups(fraction)
        && parts.all(is_sixtieth)
}

fn is_simple_key(key: &str) -> bool {
    const BYTES_MAX: usize = 128;
    !key.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) && key.len() <= BYTES_MAX
}

fn key_text(key: Value<'_>) -> Cow<'_, str> {
    match key {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        other => Cow::Owned(value::json::to_string(other)),
    }
}

/// The order of go-yaml: letters after everything else, digits by the number they form.
fn natural_order(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else { return a.len().cmp(&b.len()) };
    let (Some(&left), Some(&right)) = (a.get(at), b.get(at)) else { return Ordering::Equal };
    match (left.is_alphabetic(), right.is_alphabetic()) {
        (true, true) => return left.cmp(&right),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // Digits before the first difference belong to the number if one of them counts, which matters where a zero follows.
    let common = a.get(..at).unwrap_or_default();
    let is_inside = common.iter().rev().take_while(|c| c.is_ascii_digit()).any(|&c| c != '0');
    let lead = i64::from((left == '0' || right == '0') && is_inside);
    let number = |text: &[char]| {
        let digits = text.get(at..).unwrap_or_default().iter().map_while(|c| c.to_digit(10));
        digits.fold((lead, 0_usize), |(number, length), digit| {
            (number.wrapping_mul(10).wrapping_add(i64::from(digit)), length + 1)
        })
    };
    let ((left_number, left_length), (right_number, right_length)) = (number(&a), number(&b));
    left_number.cmp(&right_number).then(left_length.cmp(&right_length)).then(left.cmp(&right))
}

/// A stable merge sort. The order above is not transitive for every text, which the standard sort answers with a panic.
fn sorted<T>(items: Vec<T>, is_less: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let mut runs: Vec<Vec<T>> = items.into_iter().map(|item| vec![item]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut pairs = runs.into_iter();
        while let Some(left) = pairs.next() {
            let right = pairs.next().unwrap_or_default();
            let mut run = Vec::with_capacity(left.len() + right.len());
            let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
            loop {
                let from_right = match (left.peek(), right.peek()) {
                    (Some(left), Some(right)) => is_less(right, left),
                    (None, Some(_)) => true,
                    (Some(_), None) => false,
                    (None, None) => break,
                };
                run.extend(if from_right { right.next() } else { left.next() });
            }
            merged.push(run);
        }
        runs = merged;
    }
    runs.pop().unwrap_or_default()
}
