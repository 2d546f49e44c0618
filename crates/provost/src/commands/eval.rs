//! `provost eval`

use crate::Ending;
use crate::eval_report::Observations;
use crate::output::Output;
use crate::problem::Problem;
use crate::system_host::{self, SystemHost};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use decision::Scrubber;
use formats::Format;
use rego::syntax::ast::{BinaryOperator, Dialect, Expr, ExprKind, Literal, LiteralKind, Query};
use rego::{CompileOptions, Environment, Evaluator, Limits, Observer, PreparedQuery, Program, Solution};
use repository::Configuration;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use value::{Arena, Diagnostic, Position, Source, Value, json};

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
        let program = match rego::compile(modules, &CompileOptions { keep_print: true, strict: self.strict }) {
            Ok(program) => program,
            Err(mistakes) => return complain(&mistakes),
        };
        let (asked, prepared) = match prepare(&program, &query) {
            Ok(prepared) => prepared,
            Err(mistakes) => return complain(&mistakes),
        };
        let arena = Arena::new();
        let input = match self.input(&arena, bytes_max)? {
            Ok(input) => input,
            Err(mistake) => return complain(&[mistake]),
        };
        let host = SystemHost { output };
        let environment = Environment {
            arena: &arena,
            data: repository.files.data.root(),
            input,
            host: &host,
            strict_builtin_errors: self.strict_builtin_errors,
            unknowns: false,
        };
        let mut evaluator = Evaluator::new(Limits::default());
        let mut observer = self.observer();
        let solutions = match &mut observer {
            None => evaluator.query(&program, &prepared, &environment),
            Some(observer) => evaluator.observe_query(&program, &prepared, &environment, observer),
        };
        let observed = observer.map(|observer| {
            let tests: Vec<&str> = repository.files.tests.iter().map(|source| source.name.as_str()).collect();
            self.observations(&observer, &program, &prepared, &tests)
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
                    help: None,
                };
                return complain(&[diagnostic]);
            }
        };
        let results: Vec<_> = solutions.iter().map(|solution| Answer::of(&asked, solution)).collect();
        let usual = if self.observer().is_some() { EvalFormat::Pretty } else { EvalFormat::Json };
        let format = self.format.unwrap_or(usual);
        output.print(&render(format, &arena, &asked, &results, &observed))?;
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

/// A statement of the query.
struct Statement {
    /// As it is written.
    text: String,
    position: Position,
    /// The variable that holds its value; a statement without one has held, and is `true`.
    variable: Option<String>,
}

/// What stands before the names of variables that hold the values of statements. No author can write them.
const VALUE_VARIABLE: &str = "value#";

/// Compiles the query with variables that keep the values of its statements, as OPA does.
fn prepare(program: &Program, query: &Query) -> std::result::Result<(Vec<Statement>, PreparedQuery), Vec<Diagnostic>> {
    let whole = |literal: &Literal| {
        let span = literal.span;
        query.source.text.get(span.start as usize..span.end as usize).unwrap_or_default().to_owned()
    };
    let statement = |literal: &Literal| Statement {
        text: whole(literal),
        position: Position::of(&query.source.text, literal.span.start),
        variable: None,
    };
    let plain = |query: &Query| {
        let statements = query.body.iter().map(statement).collect();
        program.prepare(query).map(|prepared| (statements, prepared))
    };
    // The value `false` of a lone statement is an answer; among several, or while looking for solutions, it is none.
    let must_hold = query.body.len() > 1 || query.body.iter().any(iterates);
    let mut keeping = Query { source: Arc::clone(&query.source), body: Vec::with_capacity(query.body.len()) };
    let mut statements = Vec::with_capacity(query.body.len());
    for literal in &query.body {
        let mut statement = statement(literal);
        match value_of(literal) {
            None => keeping.body.push(literal.clone()),
            Some(expr) => {
                let name = format!("{VALUE_VARIABLE}{}", statements.len());
                let variable = Expr { span: expr.span, kind: ExprKind::Var(name.clone()) };
                let (left, right) = (Box::new(variable.clone()), Box::new(expr.clone()));
                let kept = ExprKind::Binary { operator: BinaryOperator::Unify, left, right };
                let kind = LiteralKind::Expr(Expr { span: expr.span, kind: kept });
                keeping.body.push(Literal { span: literal.span, kind, with: literal.with.clone() });
                if must_hold {
                    let kind = LiteralKind::Expr(variable);
                    keeping.body.push(Literal { span: literal.span, kind, with: Vec::new() });
                }
                statement.variable = Some(name);
            }
        }
        statements.push(statement);
    }
    match program.prepare(&keeping) {
        Ok(prepared) => Ok((statements, prepared)),
        // Calls without a result, and calls whose last argument takes it, have no value to keep.
        Err(_) => plain(query),
    }
}

/// The expression whose value is the statement's, unless the statement only holds or does not.
fn value_of(literal: &Literal) -> Option<&Expr> {
    let LiteralKind::Expr(expr) = &literal.kind else { return None };
    match &expr.kind {
        ExprKind::Binary { operator: BinaryOperator::Assign | BinaryOperator::Unify, .. } => None,
        ExprKind::Call { function, arguments } if is_without_value(function, arguments) => None,
        _ => Some(expr),
    }
}

