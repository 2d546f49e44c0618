//! The shape of a request, so that a policy that asks for it can be checked before it runs.
//!
//! A policy's METADATA says `input: request`; every reference of it below `input` is then held against [`check_path`], and
//! a misspelt one is an error instead of a rule that never fires.

use std::fmt;
use value::nearest;

/// What may stand at one place of a request.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A string, number, boolean or null: nothing stands below.
    Leaf,
    /// Anything, and anything below it.
    Any,
    /// An array of one shape.
    List(&'static Shape),
    /// An object with these fields and no others.
    Record(&'static [Field]),
}

/// One field of a record.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What may stand there.
    pub shape: Shape,
    /// One sentence on what it is.
    pub meaning: &'static str,
}

const fn field(name: &'static str, shape: Shape, meaning: &'static str) -> Field {
    Field { name, shape, meaning }
}

const ACCELERATOR: Shape = Shape::Record(&[
    field("kind", Shape::Leaf, "gpu, tpu, neuron, gaudi, npu or fpga"),
    field("model", Shape::Leaf, "the product, such as A100; null where nothing says it"),
    field("count", Shape::Leaf, "how many at most, over all replicas"),
    field("resource", Shape::Leaf, "what was asked for: an instance type, nvidia.com/gpu, a device class"),
]);

const CONTAINER: Shape = Shape::Record(&[
    field("name", Shape::Leaf, "the container's name"),
    field("image", Shape::Leaf, "the image it runs"),
    field("type", Shape::Leaf, "container, init, sidecar or ephemeral"),
    field("requests", Shape::Any, "resources.requests, as written"),
    field("limits", Shape::Any, "resources.limits, as written"),
]);

const POD: Shape = Shape::Record(&[
    field(
        "role",
        Shape::Leaf,
        "its part in the whole: worker, head, the name of the group; null where there is one part",
    ),
    field("count", Shape::Leaf, "how many pods of it run at most"),
    field("priority_class", Shape::Leaf, "spec.priorityClassName or null"),
    field("service_account", Shape::Leaf, "spec.serviceAccountName or null"),
    field("node_selector", Shape::Any, "spec.nodeSelector"),
    field(
        "regions",
        Shape::List(&Shape::Leaf),
        "the regions that it names for its nodes, by selector or required affinity, by region or zone; empty where any will do",
    ),
    field("labels", Shape::Any, "the pod's own labels"),
    field("annotations", Shape::Any, "the pod's own annotations"),
    field("dimensions", Shape::Any, "the dimensions that the pod's own labels and annotations give"),
    field("containers", Shape::List(&CONTAINER), "its containers of every type"),
    field("accelerators", Shape::List(&ACCELERATOR), "what one such pod asks for"),
]);

const BEFORE: Shape = Shape::Record(&[
    field("tags", Shape::Any, "the tags of now"),
    field("dimensions", Shape::Any, "the dimensions of now"),
    field("accelerators", Shape::List(&ACCELERATOR), "what it holds now"),
]);

/// The fields of `input.resource`, in the order of the documentation.
pub const RESOURCE_FIELDS: &[Field] = &[
    field("class", Shape::Leaf, "what it is for"),
    field("provider", Shape::Leaf, "whose resource it is: aws, kubernetes"),
    field("type", Shape::Leaf, "the provider's own type"),
    field("address", Shape::Leaf, "where people find it in the document"),
    field("name", Shape::Leaf, "what it is called"),
    field("account", Shape::Leaf, "the AWS account or null"),
    field("region", Shape::Leaf, "the region or null"),
    field("cluster", Shape::Leaf, "the Kubernetes cluster or null"),
    field("namespace", Shape::Leaf, "the Kubernetes namespace or null"),
    field("tags", Shape::Any, "tags on AWS, labels and annotations on Kubernetes"),
    field("dimensions", Shape::Any, "the tags under the organisation's own names"),
    field("accelerators", Shape::List(&ACCELERATOR), "what it may hold at its largest"),
    field("replicas", Shape::Leaf, "how many machines or pods at most, or null"),
    field("images", Shape::List(&Shape::Leaf), "every container or machine image it runs"),
    field("pods", Shape::List(&POD), "its kinds of pods"),
    field("before", BEFORE, "what it is before the change, or null"),
    field("created_at", Shape::Leaf, "when it came to be, where the source says so"),
];

const SUBJECT: Shape = Shape::Record(&[
    field("id", Shape::Leaf, "who asks"),
    field("groups", Shape::List(&Shape::Leaf), "the groups they are in"),
    field("verified_by", Shape::Leaf, "what proves it: oidc, mtls, none"),
]);

