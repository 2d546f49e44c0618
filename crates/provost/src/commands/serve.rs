//! `provost serve`

use crate::Ending;
use crate::evaluation_limits;
use crate::governance::{self, Governance, GovernanceArguments};
use crate::outgoing::OutgoingArguments;
use crate::output::Output;
use crate::problem::Problem;
use crate::recording;
use crate::serving::{
    self, Base, BundlePolls, ClusterInventory, Governed, Loaded, LogFormat, LogLevel, RecordNumbers, ServerArguments,
    ServingHost, TestsBefore,
};
use admission::{Admission, Endpoint, Registration};
use anyhow::{Context, Result};
use clap::Args;
use decide_api::DecideApi;
use decision::Append;
use host::Host;
use jiff::Timestamp;
use opa_api::{Api, Build, Surroundings};
use point::{Condition, Point, RecordWait};
use record::{Reader, Record};
use repository::{AdmissionScope, Configuration};
use server::{Conditions, FileWatch, OwnFiles, ReloadState, Server, ServerError};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use value::Arena;
use value::json::{self, ParseLimits};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost serve                                      the repository around here, on 127.0.0.1:8181
  provost serve -p policies/ -d data/                policies and data that are named
  provost serve -a :8443 --tls-certificate tls/server.crt --tls-key tls/server.key \\
      --tls-client-authorities tls/ca.crt            reached from elsewhere; see `provost certs`
  provost serve --print-webhooks | kubectl apply -f -  what a cluster is told about it
  provost serve -a unix:///run/provost.sock          a unix socket that only this user may use

Answers OPA's REST API (`/v1/data`, ...), `POST /v1/decide`, a Kubernetes API server's `/v1/admit` and `/v1/mutate`,
`/health/ready` and `/metrics`. Policies, data, certificates,
tokens and who may do what are read again when their files change; addresses and limits are not.

Exit codes: 0 it was told to stop and all requests were answered, 2 it could not start, or some were cut off.")]
pub(crate) struct ServeArguments {
    #[command(flatten)]
    governance: GovernanceArguments,

    #[command(flatten)]
    server: ServerArguments,

    /// Answer by changed policies only when their tests hold.
    #[arg(long)]
    test_before_swap: bool,

    /// Print the webhook configurations that the policies need, for `kubectl apply -f -`, and end.
    #[arg(long)]
    print_webhooks: bool,

    /// The authority that signed the server's certificate. Without it that of `ca.crt` beside the certificate, and where there is
    /// none either, cert-manager is asked to fill it in.
    #[arg(long, value_name = "FILE", requires = "print_webhooks")]
    ca_bundle: Option<PathBuf>,

    /// The Service in front of the server.
    #[arg(long, value_name = "NAMESPACE/NAME", requires = "print_webhooks", default_value = "provost-system/provost")]
    service: String,

    /// Where the API server finds the server when that stands outside of the cluster, such as `https://provost.example:8443`.
    #[arg(long, value_name = "URL", requires = "print_webhooks", conflicts_with = "service", value_parser = webhook_url)]
    webhook_url: Option<String>,

    /// How to log.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,

    /// How much to log.
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: LogLevel,

    /// Log every request.
    #[arg(long)]
    log_requests: bool,

    #[command(flatten)]
    outgoing: OutgoingArguments,
}

