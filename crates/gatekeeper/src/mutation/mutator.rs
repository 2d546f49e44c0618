//! One mutator.

use super::change::Change;
use super::image::ImageParts;
use super::location::{Location, Segment, Which};
use super::path_tests::PathTests;
use super::set::Setter;
use super::{Mutable, MutationError};
use crate::applies_to::AppliesTo;
use crate::fields::Fields;
use crate::matching::{Match, Matchable};
use crate::mistake::{Mistake, MistakeKind};
use kubernetes_types::KubernetesObject;
use kubernetes_types::admission::Operation;
use std::fmt;
use value::{Arena, Frozen, Value};

/// The versions in which mutators are written.
const VERSIONS: [&str; 3] = ["v1", "v1beta1", "v1alpha1"];
/// Longest name of a mutator.
const NAME_MAX: usize = 63;

/// What names a mutator. Mutators are applied in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MutatorId {
    /// `Assign`, `AssignImage`, `AssignMetadata` or `ModifySet`.
    pub kind: &'static str,
    /// `metadata.name`
    pub name: String,
}

impl fmt::Display for MutatorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// A mutator: which objects it is about, where it changes them, and how.
#[derive(Debug)]
pub struct Mutator {
    /// Its kind and name.
    pub id: MutatorId,
    /// What it is about.
    pub matching: Match,
    pub(super) location: Location,
    /// Empty for AssignMetadata alone, which applies to everything.
    pub(super) applies_to: Vec<AppliesTo>,
    tests: PathTests,
    action: Action,
}

/// What a mutator does.
#[derive(Debug)]
enum Action {
    Assign {
        value: Assigned,
        condition: AssignIf,
    },
    /// Arrays.
    Merge(Frozen),
    Prune(Frozen),
    Image(ImageParts),
}

/// Where the assigned value comes from.
#[derive(Debug)]
enum Assigned {
    Value(Frozen),
    Name,
    Namespace,
}

/// What must stand at the location for a value to be assigned (`parameters.assignIf`, of the first versions of Assign).
#[derive(Debug, Default)]
struct AssignIf {
    only_if: Option<Frozen>,
    unless: Option<Frozen>,
}

/// What a location's last step leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Terminal {
    /// Anything: Assign does not say.
    Anything,
    /// A list of values.
    Set,
    /// A text.
    Text,
}

impl Mutator {
    /// Reads a mutator.
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, Mistake> {
        let version = fields.required_text("apiVersion")?.rsplit('/').next().unwrap_or_default();
        if !VERSIONS.contains(&version) {
            return Err(fields.wrong("apiVersion", format!("a mutator has no version `{version}`: use `v1`")));
        }
        let metadata = fields.object("metadata")?;
        let name = metadata.required_text("name")?.to_owned();
        if name.len() > NAME_MAX {
            return Err(metadata.wrong("name", format!("the name is longer than {NAME_MAX} characters")));
        }
        let spec = fields.object("spec")?;
        let text = spec.required_text("location")?;
        let location =
            Location::parse(text).map_err(|error| invalid(&spec, format!("`{text}` is no location: {error}")))?;
        match fields.required_text("kind")? {
            "Assign" => Self::read_assign(name, &spec, location),
            "AssignMetadata" => Self::read_assign_metadata(name, &spec, location),
            "ModifySet" => Self::read_modify_set(name, &spec, location),
            "AssignImage" => Self::read_assign_image(name, &spec, location),
            other => {
                let message = format!("`{other}` is no mutator that is known here");
                let help = "use `Assign`, `AssignMetadata`, `ModifySet` or `AssignImage`";
                Err(Mistake::new(MistakeKind::Unsupported, fields.place("kind"), message).help(help))
            }
        }
    }

    fn read_assign(name: String, spec: &Fields<'_>, location: Location) -> Result<Self, Mistake> {
        refuse_metadata(spec, &location)?;
        refuse_key(spec, &location)?;
        let parameters = spec.object("parameters")?;
        parameters.only(&["assign", "assignIf", "pathTests"])?;
        let value = assigned(&parameters)?;
        if let Some(Segment::Items { key, which }) = location.segments.last() {
            let assign = parameters.object("assign")?;
            if *which == Which::All {
                return Err(invalid(spec, "nothing can be put in place of all items of a list".to_owned()));
            }
            let fits = match &value {
                Assigned::Value(value) => which.takes(value.root().get_str(key)),
                Assigned::Name | Assigned::Namespace => false,
            };
            if !fits {
                let message =
                    format!("what is put into the list must be an object with the key that `{location}` names");
                return Err(Mistake::new(MistakeKind::Invalid, assign.pointer().clone(), message));
            }
        }
        let condition = parameters.object("assignIf")?;
        condition.only(&["in", "notIn"])?;
        let values = |key: &str| {
            condition.list(key)?;
            Ok(condition.value(key).map(Frozen::copy_of))
        };
        let condition = AssignIf { only_if: values("in")?, unless: values("notIn")? };
        let tests = PathTests::read(&parameters, &location)?;
        Self::with_schema("Assign", name, spec, location, tests, Action::Assign { value, condition })
    }

