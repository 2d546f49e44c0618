//! Tokens to tree, by recursive descent.
//!
//! A mistake ends the statement of the module it stands in: it is reported once, and reading goes on at what looks like
//! the next rule. So one mistake is one error, and a file with mistakes in several rules shows them all.

mod annotations;
mod body;
mod expression;
mod logical;
mod module;
mod rule;
mod term;

use super::ast::{Dialect, Expr, ExprKind, Module, Package, Query};
use super::lexer::{LexicalError, lex};
use super::token::{Token, TokenKind};
use std::sync::Arc;
use value::{Diagnostic, Position, Source, Span};

/// How deep a tree may be: brackets within brackets, bodies within bodies, and operators in a row, which nest to the left.
///
/// Chosen so that parsing, printing and dropping such a tree stay well within the 2 MiB stack of a thread, even without
/// optimisation.
pub const DEPTH_MAX: u32 = 200;

/// Errors past this many in one text are not reported: nobody reads them, and a text that is no Rego at all has millions.
const ERRORS_MAX: usize = 100;

const PARSE_ERROR: &str = "rego_parse_error";

/// Parses a module. The tree holds what could be read: without errors, it is the whole module.
pub fn parse_module(source: &Arc<Source>, dialect: Dialect) -> (Module, Vec<Diagnostic>) {
    match Parser::new(source, dialect) {
        Ok(parser) => parser.module(),
        Err(error) => {
            let package = Package { span: Span::default(), path: Vec::new() };
            let module = Module {
                source: Arc::clone(source),
                dialect,
                package,
                imports: Vec::new(),
                rules: Vec::new(),
                annotations: Vec::new(),
            };
            (module, vec![error])
        }
    }
}

/// Parses a query: statements separated by newlines or `;`. With errors, its body is empty.
pub fn parse_query(source: &Arc<Source>, dialect: Dialect) -> (Query, Vec<Diagnostic>) {
    let (body, errors) = match Parser::new(source, dialect) {
        Ok(mut parser) => {
            let body = parser.query();
            parser.finish_single(body)
        }
        Err(error) => (None, vec![error]),
    };
    (Query { source: Arc::clone(source), body: body.unwrap_or_default() }, errors)
}

/// Parses one term or operator expression (no `:=`, `=` or `with`).
pub fn parse_term(source: &Arc<Source>, dialect: Dialect) -> (Option<Expr>, Vec<Diagnostic>) {
    match Parser::new(source, dialect) {
        Ok(mut parser) => {
            let term = parser.only_expression();
            parser.finish_single(term)
        }
        Err(error) => (None, vec![error]),
    }
}

/// Says that a diagnostic has been recorded and that the statement cannot go on.
#[derive(Debug)]
struct Reported;

type Parse<T> = Result<T, Reported>;

/// Which words are keywords where the parser stands.
#[derive(Clone, Copy, Debug, Default)]
struct Keywords {
    r#if: bool,
    contains: bool,
    r#in: bool,
    every: bool,
    /// `not { ... }` is a negated body.
    not_body: bool,
    /// `and` joins conditions.
    and: bool,
    /// `or` joins conditions.
    or: bool,
}

impl Keywords {
    const V1: Self =
        Self { r#if: true, contains: true, r#in: true, every: true, not_body: false, and: false, or: false };
}

/// An expression that was read while looking for `key, value in collection` where there was none. Keeping it makes sure
/// that no text is ever read twice, and so that nesting cannot make reading exponential.
struct LookedAhead {
    start: usize,
    end: usize,
    expression: Expr,
}

/// Where the parser can go back to.
#[derive(Clone, Copy)]
struct Checkpoint {
    at: usize,
    depth: u32,
    errors: usize,
}

struct Parser<'s> {
    source: &'s Arc<Source>,
    text: &'s str,
    tokens: Vec<Token>,
    comments: Vec<Span>,
    lexical_errors: Vec<LexicalError>,
    at: usize,
    depth: u32,
    dialect: Dialect,
    /// The module says `import rego.v1`.
    imports_v1: bool,
    keywords: Keywords,
    errors: Vec<Diagnostic>,
    looked_ahead: Option<LookedAhead>,
}

impl<'s> Parser<'s> {
    /// A parser at the first token; a diagnostic when spans could not express places in the text.
    fn new(source: &'s Arc<Source>, dialect: Dialect) -> Result<Self, Diagnostic> {
        if u32::try_from(source.text.len()).is_err() {
            return Err(Diagnostic::new(PARSE_ERROR, "text is longer than 4 GiB", source, Span::default()));
        }
        let lexed = lex(&source.text);
        Ok(Self {
            source,
            text: &source.text,
            tokens: lexed.tokens,
            comments: lexed.comments,
            lexical_errors: lexed.errors,
            at: 0,
            depth: 0,
            dialect,
            imports_v1: false,
            keywords: if dialect == Dialect::V1 { Keywords::V1 } else { Keywords::default() },
            errors: Vec::new(),
            looked_ahead: None,
        })
    }

