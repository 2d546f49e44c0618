//! Requests and decisions. The cases are in `decide.md`; `UPDATE=1` writes what comes back.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says why"
)]

use bytes::Bytes;
use decide_api::{DecideApi, Settings, openapi};
use decision::{Answer, Append, PolicySet, Receipt, RecordEntry, Revisions, Subject, receipt};
use host::FixedHost;
use http::Request;
use point::{Caller, Governance, Identity, Peer, Point, RecordWait, RequestId};
use serde_json::Value as Json;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use value::json::{self, ParseLimits};
use value::{Frozen, Source};

const NOW_NS: i64 = 1_704_164_645_000_000_000;

fn governance(policies: &[(&str, &str)], data: &str) -> Arc<Governance> {
    let sources: Vec<_> = policies.iter().map(|(name, text)| Source::new(*name, *text)).collect();
    let compiled = rego_policy::compile(&sources, &rego_policy::Options::default());
    assert!(compiled.diagnostics.is_empty(), "{:#?}", compiled.diagnostics);
    let data = Frozen::build(|arena| json::parse(arena, data.as_bytes(), &ParseLimits::default())).unwrap();
    Arc::new(Governance {
        policies: PolicySet::new(compiled.policies, data, |_| ()).unwrap(),
        settings: catalog::Settings::default(),
        on_unknown: None,
        revisions: Arc::new(Revisions { policies: "p1".to_owned(), ..Revisions::default() }),
    })
}

