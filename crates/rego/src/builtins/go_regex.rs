//! Go's regular expressions for the `regex` crate.
//!
//! Both descend from RE2 and match alike, but their syntax differs at the edges: in Go `\d`, `\w`, `\s` and `\b` know
//! only ASCII, a brace that starts no repetition and a bracket inside a class are literals, octal escapes and `\Q...\E`
//! exist; the other side has class operators, nested classes, more flags and more escapes. So a pattern is read by Go's
//! grammar, with Go's complaints, and written anew in the part of the syntax on which the two agree.

use std::fmt::Write;

/// Most repetitions, as in Go.
const REPEAT_MAX: u32 = 1_000;
/// Deepest nesting of groups, as in Go.
const NESTING_MAX: usize = 1_000;

/// The pattern in the syntax of the `regex` crate.
///
/// # Errors
/// Go's message when the pattern is not a regular expression.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let mut translator = Translator {
        whole: pattern,
        rest: pattern,
        out: String::with_capacity(pattern.len() + 16),
        groups: 0,
        repeatable: false,
        last_repetition: None,
    };
    translator.run()?;
    Ok(translator.out)
}

/// Go's message for what is wrong with `fragment`.
pub(super) fn error(problem: &str, fragment: &str) -> String {
    format!("error parsing regexp: {problem}: `{fragment}`")
}

struct Translator<'p> {
    whole: &'p str,
    rest: &'p str,
    out: String,
    /// How many groups are open.
    groups: usize,
    /// Whether there is something that a repetition could apply to.
    repeatable: bool,
    /// From the repetition just read on, if the last thing read was one.
    last_repetition: Option<&'p str>,
}

/// The part of `from` that was read when `rest` is left.
fn read<'p>(from: &'p str, rest: &str) -> &'p str {
    from.get(..from.len() - rest.len()).unwrap_or(from)
}

impl<'p> Translator<'p> {
    fn run(&mut self) -> Result<(), String> {
        while let Some(c) = self.rest.chars().next() {
            let before = self.rest;
            let mut repetition = None;
            match c {
                '(' => self.open_group()?,
                ')' => {
                    self.groups = self.groups.checked_sub(1).ok_or_else(|| error("unexpected )", self.whole))?;
                    self.plain(c, true);
                }
                '|' => self.plain(c, false),
                '^' | '$' | '.' => self.plain(c, true),
                '[' => self.class()?,
                '*' | '+' | '?' => {
                    self.advance(1);
                    self.repeat(before, &c.to_string())?;
                    repetition = Some(before);
                }
                '{' => match self.counts()? {
                    Some(counts) => {
                        self.repeat(before, &counts)?;
                        repetition = Some(before);
                    }
                    None => self.take_literal(c),
                },
                '\\' => self.escape()?,
                _ => self.take_literal(c),
            }
            self.last_repetition = repetition;
        }
        if self.groups > 0 {
            return Err(error("missing closing )", self.whole));
        }
        Ok(())
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// An operator that both syntaxes share.
    fn plain(&mut self, c: char, repeatable: bool) {
        self.advance(c.len_utf8());
        self.out.push(c);
        self.repeatable = repeatable;
    }

    fn take_literal(&mut self, c: char) {
        self.advance(c.len_utf8());
        self.literal(c);
    }

    fn literal(&mut self, c: char) {
        push_literal(&mut self.out, c);
        self.repeatable = true;
    }

    fn repeat(&mut self, before: &str, operator: &str) -> Result<(), String> {
        self.out.push_str(operator);
        if let Some(rest) = self.rest.strip_prefix('?') {
            self.rest = rest;
            self.out.push('?');
        }
        if let Some(last) = self.last_repetition {
            return Err(error("invalid nested repetition operator", read(last, self.rest)));
        }
        if !self.repeatable {
            return Err(error("missing argument to repetition operator", read(before, self.rest)));
        }
        Ok(())
    }

    /// `{2}`, `{2,}` or `{2,5}`; anything else is no repetition, and nothing is read.
    fn counts(&mut self) -> Result<Option<String>, String> {
        let before = self.rest;
        let Some((inside, rest)) = before.get(1..).and_then(|rest| rest.split_once('}')) else { return Ok(None) };
        let (least, most) = match inside.split_once(',') {
            None => (inside, Some(inside)),
            Some((least, "")) => (least, None),
            Some((least, most)) => (least, Some(most)),
        };
        let is_count = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
        };
        if !is_count(least) || !most.is_none_or(is_count) {
            return Ok(None);
        }
        self.rest = rest;
        // Too many digits for a number are too large a number.
        let value = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
        let largest = most.map_or(0, value);
        if value(least) > REPEAT_MAX || largest > REPEAT_MAX || most.is_some_and(|most| value(least) > value(most)) {
            return Err(error("invalid repeat count", read(before, self.rest)));
        }
        Ok(Some(read(before, self.rest).to_owned()))
    }

