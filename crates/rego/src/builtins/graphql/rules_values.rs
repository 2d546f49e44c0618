//! Rules about the values of arguments and variables
//! (<https://spec.graphql.org/October2021/#sec-Validation.Values>).

use super::ast::{Definition, DefinitionKind, Literal, LiteralKind, TypeReference, VariableDefinition};
use super::suggest::did_you_mean;
use super::validate::{Expected, Validator};
use rustc_hash::{FxHashMap, FxHashSet};

impl<'d, 'a> Validator<'d, 'a> {
    pub fn on_value(&mut self, literal: &'d Literal<'a>, expected: Expected<'d, 'a>) {
        self.no_undefined_variables(literal);
        self.unique_input_field_names(literal);
        if let (Some(reference), Some(definition)) = (expected.reference, expected.definition) {
            self.values_of_correct_type(literal, reference, definition);
        }
        self.variables_in_allowed_position(literal, expected);
        self.variables_of_one_of(literal, expected);
    }

    fn no_undefined_variables(&mut self, literal: &'d Literal<'a>) {
        let Some(operation) = self.operation else { return };
        if literal.kind != LiteralKind::Variable || self.variables.contains_key(&std::ptr::from_ref(literal)) {
            return;
        }
        let message = match operation.name {
            "" => format!("Variable \"{literal}\" is not defined."),
            name => format!("Variable \"{literal}\" is not defined by operation \"{name}\"."),
        };
        self.report(literal.position, message);
    }

    fn unique_input_field_names(&mut self, literal: &'d Literal<'a>) {
        if literal.kind != LiteralKind::Object {
            return;
        }
        let mut seen = FxHashSet::default();
        for field in &literal.children {
            if !seen.insert(field.name) {
                self.report(field.position, format!("There can be only one input field named \"{}\".", field.name));
            }
        }
    }

    fn values_of_correct_type(
        &mut self,
        literal: &'d Literal<'a>,
        reference: &'d TypeReference<'a>,
        definition: &'d Definition<'a>,
    ) {
        let position = literal.position;
        if literal.kind == LiteralKind::Null && reference.non_null {
            self.report(position, format!("Expected value of type \"{reference}\", found {literal}."));
        }
        let is_one_of = |names: &[&str]| names.contains(&definition.name);
        // Any value may stand for a scalar that is defined by the schema.
        if definition.kind == DefinitionKind::Scalar && !is_one_of(&["Int", "Float", "String", "Boolean", "ID"]) {
            return;
        }
        if is_out_of_range(literal, Some(&self.variables)) {
            self.report(position, unexpected(literal, reference, definition));
        }
        let enum_values = || definition.enum_values.iter().map(|value| value.name);
        let is_enum = definition.kind == DefinitionKind::Enum;
        let fits = match literal.kind {
            LiteralKind::Null | LiteralKind::Variable => true,
            LiteralKind::List => reference.element.is_some(),
            LiteralKind::Int => is_one_of(&["Int", "Float", "ID"]),
            LiteralKind::Float => is_one_of(&["Float"]),
            LiteralKind::Boolean => is_one_of(&["Boolean"]),
            LiteralKind::String | LiteralKind::BlockString if is_enum => {
                let suggestion = did_you_mean("Did you mean the enum value", literal.raw, enum_values());
                let cannot = format!("Enum \"{reference}\" cannot represent non-enum value: {literal}.");
                self.report(position, cannot + &suggestion);
                true
            }
            LiteralKind::String | LiteralKind::BlockString => is_one_of(&["String", "ID"]),
            LiteralKind::Enum if is_enum => {
                if !enum_values().any(|name| name == literal.raw) {
                    let suggestion = did_you_mean("Did you mean the enum value", literal.raw, enum_values());
                    let message = format!("Value \"{literal}\" does not exist in \"{reference}\" enum.");
                    self.report(position, message + &suggestion);
                }
                true
            }
            LiteralKind::Enum => false,
            LiteralKind::Object => {
                self.object_of_correct_type(literal, definition);
                true
            }
        };
        if !fits {
            self.report(position, unexpected(literal, reference, definition));
        }
    }

