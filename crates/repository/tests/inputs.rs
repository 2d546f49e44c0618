//! What is found to check, in real folders.

#![expect(clippy::expect_used, reason = "a test that cannot set itself up must fail")]

use repository::{discover, load};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        fs::write(path, bytes).expect("writable");
    }
    folder
}

fn files() -> TempDir {
    tree(&[
        ("provost.yaml", b"policies: [policies]\nignore: [fixtures, 'b/*.skip.json']\n"),
        ("policies/a.rego", b"package a"),
        ("policies/sample.json", b"{}"),
        ("b/plan.json", b"{}"),
        ("b/x.skip.json", b"{}"),
        ("a/template.YML", b"a: 1"),
        ("a/stack.template", b"{}"),
        ("a/notes.md", b"text"),
        ("fixtures/deep/x.json", b"{}"),
        (".git/config.json", b"{}"),
        (".terraform/modules.json", b"{}"),
        ("node_modules/x/package.json", b"{}"),
        (".hidden.yaml", b"a: 1"),
        ("empty.yaml", b"  \n"),
    ])
}

fn found(folder: &Path, paths: &[&str], with_repository: bool) -> (Vec<String>, Vec<String>) {
    let (repository, _) = load(folder, &[]);
    let paths: Vec<PathBuf> =
        paths.iter().map(|path| if *path == "-" { PathBuf::from("-") } else { folder.join(path) }).collect();
    let discovery = discover(&paths, with_repository.then_some(&repository));
    let prefix = format!("{}/", folder.display());
    let names = discovery.files.iter().map(|file| file.name.replace(&prefix, "")).collect();
    let mistakes = discovery.diagnostics.iter().map(|diagnostic| diagnostic.to_string().replace(&prefix, "")).collect();
    (names, mistakes)
}

#[test]
fn folders_files_and_standard_input() {
    let folder = files();
    let inputs = ["a/stack.template", "a/template.YML", "b/plan.json", "empty.yaml"];
    assert_eq!(found(folder.path(), &["."], true).0, inputs.map(|name| format!("./{name}")));
    for (paths, expected) in [
        (&["a", "b/plan.json"][..], &["a/stack.template", "a/template.YML", "b/plan.json"][..]),
        // In the order named, each once.
        (&["b/plan.json", "b", "-", "-"], &["b/plan.json", "-"]),
        // What is named itself is taken, whatever it is called and wherever it stands.
        (
            &["a/notes.md", ".hidden.yaml", "policies/sample.json"],
            &["a/notes.md", ".hidden.yaml", "policies/sample.json"],
        ),
    ] {
        assert_eq!(found(folder.path(), paths, true).0, expected);
    }
    let everything = found(folder.path(), &["b", "policies", "fixtures"], false).0;
    assert_eq!(everything, ["b/plan.json", "b/x.skip.json", "policies/sample.json", "fixtures/deep/x.json"]);
}

#[cfg(unix)]
#[test]
fn unreadable_things_hide_nothing() {
    let folder = files();
    std::os::unix::fs::symlink("..", folder.path().join("a/up")).expect("links");
    std::os::unix::fs::symlink("nowhere", folder.path().join("b/broken.json")).expect("links");
    let (names, mistakes) = found(folder.path(), &["missing.json", "a", "b"], true);
    // The way up leads to other folders, and from there back: each file comes once.
    assert!(
        names.contains(&"a/stack.template".to_owned()) && names.iter().any(|name| name.ends_with("plan.json")),
        "{names:?}"
    );
    assert_eq!(mistakes[0], "file_error: `missing.json` cannot be read: no such file or directory");
    assert!(mistakes.iter().any(|mistake| mistake.contains("leads back to a folder around it")), "{mistakes:?}");
    assert!(mistakes.iter().any(|mistake| mistake.contains("`b/broken.json` cannot be read")), "{mistakes:?}");
}

#[test]
fn texts() {
    let folder = tree(&[
        ("plain.json", b"{}"),
        ("bom.json", b"\xEF\xBB\xBF{}"),
        ("empty.json", b" \n"),
        ("zip.json", b"PK\x03\x04rest"),
        ("long.json", b"[1, 2, 3, 4, 5, 6, 7]"),
        ("latin1.yaml", b"a: caf\xe9"),
    ]);
    for (name, expected) in [
        ("plain.json", Ok(Some("{}"))),
        ("bom.json", Ok(Some("{}"))),
        ("empty.json", Ok(None)),
        ("zip.json", Err("the input is a ZIP archive, not a text")),
        ("long.json", Err("is longer than the limit of 20 bytes")),
        ("latin1.yaml", Err("the input is not UTF-8: byte 0xe9 at 1:7")),
    ] {
        let discovery = discover(&[folder.path().join(name)], None);
        let read = discovery.files[0].read(20, io::empty());
        match expected {
            Ok(text) => assert_eq!(read.expect(name).as_deref().map(|source| source.text.as_str()), text, "{name}"),
            Err(message) => {
                let diagnostic = read.expect_err(name);
                assert!(diagnostic.message.contains(message) && diagnostic.message.contains(name), "{diagnostic}");
                assert!(diagnostic.help.is_some());
            }
        }
    }
    let discovery = discover(&[PathBuf::from("-")], None);
    let source = discovery.files[0].read(20, &b"{}"[..]).expect("a text").expect("content");
    assert_eq!((source.name.as_str(), source.text.as_str()), ("-", "{}"));
}
