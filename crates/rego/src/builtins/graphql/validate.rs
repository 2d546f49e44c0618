//! Checking a query against a schema: one walk over the document, during which every rule looks at what it is about.
//!
//! The order of the walk and of the rules (by name, as gqlparser runs them) is the order of the messages. A node's
//! children come before the node itself; a fragment is walked where it is first spread in an operation, and all
//! fragments once more on their own at the end.

use super::ast::{
    Definition, Directive, Field, FieldDefinition, FragmentDefinition, FragmentSpread, InlineFragment, Literal,
    LiteralKind, Operation, OperationKind, Position, QueryDocument, Selection, TypeReference, VariableDefinition,
    named,
};
use super::overlapping::Compared;
use super::schema::Schema;
use super::{DEPTH_MAX, Problem};
use rustc_hash::{FxHashMap, FxHashSet};

/// Most steps from selection to selection and from field to field that a validation may take. Rules follow fragments
/// again and again, and some documents would take a number of steps that is exponential in their size.
const STEPS_MAX: usize = 500_000;

/// What is wrong with `document`, nothing if it is valid.
pub fn validate<'a>(schema: &Schema<'a>, document: &QueryDocument<'a>) -> Vec<Problem> {
    let mut validator = Validator::new(schema, document);
    validator.walk();
    match validator.exceeded {
        Some(exceeded) => vec![Problem::new(None, exceeded)],
        None => validator.problems,
    }
}

/// What the schema says of a value's place.
#[derive(Clone, Copy, Default)]
pub struct Expected<'d, 'a> {
    pub reference: Option<&'d TypeReference<'a>>,
    /// The type within all lists.
    pub definition: Option<&'d Definition<'a>>,
    pub has_default: bool,
}

/// What the schema says of a field.
#[derive(Clone, Copy)]
pub struct Resolved<'d, 'a> {
    /// The type it is selected from.
    pub parent: Option<&'d Definition<'a>>,
    pub definition: Option<&'d FieldDefinition<'a>>,
}

pub struct Validator<'d, 'a> {
    pub schema: &'d Schema<'a>,
    pub document: &'d QueryDocument<'a>,
    /// The first of each name.
    pub fragments: FxHashMap<&'a str, &'d FragmentDefinition<'a>>,
    /// The operation being walked; none while fragments are walked on their own.
    pub operation: Option<&'d Operation<'a>>,
    pub problems: Vec<Problem>,
    /// The fields walked so far, by address.
    pub fields: FxHashMap<*const Field<'a>, Resolved<'d, 'a>>,
    /// The definitions of variables in values walked so far, by address, as of the last operation that reached them.
    pub variables: FxHashMap<*const Literal<'a>, &'d VariableDefinition<'a>>,
    pub used_variables: FxHashSet<*const VariableDefinition<'a>>,
    pub seen: Seen<'a>,
    pub compared: Compared<'a>,
    /// Fragments walked in this operation.
    walked_fragments: FxHashSet<&'a str>,
    depth: usize,
    steps: usize,
    /// Which limit was reached.
    exceeded: Option<String>,
}

/// What rules remember from one node to the next.
#[derive(Default)]
pub struct Seen<'a> {
    pub misplaced_directives: FxHashSet<(&'a str, Option<Position>)>,
    pub operations: FxHashSet<&'a str>,
    pub fragments: FxHashSet<&'a str>,
    pub spread_fragments: FxHashSet<&'a str>,
    pub fragments_searched_for_cycles: FxHashSet<&'a str>,
    pub is_after_fragment: bool,
}

impl<'d, 'a> Validator<'d, 'a> {
    fn new(schema: &'d Schema<'a>, document: &'d QueryDocument<'a>) -> Self {
        let mut fragments = FxHashMap::default();
        for fragment in &document.fragments {
            fragments.entry(fragment.name).or_insert(fragment);
        }
        Self {
            schema,
            document,
            fragments,
            operation: None,
            problems: Vec::new(),
            fields: FxHashMap::default(),
            variables: FxHashMap::default(),
            used_variables: FxHashSet::default(),
            seen: Seen::default(),
            compared: Compared::default(),
            walked_fragments: FxHashSet::default(),
            depth: 0,
            steps: 0,
            exceeded: None,
        }
    }

    pub fn report(&mut self, position: Option<Position>, message: String) {
        self.problems.push(Problem::new(position, message));
    }

    /// Counts steps that are no recursion. False if there were too many: then the document counts as invalid.
    pub fn count_steps(&mut self, steps: usize) -> bool {
        self.steps += steps;
        if self.steps > STEPS_MAX {
            self.exceeded = Some(format!("Validating takes more than {STEPS_MAX} steps"));
        }
        self.exceeded.is_none()
    }

    /// Does `step`, which calls itself again within, unless that takes too many steps or goes too deep.
    pub fn bounded<T: Default>(&mut self, step: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth > DEPTH_MAX {
            self.exceeded = Some(format!("Fragments and fields are nested deeper than {DEPTH_MAX} levels"));
        }
        if !self.count_steps(1) {
            return T::default();
        }
        self.depth += 1;
        let result = step(self);
        self.depth -= 1;
        result
    }

    pub fn type_named(&self, name: &str) -> Option<&'d Definition<'a>> {
        self.schema.types.get(name)
    }

