//! What an evaluation did, for coverage, profiles, traces, and tests that fail.

use crate::compile::{Place, PreparedQuery, Program};
use crate::plan::PlaceId;
use crate::trace::{Log, Trace};
use std::collections::BTreeMap;

/// Collects what is evaluated.
#[derive(Debug, Default)]
pub struct Observer {
    /// How often each place was reached, heads of rules that gave a value among them.
    hits: Vec<u64>,
    /// How often each statement was evaluated.
    evaluations: Vec<u64>,
    /// The last operation that did not hold in the outermost rule.
    failure: Option<(PlaceId, Vec<String>)>,
    /// The place that is evaluated, and those around it whose bodies are under way.
    current: Option<PlaceId>,
    around: Vec<Option<PlaceId>>,
    log: Option<Log>,
    stopwatch: Option<Stopwatch>,
    indexed: bool,
}

/// Which time went to which place.
#[derive(Debug)]
struct Stopwatch {
    clock: fn() -> u64,
    spent_ns: Vec<u64>,
    running: Option<(PlaceId, u64)>,
}

/// An operation that did not hold, and the values on its sides.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Where.
    pub place: Place,
    /// The values on its sides, in Rego's notation; `undefined` where there is none.
    pub sides: Vec<String>,
}

/// Which lines of a source were evaluated.
#[derive(Clone, Debug, Default)]
pub struct LineCoverage {
    /// Lines with something evaluated, from 1.
    pub covered: Vec<u32>,
    /// Lines with something that was never evaluated.
    pub not_covered: Vec<u32>,
}

/// What one line took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineProfile {
    /// The name of its source.
    pub source: String,
    /// The line, from 1.
    pub line: u32,
    /// Its text.
    pub text: String,
    /// How often its statements were evaluated; of a line without any, how often it gave a value.
    pub evaluations: u64,
    /// The time spent in it, rules that it asks not counted; 0 without a clock.
    pub time_ns: u64,
}

impl Observer {
    /// Keeps a trace of at most `events_max` events.
    #[must_use]
    pub fn with_trace(mut self, events_max: usize) -> Self {
        self.log = Some(Log::new(events_max));
        self
    }

