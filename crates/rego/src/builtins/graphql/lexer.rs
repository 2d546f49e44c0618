//! Tokens of GraphQL text.
//!
//! Positions count as gqlparser's do, since policies and tests compare messages: columns in characters; the column of a
//! string is that after its opening quotes; after `\r\n` columns are one too high.

use super::ast::Position;
use value::Arena;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    Invalid,
    EndOfFile,
    Bang,
    Dollar,
    Ampersand,
    ParenOpen,
    ParenClose,
    Spread,
    Colon,
    Equals,
    At,
    BracketOpen,
    BracketClose,
    BraceOpen,
    BraceClose,
    Pipe,
    Name,
    Int,
    Float,
    String,
    BlockString,
    Comment,
}

impl TokenKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "<Invalid>",
            Self::EndOfFile => "<EOF>",
            Self::Bang => "!",
            Self::Dollar => "$",
            Self::Ampersand => "&",
            Self::ParenOpen => "(",
            Self::ParenClose => ")",
            Self::Spread => "...",
            Self::Colon => ":",
            Self::Equals => "=",
            Self::At => "@",
            Self::BracketOpen => "[",
            Self::BracketClose => "]",
            Self::BraceOpen => "{",
            Self::BraceClose => "}",
            Self::Pipe => "|",
            Self::Name => "Name",
            Self::Int => "Int",
            Self::Float => "Float",
            Self::String => "String",
            Self::BlockString => "BlockString",
            Self::Comment => "Comment",
        }
    }

    const fn of_punctuator(byte: u8) -> Option<Self> {
        Some(match byte {
            b'!' => Self::Bang,
            b'$' => Self::Dollar,
            b'&' => Self::Ampersand,
            b'(' => Self::ParenOpen,
            b')' => Self::ParenClose,
            b':' => Self::Colon,
            b'=' => Self::Equals,
            b'@' => Self::At,
            b'[' => Self::BracketOpen,
            b']' => Self::BracketClose,
            b'{' => Self::BraceOpen,
            b'}' => Self::BraceClose,
            b'|' => Self::Pipe,
            _ => return None,
        })
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    pub kind: TokenKind,
    /// A name, number, comment, or what a string says. Empty for the others.
    pub value: &'a str,
    pub position: Position,
    /// What is wrong with an invalid one.
    pub problem: &'a str,
}

/// A place in the text.
#[derive(Clone, Copy, Default)]
struct Place {
    bytes: usize,
    characters: i64,
}

pub struct Lexer<'a> {
    arena: &'a Arena,
    text: &'a str,
    built_in: bool,
    /// Of the token being read.
    start: Place,
    /// What is read next.
    at: Place,
    line: usize,
    line_start_characters: i64,
}

impl<'a> Lexer<'a> {
    pub fn new(arena: &'a Arena, text: &'a str, built_in: bool) -> Self {
        let (start, at) = (Place::default(), Place::default());
        Self { arena, text, built_in, start, at, line: 1, line_start_characters: 0 }
    }

