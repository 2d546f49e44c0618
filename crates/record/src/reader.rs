//! Reading a record, while it is written or long after.

use crate::bodies;
use crate::chain::Digest;
use crate::entry::{BodyReference, Entry};
use crate::head::Head;
use crate::key::PublicKey;
use crate::store::{APPLICATION_ID, SCHEMA_VERSION};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use thiserror::Error;

/// How many entries are fetched at once. Between pages nothing is held, so that a reader never keeps the log from being moved.
const PAGE: usize = 4_096;

/// How many packs of bodies are kept at hand: entries that follow each other mostly share one.
const PACKS_AT_HAND: usize = 8;

/// Why a record cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// It is not there.
    #[error("there is no record at `{}`", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// It is something else.
    #[error("`{}` is no record", path.display())]
    Foreign {
        /// The path.
        path: PathBuf,
    },
    /// A later version wrote it.
    #[error("the record `{}` has version {version}, and this reads version {SCHEMA_VERSION}", path.display())]
    Version {
        /// The path.
        path: PathBuf,
        /// The file's version.
        version: i32,
    },
    /// SQLite or the system refused.
    #[error("the record `{}` cannot be read: {reason}", path.display())]
    Storage {
        /// The path.
        path: PathBuf,
        /// What it said.
        reason: rusqlite::Error,
    },
}

impl ReadError {
    /// What to do.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Missing { .. } => {
                "check the path; `record: {path: ...}` in provost.yaml says where the server writes"
            }
            Self::Foreign { .. } => "name the file that the server writes",
            Self::Version { .. } => "read it with the version of provost that wrote it, or a later one",
            Self::Storage { .. } => "check its permissions; a copy needs the `-wal` file beside it, if there is one",
        }
    }
}

/// An entry as it is stored, whatever it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its place.
    pub sequence: u64,
    /// Its hash, as it is stored; not 32 bytes when somebody has been at it.
    pub hash: Vec<u8>,
    /// Its content.
    pub content: Vec<u8>,
}

impl StoredEntry {
    /// What it says.
    ///
    /// # Errors
    /// When the content is no entry.
    pub fn read(&self) -> Result<Entry, serde_json::Error> {
        serde_json::from_slice(&self.content)
    }
}

/// What is there of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredBody {
    /// All of it.
    Kept(Vec<u8>),
    /// It was deleted.
    Gone,
    /// Something else than its digest says.
    Wrong,
}

/// The bodies of one pack; none when they are gone.
type UnpackedBodies = Option<Rc<Vec<u8>>>;

/// A record, opened for reading.
pub struct Reader {
    path: PathBuf,
    connection: Connection,
    packs: RefCell<VecDeque<(u64, UnpackedBodies)>>,
}

