//! Documents as the objects that policies see: the fields of gqlparser's structures by name, without positions, and
//! without lists and optional parts that are empty. Empty strings and `false` stay.

use super::ast::{
    Argument, Child, Comments, Definition, DefinitionComments, Directive, DirectiveDefinition, EnumValue, Field,
    FieldDefinition, FragmentDefinition, FragmentSpread, InlineFragment, Literal, Operation, OperationType,
    QueryDocument, SchemaDefinition, SchemaDocument, Selection, TypeReference, VariableDefinition,
};
use value::{Arena, Value};

pub trait Encode<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a>;
}

/// The entries of an object being built.
struct Entries<'a> {
    arena: &'a Arena,
    entries: Vec<(Value<'a>, Value<'a>)>,
}

impl<'a> Entries<'a> {
    fn new(arena: &'a Arena) -> Self {
        Self { arena, entries: Vec::new() }
    }

    fn with(mut self, key: &'static str, value: Value<'a>) -> Self {
        self.entries.push((self.arena.borrowed(key), value));
        self
    }

    fn text(self, key: &'static str, text: &'a str) -> Self {
        let value = self.arena.borrowed(text);
        self.with(key, value)
    }

    fn flag(self, key: &'static str, flag: bool) -> Self {
        self.with(key, flag.into())
    }

    fn part(self, key: &'static str, part: &impl Encode<'a>) -> Self {
        let value = part.encode(self.arena);
        self.with(key, value)
    }

    fn list(self, key: &'static str, parts: &[impl Encode<'a>]) -> Self {
        if parts.is_empty() {
            return self;
        }
        let items: Vec<_> = parts.iter().map(|part| part.encode(self.arena)).collect();
        let value = self.arena.array(&items);
        self.with(key, value)
    }

    fn comments(self, key: &'static str, comments: &Comments<'a>) -> Self {
        if comments.is_empty() {
            return self;
        }
        let comments: Vec<_> =
            comments.iter().map(|comment| Entries::new(self.arena).text("Value", comment).object()).collect();
        let list = self.arena.array(&comments);
        let group = Entries::new(self.arena).with("List", list).object();
        self.with(key, group)
    }

    fn definition_comments(self, comments: &DefinitionComments<'a>) -> Self {
        self.comments("BeforeDescriptionComment", &comments.before_description)
            .comments("AfterDescriptionComment", &comments.after_description)
            .comments("EndOfDefinitionComment", &comments.at_end)
    }

    fn object(self) -> Value<'a> {
        self.arena.object(&self.entries)
    }
}

impl<'a> Encode<'a> for &'a str {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        arena.borrowed(self)
    }
}

impl<'a> Encode<'a> for QueryDocument<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena).list("Fragments", &self.fragments).list("Operations", &self.operations).object()
    }
}

impl<'a> Encode<'a> for Operation<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .comments("Comment", &self.comments)
            .list("Directives", &self.directives)
            .text("Name", self.name)
            .text("Operation", self.kind.as_str())
            .list("SelectionSet", &self.selections)
            .list("VariableDefinitions", &self.variables)
            .object()
    }
}

impl<'a> Encode<'a> for FragmentDefinition<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .comments("Comment", &self.comments)
            .list("Directives", &self.directives)
            .text("Name", self.name)
            .list("SelectionSet", &self.selections)
            .text("TypeCondition", self.type_condition)
            .list("VariableDefinition", &self.variables)
            .object()
    }
}

impl<'a> Encode<'a> for VariableDefinition<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        let mut entries = Entries::new(arena)
            .comments("Comment", &self.comments)
            .list("Directives", &self.directives)
            .part("Type", &self.type_reference)
            // gqlparser notes its findings in the tree itself; before validation this is what it says.
            .flag("Used", false)
            .text("Variable", self.name);
        if let Some(default) = &self.default {
            entries = entries.part("DefaultValue", default);
        }
        entries.object()
    }
}

impl<'a> Encode<'a> for Selection<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        match self {
            Selection::Field(field) => field.encode(arena),
            Selection::FragmentSpread(spread) => spread.encode(arena),
            Selection::InlineFragment(fragment) => fragment.encode(arena),
        }
    }
}

