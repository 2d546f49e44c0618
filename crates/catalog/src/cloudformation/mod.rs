//! CloudFormation templates, with their functions resolved as far as a template can tell.
//!
//! - Parameters have the value that the settings give them, else their default, else they are Unknown. So are pseudo
//!   parameters that the settings do not give, attributes of other resources, imports and dynamic references.
//! - A resource whose condition is certainly false is left out; one whose condition nobody can tell is judged.
//! - An endpoint configuration or launch template runs nothing: what it describes is counted on whatever runs by it,
//!   through `Ref`, `Fn::GetAtt` or its name.
//! - Tags are those of the template. Tags given to a whole stack when it is deployed are not in it.

mod conditions;
mod intrinsics;
mod tags;
mod template;

pub(crate) use template::{change, is_template};

/// What errors call the format.
const FORMAT: &str = "cloudformation template";
