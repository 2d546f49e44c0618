//! What of a request a policy may read, over all modules that it may reach.
//!
//! Whatever cannot be told counts as read: parts of a request that no policy reads are not made, and a policy must never miss one.

use crate::compile::{data_references, reaches};
use crate::references;
use catalog::Fields;
use decision::Reads;
use rego::syntax::ast::Module;
use std::collections::{BTreeMap, BTreeSet};

/// What each package reads itself, and which paths below `data` it refers to.
pub(crate) struct PackagesRead {
    packages: BTreeMap<Vec<String>, (Reads, BTreeSet<Vec<String>>)>,
}

impl PackagesRead {
    /// Of all modules that are compiled together.
    pub(crate) fn of(modules: &[&Module]) -> Self {
        let mut by_package: BTreeMap<&[String], Vec<&Module>> = BTreeMap::new();
        for &module in modules {
            by_package.entry(&module.package.path).or_default().push(module);
        }
        let packages = by_package.into_iter().map(|(path, modules)| {
            let mut refers: BTreeSet<Vec<String>> = modules.iter().flat_map(|module| data_references(module)).collect();
            if references::uses_whole("data", &modules) {
                refers.insert(Vec::new());
            }
            (path.to_vec(), (own(&modules), refers))
        });
        Self { packages: packages.collect() }
    }

    /// What the package at `path` may read, through others too.
    pub(crate) fn by(&self, path: &[String]) -> Reads {
        let mut reads = Reads::NOTHING;
        let mut reached: BTreeSet<&[String]> = BTreeSet::new();
        let mut waiting: Vec<&[String]> =
            self.packages.get_key_value(path).map(|(path, _)| path.as_slice()).into_iter().collect();
        while let Some(package) = waiting.pop() {
            let Some((own, refers)) = self.packages.get(package).filter(|_| reached.insert(package)) else { continue };
            reads = reads.and(*own);
            let met = self.packages.keys().filter(|other| refers.iter().any(|path| reaches(path, other)));
            waiting.extend(met.map(Vec::as_slice));
        }
        reads
    }
}

/// What the modules of one package read themselves.
fn own(modules: &[&Module]) -> Reads {
    if references::uses_whole("input", modules) {
        return Reads::EVERYTHING;
    }
    let paths = references::read_paths(modules);
    paths.iter().fold(Reads::NOTHING, |reads, path| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        reads.and(at(&path))
    })
}

/// What a reference to `path` below `input` reads.
fn at(path: &[&str]) -> Reads {
    match path {
        [] | ["*", ..] => Reads::EVERYTHING,
        ["resource", field, ..] => Reads { resource: fields(field), change: false },
        ["resource"] => Reads { resource: Fields::ALL, change: false },
        // It tells of all of them.
        ["change", "resources", _, "unknown", ..] => Reads::EVERYTHING,
        ["change", "resources", _, field, ..] => Reads { resource: fields(field), change: true },
        ["change", ..] => Reads { resource: Fields::ALL, change: true },
        _ => Reads::NOTHING,
    }
}

/// The field of that name. `action` of a change's resource is always there, and what is no field at all was refused before.
fn fields(name: &str) -> Fields {
    match name {
        "*" => Fields::ALL,
        name => Fields::named(name).unwrap_or(Fields::NONE),
    }
}

#[cfg(test)]
#[path = "reads_tests.rs"]
mod tests;
