//! Which record a command is about, and which of its entries.

use crate::governance;
use crate::problem::Problem;
use anyhow::Result;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use record::{Filter, Reader};
use std::path::PathBuf;

/// Which record.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct RecordFileArguments {
    /// The record. Without one, that of the `provost.yaml` around here.
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

impl RecordFileArguments {
    /// Opens it for reading.
    pub(crate) fn open(&self) -> Result<Reader> {
        let path = match &self.file {
            Some(file) => file.clone(),
            None => configured()?,
        };
        Reader::open(&path).map_err(|error| Problem::new(error.to_string(), error.help()).into())
    }
}

fn configured() -> Result<PathBuf> {
    const HELP: &str = "name the file, or write `record: {path: ...}` into provost.yaml";
    let root = governance::root(None, &[])?;
    let root =
        root.ok_or_else(|| Problem::new("no record is named, and there is no provost.yaml around here", HELP))?;
    let (repository, _) = repository::load(&root, &[]);
    let settings = repository.configuration.record.and_then(|record| record.path);
    let path = settings.ok_or_else(|| Problem::new("no record is named, and provost.yaml names none", HELP))?;
    Ok(root.join(path))
}

/// Which entries.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct FilterArguments {
    /// Only decisions that came to this: deny, unknown, warn or allow.
    #[arg(long, value_name = "VERDICT", value_parser = ["deny", "unknown", "warn", "allow"])]
    verdict: Option<String>,

    /// Only decisions for this subject.
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,

    /// Only decisions over a resource whose address contains this.
    #[arg(long, value_name = "TEXT")]
    resource: Option<String>,

    /// Only decisions in which this policy said something.
    #[arg(long, value_name = "ID")]
    policy: Option<String>,

    /// Only decisions at this point: check, admission, api, ...
    #[arg(long, value_name = "POINT")]
    point: Option<String>,

    /// Only from then on: `2026-11-02`, `2026-11-02T10:00:00Z`, or so long ago: `90m`, `24h`, `7d`.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,

    /// Only what came before.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
}

impl FilterArguments {
    /// As the record understands it.
    pub(crate) fn filter(self) -> Filter {
        Filter {
            verdict: self.verdict,
            subject: self.subject,
            resource: self.resource,
            policy: self.policy,
            point: self.point,
            since: self.since,
            until: self.until,
            decisions: false,
            without_dropped: false,
        }
    }
}

/// A date in UTC, a moment, or how long ago.
fn moment(text: &str) -> Result<Timestamp, String> {
    let wrong =
        || format!("`{text}` is no time: write `2026-11-02`, `2026-11-02T10:00:00Z`, or how long ago: `24h`, `7d`");
    if let Ok(date) = text.parse::<jiff::civil::Date>()
        && !text.contains('T')
    {
        return format!("{date}T00:00:00Z").parse().map_err(|_| wrong());
    }
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let count: i64 = text.strip_suffix(unit).and_then(|count| count.parse().ok()).ok_or_else(wrong)?;
    let ago = count.checked_mul(seconds).filter(|ago| *ago >= 0).ok_or_else(wrong)?;
    Timestamp::now().checked_sub(SignedDuration::from_secs(ago)).map_err(|_| wrong())
}