const CONTEXT: Shape = Shape::Record(&[
    field("review", Shape::Any, "at Kubernetes admission the request of the AdmissionReview, else null"),
    field("namespace", Shape::Any, "the Namespace object that it is in, where it is known, else null"),
]);

/// A resource among the others of its change: its fields, what is asked to be done to it, and what of it is unknown.
const CHANGED_RESOURCE: Shape = Shape::Record(CHANGED_FIELDS);

const CHANGED_FIELDS: &[Field] = &{
    let mut fields = [field("action", Shape::Leaf, "what is asked to be done to it"); RESOURCE_FIELDS.len() + 2];
    let mut index = 0;
    while index < RESOURCE_FIELDS.len() {
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of bounds")]
        {
            fields[index + 1] = RESOURCE_FIELDS[index];
        }
        index += 1;
    }
    let unknown = field("unknown", Shape::List(&Shape::Leaf), "the fields in which something is unknown");
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of bounds")]
    {
        fields[RESOURCE_FIELDS.len() + 1] = unknown;
    }
    fields
};

const REQUEST: Shape = Shape::Record(&[
    field("point", Shape::Leaf, "where it is enforced: check, admission, api, mlflow-gateway, audit, polkit"),
    field("source", Shape::Leaf, "what described it: terraform, cloudformation, kubernetes, aws, mlflow, document"),
    field("action", Shape::Leaf, "create, update, replace, delete, none, import, forget or connect"),
    field("subject", SUBJECT, "who asks"),
    field("resource", Shape::Record(RESOURCE_FIELDS), "the resource it is about"),
    field(
        "change",
        Shape::Record(&[field("resources", Shape::List(&CHANGED_RESOURCE), "all resources of the same change")]),
        "the change it is part of",
    ),
    field("object", Shape::Any, "the raw description, whole"),
    field("context", CONTEXT, "what the point knows besides"),
]);

/// The shape of a whole request: what `input` is.
pub const fn request_schema() -> &'static Shape {
    &REQUEST
}

/// A reference to a place that no request has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misspelt {
    /// Which segment of the path is wrong, from 0.
    pub segment: usize,
    /// The word that stands there.
    pub found: String,
    /// The path, below `input`, that was probably meant.
    pub suggestion: Option<String>,
    /// The fields that stand there; empty where nothing stands below.
    pub expected: Vec<&'static str>,
}

/// `a request has no `resource.tag`; did you mean `resource.tags`?`
impl fmt::Display for Misspelt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a request has no `{}`", self.found)?;
        match (&self.suggestion, self.expected.as_slice()) {
            (Some(suggestion), _) => write!(f, "; did you mean `{suggestion}`?"),
            (None, []) => f.write_str("; nothing stands below that place"),
            (None, expected) => write!(f, "; there are `{}`", expected.join("`, `")),
        }
    }
}

impl std::error::Error for Misspelt {}

/// Holds a path below `input` against the shape of a request.
///
/// `*` stands for a variable or wildcard: any element of an array. Through a record it may be any field, so that the rest
/// of such a path is not checked.
///
/// # Errors
/// [`Misspelt`] when no request can have anything at that path.
pub fn check_path(path: &[&str]) -> Result<(), Misspelt> {
    let mut shape = &REQUEST;
    for (index, &segment) in path.iter().enumerate() {
        shape = match shape {
            Shape::Any => return Ok(()),
            Shape::List(item) if segment == "*" || segment.parse::<usize>().is_ok() => item,
            Shape::Record(_) if segment == "*" => return Ok(()),
            Shape::Record(fields) => match fields.iter().find(|field| field.name == segment) {
                Some(field) => &field.shape,
                None => return Err(misspelt(path, index, fields)),
            },
            Shape::Leaf | Shape::List(_) => return Err(misspelt(path, index, &[])),
        };
    }
    Ok(())
}

fn misspelt(path: &[&str], index: usize, fields: &'static [Field]) -> Misspelt {
    let before = path.get(..index).unwrap_or_default();
    let segment = path.get(index).copied().unwrap_or_default();
    let full = |name: &str| before.iter().copied().chain([name]).collect::<Vec<_>>().join(".");
    let nearest = nearest(segment, fields.iter().map(|field| field.name));
    // A field of the resource is easily looked for one step too high.
    let in_resource = (index == 0).then(|| RESOURCE_FIELDS.iter().find(|field| field.name == segment)).flatten();
    let suggestion = match (nearest, in_resource) {
        (_, Some(field)) => Some(format!("resource.{}", field.name)),
        (Some(name), None) => Some(full(name)),
        (None, None) => None,
    };
    Misspelt {
        segment: index,
        found: full(segment),
        suggestion,
        expected: fields.iter().map(|field| field.name).collect(),
    }
}
