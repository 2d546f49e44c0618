//! What a record is told when it is opened.

use decision::Mask;
use std::path::PathBuf;
use std::time::Duration;

/// What a head is signed after, by default. Whoever verifies counts on it.
pub(crate) const HEAD_ENTRIES_MAX: u64 = 1_000;
pub(crate) const HEAD_AGE_MAX: Duration = Duration::from_secs(5);

/// How a record is kept. [`Options::at`] has defaults for everything but the path.
#[derive(Clone, Debug)]
pub struct Options {
    /// The SQLite file. Beside it stand its write-ahead log (`-wal`, `-shm`) and a lock (`.lock`).
    pub path: PathBuf,
    /// The private key that signs heads; drawn when the file is not there.
    pub key: PathBuf,
    /// What an acknowledged entry outlives.
    pub durability: Durability,
    /// What is taken out of every body, besides the values of Kubernetes Secrets and what each entry asks for.
    pub masks: Vec<Mask>,
    /// What is kept of bodies.
    pub bodies: Bodies,
    /// How many bytes of entries wait in memory while the record cannot be written.
    pub spool_bytes_max: usize,
    /// How large the file may become, without its log; without it, as large as the disk lets it.
    pub bytes_max: Option<u64>,
    /// How many bytes of log are laid out when the record is opened. A flush into a file that need not grow takes a tenth of the time
    /// on many file systems; a server wants some 64 MiB, a command that writes one entry wants none.
    pub log_bytes_ahead: u64,
    /// A head is signed after this many entries; not more than the default, or who verifies will think that one was taken away.
    pub head_entries_max: u64,
    /// A head is signed when the last is as old as this and there are entries after it.
    pub head_age_max: Duration,
    /// How often it is looked whether bodies have outlived their retention, and whether the file is still in its place.
    pub look_over_every: Duration,
    /// How long to wait before a record that cannot be written is tried again.
    pub retry_after: Duration,
}

impl Options {
    /// The defaults for a record at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let mut key = path.as_os_str().to_owned();
        key.push(".key");
        Self {
            path,
            key: key.into(),
            durability: Durability::default(),
            masks: Vec::new(),
            bodies: Bodies::default(),
            spool_bytes_max: 64 << 20,
            bytes_max: None,
            log_bytes_ahead: 0,
            head_entries_max: HEAD_ENTRIES_MAX,
            head_age_max: HEAD_AGE_MAX,
            look_over_every: Duration::from_secs(30),
            retry_after: Duration::from_secs(1),
        }
    }
}

/// What an acknowledged entry outlives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The end of the process and of the machine's power: each batch is flushed to the disk before anybody is answered.
    #[default]
    Disk,
    /// The end of the process, also by `kill -9`. When the machine goes down, the last entries may be missing; the chain holds.
    Process,
}

impl Durability {
    /// The word in `provost.yaml`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Process => "process",
        }
    }
}

/// What is kept of bodies. Entries stay, and verify, when their bodies are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bodies {
    /// Whether any are kept. Without them nothing can be replayed.
    pub keep: bool,
    /// How long.
    pub age_max: Duration,
    /// How many bytes all of them may take together, compressed.
    pub bytes_max: u64,
    /// Longer ones are not kept.
    pub body_bytes_max: usize,
}

impl Default for Bodies {
    fn default() -> Self {
        Self {
            keep: true,
            age_max: Duration::from_secs(30 * 24 * 3_600),
            bytes_max: 10 << 30,
            body_bytes_max: 16 << 20,
        }
    }
}
