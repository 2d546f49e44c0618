//! `provost replay`

use crate::Ending;
use crate::again::{self, CannotTell, Judged, Judgement, Outcome, Queried};
use crate::commands::record::each_entry;
use crate::governance::{Governance, GovernanceArguments};
use crate::output::Output;
use crate::progress::Progress;
use crate::record_file::{FilterArguments, RecordFileArguments};
use anyhow::Result;
use clap::{Args, ValueEnum};
use decision::Scrubber;
use record::{Decision, Digest, Entry, Event, Filter, Reader, StoredBody};
use report::Table;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost replay record.db --policies new-policies/
  provost replay record.db -p new-policies/ --since 7d --verdict allow
  provost replay record.db -p new-policies/ --format json

Each request is decided again at the time, by the randomness and with the answers of the network that its policies were given.
What was masked is unknown, and what hangs on it is counted and changes nothing.

Exit codes: 0 nothing would change, 1 something would, 2 nothing could be decided again.")]
pub(crate) struct ReplayArguments {
    #[command(flatten)]
    file: RecordFileArguments,

    #[command(flatten)]
    governance: GovernanceArguments,

    #[command(flatten)]
    filter: FilterArguments,

    /// How to write what would change.
    #[arg(short, long, alias = "output", value_name = "FORMAT", default_value = "table")]
    format: ReplayFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReplayFormat {
    /// For a terminal.
    Table,
    /// For programs.
    Json,
}

/// Changes that are shown; more are counted.
const SHOWN_MAX: usize = 10_000;

/// One thing that would come to something else.
#[derive(Debug)]
struct Difference {
    sequence: u64,
    decision: String,
    time: String,
    subject: Option<String>,
    resource: String,
    action: String,
    before: String,
    after: String,
    because: Option<String>,
}

/// A decision, or one resource of it, of which nobody can tell what it would come to.
#[derive(Debug)]
struct Untold {
    sequence: u64,
    decision: String,
    resource: Option<String>,
    reason: String,
}

/// What a replay came to.
#[derive(Debug, Default)]
struct Replay {
    decisions: usize,
    same: usize,
    changed: usize,
    differences: Vec<Difference>,
    untold: Vec<Untold>,
    /// How many decisions cannot be made again, as a whole or in part.
    untold_count: usize,
    /// Differences by `before -> after`.
    kinds: BTreeMap<String, usize>,
}

impl ReplayArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        let reader = self.file.open()?;
        let mut governance = Governance::load(&self.governance, &[])?;
        if governance.program.is_some() {
            // Callers of the OPA API ask for documents, and a module need not judge anything to give one.
            governance.diagnostics.retain(|mistake| mistake.code != "no_policy");
        }
        let mistakes = &governance.diagnostics;
        output.complain(&report::diagnostics::render(mistakes, &Scrubber::default(), &output.error_style));
        if !mistakes.is_empty() {
            // Half of the policies would seem to allow what the other half denies.
            return Ok(Ending::Incomplete);
        }
        let filter = Filter { decisions: true, ..self.filter.filter() };
        let last = reader.bounds().ok().flatten().map_or(0, |(_, last)| last);
        let progress = Progress::start();
        let mut replay = Replay::default();
        each_entry(&reader, output, |_, entry| {
            if filter.matches(&entry)
                && let Event::Decision(decision) = &entry.event
            {
                replay.decide(&governance, &reader, &entry, decision);
            }
            let [done, all] = [entry.sequence, last].map(|number| usize::try_from(number).unwrap_or(usize::MAX));
            progress.tell("deciding again", done, all);
            Ok(())
        })?;
        progress.finish();
        match self.format {
            ReplayFormat::Table => output.print(&replay.table(output))?,
            ReplayFormat::Json => output.print(&format!("{:#}\n", replay.json()))?,
        }
        Ok(match replay {
            Replay { changed: 1.., .. } => Ending::Refused,
            Replay { same: 0, .. } => Ending::Incomplete,
            _ => Ending::Allowed,
        })
    }
}

