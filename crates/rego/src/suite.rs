//! Tests written in Rego: rules named `test_`, found, run one by one and explained where they do not hold.
//!
//! A rule with keys in its head (`test_x[name] if ...`) holds several cases. Which cases there are stands in the part of its
//! body that binds the keys, so that part becomes a rule of its own: a case that it gives and the test does not has failed. A
//! failed case is explained by a copy of the test in which its keys are constants.

use crate::compile::{CompileOptions, DocumentPath, Place, Program, compile};
use crate::eval::{Environment, Evaluator, Limits};
use crate::observe::{Failure, LineCoverage, Observer};
use crate::syntax::ast::{Expr, ExprKind, Head, HeadKind, Literal, LiteralKind, Module, Rule};
use crate::syntax::{parse_term, walk_mut};
use host::{Host, HostError, HttpRequest, HttpResponse};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use value::{Arena, Diagnostic, Source, Value};

const PREFIX: &str = "test_";
const SKIPPED_PREFIX: &str = "todo_test_";

/// What stands behind a test's name in the names of rules that are made from it. `#` is in no name that an author can write.
const CASES: &str = "#cases";
const CASE: &str = "#case";

/// More failed cases of one test than this are named and not explained: each costs a rule to compile.
const EXPLAINED_CASES_MAX: usize = 20;

/// Modules with tests in them, compiled together with what they test.
#[derive(Debug)]
pub struct Suite {
    modules: Vec<Module>,
    program: Program,
    tests: Vec<Test>,
}

/// One test.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its package below `data`.
    pub package: Vec<String>,
    /// Its name in the package; `test_x#01` is the second rule of the name `test_x`.
    pub name: String,
    /// Where it is written.
    pub place: Place,
    /// Whether its author set it aside: `todo_test_`.
    pub skipped: bool,
    path: Vec<String>,
    module: usize,
    rule: usize,
    /// How many keys its head has.
    keys: usize,
}

impl Test {
    /// `data.cost.tags_test.test_denied`
    pub fn full_name(&self) -> String {
        let mut name = "data".to_owned();
        for part in &self.path {
            name.push('.');
            name.push_str(part);
        }
        name
    }
}

/// What a test came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// It holds.
    Passed,
    /// It is undefined or false.
    Failed,
    /// It could not be evaluated.
    Error,
    /// It was not run.
    Skipped,
}

impl TestOutcome {
    /// The word that people and machines read.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "pass",
            Self::Failed => "fail",
            Self::Error => "error",
            Self::Skipped => "skip",
        }
    }
}

/// A test that was run.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// What it came to.
    pub outcome: TestOutcome,
    /// What did not hold.
    pub failure: Option<Failure>,
    /// Why it could not be evaluated.
    pub error: Option<String>,
    /// What it and the rules it asked printed, line by line.
    pub printed: Vec<String>,
    /// Its cases, when it has any.
    pub cases: Vec<CaseResult>,
}

/// One case of a test with keys.
#[derive(Clone, Debug)]
pub struct CaseResult {
    /// Its keys.
    pub name: String,
    /// Whether it holds.
    pub passed: bool,
    /// What did not hold.
    pub failure: Option<Failure>,
}

/// What tests see of the world.
#[derive(Clone, Copy)]
pub struct TestSurroundings<'s> {
    /// The base document `data`.
    pub data: Value<'s>,
    /// Clock, randomness, environment. What is printed stays in the result.
    pub host: &'s dyn Host,
    /// What one test may use.
    pub limits: Limits,
}

/// How much of the sources the tests reached.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// By source, those with tests in them left out.
    pub files: BTreeMap<String, FileCoverage>,
}

/// How much of one source the tests reached.
#[derive(Clone, Debug, Default)]
pub struct FileCoverage {
    /// Lines that were reached, as first and last of each run.
    pub covered: Vec<(u32, u32)>,
    /// Lines that were not.
    pub not_covered: Vec<(u32, u32)>,
    /// How many were reached.
    pub covered_lines: usize,
    /// How many were not.
    pub not_covered_lines: usize,
}

