//! What may be opened, and what is left alone.

use crate::support::{PATIENCE, boxed, entry, holds, options};
use decision::Append;
use record::{OpenError, Options, PublicKey, ReadError, Reader, Record};
use rusqlite::Connection;
use std::fs;

#[test]
fn one_process_writes_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let record = Record::open(options(&path)).unwrap();
    assert!(matches!(Record::open(options(&path)), Err(OpenError::Locked { .. })));
    assert!(matches!(Record::open_or_spool(options(&path)), Err(OpenError::Locked { .. })));
    drop(record);
    drop(Record::open(options(&path)).unwrap());
    let verification = holds(&path);
    assert_eq!((verification.starts, verification.unclean, verification.entries), (2, 0, 4));
}

#[test]
fn what_is_no_record_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("other.db");
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE mine(a); INSERT INTO mine VALUES (1)").unwrap();
    let text = folder.path().join("text.db");
    fs::write(&text, "not a database, whatever its name says, and long enough to be looked at\n".repeat(20)).unwrap();
    for path in [&database, &text] {
        let before = fs::read(path).unwrap();
        assert!(matches!(Record::open(options(path)), Err(OpenError::Content { .. })), "{}", path.display());
        assert!(matches!(Record::open_or_spool(options(path)), Err(OpenError::Content { .. })));
        assert_eq!(fs::read(path).unwrap(), before);
        assert!(matches!(Reader::open(path), Err(ReadError::Foreign { .. })), "{}", path.display());
    }
    assert!(matches!(Reader::open(&folder.path().join("gone.db")), Err(ReadError::Missing { .. })));
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "nothing was put beside them: {names:?}");
}

#[test]
fn a_later_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    drop(Record::open(options(&path)).unwrap());
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 2").unwrap();
    assert!(matches!(Record::open(options(&path)), Err(OpenError::Content { .. })));
    assert!(matches!(Reader::open(&path), Err(ReadError::Version { version: 2, .. })));
}

#[test]
fn a_record_whose_end_is_broken_does_not_go_on() {
    for damage in [
        "UPDATE entries SET content = replace(content, 'stop', 'stpo') WHERE sequence = 3",
        "DELETE FROM entries WHERE sequence = 3",
        "DELETE FROM entries WHERE sequence = 2",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.db");
        let record = Record::open(options(&path)).unwrap();
        record.append(boxed(entry("one", "{}"))).wait_for(PATIENCE).unwrap();
        drop(record);
        Connection::open(&path).unwrap().execute_batch(damage).unwrap();
        assert!(matches!(Record::open(options(&path)), Err(OpenError::Content { .. })), "{damage}");
    }
}

#[test]
fn a_record_is_read_where_nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a record?#%.db");
    let record = Record::open(options(&path)).unwrap();
    record.append(boxed(entry("one", "{}"))).wait_for(PATIENCE).unwrap();
    // While it is written, too.
    assert_eq!(Reader::open(&path).unwrap().bounds().unwrap(), Some((1, 2)));
    drop(record);
    let copy = folder.path().join("copy?.db");
    fs::copy(&path, &copy).unwrap();
    assert_eq!(holds(&copy).entries, 3);
}

#[cfg(unix)]
#[test]
fn keys_are_drawn_kept_and_guarded() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let key = folder.path().join("signing.key");
    let with_key = Options { key: key.clone(), ..options(&path) };
    let record = Record::open(with_key.clone()).unwrap();
    let public = record.public_key();
    drop(record);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(PublicKey::load(&folder.path().join("signing.key.pub")).unwrap(), public);
    assert_eq!(PublicKey::load(&key).unwrap(), public, "the private key names its public half");
    assert_eq!(Record::open(with_key.clone()).unwrap().public_key(), public, "the key is kept");
    fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(matches!(Record::open(with_key.clone()), Err(OpenError::Key(_))));
    fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
    fs::write(&key, "no key").unwrap();
    assert!(matches!(Record::open(with_key), Err(OpenError::Key(_))));
}

#[test]
fn openssl_reads_the_key_and_verifies_a_head() {
    use std::process::Command;
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: `openssl` is not there");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let key = folder.path().join("theirs.key");
    let openssl =
        |arguments: &[&str]| Command::new("openssl").args(arguments).current_dir(folder.path()).output().unwrap();
    let drawn = openssl(&["genpkey", "-algorithm", "ed25519", "-out", "theirs.key"]);
    assert!(drawn.status.success(), "{drawn:?}");
    drop(Record::open(Options { key, ..options(&path) }).unwrap());
    let reader = Reader::open(&path).unwrap();
    let head = reader.heads(1, u64::MAX).unwrap().pop().unwrap();
    fs::write(folder.path().join("public.pem"), head.key.to_pem()).unwrap();
    fs::write(folder.path().join("message"), head.message(&reader.id().unwrap())).unwrap();
    fs::write(folder.path().join("signature"), &head.signature).unwrap();
    let verify =
        ["pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "message", "-sigfile", "signature"];
    let verified = openssl(&verify);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}
