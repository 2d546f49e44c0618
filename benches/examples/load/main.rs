//! What a server costs, beside a bare hyper server that reads the same bodies and answers a fixed one.
//!
//! ```console
//! $ cargo run --release --package benches --example load -- --seconds 20
//! $ cargo run --release --package benches --example load -- --provost target/release/provost --path /v1/admit
//! $ cargo run --release --package benches --example load -- --program 'target/release/provost serve --address 127.0.0.1:0 ...'
//! ```
//!
//! All servers run at the same time, on one core; the generator has another. They take many short turns, so that whatever else the machine
//! does falls on all of them alike. It can only take away: a rate is that of the best tenth of the turns, a cost or a latency that of the
//! best tenth likewise. Only loopback is used.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark tells people, and one that is wrong must stop"
)]

mod arguments;
mod child;
mod http1;
mod http2;
mod serve;

use anyhow::{Context, Result};
use arguments::{Arguments, Load};
use benches::repositories::REPOSITORIES;
use child::Server;
use std::time::Duration;

/// A turn of one server.
const TURN: Duration = Duration::from_millis(250);

/// A turn before the first, of which nothing is kept.
const WARM_UP: Duration = Duration::from_millis(500);

fn main() -> Result<()> {
    let arguments = Arguments::read()?;
    if let Some(kind) = arguments.serve {
        return serve::run(kind);
    }
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let (server_core, generator_core) = (cores.first().copied(), cores.last().copied());
    // A child keeps the core of the thread that starts it.
    server_core.map(core_affinity::set_for_current);
    let mut servers = vec![Server::bare()?, Server::mounted()?];
    let folder = tempfile::tempdir()?;
    if let Some(provost) = &arguments.provost {
        for repository in &REPOSITORIES {
            let written = repository.write(folder.path(), arguments.templates.as_deref())?;
            servers.push(Server::provost(repository.name, provost, &written)?);
        }
    }
    if let Some(program) = benches::engines::find_opa().filter(|_| arguments.asks_opa()) {
        // OPA has no admission, and the policies for it would be in each other's way.
        let repository = REPOSITORIES.first().context("no repository")?.write(folder.path(), None)?;
        servers.push(Server::opa(&program, &repository.join("policies/main.rego"))?);
    }
    for program in &arguments.programs {
        servers.push(Server::program(program)?);
    }
    generator_core.map(core_affinity::set_for_current);
    if cores.len() < 2 {
        println!("there is one core: server and generator share it, and the figures mean little");
    }
    let load = arguments.load()?;
    println!("{} connections, bodies of {} bytes, {}", load.connections, load.body.len(), load.path);
    let slowest = closed(&mut servers, &load, arguments.turns(TURN), arguments.protocol.as_deref())?;
    if slowest > 0.0 {
        open(&mut servers, &load, slowest / 2.0, arguments.turns(TURN))?;
    }
    for server in &servers {
        println!("{:<13} {:>6.1} MB resident at the end", server.name, server.resident_bytes()? as f64 / 1e6);
    }
    Ok(())
}

/// As fast as they can, each connection with one request under way. Returns the slowest server's requests a second, OPA left out.
fn closed(servers: &mut [Server], load: &Load, turns: usize, only: Option<&str>) -> Result<f64> {
    let mut slowest = 0.0;
    for protocol in ["HTTP/1.1", "HTTP/2"].into_iter().filter(|protocol| only.is_none_or(|only| only == *protocol)) {
        let run = |server: &Server, time| match protocol {
            "HTTP/1.1" => http1::closed(server.address, load, time),
            _ => http2::closed(server.address, load, time),
        };
        for server in servers.iter() {
            run(server, WARM_UP).with_context(|| format!("{} does not answer", server.name))?;
        }
        let mut rates = vec![Vec::new(); servers.len()];
        let mut costs = vec![Vec::new(); servers.len()];
        for _ in 0..turns {
            for (index, server) in servers.iter().enumerate() {
                let before = server.processor_time()?;
                let turn = run(server, TURN)?;
                let spent = server.processor_time()?.saturating_sub(before);
                rates[index].push(turn.answers as f64 / turn.time.as_secs_f64());
                costs[index].push(spent.as_secs_f64() / turn.answers as f64);
            }
        }
        println!("\n{protocol}: throughput, and processor time of the server for a request");
        for (index, server) in servers.iter().enumerate() {
            let (rate, cost) = (highest(&rates[index]), lowest(&costs[index]));
            println!(
                "{:<13} {rate:>9.0}/s {:>5.1}%   {:>6.2} us {:>5.1}%",
                server.name,
                100.0 * rate / highest(&rates[0]),
                cost * 1e6,
                100.0 * lowest(&costs[0]) / cost
            );
        }
        if protocol == "HTTP/1.1" {
            let ours = servers.iter().zip(&rates).filter(|(server, _)| server.name != "opa");
            slowest = ours.map(|(_, rates)| highest(rates)).fold(f64::INFINITY, f64::min);
        }
    }
    Ok(slowest)
}

/// At a rate that all of ours can take, counted from when a request was due.
fn open(servers: &mut [Server], load: &Load, rate: f64, turns: usize) -> Result<()> {
    println!("\nHTTP/1.1 at {rate:.0}/s: latency");
    let mut percentiles = vec![Vec::new(); servers.len()];
    for _ in 0..turns {
        for (index, server) in servers.iter().enumerate().filter(|(_, server)| server.name != "opa") {
            let mut latencies = http1::open(server.address, load, rate, TURN)?;
            latencies.sort_unstable();
            let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
            percentiles[index].push((at(0.5), at(0.99)));
        }
    }
    let of = |index: usize| {
        let p50: Vec<_> = percentiles[index].iter().map(|(p50, _)| *p50).collect();
        let p99: Vec<_> = percentiles[index].iter().map(|(_, p99)| *p99).collect();
        (lowest(&p50), lowest(&p99))
    };
    let bare = of(0);
    for (index, server) in servers.iter().enumerate().filter(|(_, server)| server.name != "opa") {
        let (p50, p99) = of(index);
        println!(
            "{:<13} p50 {p50:>7.0} us   p99 {p99:>7.0} us   above bare: p50 {:>+6.0} us, p99 {:>+6.0} us",
            server.name,
            p50 - bare.0,
            p99 - bare.1
        );
    }
    Ok(())
}

/// What the best tenth reaches, where more is better.
fn highest(numbers: &[f64]) -> f64 {
    ranked(numbers, 0.9)
}

/// What the best tenth reaches, where less is better.
fn lowest(numbers: &[f64]) -> f64 {
    ranked(numbers, 0.1)
}

fn ranked(numbers: &[f64], share: f64) -> f64 {
    let mut numbers = numbers.to_vec();
    numbers.sort_by(f64::total_cmp);
    let last = numbers.len().saturating_sub(1);
    numbers.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}
