//! The two kinds of GraphQL documents, in the shape that policies see.
//!
//! Names borrow from the text they were read from. An optional [`Position`] is absent in documents that came as objects:
//! those carry none.

use super::super::go_format::quote;
use std::fmt;

/// Where a token starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters from 1. Signed, because a block string that ends on a later line is counted from that line's start.
    pub column: i64,
    /// Whether it is in the definitions that every schema has, not in the user's text.
    pub built_in: bool,
}

/// The comments before a token, each from its `#`.
pub type Comments<'a> = Vec<&'a str>;

/// A document that can be executed.
#[derive(Debug, Default)]
pub struct QueryDocument<'a> {
    pub operations: Vec<Operation<'a>>,
    pub fragments: Vec<FragmentDefinition<'a>>,
}

/// A document that defines types.
#[derive(Debug, Default)]
pub struct SchemaDocument<'a> {
    pub schemas: Vec<SchemaDefinition<'a>>,
    pub schema_extensions: Vec<SchemaDefinition<'a>>,
    pub directives: Vec<DirectiveDefinition<'a>>,
    pub definitions: Vec<Definition<'a>>,
    pub extensions: Vec<Definition<'a>>,
    /// At the end of the text.
    pub comments: Comments<'a>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    Query,
    Mutation,
    Subscription,
}

impl OperationKind {
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Query, Self::Mutation, Self::Subscription].into_iter().find(|kind| kind.as_str() == text)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

#[derive(Debug)]
pub struct Operation<'a> {
    pub kind: OperationKind,
    /// Empty for an anonymous one.
    pub name: &'a str,
    pub variables: Vec<VariableDefinition<'a>>,
    pub directives: Vec<Directive<'a>>,
    pub selections: Vec<Selection<'a>>,
    pub comments: Comments<'a>,
    pub position: Option<Position>,
}

#[derive(Debug)]
pub struct FragmentDefinition<'a> {
    pub name: &'a str,
    pub variables: Vec<VariableDefinition<'a>>,
    pub type_condition: &'a str,
    pub directives: Vec<Directive<'a>>,
    pub selections: Vec<Selection<'a>>,
    pub comments: Comments<'a>,
    pub position: Option<Position>,
}

#[derive(Debug)]
pub struct VariableDefinition<'a> {
    /// Without `$`.
    pub name: &'a str,
    pub type_reference: TypeReference<'a>,
    pub default: Option<Literal<'a>>,
    pub directives: Vec<Directive<'a>>,
    pub comments: Comments<'a>,
    pub position: Option<Position>,
}

#[derive(Debug)]
pub enum Selection<'a> {
    Field(Field<'a>),
    FragmentSpread(FragmentSpread<'a>),
    InlineFragment(InlineFragment<'a>),
}

#[derive(Debug)]
pub struct Field<'a> {
    /// The name itself where none was written.
    pub alias: &'a str,
    pub name: &'a str,
    pub arguments: Vec<Argument<'a>>,
    pub directives: Vec<Directive<'a>>,
    pub selections: Vec<Selection<'a>>,
    pub comments: Comments<'a>,
    pub position: Option<Position>,
}

impl<'a> Field<'a> {
    /// What the field is called in the response.
    pub fn response_name(&self) -> &'a str {
        if self.alias.is_empty() { self.name } else { self.alias }
    }
}

#[derive(Debug)]
pub struct FragmentSpread<'a> {
    pub name: &'a str,
    pub directives: Vec<Directive<'a>>,
    pub comments: Comments<'a>,
    pub position: Option<Position>,
}

#[derive(Debug)]
pub struct InlineFragment<'a> {
    /// Empty where there is none.
    pub type_condition: &'a str,
    pub directives: Vec<Directive<'a>>,
    pub selections: Vec<Selection<'a>>,
    pub comments: Comments<'a>,
    pub position: Option<Position>,
}

#[derive(Debug)]
pub struct Argument<'a> {
    pub name: &'a str,
    pub value: Literal<'a>,
    pub comments: Comments<'a>,
    pub position: Option<Position>,
}

#[derive(Debug)]
pub struct Directive<'a> {
    /// Without `@`.
    pub name: &'a str,
    pub arguments: Vec<Argument<'a>>,
    pub position: Option<Position>,
}

