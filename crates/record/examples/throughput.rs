//! How many entries a second go through, and what each costs.
//!
//! `cargo run --release -p record --example throughput -- [in-flight] [seconds] [disk|process] [distinct|same] [folder]`
//!
//! One thread keeps so many entries in flight, as a server does whose connections each wait for their answer. Pin it to a core with
//! `taskset -c 0` to see what is left for a server beside it.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement, not the product"
)]

#[path = "../tests/it/support.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod support;

use decision::{Append, Receipt, RecordEntry};
use record::{Durability, Options, Record};
use std::env;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Seconds of processor time that this process has used.
fn processor_seconds() -> f64 {
    /// What Linux has reported in for decades.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let argument = |index: usize, default: &str| arguments.get(index).cloned().unwrap_or_else(|| default.to_owned());
    let in_flight: usize = argument(0, "64").parse().unwrap();
    let duration = Duration::from_secs(argument(1, "5").parse().unwrap());
    let durability = if argument(2, "disk") == "disk" { Durability::Disk } else { Durability::Process };
    let distinct = argument(3, "distinct") == "distinct";
    let folder = tempfile::tempdir_in(PathBuf::from(argument(4, "."))).unwrap();
    let path = folder.path().join("record.db");
    let record = Record::open(Options { durability, log_bytes_ahead: 64 << 20, ..Options::at(&path) }).unwrap();

    // Entries are made before, so that their making is not measured; bodies are about 3 KB.
    let prototype = support::entry("0123456789abcdef", "");
    let decision::Answer::Decision(decision) = &prototype.answer else { return };
    let bodies: Vec<Arc<[u8]>> =
        (0..20_000).map(|number| support::review(if distinct { number } else { 0 }).into_bytes().into()).collect();
    let mut number = 0_usize;
    let mut next = || {
        number += 1;
        let mut body = bodies[number % bodies.len()].to_vec();
        if distinct {
            // No two are alike.
            let digits = format!("{number:016}");
            let at = body.len() - 40;
            body[at..at + 16].copy_from_slice(digits.as_bytes());
        }
        let mut entry = support::entry("", "");
        entry.id = format!("decision-{number}");
        entry.answer = decision::Answer::Decision(Arc::clone(decision));
        entry.body.bytes = Box::new(body);
        RecordEntry::Decision(Box::new(entry))
    };

    // What making entries costs without a record.
    let before = (Instant::now(), processor_seconds());
    for _ in 0..50_000 {
        drop(next());
    }
    let making = (processor_seconds() - before.1) / 50_000.0;

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let started = (Instant::now(), processor_seconds());
    let mut slots: Vec<(Receipt, Instant)> = (0..in_flight).map(|_| (record.append(next()), Instant::now())).collect();
    let mut latencies = Vec::new();
    while started.0.elapsed() < duration {
        let mut answered = false;
        for (receipt, since) in &mut slots {
            if let Poll::Ready(recorded) = Pin::new(&mut *receipt).poll(&mut context) {
                recorded.unwrap();
                latencies.push(since.elapsed());
                answered = true;
                (*receipt, *since) = (record.append(next()), Instant::now());
            }
        }
        if !answered {
            thread::park_timeout(Duration::from_millis(100));
        }
    }
    let seconds = started.0.elapsed().as_secs_f64();
    let processor = processor_seconds() - started.1;
    let health = record.health();
    drop(record);
    latencies.sort_unstable();
    let at = |part: f64| latencies[((latencies.len() - 1) as f64 * part) as usize];
    let entries = latencies.len() as f64;
    println!(
        "{in_flight} in flight, {}, {} bodies: {:.0} entries/s, {:.1} a batch; latency p50 {:?} p99 {:?} max {:?}; \
         {:.1} µs of processor an entry, {:.1} of them to make it; {:.0} bytes of file an entry",
        durability.as_str(),
        if distinct { "distinct" } else { "equal" },
        entries / seconds,
        health.written as f64 / health.batches as f64,
        at(0.5),
        at(0.99),
        at(1.0),
        processor / entries * 1e6,
        making * 1e6,
        std::fs::metadata(&path).unwrap().len() as f64 / entries,
    );
}
