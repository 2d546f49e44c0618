//! The API as a whole.

use crate::activation;
use crate::bundle::{BundleStatus, StatusBook};
use crate::decision_log::DecisionSink;
use crate::error::{ApiError, ApiResult, code};
use crate::local_data::LocalData;
use crate::module::{Modules, Origin, StoredModule};
use crate::options::AnswerOptions;
use crate::route::{self, Handler};
use crate::settings::Settings;
use crate::snapshot::{AssemblyError, LogPaths, Parts, Snapshot};
use crate::store::Store;
use bytes::Bytes;
use decision::Append;
use host::Host;
use http::{Method, Request, Response, StatusCode};
use http_documents::Parameters;
use point::{Caller, Condition, Point, RecordWait, Route};
use rego::syntax::ast::Dialect;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use value::{Diagnostic, Frozen, Source, Span};

/// OPA's REST API over one set of policies and data.
pub struct Api {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) host: Arc<dyn Host + Send + Sync>,
    pub(crate) statuses: StatusBook,
    pub(crate) sink: Option<Arc<dyn DecisionSink>>,
    pub(crate) record: Option<(Arc<dyn Append>, RecordWait)>,
    pub(crate) surroundings: Option<Arc<dyn Surroundings>>,
    /// Whether everything has been ready at least once.
    pub(crate) was_ready: AtomicBool,
    routes: Vec<Route>,
    request_number: AtomicU64,
}

/// The policies and data of the governance repository.
#[derive(Clone, Debug)]
pub struct Files {
    /// Modules, each with what it is written in.
    pub modules: Vec<(Arc<Source>, Dialect)>,
    /// The document under `data`.
    pub data: Arc<Frozen>,
    /// What the record calls this state of the data, such as a digest; may be empty.
    pub data_revision: String,
}

/// What else there is in the process, for `/health` and `/v1/status`.
pub trait Surroundings: Send + Sync {
    /// What is well and what is not. OPA calls such a thing a plugin.
    fn conditions(&self) -> Vec<Condition>;
}

/// A request on its way.
#[derive(Clone, Copy)]
pub(crate) struct Exchange<'r> {
    pub(crate) request: &'r Request<Bytes>,
    pub(crate) caller: &'r Caller,
    pub(crate) parameters: Parameters<'r>,
    pub(crate) options: AnswerOptions,
    /// What stands in the path behind the handler's own part.
    pub(crate) rest: &'r str,
}

impl Api {
    /// An API over `files`; evaluations see the world through `host`.
    ///
    /// # Errors
    /// What is wrong with the modules, and where rules and data stand at the same place.
    pub fn new(settings: Settings, files: &Files, host: Arc<dyn Host + Send + Sync>) -> Result<Self, Vec<Diagnostic>> {
        let parts = Parts {
            modules: Arc::new(file_modules(files)?),
            local: LocalData::new(Arc::clone(&files.data)),
            data_revision: files.data_revision.as_str().into(),
            writes: 0,
            bundles: BTreeMap::new(),
            log_paths: LogPaths::of(&settings.decision_log),
        };
        let snapshot = Snapshot::assemble(parts, None).map_err(AssemblyError::diagnostics)?;
        Ok(Self {
            statuses: StatusBook::new(settings.bundles.keys()),
            was_ready: AtomicBool::new(false),
            store: Store::new(snapshot),
            settings,
            host,
            sink: None,
            record: None,
            surroundings: None,
            routes: route::routes(false),
            request_number: AtomicU64::new(0),
        })
    }

    /// Logs every decision to `sink`.
    #[must_use]
    pub fn with_decision_log(mut self, sink: Arc<dyn DecisionSink>) -> Self {
        self.sink = Some(sink);
        self
    }

    /// Keeps every decision about a document in `record`, and every change of policies and data.
    #[must_use]
    pub fn with_record(mut self, record: Arc<dyn Append>, wait: RecordWait) -> Self {
        self.record = Some((record, wait));
        self.note_change("start");
        self
    }

    /// Answers `/health` in OPA's words, `surroundings` included.
    #[must_use]
    pub fn with_surroundings(mut self, surroundings: Arc<dyn Surroundings>) -> Self {
        self.surroundings = Some(surroundings);
        self.routes = route::routes(true);
        self
    }

