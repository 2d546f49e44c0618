//! What the compiler makes and the evaluator runs: bodies as lists of operations, terms as trees, rules in a tree.
//!
//! Names are gone: a local is a slot of its rule's frame, a constant an index, a rule its group. Which operation binds a slot is
//! known when a plan is made, so nothing is ever unbound at run time.

use crate::builtins::Builtin;
use crate::compile::Comparison;
use rustc_hash::FxHashMap;

/// A slot of a frame.
pub(crate) type Slot = u32;
/// A constant of the program.
pub(crate) type ConstantId = u32;
/// A group of rules that define one document or function.
pub(crate) type GroupId = u32;
/// A node of the rule tree.
pub(crate) type NodeId = u32;
/// A fixed path of the program.
pub(crate) type PathId = u32;
/// A place in a source text, for errors, coverage and traces.
pub(crate) type PlaceId = u32;

/// Gives one value, Unknown, or nothing (undefined).
#[derive(Debug)]
pub(crate) enum Term {
    Constant(ConstantId),
    Local(Slot),
    /// `input`, whole.
    Input,
    /// The base document, whole: reached by paths on which no rule stands.
    BaseData,
    /// What stands at a fixed path into `input`.
    InputPath(PathId),
    /// What stands at a fixed path into base data.
    DataPath(PathId),
    /// What a group of rules defines.
    Group(GroupId),
    /// A path into a value.
    Lookup {
        base: Box<Term>,
        path: Box<[Term]>,
    },
    /// A path from a node of the rule tree, through rules and base data alike.
    Tree {
        node: NodeId,
        path: Box<[Term]>,
    },
    Builtin {
        builtin: &'static Builtin,
        arguments: Box<[Term]>,
        place: PlaceId,
    },
    /// An operator over two numbers, as a term of its own because it is quicker than a call where both are small.
    Arithmetic {
        arithmetic: Arithmetic,
        builtin: &'static Builtin,
        operands: Box<(Term, Term)>,
        place: PlaceId,
    },
    Function {
        group: GroupId,
        arguments: Box<[Term]>,
        place: PlaceId,
    },
    Compare {
        comparison: Comparison,
        operands: Box<(Term, Term)>,
    },
    Membership {
        key: Option<Box<Term>>,
        value: Box<Term>,
        collection: Box<Term>,
    },
    Array(Box<[Term]>),
    Set(Box<[Term]>),
    Object(Box<[(Term, Term)]>),
    ArrayComprehension {
        term: Box<Term>,
        body: Body,
    },
    SetComprehension {
        term: Box<Term>,
        body: Body,
    },
    ObjectComprehension {
        key: Box<Term>,
        value: Box<Term>,
        body: Body,
        place: PlaceId,
    },
    Template {
        parts: Box<[TemplatePart]>,
        place: PlaceId,
    },
}

/// An operator over numbers. `-` is over sets, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Arithmetic {
    /// The operator that stands for a builtin.
    pub fn of(builtin: &Builtin) -> Option<Self> {
        Some(match builtin.name {
            "plus" => Self::Add,
            "minus" => Self::Subtract,
            "mul" => Self::Multiply,
            "div" => Self::Divide,
            "rem" => Self::Remainder,
            _ => return None,
        })
    }

    /// The result where operands and result are integers within 64 bits.
    #[inline]
    pub fn of_integers(self, left: i64, right: i64) -> Option<i64> {
        match self {
            Self::Add => left.checked_add(right),
            Self::Subtract => left.checked_sub(right),
            Self::Multiply => left.checked_mul(right),
            Self::Divide if left.checked_rem(right) == Some(0) => left.checked_div(right),
            Self::Divide => None,
            Self::Remainder => left.checked_rem(right),
        }
    }
}

#[derive(Debug)]
pub(crate) enum TemplatePart {
    Text(Box<str>),
    /// At most one value may come; none prints as `<undefined>`.
    Term {
        term: Term,
        body: Body,
    },
}

/// What a value is matched with.
#[derive(Debug)]
pub(crate) enum Pattern {
    Ignore,
    Bind(Slot),
    Equal(Term),
    Array(Box<[Pattern]>),
    Object(Box<[(Term, Pattern)]>),
}