impl Replay {
    fn decide(&mut self, governance: &Governance, reader: &Reader, entry: &Entry, decision: &Decision<'_>) {
        self.decisions += 1;
        let compared = again::decide_again(governance, reader, entry, decision).and_then(|outcome| match outcome {
            Outcome::Judged(after) => judged_otherwise(governance, decision, after),
            Outcome::Queried(after) => Ok((answered_otherwise(reader, decision, &after), Vec::new())),
        });
        let (found, masked) = match compared {
            Ok(compared) => compared,
            Err(CannotTell(reason)) => {
                self.untold_count += 1;
                return self.cannot_tell(entry, decision, None, reason);
            }
        };
        match (found.is_empty(), masked.is_empty()) {
            (false, _) => self.changed += 1,
            (true, true) => self.same += 1,
            (true, false) => self.untold_count += 1,
        }
        for (resource, _) in masked {
            self.cannot_tell(entry, decision, Some(resource), again::MASKED.to_owned());
        }
        for Found { judged: (resource, action), before, after } in found {
            let kind = match &decision.query {
                Some(_) => "an answer".to_owned(),
                None => format!("{before} -> {}", after.verdict),
            };
            *self.kinds.entry(kind).or_default() += 1;
            if self.differences.len() < SHOWN_MAX {
                self.differences.push(Difference {
                    sequence: entry.sequence,
                    decision: decision.id.to_string(),
                    time: entry.time.to_string(),
                    subject: decision.subject.id.as_deref().map(str::to_owned),
                    resource,
                    action,
                    before,
                    after: after.verdict,
                    because: after.because,
                });
            }
        }
    }

    fn cannot_tell(&mut self, entry: &Entry, decision: &Decision<'_>, resource: Option<String>, reason: String) {
        if self.untold.len() < SHOWN_MAX {
            let decision = decision.id.to_string();
            self.untold.push(Untold { sequence: entry.sequence, decision, resource, reason });
        }
    }

    fn table(&self, output: &Output) -> String {
        const HEADERS: &[&str] = &["entry", "time", "subject", "resource", "was", "would be", "because"];
        let cell = |text: &str| text.to_owned();
        let row = |found: &Difference| {
            vec![
                found.sequence.to_string(),
                found.time.get(..19).unwrap_or(&found.time).replace('T', " "),
                found.subject.as_deref().map(cell).unwrap_or_default(),
                cell(&found.resource),
                cell(&found.before),
                cell(&found.after),
                found.because.as_deref().map(cell).unwrap_or_default(),
            ]
        };
        let mut text = String::new();
        if !self.differences.is_empty() {
            let table = Table { headers: HEADERS, rows: self.differences.iter().map(row).collect() };
            text.push_str(&table.render(&output.style));
            text.push('\n');
        }
        let again = decisions(self.decisions);
        text.push_str(&format!("{again}: {} would change, {} would not", self.changed, self.same));
        if self.untold_count > 0 {
            text.push_str(&format!(", {} cannot be told", self.untold_count));
        }
        let kinds: Vec<String> = self.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        if !kinds.is_empty() {
            text.push_str(&format!(" ({})", kinds.join(", ")));
        }
        text.push('\n');
        let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for untold in &self.untold {
            let what = if untold.resource.is_some() { "resource" } else { "decision" };
            *reasons.entry((what, &untold.reason)).or_default() += 1;
        }
        for ((what, reason), count) in reasons {
            let plural = if count == 1 { "" } else { "s" };
            text.push_str(&format!("not told: {count} {what}{plural}, because {reason}\n"));
        }
        text
    }

    fn json(&self) -> Value {
        let difference = |found: &Difference| {
            json!({
                "sequence": found.sequence,
                "decision_id": found.decision,
                "time": found.time,
                "subject": found.subject,
                "resource": found.resource,
                "action": found.action,
                "before": found.before,
                "after": found.after,
                "because": found.because,
            })
        };
        let untold = |untold: &Untold| {
            json!({
                "sequence": untold.sequence,
                "decision_id": untold.decision,
                "resource": untold.resource,
                "reason": untold.reason,
            })
        };
        json!({
            "decisions": self.decisions,
            "same": self.same,
            "changed": self.changed,
            "cannot_tell": self.untold_count,
            "differences": self.differences.iter().map(difference).collect::<Vec<_>>(),
            "untold": self.untold.iter().map(untold).collect::<Vec<_>>(),
        })
    }
}