impl Reader {
    /// Opens the record. It may be written meanwhile.
    ///
    /// # Errors
    /// When it is not there, something else, or cannot be read.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        if !path.exists() {
            return Err(ReadError::Missing { path: path.to_path_buf() });
        }
        let storage = |reason| ReadError::Storage { path: path.to_path_buf(), reason };
        let connection = open(path).map_err(storage)?;
        let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        match (number("application_id"), number("user_version")) {
            (Ok(APPLICATION_ID), Ok(SCHEMA_VERSION)) => {}
            (Ok(APPLICATION_ID), Ok(version)) => return Err(ReadError::Version { path: path.to_path_buf(), version }),
            (Ok(_), Ok(_)) => return Err(ReadError::Foreign { path: path.to_path_buf() }),
            (Err(rusqlite::Error::SqliteFailure(failure, _)), _)
                if failure.code == rusqlite::ErrorCode::NotADatabase =>
            {
                return Err(ReadError::Foreign { path: path.to_path_buf() });
            }
            (Err(reason), _) | (_, Err(reason)) => return Err(storage(reason)),
        }
        Ok(Self { path: path.to_path_buf(), connection, packs: RefCell::default() })
    }

    /// Which record it is: what its heads are signed for.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn id(&self) -> Result<String, ReadError> {
        let id = self.connection.query_row("SELECT id FROM record", [], |row| row.get(0)).optional();
        Ok(id.map_err(|reason| self.storage(reason))?.unwrap_or_default())
    }

    /// The first and the last entry; none when there are none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn bounds(&self) -> Result<Option<(u64, u64)>, ReadError> {
        let bounds = self.connection.query_row("SELECT min(sequence), max(sequence) FROM entries", [], |row| {
            Ok(row.get::<_, Option<u64>>(0)?.zip(row.get::<_, Option<u64>>(1)?))
        });
        bounds.map_err(|reason| self.storage(reason))
    }

    /// The entries from `from` up to and including `through`, in order. After an error there is nothing more.
    pub fn entries(&self, from: u64, through: u64) -> Entries<'_> {
        Entries { reader: self, next: Some(from), through, page: VecDeque::new() }
    }

    /// The heads from the entry `from` up to and including `through`, in order.
    ///
    /// # Errors
    /// When they cannot be read. A head whose parts have the wrong length is given with zeros in their place.
    pub fn heads(&self, from: u64, through: u64) -> Result<Vec<Head>, ReadError> {
        let read = || -> Result<Vec<Head>, rusqlite::Error> {
            let mut statement = self.connection.prepare_cached(
                "SELECT sequence, hash, time, key, signature FROM heads WHERE sequence BETWEEN ?1 AND ?2 ORDER BY sequence",
            )?;
            let head = |row: &Row<'_>| {
                Ok(Head {
                    sequence: row.get(0)?,
                    hash: Digest::from_slice(&bytes(row, 1)?).unwrap_or_default(),
                    time: String::from_utf8(bytes(row, 2)?).unwrap_or_default(),
                    key: PublicKey(bytes(row, 3)?.try_into().unwrap_or_default()),
                    signature: bytes(row, 4)?,
                })
            };
            statement.query_map([signed(from), signed(through)], head)?.collect()
        };
        read().map_err(|reason| self.storage(reason))
    }

    /// What is there of a body.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn body(&self, reference: &BodyReference) -> Result<StoredBody, ReadError> {
        let Some(content) = self.pack(reference.pack)? else { return Ok(StoredBody::Gone) };
        Ok(match bodies::within(&content, reference) {
            Some(body) => StoredBody::Kept(body.to_vec()),
            None => StoredBody::Wrong,
        })
    }

    fn pack(&self, number: u64) -> Result<UnpackedBodies, ReadError> {
        let mut packs = self.packs.borrow_mut();
        if let Some((_, content)) = packs.iter().find(|(at_hand, _)| *at_hand == number) {
            return Ok(content.clone());
        }
        let read = || -> Result<_, rusqlite::Error> {
            let mut statement = self.connection.prepare_cached("SELECT content FROM bodies WHERE pack = ?1")?;
            statement.query_row([signed(number)], |row| bytes(row, 0)).optional()
        };
        let stored: Option<Vec<u8>> = read().map_err(|reason| self.storage(reason))?;
        // An empty row marks the last that retention took. What cannot be unpacked is there, and is nothing.
        let content = stored
            .filter(|stored| !stored.is_empty())
            .map(|stored| Rc::new(bodies::decompressed(&stored).unwrap_or_default()));
        packs.push_back((number, content.clone()));
        if packs.len() > PACKS_AT_HAND {
            packs.pop_front();
        }
        Ok(content)
    }

    /// The last pack that retention took, as the entries after `from` tell; none when they tell of none.
    pub(crate) fn retired_after(&self, from: u64) -> Result<Option<u64>, ReadError> {
        let read = || -> Result<_, rusqlite::Error> {
            let mut statement = self.connection.prepare(
                "SELECT max(content ->> '$.through_pack') FROM entries \
                 WHERE sequence > ?1 AND content LIKE '%\"kind\":\"retention\"%'",
            )?;
            statement.query_row([signed(from)], |row| row.get::<_, Option<u64>>(0))
        };
        read().map_err(|reason| self.storage(reason))
    }

    fn page(&self, from: u64, through: u64) -> Result<VecDeque<StoredEntry>, ReadError> {
        let read = || -> Result<VecDeque<StoredEntry>, rusqlite::Error> {
            let mut statement = self.connection.prepare_cached(
                "SELECT sequence, hash, content FROM entries WHERE sequence BETWEEN ?1 AND ?2 ORDER BY sequence LIMIT ?3",
            )?;
            let entry = |row: &Row<'_>| {
                Ok(StoredEntry { sequence: row.get(0)?, hash: bytes(row, 1)?, content: bytes(row, 2)? })
            };
            statement.query_map((signed(from), signed(through), PAGE), entry)?.collect()
        };
        read().map_err(|reason| self.storage(reason))
    }

    fn storage(&self, reason: rusqlite::Error) -> ReadError {
        ReadError::Storage { path: self.path.clone(), reason }
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Entries in order.
pub struct Entries<'r> {
    reader: &'r Reader,
    next: Option<u64>,
    through: u64,
    page: VecDeque<StoredEntry>,
}

impl Iterator for Entries<'_> {
    type Item = Result<StoredEntry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty() {
            let from = self.next.take().filter(|from| *from <= self.through)?;
            match self.reader.page(from, self.through) {
                Ok(page) => {
                    // A short page is the last one, but the record may be growing.
                    self.next = page.back().and_then(|last| last.sequence.checked_add(1));
                    self.page = page;
                }
                Err(error) => return Some(Err(error)),
            }
        }
        self.page.pop_front().map(Ok)
    }
}

/// SQLite's integers are signed; no sequence comes near their end.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The bytes of a column, whatever type somebody has made of it.
fn bytes(row: &Row<'_>, column: usize) -> Result<Vec<u8>, rusqlite::Error> {
    Ok(match row.get_ref(column)? {
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    })
}

/// Opens for reading. In a folder that cannot be written SQLite cannot make the file through which it shares the log; where there is
/// no log nothing is to be shared.
fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    let works = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    match works {
        Err(rusqlite::Error::SqliteFailure(failure, _))
            if failure.code == rusqlite::ErrorCode::CannotOpen && !Path::new(&log).exists() =>
        {
            let mut uri = String::from("file:");
            for byte in path.to_string_lossy().bytes() {
                match byte {
                    b'%' | b'?' | b'#' => uri.push_str(&format!("%{byte:02X}")),
                    byte => uri.push(char::from(byte)),
                }
            }
            uri.push_str("?immutable=1");
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
        }
        _ => Ok(connection),
    }
}
