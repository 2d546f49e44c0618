use super::{RecordingHost, ReplayingHost};
use crate::chain::Digest;
use crate::entry;
use crate::exchange;
use decision::Scrubber;
use host::{Host, HostError, HttpRequest, HttpResponse, Pem, TlsOptions};
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A world that never says the same twice.
#[derive(Default)]
struct Restless(AtomicI64);

impl Restless {
    fn next(&self) -> i64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

impl Host for Restless {
    fn now_ns(&self) -> i64 {
        self.next()
    }

    fn random(&self, bytes: &mut [u8]) {
        let next = self.next() as u8;
        bytes.iter_mut().for_each(|byte| *byte = next);
    }

    fn environment(&self) -> Vec<(String, String)> {
        vec![("HOME".to_owned(), "/".to_owned())]
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<IpAddr>, HostError> {
        if name == "gone" {
            return Err(HostError::Failed("no such name".to_owned()));
        }
        Ok(vec![[127, 0, 0, self.next() as u8].into()])
    }

    fn print(&self, _line: &str) {}

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        if request.url.contains("forbidden") {
            return Err(HostError::Refused("host `forbidden` is not allowed".to_owned()));
        }
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Ok(HttpResponse {
            status_code: 200,
            status: "200 OK".to_owned(),
            headers: vec![header("Content-Type", "text/plain"), header("Set-Cookie", "session=hunter22")],
            body: format!("{} for {}", self.next(), path(&request.url)).into_bytes(),
        })
    }
}

/// The last part of a URL's path.
fn path(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default().split('?').next().unwrap_or_default()
}

fn request(url: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: vec![("Authorization".to_owned(), "Bearer hunter22".to_owned())],
        ..HttpRequest::default()
    }
}

/// All that a policy can see of a world, as text.
fn look(host: &dyn Host) -> String {
    let mut random = ([0_u8; 40], [0_u8; 7]);
    host.random(&mut random.0);
    host.random(&mut random.1);
    format!(
        "{} {} {random:?} {:?} {:?} {:?}",
        host.now_ns(),
        host.now_ns(),
        host.lookup_ip("db.example"),
        host.lookup_ip("gone").map_err(|error| error.to_string()),
        host.http(&request("https://user:hunter22@example.org/a?key=hunter22&b=c")).map(|answer| answer.body),
    )
}

fn replayed(asked: &decision::Asked, scrubber: &Scrubber) -> (ReplayingHost, String) {
    let json = exchange::to_json(&asked.exchanges, scrubber).unwrap();
    let host = entry::Host {
        now_ns: asked.now_ns,
        seed: asked.seed.map(Digest),
        environment: asked.environment,
        exchanges: None,
    };
    (ReplayingHost::new(&host, 99, serde_json::from_str(&json).unwrap()), json)
}

#[test]
fn what_was_seen_is_seen_again() {
    let restless = Restless::default();
    let recording = RecordingHost::new(&restless);
    let seen = look(&recording);
    let asked = recording.into_asked();
    let (replaying, json) = replayed(&asked, &Scrubber::default());
    assert_eq!(look(&replaying), seen);
    assert_eq!(replaying.into_missing(), [""; 0]);
    // Neither the policy's token nor the server's, nor what stands in a URL beside names.
    assert!(json.contains("https://example.org/a?key&b"), "{json}");
    assert!(!json.contains("hunter22") && !json.contains("Bearer") && !json.contains("session="), "{json}");
}

#[test]
fn what_was_not_seen_is_missing() {
    let restless = Restless::default();
    let recording = RecordingHost::new(&restless);
    assert!(!recording.environment().is_empty());
    let asked = recording.into_asked();
    assert!(asked.environment && asked.now_ns.is_none() && asked.seed.is_none());
    let (replaying, _) = replayed(&asked, &Scrubber::default());
    assert_eq!(replaying.now_ns(), 99, "a policy that had not asked goes by the entry's time");
    assert!(replaying.environment().is_empty());
    assert!(replaying.lookup_ip("new.example").is_err());
    assert!(replaying.http(&request("https://new.example/")).is_err());
    assert!(replaying.http(&request("https://new.example/")).is_err());
    let missing = replaying.into_missing();
    let expected = [
        "environment variables, which are never recorded",
        "the addresses of `new.example`",
        "the answer to GET https://new.example/",
    ];
    assert_eq!(missing, expected);
}

#[test]
fn an_answer_that_was_masked_is_missing() {
    let restless = Restless::default();
    let recording = RecordingHost::new(&restless);
    recording.http(&request("https://example.org/secret-path")).unwrap();
    let (replaying, json) = replayed(&recording.into_asked(), &Scrubber::new(["secret-path"]));
    assert!(!json.contains("secret-path"), "{json}");
    assert!(replaying.http(&request("https://example.org/secret-path")).is_err());
    assert_eq!(replaying.into_missing(), ["the answer to GET https://example.org/secret-path"]);
}

#[test]
fn a_decision_that_asked_nothing_keeps_nothing() {
    let restless = Restless::default();
    assert!(RecordingHost::new(&restless).into_asked().is_empty());
    assert_eq!(restless.0.load(Ordering::SeqCst), 0);
}

#[test]
fn equal_requests_of_one_decision_have_one_answer() {
    let restless = Restless::default();
    let recording = RecordingHost::new(&restless);
    let ask = |host: &dyn Host| {
        let plain = request("https://example.org/a");
        let following = HttpRequest { follow_redirects: true, ..plain.clone() };
        let trusting = HttpRequest {
            tls: TlsOptions { authorities: vec![Pem::Text("a".to_owned())], ..TlsOptions::default() },
            ..plain.clone()
        };
        // How long somebody waits makes no other question.
        let hurried = plain.clone().within(Duration::from_millis(5));
        [plain, following, trusting, hurried].map(|request| host.http(&request).unwrap().body)
    };
    let seen = ask(&recording);
    assert_eq!((seen[0] == seen[3], seen[0] == seen[1], seen[0] == seen[2], seen[1] == seen[2]), {
        (true, false, false, false)
    });
    let asked = recording.into_asked();
    assert_eq!(asked.exchanges.len(), 3);
    let (replaying, _) = replayed(&asked, &Scrubber::default());
    assert_eq!(ask(&replaying), seen);
    assert_eq!(replaying.into_missing(), [""; 0]);
}

#[test]
fn what_was_refused_is_refused_again() {
    let restless = Restless::default();
    let recording = RecordingHost::new(&restless);
    let request = request("https://forbidden/");
    let refused = Err(HostError::Refused("host `forbidden` is not allowed".to_owned()));
    assert_eq!(recording.http(&request), refused);
    let (replaying, _) = replayed(&recording.into_asked(), &Scrubber::default());
    assert_eq!(replaying.http(&request), refused);
    assert_eq!(replaying.into_missing(), [""; 0]);
}
