//! The types of a schema, put together from its documents and looked up by name.
//!
//! What is checked here is what later steps rely on: names that are defined once, roots that exist.
//! [`check_schema`](super::check_schema) checks the rest.

use super::Problem;
use super::ast::{
    Definition, DefinitionKind, DirectiveDefinition, FieldDefinition, OperationKind, OperationType, SchemaDefinition,
    SchemaDocument, TypeReference,
};
use super::check_schema;
use super::parse_schema::parse_schema;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use value::Arena;

const PRELUDE: &str = include_str!("prelude.graphql");

/// Directives that a document may define although every schema has them.
const REDEFINABLE_DIRECTIVES: [&str; 6] = ["include", "skip", "deprecated", "specifiedBy", "defer", "oneOf"];

/// A valid schema.
#[derive(Debug)]
pub struct Schema<'a> {
    pub types: BTreeMap<&'a str, Definition<'a>>,
    pub directives: BTreeMap<&'a str, DirectiveDefinition<'a>>,
    /// The types that a value of an abstract type can have; for an object type itself.
    pub possible_types: FxHashMap<&'a str, Vec<&'a str>>,
    roots: [Option<&'a str>; 3],
    /// `__typename`, which can be selected from every type.
    pub type_name_field: FieldDefinition<'a>,
}

impl<'a> Schema<'a> {
    /// The schema that `document` defines.
    pub fn load(arena: &'a Arena, document: SchemaDocument<'a>) -> Result<Self, Problem> {
        let mut schema = Self {
            types: BTreeMap::new(),
            directives: BTreeMap::new(),
            possible_types: FxHashMap::default(),
            roots: [None; 3],
            type_name_field: FieldDefinition::implied("__typename", TypeReference::named("String")),
        };
        let prelude = parse_schema(arena, PRELUDE, true)?;
        let mut order = Vec::new();
        for definition in prelude.definitions.into_iter().chain(document.definitions) {
            order.push(definition.name);
            schema.define(definition)?;
        }
        for extension in document.extensions {
            if !schema.types.contains_key(extension.name) {
                order.push(extension.name);
            }
            schema.extend(extension)?;
        }
        schema.find_possible_types(&order);
        for directive in prelude.directives.into_iter().chain(document.directives) {
            if schema.directives.contains_key(directive.name) && !REDEFINABLE_DIRECTIVES.contains(&directive.name) {
                let message = format!("Cannot redeclare directive {}.", directive.name);
                return Err(Problem::new(directive.position, message));
            }
            schema.directives.insert(directive.name, directive);
        }
        if let Some(second) = document.schemas.get(1) {
            let message = "Cannot have multiple schema entry points, consider schema extensions instead.";
            return Err(Problem::new(second.position, message.to_owned()));
        }
        for definition in document.schemas.iter().chain(&document.schema_extensions) {
            schema.set_roots(definition)?;
        }
        check_schema::check(&schema)?;
        if document.schemas.is_empty() {
            schema.infer_roots();
        }
        schema.add_introspection();
        Ok(schema)
    }

    /// The type that operations of this kind start from.
    pub fn root(&self, kind: OperationKind) -> Option<&Definition<'a>> {
        self.types.get(self.roots.get(kind as usize).copied().flatten()?)
    }

    /// The types that a value of type `name` can have.
    pub fn possible_types(&self, name: &str) -> &[&'a str] {
        self.possible_types.get(name).map_or(&[], Vec::as_slice)
    }

    fn define(&mut self, definition: Definition<'a>) -> Result<(), Problem> {
        if self.types.contains_key(definition.name) {
            return Err(Problem::new(definition.position, format!("Cannot redeclare type {}.", definition.name)));
        }
        self.types.insert(definition.name, definition);
        Ok(())
    }

    /// Adds to a type. Other than the specification says, the type need not be defined.
    fn extend(&mut self, extension: Definition<'a>) -> Result<(), Problem> {
        let (name, kind) = (extension.name, extension.kind);
        let definition = self.types.entry(name).or_insert_with(|| Definition::new(kind, name, extension.position));
        if definition.kind != kind {
            let base = definition.kind;
            let message = format!("Cannot extend type {name} because the base type is a {base}, not {kind}.");
            return Err(Problem::new(extension.position, message));
        }
        definition.directives.extend(extension.directives);
        definition.interfaces.extend(extension.interfaces);
        definition.fields.extend(extension.fields);
        definition.members.extend(extension.members);
        definition.enum_values.extend(extension.enum_values);
        Ok(())
    }

    fn find_possible_types(&mut self, order: &[&'a str]) {
        for name in order {
            let Some(definition) = self.types.get(name) else { continue };
            let mut add = |to: &'a str, name: &'a str| self.possible_types.entry(to).or_default().push(name);
            match definition.kind {
                DefinitionKind::Union => definition.members.iter().for_each(|member| add(name, member.name)),
                DefinitionKind::Object | DefinitionKind::InputObject => {
                    definition.interfaces.iter().for_each(|interface| add(interface, name));
                    add(name, name);
                }
                DefinitionKind::Interface => definition.interfaces.iter().for_each(|interface| add(interface, name)),
                DefinitionKind::Scalar | DefinitionKind::Enum | DefinitionKind::Unset => {}
            }
        }
    }

    fn set_roots(&mut self, definition: &SchemaDefinition<'a>) -> Result<(), Problem> {
        for OperationType { kind, type_name, position, .. } in &definition.operation_types {
            if !self.types.contains_key(type_name) {
                let kind = kind.as_str();
                let message = format!("Schema root {kind} refers to a type {type_name} that does not exist.");
                return Err(Problem::new(*position, message));
            }
            if let Some(root) = self.roots.get_mut(*kind as usize) {
                *root = Some(type_name);
            }
        }
        check_schema::check_directives(self, &definition.directives, "SCHEMA", None, true)
    }

    /// Without a schema definition, types of these names are the roots.
    fn infer_roots(&mut self) {
        for (root, name) in self.roots.iter_mut().zip(["Query", "Mutation", "Subscription"]) {
            if root.is_none() && self.types.contains_key(name) {
                *root = Some(name);
            }
        }
    }

    fn add_introspection(&mut self) {
        let [query, ..] = self.roots;
        let Some(query) = query.and_then(|name| self.types.get_mut(name)) else { return };
        let required = |name| TypeReference { non_null: true, ..TypeReference::named(name) };
        let mut of_type = FieldDefinition::implied("__type", TypeReference::named("__Type"));
        of_type.arguments.push(FieldDefinition::implied("name", required("String")));
        query.fields.push(FieldDefinition::implied("__schema", required("__Schema")));
        query.fields.push(of_type);
    }
}
