//! What an archive may be.

use crate::support::{Server, archive, gzip, outcome, status, told, with_bundle};
use opa_api::{BundleSource, Settings};

const MANIFEST: (&str, &[u8]) = (".manifest", br#"{"revision": "1", "roots": ["a"]}"#);
const MODULE: (&str, &[u8]) = ("/a/p.rego", b"package a\n\np := data.a.q + 1\n");
const DATA: (&str, &[u8]) = ("./a/data.json", br#"{"q": 1}"#);

#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    let api = with_bundle(|_, bundle| {
        bundle.bytes_max = 20_000;
        bundle.files_max = 5;
    });
    let server = Server::default();
    server.sends(bytes, None);
    let found = outcome(&api, &server);
    assert!(found.starts_with(expected), "{found}");
    let usable = found.starts_with("revision");
    assert_eq!(told(&api, "GET", "/v1/data/a/p", ""), if usable { "200 {\"result\":2}" } else { "200 {}" });
}

#[test]
fn an_archive_holds_policies_and_data() {
    check(&archive(&[MANIFEST, MODULE, DATA]), "revision 1");
    check(&archive(&[MODULE, MANIFEST, DATA, ("README", b"?")]), "revision 1");
}

#[test]
fn names_lead_nowhere_else() {
    for name in ["../a/p.rego", "a/../../p.rego", "a/./p.rego", "a//p.rego", "..", "a\\b.rego"] {
        let expected = format!("`{}` is no name of a file inside a bundle", name.trim_start_matches("./"));
        check(&archive(&[MANIFEST, DATA, (name, MODULE.1)]), &expected);
    }
}

#[test]
fn a_name_stands_once() {
    check(&archive(&[MANIFEST, MODULE, DATA, ("a/p.rego", b"package a")]), "`a/p.rego` stands in the bundle twice");
}

#[test]
fn links_and_devices_are_refused() {
    for (kind, expected) in [
        (tar::EntryType::Symlink, "`a/x.rego` is a link"),
        (tar::EntryType::Link, "`a/x.rego` is a link"),
        (tar::EntryType::Fifo, "`a/x.rego` is no file"),
        (tar::EntryType::Char, "`a/x.rego` is no file"),
    ] {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_path("a/x.rego").unwrap();
        header.set_link_name("/etc/passwd").unwrap();
        header.set_cksum();
        tar.append(&header, &b""[..]).unwrap();
        check(&gzip(&tar.into_inner().unwrap()), expected);
    }
}

#[test]
fn folders_are_passed_over() {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Directory);
    header.set_size(0);
    header.set_path("a/").unwrap();
    header.set_cksum();
    tar.append(&header, &b""[..]).unwrap();
    for (name, bytes) in [MANIFEST, ("a/p.rego", MODULE.1), ("a/data.json", DATA.1)] {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, bytes).unwrap();
    }
    check(&gzip(&tar.into_inner().unwrap()), "revision 1");
}

#[test]
fn there_are_limits() {
    let large = vec![b' '; 30_000];
    check(&archive(&[MANIFEST, MODULE, ("a/data.json", &large)]), "the bundle is larger than the limit of 20000 bytes");
    let half = vec![b' '; 15_000];
    check(&archive(&[MANIFEST, ("x", &half), ("y", &half)]), "the bundle is larger than the limit of 20000 bytes");
    let names: Vec<String> = (0..6).map(|number| format!("f{number}")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    check(&archive(&many), "the bundle has more than 5 files");
    // Nothing but headers.
    let names: Vec<String> = (0..100).map(|number| format!("d{number}/")).collect();
    let mut tar = tar::Builder::new(Vec::new());
    for name in &names {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Directory);
        header.set_size(0);
        header.set_path(name).unwrap();
        header.set_cksum();
        tar.append(&header, &b""[..]).unwrap();
    }
    check(&gzip(&tar.into_inner().unwrap()), "the bundle is larger than the limit of 20000 bytes");
}

#[test]
fn what_is_broken_is_said() {
    let whole = archive(&[MANIFEST, MODULE, DATA]);
    check(b"not an archive", "the archive cannot be read: ");
    check(&whole[..whole.len() / 2], "the archive cannot be read: ");
    check(&gzip(b"not a tar"), "the archive cannot be read: ");
    check(
        &archive(&[MANIFEST, ("a/p.rego", b"package a\n\xff")]),
        "bundle load failed on a/p.rego: the input is not UTF-8",
    );
    check(&archive(&[MANIFEST, ("a/data.json", b"{")]), "bundle load failed on a/data.json: ");
    check(&archive(&[MANIFEST, ("a/data.yaml", b"a: [")]), "bundle load failed on a/data.yaml: ");
    check(
        &archive(&[MANIFEST, ("a/data.yaml", b"a: 1\n---\na: 2")]),
        "bundle load failed on a/data.yaml: it must hold one",
    );
    check(&archive(&[MANIFEST, ("data.json", b"[]")]), "the data at the bundle's root must be an object");
    check(&archive(&[MANIFEST, ("a/p.rego", b"package a\np if {")]), "error(s) occurred while compiling module(s)");
}

#[test]
fn a_file_is_as_good_as_a_server() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("b.tar.gz");
    let api = with_bundle(|_: &mut Settings, bundle| bundle.source = BundleSource::Archive(path.clone()));
    let nobody = Server::default();
    assert!(outcome(&api, &nobody).contains("cannot be read"));
    std::fs::write(&path, archive(&[MANIFEST, MODULE, DATA])).unwrap();
    assert_eq!(outcome(&api, &nobody), "revision 1");
    assert_eq!(told(&api, "GET", "/v1/data/a/p", ""), "200 {\"result\":2}");
    assert!(!api.poll_bundle("b", &nobody).unwrap().activated, "nothing has changed");
    assert_eq!(status(&api).activations, 1);
    std::fs::write(&path, archive(&[(".manifest", br#"{"revision": "2"}"#), ("data.json", br#"{"a": {"p": 5}}"#)]))
        .unwrap();
    assert_eq!(outcome(&api, &nobody), "revision 2");
    assert_eq!(told(&api, "GET", "/v1/data/a/p", ""), "200 {\"result\":5}");
    assert!(nobody.asked.lock().unwrap().is_empty());
}
