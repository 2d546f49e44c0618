//! `$ref` and `$id`: which schema an address names.

use super::compile::Draft;
use super::with_stack;
use crate::builtins::go_url::Url;
use rustc_hash::FxHashMap;
use std::fmt;
use value::{Arena, Value};

/// The address of a schema: a URL in front of `#`, and a pointer or a name behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Reference {
    url: String,
    fragment: String,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)?;
        if self.fragment.is_empty() { Ok(()) } else { write!(f, "#{}", self.fragment) }
    }
}

impl Reference {
    /// # Errors
    /// When `text` is no URL.
    pub fn parse(text: &str) -> Result<Self, String> {
        Url::parse(text)?;
        let (url, fragment) = text.split_once('#').unwrap_or((text, ""));
        Ok(Self { url: url.to_owned(), fragment: fragment.to_owned() })
    }

    /// What `other` means where this is the base (RFC 3986, section 5.2).
    fn resolve(&self, other: &Self) -> Self {
        Self { url: resolve(&self.url, &other.url), fragment: other.fragment.clone() }
    }

    /// Whether it could be fetched: it has a scheme and a host.
    fn is_canonical(&self) -> bool {
        Url::parse(&self.url).is_ok_and(|url| !url.scheme.is_empty() && !url.host.is_empty())
    }
}

/// Scheme and authority with their punctuation, and the rest.
fn split_authority(url: &str) -> (&str, &str, &str) {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let scheme = url.find(':').filter(|&colon| url.get(..colon).is_some_and(is_scheme)).map_or(0, |colon| colon + 1);
    let (scheme, rest) = url.split_at(scheme);
    let Some(after) = rest.strip_prefix("//") else { return (scheme, "", rest) };
    let length = 2 + after.find(['/', '?']).unwrap_or(after.len());
    let (authority, path) = rest.split_at(length);
    (scheme, authority, path)
}

fn resolve(base: &str, other: &str) -> String {
    let (scheme, authority, path) = split_authority(base);
    let (other_scheme, other_authority, other_path) = split_authority(other);
    if !other_scheme.is_empty() {
        return other.to_owned();
    }
    if !other_authority.is_empty() {
        return format!("{scheme}{other_authority}{}", without_dots(other_path));
    }
    if other_path.is_empty() {
        return base.to_owned();
    }
    let without_query = path.split('?').next().unwrap_or_default();
    if other_path.starts_with('?') {
        return format!("{scheme}{authority}{without_query}{other_path}");
    }
    if other_path.starts_with('/') {
        return format!("{scheme}{authority}{}", without_dots(other_path));
    }
    let folder = without_query.rfind('/').map_or("", |slash| without_query.get(..=slash).unwrap_or_default());
    let folder = if folder.is_empty() && !authority.is_empty() { "/" } else { folder };
    format!("{scheme}{authority}{}", without_dots(&format!("{folder}{other_path}")))
}

fn without_dots(path: &str) -> String {
    let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." if kept.len() > 1 || kept.last().is_some_and(|first| !first.is_empty()) => {
                kept.pop();
            }
            ".." => {}
            _ => {
                kept.push(segment);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    kept.join("/") + query
}

/// What a reference names, and the draft it is written in if that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub document: Value<'a>,
    pub draft: Option<Draft>,
}

/// The schemas that have an address.
pub(super) struct Pool<'a> {
    arena: &'a Arena,
    named: FxHashMap<String, Named<'a>>,
}

impl<'a> Pool<'a> {
    /// The pool of a schema, and the schema with every `$ref` absolute.
    pub fn of_schema(arena: &'a Arena, root: Value<'a>, draft: Option<Draft>) -> (Self, Value<'a>) {
        let mut pool = Self { arena, named: FxHashMap::default() };
        let absolute = pool.absolute(root, &Reference::default(), draft);
        pool.named.insert(String::new(), Named { document: absolute, draft });
        (pool, absolute)
    }

