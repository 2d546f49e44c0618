//! Templates to tokens: text between actions, and what stands in them.

use crate::builtins::go_format::quote;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// Text outside actions, white space next to trim markers taken away.
    Text(String),
    /// `{{`
    Open,
    /// `}}`
    Close,
    /// A name: a function, a keyword, `true`, `nil`.
    Word(String),
    /// `.name`
    Field(String),
    /// `$` or `$name`, with the dollar.
    Variable(String),
    /// `.`
    Dot,
    /// A string or raw string, unquoted.
    Quoted(String),
    Integer(i64),
    Float(f64),
    Declare,
    Assign,
    Comma,
    Bar,
    LeftParenthesis,
    RightParenthesis,
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub token: Token,
    /// Where it starts, in bytes.
    pub at: usize,
    /// Where it ends.
    pub end: usize,
    /// Whether white space stands before it.
    pub space_before: bool,
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// The tokens of a template, or what is wrong and where.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, (usize, String)> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    lexer.run()?;
    Ok(lexer.tokens)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Placed>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, token: Token, length: usize, space_before: bool) {
        let at = self.at;
        self.at += length;
        self.tokens.push(Placed { token, at, end: self.at, space_before });
    }

    fn run(&mut self) -> Result<(), (usize, String)> {
        let mut trim_next = false;
        loop {
            let rest = self.rest();
            let open = rest.find("{{");
            let mut plain = rest.get(..open.unwrap_or(rest.len())).unwrap_or_default();
            let length = plain.len();
            let after = open.and_then(|open| rest.get(open + 2..)).unwrap_or_default();
            let trims = after.strip_prefix('-').is_some_and(|after| after.starts_with(SPACES));
            if trim_next {
                plain = plain.trim_start_matches(SPACES);
            }
            if trims {
                plain = plain.trim_end_matches(SPACES);
            }
            if plain.is_empty() {
                self.at += length;
            } else {
                self.push(Token::Text(plain.to_owned()), length, false);
            }
            if open.is_none() {
                self.push(Token::End, 0, false);
                return Ok(());
            }
            let start = self.at;
            let marker = if trims { 3 } else { 2 };
            let inside = self.text.get(start + marker..).unwrap_or_default().trim_start_matches(SPACES);
            if inside.starts_with("/*") {
                trim_next = self.comment(start, inside)?;
                continue;
            }
            self.push(Token::Open, marker, false);
            trim_next = self.action(start)?;
        }
    }

    /// A comment fills an action. Tells whether the text after it is trimmed.
    fn comment(&mut self, start: usize, inside: &str) -> Result<bool, (usize, String)> {
        let unclosed = || (start, "unclosed comment".to_owned());
        let from = self.text.len() - inside.len();
        let close = from + inside.find("*/").ok_or_else(unclosed)? + 2;
        let after = self.text.get(close..).unwrap_or_default();
        let spaces = after.len() - after.trim_start_matches(SPACES).len();
        let after_spaces = after.get(spaces..).unwrap_or_default();
        if spaces > 0 && after_spaces.starts_with("-}}") {
            self.at = close + spaces + 3;
            return Ok(true);
        }
        if after.starts_with("}}") {
            self.at = close + 2;
            return Ok(false);
        }
        Err((start, "comment ends before closing delimiter".to_owned()))
    }

    fn action(&mut self, start: usize) -> Result<bool, (usize, String)> {
        loop {
            let rest = self.rest();
            let spaces = rest.len() - rest.trim_start_matches(SPACES).len();
            self.at += spaces;
            let (rest, space_before) = (self.rest(), spaces > 0);
            if space_before && rest.starts_with("-}}") {
                self.push(Token::Close, 3, true);
                return Ok(true);
            }
            if rest.starts_with("}}") {
                self.push(Token::Close, 2, space_before);
                return Ok(false);
            }
            let Some(first) = rest.chars().next() else { return Err((start, "unclosed action".to_owned())) };
            let (token, length) = self.token(first, rest)?;
            self.push(token, length, space_before);
        }
    }

    fn token(&self, first: char, rest: &str) -> Result<(Token, usize), (usize, String)> {
        let name_length = |from: usize| {
            let name = rest.get(from..).unwrap_or_default();
            name.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(name.len())
        };
        let name = |from: usize| rest.get(from..from + name_length(from)).unwrap_or_default().to_owned();
        let starts_number = rest.get(1..).is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()));
        Ok(match first {
            ':' if rest.starts_with(":=") => (Token::Declare, 2),
            '=' => (Token::Assign, 1),
            ',' => (Token::Comma, 1),
            '|' => (Token::Bar, 1),
            '(' => (Token::LeftParenthesis, 1),
            ')' => (Token::RightParenthesis, 1),
            '"' => self.string(rest)?,
            '`' => {
                let unclosed = || (self.at, "unterminated raw quoted string".to_owned());
                let close = rest.get(1..).and_then(|rest| rest.find('`')).ok_or_else(unclosed)?;
                (Token::Quoted(rest.get(1..=close).unwrap_or_default().to_owned()), close + 2)
            }
            '\'' => self.character(rest)?,
            '$' => (Token::Variable(format!("${}", name(1))), 1 + name_length(1)),
            '.' if !starts_number => match name_length(1) {
                0 => (Token::Dot, 1),
                length => (Token::Field(name(1)), 1 + length),
            },
            '+' | '-' | '.' | '0'..='9' => self.number(rest)?,
            _ if first == '_' || first.is_alphabetic() => (Token::Word(name(0)), name_length(0)),
            _ => {
                let code = u32::from(first);
                return Err((self.at, format!("unrecognized character in action: U+{code:04X} '{first}'")));
            }
        })
    }

    fn string(&self, rest: &str) -> Result<(Token, usize), (usize, String)> {
        let mut text = String::new();
        let mut characters = rest.char_indices().skip(1);
        while let Some((at, c)) = characters.next() {
            match c {
                '"' => return Ok((Token::Quoted(text), at + 1)),
                '\n' => break,
                '\\' => text.push(self.escape(&mut characters)?),
                _ => text.push(c),
            }
        }
        Err((self.at, "unterminated quoted string".to_owned()))
    }

    fn character(&self, rest: &str) -> Result<(Token, usize), (usize, String)> {
        let malformed = || (self.at, "unterminated character constant".to_owned());
        let mut characters = rest.char_indices().skip(1);
        let c = match characters.next().ok_or_else(malformed)?.1 {
            '\\' => self.escape(&mut characters)?,
            c => c,
        };
        match characters.next() {
            Some((close, '\'')) => Ok((Token::Integer(i64::from(u32::from(c))), close + 1)),
            _ => Err(malformed()),
        }
    }

    fn escape(&self, characters: &mut impl Iterator<Item = (usize, char)>) -> Result<char, (usize, String)> {
        let invalid = || (self.at, "invalid syntax".to_owned());
        let (count, radix, mut code) = match characters.next().ok_or_else(invalid)?.1 {
            'a' => return Ok('\u{7}'),
            'b' => return Ok('\u{8}'),
            'f' => return Ok('\u{c}'),
            'n' => return Ok('\n'),
            'r' => return Ok('\r'),
            't' => return Ok('\t'),
            'v' => return Ok('\u{b}'),
            c @ ('\\' | '\'' | '"') => return Ok(c),
            'x' => (2, 16, 0),
            'u' => (4, 16, 0),
            'U' => (8, 16, 0),
            c => (2, 8, c.to_digit(8).ok_or_else(invalid)?),
        };
        for _ in 0..count {
            let digit = characters.next().and_then(|(_, c)| c.to_digit(radix)).ok_or_else(invalid)?;
            code = code * radix + digit;
        }
        char::from_u32(code).ok_or_else(invalid)
    }

    fn number(&self, rest: &str) -> Result<(Token, usize), (usize, String)> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
        let mut length = 0;
        let mut before = ' ';
        for c in rest.chars() {
            let is_sign = matches!(c, '+' | '-') && (length == 0 || matches!(before, 'e' | 'E' | 'p' | 'P'));
            if !is_sign && !is_part(c) {
                break;
            }
            before = c;
            length += c.len_utf8();
        }
        let written = rest.get(..length).unwrap_or_default();
        let token =
            number(written).ok_or_else(|| (self.at, format!("bad number syntax: {}", quote(written, '"', false))))?;
        Ok((token, length))
    }
}

/// A number of the template: Go's integers of any base, and its floats.
fn number(written: &str) -> Option<Token> {
    let digits = written.replace('_', "");
    let (negative, magnitude) = match digits.strip_prefix('-') {
        Some(magnitude) => (true, magnitude),
        None => (false, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let lower = magnitude.to_ascii_lowercase();
    let based = |prefix: &str, radix: u32| lower.strip_prefix(prefix).map(|digits| i64::from_str_radix(digits, radix));
    let integer = based("0x", 16)
        .or_else(|| based("0b", 2))
        .or_else(|| based("0o", 8))
        .or_else(|| based("0", 8).filter(|_| lower.len() > 1 && lower.bytes().all(|byte| byte.is_ascii_digit())))
        .unwrap_or_else(|| lower.parse());
    if let Ok(integer) = integer {
        return Some(Token::Integer(if negative { -integer } else { integer }));
    }
    let is_float = lower.bytes().all(|byte| byte.is_ascii_digit() || b".e+-".contains(&byte));
    let float: f64 = lower.parse().ok().filter(|float: &f64| is_float && float.is_finite())?;
    Some(Token::Float(if negative { -float } else { float }))
}
