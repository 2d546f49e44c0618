//! The compiled program and prepared queries.

use super::CompileOptions;
use super::constants::ConstantPool;
use super::globals::Globals;
use super::lower::Lowerer;
use super::metadata::Metadata;
use super::paths::PathTable;
use super::places::{Place, PlaceTable};
use super::recursion;
use super::resolve::{ModuleNames, Resolver};
use super::rules;
use super::shared::SharedGroups;
use super::tree::RuleTree;
use super::types::{self, RuleTypes};
use super::unused;
use crate::plan::{Body, ConstantId, Group, GroupId, PlaceId, Slot};
use crate::syntax::ast::{Annotation, Module, Query};
use std::sync::Arc;
use value::{Array, Diagnostic, Frozen, Pointer, Segment, Source, Value};

/// Compiled modules: immutable, shared by all threads.
#[derive(Debug)]
pub struct Program {
    pub(crate) tree: RuleTree,
    pub(crate) groups: Vec<Group>,
    pub(crate) paths: PathTable,
    pub(crate) places: PlaceTable,
    constants: Frozen,
    modules: Vec<ModuleInfo>,
    globals: Globals,
    types: RuleTypes,
    accept_any_types: bool,
    keep_print: bool,
    shared: SharedGroups,
}

/// What a program tells about one of its modules.
#[derive(Debug)]
pub struct ModuleInfo {
    /// Its text.
    pub source: Arc<Source>,
    /// Its package below `data`.
    pub package: Vec<String>,
    /// Its rules in source order.
    pub rules: Vec<RuleInfo>,
    /// Its `# METADATA` blocks.
    pub annotations: Vec<Annotation>,
}

/// What a program tells about one rule.
#[derive(Debug)]
pub struct RuleInfo {
    /// The fixed part of its head below `data`, package included.
    pub path: Vec<String>,
    /// Its head and bodies.
    pub span: value::Span,
    /// Whether it is a function.
    pub function: bool,
}

/// A query compiled against a program.
#[derive(Debug)]
pub struct PreparedQuery {
    pub(crate) constants: Frozen,
    pub(crate) places: PlaceTable,
    pub(crate) body: Body,
    pub(crate) slots: Slot,
    /// The variables that the query's author named, with their slots.
    pub(crate) variables: Vec<(String, Slot)>,
}

impl Program {
    /// The modules in the order given.
    pub fn modules(&self) -> &[ModuleInfo] {
        &self.modules
    }

    /// The place of an id in errors and traces.
    pub(crate) fn place(&self, id: PlaceId) -> Option<Place> {
        self.places.get(id)
    }

    /// The places that an evaluation can reach: operations of bodies and values of rules.
    pub(crate) fn evaluated_places(&self) -> impl Iterator<Item = (PlaceId, Place)> + '_ {
        let rules = self.groups.iter().flat_map(|group| group.rules.iter().chain(&group.default));
        let ids: std::collections::BTreeSet<PlaceId> = rules
            .flat_map(|rule| rule.branches.iter())
            .flat_map(|branch| branch.body.places.iter().copied().chain([branch.place]))
            .collect();
        ids.into_iter().filter_map(|id| self.place(id).map(|place| (id, place)))
    }

    pub(crate) fn constants(&self) -> Option<&Array<'_>> {
        self.constants.root().as_array()
    }

    /// The groups whose documents evaluations may share.
    pub(crate) fn shared_groups(&self) -> &SharedGroups {
        &self.shared
    }

    pub(crate) fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(id as usize)
    }

    /// The path of a document that [`crate::Evaluator::evaluate`] can evaluate, from `data.a.b`. Names with a dot or a bracket in
    /// them need [`DocumentPath::new`].
    ///
    /// `None` when `path` is not `data` or below it.
    pub fn document(&self, path: &str) -> Option<DocumentPath> {
        let rest = path.strip_prefix("data")?;
        let keys =
            if rest.is_empty() { Vec::new() } else { rest.strip_prefix('.')?.split('.').map(Segment::from).collect() };
        Some(DocumentPath { keys })
    }

    /// Compiles a query.
    ///
    /// # Errors
    /// What is wrong with it, by place.
    pub fn prepare(&self, query: &Query) -> Result<PreparedQuery, Vec<Diagnostic>> {
        let mut errors = Vec::new();
        unused::check_query(query, &mut errors);
        let names = ModuleNames::of_query(&query.source);
        let mut resolver = Resolver::new(&names, &self.globals, &mut errors);
        resolver.keep_print = self.keep_print;
        let (body, ()) = resolver.body_in_scope(&query.body, &[], |_| ());
        let named = resolver.names_in_scope();
        let variables = std::mem::take(&mut resolver.variables);
        let first_constant = self.constants().map_or(0, Array::len);
        let mut constants = ConstantPool::starting_at(ConstantId::try_from(first_constant).unwrap_or(ConstantId::MAX));
        let mut places = PlaceTable::starting_at(self.places.end());
        let mut lowerer = Lowerer::new(&self.tree, &mut constants, &mut places, &mut errors, &query.source, &variables);
        lowerer.open_body(&body);
        let lowered = lowerer.take_body();
        let slots = lowerer.slots();
        if errors.is_empty() && !self.accept_any_types {
            types::check_query(&self.tree, &self.types, &query.source, &variables, &body, &mut errors);
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(PreparedQuery { constants: constants.freeze(), places, body: lowered, slots, variables: named })
    }
}

