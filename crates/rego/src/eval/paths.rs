//! Fixed paths into `input` and base data: walked once an evaluation and scope, whoever asks.

use super::Machine;
use crate::plan::{PathId, PathStart};
use value::Value;

impl<'a> Machine<'a, '_> {
    /// What stands at a fixed path.
    #[inline]
    pub(super) fn fixed_path(&mut self, id: PathId) -> Option<Value<'a>> {
        match self.scopes.get(self.scope).and_then(|scope| scope.paths.get(id)) {
            Some(known) => known,
            None => self.walk_fixed_path(id),
        }
    }

    #[inline(never)]
    fn walk_fixed_path(&mut self, id: PathId) -> Option<Value<'a>> {
        let program = self.program;
        let path = program.paths.get(id)?;
        let before = std::mem::replace(&mut self.possible, false);
        // Paths are no longer than the compiler lets them be, so this does not go deep.
        let parent = match path.start {
            PathStart::Input => self.current().and_then(|scope| scope.input),
            PathStart::BaseData => self.current().map(|scope| scope.data),
            PathStart::Path(parent) => self.fixed_path(parent),
        };
        let key = self.constant(path.key);
        let found = parent.and_then(|parent| self.index(parent, key));
        // What is only possible is found again each time, because whoever asks must learn that it is.
        if !self.possible
            && let Some(scope) = self.scopes.get(self.scope)
        {
            scope.paths.set(self.arena, id, found);
        }
        self.possible |= before;
        found
    }
}
