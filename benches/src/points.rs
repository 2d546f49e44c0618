//! The points of a server without the server: what a request costs between its last byte and the first of the answer.

use crate::repositories::{Repository, body};
use admission::Admission;
use anyhow::{Result, anyhow, ensure};
use bytes::Bytes;
use decision::{PolicySet, Revisions};
use host::FixedHost;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use opa_api::{Api, Files};
use point::{Caller, Governance, Identity, Peer, Point, RequestId};
use std::sync::Arc;
use std::time::{Duration, Instant};
use value::{Frozen, Value};

/// Longer than any benchmark, so that no evaluation is late.
const TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A point and a request for it.
pub struct Asked {
    point: Box<dyn Point>,
    path: String,
    body: Bytes,
    caller: Caller,
}

impl Asked {
    /// A point that answers by `repository`, and a request to `path`: `/v1/admit`, `/v1/mutate`, or a document of OPA's API.
    ///
    /// # Errors
    /// When the repository cannot be written or its policies do not compile.
    pub fn new(repository: &Repository, path: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let root = repository.write(folder.path(), None)?;
        let (repository, mistakes) = repository::load(&root, &[]);
        ensure!(mistakes.is_empty(), "the repository is wrong: {mistakes:?}");
        let host = Arc::new(FixedHost::default());
        let point: Box<dyn Point> = match path.starts_with("/v1/data") {
            true => Box::new(opa(&repository, host)?),
            false => Box::new(Admission::new(admission::Settings::default(), governance(&repository)?, host)),
        };
        let caller = Caller {
            identity: Arc::new(Identity::anonymous()),
            peer: Peer::Tcp(([127, 0, 0, 1], 0).into()),
            request_id: RequestId(0),
            deadline: Instant::now() + TIME,
        };
        let asked = Self { point, path: path.to_owned(), body: Bytes::from(body(path)), caller };
        let answer = asked.answer()?;
        ensure!(answer.status() == StatusCode::OK, "{path} answers {}", answer.status());
        Ok(asked)
    }

    /// Asks once.
    ///
    /// # Errors
    /// When the path is none.
    pub fn answer(&self) -> Result<Response<Bytes>> {
        let request = Request::builder().method(Method::POST).uri(&self.path).header(CONTENT_TYPE, "application/json");
        Ok(self.point.handle(request.body(self.body.clone())?, &self.caller))
    }

    /// What is sent.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }
}

fn governance(repository: &repository::Repository) -> Result<Arc<Governance>> {
    let compiled = rego_policy::compile(&repository.files.modules, &rego_policy::Options::default());
    ensure!(compiled.diagnostics.is_empty(), "the policies are wrong: {:?}", compiled.diagnostics);
    let data = Frozen::copy_of(Value::EMPTY_OBJECT);
    let policies = PolicySet::new(compiled.policies, data, |_| {}).map_err(|twice| anyhow!("{twice:?}"))?;
    Ok(Arc::new(Governance {
        policies,
        settings: repository.configuration.settings.clone(),
        on_unknown: None,
        revisions: Arc::new(Revisions::default()),
    }))
}

fn opa(repository: &repository::Repository, host: Arc<FixedHost>) -> Result<Api> {
    let settings = opa_api::Settings::default();
    let modules = repository.files.modules.iter().map(|source| (Arc::clone(source), settings.dialect));
    let data = Arc::new(Frozen::copy_of(Value::EMPTY_OBJECT));
    let files = Files { modules: modules.collect(), data, data_revision: String::new() };
    Api::new(settings, &files, host).map_err(|mistakes| anyhow!("the policies are wrong: {mistakes:?}"))
}
