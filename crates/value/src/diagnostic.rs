//! What went wrong with an input, where, and what to do about it.

use crate::span::{Position, Span};
use std::fmt;
use std::sync::Arc;

/// One named source text; diagnostics and programs share it.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The name that people know it by: a path, `-` for standard input, or a description.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A source that diagnostics can share.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }
}

/// One mistake in an input: a stable code, what happened, where, and what to do.
///
/// Messages are lower case, without a trailing full stop, with input in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable machine name, such as `rego_parse_error`.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// The text it is about, if there is one.
    pub source: Option<Arc<Source>>,
    /// The place in that text.
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A diagnostic about `span` of `source`.
    pub fn new(code: &'static str, message: impl Into<String>, source: &Arc<Source>, span: Span) -> Self {
        Self { code, message: message.into(), source: Some(Arc::clone(source)), span, help: None }
    }

    /// The same diagnostic with a line that says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Line and column, when the source is known.
    pub fn position(&self) -> Option<Position> {
        self.source.as_ref().map(|source| Position::of(&source.text, self.span.start))
    }
}

/// `file:line:column: code: message`, the one-line form.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(source), Some(position)) = (&self.source, self.position()) {
            write!(f, "{}:{position}: ", source.name)?;
        }
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Diagnostic {}
