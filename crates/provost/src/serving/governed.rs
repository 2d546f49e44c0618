//! The policies that a server answers by, and reading them again.

use super::cluster::{Base, ClusterInventory};
use super::{needs, options};
use crate::evaluation_limits;
use crate::governance::{self, Governance, GovernanceArguments};
use crate::outgoing::{Outgoing, OutgoingArguments};
use crate::output::Output;
use crate::recording;
use crate::system_host::SystemHost;
use admission::Admission;
use anyhow::Result;
use decide_api::DecideApi;
use decision::Scrubber;
use gatekeeper::InventoryKind;
use opa_api::{Api, Files};
use rego::{Evaluator, Observer, Suite, TestOutcome, TestSurroundings};
use report::Style;
use repository::{CONFIGURATION_NAME, Configuration};
use server::{AuthorizationOptions, AuthorizationPolicy, Handle, ReloadState};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use value::{Diagnostic, Frozen};

/// Tests that fail are named up to this many.
const NAMED_TESTS_MAX: usize = 5;

/// Policies that were read and found right.
pub(crate) struct Loaded {
    pub(crate) configuration: Configuration,
    pub(crate) root: Option<PathBuf>,
    pub(crate) authorization: AuthorizationOptions,
    /// For OPA's API.
    pub(crate) files: Files,
    /// For decisions about resources.
    pub(crate) governance: Arc<point::Governance>,
    /// What is read again when it changes.
    pub(crate) watched: Vec<PathBuf>,
    /// The kinds of objects that the inventory must hold, where it comes from the cluster.
    pub(crate) kinds: Vec<InventoryKind>,
    /// In a few words.
    pub(crate) summary: String,
}

impl Loaded {
    /// Reads what the arguments name, and runs the tests of the policies if that is asked for.
    ///
    /// # Errors
    /// What is wrong, as text for people. A server answers by all of its policies or by the ones before.
    pub(crate) fn read(
        arguments: &GovernanceArguments,
        sending: &OutgoingArguments,
        tests: TestsBefore,
        output: &Output,
    ) -> Result<Self, String> {
        let loaded = Governance::load(arguments, &[]).map_err(|error| format!("error: {error:#}\n"))?;
        let Governance { repository, policies, data, gatekeeper, mut diagnostics, .. } = loaded;
        // Policies may come in bundles or through the API.
        diagnostics.retain(|diagnostic| diagnostic.code != "no_policy");
        let authorization = options::authorization(&repository).unwrap_or_else(|mistakes| {
            diagnostics.extend(mistakes);
            AuthorizationOptions::Grants(Some(Vec::new()))
        });
        if !diagnostics.is_empty() {
            return Err(rendered(&diagnostics, &output.error_style));
        }
        let configuration = repository.configuration.clone();
        let dialect = governance::dialect(&configuration);
        if tests == TestsBefore::Always || (tests == TestsBefore::AsConfigured && configuration.server.test_before_swap)
        {
            let sources = repository.files.modules.iter().chain(&repository.files.tests);
            // Tests have a cache of their own: what they are told is nobody else's answer.
            let outgoing = sending.outgoing(&configuration.http_send);
            let host = SystemHost { output, outgoing: &outgoing };
            test(sources.map(Arc::clone).collect(), &configuration, &data, &host)?;
        }
        let kinds = match &configuration.admission.cluster {
            Some(settings) => needs::kinds(settings, &repository, dialect, &policies, &gatekeeper)?,
            None => Vec::new(),
        };
        let revisions = recording::revisions(&repository, &policies);
        let modules = repository.files.modules.iter().map(|source| (Arc::clone(source), dialect)).collect();
        let files = Files { modules, data: Arc::clone(&data), data_revision: revisions.data.clone() };
        let count = repository.files.modules.len() + repository.files.manifests.len();
        let summary = format!("{} policies in {count} files", policies.len());
        let watched = watched(arguments, &configuration, repository.root.as_ref());
        let governance = Arc::new(point::Governance {
            policies,
            settings: configuration.settings.clone(),
            on_unknown: configuration.on_unknown,
            revisions: Arc::new(revisions),
        });
        let root = repository.root;
        Ok(Self { configuration, root, authorization, files, governance, watched, kinds, summary })
    }
}

/// Whether the tests of policies must hold before they are answered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TestsBefore {
    /// They must.
    Always,
    /// provost.yaml says.
    AsConfigured,
}

fn rendered(diagnostics: &[Diagnostic], style: &Style) -> String {
    report::diagnostics::render(diagnostics, &Scrubber::default(), style)
}

