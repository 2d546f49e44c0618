//! The process is killed in the middle of load, again and again. Whatever was answered is in the record, and the record verifies.

use crate::support::{PATIENCE, boxed, entries, entry, holds, options, review};
use decision::Append;
use record::{Event, Options, Reader, Record};
use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

/// Names the record to the child, and with it that it is one.
const CHILD: &str = "PROVOST_RECORD_CRASH";

/// How many rounds, where 20 are too few.
const ROUNDS: &str = "PROVOST_RECORD_CRASH_ROUNDS";

const THREADS: u64 = 16;

/// Appends until it is killed, and prints what was acknowledged. Does nothing unless the parent asks for it.
#[test]
fn child() {
    let Some(path) = env::var_os(CHILD).map(PathBuf::from) else { return };
    let round = std::process::id();
    // As a server has it: the log is there before it is written.
    let record = Record::open(Options { log_bytes_ahead: 1 << 20, ..options(&path) }).unwrap();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let record = &record;
            scope.spawn(move || {
                for number in 0_u64.. {
                    let id = format!("{round}-{thread}-{number}");
                    record.append(boxed(entry(&id, &review(number)))).wait_for(PATIENCE).unwrap();
                    // One call, so that lines of several threads do not run into each other.
                    let mut out = std::io::stdout().lock();
                    out.write_all(format!("\nacknowledged {id}\n").as_bytes()).unwrap();
                    out.flush().unwrap();
                }
            });
        }
    });
}

/// Runs the child until it has acknowledged so many, kills it, and answers all that it had acknowledged by then.
fn killed_after(path: &Path, acknowledged: usize) -> BTreeSet<String> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ids = BTreeSet::new();
    let mut read = |ids: &mut BTreeSet<String>| {
        let line = lines.next()?.unwrap();
        ids.extend(line.strip_prefix("acknowledged ").map(str::to_owned));
        Some(())
    };
    while ids.len() < acknowledged {
        read(&mut ids).expect("the child ended before it was killed");
    }
    // On Unix this is SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    // What it had printed by then was acknowledged too. The last line may be cut.
    while read(&mut ids).is_some() {}
    ids
}

#[test]
fn whatever_was_acknowledged_outlives_the_process() {
    let rounds = env::var(ROUNDS).ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let mut acknowledged = BTreeSet::new();
    for round in 0..rounds {
        // Killed while it starts, in its first batches, and later.
        let mut ids = killed_after(&path, [0, 1, 5, 40, 300][round % 5]);
        // Killed so early that it had not begun.
        let has_begun = Reader::open(&path).is_ok();
        assert!(has_begun || ids.is_empty(), "{ids:?}");
        acknowledged.append(&mut ids);
        if has_begun {
            holds(&path);
        }
    }
    let verification = holds(&path);
    assert_eq!(verification.unclean + 1, verification.starts, "nobody had the time to say that it ends");
    let mut stored = BTreeSet::new();
    for entry in entries(&path) {
        if let Event::Decision(decision) = entry.event {
            stored.insert(decision.id.into_owned());
        }
    }
    // A cut line names the start of an id.
    let missing: Vec<_> = acknowledged.difference(&stored).collect();
    let cut = |id: &str| stored.iter().any(|stored| stored.starts_with(id));
    assert!(missing.iter().all(|id| cut(id)), "acknowledged and not there: {missing:?}");
    assert!(missing.len() <= rounds, "{missing:?}");
    println!("{rounds} times killed, {} acknowledged, {} stored", acknowledged.len(), stored.len());
}
