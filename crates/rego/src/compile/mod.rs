//! Modules to a program: names resolved, literals ordered, rules grouped in a tree.

mod constants;
mod globals;
mod hir;
mod index;
mod logical;
mod lower;
mod metadata;
mod places;
mod program;
mod recursion;
mod resolve;
mod rules;
mod safety;
mod strict;
mod tree;

pub(crate) use hir::Comparison;
pub use places::Place;
pub use program::{DocumentPath, ModuleInfo, PreparedQuery, Program, RuleInfo};
pub(crate) use tree::RuleTree;

use crate::syntax::ast;
use value::Diagnostic;

/// How to compile.
#[derive(Clone, Debug, Default)]
pub struct CompileOptions {
    /// Keep `print` calls; without it they cost nothing.
    pub keep_print: bool,
    /// Refuse imports, arguments and local variables that nothing uses.
    pub strict: bool,
}

/// Compiles modules that belong together into one program.
///
/// # Errors
/// Everything that is wrong with them, by module and place: unsafe variables, unknown functions, wrong arity, conflicting
/// rules, recursion.
pub fn compile(modules: Vec<ast::Module>, options: &CompileOptions) -> Result<Program, Vec<Diagnostic>> {
    program::compile(modules, options)
}
