//! A schema to nodes: its keywords read and checked, in the order and with the complaints of OPA's validator.

use super::references::Pool;
use crate::builtins::regex;
use ::regex::Regex;
use rustc_hash::FxHashMap;
use std::str::FromStr;
use value::json;
use value::{Arena, Object, Value, number};

/// The drafts that are told apart. A schema that names none may use the keywords of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Draft {
    Four,
    Six,
    Seven,
    Any,
}

impl Draft {
    /// The draft that `$schema` names; `None` when it is absent or names another.
    fn of_schema(schema: Value<'_>) -> Result<Option<Self>, String> {
        if schema.as_bool().is_some() {
            return Ok(None);
        }
        let object = schema.as_object().ok_or("schema is invalid")?;
        let Some(url) = object.get_str("$schema") else { return Ok(None) };
        let url = url.as_str().ok_or("$schema must be of type string")?;
        Ok(match url.strip_suffix('#').unwrap_or(url) {
            "http://json-schema.org/draft-04/schema" => Some(Self::Four),
            "http://json-schema.org/draft-06/schema" => Some(Self::Six),
            "http://json-schema.org/draft-07/schema" => Some(Self::Seven),
            _ => None,
        })
    }
}

/// The types of JSON, with `integer` among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Array,
    Boolean,
    Integer,
    Number,
    Null,
    Object,
    String,
}

impl Kind {
    /// In the order of the message that lists them.
    const ALL: [Self; 7] =
        [Self::Array, Self::Boolean, Self::Integer, Self::Number, Self::Null, Self::Object, Self::String];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Null => "null",
            Self::Object => "object",
            Self::String => "string",
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let all = Self::ALL.map(Self::name).join(" ");
            format!("has a primitive type that is NOT VALID -- given: /{name}/ Expected valid values are:[{all}]")
        })
    }
}

/// Index of a node in its [`Schema`].
pub(super) type NodeId = usize;

/// What `additionalProperties` and `additionalItems` say.
#[derive(Debug)]
pub(super) enum Additional {
    Allowed(bool),
    Schema(NodeId),
}

#[derive(Debug)]
pub(super) enum Dependency {
    Keys(Vec<String>),
    Schema(NodeId),
}

/// What `items` says.
#[derive(Debug)]
pub(super) enum Items {
    All(NodeId),
    Each(Vec<NodeId>),
}

/// A schema inside a schema.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// `true` and `false` as schemas.
    pub always: Option<bool>,
    pub reference: Option<NodeId>,
    pub types: Vec<Kind>,
    pub properties: Vec<(String, NodeId)>,
    pub additional_properties: Option<Additional>,
    pub pattern_properties: Vec<(Regex, NodeId)>,
    pub property_names: Option<NodeId>,
    pub dependencies: Vec<(String, Dependency)>,
    pub required: Vec<String>,
    pub properties_min: Option<usize>,
    pub properties_max: Option<usize>,
    pub items: Option<Items>,
    pub additional_items: Option<Additional>,
    pub contains: Option<NodeId>,
    pub items_min: Option<usize>,
    pub items_max: Option<usize>,
    pub unique_items: bool,
    /// Numbers as written.
    pub multiple_of: Option<String>,
    pub minimum: Option<String>,
    pub minimum_exclusive: Option<String>,
    pub maximum: Option<String>,
    pub maximum_exclusive: Option<String>,
    pub length_min: Option<usize>,
    pub length_max: Option<usize>,
    /// As written, and compiled.
    pub pattern: Option<(String, Regex)>,
    pub format: Option<String>,
    /// As canonical JSON.
    pub constant: Option<String>,
    pub enumeration: Option<Vec<String>>,
    pub one_of: Vec<NodeId>,
    pub any_of: Vec<NodeId>,
    pub all_of: Vec<NodeId>,
    pub not: Option<NodeId>,
    pub condition: Option<NodeId>,
    pub then: Option<NodeId>,
    pub otherwise: Option<NodeId>,
}

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    nodes: Vec<Node>,
}

