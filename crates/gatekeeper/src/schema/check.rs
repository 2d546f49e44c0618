//! Whether a value is what a schema asks for.

use super::{Member, Range, Schema, Type};
use crate::fields::{path, wrong_type};
use crate::mistake::{Mistake, MistakeKind};
use value::{Arena, Object, Pointer, Value, number};

/// More mistakes than this in one value tell nobody anything new.
const MISTAKES_MAX: usize = 20;

impl Schema {
    /// Everything in `value` that the schema refuses, up to a bound. `pointer` is where the value stands.
    pub fn check(&self, value: Value<'_>, pointer: &Pointer) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        self.collect(value, pointer, &mut mistakes);
        mistakes.truncate(MISTAKES_MAX);
        mistakes
    }

    fn accepts(&self, value: Value<'_>) -> bool {
        self.check(value, &Pointer::root()).is_empty()
    }

    fn collect(&self, value: Value<'_>, pointer: &Pointer, mistakes: &mut Vec<Mistake>) {
        if mistakes.len() >= MISTAKES_MAX {
            return;
        }
        if matches!(value, Value::Null) && self.nullable {
            return;
        }
        if let Some(mistake) = self.wrong_type(value, pointer) {
            // What is of another type altogether breaks every other rule too.
            mistakes.push(mistake);
            return;
        }
        let mut refuse = |message: String| mistakes.push(Mistake::new(MistakeKind::Schema, pointer.clone(), message));
        self.check_value(value, &path(pointer), &mut refuse);
        match value {
            Value::Object(object) => self.check_members(object, pointer, mistakes),
            Value::Array(array) => {
                for (index, item) in array.iter().enumerate() {
                    if let Some(schema) = &self.items {
                        schema.collect(item, &pointer.join(index), mistakes);
                    }
                }
            }
            _ => {}
        }
        self.all_of.iter().for_each(|schema| schema.collect(value, pointer, mistakes));
    }

    fn wrong_type(&self, value: Value<'_>, pointer: &Pointer) -> Option<Mistake> {
        if self.integer_or_string {
            let fits = matches!(value, Value::String(_)) || (value.is_number() && number::is_integer(value));
            return (!fits).then(|| wrong_type(pointer, "an integer or a string", value));
        }
        let (fits, expected) = match self.kind? {
            Type::Object => (matches!(value, Value::Object(_)), "an object"),
            Type::Array => (matches!(value, Value::Array(_)), "an array"),
            Type::String => (matches!(value, Value::String(_)), "a string"),
            Type::Boolean => (matches!(value, Value::Bool(_)), "`true` or `false`"),
            Type::Integer => (value.is_number() && number::is_integer(value), "an integer"),
            Type::Number => (value.is_number(), "a number"),
        };
        (!fits).then(|| wrong_type(pointer, expected, value))
    }

    fn check_value(&self, value: Value<'_>, name: &str, refuse: &mut impl FnMut(String)) {
        if let Some(allowed) = self.one_of_values.as_ref().and_then(|values| values.root().as_array())
            && !allowed.iter().any(|allowed| allowed == value)
        {
            let allowed: Vec<_> = allowed.iter().map(|value| value.to_string()).collect();
            refuse(format!("`{name}` is {value}, and must be one of {}", allowed.join(", ")));
        }
        match value {
            Value::String(text) => self.check_text(text.as_str(), name, refuse),
            Value::Array(array) => check_count(self.bounds.items, array.len(), name, "items", refuse),
            Value::Object(object) => {
                check_count(self.bounds.properties, object.len(), name, "properties", refuse);
            }
            number if number.is_number() => self.check_number(number, name, refuse),
            _ => {}
        }
        if !self.any_of.is_empty() && !self.any_of.iter().any(|schema| schema.accepts(value)) {
            refuse(format!("`{name}` fulfils none of the schemas in `anyOf`"));
        }
        if !self.one_of.is_empty() {
            let count = self.one_of.iter().filter(|schema| schema.accepts(value)).count();
            if count != 1 {
                refuse(format!("`{name}` fulfils {count} of the schemas in `oneOf`, and must fulfil one"));
            }
        }
        if self.not.as_ref().is_some_and(|schema| schema.accepts(value)) {
            refuse(format!("`{name}` fulfils the schema in `not`"));
        }
    }

    fn check_text(&self, text: &str, name: &str, refuse: &mut impl FnMut(String)) {
        check_count(self.bounds.length, text.chars().count(), name, "characters", refuse);
        if let Some(pattern) = &self.pattern
            && !pattern.is_match(text)
        {
            refuse(format!("`{name}` does not match the pattern `{}`", pattern.as_str()));
        }
        if let Some(format) = self.format.filter(|format| !format.is_had_by(text)) {
            refuse(format!("`{name}` is not in the format `{}` that its schema asks for", format.name));
        }
    }

    fn check_number(&self, number: Value<'_>, name: &str, refuse: &mut impl FnMut(String)) {
        let bounds = &self.bounds;
        if let Some(minimum) = bounds.minimum.as_ref().map(|minimum| minimum.root())
            && (number < minimum || (bounds.exclusive_minimum && number == minimum))
        {
            let more = if bounds.exclusive_minimum { "more than" } else { "at least" };
            refuse(format!("`{name}` is {number}, and must be {more} {minimum}"));
        }
        if let Some(maximum) = bounds.maximum.as_ref().map(|maximum| maximum.root())
            && (number > maximum || (bounds.exclusive_maximum && number == maximum))
        {
            let less = if bounds.exclusive_maximum { "less than" } else { "at most" };
            refuse(format!("`{name}` is {number}, and must be {less} {maximum}"));
        }
        if let Some(factor) = bounds.multiple_of.as_ref().map(|factor| factor.root()) {
            let arena = Arena::new();
            let quotient = number::divide(&arena, number, factor);
            if !quotient.is_ok_and(number::is_integer) {
                refuse(format!("`{name}` is {number}, and must be a multiple of {factor}"));
            }
        }
    }

    fn check_members(&self, object: &Object<'_>, pointer: &Pointer, mistakes: &mut Vec<Mistake>) {
        for key in &self.required {
            if object.get_str(key).is_none() {
                let message = format!("`{}` is missing", path(&pointer.join(key.as_str())));
                mistakes.push(Mistake::new(MistakeKind::Schema, pointer.clone(), message));
            }
        }
        for (key, value) in object.iter() {
            let key = key.as_str().unwrap_or_default();
            let place = || pointer.join(key);
            match self.member(key) {
                Member::Like(schema) => schema.collect(value, &place(), mistakes),
                Member::Refused => {
                    let message = format!("`{}` may not be there", path(&place()));
                    mistakes.push(Mistake::new(MistakeKind::Schema, place(), message));
                }
                Member::Unsaid | Member::Anything => {}
            }
        }
    }
}

fn check_count(range: Range, count: usize, name: &str, unit: &str, refuse: &mut impl FnMut(String)) {
    if let Some(min) = range.min.filter(|&min| count < min) {
        refuse(format!("`{name}` has {count} {unit}, and must have at least {min}"));
    }
    if let Some(max) = range.max.filter(|&max| count > max) {
        refuse(format!("`{name}` has {count} {unit}, and may have at most {max}"));
    }
}
