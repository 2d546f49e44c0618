//! What the API server has by the name of a kind.

/// A kind that the API server has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Served {
    /// `apps/v1`
    pub(crate) api_version: String,
    /// `Deployment`
    pub(crate) kind: String,
    /// `deployments`
    pub(crate) plural: String,
    /// Whether its objects are in namespaces.
    pub(crate) namespaced: bool,
}

impl Served {
    /// Where its objects are listed and watched.
    pub(crate) fn path(&self) -> String {
        let root = if self.api_version.contains('/') { "apis" } else { "api" };
        format!("/{root}/{}/{}", self.api_version, self.plural)
    }
}
