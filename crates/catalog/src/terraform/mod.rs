//! Terraform plans as JSON, `terraform show -json` of a plan file: formats 0.x and 1.x, OpenTofu's too.
//!
//! - The effective tags are `tags_all`, so `default_tags` count and `volume_tags` do not.
//! - What `after_unknown` marks is an Unknown leaf. Where all tags are unknown and only the defaults are at fault, the
//!   resource's own tags still give dimensions.
//! - The region is the resource's attribute, else its ARN's or zone's, else that of its provider's configuration.
//! - An endpoint configuration or launch template runs nothing: what it describes is counted on whatever runs by it, found
//!   through its name or through the references in the configuration. Where neither leads anywhere it is Unknown there.
//! - What is deleted asks for nothing. What is replaced asks for what it is afterwards. What does not change still counts.

mod configuration;
mod links;
mod merge;
mod plan;
mod region;
mod secrets;
mod tags;

pub(crate) use plan::{change, is_plan};

/// What errors call the format.
const FORMAT: &str = "terraform plan";
