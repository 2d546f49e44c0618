//! Whatever is changed is found, and where.

use crate::support::{PATIENCE, boxed, entry, holds, options, review};
use decision::{Append, PolicySetEntry, RecordEntry};
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use proptest::{prop_assert, prop_assert_eq, prop_assert_ne};
use record::{Digest, Options, Problem, PublicKey, Reader, Record, SigningKey, Verification, VerifyOptions, verify};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

/// A record of two processes with 42 entries, and a head every 8.
static RECORD: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    for process in 0..2_u64 {
        let record = Record::open(Options { head_entries_max: 8, ..options(&path) }).unwrap();
        for number in 0..18 {
            record.append(boxed(entry(&format!("{process}-{number}"), &review(number)))).wait_for(PATIENCE).unwrap();
        }
        record.append(RecordEntry::PolicySet(PolicySetEntry::default())).wait_for(PATIENCE).unwrap();
    }
    holds(&path);
    (folder, path)
});

/// A copy of the record, and what is done to it.
fn damaged(damage: impl FnOnce(&Connection)) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.db");
    fs::copy(&RECORD.1, &path).unwrap();
    damage(&Connection::open(&path).unwrap());
    (folder, path)
}

fn verified(path: &Path, options: &VerifyOptions) -> Verification {
    verify(&Reader::open(path).unwrap(), options, &|_, _| {}).unwrap()
}

/// The breaks after some SQL, as text.
fn breaks(sql: &str, options: &VerifyOptions) -> Vec<String> {
    let (_folder, path) = damaged(|connection| connection.execute_batch(sql).unwrap());
    verified(&path, options).breaks.iter().map(ToString::to_string).collect()
}

#[test]
fn the_place_is_told() {
    let whole = VerifyOptions::default();
    let hash = "its content, or the hash before it, is not what its hash covers";
    for (sql, expected) in [
        ("", vec![]),
        (
            "UPDATE entries SET content = replace(content, 'alice', 'mallory') WHERE sequence = 7",
            vec![format!("entry 7: {hash}")],
        ),
        (
            "DELETE FROM entries WHERE sequence IN (7, 8)",
            vec!["entry 7: missing, up to entry 8".to_owned(), format!("entry 9: {hash}")],
        ),
        ("DELETE FROM entries WHERE sequence = 1", vec!["entry 1: missing".to_owned(), format!("entry 2: {hash}")]),
        // Two entries in each other's place: neither the content nor the number fits.
        (
            "UPDATE entries SET sequence = 100 WHERE sequence = 5; UPDATE entries SET sequence = 5 WHERE sequence = 6; \
             UPDATE entries SET sequence = 6 WHERE sequence = 100",
            vec![
                format!("entry 5: {hash}"),
                "entry 5: it says that it is entry 6".to_owned(),
                format!("entry 6: {hash}"),
                "entry 6: it says that it is entry 5".to_owned(),
                format!("entry 7: {hash}"),
            ],
        ),
        ("UPDATE record SET id = 'another'", vec!["it belongs to the record".to_owned(), "the signature".to_owned()]),
        (
            "UPDATE entries SET content = '' WHERE sequence = 7",
            vec![format!("entry 7: {hash}"), "it is no entry".to_owned()],
        ),
        ("UPDATE entries SET hash = x'00' WHERE sequence = 7", vec![format!("entry 7: {hash}")]),
    ] {
        let found = breaks(sql, &whole);
        assert_eq!(found.is_empty(), expected.is_empty(), "{sql}: {found:?}");
        for expected in expected {
            assert!(found.iter().any(|found| found.contains(&expected)), "{sql}: `{expected}` is not among {found:?}");
        }
    }
}

#[test]
fn an_end_that_is_cut_off_is_missed_by_its_head() {
    let found = breaks("DELETE FROM entries WHERE sequence >= 40", &VerifyOptions::default());
    assert_eq!(found.last().map(String::as_str), Some("entry 42: it was signed, and is not there"));
    // With the heads it looks like a shorter record, to whoever has not kept a head.
    let cut = "DELETE FROM entries WHERE sequence >= 40; DELETE FROM heads WHERE sequence >= 40";
    assert_eq!(breaks(cut, &VerifyOptions::default()), [""; 0]);
    let last = verified(&RECORD.1, &VerifyOptions::default()).hash;
    let kept = VerifyOptions { head: Some((42, last)), ..VerifyOptions::default() };
    assert!(verified(&RECORD.1, &kept).holds());
    assert_eq!(breaks(cut, &kept), [format!("entry 42: its hash is not {last}, as was expected")]);
    let other = VerifyOptions { head: Some((41, last)), ..VerifyOptions::default() };
    assert_eq!(verified(&RECORD.1, &other).breaks.len(), 1);
}

/// Somebody who can write the file, but has not the key, makes a chain that fits.
#[test]
fn a_chain_that_is_forged_is_told_by_its_signatures() {
    let forge = |connection: &Connection| {
        let mut previous = Digest::ZERO;
        for sequence in 1..=42_i64 {
            let read = "SELECT content FROM entries WHERE sequence = ?1";
            let content: String = connection.query_row(read, [sequence], |row| row.get(0)).unwrap();
            let content = content.replace("alice", "mallory");
            let hash = Digest::chained(&previous, content.as_bytes());
            connection
                .execute("UPDATE entries SET content = ?2, hash = ?3 WHERE sequence = ?1", (sequence, content, hash.0))
                .unwrap();
            previous = hash;
        }
    };
    let (_folder, path) = damaged(forge);
    let found = verified(&path, &VerifyOptions::default()).breaks;
    assert!(!found.is_empty() && found.iter().all(|found| found.problem == Problem::Signed), "{found:?}");
}

