//! What Kubernetes objects have in common: types, metadata, label selectors, and the [`admission`] exchange.
//!
//! Everything here is a view over a parsed document: a [`KubernetesObject`] or an [`admission::Review`] is a few words that
//! point into it, so that reading one copies no text.
//!
//! Knows no cluster, no file and no policy.

pub mod admission;
mod names;
mod object;
mod plural;
mod selector;
mod types;

pub use names::{is_dns_subdomain, is_label_value, is_qualified_name};
pub use object::{KubernetesObject, Labels};
pub use plural::plural;
pub use selector::{LabelSelector, SelectorError};
pub use types::{GroupVersionKind, GroupVersionResource, split_api_version};