impl Schema {
    pub(super) const ROOT: NodeId = 0;

    /// Compiles `document`.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub(super) fn compile(arena: &Arena, document: Value<'_>) -> Result<Self, String> {
        let document = arena.copy(document);
        let draft = Draft::of_schema(document)?;
        let (pool, document) = Pool::of_schema(arena, document, draft);
        let mut compiler = Compiler { pool, nodes: Vec::new(), known: FxHashMap::default() };
        compiler.node(document, draft.unwrap_or(Draft::Any))?;
        Ok(Self { nodes: compiler.nodes })
    }

    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }
}

/// JSON in which equal values are equal texts. Numbers are those that a 64-bit float can tell apart, as in OPA.
pub(super) fn canonical(value: Value<'_>) -> String {
    let scratch = Arena::new();
    // As Go writes it, for messages show it.
    json::to_string(with_floats(&scratch, value))
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

fn with_floats<'a>(arena: &'a Arena, value: Value<'_>) -> Value<'a> {
    match value {
        Value::Int(_) | Value::Number(_) => {
            number::from_f64(arena, number::to_f64(value)).unwrap_or_else(|| arena.copy(value))
        }
        Value::Array(items) => arena.array(&items.iter().map(|item| with_floats(arena, item)).collect::<Vec<_>>()),
        Value::Object(object) => {
            let entries: Vec<_> =
                object.iter().map(|(key, value)| (arena.copy(key), with_floats(arena, value))).collect();
            arena.object(&entries)
        }
        other => arena.copy(other),
    }
}

fn invalid_type(expected: &str, given: &str) -> String {
    format!("Invalid type. Expected: {expected}, given: {given}")
}

struct Compiler<'a> {
    pool: Pool<'a>,
    nodes: Vec<Node>,
    /// The nodes of references, which a schema may refer to while they are still read.
    known: FxHashMap<String, NodeId>,
}

impl<'a> Compiler<'a> {
    fn node(&mut self, document: Value<'a>, draft: Draft) -> Result<NodeId, String> {
        let id = self.reserve();
        self.fill(id, document, draft)?;
        Ok(id)
    }

    fn reserve(&mut self) -> NodeId {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }

    fn fill(&mut self, id: NodeId, document: Value<'a>, draft: Draft) -> Result<(), String> {
        let node = self.read(document, draft)?;
        if let Some(reserved) = self.nodes.get_mut(id) {
            *reserved = node;
        }
        Ok(())
    }

    fn read(&mut self, document: Value<'a>, draft: Draft) -> Result<Node, String> {
        let mut node = Node::default();
        if draft >= Draft::Six
            && let Some(always) = document.as_bool()
        {
            node.always = Some(always);
            return Ok(node);
        }
        let object = document.as_object().ok_or("Expected: schema, given: Invalid JSON")?;
        let keywords = Keywords { object };
        let id_keyword = match draft {
            Draft::Four => "id",
            Draft::Any if object.get_str("id").is_some() => "id",
            _ => "$id",
        };
        keywords.string(id_keyword)?;
        self.definitions(&keywords, draft)?;
        keywords.string("title")?;
        keywords.string("description")?;
        if let Some(address) = keywords.string("$ref")? {
            node.reference = Some(self.reference(address, draft)?);
            // What stands beside a reference does not count.
            return Ok(node);
        }
        node.types = keywords.types()?;
        self.object_keywords(&mut node, &keywords, draft)?;
        self.item_keywords(&mut node, &keywords, draft)?;
        keywords.numbers(&mut node, draft)?;
        keywords.strings(&mut node)?;
        keywords.sizes(&mut node)?;
        if draft >= Draft::Six
            && let Some(contains) = keywords.get("contains")
        {
            node.contains = Some(self.node(contains, draft)?);
        }
        keywords.values(&mut node, draft)?;
        self.combinations(&mut node, &keywords, draft)?;
        Ok(node)
    }

