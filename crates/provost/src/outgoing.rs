//! `http.send`: whom policies may ask, from provost.yaml and the command line, and what is said when they may not.

use clap::Args;
use host::{HostError, HttpRequest, HttpResponse};
use outbound::{AllowedHost, HostPattern, Options, Sender};
use repository::{HttpHost, HttpHostError, HttpHostPattern, HttpSendSettings};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A policy that asks for each of a thousand objects has one thing to say, and for this long it was said.
const SAID_FOR: Duration = Duration::from_secs(60);

/// What was said is remembered up to this many.
const SAID_MAX: usize = 256;

/// Whom policies may ask.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct OutgoingArguments {
    /// A host that policies may ask with `http.send`, besides those of provost.yaml: `registry.example.com`, `*.internal:8443`,
    /// `127.0.0.1:8080`, `unix:/run/server.sock`. May be given several times.
    #[arg(long, value_name = "HOST", value_parser = allowed_host)]
    allow_host: Vec<HttpHost>,
}

fn allowed_host(text: &str) -> Result<HttpHost, String> {
    text.parse().map_err(|error: HttpHostError| format!("{error}; {}", HttpHostError::HELP))
}

impl OutgoingArguments {
    /// What policies may send.
    pub(crate) fn outgoing(&self, settings: &HttpSendSettings) -> Outgoing {
        Outgoing { sender: Sender::new(self.options(settings)), said: Some(Mutex::default()) }
    }

    fn options(&self, settings: &HttpSendSettings) -> Options {
        let usual = Options::default();
        let count = |changed: Option<u64>, usual: usize| {
            changed.map_or(usual, |changed| usize::try_from(changed).unwrap_or(usize::MAX))
        };
        Options {
            hosts: settings.hosts.iter().chain(&self.allow_host).map(host).collect(),
            allow_unverified_tls: settings.allow_unverified_tls,
            request_bytes_max: count(settings.request_bytes_max, usual.request_bytes_max),
            response_bytes_max: count(settings.response_bytes_max, usual.response_bytes_max),
            head_bytes_max: count(settings.head_bytes_max, usual.head_bytes_max),
            redirects_max: count(settings.redirects_max, usual.redirects_max),
            time_max: settings.time_ms_max.map_or(usual.time_max, Duration::from_millis),
            connections_max: count(settings.connections_max, usual.connections_max),
            cache_bytes_max: count(settings.cache_bytes_max, usual.cache_bytes_max),
        }
    }

    /// How many threads may wait for others at once, if anybody may be asked.
    pub(crate) fn waiting_max(&self, settings: &HttpSendSettings) -> usize {
        let options = self.options(settings);
        if options.hosts.is_empty() { 0 } else { options.connections_max }
    }
}

fn host(allowed: &HttpHost) -> AllowedHost {
    let pattern = match &allowed.pattern {
        HttpHostPattern::Any => HostPattern::Any,
        HttpHostPattern::Name(name) => HostPattern::Name(name.clone()),
        HttpHostPattern::Below(parent) => HostPattern::Below(parent.clone()),
        HttpHostPattern::Address(address) => HostPattern::Address(*address),
        HttpHostPattern::Socket(path) => HostPattern::Socket(path.clone()),
    };
    AllowedHost { pattern, port: allowed.port, local: allowed.local }
}

/// Sends what policies ask for.
///
/// A builtin that fails is undefined, and a rule that is undefined looks like one that has nothing to say. So whoever runs the policies
/// is told what was not answered, and how to allow what is not allowed.
#[derive(Debug)]
pub(crate) struct Outgoing {
    sender: Sender,
    /// What was said and when; nothing where all that fails is an error anyway.
    said: Option<Mutex<BTreeMap<String, Instant>>>,
}

impl Outgoing {
    /// The same, where what fails is not told.
    pub(crate) fn silent(self) -> Self {
        Self { said: None, ..self }
    }

    /// Goes by other settings from now on.
    pub(crate) fn replace(&self, arguments: &OutgoingArguments, settings: &HttpSendSettings) {
        self.sender.replace(arguments.options(settings));
    }

    /// Sends a request, and tells why there is no answer unless it did so lately.
    pub(crate) fn send(&self, request: &HttpRequest, tell: impl FnOnce(&str)) -> Result<HttpResponse, HostError> {
        let answer = self.sender.send(request);
        if let Err(error) = &answer {
            let message = error.to_string();
            if self.is_news(&message) {
                tell(&message);
            }
        }
        answer
    }

    fn is_news(&self, message: &str) -> bool {
        let Some(said) = &self.said else { return false };
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        said.retain(|_, when| now.duration_since(*when) < SAID_FOR);
        said.len() < SAID_MAX && said.insert(message.to_owned(), now).is_none()
    }
}
