//! What of a request a policy reads, so that nobody need find out the rest.

use catalog::Fields;

/// The parts of a request that cost something to make, as far as a policy may read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reads {
    /// Of the resource, and of each resource of the change.
    pub resource: Fields,
    /// Whether it reads the resources of the change at all.
    pub change: bool,
}

impl Reads {
    /// Nothing but what is always there.
    pub const NOTHING: Self = Self { resource: Fields::NONE, change: false };
    /// All of it.
    pub const EVERYTHING: Self = Self { resource: Fields::ALL, change: true };

    /// What one of the two reads.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { resource: self.resource.and(other.resource), change: self.change || other.change }
    }
}

/// Nobody looked, so it may be everything.
impl Default for Reads {
    fn default() -> Self {
        Self::EVERYTHING
    }
}
