//! Kubernetes manifests: what each kind asks for, said by hand.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by a panic"
)]

mod support;

use catalog::{Class, Recognised, Settings};
use support::{asks, at, changes, field, fixture, resources};
use value::Arena;

/// Holds a fixture against `address | class | what it asks for | pods`, one line an object that is governed.
#[track_caller]
fn check(file: &str, expected: &str) {
    let arena = Arena::new();
    let found: Vec<String> = resources(&arena, file, &fixture(&format!("kubernetes/{file}")))
        .iter()
        .filter(|resource| resource.governed)
        .map(|resource| {
            let replicas = field(resource, "replicas");
            format!("{} | {} | {} | {replicas}", resource.address, resource.class.as_str(), asks(resource))
        })
        .collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, expected, "{file}");
}

#[test]
fn pods() {
    check("pod.yaml", "Pod/research/trainer | workload | 4 gpu A100 (nvidia.com/gpu) | 1");
    check("pod-sidecar.yaml", "Pod/with-sidecar | workload | 4 gpu (nvidia.com/gpu) | 1");
}

#[test]
fn stock_workloads() {
    check("deployment.yaml", "Deployment/serving/serve | workload | 6 gpu (nvidia.com/gpu) | 3");
    check("statefulset.yaml", "StatefulSet/shards | workload | 4 gpu (nvidia.com/mig-1g.5gb) | 4");
    let unsaid = "?(replicas: a DaemonSet runs one pod a node, and the manifest does not say how many nodes there are)";
    check("daemonset.yaml", &format!("DaemonSet/probe | workload | {unsaid} gpu (nvidia.com/gpu) | {unsaid}"));
    check("job.yaml", "Job/research/sweep- | workload | 6 gpu (amd.com/gpu) | 3");
    check("cronjob.yaml", "CronJob/nightly | workload | 32 neuron Trainium (aws.amazon.com/neuron) | 2");
}

#[test]
fn sets_of_jobs() {
    check("jobset.yaml", "JobSet/slices | workload | 32 tpu tpu-v5p-slice (google.com/tpu) | 9");
    check("leaderworkerset.yaml", "LeaderWorkerSet/vllm | workload | 64 gpu (nvidia.com/gpu) | 8");
    check("appwrapper.yaml", "AppWrapper/wrapped | workload | 11 gpu (nvidia.com/gpu) | 5");
    check("volcano.yaml", "Job/gang | workload | 16 npu Ascend 910 (huawei.com/Ascend910) | 3");
    check(
        "kueue-workload.yaml",
        "Job/research/owner | workload | 2 gpu (nvidia.com/gpu) | 2
         Workload/research/job-owner | workload | nothing | 2
         Workload/research/alone | workload | 6 gpu (nvidia.com/gpu) | 3",
    );
}

#[test]
fn training_jobs() {
    check("pytorchjob.yaml", "PyTorchJob/research/finetune | training-job | 33 gpu (nvidia.com/gpu) | 5");
    check("tfjob.yaml", "TFJob/mnist | training-job | 6 gpu (nvidia.com/gpu) | 5");
    check("mpijob.yaml", "MPIJob/allreduce | training-job | 16 gpu (nvidia.com/gpu) | 3");
    check("trainjob.yaml", "TrainJob/research/llama | training-job | 32 gpu (nvidia.com/gpu) | 4");
    check(
        "trainjob-runtime.yaml",
        "ClusterTrainingRuntime/torch-two-nodes | configuration | nothing | null
         TrainJob/research/small | training-job | 8 gpu (nvidia.com/gpu) | 3
         TrainJob/research/elsewhere | training-job | ?(accelerators: the training runtime `in-the-cluster` says what each node asks for) | ?(replicas: the training runtime `in-the-cluster` says how many nodes it has)",
    );
}

#[test]
fn ray() {
    check("rayjob.yaml", "RayJob/tune | training-job | 5 gpu (nvidia.com/gpu) | 6");
    check("raycluster.yaml", "RayCluster/shared | cluster | 18 gpu (nvidia.com/gpu) | 6");
    check("rayservice.yaml", "RayService/chat | endpoint | 8 gpu (nvidia.com/gpu) | 3");
}

