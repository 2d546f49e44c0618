//! The section `admission` of `provost.yaml`: what Kubernetes admission goes by besides policies.

use crate::fields::Mistakes;
use value::{Pointer, Value};

const KEYS: [&str; 5] = ["inventory", "exempt_namespaces", "namespaces", "label", "api_servers"];

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
    /// Namespaces in which everything is admitted.
    pub exempt_namespaces: Vec<String>,
    /// In which of the others admission is enforced.
    pub scope: AdmissionScope,
    /// The label of namespaces that opt in; its value is `enforce`.
    pub label: String,
    /// The subjects, as their credentials name them, whose word counts about who asks.
    pub api_servers: Vec<String>,
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
                "api_servers" => settings.api_servers = mistakes.texts(&at, value),
                _ => {}
            }
        }
        settings
    }
}