    fn read_assign_metadata(name: String, spec: &Fields<'_>, location: Location) -> Result<Self, Mistake> {
        let [Segment::Field(metadata), Segment::Field(map), Segment::Field(_)] = location.segments.as_slice() else {
            return Err(only_labels(spec));
        };
        if metadata != "metadata" || !matches!(map.as_str(), "labels" | "annotations") {
            return Err(only_labels(spec));
        }
        spec.only(&["location", "match", "parameters"])?;
        let parameters = spec.object("parameters")?;
        parameters.only(&["assign"])?;
        let value = assigned(&parameters)?;
        if let Assigned::Value(value) = &value
            && value.root().as_str().is_none()
        {
            return Err(crate::fields::wrong_type(
                &parameters.object("assign")?.place("value"),
                "a string",
                value.root(),
            ));
        }
        Ok(Self {
            id: MutatorId { kind: "AssignMetadata", name },
            matching: Match::read(&spec.object("match")?)?,
            tests: PathTests::absent(&location),
            location,
            applies_to: Vec::new(),
            action: Action::Assign { value, condition: AssignIf::default() },
        })
    }

    fn read_modify_set(name: String, spec: &Fields<'_>, location: Location) -> Result<Self, Mistake> {
        refuse_metadata(spec, &location)?;
        refuse_last_items(spec, &location)?;
        let parameters = spec.object("parameters")?;
        parameters.only(&["operation", "pathTests", "values"])?;
        let values = parameters.object("values")?;
        values.only(&["fromList"])?;
        values.list("fromList")?;
        let list = Frozen::copy_of(values.value("fromList").unwrap_or(Value::EMPTY_ARRAY));
        let action = match parameters.text("operation")? {
            None | Some("merge") => Action::Merge(list),
            Some("prune") => Action::Prune(list),
            Some(other) => {
                let message = format!("`{other}` is no operation: use `merge` or `prune`");
                return Err(parameters.wrong("operation", message));
            }
        };
        let tests = PathTests::read(&parameters, &location)?;
        Self::with_schema("ModifySet", name, spec, location, tests, action)
    }

    fn read_assign_image(name: String, spec: &Fields<'_>, location: Location) -> Result<Self, Mistake> {
        refuse_metadata(spec, &location)?;
        refuse_last_items(spec, &location)?;
        refuse_key(spec, &location)?;
        let parameters = spec.object("parameters")?;
        parameters.only(&["assignDomain", "assignPath", "assignTag", "pathTests"])?;
        let part = |key: &str| Ok(parameters.text(key)?.unwrap_or_default().to_owned());
        let parts = ImageParts { domain: part("assignDomain")?, path: part("assignPath")?, tag: part("assignTag")? };
        if let Some((field, message)) = parts.mistake() {
            return Err(Mistake::new(MistakeKind::Invalid, parameters.place(field), message));
        }
        let tests = PathTests::read(&parameters, &location)?;
        Self::with_schema("AssignImage", name, spec, location, tests, Action::Image(parts))
    }

    /// A mutator that says what it applies to.
    fn with_schema(
        kind: &'static str,
        name: String,
        spec: &Fields<'_>,
        location: Location,
        tests: PathTests,
        action: Action,
    ) -> Result<Self, Mistake> {
        spec.only(&["applyTo", "location", "match", "parameters"])?;
        let applies_to = spec.objects("applyTo")?;
        if applies_to.is_empty() {
            let help = "name groups, versions and kinds: a mutator must know what it changes";
            return Err(spec.missing("applyTo").help(help));
        }
        Ok(Self {
            id: MutatorId { kind, name },
            matching: Match::read(&spec.object("match")?)?,
            location,
            applies_to: applies_to.iter().map(AppliesTo::read).collect::<Result<_, _>>()?,
            tests,
            action,
        })
    }

    /// Where it changes objects, as written.
    pub fn location(&self) -> String {
        self.location.to_string()
    }

