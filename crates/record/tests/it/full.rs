//! The disk is full: nobody waits, nobody is told that it is recorded, and the gap is marked when space returns.

use crate::support::{PATIENCE, boxed, entries, entry, holds, options, review, wait_until};
use decision::{Append, NotRecorded};
use record::{Event, Options, Record, State};
use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// Names the record to the child, and with it that it is one.
const CHILD: &str = "PROVOST_RECORD_FULL";

/// How large a file the child may write.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Appends until the record refuses, then on. Answers how many were recorded, spooled and lost.
fn append_past_the_end(record: &Record) -> (u64, u64, u64) {
    let (mut recorded, mut spooled, mut lost) = (0, 0, 0);
    for number in 0_u64.. {
        let before = Instant::now();
        let answer = record.append(boxed(entry(&format!("entry-{number}"), &review(number)))).wait_for(PATIENCE);
        assert!(before.elapsed() < Duration::from_secs(20), "it took {:?} to be told", before.elapsed());
        match answer {
            Ok(_) => recorded += 1,
            Err(NotRecorded::Spooled(_)) => spooled += 1,
            Err(NotRecorded::Lost(_)) => lost += 1,
            Err(error) => panic!("{error}"),
        }
        assert!(number < 100_000, "the disk is never full");
        if lost == 5 {
            break;
        }
    }
    (recorded, spooled, lost)
}

/// The process may write no longer files, until its parent lets it: what the kernel says to it is what a full disk says.
#[test]
fn child() {
    let Some(path) = env::var_os(CHILD).map(PathBuf::from) else { return };
    let record = Record::open(Options { spool_bytes_max: 200_000, ..options(&path) }).unwrap();
    let (recorded, spooled, lost) = append_past_the_end(&record);
    assert!(recorded > 0 && spooled > 0, "{recorded} {spooled} {lost}");
    let health = record.health();
    assert!(matches!(health.state, State::Failing { .. }), "{health:?}");
    assert!(!health.is_recording());
    assert_eq!((health.spooled as u64, health.spooled_total, health.lost), (spooled, spooled, lost));

    // Space returns.
    let pid = std::process::id().to_string();
    let raised = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:unlimited"]).status().unwrap();
    assert!(raised.success());
    wait_until(|| record.health().is_recording());
    let health = record.health();
    assert_eq!((health.spooled, health.spooled_total, health.lost, health.gaps), (0, spooled, lost, 1));
    record.append(boxed(entry("after", &review(0)))).wait_for(PATIENCE).unwrap();
    drop(record);

    holds(&path);
    let all = entries(&path);
    let at = all.iter().position(|entry| matches!(entry.event, Event::Gap(_))).expect("a gap");
    let Event::Gap(gap) = &all[at].event else { panic!() };
    assert_eq!((gap.spooled, gap.lost), (spooled, lost));
    assert!(gap.since <= all[at].time && !gap.reason.is_empty(), "{gap:?}");
    let ids: Vec<String> = all
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Decision(decision) => Some(decision.id.to_string()),
            _ => None,
        })
        .collect();
    let mut expected: Vec<String> = (0..recorded + spooled).map(|number| format!("entry-{number}")).collect();
    expected.push("after".to_owned());
    assert_eq!(ids, expected, "what was recorded, what was spooled, and what came after, in their order");
    println!("recorded {recorded}, spooled {spooled}, lost {lost}: {}", gap.reason);
}

#[test]
fn a_full_disk_is_survived_and_told() {
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !has("prlimit") || !has("sh") {
        println!("skipped: `prlimit` is not there, and space could not return");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // The signal would end the process before the error could be told.
    let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$@\"", FILE_BYTES_MAX / 512);
    let output = Command::new("sh")
        .args(["-c", &script, "sh"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "full::child", "--nocapture"])
        .env(CHILD, folder.path().join("record.db"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("recorded "), "the child did nothing:\n{said}");
}

#[test]
fn a_record_has_a_size_that_it_does_not_pass() {
    const BYTES_MAX: u64 = 1 << 20;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let small = Options { bytes_max: Some(BYTES_MAX), spool_bytes_max: 100_000, ..options(&path) };
    let record = Record::open(small).unwrap();
    let (recorded, spooled, _) = append_past_the_end(&record);
    assert!(matches!(record.health().state, State::Failing { reason, .. } if reason.contains("full")));
    drop(record);
    assert!(std::fs::metadata(&path).unwrap().len() <= BYTES_MAX);
    assert_eq!(holds(&path).decisions["deny"], recorded);

    // A larger one goes on. What was spooled went with its process, whose end was not in good order.
    let record = Record::open(options(&path)).unwrap();
    record.append(boxed(entry("after", "{}"))).wait_for(PATIENCE).unwrap();
    drop(record);
    let verification = holds(&path);
    assert_eq!((verification.decisions["deny"], verification.unclean), (recorded + 1, 1));
    assert!(spooled > 0);
}

#[test]
fn a_process_may_begin_without_its_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("later").join("record.db");
    let key = folder.path().join("key");
    let options = Options { key, ..options(&path) };
    assert!(Record::open(options.clone()).is_err(), "the folder is not there");
    let record = Record::open_or_spool(options).unwrap();
    let answer = record.append(boxed(entry("early", "{}"))).wait_for(PATIENCE);
    assert!(matches!(answer, Err(NotRecorded::Spooled(_))), "{answer:?}");
    std::fs::create_dir(folder.path().join("later")).unwrap();
    wait_until(|| record.health().is_recording());
    record.append(boxed(entry("late", "{}"))).wait_for(PATIENCE).unwrap();
    drop(record);
    let kinds: Vec<_> = entries(&path).iter().map(|entry| entry.event.kind()).collect();
    assert_eq!(kinds, ["start", "gap", "decision", "decision", "stop"]);
    holds(&path);
}

#[test]
fn a_file_that_somebody_locks_is_waited_for_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let record = Record::open(options(&path)).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = record.append(boxed(entry("locked-out", "{}"))).wait_for(PATIENCE);
    assert!(matches!(&answer, Err(NotRecorded::Spooled(reason)) if reason.contains("locked")), "{answer:?}");
    other.execute_batch("ROLLBACK").unwrap();
    wait_until(|| record.health().is_recording());
    drop(record);
    let kinds: Vec<_> = entries(&path).iter().map(|entry| entry.event.kind()).collect();
    assert_eq!(kinds, ["start", "gap", "decision", "stop"]);
    holds(&path);
}
