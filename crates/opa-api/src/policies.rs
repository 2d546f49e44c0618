//! `/v1/policies`: the modules, and changes to them where they are allowed.

use crate::api::{Api, Exchange};
use crate::error::{ApiError, ApiResult, COMPILING_MODULES, code};
use crate::module::{Origin, StoredModule};
use crate::policy_syntax;
use crate::snapshot::{Parts, Snapshot};
use crate::timers::{self, Timers};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_documents::{Body, json_response};
use percent_encoding::percent_decode_str;
use std::sync::Arc;
use value::{Arena, Source, Value};

/// The longest id of a policy.
const ID_BYTES_MAX: usize = 4_096;

impl Api {
    /// `GET /v1/policies` and `GET /v1/policies/<id>`
    pub(crate) fn policies_get(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        let id = id_of(exchange)?;
        let snapshot = self.store.snapshot();
        let arena = Arena::new();
        let result = if id.is_empty() {
            let all: Vec<_> = snapshot.parts.modules.iter().map(|(id, module)| shown(&arena, id, module)).collect();
            arena.array(&all)
        } else {
            let module = snapshot.parts.modules.get(&id).ok_or_else(|| missing(&id))?;
            shown(&arena, &id, module)
        };
        Ok(answer(exchange, arena.object(&[(arena.borrowed("result"), result)])))
    }

    /// `PUT /v1/policies/<id>`
    pub(crate) fn policies_put(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        let root = self.policies_root()?;
        let id = named(id_of(exchange)?)?;
        let mut timers = Timers::start(exchange.options.measures());
        let body = Body::read(exchange.request.headers(), exchange.request.body(), &self.settings.body)?;
        if body.bytes().len() > self.settings.policy_bytes_max {
            let (length, limit) = (body.bytes().len(), self.settings.policy_bytes_max);
            let message = format!("the policy has {length} bytes, and the limit is {limit}");
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, code::INVALID_PARAMETER, message));
        }
        let text = formats::decode(body.bytes()).map_err(|error| ApiError::bad_request(error.to_string()))?;
        if text.trim().is_empty() {
            return Err(ApiError::bad_request("empty module"));
        }
        let source = Source::new(id.clone(), text);
        let module = StoredModule::parse(source, self.settings.dialect, Origin::Api)
            .map_err(|mistakes| ApiError::of_diagnostics(COMPILING_MODULES, &mistakes))?;
        timers.lap(timers::MODULE_PARSE);
        check_package(root, &module)?;
        let module = Arc::new(module);
        let changed = self.store.change(|before| {
            let known = before.parts.modules.get(&id);
            if let Some(known) = known {
                check_origin(&id, known)?;
                if known.source.text == module.source.text {
                    return Ok(None);
                }
            }
            if let Some(owned) = before.owner_of(&module.package) {
                return Err(ApiError::bad_request(owned));
            }
            let through_api = before.parts.modules.values().filter(|module| module.origin == Origin::Api).count();
            if known.is_none() && through_api >= self.settings.policies_max {
                let message = format!("there are {through_api} policies from the API already, and that is the limit");
                return Err(ApiError::new(StatusCode::FORBIDDEN, code::INVALID_OPERATION, message));
            }
            let mut modules = before.parts.modules.as_ref().clone();
            modules.insert(id.clone(), Arc::clone(&module));
            let parts = Parts { modules: Arc::new(modules), ..before.parts.clone() };
            Ok(Some(Snapshot::assemble(parts, Some(before))?))
        })?;
        timers.lap(timers::MODULE_COMPILE);
        if changed {
            self.note_change("api");
        }
        Ok(done(exchange, timers))
    }

    /// `DELETE /v1/policies/<id>`
    pub(crate) fn policies_delete(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        self.policies_root()?;
        let id = named(id_of(exchange)?)?;
        let mut timers = Timers::start(exchange.options.measures());
        self.store.change(|before| {
            let known = before.parts.modules.get(&id).ok_or_else(|| missing(&id))?;
            check_origin(&id, known)?;
            let mut modules = before.parts.modules.as_ref().clone();
            modules.remove(&id);
            let parts = Parts { modules: Arc::new(modules), ..before.parts.clone() };
            let snapshot = Snapshot::assemble(parts, Some(before)).map_err(ApiError::from);
            snapshot.map(Some).map_err(|error| error.with_code(code::INVALID_OPERATION))
        })?;
        timers.lap(timers::MODULE_COMPILE);
        self.note_change("api");
        Ok(done(exchange, timers))
    }

    fn policies_root(&self) -> ApiResult<&[String]> {
        self.settings.policies_root.as_deref().ok_or_else(|| {
            let message = "policies cannot be changed through the API here";
            ApiError::new(StatusCode::FORBIDDEN, code::INVALID_OPERATION, message).help(
                "change them in the governance repository, or set `server.policies_root` to the package that the API may write",
            )
        })
    }
}

fn id_of(exchange: &Exchange<'_>) -> ApiResult<String> {
    let id = exchange.rest.trim_start_matches('/');
    let decoded = percent_decode_str(id).decode_utf8();
    decoded.map(|id| id.into_owned()).map_err(|_| ApiError::bad_request(format!("`{id}` is no id of a policy")))
}

fn named(id: String) -> ApiResult<String> {
    if id.is_empty() || id.len() > ID_BYTES_MAX {
        return Err(ApiError::bad_request("a policy needs an id: `/v1/policies/<id>`"));
    }
    Ok(id)
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("storage_not_found_error: policy id \"{id}\""))
}

/// What the API has put there, the API may change.
fn check_origin(id: &str, module: &StoredModule) -> ApiResult<()> {
    let owner = match &module.origin {
        Origin::Api => return Ok(()),
        Origin::Files => "comes from the governance repository".to_owned(),
        Origin::Bundle(name) => format!("is owned by bundle \"{name}\""),
    };
    Err(ApiError::bad_request(format!("policy `{id}` {owner} and cannot be changed through the API")))
}

/// A policy from the API stays below the root for such policies.
fn check_package(root: &[String], module: &StoredModule) -> ApiResult<()> {
    if module.package.starts_with(root) {
        return Ok(());
    }
    let (package, root) = (module.package.join("."), root.join("."));
    let message = format!("package `{package}` is not below `{root}`, where policies of the API belong");
    let error = ApiError::new(StatusCode::FORBIDDEN, code::INVALID_OPERATION, message);
    Err(error.help(format!("name the package `{root}` or `{root}.<name>`")))
}

fn shown<'a>(arena: &'a Arena, id: &str, module: &StoredModule) -> Value<'a> {
    arena.object(&[
        (arena.borrowed("id"), arena.string(id)),
        (arena.borrowed("raw"), arena.string(&module.source.text)),
        (arena.borrowed("ast"), policy_syntax::module(arena, &module.syntax())),
    ])
}

fn answer(exchange: &Exchange<'_>, value: Value<'_>) -> Response<Bytes> {
    let mut text = String::new();
    crate::data_read::write(&mut text, value, exchange.options.pretty);
    json_response(StatusCode::OK, text)
}

fn done(exchange: &Exchange<'_>, mut timers: Timers) -> Response<Bytes> {
    timers.finish();
    let arena = Arena::new();
    let metrics = exchange.options.measures().then(|| (arena.borrowed("metrics"), timers.value(&arena)));
    answer(exchange, arena.object(metrics.as_slice()))
}
