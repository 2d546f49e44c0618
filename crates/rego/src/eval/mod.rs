//! The evaluator: runs plans over documents.
//!
//! One [`Machine`] runs one evaluation. Bodies run by backtracking, in continuation-passing style: an operation that holds several times
//! runs the rest of its body once for each, and what follows the body (a [`Then`]) runs innermost, once a solution. It answers with
//! [`Flow`]: go on, or stop looking. Nothing is undone on the way back, because every slot is bound again before it is read.
//!
//! Certainty is one flag, `possible`: what runs now holds only if an Unknown leaf turns out right (strong Kleene logic). It is raised in
//! two ways. An operation that may or may not hold raises it and goes on; and `doubt` raises it for a value that may turn out to be
//! undefined, so that a term can be Unknown and certain to be there, or known and only possible. The flag is never lowered going
//! forward. `attempt` puts it back after one way through, so that the next way starts as certain as this one did; `frame`, `holds` and
//! those that collect start afresh and put it back. Whoever takes a solution asks the flag: a comprehension with a possible solution is
//! Unknown, `holds` goes on looking for a certain one, a partial set keeps possible members apart.

mod body;
mod call;
mod candidates;
mod collect;
mod error;
mod extent;
mod limits;
mod location;
mod logic;
mod memo;
mod observed;
mod paths;
mod scope;
mod shared;
mod shared_calls;
mod term;

pub use error::{EvalError, EvalErrorKind};
pub use limits::Limits;
pub use shared::SharedRules;

use crate::builtins::Caches;
use crate::compile::{DocumentPath, PreparedQuery, Program};
use crate::observe::Observer;
use crate::plan::{ConstantId, Group, PlaceId, Slot};
use host::Host;
use scope::Scope;
use value::{Arena, Array, Segment, Unknown, Value};

/// What an evaluation runs on.
#[derive(Clone, Copy)]
pub struct Environment<'a> {
    /// Where results and intermediate values are built.
    pub arena: &'a Arena,
    /// The base document `data`, an object.
    pub data: Value<'a>,
    /// The document `input`; `None` is undefined.
    pub input: Option<Value<'a>>,
    /// The world.
    pub host: &'a dyn Host,
    /// Whether an error of a builtin stops the evaluation instead of making the call undefined.
    pub strict_builtin_errors: bool,
    /// Whether Unknown leaves may stand in `data` or `input`; without them builtins need not look for any.
    pub unknowns: bool,
}

/// What a document is.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Its value; of a partial set the members that are certain. `None` is undefined.
    pub value: Option<Value<'a>>,
    /// Members of a partial set that are only possible.
    pub possible: Option<&'a Array<'a>>,
}

/// What a builtin answered that may answer differently each time, such as `time.now_ns` or `http.send`.
#[derive(Clone, Copy, Debug)]
pub struct BuiltinAnswer<'a> {
    /// The builtin.
    pub name: &'static str,
    /// What it was asked, an array.
    pub operands: Value<'a>,
    /// What it answered; `None` is undefined.
    pub result: Option<Value<'a>>,
}

/// The variables of one solution of a query, by name, and whether the solution is certain.
#[derive(Clone, Debug)]
pub struct Solution<'a> {
    /// Names and values.
    pub bindings: Vec<(String, Value<'a>)>,
    /// Whether an Unknown leaf could make it fail.
    pub certain: bool,
}

/// Evaluates documents and queries; keeps compiled patterns from one evaluation to the next.
#[derive(Debug, Default)]
pub struct Evaluator {
    limits: Limits,
    caches: Caches,
}

impl Evaluator {
    /// An evaluator with these limits.
    pub fn new(limits: Limits) -> Self {
        Self { limits, caches: Caches::default() }
    }

