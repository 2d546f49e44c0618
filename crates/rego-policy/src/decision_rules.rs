//! Which rules of a package decide.

use decision::Effect;
use rego::syntax::ast::{AnnotationTarget, HeadKind, Module, Rule};
use std::collections::{BTreeMap, BTreeSet};
use value::Diagnostic;

/// The name of conftest's rule whose members name the rules that do not count.
pub(crate) const EXCEPTION: &str = "exception";

/// The name of the rule whose members are operations of a JSON Patch.
pub(crate) const PATCH: &str = "patch";

/// One rule that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecisionRule {
    /// `deny_public`.
    pub(crate) name: String,
    /// `public`; empty for the bare name.
    pub(crate) suffix: String,
    /// What its members ask for.
    pub(crate) effect: Effect,
}

/// What rules of a package mean to us.
#[derive(Debug, Default)]
pub(crate) struct PackageRules {
    /// By name.
    pub(crate) decisions: BTreeMap<String, DecisionRule>,
    /// The names of the rules that change what the policy is asked about: `patch`, `patch_limits`.
    pub(crate) patches: BTreeSet<String>,
    /// Whether there is an `exception` rule.
    pub(crate) exception: bool,
    /// The parts of the request that the package reads, the most particular first.
    pub(crate) reads: Vec<Vec<String>>,
}

impl PackageRules {
    /// Adds the rules of one of the package's modules.
    pub(crate) fn add(&mut self, module: &Module, diagnostics: &mut Vec<Diagnostic>) {
        for rule in module.rules.iter().filter(|rule| rule.head.parameters.is_none()) {
            let name = rule.head.name.text.as_str();
            if name == EXCEPTION {
                self.exception = true;
            }
            if is_patch(name) {
                diagnostics.extend(misshapen_patch(module, rule));
                self.patches.insert(name.to_owned());
            }
            let Some(decision) = decision_rule(name) else { continue };
            diagnostics.extend(misshapen(module, rule));
            self.decisions.insert(name.to_owned(), decision);
        }
    }
}

fn decision_rule(name: &str) -> Option<DecisionRule> {
    let (stem, suffix) = name.split_once('_').unwrap_or((name, ""));
    let effect = match stem {
        "deny" | "violation" => Effect::Deny,
        "warn" => Effect::Warn,
        _ => return None,
    };
    Some(DecisionRule { name: name.to_owned(), suffix: suffix.to_owned(), effect })
}

fn is_patch(name: &str) -> bool {
    name.split_once('_').map_or(name, |(stem, _)| stem) == PATCH
}

/// An object or a rule with a path holds no operations.
fn misshapen_patch(module: &Module, rule: &Rule) -> Option<Diagnostic> {
    let is_value = matches!(rule.head.kind, HeadKind::Member { .. } | HeadKind::Value { .. });
    if is_value && rule.head.path.is_empty() {
        return None;
    }
    let name = &rule.head.name.text;
    let message = format!("`{name}` must be a set or an array of operations, as RFC 6902 has them");
    let help = format!("write `{name} contains {{\"op\": \"add\", \"path\": \"/...\", \"value\": ...}} if {{ ... }}`");
    Some(Diagnostic::new("policy_rule_error", message, &module.source, rule.head.span).help(help))
}

/// Rules that look like decisions and would never be one.
fn misshapen(module: &Module, rule: &Rule) -> Option<Diagnostic> {
    let name = &rule.head.name.text;
    let (message, help) = match rule.head.kind {
        HeadKind::Member { .. } if rule.head.path.is_empty() => return None,
        HeadKind::Value { .. } if rule.head.path.is_empty() => (
            format!("`{name}` is one value here, and a decision rule must be a set of messages"),
            format!("write `{name} contains message if {{ ... }}`"),
        ),
        HeadKind::Value { .. } => (
            format!("`{name}` is an object here, and a decision rule must be a set of messages"),
            format!("write `{name} contains message if {{ ... }}`"),
        ),
        HeadKind::Member { .. } => (
            format!("`{name}` has a path here, and a decision rule must be a set of messages"),
            format!("write `{name}_name contains message if {{ ... }}` to tell several apart"),
        ),
    };
    Some(Diagnostic::new("policy_rule_error", message, &module.source, rule.head.span).help(help))
}

/// Whether an annotation stands above a rule that decides.
pub(crate) fn is_decision(module: &Module, target: AnnotationTarget) -> bool {
    let AnnotationTarget::Rule(index) = target else { return false };
    module.rules.get(index).is_some_and(|rule| {
        let name = &rule.head.name.text;
        decision_rule(name).is_some() || is_patch(name)
    })
}