    /// The groups, versions and kinds that it applies to, each in full; none for AssignMetadata, which applies to everything.
    pub fn types(&self) -> impl Iterator<Item = kubernetes_types::GroupVersionKind<'_>> {
        self.applies_to.iter().flat_map(AppliesTo::types)
    }

    /// What its location leads to, as far as that is known.
    pub(super) const fn terminal(&self) -> Terminal {
        match self.action {
            Action::Assign { .. } => Terminal::Anything,
            Action::Merge(_) | Action::Prune(_) => Terminal::Set,
            Action::Image(_) => Terminal::Text,
        }
    }

    /// Whether it is about that object.
    pub(super) fn is_about(&self, target: &Matchable<'_>, operation: Option<Operation>) -> Result<bool, MutationError> {
        let kind = target.object.group_version_kind();
        let applies = |entry: &AppliesTo| entry.applies(&kind) && entry.applies_on(operation);
        if !self.applies_to.is_empty() && !self.applies_to.iter().any(applies) {
            return Ok(false);
        }
        self.matching.matches(target).map_err(|error| MutationError::Unmatched { mutator: self.id.clone(), error })
    }

    /// The object after the change; `None` when it stays as it is.
    pub(super) fn apply<'a>(
        &'a self,
        arena: &'a Arena,
        object: KubernetesObject<'a>,
        mutable: &Mutable<'a>,
    ) -> Result<Option<Value<'a>>, MutationError> {
        let items = |list: &'a Frozen| list.root().as_array().into_iter().flat_map(|list| list.iter()).collect();
        let optional = |list: &'a Option<Frozen>| list.as_ref().map(items).unwrap_or_default();
        let change = match &self.action {
            Action::Assign { value, condition } => Change::Assign {
                value: value.of(arena, object, mutable),
                only_if: optional(&condition.only_if),
                unless: optional(&condition.unless),
            },
            Action::Merge(list) => Change::Merge(items(list)),
            Action::Prune(list) => Change::Prune(items(list)),
            Action::Image(parts) => Change::Image(parts),
        };
        let setter = Setter { arena, location: &self.location, tests: &self.tests, change: &change };
        setter.set(object.value()).map_err(|message| MutationError::Shape { mutator: self.id.clone(), message })
    }
}

impl Assigned {
    fn of<'a>(&'a self, arena: &'a Arena, object: KubernetesObject<'a>, mutable: &Mutable<'a>) -> Value<'a> {
        match self {
            Self::Value(value) => value.root(),
            Self::Name => arena.borrowed(object.name()),
            Self::Namespace => {
                let around = || mutable.namespace.map(KubernetesObject::name).or(mutable.namespace_name);
                let namespace = Some(object.namespace()).filter(|name| !name.is_empty()).or_else(around);
                arena.borrowed(namespace.unwrap_or_default())
            }
        }
    }
}

/// `parameters.assign`
fn assigned(parameters: &Fields<'_>) -> Result<Assigned, Mistake> {
    let assign = parameters.object("assign")?;
    assign.only(&["value", "fromMetadata", "externalData"])?;
    if assign.value("externalData").is_some() {
        let message = "values from an external data provider are not supported here";
        let help = "assign a `value`, or one `fromMetadata`";
        return Err(Mistake::new(MistakeKind::Unsupported, assign.place("externalData"), message).help(help));
    }
    match (assign.value("value"), assign.value("fromMetadata")) {
        (Some(value), None) => Ok(Assigned::Value(Frozen::copy_of(value))),
        (None, Some(_)) => {
            let from = assign.object("fromMetadata")?;
            from.only(&["field"])?;
            match from.required_text("field")? {
                "name" => Ok(Assigned::Name),
                "namespace" => Ok(Assigned::Namespace),
                other => Err(from.wrong("field", format!("`{other}` cannot be assigned: use `name` or `namespace`"))),
            }
        }
        (None, None) => Err(assign.missing("value").help("say what is assigned: a `value`, or one `fromMetadata`")),
        (Some(_), Some(_)) => {
            Err(assign.wrong("fromMetadata", "assign either a `value` or one `fromMetadata`".to_owned()))
        }
    }
}

fn invalid(spec: &Fields<'_>, message: String) -> Mistake {
    Mistake::new(MistakeKind::Invalid, spec.place("location"), message)
}

fn only_labels(spec: &Fields<'_>) -> Mistake {
    let message = "AssignMetadata sets one label or one annotation, and its location names neither".to_owned();
    invalid(spec, message).help("write `metadata.labels.<name>` or `metadata.annotations.<name>`")
}

fn refuse_metadata(spec: &Fields<'_>, location: &Location) -> Result<(), Mistake> {
    match location.segments.first() {
        Some(Segment::Field(first)) if first == "metadata" => {
            let help = "only AssignMetadata changes metadata, and there only labels and annotations";
            Err(invalid(spec, "the location leads into `metadata`".to_owned()).help(help))
        }
        _ => Ok(()),
    }
}

fn refuse_last_items(spec: &Fields<'_>, location: &Location) -> Result<(), Mistake> {
    match location.segments.last() {
        Some(Segment::Items { .. }) => Err(invalid(spec, "the location must end with the name of a field".to_owned())),
        _ => Ok(()),
    }
}

/// An item whose key changes would be another item, and the mutator would not find it again.
fn refuse_key(spec: &Fields<'_>, location: &Location) -> Result<(), Mistake> {
    match location.segments.as_slice() {
        [.., Segment::Items { key, .. }, Segment::Field(name)] if key == name => {
            Err(invalid(spec, format!("the location changes `{name}`, which tells items of the list apart")))
        }
        _ => Ok(()),
    }
}