impl<'a> Encode<'a> for Field<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .text("Alias", self.alias)
            .list("Arguments", &self.arguments)
            .comments("Comment", &self.comments)
            .list("Directives", &self.directives)
            .text("Name", self.name)
            .list("SelectionSet", &self.selections)
            .object()
    }
}

impl<'a> Encode<'a> for FragmentSpread<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .comments("Comment", &self.comments)
            .list("Directives", &self.directives)
            .text("Name", self.name)
            .object()
    }
}

impl<'a> Encode<'a> for InlineFragment<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .comments("Comment", &self.comments)
            .list("Directives", &self.directives)
            .list("SelectionSet", &self.selections)
            .text("TypeCondition", self.type_condition)
            .object()
    }
}

impl<'a> Encode<'a> for Argument<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .comments("Comment", &self.comments)
            .text("Name", self.name)
            .part("Value", &self.value)
            .object()
    }
}

impl<'a> Encode<'a> for Directive<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        // Where it stands is found out by validation.
        Entries::new(arena).list("Arguments", &self.arguments).text("Location", "").text("Name", self.name).object()
    }
}

impl<'a> Encode<'a> for Literal<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .list("Children", &self.children)
            .comments("Comment", &self.comments)
            .flag("ExpectedTypeHasDefault", false)
            .with("Kind", Value::Int(self.kind as i64))
            .text("Raw", self.raw)
            .object()
    }
}

impl<'a> Encode<'a> for Child<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .comments("Comment", &self.comments)
            .text("Name", self.name)
            .part("Value", &self.value)
            .object()
    }
}

impl<'a> Encode<'a> for TypeReference<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        let mut entries = Entries::new(arena);
        if let Some(element) = &self.element {
            entries = entries.part("Elem", element.as_ref());
        }
        entries.text("NamedType", self.named).flag("NonNull", self.non_null).object()
    }
}

impl<'a> Encode<'a> for SchemaDocument<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .comments("Comment", &self.comments)
            .list("Definitions", &self.definitions)
            .list("Directives", &self.directives)
            .list("Extensions", &self.extensions)
            .list("Schema", &self.schemas)
            .list("SchemaExtension", &self.schema_extensions)
            .object()
    }
}

impl<'a> Encode<'a> for SchemaDefinition<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .definition_comments(&self.comments)
            .text("Description", self.description)
            .list("Directives", &self.directives)
            .list("OperationTypes", &self.operation_types)
            .object()
    }
}

impl<'a> Encode<'a> for OperationType<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .comments("Comment", &self.comments)
            .text("Operation", self.kind.as_str())
            .text("Type", self.type_name)
            .object()
    }
}

impl<'a> Encode<'a> for DirectiveDefinition<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .definition_comments(&self.comments)
            .list("Arguments", &self.arguments)
            .text("Description", self.description)
            .flag("IsRepeatable", self.is_repeatable)
            .list("Locations", &self.locations)
            .text("Name", self.name)
            .object()
    }
}

impl<'a> Encode<'a> for Definition<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        let members: Vec<_> = self.members.iter().map(|member| member.name).collect();
        Entries::new(arena)
            .definition_comments(&self.comments)
            .flag("BuiltIn", self.built_in)
            .text("Description", self.description)
            .list("Directives", &self.directives)
            .list("EnumValues", &self.enum_values)
            .list("Fields", &self.fields)
            .list("Interfaces", &self.interfaces)
            .text("Kind", self.kind.as_str())
            .text("Name", self.name)
            .list("Types", &members)
            .object()
    }
}

impl<'a> Encode<'a> for FieldDefinition<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        let mut entries = Entries::new(arena)
            .definition_comments(&self.comments)
            .list("Arguments", &self.arguments)
            .text("Description", self.description)
            .list("Directives", &self.directives)
            .text("Name", self.name)
            .part("Type", &self.type_reference);
        if let Some(default) = &self.default {
            entries = entries.part("DefaultValue", default);
        }
        entries.object()
    }
}

impl<'a> Encode<'a> for EnumValue<'a> {
    fn encode(&self, arena: &'a Arena) -> Value<'a> {
        Entries::new(arena)
            .definition_comments(&self.comments)
            .text("Description", self.description)
            .list("Directives", &self.directives)
            .text("Name", self.name)
            .object()
    }
}
