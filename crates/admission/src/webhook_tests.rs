use super::{Admission, ApiServer, Settings};
use bytes::Bytes;
use decision::{PolicySet, Revisions, Subject};
use host::FixedHost;
use http::Request;
use point::{Caller, Governance, Identity, Peer, Point, RequestId};
use std::sync::Arc;
use std::time::{Duration, Instant};
use value::{Frozen, Value};

fn admission(settings: Settings) -> Admission {
    let governance = Governance {
        policies: PolicySet::new(Vec::new(), Frozen::copy_of(Value::EMPTY_OBJECT), |_| ()).unwrap(),
        settings: catalog::Settings::default(),
        on_unknown: None,
        revisions: Arc::new(Revisions::default()),
    };
    Admission::new(settings, Arc::new(governance), Arc::new(FixedHost::default()))
}

fn caller(subject: Subject) -> Caller {
    Caller {
        identity: Arc::new(Identity { subject, ..Identity::default() }),
        peer: Peer::Tcp("192.0.2.1:4711".parse().unwrap()),
        request_id: RequestId(7),
        deadline: Instant::now() + Duration::from_secs(60),
    }
}

#[test]
fn the_route_says_which_webhook_is_asked() {
    let review = r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","operation":"CREATE",
        "kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},
        "name":"a","namespace":"b","userInfo":{"username":"x"},
        "object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","namespace":"b"}}}}"#;
    let check = |method: &str, path: &str, expected: &str| {
        let admission = admission(Settings::default());
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        admission.handle(request.body(Bytes::from(review)).unwrap(), &caller(Subject::default()));
        let mut text = String::new();
        admission.write_metrics(&mut text);
        let counted: Vec<_> = text.lines().filter(|line| !line.starts_with('#') && line.ends_with(" 1")).collect();
        let found = match counted.as_slice() {
            [] => "nobody",
            [one] if one.contains("\"validating\"") => "validating",
            [one] if one.contains("\"mutating\"") => "mutating",
            _ => "several",
        };
        assert_eq!(found, expected, "{method} {path}\n{text}");
    };
    for path in ["/v1/mutate", "/v1/mutate/", "/v1/mutat%65", "/%761/mutate/?timeout=3s"] {
        check("POST", path, "mutating");
        check("GET", path, "nobody");
    }
    for path in ["/v1/admit", "/v1/admit/", "/v1/%61dmit"] {
        check("POST", path, "validating");
    }
    check("POST", "/v1/admit/x", "nobody");
}

#[test]
fn a_name_makes_no_api_server_without_what_verified_it() {
    let trusted = |subject: &str, verified_by: &[&str]| ApiServer {
        subject: subject.to_owned(),
        verified_by: verified_by.iter().map(|way| (*way).to_owned()).collect(),
    };
    let servers = [trusted("kube-apiserver", &["mtls"]), trusted("system:managed", &["oidc", "token"])];
    let check = |id: &str, verified_by: &str, expected: bool| {
        let subject = Subject { id: Some(id.to_owned()), groups: Vec::new(), verified_by: verified_by.to_owned() };
        assert_eq!(servers.iter().any(|server| server.is(&subject)), expected, "{id} by {verified_by}");
    };
    check("kube-apiserver", "mtls", true);
    for other in ["oidc", "token", "unix", "none", ""] {
        check("kube-apiserver", other, false);
    }
    check("system:managed", "oidc", true);
    check("system:managed", "token", true);
    check("system:managed", "mtls", false);
    check("alice", "mtls", false);
    assert!(!servers.iter().any(|server| server.is(&Subject::default())));
}
