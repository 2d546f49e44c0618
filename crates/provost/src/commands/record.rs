//! `provost record`

use crate::Ending;
use crate::output::Output;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::record_file::{FilterArguments, RecordFileArguments};
use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use record::{Decision, Digest, Entry, Event, PublicKey, Reader, StoredEntry, Verification, VerifyOptions};
use report::Table;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost record verify record.db --key record.db.key.pub
  provost record show record.db --verdict deny --since 24h
  provost record export record.db > decisions.jsonl")]
pub(crate) struct RecordArguments {
    #[command(subcommand)]
    command: RecordCommand,
}

#[derive(Debug, Subcommand)]
enum RecordCommand {
    /// Check that a record is what was written: every hash, signature and body.
    Verify(VerifyArguments),
    /// Show what was decided.
    Show(ShowArguments),
    /// Write decisions as a decision log, one JSON object a line.
    Export(ExportArguments),
}

impl RecordArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        match self.command {
            RecordCommand::Verify(arguments) => arguments.run(output),
            RecordCommand::Show(arguments) => arguments.run(output),
            RecordCommand::Export(arguments) => arguments.run(output),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RecordFormat {
    /// For a terminal.
    Table,
    /// For programs.
    Json,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost record verify record.db --key record.db.key.pub
  provost record verify record.db --from 1000 --to 2000
  provost record verify record.db --head 4711:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

Exit codes: 0 it is what was written, 1 it is not, 2 it cannot be read.")]
struct VerifyArguments {
    #[command(flatten)]
    file: RecordFileArguments,

    /// The first entry. What comes before it is believed.
    #[arg(long, value_name = "SEQUENCE", default_value = "1", hide_default_value = true)]
    from: u64,

    /// The last entry.
    #[arg(long, value_name = "SEQUENCE")]
    to: Option<u64>,

    /// A key that is trusted, in a PEM file. Without any, the keys that the record itself names are believed.
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,

    /// A head that was kept elsewhere: that entry must have that hash.
    #[arg(long, value_name = "SEQUENCE:HASH", value_parser = head)]
    head: Option<(u64, Digest)>,

    /// How to write what was found.
    #[arg(short, long, alias = "output", value_name = "FORMAT", default_value = "table")]
    format: RecordFormat,
}

fn head(text: &str) -> Result<(u64, Digest), String> {
    let wrong = || format!("`{text}` is no head: write the entry, a colon, and its hash");
    let (sequence, hash) = text.split_once(':').ok_or_else(wrong)?;
    Ok((sequence.parse().map_err(|_| wrong())?, hash.parse().map_err(|_| wrong())?))
}

impl VerifyArguments {
    fn run(self, output: &Output) -> Result<Ending> {
        let reader = self.file.open()?;
        let key = |path: &PathBuf| {
            PublicKey::load(path).map_err(|error| Problem::new(error.to_string(), "name a public key in PEM"))
        };
        let keys = self.keys.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        let options = VerifyOptions { from: self.from, through: self.to.unwrap_or(u64::MAX), keys, head: self.head };
        let progress = Progress::start();
        let tell = |done: u64, all: u64| {
            let [done, all] = [done, all].map(|number| usize::try_from(number).unwrap_or(usize::MAX));
            progress.tell("verifying", done, all);
        };
        let found = record::verify(&reader, &options, &tell);
        progress.finish();
        let found = found.map_err(|error| Problem::new(error.to_string(), error.help()))?;
        match self.format {
            RecordFormat::Table => output.print(&verification(&found, options.keys.is_empty()))?,
            RecordFormat::Json => output.print(&pretty(&verification_json(&found)))?,
        }
        Ok(if found.holds() { Ending::Allowed } else { Ending::Refused })
    }
}

/// What was found, for people.
fn verification(found: &Verification, believed: bool) -> String {
    let mut lines = Vec::new();
    let mut line = |name: &str, text: String| lines.push(format!("{name:<10} {text}"));
    line("record", found.id.clone());
    line(
        "entries",
        match found.bounds {
            Some((first, last)) => format!("{} ({first} to {last})", found.entries),
            None => "none".to_owned(),
        },
    );
    let decisions: Vec<String> = found.decisions.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    if !decisions.is_empty() {
        line("decisions", decisions.join(", "));
    }
    let unclean = match found.unclean {
        0 => String::new(),
        unclean => format!(" ({unclean} ended without saying so)"),
    };
    line("processes", format!("{}{unclean}", found.starts));
    if found.policy_sets > 0 {
        line("policies", format!("changed {}", times(found.policy_sets)));
    }
    if found.gaps > 0 {
        line("gaps", format!("{} ({} decisions lost)", found.gaps, found.lost));
    }
    line("bodies", format!("{} kept, {} deleted by their retention", found.bodies, found.bodies_gone));
    let keys: Vec<String> = found.keys.iter().map(ToString::to_string).collect();
    line(
        "heads",
        format!("{} signed by {}", found.heads, if keys.is_empty() { "nobody".to_owned() } else { keys.join(", ") }),
    );
    if found.unsigned > 0 {
        line("unsigned", format!("the last {} entries: no head covers them yet", found.unsigned));
    }
    if let Some((_, last)) = found.bounds {
        line("head", format!("{last}:{}", found.hash));
    }
    if found.holds() {
        lines.push(String::new());
        lines.push("it is what was written".to_owned());
        if believed {
            lines.push(
                "note: the record's own word for its keys was taken; `--key` names those that you trust".to_owned(),
            );
        }
    } else {
        lines.push(String::new());
        lines.extend(found.breaks.iter().map(|found| format!("broken     {found}")));
        if found.breaks_left_off > 0 {
            lines.push(format!("broken     and in {} more places", found.breaks_left_off));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn verification_json(found: &Verification) -> Value {
    let breaks: Vec<Value> = found
        .breaks
        .iter()
        .map(|found| json!({"sequence": found.sequence, "problem": found.problem.to_string()}))
        .collect();
    json!({
        "holds": found.holds(),
        "record": found.id,
        "entries": found.entries,
        "first": found.bounds.map(|(first, _)| first),
        "last": found.bounds.map(|(_, last)| last),
        "hash": found.hash,
        "decisions": found.decisions,
        "policy_sets": found.policy_sets,
        "gaps": found.gaps,
        "lost": found.lost,
        "starts": found.starts,
        "unclean": found.unclean,
        "heads": found.heads,
        "unsigned": found.unsigned,
        "keys": found.keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "bodies": found.bodies,
        "bodies_gone": found.bodies_gone,
        "breaks": breaks,
        "breaks_left_off": found.breaks_left_off,
    })
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost record show record.db
  provost record show record.db --verdict deny --since 24h
  provost record show record.db --subject alice --format json")]
struct ShowArguments {
    #[command(flatten)]
    file: RecordFileArguments,

    #[command(flatten)]
    filter: FilterArguments,

    /// The last so many entries that fit; 0 for all.
    #[arg(short = 'n', long, value_name = "NUMBER", default_value = "50")]
    last: usize,

    /// How to write them.
    #[arg(short, long, alias = "output", value_name = "FORMAT", default_value = "table")]
    format: RecordFormat,
}

impl ShowArguments {
    fn run(self, output: &Output) -> Result<Ending> {
        let reader = self.file.open()?;
        let filter = self.filter.filter();
        let mut chosen: VecDeque<(StoredEntry, Entry)> = VecDeque::new();
        each_entry(&reader, output, |stored, entry| {
            if filter.matches(&entry) {
                chosen.push_back((stored, entry));
                if self.last > 0 && chosen.len() > self.last {
                    chosen.pop_front();
                }
            }
            Ok(())
        })?;
        if self.format == RecordFormat::Json {
            let entries: Vec<Value> =
                chosen.iter().map(|(stored, _)| serde_json::from_slice(&stored.content).unwrap_or_default()).collect();
            output.print(&pretty(&Value::Array(entries)))?;
            return Ok(Ending::Allowed);
        }
        let rows = chosen.iter().flat_map(|(_, entry)| rows(entry)).collect();
        let table = Table { headers: HEADERS, rows }.render(&output.style);
        output.print(if chosen.is_empty() { "no entry fits\n" } else { &table })?;
        Ok(Ending::Allowed)
    }
}

const HEADERS: &[&str] = &["entry", "time", "what", "point", "subject", "resource", "says"];

/// A row for each resource that something was said about, or one.
fn rows(entry: &Entry) -> Vec<Vec<String>> {
    let row = |what: &str, point: &str, subject: &str, resource: &str, says: String| {
        let time = entry.time.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let cells = [entry.sequence.to_string(), time, what.to_owned(), point.to_owned(), subject.to_owned()];
        cells.into_iter().chain([resource.to_owned(), says]).collect::<Vec<_>>()
    };
    let says = match &entry.event {
        Event::Decision(decision) => return decision_rows(decision, &row),
        Event::Start(start) => match start.clean {
            Some(false) => format!("{}; the one before ended without saying so", start.software),
            _ => start.software.to_string(),
        },
        Event::Stop => String::new(),
        Event::PolicySet(set) => {
            format!("{} policies by {}: {}", set.policies, set.cause, short(&set.revisions.policies))
        }
        Event::Gap(gap) => {
            format!("since {}: {}; {} waited, {} lost", gap.since, gap.reason, gap.spooled, gap.lost)
        }
        Event::Retention(retention) => format!("bodies deleted: {} bytes", retention.bytes),
    };
    vec![row(entry.event.kind(), "", "", "", says)]
}

type Row<'r> = dyn Fn(&str, &str, &str, &str, String) -> Vec<String> + 'r;

fn decision_rows(decision: &Decision<'_>, row: &Row<'_>) -> Vec<Vec<String>> {
    let subject = decision.subject.id.as_deref().unwrap_or("-");
    if let Some(query) = &decision.query {
        let what = if query.ad_hoc { "an ad-hoc query" } else { &query.path };
        let says = match &query.error {
            _ if query.dropped => "dropped from the decision log".to_owned(),
            None => String::new(),
            Some(error) => match &error.message {
                None => error.code.to_string(),
                Some(message) => format!("{}: {message}", error.code),
            },
        };
        return vec![row("query", &decision.point, subject, what, says)];
    }
    let verdict = decision.verdict.as_deref().unwrap_or_default();
    let said: Vec<Vec<String>> = decision
        .findings
        .iter()
        .map(|finding| {
            let says = format!("{} {}", finding.policy, finding.message);
            row(&finding.verdict, &decision.point, subject, &finding.resource, says)
        })
        .collect();
    if !said.is_empty() {
        return said;
    }
    let resource = match decision.resources.as_slice() {
        [] => String::new(),
        [one] => one.address.to_string(),
        [first, rest @ ..] => format!("{} and {} more", first.address, rest.len()),
    };
    vec![row(verdict, &decision.point, subject, &resource, String::new())]
}

/// The start of a digest, as people compare them.
fn short(text: &str) -> &str {
    text.get(..12).unwrap_or(text)
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost record export record.db > decisions.jsonl
  provost record export record.db --since 24h --verdict deny | jq .result.findings")]
struct ExportArguments {
    #[command(flatten)]
    file: RecordFileArguments,

    #[command(flatten)]
    filter: FilterArguments,

    /// Everything that was recorded: starts, stops, changes of policies and gaps too, and decisions that `data.system.log.drop` dropped.
    #[arg(long)]
    all: bool,
}

impl ExportArguments {
    fn run(self, output: &Output) -> Result<Ending> {
        /// Printed at once.
        const CHUNK: usize = 1 << 20;
        let reader = self.file.open()?;
        let filter = record::Filter { decisions: !self.all, without_dropped: !self.all, ..self.filter.filter() };
        let mut text = String::new();
        each_entry(&reader, output, |stored, entry| {
            if filter.matches(&entry) {
                let event = record::log_event(&reader, &stored, &entry)
                    .map_err(|error| Problem::new(error.to_string(), error.help()))?;
                text.push_str(&event);
                text.push('\n');
                if text.len() >= CHUNK {
                    output.print(&text)?;
                    text.clear();
                }
            }
            Ok(())
        })?;
        output.print(&text)?;
        Ok(Ending::Allowed)
    }
}

/// Calls `each` with every entry that is one. What is none is told, and `verify` tells more.
pub(crate) fn each_entry(
    reader: &Reader,
    output: &Output,
    mut each: impl FnMut(StoredEntry, Entry) -> Result<()>,
) -> Result<()> {
    for stored in reader.entries(1, u64::MAX) {
        let stored = stored.map_err(|error| Problem::new(error.to_string(), error.help()))?;
        match stored.read() {
            Ok(entry) => each(stored, entry)?,
            Err(error) => output.complain(&format!(
                "warning: entry {} cannot be read: {error}\nhelp: run `provost record verify`\n",
                stored.sequence
            )),
        }
    }
    Ok(())
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