fn decisions(count: usize) -> String {
    if count == 1 { "1 decision".to_owned() } else { format!("{count} decisions") }
}

struct Found {
    judged: Judged,
    before: String,
    after: Judgement,
}

/// What a resource was that nobody judged.
const NOT_JUDGED: &str = "not judged";

/// What comes to something else, resource by resource, and what hangs on what is masked.
fn judged_otherwise(
    governance: &Governance,
    decision: &Decision<'_>,
    mut after: BTreeMap<Judged, Judgement>,
) -> Result<(Vec<Found>, Vec<Judged>), CannotTell> {
    if decision.resources_left_off > 0 {
        return Err(CannotTell("the record does not hold all that was judged".to_owned()));
    }
    let mut before: BTreeMap<Judged, String> = BTreeMap::new();
    for resource in &decision.resources {
        let judged = (resource.address.to_string(), resource.action.as_deref().unwrap_or_default().to_owned());
        let same = before.entry(judged).or_default();
        if rank(&resource.verdict) >= rank(same) {
            *same = resource.verdict.to_string();
        }
    }
    // Documents are judged only where there are policies over documents.
    let about_documents = again::judges_documents(governance);
    before.retain(|(_, action), verdict| about_documents || !action.is_empty() || verdict != "allow");
    let (mut found, mut masked) = (Vec::new(), Vec::new());
    let is_masked = again::is_masked(decision);
    for (judged, before) in before {
        let after =
            after.remove(&judged).unwrap_or_else(|| Judgement { verdict: NOT_JUDGED.to_owned(), because: None });
        if after.verdict == "unknown" && before != "unknown" && is_masked {
            masked.push(judged);
        } else if after.verdict != before && !(after.verdict == NOT_JUDGED && before == "allow") {
            found.push(Found { judged, before, after });
        }
    }
    for (judged, after) in after {
        match after.verdict.as_str() {
            "allow" => {}
            "unknown" if is_masked => masked.push(judged),
            _ => found.push(Found { judged, before: NOT_JUDGED.to_owned(), after }),
        }
    }
    Ok((found, masked))
}

fn rank(verdict: &str) -> usize {
    ["", "allow", "warn", "unknown", "deny"].iter().position(|known| *known == verdict).unwrap_or_default()
}

/// Whether a query has another answer.
fn answered_otherwise(reader: &Reader, decision: &Decision<'_>, after: &Queried) -> Vec<Found> {
    let Some(query) = &decision.query else { return Vec::new() };
    let is_same = match (after, &query.error) {
        (Queried::Failed(code), Some(error)) => *code == error.code,
        (Queried::Failed(_), None) | (_, Some(_)) => false,
        (Queried::Undefined, None) => query.digest.is_none(),
        (Queried::Result(result), None) => query.digest == Some(Digest::of(result.as_bytes())),
    };
    if is_same {
        return Vec::new();
    }
    /// The start of an answer says enough.
    const CHARACTERS: usize = 60;
    let short = |text: &str| {
        let mut start: String = text.chars().take(CHARACTERS).collect();
        if start.len() < text.len() {
            start.push('…');
        }
        start
    };
    let before = match (&query.error, query.digest, &query.body) {
        (Some(error), _, _) => error.code.to_string(),
        (None, None, _) => "undefined".to_owned(),
        (None, Some(digest), None) => digest.to_string(),
        (None, Some(digest), Some(body)) => match reader.body(body) {
            Ok(StoredBody::Kept(bytes)) => short(&String::from_utf8_lossy(&bytes)),
            _ => digest.to_string(),
        },
    };
    let after = match after {
        Queried::Undefined => "undefined".to_owned(),
        Queried::Result(result) => short(result),
        Queried::Failed(code) => code.clone(),
    };
    let asked = if query.ad_hoc { "an ad-hoc query" } else { &query.path };
    vec![Found {
        judged: (asked.to_owned(), String::new()),
        before,
        after: Judgement { verdict: after, because: None },
    }]
}
