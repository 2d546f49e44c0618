//! The section `admission` of `provost.yaml`: what Kubernetes admission goes by besides policies.

use crate::fields::Mistakes;
use crate::server_settings::{VERIFIED_BY, words};
use value::{Pointer, Value};

const KEYS: [&str; 6] = ["inventory", "cluster", "exempt_namespaces", "namespaces", "label", "api_servers"];

const CLUSTER_KEYS: [&str; 5] = ["watch", "kubeconfig", "context", "age_s_max", "objects_max"];

const KIND_KEYS: [&str; 3] = ["group", "version", "kind"];

/// The label by which namespaces opt in.
pub const ADMISSION_LABEL: &str = "provost.dev/admission";

/// Namespaces without which a cluster does not run, and Provost's own: a webhook that could refuse what starts it could keep itself
/// from ever starting.
pub const EXEMPT_NAMESPACES: [&str; 3] = ["kube-system", "kube-node-lease", "provost-system"];

/// What admission goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdmissionSettings {
    /// Files and folders with manifests of what exists, relative to `provost.yaml`.
    pub inventory: Vec<String>,
    /// What exists, from an API server and not from files.
    pub cluster: Option<ClusterSettings>,
    /// Namespaces in which everything is admitted.
    pub exempt_namespaces: Vec<String>,
    /// In which of the others admission is enforced.
    pub scope: AdmissionScope,
    /// The label of namespaces that opt in; its value is `enforce`.
    pub label: String,
    /// Whose word counts about who asks.
    pub api_servers: Vec<ApiServerSettings>,
}

/// An API server, as it proves to be one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiServerSettings {
    /// The subject that its credential names.
    pub subject: String,
    /// What must have verified it: a client certificate, where nothing is said.
    pub verified_by: Vec<String>,
}

/// How an API server is asked what exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterSettings {
    /// The kinds of objects; none for those that the policies need.
    pub watch: Option<Vec<WatchedKind>>,
    /// A kubeconfig file, relative to `provost.yaml`; none for the pod's service account, or what the environment names.
    pub kubeconfig: Option<String>,
    /// The context in it; none for its current one.
    pub context: Option<String>,
    /// After so many seconds without a word of the API server nothing is known any more.
    pub age_s_max: Option<u64>,
    /// More objects than these are not kept.
    pub objects_max: Option<u64>,
}

/// A kind of object that is watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchedKind {
    /// Its group, empty for the core group; none for any group that has it.
    pub group: Option<String>,
    /// Its version; none for the one that the API server prefers.
    pub version: Option<String>,
    /// `Pod`
    pub kind: String,
}

/// In which namespaces admission is enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdmissionScope {
    /// In those that carry the label.
    #[default]
    Labelled,
    /// In all but the exempt ones.
    All,
}

impl Default for AdmissionSettings {
    fn default() -> Self {
        Self {
            inventory: Vec::new(),
            cluster: None,
            exempt_namespaces: EXEMPT_NAMESPACES.map(str::to_owned).to_vec(),
            scope: AdmissionScope::default(),
            label: ADMISSION_LABEL.to_owned(),
            api_servers: Vec::new(),
        }
    }
}

impl AdmissionSettings {
    /// Reads the section.
    pub(crate) fn read(mistakes: &mut Mistakes<'_>, at: &Pointer, section: Value<'_>) -> Self {
        let mut settings = Self::default();
        mistakes.refuse_unknown(at, section, &KEYS);
        for (at, key, value) in mistakes.entries(at, section) {
            match key {
                "inventory" => settings.inventory = mistakes.texts(&at, value),
                "cluster" => settings.cluster = Some(ClusterSettings::read(mistakes, &at, value)),
                "exempt_namespaces" => settings.exempt_namespaces = mistakes.texts(&at, value),
                "namespaces" => {
                    let words = [("labelled", AdmissionScope::Labelled), ("all", AdmissionScope::All)];
                    settings.scope = mistakes.word(&at, "choice", value, &words).unwrap_or_default();
                }
                "label" => {
                    if let Some(label) = mistakes.text(&at, value) {
                        label.clone_into(&mut settings.label);
                    }
                }
                "api_servers" => settings.api_servers = ApiServerSettings::read_all(mistakes, &at, value),
                _ => {}
            }
        }
        if settings.cluster.is_some() && !settings.inventory.is_empty() {
            let message = "what exists comes from files (`inventory`) or from the cluster (`cluster`), not from both";
            mistakes.add(&at.join("cluster"), message, "take one of them away");
        }
        settings
    }
}

