//! Reading GraphQL text: what queries and schemas have in common, and queries.

use super::ast::{
    Argument, Child, Comments, Directive, Field, FragmentDefinition, FragmentSpread, InlineFragment, Literal,
    LiteralKind, Operation, OperationKind, Position, QueryDocument, Selection, TypeReference, VariableDefinition,
};
use super::lexer::{Lexer, Token, TokenKind};
use super::{DEPTH_MAX, Problem};
use value::Arena;

pub type Parsed<T> = Result<T, Problem>;

/// Reads a document that can be executed.
pub fn parse_query<'a>(arena: &'a Arena, text: &'a str) -> Parsed<QueryDocument<'a>> {
    Parser::new(arena, text, false).query_document()
}

pub struct Parser<'a> {
    lexer: Lexer<'a>,
    peeked: Option<Token<'a>>,
    /// Those before the peeked token.
    comments: Comments<'a>,
    /// The last one taken, comments included.
    previous: Option<Token<'a>>,
    depth: usize,
}

impl<'a> Parser<'a> {
    pub fn new(arena: &'a Arena, text: &'a str, built_in: bool) -> Self {
        let lexer = Lexer::new(arena, text, built_in);
        Self { lexer, peeked: None, comments: Vec::new(), previous: None, depth: 0 }
    }

