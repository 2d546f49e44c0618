//! The sample: an admission policy over a pod, with quotas and registries as data.

use crate::policies::Policy;
use rego::syntax::ast::Dialect;
use rego::syntax::parse_module;
use rego::{CompileOptions, DocumentPath, Program, compile};
use std::fs;
use value::Source;

/// The same policy written by hand in Rust over `serde_json::Value`.
#[allow(
    missing_docs,
    unused_results,
    clippy::all,
    clippy::indexing_slicing,
    reason = "a baseline kept as it was written"
)]
pub mod handwritten {
    include!(concat!(env!("OUT_DIR"), "/handwritten.rs"));
}

/// The policy and its documents as bytes.
pub struct Sample {
    /// The policy.
    pub policy: String,
    /// `input`, JSON.
    pub input: Vec<u8>,
    /// `data`, JSON.
    pub data: Vec<u8>,
}

impl Sample {
    /// Reads the sample.
    ///
    /// # Errors
    /// When a file is missing.
    pub fn read() -> std::io::Result<Self> {
        let folder = env!("SHARED_SAMPLE");
        Ok(Self {
            policy: fs::read_to_string(format!("{folder}/admission.rego"))?,
            input: fs::read(format!("{folder}/admission.input.json"))?,
            data: fs::read(format!("{folder}/admission.data.json"))?,
        })
    }

    /// The sample as one of the policies that engines are compared on.
    pub fn into_policy(self) -> Policy {
        Policy {
            name: "admission",
            modules: vec![("admission.rego".to_owned(), self.policy)],
            document: "data.ai.gpu.deny".to_owned(),
            input: self.input,
            data: self.data,
        }
    }

    /// The compiled policy.
    ///
    /// # Errors
    /// The first mistake in the policy.
    pub fn program(&self) -> Result<Program, value::Diagnostic> {
        let (module, errors) = parse_module(&Source::new("admission.rego", &self.policy), Dialect::V1);
        match errors.into_iter().next() {
            Some(error) => Err(error),
            None => compile(vec![module], &CompileOptions::default()).map_err(|mut errors| errors.swap_remove(0)),
        }
    }

    /// The document that is evaluated.
    pub fn document() -> DocumentPath {
        DocumentPath::new(["ai", "gpu", "deny"].map(str::to_owned).to_vec())
    }
}
