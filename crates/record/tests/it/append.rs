//! What is appended is there, as it was, in the order it was acknowledged.

use crate::support::{PATIENCE, boxed, entries, entry, holds, options, review};
use decision::{
    Answer, Append, Asked, BodyFormat, Exchange, PolicySetEntry, QueryAnswer, QueryError, RecordEntry, Revisions,
    Scrubber,
};
use record::{Digest, Event, Reader, Record, State, StoredBody, StoredExchange, mask_at};
use std::collections::BTreeMap;
use std::thread;

#[test]
fn findings_do_not_tell_what_is_masked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let masks = vec![mask_at("/request/object/metadata/labels", None).unwrap()];
    let record = Record::open(record::Options { masks, ..options(&path) }).unwrap();
    let body = r#"{"request":{"object":{"metadata":{"labels":{"team":"nlp"},"name":"p"}}}}"#;
    record.append(boxed(entry("one", body))).wait_for(PATIENCE).unwrap();
    // Nobody can say what is masked in what cannot be read.
    record.append(boxed(entry("two", "no JSON"))).wait_for(PATIENCE).unwrap();
    record.close();
    let messages: Vec<String> = entries(&path)
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Decision(decision) => Some(decision.findings[0].message.to_string()),
            _ => None,
        })
        .collect();
    let withheld = "withheld: it may tell what is masked in the body";
    assert_eq!(messages, ["asks for 8 GPUs; team (sensitive) may hold 4", withheld]);
}

#[test]
fn a_decision_is_kept_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let record = Record::open(options(&path)).unwrap();
    let body = review(7);
    let mut decision = entry("one", &body);
    decision.asked = Asked {
        now_ns: Some(5),
        seed: Some([3; 32]),
        environment: false,
        exchanges: vec![Exchange::Lookup { name: "db".to_owned(), answer: Err("no such name".to_owned()) }],
    };
    let policy_set = RecordEntry::PolicySet(PolicySetEntry {
        time_ns: 1,
        revisions: Revisions { policies: "p2".to_owned(), data: "d2".to_owned(), inventory: Some("i".to_owned()) },
        policies: 12,
        cause: "reload".to_owned(),
    });
    assert_eq!(record.append(policy_set).wait_for(PATIENCE), Ok(2));
    assert_eq!(record.append(boxed(decision)).wait_for(PATIENCE), Ok(3));
    let health = record.health();
    assert!(health.is_recording() && health.sequence == 3 && health.written == 3, "{health:?}");
    record.close();
    assert_eq!(record.health().state, State::Closed);

    let all = entries(&path);
    let kinds: Vec<_> = all.iter().map(|entry| entry.event.kind()).collect();
    assert_eq!(kinds, ["start", "policy-set", "decision", "stop"]);
    let Event::PolicySet(set) = &all[1].event else { panic!("{:?}", all[1]) };
    assert_eq!((set.policies, &*set.cause, &*set.revisions.policies), (12, "reload", "p2"));
    let Event::Decision(decision) = &all[2].event else { panic!("{:?}", all[2]) };
    assert_eq!(all[2].time.to_string(), "2026-09-21T14:13:20Z");
    assert_eq!(decision.subject.id.as_deref(), Some("alice"));
    assert_eq!(decision.verdict.as_deref(), Some("deny"));
    assert_eq!(decision.resources[0].address, "Pod/team-a/one");
    assert_eq!(decision.findings[0].resource, "Pod/team-a/one");
    assert_eq!(decision.findings[0].message, "asks for 8 GPUs; team nlp may hold 4");
    assert_eq!(decision.findings[0].pointer, "/request/object");
    assert_eq!(decision.request.digest, Digest::of(body.as_bytes()));
    assert_eq!((decision.host.now_ns, decision.host.seed), (Some(5), Some(Digest([3; 32]))));

    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.body(&decision.request.body.unwrap()).unwrap(), StoredBody::Kept(body.into_bytes()));
    let StoredBody::Kept(exchanges) = reader.body(&decision.host.exchanges.unwrap().body.unwrap()).unwrap() else {
        panic!("the exchanges are gone")
    };
    let exchanges: Vec<StoredExchange> = serde_json::from_slice(&exchanges).unwrap();
    let lookup =
        StoredExchange::Lookup { name: "db".to_owned(), addresses: None, error: Some("no such name".to_owned()) };
    assert_eq!(exchanges, [lookup]);
    let verification = holds(&path);
    assert_eq!((verification.entries, verification.starts, verification.unclean), (4, 1, 0));
    assert_eq!((verification.unsigned, verification.bodies), (0, 2));
}