/// One operation of a body. It holds, fails, or holds several times with other bindings.
#[derive(Debug)]
pub(crate) enum Operation {
    /// Holds when the term is defined and not false.
    Test(Term),
    /// `slot := term`.
    Bind {
        slot: Slot,
        term: Term,
    },
    /// Holds when the value fits the pattern.
    Match {
        pattern: Pattern,
        term: Term,
    },
    /// Walks a reference that has free variables in it: holds once for each way.
    Walk {
        start: WalkStart,
        steps: Box<[Step]>,
        result: Pattern,
    },
    /// `some k, v in xs`.
    Iterate {
        collection: Term,
        key: Pattern,
        value: Pattern,
    },
    /// A builtin that has several results.
    Relation {
        term: Term,
        pattern: Pattern,
    },
    Not(Body),
    Every {
        collection: Term,
        key: Option<Slot>,
        value: Slot,
        body: Body,
    },
    /// Changes what `input`, `data` and functions mean until the matching [`Operation::LeaveWith`].
    EnterWith(Box<[Modifier]>),
    LeaveWith,
    Print(Box<[(Term, Body)]>),
    /// Never holds.
    Fail,
}

#[derive(Debug)]
pub(crate) enum WalkStart {
    Term(Term),
    Tree(NodeId),
}

/// One step of a walk.
#[derive(Debug)]
pub(crate) enum Step {
    /// To what stands at a key.
    To(Term),
    /// To every key that fits.
    Each(Pattern),
}

/// One `with`.
#[derive(Debug)]
pub(crate) enum Modifier {
    Input { path: Box<[Box<str>]>, value: Term },
    Data { path: Box<[Box<str>]>, node: Option<NodeId>, value: Term },
    Function { target: FunctionTarget, replacement: Replacement },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum FunctionTarget {
    Builtin(&'static Builtin),
    Group(GroupId),
}

impl PartialEq for FunctionTarget {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Builtin(a), Self::Builtin(b)) => a.name == b.name,
            (Self::Group(a), Self::Group(b)) => a == b,
            _ => false,
        }
    }
}

#[derive(Debug)]
pub(crate) enum Replacement {
    Function(FunctionTarget),
    Value(Term),
}

/// A list of operations that must all hold.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub operations: Box<[Operation]>,
    /// The place of each operation.
    pub places: Box<[PlaceId]>,
}

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    /// How many slots its frame has.
    pub slots: u32,
    /// Patterns of its parameters, for functions.
    pub parameters: Box<[Pattern]>,
    /// Its body and value, then those of its `else` branches.
    pub branches: Box<[Branch]>,
    /// The part of its head that is not fixed: keys of the nested object that it adds to.
    pub suffix: Box<[Term]>,
    /// Whether it is a `contains` rule: its value is a member of a set.
    pub member: bool,
    pub place: PlaceId,
}

#[derive(Debug)]
pub(crate) struct Branch {
    pub body: Body,
    /// The value, or the member of a set.
    pub value: Term,
    pub place: PlaceId,
}

/// What a group defines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum GroupKind {
    /// One value.
    #[default]
    Complete,
    /// A function of this many parameters.
    Function(usize),
    /// A set.
    Set,
    /// An object whose keys the rules give; the leaves of [`Rule::member`] rules are sets.
    Object,
}

/// All rules with the same fixed head.
#[derive(Debug)]
pub(crate) struct Group {
    /// Its path below `data`.
    pub path: Vec<String>,
    pub node: NodeId,
    pub kind: GroupKind,
    pub rules: Vec<Rule>,
    pub default: Option<Rule>,
    /// Whether all rules give one constant, so that the first that holds decides.
    pub early_exit: bool,
    /// Tells which rules can hold.
    pub index: Option<RuleIndex>,
}

/// A path of constant names: where it starts, and the last name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FixedPath {
    pub start: PathStart,
    pub key: ConstantId,
}

/// What the last name of a fixed path is looked up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PathStart {
    Input,
    BaseData,
    Path(PathId),
}

/// What an index looks at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum IndexSubject {
    /// A path into `input`.
    Input(PathId),
    /// An argument of the function, by position.
    Argument(usize),
}

/// The rules of a group by the value that their subject must have. Lists ascend.
#[derive(Debug)]
pub(crate) struct RuleIndex {
    pub subject: IndexSubject,
    pub by_text: FxHashMap<Box<str>, Vec<u32>>,
    pub by_integer: FxHashMap<i64, Vec<u32>>,
    /// Rules that may hold whatever the subject is.
    pub others: Vec<u32>,
}

/// One name of the rule tree: a package, a rule, or both.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub children: FxHashMap<Box<str>, NodeId>,
    /// The constant of each child's name, for iteration.
    pub names: Vec<(ConstantId, NodeId)>,
    pub group: Option<GroupId>,
    pub parent: Option<NodeId>,
    /// Its path below `data`.
    pub path: Vec<Box<str>>,
}
