//! The tables in `tables/`: what kinds of resources there are and where their facts stand, one row a type.
//!
//! They are compiled in. A test holds that each of them parses, so that the empty table that stands in for one that does
//! not never meets a user.

use crate::class::Class;
use crate::quantity::Quantity;
use serde::{Deserialize, Deserializer};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What one device, or one machine's worth of them, is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Device {
    /// `gpu`, `tpu`, `neuron`.
    pub(crate) kind: &'static str,
    /// `A100`, where the name tells.
    pub(crate) model: Option<&'static str>,
    /// How many one of what was asked for has.
    pub(crate) count: Quantity,
}

/// A row of the tables of types: one type of resource.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Row {
    /// What it is for.
    pub(crate) class: Class,
    /// Where its name may stand; the first that does counts.
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) name: Vec<String>,
    /// Where its tags stand, when not where its provider usually keeps them.
    pub(crate) tags: Option<String>,
    /// Where the images that it runs stand.
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) images: Vec<String>,
    /// The machines that it runs.
    pub(crate) machines: Vec<Machines>,
    /// The machines that another resource runs by it.
    pub(crate) describes: Vec<Machines>,
    /// Resources that hold its machines for it.
    pub(crate) links: Vec<Link>,
}

/// A group of machines, or of devices, in a resource.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Machines {
    /// Where the groups stand; the resource itself is the one group when there is no such path.
    pub(crate) each: Option<String>,
    /// Where the instance type stands, in a group. A list of types is a choice: the largest counts.
    #[serde(rename = "type", deserialize_with = "one_or_many")]
    pub(crate) instance_type: Vec<String>,
    /// Instead of an instance type: the kind of device of which `count` says how many.
    pub(crate) device: Option<String>,
    /// A key and the text that must stand there for a group to count.
    pub(crate) only: Option<(String, String)>,
    /// Where the number of machines may stand, in a group, or behind `^.` in the resource; one when nowhere.
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) count: Vec<String>,
    /// Why nobody can tell how many machines there are, where that is so.
    pub(crate) unknown_count: Option<String>,
    /// Whether the groups are a choice, of which the largest counts.
    pub(crate) choice: bool,
    /// Whether a group without an instance type is another way of running, such as serverless, and no gap.
    pub(crate) optional: bool,
}

/// A resource that holds another one's machines.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Link {
    /// The type of the resource linked to.
    pub(crate) to: String,
    /// Where the reference may stand.
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) by: Vec<String>,
    /// The attributes of the other resource that such a reference may equal.
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) matches: Vec<String>,
    /// Where this resource says how many machines it runs by it; the other resource's own numbers when nowhere.
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) count: Vec<String>,
    /// Something that, when it stands here, makes the link not matter.
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) unless: Vec<String>,
}

/// Where a Kubernetes kind keeps its pods: one row a group and kind.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Kind {
    /// What it is for.
    pub(crate) class: Class,
    /// Its groups of pods.
    pub(crate) pods: Vec<PodGroup>,
    /// Whole objects of other kinds inside it.
    pub(crate) objects: Vec<InnerObject>,
    /// A kind that describes its pods by words of its own, which `kubernetes::special` translates.
    pub(crate) special: Option<Special>,
}

/// Kinds that describe their pods by words of their own.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Special {
    /// `spec.driver` and `spec.executor` of the Spark operator.
    Spark,
    /// `spec.trainer` over a training runtime.
    TrainJob,
    /// `spec.predictor` and its like, with a container under the name of a framework.
    InferenceService,
    /// Devices of its own instead of pods.
    ResourceClaim,
}

/// A group of equal pods in a Kubernetes object.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PodGroup {
    /// Where such groups stand: an array, or an object whose keys are their names; the object itself when empty.
    pub(crate) each: String,
    /// Where the pod's template stands, in a group: the first that does counts, and a group without one has no pods.
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) template: Vec<String>,
    /// Factors of the number of pods.
    pub(crate) count: Vec<Factor>,
    /// What the group is called, when the document does not name it.
    pub(crate) role: Option<String>,
    /// Where a group's name stands, in a group.
    pub(crate) role_at: Option<String>,
}

/// A whole object of another kind inside an object.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct InnerObject {
    /// Where they stand.
    pub(crate) each: String,
    /// Where the object stands, in each.
    pub(crate) at: String,
    /// Factors of how many of it run.
    pub(crate) count: Vec<Factor>,
}