    /// The next token, comments included. At the end of the text it is [`TokenKind::EndOfFile`] for ever.
    pub fn read(&mut self) -> Token<'a> {
        self.skip_ignored();
        self.start = self.at;
        let Some(byte) = self.byte() else {
            return self.token(TokenKind::EndOfFile, "");
        };
        if let Some(kind) = TokenKind::of_punctuator(byte) {
            self.skip_ascii(1);
            return self.token(kind, "");
        }
        match byte {
            b'.' if self.rest().starts_with("...") => {
                self.skip_ascii(3);
                self.token(TokenKind::Spread, "")
            }
            b'#' => {
                self.skip_while(|c| c >= ' ' || c == '\t');
                self.token(TokenKind::Comment, self.read_text())
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                self.skip_while(|c| c.is_ascii_alphanumeric() || c == '_');
                self.token(TokenKind::Name, self.read_text())
            }
            b'-' | b'0'..=b'9' => self.number(),
            b'"' if self.rest().starts_with("\"\"\"") => self.block_string(),
            b'"' => self.string(),
            b'\'' => self.invalid("Unexpected single quote character ('), did you mean to use a double quote (\")?"),
            0..b' ' => self.invalid(&format!(r#"Cannot contain the invalid character "\u{byte:04x}""#)),
            _ => self.invalid(&format!(r#"Cannot parse the unexpected character "{}"."#, char::from(byte))),
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at.bytes..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at.bytes).copied()
    }

    /// What was read since the token started.
    fn read_text(&self) -> &'a str {
        self.text.get(self.start.bytes..self.at.bytes).unwrap_or_default()
    }

    fn skip(&mut self, c: char) {
        self.at.bytes += c.len_utf8();
        self.at.characters += 1;
    }

    fn skip_ascii(&mut self, count: u8) {
        self.at.bytes += usize::from(count);
        self.at.characters += i64::from(count);
    }

    fn skip_while(&mut self, belongs: impl Fn(char) -> bool) {
        for c in self.rest().chars().take_while(|c| belongs(*c)) {
            self.skip(c);
        }
    }

    fn next_line(&mut self) {
        self.line += 1;
        self.line_start_characters = self.at.characters;
    }

    fn position(&self, characters: i64) -> Position {
        Position { line: self.line, column: characters - self.line_start_characters + 1, built_in: self.built_in }
    }

    fn token(&self, kind: TokenKind, value: &'a str) -> Token<'a> {
        Token { kind, value, position: self.position(self.start.characters), problem: "" }
    }

    fn invalid(&self, problem: &str) -> Token<'a> {
        Token {
            kind: TokenKind::Invalid,
            value: "",
            position: self.position(self.at.characters),
            problem: self.arena.str(problem),
        }
    }

    fn skip_ignored(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            if !matches!(c, '\t' | ' ' | ',' | '\n' | '\r' | '\u{feff}') {
                return;
            }
            self.skip(c);
            if matches!(c, '\n' | '\r') {
                self.next_line();
            }
            if c == '\r' && self.byte() == Some(b'\n') {
                self.skip_ascii(1);
            }
        }
    }

    fn number(&mut self) -> Token<'a> {
        let mut kind = TokenKind::Int;
        self.accept(b"-");
        if self.accept(b"0") {
            if self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
                return self.invalid(&format!("Invalid number, unexpected digit after 0: {}.", self.describe_next()));
            }
        } else if !self.digits() {
            return self.no_digit();
        }
        if self.accept(b".") {
            kind = TokenKind::Float;
            if !self.digits() {
                return self.no_digit();
            }
        }
        if self.accept(b"eE") {
            kind = TokenKind::Float;
            self.accept(b"-+");
            if !self.digits() {
                return self.no_digit();
            }
        }
        self.token(kind, self.read_text())
    }

    fn accept(&mut self, bytes: &[u8]) -> bool {
        let accepted = self.byte().is_some_and(|byte| bytes.contains(&byte));
        if accepted {
            self.skip_ascii(1);
        }
        accepted
    }

    fn digits(&mut self) -> bool {
        let from = self.at.bytes;
        self.skip_while(|c| c.is_ascii_digit());
        self.at.bytes > from
    }

    fn no_digit(&self) -> Token<'a> {
        self.invalid(&format!("Invalid number, expected digit but got: {}.", self.describe_next()))
    }

    fn describe_next(&self) -> String {
        self.byte().map_or_else(|| "<EOF>".to_owned(), |byte| format!("\"{}\"", char::from(byte)))
    }

    fn string(&mut self) -> Token<'a> {
        self.skip_ascii(1);
        self.start = self.at;
        // Only there once an escape was met; until then the string is part of the text.
        let mut unescaped: Option<String> = None;
        while let Some(c) = self.rest().chars().next() {
            match c {
                '\n' | '\r' => break,
                '\0'..' ' if c != '\t' => return self.invalid_in_string(c),
                '"' => {
                    let value = unescaped.map_or_else(|| self.read_text(), |unescaped| self.arena.str(&unescaped));
                    let token = self.token(TokenKind::String, value);
                    self.skip_ascii(1);
                    return token;
                }
                '\\' => {
                    let buffer = unescaped.get_or_insert_with(|| self.read_text().to_owned());
                    match escaped(self.rest()) {
                        Ok((c, length)) => {
                            buffer.push(c);
                            self.skip_ascii(length);
                        }
                        Err(problem) => {
                            self.skip_ascii(1);
                            return self.invalid(&problem);
                        }
                    }
                }
                _ => {
                    self.skip(c);
                    if let Some(buffer) = &mut unescaped {
                        buffer.push(c);
                    }
                }
            }
        }
        self.invalid("Unterminated string.")
    }

    fn block_string(&mut self) -> Token<'a> {
        self.skip_ascii(3);
        self.start = self.at;
        let mut raw = String::new();
        while let Some(c) = self.rest().chars().next() {
            let quotes = self.rest().bytes().take_while(|byte| *byte == b'"').count();
            if quotes >= 3 {
                // The last three close; those before belong to the string.
                raw.extend(std::iter::repeat_n('"', quotes - 3));
                let token = self.token(TokenKind::BlockString, self.arena.str(&block_string_value(&raw)));
                self.skip_while(|c| c == '"');
                return token;
            }
            match c {
                '\\' if self.rest().starts_with("\\\"\"\"") => {
                    raw.push_str("\"\"\"");
                    self.skip_ascii(4);
                }
                '\r' | '\n' => {
                    raw.push('\n');
                    self.skip_ascii(if self.rest().starts_with("\r\n") { 2 } else { 1 });
                    self.next_line();
                }
                '\0'..' ' if c != '\t' => return self.invalid_in_string(c),
                _ => {
                    raw.push(c);
                    self.skip(c);
                }
            }
        }
        self.invalid("Unterminated string.")
    }

    fn invalid_in_string(&self, c: char) -> Token<'a> {
        self.invalid(&format!(r#"Invalid character within String: "\u{:04x}"."#, u32::from(c)))
    }
}

