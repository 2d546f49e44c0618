//! What the tests share: an API, requests, archives, and a server of bundles.
#![allow(dead_code, reason = "each test uses what it needs")]

use bytes::Bytes;
use flate2::write::GzEncoder;
use host::FixedHost;
use http::{Request, Response};
use opa_api::{
    Api, BundleSettings, BundleSource, BundleStatus, Fetch, FetchError, FetchRequest, Fetched, Files, Settings,
};
use point::{Caller, Identity, Peer, Point, RequestId};
use rego::syntax::ast::Dialect;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use value::json::{self, ParseLimits};
use value::{Frozen, Source};

/// 2024-01-02 03:04:05
pub const NOW_NS: i64 = 1_704_164_645_000_000_000;

pub fn files(modules: &[(&str, &str)], data: &str) -> Files {
    let data = Frozen::build(|arena| json::parse(arena, data.as_bytes(), &ParseLimits::default())).unwrap();
    Files {
        modules: modules.iter().map(|(name, text)| (Source::new(*name, *text), Dialect::V1)).collect(),
        data: Arc::new(data),
        data_revision: "test".to_owned(),
    }
}

pub fn api(settings: Settings, files: &Files) -> Api {
    Api::new(settings, files, Arc::new(FixedHost { now_ns: NOW_NS })).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

pub fn caller() -> Caller {
    Caller {
        identity: Arc::new(Identity::anonymous()),
        peer: Peer::Tcp("192.0.2.1:4711".parse().unwrap()),
        request_id: RequestId(7),
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

pub fn ask(api: &Api, method: &str, path: &str, body: &str) -> Response<Bytes> {
    let request = Request::builder().method(method).uri(path).body(Bytes::from(body.to_owned())).unwrap();
    api.handle(request, &caller())
}

/// Status and body.
pub fn told(api: &Api, method: &str, path: &str, body: &str) -> String {
    let response = ask(api, method, path, body);
    format!("{} {}", response.status().as_u16(), String::from_utf8_lossy(response.body()).trim())
}

/// A `.tar.gz` of files by name.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Written by hand, because the library refuses names that a stranger would use.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    gzip(&tar.into_inner().unwrap())
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What a server of bundles answers next, and the etags that it was asked with.
#[derive(Default)]
pub struct Server {
    pub answer: Mutex<Option<Result<Fetched, FetchError>>>,
    pub asked: Mutex<Vec<Option<String>>>,
}

impl Server {
    pub fn sends(&self, bytes: &[u8], etag: Option<&str>) {
        let (bytes, etag) = (Bytes::copy_from_slice(bytes), etag.map(str::to_owned));
        *self.answer.lock().unwrap() = Some(Ok(Fetched::Archive { bytes, etag }));
    }

    pub fn fails(&self, status: Option<u16>, message: &str) {
        *self.answer.lock().unwrap() = Some(Err(FetchError { status, message: message.to_owned() }));
    }
}

impl Fetch for Server {
    fn fetch(&self, request: &FetchRequest<'_>) -> Result<Fetched, FetchError> {
        assert_eq!((request.bundle, request.resource), ("b", "/bundles/b"));
        self.asked.lock().unwrap().push(request.etag.map(str::to_owned));
        self.answer.lock().unwrap().take().unwrap_or(Ok(Fetched::NotModified))
    }
}

/// An API with one bundle `b`.
pub fn with_bundle(change: impl FnOnce(&mut Settings, &mut BundleSettings)) -> Api {
    let mut settings = Settings::default();
    let mut bundle = BundleSettings::new(BundleSource::Remote("/bundles/b".to_owned()));
    change(&mut settings, &mut bundle);
    settings.bundles.insert("b".to_owned(), bundle);
    api(settings, &files(&[], "{}"))
}

pub fn status(api: &Api) -> BundleStatus {
    api.bundle_statuses().remove("b").unwrap()
}

/// What a look at the bundle came to: its revision, or what is wrong.
pub fn outcome(api: &Api, server: &Server) -> String {
    let poll = api.poll_bundle("b", server).unwrap();
    let status = status(api);
    assert_eq!(poll.failed, status.failure.is_some());
    match status.failure {
        Some(failure) => failure.message,
        None => format!("revision {}", status.active_revision.unwrap_or_default()),
    }
}
