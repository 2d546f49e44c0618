//! The constants of a program, each once.

use crate::plan::ConstantId;
use rustc_hash::FxHashMap;
use value::{Arena, Frozen, Value, number};

/// A constant before it is frozen; composites name their parts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Constant {
    Null,
    Bool(bool),
    Number(String),
    String(String),
    Array(Vec<ConstantId>),
    Set(Vec<ConstantId>),
    Object(Vec<(ConstantId, ConstantId)>),
}

/// Collects constants; the ids of a query's pool start where its program's end.
#[derive(Debug, Default)]
pub(super) struct ConstantPool {
    first: ConstantId,
    constants: Vec<Constant>,
    ids: FxHashMap<Constant, ConstantId>,
}

impl ConstantPool {
    /// A pool whose first id is `first`.
    pub fn starting_at(first: ConstantId) -> Self {
        Self { first, ..Self::default() }
    }

    /// The id of `constant`.
    pub fn id(&mut self, constant: Constant) -> ConstantId {
        if let Some(&id) = self.ids.get(&constant) {
            return id;
        }
        let id = self.first.saturating_add(u32::try_from(self.constants.len()).unwrap_or(u32::MAX));
        self.constants.push(constant.clone());
        self.ids.insert(constant, id);
        id
    }

    /// The constant of an id of this pool.
    pub fn get(&self, id: ConstantId) -> Option<&Constant> {
        self.constants.get(id.checked_sub(self.first)? as usize)
    }

    /// The text of a string constant of this pool.
    pub fn text(&self, id: ConstantId) -> Option<&str> {
        match self.get(id)? {
            Constant::String(text) => Some(text),
            _ => None,
        }
    }

    /// All constants as one array; parts stand before their composites.
    pub fn freeze(&self) -> Frozen {
        let frozen = Frozen::build(|arena| {
            let mut values: Vec<Value<'_>> = Vec::with_capacity(self.constants.len());
            for constant in &self.constants {
                let value = self.build(arena, constant, &values);
                values.push(value);
            }
            Ok::<_, std::convert::Infallible>(arena.array(&values))
        });
        match frozen {
            Ok(frozen) => frozen,
            Err(never) => match never {},
        }
    }

    fn build<'a>(&self, arena: &'a Arena, constant: &Constant, built: &[Value<'a>]) -> Value<'a> {
        let part = |id: &ConstantId| {
            id.checked_sub(self.first).and_then(|index| built.get(index as usize)).copied().unwrap_or_default()
        };
        match constant {
            Constant::Null => Value::Null,
            Constant::Bool(b) => (*b).into(),
            Constant::Number(text) => number::parse(arena, text).unwrap_or_default(),
            Constant::String(text) => arena.string(text),
            Constant::Array(items) => arena.array(&items.iter().map(part).collect::<Vec<_>>()),
            Constant::Set(members) => arena.set(&members.iter().map(part).collect::<Vec<_>>()),
            Constant::Object(entries) => {
                arena.object(&entries.iter().map(|(key, value)| (part(key), part(value))).collect::<Vec<_>>())
            }
        }
    }
}
