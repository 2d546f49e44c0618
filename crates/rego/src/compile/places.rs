//! Places in source texts, numbered, so that a plan carries four bytes for each.

use crate::plan::PlaceId;
use std::sync::Arc;
use value::{Position, Source, Span};

/// A place in one of a program's sources.
#[derive(Clone, Debug)]
pub struct Place {
    /// The text.
    pub source: Arc<Source>,
    /// The place in it.
    pub span: Span,
}

impl Place {
    /// Line and column.
    pub fn position(&self) -> Position {
        Position::of(&self.source.text, self.span.start)
    }
}

/// Collects places; the ids of a query's table start where its program's end.
#[derive(Debug, Default)]
pub(crate) struct PlaceTable {
    first: PlaceId,
    sources: Vec<Arc<Source>>,
    places: Vec<(u32, Span)>,
}

impl PlaceTable {
    /// A table whose first id is `first`.
    pub fn starting_at(first: PlaceId) -> Self {
        Self { first, ..Self::default() }
    }

    /// The id that the next place gets.
    pub fn end(&self) -> PlaceId {
        self.first.saturating_add(u32::try_from(self.places.len()).unwrap_or(u32::MAX))
    }

    /// The id of a place; the same place asked for twice in a row is one.
    pub fn id(&mut self, source: &Arc<Source>, span: Span) -> PlaceId {
        let index = match self.sources.last() {
            Some(last) if Arc::ptr_eq(last, source) => self.sources.len() - 1,
            _ => {
                self.sources.push(Arc::clone(source));
                self.sources.len() - 1
            }
        };
        let entry = (u32::try_from(index).unwrap_or(u32::MAX), span);
        if self.places.last() == Some(&entry) {
            return self.end().saturating_sub(1);
        }
        let id = self.end();
        self.places.push(entry);
        id
    }

    /// The place of an id of this table.
    pub fn get(&self, id: PlaceId) -> Option<Place> {
        let &(source, span) = self.places.get(id.checked_sub(self.first)? as usize)?;
        Some(Place { source: Arc::clone(self.sources.get(source as usize)?), span })
    }
}
