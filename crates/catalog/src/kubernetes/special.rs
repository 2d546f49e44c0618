//! Kinds that describe their pods by words of their own, put into the words of a pod.

use super::claims;
use super::pod_groups::PodSet;
use super::surroundings::Surroundings;
use crate::accelerators::Accelerators;
use crate::path;
use crate::quantity::{Count, Quantity};
use crate::resource::{key, with_field};
use crate::tables::Special;
use value::{Arena, Value};

/// The groups of pods of such a kind.
pub(super) fn pods<'a>(
    arena: &'a Arena,
    surroundings: &Surroundings<'a>,
    special: Special,
    object: Value<'a>,
) -> Vec<PodSet<'a>> {
    let spec = object.get_str("spec").unwrap_or_default();
    match special {
        // A scheduled application is an application in a template.
        Special::Spark => {
            spark(arena, spec.get_str("template").filter(|inner| inner.get_str("driver").is_some()).unwrap_or(spec))
        }
        Special::TrainJob => train_job(arena, surroundings, object, spec),
        Special::InferenceService => inference_service(arena, spec),
        Special::ResourceClaim => Vec::new(),
    }
}

/// What a ResourceClaim of its own asks for.
pub(super) fn claim<'a>(arena: &'a Arena, object: Value<'a>) -> Accelerators<'a> {
    claims::of_spec(arena, object.get_str("spec").unwrap_or_default())
}

fn list<'a>(value: Value<'a>, name: &str) -> Vec<Value<'a>> {
    value.get_str(name).and_then(Value::as_array).into_iter().flat_map(|array| array.iter()).collect()
}

fn present<'a>(value: Value<'a>, name: &str) -> Option<Value<'a>> {
    value.get_str(name).filter(|value| !matches!(value, Value::Null))
}

/// Driver and executors of the Spark operator.
fn spark<'a>(arena: &'a Arena, spec: Value<'a>) -> Vec<PodSet<'a>> {
    let configured = |name: &str| present(spec.get_str("sparkConf")?, name);
    ["driver", "executor"]
        .into_iter()
        .map(|role| {
            let part = spec.get_str(role).unwrap_or_default();
            let count = if role == "driver" { Count::ONE } else { executors(arena, spec, part, configured) };
            let container = spark_container(arena, spec, part, role, configured);
            let template = part.get_str("template").unwrap_or_default();
            let below = template.get_str("spec").unwrap_or_default();
            let main = container.get_str("name");
            let mut containers = vec![container];
            let others = list(part, "sidecars").into_iter().chain(list(below, "containers"));
            containers.extend(others.filter(|other| other.get_str("name") != main));
            let mut entries: Vec<_> = below.as_object().map(|spec| spec.iter().collect()).unwrap_or_default();
            entries.push((key!("containers"), arena.array(&containers)));
            for name in ["initContainers", "nodeSelector", "serviceAccount", "affinity", "priorityClassName"] {
                entries.extend(present(part, name).map(|value| (arena.string(name), value)));
            }
            let scheduling =
                spec.get_str("batchSchedulerOptions").and_then(|options| present(options, "priorityClassName"));
            entries.extend(scheduling.map(|class| (key!("priorityClassName"), class)));
            let mut metadata = template.get_str("metadata").unwrap_or(Value::EMPTY_OBJECT);
            for name in ["labels", "annotations"] {
                if let Some(map) = present(part, name) {
                    metadata = with_field(arena, metadata, name, map);
                }
            }
            PodSet { role: Some(role), count, metadata, spec: arena.object(&entries), unknown: None }
        })
        .collect()
}

