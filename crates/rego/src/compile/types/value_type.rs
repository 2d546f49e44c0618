//! What values an expression can have, as far as the text tells.

use std::fmt;
use std::sync::Arc;

/// A set of values. Large ones are widened: what is reported with them could not be read, and comparing them would take long.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ValueType {
    /// A variable that no statement has given a value yet.
    Unresolved,
    Null,
    Boolean,
    Number,
    String,
    Array(Arc<ArrayType>),
    Object(Arc<ObjectType>),
    Set(Arc<SetType>),
    /// One of several.
    Union(Arc<UnionType>),
    /// Any value at all.
    Any,
}

/// The first items, each of a type of its own, and what may follow them.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ArrayType {
    items: Vec<ValueType>,
    /// `None`: nothing follows.
    rest: Option<ValueType>,
    extent: Extent,
}

/// Entries at known keys, by key, and what other entries there may be.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectType {
    fields: Vec<(Key, Field)>,
    /// Keys and values; `None`: there are no others.
    rest: Option<(ValueType, ValueType)>,
    extent: Extent,
}

/// What stands at a known key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Field {
    pub value: ValueType,
    /// Whether the entry may be missing.
    pub optional: bool,
}

/// A set whose members are all of one type.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SetType {
    members: ValueType,
    extent: Extent,
}

/// At least two types, in order, none of them [`ValueType::Any`] or a union.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnionType {
    options: Vec<ValueType>,
    extent: Extent,
}

/// What is asked of a type so often that it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Extent {
    /// How many types it is made of, itself included.
    size: usize,
    /// Whether no part of it is [`ValueType::Unresolved`].
    resolved: bool,
}

/// A key that is known from the text. Numbers that are no 64-bit integers have several spellings and are not told apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Null,
    Boolean(bool),
    Number(i64),
    String(Arc<str>),
}

/// Of how many types a type may be made before its insides are forgotten.
const SIZE_MAX: usize = 500;
/// How many types a union may have before it becomes [`ValueType::Any`].
const OPTIONS_MAX: usize = 16;

impl Extent {
    /// Of a type with these parts; `None` if it is too large.
    fn of<'t>(parts: impl IntoIterator<Item = &'t ValueType>) -> Option<Self> {
        let mut extent = Self { size: 1, resolved: true };
        for part in parts {
            let part = part.extent();
            extent.size += part.size;
            extent.resolved &= part.resolved;
        }
        (extent.size <= SIZE_MAX).then_some(extent)
    }
}

impl ValueType {
    /// An array with `items`, and items of `rest` after them.
    pub fn array(items: Vec<Self>, rest: Option<Self>) -> Self {
        match Extent::of(items.iter().chain(&rest)) {
            Some(extent) => Self::Array(Arc::new(ArrayType { items, rest, extent })),
            None => Self::array_of(Self::Any),
        }
    }

    /// An array of any length.
    pub fn array_of(items: Self) -> Self {
        Self::array(Vec::new(), Some(items))
    }

    /// An object with `fields`, and entries of `rest` besides. Of several fields at one key the last counts.
    pub fn object(mut fields: Vec<(Key, Field)>, rest: Option<(Self, Self)>) -> Self {
        fields.reverse();
        fields.sort_by(|(a, _), (b, _)| a.cmp(b));
        fields.dedup_by(|(a, _), (b, _)| a == b);
        let parts = fields.iter().map(|(_, field)| &field.value);
        match Extent::of(parts.chain(rest.iter().flat_map(|(keys, values)| [keys, values]))) {
            Some(extent) => Self::Object(Arc::new(ObjectType { fields, rest, extent })),
            None => Self::object_of(Self::Any, Self::Any),
        }
    }

    /// An object with any entries of these types.
    pub fn object_of(keys: Self, values: Self) -> Self {
        Self::object(Vec::new(), Some((keys, values)))
    }

    /// A set of any size.
    pub fn set_of(members: Self) -> Self {
        match Extent::of([&members]) {
            Some(extent) => Self::Set(Arc::new(SetType { members, extent })),
            None => Self::set_of(Self::Any),
        }
    }

