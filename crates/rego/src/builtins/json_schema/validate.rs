//! A document against a compiled schema.

use super::compile::{Additional, Dependency, Items, Kind, Node, NodeId, Schema, canonical};
use super::formats::has_format;
use super::mistake::{Mistake, Outcome, Place, ROOT};
use super::with_stack;
use num_bigint::BigInt;
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use value::number::FloatStyle;
use value::{Arena, Array, Object, Value, number};

/// Most times that a value is looked at with a schema: references can make a short schema take for ever.
const VISITS_MAX: u32 = 2_000_000;
/// Deepest nesting of schemas on the way. A schema that refers to itself without going into the document reaches it.
const DEPTH_MAX: u32 = 5_000;

/// What is wrong with `document`.
///
/// # Errors
/// When the schema refers to itself without end, or takes too long.
pub(super) fn validate<'a>(arena: &'a Arena, schema: &Schema, document: Value<'a>) -> Result<Vec<Mistake>, String> {
    let mut validator = Validator { arena, schema, visits_left: VISITS_MAX, depth: 0 };
    validator.outcome(Schema::ROOT, document, &ROOT).map(|outcome| outcome.mistakes)
}

struct Validator<'a, 's> {
    arena: &'a Arena,
    schema: &'s Schema,
    visits_left: u32,
    depth: u32,
}