    /// Measures time by `clock`, nanoseconds from any start on: this crate knows no clock.
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> u64) -> Self {
        self.stopwatch = Some(Stopwatch { clock, spent_ns: Vec::new(), running: None });
        self
    }

    /// Leaves out rules that an index rules out, as evaluations do that nobody observes. Without it all rules are looked at,
    /// so that what does not hold is seen.
    #[must_use]
    pub fn with_index(mut self) -> Self {
        self.indexed = true;
        self
    }

    pub(crate) fn uses_index(&self) -> bool {
        self.indexed
    }

    pub(crate) fn is_tracing(&self) -> bool {
        self.log.as_ref().is_some_and(|log| !log.is_full())
    }

    /// An operation is under way. `first` tells whether a statement begins with it; `number` is its index in its body.
    pub(crate) fn operation(&mut self, place: PlaceId, number: usize, first: bool, several: bool) {
        // What is negated is written at the place of its negation.
        let repeated = number == 0 && self.around.last() == Some(&Some(place));
        self.reached(place);
        if first && !repeated {
            count(&mut self.evaluations, place, 1);
        }
        if let Some(log) = &mut self.log {
            log.operation(place, number, several);
        }
    }

    /// Something that holds several times held once more.
    pub(crate) fn held_again(&mut self, place: PlaceId, number: usize) {
        if let Some(log) = &mut self.log {
            log.held_again(place, number);
        }
    }

    /// An operation did not hold; the values on its sides, where they are known.
    pub(crate) fn did_not_hold(&mut self, place: PlaceId, number: usize, sides: &[String]) {
        if let Some(log) = &mut self.log {
            log.failed(place, number, sides);
        }
    }

    /// The body of a rule holds, and its value is to be found.
    pub(crate) fn head(&mut self, place: PlaceId) {
        self.turn_to(Some(place));
        if let Some(log) = &mut self.log {
            log.head(place);
        }
    }

    /// A rule gave a value.
    pub(crate) fn gave(&mut self, place: PlaceId, value: impl FnOnce() -> String) {
        self.reached(place);
        if let Some(log) = &mut self.log {
            log.value(place, value);
        }
    }

    /// Something that is no statement of its own is done.
    pub(crate) fn passed(&mut self, place: PlaceId) {
        self.reached(place);
    }

    fn reached(&mut self, place: PlaceId) {
        count(&mut self.hits, place, 1);
        self.turn_to(Some(place));
    }

    fn turn_to(&mut self, place: Option<PlaceId>) {
        self.current = place;
        if let Some(stopwatch) = &mut self.stopwatch {
            stopwatch.turn_to(place);
        }
    }

    /// The rules of a name are asked.
    pub(crate) fn entered(&mut self, path: &[String]) {
        if let Some(log) = &mut self.log {
            log.rule(path);
        }
    }

    /// The rules of a name have answered.
    pub(crate) fn left(&mut self) {
        if let Some(log) = &mut self.log {
            log.shallower();
        }
    }

    pub(crate) fn body_entered(&mut self) {
        self.around.push(self.current);
        if let Some(log) = &mut self.log {
            log.deeper();
        }
    }

    pub(crate) fn body_left(&mut self) {
        let outer = self.around.pop().flatten();
        self.turn_to(outer);
        if let Some(log) = &mut self.log {
            log.shallower();
        }
    }

    /// The evaluation has ended.
    pub(crate) fn ended(&mut self, with_error: bool) {
        self.turn_to(None);
        self.around.clear();
        if let Some(log) = &mut self.log {
            log.ended(with_error);
        }
    }

    pub(crate) fn failed(&mut self, place: PlaceId, sides: Vec<String>) {
        self.failure = Some((place, sides));
    }

    /// The last operation that did not hold in the outermost rule; forgets it.
    pub fn take_failure(&mut self, program: &Program) -> Option<Failure> {
        let (place, sides) = self.failure.take()?;
        Some(Failure { place: program.place(place)?, sides })
    }

    /// Covered and uncovered lines, by name of the source.
    pub fn coverage(&self, program: &Program) -> BTreeMap<String, LineCoverage> {
        let mut lines: BTreeMap<String, BTreeMap<u32, bool>> = BTreeMap::new();
        for (id, place) in program.evaluated_places() {
            let hit = self.hits.get(id as usize).is_some_and(|&hits| hits > 0);
            let line = lines.entry(place.source.name.clone()).or_default().entry(place.position().line).or_default();
            *line |= hit;
        }
        lines
            .into_iter()
            .map(|(name, lines)| {
                let (covered, not_covered): (Vec<_>, Vec<_>) = lines.into_iter().partition(|&(_, hit)| hit);
                let numbers = |lines: Vec<(u32, bool)>| lines.into_iter().map(|(line, _)| line).collect();
                (name, LineCoverage { covered: numbers(covered), not_covered: numbers(not_covered) })
            })
            .collect()
    }

    /// What each line took that was evaluated, the most expensive first.
    pub fn profile(&self, program: &Program, query: &PreparedQuery) -> Vec<LineProfile> {
        let mut lines: BTreeMap<(String, u32), (LineProfile, u64)> = BTreeMap::new();
        for (id, &hits) in self.hits.iter().enumerate().filter(|(_, hits)| **hits > 0) {
            let place = PlaceId::try_from(id).ok().and_then(|id| place_of(program, query, id));
            let Some(place) = place else { continue };
            let of = |counts: &[u64]| counts.get(id).copied().unwrap_or(0);
            let line = place.position().line;
            let (profile, given) = lines.entry((place.source.name.clone(), line)).or_insert_with(|| {
                let text = place.source.text.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default();
                let (source, text) = (place.source.name.clone(), text.trim().to_owned());
                (LineProfile { source, line, text, evaluations: 0, time_ns: 0 }, 0)
            });
            let evaluations = of(&self.evaluations);
            profile.evaluations += evaluations;
            *given += if evaluations == 0 { hits } else { 0 };
            profile.time_ns += self.stopwatch.as_ref().map_or(0, |stopwatch| of(&stopwatch.spent_ns));
        }
        let mut lines: Vec<_> = lines
            .into_values()
            .map(|(profile, given)| LineProfile {
                evaluations: if profile.evaluations == 0 { given } else { profile.evaluations },
                ..profile
            })
            .collect();
        lines.sort_by_key(|line| std::cmp::Reverse((line.time_ns, line.evaluations)));
        lines
    }

    /// What happened, in order; empty without [`Self::with_trace`].
    pub fn trace(&self, program: &Program, query: &PreparedQuery) -> Trace {
        self.log.as_ref().map(|log| log.told(|id| place_of(program, query, id))).unwrap_or_default()
    }

    /// Like [`Self::trace`], of a document instead of a query.
    pub fn document_trace(&self, program: &Program) -> Trace {
        self.log.as_ref().map(|log| log.told(|id| program.place(id))).unwrap_or_default()
    }
}

impl Stopwatch {
    /// The time until now belongs to the place before; from now on to `place`.
    fn turn_to(&mut self, place: Option<PlaceId>) {
        let now = (self.clock)();
        if let Some((before, since)) = self.running.take() {
            count(&mut self.spent_ns, before, now.saturating_sub(since));
        }
        self.running = place.map(|place| (place, now));
    }
}

fn place_of(program: &Program, query: &PreparedQuery, id: PlaceId) -> Option<Place> {
    program.place(id).or_else(|| query.places.get(id))
}

fn count(counts: &mut Vec<u64>, place: PlaceId, more: u64) {
    let index = place as usize;
    if counts.len() <= index {
        counts.resize(index + 1, 0);
    }
    if let Some(count) = counts.get_mut(index) {
        *count = count.saturating_add(more);
    }
}
