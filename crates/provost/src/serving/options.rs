//! From provost.yaml and the command line to the server's options.

use crate::governance;
use crate::problem::Problem;
use admission::ApiServer;
use anyhow::Result;
use clap::{Args, ValueEnum};
use point::RouteClass;
use repository::{
    AccessSettings, AdmissionSettings, Configuration, IssuerSettings, Repository, ServerLimits, ServerSettings,
};
use server::{
    Address, AuthorizationOptions, ClientCertificates, Grant, IdentityOptions, IssuerOptions, KeySource, Limits,
    Options, TlsOptions,
};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use value::Diagnostic;

/// What of the server can be said on the command line; it wins over provost.yaml.
#[derive(Args, Debug, Default)]
pub(crate) struct ServerArguments {
    /// Where to listen: `127.0.0.1:8181` (the default), `:8443` for all interfaces, `unix:///run/provost.sock`. May be given
    /// several times.
    #[arg(short, long, value_name = "ADDRESS", visible_alias = "addr")]
    address: Vec<Address>,

    /// Where to listen for health and metrics only.
    #[arg(long, value_name = "ADDRESS", visible_alias = "diagnostic-addr")]
    diagnostic_address: Vec<Address>,

    /// The server's certificate: a PEM file, read again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key", visible_alias = "tls-cert-file")]
    tls_certificate: Option<PathBuf>,

    /// Its private key.
    #[arg(long, value_name = "FILE", requires = "tls_certificate", visible_alias = "tls-private-key-file")]
    tls_key: Option<PathBuf>,

    /// The authorities that sign certificates of clients.
    #[arg(long, value_name = "FILE", requires = "tls_certificate", visible_alias = "tls-ca-cert-file")]
    tls_client_authorities: Option<PathBuf>,

    /// Whether clients must show a certificate.
    #[arg(long, value_name = "WHETHER", requires = "tls_client_authorities", default_value = "optional")]
    tls_client_certificates: Whether,

    /// Speak plain HTTP with other machines: something in front of this one encrypts.
    #[arg(long)]
    allow_plain: bool,

    /// A file with hashes of tokens, as `provost token new` prints them.
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,

    /// Threads that serve connections.
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZeroUsize>,

    /// Go on for so many seconds after SIGTERM while health says that it stops: load balancers take a while.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, visible_alias = "shutdown-wait-period")]
    stop_delay: u32,

    /// How many seconds requests under way may take to end.
    #[arg(long, value_name = "SECONDS", visible_alias = "shutdown-grace-period")]
    drain: Option<u32>,

    /// How often to look whether files changed, in seconds, where the system does not say so.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    watch_interval: u32,
}