    /// The next token that is no comment.
    pub fn peek(&mut self) -> Token<'a> {
        if let Some(token) = self.peeked {
            return token;
        }
        loop {
            let token = self.lexer.read();
            if token.kind != TokenKind::Comment {
                self.peeked = Some(token);
                return token;
            }
            self.comments.push(token.value);
            self.previous = Some(token);
        }
    }

    pub fn peek_kind(&mut self) -> TokenKind {
        self.peek().kind
    }

    /// Takes the next token.
    pub fn next(&mut self) -> Token<'a> {
        let token = self.peek();
        self.peeked = None;
        self.comments.clear();
        self.previous = Some(token);
        token
    }

    /// The last token taken, comments included.
    pub fn previous(&mut self) -> Token<'a> {
        match self.previous {
            Some(token) => token,
            None => self.peek(),
        }
    }

    pub fn position(&mut self) -> Option<Position> {
        Some(self.peek().position)
    }

    /// The comments before the next token.
    pub fn comments(&mut self) -> Comments<'a> {
        self.peek();
        self.comments.clone()
    }

    pub fn skip(&mut self, kind: TokenKind) -> bool {
        let is_next = self.peek_kind() == kind;
        if is_next {
            self.next();
        }
        is_next
    }

    pub fn expect(&mut self, kind: TokenKind) -> Parsed<Token<'a>> {
        let token = self.peek();
        if token.kind == kind {
            return Ok(self.next());
        }
        Err(Problem::at(token.position, format!("Expected {}, found {}", kind.as_str(), token.kind.as_str())))
    }

    pub fn expect_keyword(&mut self, keyword: &str) -> Parsed<()> {
        let token = self.peek();
        if token.kind == TokenKind::Name && token.value == keyword {
            self.next();
            return Ok(());
        }
        Err(Problem::at(token.position, format!("Expected \"{keyword}\", found {}", describe(token))))
    }

    pub fn name(&mut self) -> Parsed<&'a str> {
        Ok(self.expect(TokenKind::Name)?.value)
    }

    /// The error that the next token cannot stand there.
    pub fn unexpected<T>(&mut self) -> Parsed<T> {
        let token = self.peek();
        unexpected(token)
    }

    /// Items between `open` and `close`, at least one; none where `open` is not next.
    pub fn some<T>(
        &mut self,
        open: TokenKind,
        close: TokenKind,
        item: impl Fn(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        Ok(self.some_and_comments(open, close, item)?.0)
    }

    /// The same, with the comments before `close`.
    pub fn some_and_comments<T>(
        &mut self,
        open: TokenKind,
        close: TokenKind,
        item: impl Fn(&mut Self) -> Parsed<T>,
    ) -> Parsed<(Vec<T>, Comments<'a>)> {
        if self.peek_kind() != open {
            return Ok((Vec::new(), Vec::new()));
        }
        let (items, comments) = self.many(open, close, item)?;
        if items.is_empty() {
            // The closing token was taken.
            let token = self.previous();
            let message = format!("expected at least one definition, found {}", token.kind.as_str());
            return Err(Problem::at(token.position, message));
        }
        Ok((items, comments))
    }

    /// Items between `open` and `close`, possibly none, with the comments before `close`.
    fn many<T>(
        &mut self,
        open: TokenKind,
        close: TokenKind,
        item: impl Fn(&mut Self) -> Parsed<T>,
    ) -> Parsed<(Vec<T>, Comments<'a>)> {
        self.nested(|parser| {
            parser.expect(open)?;
            let mut items = Vec::new();
            while parser.peek_kind() != close {
                items.push(item(parser)?);
            }
            let comments = parser.comments();
            parser.next();
            Ok((items, comments))
        })
    }

    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let position = self.peek().position;
            return Err(Problem::at(position, format!("Nested deeper than {DEPTH_MAX} levels")));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn query_document(mut self) -> Parsed<QueryDocument<'a>> {
        let mut document = QueryDocument::default();
        loop {
            let token = self.peek();
            match (token.kind, token.value) {
                (TokenKind::EndOfFile, _) => return Ok(document),
                (TokenKind::BraceOpen, _) | (TokenKind::Name, "query" | "mutation" | "subscription") => {
                    document.operations.push(self.operation()?);
                }
                (TokenKind::Name, "fragment") => document.fragments.push(self.fragment_definition()?),
                _ => return unexpected(token),
            }
        }
    }

    fn operation(&mut self) -> Parsed<Operation<'a>> {
        let position = self.position();
        if self.peek_kind() == TokenKind::BraceOpen {
            return Ok(Operation {
                kind: OperationKind::Query,
                name: "",
                variables: Vec::new(),
                directives: Vec::new(),
                selections: self.required_selections()?,
                comments: Vec::new(),
                position,
            });
        }
        Ok(Operation {
            comments: self.comments(),
            kind: self.operation_kind()?,
            name: if self.peek_kind() == TokenKind::Name { self.next().value } else { "" },
            variables: self.variable_definitions()?,
            directives: self.directives(false)?,
            selections: self.required_selections()?,
            position,
        })
    }

    pub fn operation_kind(&mut self) -> Parsed<OperationKind> {
        let token = self.next();
        match OperationKind::parse(token.value) {
            Some(kind) => Ok(kind),
            // The only place where what is wrong with the token itself is told.
            None if token.kind == TokenKind::Invalid => Err(Problem::at(token.position, token.problem.to_owned())),
            None => unexpected(token),
        }
    }

    fn variable_definitions(&mut self) -> Parsed<Vec<VariableDefinition<'a>>> {
        self.some(TokenKind::ParenOpen, TokenKind::ParenClose, Self::variable_definition)
    }

    fn variable_definition(&mut self) -> Parsed<VariableDefinition<'a>> {
        let (position, comments) = (self.position(), self.comments());
        let name = self.variable()?;
        self.expect(TokenKind::Colon)?;
        Ok(VariableDefinition {
            name,
            type_reference: self.type_reference()?,
            default: self.default()?,
            directives: self.directives(false)?,
            comments,
            position,
        })
    }

    /// The constant after `=`, if that is next.
    pub fn default(&mut self) -> Parsed<Option<Literal<'a>>> {
        if self.skip(TokenKind::Equals) { self.literal(true).map(Some) } else { Ok(None) }
    }

    fn variable(&mut self) -> Parsed<&'a str> {
        self.expect(TokenKind::Dollar)?;
        self.name()
    }

    fn selections(&mut self) -> Parsed<Vec<Selection<'a>>> {
        self.some(TokenKind::BraceOpen, TokenKind::BraceClose, Self::selection)
    }

    fn required_selections(&mut self) -> Parsed<Vec<Selection<'a>>> {
        let token = self.peek();
        if token.kind != TokenKind::BraceOpen {
            return Err(Problem::at(token.position, format!("Expected {{, found {}", token.kind.as_str())));
        }
        self.selections()
    }

    fn selection(&mut self) -> Parsed<Selection<'a>> {
        if self.peek_kind() == TokenKind::Spread {
            return self.fragment();
        }
        let (position, comments) = (self.position(), self.comments());
        let alias = self.name()?;
        Ok(Selection::Field(Field {
            alias,
            name: if self.skip(TokenKind::Colon) { self.name()? } else { alias },
            arguments: self.arguments(false)?,
            directives: self.directives(false)?,
            selections: self.selections()?,
            comments,
            position,
        }))
    }

    /// A spread or an inline fragment, from its dots.
    fn fragment(&mut self) -> Parsed<Selection<'a>> {
        let comments = self.comments();
        self.next();
        let token = self.peek();
        let position = Some(token.position);
        if token.kind == TokenKind::Name && token.value != "on" {
            let name = self.name()?;
            let directives = self.directives(false)?;
            return Ok(Selection::FragmentSpread(FragmentSpread { name, directives, comments, position }));
        }
        let mut type_condition = "";
        if token.value == "on" {
            self.next();
            type_condition = self.name()?;
        }
        Ok(Selection::InlineFragment(InlineFragment {
            type_condition,
            directives: self.directives(false)?,
            selections: self.required_selections()?,
            comments,
            position,
        }))
    }

    fn fragment_definition(&mut self) -> Parsed<FragmentDefinition<'a>> {
        let (position, comments) = (self.position(), self.comments());
        self.expect_keyword("fragment")?;
        if self.peek().value == "on" {
            return self.unexpected();
        }
        let name = self.name()?;
        let variables = self.variable_definitions()?;
        self.expect_keyword("on")?;
        Ok(FragmentDefinition {
            name,
            variables,
            type_condition: self.name()?,
            directives: self.directives(false)?,
            selections: self.required_selections()?,
            comments,
            position,
        })
    }

    fn arguments(&mut self, constant: bool) -> Parsed<Vec<Argument<'a>>> {
        self.some(TokenKind::ParenOpen, TokenKind::ParenClose, |parser| {
            let field = parser.named_value(constant)?;
            Ok(Argument { name: field.name, value: field.value, comments: field.comments, position: field.position })
        })
    }

    /// `name: value`
    fn named_value(&mut self, constant: bool) -> Parsed<Child<'a>> {
        let (position, comments) = (self.position(), self.comments());
        let name = self.name()?;
        self.expect(TokenKind::Colon)?;
        Ok(Child { name, value: self.literal(constant)?, comments, position })
    }

    /// Directives as often as they come. Constant ones hold no variables.
    pub fn directives(&mut self, constant: bool) -> Parsed<Vec<Directive<'a>>> {
        let mut directives = Vec::new();
        while self.skip(TokenKind::At) {
            directives.push(Directive {
                position: self.position(),
                name: self.name()?,
                arguments: self.arguments(constant)?,
            });
        }
        Ok(directives)
    }

    fn literal(&mut self, constant: bool) -> Parsed<Literal<'a>> {
        let token = self.peek();
        let position = Some(token.position);
        let kind = match (token.kind, token.value) {
            (TokenKind::BracketOpen, _) => return self.list(constant),
            (TokenKind::BraceOpen, _) => return self.object(constant),
            (TokenKind::Dollar, _) if !constant => {
                let raw = self.variable()?;
                let (kind, children, comments) = (LiteralKind::Variable, Vec::new(), Vec::new());
                return Ok(Literal { kind, raw, children, comments, position });
            }
            (TokenKind::Int, _) => LiteralKind::Int,
            (TokenKind::Float, _) => LiteralKind::Float,
            (TokenKind::String, _) => LiteralKind::String,
            (TokenKind::BlockString, _) => LiteralKind::BlockString,
            (TokenKind::Name, "true" | "false") => LiteralKind::Boolean,
            (TokenKind::Name, "null") => LiteralKind::Null,
            (TokenKind::Name, _) => LiteralKind::Enum,
            _ => return unexpected(token),
        };
        self.next();
        Ok(Literal { kind, raw: token.value, children: Vec::new(), comments: Vec::new(), position })
    }

    fn list(&mut self, constant: bool) -> Parsed<Literal<'a>> {
        let (position, comments) = (self.position(), self.comments());
        let (children, _) = self.many(TokenKind::BracketOpen, TokenKind::BracketClose, |parser| {
            Ok(Child { name: "", value: parser.literal(constant)?, comments: Vec::new(), position: None })
        })?;
        Ok(Literal { kind: LiteralKind::List, raw: "", children, comments, position })
    }

    fn object(&mut self, constant: bool) -> Parsed<Literal<'a>> {
        let (position, comments) = (self.position(), self.comments());
        let (open, close) = (TokenKind::BraceOpen, TokenKind::BraceClose);
        let (children, _) = self.many(open, close, |parser| parser.named_value(constant))?;
        Ok(Literal { kind: LiteralKind::Object, raw: "", children, comments, position })
    }

    pub fn type_reference(&mut self) -> Parsed<TypeReference<'a>> {
        let (named, element, position);
        if self.skip(TokenKind::BracketOpen) {
            position = self.position();
            named = "";
            element = Some(Box::new(self.nested(Self::type_reference)?));
            self.expect(TokenKind::BracketClose)?;
        } else {
            position = self.position();
            named = self.name()?;
            element = None;
        }
        Ok(TypeReference { named, element, non_null: self.skip(TokenKind::Bang), position })
    }
}

/// The error that `token` cannot stand where it does.
pub fn unexpected<T>(token: Token<'_>) -> Parsed<T> {
    Err(Problem::at(token.position, format!("Unexpected {}", describe(token))))
}

fn describe(token: Token<'_>) -> String {
    match token.value {
        "" => token.kind.as_str().to_owned(),
        value => format!("{} {}", token.kind.as_str(), super::super::go_format::quote(value, '"', false)),
    }
}