    fn open_group(&mut self) -> Result<(), String> {
        self.groups += 1;
        if self.groups > NESTING_MAX {
            return Err(error("expression nests too deeply", self.whole));
        }
        self.repeatable = false;
        let before = self.rest;
        let Some(special) = before.strip_prefix("(?") else {
            self.plain('(', false);
            return Ok(());
        };
        if let Some(named) = special.strip_prefix("P<").or_else(|| special.strip_prefix('<')) {
            let Some((name, rest)) = named.split_once('>') else {
                return Err(error("invalid named capture", before));
            };
            self.rest = rest;
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(error("invalid named capture", read(before, rest)));
            }
            // Go takes names that start with a digit; such a group can be told by its number only.
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                self.out.push('(');
            } else {
                let _ = write!(self.out, "(?P<{name}>");
            }
            return Ok(());
        }
        self.flags(before, special)
    }

    /// `(?i)`, `(?i-s:`, `(?:`
    fn flags(&mut self, before: &str, special: &'p str) -> Result<(), String> {
        let (mut negated, mut flag_seen) = (false, false);
        for (at, c) in special.char_indices() {
            self.rest = special.get(at + c.len_utf8()..).unwrap_or_default();
            match c {
                'i' | 'm' | 's' | 'U' => flag_seen = true,
                '-' if !negated => (negated, flag_seen) = (true, false),
                ':' | ')' if flag_seen || !negated => {
                    if c == ')' {
                        self.groups -= 1;
                    }
                    // `(?)` says nothing, and Rust does not take it.
                    if !(c == ')' && at == 0) {
                        self.out.push_str(read(before, self.rest));
                    }
                    return Ok(());
                }
                _ => break,
            }
        }
        Err(error("invalid or unsupported Perl syntax", read(before, self.rest)))
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.rest.chars().nth(1) else {
            return Err(error("trailing backslash at end of expression", ""));
        };
        let equivalent = match c {
            'A' => r"\A",
            'z' => r"\z",
            'b' => r"(?-u:\b)",
            'B' => r"(?-u:\B)",
            'C' => return Err(error("invalid escape sequence", r"\C")),
            'Q' => {
                self.advance(2);
                let (literal, rest) = self.rest.split_once(r"\E").unwrap_or((self.rest, ""));
                literal.chars().for_each(|c| self.literal(c));
                self.rest = rest;
                return Ok(());
            }
            'p' | 'P' => {
                let class = self.unicode_class()?;
                self.out.push_str(&class);
                self.repeatable = true;
                return Ok(());
            }
            _ => match perl_class(c) {
                Some(ranges) => {
                    let _ = write!(self.out, "[{ranges}]");
                    self.advance(2);
                    self.repeatable = true;
                    return Ok(());
                }
                None => {
                    let c = self.escaped_character()?;
                    match c {
                        Some(c) => self.literal(c),
                        // Half a surrogate pair stands in no text.
                        None => {
                            self.out.push_str(r"[^\x{0}-\x{10FFFF}]");
                            self.repeatable = true;
                        }
                    }
                    return Ok(());
                }
            },
        };
        self.out.push_str(equivalent);
        self.advance(2);
        self.repeatable = true;
        Ok(())
    }

    /// The character that an escape stands for; `None` for half a surrogate pair.
    fn escaped_character(&mut self) -> Result<Option<char>, String> {
        self.escaped_code().map(char::from_u32)
    }

    fn escaped_code(&mut self) -> Result<u32, String> {
        let before = self.rest;
        self.advance(1);
        let Some(c) = self.rest.chars().next() else {
            return Err(error("trailing backslash at end of expression", ""));
        };
        self.advance(c.len_utf8());
        let starts_octal = |text: &str| text.starts_with(|c: char| ('0'..='7').contains(&c));
        let code = match c {
            'a' => Some(0x07),
            'f' => Some(0x0C),
            'n' => Some(0x0A),
            'r' => Some(0x0D),
            't' => Some(0x09),
            'v' => Some(0x0B),
            'x' => self.hexadecimal_code(),
            // One digit other than 0 would be a back reference, which neither side has.
            '0'..='7' if c == '0' || starts_octal(self.rest) => {
                let mut code = c.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(8)) else { break };
                    code = code * 8 + digit;
                    self.advance(1);
                }
                Some(code)
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(u32::from(c)),
            _ => None,
        };
        code.ok_or_else(|| error("invalid escape sequence", read(before, self.rest)))
    }

    /// What follows `\x`: two digits, or any number of them in braces.
    fn hexadecimal_code(&mut self) -> Option<u32> {
        let digit = |translator: &mut Self| {
            let c = translator.rest.chars().next()?;
            translator.advance(c.len_utf8());
            Some(c)
        };
        let first = digit(self)?;
        if first != '{' {
            let second = digit(self)?;
            return Some(first.to_digit(16)? * 16 + second.to_digit(16)?);
        }
        let (mut code, mut any) = (0, false);
        loop {
            match digit(self)? {
                '}' => return any.then_some(code),
                c => code = code * 16 + c.to_digit(16)?,
            }
            any = true;
            if code > u32::from(char::MAX) {
                return None;
            }
        }
    }

    /// `\pL`, `\p{Greek}`, `\p{^Greek}` and their `\P`.
    fn unicode_class(&mut self) -> Result<String, String> {
        let before = self.rest;
        let mut negated = before.starts_with(r"\P");
        self.advance(2);
        let mut name = match self.rest.strip_prefix('{') {
            Some(braced) => {
                let Some((name, rest)) = braced.split_once('}') else {
                    return Err(error("invalid character class range", before));
                };
                self.rest = rest;
                name
            }
            None => {
                let one = self.rest;
                self.advance(one.chars().next().map_or(0, char::len_utf8));
                read(one, self.rest)
            }
        };
        if let Some(positive) = name.strip_prefix('^') {
            (negated, name) = (!negated, positive);
        }
        let class = format!(r"\{}{{{name}}}", if negated { 'P' } else { 'p' });
        // Which names there are is for the crate's tables to say; `key=value` is syntax that Go has not.
        let known = !name.contains(['=', ':', '!']) && regex::Regex::new(&class).is_ok();
        if known { Ok(class) } else { Err(error("invalid character class range", read(before, self.rest))) }
    }

    fn class(&mut self) -> Result<(), String> {
        let whole = self.rest;
        self.advance(1);
        self.out.push('[');
        if let Some(rest) = self.rest.strip_prefix('^') {
            self.rest = rest;
            self.out.push('^');
        }
        let mut first = true;
        loop {
            match self.rest.chars().next() {
                None => return Err(error("missing closing ]", whole)),
                Some(']') if !first => break,
                Some(_) => self.class_item(whole)?,
            }
            first = false;
        }
        self.advance(1);
        self.out.push(']');
        self.repeatable = true;
        Ok(())
    }

    /// A named class, an escaped class, a character or a range.
    fn class_item(&mut self, whole: &str) -> Result<(), String> {
        if let Some((name, rest)) = self.rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]")) {
            if !POSIX_CLASSES.contains(&name.strip_prefix('^').unwrap_or(name)) {
                return Err(error("invalid character class range", &format!("[:{name}:]")));
            }
            let _ = write!(self.out, "[:{name}:]");
            self.rest = rest;
            return Ok(());
        }
        if self.rest.starts_with(r"\p") || self.rest.starts_with(r"\P") {
            let class = self.unicode_class()?;
            self.out.push_str(&class);
            return Ok(());
        }
        if let Some(ranges) = self.rest.strip_prefix('\\').and_then(|rest| perl_class(rest.chars().next()?)) {
            self.out.push_str(ranges);
            self.advance(2);
            return Ok(());
        }
        let before = self.rest;
        let low = self.class_character(whole)?;
        let mut high = low;
        let is_range = self.rest.strip_prefix('-').is_some_and(|rest| !rest.is_empty() && !rest.starts_with(']'));
        if is_range {
            self.advance(1);
            high = self.class_character(whole)?;
            if high < low {
                return Err(error("invalid character class range", read(before, self.rest)));
            }
        }
        // Halves of surrogate pairs stand in no text.
        let low = if (0xD800..=0xDFFF).contains(&low) { 0xE000 } else { low };
        let high = if (0xD800..=0xDFFF).contains(&high) { 0xD7FF } else { high };
        if low <= high {
            let _ = write!(self.out, r"\x{{{low:X}}}-\x{{{high:X}}}");
        }
        Ok(())
    }

    fn class_character(&mut self, whole: &str) -> Result<u32, String> {
        match self.rest.chars().next() {
            None => Err(error("missing closing ]", whole)),
            Some('\\') => self.escaped_code(),
            Some(c) => {
                self.advance(c.len_utf8());
                Ok(u32::from(c))
            }
        }
    }
}

const POSIX_CLASSES: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

/// The inside of the class that `\d` and its like stand for.
const fn perl_class(c: char) -> Option<&'static str> {
    Some(match c {
        'd' => "0-9",
        'D' => r"\x{0}-/:-\x{10FFFF}",
        's' => r"\t\n\x0C\r ",
        'S' => r"\x{0}-\x08\x0B\x0E-\x1F!-\x{10FFFF}",
        'w' => "0-9A-Za-z_",
        'W' => r"\x{0}-/:-@\x5B-\x5E`\{-\x{10FFFF}",
        _ => return None,
    })
}

/// A character that means itself.
fn push_literal(out: &mut String, c: char) {
    if c.is_ascii_punctuation() && c != '_' {
        let _ = write!(out, r"\x{:02X}", u32::from(c));
    } else {
        out.push(c);
    }
}

#[cfg(test)]
#[path = "go_regex_tests.rs"]
mod tests;
