//! What is measured.

use anyhow::{Context, Result, bail};
use benches::repositories::body;
use std::path::PathBuf;
use std::time::Duration;

/// The command line.
#[derive(Default)]
pub struct Arguments {
    /// Which server this process is, when it is none of the generators.
    pub serve: Option<serve_kind::Kind>,
    /// The product's program: it answers for each of the repositories of the table.
    pub provost: Option<PathBuf>,
    /// Gatekeeper's library.
    pub templates: Option<PathBuf>,
    /// Commands of further servers.
    pub programs: Vec<String>,
    seconds: Option<u64>,
    connections: Option<usize>,
    path: Option<String>,
    /// The one protocol to measure; without it both.
    pub protocol: Option<String>,
    body: Option<PathBuf>,
}

pub mod serve_kind {
    /// A server of this program.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Kind {
        /// hyper, nothing around it.
        Bare,
        /// The product's server with a point that answers a fixed body.
        Mounted,
    }
}

/// What every connection sends.
pub struct Load {
    pub connections: usize,
    pub path: String,
    pub body: Vec<u8>,
}

/// Connections are files of this process and of the servers.
const CONNECTIONS_MAX: usize = 512;

impl Arguments {
    pub fn read() -> Result<Self> {
        let mut arguments = Self::default();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--serve" => {
                    arguments.serve = Some(match value()?.as_str() {
                        "bare" => serve_kind::Kind::Bare,
                        "mounted" => serve_kind::Kind::Mounted,
                        other => bail!("`{other}` is no server: `bare` and `mounted` are"),
                    });
                }
                "--provost" => arguments.provost = Some(value()?.into()),
                "--templates" => arguments.templates = Some(value()?.into()),
                "--program" => arguments.programs.push(value()?),
                "--seconds" => arguments.seconds = Some(value()?.parse().context("--seconds")?),
                "--connections" => {
                    let connections: usize = value()?.parse().context("--connections")?;
                    arguments.connections = Some(connections.clamp(1, CONNECTIONS_MAX));
                }
                "--protocol" => arguments.protocol = Some(value()?),
                "--path" => arguments.path = Some(value()?),
                "--body" => arguments.body = Some(value()?.into()),
                other => bail!("`{other}` is not known"),
            }
        }
        Ok(arguments)
    }

    /// Whether the requests are ones that OPA's server knows.
    pub fn asks_opa(&self) -> bool {
        self.path.as_ref().is_none_or(|path| path.starts_with("/v1/data"))
    }

    /// Turns that each server gets.
    pub fn turns(&self, turn: Duration) -> usize {
        let seconds = Duration::from_secs(self.seconds.unwrap_or(10).clamp(1, 600));
        usize::try_from(seconds.as_millis() / turn.as_millis().max(1)).unwrap_or(1)
    }

    /// The requests; without a body of one's own, an `AdmissionReview` of about 3 KB.
    pub fn load(&self) -> Result<Load> {
        let path = self.path.clone().unwrap_or_else(|| "/v1/data/main".to_owned());
        let body = match &self.body {
            Some(path) => std::fs::read(path).with_context(|| format!("`{}`", path.display()))?,
            None => body(&path),
        };
        Ok(Load { connections: self.connections.unwrap_or(64), path, body })
    }
}