#[test]
fn kinds_with_words_of_their_own() {
    check(
        "spark.yaml",
        "SparkApplication/features | processing-job | 3 gpu (nvidia.com/gpu) | 4
         SparkApplication/elastic | processing-job | 17 gpu (nvidia.com/gpu) | 9",
    );
    check("notebook.yaml", "Notebook/alice/alice | notebook | 1 gpu (nvidia.com/gpu) | 1");
    check("inferenceservice.yaml", "InferenceService/serving/sentiment | endpoint | 3 gpu (nvidia.com/gpu) | 4");
}

#[test]
fn dynamic_resource_allocation() {
    check(
        "dynamic-allocation.yaml",
        "ResourceClaim/research/shared | workload | 1 gpu (gpu.nvidia.com) | null
         Job/research/templated | workload | 6 gpu (gpu.nvidia.com) | 3
         Pod/research/choosy | workload | 4 gpu (mig.nvidia.com) | 1
         Pod/research/old | workload | 1 ?(accelerators: device class `widget.example.com` is in no table) (widget.example.com) + ?(accelerators: the claim asks for all devices of a node) gpu (gpu.nvidia.com) | 1
         Deployment/research/sharing | workload | nothing | 5
         Pod/research/dangling | workload | ?(accelerators: ResourceClaimTemplate `in-the-cluster` is in none of the documents) | 1",
    );
}

#[test]
fn claims_across_documents_and_one_by_one() {
    let arena = Arena::new();
    let documents = support::parse(&arena, "a.yaml", &fixture("kubernetes/dynamic-allocation.yaml"));
    let answers: Vec<_> =
        documents.iter().map(|&document| catalog::recognise(&arena, document, &Settings::default())).collect();
    let Some(Ok(Recognised::Change(job))) = answers.get(4) else { panic!("{answers:?}") };
    assert_eq!(
        asks(&job.resources[0]),
        "?(accelerators: ResourceClaimTemplate `two-gpus` is in none of the documents)"
    );
}

#[test]
fn shares_of_devices() {
    check(
        "shares.yaml",
        "Deployment/halves | workload | 1.5 gpu (gpu-fraction) | 3
         Pod/slices | workload | 1 gpu (nvidia.com/gpu.shared) + 2 gpu (nvidia.com/mig-1g.5gb) + 1 gpu (nvidia.com/mig-3g.20gb) | 1",
    );
}

#[test]
fn lists() {
    check(
        "list.yaml",
        "Pod/one | workload | 8 gaudi Gaudi (habana.ai/gaudi) | 1
         Widget/w | other | nothing | null
         Pod/two | workload | 1 gpu (nvidia.com/gpu) | 1",
    );
    let arena = Arena::new();
    let all = resources(&arena, "list.yaml", &fixture("kubernetes/list.yaml"));
    let places: Vec<_> = all.iter().map(|resource| resource.pointer.to_string()).collect();
    assert_eq!(places, ["/items/0", "/items/1", "/items/2", "/items/0"]);
    assert_eq!((at(&all, "ConfigMap/settings").class, at(&all, "ConfigMap/settings").governed), (Class::None, false));
}

