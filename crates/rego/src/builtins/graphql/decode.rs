//! Documents from the objects that [`encode`](super::encode) makes, or that a policy wrote in that shape.
//!
//! What is absent or null is empty. Unlike gqlparser, which reads every selection back as a field, this tells fragments
//! apart: what has a `TypeCondition` is an inline fragment, and what has nothing but the name of one of the document's
//! fragments spreads it.

use super::DEPTH_MAX;
use super::ast::{
    Argument, Child, Comments, Definition, DefinitionComments, DefinitionKind, Directive, DirectiveDefinition,
    EnumValue, Field, FieldDefinition, FragmentDefinition, FragmentSpread, InlineFragment, Literal, LiteralKind,
    Member, Operation, OperationKind, OperationType, QueryDocument, SchemaDefinition, SchemaDocument, Selection,
    TypeReference, VariableDefinition,
};
use rustc_hash::FxHashSet;
use value::{Object, Value};

/// A value of the greatest depth: two objects a level, and those around it.
const NODE_DEPTH_MAX: usize = 2 * DEPTH_MAX + 8;

/// Why an object is no document.
pub type Decoded<T> = Result<T, String>;

/// The executable document that `object` describes.
pub fn decode_query<'a>(object: &'a Object<'a>) -> Decoded<QueryDocument<'a>> {
    let document = Node { object, what: "document", depth: 0 };
    let mut fragment_names = FxHashSet::default();
    for fragment in document.items("Fragments")? {
        fragment_names.extend(fragment.get_str("Name").and_then(Value::as_str));
    }
    let decoder = QueryDecoder { fragment_names };
    Ok(QueryDocument {
        operations: document.list("Operations", "operation", |node| decoder.operation(node))?,
        fragments: document.list("Fragments", "fragment", |node| decoder.fragment_definition(node))?,
    })
}

/// The document of type definitions that `object` describes.
pub fn decode_schema<'a>(object: &'a Object<'a>) -> Decoded<SchemaDocument<'a>> {
    let document = Node { object, what: "document", depth: 0 };
    Ok(SchemaDocument {
        schemas: document.list("Schema", "schema", schema_definition)?,
        schema_extensions: document.list("SchemaExtension", "schema extension", schema_definition)?,
        directives: document.list("Directives", "directive definition", directive_definition)?,
        definitions: document.list("Definitions", "definition", definition)?,
        extensions: document.list("Extensions", "extension", definition)?,
        comments: document.comments("Comment")?,
    })
}

/// An object within a document.
#[derive(Clone, Copy)]
struct Node<'a> {
    object: &'a Object<'a>,
    /// What it should be, for messages.
    what: &'static str,
    depth: usize,
}

impl<'a> Node<'a> {
    fn new(value: Value<'a>, what: &'static str, depth: usize) -> Decoded<Self> {
        if depth > NODE_DEPTH_MAX {
            return Err(format!("{what} is nested deeper than {DEPTH_MAX} levels"));
        }
        match value.as_object() {
            Some(object) => Ok(Self { object, what, depth }),
            None => Err(format!("{what} must be object but got {}", value.type_name())),
        }
    }