impl FileCoverage {
    /// From 0 to 100.
    pub fn percent(&self) -> f64 {
        percent(self.covered_lines, self.not_covered_lines)
    }
}

impl FromIterator<(String, LineCoverage)> for Coverage {
    fn from_iter<T: IntoIterator<Item = (String, LineCoverage)>>(files: T) -> Self {
        let of_file = |lines: LineCoverage| FileCoverage {
            covered: ranges(&lines.covered),
            not_covered: ranges(&lines.not_covered),
            covered_lines: lines.covered.len(),
            not_covered_lines: lines.not_covered.len(),
        };
        Self { files: files.into_iter().map(|(name, lines)| (name, of_file(lines))).collect() }
    }
}

impl Coverage {
    /// From 0 to 100, over all lines of all sources.
    pub fn percent(&self) -> f64 {
        let sum = |lines: fn(&FileCoverage) -> usize| self.files.values().map(lines).sum();
        percent(sum(|file| file.covered_lines), sum(|file| file.not_covered_lines))
    }
}

/// What holds nothing that could be reached is covered.
fn percent(covered: usize, not_covered: usize) -> f64 {
    match covered + not_covered {
        0 => 100.0,
        all => covered as f64 * 100.0 / all as f64,
    }
}

impl Suite {
    /// Compiles modules and finds their tests.
    ///
    /// # Errors
    /// What is wrong with the modules, by place.
    pub fn new(mut modules: Vec<Module>) -> Result<Self, Vec<Diagnostic>> {
        let tests = find(&mut modules);
        let options = CompileOptions { keep_print: true, ..CompileOptions::default() };
        let mut with_cases = modules.clone();
        for test in tests.iter().filter(|test| test.keys > 0) {
            let Some(rule) = rule_of(&modules, test) else { continue };
            let cases = cases_rule(rule);
            if let Some(module) = with_cases.get_mut(test.module) {
                module.rules.push(cases);
            }
        }
        // Where the keys are bound is a guess by the order of statements. When a guess is wrong, only cases that hold are known.
        let program = match compile(with_cases, &options) {
            Ok(program) => program,
            Err(_) => compile(modules.clone(), &options)?,
        };
        Ok(Self { modules, program, tests })
    }

    /// The tests in the order of the modules.
    pub fn tests(&self) -> &[Test] {
        &self.tests
    }

    /// Runs one test.
    pub fn run(
        &self,
        test: &Test,
        surroundings: &TestSurroundings<'_>,
        evaluator: &mut Evaluator,
        observer: &mut Observer,
    ) -> TestResult {
        let mut result = TestResult {
            outcome: TestOutcome::Skipped,
            failure: None,
            error: None,
            printed: Vec::new(),
            cases: Vec::new(),
        };
        if test.skipped {
            return result;
        }
        let host = PrintingHost { inner: surroundings.host, lines: Mutex::new(Vec::new()) };
        // Listing the cases runs part of the test again, and what that prints was printed before.
        let quiet_host = PrintingHost { inner: surroundings.host, lines: Mutex::new(Vec::new()) };
        let arena = Arena::new();
        let environment = Environment {
            arena: &arena,
            data: surroundings.data,
            input: None,
            host: &host,
            strict_builtin_errors: false,
            unknowns: false,
        };
        // A failure that an earlier test left behind is not ours.
        observer.take_failure(&self.program);
        let path = DocumentPath::new(test.path.clone());
        let answer = evaluator.observe(&self.program, &path, &environment, observer);
        let failure = observer.take_failure(&self.program);
        match answer {
            Err(error) => {
                result.outcome = TestOutcome::Error;
                result.error = Some(error.to_string());
            }
            Ok(answer) if test.keys > 0 => {
                let value = answer.value.unwrap_or(Value::EMPTY_OBJECT);
                let quiet = Environment { host: &quiet_host, ..environment };
                let expected = self.cases(test, &quiet, evaluator);
                let mut cases = BTreeMap::new();
                collect(expected.unwrap_or(Value::EMPTY_OBJECT), test.keys, &mut Vec::new(), &mut |keys, _| {
                    cases.insert(keys.to_vec(), false);
                });
                collect(value, test.keys, &mut Vec::new(), &mut |keys, value| {
                    cases.insert(keys.to_vec(), holds(Some(value)));
                });
                let failed: Vec<_> =
                    cases.iter().filter(|(_, passed)| !**passed).map(|(keys, _)| keys.as_slice()).collect();
                let mut failures = self.explain(test, &failed, surroundings);
                result.outcome = match (cases.is_empty(), failed.is_empty()) {
                    (false, true) => TestOutcome::Passed,
                    _ => TestOutcome::Failed,
                };
                // A test without a case shows nothing, least of all that what it tests is right.
                result.failure = if cases.is_empty() { failure } else { None };
                let case = |(keys, passed): (&Vec<Value<'_>>, &bool)| CaseResult {
                    name: case_name(keys),
                    passed: *passed,
                    failure: failures.remove(&case_name(keys)),
                };
                result.cases = cases.iter().map(case).collect();
            }
            Ok(answer) if holds(answer.value) => result.outcome = TestOutcome::Passed,
            Ok(_) => {
                result.outcome = TestOutcome::Failed;
                result.failure = failure;
            }
        }
        drop(arena);
        result.printed = host.lines.into_inner().unwrap_or_else(PoisonError::into_inner);
        result
    }

