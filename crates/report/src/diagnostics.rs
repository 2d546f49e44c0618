//! What is wrong with an input: the line itself, where on it, and what to do.

use crate::style::Style;
use crate::text::printable;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use decision::Scrubber;
use std::ops::Range;
use value::{Diagnostic, Span};

/// All of `diagnostics` for people, an empty line between them. The text ends with a line break unless it is empty.
pub fn render(diagnostics: &[Diagnostic], scrubber: &Scrubber, style: &Style) -> String {
    let rendered: Vec<_> = diagnostics.iter().map(|diagnostic| render_one(diagnostic, scrubber, style)).collect();
    let mut text = rendered.join("\n\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn render_one(diagnostic: &Diagnostic, scrubber: &Scrubber, style: &Style) -> String {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(style.width);
    let message = printable(&scrubber.scrub(&diagnostic.message));
    let mut group = Group::with_title(Level::ERROR.primary_title(message).id(diagnostic.code));
    if let Some(source) = &diagnostic.source {
        match Lines::around(&source.text, diagnostic.span) {
            // Masking part of a line would move everything after it, so a line with a secret is not shown at all.
            Some(lines) if !is_masked(lines.text, scrubber) => {
                let snippet = Snippet::source(lines.text).line_start(lines.first_line).path(printable(&source.name));
                group = group.element(snippet.annotation(AnnotationKind::Primary.span(lines.span)));
            }
            _ => {
                let mut origin = Origin::path(printable(&source.name));
                if !source.text.is_empty()
                    && let Some(position) = diagnostic.position()
                {
                    origin = origin.line(position.line as usize).char_column(position.column as usize);
                }
                group = group.element(origin);
            }
        }
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(printable(&scrubber.scrub(help))));
    }
    renderer.render(&[group])
}

fn is_masked(text: &str, scrubber: &Scrubber) -> bool {
    matches!(scrubber.scrub(text), std::borrow::Cow::Owned(_))
}

/// The lines that a span touches. A plan may have millions: no more than these are given to the renderer.
struct Lines<'s> {
    text: &'s str,
    first_line: usize,
    span: Range<usize>,
}

/// A span over more lines than this is shown at its start only.
const LINES_MAX: usize = 5;
/// More of one line than this is not looked at: minified JSON is a single line of any length.
const LINE_BYTES_MAX: usize = 64 << 10;

impl<'s> Lines<'s> {
    /// None where there is no text to show: an empty source, or a line without end.
    fn around(source: &'s str, span: Span) -> Option<Self> {
        let at = |offset: u32| {
            let mut offset = (offset as usize).min(source.len());
            while !source.is_char_boundary(offset) {
                offset -= 1;
            }
            offset
        };
        let (start, end) = (at(span.start), at(span.end.max(span.start)));
        let line_start = source.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end =
            |from: usize| source.get(from..)?.find('\n').map_or(Some(source.len()), |newline| Some(from + newline));
        let first_end = line_end(start)?;
        let many = source.get(start..end)?.matches('\n').count() >= LINES_MAX;
        let (end, last_end) = if many { (first_end, first_end) } else { (end, line_end(end)?) };
        let text = source.get(line_start..last_end)?;
        if text.trim().is_empty() || text.len() > LINE_BYTES_MAX {
            return None;
        }
        let first_line = source.get(..line_start)?.matches('\n').count() + 1;
        Some(Self { text, first_line, span: start - line_start..end - line_start })
    }
}
