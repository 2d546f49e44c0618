//! Rules about operations, fields, fragments and directives
//! (<https://spec.graphql.org/October2021/#sec-Validation>). Each is named as gqlparser names it.

use super::ast::{
    Argument, Definition, DefinitionKind, Directive, DirectiveDefinition, Field, FieldDefinition, FragmentDefinition,
    FragmentSpread, InlineFragment, Operation, OperationKind, Position, Selection, VariableDefinition, named,
};
use super::suggest::{did_you_mean, quoted_or_list};
use super::validate::{Resolved, Validator};
use rustc_hash::{FxHashMap, FxHashSet};

/// Lists of types within lists of types that introspection may go through.
const INTROSPECTION_LISTS_MAX: usize = 3;

impl<'d, 'a> Validator<'d, 'a> {
    pub fn on_variable(&mut self, variable: &'d VariableDefinition<'a>) {
        // KnownTypeNames
        let name = variable.type_reference.name();
        if self.type_named(name).is_none() {
            self.report(variable.position, format!("Unknown type \"{name}\"."));
        }
    }

    pub fn on_operation(&mut self, operation: &'d Operation<'a>) {
        let (name, position) = (operation.name, operation.position);
        // KnownRootType
        if self.schema.root(operation.kind).is_none() {
            let kind = operation.kind.as_str();
            self.report(position, format!("Schema does not support operation type \"{kind}\""));
        }
        // LoneAnonymousOperation
        if name.is_empty() && self.document.operations.len() > 1 {
            self.report(position, "This anonymous operation must be the only defined operation.".to_owned());
        }
        self.no_unused_variables(operation);
        self.overlapping_fields_can_be_merged(&operation.selections);
        self.single_field_subscriptions(operation);
        // UniqueOperationNames
        if !self.seen.operations.insert(name) {
            self.report(position, format!("There can be only one operation named \"{name}\"."));
        }
        // UniqueVariableNames: however often a variable is repeated, it is told once.
        let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
        for variable in &operation.variables {
            let count = counts.entry(variable.name).or_default();
            *count += 1;
            if *count == 2 {
                let message = format!("There can be only one variable named \"${}\".", variable.name);
                self.report(variable.position, message);
            }
        }
        // VariablesAreInputTypes
        for variable in &operation.variables {
            let (name, reference) = (variable.name, &variable.type_reference);
            if self.type_named(reference.name()).is_some_and(|definition| !definition.kind.is_input()) {
                let message = format!("Variable \"${name}\" cannot be non-input type \"{reference}\".");
                self.report(variable.position, message);
            }
        }
    }

    fn no_unused_variables(&mut self, operation: &'d Operation<'a>) {
        for variable in &operation.variables {
            if self.used_variables.contains(&std::ptr::from_ref(variable)) {
                continue;
            }
            let name = variable.name;
            let message = match operation.name {
                "" => format!("Variable \"${name}\" is never used."),
                operation => format!("Variable \"${name}\" is never used in operation \"{operation}\"."),
            };
            self.report(variable.position, message);
        }
    }

    fn single_field_subscriptions(&mut self, operation: &'d Operation<'a>) {
        if operation.kind != OperationKind::Subscription || self.schema.root(operation.kind).is_none() {
            return;
        }
        let mut fields = Vec::new();
        self.top_fields(&operation.selections, &mut FxHashSet::default(), &mut fields);
        let mut seen = FxHashSet::default();
        fields.retain(|(name, _)| seen.insert(*name));
        let subject = match operation.name {
            "" => "Anonymous Subscription".to_owned(),
            name => format!("Subscription \"{name}\""),
        };
        if let Some((_, position)) = fields.get(1) {
            self.report(*position, format!("{subject} must select only one top level field."));
        }
        for (name, position) in fields {
            if name.starts_with("__") {
                self.report(position, format!("{subject} must not select an introspection top level field."));
            }
        }
    }

    /// Adds the fields that are selected without going into any, through fragments.
    fn top_fields(
        &mut self,
        selections: &'d [Selection<'a>],
        entered: &mut FxHashSet<&'a str>,
        fields: &mut Vec<(&'a str, Option<Position>)>,
    ) {
        self.bounded(|validator| {
            for selection in selections {
                match selection {
                    Selection::Field(field) => fields.push((field.name, field.position)),
                    Selection::InlineFragment(fragment) => validator.top_fields(&fragment.selections, entered, fields),
                    Selection::FragmentSpread(spread) => {
                        let Some(fragment) = validator.fragments.get(spread.name).copied() else { return };
                        if entered.insert(fragment.name) {
                            validator.top_fields(&fragment.selections, entered, fields);
                        }
                    }
                }
            }
        });
    }