impl<'a> Validator<'a, '_> {
    fn outcome(&mut self, id: NodeId, value: Value<'a>, place: &Place<'_>) -> Result<Outcome, String> {
        let mut outcome = Outcome::default();
        self.visit(id, value, place, &mut outcome)?;
        Ok(outcome)
    }

    fn visit(&mut self, id: NodeId, value: Value<'a>, place: &Place<'_>, outcome: &mut Outcome) -> Result<(), String> {
        self.visits_left = self.visits_left.checked_sub(1).ok_or("the schema takes too long to check")?;
        if self.depth == DEPTH_MAX {
            return Err("the schema refers to itself without end".to_owned());
        }
        let schema = self.schema;
        let Some(node) = schema.node(id) else { return Ok(()) };
        self.depth += 1;
        let done = with_stack(|| self.apply(node, value, place, outcome));
        self.depth -= 1;
        done
    }

    fn apply(&mut self, node: &Node, value: Value<'a>, place: &Place<'_>, outcome: &mut Outcome) -> Result<(), String> {
        if let Some(always) = node.always {
            if !always {
                outcome.add(place, "false", |_| "False always fails validation".to_owned());
            }
            return Ok(());
        }
        if let Some(reference) = node.reference {
            return self.visit(reference, value, place, outcome);
        }
        let given = kind_of(value);
        let fits = |kind: &Kind| *kind == given || *kind == Kind::Number && given == Kind::Integer;
        if !node.types.is_empty() && !node.types.iter().any(fits) {
            let given = given.name();
            let expected = match node.types.as_slice() {
                [one] => one.name().to_owned(),
                several => format!("[{}]", several.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(",")),
            };
            outcome.add(place, "invalid_type", |_| format!("Invalid type. Expected: {expected}, given: {given}"));
            return Ok(());
        }
        self.combinations(node, value, place, outcome)?;
        match value {
            Value::Array(array) => {
                self.array(node, array, place, outcome)?;
                check_value(node, value, place, outcome);
            }
            Value::Object(object) => {
                self.object(node, object, place, outcome)?;
                check_value(node, value, place, outcome);
                for (name, id) in &node.properties {
                    if let Some(property) = object.get_str(name) {
                        self.visit(*id, property, &place.inside(name), outcome)?;
                    }
                }
            }
            Value::Int(_) | Value::Number(_) => {
                self.number(node, value, place, outcome);
                check_value(node, value, place, outcome);
            }
            Value::String(text) => {
                check_value(node, value, place, outcome);
                check_string(node, text, place, outcome);
            }
            _ => check_value(node, value, place, outcome),
        }
        outcome.score += 1;
        Ok(())
    }

    fn combinations(
        &mut self,
        node: &Node,
        value: Value<'a>,
        place: &Place<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        self.any_of(node, value, place, outcome)?;
        self.one_of(node, value, place, outcome)?;
        if !node.all_of.is_empty() {
            let mut all = true;
            for &id in &node.all_of {
                let part = self.outcome(id, value, place)?;
                all &= part.is_valid();
                outcome.merge(part);
            }
            if !all {
                outcome.add(place, "number_all_of", |_| "Must validate all the schemas (allOf)".to_owned());
            }
        }
        if let Some(not) = node.not
            && self.outcome(not, value, place)?.is_valid()
        {
            outcome.add(place, "number_not", |_| "Must not validate the schema (not)".to_owned());
        }
        if let Value::Object(object) = value {
            for (name, dependency) in &node.dependencies {
                if object.get_str(name).is_some() {
                    self.dependency(dependency, object, place, outcome)?;
                }
            }
        }
        if let Some(condition) = node.condition {
            let holds = self.outcome(condition, value, place)?.is_valid();
            let (branch, kind, problem) = if holds {
                (node.then, "condition_then", "Must validate \"then\" as \"if\" was valid")
            } else {
                (node.otherwise, "condition_else", "Must validate \"else\" as \"if\" was not valid")
            };
            if let Some(branch) = branch {
                let part = self.outcome(branch, value, place)?;
                if !part.is_valid() {
                    outcome.add(place, kind, |_| problem.to_owned());
                    outcome.merge(part);
                }
            }
        }
        outcome.score += 1;
        Ok(())
    }

    fn any_of(
        &mut self,
        node: &Node,
        value: Value<'a>,
        place: &Place<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        let mut closest = None;
        for &id in &node.any_of {
            let part = self.outcome(id, value, place)?;
            if part.is_valid() {
                return Ok(());
            }
            keep_closest(&mut closest, part);
        }
        if let Some(closest) = closest {
            outcome.add(place, "number_any_of", |_| "Must validate at least one schema (anyOf)".to_owned());
            outcome.merge(closest);
        }
        Ok(())
    }

    fn one_of(
        &mut self,
        node: &Node,
        value: Value<'a>,
        place: &Place<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        let (mut valid, mut closest) = (0, None);
        for &id in &node.one_of {
            let part = self.outcome(id, value, place)?;
            if part.is_valid() {
                valid += 1;
            } else if valid == 0 {
                keep_closest(&mut closest, part);
            }
        }
        if node.one_of.is_empty() || valid == 1 {
            return Ok(());
        }
        outcome.add(place, "number_one_of", |_| "Must validate one and only one schema (oneOf)".to_owned());
        if let Some(closest) = closest.filter(|_| valid == 0) {
            outcome.merge(closest);
        }
        Ok(())
    }

    fn dependency(
        &mut self,
        dependency: &Dependency,
        object: &'a Object<'a>,
        place: &Place<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        match dependency {
            Dependency::Schema(id) => self.visit(*id, Value::Object(object), place, outcome),
            Dependency::Keys(keys) => {
                for key in keys.iter().filter(|key| object.get_str(key).is_none()) {
                    outcome.add(place, "missing_dependency", |_| format!("Has a dependency on {key}"));
                }
                Ok(())
            }
        }
    }

    fn array(
        &mut self,
        node: &Node,
        array: &'a Array<'a>,
        place: &Place<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        match &node.items {
            None => {}
            Some(Items::All(id)) => self.items(array.iter().enumerate(), |_| Some(*id), place, outcome)?,
            Some(Items::Each(ids)) => {
                self.items(array.iter().enumerate().take(ids.len()), |index| ids.get(index).copied(), place, outcome)?;
                if !ids.is_empty() && ids.len() < array.len() {
                    match node.additional_items {
                        Some(Additional::Allowed(false)) => {
                            outcome.add(place, "array_no_additional_items", |_| {
                                "No additional items allowed on array".to_owned()
                            });
                        }
                        Some(Additional::Schema(id)) => {
                            self.items(array.iter().enumerate().skip(ids.len()), |_| Some(id), place, outcome)?;
                        }
                        _ => {}
                    }
                }
            }
        }
        if let Some(min) = node.items_min.filter(|&min| array.len() < min) {
            outcome.add(place, "array_min_items", |_| format!("Array must have at least {min} items"));
        }
        if let Some(max) = node.items_max.filter(|&max| array.len() > max) {
            outcome.add(place, "array_max_items", |_| format!("Array must have at most {max} items"));
        }
        if node.unique_items {
            let mut known = FxHashMap::default();
            for (index, item) in array.iter().enumerate() {
                if let Some(first) = known.insert(canonical(item), index) {
                    outcome.add(place, "unique", |_| format!("array items[{first},{index}] must be unique"));
                }
            }
        }
        if let Some(contains) = node.contains {
            self.contains(contains, array, place, outcome)?;
        }
        outcome.score += 1;
        Ok(())
    }

    fn items(
        &mut self,
        items: impl Iterator<Item = (usize, Value<'a>)>,
        id_of: impl Fn(usize) -> Option<NodeId>,
        place: &Place<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        for (index, item) in items {
            let Some(id) = id_of(index) else { continue };
            let part = self.outcome(id, item, &place.inside(&index.to_string()))?;
            outcome.merge(part);
        }
        Ok(())
    }

    fn contains(
        &mut self,
        id: NodeId,
        array: &'a Array<'a>,
        place: &Place<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        let mut closest = None;
        for (index, item) in array.iter().enumerate() {
            let part = self.outcome(id, item, &place.inside(&index.to_string()))?;
            if part.is_valid() {
                return Ok(());
            }
            keep_closest(&mut closest, part);
        }
        outcome.add(place, "contains", |_| "At least one of the items must match".to_owned());
        if let Some(closest) = closest {
            outcome.merge(closest);
        }
        Ok(())
    }

    fn object(
        &mut self,
        node: &Node,
        object: &'a Object<'a>,
        place: &Place<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), String> {
        if let Some(min) = node.properties_min.filter(|&min| object.len() < min) {
            outcome.add(place, "array_min_properties", |_| format!("Must have at least {min} properties"));
        }
        if let Some(max) = node.properties_max.filter(|&max| object.len() > max) {
            outcome.add(place, "array_max_properties", |_| format!("Must have at most {max} properties"));
        }
        for name in &node.required {
            if object.get_str(name).is_some() {
                outcome.score += 1;
            } else {
                outcome.add(place, "required", |_| format!("{name} is required"));
            }
        }
        for (name, value) in object.iter() {
            let name = name.as_str().unwrap_or_default();
            let described = node.properties.iter().any(|(known, _)| known == name);
            let matched = self.pattern_properties(node, name, value, place, outcome)?;
            if described || matched {
                continue;
            }
            match node.additional_properties {
                Some(Additional::Allowed(false)) => {
                    outcome.add(place, "additional_property_not_allowed", |_| {
                        format!("Additional property {name} is not allowed")
                    });
                }
                Some(Additional::Schema(id)) => {
                    let part = self.outcome(id, value, &place.inside(name))?;
                    outcome.merge(part);
                }
                _ => {}
            }
        }
        if let Some(id) = node.property_names {
            for name in object.keys() {
                let part = self.outcome(id, name, place)?;
                if !part.is_valid() {
                    let name = name.as_str().unwrap_or_default();
                    outcome
                        .add(place, "invalid_property_name", |_| format!("Property name of \"{name}\" does not match"));
                    outcome.merge(part);
                }
            }
        }
        outcome.score += 1;
        Ok(())
    }

    /// Whether `patternProperties` describes the property.
    fn pattern_properties(
        &mut self,
        node: &Node,
        name: &str,
        value: Value<'a>,
        place: &Place<'_>,
        outcome: &mut Outcome,
    ) -> Result<bool, String> {
        let mut matched = false;
        for (pattern, id) in &node.pattern_properties {
            if pattern.is_match(name) {
                matched = true;
                let part = self.outcome(*id, value, &place.inside(name))?;
                outcome.merge(part);
            }
        }
        outcome.score += i64::from(matched);
        Ok(matched)
    }

    fn number(&self, node: &Node, value: Value<'a>, place: &Place<'_>, outcome: &mut Outcome) {
        if let Some(multiple) = self.bound(node.multiple_of.as_deref())
            && !is_multiple(value, multiple)
        {
            outcome.add(place, "multiple_of", |_| format!("Must be a multiple of {}", shown(multiple)));
        }
        let mut check = |bound: Option<&str>, is_beyond: fn(Ordering) -> bool, kind: &'static str, problem: &str| {
            if let Some(bound) = self.bound(bound).filter(|&bound| is_beyond(number::compare(value, bound))) {
                outcome.add(place, kind, |_| format!("Must be {problem} {}", shown(bound)));
            }
        };
        check(node.maximum.as_deref(), Ordering::is_gt, "number_lte", "less than or equal to");
        check(node.maximum_exclusive.as_deref(), Ordering::is_ge, "number_lt", "less than");
        check(node.minimum.as_deref(), Ordering::is_lt, "number_gte", "greater than or equal to");
        check(node.minimum_exclusive.as_deref(), Ordering::is_le, "number_gt", "greater than");
        outcome.score += 1;
    }

    fn bound(&self, text: Option<&str>) -> Option<Value<'a>> {
        number::parse(self.arena, text?)
    }
}

