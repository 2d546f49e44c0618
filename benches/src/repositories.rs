//! What the product's own server is measured with: governance repositories with policies for admission and, beside them, the same for
//! OPA's API; and the requests.

use anyhow::{Context, Result};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// What one server answers by.
pub struct Repository {
    /// What the table calls it.
    pub name: &'static str,
    policies: usize,
    recorded: bool,
    /// Pods that exist already.
    pods: usize,
}

/// The servers of the table.
pub const REPOSITORIES: [Repository; 4] = [
    Repository { name: "10 policies", policies: 10, recorded: false, pods: 0 },
    Repository { name: "10, recorded", policies: 10, recorded: true, pods: 0 },
    Repository { name: "1000 policies", policies: 1_000, recorded: false, pods: 0 },
    Repository { name: "10000 pods", policies: 10, recorded: false, pods: 10_000 },
];

/// Of the policies so many are about pods.
const ABOUT_PODS: [(&str, &str); 2] = [
    (
        "image",
        "\tsome container in object.spec.containers\n\tnot startswith(container.image, \"registry.internal/\")\n\
         \tmessage := sprintf(\"%s comes from elsewhere\", [container.image])\n",
    ),
    (
        "root",
        "\tsome container in object.spec.containers\n\tnot container.securityContext.runAsNonRoot\n\
         \tmessage := sprintf(\"%s may run as root\", [container.name])\n",
    ),
];

impl Repository {
    /// Writes it below `root`. Templates of Gatekeeper's library are taken from `templates`, where that is there.
    pub fn write(&self, root: &Path, templates: Option<&Path>) -> Result<PathBuf> {
        let folder = root.join(self.name.replace([' ', ','], "-"));
        let policies = folder.join("policies");
        fs::create_dir_all(&policies)?;
        let mut configuration = "policies: [policies]\n".to_owned();
        if self.recorded {
            // What is written beside `provost.yaml` wakes whoever watches that.
            fs::create_dir_all(folder.join("record"))?;
            configuration.push_str("record: {path: record/decisions.db}\n");
        }
        if self.pods > 0 {
            configuration.push_str("admission: {inventory: [pods.json]}\n");
            fs::write(folder.join("pods.json"), pods(self.pods))?;
            if let Some(templates) = templates {
                copy_templates(templates, &policies)?;
            }
        }
        fs::write(folder.join("provost.yaml"), configuration)?;
        let mut all = "package main\n\ndeny contains message if some message in violations\n\n".to_owned();
        for index in 0..self.policies {
            let kind = if index < ABOUT_PODS.len() { "Pod".to_owned() } else { format!("Kind{index}") };
            let (name, body) = ABOUT_PODS.get(index).copied().unwrap_or(("other", ABOUT_PODS[0].1));
            let governed = format!(
                "# METADATA\n# custom:\n#   provost:\n#     id: P-{index}\n#     input: request\n#     kinds: [{kind}]\n\
                 package governed.p{index}_{name}\n\nobject := input.object\n\ndeny contains message if {{\n{body}}}\n"
            );
            fs::write(policies.join(format!("p{index}.rego")), governed)?;
            write!(
                all,
                "violations contains message if {{\n\tinput.request.kind.kind == \"{kind}\"\n\tobject := input.request.object\n{body}}}\n\n"
            )?;
        }
        // Asked over OPA's API alone: at admission it would be a policy over documents.
        fs::write(policies.join("main.rego"), all.replace("deny contains message if", "answer contains message if"))?;
        Ok(folder)
    }
}