    fn reference(&mut self, address: &str, draft: Draft) -> Result<NodeId, String> {
        if let Some(&known) = self.known.get(address) {
            return Ok(known);
        }
        let id = self.reserve();
        self.known.insert(address.to_owned(), id);
        let named = self.pool.get(address)?;
        if !is_schema(named.document) {
            return Err("schema must be of type object".to_owned());
        }
        self.fill(id, named.document, named.draft.unwrap_or(draft))?;
        Ok(id)
    }

    fn definitions(&mut self, keywords: &Keywords<'a>, draft: Draft) -> Result<(), String> {
        let Some(definitions) = keywords.get("definitions") else { return Ok(()) };
        let wrong = || invalid_type("array of schemas", "definitions");
        for definition in definitions.as_object().ok_or_else(wrong)?.values() {
            if !is_schema(definition) {
                return Err(wrong());
            }
            self.node(definition, draft)?;
        }
        Ok(())
    }

    fn object_keywords(&mut self, node: &mut Node, keywords: &Keywords<'a>, draft: Draft) -> Result<(), String> {
        if let Some(properties) = keywords.get("properties") {
            let properties = properties.as_object().ok_or("properties must be of type object")?;
            for (name, schema) in properties.iter() {
                node.properties.push((name.as_str().unwrap_or_default().to_owned(), self.node(schema, draft)?));
            }
        }
        node.additional_properties = self.additional(keywords, "additionalProperties", draft)?;
        if let Some(patterns) = keywords.get("patternProperties") {
            let patterns = patterns.as_object().ok_or_else(|| invalid_type("schema", "patternProperties"))?;
            for (pattern, schema) in patterns.iter() {
                let pattern = pattern.as_str().unwrap_or_default();
                let regex = regex::compile(pattern).map_err(|_| format!("Invalid regex pattern '{pattern}'"))?;
                node.pattern_properties.push((regex, self.node(schema, draft)?));
            }
        }
        if draft >= Draft::Six
            && let Some(names) = keywords.get("propertyNames")
        {
            if !is_schema(names) {
                return Err(invalid_type("schema", "patternProperties"));
            }
            node.property_names = Some(self.node(names, draft)?);
        }
        let Some(dependencies) = keywords.get("dependencies") else { return Ok(()) };
        let wrong = "dependency must be of type schema or array of strings";
        for (name, dependency) in dependencies.as_object().ok_or("dependencies must be of type object")?.iter() {
            let dependency = match dependency {
                Value::Array(keys) => {
                    let keys = keys.iter().map(|key| key.as_str().map(str::to_owned).ok_or(wrong));
                    Dependency::Keys(keys.collect::<Result<_, _>>()?)
                }
                Value::Object(_) | Value::Bool(_) => Dependency::Schema(self.node(dependency, draft)?),
                _ => return Err(wrong.to_owned()),
            };
            node.dependencies.push((name.as_str().unwrap_or_default().to_owned(), dependency));
        }
        Ok(())
    }

    fn additional(
        &mut self,
        keywords: &Keywords<'a>,
        keyword: &str,
        draft: Draft,
    ) -> Result<Option<Additional>, String> {
        Ok(match keywords.get(keyword) {
            None => None,
            Some(Value::Bool(allowed)) => Some(Additional::Allowed(*allowed)),
            Some(schema @ Value::Object(_)) => Some(Additional::Schema(self.node(schema, draft)?)),
            Some(_) => return Err(invalid_type("boolean/schema", keyword)),
        })
    }

