//! `provost serve`, `provost certs` and `provost token`: the real binary over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must stop and say why"
)]

mod common;
#[path = "common/serving.rs"]
mod serving;

use common::{COST, command, provost, provost_with_input, tree, write};
use serde_json::json;
use serving::{Serving, eventually};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const ALLOW: &str = "package app\n\ndefault allow := false\n\nallow if input.user in data.users\n";
const REFUSE: &str = "package app\n\ndefault allow := false\n";

#[test]
fn without_anything_the_library_answers() {
    let folder = tree(&[]);
    let server = Serving::start(folder.path(), &[]);
    assert!(server.urls[0].starts_with("http://127.0.0.1:"));
    let ready = server.get("/health/ready").is(200).json();
    assert_eq!(ready["status"], "ready", "{ready}");
    server.get("/health").is(200);
    server.get("/health/live").is(200);
    assert!(server.get("/metrics").is(200).body.contains("provost_connections_open "));
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [
        {"name": "c", "image": "x:latest", "resources": {"limits": {"nvidia.com/gpu": 8}}}]}});
    let decided = server.post("/v1/decide", &json!({"documents": [pod]}).to_string());
    assert!([200, 400].contains(&decided.status), "{decided:?}");
    let ended = server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.log);
    assert!(!ended.log.contains("panicked"), "{}", ended.log);
}