impl ServeArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        if self.print_webhooks {
            return self.print_webhooks(output);
        }
        serving::start_logging(self.log_format, self.log_level, self.log_requests);
        let tests = if self.test_before_swap { TestsBefore::Always } else { TestsBefore::AsConfigured };
        let loaded = match Loaded::read(&self.governance, &self.outgoing, tests, output) {
            Ok(loaded) => loaded,
            Err(reason) => {
                output.complain(&reason);
                return Ok(Ending::Incomplete);
            }
        };
        let root = loaded.root.as_deref().unwrap_or(Path::new("."));
        let mut options = serving::options(&self.server, &loaded.configuration.server, root)?;
        let conditions = options.conditions.clone();
        let record = open_record(&loaded, &conditions)?;
        let watch_interval = options.watch_interval;
        options.authorization = loaded.authorization;

        let http_send = &loaded.configuration.http_send;
        let outgoing = Arc::new(self.outgoing.outgoing(http_send));
        let host: Arc<dyn Host + Send + Sync> = Arc::new(ServingHost::new(*output, Arc::clone(&outgoing)));
        // A thread that waits for another machine computes nothing meanwhile, and takes no place of one that does.
        options.limits.slow_threads_max =
            options.limits.slow_threads().saturating_add(self.outgoing.waiting_max(http_send));
        let mut settings = opa_settings(&loaded.configuration);
        let serving::Bundles { settings: bundles, keys, remotes } =
            serving::bundles(&loaded.configuration.server, root)?;
        (settings.bundles, settings.keys) = (bundles, keys);
        let opa = Api::new(settings, &loaded.files, Arc::clone(&host));
        let mut opa = match opa {
            Ok(opa) => opa.with_surroundings(Arc::new(Around(conditions))),
            Err(mistakes) => {
                let scrubber = decision::Scrubber::default();
                output.complain(&report::diagnostics::render(&mistakes, &scrubber, &output.error_style));
                return Ok(Ending::Incomplete);
            }
        };
        let base = Base { governance: loaded.governance, data: Arc::clone(&loaded.files.data) };
        let cluster = match &loaded.configuration.admission.cluster {
            Some(settings) => Some(Arc::new(ClusterInventory::start(settings, root, &loaded.kinds)?)),
            None => None,
        };
        let governance =
            cluster.as_ref().map_or_else(|| Arc::clone(&base.governance), |cluster| cluster.governance(&base));
        let mut admission = Admission::new(
            serving::admission_settings(&loaded.configuration),
            Arc::clone(&governance),
            Arc::clone(&host),
        );
        let mut decide = DecideApi::new(decide_api::Settings::default(), governance, host);
        if let Some(record) = &record {
            let appended: Arc<dyn Append> = Arc::clone(record) as _;
            opa = opa.with_record(Arc::clone(&appended), RecordWait::InResponse);
            decide = decide.with_record(Arc::clone(&appended), RecordWait::InResponse);
            admission = admission.with_record(appended, RecordWait::InResponse);
        }
        let (opa, decide, admission) = (Arc::new(opa), Arc::new(decide), Arc::new(admission));
        let mut points: Vec<Arc<dyn Point>> = vec![opa.clone(), decide.clone(), admission.clone()];
        if let Some(cluster) = &cluster {
            cluster.decides(base, Arc::clone(&admission), Arc::clone(&decide));
            let asked = Arc::clone(cluster);
            options.conditions.add(move || vec![asked.condition()]);
            points.push(Arc::clone(cluster) as _);
        }
        points.extend(record.iter().map(|record| Arc::new(RecordNumbers::of(record)) as _));
        let server = Server::bind(options, points).map_err(|error| problem(&error, output))?;

        let polls = BundlePolls::start(&opa, remotes)
            .map_err(|error| Problem::new(format!("bundles cannot be looked for: {error}"), ""))?;
        let handle = server.handle();
        let state = Arc::new(ReloadState::new("policies", loaded.summary));
        handle.add_reload(Arc::clone(&state));
        let governed = Governed {
            arguments: self.governance,
            sending: self.outgoing,
            outgoing,
            tests,
            opa,
            decide,
            admission,
            cluster,
            handle,
            state,
            output: *output,
            watched: Mutex::new(loaded.watched.clone()),
        };
        let own = OwnFiles::new(record.iter().map(|record| record.path().to_path_buf()));
        let watch = FileWatch::start(loaded.watched, own, watch_interval, move || Some(governed.reload()))
            .map_err(|error| Problem::new(format!("files cannot be watched: {error}"), ""))?;
        let listening = server.listening();
        let mut told = Ok(());
        let tell = || {
            told = listening.iter().try_for_each(|listening| {
                let what = if listening.diagnostic { "health and metrics" } else { "listening" };
                output.print(&format!("{what} on {}\n", listening.url))
            });
        };
        let ended = server.run(true, tell).map_err(|error| problem(&error, output))?;
        told?;
        drop((watch, polls));
        drop(record);
        Ok(if ended.aborted == 0 { Ending::Allowed } else { Ending::Incomplete })
    }
}

impl ServeArguments {
    fn print_webhooks(&self, output: &Output) -> Result<Ending> {
        let governance = Governance::load(&self.governance, &[])?;
        if !governance.diagnostics.is_empty() {
            let scrubber = decision::Scrubber::default();
            output.complain(&report::diagnostics::render(&governance.diagnostics, &scrubber, &output.error_style));
            return Ok(Ending::Incomplete);
        }
        let configuration = &governance.repository.configuration;
        let root = governance.repository.root.as_deref().unwrap_or(Path::new("."));
        let authority = self.authority(configuration, root)?;
        let endpoint = match (&self.webhook_url, self.service.split_once('/')) {
            (Some(url), _) => Endpoint::Url(url),
            (None, Some((namespace, name))) => Endpoint::Service { namespace, name },
            (None, None) => {
                let message = format!("`{}` names no Service", self.service);
                return Err(
                    Problem::new(message, "write the namespace and the name, as in `provost-system/provost`").into()
                );
            }
        };
        let admission = &configuration.admission;
        let registration = Registration {
            endpoint,
            authority: authority.as_deref(),
            exempt_namespaces: &admission.exempt_namespaces,
            label: (admission.scope == AdmissionScope::Labelled).then_some(admission.label.as_str()),
        };
        let configurations = admission::configurations(&governance.policies, &governance.gatekeeper, &registration);
        if configurations.is_empty() {
            output.complain("no policy is about Kubernetes, so there is nothing to ask about\n");
        }
        let arena = Arena::new();
        let mut documents = Vec::with_capacity(configurations.len());
        for configuration in &configurations {
            let parsed = json::parse(&arena, configuration.to_string().as_bytes(), &ParseLimits::default())?;
            documents.push(formats::yaml::to_string(parsed));
        }
        output.print(&documents.join("---\n"))?;
        Ok(Ending::Allowed)
    }

