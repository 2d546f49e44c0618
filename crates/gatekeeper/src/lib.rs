//! Gatekeeper's policies, from files.
//!
//! [`Gatekeeper::compile`] takes documents and gives everything that can run: templates and their constraints, mutators, and
//! expansions. From there on there are two ways. [`Gatekeeper::policies`] gives constraints as [`decision::Policy`]s, for
//! whoever decides about requests; [`Gatekeeper::review`] asks all of them about one object, as gator does. [`Mutators`] say
//! how an object would be, and [`patch`] says it as a JSON Patch. An [`Inventory`] is what templates see of a cluster.
//!
//! One program is compiled for each template, whatever the number of its constraints: they differ in their parameters alone,
//! which are frozen once and are input like the review itself.

mod applies_to;
mod constraint;
mod expansion;
mod fields;
mod files;
mod gatekeeper;
mod inventory;
mod inventory_kind;
mod manifest;
mod matching;
mod mistake;
mod mutation;
mod policy;
mod reviewed;
mod schema;
pub mod suite;
mod template;
#[cfg(test)]
mod testing;
mod violation;

pub use constraint::{Action, Constraint, Enforcement, EnforcementPoint};
pub use expansion::{ExpansionError, ExpansionTemplate, Expansions, Implied};
pub use files::ManifestFile;
pub use gatekeeper::{Compiled, Gatekeeper, ReviewOptions, is_gatekeepers};
pub use inventory::{Inventory, NoPlace, namespace_in};
pub use inventory_kind::{InventoryKind, InventoryNeeds};
pub use manifest::Manifest;
pub use matching::{Match, MatchError, Matchable, Source};
pub use mistake::{Mistake, MistakeKind, Problem};
pub use mutation::{Mutable, Mutated, MutationError, Mutator, MutatorId, Mutators, patch};
pub use reviewed::Reviewed;
pub use template::ConstraintTemplate;
pub use violation::{Cause, Violation};