    fn get(&self, key: &str) -> Option<Value<'a>> {
        self.object.get_str(key).filter(|value| *value != Value::Null)
    }

    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn wrong<T>(&self, key: &str, expected: &str, got: Value<'_>) -> Decoded<T> {
        Err(format!("{key} of {} must be {expected} but got {}", self.what, got.type_name()))
    }

    fn text(&self, key: &str) -> Decoded<&'a str> {
        match self.get(key) {
            None => Ok(""),
            Some(value) => value.as_str().map_or_else(|| self.wrong(key, "string", value), Ok),
        }
    }

    fn flag(&self, key: &str) -> Decoded<bool> {
        match self.get(key) {
            None => Ok(false),
            Some(value) => value.as_bool().map_or_else(|| self.wrong(key, "boolean", value), Ok),
        }
    }

    fn items(&self, key: &str) -> Decoded<Vec<Value<'a>>> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items.iter().collect()),
            Some(Value::Set(items)) => Ok(items.iter().collect()),
            Some(value) => self.wrong(key, "array", value),
        }
    }

    fn texts(&self, key: &str) -> Decoded<Vec<&'a str>> {
        let text = |item: Value<'a>| item.as_str().map_or_else(|| self.wrong(key, "array of strings", item), Ok);
        self.items(key)?.into_iter().map(text).collect()
    }

    fn list<T>(&self, key: &str, what: &'static str, decode: impl Fn(Node<'a>) -> Decoded<T>) -> Decoded<Vec<T>> {
        self.items(key)?.into_iter().map(|item| decode(Node::new(item, what, self.depth + 1)?)).collect()
    }

    fn optional<T>(
        &self,
        key: &str,
        what: &'static str,
        decode: impl FnOnce(Node<'a>) -> Decoded<T>,
    ) -> Decoded<Option<T>> {
        self.get(key).map(|value| decode(Node::new(value, what, self.depth + 1)?)).transpose()
    }

    fn required<T>(&self, key: &str, what: &'static str, decode: impl FnOnce(Node<'a>) -> Decoded<T>) -> Decoded<T> {
        self.optional(key, what, decode)?.ok_or_else(|| format!("{} has no {key}", self.what))
    }

    fn comments(&self, key: &str) -> Decoded<Comments<'a>> {
        let group =
            self.optional(key, "comment group", |group| group.list("List", "comment", |node| node.text("Value")));
        Ok(group?.unwrap_or_default())
    }

    fn definition_comments(&self) -> Decoded<DefinitionComments<'a>> {
        Ok(DefinitionComments {
            before_description: self.comments("BeforeDescriptionComment")?,
            after_description: self.comments("AfterDescriptionComment")?,
            at_end: self.comments("EndOfDefinitionComment")?,
        })
    }

    fn directives(&self) -> Decoded<Vec<Directive<'a>>> {
        self.list("Directives", "directive", |node| {
            Ok(Directive { name: node.text("Name")?, arguments: node.arguments()?, position: None })
        })
    }

    fn arguments(&self) -> Decoded<Vec<Argument<'a>>> {
        self.list("Arguments", "argument", |node| {
            let Child { name, value, comments, position } = child(node)?;
            Ok(Argument { name, value, comments, position })
        })
    }

    fn type_reference(&self) -> Decoded<TypeReference<'a>> {
        self.required("Type", "type", type_reference)
    }

    fn default(&self) -> Decoded<Option<Literal<'a>>> {
        self.optional("DefaultValue", "value", literal)
    }

    fn operation_kind(&self) -> Decoded<OperationKind> {
        match self.text("Operation")? {
            "" => Ok(OperationKind::Query),
            text => OperationKind::parse(text).ok_or_else(|| format!("{} has an unknown Operation", self.what)),
        }
    }
}

struct QueryDecoder<'a> {
    fragment_names: FxHashSet<&'a str>,
}

impl<'a> QueryDecoder<'a> {
    fn operation(&self, node: Node<'a>) -> Decoded<Operation<'a>> {
        Ok(Operation {
            kind: node.operation_kind()?,
            name: node.text("Name")?,
            variables: node.list("VariableDefinitions", "variable definition", variable_definition)?,
            directives: node.directives()?,
            selections: self.selections(node)?,
            comments: node.comments("Comment")?,
            position: None,
        })
    }

    fn fragment_definition(&self, node: Node<'a>) -> Decoded<FragmentDefinition<'a>> {
        Ok(FragmentDefinition {
            name: node.text("Name")?,
            variables: node.list("VariableDefinition", "variable definition", variable_definition)?,
            type_condition: node.text("TypeCondition")?,
            directives: node.directives()?,
            selections: self.selections(node)?,
            comments: node.comments("Comment")?,
            position: None,
        })
    }

    fn selections(&self, node: Node<'a>) -> Decoded<Vec<Selection<'a>>> {
        node.list("SelectionSet", "selection", |node| self.selection(node))
    }

    fn selection(&self, node: Node<'a>) -> Decoded<Selection<'a>> {
        let name = node.text("Name")?;
        let (directives, comments, position) = (node.directives()?, node.comments("Comment")?, None);
        if node.has("TypeCondition") {
            let (type_condition, selections) = (node.text("TypeCondition")?, self.selections(node)?);
            let fragment = InlineFragment { type_condition, directives, selections, comments, position };
            return Ok(Selection::InlineFragment(fragment));
        }
        let has_more = ["Alias", "Arguments", "SelectionSet"].into_iter().any(|key| node.has(key));
        if !has_more && self.fragment_names.contains(name) {
            return Ok(Selection::FragmentSpread(FragmentSpread { name, directives, comments, position }));
        }
        let (alias, arguments, selections) = (node.text("Alias")?, node.arguments()?, self.selections(node)?);
        Ok(Selection::Field(Field { alias, name, arguments, directives, selections, comments, position }))
    }
}

fn variable_definition<'a>(node: Node<'a>) -> Decoded<VariableDefinition<'a>> {
    Ok(VariableDefinition {
        name: node.text("Variable")?,
        type_reference: node.type_reference()?,
        default: node.default()?,
        directives: node.directives()?,
        comments: node.comments("Comment")?,
        position: None,
    })
}

fn child<'a>(node: Node<'a>) -> Decoded<Child<'a>> {
    Ok(Child {
        name: node.text("Name")?,
        value: node.required("Value", "value", literal)?,
        comments: node.comments("Comment")?,
        position: None,
    })
}

