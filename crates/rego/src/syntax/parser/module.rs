//! A module: its package, its imports, and where to read on after a mistake.

use super::super::ast::{Dialect, ExprKind, Import, Module, Name, Package};
use super::super::token::TokenKind;
use super::{ERRORS_MAX, Keywords, PARSE_ERROR, Parse, Parser};
use std::sync::Arc;
use value::{Diagnostic, Span};

/// The words that `import future.keywords.<word>` takes.
const FUTURE_KEYWORDS: [&str; 7] = ["and", "contains", "every", "if", "in", "not", "or"];

impl Parser<'_> {
    /// The whole module.
    pub(super) fn module(mut self) -> (Module, Vec<Diagnostic>) {
        self.imports_v1 = self.imports_rego_v1();
        if self.dialect == Dialect::V0 && self.imports_v1 {
            self.dialect = Dialect::V1;
            self.keywords = Keywords::V1;
        }
        let mut module = Module {
            source: Arc::clone(self.source),
            dialect: self.dialect,
            package: Package { span: Span::default(), path: Vec::new() },
            imports: Vec::new(),
            rules: Vec::new(),
            annotations: Vec::new(),
        };
        let mut statements = Vec::new();
        if self.kind() == TokenKind::EndOfFile {
            let help = "begin the module with `package` and a name";
            let diagnostic = Diagnostic::new(PARSE_ERROR, "empty module", self.source, self.token().span).help(help);
            self.errors.push(diagnostic);
        }
        let mut first = true;
        while self.kind() != TokenKind::EndOfFile && self.errors.len() < ERRORS_MAX {
            let start = self.at;
            let errors = self.errors.len();
            self.depth = 0;
            let start_offset = self.token().span.start;
            if let Ok(statement) = self.statement(&mut module, first) {
                statements.push((start_offset, statement));
            } else {
                self.resynchronise(start);
            }
            first = false;
            self.forget_errors_after_lexical_ones(start, errors);
        }
        module.annotations = self.annotations(&statements);
        self.report_lexical_errors();
        (module, self.errors)
    }

    /// Whether the module says `import rego.v1` anywhere. It then is v1 from its first line on.
    fn imports_rego_v1(&self) -> bool {
        self.tokens.windows(4).any(|tokens| {
            let [import, rego, dot, v1] = tokens else { return false };
            import.kind == TokenKind::Import
                && dot.kind == TokenKind::Dot
                && self.text_of(rego.span) == "rego"
                && self.text_of(v1.span) == "v1"
        })
    }

    fn statement(&mut self, module: &mut Module, first: bool) -> Parse<Statement> {
        let token = self.token();
        let keyword = !self.word_begins_reference();
        if first && !(token.kind == TokenKind::Package && keyword) {
            let help = "begin the module with `package` and a name";
            let diagnostic = Diagnostic::new(PARSE_ERROR, "package expected", self.source, token.span).help(help);
            self.errors.push(diagnostic);
        }
        match token.kind {
            TokenKind::Package if keyword => {
                let package = self.package()?;
                if !first {
                    let help = "a module has one `package`, on its first line";
                    return self.fail_with_help(package.span, "unexpected package", help);
                }
                module.package = package;
                Ok(Statement::Package)
            }
            TokenKind::Import if keyword => {
                let import = self.import()?;
                module.imports.push(import);
                Ok(Statement::Import)
            }
            _ => {
                let index = module.rules.len();
                self.rule(&mut module.rules)?;
                Ok(Statement::Rule(index))
            }
        }
    }

    /// `package a.b["c"]`.
    fn package(&mut self) -> Parse<Package> {
        let start = self.advance().span.start;
        let name = self.token();
        if !name.kind.is_word() {
            return self.unexpected("expected the name of the package");
        }
        self.advance();
        let path = self.string_path(self.text_of(name.span).to_owned())?;
        Ok(Package { span: self.span_from(start), path })
    }

    /// `.b["c"]` after `first`.
    fn string_path(&mut self, first: String) -> Parse<Vec<String>> {
        let mut path = vec![first];
        while self.touches_last() {
            let operand = match self.kind() {
                TokenKind::Dot => self.dot_operand()?,
                TokenKind::LeftBracket => self.bracket_operand()?,
                _ => break,
            };
            match operand.kind {
                ExprKind::String(text) => path.push(text),
                _ => {
                    let text = super::shorten(self.text_of(operand.span));
                    let help = format!("write `.{text}` or `[\"{text}\"]`");
                    return self.fail_with_help(operand.span, format!("unexpected `{text}`: expecting string"), help);
                }
            }
        }
        Ok(path)
    }

    /// `import data.a.b as c`.
    fn import(&mut self) -> Parse<Import> {
        let start = self.advance().span.start;
        let root = self.token();
        if !root.kind.is_word() {
            return self.unexpected("expected path");
        }
        self.advance();
        let root_name = self.text_of(root.span);
        let path = self.string_path(root_name.to_owned())?;
        let path_span = self.span_from(root.span.start);
        if !matches!(root_name, "data" | "input" | "future" | "rego") {
            return self.fail_with_help(
                path_span,
                format!("unexpected import path, must begin with one of: `data`, `future`, `input`, `rego`, got: `{root_name}`"),
                format!("write `import data.{}`", super::shorten(self.text_of(path_span))),
            );
        }
        let alias = if self.take_if(TokenKind::As).is_some() { Some(self.alias()?) } else { None };
        let import = Import { span: self.span_from(start), path, alias };
        match root_name {
            "future" => self.future_import(&import, path_span)?,
            "rego" => self.rego_import(&import, path_span)?,
            _ => self.check_import_name(&import, path_span)?,
        }
        Ok(import)
    }

    fn alias(&mut self) -> Parse<Name> {
        let token = self.token();
        if token.kind != TokenKind::Identifier {
            return self.unexpected("expected a name after `as`");
        }
        self.advance();
        Ok(Name { span: token.span, text: self.text_of(token.span).to_owned() })
    }

    /// The last part of the path names the import, so it must be usable as a name.
    fn check_import_name(&mut self, import: &Import, span: Span) -> Parse<()> {
        let Some(last) = import.path.last().filter(|_| import.alias.is_none()) else { return Ok(()) };
        let kind = TokenKind::of_word(last);
        let future = matches!(kind, TokenKind::If | TokenKind::Contains | TokenKind::In | TokenKind::Every);
        if kind.is_keyword() && (self.dialect == Dialect::V1 || !future) {
            let message = format!("unexpected import path, must not end with a keyword, got: `{last}`");
            return self.fail_with_help(span, message, "import a different path or use an alias");
        }
        Ok(())
    }

    fn rego_import(&mut self, import: &Import, span: Span) -> Parse<()> {
        if import.path.get(1).is_none_or(|part| part != "v1") || import.path.len() > 2 {
            let text = self.text_of(span);
            return self.fail_at(span, format!("invalid import `{}`, must be `rego.v1`", super::shorten(text)));
        }
        if import.alias.is_some() {
            return self.fail_at(import.span, "`rego` imports cannot be aliased");
        }
        Ok(())
    }

    fn future_import(&mut self, import: &Import, span: Span) -> Parse<()> {
        if import.path.get(1).is_none_or(|part| part != "keywords") || import.path.len() > 3 {
            return self.fail_at(span, "invalid import, must be `future.keywords`");
        }
        if import.alias.is_some() {
            return self.fail_at(import.span, "`future` imports cannot be aliased");
        }
        let keywords = &mut self.keywords;
        match import.path.get(2).map(String::as_str) {
            None => {
                *keywords = Keywords { not_body: true, and: true, or: true, ..Keywords::V1 };
            }
            Some("if") => keywords.r#if = true,
            Some("contains") => keywords.contains = true,
            Some("in") => keywords.r#in = true,
            Some("every") => {
                keywords.every = true;
                keywords.r#in = true;
            }
            Some("not") => keywords.not_body = true,
            Some("and") => keywords.and = true,
            Some("or") => keywords.or = true,
            Some(_) => {
                let known = FUTURE_KEYWORDS.map(|word| format!("`{word}`")).join(", ");
                return self.fail_at(span, format!("unexpected keyword, must be one of {known}"));
            }
        }
        Ok(())
    }

    // Recovery.

    /// Goes to what looks like the start of the next statement, after a mistake in the one that begins at `start`.
    ///
    /// Brackets cannot be trusted, since a missing one may be the mistake; the layout can, where bodies are indented.
    fn resynchronise(&mut self, start: usize) {
        let indentation = self.indentation(start);
        let failed_at = self.at.min(self.tokens.len().saturating_sub(1)).max(start + 1);
        let mut open = Brackets::default();
        let mut body_is_indented = None;
        for index in start..failed_at {
            let token = self.token_at(index);
            if token.newline_before && !open.0.is_empty() && !token.kind.closes() && body_is_indented.is_none() {
                body_is_indented = Some(self.column(index) > indentation);
            }
            open.count(token.kind);
        }
        // At depth 0 what stands before the mistake has been read well. Within brackets the next rule may have begun
        // before anything looked wrong.
        let trust_layout = body_is_indented.unwrap_or(true);
        let from = if !open.0.is_empty() && trust_layout { start + 1 } else { failed_at };
        for index in from..self.tokens.len() {
            let token = self.token_at(index);
            let begins_line = token.newline_before && token.kind.is_word() && token.kind != TokenKind::Else;
            let begins_statement =
                begins_line && (trust_layout || open.0.is_empty()) && self.column(index) <= indentation;
            if begins_statement || token.kind == TokenKind::EndOfFile {
                self.at = index;
                return;
            }
            open.count(token.kind);
        }
        self.at = self.tokens.len();
    }

    /// How many bytes stand on the line before the token.
    pub(super) fn column(&self, index: usize) -> usize {
        let before = self.text.as_bytes().get(..self.token_at(index).span.start as usize).unwrap_or_default();
        before.iter().rev().take_while(|&&byte| byte != b'\n').count()
    }

    /// How far the line of the token is indented.
    pub(super) fn indentation(&self, index: usize) -> usize {
        let start = self.token_at(index).span.start as usize;
        let line = self.text.as_bytes().get(start.saturating_sub(self.column(index))..).unwrap_or_default();
        line.iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count()
    }

    /// Drops what the parser said about a statement with a lexical mistake in it: it most likely followed from that.
    fn forget_errors_after_lexical_ones(&mut self, start: usize, errors: usize) {
        if self.errors.len() == errors {
            return;
        }
        let from = self.token_at(start).span.start;
        let to = self.token_at(self.at).span.start;
        let first = self.lexical_errors.partition_point(|error| error.span.start < from);
        if self.lexical_errors.get(first).is_some_and(|error| error.span.start < to || to == from) {
            self.errors.truncate(errors);
        }
    }
}

/// The brackets that are open, as far as they match.
#[derive(Default)]
struct Brackets(Vec<TokenKind>);

impl Brackets {
    const REACH: usize = 50;

    fn count(&mut self, kind: TokenKind) {
        if kind.opens() {
            self.0.push(kind);
        } else if kind.closes() {
            // A bracket that was never closed ends where one around it does. Looking far for that one is of no use.
            let from = self.0.len().saturating_sub(Self::REACH);
            let near = self.0.get(from..).unwrap_or_default();
            if let Some(position) = near.iter().rposition(|open| open.closing() == kind) {
                self.0.truncate(from + position);
            }
        }
    }
}

/// What a statement of a module was.
#[derive(Clone, Copy, Debug)]
pub(super) enum Statement {
    Package,
    Import,
    /// The index of the first rule it gave.
    Rule(usize),
}