#[test]
fn the_whole_of_a_pod() {
    let arena = Arena::new();
    let all = resources(&arena, "pod.yaml", &fixture("kubernetes/pod.yaml"));
    let pod = &all[0];
    assert_eq!((pod.namespace, pod.api_group, pod.kind), (Some("research"), Some(""), "Pod"));
    assert_eq!(field(pod, "tags"), r#"{"app":"trainer","example.com/cost-center":"42","team":"nlp"}"#);
    assert_eq!(field(pod, "dimensions"), r#"{"cost_center":"42","team":"nlp"}"#);
    assert_eq!(field(pod, "images"), r#"["example.com/warm-up@sha256:11","example.com/train@sha256:22"]"#);
    assert_eq!(field(pod, "region"), "null");
    let described = pod.value.get_str("pods").and_then(|pods| pods.as_array()?.get(0)).expect("a pod");
    let part = |key: &str| support::show(described.get_str(key).expect(key));
    assert_eq!(part("priority_class"), "\"critical\"");
    assert_eq!(part("service_account"), "\"trainer\"");
    assert_eq!(part("node_selector"), r#"{"nvidia.com/gpu.product":"NVIDIA-A100-SXM4-80GB"}"#);
    assert_eq!(part("regions"), "[]");
    assert_eq!(part("count"), "1");
    assert_eq!(part("role"), "null");
    assert_eq!(part("annotations"), r#"{"example.com/cost-center":"42"}"#);
    assert_eq!(part("dimensions"), r#"{"cost_center":"42","team":"nlp"}"#);
    assert_eq!(
        part("containers"),
        concat!(
            r#"[{"image":"example.com/warm-up@sha256:11","limits":{"nvidia.com/gpu":4},"name":"warm-up","requests":{},"type":"init"},"#,
            r#"{"image":"example.com/train@sha256:22","limits":{"nvidia.com/gpu":"1"},"name":"train","#,
            r#""requests":{"cpu":"8","memory":"64Gi","nvidia.com/gpu":"1"},"type":"container"},"#,
            r#"{"image":"example.com/train@sha256:22","limits":{"nvidia.com/gpu":2},"name":"evaluate","requests":{},"type":"container"}]"#,
        )
    );
}

#[test]
fn roles_and_counts_of_groups() {
    let groups = |file: &str| {
        let arena = Arena::new();
        let all = resources(&arena, file, &fixture(&format!("kubernetes/{file}")));
        let pods = all[0].value.get_str("pods").and_then(|pods| pods.as_array()).expect("pods");
        pods.iter()
            .map(|pod| {
                format!(
                    "{}:{}",
                    support::show(pod.get_str("role").expect("role")),
                    support::show(pod.get_str("count").expect("count"))
                )
            })
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(groups("raycluster.yaml"), r#""head":1 "big":4 "idle":1"#);
    assert_eq!(groups("leaderworkerset.yaml"), r#""leader":2 "worker":6"#);
    assert_eq!(groups("pytorchjob.yaml"), r#""Master":1 "Worker":4"#);
    assert_eq!(groups("mpijob.yaml"), r#""Launcher":1 "Worker":2"#);
    assert_eq!(groups("jobset.yaml"), r#""workers":8 "driver":1"#);
    assert_eq!(groups("spark.yaml"), r#""driver":1 "executor":3"#);
}

#[test]
fn dimensions_that_only_the_pods_have() {
    let arena = Arena::new();
    let all = resources(&arena, "deployment.yaml", &fixture("kubernetes/deployment.yaml"));
    assert_eq!(field(&all[0], "tags"), "{}");
    assert_eq!(field(&all[0], "dimensions"), r#"{"cost_center":"7"}"#);
}

#[test]
fn values_of_secrets_are_sensitive() {
    let arena = Arena::new();
    let text =
        "{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: aHVudGVyMg==}, stringData: {b: plain-text}}";
    let change = changes(&arena, "s.yaml", text, &Settings::default()).remove(0);
    assert_eq!(change.sensitive, ["aHVudGVyMg==", "plain-text", "hunter2"]);
    assert!(!change.resources[0].governed);
    // Also those in the copy that `kubectl apply` keeps.
    let applied = r#"{"kind":"Secret","stringData":{"b":"of before"}}"#;
    let text = format!(
        "{{apiVersion: v1, kind: Secret, metadata: {{name: s, annotations: {{kubectl.kubernetes.io/last-applied-configuration: '{applied}'}}}}}}"
    );
    let change = changes(&arena, "s.yaml", &text, &Settings::default()).remove(0);
    assert!(change.sensitive.iter().any(|text| text == "of before"), "{:?}", change.sensitive);
    assert!(change.sensitive.iter().any(|text| text == applied), "{:?}", change.sensitive);
}

/// A cluster refuses these; what no cluster has seen yet must not pass for a pod that asks for nothing.
#[test]
fn pods_that_are_not_shaped_like_pods_are_unknown() {
    let no_list = "?(accelerators: its containers are not a list of containers)";
    let no_names = "?(accelerators: its resources are not requests and limits by name)";
    for (spec, expected) in [
        ("{containers: {c: {resources: {limits: {nvidia.com/gpu: 64}}}}}", no_list),
        ("{containers: x}", no_list),
        ("{containers: [null]}", no_list),
        ("{containers: [{name: a}], initContainers: [5]}", no_list),
        ("{containers: [{name: a, resources: nvidia.com/gpu}]}", no_names),
        ("{containers: [{name: a, resources: {limits: [{nvidia.com/gpu: 64}]}}]}", no_names),
        ("{containers: [{name: a, resources: null}], initContainers: null}", "nothing"),
        ("{containers: []}", "nothing"),
        ("{}", "nothing"),
    ] {
        for text in [
            format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {spec}}}"),
            format!(
                "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: d}}, spec: {{template: {{spec: {spec}}}}}}}"
            ),
        ] {
            let arena = Arena::new();
            assert_eq!(asks(&resources(&arena, "p.yaml", &text)[0]), expected, "{text}");
        }
    }
    let arena = Arena::new();
    let text = "{apiVersion: kubeflow.org/v1, kind: PyTorchJob, metadata: {name: j}, spec: {pytorchReplicaSpecs: [{Worker: {}}]}}";
    let unknown = "?(accelerators: no template of its pods is where its kind has them)";
    assert_eq!(asks(&resources(&arena, "j.yaml", text)[0]), unknown);
}

#[test]
fn amounts_that_are_no_amounts() {
    let check = |limit: &str, expected: &str| {
        let arena = Arena::new();
        let text = format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{containers: [{{name: c, resources: {{limits: {{nvidia.com/gpu: {limit}}}}}}}]}}}}"
        );
        assert_eq!(asks(&resources(&arena, "p.yaml", &text)[0]), expected, "{limit}");
    };
    check("2", "2 gpu (nvidia.com/gpu)");
    check("\"2k\"", "2000 gpu (nvidia.com/gpu)");
    check("1e1", "10 gpu (nvidia.com/gpu)");
    check("\"0\"", "nothing");
    check("{a: 1}", "?(accelerators: an object stands where a number should) gpu (nvidia.com/gpu)");
    check("lots", "?(accelerators: a string stands where a number should) gpu (nvidia.com/gpu)");
}

#[test]
fn what_is_no_manifest() {
    let check = |text: &str| {
        let arena = Arena::new();
        let document = support::parse(&arena, "x.yaml", text).remove(0);
        let answer = catalog::recognise(&arena, document, &Settings::default()).expect("no error");
        assert!(matches!(answer, Recognised::Unrecognised), "{text}");
    };
    check("{a: 1}");
    check("[1, 2]");
    check("kind: Pod");
    check("{apiVersion: v2, name: chart}");
    check("{kind: 7, apiVersion: v1}");
    check("text");
}

/// The pods that controllers make, as a webhook will see them.
#[test]
fn pods_that_objects_make() {
    for (file, expected) in [
        ("deployment.yaml", vec![(None, "serve-", Some("serving"))]),
        ("cronjob.yaml", vec![(None, "nightly-", None)]),
        ("job.yaml", vec![(None, "sweep-", Some("research"))]),
        // A pod makes none.
        ("pod.yaml", vec![]),
    ] {
        let arena = Arena::new();
        let all = resources(&arena, file, &fixture(&format!("kubernetes/{file}")));
        let made: Vec<_> = all.iter().flat_map(|resource| catalog::made_pods(&arena, resource.object)).collect();
        let seen: Vec<_> = made
            .iter()
            .map(|made| {
                let text = |value: Option<value::Value<'_>>| value.and_then(value::Value::as_str).map(str::to_owned);
                let metadata = made.object.get_str("metadata").expect("it has metadata");
                assert_eq!(text(made.object.get_str("kind")).as_deref(), Some("Pod"));
                assert!(metadata.get_str("name").is_none(), "its controller names none");
                assert!(made.object.get_str("spec").and_then(|spec| spec.get_str("containers")).is_some());
                (made.role, text(metadata.get_str("generateName")), text(metadata.get_str("namespace")))
            })
            .collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(role, name, namespace): (_, &str, Option<&str>)| {
                (role, Some(name.to_owned()), namespace.map(str::to_owned))
            })
            .collect();
        assert_eq!(seen, expected, "{file}");
    }
}
