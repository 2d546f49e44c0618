//! `# METADATA` blocks.

use super::super::ast::{Annotation, AnnotationTarget};
use super::module::Statement;
use super::{PARSE_ERROR, Parser};
use value::{Diagnostic, Span};

/// One comment with what the layout says about it.
struct Comment {
    span: Span,
    line: u32,
    column: u32,
    /// Nothing but space stands before it on its line.
    alone: bool,
}

impl Parser<'_> {
    /// Collects the blocks of the module, each for the first of `statements` that begins after it.
    pub(super) fn annotations(&mut self, statements: &[(u32, Statement)]) -> Vec<Annotation> {
        let comments = self.located_comments();
        let mut annotations = Vec::new();
        let mut index = 0;
        while let Some(title) = comments.get(index) {
            index += 1;
            let text = self.text_of(title.span).trim_start_matches('#').trim();
            if !title.alone || !text.starts_with("METADATA") {
                continue;
            }
            let first = index;
            let mut line = title.line;
            while comments
                .get(index)
                .is_some_and(|next| next.alone && next.line == line + 1 && next.column == title.column)
            {
                line += 1;
                index += 1;
            }
            let block = comments.get(first..index).unwrap_or_default();
            let yaml = self.yaml(block);
            if yaml.trim().is_empty() {
                self.annotation_error(title.span, "expected METADATA block, found whitespace");
                continue;
            }
            let span = match (block.first(), block.last()) {
                (Some(first), Some(last)) => first.span.to(last.span),
                _ => title.span,
            };
            let next = statements.partition_point(|(start, _)| *start < span.end);
            let target = match statements.get(next) {
                Some((_, Statement::Package)) => AnnotationTarget::Package,
                Some((_, Statement::Rule(rule))) => AnnotationTarget::Rule(*rule),
                // OPA allows a block on an import and makes nothing of it.
                Some((_, Statement::Import)) => continue,
                // A statement that could not be read may be what it belongs to.
                None if !self.errors.is_empty() || !self.lexical_errors.is_empty() => continue,
                None => {
                    self.annotation_error(title.span, "annotation block is followed by nothing that it could describe");
                    continue;
                }
            };
            annotations.push(Annotation { span, yaml, first_line: title.line + 1, target });
        }
        annotations
    }

    fn annotation_error(&mut self, span: Span, message: &str) {
        let help = "a block stands right above the rule or the package it describes; to disable it, remove `METADATA`";
        self.errors.push(Diagnostic::new(PARSE_ERROR, message, self.source, span).help(help));
    }

    /// The comments with their lines and columns, found in one pass over the text.
    fn located_comments(&self) -> Vec<Comment> {
        let bytes = self.text.as_bytes();
        let mut line = 1;
        let mut line_start = 0;
        let mut at = 0;
        let mut comments = Vec::with_capacity(self.comments.len());
        for &span in &self.comments {
            let start = span.start as usize;
            for (offset, &byte) in bytes.get(at..start).unwrap_or_default().iter().enumerate() {
                if byte == b'\n' {
                    line += 1;
                    line_start = at + offset + 1;
                }
            }
            at = start;
            let column = u32::try_from(start - line_start).unwrap_or(u32::MAX);
            let before = bytes.get(line_start..start).unwrap_or_default();
            let alone = before.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
            comments.push(Comment { span, line, column, alone });
        }
        comments
    }

    /// The text of a block, where spaces stand for whatever comes before the text of a comment.
    fn yaml(&self, block: &[Comment]) -> String {
        let mut yaml = String::new();
        for comment in block {
            yaml.extend(std::iter::repeat_n(' ', comment.column as usize + 1));
            yaml.push_str(self.text_of(comment.span).get(1..).unwrap_or_default());
            yaml.push('\n');
        }
        yaml
    }
}
