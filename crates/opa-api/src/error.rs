//! Errors in the shape that OPA's clients know: `{"code", "message", "errors": [{"code", "message", "location"}]}`.

use bytes::Bytes;
use decision::QueryError;
use http::{Response, StatusCode};
use http_documents::{BodyError, json_response};
use rego::EvalError;
use value::{Arena, Diagnostic, Position, Value, json};

/// The words of OPA's error codes.
pub(crate) mod code {
    pub(crate) const INTERNAL: &str = "internal_error";
    pub(crate) const INVALID_OPERATION: &str = "invalid_operation";
    pub(crate) const INVALID_PARAMETER: &str = "invalid_parameter";
    pub(crate) const NOT_IMPLEMENTED: &str = "not_implemented";
    pub(crate) const RESOURCE_CONFLICT: &str = "resource_conflict";
    pub(crate) const RESOURCE_NOT_FOUND: &str = "resource_not_found";
    pub(crate) const UNDEFINED_DOCUMENT: &str = "undefined_document";
}

/// Messages that clients may compare.
pub(crate) const COMPILING_MODULES: &str = "error(s) occurred while compiling module(s)";
pub(crate) const COMPILING_QUERY: &str = "error(s) occurred while compiling query";
pub(crate) const PARSING_QUERY: &str = "error(s) occurred while parsing query";
pub(crate) const EVALUATING: &str = "error(s) occurred while evaluating query";

/// A request that is not answered as it was meant.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    code: &'static str,
    message: String,
    details: Vec<Detail>,
    help: Option<String>,
}

pub(crate) type ApiResult<T> = Result<T, ApiError>;

/// One of the mistakes behind an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Detail {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) location: Option<Location>,
    pub(crate) help: Option<String>,
}

/// Where in a module or query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) file: String,
    pub(crate) position: Position,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: Vec::new(), help: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::INVALID_PARAMETER, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code::RESOURCE_NOT_FOUND, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, message)
    }

    /// Mistakes in modules or queries.
    pub(crate) fn of_diagnostics(message: &str, diagnostics: &[Diagnostic]) -> Self {
        let details = diagnostics.iter().map(Detail::from).collect();
        Self { details, ..Self::bad_request(message) }
    }

    /// What to do about it.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub(crate) const fn with_code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    pub(crate) fn value<'a>(&self, arena: &'a Arena) -> Value<'a> {
        let mut entries = vec![
            (arena.borrowed("code"), arena.borrowed(self.code)),
            (arena.borrowed("message"), arena.string(&self.message)),
        ];
        if !self.details.is_empty() {
            let details: Vec<_> = self.details.iter().map(|detail| detail.value(arena)).collect();
            entries.push((arena.borrowed("errors"), arena.array(&details)));
        }
        if let Some(help) = &self.help {
            entries.push((arena.borrowed("help"), arena.string(help)));
        }
        arena.object(&entries)
    }

    /// What the record is told of it: the first of the mistakes behind it, and where that is.
    pub(crate) fn of_record(&self) -> QueryError {
        let Some(detail) = self.details.first() else {
            return QueryError { code: self.code.to_owned(), message: self.message.clone() };
        };
        let place = detail.location.as_ref().map(|place| format!("{}:{}: ", place.file, place.position));
        QueryError { code: detail.code.clone(), message: place.unwrap_or_default() + &detail.message }
    }

    pub(crate) fn response(&self) -> Response<Bytes> {
        let arena = Arena::new();
        json_response(self.status, json::to_string_pretty(self.value(&arena)) + "\n")
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        Self { status: error.status(), ..Self::bad_request(error.to_string()) }
    }
}

impl From<EvalError> for ApiError {
    fn from(error: EvalError) -> Self {
        Self { details: vec![Detail::from(&error)], ..Self::internal(EVALUATING) }
    }
}

impl Detail {
    pub(crate) fn value<'a>(&self, arena: &'a Arena) -> Value<'a> {
        let mut entries = vec![
            (arena.borrowed("code"), arena.string(&self.code)),
            (arena.borrowed("message"), arena.string(&self.message)),
        ];
        if let Some(location) = &self.location {
            let number = |number: u32| Value::Int(i64::from(number));
            let location = arena.object(&[
                (arena.borrowed("file"), arena.string(&location.file)),
                (arena.borrowed("row"), number(location.position.line)),
                (arena.borrowed("col"), number(location.position.column)),
            ]);
            entries.push((arena.borrowed("location"), location));
        }
        if let Some(help) = &self.help {
            entries.push((arena.borrowed("help"), arena.string(help)));
        }
        arena.object(&entries)
    }
}

impl From<&Diagnostic> for Detail {
    fn from(diagnostic: &Diagnostic) -> Self {
        let location = diagnostic.source.as_ref().map(|source| Location {
            file: source.name.clone(),
            position: Position::of(&source.text, diagnostic.span.start),
        });
        Self {
            code: diagnostic.code.to_owned(),
            message: diagnostic.message.clone(),
            location,
            help: diagnostic.help.clone(),
        }
    }
}

impl From<&EvalError> for Detail {
    fn from(error: &EvalError) -> Self {
        let location =
            error.place().map(|place| Location { file: place.source.name.clone(), position: place.position() });
        Self { code: error.code().to_owned(), message: error.kind().to_string(), location, help: None }
    }
}
