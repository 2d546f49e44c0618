//! A request that is not answered as it was meant, in one shape for all routes.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use serde_json::json;
use std::borrow::Cow;
use std::fmt;

/// Why a request was not answered as it was meant: a status, a code for programs, a message for people and what to do.
///
/// As JSON: `{"code": "request_too_large", "message": "...", "help": "..."}`. `code` and `message` are the fields of an OPA server's
/// error documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// A word that does not change between versions.
    pub code: &'static str,
    /// What happened: lower case, input in backticks, no full stop.
    pub message: Cow<'static, str>,
    /// What to do; may be empty.
    pub help: Cow<'static, str>,
}

impl Refusal {
    /// A refusal.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), help: Cow::Borrowed("") }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = help.into();
        self
    }

    /// The body.
    pub fn body(&self) -> Bytes {
        let mut document = json!({ "code": self.code, "message": self.message });
        if let (Some(document), false) = (document.as_object_mut(), self.help.is_empty()) {
            document.insert("help".to_owned(), self.help.as_ref().into());
        }
        Bytes::from(format!("{document}\n"))
    }

    /// The answer.
    pub fn response(&self) -> Response<Bytes> {
        let mut response = Response::new(self.body());
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status.as_u16(), self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