/// Whether a call of a builtin gives its result to its last argument, or gives none.
fn is_without_value(function: &Expr, arguments: &[Expr]) -> bool {
    let name = match &function.kind {
        ExprKind::Var(name) => name.clone(),
        ExprKind::Ref { head, path } => {
            let head = if let ExprKind::Var(name) = &head.kind { Some(name.as_str()) } else { None };
            let path = path
                .iter()
                .filter_map(|part| if let ExprKind::String(name) = &part.kind { Some(name.as_str()) } else { None });
            head.into_iter().chain(path).collect::<Vec<_>>().join(".")
        }
        _ => return false,
    };
    if name == "print" {
        return true;
    }
    rego::builtins::lookup(&name).is_some_and(|builtin| builtin.parameters.len() < arguments.len())
}

/// Whether a statement may hold several times.
fn iterates(literal: &Literal) -> bool {
    fn open(expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Wildcard => true,
            ExprKind::Ref { head, path } => {
                open(head) || path.iter().any(|part| matches!(part.kind, ExprKind::Var(_)) || open(part))
            }
            ExprKind::Call { arguments, .. } => arguments.iter().any(open),
            ExprKind::Array(items) | ExprKind::Set(items) => items.iter().any(open),
            ExprKind::Object(entries) => entries.iter().any(|(key, value)| open(key) || open(value)),
            ExprKind::Binary { left, right, .. } => open(left) || open(right),
            ExprKind::In { key, value, collection } => {
                key.as_deref().is_some_and(open) || open(value) || open(collection)
            }
            ExprKind::Negative(inner) | ExprKind::Parenthesised(inner) => open(inner),
            _ => false,
        }
    }
    match &literal.kind {
        LiteralKind::SomeIn { .. } | LiteralKind::SomeDeclaration(_) => true,
        LiteralKind::Expr(expr) => open(expr),
        _ => false,
    }
}

/// One way in which the query holds.
struct Answer<'a> {
    /// The values of its statements.
    values: Vec<Value<'a>>,
    bindings: Vec<(String, Value<'a>)>,
}

impl<'a> Answer<'a> {
    fn of(statements: &[Statement], solution: &Solution<'a>) -> Self {
        let find = |wanted: &str| solution.bindings.iter().find(|(name, _)| name == wanted).map(|&(_, value)| value);
        let value = |statement: &Statement| match &statement.variable {
            Some(variable) => find(variable).unwrap_or(Value::TRUE),
            None => Value::TRUE,
        };
        let named = solution.bindings.iter().filter(|(name, _)| !name.starts_with(VALUE_VARIABLE) && name != "_");
        let mut bindings: Vec<_> = named.cloned().collect();
        bindings.sort_by(|a, b| a.0.cmp(&b.0));
        Self { values: statements.iter().map(value).collect(), bindings }
    }

    fn bindings_value(&self, arena: &'a Arena) -> Value<'a> {
        let entries: Vec<_> = self.bindings.iter().map(|(name, value)| (arena.string(name), *value)).collect();
        arena.object(&entries)
    }
}

fn render<'a>(
    format: EvalFormat,
    arena: &'a Arena,
    statements: &[Statement],
    answers: &[Answer<'a>],
    observed: &Observations,
) -> String {
    let lines = |values: Vec<Value<'a>>| -> String {
        values.into_iter().map(|value| json::to_string_pretty(value) + "\n").collect()
    };
    match format {
        EvalFormat::Json => json::to_string_pretty(whole(arena, statements, answers, observed)) + "\n",
        EvalFormat::Values => lines(answers.iter().map(|answer| arena.array(&answer.values)).collect()),
        EvalFormat::Bindings => lines(answers.iter().map(|answer| answer.bindings_value(arena)).collect()),
        EvalFormat::Raw => {
            let raw = |value: &Value<'_>| value.as_str().map_or_else(|| json::to_string(*value), str::to_owned);
            answers.iter().map(|answer| answer.values.iter().map(raw).collect::<Vec<_>>().join(" ") + "\n").collect()
        }
        EvalFormat::Pretty => pretty(statements, answers),
    }
}

/// The result set as OPA writes it; empty when the query is undefined.
fn whole<'a>(arena: &'a Arena, statements: &[Statement], answers: &[Answer<'a>], observed: &Observations) -> Value<'a> {
    let mut entries = observed.entries(arena);
    let answer = |answer: &Answer<'a>| {
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
            entries.push((arena.borrowed("bindings"), answer.bindings_value(arena)));
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
fn pretty(statements: &[Statement], answers: &[Answer<'_>]) -> String {
    match answers {
        [] => return "undefined\n".to_owned(),
        [Answer { values, bindings }] if bindings.is_empty() => {
            if let [value] = values.as_slice() {
                return json::to_string_pretty(*value) + "\n";
            }
        }
        _ => {}
    }
    let variables = answers.first().map(|answer| answer.bindings.as_slice()).unwrap_or_default();
    // Statements that only bind say nothing that the variables do not.
    let shown: Vec<bool> = statements.iter().map(|statement| statement.variable.is_some()).collect();
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