    pub fn on_field(&mut self, field: &'d Field<'a>, resolved: Resolved<'d, 'a>) {
        let Resolved { parent, definition } = resolved;
        let (name, position) = (field.name, field.position);
        if let (Some(parent), None) = (parent, definition) {
            self.fields_on_correct_type(parent, field);
        }
        if let (Some(parent), Some(definition)) = (parent, definition) {
            let subject = format!("field \"{}.{name}\"", parent.name);
            self.known_argument_names(&subject, &field.arguments, &definition.arguments, position);
        }
        // MaxIntrospectionDepth
        if matches!(name, "__schema" | "__type") && self.is_introspection_too_deep(field, &mut FxHashSet::default(), 0)
        {
            self.report(position, "Maximum introspection depth exceeded".to_owned());
        }
        if self.operation.is_some() {
            self.overlapping_fields_can_be_merged(&field.selections);
        }
        if let Some(definition) = definition {
            let subject = format!("Field \"{name}\"");
            self.provided_required_arguments(&subject, &field.arguments, &definition.arguments, position);
            self.scalar_leafs(field, definition);
        }
        self.unique_argument_names(&field.arguments);
    }

    fn fields_on_correct_type(&mut self, parent: &'d Definition<'a>, field: &'d Field<'a>) {
        let name = field.name;
        let mut message = format!("Cannot query field \"{name}\" on type \"{}\".", parent.name);
        let types = self.types_with_field(parent, name);
        if !types.is_empty() {
            message.push_str(&format!(" Did you mean to use an inline fragment on {}?", quoted_or_list(&types)));
        } else if matches!(parent.kind, DefinitionKind::Object | DefinitionKind::Interface) {
            message.push_str(&did_you_mean("Did you mean", name, parent.fields.iter().map(|field| field.name)));
        }
        self.report(field.position, message);
    }

