use super::{blocks, decode};

fn kinds(text: &str) -> Vec<(&str, String)> {
    blocks(text).into_iter().map(|block| (block.kind, String::from_utf8_lossy(&block.bytes).into_owned())).collect()
}

fn block(kind: &str) -> String {
    format!("-----BEGIN {kind}-----\naGVs\nbG8=\n-----END {kind}-----\n")
}

#[test]
fn blocks_stand_in_other_text() {
    let hello = |kind| (kind, "hello".to_owned());
    assert_eq!(kinds(&block("A")), [hello("A")]);
    assert_eq!(kinds(&format!("before\n{}between\n{}after", block("A"), block("B C"))), [hello("A"), hello("B C")]);
    assert_eq!(kinds(&block("A").replace('\n', "\r\n")), [hello("A")]);
    assert_eq!(kinds("-----BEGIN A-----\nProc-Type: 4\n\naGVsbG8=\n-----END A-----"), [hello("A")]);
    assert_eq!(kinds("-----BEGIN A-----\n-----END A-----"), [("A", String::new())]);
    assert_eq!(kinds(&format!("-----BEGIN X-----\n{}", block("A"))), [hello("A")], "the last beginning counts");
}

#[test]
fn what_is_not_well_formed_is_passed_over() {
    for text in [
        "",
        "-----BEGIN A-----\naGVsbG8=\n",
        "-----BEGIN A-----\naGVsbG8=\n-----END B-----\n",
        "-----BEGIN A-----\naGVsbG8\n-----END A-----\n",
        "-----BEGIN A-----\naGVsbG8=\n-----END A----- more\n",
        "x-----BEGIN A-----\naGVsbG8=\n-----END A-----\n",
        "-----BEGIN A\naGVsbG8=\n-----END A-----\n",
    ] {
        assert!(blocks(text).is_empty(), "{text}");
        assert_eq!(decode(text).1, text);
    }
    let text = format!("-----BEGIN A-----\n!\n-----END A-----\n{}", block("B"));
    assert_eq!(kinds(&text), [("B", "hello".to_owned())]);
}