    /// The errors of a text that is one statement: its lexical mistakes, or else what the parser found.
    fn finish_single<T>(mut self, tree: Option<T>) -> (Option<T>, Vec<Diagnostic>) {
        if !self.lexical_errors.is_empty() {
            self.errors.clear();
        }
        self.report_lexical_errors();
        let tree = if self.errors.is_empty() { tree } else { None };
        (tree, self.errors)
    }

    fn report_lexical_errors(&mut self) {
        for error in std::mem::take(&mut self.lexical_errors) {
            let mut diagnostic = Diagnostic::new(PARSE_ERROR, error.message, self.source, error.span);
            diagnostic.help = error.help.map(str::to_owned);
            self.errors.push(diagnostic);
        }
        self.errors.sort_by_key(|error| error.span);
        self.errors.truncate(ERRORS_MAX);
    }

    // Tokens.

    fn token_at(&self, index: usize) -> Token {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let past_end = Token { kind: TokenKind::EndOfFile, span: Span::new(end, end), newline_before: true };
        self.tokens.get(index).copied().unwrap_or(past_end)
    }

    /// The current token, as a keyword only where it is one.
    fn token(&self) -> Token {
        let mut token = self.token_at(self.at);
        let active = match token.kind {
            TokenKind::If => self.keywords.r#if,
            TokenKind::Contains => self.keywords.contains,
            TokenKind::In => self.keywords.r#in,
            TokenKind::Every => self.keywords.every,
            _ => true,
        };
        if !active {
            token.kind = TokenKind::Identifier;
        }
        token
    }

    fn kind(&self) -> TokenKind {
        self.token().kind
    }

    fn text_of(&self, span: Span) -> &'s str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Takes the current token.
    fn advance(&mut self) -> Token {
        let token = self.token();
        self.at += 1;
        token
    }

    fn take_if(&mut self, kind: TokenKind) -> Option<Token> {
        (self.kind() == kind).then(|| self.advance())
    }

    /// Where the last token that was taken ends.
    fn last_end(&self) -> u32 {
        self.at.checked_sub(1).map_or(0, |index| self.token_at(index).span.end)
    }

    /// The span from `start` to the last token that was taken.
    fn span_from(&self, start: u32) -> Span {
        Span::new(start, self.last_end().max(start))
    }

    /// Whether the current token follows the last one without anything between them.
    fn touches_last(&self) -> bool {
        self.token_at(self.at).span.start == self.last_end()
    }

    /// Whether the current word begins a reference such as `if.x` or `not["x"]`, where a keyword is a name.
    fn word_begins_reference(&self) -> bool {
        let next = self.token_at(self.at + 1);
        next.span.start == self.token_at(self.at).span.end
            && matches!(next.kind, TokenKind::Dot | TokenKind::LeftBracket)
    }

    /// Whether the current token is this keyword at work, and not a name as in `as.foo` or, on a new line, `as["foo"]`.
    fn at_keyword(&self, keyword: TokenKind) -> bool {
        let token = self.token();
        if token.kind != keyword {
            return false;
        }
        let next = self.token_at(self.at + 1);
        let touches = next.span.start == token.span.end;
        !(touches && (next.kind == TokenKind::Dot || (next.kind == TokenKind::LeftBracket && token.newline_before)))
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint { at: self.at, depth: self.depth, errors: self.errors.len() }
    }

    fn rewind(&mut self, checkpoint: Checkpoint) {
        self.at = checkpoint.at;
        self.depth = checkpoint.depth;
        self.errors.truncate(checkpoint.errors);
    }

    // Depth.

    /// Goes one level down; the caller comes back up by `self.depth -= 1` unless it fails, which ends the statement.
    fn enter(&mut self) -> Parse<()> {
        self.depth += 1;
        self.check_depth(0)
    }

    /// Refuses a tree that is `more` levels deeper than the current level when that is too deep.
    fn check_depth(&mut self, more: u32) -> Parse<()> {
        if self.depth.saturating_add(more) <= DEPTH_MAX {
            return Ok(());
        }
        let span = self.token().span;
        let help = format!("at most {DEPTH_MAX} levels are read: give parts of the expression names of their own");
        self.fail(Diagnostic::new(PARSE_ERROR, "nested too deeply", self.source, span).help(help))
    }

    // Errors.

    fn fail<T>(&mut self, diagnostic: Diagnostic) -> Parse<T> {
        self.errors.push(diagnostic);
        Err(Reported)
    }

    fn fail_at<T>(&mut self, span: Span, message: impl Into<String>) -> Parse<T> {
        self.fail(Diagnostic::new(PARSE_ERROR, message, self.source, span))
    }

