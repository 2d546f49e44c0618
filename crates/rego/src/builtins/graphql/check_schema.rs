//! What makes a schema invalid, in gqlparser's order and words: the first mistake is told.

use super::Problem;
use super::ast::{
    Definition, DefinitionKind, Directive, DirectiveDefinition, FieldDefinition, LiteralKind, Position, TypeReference,
    named,
};
use super::schema::Schema;
use rustc_hash::FxHashSet;

type Checked = Result<(), Problem>;

/// Checks all types by name, then all directives.
pub fn check(schema: &Schema<'_>) -> Checked {
    schema.types.values().try_for_each(|definition| check_definition(schema, definition))?;
    schema.directives.values().try_for_each(|directive| {
        check_name(directive.position, directive.name)?;
        check_arguments(schema, &directive.arguments, Some(directive))
    })
}

fn fail(position: Option<Position>, message: String) -> Checked {
    Err(Problem::new(position, message))
}

fn check_definition(schema: &Schema<'_>, definition: &Definition<'_>) -> Checked {
    let (kind, name, position) = (definition.kind, definition.name, definition.position);
    check_fields(schema, definition)?;
    for member in &definition.members {
        let member = member.name;
        match schema.types.get(member) {
            None => return fail(position, format!("Undefined type \"{member}\".")),
            Some(found) if found.kind != DefinitionKind::Object => {
                return fail(position, format!("{kind} type \"{member}\" must be OBJECT."));
            }
            Some(_) => {}
        }
    }
    for interface in &definition.interfaces {
        check_implements(schema, definition, interface)?;
    }
    match kind {
        DefinitionKind::Object | DefinitionKind::Interface => {
            if definition.fields.is_empty() {
                return fail(position, format!("{kind} {name}: must define one or more fields."));
            }
            let kinds = "SCALAR, OBJECT, INTERFACE, UNION, ENUM";
            check_field_types(
                schema,
                definition,
                |found| found.is_leaf() || found.is_composite(),
                |field, _| Problem::new(field.position, format!("{kind} {name}: field must be one of {kinds}.")),
            )?;
        }
        DefinitionKind::InputObject => {
            if definition.fields.is_empty() {
                return fail(position, format!("{kind} {name}: must define one or more input fields."));
            }
            check_field_types(schema, definition, DefinitionKind::is_input, |field, found| {
                let name = field.name;
                let message = format!("{found} {name}: field must be one of SCALAR, ENUM, INPUT_OBJECT.");
                Problem::new(field.position, message)
            })?;
        }
        DefinitionKind::Enum => {
            if definition.enum_values.is_empty() {
                return fail(position, format!("{kind} {name}: must define one or more unique enum values."));
            }
            for value in &definition.enum_values {
                if matches!(value.name, "true" | "false" | "null") {
                    return fail(position, format!("{kind} {name}: non-enum value {}.", value.name));
                }
                check_directives(schema, &value.directives, "ENUM_VALUE", None, true)?;
            }
        }
        DefinitionKind::Scalar | DefinitionKind::Union | DefinitionKind::Unset => {}
    }
    let fields = definition.fields.iter().map(|field| (field.name, field.position));
    if let Some((field, position)) = repeated(fields) {
        return fail(position, format!("Field {name}.{field} can only be defined once."));
    }
    let values = definition.enum_values.iter().map(|value| (value.name, value.position));
    if let Some((value, position)) = repeated(values) {
        return fail(position, format!("Enum value {name}.{value} can only be defined once."));
    }
    let members = definition.members.iter().map(|member| (member.name, member.position));
    if let Some((member, at)) = repeated(members) {
        return fail(at.or(position), format!("Union type {name} can only include type {member} once."));
    }
    if !definition.built_in {
        check_name(position, name)?;
    }
    // These come from the definition and from each extension, where each may stand once more.
    check_directives(schema, &definition.directives, kind.as_str(), None, false)
}

fn check_fields(schema: &Schema<'_>, definition: &Definition<'_>) -> Checked {
    let location = match definition.kind {
        DefinitionKind::InputObject => "INPUT_FIELD_DEFINITION",
        _ => "FIELD_DEFINITION",
    };
    for field in &definition.fields {
        check_name(field.position, field.name)?;
        check_type(schema, &field.type_reference)?;
        check_arguments(schema, &field.arguments, None)?;
        check_directives(schema, &field.directives, location, None, true)?;
    }
    Ok(())
}