impl ApiServerSettings {
    fn read_all(mistakes: &mut Mistakes<'_>, at: &Pointer, list: Value<'_>) -> Vec<Self> {
        let Some(items) = list.as_array() else { return vec![Self::read(mistakes, at, list)] };
        (0..).zip(items.iter()).map(|(index, item)| Self::read(mistakes, &at.join(index), item)).collect()
    }

    /// A subject, or an object that says what verified it too.
    fn read(mistakes: &mut Mistakes<'_>, at: &Pointer, item: Value<'_>) -> Self {
        let mut read = Self::default();
        if item.as_object().is_some() {
            mistakes.refuse_unknown(at, item, &["subject", "verified_by"]);
            for (at, key, value) in mistakes.entries(at, item) {
                match key {
                    "subject" => read.subject = mistakes.text(&at, value).unwrap_or_default().to_owned(),
                    "verified_by" => {
                        read.verified_by = words(mistakes, &at, value, "way to verify a caller", &VERIFIED_BY);
                    }
                    _ => {}
                }
            }
            if read.subject.is_empty() {
                mistakes.add(at, "it names no `subject`", "write `{subject: kube-apiserver, verified_by: [oidc]}`");
            }
        } else {
            read.subject = mistakes.text(at, item).unwrap_or_default().to_owned();
        }
        if read.verified_by.is_empty() {
            read.verified_by = vec!["mtls".to_owned()];
        }
        read
    }
}

impl ClusterSettings {
    fn read(mistakes: &mut Mistakes<'_>, at: &Pointer, section: Value<'_>) -> Self {
        let mut settings = Self::default();
        mistakes.refuse_unknown(at, section, &CLUSTER_KEYS);
        for (at, key, value) in mistakes.entries(at, section) {
            match key {
                "watch" => settings.watch = Some(WatchedKind::read_all(mistakes, &at, value)),
                "kubeconfig" => settings.kubeconfig = mistakes.text(&at, value).map(str::to_owned),
                "context" => settings.context = mistakes.text(&at, value).map(str::to_owned),
                "age_s_max" => settings.age_s_max = mistakes.positive(&at, value),
                "objects_max" => settings.objects_max = mistakes.positive(&at, value),
                _ => {}
            }
        }
        settings
    }
}

impl WatchedKind {
    fn read_all(mistakes: &mut Mistakes<'_>, at: &Pointer, list: Value<'_>) -> Vec<Self> {
        let Some(items) = list.as_array() else {
            mistakes.add(at, "`watch` must be an array of kinds", "write `- {version: v1, kind: Pod}`");
            return Vec::new();
        };
        (0..).zip(items.iter()).map(|(index, item)| Self::read(mistakes, &at.join(index), item)).collect()
    }

    fn read(mistakes: &mut Mistakes<'_>, at: &Pointer, item: Value<'_>) -> Self {
        let mut read = Self::default();
        mistakes.refuse_unknown(at, item, &KIND_KEYS);
        for (at, key, value) in mistakes.entries(at, item) {
            let text = mistakes.text(&at, value).map(str::to_owned);
            match key {
                "group" => read.group = text,
                "version" => read.version = text,
                "kind" => read.kind = text.unwrap_or_default(),
                _ => {}
            }
        }
        if read.kind.is_empty() {
            mistakes.add(at, "it names no `kind`", "write `{version: v1, kind: Pod}`");
        }
        // As in Gatekeeper's SyncSets, where no group is said the core group is meant.
        if read.version.is_some() && read.group.is_none() {
            read.group = Some(String::new());
        }
        read
    }
}