    fn object_of_correct_type(&mut self, literal: &'d Literal<'a>, definition: &'d Definition<'a>) {
        let type_name = definition.name;
        for required in definition.fields.iter().filter(|field| field.is_required()) {
            if literal.children.iter().any(|field| field.name == required.name) {
                continue;
            }
            let (name, reference) = (required.name, &required.type_reference);
            let message = format!("Field \"{type_name}.{name}\" of required type \"{reference}\" was not provided.");
            self.report(literal.position, message);
        }
        for _ in definition.directives.iter().filter(|directive| directive.name == "oneOf") {
            match literal.children.as_slice() {
                [field] if field.value.kind == LiteralKind::Null => {
                    // gqlparser names the type's first field, whichever was given.
                    let name = definition.fields.first().map_or("", |field| field.name);
                    self.report(field.value.position, format!("Field \"{type_name}.{name}\" must be non-null."));
                }
                [_] => {}
                _ => {
                    let message = format!("OneOf Input Object \"{type_name}\" must specify exactly one key.");
                    self.report(literal.position, message);
                }
            }
        }
        for field in literal.children.iter().filter(|field| definition.field(field.name).is_none()) {
            let known = definition.fields.iter().map(|known| known.name);
            let suggestion = did_you_mean("Did you mean", field.name, known);
            let message = format!("Field \"{}\" is not defined by type \"{type_name}\".{suggestion}", field.name);
            self.report(field.position, message);
        }
    }

    fn variables_in_allowed_position(&mut self, literal: &'d Literal<'a>, expected: Expected<'d, 'a>) {
        let (Some(reference), Some(_)) = (expected.reference, self.operation) else { return };
        if literal.kind != LiteralKind::Variable {
            return;
        }
        let Some(variable) = self.variables.get(&std::ptr::from_ref(literal)).copied() else { return };
        let default = variable.default.as_ref();
        // Where there is a default, on either side, null can stand.
        let has_default = expected.has_default || default.is_some_and(|default| default.kind != LiteralKind::Null);
        if !variable.type_reference.is_compatible(reference, reference.non_null && !has_default) {
            let own = &variable.type_reference;
            let message = format!("Variable \"{literal}\" of type \"{own}\" used in position expecting");
            self.report(literal.position, format!("{message} type \"{reference}\"."));
        }
    }

    /// The other half of `VariablesInAllowedPosition`: the one field of a `@oneOf` object must not be null.
    fn variables_of_one_of(&mut self, literal: &'d Literal<'a>, expected: Expected<'d, 'a>) {
        let Some(definition) = expected.definition else { return };
        if literal.kind != LiteralKind::Object || !definition.directives.iter().any(|it| it.name == "oneOf") {
            return;
        }
        for field in literal.children.iter().filter(|field| field.value.kind == LiteralKind::Variable) {
            let Some(variable) = self.variables.get(&std::ptr::from_ref(&field.value)).copied() else { continue };
            if variable.type_reference.non_null {
                continue;
            }
            let (value, reference, type_name) = (&field.value, &variable.type_reference, definition.name);
            let must = "must be non-nullable to be used for OneOf Input Object";
            let message = format!("Variable \"{value}\" is of type \"{reference}\" but {must} \"{type_name}\".");
            self.report(variable.position.or(value.position), message);
        }
    }
}

/// Whether there is a number in it that no 64 bits hold. Variables stand for their defaults; within a default, which
/// should be a constant, they are not looked up, lest one name itself.
fn is_out_of_range<'a>(
    literal: &Literal<'a>,
    variables: Option<&FxHashMap<*const Literal<'a>, &VariableDefinition<'a>>>,
) -> bool {
    match literal.kind {
        LiteralKind::Int => literal.raw.parse::<i64>().is_err(),
        LiteralKind::Float => !literal.raw.parse::<f64>().is_ok_and(f64::is_finite),
        LiteralKind::List | LiteralKind::Object => {
            literal.children.iter().any(|child| is_out_of_range(&child.value, variables))
        }
        LiteralKind::Variable => {
            let variable = variables.and_then(|variables| variables.get(&std::ptr::from_ref(literal)));
            let default = variable.and_then(|variable| variable.default.as_ref());
            default.is_some_and(|default| is_out_of_range(default, None))
        }
        _ => false,
    }
}

/// Says that a value is of the wrong type.
fn unexpected(literal: &Literal<'_>, reference: &TypeReference<'_>, definition: &Definition<'_>) -> String {
    match reference.to_string().as_str() {
        "Int" | "Int!" => {
            let digits = literal.raw.strip_prefix(['-', '+']).unwrap_or(literal.raw);
            let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if is_integer && literal.raw.parse::<i32>().is_err() {
                format!("Int cannot represent non 32-bit signed integer value: {literal}")
            } else {
                format!("Int cannot represent non-integer value: {literal}")
            }
        }
        "String" | "String!" | "[String]" => format!("String cannot represent a non string value: {literal}"),
        "Boolean" | "Boolean!" => format!("Boolean cannot represent a non boolean value: {literal}"),
        "Float" | "Float!" => format!("Float cannot represent non numeric value: {literal}"),
        "ID" | "ID!" => format!("ID cannot represent a non-string and non-integer value: {literal}"),
        _ if definition.kind == DefinitionKind::Enum => {
            format!("Enum \"{reference}\" cannot represent non-enum value: {literal}.")
        }
        _ => format!("Expected value of type \"{reference}\", found {literal}."),
    }
}
