//! CloudFormation's functions.

use super::conditions::Truth;
use crate::error::CatalogError;
use crate::settings::Settings;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use value::{Arena, Value, json};

/// How many values and, in units of 64 bytes, how much text the functions of a template may make.
const EXPANSION_MAX: usize = 1_000_000;

const AT_DEPLOYMENT: &str = "known only when the stack is deployed";

/// Resolves the functions of one template.
pub(super) struct Resolver<'a> {
    arena: &'a Arena,
    parameters: Value<'a>,
    mappings: Value<'a>,
    pub(super) conditions: Value<'a>,
    given: HashMap<String, Value<'a>>,
    pub(super) decided: HashMap<String, Truth>,
    pub(super) nested: usize,
    spent: usize,
}

/// A scalar as a function writes it.
pub(super) fn text(value: Value<'_>) -> Option<String> {
    match value {
        Value::String(text) => Some(text.as_str().to_owned()),
        Value::Bool(_) | Value::Int(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

impl<'a> Resolver<'a> {
    pub(super) fn new(arena: &'a Arena, template: Value<'a>, settings: &Settings) -> Self {
        let section = |name: &str| template.get_str(name).unwrap_or_default();
        let mut given: HashMap<String, Value<'a>> =
            settings.parameters.iter().map(|(name, value)| (name.clone(), arena.string(value))).collect();
        if let Some(region) = &settings.region {
            let (partition, suffix) = match region.as_str() {
                region if region.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn"),
                region if region.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com"),
                _ => ("aws", "amazonaws.com"),
            };
            given.entry("AWS::Region".to_owned()).or_insert_with(|| arena.string(region));
            given.entry("AWS::Partition".to_owned()).or_insert_with(|| arena.borrowed(partition));
            given.entry("AWS::URLSuffix".to_owned()).or_insert_with(|| arena.borrowed(suffix));
        }
        if let Some(account) = &settings.account {
            given.entry("AWS::AccountId".to_owned()).or_insert_with(|| arena.string(account));
        }
        Self {
            arena,
            parameters: section("Parameters"),
            mappings: section("Mappings"),
            conditions: section("Conditions"),
            given,
            decided: HashMap::new(),
            nested: 0,
            spent: 0,
        }
    }

    fn spend(&mut self, amount: usize) -> Result<(), CatalogError> {
        self.spent = self.spent.saturating_add(amount);
        if self.spent > EXPANSION_MAX {
            return Err(CatalogError::Expansion { limit: EXPANSION_MAX });
        }
        Ok(())
    }

    fn unknown(&self, place: &str, reason: &str) -> Value<'a> {
        self.arena.unknown(place, reason)
    }

    fn string(&mut self, text: &str) -> Result<Value<'a>, CatalogError> {
        self.spend(text.len() / 64)?;
        Ok(self.arena.string(text))
    }

    /// The value with all its functions resolved; None for `AWS::NoValue`.
    ///
    /// The recursion is bounded by the document, whose depth is checked, because no function leads out of its place:
    /// parameters and mappings hold no functions, and conditions count their own nesting.
    pub(super) fn resolve(&mut self, value: Value<'a>) -> Result<Option<Value<'a>>, CatalogError> {
        self.spend(1)?;
        match value {
            Value::String(text) if text.contains("{{resolve:") => {
                Ok(Some(self.unknown(text.as_str(), "a dynamic reference is resolved when the stack is deployed")))
            }
            Value::Array(array) => {
                let mut items = Vec::with_capacity(array.len());
                for item in array.iter() {
                    items.extend(self.resolve(item)?);
                }
                Ok(Some(self.arena.array(&items)))
            }
            Value::Object(object) => {
                let mut entries = Vec::with_capacity(object.len());
                for (key, item) in object.iter() {
                    let name = key.as_str().unwrap_or_default();
                    if object.len() == 1 && (name == "Ref" || name.starts_with("Fn::")) {
                        return self.function(name, item);
                    }
                    // A loop or macro among other keys makes keys that nobody can tell.
                    if name.starts_with("Fn::") {
                        return Ok(Some(self.unknown(name, AT_DEPLOYMENT)));
                    }
                    if let Some(item) = self.resolve(item)? {
                        entries.push((key, item));
                    }
                }
                Ok(Some(self.arena.object(&entries)))
            }
            other => Ok(Some(other)),
        }
    }

    fn function(&mut self, name: &str, argument: Value<'a>) -> Result<Option<Value<'a>>, CatalogError> {
        if name == "Ref" {
            return Ok(match argument.as_str() {
                Some("AWS::NoValue") => None,
                Some(name) => Some(self.reference(name)),
                None => Some(self.unknown("Ref", "it names nothing")),
            });
        }
        let operands: Vec<_> = argument.as_array().map(|array| array.iter().collect()).unwrap_or_default();
        if name == "Fn::If" {
            return self.choice(&operands);
        }
        let answer = match name {
            "Fn::Sub" => self.substitute(argument, &operands)?,
            "Fn::Join" => self.join(&operands)?,
            "Fn::Select" => self.select(&operands)?,
            "Fn::Split" => self.split(&operands)?,
            "Fn::FindInMap" => self.find_in_map(&operands)?,
            "Fn::Length" => match self.resolve(argument)? {
                Some(Value::Array(array)) => i64::try_from(array.len()).ok().map(Value::Int),
                _ => None,
            },
            "Fn::Base64" => match self.resolve(argument)? {
                Some(Value::String(plain)) => Some(self.string(&STANDARD.encode(plain.as_str()))?),
                other => other.filter(|value| value.is_unknown()),
            },
            "Fn::ToJsonString" => match self.resolve(argument)? {
                Some(value) if value.find_unknown().is_none() => Some(self.string(&json::to_string(value))?),
                _ => None,
            },
            _ => None,
        };
        Ok(Some(answer.unwrap_or_else(|| self.unknown(name, AT_DEPLOYMENT))))
    }

    /// A parameter, a pseudo parameter, or a resource.
    fn reference(&self, name: &str) -> Value<'a> {
        let parameter = self.parameters.get_str(name);
        let kind = parameter.and_then(|parameter| parameter.get_str("Type")?.as_str()).unwrap_or_default();
        let given = self.given.get(name).copied();
        let default =
            parameter.and_then(|parameter| parameter.get_str("Default")).filter(|value| !matches!(value, Value::Null));
        if kind.starts_with("AWS::SSM::Parameter::Value") {
            return self.unknown(name, "the value stands in the parameter store");
        }
        match (given.or(default), parameter) {
            (Some(Value::String(list)), _) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
                let items: Vec<_> = list.split(',').map(|item| self.arena.string(item.trim())).collect();
                self.arena.array(&items)
            }
            (Some(value), _) => value,
            (None, Some(_)) => self.unknown(name, &format!("the parameter `{name}` has no default")),
            (None, None) => self.unknown(name, AT_DEPLOYMENT),
        }
    }

    fn choice(&mut self, operands: &[Value<'a>]) -> Result<Option<Value<'a>>, CatalogError> {
        let &[Value::String(condition), yes, no] = operands else {
            return Ok(Some(self.unknown("Fn::If", "it needs a condition and two values")));
        };
        match self.condition(condition.as_str())? {
            Truth::True => self.resolve(yes),
            Truth::False => self.resolve(no),
            Truth::Unknown => {
                let (yes, no) = (self.resolve(yes)?, self.resolve(no)?);
                let certain = yes.is_none_or(|yes| yes.find_unknown().is_none());
                if certain && yes == no {
                    return Ok(yes);
                }
                let reason =
                    format!("whether the condition `{}` holds is known only when the stack is deployed", &**condition);
                Ok(Some(self.unknown("Fn::If", &reason)))
            }
        }
    }

    /// The branch of `Fn::If` that counts, functions and all; other values as they are. None where nobody can tell.
    pub(super) fn chosen(&mut self, value: Value<'a>) -> Result<Option<Value<'a>>, CatalogError> {
        let mut value = value;
        while let Some(choice) =
            value.as_object().filter(|object| object.len() == 1).and_then(|object| object.get_str("Fn::If"))
        {
            let operands: Vec<_> = choice.as_array().map(|array| array.iter().collect()).unwrap_or_default();
            let &[Value::String(condition), yes, no] = operands.as_slice() else { return Ok(None) };
            value = match self.condition(condition.as_str())? {
                Truth::True => yes,
                Truth::False => no,
                Truth::Unknown => return Ok(None),
            };
        }
        Ok(Some(value))
    }

    fn substitute(&mut self, argument: Value<'a>, operands: &[Value<'a>]) -> Result<Option<Value<'a>>, CatalogError> {
        let (template, variables) = match (argument, operands) {
            (Value::String(template), _) => (template.as_str(), Value::Null),
            (_, &[Value::String(template), variables]) => (template.as_str(), variables),
            _ => return Ok(None),
        };
        let mut result = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                result.push_str("${");
                rest = after;
                break;
            };
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
                continue;
            }
            let name = name.trim();
            let value = match variables.get_str(name) {
                Some(value) => self.resolve(value)?.unwrap_or(Value::EMPTY_STRING),
                None => self.reference(name),
            };
            match text(value) {
                Some(text) => {
                    self.spend(text.len() / 64)?;
                    result.push_str(&text);
                }
                None => return Ok(Some(value).filter(|value| value.is_unknown())),
            }
        }
        result.push_str(rest);
        self.string(&result).map(Some)
    }

    fn join(&mut self, operands: &[Value<'a>]) -> Result<Option<Value<'a>>, CatalogError> {
        let &[Value::String(delimiter), list] = operands else { return Ok(None) };
        let Some(Value::Array(list)) = self.resolve(list)? else { return Ok(None) };
        let mut words = Vec::with_capacity(list.len());
        for item in list.iter() {
            match text(item) {
                Some(text) => words.push(text),
                None => return Ok(Some(item).filter(|item| item.is_unknown())),
            }
        }
        let joined = words.join(delimiter.as_str());
        self.string(&joined).map(Some)
    }

    fn select(&mut self, operands: &[Value<'a>]) -> Result<Option<Value<'a>>, CatalogError> {
        let &[index, list] = operands else { return Ok(None) };
        let (Some(index), Some(Value::Array(list))) = (self.resolve(index)?, self.resolve(list)?) else {
            return Ok(None);
        };
        let index = text(index).and_then(|index| index.parse::<usize>().ok());
        Ok(index.and_then(|index| list.get(index)))
    }

    fn split(&mut self, operands: &[Value<'a>]) -> Result<Option<Value<'a>>, CatalogError> {
        let &[Value::String(delimiter), source] = operands else { return Ok(None) };
        let Some(Value::String(source)) = self.resolve(source)? else { return Ok(None) };
        if delimiter.is_empty() {
            return Ok(None);
        }
        let parts: Vec<_> = source.as_str().split(delimiter.as_str()).map(|part| self.arena.borrowed(part)).collect();
        self.spend(parts.len())?;
        Ok(Some(self.arena.array(&parts)))
    }

    fn find_in_map(&mut self, operands: &[Value<'a>]) -> Result<Option<Value<'a>>, CatalogError> {
        let (names, default) = match *operands {
            [map, first, second] => ([map, first, second], None),
            [map, first, second, options] => ([map, first, second], options.get_str("DefaultValue")),
            _ => return Ok(None),
        };
        let mut found = self.mappings;
        for name in names {
            let Some(name) = self.resolve(name)?.and_then(text) else { return Ok(None) };
            match found.get_str(&name) {
                Some(below) => found = below,
                None => return default.map_or(Ok(None), |default| self.resolve(default)),
            }
        }
        Ok(Some(found))
    }
}