/// A list of pods of about 3 KB each.
fn pods(count: usize) -> String {
    let container = |name: &str| {
        format!(
            r#"{{"name":"{name}","image":"registry.internal/team/{name}@sha256:{digest}","command":["python","-m","{name}"],"env":[{{"name":"EPOCHS","value":"12"}},{{"name":"BUCKET","value":"s3://experiments/{name}/2026"}}],"resources":{{"limits":{{"cpu":"8","memory":"64Gi"}},"requests":{{"cpu":"4","memory":"32Gi"}}}},"securityContext":{{"runAsNonRoot":true,"allowPrivilegeEscalation":false}},"volumeMounts":[{{"name":"data","mountPath":"/data"}},{{"name":"checkpoints","mountPath":"/checkpoints"}}],"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"}}"#,
            digest = "5e2bf7d0a1".repeat(6)
        )
    };
    let containers: Vec<_> = ["trainer", "sidecar", "metrics", "loader"].map(container).into();
    let containers = containers.join(",");
    let pod = |number: usize| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"train-{number}","namespace":"team-{team}","uid":"705ab4f5-6393-11e8-b7cc-{number:012}","resourceVersion":"{number}","creationTimestamp":"2026-01-01T00:00:00Z","labels":{{"team":"nlp","cost-centre":"4711","run":"{number}"}}}},"spec":{{"containers":[{containers}],"restartPolicy":"Never","nodeName":"node-{node}","serviceAccountName":"trainer","tolerations":[{{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}}]}},"status":{{"phase":"Running","podIP":"10.0.{team}.{node}","startTime":"2026-01-01T00:00:05Z"}}}}"#,
            team = number % 50,
            node = number % 200,
        )
    };
    let pods: Vec<_> = (0..count).map(pod).collect();
    format!(r#"{{"apiVersion":"v1","kind":"List","items":[{}]}}"#, pods.join(","))
}

/// The templates and constraints of a library, each file under a name of its own.
fn copy_templates(from: &Path, to: &Path) -> Result<()> {
    let mut folders = vec![from.to_owned()];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("`{}`", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "template.yaml") {
                fs::copy(&path, to.join(format!("template-{count}.yaml")))?;
                count += 1;
            }
        }
    }
    Ok(())
}

/// The body of a request to `path`: an `AdmissionReview` of about 3 KB, as an API server sends it or as the input of OPA's API.
pub fn body(path: &str) -> Vec<u8> {
    match path.starts_with("/v1/data") {
        true => format!(r#"{{"input":{}}}"#, review()).into_bytes(),
        false => review().into_bytes(),
    }
}

/// A pod that asks to be created.
fn review() -> String {
    let container = |name: &str| {
        format!(
            r#"{{"name":"{name}","image":"registry.internal/team/{name}@sha256:{digest}","command":["python","-m","{name}"],"env":[{{"name":"EPOCHS","value":"12"}},{{"name":"BATCH","value":"64"}},{{"name":"BUCKET","value":"s3://experiments/{name}/2026"}}],"resources":{{"limits":{{"cpu":"8","memory":"64Gi","nvidia.com/gpu":"2"}},"requests":{{"cpu":"4","memory":"32Gi","nvidia.com/gpu":"2"}}}},"securityContext":{{"runAsNonRoot":true,"allowPrivilegeEscalation":false}},"volumeMounts":[{{"name":"data","mountPath":"/data"}},{{"name":"checkpoints","mountPath":"/checkpoints"}}]}}"#,
            digest = "5e2bf7d0a1".repeat(6)
        )
    };
    let containers: Vec<_> = ["trainer", "sidecar", "metrics", "loader"].map(container).into();
    format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"705ab4f5-6393-11e8-b7cc-42010a800002","kind":{{"group":"","version":"v1","kind":"Pod"}},"resource":{{"group":"","version":"v1","resource":"pods"}},"namespace":"research","operation":"CREATE","userInfo":{{"username":"system:serviceaccount:research:trainer","groups":["system:serviceaccounts","system:authenticated"]}},"object":{{"apiVersion":"v1","kind":"Pod","metadata":{{"generateName":"train-","namespace":"research","labels":{{"team":"nlp","cost-centre":"4711"}}}},"spec":{{"containers":[{}],"restartPolicy":"Never","volumes":[{{"name":"data","emptyDir":{{}}}},{{"name":"checkpoints","persistentVolumeClaim":{{"claimName":"checkpoints"}}}}]}}}},"dryRun":false}}}}"#,
        containers.join(",")
    )
}