fn caller(subject: &str) -> Caller {
    let subject = Subject {
        id: (!subject.is_empty()).then(|| subject.to_owned()),
        groups: vec!["nlp".to_owned()],
        verified_by: "oidc".to_owned(),
    };
    Caller {
        identity: Arc::new(Identity { subject, ..Identity::default() }),
        peer: Peer::Tcp("192.0.2.1:4711".parse().unwrap()),
        request_id: RequestId(7),
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

fn api(governance: Arc<Governance>) -> DecideApi {
    let settings = Settings { items_max: 3, ..Settings::default() };
    DecideApi::new(settings, governance, Arc::new(FixedHost { now_ns: NOW_NS }))
}

fn ask(api: &DecideApi, text: &str, subject: &str) -> http::Response<Bytes> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let mut lines = head.lines();
    let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    api.handle(request.body(Bytes::from(body.to_owned())).unwrap(), &caller(subject))
}

/// Verdict and findings of a decision, in a line each; a refusal as it is.
fn told(response: &http::Response<Bytes>) -> String {
    let body: Json = serde_json::from_slice(response.body()).unwrap();
    if response.status() != 200 {
        return format!("{}\n{body:#}\n", response.status());
    }
    let text = |value: &Json| value.as_str().unwrap_or("-").to_owned();
    let mut lines = format!("{} at {}\n", text(&body["verdict"]), text(&body["point"]));
    for finding in body["findings"].as_array().unwrap() {
        let (verdict, policy) = (text(&finding["verdict"]), text(&finding["policy"]));
        let (address, pointer) = (text(&finding["resource"]["address"]), text(&finding["place"]["pointer"]));
        lines += &format!("{verdict} {policy} {address} at `{pointer}`: {}\n", text(&finding["message"]));
    }
    for resource in body["resources"].as_array().unwrap() {
        let (address, class) = (text(&resource["resource"]["address"]), text(&resource["resource"]["class"]));
        lines += &format!("judged {class} {address}: {}\n", text(&resource["verdict"]));
    }
    for note in body["notes"].as_array().unwrap() {
        lines += &format!("note: {}\n", text(&note["message"]));
    }
    let policies: Vec<_> = body["policies"].as_array().unwrap().iter().map(|policy| text(&policy["id"])).collect();
    lines + &format!("policies: {}\n", policies.join(" "))
}

#[test]
fn requests_and_decisions() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/decide.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (mut out, mut rest) = (String::new(), text.as_str());
    let (mut policies, mut api_now, mut response) = (Vec::new(), None, None);
    while let Some((before, after)) = rest.split_once("```") {
        let (info, after) = after.split_once('\n').unwrap();
        let (body, after) = after.split_once("```").unwrap();
        out += before;
        rest = after;
        let (kind, argument) = info.split_once(' ').unwrap_or((info, ""));
        if kind == "decision" {
            out += &format!("```decision\n{}```", response.take().unwrap());
            continue;
        }
        out += &format!("```{info}\n{body}```");
        match kind {
            "rego" => {
                policies.push((argument.to_owned(), body.to_owned()));
                let policies: Vec<_> = policies.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
                api_now = Some(api(governance(&policies, r#"{"quota": 8}"#)));
            }
            "http" => response = Some(told(&ask(api_now.as_ref().unwrap(), body.trim_end_matches('\n'), argument))),
            other => panic!("a block of `{other}`"),
        }
    }
    out += rest;
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, out).unwrap();
    } else {
        assert_eq!(out, text, "run with UPDATE=1 and look at what changes");
    }
}

const POLICY: &str = "# METADATA
# custom:
#   provost:
#     id: GPU-001
#     input: request
package gpu

deny contains msg if {
	total := sum([a.count | some r in input.change.resources; some a in r.accelerators])
	total > data.quota
	msg := sprintf(\"%d of %d accelerators\", [total, data.quota])
}
";

const JOB: &str = r#"{"resource": {"class": "training-job", "name": "j", "tags": {}, "accelerators": [{"kind": "gpu", "count": 9}]}}"#;

#[test]
fn policies_can_be_replaced() {
    let api = api(governance(&[("gpu.rego", POLICY)], r#"{"quota": 8}"#));
    let request = format!("POST /v1/decide\n\n{JOB}");
    assert!(told(&ask(&api, &request, "")).starts_with("deny at api"));
    api.replace(governance(&[("gpu.rego", POLICY)], r#"{"quota": 9}"#));
    assert!(told(&ask(&api, &request, "")).starts_with("allow at api"));
}

/// Keeps what it is told.
#[derive(Default)]
struct Recorder {
    entries: Mutex<Vec<String>>,
}

impl Append for Recorder {
    fn append(&self, entry: RecordEntry) -> Receipt {
        let RecordEntry::Decision(entry) = entry else { panic!("a decision") };
        let body = String::from_utf8((*entry.body.bytes).as_ref().to_vec()).unwrap();
        let Answer::Decision(decision) = entry.answer else { panic!("a decision") };
        let (id, subject) = (entry.id, entry.subject.id.unwrap_or_default());
        let text = format!("{id} {subject} {} {} {body}", entry.revisions.policies, decision.verdict);
        self.entries.lock().unwrap().push(text);
        let (acknowledgement, receipt) = receipt();
        acknowledgement.answer(Ok(1));
        receipt
    }
}

#[test]
fn decisions_are_recorded() {
    let recorder = Arc::new(Recorder::default());
    let api = api(governance(&[("gpu.rego", POLICY)], r#"{"quota": 8}"#));
    let wait = RecordWait::Here(Duration::from_secs(5));
    let api = api.with_record(Arc::clone(&recorder) as Arc<dyn Append>, wait);
    let id = "00000000000000000000000000000007";
    let response = ask(&api, &format!("POST /v1/decide\n\n{JOB}"), "alice");
    assert_eq!(response.headers()["x-decision-id"], id);
    let yaml =
        "POST /v1/decide\ncontent-type: application/yaml\n\nresource: {class: endpoint, name: e, accelerators: []}";
    assert_eq!(ask(&api, yaml, "bob").status(), 200);
    assert_eq!(ask(&api, "POST /v1/decide\n\n{}", "bob").status(), 400);
    let entries = recorder.entries.lock().unwrap();
    let expected = [
        format!("{id} alice p1 deny {JOB}"),
        format!(r#"{id} bob p1 allow {{"resource":{{"accelerators":[],"class":"endpoint","name":"e"}}}}"#),
    ];
    assert_eq!(*entries, expected);
}

#[test]
fn the_openapi_document_is_what_the_code_goes_by() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let made = format!("{:#}\n", openapi());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(committed, made, "run `UPDATE=1 cargo test -p decide-api` and commit docs/openapi.json");
    let api = api(governance(&[], "{}"));
    assert_eq!(ask(&api, "GET /openapi.json", "").body(), made.as_bytes());
    // Every reference leads somewhere, and every route that is documented is one.
    let document = openapi();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    let documented: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    let mut routes: Vec<_> = api.routes().iter().map(|route| route.pattern.as_str()).collect();
    routes.sort_unstable();
    assert_eq!(documented, routes);
}

fn collect_references(value: &Json, references: &mut Vec<String>) {
    match value {
        Json::Object(object) => {
            references.extend(object.get("$ref").and_then(Json::as_str).map(str::to_owned));
            object.values().for_each(|value| collect_references(value, references));
        }
        Json::Array(items) => items.iter().for_each(|item| collect_references(item, references)),
        _ => {}
    }
}
