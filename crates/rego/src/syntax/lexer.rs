//! Bytes to tokens.
//!
//! A lexical mistake is reported here, once, and still gives a token of the kind that was meant, so that the parser can
//! go on as if nothing had happened.

use super::token::{Token, TokenKind};
use value::Span;

/// A mistake inside one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LexicalError {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: Option<&'static str>,
}

/// What a text consists of.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    /// Ends with [`TokenKind::EndOfFile`].
    pub(super) tokens: Vec<Token>,
    /// Comments, from `#` to the end of the line (exclusive), in source order.
    pub(super) comments: Vec<Span>,
    pub(super) errors: Vec<LexicalError>,
}

/// The exponent beyond which a number is refused: a short text must not become a value that fills the memory.
const EXPONENT_MAX: u32 = 30_000;

const ILLEGAL_FORMAT: &str = "illegal number format";

/// Lexical mistakes past this many are not worth reporting.
const ERRORS_MAX: usize = 100;

/// Splits `text`, whose length the caller has checked to fit in `u32`.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
        newline: false,
        templates: Vec::new(),
        output: Lexed::default(),
    };
    // A token of Rego is rarely shorter than four bytes; growing a long vector again and again is what this avoids.
    lexer.output.tokens.reserve(text.len() / 4 + 1);
    lexer.run();
    lexer.output
}

/// The comments of `text`, from `#` to the end of the line (exclusive), in source order.
pub(crate) fn comments(text: &str) -> Vec<Span> {
    // Offsets are of 32 bits, and nothing longer is a module.
    if u32::try_from(text.len()).is_ok() { lex(text).comments } else { Vec::new() }
}

/// Where the lexer finds what, for the fuzz targets.
#[cfg(fuzzing)]
#[derive(Debug)]
pub struct Lexemes {
    /// Where tokens stand, the end of the text as the last of them.
    pub tokens: Vec<Span>,
    /// Where comments stand.
    pub comments: Vec<Span>,
    /// Whether there are no lexical mistakes.
    pub is_sound: bool,
}

/// What the lexer finds in `text`, for the fuzz targets.
#[cfg(fuzzing)]
pub fn lexemes(text: &str) -> Lexemes {
    let lexed = lex(text);
    let tokens = lexed.tokens.iter().map(|token| token.span).collect();
    Lexemes { tokens, comments: lexed.comments, is_sound: lexed.errors.is_empty() }
}

/// A template string whose text is interrupted by an expression.
struct Template {
    raw: bool,
    /// How many `{` of the expression are open.
    depth: u32,
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    newline: bool,
    templates: Vec<Template>,
    output: Lexed,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn peek_after(&self, distance: usize) -> Option<u8> {
        self.bytes.get(self.at + distance).copied()
    }

    fn span(&self, start: usize) -> Span {
        span_of(start, self.at)
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        let span = self.span(start);
        self.output.tokens.push(Token { kind, span, newline_before: self.newline });
        self.newline = false;
    }

    fn error(&mut self, span: Span, message: impl Into<String>, help: Option<&'static str>) {
        if self.output.errors.len() < ERRORS_MAX {
            self.output.errors.push(LexicalError { span, message: message.into(), help });
        }
    }

