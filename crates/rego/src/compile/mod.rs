//! Modules to a program: names resolved, literals ordered, rules grouped in a tree.

mod constants;
mod globals;
mod hir;
mod index;
mod logical;
mod lower;
mod metadata;
mod paths;
mod places;
mod program;
mod recursion;
mod resolve;
mod rules;
mod safety;
mod shared;
mod tree;
mod types;
mod unused;

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
    /// Refuse imports, arguments and local variables that nothing uses; and of modules from before OPA 1.0 what later ones must not
    /// have: two imports of one name, variables called `input` or `data`, deprecated builtins.
    pub strict: bool,
    /// Accept calls, comparisons and references that can never be right. Evaluated, they are undefined or false, as are those of
    /// which nothing can be told before; what is known of the evaluator is tried on such policies too.
    pub accept_any_types: bool,
    /// The keys of `input` below which several evaluations may see the same: what rules come to that look at no other part of it can be
    /// kept for all of them ([`crate::SharedRules`]).
    pub shared_input: Vec<String>,
}

/// Compiles modules that belong together into one program.
///
/// # Errors
/// Everything that is wrong with them, by module and place: unsafe variables, unknown functions, wrong arity, conflicting
/// rules, recursion.
pub fn compile(modules: Vec<ast::Module>, options: &CompileOptions) -> Result<Program, Vec<Diagnostic>> {
    program::compile(modules, options)
}
