//! Following against a server that says what an API server says, moments included that a real one is hard to bring to.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop and say why"
)]

use cluster::{Access, Following, Settings, Snapshot};
use gatekeeper::InventoryKind;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// What is asked, in order, and what is answered: status, body, and whether the connection stays open afterwards.
type Script = Vec<(&'static str, u16, String, bool)>;

/// Nothing that is waited for here takes longer.
const DEADLINE: Duration = Duration::from_secs(60);

const RESOURCES: &str = r#"{"resources": [
    {"name": "pods", "kind": "Pod", "namespaced": true, "verbs": ["get", "list", "watch"]},
    {"name": "pods/status", "kind": "Pod", "namespaced": true, "verbs": ["get"]},
    {"name": "bindings", "kind": "Binding", "namespaced": true, "verbs": ["create"]}]}"#;

fn pod(name: &str, version: u32) -> String {
    format!("{{\"metadata\":{{\"name\":\"{name}\",\"namespace\":\"n\",\"resourceVersion\":\"{version}\"}}}}")
}

fn page(version: u32, rest: &str, pods: &[String]) -> String {
    let items = pods.join(",");
    format!("{{\"metadata\":{{\"resourceVersion\":\"{version}\",\"continue\":\"{rest}\"}},\"items\":[{items}]}}")
}

fn event(kind: &str, object: &str) -> String {
    format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n")
}

const GONE: &str = r#"{"kind":"Status","code":410,"message":"too old"}"#;

/// Answers as `script` says, and holds on to connections that stay open.
fn serve(folder: &TempDir, script: Script) -> (u16, Arc<Mutex<Vec<String>>>) {
    let signed = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.path().join("ca.crt"), signed.cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let unexpected: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&unexpected);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        let mut script = script.into_iter();
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream.unwrap());
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let path = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
            let (status, body, stays) = match script.next() {
                Some((expected, status, body, stays)) => {
                    if !path.starts_with(expected) || !head.contains("authorization: Bearer secret") {
                        noted.lock().unwrap().push(format!("{path} in the place of {expected}"));
                    }
                    (status, body, stays)
                }
                // What comes after the script is a watch in which nothing happens.
                None => (200, String::new(), true),
            };
            let length = if stays { String::new() } else { format!("content-length: {}\r\n", body.len()) };
            let _ =
                stream.write_all(format!("HTTP/1.1 {status} X\r\n{length}connection: close\r\n\r\n{body}").as_bytes());
            let _ = stream.flush();
            if stays {
                open.push(stream);
            } else {
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        }
    });
    (port, unexpected)
}

struct Followed {
    following: Following,
    snapshots: Receiver<Snapshot>,
    unexpected: Arc<Mutex<Vec<String>>>,
}

fn follow(script: Script) -> Followed {
    let folder = TempDir::new().unwrap();
    let (port, unexpected) = serve(&folder, script);
    let path = folder.path().join("kubeconfig");
    let kubeconfig = format!(
        "current-context: x\ncontexts: [{{name: x, context: {{cluster: x, user: x}}}}]\nusers: [{{name: x, user: {{token: secret}}}}]\n\
         clusters: [{{name: x, cluster: {{server: 'https://localhost:{port}', certificate-authority-data: {}}}}}]\n",
        base64(&fs::read(folder.path().join("ca.crt")).unwrap())
    );
    fs::write(&path, kubeconfig).unwrap();
    let access = Access::from_kubeconfig(&path, None).unwrap();
    let settings = Settings { interval_min: Duration::from_millis(1), ..Settings::default() };
    let (told, snapshots) = mpsc::channel();
    let kinds = [InventoryKind::new("", "v1", "Pod")];
    let following = Following::start(access, &kinds, &settings, move |snapshot| drop(told.send(snapshot))).unwrap();
    Followed { following, snapshots, unexpected }
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The names of the pods, or what is unknown.
fn names(snapshot: &Snapshot) -> String {
    let root = snapshot.inventory.root();
    if let Some(unknown) = root.find_unknown() {
        return unknown.reason.to_owned();
    }
    let path = ["namespace", "n", "v1", "Pod"];
    let pods = path.iter().try_fold(root, |value, key| value.get_str(key));
    let pods = pods.and_then(value::Value::as_object).into_iter().flat_map(|pods| pods.keys());
    pods.filter_map(value::Value::as_str).collect::<Vec<_>>().join(" ")
}

impl Followed {
    #[track_caller]
    fn comes_to(&self, expected: &str) {
        let mut seen = Vec::new();
        loop {
            let Ok(snapshot) = self.snapshots.recv_timeout(DEADLINE) else {
                panic!("never `{expected}`, but {seen:?}; {:?}; {:?}", self.unexpected, self.following.status());
            };
            let names = names(&snapshot);
            if names == expected {
                break;
            }
            seen.push(names);
        }
        assert!(self.unexpected.lock().unwrap().is_empty(), "{:?}", self.unexpected);
    }
}

#[test]
fn pages_events_and_a_history_that_is_forgotten() {
    let events = [event("ADDED", &pod("c", 8)), event("DELETED", &pod("a", 9)), event("ERROR", GONE)].concat();
    let followed = follow(vec![
        ("/api/v1", 200, RESOURCES.to_owned(), false),
        ("/api/v1/pods?limit=500", 200, page(5, "more%2F", &[pod("a", 1)]), false),
        ("/api/v1/pods?limit=500&continue=more%252F", 200, page(5, "", &[pod("b", 2)]), false),
        ("/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=40", 200, events, true),
        ("/api/v1/pods?limit=500", 200, page(20, "", &[pod("b", 2), pod("d", 15)]), false),
        (
            "/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=20&",
            200,
            event("MODIFIED", &pod("e", 21)),
            true,
        ),
    ]);
    followed.comes_to("b d e");
    assert!(followed.following.status().kinds[0].current);
}

#[test]
fn a_list_that_expires_half_way_is_begun_anew() {
    let followed = follow(vec![
        ("/api/v1", 500, "no".to_owned(), false),
        ("/api/v1", 200, RESOURCES.to_owned(), false),
        ("/api/v1/pods?limit=500", 200, page(5, "more", &[pod("a", 1)]), false),
        ("/api/v1/pods?limit=500&continue=more", 410, GONE.to_owned(), false),
        ("/api/v1/pods?limit=500", 503, "{\"message\":\"busy\"}".to_owned(), false),
        ("/api/v1/pods?limit=500", 200, "nonsense".to_owned(), false),
        ("/api/v1/pods?limit=500", 200, page(9, "", &[pod("z", 2)]), false),
    ]);
    followed.comes_to("z");
}

#[test]
fn a_watch_goes_on_where_the_last_event_was() {
    let bookmark = event("BOOKMARK", "{\"metadata\":{\"resourceVersion\":\"30\"}}");
    let followed = follow(vec![
        ("/api/v1", 200, RESOURCES.to_owned(), false),
        ("/api/v1/pods?limit=500", 200, page(5, "", &[]), false),
        ("/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=5&", 200, event("ADDED", &pod("a", 6)), false),
        ("/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=6&", 200, bookmark, false),
        ("/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=30&", 200, event("ADDED", &pod("b", 31)), true),
    ]);
    followed.comes_to("a b");
}
