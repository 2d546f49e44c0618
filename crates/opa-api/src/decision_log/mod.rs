//! The decision log: one event a decision, with OPA's fields.
//!
//! `data.system.log.drop` says which events are not logged (the record then keeps only that there was a decision),
//! `data.system.log.mask` what is taken out of the others. When a mask
//! cannot be evaluated, input and result are taken out: what somebody wanted to hide must not show because of a mistake.

mod event;
mod mask;
mod sink;

pub use sink::{ConsoleSink, DecisionSink, LoggedDecision, SinkError};

pub(crate) use event::{Event, builtin_answers};
pub(crate) use mask::{MaskRule, mask, mask_rules, whole_masks};
