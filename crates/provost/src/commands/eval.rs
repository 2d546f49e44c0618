//! `provost eval`

use crate::Ending;
use crate::eval_report::Observations;
use crate::evaluation_limits::{self, LimitChoice};
use crate::outgoing::OutgoingArguments;
use crate::output::Output;
use crate::problem::Problem;
use crate::system_host::{self, SystemHost};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use decision::Scrubber;
use formats::Format;
use rego::syntax::ast::Dialect;
use rego::{
    AskedAnswer, AskedQuery, CompileOptions, Environment, Evaluator, Observer, PreparedQuery, Program, Statement,
};
use repository::Configuration;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use value::{Arena, Diagnostic, Source, Value, json};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost eval '1 + 2'
  provost eval -d data.yaml -d policies/ -i input.json 'data.cost.tags.deny'
  echo '{\"n\": 3}' | provost eval -I --format raw 'input.n * 2'
  provost eval --fail -d policy.rego -i input.json 'data.authz.allow'
  provost eval --explain -d policies/ -i input.json 'data.authz.allow'    why does it hold, or not?
  provost eval --profile -d policies/ -i input.json 'data.authz.allow'    what does it cost?
  provost eval --coverage -d policies/ -i input.json 'data.authz'         what is never reached?
  provost eval --strict -d policies/ true                                 is anything left over?
  provost eval --allow-host api.example.com -d policies/ data.authz       whom may `http.send` ask?
  provost eval --limit time_ms=500 --limit memory_bytes=64M -d policies/ data.authz

With `--format json` trace, profile and coverage stand beside the result, as `explanation`,
`profile` and `coverage`; otherwise they go to standard error.

Exit codes: 0 the query was evaluated, 1 as `--fail` or `--fail-defined` says, 2 it could not be evaluated.")]
pub(crate) struct EvalArguments {
    /// The query.
    #[arg(value_name = "QUERY", required_unless_present = "stdin")]
    query: Option<String>,

    /// Policies and data: `.rego`, JSON and YAML files, or folders with them.
    #[arg(short, long, value_name = "PATH")]
    data: Vec<PathBuf>,

    /// The input: a JSON or YAML file.
    #[arg(short, long, value_name = "FILE", conflicts_with = "stdin_input")]
    input: Option<PathBuf>,

    /// Read the input from standard input.
    #[arg(short = 'I', long)]
    stdin_input: bool,

    /// Read the query from standard input.
    #[arg(long, conflicts_with_all = ["query", "stdin_input"])]
    stdin: bool,

    /// How to write the result. Without it `json`, or `pretty` with `--explain`, `--profile` or `--coverage`.
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<EvalFormat>,

    /// Stop at errors of builtins; without it such a call is undefined.
    #[arg(long)]
    strict_builtin_errors: bool,

    /// Exit with 1 when the result is undefined or empty.
    #[arg(long)]
    fail: bool,

    /// Exit with 1 when there is a result.
    #[arg(long, conflicts_with = "fail")]
    fail_defined: bool,

    /// Read policies and query as Rego before OPA 1.0.
    #[arg(long, visible_alias = "v0-compatible")]
    v0: bool,

    /// Refuse modules with imports, arguments or local variables that nothing uses.
    #[arg(short = 'S', long)]
    strict: bool,

    /// Tell step by step which rules were asked, and which of their statements held or failed with which values: this many
    /// lines at most, 500 unless said.
    #[arg(
        long,
        value_name = "LINES",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "500",
        value_parser = clap::value_parser!(u32).range(1..=EXPLAIN_LINES_MAX)
    )]
    explain: Option<u32>,

    /// Show how often each line was evaluated and how long it took, the most expensive line first.
    #[arg(long)]
    profile: bool,

    /// Show which lines of the modules were reached, those of `_test.rego` files left out.
    #[arg(long)]
    coverage: bool,

    /// End the evaluation when it takes more: `steps`, `memory_bytes`, `nested_rules`, `output_bytes` or `time_ms`. May be
    /// repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = evaluation_limits::limit_choice)]
    limit: Vec<LimitChoice>,

    #[command(flatten)]
    outgoing: OutgoingArguments,
}

