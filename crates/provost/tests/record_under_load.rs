//! The record of a server that is killed, and of one whose disk is full.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on must stop and say why"
)]

mod common;
#[path = "common/serving.rs"]
mod serving;

use common::{provost, tree};
use serde_json::{Value, json};
use serving::{Answer, Serving, eventually};
use std::collections::BTreeSet;
use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use tempfile::TempDir;

/// How many times a server is killed, where the usual few are too few.
const ROUNDS: &str = "PROVOST_KILL_ROUNDS";

/// Connections that ask at the same time.
const CONNECTIONS: usize = 8;

const APP: &str = "package app\n\nallow if input.user == \"alice\"\n";

const GPUS: &str = "\
# METADATA
# title: Nobody needs so many
# custom:
#   provost:
#     id: GPU-001
#     input: request
#     classes: [training-job]
package gpus

deny contains \"too many\" if sum([accelerator.count | some accelerator in input.resource.accelerators]) > 8
";

/// A repository whose server keeps a record.
fn repository(record: &str) -> TempDir {
    let configuration = format!("policies: [policies]\nrecord: {{path: record.db{record}}}\n");
    tree(&[("provost.yaml", &configuration), ("policies/app.rego", APP), ("policies/gpus.rego", GPUS)])
}

/// Asks for a decision, by one API or the other.
fn ask(server: &Serving, number: usize) -> std::io::Result<Answer> {
    // Long enough to fill a disk, and different each time.
    let padding: String =
        (0..300).map(|index| format!("{:08x}", (number * 300 + index) * 2_654_435_761 % (1 << 32))).collect();
    if number.is_multiple_of(3) {
        let job = json!({"class": "training-job", "name": padding, "accelerators": [{"kind": "gpu", "count": 9}]});
        return server.try_to_ask("POST", "/v1/decide", &[], &json!({ "resource": job }).to_string());
    }
    let input = json!({"input": {"user": "alice", "padding": padding}});
    server.try_to_ask("POST", "/v1/data/app/allow", &[], &input.to_string())
}

/// The decision's name, when all of the answer is there and is the right one.
#[track_caller]
fn decided(answer: &Answer) -> Option<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).ok()?;
    if let Some(id) = answer.header("x-decision-id") {
        assert_eq!(body["verdict"], "deny", "{body}");
        return Some(id.to_owned());
    }
    assert_eq!(body["result"], true, "{body}");
    Some(body["decision_id"].as_str().unwrap().to_owned())
}

/// What stands in the record: its decisions' names, and the gaps.
fn recorded(folder: &Path) -> (BTreeSet<String>, Vec<Value>) {
    let exported = provost(folder, &["record", "export", "record.db", "--all"]).exits(0).out;
    let events: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids = events.iter().filter_map(|event| event["decision_id"].as_str().map(str::to_owned)).collect();
    (ids, events.into_iter().filter(|event| event["kind"] == "gap").collect())
}

/// Asks on many connections until so many were answered, kills the server, and gives the names of all decisions that were answered.
fn killed_after(server: Serving, answered: usize) -> BTreeSet<String> {
    let ids = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let (server, ids) = (&server, &ids);
            scope.spawn(move || {
                for number in 0.. {
                    // It is gone.
                    let Ok(answer) = ask(server, number * CONNECTIONS + connection) else { return };
                    ids.lock().unwrap().extend(decided(&answer));
                }
            });
        }
        eventually("so many are answered", || ids.lock().unwrap().len() >= answered);
        server.kill();
    });
    ids.into_inner().unwrap()
}

#[test]
fn whatever_was_answered_outlives_kill_9() {
    let rounds = env::var(ROUNDS).ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    let folder = repository("");
    let mut answered = BTreeSet::new();
    for round in 0..rounds {
        let server = Serving::start(folder.path(), &[]);
        // While it starts, in its first batches, and later.
        answered.append(&mut killed_after(server, [0, 1, 5, 40, 300][round % 5]));
        provost(folder.path(), &["record", "verify", "record.db", "--key", "record.db.key.pub"]).exits(0);
    }
    let (stored, gaps) = recorded(folder.path());
    let missing: Vec<_> = answered.difference(&stored).collect();
    assert!(missing.is_empty(), "answered, and not in the record: {missing:?}");
    assert!(answered.len() >= rounds && gaps.is_empty(), "{gaps:?}");
    println!("killed {rounds} times: {} decisions answered, {} recorded", answered.len(), stored.len());
}

