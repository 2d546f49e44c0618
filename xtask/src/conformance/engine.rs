//! The calls into crate `rego`: all that this runner knows of it.

use super::case::Case;
use super::compare;
use host::{Host, HostError};
use rego::syntax::ast::{Dialect, Module, Query};
use rego::syntax::{parse_module, parse_query};
use rego::{CompileOptions, Environment, Evaluator, Limits, Program};
use std::net::{IpAddr, ToSocketAddrs};
use std::time::{SystemTime, UNIX_EPOCH};
use value::{Arena, Diagnostic, Source, Value, json};

/// Enough for every honest case, and reached within seconds by one that runs away.
const LIMITS: Limits = Limits { steps_max: 20_000_000, memory_bytes_max: 1 << 30, depth_max: 5_000, ..Limits::DEFAULT };

/// Evaluates a case; the error says what was got.
pub fn judge(case: &Case) -> Result<(), String> {
    match compile(case) {
        Err(mistake) => compare::error(case, mistake.code, &mistake.to_string()),
        Ok((program, query)) => evaluate(case, &program, &query),
    }
}

fn compile(case: &Case) -> Result<(Program, Query), Diagnostic> {
    let modules = case.modules.iter().zip(0..).map(|(text, number)| module(format!("test-{number}.rego"), text));
    let program = rego::compile(modules.collect::<Result<_, _>>()?, &CompileOptions::default()).map_err(first)?;
    Ok((program, query(&case.query)?))
}

fn module(name: String, text: &str) -> Result<Module, Diagnostic> {
    let (module, mistakes) = parse_module(&Source::new(name, text), Dialect::V1);
    mistakes.into_iter().next().map_or(Ok(module), Err)
}

fn query(text: &str) -> Result<Query, Diagnostic> {
    let (query, mistakes) = parse_query(&Source::new("query", text), Dialect::V1);
    mistakes.into_iter().next().map_or(Ok(query), Err)
}

/// A compilation that fails has said why at least once.
fn first(mistakes: Vec<Diagnostic>) -> Diagnostic {
    let unexplained =
        || Diagnostic::new("rego_compile_error", "no reason given", &Source::new("", ""), Default::default());
    mistakes.into_iter().next().unwrap_or_else(unexplained)
}

fn evaluate(case: &Case, program: &Program, query: &Query) -> Result<(), String> {
    let arena = Arena::new();
    let document = |text: &str| {
        json::parse(&arena, text.as_bytes(), &json::ParseLimits::default()).map_err(|error| error.to_string())
    };
    let data = case.data.as_deref().map_or(Ok(Value::EMPTY_OBJECT), document)?;
    let input = match (&case.input_term, &case.input) {
        (Some(term), _) => Some(evaluate_term(&arena, term)?),
        (None, Some(input)) => Some(document(input)?),
        (None, None) => None,
    };
    let prepared = match program.prepare(query) {
        Ok(prepared) => prepared,
        Err(mistakes) => {
            let mistake = first(mistakes);
            return compare::error(case, mistake.code, &mistake.to_string());
        }
    };
    let environment = Environment {
        arena: &arena,
        data,
        input,
        host: &Machine,
        strict_builtin_errors: case.strict_errors,
        unknowns: false,
    };
    match Evaluator::new(LIMITS).query(program, &prepared, &environment) {
        Err(error) => compare::error(case, error.code(), &error.to_string()),
        Ok(solutions) => {
            let bindings = solutions.into_iter().map(|solution| solution.bindings).collect();
            compare::result(case, &bindings)
        }
    }
}

/// A term on its own: what `x` is in `x = <term>`.
fn evaluate_term<'a>(arena: &'a Arena, term: &str) -> Result<Value<'a>, String> {
    let program = rego::compile(Vec::new(), &CompileOptions::default()).map_err(|all| first(all).to_string())?;
    let query = query(&format!("x = {term}")).map_err(|mistake| mistake.to_string())?;
    let prepared = program.prepare(&query).map_err(|all| first(all).to_string())?;
    let scratch = Arena::new();
    let environment = Environment {
        arena: &scratch,
        data: Value::EMPTY_OBJECT,
        input: None,
        host: &Machine,
        strict_builtin_errors: true,
        unknowns: false,
    };
    let solutions =
        Evaluator::new(LIMITS).query(&program, &prepared, &environment).map_err(|error| error.to_string())?;
    let bindings = solutions.iter().flat_map(|solution| &solution.bindings);
    let value = bindings.filter(|(name, _)| name == "x").map(|(_, value)| arena.copy(*value)).next();
    value.ok_or_else(|| format!("`{term}` has no value"))
}

/// The machine that the suite runs on: one case resolves `localhost`, and some ask for the time.
struct Machine;

impl Host for Machine {
    fn now_ns(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(now.as_nanos()).unwrap_or(i64::MAX)
    }

    fn random(&self, bytes: &mut [u8]) {
        host::FixedHost::default().random(bytes);
    }

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn lookup_ip(&self, name: &str) -> Result<Vec<IpAddr>, HostError> {
        let addresses = (name, 0).to_socket_addrs().map_err(|error| HostError::Failed(error.to_string()))?;
        Ok(addresses.map(|address| address.ip()).collect())
    }

    fn print(&self, _line: &str) {}
}