/// A trace is kept in memory until the evaluation has ended.
const EXPLAIN_LINES_MAX: i64 = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EvalFormat {
    /// Expressions and bindings, as OPA writes them.
    Json,
    /// For a terminal: the value, or a table of several.
    Pretty,
    /// The values of the expressions.
    Values,
    /// The variables.
    Bindings,
    /// Values for scripts: strings without quotes, one result a line.
    Raw,
}

impl EvalArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        let dialect = if self.v0 { Dialect::V0 } else { Dialect::V1 };
        let configuration = Configuration::default();
        let bytes_max = configuration.limits.file_bytes_max;
        let http_send = configuration.http_send.clone();
        let (repository, mut diagnostics) = repository::load_paths(&[], &self.data, configuration);
        let mut modules = Vec::new();
        for source in repository.files.modules.iter().chain(&repository.files.tests) {
            let (module, mistakes) = rego::syntax::parse_module(source, dialect);
            modules.push(module);
            diagnostics.extend(mistakes);
        }
        let query_text = match &self.query {
            Some(query) => query.clone(),
            None => standard_input(bytes_max)?,
        };
        let source = Source::new("query", query_text);
        let (query, mistakes) = rego::syntax::parse_query(&source, dialect);
        diagnostics.extend(mistakes);
        let complain = |diagnostics: &[Diagnostic]| {
            output.complain(&report::diagnostics::render(diagnostics, &Scrubber::default(), &output.error_style));
            Ok(Ending::Incomplete)
        };
        if !diagnostics.is_empty() {
            return complain(&diagnostics);
        }
        let program = match rego::compile(
            modules,
            &CompileOptions { keep_print: true, strict: self.strict, ..CompileOptions::default() },
        ) {
            Ok(program) => program,
            Err(mistakes) => return complain(&mistakes),
        };
        let asked = match AskedQuery::prepare(&program, &query) {
            Ok(asked) => asked,
            Err(mistakes) => return complain(&mistakes),
        };
        let arena = Arena::new();
        let input = match self.input(&arena, bytes_max)? {
            Ok(input) => input,
            Err(mistake) => return complain(&[mistake]),
        };
        let outgoing = self.outgoing.outgoing(&http_send);
        let outgoing = if self.strict_builtin_errors { outgoing.silent() } else { outgoing };
        let host = SystemHost { output, outgoing: &outgoing };
        let environment = Environment {
            arena: &arena,
            data: repository.files.data.root(),
            input,
            host: &host,
            strict_builtin_errors: self.strict_builtin_errors,
            unknowns: false,
        };
        let mut evaluator = Evaluator::new(evaluation_limits::chosen_limits(&self.limit));
        let mut observer = self.observer();
        let solutions = match &mut observer {
            None => evaluator.query(&program, &asked.prepared, &environment),
            Some(observer) => evaluator.observe_query(&program, &asked.prepared, &environment, observer),
        };
        let observed = observer.map(|observer| {
            let tests: Vec<&str> = repository.files.tests.iter().map(|source| source.name.as_str()).collect();
            self.observations(&observer, &program, &asked.prepared, &tests)
        });
        let observed = observed.unwrap_or_default();
        let solutions = match solutions {
            Ok(solutions) => solutions,
            Err(error) => {
                output.complain(&observed.text());
                let diagnostic = Diagnostic {
                    code: error.code(),
                    message: error.kind().to_string(),
                    source: error.place().map(|place| Arc::clone(&place.source)),
                    span: error.place().map(|place| place.span).unwrap_or_default(),
                    help: evaluation_limits::name_of_reached(error.kind())
                        .map(|name| format!("`--limit {name}=...` raises it, if the policy is right")),
                };
                return complain(&[diagnostic]);
            }
        };
        let results: Vec<_> = solutions.iter().map(|solution| asked.answer(solution)).collect();
        let usual = if self.observer().is_some() { EvalFormat::Pretty } else { EvalFormat::Json };
        let format = self.format.unwrap_or(usual);
        output.print(&render(format, &arena, &asked.statements, &results, &observed))?;
        if format != EvalFormat::Json {
            output.complain(&observed.text());
        }
        let defined = !results.is_empty();
        let refused = (self.fail && !defined) || (self.fail_defined && defined);
        Ok(if refused { Ending::Refused } else { Ending::Allowed })
    }

    /// What is to be observed, if anything is.
    fn observer(&self) -> Option<Observer> {
        let mut observer = Observer::default();
        if let Some(lines) = self.explain {
            observer = observer.with_trace(lines as usize);
        }
        if self.profile {
            observer = observer.with_clock(system_host::elapsed_ns);
        }
        if self.explain.is_some() || self.coverage {
            return Some(observer);
        }
        // A profile is to show what evaluations cost that nobody looks at.
        self.profile.then(|| observer.with_index())
    }

    fn observations(
        &self,
        observer: &Observer,
        program: &Program,
        query: &PreparedQuery,
        tests: &[&str],
    ) -> Observations {
        let files = || observer.coverage(program).into_iter().filter(|(name, _)| !tests.contains(&name.as_str()));
        Observations {
            trace: self.explain.is_some().then(|| observer.trace(program, query)),
            profile: self.profile.then(|| observer.profile(program, query)),
            coverage: self.coverage.then(|| files().collect()),
        }
    }

    /// The input document, or what is wrong with its text.
    fn input<'a>(&self, arena: &'a Arena, bytes_max: u64) -> Result<Result<Option<Value<'a>>, Diagnostic>> {
        let source = match &self.input {
            Some(path) => {
                let repository = repository::load_paths(&[], &[], Configuration::default()).0;
                let mut found = repository::discover(std::slice::from_ref(path), Some(&repository));
                if let Some(mistake) = found.diagnostics.pop() {
                    return Ok(Err(mistake));
                }
                let file = found.files.pop().filter(|file| file.named).ok_or_else(|| {
                    Problem::new(format!("`{}` is a folder", path.display()), "name one JSON or YAML file")
                })?;
                match file.read(bytes_max, std::io::stdin().lock()) {
                    Ok(Some(source)) => source,
                    Ok(None) => Source::new(path.display().to_string(), ""),
                    Err(mistake) => return Ok(Err(mistake)),
                }
            }
            None if self.stdin_input => Source::new("-", standard_input(bytes_max)?),
            None => return Ok(Ok(None)),
        };
        let format = Format::detect(&source.name, &source.text);
        Ok(match formats::parse(arena, &source, format, &formats::Options::lenient()) {
            Ok(documents) => match documents.documents.as_slice() {
                [] => Ok(None),
                [document] => Ok(Some(document.value)),
                [_, second, ..] => {
                    let message = format!("`{}` holds several documents, and an input is one", source.name);
                    Err(Diagnostic::new("input_error", message, &source, second.span).help("split the file"))
                }
            },
            Err(mistake) => Err(mistake),
        })
    }
}