    /// The same evaluator with other limits: an evaluator outlives the policies that it was made for.
    #[must_use]
    pub const fn limited(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// The document at `path`.
    ///
    /// # Errors
    /// Conflicts between rules, limits, and in strict mode errors of builtins.
    pub fn evaluate<'a>(
        &mut self,
        program: &'a Program,
        path: &DocumentPath,
        environment: &Environment<'a>,
    ) -> Result<Answer<'a>, EvalError> {
        self.machine(program, None, environment, None).answer_at(path)
    }

    /// Like [`Self::evaluate`], taking from `shared` what other evaluations have found and leaving there what this one finds.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn evaluate_sharing<'a>(
        &mut self,
        program: &'a Program,
        path: &DocumentPath,
        environment: &Environment<'a>,
        shared: &'a SharedRules,
    ) -> Result<Answer<'a>, EvalError> {
        let mut machine = self.machine(program, None, environment, None);
        machine.shared_rules = Some(shared).filter(|shared| shared.is_of(program));
        machine.answer_at(path)
    }

    /// Like [`Self::evaluate`]; `answers` gets what builtins answered that may answer differently the next time.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn evaluate_noting<'a>(
        &mut self,
        program: &'a Program,
        path: &DocumentPath,
        environment: &Environment<'a>,
        answers: &mut Vec<BuiltinAnswer<'a>>,
    ) -> Result<Answer<'a>, EvalError> {
        let mut machine = self.machine(program, None, environment, None);
        let answer = machine.answer_at(path);
        *answers = machine.answers;
        answer
    }

    /// Like [`Self::evaluate`], telling `observer` what is evaluated.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn observe<'a>(
        &mut self,
        program: &'a Program,
        path: &DocumentPath,
        environment: &Environment<'a>,
        observer: &mut Observer,
    ) -> Result<Answer<'a>, EvalError> {
        let answer = self.machine(program, None, environment, Some(observer)).answer_at(path);
        observer.ended(answer.is_err());
        answer
    }

    /// The solutions of a query, in the order found.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn query<'a>(
        &mut self,
        program: &'a Program,
        query: &'a PreparedQuery,
        environment: &Environment<'a>,
    ) -> Result<Vec<Solution<'a>>, EvalError> {
        self.machine(program, Some(query), environment, None).solutions_of(query)
    }

    /// Like [`Self::query`], telling `observer` what is evaluated.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn observe_query<'a>(
        &mut self,
        program: &'a Program,
        query: &'a PreparedQuery,
        environment: &Environment<'a>,
        observer: &mut Observer,
    ) -> Result<Vec<Solution<'a>>, EvalError> {
        let solutions = self.machine(program, Some(query), environment, Some(observer)).solutions_of(query);
        observer.ended(solutions.is_err());
        solutions
    }

    fn machine<'a, 'm>(
        &'m mut self,
        program: &'a Program,
        query: Option<&'a PreparedQuery>,
        environment: &Environment<'a>,
        observer: Option<&'m mut Observer>,
    ) -> Machine<'a, 'm> {
        environment.arena.set_bound(self.limits.memory_bytes_max);
        let constants =
            |array: Option<&'a Array<'a>>| array.map(|array| array.to_slice(environment.arena)).unwrap_or_default();
        Machine {
            program,
            query,
            constants: constants(program.constants()),
            query_constants: constants(query.and_then(PreparedQuery::constants)),
            arena: environment.arena,
            host: environment.host,
            caches: &mut self.caches,
            now_ns: None,
            answers: Vec::new(),
            strict: environment.strict_builtin_errors,
            unknowns: environment.unknowns,
            locals: Vec::with_capacity(64),
            base: 0,
            stack: Vec::with_capacity(64),
            scopes: vec![Scope::new(program, environment.arena, environment.input, environment.data)],
            scope: 0,
            spare_scopes: Vec::new(),
            possible: false,
            steps_left: self.limits.steps_max,
            place: 0,
            depth: 0,
            rule: None,
            deadline_ns: None,
            limits: self.limits,
            shared_rules: None,
            observer,
        }
    }
}

/// Whether to look for more solutions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Continue,
    Stop,
}

pub(crate) type Outcome = Result<Flow, EvalError>;

/// What runs at the end of a body, once a solution.
pub(crate) type Then<'t, 'a, 'm> = &'t mut dyn FnMut(&mut Machine<'a, 'm>) -> Outcome;

/// One evaluation under way.
pub(crate) struct Machine<'a, 'm> {
    program: &'a Program,
    query: Option<&'a PreparedQuery>,
    constants: &'a [Value<'a>],
    query_constants: &'a [Value<'a>],
    arena: &'a Arena,
    host: &'a dyn Host,
    caches: &'m mut Caches,
    now_ns: Option<i64>,
    /// What builtins that may answer differently each time answered, for this evaluation to keep.
    answers: Vec<BuiltinAnswer<'a>>,
    strict: bool,
    unknowns: bool,
    /// All frames; the current one starts at `base`.
    locals: Vec<Value<'a>>,
    base: usize,
    /// Values on their way into a call or a collection; whoever puts some on takes them off.
    stack: Vec<Value<'a>>,
    /// `with` levels that are entered; `scope` is the one in force.
    scopes: Vec<Scope<'a>>,
    scope: usize,
    /// Scopes that have ended, for their tables.
    spare_scopes: Vec<Scope<'a>>,
    /// Whether what runs now holds only if an Unknown leaf turns out right.
    possible: bool,
    steps_left: u64,
    /// The operation under way, for limits that are reached inside it.
    place: PlaceId,
    depth: u32,
    /// The innermost group of rules that is evaluated, for limits that are reached in it.
    rule: Option<&'a Group>,
    /// When time is up, by the host's clock; set at the first look at it.
    deadline_ns: Option<u64>,
    limits: Limits,
    shared_rules: Option<&'a SharedRules>,
    observer: Option<&'m mut Observer>,
}

