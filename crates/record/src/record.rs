//! The record of one process, opened for appending.

use crate::chain::{Digest, hex};
use crate::health::Health;
use crate::key::{KeyError, PublicKey, SigningKey};
use crate::options::Options;
use crate::queue::Queue;
use crate::store::{self, StoreError};
use crate::writer::{WriteError, Writer};
use decision::{Append, Receipt, RecordEntry};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use thiserror::Error;

/// Why a record cannot be opened for appending.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Another process writes this record.
    #[error("another process writes the record `{}`", path.display())]
    Locked {
        /// The record.
        path: PathBuf,
    },
    /// The file is no record, of a later version, or broken at its end.
    #[error("`{}` cannot go on as a record: {reason}", path.display())]
    Content {
        /// The record.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The storage refused.
    #[error("the record `{}` cannot be written: {reason}", path.display())]
    Storage {
        /// The record.
        path: PathBuf,
        /// What it said.
        reason: String,
    },
    /// The system has no thread to give.
    #[error("no thread could be started to write the record: {0}")]
    Thread(io::Error),
}

impl OpenError {
    /// What to do.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Key(_) => "name another key, or remove the file to have a new one drawn",
            Self::Locked { .. } => "give each process a record of its own",
            Self::Content { .. } => "keep the file as evidence, run `provost record verify` on it, and name a new one",
            Self::Storage { .. } => "check the folder, its permissions and the space on the disk",
            Self::Thread(_) => "raise the limit on threads",
        }
    }
}

/// A record, opened for appending. Threads share it; one thread of its own writes.
///
/// Dropping it writes what waits, says in the record that this process ended, and signs the end.
pub struct Record {
    queue: Arc<Queue>,
    path: PathBuf,
    public: PublicKey,
    writer: Mutex<Option<JoinHandle<()>>>,
    /// Held as long as this process may write.
    _lock: Option<File>,
}

/// What to do when the storage refuses at the start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    None,
    Spool,
}

impl Record {
    /// Opens the record, or makes it, and says in it that this process begins.
    ///
    /// # Errors
    /// When any of that is not possible.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        Self::open_with(options, Patience::None)
    }

    /// The same, but a storage that refuses is no error: entries are spooled until it takes them, as when it begins to refuse
    /// later. For processes that must go on without a record.
    ///
    /// # Errors
    /// When the key cannot be used, another process writes the record, or the file is something else.
    pub fn open_or_spool(options: Options) -> Result<Self, OpenError> {
        Self::open_with(options, Patience::Spool)
    }

    fn open_with(options: Options, patience: Patience) -> Result<Self, OpenError> {
        let path = options.path.clone();
        // Before anything is put beside a file that is none of ours.
        if let Err(error @ (StoreError::Foreign | StoreError::Version(_))) = store::look_at(&path) {
            return Err(OpenError::Content { path, reason: error.to_string() });
        }
        let lock = lock(&path, patience)?;
        let key = SigningKey::load_or_create(&options.key)?;
        let public = key.public();
        let queue = Arc::new(Queue::new(options.spool_bytes_max));
        let mut writer = Writer::new(Arc::clone(&queue), options, key);
        match writer.start() {
            Ok(()) => queue.has_written(writer.written()),
            Err(WriteError::Store(error @ (StoreError::Foreign | StoreError::Version(_) | StoreError::Broken(_)))) => {
                return Err(OpenError::Content { path, reason: error.to_string() });
            }
            Err(error) if patience == Patience::Spool => writer.start_failing(&error),
            Err(error) => return Err(OpenError::Storage { path, reason: error.to_string() }),
        }
        let thread = std::thread::Builder::new().name("record".to_owned()).spawn(move || writer.run());
        let writer = Mutex::new(Some(thread.map_err(OpenError::Thread)?));
        Ok(Self { queue, path, public, writer, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What verifies its heads.
    pub const fn public_key(&self) -> PublicKey {
        self.public
    }

    /// How it is.
    pub fn health(&self) -> Health {
        self.queue.health()
    }

    /// Writes what waits and says that this process ended. Waits until that is done. Dropping the record does the same.
    pub fn close(&self) {
        self.queue.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A writer that panicked has told everybody who waited.
        let _ = writer.map(JoinHandle::join);
    }
}

impl Append for Record {
    fn append(&self, entry: RecordEntry) -> Receipt {
        self.queue.push(entry)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("path", &self.path).field("health", &self.health()).finish_non_exhaustive()
    }
}

/// Keeps other processes from writing too: two would each go on from what they know, and fork the chain. The system lets go of the
/// lock however the process ends.
fn lock(path: &Path, patience: Patience) -> Result<Option<File>, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let refused = |error: io::Error| OpenError::Storage { path: path.to_path_buf(), reason: error.to_string() };
    let file = match File::options().create(true).append(true).open(&name) {
        Ok(file) => file,
        // Where not even this file can be made, nobody else can write the record either.
        Err(_) if patience == Patience::Spool => return Ok(None),
        Err(error) => return Err(refused(error)),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path: path.to_path_buf() }),
        Err(TryLockError::Error(error)) => Err(refused(error)),
    }
}

/// A name for a decision that nobody else has: 32 hexadecimal digits, those of a random UUID (RFC 9562, version 4), with its hyphens.
///
/// # Errors
/// When the system gives no randomness.
pub fn decision_id() -> Result<String, io::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    for (byte, keep, set) in [(6, 0x0F, 0x40), (8, 0x3F, 0x80)] {
        if let Some(byte) = bytes.get_mut(byte) {
            *byte = (*byte & keep) | set;
        }
    }
    let digits = hex(&bytes);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    Ok(format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)))
}

/// A name for what decides: the SHA-256 of all its parts, by their names, however they are ordered.
pub fn revision<'p>(parts: impl IntoIterator<Item = (&'p str, &'p [u8])>) -> String {
    let mut lines: Vec<String> =
        parts.into_iter().map(|(name, content)| format!("{} {name}\n", Digest::of(content))).collect();
    lines.sort_unstable();
    Digest::of(lines.concat().as_bytes()).to_string()
}
