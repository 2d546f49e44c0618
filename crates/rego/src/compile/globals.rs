//! What all modules together define: the names of packages and the arity of functions.

use rustc_hash::{FxHashMap, FxHashSet};

/// Names that every module can see.
#[derive(Debug, Default)]
pub(super) struct Globals {
    /// First names of rules, by package.
    names: FxHashMap<Vec<String>, FxHashSet<String>>,
    /// The fixed heads of all rules, by path below `data`.
    rules: FxHashSet<Vec<String>>,
    /// Arity of functions, by path below `data`.
    functions: FxHashMap<Vec<String>, usize>,
}

impl Globals {
    /// Notes that `package` has a rule whose head starts with `name`.
    pub fn define(&mut self, package: &[String], name: &str) {
        self.names.entry(package.to_vec()).or_default().insert(name.to_owned());
    }

    /// Notes a rule with this fixed head.
    pub fn define_rule(&mut self, path: &[String]) {
        self.rules.insert(path.to_vec());
    }

    /// Whether a rule has just this fixed head.
    pub fn is_rule(&self, path: &[String]) -> bool {
        self.rules.contains(path)
    }

    /// Notes a function; `false` when it is known with another arity.
    pub fn define_function(&mut self, path: &[String], arity: usize) -> bool {
        *self.functions.entry(path.to_vec()).or_insert(arity) == arity
    }

    /// Whether `package` has a rule of that name.
    pub fn defines(&self, package: &[String], name: &str) -> bool {
        self.names.get(package).is_some_and(|names| names.contains(name))
    }

    /// The arity of the function at `path`.
    pub fn arity(&self, path: &[String]) -> Option<usize> {
        self.functions.get(path).copied()
    }
}
