//! Kubernetes manifests: single objects and lists of them, every kind that runs pods.
//!
//! - A kind's row in the table says where its groups of pods stand and how many pods each has. What a pod asks for is
//!   Kubernetes' effective request; see `pod`.
//! - Numbers are those at full size: an autoscaled Ray group counts with its maximum, a Job with its parallelism (no more
//!   than its completions), a CronJob with one run.
//! - `tags` are the labels and annotations of the object, annotations winning. A dimension that they do not give is the
//!   one that all its pods agree on, because costs follow the pods.
//! - Devices that are claimed through a ResourceClaimTemplate count on the pods; a ResourceClaim of its own counts itself,
//!   and pods that share it add nothing. A claim that is in no document is Unknown.
//! - An object whose controller is in the same documents (the Pod of a Job, the Workload of a queue) adds nothing: its
//!   demand is its owner's.

mod admitted;
mod claims;
mod made_pods;
mod manifest;
mod nodes;
mod pod;
mod pod_groups;
mod special;
mod surroundings;

pub use admitted::{Admitted, Outline, admitted};
pub use made_pods::{MadePod, made_pods};
pub(crate) use manifest::{change, is_manifest};
pub(crate) use surroundings::Surroundings;
