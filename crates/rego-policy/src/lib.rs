//! Policies written in Rego: a package with decision rules is a policy.
//!
//! [`compile`] takes modules and gives [`decision::Policy`]s. What a policy says about itself stands in OPA's METADATA
//! annotations under `custom.provost`; its rules are `deny`, `violation` and `warn`, each also with a `_suffix`, as conftest
//! has them. `patch` rules say how to change what is asked about, where that can be changed: operations of a JSON Patch
//! (RFC 6902) over `input.object`. A package without such rules is a helper of others.

mod compile;
mod decision_rules;
mod evaluate;
mod fields;
mod metadata;
mod patch;
mod policy;
mod reads;
mod references;
mod rule_value;
mod unknown;

pub use compile::{Compiled, Options, compile};
