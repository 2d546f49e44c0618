//! Documents that are of a known kind and cannot be read.

use value::Pointer;

/// Why a document of a known kind cannot be turned into resources.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// A plan in a format that this catalog does not know.
    #[error("the plan's format version `{version}` is not known; versions 0.x and 1.x are")]
    PlanVersion {
        /// The version as it stands there.
        version: String,
    },
    /// A Terraform state where a plan is needed.
    #[error("this is a Terraform state, not a plan")]
    State,
    /// A part that has another type than its format says.
    #[error("{format}: expected {expected}, found {found}")]
    Shape {
        /// What the document is: `terraform plan`, `cloudformation template`.
        format: &'static str,
        /// What should stand there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
        /// Where.
        pointer: Pointer,
    },
    /// A part that must be there and is not.
    #[error("{format}: `{part}` is missing")]
    Missing {
        /// What the document is.
        format: &'static str,
        /// What is missing.
        part: &'static str,
        /// Where it should stand.
        pointer: Pointer,
    },
    /// Nested deeper than any document of a known kind.
    #[error("the document is nested deeper than {limit} levels")]
    Depth {
        /// How deep is allowed.
        limit: usize,
    },
    /// A template that grows past all measure when its functions are resolved.
    #[error("the template grows past {limit} values when its functions are resolved")]
    Expansion {
        /// How many values are allowed.
        limit: usize,
    },
}

impl CatalogError {
    /// The place in the document it is about.
    pub fn pointer(&self) -> Pointer {
        match self {
            Self::Shape { pointer, .. } | Self::Missing { pointer, .. } => pointer.clone(),
            Self::PlanVersion { .. } => Pointer::root().join("format_version"),
            Self::State | Self::Depth { .. } | Self::Expansion { .. } => Pointer::root(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::PlanVersion { .. } => "use a Terraform or OpenTofu of version 0.12 or later, or a newer provost",
            Self::State => "make a plan with `terraform plan -out tf.plan`, then give `terraform show -json tf.plan`",
            Self::Shape { format: "terraform plan", .. } | Self::Missing { format: "terraform plan", .. } => {
                "give the whole output of `terraform show -json tf.plan`"
            }
            Self::Shape { .. } | Self::Missing { .. } => {
                "correct the document; its own tools say what it must look like"
            }
            Self::Depth { .. } => "flatten the document",
            Self::Expansion { .. } => "look for functions that repeat large texts inside each other",
        }
    }
}