/// Heads that speak against what was forged have to go, and are missed.
#[test]
fn heads_that_were_taken_away_are_missed() {
    for (sql, expected) in [
        ("DELETE FROM heads", "entry 1: no head covers it, and one is signed whenever a process begins"),
        ("DELETE FROM heads WHERE sequence > 1", "no head covers it, and one is signed whenever a process begins"),
        ("DELETE FROM heads WHERE sequence = 42", "entry 42: no head covers it, and one is signed whenever"),
        ("DELETE FROM heads; DELETE FROM entries", "entry 1: there is no entry to verify"),
    ] {
        let found = breaks(sql, &VerifyOptions::default());
        assert!(found.iter().any(|found| found.contains(expected)), "{sql}: `{expected}` is not among {found:?}");
    }
    let none = VerifyOptions { from: 999, ..VerifyOptions::default() };
    assert_eq!(breaks("", &none), ["entry 999: there is no entry to verify"]);
    // More at the end than a process leaves behind that is killed.
    let (_folder, path) = damaged(|connection| {
        let read = "SELECT hash, content FROM entries WHERE sequence = 41";
        let (_, content): (Vec<u8>, String) =
            connection.query_row(read, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let mut previous = verified(&RECORD.1, &VerifyOptions::default()).hash;
        for sequence in 43..=3_000_i64 {
            let content = content.replace("\"sequence\":41", &format!("\"sequence\":{sequence}"));
            previous = Digest::chained(&previous, content.as_bytes());
            connection.execute("INSERT INTO entries VALUES(?1, ?2, ?3)", (sequence, previous.0, content)).unwrap();
        }
    });
    let found = verified(&path, &VerifyOptions::default()).breaks;
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(
        matches!(&found[..], [one] if one.starts_with("entry 43: no head covers it nor the 2957 entries that follow")),
        "{found:?}"
    );
}

#[test]
fn keys_are_trusted_by_whoever_verifies() {
    let own = verified(&RECORD.1, &VerifyOptions::default());
    let keys: Vec<PublicKey> = own.keys.iter().copied().collect();
    assert_eq!(keys.len(), 1);
    assert!(own.heads >= 5 && own.unsigned == 0, "{own:?}");
    assert!(verified(&RECORD.1, &VerifyOptions { keys, ..VerifyOptions::default() }).holds());
    let folder = tempfile::tempdir().unwrap();
    let other = SigningKey::load_or_create(&folder.path().join("key")).unwrap().public();
    let found = verified(&RECORD.1, &VerifyOptions { keys: vec![other], ..VerifyOptions::default() }).breaks;
    assert!(found.iter().all(|found| matches!(found.problem, Problem::Key(_))) && !found.is_empty(), "{found:?}");
}

#[test]
fn a_part_can_be_verified() {
    let part = VerifyOptions { from: 10, through: 20, ..VerifyOptions::default() };
    let found = verified(&RECORD.1, &part);
    assert!(found.holds(), "{:?}", found.breaks);
    assert_eq!((found.entries, found.bounds), (11, Some((10, 20))));
    for (sequence, is_in) in [(9, false), (10, true), (20, true), (21, false)] {
        let damage = format!("UPDATE entries SET content = content || ' ' WHERE sequence = {sequence}");
        assert_eq!(breaks(&damage, &part).is_empty(), !is_in, "{sequence}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// One byte of one entry, changed in any way, is found at that entry.
    #[test]
    fn a_flipped_byte_is_found(sequence in 1..=42_i64, column in 0..2_usize, at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let column = ["content", "hash"][column];
        let (_folder, path) = damaged(|connection| {
            let read = format!("SELECT CAST({column} AS BLOB) FROM entries WHERE sequence = ?1");
            let mut bytes: Vec<u8> = connection.query_row(&read, [sequence], |row| row.get(0)).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            let kind = if column == "content" { "TEXT" } else { "BLOB" };
            let write = format!("UPDATE entries SET {column} = CAST(?2 AS {kind}) WHERE sequence = ?1");
            connection.execute(&write, (sequence, bytes)).unwrap();
        });
        let found = verified(&path, &VerifyOptions::default());
        prop_assert!(!found.holds());
        prop_assert_eq!(found.breaks[0].sequence, sequence as u64);
    }

    /// One byte of a head, or of where a body is kept, does not pass unseen.
    #[test]
    fn a_flipped_byte_of_a_head_is_found(head in 0..5_i64, column in 0..4_usize, at in any::<prop::sample::Index>(), flip in 1..=127_u8) {
        let column = ["hash", "time", "key", "signature"][column];
        let (_folder, path) = damaged(|connection| {
            let read = format!("SELECT sequence, CAST({column} AS BLOB) FROM heads ORDER BY sequence LIMIT 1 OFFSET ?1");
            let (sequence, mut bytes): (i64, Vec<u8>) =
                connection.query_row(&read, [head], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            let kind = if column == "time" { "TEXT" } else { "BLOB" };
            let write = format!("UPDATE heads SET {column} = CAST(?2 AS {kind}) WHERE sequence = ?1");
            connection.execute(&write, (sequence, bytes)).unwrap();
        });
        prop_assert!(!verified(&path, &VerifyOptions::default()).holds());
    }

    /// One byte anywhere in the file: what is told may differ, but something is, and nothing falls over.
    #[test]
    fn a_file_may_hold_anything(at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.db");
        let mut bytes = fs::read(&RECORD.1).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert_ne!(&bytes, &fs::read(&RECORD.1).unwrap());
        fs::write(&path, bytes).unwrap();
        if let Ok(reader) = Reader::open(&path) {
            let _ = verify(&reader, &VerifyOptions::default(), &|_, _| {});
        }
    }
}