    fn run(&mut self) {
        while let Some(byte) = self.peek() {
            let start = self.at;
            match byte {
                b'\n' => {
                    self.newline = true;
                    self.at += 1;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'#' => self.comment(),
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
                b'0'..=b'9' => self.number(),
                b'"' => self.string(),
                b'`' => self.raw_string(),
                b'$' if self.peek_after(1) == Some(b'"') => self.template_begin(false),
                b'$' if self.peek_after(1) == Some(b'`') => self.template_begin(true),
                b'{' => {
                    if let Some(template) = self.templates.last_mut() {
                        template.depth += 1;
                    }
                    self.at += 1;
                    self.push(TokenKind::LeftBrace, start);
                }
                b'}' => self.right_brace(),
                _ => self.punctuation(byte),
            }
        }
        let end = self.at;
        self.push(TokenKind::EndOfFile, end);
    }

    fn comment(&mut self) {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        self.at += length;
        let trimmed = if self.bytes.get(self.at - 1) == Some(&b'\r') { self.at - 1 } else { self.at };
        self.output.comments.push(span_of(start, trimmed));
    }

    fn word(&mut self) {
        let start = self.at;
        self.skip_word();
        let word = self.text.get(start..self.at).unwrap_or_default();
        self.push(TokenKind::of_word(word), start);
    }

    fn skip_word(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
    }

    fn skip_digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) {
        let start = self.at;
        let integer_digits = self.skip_digits();
        let leading_zero = integer_digits > 1 && self.bytes.get(start) == Some(&b'0');
        // `.5` reaches here as a dot and a number: its digits are a fraction, where a leading zero is as good as any.
        let after_dot = self
            .output
            .tokens
            .last()
            .is_some_and(|token| token.kind == TokenKind::Dot && token.span.end == offset(start));
        let mut message = (leading_zero && !after_dot).then_some("expected number without leading zero");
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.skip_digits() == 0 {
                message = message.or(Some("expected fraction"));
            }
        }
        let mut exponent_digits = "";
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            let digits_start = self.at;
            if self.skip_digits() == 0 {
                message = message.or(Some("expected exponent"));
            }
            exponent_digits = self.text.get(digits_start..self.at).unwrap_or_default();
        }
        // `0a2b` and `1.2.3` are one mistake, not a number and something else.
        if self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.') {
            message = message.or(Some(ILLEGAL_FORMAT));
            while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.') {
                self.at += 1;
            }
        }
        if !exponent_digits.is_empty() && !exponent_digits.parse::<u32>().is_ok_and(|value| value <= EXPONENT_MAX) {
            message = message.or(Some("number too big"));
        }
        let span = self.span(start);
        if let Some(message) = message {
            let text = self.text.get(start..self.at).unwrap_or_default();
            let shown: String = text.chars().take(40).collect();
            let message = match message {
                ILLEGAL_FORMAT => format!("{message} `{shown}`"),
                _ => format!("illegal number `{shown}`: {message}"),
            };
            self.error(span, message, None);
        }
        self.push(TokenKind::Number, start);
    }

    fn string(&mut self) {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    break;
                }
                Some(b'\\') => self.escape(false),
                None | Some(b'\n') => {
                    self.unterminated(start, "close it with `\"` on the same line, or write a raw string in backticks");
                    break;
                }
                Some(_) => self.at += 1,
            }
        }
        self.push(TokenKind::String, start);
    }

    /// Reports a string without an end, and leaves every template string that cannot reach past the line either.
    fn unterminated(&mut self, start: usize, help: &'static str) {
        let span = self.span(start);
        self.error(span, "non-terminated string", Some(help));
        while self.templates.last().is_some_and(|template| !template.raw) {
            self.templates.pop();
        }
    }

    /// Steps over one escape sequence, which starts at the current byte.
    fn escape(&mut self, template: bool) {
        let start = self.at;
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'{') if template => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        self.at += 1;
                    } else {
                        let span = self.span(start);
                        self.error(span, "illegal escape sequence", Some("`\\u` takes four hexadecimal digits"));
                        return;
                    }
                }
            }
            _ => {
                let span = span_of(start, self.at);
                self.error(
                    span,
                    "illegal escape sequence",
                    Some("write `\\\\` for a backslash, or put the text in backticks, where nothing is escaped"),
                );
            }
        }
    }

    fn raw_string(&mut self) {
        let start = self.at;
        let rest = self.bytes.get(start + 1..).unwrap_or_default();
        if let Some(length) = rest.iter().position(|&byte| byte == b'`') {
            self.at += length + 2;
        } else {
            self.at = self.bytes.len();
            self.error(
                span_of(start, start + 1),
                "non-terminated string",
                Some("close the raw string with a backtick"),
            );
        }
        self.push(TokenKind::RawString, start);
    }

    fn template_begin(&mut self, raw: bool) {
        let start = self.at;
        self.at += 2;
        self.push(TokenKind::TemplateBegin, start);
        self.template_text(raw, start);
    }

    /// Reads the text of a template string up to its end or to the next expression.
    fn template_text(&mut self, raw: bool, error_start: usize) {
        let start = self.at;
        let quote = if raw { b'`' } else { b'"' };
        loop {
            match self.peek() {
                Some(byte) if byte == quote => {
                    self.template_part(start);
                    let end = self.at;
                    self.at += 1;
                    self.push(TokenKind::TemplateEnd, end);
                    return;
                }
                Some(b'{') => {
                    self.template_part(start);
                    let open = self.at;
                    self.at += 1;
                    self.push(TokenKind::TemplateOpen, open);
                    self.templates.push(Template { raw, depth: 0 });
                    return;
                }
                Some(b'\\') if !raw => self.escape(true),
                Some(b'\\') if self.peek_after(1) == Some(b'{') => self.at += 2,
                None => break,
                Some(b'\n') if !raw => break,
                Some(_) => self.at += 1,
            }
        }
        self.template_part(start);
        self.unterminated(
            error_start,
            if raw { "close it with a backtick" } else { "close it with `\"` on the same line" },
        );
        let end = self.at;
        self.push(TokenKind::TemplateEnd, end);
    }

    fn template_part(&mut self, start: usize) {
        if self.at > start {
            self.push(TokenKind::TemplateText, start);
        }
    }

    fn right_brace(&mut self) {
        let start = self.at;
        self.at += 1;
        match self.templates.last_mut() {
            Some(template) if template.depth == 0 => {
                let raw = template.raw;
                self.templates.pop();
                self.push(TokenKind::TemplateClose, start);
                self.template_text(raw, start);
            }
            Some(template) => {
                template.depth -= 1;
                self.push(TokenKind::RightBrace, start);
            }
            None => self.push(TokenKind::RightBrace, start),
        }
    }

    fn punctuation(&mut self, byte: u8) {
        let start = self.at;
        let equals = self.peek_after(1) == Some(b'=');
        let (kind, length) = match byte {
            b'[' => (TokenKind::LeftBracket, 1),
            b']' => (TokenKind::RightBracket, 1),
            b'(' => (TokenKind::LeftParenthesis, 1),
            b')' => (TokenKind::RightParenthesis, 1),
            b',' => (TokenKind::Comma, 1),
            b';' => (TokenKind::Semicolon, 1),
            b'.' => (TokenKind::Dot, 1),
            b'+' => (TokenKind::Plus, 1),
            b'-' => (TokenKind::Minus, 1),
            b'*' => (TokenKind::Star, 1),
            b'/' => (TokenKind::Slash, 1),
            b'%' => (TokenKind::Percent, 1),
            b'&' => (TokenKind::Ampersand, 1),
            b'|' => (TokenKind::Pipe, 1),
            b':' if equals => (TokenKind::Assign, 2),
            b':' => (TokenKind::Colon, 1),
            b'=' if equals => (TokenKind::Equal, 2),
            b'=' => (TokenKind::Unify, 1),
            b'!' if equals => (TokenKind::NotEqual, 2),
            b'<' if equals => (TokenKind::LessOrEqual, 2),
            b'<' => (TokenKind::Less, 1),
            b'>' if equals => (TokenKind::GreaterOrEqual, 2),
            b'>' => (TokenKind::Greater, 1),
            _ => return self.illegal(),
        };
        self.at += length;
        self.push(kind, start);
    }

    /// Reports a run of characters that Rego has no use for.
    fn illegal(&mut self) {
        let start = self.at;
        let first = self.text.get(start..).and_then(|rest| rest.chars().next());
        self.at += first.map_or(1, char::len_utf8);
        if first == Some('\'') {
            // A string as other languages write it is one mistake, not one for each quote.
            let line =
                self.bytes.get(self.at..).unwrap_or_default().split(|&byte| byte == b'\n').next().unwrap_or_default();
            self.at += line.iter().position(|&byte| byte == b'\'').map_or(0, |position| position + 1);
        } else if first.is_some_and(|character| !character.is_ascii()) {
            while self.peek().is_some_and(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric() || byte == b'_') {
                self.at += 1;
            }
        }
        let span = self.span(start);
        let shown: String = self.text.get(start..self.at).unwrap_or_default().chars().take(40).collect();
        let (message, help) = match first {
            Some('!') => ("illegal ! character".to_owned(), Some("write `not` to negate a condition")),
            Some('\'') => (format!("illegal token `{shown}`"), Some("strings are written with `\"` or with backticks")),
            Some(character) if !character.is_ascii() => {
                let help = "names are made of ASCII letters, digits and `_`; other text belongs in a string";
                (format!("illegal token `{shown}`"), Some(help))
            }
            Some('\0') => ("illegal null character".to_owned(), None),
            _ => (format!("illegal token `{}`", shown.escape_default()), None),
        };
        self.error(span, message, help);
        self.push(TokenKind::Invalid, start);
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn span_of(start: usize, end: usize) -> Span {
    Span::new(offset(start), offset(end))
}

/// The value of a string whose escapes the lexer has checked; `text` is what stands between the quotes.
pub(super) fn unescape(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(position) = rest.find('\\') {
        let (before, after) = rest.split_at(position);
        value.push_str(before);
        let mut characters = after.chars();
        characters.next();
        match characters.next() {
            Some('u') => {
                let (character, length) = unicode_escape(after);
                value.push(character);
                rest = after.get(length..).unwrap_or_default();
                continue;
            }
            Some('b') => value.push('\u{8}'),
            Some('f') => value.push('\u{c}'),
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some(other) => value.push(other),
            None => {}
        }
        rest = characters.as_str();
    }
    value.push_str(rest);
    value
}

/// The character that `text` begins with as `\uXXXX`, possibly a surrogate pair, and how many bytes it takes. A surrogate
/// without its partner is U+FFFD, as in OPA.
fn unicode_escape(text: &str) -> (char, usize) {
    let unit = |at: usize| {
        text.get(at..at + 2)
            .filter(|prefix| *prefix == "\\u")
            .and_then(|_| text.get(at + 2..at + 6))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
    };
    let Some(first) = unit(0) else { return (char::REPLACEMENT_CHARACTER, 2) };
    if let Some(character) = char::from_u32(first) {
        return (character, 6);
    }
    if (0xD800..0xDC00).contains(&first)
        && let Some(second) = unit(6)
        && (0xDC00..0xE000).contains(&second)
        && let Some(character) = char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    {
        return (character, 12);
    }
    (char::REPLACEMENT_CHARACTER, 6)
}

/// The value of the text of a raw template string, where `\{` is the only escape.
pub(super) fn unescape_raw_template(text: &str) -> String {
    text.replace("\\{", "{")
}

#[cfg(test)]
#[path = "lexer_tests.rs"]
mod tests;