fn keep_closest(closest: &mut Option<Outcome>, part: Outcome) {
    if closest.as_ref().is_none_or(|closest| part.score > closest.score) {
        *closest = Some(part);
    }
}

fn kind_of(value: Value<'_>) -> Kind {
    match value {
        Value::Bool(_) => Kind::Boolean,
        Value::Int(_) | Value::Number(_) if number::is_integer(value) => Kind::Integer,
        Value::Int(_) | Value::Number(_) => Kind::Number,
        Value::String(_) => Kind::String,
        Value::Array(_) | Value::Set(_) => Kind::Array,
        Value::Object(_) => Kind::Object,
        Value::Null | Value::Unknown(_) => Kind::Null,
    }
}

fn check_value(node: &Node, value: Value<'_>, place: &Place<'_>, outcome: &mut Outcome) {
    if node.constant.is_some() || node.enumeration.is_some() {
        let text = canonical(value);
        if let Some(constant) = node.constant.as_ref().filter(|constant| **constant != text) {
            outcome.add(place, "const", |field| format!("{field} does not match: {constant}"));
        }
        if let Some(allowed) = node.enumeration.as_ref().filter(|allowed| !allowed.contains(&text)) {
            let allowed = if allowed.is_empty() { "(none)".to_owned() } else { allowed.join(", ") };
            outcome.add(place, "enum", |field| format!("{field} must be one of the following: {allowed}"));
        }
    }
    if let (Some(format), Value::String(text)) = (&node.format, value)
        && !has_format(format, text)
    {
        outcome.add(place, "format", |_| format!("Does not match format '{format}'"));
    }
    outcome.score += 1;
}