/// A path below `data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentPath {
    pub(crate) keys: Vec<Segment>,
}

impl DocumentPath {
    /// Whether it is all of `data`.
    pub const fn is_root(&self) -> bool {
        self.keys.is_empty()
    }

    /// The document at these names below `data`.
    pub fn new(names: Vec<String>) -> Self {
        Self { keys: names.into_iter().map(Segment::Key).collect() }
    }
}

/// The document at a place below `data`, which may stand in an array.
impl From<Pointer> for DocumentPath {
    fn from(pointer: Pointer) -> Self {
        Self { keys: pointer.0 }
    }
}

impl PreparedQuery {
    pub(crate) fn constants(&self) -> Option<&Array<'_>> {
        match self.constants.root() {
            Value::Array(array) => Some(array),
            _ => None,
        }
    }
}

/// Compiles modules.
pub(super) fn compile(modules: Vec<Module>, options: &CompileOptions) -> Result<Program, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let mut globals = Globals::default();
    let mut tree = RuleTree::default();
    for module in &modules {
        unused::check(module, options.strict, &mut errors);
        rules::declare(module, options.strict, &mut globals, &mut tree, &mut errors);
    }
    let mut compiler = rules::RuleCompiler::new(tree, globals, options, &mut errors);
    for module in &modules {
        compiler.declare_groups(module);
    }
    if modules.iter().any(Metadata::is_used) {
        compiler.metadata = Some(Metadata::of_modules(&modules));
    }
    for (number, module) in modules.iter().enumerate() {
        compiler.module(number, module);
    }
    let rules::Compiled { mut tree, globals, groups, mut constants, paths, places, dependencies, resolved } =
        compiler.finish();
    rules::name_children(&mut tree, &mut constants);
    let order = recursion::check(&tree, &groups, &dependencies, &places, &mut errors);
    // What else is wrong could make anything of a type.
    let mut types = RuleTypes::default();
    if errors.is_empty() && !options.accept_any_types {
        types = types::check_rules(&tree, &groups, &order, resolved, &mut errors);
    }
    if !errors.is_empty() {
        errors.sort_by(|a, b| {
            let name = |diagnostic: &Diagnostic| diagnostic.source.as_ref().map(|source| source.name.clone());
            (name(a), a.span).cmp(&(name(b), b.span))
        });
        return Err(errors);
    }
    let shared = SharedGroups::find(&options.shared_input, &tree, &groups, &dependencies, &order);
    let modules = modules.into_iter().map(rules::info).collect();
    Ok(Program {
        tree,
        groups,
        paths,
        places,
        constants: constants.freeze(),
        modules,
        globals,
        types,
        accept_any_types: options.accept_any_types,
        keep_print: options.keep_print,
        shared,
    })
}
