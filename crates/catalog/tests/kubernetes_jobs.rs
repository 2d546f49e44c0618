//! The sample manifests that are shared outside the repository: what each asks for, said by hand. Few ask for a device.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by a panic"
)]

mod support;

use catalog::{Settings, recognise_all};
use support::{asks, field};
use value::Arena;

/// File, and for each governed object: address, class, what it asks for, pods.
const EXPECTED: &[(&str, &[&str])] = &[
    ("deployment-sample.yaml", &["AppWrapper/sample-appwrapper-deployment workload nothing 3"]),
    ("kueue-pod-group.yaml", &["Pod/sample-leader- workload nothing 1", "Pod/sample-worker- workload nothing 1"]),
    ("kueue-pod.yaml", &["Pod/kueue-sleep- workload nothing 1"]),
    // Two groups of one leader and two workers.
    ("leaderworkerset-sample.yaml", &["AppWrapper/sample-appwrapper-lws workload nothing 6"]),
    ("pytorch-sample.yaml", &["AppWrapper/sample-appwrapper-pytorch-job workload nothing 2"]),
    // Its workers could be 10, but it does not scale itself.
    ("ray-cluster-sample.yaml", &["RayCluster/raycluster-complete cluster nothing 2"]),
    ("ray-job-autoscaling-code-sample.yaml", &[]),
    ("ray-job-autoscaling-sample.yaml", &["RayJob/rayjob-autoscaling-sample training-job nothing 6"]),
    ("ray-job-code-sample.yaml", &[]),
    ("ray-job-sample.yaml", &["RayJob/rayjob-sample training-job nothing 2"]),
    ("sample-cronjob.yaml", &["CronJob/default/sample-cronjob workload nothing 3"]),
    ("sample-deployment.yaml", &["Deployment/nginx-deployment workload nothing 3"]),
    ("sample-dra-capacity-job.yaml", &["Job/default/sample-dra-capacity-job- workload 1 gpu (gpu.example.com) 1"]),
    ("sample-dra-capacity-queues.yaml", &[]),
    ("sample-dra-counter-queues.yaml", &[]),
    (
        "sample-dra-extended-resource-job.yaml",
        &["Job/default/sample-dra-extended-job- workload 1 gpu (example.com/gpu) 1"],
    ),
    ("sample-dra-queues.yaml", &[]),
    ("sample-dra-rct-job.yaml", &["Job/default/sample-dra-rct-job- workload 1 gpu (gpu.example.com) 1"]),
    // Two virtual GPUs of a share each: so many devices are touched.
    ("sample-hami.yaml", &["Deployment/kueue-test/gpu-burn workload 2 gpu (nvidia.com/gpu) 1"]),
    ("sample-jaxjob.yaml", &["JAXJob/default/jax-simple training-job nothing 2"]),
    ("sample-job-partial-admission.yaml", &["Job/default/sample-job-partial-admission workload nothing 20"]),
    ("sample-job.yaml", &["Job/default/sample-job- workload nothing 3"]),
    ("sample-jobset-tas-combined.yaml", &["JobSet/jobset-tas-combined workload nothing 8"]),
    ("sample-jobset-tas-required.yaml", &["JobSet/jobset-tas-required workload nothing 4"]),
    ("sample-jobset.yaml", &["JobSet/sleep-job- workload nothing 2"]),
    ("sample-leaderworkerset.yaml", &["LeaderWorkerSet/nginx-leaderworkerset workload nothing 6"]),
    ("sample-mpijob.yaml", &["MPIJob/pi training-job nothing 3"]),
    ("sample-paddlejob.yaml", &["PaddleJob/default/paddle-simple-cpu training-job nothing 2"]),
    ("sample-pytorchjob.yaml", &["PyTorchJob/default/pytorch-simple training-job nothing 2"]),
    ("sample-scalable-job.yaml", &["Job/default/sample-elastic-job workload nothing 3"]),
    ("sample-statefulset.yaml", &["StatefulSet/nginx-statefulset workload nothing 3"]),
    ("quotas/concurrent-admission-setup.yaml", &[]),
    ("quotas/minimal-cq.yaml", &[]),
    ("quotas/resource-flavor-empty.yaml", &[]),
    ("quotas/resource-flavor-taints.yaml", &[]),
    ("quotas/resource-flavor-tolerations.yaml", &[]),
    ("quotas/sample-gpu-queues.yaml", &[]),
    ("quotas/shared-quota-sample-job.yaml", &["Job/default/sample-job- workload nothing 1"]),
    ("quotas/shared-quota-setup.yaml", &[]),
    ("quotas/single-clusterqueue-setup.yaml", &[]),
];

#[test]
fn every_sample() {
    let Some(folder) = support::shared("kubernetes-jobs") else {
        println!("skipped: ../shared/data/kubernetes-jobs is not there");
        return;
    };
    for (file, expected) in EXPECTED {
        let text = std::fs::read_to_string(folder.join(file)).expect(file);
        let arena = Arena::new();
        let found: Vec<_> = support::resources(&arena, file, &text)
            .iter()
            .filter(|resource| resource.governed)
            .map(|resource| {
                format!(
                    "{} {} {} {}",
                    resource.address,
                    resource.class.as_str(),
                    asks(resource),
                    field(resource, "replicas")
                )
            })
            .collect();
        assert_eq!(found, *expected, "{file}");
    }
    let listed = |folder: &std::path::Path, prefix: &str| {
        let entries = std::fs::read_dir(folder).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
        names.filter(|name| name.ends_with(".yaml")).map(|name| format!("{prefix}{name}")).collect::<Vec<_>>()
    };
    for file in listed(&folder, "").into_iter().chain(listed(&folder.join("quotas"), "quotas/")) {
        assert!(EXPECTED.iter().any(|(name, _)| *name == file), "`{file}` has no row");
    }
}

#[test]
fn all_samples_at_once() {
    let Some(folder) = support::shared("kubernetes-jobs") else { return };
    let arena = Arena::new();
    let mut documents = Vec::new();
    for (file, _) in EXPECTED {
        documents.extend(support::parse(&arena, file, &std::fs::read_to_string(folder.join(file)).expect(file)));
    }
    for answer in recognise_all(&arena, &documents, &Settings::default()) {
        assert!(matches!(answer, Ok(catalog::Recognised::Change(_))));
    }
}