impl ServerArguments {
    /// The server's certificate, where it is named.
    pub(crate) fn certificate(&self) -> Option<&Path> {
        self.tls_certificate.as_deref()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Whether {
    #[default]
    Optional,
    Required,
}

/// The server's options, but for who may do what.
pub(crate) fn options(arguments: &ServerArguments, settings: &ServerSettings, root: &Path) -> Result<Options> {
    let mut options = Options { limits: limits(&settings.limits), ..Options::default() };
    if !settings.addresses.is_empty() {
        options.addresses = addresses(&settings.addresses)?;
    }
    options.diagnostic_addresses = addresses(&settings.diagnostic_addresses)?;
    options.socket_mode = settings.socket_mode.unwrap_or(options.socket_mode);
    options.allow_plain = settings.allow_plain || arguments.allow_plain;
    options.tls = settings.tls.as_ref().map(|tls| TlsOptions {
        certificate: root.join(&tls.certificate),
        key: root.join(&tls.key),
        client_authorities: tls.client_authorities.as_ref().map(|path| root.join(path)),
        client_certificates: client_certificates(tls.client_certificates_required),
    });
    let issuers = settings.issuers.iter().map(|issuer| issuer_options(issuer, root)).collect();
    options.identity = IdentityOptions { tokens: settings.tokens.as_ref().map(|path| root.join(path)), issuers };
    if !arguments.address.is_empty() {
        options.addresses.clone_from(&arguments.address);
    }
    if !arguments.diagnostic_address.is_empty() {
        options.diagnostic_addresses.clone_from(&arguments.diagnostic_address);
    }
    if let Some((certificate, key)) = arguments.tls_certificate.clone().zip(arguments.tls_key.clone()) {
        let client_certificates = client_certificates(arguments.tls_client_certificates == Whether::Required);
        let client_authorities = arguments.tls_client_authorities.clone();
        options.tls = Some(TlsOptions { certificate, key, client_authorities, client_certificates });
    }
    if arguments.tokens.is_some() {
        options.identity.tokens.clone_from(&arguments.tokens);
    }
    options.threads = arguments.threads;
    options.stop_delay = seconds(arguments.stop_delay);
    options.watch_interval = seconds(arguments.watch_interval);
    if let Some(drain) = arguments.drain {
        options.limits.drain_time_max = seconds(drain);
    }
    Ok(options)
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(u64::from(count))
}

fn client_certificates(required: bool) -> ClientCertificates {
    if required { ClientCertificates::Required } else { ClientCertificates::Optional }
}

fn addresses(texts: &[String]) -> Result<Vec<Address>> {
    let parse = |text: &String| {
        text.parse().map_err(|error: server::AddressError| {
            Problem::new(error.to_string(), "correct `server.addresses` in provost.yaml").into()
        })
    };
    texts.iter().map(parse).collect()
}

fn issuer_options(settings: &IssuerSettings, root: &Path) -> IssuerOptions {
    let usual = IssuerOptions::new(settings.issuer.clone(), settings.audiences.clone());
    let keys = settings.keys.as_ref().map(|keys| match keys.contains("://") {
        true => KeySource::Url(keys.clone()),
        false => KeySource::File(root.join(keys)),
    });
    IssuerOptions {
        algorithms: if settings.algorithms.is_empty() { usual.algorithms } else { settings.algorithms.clone() },
        keys: keys.unwrap_or(usual.keys),
        authority: settings.authority.as_ref().map(|path| root.join(path)),
        subject_claim: settings.subject_claim.clone().unwrap_or(usual.subject_claim),
        groups_claim: settings.groups_claim.clone().unwrap_or(usual.groups_claim),
        prefix: settings.prefix.clone(),
        leeway: settings.leeway_s.map_or(usual.leeway, Duration::from_secs),
        ..usual
    }
}

fn limits(settings: &ServerLimits) -> Limits {
    let usual = Limits::default();
    let count = |changed: Option<u64>, usual: usize| {
        changed.map_or(usual, |changed| usize::try_from(changed).unwrap_or(usize::MAX))
    };
    let time = |changed: Option<u64>, usual| changed.map_or(usual, Duration::from_millis);
    Limits {
        connections_max: count(settings.connections_max, usual.connections_max),
        head_bytes_max: count(settings.head_bytes_max, usual.head_bytes_max),
        body_bytes_max: settings.body_bytes_max.unwrap_or(usual.body_bytes_max),
        change_body_bytes_max: settings.change_body_bytes_max.unwrap_or(usual.change_body_bytes_max),
        bodies_bytes_max: settings.bodies_bytes_max.unwrap_or(usual.bodies_bytes_max),
        head_time_max: time(settings.head_ms_max, usual.head_time_max),
        body_time_max: time(settings.body_ms_max, usual.body_time_max),
        answer_time_max: time(settings.answer_ms_max, usual.answer_time_max),
        change_time_max: time(settings.change_ms_max, usual.change_time_max),
        idle_time_max: time(settings.idle_ms_max, usual.idle_time_max),
        drain_time_max: time(settings.drain_ms_max, usual.drain_time_max),
        ..usual
    }
}

/// Who may do what, as provost.yaml says; or what is wrong with the policy that it names.
pub(crate) fn authorization(repository: &Repository) -> Result<AuthorizationOptions, Vec<Diagnostic>> {
    let settings = &repository.configuration.server;
    let Some(policy) = &settings.authorization else {
        return Ok(AuthorizationOptions::Grants(
            settings.access.as_ref().map(|grants| grants.iter().map(grant).collect()),
        ));
    };
    let root = repository.root.as_deref().unwrap_or(Path::new("."));
    let paths = |paths: &[String]| -> Vec<PathBuf> { paths.iter().map(|path| root.join(path)).collect() };
    let (loaded, diagnostics) =
        repository::load_paths(&paths(&policy.policies), &paths(&policy.data), repository.configuration.clone());
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    Ok(AuthorizationOptions::Policy {
        modules: loaded.files.modules,
        dialect: governance::dialect(&repository.configuration),
        data: loaded.files.data,
        sees_body: policy.body,
    })
}

fn grant(settings: &AccessSettings) -> Grant {
    Grant {
        anyone: settings.anyone,
        local: settings.local,
        subjects: settings.subjects.clone(),
        groups: settings.groups.clone(),
        verified_by: settings.verified_by.clone(),
        // Words that are none were mistakes when the file was read.
        may: settings.may.iter().filter_map(|word| RouteClass::parse(word)).collect(),
        paths: settings.paths.clone(),
    }
}

/// How admission behaves.
pub(crate) fn admission(configuration: &Configuration) -> admission::Settings {
    let AdmissionSettings { exempt_namespaces, api_servers, .. } = &configuration.admission;
    admission::Settings {
        exempt_namespaces: exempt_namespaces.iter().cloned().collect(),
        api_servers: api_servers
            .iter()
            .map(|server| ApiServer { subject: server.subject.clone(), verified_by: server.verified_by.clone() })
            .collect(),
        ..admission::Settings::default()
    }
}