fn check_string(node: &Node, text: &str, place: &Place<'_>, outcome: &mut Outcome) {
    if node.length_min.is_some() || node.length_max.is_some() {
        let length = text.chars().count();
        if let Some(min) = node.length_min.filter(|&min| length < min) {
            outcome.add(place, "string_gte", |_| format!("String length must be greater than or equal to {min}"));
        }
        if let Some(max) = node.length_max.filter(|&max| length > max) {
            outcome.add(place, "string_lte", |_| format!("String length must be less than or equal to {max}"));
        }
    }
    if let Some((pattern, regex)) = &node.pattern
        && !regex.is_match(text)
    {
        outcome.add(place, "pattern", |_| format!("Does not match pattern '{pattern}'"));
    }
    outcome.score += 1;
}

fn is_multiple(value: Value<'_>, multiple: Value<'_>) -> bool {
    let (Some((a, b)), Some((c, d))) = (number::to_ratio(value), number::to_ratio(multiple)) else {
        // Beyond what can be divided exactly in reasonable time.
        return false;
    };
    let (dividend, divisor) = (a * BigInt::from(d), c * BigInt::from(b));
    divisor != BigInt::ZERO && dividend % divisor == BigInt::ZERO
}

/// A bound as Go prints a float.
fn shown(bound: Value<'_>) -> String {
    number::format_f64(number::to_f64(bound), FloatStyle::General, None)
}
