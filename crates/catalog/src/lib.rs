//! What a document describes: Terraform plans, CloudFormation templates and Kubernetes manifests, each turned into
//! resources in the one resource model, so that one policy can govern them all.
//!
//! [`recognise`] takes one parsed document, [`recognise_all`] several that belong together (a Kubernetes pod may claim a
//! device through a template in another document). What a kind of resource is, where its tags stand, how its machines are
//! counted and which other resource holds a fact about it are rows of the tables in `tables/`, compiled in.
//!
//! # The resource object
//! [`Resource::value`] always holds exactly the fields that [`request_schema`] lists, so that a policy can be checked
//! against them before it runs. What matters when reading it:
//!
//! - `class`, `provider`, `type`, `address` and `name` are always known strings, so that a message can name them whatever
//!   else is unknown. A name that is known only after apply falls back to the last part of the address.
//! - `tags` is an object. On AWS they are the effective tags, the provider's `default_tags` included. On Kubernetes they
//!   are the labels and the annotations together, annotations winning. It is the Unknown leaf when nobody can tell.
//! - `dimensions` holds the tags under the organisation's own names ([`Settings::dimensions`]). A dimension that no tag
//!   gives is absent, and so is one whose tag is blank; one that an unknown tag may give is an Unknown leaf.
//! - `accelerators` is an array of `{kind, model, count, resource}`: what the resource may hold at its largest, over all
//!   its replicas. A contribution that nobody can tell is an Unknown item or count in it, never nothing.
//! - `replicas` is how many machines or pods those are, null where that means nothing.
//! - `before` is null unless the resource exists already; then it holds `tags`, `dimensions` and `accelerators` of now.
//! - `account` and `region` of a resource without any such thing are null. A region that nobody can tell is an Unknown
//!   leaf; an account is null until [`Settings::account`] or an ARN says it, because no plan or template does.
//!
//! Pure: no file, no clock, no network.

mod accelerators;
mod class;
mod cloudformation;
mod depth;
mod described;
mod dimensions;
mod error;
mod fields;
mod kubernetes;
mod machines;
mod model;
mod path;
mod quantity;
mod recognise;
pub mod request_schema;
mod resource;
mod sensitive;
mod settings;
mod tables;
mod terraform;

pub use class::Class;
pub use depth::DEPTH_MAX;
pub use described::{DescriptionError, describe};
pub use error::CatalogError;
pub use fields::Fields;
pub use kubernetes::{Admitted, MadePod, Outline, admitted, made_pods};
pub use model::{Action, Change, Note, Recognised, Resource, Source};
pub use recognise::{recognise, recognise_all};
pub use resource::change_value;
pub use settings::{Dimension, DimensionKey, Settings};
pub use tables::{WithoutDemand, kubernetes_kinds, kubernetes_without_demand};