    /// What is of either type.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => Self::Any,
            (a, b) if a == b => a,
            (a, b) => {
                let mut options = a.options().to_vec();
                for option in b.options() {
                    if let Err(place) = options.binary_search(option) {
                        options.insert(place, option.clone());
                    }
                }
                match Extent::of(&options) {
                    Some(extent) if options.len() <= OPTIONS_MAX => {
                        Self::Union(Arc::new(UnionType { options, extent }))
                    }
                    _ => Self::Any,
                }
            }
        }
    }

    /// What is of any of `types`; `None` if there is none.
    pub fn any_of(types: impl IntoIterator<Item = Self>) -> Option<Self> {
        types.into_iter().reduce(Self::or)
    }

    /// The types that it is one of: itself, unless it is a union.
    pub fn options(&self) -> &[Self] {
        match self {
            Self::Union(union) => &union.options,
            _ => std::slice::from_ref(self),
        }
    }

    fn extent(&self) -> Extent {
        match self {
            Self::Unresolved => Extent { size: 1, resolved: false },
            Self::Array(array) => array.extent,
            Self::Object(object) => object.extent,
            Self::Set(set) => set.extent,
            Self::Union(union) => union.extent,
            Self::Null | Self::Boolean | Self::Number | Self::String | Self::Any => Extent { size: 1, resolved: true },
        }
    }

    /// Whether no part of it waits for a variable to get a value.
    pub fn is_resolved(&self) -> bool {
        self.extent().resolved
    }

    /// The same, with any value where a variable has none.
    pub fn settled(&self) -> Self {
        if self.is_resolved() {
            return self.clone();
        }
        match self {
            Self::Array(array) => {
                let items = array.items.iter().map(Self::settled).collect();
                Self::array(items, array.rest.as_ref().map(Self::settled))
            }
            Self::Object(object) => {
                let fields = object.fields.iter().map(|(key, field)| {
                    let value = field.value.settled();
                    (key.clone(), Field { value, optional: field.optional })
                });
                let rest = object.rest.as_ref().map(|(keys, values)| (keys.settled(), values.settled()));
                Self::object(fields.collect(), rest)
            }
            Self::Set(set) => Self::set_of(set.members.settled()),
            Self::Union(union) => Self::any_of(union.options.iter().map(Self::settled)).unwrap_or(Self::Any),
            _ => Self::Any,
        }
    }

    /// The keys of a collection: indexes of an array, members of a set. `None` if it is certainly no collection.
    pub fn keys(&self) -> Option<Self> {
        match self {
            Self::Array(_) => Some(Self::Number),
            Self::Object(object) => {
                let fields = object.fields.iter().map(|(key, _)| key.value_type());
                Self::any_of(fields.chain(object.rest.iter().map(|(keys, _)| keys.clone())))
            }
            Self::Set(set) => Some(set.members.clone()),
            Self::Union(union) => Self::any_of(union.options.iter().filter_map(Self::keys)),
            Self::Any | Self::Unresolved => Some(Self::Any),
            Self::Null | Self::Boolean | Self::Number | Self::String => None,
        }
    }

    /// The values of a collection; `None` if it is certainly no collection.
    pub fn values(&self) -> Option<Self> {
        match self {
            Self::Array(array) => Self::any_of(array.items.iter().chain(&array.rest).cloned()),
            Self::Object(object) => {
                let fields = object.fields.iter().map(|(_, field)| &field.value);
                Self::any_of(fields.chain(object.rest.iter().map(|(_, values)| values)).cloned())
            }
            Self::Set(set) => Some(set.members.clone()),
            Self::Union(union) => Self::any_of(union.options.iter().filter_map(Self::values)),
            Self::Any | Self::Unresolved => Some(Self::Any),
            Self::Null | Self::Boolean | Self::Number | Self::String => None,
        }
    }

    /// What stands at `key`; `None` if certainly nothing does.
    pub fn at(&self, key: &Key) -> Option<Self> {
        match self {
            Self::Array(array) => match key {
                Key::Number(index) => array.at(usize::try_from(*index).ok()?).cloned(),
                _ => None,
            },
            Self::Object(object) => object.at(key).map(|field| field.value),
            Self::Set(set) => {
                let member = key.value_type();
                super::overlap::overlap(&set.members, &member).then_some(member)
            }
            Self::Union(union) => Self::any_of(union.options.iter().filter_map(|option| option.at(key))),
            Self::Any | Self::Unresolved => Some(Self::Any),
            Self::Null | Self::Boolean | Self::Number | Self::String => None,
        }
    }

    /// The keys that are known, in order.
    pub fn known_keys(&self) -> Vec<&Key> {
        let mut known = Vec::new();
        for option in self.options() {
            if let Self::Object(object) = option {
                known.extend(object.fields.iter().map(|(key, _)| key));
            }
        }
        known.sort_unstable();
        known.dedup();
        known
    }

    /// The same, but entries of two objects at whatever keys come together in one: what rules with open heads define.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        match (&self, &other) {
            (Self::Object(a), Self::Object(b)) if a.fields.is_empty() && b.fields.is_empty() => {
                match (&a.rest, &b.rest) {
                    (Some((a_keys, a_values)), Some((b_keys, b_values))) => {
                        Self::object_of(a_keys.clone().or(b_keys.clone()), a_values.clone().merged(b_values.clone()))
                    }
                    _ => self.or(other),
                }
            }
            _ => self.or(other),
        }
    }
}

