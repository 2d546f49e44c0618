//! The policies that engines are compared on, by name, with their documents.

use crate::generated;
use std::path::Path;
use std::{fs, io};

/// A policy and the documents that it is evaluated over.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its row in the tables.
    pub name: &'static str,
    /// Names and texts of its modules.
    pub modules: Vec<(String, String)>,
    /// What is asked: `data.bench.rbac.allow`.
    pub document: String,
    /// `input`, JSON.
    pub input: Vec<u8>,
    /// `data`, JSON.
    pub data: Vec<u8>,
}

/// Makes a document.
type Generator = fn() -> String;

/// The folders of `policies/`, the rule that is asked for, and what makes the data where no file holds it.
const FOLDERS: [(&str, &str, Option<Generator>); 10] = [
    ("rbac", "allow", Some(generated::roles)),
    ("kubernetes", "deny", None),
    ("strings", "findings", None),
    ("arithmetic", "report", None),
    ("comprehensions", "report", Some(generated::inventory)),
    ("virtual_documents", "decision", None),
    ("lookups", "report", Some(generated::directory)),
    ("sets", "report", None),
    ("partial_objects", "report", None),
    ("functions", "report", None),
];

/// All policies, the shared sample first where it is there.
///
/// # Errors
/// When a file cannot be read.
pub fn all() -> io::Result<Vec<Policy>> {
    let mut policies = Vec::new();
    #[cfg(shared_sample)]
    policies.push(crate::sample::Sample::read()?.into_policy());
    for (name, rule, data) in FOLDERS {
        policies.push(policy(name, rule, data)?);
    }
    Ok(policies)
}

/// The policy of that name, or `None`.
///
/// # Errors
/// When a file cannot be read.
pub fn named(name: &str) -> io::Result<Option<Policy>> {
    #[cfg(shared_sample)]
    if name == "admission" {
        return Ok(Some(crate::sample::Sample::read()?.into_policy()));
    }
    let folder = FOLDERS.iter().find(|(folder, ..)| *folder == name);
    folder.map(|(name, rule, data)| policy(name, rule, *data)).transpose()
}

/// The policy of a folder; `data` makes its data where no file holds it.
fn policy(name: &'static str, rule: &str, data: Option<Generator>) -> io::Result<Policy> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(name);
    let mut modules = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rego") {
            modules.push((path.display().to_string(), fs::read_to_string(&path)?));
        }
    }
    modules.sort();
    let data = match data {
        Some(data) => data().into_bytes(),
        None => fs::read(folder.join("data.json"))?,
    };
    let input = fs::read(folder.join("input.json"))?;
    Ok(Policy { name, modules, document: format!("data.bench.{name}.{rule}"), input, data })
}
