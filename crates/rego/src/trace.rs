//! What an evaluation did, step by step, as far as there is room.
//!
//! A step is noted when it begins and told its outcome later, so that a line stands above what it asked for.

use crate::compile::Place;
use crate::plan::PlaceId;
use rustc_hash::FxHashMap;

/// Values longer than this are cut.
const VALUE_CHARS_MAX: usize = 120;

/// What stands in place of an operation's index for the head of a rule.
const HEAD: usize = usize::MAX;

/// What happened, in order.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The steps for which there was room.
    pub lines: Vec<TraceLine>,
    /// How many steps there was no room for.
    pub left_out: u64,
}

/// One step.
#[derive(Clone, Debug)]
pub struct TraceLine {
    /// How deep it is nested: in rules, comprehensions and negations.
    pub depth: u32,
    /// Where it is written; a name that was asked for stands at no one place.
    pub place: Option<Place>,
    /// What happened.
    pub event: TraceEvent,
}

/// What happened in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceEvent {
    /// The rules of this name were asked.
    Entered(String),
    /// A statement held.
    Held,
    /// A statement that looks for solutions held this often.
    HeldTimes(u64),
    /// A statement did not hold; the values on its sides, `undefined` where there is none.
    Failed(Vec<String>),
    /// A rule gave this value.
    Gave(String),
    /// The evaluation ended in an error inside it.
    Stopped,
}

/// The steps as they come in.
#[derive(Debug)]
pub(crate) struct Log {
    events_max: usize,
    events: Vec<Event>,
    left_out: u64,
    depth: u32,
    /// The last event of each operation, by place and index in its body. No rule asks for itself, so that the last one of an
    /// operation is the one under way.
    under_way: FxHashMap<(PlaceId, usize), usize>,
}

#[derive(Debug)]
struct Event {
    depth: u32,
    place: Option<PlaceId>,
    /// The index of the operation in its body.
    number: usize,
    what: TraceEvent,
}

impl Log {
    pub fn new(events_max: usize) -> Self {
        Self { events_max, events: Vec::new(), left_out: 0, depth: 0, under_way: FxHashMap::default() }
    }

    pub fn is_full(&self) -> bool {
        self.events.len() >= self.events_max
    }

    fn push(&mut self, place: Option<PlaceId>, number: usize, what: impl FnOnce() -> TraceEvent) -> Option<usize> {
        if self.is_full() {
            self.left_out += 1;
            return None;
        }
        self.events.push(Event { depth: self.depth, place, number, what: what() });
        Some(self.events.len() - 1)
    }

    /// An operation holds unless it is told otherwise.
    pub fn operation(&mut self, place: PlaceId, number: usize, several: bool) {
        let what = if several { TraceEvent::HeldTimes(0) } else { TraceEvent::Held };
        // A statement may be several operations, and one line tells of them all when nothing came between.
        if let Some(last) = self.events.last_mut()
            && (last.place, last.depth, &last.what) == (Some(place), self.depth, &TraceEvent::Held)
            && last.number < number
        {
            (last.what, last.number) = (what, number);
            self.under_way.insert((place, number), self.events.len() - 1);
            return;
        }
        match self.push(Some(place), number, || what) {
            Some(event) => self.under_way.insert((place, number), event),
            None => self.under_way.remove(&(place, number)),
        };
    }

    fn under_way(&mut self, place: PlaceId, number: usize) -> Option<&mut Event> {
        let event = *self.under_way.get(&(place, number))?;
        self.events.get_mut(event)
    }

    pub fn held_again(&mut self, place: PlaceId, number: usize) {
        if let Some(Event { what: TraceEvent::HeldTimes(times), .. }) = self.under_way(place, number) {
            *times += 1;
        }
    }

    pub fn failed(&mut self, place: PlaceId, number: usize, sides: &[String]) {
        if let Some(event) = self.under_way(place, number) {
            event.what = TraceEvent::Failed(sides.iter().map(|side| cut(side)).collect());
        }
    }

    pub fn value(&mut self, place: PlaceId, value: impl FnOnce() -> String) {
        if let Some(event) = self.under_way(place, HEAD) {
            event.what = TraceEvent::Gave(cut(&value()));
        }
    }

    /// A head gives nothing unless it is told otherwise.
    pub fn head(&mut self, place: PlaceId) {
        match self.push(Some(place), HEAD, || TraceEvent::Failed(vec!["undefined".to_owned()])) {
            Some(event) => self.under_way.insert((place, HEAD), event),
            None => self.under_way.remove(&(place, HEAD)),
        };
    }

    pub fn rule(&mut self, path: &[String]) {
        self.depth += 1;
        self.push(None, 0, || TraceEvent::Entered(format!("data.{}", path.join("."))));
    }

    pub fn deeper(&mut self) {
        self.depth += 1;
    }

    pub fn shallower(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub fn ended(&mut self, with_error: bool) {
        self.depth = 0;
        // Where there was no room, nobody knows what was under way.
        if !with_error || self.left_out > 0 {
            return;
        }
        // The last step was under way, and so was each before it that is less deep than all after it.
        let mut depth = u32::MAX;
        for event in self.events.iter_mut().rev() {
            let asks = !matches!(event.what, TraceEvent::Entered(_) | TraceEvent::Gave(_));
            if event.depth < depth {
                depth = event.depth;
                if asks {
                    event.what = TraceEvent::Stopped;
                }
            }
        }
    }

    pub fn told(&self, place_of: impl Fn(PlaceId) -> Option<Place>) -> Trace {
        let mut lines = Vec::with_capacity(self.events.len());
        // The steps around the one at hand, and whether they are shown.
        let mut around: Vec<(&Event, bool)> = Vec::new();
        for event in &self.events {
            while around.last().is_some_and(|(outer, _)| outer.depth >= event.depth) {
                around.pop();
            }
            // What is negated is written at the place of its negation, which has told already what came of it.
            let repeated = event.place.is_some() && around.last().is_some_and(|(outer, _)| outer.place == event.place);
            if !repeated {
                lines.push(TraceLine {
                    depth: u32::try_from(around.iter().filter(|(_, shown)| *shown).count()).unwrap_or(u32::MAX),
                    place: event.place.and_then(&place_of),
                    event: match &event.what {
                        TraceEvent::HeldTimes(0) => TraceEvent::Failed(Vec::new()),
                        what => what.clone(),
                    },
                });
            }
            around.push((event, !repeated));
        }
        Trace { lines, left_out: self.left_out }
    }
}

fn cut(value: &str) -> String {
    let shown: String = value.chars().take(VALUE_CHARS_MAX).collect();
    if shown.len() < value.len() { shown + " ..." } else { shown }
}
