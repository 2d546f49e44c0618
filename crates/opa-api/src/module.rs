//! Policies as they are kept: texts with what must be known of them.

use rego::syntax::ast::{Dialect, Module};
use rego::syntax::parse_module;
use rego::{CompileOptions, Program};
use std::collections::BTreeMap;
use std::sync::Arc;
use value::{Diagnostic, Source};

/// Where a module comes from, and so who may change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The governance repository.
    Files,
    /// The bundle of that name.
    Bundle(String),
    /// The API.
    Api,
}

/// One module. Its source's name is its id.
#[derive(Debug)]
pub(crate) struct StoredModule {
    pub(crate) source: Arc<Source>,
    pub(crate) dialect: Dialect,
    pub(crate) origin: Origin,
    /// Its package below `data`.
    pub(crate) package: Vec<String>,
}

/// All modules by id.
pub(crate) type Modules = BTreeMap<String, Arc<StoredModule>>;

impl StoredModule {
    /// Reads a module, to learn its package and whether it is well formed.
    ///
    /// # Errors
    /// What is wrong with its syntax.
    pub(crate) fn parse(source: Arc<Source>, dialect: Dialect, origin: Origin) -> Result<Self, Vec<Diagnostic>> {
        let (module, mistakes) = parse_module(&source, dialect);
        if mistakes.is_empty() {
            Ok(Self { source, dialect, origin, package: module.package.path })
        } else {
            Err(mistakes)
        }
    }

    /// Its syntax. The tree is many times as large as the text and is needed only to compile, so it is not kept.
    pub(crate) fn syntax(&self) -> Module {
        parse_module(&self.source, self.dialect).0
    }
}

/// The program of all modules.
///
/// # Errors
/// What is wrong with them.
pub(crate) fn compile(modules: &Modules) -> Result<Program, Vec<Diagnostic>> {
    let syntax = modules.values().map(|module| module.syntax()).collect();
    rego::compile(syntax, &CompileOptions { keep_print: true, ..CompileOptions::default() })
}

/// What the record calls the modules: a digest of their ids and texts.
pub(crate) fn revision(modules: &Modules) -> String {
    record::revision(modules.iter().map(|(id, module)| (id.as_str(), module.source.text.as_bytes())))
}
