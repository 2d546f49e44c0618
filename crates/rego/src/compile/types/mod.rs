//! What values expressions can have, and calls, comparisons and references that can never be right.
//!
//! Types are found as OPA finds them: those of constants, builtins and other rules are known, a variable has the type of what it
//! is matched with first, and a parameter that of its first use. `input` and base data may be anything. Rules come after the
//! rules that they need, so that each type is found once. What OPA compiles compiles here too; where it finds a mistake that could
//! yet be right (a parameter that is only compared under `not`), nothing is said.

mod checker;
mod expression;
mod matching;
mod messages;
mod overlap;
mod reference;
mod signature;
mod value_type;

use super::RuleTree;
use super::hir::{Body, Expr, Variable};
use crate::plan::{Group, GroupId, GroupKind};
use checker::Checker;
use signature::{Signature, Signatures};
use std::sync::Arc;
use value::{Diagnostic, Source};
use value_type::ValueType;

/// A rule whose names are resolved.
#[derive(Debug)]
pub(super) struct ResolvedRule {
    pub group: GroupId,
    pub source: Arc<Source>,
    pub variables: Vec<Variable>,
    pub parameters: Vec<Expr>,
    pub branches: Vec<ResolvedBranch>,
    /// Whether it defines members of a set.
    pub member: bool,
}

/// A body of a rule with what it gives.
#[derive(Debug)]
pub(super) struct ResolvedBranch {
    pub body: Body,
    /// `true` when none is written.
    pub value: Option<Expr>,
    /// The keys that follow the fixed part of the head.
    pub suffix: Vec<Expr>,
}

/// What the rules of a program give, by group.
#[derive(Debug, Default)]
pub(crate) struct RuleTypes(Vec<RuleType>);

/// What the rules of a group give.
#[derive(Clone, Debug)]
enum RuleType {
    /// A document.
    Value(ValueType),
    /// What a function takes and gives.
    Function(Arc<Signature>),
}

impl RuleTypes {
    fn of(&self, group: GroupId) -> Option<&RuleType> {
        self.0.get(group as usize)
    }
}

/// Finds the types of all rules, and what can never be right in them. In `order` every group stands after those it needs.
pub(super) fn check_rules(
    tree: &RuleTree,
    groups: &[Group],
    order: &[GroupId],
    rules: Vec<ResolvedRule>,
    errors: &mut Vec<Diagnostic>,
) -> RuleTypes {
    let mut by_group: Vec<Vec<ResolvedRule>> = groups.iter().map(|_| Vec::new()).collect();
    for rule in rules {
        if let Some(of_group) = by_group.get_mut(rule.group as usize) {
            of_group.push(rule);
        }
    }
    let any = |group: &Group| match group.kind {
        GroupKind::Function(arity) => RuleType::Function(Arc::new(Signature {
            parameters: vec![ValueType::Any; arity],
            result: Some(ValueType::Any),
        })),
        GroupKind::Complete | GroupKind::Set | GroupKind::Object => RuleType::Value(ValueType::Any),
    };
    let mut types = RuleTypes(groups.iter().map(any).collect());
    let mut signatures = Signatures::default();
    for &group in order {
        let Some(of_group) = by_group.get_mut(group as usize) else { continue };
        let errors_before = errors.len();
        let mut found: Option<RuleType> = None;
        for rule in std::mem::take(of_group) {
            let mut checker = Checker::new(tree, &types, &rule.source, &rule.variables, &mut signatures, errors);
            let of_rule = checker.rule(&rule);
            found = Some(match found {
                Some(found) => found.or(of_rule),
                None => of_rule,
            });
        }
        // After a mistake nothing is known, so that nothing follows from it.
        if errors.len() == errors_before
            && let Some((found, of_group)) = found.zip(types.0.get_mut(group as usize))
        {
            *of_group = found;
        }
    }
    types
}

/// Finds what can never be right in a query. A comparison there has the value `false`, and is no mistake.
pub(super) fn check_query(
    tree: &RuleTree,
    types: &RuleTypes,
    source: &Arc<Source>,
    variables: &[Variable],
    body: &Body,
    errors: &mut Vec<Diagnostic>,
) {
    let mut signatures = Signatures::default();
    let mut checker = Checker::new(tree, types, source, variables, &mut signatures, errors);
    checker.comparisons_may_fail = true;
    checker.body(body);
}

impl RuleType {
    /// What either of two rules of one group gives.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Value(a), Self::Value(b)) => Self::Value(a.merged(b)),
            (Self::Function(a), Self::Function(b)) => Self::Function(Arc::new(a.or(&b))),
            // Rules of two kinds under one name are an error that has been reported.
            (Self::Function(function), _) | (_, Self::Function(function)) => Self::Function(function),
        }
    }
}