fn standard_input(bytes_max: u64) -> Result<String> {
    let mut bytes = Vec::new();
    let mut stdin = std::io::stdin().lock().take(bytes_max.saturating_add(1));
    stdin.read_to_end(&mut bytes).context("standard input cannot be read")?;
    if bytes.len() as u64 > bytes_max {
        let message = format!("standard input is longer than the limit of {bytes_max} bytes");
        return Err(Problem::new(message, "give a smaller document").into());
    }
    let text = formats::decode(&bytes).map_err(|error| Problem::new(error.to_string(), error.help()))?;
    Ok(text.into_owned())
}

fn bindings_value<'a>(answer: &AskedAnswer<'a>, arena: &'a Arena) -> Value<'a> {
    let entries: Vec<_> = answer.bindings.iter().map(|(name, value)| (arena.string(name), *value)).collect();
    arena.object(&entries)
}

fn render<'a>(
    format: EvalFormat,
    arena: &'a Arena,
    statements: &[Statement],
    answers: &[AskedAnswer<'a>],
    observed: &Observations,
) -> String {
    let lines = |values: Vec<Value<'a>>| -> String {
        values.into_iter().map(|value| json::to_string_pretty(value) + "\n").collect()
    };
    match format {
        EvalFormat::Json => json::to_string_pretty(whole(arena, statements, answers, observed)) + "\n",
        EvalFormat::Values => lines(answers.iter().map(|answer| arena.array(&answer.values)).collect()),
        EvalFormat::Bindings => lines(answers.iter().map(|answer| bindings_value(answer, arena)).collect()),
        EvalFormat::Raw => {
            let raw = |value: &Value<'_>| value.as_str().map_or_else(|| json::to_string(*value), str::to_owned);
            answers.iter().map(|answer| answer.values.iter().map(raw).collect::<Vec<_>>().join(" ") + "\n").collect()
        }
        EvalFormat::Pretty => pretty(statements, answers),
    }
}