/// The names that Spark gives its containers, by which a template speaks of them.
fn spark_container<'a>(
    arena: &'a Arena,
    spec: Value<'a>,
    part: Value<'a>,
    role: &str,
    configured: impl Fn(&str) -> Option<Value<'a>>,
) -> Value<'a> {
    let name = if role == "driver" { "spark-kubernetes-driver" } else { "spark-kubernetes-executor" };
    let template = part.get_str("template").and_then(|template| template.get_str("spec")).unwrap_or_default();
    let templated =
        list(template, "containers").into_iter().find(|one| one.get_str("name").and_then(Value::as_str) == Some(name));
    let resources = templated.and_then(|container| container.get_str("resources")).unwrap_or_default();
    let map = |key: &str| resources.get_str(key).and_then(Value::as_object).map(|map| map.iter().collect());
    let mut requests: Vec<_> = map("requests").unwrap_or_default();
    let mut limits: Vec<_> = map("limits").unwrap_or_default();
    let cpu = present(part, "coreRequest").or_else(|| present(part, "cores"));
    requests.extend(cpu.map(|cpu| (key!("cpu"), cpu)));
    requests.extend(present(part, "memory").map(|memory| (key!("memory"), memory)));
    limits.extend(present(part, "coreLimit").map(|cpu| (key!("cpu"), cpu)));
    if let Some(gpu) = present(part, "gpu") {
        let name = gpu.get_str("name").filter(|name| name.as_str().is_some()).unwrap_or(key!("nvidia.com/gpu"));
        limits.push((name, gpu.get_str("quantity").unwrap_or(Value::Int(1))));
    } else if let Some(amount) = configured(&format!("spark.{role}.resource.gpu.amount")) {
        let vendor = configured(&format!("spark.{role}.resource.gpu.vendor")).and_then(Value::as_str);
        limits.push((arena.string(&format!("{}/gpu", vendor.unwrap_or("nvidia.com"))), amount));
    }
    let image = present(part, "image").or_else(|| present(spec, "image")).unwrap_or_default();
    arena.object(&[
        (key!("image"), image),
        (key!("name"), arena.string(name)),
        (
            key!("resources"),
            arena.object(&[(key!("limits"), arena.object(&limits)), (key!("requests"), arena.object(&requests))]),
        ),
    ])
}

/// How many executors run: the most that dynamic allocation may have, or the instances.
fn executors<'a>(
    arena: &'a Arena,
    spec: Value<'a>,
    part: Value<'a>,
    configured: impl Fn(&str) -> Option<Value<'a>>,
) -> Count<'a> {
    let is_true =
        |value: Option<Value<'a>>| value.is_some_and(|value| value == Value::TRUE || value.as_str() == Some("true"));
    let allocation = spec.get_str("dynamicAllocation").unwrap_or_default();
    if is_true(allocation.get_str("enabled")) || is_true(configured("spark.dynamicAllocation.enabled")) {
        let most = present(allocation, "maxExecutors").or_else(|| configured("spark.dynamicAllocation.maxExecutors"));
        return match most {
            Some(most) => Count::of(arena, most, "replicas"),
            None => Count::Unknown(arena.unknown("replicas", "Spark allocates executors by demand, without a maximum")),
        };
    }
    let instances = present(part, "instances").or_else(|| configured("spark.executor.instances"));
    instances.map_or(Count::ONE, |count| Count::of(arena, count, "replicas"))
}

/// The nodes of a Kubeflow TrainJob. What it leaves out stands in its training runtime.
fn train_job<'a>(
    arena: &'a Arena,
    surroundings: &Surroundings<'a>,
    object: Value<'a>,
    spec: Value<'a>,
) -> Vec<PodSet<'a>> {
    let trainer = spec.get_str("trainer").unwrap_or_default();
    let reference = spec.get_str("runtimeRef").unwrap_or_default();
    let name = reference.get_str("name").and_then(Value::as_str).unwrap_or_default();
    let namespace =
        object.get_str("metadata").and_then(|metadata| metadata.get_str("namespace")).and_then(Value::as_str);
    let kind = match reference.get_str("kind").and_then(Value::as_str) {
        Some("TrainingRuntime") => "TrainingRuntime",
        _ => "ClusterTrainingRuntime",
    };
    let runtime = surroundings.find(kind, name, namespace).and_then(|runtime| runtime.get_str("spec"));
    let open = |place: &str, what: &str| arena.unknown(place, &format!("the training runtime `{name}` says {what}"));

    let declared = runtime.and_then(|runtime| path::first(arena, runtime, "mlPolicy.numNodes"));
    let count = match (present(trainer, "numNodes").or(declared), runtime) {
        (Some(count), _) => Count::of(arena, count, "replicas"),
        (None, Some(_)) => Count::ONE,
        (None, None) => Count::Unknown(open("replicas", "how many nodes it has")),
    };
    let resources = present(trainer, "resourcesPerNode");
    let Some(runtime) = runtime else {
        let container = node_container(arena, Value::EMPTY_OBJECT, trainer);
        let spec = arena.object(&[(key!("containers"), arena.array(&[container]))]);
        let unknown = resources.is_none().then(|| open("accelerators", "what each node asks for"));
        return vec![PodSet { role: Some("node"), count, metadata: Value::EMPTY_OBJECT, spec, unknown }];
    };
    let jobs = path::items(arena, runtime, "template.spec.replicatedJobs");
    let mut sets = Vec::new();
    for job in jobs {
        let role = job.get_str("name").and_then(Value::as_str);
        let labels = path::first(arena, job, "template.metadata.labels").unwrap_or_default();
        let step = labels.get_str("trainer.kubeflow.org/trainjob-ancestor-step").and_then(Value::as_str);
        let Some(template) = path::first(arena, job, "template.spec.template") else { continue };
        if role != Some("node") && step != Some("trainer") {
            sets.push(PodSet::of_template(arena, role, Count::Known(Quantity::ONE), template));
            continue;
        }
        let spec = template.get_str("spec").unwrap_or(Value::EMPTY_OBJECT);
        let mut containers = list(spec, "containers");
        let node =
            containers.iter().position(|one| one.get_str("name").and_then(Value::as_str) == Some("node")).unwrap_or(0);
        match containers.get_mut(node) {
            Some(container) => *container = node_container(arena, *container, trainer),
            None => containers.push(node_container(arena, Value::EMPTY_OBJECT, trainer)),
        }
        let spec = with_field(arena, spec, "containers", arena.array(&containers));
        let metadata = template.get_str("metadata").unwrap_or_default();
        sets.push(PodSet { role, count, metadata, spec, unknown: None });
    }
    sets
}