    fn fail_with_help<T>(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) -> Parse<T> {
        self.fail(Diagnostic::new(PARSE_ERROR, message, self.source, span).help(help))
    }

    /// Fails at the current token: `unexpected ...`, and after a colon what was expected, unless that is empty.
    fn unexpected<T>(&mut self, expected: &str) -> Parse<T> {
        let diagnostic = self.unexpected_diagnostic(expected);
        self.fail(diagnostic)
    }

    fn unexpected_diagnostic(&self, expected: &str) -> Diagnostic {
        let token = self.token();
        let mut message = format!("unexpected {}", self.describe(token));
        if !expected.is_empty() {
            message.push_str(": ");
            message.push_str(expected);
        }
        let mut diagnostic = Diagnostic::new(PARSE_ERROR, message, self.source, token.span);
        diagnostic.help = self.likely_help(token);
        diagnostic
    }

    /// Help for tokens that tell by themselves what their writer had in mind.
    fn likely_help(&self, token: Token) -> Option<String> {
        let before = self.at.checked_sub(1).map(|index| self.token_at(index));
        let doubled = before.is_some_and(|before| before.kind == token.kind && before.span.end == token.span.start);
        let help = match token.kind {
            TokenKind::Ampersand if doubled => {
                "conditions that must all hold stand on lines of their own, or apart by `;`"
            }
            TokenKind::Pipe if doubled => "write a rule of its own for each alternative",
            TokenKind::Unify => "compare with `==`",
            TokenKind::Greater if before.is_some_and(|before| before.kind == TokenKind::Unify) => "write `>=`",
            TokenKind::Less if before.is_some_and(|before| before.kind == TokenKind::Unify) => "write `<=`",
            TokenKind::Identifier
                if !self.keywords.every && before.is_some_and(|before| self.text_of(before.span) == "every") =>
            {
                "write `import future.keywords.every` to use `every`"
            }
            TokenKind::Identifier if !self.keywords.r#in && self.text_of(token.span) == "in" => {
                "write `import future.keywords.in` to use `in`"
            }
            TokenKind::Identifier if !self.keywords.r#if && self.text_of(token.span) == "if" => {
                "write `import rego.v1` to use `if`"
            }
            TokenKind::Identifier if !self.keywords.contains && self.text_of(token.span) == "contains" => {
                "write `import rego.v1` to use `contains`"
            }
            _ => return None,
        };
        Some(help.to_owned())
    }

    /// What a token is called in a message.
    fn describe(&self, token: Token) -> String {
        let text = self.text_of(token.span);
        match token.kind {
            TokenKind::EndOfFile => "end of file".to_owned(),
            TokenKind::Identifier => format!("identifier `{}`", shorten(text)),
            TokenKind::Number => format!("number `{}`", shorten(text)),
            TokenKind::String | TokenKind::RawString | TokenKind::TemplateBegin => "string".to_owned(),
            TokenKind::TemplateText | TokenKind::TemplateEnd => "end of template string".to_owned(),
            kind if kind.is_keyword() => format!("`{text}` keyword"),
            _ => format!("`{}` token", shorten(text)),
        }
    }

    /// Takes the token that closes the bracket `open`.
    fn close(&mut self, open: Token, close: TokenKind, expected: &str) -> Parse<Token> {
        if self.kind() == close {
            return Ok(self.advance());
        }
        self.unclosed(open, expected)
    }

    /// Fails at a token that neither goes on with nor closes what the bracket `open` holds.
    fn unclosed<T>(&mut self, open: Token, expected: &str) -> Parse<T> {
        let mut diagnostic = self.unexpected_diagnostic(expected);
        if diagnostic.help.is_none() {
            diagnostic.help = self.unclosed_help(open);
        }
        self.fail(diagnostic)
    }

    /// Where a bracket was opened, when it may be that its end is missing.
    fn unclosed_help(&self, open: Token) -> Option<String> {
        let token = self.token();
        let starts_another_rule = matches!(
            token.kind,
            TokenKind::EndOfFile
                | TokenKind::If
                | TokenKind::Contains
                | TokenKind::Assign
                | TokenKind::Default
                | TokenKind::Package
                | TokenKind::Import
        );
        (starts_another_rule || token.newline_before || token.kind.closes()).then(|| {
            let position = Position::of(self.text, open.span.start);
            format!("close the `{}` at line {}, column {}", open.kind.bracket(), position.line, position.column)
        })
    }

    fn expression_at(&self, start: u32, kind: ExprKind) -> Expr {
        Expr { span: self.span_from(start), kind }
    }
}

/// At most 40 characters of `text`, on one line.
fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > 40 { line.chars().take(40).chain("...".chars()).collect() } else { line.to_owned() }
}
