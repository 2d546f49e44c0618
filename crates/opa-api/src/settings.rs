//! What an organisation tells the API about itself.

use crate::bundle::BundleSettings;
use crate::signature::SigningKey;
use http_documents::{BodyLimits, Compression};
use rego::Limits;
use rego::syntax::ast::Dialect;
use std::collections::BTreeMap;
use std::sync::Arc;
use value::Frozen;

/// How the API behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether policies may be put and deleted through the API, and below which names of `data`: `Some(vec![])` is anywhere.
    /// What is put there can decide nothing outside of it. None by default: who can reach the API cannot change what it says.
    pub policies_root: Option<Vec<String>>,
    /// Most policies that may be put through the API.
    pub policies_max: usize,
    /// The longest policy that may be put through the API.
    pub policy_bytes_max: usize,
    /// The document that `POST /` asks for, below `data`.
    pub default_decision: Vec<String>,
    /// What modules are written in that do not say it: those that are put through the API, and those of bundles without a
    /// `rego_version`.
    pub dialect: Dialect,
    /// How much of a body is too much.
    pub body: BodyLimits,
    /// Which responses are compressed.
    pub compression: Compression,
    /// What one evaluation may use.
    pub evaluation: Limits,
    /// Whether queries that callers write may send requests, and not only policies. Neither can where the host sends nothing.
    pub queries_send_http: bool,
    /// Most steps in an explanation.
    pub explanation_steps_max: usize,
    /// What this process is called in status, decision log and configuration, such as `{"region": "eu-1"}`.
    pub labels: BTreeMap<String, String>,
    /// Bundles by name.
    pub bundles: BTreeMap<String, BundleSettings>,
    /// The keys that bundles may be signed with, by id.
    pub keys: BTreeMap<String, SigningKey>,
    /// How decisions are logged.
    pub decision_log: DecisionLogSettings,
    /// What else `/v1/config` shows: an object. It must hold no secrets.
    pub configuration: Option<Arc<Frozen>>,
    /// What `provenance` tells of this binary.
    pub build: Build,
}

/// What a binary is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// Its version.
    pub version: String,
    /// The commit it was built from; may be empty.
    pub commit: String,
    /// When, in RFC 3339; may be empty.
    pub timestamp: String,
    /// Where; may be empty.
    pub hostname: String,
}

/// How decisions are logged, once there is something to log them to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionLogSettings {
    /// The document that says what to take out of events, below `data`.
    pub mask_decision: Vec<String>,
    /// The document that says which events are not logged, below `data`.
    pub drop_decision: Vec<String>,
    /// Whether events hold what nondeterministic builtins answered.
    pub nd_builtin_cache: bool,
}

impl Default for DecisionLogSettings {
    fn default() -> Self {
        Self {
            mask_decision: names(&["system", "log", "mask"]),
            drop_decision: names(&["system", "log", "drop"]),
            nd_builtin_cache: false,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            policies_root: None,
            policies_max: 10_000,
            policy_bytes_max: 4 << 20,
            default_decision: names(&["system", "main"]),
            dialect: Dialect::default(),
            body: BodyLimits::default(),
            compression: Compression::default(),
            evaluation: Limits { steps_max: 100_000_000, memory_bytes_max: 1 << 30, ..Limits::default() },
            queries_send_http: false,
            explanation_steps_max: 10_000,
            labels: BTreeMap::new(),
            bundles: BTreeMap::new(),
            keys: BTreeMap::new(),
            decision_log: DecisionLogSettings::default(),
            configuration: None,
            build: Build { version: env!("CARGO_PKG_VERSION").to_owned(), ..Build::default() },
        }
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
