//! Evaluating a text as a module, under small limits.

use host::FixedHost;
use rego::syntax::ast::Dialect;
use rego::syntax::parse_module;
use rego::{
    Answer, CompileOptions, DocumentPath, Environment, EvalError, EvalErrorKind, Evaluator, Limits, Observer, Program,
    compile,
};
use value::{Arena, Source, Value};

/// The world: it is always the same moment.
static HOST: FixedHost = FixedHost { now_ns: 1_704_164_645_678_901_234 };

/// So little that no input takes long.
const LIMITS: Limits = Limits {
    steps_max: 20_000,
    memory_bytes_max: 16 << 20,
    depth_max: 100,
    output_bytes_max: 1 << 20,
    time_ms_max: 1_000,
};

/// How much of the input is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// All of it.
    Known,
    /// Some leaves are Unknown.
    Unknown,
    /// Those leaves are Unknown and may even be absent.
    UnknownOrAbsent,
}

/// All of them.
pub const INPUTS: [Input; 3] = [Input::Known, Input::Unknown, Input::UnknownOrAbsent];

impl Input {
    fn open<'a>(self, arena: &'a Arena, known: Value<'a>) -> Value<'a> {
        match self {
            Self::Known => known,
            Self::Unknown => arena.unknown("here", "known only after apply"),
            Self::UnknownOrAbsent => arena.unknown_or_absent("here", "known only after apply"),
        }
    }

    /// A document with something of every type, short names, and leaves that policies like to compare.
    fn document(self, arena: &Arena) -> Value<'_> {
        let (a, b, c, d) = (arena.borrowed("a"), arena.borrowed("b"), arena.borrowed("c"), arena.borrowed("d"));
        let text = |text| arena.borrowed(text);
        let tags = arena.object(&[(a, self.open(arena, text("x"))), (b, text("y")), (c, Value::Null)]);
        let items = arena.array(&[Value::Int(1), self.open(arena, Value::Int(2)), text("a"), tags]);
        let set = arena.set(&[Value::Int(1), self.open(arena, text("b"))]);
        arena.object(&[
            (a, self.open(arena, Value::Int(1))),
            (b, text("b")),
            (c, arena.object(&[(a, items), (b, set), (c, value::number::parse(arena, "1.0").unwrap_or_default())])),
            (d, arena.array(&[text("a"), Value::from(true), Value::Int(-3), Value::EMPTY_OBJECT])),
            (arena.borrowed("kind"), self.open(arena, text("a"))),
            (arena.borrowed("items"), items),
            (arena.borrowed("tags"), tags),
        ])
    }
}

/// A module that compiles.
#[derive(Debug)]
pub struct Evaluated {
    program: Program,
    package: DocumentPath,
}

impl Evaluated {
    /// Compiles the text; none when it is no module, or not a sound one.
    pub fn compile(text: &str) -> Option<Self> {
        let (module, errors) = parse_module(&Source::new("fuzzed.rego", text), Dialect::V1);
        if !errors.is_empty() {
            return None;
        }
        let package = DocumentPath::new(module.package.path.clone());
        // What types refuse is evaluated too: nothing may depend on that they were right.
        let options = CompileOptions { keep_print: true, accept_any_types: true, ..CompileOptions::default() };
        Some(Self { program: compile(vec![module], &options).ok()?, package })
    }

    /// The whole package in words; none when a limit kept it from an answer. Without the index every rule is looked at.
    pub fn answer(&self, input: Input, with_index: bool) -> Option<Result<String, String>> {
        let arena = Arena::new();
        let data = arena.object(&[(arena.borrowed("d"), arena.array(&[Value::Int(1), Value::Int(2)]))]);
        let environment = Environment {
            arena: &arena,
            data,
            input: Some(input.document(&arena)),
            host: &HOST,
            strict_builtin_errors: false,
            unknowns: true,
        };
        let mut evaluator = Evaluator::new(LIMITS);
        let answer = match with_index {
            true => evaluator.evaluate(&self.program, &self.package, &environment),
            false => evaluator.observe(&self.program, &self.package, &environment, &mut Observer::default()),
        };
        in_words(&answer)
    }
}

fn in_words(answer: &Result<Answer<'_>, EvalError>) -> Option<Result<String, String>> {
    match answer {
        Err(error) if matches!(error.kind(), EvalErrorKind::Limit { .. } | EvalErrorKind::Late) => None,
        Err(error) => Some(Err(error.to_string())),
        Ok(Answer { value: None, .. }) => Some(Ok("undefined".to_owned())),
        Ok(Answer { value: Some(value), possible }) => Some(Ok(format!("{value}, possibly {possible:?}"))),
    }
}
