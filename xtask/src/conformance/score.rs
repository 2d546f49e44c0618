//! The committed score: one line a group, so that a reviewer sees what a change gains and loses.

use anyhow::{Context, Error, Result};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// How many cases of each group pass, of how many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    groups: BTreeMap<String, (usize, usize)>,
}

impl Score {
    /// Counts one case.
    pub fn add(&mut self, group: &str, passed: bool) {
        let (all_passed, total) = self.groups.entry(group.to_owned()).or_default();
        *all_passed += usize::from(passed);
        *total += 1;
    }

    /// How many cases pass.
    pub fn passed(&self) -> usize {
        self.groups.values().map(|(passed, _)| passed).sum()
    }

    /// One line for each group in which fewer cases pass than in `committed`.
    pub fn worse_than(&self, committed: &Self) -> Vec<String> {
        let worse = committed.groups.iter().filter_map(|(group, &(was, _))| {
            let (now, total) = self.groups.get(group).copied().unwrap_or_default();
            (now < was).then(|| format!("worse: {group} {now}/{total}, committed are {was}"))
        });
        worse.collect()
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.groups.iter().try_for_each(|(group, (passed, total))| writeln!(f, "{group} {passed}/{total}"))
    }
}

impl FromStr for Score {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let line = |line: &str| {
            let (group, counts) = line.rsplit_once(' ')?;
            let (passed, total) = counts.split_once('/')?;
            Some((group.to_owned(), (passed.parse().ok()?, total.parse().ok()?)))
        };
        let groups = text.lines().map(|l| line(l).with_context(|| format!("`{l}` is not `group passed/total`")));
        Ok(Self { groups: groups.collect::<Result<_>>()? })
    }
}