fn watched(arguments: &GovernanceArguments, configuration: &Configuration, root: Option<&PathBuf>) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = arguments.policies.iter().chain(&arguments.data).cloned().collect();
    if let Some(root) = root {
        paths.push(root.join(CONFIGURATION_NAME));
        let authorization = configuration.server.authorization.as_ref();
        let named = authorization.iter().flat_map(|policy| policy.policies.iter().chain(&policy.data));
        let inventory = &configuration.admission.inventory;
        let named = named.chain(&configuration.policies).chain(&configuration.data).chain(inventory);
        paths.extend(named.map(|path| root.join(path)));
    }
    paths
}

/// Runs the tests of policies, all of which must hold.
fn test(
    sources: Vec<Arc<value::Source>>,
    configuration: &Configuration,
    data: &Frozen,
    host: &SystemHost<'_>,
) -> Result<(), String> {
    let output = host.output;
    let dialect = governance::dialect(configuration);
    let mut modules = Vec::new();
    let mut diagnostics = Vec::new();
    for source in &sources {
        let (module, mistakes) = rego::syntax::parse_module(source, dialect);
        modules.push(module);
        diagnostics.extend(mistakes);
    }
    if !diagnostics.is_empty() {
        return Err(rendered(&diagnostics, &output.error_style));
    }
    let suite = Suite::new(modules).map_err(|mistakes| rendered(&mistakes, &output.error_style))?;
    let limits = evaluation_limits::limits(&configuration.limits.evaluation);
    let surroundings = TestSurroundings { data: data.root(), host, limits };
    let (mut evaluator, mut observer) = (Evaluator::new(limits), Observer::default());
    let outcomes = suite.tests().iter().map(|test| {
        let outcome = suite.run(test, &surroundings, &mut evaluator, &mut observer).outcome;
        (test.full_name(), outcome)
    });
    let failed: Vec<String> = outcomes
        .filter(|(_, outcome)| matches!(outcome, TestOutcome::Failed | TestOutcome::Error))
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    let named = failed.iter().take(NAMED_TESTS_MAX).cloned().collect::<Vec<_>>().join(", ");
    let more = failed.len().saturating_sub(NAMED_TESTS_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(format!("error: tests fail: {named}{more}\nhelp: `provost test` shows why\n"))
}

/// The points that answer by policies, and how to give them others.
pub(crate) struct Governed {
    pub(crate) arguments: GovernanceArguments,
    pub(crate) sending: OutgoingArguments,
    pub(crate) outgoing: Arc<Outgoing>,
    pub(crate) tests: TestsBefore,
    pub(crate) opa: Arc<Api>,
    pub(crate) decide: Arc<DecideApi>,
    pub(crate) admission: Arc<Admission>,
    /// What exists, where it comes from the cluster.
    pub(crate) cluster: Option<Arc<ClusterInventory>>,
    pub(crate) handle: Handle,
    pub(crate) state: Arc<ReloadState>,
    pub(crate) output: Output,
    /// What was watched last, for when what is on disk does not say what to watch.
    pub(crate) watched: Mutex<Vec<PathBuf>>,
}

impl Governed {
    /// Reads everything again. All of it holds from now on, or nothing of it. Returns what to watch.
    pub(crate) fn reload(&self) -> Vec<PathBuf> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        match Loaded::read(&self.arguments, &self.sending, self.tests, &self.output) {
            Ok(loaded) => {
                watched.clone_from(&loaded.watched);
                match self.swap(loaded) {
                    Ok(summary) => self.state.succeeded(summary),
                    Err(reason) => self.state.failed(reason),
                }
            }
            Err(reason) => self.state.failed(reason.trim_end()),
        }
        watched.clone()
    }

    fn swap(&self, loaded: Loaded) -> Result<String, String> {
        let style = &self.output.error_style;
        let configured = &loaded.configuration.admission.cluster;
        let as_configured = match (&self.cluster, configured) {
            (Some(cluster), Some(settings)) => cluster.is_as_configured(settings),
            (cluster, settings) => cluster.is_none() && settings.is_none(),
        };
        if !as_configured {
            return Err(
                "how the cluster is followed (`admission.cluster`) is read at the start alone: start again".to_owned()
            );
        }
        let authorization =
            AuthorizationPolicy::compile(loaded.authorization).map_err(|error| rendered(&error.diagnostics, style))?;
        self.opa.replace_files(&loaded.files).map_err(|mistakes| rendered(&mistakes, style))?;
        // From here on nothing can fail.
        self.outgoing.replace(&self.sending, &loaded.configuration.http_send);
        let settings = options::admission(&loaded.configuration);
        match &self.cluster {
            Some(cluster) => {
                let base = Base { governance: loaded.governance, data: loaded.files.data };
                cluster.replace(settings, base, &loaded.kinds);
            }
            None => {
                self.admission.replace(settings, Arc::clone(&loaded.governance));
                self.decide.replace(loaded.governance);
            }
        }
        self.handle.replace_authorization(authorization);
        Ok(loaded.summary)
    }
}
