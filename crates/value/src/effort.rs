//! How much a look through a value may take.

/// What is left of how much one look through a value, which goes from each container into those inside it, may look at.
///
/// Values share their parts, so that little storage can seem to hold more than anybody could look at, and they nest as deep as a
/// policy makes them.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    visits: u32,
    depth: u32,
    refused: bool,
}

impl Effort {
    /// So many containers inside one another take little stack.
    const DEPTH_MAX: u32 = 512;

    /// Up to so many containers.
    pub const fn of(visits: u32) -> Self {
        Self { visits, depth: Self::DEPTH_MAX, refused: false }
    }

    /// Looks into one more container; `None` when that would be too much, or when `look` says so.
    #[inline]
    pub fn enter<T>(&mut self, look: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let (Some(visits), Some(depth)) = (self.visits.checked_sub(1), self.depth.checked_sub(1)) else {
            self.refused = true;
            return None;
        };
        (self.visits, self.depth) = (visits, depth);
        let found = look(self);
        self.depth += 1;
        found
    }

    /// Whether anything was too much.
    pub const fn has_refused(&self) -> bool {
        self.refused
    }
}

/// Hardly any document has more containers, and to look at them takes less than a millisecond.
impl Default for Effort {
    fn default() -> Self {
        Self::of(1 << 15)
    }
}
