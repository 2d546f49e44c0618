//! What the lexer hands to the parser.

use value::Span;

/// The kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    EndOfFile,
    /// A character that Rego has no use for; the lexer has reported it.
    Invalid,
    Identifier,
    Number,
    String,
    RawString,
    /// `$"` or a dollar sign and a backtick.
    TemplateBegin,
    /// Literal text inside a template string.
    TemplateText,
    /// `{` inside a template string.
    TemplateOpen,
    /// The `}` that closes a [`TokenKind::TemplateOpen`].
    TemplateClose,
    /// The quote that closes a template string.
    TemplateEnd,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    LeftParenthesis,
    RightParenthesis,
    Comma,
    Colon,
    Semicolon,
    Dot,
    Assign,
    Unify,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Ampersand,
    Pipe,
    Package,
    Import,
    As,
    Default,
    Else,
    If,
    Contains,
    In,
    Every,
    Some,
    Not,
    With,
    Null,
    True,
    False,
}

impl TokenKind {
    /// The keyword that `word` is when every keyword is active, or [`TokenKind::Identifier`].
    pub(super) fn of_word(word: &str) -> Self {
        match word {
            "package" => Self::Package,
            "import" => Self::Import,
            "as" => Self::As,
            "default" => Self::Default,
            "else" => Self::Else,
            "if" => Self::If,
            "contains" => Self::Contains,
            "in" => Self::In,
            "every" => Self::Every,
            "some" => Self::Some,
            "not" => Self::Not,
            "with" => Self::With,
            "null" => Self::Null,
            "true" => Self::True,
            "false" => Self::False,
            _ => Self::Identifier,
        }
    }

    /// Whether the token is spelt like a name: an identifier or a keyword.
    pub(super) fn is_word(self) -> bool {
        self == Self::Identifier || self.is_keyword()
    }

    /// Whether the token is a keyword (`if`, `contains`, `in` and `every` included).
    pub(super) fn is_keyword(self) -> bool {
        matches!(
            self,
            Self::Package
                | Self::Import
                | Self::As
                | Self::Default
                | Self::Else
                | Self::If
                | Self::Contains
                | Self::In
                | Self::Every
                | Self::Some
                | Self::Not
                | Self::With
                | Self::Null
                | Self::True
                | Self::False
        )
    }

    /// Whether the token opens a bracket that another token closes.
    pub(super) fn opens(self) -> bool {
        matches!(self, Self::LeftBracket | Self::LeftBrace | Self::LeftParenthesis | Self::TemplateOpen)
    }

    /// Whether the token closes a bracket.
    pub(super) fn closes(self) -> bool {
        matches!(self, Self::RightBracket | Self::RightBrace | Self::RightParenthesis | Self::TemplateClose)
    }

    /// The bracket that closes this one; any other kind gives itself.
    pub(super) fn closing(self) -> Self {
        match self {
            Self::LeftBracket => Self::RightBracket,
            Self::LeftBrace => Self::RightBrace,
            Self::LeftParenthesis => Self::RightParenthesis,
            Self::TemplateOpen => Self::TemplateClose,
            other => other,
        }
    }

    /// The spelling of a bracket; other kinds have none that a message needs.
    pub(super) fn bracket(self) -> &'static str {
        match self {
            Self::LeftBracket => "[",
            Self::RightBracket => "]",
            Self::LeftBrace | Self::TemplateOpen => "{",
            Self::RightBrace | Self::TemplateClose => "}",
            Self::LeftParenthesis => "(",
            Self::RightParenthesis => ")",
            _ => "",
        }
    }
}

/// One token. Its text is `source.text[span]`: tokens own nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
    /// Whether a line ends between the token before and this one.
    pub(super) newline_before: bool,
}