impl<'a, 'm> Machine<'a, 'm> {
    #[inline]
    fn constant(&self, id: ConstantId) -> Value<'a> {
        let index = id as usize;
        match self.constants.get(index) {
            Some(constant) => *constant,
            None => self.query_constant(index - self.constants.len()),
        }
    }

    /// The ids of a query's constants start where the program's end.
    #[cold]
    fn query_constant(&self, index: usize) -> Value<'a> {
        self.query_constants.get(index).copied().unwrap_or_default()
    }

    #[inline]
    fn local(&self, slot: Slot) -> Value<'a> {
        self.locals.get(self.base + slot as usize).copied().unwrap_or_default()
    }

    /// An Unknown leaf in `value`; nothing is searched when the documents hold none.
    fn unknown_in(&self, value: Value<'a>) -> Option<&'a Unknown<'a>> {
        if self.unknowns { value.find_unknown() } else { None }
    }

    #[inline]
    fn set_local(&mut self, slot: Slot, value: Value<'a>) {
        if let Some(local) = self.locals.get_mut(self.base + slot as usize) {
            *local = value;
        }
    }

    fn error(&self, kind: EvalErrorKind, place: Option<PlaceId>) -> EvalError {
        EvalError::new(kind, place.and_then(|id| place_in(self.program, self.query, id)))
    }

    /// What was put on the stack since it had `start` values.
    fn since(&self, start: usize) -> &[Value<'a>] {
        self.stack.get(start..).unwrap_or_default()
    }

    fn answer_at(&mut self, path: &DocumentPath) -> Result<Answer<'a>, EvalError> {
        let answer = self.document(path)?;
        self.short_enough(answer)
    }

    fn solutions_of(&mut self, query: &'a PreparedQuery) -> Result<Vec<Solution<'a>>, EvalError> {
        let solutions = self.query(query)?;
        self.all_short_enough(solutions)
    }

    fn document(&mut self, path: &DocumentPath) -> Result<Answer<'a>, EvalError> {
        let mut location = self.root()?;
        for key in &path.keys {
            location = match location {
                Some(location) => self.step_along(location, key)?,
                None => None,
            };
        }
        match location {
            None => Ok(Answer { value: None, possible: None }),
            Some(location::Location::Partial { certain, possible }) => {
                Ok(Answer { value: Some(certain), possible: Some(possible) })
            }
            Some(location) => {
                let is_tree = matches!(location, location::Location::Tree { .. });
                let value = if self.possible && !is_tree { Some(Value::UNKNOWN) } else { self.answer(location)? };
                Ok(Answer { value, possible: None })
            }
        }
    }

    /// A step of a path. What stands at a number in an object stands at its digits, because names in URLs are all texts.
    fn step_along(
        &mut self,
        location: location::Location<'a>,
        key: &Segment,
    ) -> Result<Option<location::Location<'a>>, EvalError> {
        match key {
            Segment::Key(name) => self.step_into(location, self.arena.string(name)),
            Segment::Index(index) => {
                let number = i64::try_from(*index).map_or(Value::Null, Value::Int);
                match self.step_into(location, number)? {
                    None => self.step_into(location, self.arena.format(format_args!("{index}"))),
                    found => Ok(found),
                }
            }
        }
    }

    fn query(&mut self, query: &'a PreparedQuery) -> Result<Vec<Solution<'a>>, EvalError> {
        let mut solutions = Vec::new();
        self.frame(query.slots, |machine| {
            machine.run(&query.body, 0, &mut |machine| {
                let bindings =
                    query.variables.iter().map(|(name, slot)| (name.clone(), machine.local(*slot))).collect();
                solutions.push(Solution { bindings, certain: !machine.possible });
                Ok(Flow::Continue)
            })
        })?;
        Ok(solutions)
    }

    /// Runs `evaluate` in a frame of its own, in which all is certain again.
    fn frame<T>(
        &mut self,
        slots: u32,
        evaluate: impl FnOnce(&mut Self) -> Result<T, EvalError>,
    ) -> Result<T, EvalError> {
        let (base, possible) = (self.base, self.possible);
        self.base = self.locals.len();
        self.locals.resize(self.base + slots as usize, Value::Null);
        self.possible = false;
        let result = evaluate(self);
        self.locals.truncate(self.base);
        self.base = base;
        self.possible = possible;
        result
    }
}

/// Where an operation is written: in a module, or in what is asked.
fn place_in(program: &Program, query: Option<&PreparedQuery>, id: PlaceId) -> Option<crate::Place> {
    program.place(id).or_else(|| query?.places.get(id))
}