/// Files that the server may not make longer than this: what the kernel says to it is what a full disk says.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// The command with that limit. The signal would end the process before it could be told the error.
fn on_a_small_disk(command: Command) -> Command {
    let mut small = Command::new("sh");
    small.args(["-c", &format!("trap '' XFSZ; ulimit -S -f {}; exec \"$@\"", FILE_BYTES_MAX / 512), "sh"]);
    small.arg(command.get_program()).args(command.get_args()).env("COLUMNS", "200");
    small.current_dir(command.get_current_dir().unwrap());
    small
}

#[test]
fn a_full_disk_is_told_and_decisions_go_on() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        println!("skipped: `prlimit` is not there, and space could not return");
        return;
    }
    let folder = repository(", spool_bytes_max: 200000");
    let server = Serving::start_within(folder.path(), &[], on_a_small_disk);
    let health = |server: &Serving| server.get("/health/ready").is(200).json();
    let metric = |server: &Serving, name: &str| -> u64 {
        let text = server.get("/metrics").is(200).body;
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().unwrap()
    };
    let healthy = |server: &Serving| metric(server, "provost_healthy{condition=\"record\"}");
    let numbers = |server: &Serving| {
        ["gap", "gaps_total", "entries_spooled", "entries_spooled_total", "entries_lost_total"]
            .map(|name| metric(server, &format!("provost_record_{name}")))
    };
    assert_eq!((&health(&server)["status"], healthy(&server), numbers(&server)), (&json!("ready"), 1, [0; 5]));

    // Until the disk is full every answer is recorded; then some wait in memory, and nobody notices.
    let mut answered = BTreeSet::new();
    let mut number = 0;
    let refused = loop {
        let answer = ask(&server, number).unwrap();
        number += 1;
        if answer.status != 200 {
            break answer;
        }
        answered.extend(decided(&answer));
        assert!(number < 20_000, "the disk is never full");
    };
    // When the memory is full too, no answer leaves that would be in no record.
    assert_eq!(refused.status, 500);
    assert!(refused.body.contains("not recorded") && !refused.body.contains("result"), "{}", refused.body);
    let told = health(&server);
    assert_eq!(told["status"], "degraded", "{told}");
    let record = told["conditions"].as_array().unwrap().iter().find(|condition| condition["name"] == "record").unwrap();
    assert!(record["message"].as_str().unwrap().contains("it cannot be written"), "{record}");
    let [gap, gaps, waiting, spooled, lost] = numbers(&server);
    assert_eq!((healthy(&server), gap, gaps, waiting), (0, 1, 1, spooled));
    assert!(spooled > 0 && lost > 0, "{spooled} {lost}");

    // Space returns.
    let raised =
        Command::new("prlimit").args(["--pid", &server.id().to_string(), "--fsize=unlimited:unlimited"]).status();
    assert!(raised.unwrap().success());
    eventually("it is written again", || health(&server)["status"] == "ready" && healthy(&server) == 1);
    assert_eq!(numbers(&server), [0, 1, 0, spooled, lost], "what was is still told");
    for number in number..number + 10 {
        answered.extend(decided(&ask(&server, number).unwrap()));
    }
    assert_eq!(server.stop().code, Some(0));
    provost(folder.path(), &["record", "verify", "record.db"]).exits(0);
    let (stored, gaps) = recorded(folder.path());
    let missing: Vec<_> = answered.difference(&stored).collect();
    assert!(missing.is_empty(), "answered, and not in the record: {missing:?}");
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!((&gaps[0]["spooled"], &gaps[0]["lost"]), (&json!(spooled), &json!(lost)), "{}", gaps[0]);
    println!("{} decisions answered; {}", answered.len(), gaps[0]);
}