/// The discriminants are what policies see as `Kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiteralKind {
    Variable = 0,
    Int = 1,
    Float = 2,
    String = 3,
    BlockString = 4,
    Boolean = 5,
    Null = 6,
    Enum = 7,
    List = 8,
    Object = 9,
}

impl LiteralKind {
    pub const ALL: [Self; 10] = [
        Self::Variable,
        Self::Int,
        Self::Float,
        Self::String,
        Self::BlockString,
        Self::Boolean,
        Self::Null,
        Self::Enum,
        Self::List,
        Self::Object,
    ];
}

#[derive(Debug)]
pub struct Literal<'a> {
    pub kind: LiteralKind,
    /// The text of a scalar, without quotes and escapes; the name of a variable.
    pub raw: &'a str,
    /// Of a list or object.
    pub children: Vec<Child<'a>>,
    pub comments: Comments<'a>,
    pub position: Option<Position>,
}

/// An item of a list, whose name is empty, or a field of an object.
#[derive(Debug)]
pub struct Child<'a> {
    pub name: &'a str,
    pub value: Literal<'a>,
    pub comments: Comments<'a>,
    pub position: Option<Position>,
}

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = |at: usize| if at == 0 { "" } else { "," };
        match self.kind {
            LiteralKind::Variable => write!(f, "${}", self.raw),
            LiteralKind::String | LiteralKind::BlockString => f.write_str(&quote(self.raw, '"', false)),
            LiteralKind::List => {
                f.write_str("[")?;
                for (at, item) in self.children.iter().enumerate() {
                    write!(f, "{}{}", separator(at), item.value)?;
                }
                f.write_str("]")
            }
            LiteralKind::Object => {
                f.write_str("{")?;
                for (at, field) in self.children.iter().enumerate() {
                    write!(f, "{}{}:{}", separator(at), field.name, field.value)?;
                }
                f.write_str("}")
            }
            _ => f.write_str(self.raw),
        }
    }
}

#[derive(Debug)]
pub struct TypeReference<'a> {
    /// Empty for a list.
    pub named: &'a str,
    pub element: Option<Box<TypeReference<'a>>>,
    pub non_null: bool,
    pub position: Option<Position>,
}

impl<'a> TypeReference<'a> {
    /// A type of this name that may be null.
    pub const fn named(name: &'a str) -> Self {
        Self { named: name, element: None, non_null: false, position: None }
    }

    /// The name of the type within all lists.
    pub fn name(&self) -> &'a str {
        let mut inner = self;
        while let (true, Some(element)) = (inner.named.is_empty(), &inner.element) {
            inner = element;
        }
        inner.named
    }

    /// Whether a value of this type can stand where one of type `other` is expected; `non_null` is what `other` says of
    /// null.
    pub fn is_compatible(&self, other: &Self, non_null: bool) -> bool {
        let elements_are = match (&self.element, &other.element) {
            (Some(own), Some(other)) => own.is_compatible(other, other.non_null),
            (own, _) => own.is_none(),
        };
        self.named == other.named && elements_are && (!non_null || self.non_null)
    }
}

impl fmt::Display for TypeReference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.element {
            Some(element) if self.named.is_empty() => write!(f, "[{element}]")?,
            _ => f.write_str(self.named)?,
        }
        f.write_str(if self.non_null { "!" } else { "" })
    }
}

#[derive(Debug)]
pub struct SchemaDefinition<'a> {
    pub description: &'a str,
    pub directives: Vec<Directive<'a>>,
    pub operation_types: Vec<OperationType<'a>>,
    pub comments: DefinitionComments<'a>,
    pub position: Option<Position>,
}

#[derive(Debug)]
pub struct OperationType<'a> {
    pub kind: OperationKind,
    pub type_name: &'a str,
    pub comments: Comments<'a>,
    pub position: Option<Position>,
}

#[derive(Debug)]
pub struct DirectiveDefinition<'a> {
    pub description: &'a str,
    pub name: &'a str,
    pub arguments: Vec<FieldDefinition<'a>>,
    pub locations: Vec<&'a str>,
    pub is_repeatable: bool,
    pub comments: DefinitionComments<'a>,
    pub position: Option<Position>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinitionKind {
    /// In a document that came as an object and does not say it.
    Unset,
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    InputObject,
}