    fn walk(&mut self) {
        for operation in &self.document.operations {
            self.walked_fragments.clear();
            self.walk_operation(operation);
        }
        for fragment in &self.document.fragments {
            self.walked_fragments.clear();
            self.walk_directives(&fragment.directives, "FRAGMENT_DEFINITION");
            self.walk_selections(self.type_named(fragment.type_condition), &fragment.selections);
            self.on_fragment(fragment);
        }
    }

    fn walk_operation(&mut self, operation: &'d Operation<'a>) {
        self.operation = Some(operation);
        for variable in &operation.variables {
            self.on_variable(variable);
        }
        for variable in &operation.variables {
            if let Some(default) = &variable.default {
                let expected = self.expected(&variable.type_reference, false);
                self.walk_literal(default, expected);
            }
            self.walk_directives(&variable.directives, "VARIABLE_DEFINITION");
        }
        let location = match operation.kind {
            OperationKind::Query => "QUERY",
            OperationKind::Mutation => "MUTATION",
            OperationKind::Subscription => "SUBSCRIPTION",
        };
        self.walk_directives(&operation.directives, location);
        self.walk_selections(self.schema.root(operation.kind), &operation.selections);
        self.on_operation(operation);
        self.operation = None;
    }

    fn expected(&self, reference: &'d TypeReference<'a>, has_default: bool) -> Expected<'d, 'a> {
        Expected { reference: Some(reference), definition: self.type_named(reference.name()), has_default }
    }

    fn expected_for(&self, definition: Option<&'d FieldDefinition<'a>>) -> Expected<'d, 'a> {
        definition.map_or_else(Expected::default, |it| self.expected(&it.type_reference, it.has_default()))
    }

    fn walk_selections(&mut self, parent: Option<&'d Definition<'a>>, selections: &'d [Selection<'a>]) {
        if selections.is_empty() {
            return;
        }
        self.bounded(|validator| {
            for selection in selections {
                match selection {
                    Selection::Field(field) => validator.walk_field(parent, field),
                    Selection::InlineFragment(fragment) => validator.walk_inline_fragment(parent, fragment),
                    Selection::FragmentSpread(spread) => validator.walk_fragment_spread(parent, spread),
                }
            }
        });
    }

    fn walk_field(&mut self, parent: Option<&'d Definition<'a>>, field: &'d Field<'a>) {
        let definition = match field.name {
            "__typename" => Some(&self.schema.type_name_field),
            name => parent.and_then(|parent| parent.field(name)),
        };
        let resolved = Resolved { parent, definition };
        self.fields.insert(field, resolved);
        for argument in &field.arguments {
            let definition = definition.and_then(|definition| named(&definition.arguments, argument.name));
            self.walk_literal(&argument.value, self.expected_for(definition));
        }
        self.walk_directives(&field.directives, "FIELD");
        let next = definition.and_then(|definition| self.type_named(definition.type_reference.name()));
        self.walk_selections(next, &field.selections);
        self.on_field(field, resolved);
    }

    fn walk_inline_fragment(&mut self, parent: Option<&'d Definition<'a>>, fragment: &'d InlineFragment<'a>) {
        let next = match fragment.type_condition {
            "" => parent,
            name => self.type_named(name),
        };
        self.walk_directives(&fragment.directives, "INLINE_FRAGMENT");
        self.walk_selections(next, &fragment.selections);
        self.on_inline_fragment(parent, fragment);
    }

    fn walk_fragment_spread(&mut self, parent: Option<&'d Definition<'a>>, spread: &'d FragmentSpread<'a>) {
        self.walk_directives(&spread.directives, "FRAGMENT_SPREAD");
        if let Some(fragment) = self.fragments.get(spread.name).copied()
            && self.walked_fragments.insert(fragment.name)
        {
            self.walk_directives(&fragment.directives, "FRAGMENT_DEFINITION");
            self.walk_selections(self.type_named(fragment.type_condition), &fragment.selections);
        }
        self.on_fragment_spread(parent, spread);
    }

    fn walk_directives(&mut self, directives: &'d [Directive<'a>], location: &str) {
        for directive in directives {
            let definition = self.schema.directives.get(directive.name);
            for argument in &directive.arguments {
                let definition = definition.and_then(|definition| named(&definition.arguments, argument.name));
                self.walk_literal(&argument.value, self.expected_for(definition));
            }
            self.on_directive(directive, definition, location);
        }
        self.on_directives(directives);
    }

    fn walk_literal(&mut self, literal: &'d Literal<'a>, expected: Expected<'d, 'a>) {
        match (literal.kind, self.operation) {
            (LiteralKind::Variable, Some(operation)) => {
                match operation.variables.iter().find(|variable| variable.name == literal.raw) {
                    Some(variable) => {
                        self.variables.insert(literal, variable);
                        self.used_variables.insert(variable);
                    }
                    None => {
                        self.variables.remove(&std::ptr::from_ref(literal));
                    }
                }
            }
            (LiteralKind::Object, _) => {
                for field in &literal.children {
                    let definition = expected.definition.and_then(|definition| definition.field(field.name));
                    self.walk_literal(&field.value, self.expected_for(definition));
                }
            }
            (LiteralKind::List, _) => {
                let element = expected.reference.and_then(|reference| reference.element.as_deref());
                let expected = match element {
                    Some(_) => Expected { reference: element, definition: expected.definition, has_default: false },
                    None => Expected::default(),
                };
                for item in &literal.children {
                    self.walk_literal(&item.value, expected);
                }
            }
            _ => {}
        }
        self.on_value(literal, expected);
    }
}
