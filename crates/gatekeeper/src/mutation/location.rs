//! Where in an object something is changed: `spec.containers[name: main].image`.

use std::fmt;
use std::iter::Peekable;
use std::str::CharIndices;
use thiserror::Error;
use value::Value;

/// A location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) segments: Vec<Segment>,
}

/// One step into an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// A field of an object: `spec`.
    Field(String),
    /// Items of a list of objects: `[name: main]`, `[name: *]`.
    Items {
        /// The field that tells items apart.
        key: String,
        /// Which items.
        which: Which,
    },
}

/// Which items of a list are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// All of them.
    All,
    /// Those whose key is this text.
    Text(String),
    /// Those whose key is this number.
    Integer(i64),
}

/// Why a text is no location.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message} at character {position}")]
pub(crate) struct LocationError {
    message: String,
    /// From 1.
    position: usize,
}

impl Which {
    /// Whether an item with this key is meant.
    pub(crate) fn takes(&self, key: Option<Value<'_>>) -> bool {
        match (self, key) {
            (Self::All, _) => true,
            (Self::Text(text), Some(Value::String(key))) => text == key.as_str(),
            (Self::Integer(number), Some(Value::Int(key))) => *number == key,
            _ => false,
        }
    }
}

impl Location {
    /// Reads a location. Names of letters, digits, `-` and `_` stand as they are, others in quotes; white space may stand
    /// between the parts.
    pub(crate) fn parse(text: &str) -> Result<Self, LocationError> {
        let mut parser = Parser { text, characters: text.char_indices().peekable() };
        let mut segments = Vec::new();
        loop {
            match parser.next()? {
                Token::Name { text, .. } => segments.push(Segment::Field(text)),
                other => return Err(parser.unexpected(&other, "the name of a field")),
            }
            let mut token = parser.next()?;
            if token == Token::Open {
                segments.push(parser.items()?);
                token = parser.next()?;
            }
            match token {
                Token::End => return Ok(Self { segments }),
                Token::Dot => {}
                other => return Err(parser.unexpected(&other, "`.` or the end")),
            }
        }
    }

    /// Whether `self` is the beginning of `other`, or all of it.
    pub(crate) fn leads_to(&self, other: &Self) -> bool {
        other.segments.starts_with(&self.segments)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Name { text: String, quoted: bool },
    Dot,
    Colon,
    Star,
    Open,
    Close,
    End,
}

struct Parser<'t> {
    text: &'t str,
    characters: Peekable<CharIndices<'t>>,
}

const fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

impl Parser<'_> {
    fn next(&mut self) -> Result<Token, LocationError> {
        while self.characters.next_if(|(_, character)| character.is_ascii_whitespace()).is_some() {}
        let Some((_, character)) = self.characters.next() else { return Ok(Token::End) };
        match character {
            '.' => Ok(Token::Dot),
            ':' => Ok(Token::Colon),
            '*' => Ok(Token::Star),
            '[' => Ok(Token::Open),
            ']' => Ok(Token::Close),
            quote @ ('"' | '\'') => self.quoted(quote),
            first if is_plain(first) => {
                let mut text = String::from(first);
                while let Some((_, character)) = self.characters.next_if(|(_, character)| is_plain(*character)) {
                    text.push(character);
                }
                Ok(Token::Name { text, quoted: false })
            }
            other => Err(self.error(format!("`{other}` must stand in quotes"))),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Token, LocationError> {
        let mut text = String::new();
        loop {
            match self.characters.next() {
                Some((_, character)) if character == quote => return Ok(Token::Name { text, quoted: true }),
                Some((_, '\\')) => text.extend(self.characters.next().map(|(_, character)| character)),
                Some((_, character)) => text.push(character),
                None => return Err(self.error("a quote is not closed".to_owned())),
            }
        }
    }

    /// What follows `[`.
    fn items(&mut self) -> Result<Segment, LocationError> {
        let key = match self.next()? {
            Token::Name { text, .. } => text,
            other => return Err(self.unexpected(&other, "the field that tells items apart")),
        };
        match self.next()? {
            Token::Colon => {}
            other => return Err(self.unexpected(&other, "`:`")),
        }
        let which = match self.next()? {
            Token::Star => Which::All,
            Token::Name { text, quoted: false } => text.parse().map_or(Which::Text(text), Which::Integer),
            Token::Name { text, quoted: true } => Which::Text(text),
            other => return Err(self.unexpected(&other, "a value or `*`")),
        };
        match self.next()? {
            Token::Close => Ok(Segment::Items { key, which }),
            other => Err(self.unexpected(&other, "`]`")),
        }
    }

    fn unexpected(&mut self, found: &Token, expected: &str) -> LocationError {
        let found = match found {
            Token::Name { text, .. } => format!("`{text}`"),
            Token::Dot => "`.`".to_owned(),
            Token::Colon => "`:`".to_owned(),
            Token::Star => "`*`".to_owned(),
            Token::Open => "`[`".to_owned(),
            Token::Close => "`]`".to_owned(),
            Token::End => "the end".to_owned(),
        };
        self.error(format!("expected {expected}, found {found}"))
    }

    /// An error at what was read last.
    fn error(&mut self, message: String) -> LocationError {
        let read = self.characters.peek().map_or(self.text.len(), |(at, _)| *at);
        let position = self.text.get(..read).unwrap_or_default().chars().count().max(1);
        LocationError { message, position }
    }
}

/// As it can be parsed again.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Field(name) => {
                    if index > 0 {
                        f.write_str(".")?;
                    }
                    write_name(f, name)?;
                }
                Segment::Items { key, which } => {
                    f.write_str("[")?;
                    write_name(f, key)?;
                    f.write_str(": ")?;
                    match which {
                        Which::All => f.write_str("*")?,
                        Which::Integer(number) => write!(f, "{number}")?,
                        // A number in quotes is a text.
                        Which::Text(text) if text.parse::<i64>().is_ok() => write!(f, "\"{text}\"")?,
                        Which::Text(text) => write_name(f, text)?,
                    }
                    f.write_str("]")?;
                }
            }
        }
        Ok(())
    }
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    if !name.is_empty() && name.chars().all(is_plain) {
        return f.write_str(name);
    }
    write!(f, "\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
#[path = "location_tests.rs"]
mod tests;
