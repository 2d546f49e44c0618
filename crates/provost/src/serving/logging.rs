//! The log of a server, on standard error.

use clap::ValueEnum;
use std::io::IsTerminal;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// `--log-format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// An object a line.
    Json,
}

/// `--log-level`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// What may fail soon.
    Warn,
    /// What changed, and who was refused.
    Info,
    /// Every request, and more.
    Debug,
}

impl From<LogLevel> for LevelFilter {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Off => Self::OFF,
            LogLevel::Error => Self::ERROR,
            LogLevel::Warn => Self::WARN,
            LogLevel::Info => Self::INFO,
            LogLevel::Debug => Self::DEBUG,
        }
    }
}

/// Crates of ours that log under their own names.
const OWN: [&str; 8] = ["provost", "server", "opa_api", "decide_api", "admission", "cluster", "record", "ledger"];

/// Logs from now on. `requests` logs every request, whatever the level.
pub(crate) fn start(format: LogFormat, level: LogLevel, requests: bool) {
    let level = LevelFilter::from(level);
    let mut targets = Targets::new().with_default(level.min(LevelFilter::WARN));
    for name in OWN {
        targets = targets.with_target(name, level);
    }
    if requests {
        targets = targets.with_target("provost::requests", LevelFilter::DEBUG);
    }
    let layer = match format {
        LogFormat::Json => {
            fmt::layer().json().flatten_event(true).with_target(false).with_writer(std::io::stderr).boxed()
        }
        LogFormat::Text => {
            let color = std::io::stderr().is_terminal();
            fmt::layer().with_target(false).with_ansi(color).with_writer(std::io::stderr).boxed()
        }
    };
    // Only a test could have started one before.
    let _ = tracing_subscriber::registry().with(layer.with_filter(targets)).try_init();
}