/// The result set as OPA writes it; empty when the query is undefined.
fn whole<'a>(
    arena: &'a Arena,
    statements: &[Statement],
    answers: &[AskedAnswer<'a>],
    observed: &Observations,
) -> Value<'a> {
    let mut entries = observed.entries(arena);
    let answer = |answer: &AskedAnswer<'a>| {
        let expression = |(statement, value): (&Statement, &Value<'a>)| {
            let position = |number: u32| Value::Int(i64::from(number));
            arena.object(&[
                (arena.borrowed("value"), *value),
                (arena.borrowed("text"), arena.string(&statement.text)),
                (
                    arena.borrowed("location"),
                    arena.object(&[
                        (arena.borrowed("row"), position(statement.position.line)),
                        (arena.borrowed("col"), position(statement.position.column)),
                    ]),
                ),
            ])
        };
        let expressions: Vec<_> = statements.iter().zip(&answer.values).map(expression).collect();
        let mut entries = vec![(arena.borrowed("expressions"), arena.array(&expressions))];
        if !answer.bindings.is_empty() {
            entries.push((arena.borrowed("bindings"), bindings_value(answer, arena)));
        }
        arena.object(&entries)
    };
    let answers: Vec<_> = answers.iter().map(answer).collect();
    if !answers.is_empty() {
        entries.push((arena.borrowed("result"), arena.array(&answers)));
    }
    arena.object(&entries)
}

/// The value when there is one, else a table: a row an answer, a column a variable or statement.
fn pretty(statements: &[Statement], answers: &[AskedAnswer<'_>]) -> String {
    match answers {
        [] => return "undefined\n".to_owned(),
        [AskedAnswer { values, bindings }] if bindings.is_empty() => {
            if let [value] = values.as_slice() {
                return json::to_string_pretty(*value) + "\n";
            }
        }
        _ => {}
    }
    let variables = answers.first().map(|answer| answer.bindings.as_slice()).unwrap_or_default();
    // Statements that only bind say nothing that the variables do not.
    let shown: Vec<bool> = statements.iter().map(|statement| statement.has_value()).collect();
    let header = variables
        .iter()
        .map(|(name, _)| name.clone())
        .chain(statements.iter().zip(&shown).filter(|(_, shown)| **shown).map(|(statement, _)| statement.text.clone()));
    let mut rows: Vec<Vec<String>> = vec![header.collect()];
    for answer in answers {
        let bound = answer.bindings.iter().map(|(_, value)| json::to_string(*value));
        let values =
            answer.values.iter().zip(&shown).filter(|(_, shown)| **shown).map(|(value, _)| json::to_string(*value));
        rows.push(bound.chain(values).collect());
    }
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let rule: String = widths.iter().map(|width| format!("+{}", "-".repeat(width + 2))).collect::<String>() + "+\n";
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("| {cell:<width$} "));
        cells.collect::<String>() + "|\n"
    };
    let mut text = rule.clone();
    for (number, row) in rows.iter().enumerate() {
        text.push_str(&line(row));
        if number == 0 {
            text.push_str(&rule);
        }
    }
    text + &rule
}