    /// The possible types of an abstract type that have a field, and their interfaces that have it: those that most of
    /// them implement first, then by name.
    fn types_with_field(&self, parent: &Definition<'a>, field: &str) -> Vec<&'a str> {
        if !parent.kind.is_abstract() {
            return Vec::new();
        }
        let has_field = |name: &str| self.type_named(name).filter(|definition| definition.field(field).is_some());
        let mut uses: FxHashMap<&'a str, usize> = FxHashMap::default();
        let mut types = Vec::new();
        for definition in self.schema.possible_types(parent.name).iter().filter_map(|name| has_field(name)) {
            types.push(definition.name);
            for interface in definition.interfaces.iter().filter(|name| has_field(name).is_some()) {
                *uses.entry(interface).or_default() += 1;
            }
        }
        types.extend(uses.keys());
        types.sort_by_key(|name| (std::cmp::Reverse(uses.get(name).copied().unwrap_or(0)), *name));
        types
    }

    fn known_argument_names(
        &mut self,
        subject: &str,
        arguments: &[Argument<'a>],
        definitions: &[FieldDefinition<'a>],
        position: Option<Position>,
    ) {
        for argument in arguments {
            let name = argument.name;
            if named(definitions, name).is_none() {
                let suggestion = did_you_mean("Did you mean", name, definitions.iter().map(|known| known.name));
                self.report(position, format!("Unknown argument \"{name}\" on {subject}.{suggestion}"));
            }
        }
    }

    fn is_introspection_too_deep(
        &mut self,
        field: &'d Field<'a>,
        entered: &mut FxHashSet<&'a str>,
        lists: usize,
    ) -> bool {
        let is_list = matches!(field.name, "fields" | "interfaces" | "possibleTypes" | "inputFields");
        let lists = lists + usize::from(is_list);
        lists >= INTROSPECTION_LISTS_MAX || self.is_selection_too_deep(&field.selections, entered, lists)
    }

    fn is_selection_too_deep(
        &mut self,
        selections: &'d [Selection<'a>],
        entered: &mut FxHashSet<&'a str>,
        lists: usize,
    ) -> bool {
        self.bounded(|validator| {
            selections.iter().any(|selection| match selection {
                Selection::Field(field) => validator.is_introspection_too_deep(field, entered, lists),
                Selection::InlineFragment(fragment) => {
                    validator.is_selection_too_deep(&fragment.selections, entered, lists)
                }
                Selection::FragmentSpread(spread) => {
                    // A cycle is told by another rule.
                    let Some(fragment) = validator.fragments.get(spread.name).copied() else { return false };
                    if !entered.insert(spread.name) {
                        return false;
                    }
                    let is_too_deep = validator.is_selection_too_deep(&fragment.selections, entered, lists);
                    entered.remove(spread.name);
                    is_too_deep
                }
            })
        })
    }

    fn provided_required_arguments(
        &mut self,
        subject: &str,
        arguments: &[Argument<'a>],
        definitions: &[FieldDefinition<'a>],
        position: Option<Position>,
    ) {
        for required in definitions.iter().filter(|definition| definition.is_required()) {
            if arguments.iter().any(|argument| argument.name == required.name) {
                continue;
            }
            let (name, reference) = (required.name, &required.type_reference);
            let what = format!("{subject} argument \"{name}\" of type \"{reference}\"");
            self.report(position, format!("{what} is required, but it was not provided."));
        }
    }

    fn scalar_leafs(&mut self, field: &Field<'a>, definition: &FieldDefinition<'a>) {
        let (name, reference) = (field.name, &definition.type_reference);
        let Some(found) = self.type_named(reference.name()) else { return };
        if found.kind.is_leaf() && !field.selections.is_empty() {
            let type_name = found.name;
            let message =
                format!("Field \"{name}\" must not have a selection since type \"{type_name}\" has no subfields.");
            self.report(field.position, message);
        }
        if !found.kind.is_leaf() && field.selections.is_empty() {
            let must = format!("Field \"{name}\" of type \"{reference}\" must have a selection of subfields.");
            self.report(field.position, format!("{must} Did you mean \"{name} {{ ... }}\"?"));
        }
    }

    fn unique_argument_names(&mut self, arguments: &[Argument<'a>]) {
        let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
        for argument in arguments {
            let count = counts.entry(argument.name).or_default();
            *count += 1;
            if *count == 2 {
                let message = format!("There can be only one argument named \"{}\".", argument.name);
                self.report(argument.position, message);
            }
        }
    }

    pub fn on_fragment(&mut self, fragment: &'d FragmentDefinition<'a>) {
        let (name, condition, position) = (fragment.name, fragment.type_condition, fragment.position);
        match self.type_named(condition) {
            // FragmentsOnCompositeTypes
            Some(definition) if !condition.is_empty() && !definition.kind.is_composite() => {
                let message = format!("Fragment \"{name}\" cannot condition on non composite type \"{condition}\".");
                self.report(position, message);
            }
            Some(_) => {}
            // KnownTypeNames
            None => {
                let suggestion = did_you_mean("Did you mean", condition, self.schema.types.keys().copied());
                self.report(position, format!("Unknown type \"{condition}\".{suggestion}"));
            }
        }
        let mut path = Path::default();
        self.no_fragment_cycles(fragment, &mut path);
        // NoUnusedFragments: a spread counts if it is in an operation, or in the first fragment, as with gqlparser.
        self.seen.is_after_fragment = true;
        if !self.seen.spread_fragments.contains(name) {
            self.report(position, format!("Fragment \"{name}\" is never used."));
        }
        self.overlapping_fields_can_be_merged(&fragment.selections);
        // UniqueFragmentNames
        if !self.seen.fragments.insert(name) {
            self.report(position, format!("There can be only one fragment named \"{name}\"."));
        }
    }

    fn no_fragment_cycles(&mut self, fragment: &'d FragmentDefinition<'a>, path: &mut Path<'d, 'a>) {
        if !self.seen.fragments_searched_for_cycles.insert(fragment.name) {
            return;
        }
        let spreads = spreads_within(&fragment.selections);
        if spreads.is_empty() {
            return;
        }
        path.index_by_name.insert(fragment.name, path.spreads.len());
        for spread in spreads {
            let start = path.index_by_name.get(spread.name).copied();
            match (start, self.fragments.get(spread.name).copied()) {
                (Some(start), _) => {
                    let names: Vec<_> =
                        path.spreads.iter().skip(start).map(|spread| format!("\"{}\"", spread.name)).collect();
                    let via = if names.is_empty() { String::new() } else { format!(" via {}", names.join(", ")) };
                    let message = format!("Cannot spread fragment \"{}\" within itself{via}.", spread.name);
                    self.report(spread.position, message);
                }
                (None, Some(next)) => {
                    path.spreads.push(spread);
                    self.bounded(|validator| validator.no_fragment_cycles(next, path));
                    path.spreads.pop();
                }
                (None, None) => {}
            }
        }
        path.index_by_name.remove(fragment.name);
    }

    pub fn on_inline_fragment(&mut self, parent: Option<&'d Definition<'a>>, fragment: &'d InlineFragment<'a>) {
        let (condition, position) = (fragment.type_condition, fragment.position);
        match self.type_named(condition) {
            // FragmentsOnCompositeTypes
            Some(definition) if !definition.kind.is_composite() => {
                let message = format!("Fragment cannot condition on non composite type \"{condition}\".");
                self.report(position, message);
            }
            // KnownTypeNames
            None if !condition.is_empty() => self.report(position, format!("Unknown type \"{condition}\".")),
            _ => {}
        }
        self.overlapping_fields_can_be_merged(&fragment.selections);
        self.possible_fragment_spreads("Fragment", parent, condition, position);
    }

    pub fn on_fragment_spread(&mut self, parent: Option<&'d Definition<'a>>, spread: &'d FragmentSpread<'a>) {
        let (name, position) = (spread.name, spread.position);
        let fragment = self.fragments.get(name).copied();
        // KnownFragmentNames
        if fragment.is_none() {
            self.report(position, format!("Unknown fragment \"{name}\"."));
        }
        // NoUnusedFragments
        if !self.seen.is_after_fragment {
            self.seen.spread_fragments.insert(name);
        }
        if let Some(fragment) = fragment {
            let subject = format!("Fragment \"{name}\"");
            self.possible_fragment_spreads(&subject, parent, fragment.type_condition, position);
        }
    }

    fn possible_fragment_spreads(
        &mut self,
        subject: &str,
        parent: Option<&'d Definition<'a>>,
        condition: &str,
        position: Option<Position>,
    ) {
        let (Some(parent), Some(fragment)) = (parent, self.type_named(condition)) else { return };
        if !parent.kind.is_composite() || !fragment.kind.is_composite() {
            return;
        }
        let own = [parent.name];
        let parents = if parent.kind.is_abstract() { self.schema.possible_types(parent.name) } else { &own };
        let parents: FxHashSet<_> = parents.iter().collect();
        if self.schema.possible_types(fragment.name).iter().any(|name| parents.contains(name)) {
            return;
        }
        let parent = parent.name;
        let cannot = format!("{subject} cannot be spread here");
        self.report(
            position,
            format!("{cannot} as objects of type \"{parent}\" can never be of type \"{condition}\"."),
        );
    }

    pub fn on_directive(
        &mut self,
        directive: &'d Directive<'a>,
        definition: Option<&'d DirectiveDefinition<'a>>,
        location: &str,
    ) {
        let (name, position) = (directive.name, directive.position);
        if let Some(definition) = definition {
            let subject = format!("directive \"@{name}\"");
            self.known_argument_names(&subject, &directive.arguments, &definition.arguments, position);
        }
        // KnownDirectives
        match definition {
            None => self.report(position, format!("Unknown directive \"@{name}\".")),
            // A fragment is walked several times, but the mistake in it told once.
            Some(definition) if !definition.locations.contains(&location) => {
                if self.seen.misplaced_directives.insert((name, position)) {
                    self.report(position, format!("Directive \"@{name}\" may not be used on {location}."));
                }
            }
            Some(_) => {}
        }
        if let Some(definition) = definition {
            let subject = format!("Directive \"@{name}\"");
            self.provided_required_arguments(&subject, &directive.arguments, &definition.arguments, position);
        }
        self.unique_argument_names(&directive.arguments);
    }

    pub fn on_directives(&mut self, directives: &'d [Directive<'a>]) {
        // UniqueDirectivesPerLocation
        let mut seen = FxHashSet::default();
        for directive in directives {
            let name = directive.name;
            let is_repeatable = self.schema.directives.get(name).is_some_and(|definition| definition.is_repeatable);
            if !seen.insert(name) && !is_repeatable {
                let message = format!("The directive \"@{name}\" can only be used once at this location.");
                self.report(directive.position, message);
            }
        }
    }
}

/// The spreads followed from one fragment to the next.
#[derive(Default)]
struct Path<'d, 'a> {
    spreads: Vec<&'d FragmentSpread<'a>>,
    /// How many there were when a fragment was entered.
    index_by_name: FxHashMap<&'a str, usize>,
}

/// All spreads in a selection: those of a set in order, then those of the set found last.
fn spreads_within<'d, 'a>(selections: &'d [Selection<'a>]) -> Vec<&'d FragmentSpread<'a>> {
    let mut spreads = Vec::new();
    let mut left = vec![selections];
    while let Some(selections) = left.pop() {
        for selection in selections {
            match selection {
                Selection::FragmentSpread(spread) => spreads.push(spread),
                Selection::Field(field) => left.push(&field.selections),
                Selection::InlineFragment(fragment) => left.push(&fragment.selections),
            }
        }
    }
    spreads
}