#[test]
fn a_repository_answers_as_opa_does() {
    let folder = tree(&[
        ("provost.yaml", "policies: [policies]\ndata: [data]\n"),
        ("policies/app.rego", ALLOW),
        ("data/users.json", r#"{"users": ["alice"]}"#),
    ]);
    let server = Serving::start(folder.path(), &[]);
    let ask =
        |user: &str| server.post("/v1/data/app/allow", &format!(r#"{{"input": {{"user": "{user}"}}}}"#)).is(200).json();
    assert_eq!(ask("alice")["result"], true);
    assert_eq!(ask("mallory")["result"], false);
    assert_eq!(server.get("/v1/data/users").json()["result"], json!(["alice"]));
    assert_eq!(server.post("/v1/data/nothing", r#"{"input": {}}"#).is(200).json(), json!({}));
    // Data may be changed from this machine; policies only where provost.yaml says so.
    server.ask("PUT", "/v1/data/users", &[], r#"["mallory"]"#).is(204);
    assert_eq!(ask("mallory")["result"], true);
    let refused = server.ask("PUT", "/v1/policies/mine", &[], "package mine\n");
    assert!(refused.status >= 400, "{refused:?}");
    server.ask("DELETE", "/v1/nothing", &[], "").is(404);
    assert_eq!(server.ask("BREW", "/v1/data", &[], "").status, 405);
}

#[test]
fn changed_policies_answer_and_broken_ones_do_not() {
    let folder = tree(&[("provost.yaml", "policies: [policies]\n"), ("policies/app.rego", REFUSE)]);
    let server = Serving::start(folder.path(), &[]);
    let allowed =
        || server.post("/v1/data/app/allow", r#"{"input": {"user": "alice"}}"#).is(200).json()["result"] == true;
    let status = || server.get("/health/ready").is(200).json()["status"].clone();
    assert!(!allowed());
    write(folder.path(), "policies/app.rego", b"package app\n\nallow := true\n");
    eventually("the new policy answers", allowed);
    write(folder.path(), "policies/app.rego", b"package app\n\nallow := \n");
    eventually("health tells of the broken one", || status() == "degraded");
    assert!(allowed(), "the old one goes on");
    let metrics = server.get("/metrics").body;
    assert!(metrics.contains("provost_reload_refused{what=\"policies\"} 1"), "{metrics}");
    // A folder that provost.yaml names from now on is looked at from now on.
    write(folder.path(), "more/other.rego", b"package other\n\nyes := 1\n");
    write(folder.path(), "policies/app.rego", REFUSE.as_bytes());
    write(folder.path(), "provost.yaml", b"policies: [policies, more]\n");
    eventually("all is well again", || status() == "ready" && !allowed());
    eventually("the other folder is read", || server.get("/v1/data/other/yes").json()["result"] == 1);
    write(folder.path(), "more/other.rego", b"package other\n\nyes := 2\n");
    eventually("the other folder is watched", || server.get("/v1/data/other/yes").json()["result"] == 2);
    let log = server.stop().log;
    assert!(log.contains("what is on disk is refused") && log.contains("app.rego"), "{log}");
}

#[test]
fn tests_hold_before_policies_answer() {
    let test = "package app_test\n\nimport data.app\n\ntest_alice if app.allow with input as {\"user\": \"alice\"}\n";
    let folder = tree(&[
        ("provost.yaml", "policies: [policies]\nserver: {test_before_swap: true}\n"),
        ("policies/app.rego", "package app\n\nallow if input.user == \"alice\"\n"),
        ("policies/app_test.rego", test),
    ]);
    let server = Serving::start(folder.path(), &[]);
    let allowed = |user: &str| {
        let body = format!(r#"{{"input": {{"user": "{user}"}}}}"#);
        server.post("/v1/data/app/allow", &body).is(200).json()["result"] == true
    };
    assert!(allowed("alice"));
    write(folder.path(), "policies/app.rego", b"package app\n\nallow if input.user == \"mallory\"\n");
    eventually("health tells", || server.get("/health/ready").json()["status"] == "degraded");
    assert!(allowed("alice") && !allowed("mallory"));
    let log = server.stop().log;
    assert!(log.contains("data.app_test.test_alice"), "{log}");
    // Neither does it start with them.
    provost(folder.path(), &["serve", "--address", "127.0.0.1:0"]).exits(2).complains(&["tests fail", "test_alice"]);
}

#[test]
fn policies_change_without_a_failed_request() {
    let version = |number: u32| format!("package app\n\nversion := {number}\n");
    let folder = tree(&[("provost.yaml", "policies: [policies]\n"), ("policies/app.rego", &version(0))]);
    let server = Serving::start(folder.path(), &[]);
    let (ended, answered) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut newest = 0;
                while !ended.load(Ordering::Relaxed) {
                    let answer = server.post("/v1/data/app/version", "{}").is(200).json();
                    let found = answer["result"].as_u64().unwrap_or_else(|| panic!("{answer}"));
                    assert!(found >= newest, "an old policy answered after a new one");
                    newest = found;
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for number in 1..=5 {
            write(folder.path(), "policies/app.rego", version(number).as_bytes());
            eventually("it answers", || server.get("/v1/data/app/version").json()["result"] == number);
        }
        ended.store(true, Ordering::Relaxed);
    });
    assert!(answered.load(Ordering::Relaxed) > 20);
}

#[test]
fn what_cannot_be_served_is_said_and_nothing_listens() {
    let folder = tree(&[("broken/app.rego", "package app\n\nallow {\n"), ("good/app.rego", ALLOW)]);
    let serve =
        |arguments: &[&str]| provost(folder.path(), &[&["serve", "--address", "127.0.0.1:0"], arguments].concat());
    serve(&["-p", "broken"]).exits(2).complains(&["app.rego", "rego_parse_error"]);
    serve(&["-p", "good", "--address", ":0"]).exits(2).complains(&["plain HTTP", "help:", "provost certs"]);
    serve(&["-p", "good", "--tls-certificate", "none.crt", "--tls-key", "none.key"]).exits(2).complains(&["none.crt"]);
    serve(&["-p", "good", "--tokens", "none.yaml"]).exits(2).complains(&["none.yaml"]);
    serve(&["-p", "good", "--address", "nowhere"]).exits(2).complains(&["is no address"]);
    let settings = [
        ("server: {adresses: []}", "did you mean `addresses`?"),
        ("server: {access: [{may: [decide]}]}", "it is for nobody"),
        ("server: {access: [{anyone: true}]}", "it gives nothing"),
        ("server: {access: [{anyone: true, may: [decid]}]}", "did you mean `decide`?"),
        ("server: {tls: {certificate: a}}", "must have a `certificate` and a `key`"),
        ("server: {issuers: [{issuer: a}]}", "must have `issuer` and `audiences`"),
        ("server: {socket_mode: 660}", "must be permissions in quotes"),
        ("server: {limits: {body_bytes_max: 0}}", "a whole number above zero"),
        ("server: {authorization: {policies: [none]}}", "none"),
        ("server: {authorization: {}}", "there is no policy about access"),
    ];
    for (text, reason) in settings {
        let folder = tree(&[("provost.yaml", &format!("{text}\n"))]);
        provost(folder.path(), &["serve", "--address", "127.0.0.1:0"]).exits(2).complains(&[reason]);
    }
}

#[test]
fn access_is_what_provost_yaml_says_and_follows_it() {
    let folder = tree(&[("app.rego", ALLOW)]);
    let made = provost(folder.path(), &["token", "new", "--subject", "ci", "--group", "ml"]).exits(0);
    let token = made.err.trim().to_owned();
    write(folder.path(), "tokens.yaml", format!("tokens:\n{}", made.out).as_bytes());
    let yaml = |may: &str| {
        format!("policies: [app.rego]\nserver:\n  tokens: tokens.yaml\n  access:\n  - {{groups: [ml], may: [{may}]}}\n")
    };
    write(folder.path(), "provost.yaml", yaml("decide").as_bytes());
    let server = Serving::start(folder.path(), &[]);
    let bearer = format!("authorization: Bearer {token}");
    let status = |method: &str, headers: &[&str]| server.ask(method, "/v1/data/app", headers, "{}").status;
    assert_eq!(status("POST", &[]), 401, "not even this machine, once grants say who");
    assert_eq!(status("POST", &["authorization: Bearer provost_nobodys"]), 401);
    assert_eq!(status("POST", &[&bearer]), 200);
    assert_eq!(status("PUT", &[&bearer]), 403);
    server.get("/health/ready").is(200);
    write(folder.path(), "provost.yaml", yaml("decide, change-data").as_bytes());
    eventually("the new grant holds", || status("PUT", &[&bearer]) < 300);
    write(folder.path(), "tokens.yaml", b"tokens: []\n");
    eventually("the token is taken back", || status("POST", &[&bearer]) == 401);
    let log = server.stop().log;
    assert!(!log.contains(&token), "a token must not be logged");
}

#[test]
fn a_grant_holds_however_a_path_is_written() {
    let grants = "server:\n  access:\n  - {anyone: true, may: [read], paths: [/openapi.json]}\n  - {anyone: true, may: [decide], paths: [\"/v1/admit/**\"]}\n";
    let folder = tree(&[("provost.yaml", &format!("policies: [app.rego]\n{grants}")), ("app.rego", ALLOW)]);
    let server = Serving::start(folder.path(), &[]);
    let body = r#"{"resource": {"class": "bucket", "name": "b"}}"#;
    for path in ["/openapi.json", "/openapi.json/", "/%6fpenapi.json"] {
        let answer = server.ask("GET", path, &[], body).is(200).json();
        assert!(answer["openapi"].is_string() && answer.get("verdict").is_none(), "{path}: {answer}");
    }
    for path in ["/v1/decide", "/v1/decide/", "/v1/d%65cide"] {
        assert_eq!(server.ask("POST", path, &[], body).status, 401, "{path}");
    }
    // It may ask, and what it sends is no review.
    for path in ["/v1/admit", "/v1/admit/", "/v1/%61dmit"] {
        assert_eq!(server.ask("POST", path, &[], "{}").is(400).json()["code"], "invalid_review", "{path}");
    }
    assert_eq!(server.ask("POST", "/v1/mutate", &[], "{}").status, 401);
    server.stop();
}

#[test]
fn entries_of_tokens_can_be_written_one_after_the_other() {
    let yaml = "policies: [app.rego]\nserver:\n  tokens: tokens.yaml\n  access: [{groups: [ml], may: [decide]}]\n";
    let folder = tree(&[("provost.yaml", yaml), ("app.rego", ALLOW)]);
    let mut file = String::new();
    let mut tokens = Vec::new();
    for subject in ["ci", "cd"] {
        // As `>> tokens.yaml` does.
        let made = provost(folder.path(), &["token", "new", "--subject", subject, "--group", "ml"]).exits(0);
        file += &made.out;
        tokens.push(made.err.trim().to_owned());
    }
    write(folder.path(), "tokens.yaml", file.as_bytes());
    let server = Serving::start(folder.path(), &[]);
    for token in tokens {
        server.ask("POST", "/v1/data/app", &[&format!("authorization: Bearer {token}")], "{}").is(200);
    }
    server.stop();
}

#[test]
fn a_policy_about_access_of_ones_own_is_asked() {
    let folder = tree(&[
        ("provost.yaml", "policies: [app.rego]\nserver: {authorization: {policies: [authz], body: true}}\n"),
        ("app.rego", ALLOW),
        ("authz/authz.rego", "package system.authz\n\nallow if input.body.input.user == \"alice\"\n"),
    ]);
    let server = Serving::start(folder.path(), &[]);
    let status = |user: &str| server.post("/v1/data/app", &format!(r#"{{"input": {{"user": "{user}"}}}}"#)).status;
    assert_eq!((status("alice"), status("mallory")), (200, 401));
    write(
        folder.path(),
        "authz/authz.rego",
        b"package system.authz\n\nallow if input.body.input.user == \"mallory\"\n",
    );
    eventually("the new one is asked", || status("mallory") == 200);
    assert_eq!(status("alice"), 401);
    // It cannot be replaced through the API, and the policies that answer do not see it.
    assert_eq!(server.post("/v1/data/system/authz", r#"{"input": {"user": "mallory"}}"#).json(), json!({}));
}

#[test]
fn certificates_serve_a_cluster_and_name_clients() {
    let folder = tree(&[("app.rego", ALLOW)]);
    let certs = |arguments: &[&str]| provost(folder.path(), &[&["certs"], arguments].concat()).exits(0).out;
    let bundle = certs(&[]);
    certs(&["--client", "alice", "--group", "ml"]);
    let read = |name: &str| std::fs::read_to_string(folder.path().join("tls").join(name)).unwrap();
    let authority = read("ca.crt");
    for name in ["ca.key", "server.key", "alice.key"] {
        let mode = std::fs::metadata(folder.path().join("tls").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // Renewing keeps the authority, so that no webhook configuration changes; a new one trusts the old one too.
    let before = read("server.crt");
    assert_eq!(certs(&[]), bundle);
    assert_ne!(read("server.crt"), before);
    assert_ne!(certs(&["--new-authority"]), bundle);
    assert!(read("ca.crt").ends_with(&authority) && read("ca.crt").matches("BEGIN CERTIFICATE").count() == 2);
    provost(folder.path(), &["certs", "--client", "../server"]).exits(2).complains(&["cannot be the name"]);
    for name in ["bad name", "", "a..b", "a-", "*", "a.*.b", "https://a.example", "a.example:443"] {
        provost(folder.path(), &["certs", "--name", name])
            .exits(2)
            .complains(&["neither a DNS name nor an IP address"]);
    }
    provost(folder.path(), &["certs", "--service", "pro vost"]).exits(2).complains(&["it is no DNS name"]);
    certs(&["--name", "*.models.example", "--name", "192.0.2.1", "--name", "2001:db8::1", "--name", "my_host"]);
    provost(folder.path(), &["certs", "--client", "ca"]).exits(2).complains(&["cannot be the name"]);

    if Command::new("curl").arg("--version").output().is_err() {
        #[allow(clippy::print_stdout, reason = "a test says what it skips")]
        {
            println!("skipped: there is no curl");
        }
        return;
    }
    let server = Serving::start(
        folder.path(),
        &[
            "-p",
            "app.rego",
            "--tls-certificate",
            "tls/server.crt",
            "--tls-key",
            "tls/server.key",
            "--tls-client-authorities",
            "tls/ca.crt",
        ],
    );
    let port = server.address().rsplit_once(':').unwrap().1;
    let curl = |host: &str, arguments: &[&str]| {
        let resolve = format!("{host}:{port}:127.0.0.1");
        let output = Command::new("curl")
            .current_dir(folder.path())
            .args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "60", "--cacert", "tls/ca.crt"])
            .args(["--resolve", &resolve, "--write-out", "\n%{http_code}"])
            .args(arguments)
            .arg(format!("https://{host}:{port}/v1/data/app/allow"))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let (body, status) = text.rsplit_once('\n').unwrap();
        (status.to_owned(), format!("{body}{}", String::from_utf8_lossy(&output.stderr)))
    };
    // Under another name than this machine's, a caller without a certificate is nobody.
    let host = "provost.provost-system.svc";
    let (status, said) = curl(host, &["--data", "{}"]);
    assert_eq!(status, "401", "{said}");
    let certificate = ["--cert", "tls/alice.crt", "--key", "tls/alice.key", "--data", "{}"];
    // The authority that signed alice is trusted still, and nothing grants her anything.
    assert_eq!(curl(host, &certificate).0, "403");
    assert_eq!(curl("localhost", &certificate).0, "200");
    assert_eq!(curl("localhost", &["--data", "{}"]).0, "200");
    assert_eq!(curl("elsewhere.example", &["--data", "{}"]).0, "000", "the certificate is for other names");
}

#[test]
fn tokens_are_made_and_hashed() {
    let folder = tree(&[]);
    let made = provost(folder.path(), &["token", "new", "--subject", "a: \"b\"", "--expires", "2999-01-01T00:00:00Z"])
        .exits(0);
    let token = made.err.trim();
    assert!(token.starts_with("provost_") && token.len() > 40, "{token}");
    assert!(!made.out.contains(token) && made.out.contains(r#"subject: "a: \"b\"""#), "{}", made.out);
    let hashed = provost_with_input(folder.path(), &["token", "hash"], format!("{token}\n").as_bytes()).exits(0).out;
    assert!(made.out.contains(hashed.trim()), "{hashed} {}", made.out);
    provost_with_input(folder.path(), &["token", "hash"], b"hunter2\n").exits(2).complains(&["shorter than 32"]);
    provost(folder.path(), &["token", "new", "--subject", "a", "--expires", "tomorrow"]).exits(2);
    for (arguments, parts) in [
        (&["--subject", ""][..], ["`--subject` is empty", "such as `--subject ci`"]),
        (&["--subject", "a", "--group", " "], ["`--group` is empty", "leave it out"]),
        (&["--subject", "a", "--expires", "2020-01-01T00:00:00Z"], ["is in the past", "a time to come"]),
    ] {
        let run = provost(folder.path(), &[&["token", "new"], arguments].concat()).exits(2).complains(&parts);
        assert_eq!(run.out, "", "nothing for a file of tokens");
    }
}

#[test]
fn decisions_of_a_server_are_recorded() {
    let folder = tree(&[
        ("provost.yaml", "policies: [policies]\nrecord: {path: decisions.db}\n"),
        ("policies/cost.rego", COST),
        ("policies/app.rego", ALLOW),
    ]);
    let server = Serving::start(folder.path(), &[]);
    for _ in 0..10 {
        server.post("/v1/data/app/allow", r#"{"input": {"user": "alice"}}"#).is(200);
    }
    let health = server.get("/health/ready").is(200).json();
    assert!(health.to_string().contains("\"record\""), "{health}");
    assert_eq!(server.stop().code, Some(0));
    provost(folder.path(), &["record", "verify", "decisions.db"]).exits(0);
    let exported = provost(folder.path(), &["record", "export", "decisions.db"]).exits(0).out;
    assert!(
        exported.lines().filter(|line| line.contains("app/allow") || line.contains("alice")).count() >= 10,
        "{exported}"
    );
}

#[test]
fn logs_are_for_people_or_for_programs() {
    let folder = tree(&[("app.rego", ALLOW)]);
    let server = Serving::start(folder.path(), &["-p", "app.rego", "--log-format", "json", "--log-requests"]);
    server.post("/v1/data/app/allow", "{}").is(200);
    server.get("/nowhere").is(404);
    let log = server.stop().log;
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect();
    let of = |message: &str| lines.iter().find(|line| line["message"] == message).unwrap_or_else(|| panic!("{log}"));
    let answered = of("answered");
    assert_eq!((&answered["path"], &answered["status"]), (&json!("/v1/data/app/allow"), &json!(200)));
    assert_eq!(answered["request_id"].as_str().unwrap().len(), 32);
    assert_eq!(of("refused")["code"], "not_found");
    of("stopped");

    let server = Serving::start(folder.path(), &["-p", "app.rego", "--log-level", "off"]);
    server.get("/nowhere").is(404);
    assert_eq!(server.stop().log, "");
}

#[test]
fn it_takes_sockets_of_the_system_and_leaves_none_behind() {
    let folder = tree(&[("app.rego", ALLOW)]);
    let socket = folder.path().join("provost.sock");
    let unix = format!("unix://{}", socket.display());
    let diagnostic = ["--address", &unix, "--diagnostic-address", "127.0.0.1:0", "-p", "app.rego"];
    let server = Serving::start(folder.path(), &diagnostic);
    assert_eq!(server.urls.len(), 3);
    assert!(socket.exists());
    assert_eq!(server.stop().code, Some(0));
    assert!(!socket.exists());
    let help = command(folder.path(), &["serve", "--help"]).output().unwrap();
    assert!(String::from_utf8(help.stdout).unwrap().contains("--diagnostic-address"));
}