/// One factor of a number of pods. Paths are in the group, or behind `^.` in the object.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Factor {
    /// Where it may stand; the first that does counts.
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) at: Vec<String>,
    /// What it is when it stands nowhere: one, if the row does not say.
    pub(crate) otherwise: Option<i64>,
    /// Why it is Unknown when it stands nowhere.
    pub(crate) unknown_without: Option<String>,
    /// Another number that it never falls below.
    pub(crate) at_least: Option<String>,
    /// Another number that it never exceeds.
    pub(crate) at_most: Option<String>,
    /// Whether autoscaling is on, where that is said; then `grows_to` must stand there or the number is Unknown.
    pub(crate) grows_when: Option<String>,
    /// Up to which number it grows then.
    pub(crate) grows_to: Option<String>,
    /// Subtracted from it: the leader, which has a group of its own.
    pub(crate) minus: i64,
}

impl<'de> Deserialize<'de> for Class {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_str(&name).ok_or_else(|| serde::de::Error::custom(format!("no class `{name}`")))
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

/// A table of types as its file has it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TypeFile {
    /// Prefixes of types that are no AI resources: helpers of the language itself.
    none: Vec<String>,
    /// Prefixes of types that stand in no region.
    global: Vec<String>,
    /// Types of which nothing but the class is of interest, by class.
    plain: HashMap<String, Vec<String>>,
    /// All others.
    types: HashMap<String, Row>,
}

/// A table of types: Terraform's or CloudFormation's.
#[derive(Debug)]
pub(crate) struct Types {
    none: Vec<String>,
    global: Vec<String>,
    rows: HashMap<String, Row>,
}

impl Types {
    fn parse(text: &str) -> Self {
        let file: TypeFile = parse(text);
        let mut rows = file.types;
        for (class, types) in file.plain {
            let Some(class) = Class::from_str(&class) else { continue };
            rows.extend(types.into_iter().map(|name| (name, Row { class, ..Row::default() })));
        }
        Self { none: file.none, global: file.global, rows }
    }

    /// The row of a type; a type in no table is of the class `other`.
    pub(crate) fn row(&self, name: &str) -> &Row {
        if let Some(row) = self.rows.get(name) {
            return row;
        }
        let listed = self.none.iter().any(|prefix| name.starts_with(prefix.as_str()));
        if listed { &NONE } else { &OTHER }
    }

