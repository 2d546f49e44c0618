//! What decides, the same for every point that decides about resources.

use decision::{OnUnknown, PolicySet, Revisions};
use std::sync::Arc;

/// What decides: policies, and what the organisation says about itself.
#[derive(Debug)]
pub struct Governance {
    /// The policies and their data.
    pub policies: PolicySet,
    /// What the catalog is told.
    pub settings: catalog::Settings,
    /// What an unknown answer means; refusal where nothing is said, because nobody asks a second time.
    pub on_unknown: Option<OnUnknown>,
    /// What the record calls this state of it.
    pub revisions: Arc<Revisions>,
}
