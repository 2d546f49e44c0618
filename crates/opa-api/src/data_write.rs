//! `/v1/data` with PUT, PATCH and DELETE: changes of base data, each as a whole or not at all.

use crate::api::{Api, Exchange};
use crate::bundle::patch_path;
use crate::data_path;
use crate::edit::{self, Edit, EditError};
use crate::error::{ApiError, ApiResult};
use crate::local_data::LocalData;
use crate::snapshot::{Parts, Snapshot};
use crate::timers::{self, Timers};
use bytes::Bytes;
use http::header::IF_NONE_MATCH;
use http::{Response, StatusCode};
use http_documents::{Body, BodyError, json_response};
use std::sync::Arc;
use value::{Arena, Pointer, Value, json};

/// Most operations of one patch.
const OPERATIONS_MAX: usize = 100_000;

/// Why a change inside of a document under construction stopped.
enum Stop {
    Body(BodyError),
    Edit(EditError),
    Request(ApiError),
}

impl From<BodyError> for Stop {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl From<EditError> for Stop {
    fn from(error: EditError) -> Self {
        Self::Edit(error)
    }
}

impl From<Stop> for ApiError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Body(error) => error.into(),
            Stop::Edit(error) => error.into(),
            Stop::Request(error) => error,
        }
    }
}

impl Api {
    /// `PUT /v1/data/...`
    pub(crate) fn v1_data_put(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        let path = path_of(exchange)?;
        let mut timers = Timers::start(exchange.options.measures());
        let limits = &self.settings.body;
        let headers = exchange.request.headers();
        let body = Body::read(headers, exchange.request.body(), limits)?;
        let only_if_absent = headers.get(IF_NONE_MATCH).is_some_and(|tags| tags.as_bytes() == b"*");
        let mut exists = false;
        self.store.change(|before| -> ApiResult<_> {
            permit(before, &path)?;
            if only_if_absent && edit::find(before.data().root(), &path).is_some() {
                exists = true;
                return Ok(None);
            }
            edit::room_for(before.data().root(), &path)?;
            let local = before.parts.local.edited(std::slice::from_ref(&path), |arena, root| {
                let value = body.owned_document(arena, limits)?.ok_or_else(|| Stop::Request(no_document()))?;
                Ok::<_, Stop>(edit::apply(arena, root, &path, Edit::Put(value))?)
            })?;
            timers.lap(timers::INPUT_PARSE);
            Ok(Some(changed(before, local)?))
        })?;
        if exists {
            return Ok(empty(StatusCode::NOT_MODIFIED));
        }
        self.note_change("api");
        Ok(done(exchange, timers))
    }

    /// `PATCH /v1/data/...`: a JSON Patch of `add`, `remove` and `replace`.
    pub(crate) fn v1_data_patch(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        let root = path_of(exchange)?;
        let mut timers = Timers::start(exchange.options.measures());
        let limits = &self.settings.body;
        let body = Body::read(exchange.request.headers(), exchange.request.body(), limits)?;
        let paths = {
            let arena = Arena::new();
            let patch = body.document(&arena, limits)?.ok_or_else(no_document)?;
            operations(patch)?.map(|operation| Ok(operation?.path_below(&root))).collect::<ApiResult<Vec<Pointer>>>()?
        };
        timers.lap(timers::INPUT_PARSE);
        self.store.change(|before| {
            paths.iter().try_for_each(|path| permit(before, path))?;
            let local = before.parts.local.edited(&paths, |arena, mut data| {
                let patch = body.owned_document(arena, limits)?.ok_or_else(|| Stop::Request(no_document()))?;
                for (operation, path) in operations(patch).map_err(Stop::Request)?.zip(&paths) {
                    data = edit::apply(arena, data, path, operation.map_err(Stop::Request)?.edit)?;
                }
                Ok::<_, Stop>(data)
            })?;
            Ok::<_, ApiError>(Some(changed(before, local)?))
        })?;
        self.note_change("api");
        Ok(done(exchange, timers))
    }