    /// Whether resources of that type stand in no region.
    pub(crate) fn is_global(&self, name: &str) -> bool {
        self.global.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct KubernetesFile {
    /// Kinds that ask for nothing, by group.
    none: HashMap<String, Vec<String>>,
    /// Groups of which every kind without a row asks for nothing.
    none_groups: Vec<String>,
    /// Kinds of which nothing but the class is of interest, by class, as `group/Kind`.
    plain: HashMap<String, Vec<String>>,
    /// All others, as `group/Kind`.
    kinds: HashMap<String, Kind>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct InstanceTypes {
    accelerated: HashMap<String, Family>,
    without: HashSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Family {
    kind: String,
    model: Option<String>,
    sizes: HashMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Devices {
    extended_resources: Vec<DeviceRule>,
    not_counted: Vec<String>,
    device_classes: Vec<DeviceRule>,
    models: Vec<String>,
    model_labels: Vec<String>,
    share_annotations: Vec<String>,
    share_device: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DeviceRule {
    name: Option<String>,
    prefix: Option<String>,
    suffix: Option<String>,
    kind: String,
    model: Option<String>,
}

static TERRAFORM: LazyLock<Types> = LazyLock::new(|| Types::parse(include_str!("../tables/terraform.json")));
static CLOUDFORMATION: LazyLock<Types> = LazyLock::new(|| Types::parse(include_str!("../tables/cloudformation.json")));
static KUBERNETES: LazyLock<KubernetesFile> = LazyLock::new(|| {
    let mut file: KubernetesFile = parse(include_str!("../tables/kubernetes.json"));
    for (class, kinds) in std::mem::take(&mut file.plain) {
        let Some(class) = Class::from_str(&class) else { continue };
        file.kinds.extend(kinds.into_iter().map(|kind| (kind, Kind { class, ..Kind::default() })));
    }
    file
});
static INSTANCE_TYPES: LazyLock<InstanceTypes> = LazyLock::new(|| parse(include_str!("../tables/instance-types.json")));
static DEVICES: LazyLock<Devices> = LazyLock::new(|| parse(include_str!("../tables/devices.json")));

fn parse<T: for<'de> Deserialize<'de> + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

static NONE: LazyLock<Row> = LazyLock::new(|| Row { class: Class::None, ..Row::default() });
static OTHER: LazyLock<Row> = LazyLock::new(Row::default);
static NO_PODS: LazyLock<Kind> = LazyLock::new(|| Kind { class: Class::None, ..Kind::default() });
static OTHER_KIND: LazyLock<Kind> = LazyLock::new(Kind::default);

/// The types of Terraform's providers.
pub(crate) fn terraform() -> &'static Types {
    &TERRAFORM
}

/// The types of CloudFormation.
pub(crate) fn cloudformation() -> &'static Types {
    &CLOUDFORMATION
}

/// The row of a Kubernetes kind; the core group is the empty string.
pub(crate) fn kubernetes(group: &str, kind: &str) -> &'static Kind {
    let table = &*KUBERNETES;
    if let Some(row) = table.kinds.get(&format!("{group}/{kind}")) {
        return row;
    }
    let listed = table.none.get(group).is_some_and(|kinds| kinds.iter().any(|listed| listed == kind));
    if listed || table.none_groups.iter().any(|listed| listed == group) { &NO_PODS } else { &OTHER_KIND }
}

/// The Kubernetes kinds that are in the table: group, kind and what they are for.
pub fn kubernetes_kinds() -> Vec<(&'static str, &'static str, Class)> {
    let mut kinds: Vec<_> = KUBERNETES
        .kinds
        .iter()
        .filter_map(|(name, row)| name.split_once('/').map(|(group, kind)| (group, kind, row.class)))
        .collect();
    kinds.sort_unstable_by_key(|(group, kind, _)| (*group, *kind));
    kinds
}

/// Kubernetes kinds that ask for nothing.
#[derive(Clone, Debug)]
pub struct WithoutDemand {
    /// Groups in which no kind asks for anything but those of [`kubernetes_kinds`].
    pub groups: Vec<&'static str>,
    /// Kinds in other groups: group and kind.
    pub kinds: Vec<(&'static str, &'static str)>,
}

/// The Kubernetes kinds that are known to ask for nothing.
pub fn kubernetes_without_demand() -> WithoutDemand {
    let listed = |name: &&String| {
        let prefix = format!("{name}/");
        !KUBERNETES.kinds.keys().any(|kind| kind.starts_with(&prefix))
    };
    let mut groups: Vec<_> = KUBERNETES.none_groups.iter().filter(listed).map(String::as_str).collect();
    groups.sort_unstable();
    let kinds =
        KUBERNETES.none.iter().flat_map(|(group, kinds)| kinds.iter().map(|kind| (group.as_str(), kind.as_str())));
    let mut kinds: Vec<_> = kinds.collect();
    kinds.sort_unstable();
    WithoutDemand { groups, kinds }
}

/// The devices of a machine of that type: `Some(None)` has none, None is in no table.
pub(crate) fn instance_type(name: &str) -> Option<Option<Device>> {
    let table = &*INSTANCE_TYPES;
    // `ml.` is SageMaker's prefix; `db.` and `cache.` are those of databases.
    let name = ["ml.", "db.", "cache."].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    // Batch also takes a family without a size.
    let (family, size) = name.split_once('.').unwrap_or((name, ""));
    if table.without.contains(family) {
        return Some(None);
    }
    let family = table.accelerated.get(family)?;
    let count = Quantity::parse(family.sizes.get(size)?)?;
    Some(Some(Device { kind: &family.kind, model: family.model.as_deref(), count }))
}

impl DeviceRule {
    fn fits(&self, name: &str) -> bool {
        self.name.as_deref().is_none_or(|wanted| wanted == name)
            && self.prefix.as_deref().is_none_or(|prefix| name.starts_with(prefix))
            && self.suffix.as_deref().is_none_or(|suffix| name.ends_with(suffix))
    }
}

fn device(rules: &'static [DeviceRule], name: &str) -> Option<Device> {
    let rule = rules.iter().find(|rule| rule.fits(name))?;
    Some(Device { kind: &rule.kind, model: rule.model.as_deref(), count: Quantity::ONE })
}

/// What an extended resource stands for; None when it is no device, or only says how much of one.
pub(crate) fn extended_resource(name: &str) -> Option<Device> {
    if DEVICES.not_counted.iter().any(|listed| listed == name) {
        return None;
    }
    device(&DEVICES.extended_resources, name)
}

/// What a device class stands for; None when it is in no table.
pub(crate) fn device_class(name: &str) -> Option<Device> {
    device(&DEVICES.device_classes, name)
}

/// The product in a label's words: `A100` in `NVIDIA-A100-SXM4-80GB`; the label itself where no table knows it.
pub(crate) fn model(label: &str) -> &str {
    let words = || label.split(['-', ' ', '_']);
    let known = DEVICES.models.iter().find(|model| words().any(|word| word.eq_ignore_ascii_case(model)));
    known.map_or(label, String::as_str)
}

/// Node labels by which pods choose a product.
pub(crate) fn model_labels() -> &'static [String] {
    &DEVICES.model_labels
}

/// Annotations by which pods ask for a share of a device, and the kind of that device.
pub(crate) fn share_annotations() -> (&'static [String], &'static str) {
    (&DEVICES.share_annotations, &DEVICES.share_device)
}

#[cfg(test)]
#[path = "tables_tests.rs"]
mod tests;
