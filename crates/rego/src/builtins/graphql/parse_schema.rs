//! Reading GraphQL text that defines types.

use super::ast::{
    Comments, Definition, DefinitionComments, DefinitionKind, DirectiveDefinition, EnumValue, FieldDefinition, Member,
    OperationType, SchemaDefinition, SchemaDocument,
};
use super::lexer::TokenKind;
use super::parser::{Parsed, Parser, unexpected};
use value::Arena;

/// Reads a document that defines types. `built_in` marks the definitions that every schema has.
pub fn parse_schema<'a>(arena: &'a Arena, text: &'a str, built_in: bool) -> Parsed<SchemaDocument<'a>> {
    Parser::new(arena, text, built_in).schema_document(built_in)
}

const DIRECTIVE_LOCATIONS: [&str; 19] = [
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
    "SCHEMA",
    "SCALAR",
    "OBJECT",
    "FIELD_DEFINITION",
    "ARGUMENT_DEFINITION",
    "INTERFACE",
    "UNION",
    "ENUM",
    "ENUM_VALUE",
    "INPUT_OBJECT",
    "INPUT_FIELD_DEFINITION",
];

#[derive(Default)]
struct Description<'a> {
    text: &'a str,
    comments: Comments<'a>,
}

impl<'a> Parser<'a> {
    fn schema_document(mut self, built_in: bool) -> Parsed<SchemaDocument<'a>> {
        let mut document = SchemaDocument::default();
        while self.peek_kind() != TokenKind::EndOfFile {
            let description = self.description();
            let token = self.peek();
            if token.kind != TokenKind::Name {
                return unexpected(token);
            }
            if let Some(kind) = kind_of_keyword(token.value) {
                let mut definition = self.definition(kind, description)?;
                definition.built_in = built_in;
                document.definitions.push(definition);
                continue;
            }
            match token.value {
                "schema" => document.schemas.push(self.schema_definition(description)?),
                "directive" => document.directives.push(self.directive_definition(description)?),
                "extend" if !description.text.is_empty() => return unexpected(self.previous()),
                "extend" => self.extension(&mut document)?,
                _ => return unexpected(token),
            }
        }
        document.comments = self.comments();
        Ok(document)
    }

    fn description(&mut self) -> Description<'a> {
        if !matches!(self.peek_kind(), TokenKind::String | TokenKind::BlockString) {
            return Description::default();
        }
        let comments = self.comments();
        Description { text: self.next().value, comments }
    }

    /// The description of something inside a definition: an empty one does not keep its comments either.
    fn inner_description(&mut self) -> Description<'a> {
        let description = self.description();
        if description.text.is_empty() { Description::default() } else { description }
    }

    /// A type, from its keyword.
    fn definition(&mut self, kind: DefinitionKind, description: Description<'a>) -> Parsed<Definition<'a>> {
        let comments = self.comments();
        self.next();
        let position = self.position();
        let mut definition = Definition::new(kind, self.name()?, position);
        definition.description = description.text;
        definition.comments.before_description = description.comments;
        definition.comments.after_description = comments;
        self.definition_body(&mut definition)?;
        Ok(definition)
    }

    /// What comes after the name.
    fn definition_body(&mut self, definition: &mut Definition<'a>) -> Parsed<()> {
        let (open, close) = (TokenKind::BraceOpen, TokenKind::BraceClose);
        if matches!(definition.kind, DefinitionKind::Object | DefinitionKind::Interface) {
            definition.interfaces = self.interfaces()?;
        }
        definition.directives = self.directives(true)?;
        match definition.kind {
            DefinitionKind::Object | DefinitionKind::Interface => {
                (definition.fields, definition.comments.at_end) = self.some_and_comments(open, close, Self::field)?;
            }
            DefinitionKind::InputObject => {
                (definition.fields, definition.comments.at_end) =
                    self.some_and_comments(open, close, Self::argument)?;
            }
            DefinitionKind::Enum => {
                (definition.enum_values, definition.comments.at_end) =
                    self.some_and_comments(open, close, Self::enum_value)?;
            }
            DefinitionKind::Union => definition.members = self.members()?,
            DefinitionKind::Scalar | DefinitionKind::Unset => {}
        }
        Ok(())
    }

    fn interfaces(&mut self) -> Parsed<Vec<&'a str>> {
        if self.peek().value != "implements" {
            return Ok(Vec::new());
        }
        self.next();
        self.skip(TokenKind::Ampersand);
        self.separated(TokenKind::Ampersand, Self::name)
    }

    fn members(&mut self) -> Parsed<Vec<Member<'a>>> {
        if !self.skip(TokenKind::Equals) {
            return Ok(Vec::new());
        }
        self.skip(TokenKind::Pipe);
        self.separated(TokenKind::Pipe, |parser| Ok(Member { position: parser.position(), name: parser.name()? }))
    }

    fn separated<T>(&mut self, separator: TokenKind, item: impl Fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.skip(separator) {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn field(&mut self) -> Parsed<FieldDefinition<'a>> {
        let description = self.inner_description();
        let (position, comments) = (self.position(), self.comments());
        let name = self.name()?;
        let arguments = self.argument_definitions()?;
        self.expect(TokenKind::Colon)?;
        Ok(FieldDefinition {
            description: description.text,
            name,
            arguments,
            default: None,
            type_reference: self.type_reference()?,
            directives: self.directives(true)?,
            comments: around(description.comments, comments),
            position,
        })
    }

    fn argument_definitions(&mut self) -> Parsed<Vec<FieldDefinition<'a>>> {
        self.some(TokenKind::ParenOpen, TokenKind::ParenClose, Self::argument)
    }

    /// An argument, or a field of an input object.
    fn argument(&mut self) -> Parsed<FieldDefinition<'a>> {
        let description = self.inner_description();
        let (position, comments) = (self.position(), self.comments());
        let name = self.name()?;
        self.expect(TokenKind::Colon)?;
        Ok(FieldDefinition {
            description: description.text,
            name,
            arguments: Vec::new(),
            type_reference: self.type_reference()?,
            default: self.default()?,
            directives: self.directives(true)?,
            comments: around(description.comments, comments),
            position,
        })
    }

    fn enum_value(&mut self) -> Parsed<EnumValue<'a>> {
        let description = self.inner_description();
        let (position, comments) = (self.position(), self.comments());
        Ok(EnumValue {
            description: description.text,
            name: self.name()?,
            directives: self.directives(true)?,
            comments: around(description.comments, comments),
            position,
        })
    }

    fn schema_definition(&mut self, description: Description<'a>) -> Parsed<SchemaDefinition<'a>> {
        let mut comments = around(description.comments, self.comments());
        self.expect_keyword("schema")?;
        let position = self.position();
        let directives = self.directives(true)?;
        let operation_types;
        (operation_types, comments.at_end) =
            self.some_and_comments(TokenKind::BraceOpen, TokenKind::BraceClose, Self::operation_type)?;
        Ok(SchemaDefinition { description: description.text, directives, operation_types, comments, position })
    }

    fn operation_type(&mut self) -> Parsed<OperationType<'a>> {
        let (position, comments) = (self.position(), self.comments());
        let kind = self.operation_kind()?;
        self.expect(TokenKind::Colon)?;
        Ok(OperationType { kind, type_name: self.name()?, comments, position })
    }

    fn directive_definition(&mut self, description: Description<'a>) -> Parsed<DirectiveDefinition<'a>> {
        let comments = around(description.comments, self.comments());
        self.next();
        self.expect(TokenKind::At)?;
        let position = self.position();
        let name = self.name()?;
        let arguments = self.argument_definitions()?;
        let token = self.peek();
        let is_repeatable = token.kind == TokenKind::Name && token.value == "repeatable";
        if is_repeatable {
            self.next();
        }
        self.expect_keyword("on")?;
        self.skip(TokenKind::Pipe);
        let locations = self.separated(TokenKind::Pipe, Self::directive_location)?;
        let description = description.text;
        Ok(DirectiveDefinition { description, name, arguments, locations, is_repeatable, comments, position })
    }

    fn directive_location(&mut self) -> Parsed<&'a str> {
        let token = self.expect(TokenKind::Name)?;
        if DIRECTIVE_LOCATIONS.contains(&token.value) { Ok(token.value) } else { unexpected(token) }
    }

    /// An extension, from `extend`.
    fn extension(&mut self, document: &mut SchemaDocument<'a>) -> Parsed<()> {
        let comments = self.comments();
        self.next();
        let keyword = self.peek().value;
        if keyword == "schema" {
            let mut extension = self.schema_definition(Description::default())?;
            extension.comments.after_description = comments;
            if extension.directives.is_empty() && extension.operation_types.is_empty() {
                return self.unexpected();
            }
            document.schema_extensions.push(extension);
            return Ok(());
        }
        let Some(kind) = kind_of_keyword(keyword) else {
            return self.unexpected();
        };
        self.expect_keyword(keyword)?;
        let position = self.position();
        let mut extension = Definition::new(kind, self.name()?, position);
        extension.comments.after_description = comments;
        if kind == DefinitionKind::Interface && self.peek().value == "implements" {
            // gqlparser lets only definitions of interfaces implement others.
            return self.unexpected();
        }
        self.definition_body(&mut extension)?;
        let is_empty = extension.interfaces.is_empty()
            && extension.directives.is_empty()
            && extension.fields.is_empty()
            && extension.members.is_empty()
            && extension.enum_values.is_empty();
        if is_empty {
            return self.unexpected();
        }
        document.extensions.push(extension);
        Ok(())
    }
}

fn around<'a>(before_description: Comments<'a>, after_description: Comments<'a>) -> DefinitionComments<'a> {
    DefinitionComments { before_description, after_description, at_end: Vec::new() }
}

fn kind_of_keyword(keyword: &str) -> Option<DefinitionKind> {
    Some(match keyword {
        "scalar" => DefinitionKind::Scalar,
        "type" => DefinitionKind::Object,
        "interface" => DefinitionKind::Interface,
        "union" => DefinitionKind::Union,
        "enum" => DefinitionKind::Enum,
        "input" => DefinitionKind::InputObject,
        _ => return None,
    })
}