    /// `DELETE /v1/data/...`
    pub(crate) fn v1_data_delete(&self, exchange: &Exchange<'_>) -> ApiResult<Response<Bytes>> {
        let path = path_of(exchange)?;
        let timers = Timers::start(exchange.options.measures());
        self.store.change(|before| {
            permit(before, &path)?;
            edit::must_exist(before.data().root(), &path)?;
            let local = before
                .parts
                .local
                .edited(std::slice::from_ref(&path), |arena, root| edit::apply(arena, root, &path, Edit::Remove))?;
            Ok::<_, ApiError>(Some(changed(before, local)?))
        })?;
        self.note_change("api");
        Ok(done(exchange, timers))
    }
}

/// One operation of a patch.
struct Operation<'a> {
    path: Pointer,
    edit: Edit<'a>,
}

impl Operation<'_> {
    fn path_below(&self, root: &Pointer) -> Pointer {
        Pointer(root.0.iter().chain(&self.path.0).cloned().collect())
    }
}

/// The operations of a patch, each read when it is its turn.
fn operations<'a>(patch: Value<'a>) -> ApiResult<impl Iterator<Item = ApiResult<Operation<'a>>>> {
    // As in Go, where `null` is an array without items.
    let patch = if patch == Value::Null { Value::EMPTY_ARRAY } else { patch };
    let Some(operations) = patch.as_array() else {
        let message = format!("a patch must be an array of operations, and this is of type {}", patch.type_name());
        return Err(ApiError::bad_request(message));
    };
    if operations.len() > OPERATIONS_MAX {
        let message = format!("the patch has {} operations, and the limit is {OPERATIONS_MAX}", operations.len());
        return Err(ApiError::bad_request(message).help("split it"));
    }
    Ok(operations.iter().map(operation))
}

fn operation(operation: Value<'_>) -> ApiResult<Operation<'_>> {
    let text = |name| operation.get_str(name).and_then(Value::as_str).unwrap_or_default();
    let value = operation.get_str("value").unwrap_or_default();
    if let Some(path) = operation.get_str("path").filter(|path| path.as_str().is_none()) {
        // Read as no path, it would put the value in place of all that the patch is about.
        let message =
            format!("the path of a patch operation must be a string, and this is of type {}", path.type_name());
        return Err(ApiError::bad_request(message));
    }
    let edit = match text("op") {
        "add" => Edit::Add(value),
        "remove" => Edit::Remove,
        "replace" => Edit::Replace(value),
        other => return Err(ApiError::bad_request(format!("bad patch operation: {other}"))),
    };
    let path = text("path");
    let path = patch_path(path).ok_or_else(|| ApiError::bad_request(format!("bad patch path: {path}")))?;
    Ok(Operation { path, edit })
}

fn path_of(exchange: &Exchange<'_>) -> ApiResult<Pointer> {
    data_path::parse(exchange.rest).ok_or_else(|| ApiError::bad_request(format!("bad path: {}", exchange.rest)))
}

/// Refuses changes to what belongs to a bundle.
fn permit(snapshot: &Snapshot, path: &Pointer) -> ApiResult<()> {
    let names: Vec<String> = path.0.iter().map(data_path::name_of).collect();
    match snapshot.owner_of(&names) {
        Some(owned) => Err(ApiError::bad_request(owned)),
        None => Ok(()),
    }
}

fn changed(before: &Arc<Snapshot>, local: LocalData) -> ApiResult<Snapshot> {
    let parts = Parts { local, writes: before.parts.writes + 1, ..before.parts.clone() };
    Ok(Snapshot::assemble(parts, Some(before))?)
}

fn no_document() -> ApiError {
    ApiError::bad_request("the body holds no document")
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// Nothing to say, unless somebody wants to know how long it took.
fn done(exchange: &Exchange<'_>, mut timers: Timers) -> Response<Bytes> {
    if !exchange.options.measures() {
        return empty(StatusCode::NO_CONTENT);
    }
    timers.finish();
    let arena = Arena::new();
    let answer = arena.object(&[(arena.borrowed("metrics"), timers.value(&arena))]);
    json_response(StatusCode::OK, json::to_string(answer) + "\n")
}
