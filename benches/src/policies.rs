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

/// All policies, the shared sample first where it is there.
///
/// # Errors
/// When a file cannot be read.
pub fn all() -> io::Result<Vec<Policy>> {
    let mut policies = Vec::new();
    #[cfg(shared_sample)]
    policies.push(crate::sample::Sample::read()?.into_policy());
    policies.extend([
        policy("rbac", "allow", Some(generated::roles))?,
        policy("kubernetes", "deny", None)?,
        policy("strings", "findings", None)?,
        policy("arithmetic", "report", None)?,
        policy("comprehensions", "report", Some(generated::inventory))?,
        policy("virtual_documents", "decision", None)?,
        policy("lookups", "report", Some(generated::directory))?,
        policy("sets", "report", None)?,
        policy("partial_objects", "report", None)?,
        policy("functions", "report", None)?,
    ]);
    Ok(policies)
}

/// The policy of a folder; `data` makes its data where no file holds it.
fn policy(name: &'static str, rule: &str, data: Option<fn() -> String>) -> io::Result<Policy> {
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
