//! Bodies go, entries stay.

use crate::support::{PATIENCE, boxed, entries, entry, holds, options, review, verified, wait_until};
use decision::{Append, NotRecorded};
use record::{Bodies, Event, Options, Reader, Record, StoredBody};
use record::{Problem, State};
use rusqlite::Connection;
use std::time::Duration;

fn recorded(path: &std::path::Path, count: u64) {
    let record = Record::open(options(path)).unwrap();
    for number in 0..count {
        record.append(boxed(entry("body", &review(number)))).wait_for(PATIENCE).unwrap();
    }
}

#[test]
fn a_body_that_somebody_deletes_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    recorded(&path, 4);
    assert_eq!(holds(&path).bodies, 4);
    let connection = Connection::open(&path).unwrap();
    connection.execute("DELETE FROM bodies WHERE pack = 2", []).unwrap();
    let verification = verified(&path);
    assert_eq!(verification.breaks.len(), 1);
    assert_eq!(verification.breaks[0].sequence, 3);
    assert!(matches!(verification.breaks[0].problem, Problem::BodyGone(_)), "{:?}", verification.breaks);
    // Another body in its place is not taken for it.
    connection.execute("INSERT INTO bodies SELECT 2, time_ns, bytes, content FROM bodies WHERE pack = 1", []).unwrap();
    assert!(matches!(verified(&path).breaks[0].problem, Problem::Body(_)));
}

/// A record that is looked over all the time.
fn watched(path: &std::path::Path, bodies: Bodies) -> Options {
    Options { bodies, look_over_every: Duration::from_millis(10), ..options(path) }
}

#[test]
fn bodies_go_by_age_and_entries_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    recorded(&path, 5);
    let before = entries(&path);
    let record = Record::open(watched(&path, Bodies { age_max: Duration::ZERO, ..Bodies::default() })).unwrap();
    wait_until(|| record.health().sequence >= before.len() as u64 + 2);
    // The number of a pack that is gone is not given again.
    record.append(boxed(entry("later", &review(1)))).wait_for(PATIENCE).unwrap();
    drop(record);
    let all = entries(&path);
    assert_eq!(all[..before.len()], before);
    let retentions = all.iter().filter(|entry| matches!(entry.event, Event::Retention(_))).count();
    assert!(retentions >= 1);
    let verification = holds(&path);
    assert!(verification.bodies_gone >= 5, "{verification:?}");
    let reader = Reader::open(&path).unwrap();
    let packs: Vec<_> = all
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Decision(decision) => decision.request.body,
            _ => None,
        })
        .collect();
    assert_eq!(reader.body(&packs[0]).unwrap(), StoredBody::Gone);
    assert_eq!(packs.iter().map(|body| body.pack).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    // A part of the record knows of what comes after it.
    let part = record::VerifyOptions { through: 4, ..Default::default() };
    assert!(record::verify(&reader, &part, &|_, _| {}).unwrap().holds());
}

#[test]
fn bodies_go_by_their_bytes_the_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    const BYTES_MAX: u64 = 5_000;
    let record = Record::open(watched(&path, Bodies { bytes_max: BYTES_MAX, ..Bodies::default() })).unwrap();
    for number in 0..20 {
        record.append(boxed(entry("body", &review(number)))).wait_for(PATIENCE).unwrap();
    }
    let kept = || -> (u64, u64) {
        let connection = Connection::open(&path).unwrap();
        let query = "SELECT sum(bytes), max(pack) FROM bodies";
        connection.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    };
    wait_until(|| kept().0 <= BYTES_MAX);
    let (bytes, last) = kept();
    assert!(bytes > 0 && last == 20, "the newest stay");
    drop(record);
    let verification = holds(&path);
    assert_eq!(verification.bodies + verification.bodies_gone, 20);
    assert!(verification.bodies >= 3 && verification.bodies_gone >= 10, "{verification:?}");
}

#[test]
fn bodies_need_not_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let bodies = Bodies { keep: false, ..Bodies::default() };
    let record = Record::open(Options { bodies, ..options(&path) }).unwrap();
    record.append(boxed(entry("one", &review(1)))).wait_for(PATIENCE).unwrap();
    drop(record);
    let Event::Decision(decision) = entries(&path).remove(1).event else { panic!("no decision") };
    assert_eq!((decision.request.body, decision.request.withheld.as_deref()), (None, Some("bodies are not kept")));
    holds(&path);
}

#[test]
fn a_file_that_is_taken_away_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let record = Record::open(watched(&path, Bodies::default())).unwrap();
    record.append(boxed(entry("before", "{}"))).wait_for(PATIENCE).unwrap();
    let away = folder.path().join("away.db");
    std::fs::rename(&path, &away).unwrap();
    wait_until(|| matches!(record.health().state, State::Failing { .. }));
    let answer = record.append(boxed(entry("meanwhile", "{}"))).wait_for(PATIENCE);
    assert!(matches!(answer, Err(NotRecorded::Spooled(_))), "{answer:?}");
    // No new record is begun in its place by a process that wrote another.
    assert!(matches!(record.health().state, State::Failing { .. }));
    assert!(!path.exists());
    std::fs::rename(&away, &path).unwrap();
    wait_until(|| record.health().is_recording());
    drop(record);
    let ids: Vec<_> = entries(&path).iter().map(|entry| entry.event.kind()).collect();
    assert_eq!(ids, ["start", "decision", "gap", "decision", "stop"]);
    holds(&path);
}