impl ArrayType {
    /// The types of the first items.
    pub fn items(&self) -> &[ValueType] {
        &self.items
    }

    /// What may follow them.
    pub fn rest(&self) -> Option<&ValueType> {
        self.rest.as_ref()
    }

    /// The type of the item at `index`.
    pub fn at(&self, index: usize) -> Option<&ValueType> {
        self.items.get(index).or(self.rest.as_ref())
    }
}

impl ObjectType {
    /// The entries at known keys.
    pub fn fields(&self) -> &[(Key, Field)] {
        &self.fields
    }

    /// Keys and values of other entries.
    pub fn rest(&self) -> Option<&(ValueType, ValueType)> {
        self.rest.as_ref()
    }

    /// What is known to stand at `key`.
    pub fn field(&self, key: &Key) -> Option<&Field> {
        let index = self.fields.binary_search_by(|(known, _)| known.cmp(key)).ok()?;
        self.fields.get(index).map(|(_, field)| field)
    }

    /// What stands at `key`, if anything can.
    pub fn at(&self, key: &Key) -> Option<Field> {
        if let Some(field) = self.field(key) {
            return Some(field.clone());
        }
        let (keys, values) = self.rest.as_ref()?;
        let fits = super::overlap::overlap(keys, &key.value_type());
        fits.then(|| Field { value: values.clone(), optional: true })
    }
}

impl SetType {
    /// The type of all members.
    pub fn members(&self) -> &ValueType {
        &self.members
    }
}

impl Key {
    /// The type of the key itself.
    pub fn value_type(&self) -> ValueType {
        match self {
            Self::Null => ValueType::Null,
            Self::Boolean(_) => ValueType::Boolean,
            Self::Number(_) => ValueType::Number,
            Self::String(_) => ValueType::String,
        }
    }
}

/// As OPA writes types: `array<number, string>`, `object<a: number>[string: any]`, `any<null, string>`, `???`.
impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unresolved => f.write_str("???"),
            Self::Null => f.write_str("null"),
            Self::Boolean => f.write_str("boolean"),
            Self::Number => f.write_str("number"),
            Self::String => f.write_str("string"),
            Self::Any => f.write_str("any"),
            Self::Array(array) => {
                f.write_str("array")?;
                list(f, &array.items, |f, item| write!(f, "{item}"))?;
                array.rest.as_ref().map_or(Ok(()), |rest| write!(f, "[{rest}]"))
            }
            Self::Object(object) => {
                f.write_str("object")?;
                list(f, &object.fields, |f, (key, field)| write!(f, "{}: {}", key.bare(), field.value))?;
                object.rest.as_ref().map_or(Ok(()), |(keys, values)| write!(f, "[{keys}: {values}]"))
            }
            Self::Set(set) => write!(f, "set[{}]", set.members),
            Self::Union(union) => {
                f.write_str("any")?;
                list(f, &union.options, |f, option| write!(f, "{option}"))
            }
        }
    }
}

/// `<a, b>`, or nothing for no items.
fn list<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    mut write: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        f.write_str(if index == 0 { "<" } else { ", " })?;
        write(f, item)?;
    }
    if items.is_empty() { Ok(()) } else { f.write_str(">") }
}

impl Key {
    /// Without quotes, as it stands in types.
    fn bare(&self) -> String {
        match self {
            Self::String(text) => text.to_string(),
            other => other.to_string(),
        }
    }
}

/// As a term.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(truth) => write!(f, "{truth}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::String(text) => write!(f, "{text:?}"),
        }
    }
}

#[cfg(test)]
#[path = "value_type_tests.rs"]
mod tests;
