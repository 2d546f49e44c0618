//! Bundles: policies and data that come together, from a folder, a `.tar.gz` file or a server.
//!
//! What is read here may come from a stranger. An archive has a limit on its length before and after decompression and on the
//! number of its files; names that lead out of it are refused, and so are links. Nothing of a bundle is used before all of it
//! has been read, and verified where keys are known.

mod archive;
mod canonical;
mod content;
mod files;
mod manifest;
mod roots;
mod source;
mod status;

pub use source::{BundleSettings, BundleSource, Fetch, FetchError, FetchRequest, Fetched};
pub use status::{BundleFailure, BundleStatus};

pub(crate) use content::{BundleContent, ContentOptions, patch_path, patched};
pub(crate) use manifest::Manifest;
pub(crate) use roots::{Root, conflicts, owner_of};
pub(crate) use source::{Arrival, arrival};
pub(crate) use status::StatusBook;

use crate::error::Detail;
use crate::layered::Layered;
use crate::signature::SignatureError;
use thiserror::Error;
use value::Diagnostic;

/// Why a bundle is not used.
#[derive(Debug, Error)]
pub(crate) enum BundleError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{0}")]
    Archive(String),
    #[error("bundle load failed on {file}: {problem}")]
    File { file: String, problem: String },
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("{0}")]
    Manifest(String),
    #[error("error(s) occurred while compiling module(s)")]
    Compile(Vec<Diagnostic>),
    #[error("{0}")]
    Activation(String),
}

impl BundleError {
    pub(crate) fn file(file: &str, problem: impl ToString) -> Self {
        Self::File { file: file.to_owned(), problem: problem.to_string() }
    }

    /// The mistakes in its modules.
    pub(crate) fn details(&self) -> Vec<Detail> {
        match self {
            Self::Compile(diagnostics) => diagnostics.iter().map(Detail::from).collect(),
            _ => Vec::new(),
        }
    }

    /// What the server that should have it answered.
    pub(crate) const fn http_status(&self) -> Option<u16> {
        match self {
            Self::Fetch(error) => error.status,
            _ => None,
        }
    }
}

/// A bundle that is in use.
#[derive(Clone, Debug)]
pub(crate) struct ActiveBundle {
    pub(crate) manifest: Manifest,
    /// An object with the `data` that it brought and its `manifest`, with changes that came since.
    pub(crate) document: Layered,
    /// What its source calls this state of it.
    pub(crate) etag: Option<String>,
    /// Whether a server sent it: the etags of files are our own.
    pub(crate) remote: bool,
}
