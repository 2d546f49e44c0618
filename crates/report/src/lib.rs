//! Every output format of a decision: for people, for CI and for programs.
//!
//! One file a format, one entry for all: [`render`]. Beside it stand what is no decision: [`show`] (the resources as the
//! catalog sees them), [`test_run`], [`explain`] (what a policy says) and [`diagnostics`] (what is wrong with an input).
//! [`policy_report`] writes an audit as objects that a cluster keeps.
//!
//! Findings come scrubbed of sensitive values from `decision`; what comes from elsewhere is scrubbed here. Knows no file, no
//! terminal and no environment: a caller says how wide and whether in colour.

pub mod diagnostics;
pub mod explain;
pub mod policy_report;
pub mod show;
pub mod test_run;

mod fingerprint;
mod github;
mod json;
mod junit;
mod people;
mod sarif;
mod style;
mod summary;
mod table;
mod text;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use decision::{Decision, Place, Scrubber};
use thiserror::Error;
use value::Diagnostic;

pub use style::{ColorChoice, Style};
pub use table::Table;

/// How a decision is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a terminal: grouped by resource, wrapped to its width.
    #[default]
    People,
    /// The whole decision; `docs/schema/decision.schema.json` says what stands where.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands that GitHub shows as annotations.
    Github,
    /// JUnit XML, for test reports.
    Junit,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::People, Self::Json, Self::Sarif, Self::Github, Self::Junit];

    /// The value of `--format`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Junit => "junit",
        }
    }

    /// The format of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// Something worth telling about an input that is neither finding nor error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub place: Place,
    /// What to tell.
    pub message: String,
}

/// What there is to report.
#[derive(Clone, Copy, Debug)]
pub struct Report<'r> {
    /// What was decided.
    pub decision: &'r Decision,
    /// How many files were read.
    pub files: usize,
    /// How many files and documents were left out because they are empty or nothing that is governed.
    pub skipped: usize,
    /// How many objects were left out because their namespaces are exempt.
    pub exempt: usize,
    /// What was wrong with inputs. [`Format::People`] leaves them out: a terminal gets them from [`diagnostics`], on the
    /// stream for errors.
    pub diagnostics: &'r [Diagnostic],
    /// What else to tell.
    pub notes: &'r [Note],
    /// What must not leave.
    pub scrubber: &'r Scrubber,
}

/// A format could not be written.
#[derive(Debug, Error)]
pub enum RenderError {
    /// As JSON.
    #[error("the report could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// As XML.
    #[error("the report could not be written as XML: {0}")]
    Xml(#[from] quick_junit::SerializeError),
}

/// Writes a decision; the text ends with a line break.
///
/// # Errors
/// When a serializer refuses, which no report of ours has been seen to bring about.
pub fn render(format: Format, report: &Report<'_>, style: &Style) -> Result<String, RenderError> {
    match format {
        Format::People => Ok(people::render(report, style)),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => Ok(github::render(report)),
        Format::Junit => junit::render(report),
    }
}

/// The name and version that machine formats give.
const TOOL_NAME: &str = "provost";
const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The detail of a finding of kind `patch` that holds its JSON Patch.
const PATCH: &str = "patch";