    /// The authority that the API server is to trust.
    fn authority(&self, configuration: &Configuration, root: &Path) -> Result<Option<String>> {
        let read = |path: &Path| {
            fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display())).map(Some)
        };
        if let Some(path) = &self.ca_bundle {
            return read(path);
        }
        let certificate = configuration.server.tls.as_ref().map(|tls| root.join(&tls.certificate));
        let certificate = self.server.certificate().map(Path::to_path_buf).or(certificate);
        match certificate.map(|certificate| certificate.with_file_name("ca.crt")) {
            Some(beside) if beside.exists() => read(&beside),
            _ => Ok(None),
        }
    }
}

/// API servers call webhooks by HTTPS only, and each of the two has a path of its own.
fn webhook_url(text: &str) -> Result<String, String> {
    let url: http::Uri = text.parse().map_err(|_| "it is no URL".to_owned())?;
    if url.scheme_str() != Some("https") || url.host().is_none_or(str::is_empty) {
        return Err("API servers call webhooks at `https://` URLs alone".to_owned());
    }
    if url.path() != "/" || url.query().is_some() || text.contains(['#', '@']) {
        return Err("name host and port alone: the paths are added".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn problem(error: &ServerError, output: &Output) -> Problem {
    if let ServerError::Authorization(error) = error {
        let scrubber = decision::Scrubber::default();
        output.complain(&report::diagnostics::render(&error.diagnostics, &scrubber, &output.error_style));
    }
    Problem::new(error.to_string(), error.help())
}

/// Opens the record that provost.yaml names, and lets health tell how it is.
fn open_record(loaded: &Loaded, conditions: &Conditions) -> Result<Option<Arc<Record>>> {
    let settings = loaded.configuration.record.as_ref();
    let Some((settings, path)) = settings.and_then(|settings| Some((settings, settings.path.as_ref()?))) else {
        return Ok(None);
    };
    let root = loaded.root.as_deref().unwrap_or(Path::new("."));
    let options = recording::options(root.join(path), root, Some(settings))?;
    tell_since_when(&options.path);
    let record = Record::open_or_spool(options).map_err(|error| Problem::new(error.to_string(), error.help()))?;
    let record = Arc::new(record);
    let watched = Arc::downgrade(&record);
    conditions.add(move || watched.upgrade().map(|record| record_condition(&record)).into_iter().collect());
    Ok(Some(record))
}

/// Says in the log when the record was written last: until now nothing was decided here, and whoever took the webhook away to get on
/// finds out how long that was.
fn tell_since_when(path: &Path) {
    let Ok(reader) = Reader::open(path) else { return };
    let Ok(Some((_, last))) = reader.bounds() else { return };
    let Some(Ok(entry)) = reader.entries(last, last).next() else { return };
    if let Ok(entry) = entry.read() {
        let ago = Timestamp::now().duration_since(entry.time).as_secs();
        tracing::info!(entry = last, time = %entry.time, seconds_ago = ago, "the record goes on after its last entry");
    }
}

/// A record that cannot be written does not take the process out of service: what may go on without it does.
fn record_condition(record: &Record) -> Condition {
    let health = record.health();
    if health.is_recording() {
        return Condition::healthy("record", format!("{} entries are written", health.sequence));
    }
    let message = format!("it cannot be written: {} entries wait, {} are lost", health.spooled, health.lost);
    Condition::degraded("record", message)
}

fn opa_settings(configuration: &repository::Configuration) -> opa_api::Settings {
    opa_api::Settings {
        policies_root: configuration.server.policies_root.clone(),
        dialect: governance::dialect(configuration),
        evaluation: evaluation_limits::limits(&configuration.limits.evaluation),
        queries_send_http: configuration.http_send.allow_queries,
        build: Build { version: env!("CARGO_PKG_VERSION").to_owned(), ..Build::default() },
        ..opa_api::Settings::default()
    }
}

/// What OPA's `/health` and `/v1/status` are told of everything else.
struct Around(Conditions);

impl Surroundings for Around {
    fn conditions(&self) -> Vec<Condition> {
        self.0.all()
    }
}
