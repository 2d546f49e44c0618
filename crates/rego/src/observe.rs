//! What an evaluation did, for coverage and for tests that fail.

use crate::compile::{Place, Program};
use crate::plan::PlaceId;
use std::collections::BTreeMap;

/// Collects what is evaluated.
#[derive(Debug, Default)]
pub struct Observer {
    hits: Vec<u64>,
    /// The last operation that did not hold in the outermost rule.
    failure: Option<(PlaceId, Vec<String>)>,
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

impl Observer {
    pub(crate) fn reached(&mut self, place: PlaceId) {
        let index = place as usize;
        if self.hits.len() <= index {
            self.hits.resize(index + 1, 0);
        }
        if let Some(hits) = self.hits.get_mut(index) {
            *hits += 1;
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
}
