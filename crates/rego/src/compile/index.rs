//! Rule indexing: which rules of a group can hold, told by one look at a value that many of them compare.
//!
//! A rule that needs `input.kind == "Pod"` cannot hold when `input.kind` is anything else, so it need not be run at all. The index picks
//! the one subject that most rules compare with constants; rules that do not compare it are always candidates. An Unknown subject
//! makes every rule a candidate, and an undefined one only those.

use super::constants::{Constant, ConstantPool};
use super::hir::Comparison;
use crate::plan::{ConstantId, Group, GroupKind, IndexSubject, Operation, Pattern, Rule, RuleIndex, Term};
use rustc_hash::FxHashMap;

/// Fewer rules than this are run one by one sooner than looked up.
const RULES_MIN: usize = 4;

/// A constant that the index can look up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Text(String),
    Integer(i64),
}

/// Builds the index of a group; `None` when no subject is compared by enough rules.
pub(super) fn build(group: &Group, constants: &ConstantPool) -> Option<RuleIndex> {
    if group.rules.len() < RULES_MIN {
        return None;
    }
    let tests: Vec<Vec<(IndexSubject, Vec<Key>)>> =
        group.rules.iter().map(|rule| tests(rule, group, constants)).collect();
    let mut uses: FxHashMap<&IndexSubject, usize> = FxHashMap::default();
    for (subject, _) in tests.iter().flatten() {
        *uses.entry(subject).or_default() += 1;
    }
    // Of equally used subjects the first in order, so that compiling twice gives the same program.
    let (subject, count) = uses.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))?;
    if count < RULES_MIN {
        return None;
    }
    let mut index = RuleIndex {
        subject: subject.clone(),
        by_text: FxHashMap::default(),
        by_integer: FxHashMap::default(),
        others: Vec::new(),
    };
    for (number, tests) in tests.iter().enumerate() {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let Some((_, keys)) = tests.iter().find(|(candidate, _)| candidate == subject) else {
            index.others.push(number);
            continue;
        };
        for key in keys {
            let rules = match key {
                Key::Text(text) => index.by_text.entry(text.as_str().into()).or_default(),
                Key::Integer(integer) => index.by_integer.entry(*integer).or_default(),
            };
            // A constant may be written twice, `input.kind in ["a", "a"]`, and the rule is one all the same.
            if rules.last() != Some(&number) {
                rules.push(number);
            }
        }
    }
    Some(index)
}

/// The comparisons without which a rule cannot hold.
fn tests(rule: &Rule, group: &Group, constants: &ConstantPool) -> Vec<(IndexSubject, Vec<Key>)> {
    let mut tests = Vec::new();
    if matches!(group.kind, GroupKind::Function(_)) {
        for (position, parameter) in rule.parameters.iter().enumerate() {
            if let Pattern::Equal(Term::Constant(id)) = parameter
                && let Some(key) = key(*id, constants)
            {
                tests.push((IndexSubject::Argument(position), vec![key]));
            }
        }
    }
    // A branch that fails hands over to the next, so that only a lone branch decides for its rule.
    let [branch] = &*rule.branches else { return tests };
    for operation in &branch.body.operations {
        let test = match operation {
            // What comes after may mean another `input`.
            Operation::EnterWith(_) => break,
            Operation::Match { pattern: Pattern::Equal(a), term: b } => {
                compared(a, b, constants).or_else(|| compared(b, a, constants))
            }
            Operation::Test(Term::Compare { comparison: Comparison::Equal, operands }) => {
                let (a, b) = &**operands;
                compared(a, b, constants).or_else(|| compared(b, a, constants))
            }
            Operation::Test(Term::Membership { key: None, value, collection }) => {
                subject(value).zip(members(collection, constants))
            }
            _ => None,
        };
        tests.extend(test);
    }
    tests
}

fn compared(a: &Term, b: &Term, constants: &ConstantPool) -> Option<(IndexSubject, Vec<Key>)> {
    let Term::Constant(id) = b else { return None };
    Some((subject(a)?, vec![key(*id, constants)?]))
}

/// A fixed path into `input`.
fn subject(term: &Term) -> Option<IndexSubject> {
    match term {
        Term::InputPath(path) => Some(IndexSubject::Input(*path)),
        _ => None,
    }
}

fn key(id: ConstantId, constants: &ConstantPool) -> Option<Key> {
    match constants.get(id)? {
        Constant::String(text) => Some(Key::Text(text.clone())),
        Constant::Number(text) => text.parse().ok().map(Key::Integer),
        _ => None,
    }
}

fn members(collection: &Term, constants: &ConstantPool) -> Option<Vec<Key>> {
    let Term::Constant(id) = collection else { return None };
    match constants.get(*id)? {
        Constant::Set(ids) | Constant::Array(ids) => ids.iter().map(|id| key(*id, constants)).collect(),
        _ => None,
    }
}
