//! One API and its requests.

use crate::setting::settings;
use bytes::Bytes;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use host::FixedHost;
use http::Request;
use opa_api::{Api, DecisionSink, Fetch, FetchError, FetchRequest, Fetched, Files, LoggedDecision, SinkError};
use point::{Caller, Identity, Peer, Point, RequestId};
use rego::syntax::ast::Dialect;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use value::json::{self, ParseLimits};
use value::{Frozen, Source};

/// 2024-01-02 03:04:05.678
const NOW_NS: i64 = 1_704_164_645_678_000_000;

/// One API, from its first request to its last.
pub struct Scenario {
    name: String,
    folder: TempDir,
    settings: String,
    modules: Vec<(Arc<Source>, Dialect)>,
    data: String,
    api: Option<Api>,
    log: Arc<Log>,
}

/// Keeps what is logged.
#[derive(Default)]
struct Log {
    events: Mutex<Vec<String>>,
    broken: Mutex<bool>,
}

impl DecisionSink for Log {
    fn append(&self, decision: &LoggedDecision<'_>) -> Result<(), SinkError> {
        if *self.broken.lock().unwrap() {
            return Err(SinkError("the disk is full".to_owned()));
        }
        self.events.lock().unwrap().push(json::to_string(decision.event));
        Ok(())
    }
}

/// Nothing is fetched here: bundles are folders.
struct NoNetwork;

impl Fetch for NoNetwork {
    fn fetch(&self, request: &FetchRequest<'_>) -> Result<Fetched, FetchError> {
        Err(FetchError { status: Some(404), message: format!("there is nothing at `{}`", request.resource) })
    }
}

impl Scenario {
    /// Runs a part of a file, and gives it back with the responses that came.
    pub fn run(file: &str, part: &str) -> String {
        let mut scenario = Self {
            name: format!("{file}: {}", part.lines().next().unwrap_or_default()),
            folder: TempDir::new().unwrap(),
            settings: String::new(),
            modules: Vec::new(),
            data: "{}".to_owned(),
            api: None,
            log: Arc::default(),
        };
        let mut out = String::new();
        let mut response = None;
        let mut rest = part;
        while let Some((before, after)) = rest.split_once("```") {
            let (info, after) = after.split_once('\n').unwrap();
            let (body, after) = after.split_once("```").unwrap();
            out.push_str(before);
            rest = after;
            if info == "response" {
                let found = response.take().unwrap_or_else(|| panic!("{}: a response to nothing", scenario.name));
                out.push_str(&format!("```response\n{found}```"));
                continue;
            }
            assert!(response.is_none(), "{}: no response stands behind a request", scenario.name);
            out.push_str(&format!("```{info}\n{body}```"));
            response = scenario.block(info, body);
        }
        assert!(response.is_none(), "{}: no response stands behind the last request", scenario.name);
        out.push_str(rest);
        out
    }

    /// What comes of a block, when it asks for something.
    fn block(&mut self, info: &str, body: &str) -> Option<String> {
        let (kind, argument) = info.split_once(' ').unwrap_or((info, ""));
        match kind {
            "settings" => self.settings.push_str(body),
            "rego" | "regov0" => {
                let dialect = if kind == "rego" { Dialect::V1 } else { Dialect::V0 };
                self.modules.retain(|(source, _)| source.name != argument);
                self.modules.push((Source::new(argument, body), dialect));
            }
            "json" => self.data = body.to_owned(),
            "file" => {
                let path = self.folder.path().join(argument);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, body).unwrap();
            }
            "remove" => std::fs::remove_file(self.folder.path().join(argument)).unwrap(),
            "http" => return Some(self.exchange(body)),
            "poll" => return Some(self.poll(argument)),
            "reload" => return Some(self.reload()),
            "numbers" => {
                let mut text = String::new();
                self.api().write_metrics(&mut text);
                return Some(text);
            }
            "breaklog" => *self.log.broken.lock().unwrap() = true,
            other => panic!("{}: a block of `{other}`", self.name),
        }
        None
    }

    fn files(&self) -> Files {
        let limits = ParseLimits::default();
        let data = Frozen::build(|arena| json::parse(arena, self.data.as_bytes(), &limits)).unwrap();
        Files { modules: self.modules.clone(), data: Arc::new(data), data_revision: String::new() }
    }

    fn api(&mut self) -> &Api {
        let files = self.files();
        self.api.get_or_insert_with(|| {
            let (settings, logs, surroundings) = settings(&self.settings, self.folder.path());
            let host = Arc::new(FixedHost { now_ns: NOW_NS });
            let mut api = Api::new(settings, &files, host).unwrap_or_else(|errors| panic!("{errors:#?}"));
            if logs {
                api = api.with_decision_log(Arc::clone(&self.log) as Arc<dyn DecisionSink>);
            }
            if let Some(surroundings) = surroundings {
                api = api.with_surroundings(Arc::new(surroundings));
            }
            api
        })
    }

    fn exchange(&mut self, text: &str) -> String {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        let mut body = body.strip_suffix('\n').unwrap_or(body).as_bytes().to_vec();
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
            if line == "content-encoding: gzip" {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(&body).unwrap();
                body = encoder.finish().unwrap();
            }
        }
        // Answers to all others say it too, and to whoever reads them here it says nothing.
        let tells_vary = text.contains("accept-encoding");
        let request = request.body(Bytes::from(body)).unwrap();
        let response = self.api().handle(request, &caller());
        let mut text = format!("{}\n", response.status());
        for (name, value) in response.headers() {
            let is_usual = name == "content-type" && value == "application/json" || name == "vary" && !tells_vary;
            if !is_usual {
                text.push_str(&format!("{name}: {}\n", value.to_str().unwrap()));
            }
        }
        let mut body = String::from_utf8_lossy(response.body()).into_owned();
        if response.headers().contains_key("content-encoding") {
            body.clear();
            GzDecoder::new(&response.body()[..]).read_to_string(&mut body).unwrap();
        }
        text.push_str(&steady(&body));
        if !text.ends_with('\n') {
            text.push('\n');
        }
        for event in self.log.events.lock().unwrap().drain(..) {
            text.push_str(&format!("log: {}\n", steady(&event)));
        }
        text.replace(&self.folder.path().display().to_string(), "FOLDER")
    }

    fn poll(&mut self, bundle: &str) -> String {
        let poll = self.api().poll_bundle(bundle, &NoNetwork).unwrap();
        let activated = if poll.activated { "activated" } else { "nothing new" };
        let outcome = if poll.failed { "failed" } else { activated };
        format!("{outcome}\n")
    }

    fn reload(&mut self) -> String {
        let files = self.files();
        match self.api().replace_files(&files) {
            Ok(()) => "reloaded\n".to_owned(),
            Err(mistakes) => mistakes.iter().map(|mistake| format!("{mistake}\n")).collect(),
        }
    }
}

pub fn caller() -> Caller {
    Caller {
        identity: Arc::new(Identity::anonymous()),
        peer: Peer::Tcp("192.0.2.1:4711".parse().unwrap()),
        request_id: RequestId(7),
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

/// Without what differs from run to run: how long something took, and how much memory it had.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    let mut rest = text;
    let next = |text: &str| ["_ns\":", "_bytes\":"].iter().filter_map(|end| Some(text.find(end)? + end.len())).min();
    while let Some(end) = next(rest) {
        let (before, after) = rest.split_at(end);
        steady.push_str(&format!("{before}…"));
        rest = after.trim_start().trim_start_matches(|character: char| character.is_ascii_digit());
    }
    steady + rest
}