    /// `value` with every `$ref` absolute; what has an `$id` goes into the pool.
    fn absolute(&mut self, value: Value<'a>, base: &Reference, draft: Option<Draft>) -> Value<'a> {
        with_stack(|| match value {
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.absolute(item, base, draft)).collect();
                self.arena.array(&items)
            }
            Value::Object(object) => {
                // As in OPA's validator, `id` counts in every draft where it is there.
                let id = object.get_str("id").or_else(|| object.get_str("$id")).and_then(Value::as_str);
                let own = id.and_then(|id| Reference::parse(id).ok()).map(|id| base.resolve(&id));
                let address = own.as_ref().map(Reference::to_string);
                // The first schema of an address keeps it, and what is around stands before what is inside.
                let claims = address.filter(|address| !address.is_empty() && !self.named.contains_key(address));
                if let Some(address) = &claims {
                    self.named.insert(address.clone(), Named { document: value, draft });
                }
                let base = own.as_ref().unwrap_or(base);
                let entries: Vec<_> = object
                    .iter()
                    .map(|(key, child)| (key, self.absolute_at(key.as_str().unwrap_or_default(), child, base, draft)))
                    .collect();
                let absolute = self.arena.object(&entries);
                if let Some(address) = claims {
                    self.named.insert(address, Named { document: absolute, draft });
                }
                absolute
            }
            other => other,
        })
    }

    fn absolute_at(&mut self, key: &str, value: Value<'a>, base: &Reference, draft: Option<Draft>) -> Value<'a> {
        match (key, value) {
            ("$ref", Value::String(text)) => match Reference::parse(text) {
                Ok(reference) => self.arena.string(&base.resolve(&reference).to_string()),
                Err(_) => value,
            },
            // Values, not schemas.
            ("const" | "enum", _) => value,
            // The keys are names that the author chose: one of them may be `$ref`.
            ("properties" | "dependencies" | "patternProperties", Value::Object(children)) => {
                let children: Vec<_> =
                    children.iter().map(|(name, child)| (name, self.absolute(child, base, draft))).collect();
                self.arena.object(&children)
            }
            _ => self.absolute(value, base, draft),
        }
    }

    /// The schema at `address`, which is absolute.
    pub fn get(&self, address: &str) -> Result<Named<'a>, String> {
        if let Some(&named) = self.named.get(address) {
            return Ok(named);
        }
        let reference = Reference::parse(address)?;
        match self.named.get(reference.url.as_str()) {
            Some(whole) => Ok(Named { document: point(whole.document, &reference.fragment)?, draft: whole.draft }),
            None if !reference.is_canonical() => Err(format!("Reference {reference} must be canonical")),
            None => Err("remote reference loading disabled".to_owned()),
        }
    }
}

/// What a JSON pointer in a fragment leads to.
fn point<'a>(document: Value<'a>, fragment: &str) -> Result<Value<'a>, String> {
    if fragment.is_empty() {
        return Ok(document);
    }
    let pointer = unescape_percent(fragment);
    let Some(pointer) = pointer.strip_prefix('/') else {
        return Err("JSON pointer must be empty or start with a \"/\"".to_owned());
    };
    pointer.split('/').try_fold(document, |value, token| {
        let token = token.replace("~1", "/").replace("~0", "~");
        match value {
            Value::Object(object) => object.get_str(&token).ok_or_else(|| format!("Object has no key '{token}'")),
            Value::Array(array) => {
                let index: usize = token.parse().map_err(|_| format!("Invalid array index '{token}'"))?;
                array.get(index).ok_or_else(|| format!("Out of bound array[0,{}] index '{token}'", array.len()))
            }
            _ => Err(format!("Invalid token reference '{token}'")),
        }
    })
}

fn unescape_percent(text: &str) -> String {
    let url = Url::parse(&format!("#{text}"));
    url.map_or_else(|_| text.to_owned(), |url| url.fragment)
}