#[test]
fn many_threads_append_and_each_is_answered_with_its_place() {
    const THREADS: u64 = 8;
    const EACH: u64 = 250;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let record = Record::open(options(&path)).unwrap();
    let answered: BTreeMap<u64, String> = thread::scope(|scope| {
        let appenders: Vec<_> = (0..THREADS)
            .map(|thread| {
                let record = &record;
                scope.spawn(move || {
                    let append = |number| {
                        let id = format!("{thread}-{number}");
                        let sequence = record.append(boxed(entry(&id, &review(number)))).wait_for(PATIENCE).unwrap();
                        (sequence, id)
                    };
                    (0..EACH).map(append).collect::<Vec<_>>()
                })
            })
            .collect();
        appenders.into_iter().flat_map(|appender| appender.join().unwrap()).collect()
    });
    assert_eq!(answered.len() as u64, THREADS * EACH, "no place was given twice");
    drop(record);
    let verification = holds(&path);
    assert_eq!(verification.entries, THREADS * EACH + 2);
    assert_eq!(verification.decisions["deny"], THREADS * EACH);
    let mut stored = BTreeMap::new();
    for entry in entries(&path) {
        if let Event::Decision(decision) = entry.event {
            stored.insert(entry.sequence, decision.id.into_owned());
        }
    }
    assert_eq!(stored, answered);
}

#[test]
fn a_body_that_comes_again_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let record = Record::open(options(&path)).unwrap();
    for number in [1, 2, 1, 1, 2] {
        record.append(boxed(entry("again", &review(number)))).wait_for(PATIENCE).unwrap();
    }
    drop(record);
    let places: Vec<_> = entries(&path)
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::Decision(decision) => decision.request.body,
            _ => None,
        })
        .collect();
    assert_eq!((places[0], places[0], places[1]), (places[2], places[3], places[4]));
    assert_ne!(places[0], places[1]);
    holds(&path);
}