    /// What `observer` saw of the sources that are no tests.
    pub fn coverage(&self, observer: &Observer) -> Coverage {
        let with_tests: BTreeSet<&str> = self.tests.iter().map(|test| test.place.source.name.as_str()).collect();
        let files = observer.coverage(&self.program).into_iter();
        files.filter(|(name, _)| !with_tests.contains(name.as_str()) && !name.ends_with("_test.rego")).collect()
    }

    /// The object of all cases that a test has, whether they hold or not.
    fn cases<'a>(&'a self, test: &Test, environment: &Environment<'a>, evaluator: &mut Evaluator) -> Option<Value<'a>> {
        let mut path = test.path.clone();
        path.last_mut()?.push_str(CASES);
        evaluator.evaluate(&self.program, &DocumentPath::new(path), environment).ok()?.value
    }

    /// What did not hold in each of these cases, by name.
    fn explain(
        &self,
        test: &Test,
        failed: &[&[Value<'_>]],
        surroundings: &TestSurroundings<'_>,
    ) -> BTreeMap<String, Failure> {
        let mut failures = BTreeMap::new();
        let explained = failed.get(..failed.len().min(EXPLAINED_CASES_MAX)).unwrap_or_default();
        let Some(rule) = rule_of(&self.modules, test).filter(|_| !explained.is_empty()) else { return failures };
        let mut modules = self.modules.clone();
        let Some(module) = modules.get_mut(test.module) else { return failures };
        for (number, keys) in explained.iter().enumerate() {
            module.rules.extend(case_rule(rule, keys, number));
        }
        // A key that is assigned with `:=` cannot be a constant; such a case is named without an explanation.
        let Ok(program) = compile(modules, &CompileOptions::default()) else { return failures };
        let arena = Arena::new();
        let environment = Environment {
            arena: &arena,
            data: surroundings.data,
            input: None,
            host: surroundings.host,
            strict_builtin_errors: false,
            unknowns: false,
        };
        for (number, keys) in explained.iter().enumerate() {
            let mut path = test.path.clone();
            let Some(name) = path.last_mut() else { continue };
            name.push_str(&format!("{CASE}{number}"));
            let mut observer = Observer::default();
            let mut evaluator = Evaluator::new(surroundings.limits);
            // The answer is known already.
            let _ = evaluator.observe(&program, &DocumentPath::new(path), &environment, &mut observer);
            if let Some(failure) = observer.take_failure(&program) {
                failures.insert(case_name(keys), failure);
            }
        }
        failures
    }
}

fn holds(value: Option<Value<'_>>) -> bool {
    // What is unknown has not been shown to hold.
    !matches!(value, None | Some(Value::Bool(false) | Value::Unknown(_)))
}

fn rule_of<'m>(modules: &'m [Module], test: &Test) -> Option<&'m Rule> {
    modules.get(test.module)?.rules.get(test.rule)
}