fn literal<'a>(node: Node<'a>) -> Decoded<Literal<'a>> {
    let kind = match node.get("Kind") {
        None => LiteralKind::Variable,
        Some(kind) => match LiteralKind::ALL.into_iter().find(|known| kind == Value::Int(*known as i64)) {
            Some(known) => known,
            None => return Err("Kind of value must be number from 0 to 9".to_owned()),
        },
    };
    Ok(Literal {
        kind,
        raw: node.text("Raw")?,
        children: node.list("Children", "child", child)?,
        comments: node.comments("Comment")?,
        position: None,
    })
}

fn type_reference<'a>(node: Node<'a>) -> Decoded<TypeReference<'a>> {
    Ok(TypeReference {
        named: node.text("NamedType")?,
        element: node.optional("Elem", "type", type_reference)?.map(Box::new),
        non_null: node.flag("NonNull")?,
        position: None,
    })
}

fn schema_definition<'a>(node: Node<'a>) -> Decoded<SchemaDefinition<'a>> {
    Ok(SchemaDefinition {
        description: node.text("Description")?,
        directives: node.directives()?,
        operation_types: node.list("OperationTypes", "operation type", |node| {
            Ok(OperationType {
                kind: node.operation_kind()?,
                type_name: node.text("Type")?,
                comments: node.comments("Comment")?,
                position: None,
            })
        })?,
        comments: node.definition_comments()?,
        position: None,
    })
}

fn directive_definition<'a>(node: Node<'a>) -> Decoded<DirectiveDefinition<'a>> {
    Ok(DirectiveDefinition {
        description: node.text("Description")?,
        name: node.text("Name")?,
        arguments: node.list("Arguments", "argument definition", field_definition)?,
        locations: node.texts("Locations")?,
        is_repeatable: node.flag("IsRepeatable")?,
        comments: node.definition_comments()?,
        position: None,
    })
}

fn definition<'a>(node: Node<'a>) -> Decoded<Definition<'a>> {
    let kind = DefinitionKind::parse(node.text("Kind")?).ok_or_else(|| format!("{} has an unknown Kind", node.what))?;
    Ok(Definition {
        kind,
        description: node.text("Description")?,
        name: node.text("Name")?,
        directives: node.directives()?,
        interfaces: node.texts("Interfaces")?,
        fields: node.list("Fields", "field definition", field_definition)?,
        members: node.texts("Types")?.into_iter().map(|name| Member { name, position: None }).collect(),
        enum_values: node.list("EnumValues", "enum value", enum_value)?,
        built_in: node.flag("BuiltIn")?,
        comments: node.definition_comments()?,
        position: None,
    })
}

fn field_definition<'a>(node: Node<'a>) -> Decoded<FieldDefinition<'a>> {
    Ok(FieldDefinition {
        description: node.text("Description")?,
        name: node.text("Name")?,
        arguments: node.list("Arguments", "argument definition", field_definition)?,
        default: node.default()?,
        type_reference: node.type_reference()?,
        directives: node.directives()?,
        comments: node.definition_comments()?,
        position: None,
    })
}

fn enum_value<'a>(node: Node<'a>) -> Decoded<EnumValue<'a>> {
    Ok(EnumValue {
        description: node.text("Description")?,
        name: node.text("Name")?,
        directives: node.directives()?,
        comments: node.definition_comments()?,
        position: None,
    })
}