#[test]
fn what_is_masked_is_nowhere_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let masks = vec![mask_at("/input/password", None).unwrap()];
    let record = Record::open(record::Options { masks, ..options(&path) }).unwrap();
    let query = |body: &str| {
        let mut query = entry("query", body);
        query.body.format = BodyFormat::OpaInput;
        query.body.masks = vec![mask_at("/result/token", Some("\"**\"".to_owned())).unwrap()];
        query.body.scrubber = Scrubber::new(["scrubbed-secret"]);
        let result = r#"{"allow":true,"token":"result-secret","of":"scrubbed-secret"}"#.to_owned();
        let path = "authz/login".to_owned();
        query.answer = Answer::Query(QueryAnswer { path, result: Some(result), ..QueryAnswer::default() });
        boxed(query)
    };
    record
        .append(query(r#"{"input":{"password":"masked-secret","note":"a scrubbed-secret","user":"u"}}"#))
        .wait_for(PATIENCE)
        .unwrap();
    // What cannot be read cannot be masked.
    record.append(query(r#"{"input":{"password":"masked-secret""#)).wait_for(PATIENCE).unwrap();
    drop(record);
    let file = std::fs::read(&path).unwrap();
    for secret in ["masked-secret", "scrubbed-secret", "result-secret"] {
        assert!(!file.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
    let reader = Reader::open(&path).unwrap();
    let all = entries(&path);
    let Event::Decision(decision) = &all[1].event else { panic!("{:?}", all[1]) };
    let body = |reference| match reader.body(&reference).unwrap() {
        StoredBody::Kept(body) => String::from_utf8(body).unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(body(decision.request.body.unwrap()), r#"{"input":{"note":"a (sensitive)","user":"u"}}"#);
    assert_eq!(decision.request.erased, ["/input/password"]);
    assert_eq!(decision.request.masked, ["/input/note"]);
    let query = decision.query.as_ref().unwrap();
    assert_eq!(body(query.body.unwrap()), r#"{"allow":true,"of":"(sensitive)","token":"**"}"#);
    assert_eq!(query.masked, ["/of", "/token"]);
    let Event::Decision(unreadable) = &all[2].event else { panic!("{:?}", all[2]) };
    assert_eq!(unreadable.request.body, None);
    assert!(unreadable.request.withheld.as_deref().unwrap().contains("cannot be masked"));
    holds(&path);
}

/// The message of an error may quote what was asked, and no mask can tell where.
#[test]
fn an_error_is_told_in_words_where_nothing_is_masked() {
    for (masks, dropped, keep, expected) in [
        (vec![], false, true, Some("m.rego:1:1: (sensitive) and hunter2")),
        (vec!["/input/password"], false, true, None),
        (vec![], true, true, None),
        (vec![], false, false, None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.db");
        let bodies = record::Bodies { keep, ..record::Bodies::default() };
        let record = Record::open(record::Options { bodies, ..options(&path) }).unwrap();
        let mut query = entry("query", r#"{"input":{"password":"hunter2"}}"#);
        query.body.format = BodyFormat::OpaInput;
        query.body.masks = masks.iter().map(|mask| mask_at(mask, None).unwrap()).collect();
        query.body.scrubber = Scrubber::new(["scrubbed-secret"]);
        let message = "m.rego:1:1: scrubbed-secret and hunter2".to_owned();
        let error = Some(QueryError { code: "eval_builtin_error".to_owned(), message });
        query.answer = Answer::Query(QueryAnswer { path: "p/q".to_owned(), error, dropped, ..QueryAnswer::default() });
        record.append(boxed(query)).wait_for(PATIENCE).unwrap();
        drop(record);
        let Event::Decision(decision) = entries(&path).remove(1).event else { panic!("no decision") };
        let error = decision.query.unwrap().error.unwrap();
        assert_eq!((&*error.code, error.message.as_deref()), ("eval_builtin_error", expected));
        holds(&path);
    }
}

#[test]
fn names_and_messages_have_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.db");
    let record = Record::open(options(&path)).unwrap();
    let mut long = entry("long", "{}");
    long.subject.id = Some("ü".repeat(100_000));
    if let Answer::Decision(decision) = &mut long.answer {
        let decision = std::sync::Arc::make_mut(decision);
        decision.findings = vec![decision.findings[0].clone(); 10_010];
        decision.findings[0].message = "m".repeat(1_000_000);
        decision.judged = vec![decision.judged[0].clone(); 10_003];
    }
    record.append(boxed(long)).wait_for(PATIENCE).unwrap();
    drop(record);
    let Event::Decision(decision) = entries(&path).remove(1).event else { panic!("no decision") };
    assert_eq!(decision.subject.id.unwrap().len(), 1_024 + "…".len());
    assert_eq!(decision.findings[0].message.len(), 4_096 + "…".len());
    assert_eq!((decision.findings.len(), decision.findings_left_off), (10_000, 10));
    assert_eq!((decision.resources.len(), decision.resources_left_off), (10_000, 3));
    holds(&path);

    // Many long messages are fewer.
    let record = Record::open(options(&path)).unwrap();
    let mut long = entry("long", "{}");
    if let Answer::Decision(decision) = &mut long.answer {
        let decision = std::sync::Arc::make_mut(decision);
        decision.findings[0].message = "m".repeat(4_096);
        decision.findings = vec![decision.findings[0].clone(); 3_000];
    }
    let sequence = record.append(boxed(long)).wait_for(PATIENCE).unwrap();
    drop(record);
    let Event::Decision(decision) = entries(&path).remove(sequence as usize - 1).event else { panic!("no decision") };
    assert_eq!((decision.findings.len(), decision.findings_left_off), (1_024, 1_976));
}
