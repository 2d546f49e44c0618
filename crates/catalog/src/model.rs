//! The words of the resource model as Rust types.

use crate::class::Class;
use value::{Pointer, Value};

/// What described a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A Terraform (or OpenTofu) plan as JSON.
    Terraform,
    /// A CloudFormation template.
    CloudFormation,
    /// A Kubernetes manifest.
    Kubernetes,
    /// An answer of an AWS API.
    Aws,
    /// An MLflow call.
    Mlflow,
    /// Any other document.
    Document,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Terraform, Self::CloudFormation, Self::Kubernetes, Self::Aws, Self::Mlflow, Self::Document];

    /// The source of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == name)
    }

    /// The name that policies see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::CloudFormation => "cloudformation",
            Self::Kubernetes => "kubernetes",
            Self::Aws => "aws",
            Self::Mlflow => "mlflow",
            Self::Document => "document",
        }
    }
}

/// What is asked to be done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It comes to be.
    Create,
    /// It changes in place.
    Update,
    /// It is destroyed and comes to be again, in either order.
    Replace,
    /// It goes away.
    Delete,
    /// Nothing happens to it.
    None,
    /// It exists and comes under management, changed or not.
    Import,
    /// It goes on to exist and leaves management.
    Forget,
    /// Somebody connects to it (Kubernetes `exec`, `attach`, `port-forward`).
    Connect,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Update,
        Self::Replace,
        Self::Delete,
        Self::None,
        Self::Import,
        Self::Forget,
        Self::Connect,
    ];

    /// The action of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }

    /// The name that policies see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::None => "none",
            Self::Import => "import",
            Self::Forget => "forget",
            Self::Connect => "connect",
        }
    }
}

/// One resource, in the one resource model.
#[derive(Clone, Debug)]
pub struct Resource<'a> {
    /// What it is for.
    pub class: Class,
    /// What described it.
    pub source: Source,
    /// What is asked to be done to it.
    pub action: Action,
    /// Whose resource it is: `aws`, `kubernetes`, `google`.
    pub provider: &'a str,
    /// The provider's own type: `aws_s3_bucket`, `AWS::S3::Bucket`, `Deployment`. The model's field `type`.
    pub kind: &'a str,
    /// Where people find it in the document: a Terraform address, a logical id, `Deployment/namespace/name`.
    pub address: &'a str,
    /// The address it had before it moved.
    pub previous_address: Option<&'a str>,
    /// What it is called.
    pub name: &'a str,
    /// Its Kubernetes namespace, where the manifest names one.
    pub namespace: Option<&'a str>,
    /// Its Kubernetes API group; the core group is the empty string. None for other sources.
    pub api_group: Option<&'a str>,
    /// The object that policies see as `input.resource`.
    pub value: Value<'a>,
    /// The raw description, whole: the plan's `resource_changes` entry with Unknown leaves in `change.after`, the
    /// CloudFormation resource with its intrinsics resolved, the manifest.
    pub object: Value<'a>,
    /// Where in its document it stands.
    pub pointer: Pointer,
    /// Whether policies over resources judge it; false for what is no AI resource and for objects that ask for nothing.
    pub governed: bool,
}

/// Something worth telling that is no error: a plan that ended early, a construct that was not expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What to tell.
    pub message: String,
    /// The place in the document it is about.
    pub pointer: Pointer,
}

/// What one document asks for.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// What described it.
    pub source: Source,
    /// Its resources in the document's order, those that nothing governs too.
    pub resources: Vec<Resource<'a>>,
    /// Every text that must never leave the process, longest first and without repetition.
    pub sensitive: Vec<String>,
    /// What else to tell.
    pub notes: Vec<Note>,
    /// How many entries describe no resource at all: data sources that a plan reads, resources that a template's
    /// conditions leave out.
    pub ignored: usize,
}

/// What a document turned out to be.
#[derive(Clone, Debug)]
pub enum Recognised<'a> {
    /// It describes resources.
    Change(Change<'a>),
    /// It describes nothing that the catalog knows.
    Unrecognised,
}
