use crate::Format;
use crate::fingerprint::fingerprints;
use crate::testing::{empty, sample};
use serde_json::Value;

#[test]
fn json() {
    insta::assert_snapshot!(sample().render(Format::Json));
}

#[test]
fn sarif() {
    insta::assert_snapshot!(sample().render(Format::Sarif));
}

#[test]
fn github() {
    insta::assert_snapshot!(sample().render(Format::Github));
}

#[test]
fn junit() {
    insta::assert_snapshot!(sample().render(Format::Junit));
}

#[test]
fn formats_are_known_by_their_names() {
    for format in Format::ALL {
        assert_eq!(Format::parse(format.as_str()), Some(format));
    }
    assert_eq!(Format::parse("tap"), None);
}

#[test]
fn sarif_says_whether_the_tool_did_its_work() {
    let successful = |text: &str| {
        let log: Value = serde_json::from_str(text).unwrap();
        log["runs"][0]["invocations"][0]["executionSuccessful"].as_bool().unwrap()
    };
    assert!(!successful(&sample().render(Format::Sarif)));
    assert!(successful(&empty().render(Format::Sarif)));
    let mut noted = empty();
    noted.notes = sample().notes;
    assert!(successful(&noted.render(Format::Sarif)), "a note is no failure");
}

#[test]
fn sarif_places_are_addresses() {
    let uri = |file: &str| {
        let mut sample = sample();
        sample.decision.findings.truncate(2);
        sample.decision.findings[1].place.file = file.to_owned();
        let log: Value = serde_json::from_str(&sample.render(Format::Sarif)).unwrap();
        let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        (place["uri"].as_str().unwrap_or_default().to_owned(), place["uriBaseId"].is_string())
    };
    assert_eq!(uri("./a b/ü#.json"), ("a%20b/%C3%BC%23.json".to_owned(), true));
    assert_eq!(uri("a\\b.json"), ("a/b.json".to_owned(), true));
    assert_eq!(uri("/etc/a.json"), ("file:///etc/a.json".to_owned(), false));
    assert_eq!(uri("C:\\a.json"), ("file:///C%3A/a.json".to_owned(), false));
    assert_eq!(uri("-"), (String::new(), false), "nobody can open standard input");
}

#[test]
fn a_message_cannot_write_a_workflow_command() {
    let mut sample = sample();
    sample.decision.findings.truncate(2);
    sample.decision.findings[1].message = "a\n::set-output name=x::y\r\n::error::z".to_owned();
    let text = sample.render(Format::Github);
    assert!(!text.lines().any(|line| line.starts_with("::set-output") || line.starts_with("::error::z")), "{text}");
}

#[test]
fn fingerprints_survive_moved_lines_and_tell_findings_apart() {
    let before = sample();
    let mut after = sample();
    for finding in &mut after.decision.findings {
        finding.place.position = None;
        finding.message.push_str(" still");
    }
    let prints = fingerprints(&before.decision.findings);
    assert_eq!(prints, fingerprints(&after.decision.findings));
    let mut unique = prints.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), prints.len());
}
