//! Moving the write-ahead log into the file, beside the writing and not in its way.

use rusqlite::{Connection, OpenFlags};
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Bytes of log after which a part of it is moved.
const PART_BYTES: u64 = 8 << 20;

/// Bytes of log after which the writer moves what is left itself, so that the log begins anew. While others write it never would: each
/// batch comes before the last one has been moved.
const LOG_BYTES: u64 = 64 << 20;

/// A thread that moves the log when it is told to, over a connection of its own.
pub(crate) struct Checkpointer {
    sender: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    /// About how long the log is.
    logged: u64,
    /// How much of it the thread has been told of.
    told: u64,
}

impl Checkpointer {
    /// Starts the thread. Where the system has none to give, the writer does its work.
    pub(crate) fn start(path: PathBuf) -> Self {
        // One word that waits is enough: it means all that has been written by then.
        let (sender, receiver) = sync_channel::<()>(1);
        let work = move || {
            for () in receiver {
                // What fails here is tried again, and in the end by the writer. What was acknowledged is in the log.
                let _ = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)
                    .and_then(|connection| checkpoint(&connection));
            }
        };
        let thread = std::thread::Builder::new().name("record-log".to_owned()).spawn(work).ok();
        Self { sender: thread.is_some().then_some(sender), thread, logged: 0, told: 0 }
    }

    /// So many more bytes are in the log that `writer` writes.
    pub(crate) fn logged(&mut self, bytes: u64, writer: &Connection) {
        self.logged += bytes;
        if self.logged >= LOG_BYTES {
            let is_moved = checkpoint(writer).unwrap_or_default();
            // A reader may hold on to the log; then it is tried again later.
            self.logged = if is_moved { 0 } else { LOG_BYTES / 2 };
            self.told = self.logged;
        } else if self.logged - self.told >= PART_BYTES {
            self.told = self.logged;
            // A full channel means that the thread has not begun with what it was told before.
            let _ = self.sender.as_ref().map(|sender| sender.try_send(()));
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.sender.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Moves what can be moved without waiting for anybody. Answers whether that was all.
fn checkpoint(connection: &Connection) -> Result<bool, rusqlite::Error> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        let (busy, log, moved): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(busy == 0 && log == moved)
    })
}