/// Finds the tests. Rules of one name get names of their own, so that a second one that holds does not hide a first that fails.
fn find(modules: &mut [Module]) -> Vec<Test> {
    let mut tests = Vec::new();
    let mut seen: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (module_index, module) in modules.iter_mut().enumerate() {
        let package = module.package.path.clone();
        for (rule_index, rule) in module.rules.iter_mut().enumerate() {
            if rule.default || rule.head.parameters.is_some() {
                continue;
            }
            let Some(at) = test_part(&rule.head) else { continue };
            let (mut path, keys) = split_head(&package, &rule.head, at);
            let number = seen.entry(path.clone()).and_modify(|number| *number += 1).or_insert(0);
            if *number > 0 {
                let Some(name) = name_at(&mut rule.head, at) else { continue };
                name.push_str(&format!("#{number:02}"));
                if let Some(last) = path.last_mut() {
                    last.clone_from(name);
                }
            }
            let name = path.get(package.len()..).unwrap_or_default().join(".");
            tests.push(Test {
                package: package.clone(),
                skipped: path.last().is_some_and(|name| name.starts_with(SKIPPED_PREFIX)),
                name,
                place: Place { source: std::sync::Arc::clone(&module.source), span: rule.head.span },
                path,
                module: module_index,
                rule: rule_index,
                keys: if matches!(rule.head.kind, HeadKind::Value { .. }) { keys } else { 0 },
            });
        }
    }
    tests
}

/// Which part of a head makes it a test: 0 is its name.
fn test_part(head: &Head) -> Option<usize> {
    let is_test = |name: &str| name.starts_with(PREFIX) || name.starts_with(SKIPPED_PREFIX);
    if is_test(&head.name.text) {
        return Some(0);
    }
    let fixed = head.path.iter().map_while(|part| match &part.kind {
        ExprKind::String(name) => Some(name.as_str()),
        _ => None,
    });
    fixed.enumerate().find(|(_, name)| is_test(name)).map(|(index, _)| index + 1)
}

fn name_at(head: &mut Head, part: usize) -> Option<&mut String> {
    let Some(index) = part.checked_sub(1) else { return Some(&mut head.name.text) };
    match &mut head.path.get_mut(index)?.kind {
        ExprKind::String(name) => Some(name),
        _ => None,
    }
}

/// The path of a test below `data`, and how many keys follow it.
fn split_head(package: &[String], head: &Head, part: usize) -> (Vec<String>, usize) {
    let mut path = package.to_vec();
    path.push(head.name.text.clone());
    for part in head.path.iter().take(part) {
        if let ExprKind::String(name) = &part.kind {
            path.push(name.clone());
        }
    }
    (path, head.path.len().saturating_sub(part))
}

/// The rule that gives all cases of `rule`: its body up to where the keys are bound.
fn cases_rule(rule: &Rule) -> Rule {
    let mut cases = rule.clone();
    let part = test_part(&rule.head).unwrap_or_default();
    let mut unbound = BTreeSet::new();
    for key in rule.head.path.iter().skip(part) {
        unbound.extend(variables(&mut key.clone()));
    }
    let mut kept = 0;
    for literal in &rule.body {
        if unbound.is_empty() {
            break;
        }
        kept += 1;
        if !matches!(literal.kind, LiteralKind::SomeDeclaration(_) | LiteralKind::Not(_) | LiteralKind::Every { .. }) {
            let mut literal = literal.clone();
            walk_mut::literal(&mut literal, &mut |expr| {
                if let ExprKind::Var(name) = &expr.kind {
                    unbound.remove(name);
                }
            });
        }
    }
    cases.body.truncate(kept);
    cases.otherwise.clear();
    cases.head.kind = HeadKind::Value { value: None };
    if let Some(name) = name_at(&mut cases.head, part) {
        name.push_str(CASES);
    }
    cases
}