impl DefinitionKind {
    pub fn parse(text: &str) -> Option<Self> {
        let all =
            [Self::Unset, Self::Scalar, Self::Object, Self::Interface, Self::Union, Self::Enum, Self::InputObject];
        all.into_iter().find(|kind| kind.as_str() == text)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unset => "",
            Self::Scalar => "SCALAR",
            Self::Object => "OBJECT",
            Self::Interface => "INTERFACE",
            Self::Union => "UNION",
            Self::Enum => "ENUM",
            Self::InputObject => "INPUT_OBJECT",
        }
    }

    /// Whether values of it have no fields.
    pub const fn is_leaf(self) -> bool {
        matches!(self, Self::Enum | Self::Scalar)
    }

    /// Whether values of it are of several object types.
    pub const fn is_abstract(self) -> bool {
        matches!(self, Self::Interface | Self::Union)
    }

    /// Whether a selection of fields can be made from it.
    pub const fn is_composite(self) -> bool {
        matches!(self, Self::Object | Self::Interface | Self::Union)
    }

    /// Whether arguments and variables can be of it.
    pub const fn is_input(self) -> bool {
        matches!(self, Self::Scalar | Self::Enum | Self::InputObject)
    }
}

impl fmt::Display for DefinitionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A type, or an extension of one.
#[derive(Debug)]
pub struct Definition<'a> {
    pub kind: DefinitionKind,
    pub description: &'a str,
    pub name: &'a str,
    pub directives: Vec<Directive<'a>>,
    pub interfaces: Vec<&'a str>,
    pub fields: Vec<FieldDefinition<'a>>,
    /// Of a union.
    pub members: Vec<Member<'a>>,
    pub enum_values: Vec<EnumValue<'a>>,
    pub built_in: bool,
    pub comments: DefinitionComments<'a>,
    pub position: Option<Position>,
}

impl<'a> Definition<'a> {
    /// A type with nothing in it.
    pub fn new(kind: DefinitionKind, name: &'a str, position: Option<Position>) -> Self {
        Self {
            kind,
            description: "",
            name,
            directives: Vec::new(),
            interfaces: Vec::new(),
            fields: Vec::new(),
            members: Vec::new(),
            enum_values: Vec::new(),
            built_in: false,
            comments: DefinitionComments::default(),
            position,
        }
    }

    pub fn field(&self, name: &str) -> Option<&FieldDefinition<'a>> {
        named(&self.fields, name)
    }
}

/// A type that belongs to a union.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    pub name: &'a str,
    pub position: Option<Position>,
}

/// A field, a field of an input object, or an argument.
#[derive(Debug)]
pub struct FieldDefinition<'a> {
    pub description: &'a str,
    pub name: &'a str,
    pub arguments: Vec<FieldDefinition<'a>>,
    pub default: Option<Literal<'a>>,
    pub type_reference: TypeReference<'a>,
    pub directives: Vec<Directive<'a>>,
    pub comments: DefinitionComments<'a>,
    pub position: Option<Position>,
}

impl<'a> FieldDefinition<'a> {
    /// A field that the language itself gives.
    pub fn implied(name: &'a str, type_reference: TypeReference<'a>) -> Self {
        Self {
            description: "",
            name,
            arguments: Vec::new(),
            default: None,
            type_reference,
            directives: Vec::new(),
            comments: DefinitionComments::default(),
            position: None,
        }
    }

    /// Whether a value must be given.
    pub fn is_required(&self) -> bool {
        self.type_reference.non_null && self.default.is_none()
    }

    pub fn has_default(&self) -> bool {
        self.default.as_ref().is_some_and(|default| default.kind != LiteralKind::Null)
    }
}

/// The field or argument of this name.
pub fn named<'s, 'a>(list: &'s [FieldDefinition<'a>], name: &str) -> Option<&'s FieldDefinition<'a>> {
    list.iter().find(|definition| definition.name == name)
}

#[derive(Debug)]
pub struct EnumValue<'a> {
    pub description: &'a str,
    pub name: &'a str,
    pub directives: Vec<Directive<'a>>,
    pub comments: DefinitionComments<'a>,
    pub position: Option<Position>,
}

/// The comments around a definition.
#[derive(Debug, Default)]
pub struct DefinitionComments<'a> {
    pub before_description: Comments<'a>,
    pub after_description: Comments<'a>,
    /// Before its closing brace.
    pub at_end: Comments<'a>,
}