    /// What decides now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.store.snapshot())
    }

    /// What became of each bundle, by name.
    pub fn bundle_statuses(&self) -> BTreeMap<String, BundleStatus> {
        self.statuses.all()
    }

    /// Takes the repository's policies and data as they are now. What came from bundles and through the API stays.
    ///
    /// # Errors
    /// What is wrong with them, alone or together with the rest; the old ones go on then.
    pub fn replace_files(&self, files: &Files) -> Result<(), Vec<Diagnostic>> {
        let fresh = file_modules(files)?;
        self.store.change(|before| {
            let misplaced = fresh.iter().filter_map(|(id, module)| {
                let bundle = before.parts.bundle_of(&module.package)?;
                let message = activation::misplaced(id, module, bundle);
                let mistake = Diagnostic::new("bundle_conflict", message, &module.source, Span::default());
                Some(mistake.help("give it another package, or take that part out of the bundle's roots"))
            });
            let misplaced: Vec<_> = misplaced.collect();
            if !misplaced.is_empty() {
                return Err(misplaced);
            }
            let mut modules = fresh;
            for (id, module) in before.parts.modules.iter().filter(|(_, module)| module.origin != Origin::Files) {
                modules.insert(id.clone(), Arc::clone(module));
            }
            let parts = Parts {
                modules: Arc::new(modules),
                local: before.parts.local.rebased(Arc::clone(&files.data)),
                data_revision: files.data_revision.as_str().into(),
                ..before.parts.clone()
            };
            Snapshot::assemble(parts, Some(before)).map(Some).map_err(AssemblyError::diagnostics)
        })?;
        self.note_change("reload");
        Ok(())
    }

    /// The next number of a request; only decisions that are logged have one.
    pub(crate) fn next_request_number(&self) -> u64 {
        self.request_number.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A random name for a decision, as UUID.
    pub(crate) fn decision_id(&self) -> String {
        let mut bytes = [0_u8; 16];
        self.host.random(&mut bytes);
        let random = u128::from_be_bytes(bytes);
        // Version 4, variant 1 (RFC 9562).
        let id = (random & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let digits = format!("{id:032x}");
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }

    fn answer(&self, handler: Handler, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        let method = exchange.request.method();
        match (handler, method.as_str()) {
            (Handler::V1Data, "POST") => self.v1_data_post(exchange),
            (Handler::V1Data, "GET") => self.v1_data_get(exchange),
            (Handler::V1Data, "PUT") => self.v1_data_put(exchange),
            (Handler::V1Data, "PATCH") => self.v1_data_patch(exchange),
            (Handler::V1Data, "DELETE") => self.v1_data_delete(exchange),
            (Handler::V0Data, "POST") => self.v0_data_post(exchange),
            (Handler::Index, "POST") => self.default_decision(exchange),
            (Handler::Index, "GET") => Ok(self.index()),
            (Handler::V1Query, "GET") => self.query_get(exchange),
            (Handler::V1Query, "POST") => self.query_post(exchange),
            (Handler::V1Policies, "GET") => self.policies_get(exchange),
            (Handler::V1Policies, "PUT") => self.policies_put(exchange),
            (Handler::V1Policies, "DELETE") => self.policies_delete(exchange),
            (Handler::V1Compile, "GET" | "POST") => Err(not_compiled()),
            (Handler::V1Config, "GET") => Ok(self.configuration(exchange)),
            (Handler::V1Status, "GET") => Ok(self.status(exchange)),
            (Handler::Health, "GET") => Ok(self.health(exchange)),
            (Handler::Nothing, _) => {
                Err(ApiError::not_found(format!("there is nothing at `{}`", exchange.request.uri().path())))
            }
            _ => {
                let (status, path) = (StatusCode::METHOD_NOT_ALLOWED, exchange.request.uri().path());
                let message = format!("`{path}` cannot be asked with {method}");
                Err(ApiError::new(status, code::INVALID_OPERATION, message))
            }
        }
    }
}

impl Point for Api {
    fn name(&self) -> &'static str {
        "opa-api"
    }

    fn routes(&self) -> &[Route] {
        &self.routes
    }

    fn handle(&self, request: Request<Bytes>, caller: &Caller) -> Response<Bytes> {
        let (handler, rest) = Handler::of(request.uri().path());
        let parameters = Parameters::new(request.uri().query());
        let options = AnswerOptions::read(&parameters);
        let exchange = Exchange { request: &request, caller, parameters, options, rest };
        let mut response = self.answer(handler, &exchange).unwrap_or_else(|error| error.response());
        let reads = matches!(*request.method(), Method::GET | Method::POST);
        if reads && matches!(handler, Handler::V1Data | Handler::V0Data) {
            self.settings.compression.apply(request.headers(), &mut response);
        }
        response
    }

    fn conditions(&self) -> Vec<Condition> {
        self.bundle_conditions()
    }

    fn write_metrics(&self, text: &mut String) {
        self.write_numbers(text);
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("revision", &self.store.snapshot().revision()).finish_non_exhaustive()
    }
}

fn file_modules(files: &Files) -> Result<Modules, Vec<Diagnostic>> {
    let mut modules = Modules::new();
    let mut mistakes = Vec::new();
    for (source, dialect) in &files.modules {
        if source.text.trim().is_empty() {
            continue;
        }
        match StoredModule::parse(Arc::clone(source), *dialect, Origin::Files) {
            Ok(module) => drop(modules.insert(source.name.clone(), Arc::new(module))),
            Err(diagnostics) => mistakes.extend(diagnostics),
        }
    }
    if mistakes.is_empty() { Ok(modules) } else { Err(mistakes) }
}

fn not_compiled() -> ApiError {
    ApiError::new(
        StatusCode::NOT_IMPLEMENTED,
        code::NOT_IMPLEMENTED,
        "policies are not evaluated partially here, so `/v1/compile` has no answer",
    )
    .help("ask for the decision itself with `POST /v1/data/<path>`, or for what a query gives with `POST /v1/query`")
}