fn check_field_types(
    schema: &Schema<'_>,
    definition: &Definition<'_>,
    is_valid: impl Fn(DefinitionKind) -> bool,
    problem: impl Fn(&FieldDefinition<'_>, DefinitionKind) -> Problem,
) -> Checked {
    for field in &definition.fields {
        if let Some(found) = schema.types.get(field.type_reference.name())
            && !is_valid(found.kind)
        {
            return Err(problem(field, found.kind));
        }
    }
    Ok(())
}

/// The repetition that a search from each name to those after it finds first.
fn repeated<'a>(
    names: impl Iterator<Item = (&'a str, Option<Position>)> + Clone,
) -> Option<(&'a str, Option<Position>)> {
    let mut seen = FxHashSet::default();
    // Most lists repeat nothing, and they can be long.
    if names.clone().all(|(name, _)| seen.insert(name)) {
        return None;
    }
    names.clone().find_map(|(first, _)| names.clone().filter(|(name, _)| *name == first).nth(1))
}

fn check_type(schema: &Schema<'_>, reference: &TypeReference<'_>) -> Checked {
    let name = reference.name();
    if schema.types.contains_key(name) {
        return Ok(());
    }
    fail(reference.position, format!("Undefined type {name}."))
}

/// Checks arguments of a field, or of `directive`.
fn check_arguments(
    schema: &Schema<'_>,
    arguments: &[FieldDefinition<'_>],
    directive: Option<&DirectiveDefinition<'_>>,
) -> Checked {
    for argument in arguments {
        check_name(argument.position, argument.name)?;
        let reference = &argument.type_reference;
        check_type(schema, reference)?;
        if let Some(found) = schema.types.get(reference.name())
            && !found.kind.is_input()
        {
            let (name, kind) = (argument.name, found.kind);
            let message = format!("cannot use {reference} as argument {name} because {kind} is not a valid input type");
            return fail(argument.position, message);
        }
        check_directives(schema, &argument.directives, "ARGUMENT_DEFINITION", directive, true)?;
    }
    Ok(())
}

/// Checks directives at a location. `within` is the directive in whose definition they stand; `once` says that none but
/// repeatable ones may come twice.
pub fn check_directives(
    schema: &Schema<'_>,
    directives: &[Directive<'_>],
    location: &str,
    within: Option<&DirectiveDefinition<'_>>,
    once: bool,
) -> Checked {
    let mut seen = FxHashSet::default();
    for directive in directives {
        let (name, position) = (directive.name, directive.position);
        check_name(position, name)?;
        if within.is_some_and(|within| within.name == name) {
            return fail(position, format!("Directive {name} cannot refer to itself."));
        }
        let Some(definition) = schema.directives.get(name) else {
            return fail(position, format!("Undefined directive {name}."));
        };
        if once && !seen.insert(name) && !definition.is_repeatable {
            return fail(position, format!("The directive {name} can only be used once at this location."));
        }
        if !definition.locations.contains(&location) {
            return fail(position, format!("Directive {name} is not applicable on {location}."));
        }
        for argument in &directive.arguments {
            if named(&definition.arguments, argument.name).is_none() {
                let message = format!("Undefined argument {} for directive {name}.", argument.name);
                return fail(argument.position, message);
            }
        }
        for required in definition.arguments.iter().filter(|argument| argument.is_required()) {
            let given = directive.arguments.iter().find(|argument| argument.name == required.name);
            if given.is_none_or(|argument| argument.value.kind == LiteralKind::Null) {
                return fail(position, format!("Argument {} for directive {name} cannot be null.", required.name));
            }
        }
    }
    Ok(())
}

/// Checks that a type has what an interface asks for (<https://spec.graphql.org/October2021/#sec-Objects>).
fn check_implements(schema: &Schema<'_>, definition: &Definition<'_>, interface_name: &str) -> Checked {
    let Some(interface) = schema.types.get(interface_name) else {
        return fail(definition.position, format!("Undefined type \"{interface_name}\"."));
    };
    if interface.kind != DefinitionKind::Interface {
        let message = format!("\"{interface_name}\" is a non interface type {}.", interface.kind);
        return fail(definition.position, message);
    }
    for required in &interface.fields {
        let intent = format!("For {} to implement {}", definition.name, interface.name);
        let Some(found) = definition.field(required.name) else {
            return fail(definition.position, format!("{intent} it must have a field called {}.", required.name));
        };
        check_implemented_field(schema, &intent, required, found)?;
    }
    for transitive in &interface.interfaces {
        if definition.interfaces.contains(transitive) {
            continue;
        }
        let name = definition.name;
        let message = if *transitive == name {
            format!("Type {name} cannot implement {interface_name} because it would create a circular reference.")
        } else {
            format!("Type {name} must implement {transitive} because it is implemented by {interface_name}.")
        };
        return fail(definition.position, message);
    }
    Ok(())
}

fn check_implemented_field(
    schema: &Schema<'_>,
    intent: &str,
    required: &FieldDefinition<'_>,
    found: &FieldDefinition<'_>,
) -> Checked {
    let field = required.name;
    if !is_covariant(schema, &required.type_reference, &found.type_reference) {
        let expected = &required.type_reference;
        return fail(found.position, format!("{intent} the field {field} must have type {expected}."));
    }
    for argument in &required.arguments {
        let name = argument.name;
        let must = format!("{intent} the field {field} must have the same arguments");
        let Some(found_argument) = named(&found.arguments, name) else {
            return fail(found.position, format!("{must} but it is missing {name}."));
        };
        let expected = &found_argument.type_reference;
        if !argument.type_reference.is_compatible(expected, expected.non_null) {
            return fail(found_argument.position, format!("{must} but {name} has the wrong type."));
        }
    }
    for argument in &found.arguments {
        if named(&required.arguments, argument.name).is_none() && argument.is_required() {
            let name = argument.name;
            let must = format!("{intent} any additional arguments on {field} must be optional or have a default value");
            return fail(argument.position, format!("{must} but {name} is required."));
        }
    }
    Ok(())
}

/// Whether each value of type `actual` is also one of type `required`.
fn is_covariant(schema: &Schema<'_>, required: &TypeReference<'_>, actual: &TypeReference<'_>) -> bool {
    if required.non_null && !actual.non_null {
        return false;
    }
    if !required.named.is_empty() {
        return required.named == actual.named || schema.possible_types(required.named).contains(&actual.named);
    }
    match (&required.element, &actual.element) {
        (Some(required), Some(actual)) => is_covariant(schema, required, actual),
        _ => false,
    }
}

fn check_name(position: Option<Position>, name: &str) -> Checked {
    if name.starts_with("__") {
        let message =
            format!("Name \"{name}\" must not begin with \"__\", which is reserved by GraphQL introspection.");
        return fail(position, message);
    }
    Ok(())
}