    fn item_keywords(&mut self, node: &mut Node, keywords: &Keywords<'a>, draft: Draft) -> Result<(), String> {
        let wrong = || invalid_type("schema/array of schemas", "items");
        node.items = match keywords.get("items") {
            None => None,
            Some(Value::Array(schemas)) => {
                let mut each = Vec::with_capacity(schemas.len());
                for schema in schemas.iter() {
                    if !is_schema(schema) {
                        return Err(wrong());
                    }
                    each.push(self.node(schema, draft)?);
                }
                Some(Items::Each(each))
            }
            Some(schema) if is_schema(schema) => Some(Items::All(self.node(schema, draft)?)),
            Some(_) => return Err(wrong()),
        };
        node.additional_items = self.additional(keywords, "additionalItems", draft)?;
        Ok(())
    }

    fn combinations(&mut self, node: &mut Node, keywords: &Keywords<'a>, draft: Draft) -> Result<(), String> {
        node.one_of = self.several(keywords, "oneOf", draft)?;
        node.any_of = self.several(keywords, "anyOf", draft)?;
        node.all_of = self.several(keywords, "allOf", draft)?;
        node.not = self.one(keywords, "not", draft)?;
        if draft >= Draft::Seven {
            node.condition = self.one(keywords, "if", draft)?;
            node.then = self.one(keywords, "then", draft)?;
            node.otherwise = self.one(keywords, "else", draft)?;
        }
        Ok(())
    }

    fn several(&mut self, keywords: &Keywords<'a>, keyword: &str, draft: Draft) -> Result<Vec<NodeId>, String> {
        keywords.array(keyword)?.into_iter().map(|schema| self.node(schema, draft)).collect()
    }

    fn one(&mut self, keywords: &Keywords<'a>, keyword: &str, draft: Draft) -> Result<Option<NodeId>, String> {
        match keywords.get(keyword) {
            None => Ok(None),
            Some(schema) if is_schema(schema) => self.node(schema, draft).map(Some),
            Some(_) => Err(format!("{keyword} must be of an object")),
        }
    }
}

const fn is_schema(value: Value<'_>) -> bool {
    matches!(value, Value::Object(_) | Value::Bool(_))
}

/// The keywords of one schema that hold no schemas.
struct Keywords<'a> {
    object: &'a Object<'a>,
}