/// The rule that is `rule` for these keys alone.
fn case_rule(rule: &Rule, keys: &[Value<'_>], number: usize) -> Option<Rule> {
    let part = test_part(&rule.head)?;
    let mut constants: BTreeMap<String, Expr> = BTreeMap::new();
    for (pattern, key) in rule.head.path.iter().skip(part).zip(keys) {
        if let ExprKind::Var(name) = &pattern.kind {
            let (constant, _) = parse_term(&Source::new("", key.to_string()), crate::syntax::ast::Dialect::V1);
            constants.insert(name.clone(), constant?);
        }
    }
    let mut case = rule.clone();
    let bodies = case.otherwise.iter_mut().map(|branch| &mut branch.body);
    for body in std::iter::once(&mut case.body).chain(bodies) {
        body.retain_mut(|literal| substitute(literal, &constants));
    }
    case.head.path.truncate(part);
    case.head.kind = HeadKind::Value { value: None };
    name_at(&mut case.head, part)?.push_str(&format!("{CASE}{number}"));
    Some(case)
}

/// Puts constants in the places of variables; whether anything is left of the statement.
fn substitute(literal: &mut Literal, constants: &BTreeMap<String, Expr>) -> bool {
    if let LiteralKind::SomeDeclaration(names) = &mut literal.kind {
        names.retain(|name| !constants.contains_key(&name.text));
        return !names.is_empty();
    }
    walk_mut::literal(literal, &mut |expr| {
        if let ExprKind::Var(name) = &expr.kind
            && let Some(constant) = constants.get(name)
        {
            // The place stays that of the variable: the constant was read from another text.
            expr.kind = constant.kind.clone();
        }
    });
    true
}

fn variables(expr: &mut Expr) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    walk_mut::expression(expr, &mut |expr| {
        if let ExprKind::Var(name) = &expr.kind {
            names.insert(name.clone());
        }
    });
    names
}

/// Calls `found` with the keys and the value of each entry `depth` objects down.
fn collect<'a>(
    value: Value<'a>,
    depth: usize,
    keys: &mut Vec<Value<'a>>,
    found: &mut dyn FnMut(&[Value<'a>], Value<'a>),
) {
    match (depth.checked_sub(1), value) {
        (Some(depth), Value::Object(object)) => {
            for (key, value) in object.iter() {
                keys.push(key);
                collect(value, depth, keys, found);
                keys.pop();
            }
        }
        _ => found(keys, value),
    }
}

/// `a`, or `a / 2` for several keys.
fn case_name(keys: &[Value<'_>]) -> String {
    let key = |key: &Value<'_>| key.as_str().map_or_else(|| key.to_string(), str::to_owned);
    keys.iter().map(key).collect::<Vec<_>>().join(" / ")
}

/// Runs of ascending numbers, as first and last.
fn ranges(lines: &[u32]) -> Vec<(u32, u32)> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &line in lines {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(line) => *last = line,
            _ => ranges.push((line, line)),
        }
    }
    ranges
}

/// The host of a test: what is printed belongs to the test.
struct PrintingHost<'h> {
    inner: &'h dyn Host,
    lines: Mutex<Vec<String>>,
}

impl Host for PrintingHost<'_> {
    fn now_ns(&self) -> i64 {
        self.inner.now_ns()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.inner.random(bytes);
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.inner.environment()
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<IpAddr>, HostError> {
        self.inner.lookup_ip(name)
    }

    fn print(&self, line: &str) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
    }

    fn elapsed_ns(&self) -> Option<u64> {
        self.inner.elapsed_ns()
    }

    fn is_late(&self) -> bool {
        self.inner.is_late()
    }

    fn http(&self, request: &HttpRequest) -> Result<HttpResponse, HostError> {
        self.inner.http(request)
    }
}

#[cfg(test)]
#[path = "suite_tests.rs"]
mod tests;