/// A runtime's container with what the job says over it.
fn node_container<'a>(arena: &'a Arena, container: Value<'a>, trainer: Value<'a>) -> Value<'a> {
    let mut container = if container.as_object().is_some() { container } else { Value::EMPTY_OBJECT };
    if container.get_str("name").is_none() {
        container = with_field(arena, container, "name", key!("node"));
    }
    for (from, to) in [("image", "image"), ("resourcesPerNode", "resources")] {
        if let Some(value) = present(trainer, from) {
            container = with_field(arena, container, to, value);
        }
    }
    container
}

/// The frameworks under whose names a predictor has its container.
const FRAMEWORKS: [&str; 12] = [
    "model",
    "sklearn",
    "xgboost",
    "tensorflow",
    "pytorch",
    "triton",
    "onnx",
    "huggingface",
    "pmml",
    "lightgbm",
    "paddle",
    "mlflow",
];

/// The components of a KServe InferenceService: each a pod's spec with words for scaling, at its largest.
fn inference_service<'a>(arena: &'a Arena, spec: Value<'a>) -> Vec<PodSet<'a>> {
    let mut sets = Vec::new();
    for role in ["predictor", "transformer", "explainer"] {
        let Some(part) = present(spec, role) else { continue };
        let number = |name: &str| present(part, name).map(|count| Count::of(arena, count, "replicas"));
        let least = number("minReplicas").unwrap_or(Count::ONE);
        let count = match number("maxReplicas") {
            // Zero is KServe's word for no maximum.
            Some(most) if most.is_zero() => {
                Count::Unknown(arena.unknown("replicas", "it is scaled by demand, without a maximum"))
            }
            Some(most) => most.larger(least),
            None => least.larger(Count::ONE),
        };
        let mut containers = list(part, "containers");
        containers.extend(FRAMEWORKS.iter().filter_map(|name| {
            let container = present(part, name).filter(|container| container.as_object().is_some())?;
            Some(if container.get_str("name").is_some() {
                container
            } else {
                with_field(arena, container, "name", arena.string(name))
            })
        }));
        let metadata = part.as_object().map_or(Value::EMPTY_OBJECT, |_| {
            let maps = ["annotations", "labels"]
                .into_iter()
                .filter_map(|name| Some((arena.string(name), present(part, name)?)));
            arena.object(&maps.collect::<Vec<_>>())
        });
        sets.push(PodSet {
            role: Some(role),
            count,
            metadata,
            spec: with_field(arena, part, "containers", arena.array(&containers)),
            unknown: None,
        });
        if let Some(worker) = present(part, "workerSpec") {
            let stages =
                worker.get_str("pipelineParallelSize").map_or(Count::ONE, |size| Count::of(arena, size, "replicas"));
            let workers = stages.plus(Count::Known(Quantity::whole(-1))).larger(Count::ZERO).times(count);
            sets.push(PodSet { role: Some("worker"), count: workers, metadata, spec: worker, unknown: None });
        }
    }
    sets
}
