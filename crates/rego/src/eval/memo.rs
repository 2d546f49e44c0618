//! What an evaluation finds out once and asks for often, by dense ids of the program.

use std::cell::Cell;
use value::Arena;

/// Entries of a page: one line of pointers spans a few thousand ids, and little is cleared for a small program.
const PAGE_ENTRIES: usize = 32;

type Page<'a, T> = &'a [Cell<Option<T>>];

/// A table from ids to values whose pages come from the arena when something is first put there, so that a program of ten
/// thousand rules costs an evaluation that needs ten of them no more than one of a hundred does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memo<'a, T: Copy> {
    pages: &'a [Cell<Option<Page<'a, T>>>],
}

impl<'a, T: Copy> Memo<'a, T> {
    /// An empty table for ids below `count`.
    pub fn new(arena: &'a Arena, count: usize) -> Self {
        Self { pages: arena.cells(count.div_ceil(PAGE_ENTRIES), None) }
    }

    /// What is known of `id`.
    #[inline]
    pub fn get(&self, id: u32) -> Option<T> {
        let (page, entry) = (id as usize / PAGE_ENTRIES, id as usize % PAGE_ENTRIES);
        self.pages.get(page)?.get()?.get(entry)?.get()
    }

    /// Keeps what was found out about `id`.
    pub fn set(&self, arena: &'a Arena, id: u32, found: T) {
        let (page, entry) = (id as usize / PAGE_ENTRIES, id as usize % PAGE_ENTRIES);
        let Some(slot) = self.pages.get(page) else { return };
        let entries = slot.get().unwrap_or_else(|| {
            let entries = arena.cells(PAGE_ENTRIES, None);
            slot.set(Some(entries));
            entries
        });
        if let Some(entry) = entries.get(entry) {
            entry.set(Some(found));
        }
    }

    /// Empties the table and keeps its pages.
    pub fn forget(&self) {
        for page in self.pages.iter().filter_map(Cell::get) {
            page.iter().for_each(|entry| entry.set(None));
        }
    }
}