/// What the escape that `rest` starts with stands for, and its length in bytes.
fn escaped(rest: &str) -> Result<(char, u8), String> {
    let Some(escape) = rest.chars().nth(1) else {
        return Err("Invalid character escape sequence.".to_owned());
    };
    let c = match escape {
        '"' | '/' | '\\' => escape,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        // A closing quote must follow, or something that is found wrong later.
        'u' if rest.len() <= 6 => {
            return Err(format!("Invalid character escape sequence: {rest}."));
        }
        'u' => {
            let digits = rest.get(2..6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            let Some(code) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
                let sequence: String = rest.chars().take(6).collect();
                return Err(format!("Invalid character escape sequence: {sequence}."));
            };
            // Half of a surrogate pair is no character.
            return Ok((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 6));
        }
        _ => return Err(format!("Invalid character escape sequence: \\{escape}.")),
    };
    Ok((c, 2))
}

/// What a block string says: without its common indent, and without blank lines first and last
/// (<https://spec.graphql.org/October2021/#BlockStringValue()>).
fn block_string_value(raw: &str) -> String {
    let indent = |line: &str| line.find(|c| c != ' ' && c != '\t');
    // Other than the specification says, the first line's indent counts too.
    let common = raw.split('\n').filter_map(indent).min().unwrap_or(0);
    let mut lines: Vec<&str> = raw
        .split('\n')
        .enumerate()
        .map(|(at, line)| if at == 0 { line } else { line.get(common..).unwrap_or_default() })
        .collect();
    while lines.last().is_some_and(|line| indent(line).is_none()) {
        lines.pop();
    }
    let blank = lines.iter().take_while(|line| indent(line).is_none()).count();
    lines.get(blank..).unwrap_or_default().join("\n")
}
