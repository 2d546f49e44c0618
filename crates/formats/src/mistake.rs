//! A mistake at a place, before it is known which source the place is in.

use std::borrow::Cow;
use std::sync::Arc;
use value::{Diagnostic, Source, Span};

#[derive(Clone, Debug)]
pub(crate) struct Mistake {
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) help: Option<Cow<'static, str>>,
}

impl Mistake {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn into_diagnostic(self, code: &'static str, source: &Arc<Source>) -> Diagnostic {
        let diagnostic = Diagnostic::new(code, self.message, source, self.span);
        match self.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

/// The span of `start..end`; texts longer than places reach are refused before anything is read.
pub(crate) fn span(start: usize, end: usize) -> Span {
    Span::new(u32::try_from(start).unwrap_or(u32::MAX), u32::try_from(end).unwrap_or(u32::MAX))
}

/// The character at `offset`, as a span.
pub(crate) fn character_at(text: &str, offset: usize) -> Span {
    let mut start = offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let width = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    span(start, start + width)
}

/// The beginning of a text, as a message shows it.
pub(crate) fn excerpt(text: &str) -> String {
    const CHARACTERS_MAX: usize = 40;
    let line = text.lines().next().unwrap_or_default();
    let shown: String = line.chars().take(CHARACTERS_MAX).collect();
    if shown.len() < text.len() { format!("{shown}...") } else { shown }
}
