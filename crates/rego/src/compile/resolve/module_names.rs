//! What a module tells about its names.

use crate::syntax::ast;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use value::Source;

/// What a module tells about its names.
#[derive(Clone, Debug)]
pub(in crate::compile) struct ModuleNames {
    pub(in crate::compile) source: Arc<Source>,
    /// The package below `data`.
    pub(in crate::compile) package: Vec<String>,
    /// Import aliases, by name, to full paths (`data` or `input` first).
    pub(in crate::compile) imports: FxHashMap<String, Vec<String>>,
    /// `import future.keywords.not`.
    pub(in crate::compile) whole_negation: bool,
    /// Whether variables must not hide `input` and `data`: since OPA 1.0, and in strict mode.
    pub(in crate::compile) strict: bool,
    /// Whether deprecated builtins are refused: the same, but for queries.
    pub(in crate::compile) refuses_deprecated: bool,
}

impl ModuleNames {
    /// The names that `module` itself brings.
    pub(in crate::compile) fn of_module(module: &ast::Module, strict: bool) -> Self {
        let strict = strict || module.dialect == ast::Dialect::V1;
        let mut imports = FxHashMap::default();
        for import in &module.imports {
            if !matches!(import.path.first().map(String::as_str), Some("data" | "input")) {
                continue;
            }
            let name = import.alias.as_ref().map(|alias| alias.text.clone()).or_else(|| import.path.last().cloned());
            imports.extend(name.map(|name| (name, import.path.clone())));
        }
        let whole_negation = module.imports.iter().any(|import| {
            matches!(
                import.path.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
                ["future", "keywords", "not"]
            )
        });
        Self {
            source: Arc::clone(&module.source),
            package: module.package.path.clone(),
            imports,
            whole_negation,
            strict,
            refuses_deprecated: strict,
        }
    }

    /// A query sees only `data`, `input` and builtins.
    pub(in crate::compile) fn of_query(source: &Arc<Source>) -> Self {
        Self {
            source: Arc::clone(source),
            package: Vec::new(),
            imports: FxHashMap::default(),
            whole_negation: false,
            strict: true,
            refuses_deprecated: false,
        }
    }
}