impl<'a> Keywords<'a> {
    fn get(&self, keyword: &str) -> Option<Value<'a>> {
        self.object.get_str(keyword)
    }

    fn string(&self, keyword: &str) -> Result<Option<&'a str>, String> {
        let text = |value: Value<'a>| value.as_str().ok_or_else(|| invalid_type("string", keyword));
        self.get(keyword).map(text).transpose()
    }

    fn array(&self, keyword: &str) -> Result<Vec<Value<'a>>, String> {
        let Some(value) = self.get(keyword) else { return Ok(Vec::new()) };
        let array = value.as_array().ok_or_else(|| format!("{keyword} must be of an array"))?;
        Ok(array.iter().collect())
    }

    fn types(&self) -> Result<Vec<Kind>, String> {
        let wrong = || invalid_type("type", "string/array of strings");
        let names = match self.get("type") {
            None => Vec::new(),
            Some(Value::Array(names)) => {
                names.iter().map(|name| name.as_str().ok_or_else(wrong)).collect::<Result<_, _>>()?
            }
            Some(name) => vec![name.as_str().ok_or_else(wrong)?],
        };
        let mut types = Vec::with_capacity(names.len());
        for name in names {
            let kind = name.parse()?;
            if types.contains(&kind) {
                return Err(format!("{name} type is duplicated"));
            }
            types.push(kind);
        }
        Ok(types)
    }

    fn numbers(&self, node: &mut Node, draft: Draft) -> Result<(), String> {
        if let Some(multiple) = self.get("multipleOf") {
            if !multiple.is_number() {
                return Err(invalid_type("number", "multipleOf"));
            }
            if number::compare(multiple, Value::Int(0)).is_le() {
                return Err("multipleOf must be strictly greater than 0".to_owned());
            }
            node.multiple_of = Some(multiple.to_string());
        }
        (node.minimum, node.minimum_exclusive) = self.bounds("minimum", "exclusiveMinimum", draft)?;
        (node.maximum, node.maximum_exclusive) = self.bounds("maximum", "exclusiveMaximum", draft)?;
        Ok(())
    }

    /// A bound and its exclusive sibling, which was a flag in draft 4 and is a bound of its own since.
    fn bounds(&self, keyword: &str, exclusive: &str, draft: Draft) -> Result<(Option<String>, Option<String>), String> {
        let bound = match self.get(keyword) {
            None => None,
            Some(bound) if bound.is_number() => Some(bound.to_string()),
            Some(_) => return Err(format!("{keyword} must be of a number")),
        };
        match self.get(exclusive) {
            None => Ok((bound, None)),
            Some(Value::Bool(is_exclusive)) if matches!(draft, Draft::Four | Draft::Any) => {
                if bound.is_none() {
                    return Err(format!("{exclusive} cannot be used without {keyword}"));
                }
                Ok(if *is_exclusive { (None, bound) } else { (bound, None) })
            }
            Some(own) if own.is_number() && draft != Draft::Four => Ok((bound, Some(own.to_string()))),
            Some(_) => {
                let expected = match draft {
                    Draft::Four => "boolean",
                    Draft::Any => "boolean/number",
                    Draft::Six | Draft::Seven => "number",
                };
                Err(invalid_type(expected, exclusive))
            }
        }
    }

    fn size(&self, keyword: &str) -> Result<Option<usize>, String> {
        let Some(value) = self.get(keyword) else { return Ok(None) };
        let size = value.as_i64().ok_or_else(|| format!("{keyword} must be of an integer"))?;
        usize::try_from(size).map(Some).map_err(|_| format!("{keyword} must be greater than or equal to 0"))
    }

    fn strings(&self, node: &mut Node) -> Result<(), String> {
        (node.length_min, node.length_max) = (self.size("minLength")?, self.size("maxLength")?);
        if node.length_max.is_some_and(|max| node.length_min.is_some_and(|min| min > max)) {
            return Err("minLength cannot be greater than maxLength".to_owned());
        }
        if let Some(pattern) = self.string("pattern")? {
            let regex = regex::compile(pattern).map_err(|_| "pattern must be a valid regex")?;
            node.pattern = Some((pattern.to_owned(), regex));
        }
        node.format = self.string("format")?.filter(|format| !format.is_empty()).map(str::to_owned);
        Ok(())
    }

    fn sizes(&self, node: &mut Node) -> Result<(), String> {
        (node.properties_min, node.properties_max) = (self.size("minProperties")?, self.size("maxProperties")?);
        if node.properties_max.is_some_and(|max| node.properties_min.is_some_and(|min| min > max)) {
            return Err("minProperties cannot be greater than maxProperties".to_owned());
        }
        for name in self.array("required")? {
            let name = name.as_str().ok_or_else(|| invalid_type("string", "required"))?;
            if node.required.iter().any(|known| known == name) {
                return Err("required items must be unique".to_owned());
            }
            node.required.push(name.to_owned());
        }
        (node.items_min, node.items_max) = (self.size("minItems")?, self.size("maxItems")?);
        if let Some(unique) = self.get("uniqueItems") {
            node.unique_items = unique.as_bool().ok_or("uniqueItems must be of a boolean")?;
        }
        Ok(())
    }

    fn values(&self, node: &mut Node, draft: Draft) -> Result<(), String> {
        if draft >= Draft::Six {
            node.constant = self.get("const").map(canonical);
        }
        if self.get("enum").is_none() {
            return Ok(());
        }
        let mut known = Vec::new();
        for value in self.array("enum")? {
            let value = canonical(value);
            if known.contains(&value) {
                return Err("enum items must be unique".to_owned());
            }
            known.push(value);
        }
        node.enumeration = Some(known);
        Ok(())
    }
}
