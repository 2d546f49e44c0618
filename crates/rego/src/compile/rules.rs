//! Rules to groups: what a head defines, which rules belong together, and the plan of each.

use super::CompileOptions;
use super::constants::{Constant, ConstantPool};
use super::globals::Globals;
use super::hir::{Expr, ExprKind, Literal, LiteralKind};
use super::index;
use super::lower::{Dependency, Lowerer};
use super::metadata::Metadata;
use super::paths::PathTable;
use super::places::PlaceTable;
use super::program::{ModuleInfo, RuleInfo};
use super::resolve::{ModuleNames, Resolver};
use super::tree::RuleTree;
use super::types::{ResolvedBranch, ResolvedRule};
use super::unused::written;
use crate::plan::{Branch, Group, GroupId, GroupKind, Rule, Term};
use crate::syntax::ast::{self, HeadKind, Module};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use value::Diagnostic;

/// The fixed part of a head below `data`, and what follows it.
pub(super) fn head_path<'h>(package: &[String], head: &'h ast::Head) -> (Vec<String>, &'h [ast::Expr]) {
    let mut path = package.to_vec();
    path.push(head.name.text.clone());
    let fixed = head.path.iter().take_while(|part| matches!(part.kind, ast::ExprKind::String(_))).count();
    let (names, suffix) = head.path.split_at(fixed.min(head.path.len()));
    path.extend(names.iter().filter_map(|part| match &part.kind {
        ast::ExprKind::String(text) => Some(text.clone()),
        _ => None,
    }));
    (path, suffix)
}

/// Notes the names that `module` defines, for all modules to see.
pub(super) fn declare(
    module: &Module,
    strict: bool,
    globals: &mut Globals,
    tree: &mut RuleTree,
    errors: &mut Vec<Diagnostic>,
) {
    let package = &module.package.path;
    tree.insert(package);
    if strict || module.dialect == ast::Dialect::V1 {
        let mut imported: BTreeMap<&String, &ast::Import> = BTreeMap::new();
        for import in &module.imports {
            let name = import.alias.as_ref().map(|alias| &alias.text).or_else(|| import.path.last());
            let fixed = matches!(import.path.first().map(String::as_str), Some("data" | "input"));
            if let Some(name) = name.filter(|_| fixed && import.path.len() > 1 || import.alias.is_some())
                && let Some(first) = imported.insert(name, import)
            {
                let message = format!("import must not shadow {}", written(first));
                let help = "give one of the two another name with `as`, or remove it";
                errors.push(Diagnostic::new("rego_compile_error", message, &module.source, import.span).help(help));
            }
        }
    }
    for alias in module.imports.iter().filter_map(|import| import.alias.as_ref()) {
        if alias.text == "input" || alias.text == "data" {
            let message = format!("imports must not shadow {} (use a different alias)", alias.text);
            let help = "give it another name after `as`";
            errors.push(Diagnostic::new("rego_compile_error", message, &module.source, alias.span).help(help));
        }
    }
    for rule in &module.rules {
        globals.define(package, &rule.head.name.text);
        let (path, _) = head_path(package, &rule.head);
        globals.define_rule(&path);
        if let Some(parameters) = &rule.head.parameters
            && !globals.define_function(&path, parameters.len())
        {
            let message = format!("conflicting rules data.{} found", path.join("."));
            let help = "all rules of a function take the same number of arguments";
            errors.push(Diagnostic::new("rego_type_error", message, &module.source, rule.head.span).help(help));
        }
    }
}

/// What compiling all rules gave.
pub(super) struct Compiled {
    pub tree: RuleTree,
    pub globals: Globals,
    pub groups: Vec<Group>,
    pub constants: ConstantPool,
    pub paths: PathTable,
    pub places: PlaceTable,
    /// By group: what its rules refer to.
    pub dependencies: Vec<BTreeSet<Dependency>>,
    /// What types are found in.
    pub resolved: Vec<ResolvedRule>,
}

/// Compiles rules one by one into their groups.
pub(super) struct RuleCompiler<'c> {
    tree: RuleTree,
    globals: Globals,
    options: &'c CompileOptions,
    /// The annotations of all modules, when one of them asks.
    pub metadata: Option<Metadata>,
    groups: Vec<Group>,
    constants: ConstantPool,
    paths: PathTable,
    places: PlaceTable,
    dependencies: Vec<BTreeSet<Dependency>>,
    resolved: Vec<ResolvedRule>,
    errors: &'c mut Vec<Diagnostic>,
}

impl<'c> RuleCompiler<'c> {
    pub fn new(tree: RuleTree, globals: Globals, options: &'c CompileOptions, errors: &'c mut Vec<Diagnostic>) -> Self {
        Self {
            tree,
            globals,
            options,
            metadata: None,
            groups: Vec::new(),
            constants: ConstantPool::default(),
            paths: PathTable::default(),
            places: PlaceTable::default(),
            dependencies: Vec::new(),
            resolved: Vec::new(),
            errors,
        }
    }

    pub fn finish(mut self) -> Compiled {
        for group in &mut self.groups {
            group.early_exit = gives_one_constant(group);
            group.index = index::build(group, &self.constants);
        }
        Compiled {
            tree: self.tree,
            globals: self.globals,
            groups: self.groups,
            constants: self.constants,
            paths: self.paths,
            places: self.places,
            dependencies: self.dependencies,
            resolved: self.resolved,
        }
    }

    /// Makes the groups of a module, so that rules of any module can refer to them.
    pub fn declare_groups(&mut self, module: &Module) {
        for rule in &module.rules {
            let (path, suffix) = head_path(&module.package.path, &rule.head);
            let kind = match (&rule.head.parameters, &rule.head.kind) {
                (Some(parameters), _) => GroupKind::Function(parameters.len()),
                (None, _) if !suffix.is_empty() => GroupKind::Object,
                (None, HeadKind::Member { .. }) => GroupKind::Set,
                (None, HeadKind::Value { .. }) => GroupKind::Complete,
            };
            self.group(path, kind, module, rule);
        }
    }

    fn group(&mut self, path: Vec<String>, kind: GroupKind, module: &Module, rule: &ast::Rule) {
        let node = self.tree.insert(&path);
        if let Some(id) = self.tree.node(node).and_then(|node| node.group) {
            let Some(group) = self.groups.get_mut(id as usize) else { return };
            match (group.kind, kind) {
                (a, b) if a == b => {}
                // Another number of arguments was reported where the function was declared.
                (GroupKind::Function(_), GroupKind::Function(_)) => {}
                _ => {
                    let message = format!("conflicting rules data.{} found", path.join("."));
                    let help = "a name is either one value, a set (`contains`), an object or a function";
                    self.errors
                        .push(Diagnostic::new("rego_type_error", message, &module.source, rule.head.span).help(help));
                }
            }
            return;
        }
        let id = GroupId::try_from(self.groups.len()).unwrap_or(GroupId::MAX);
        if let Some(node) = self.tree.node_mut(node) {
            node.group = Some(id);
        }
        self.groups.push(Group { path, node, kind, rules: Vec::new(), default: None, early_exit: false, index: None });
        self.dependencies.push(BTreeSet::new());
    }

    /// Compiles the rules of a module.
    pub fn module(&mut self, number: usize, module: &Module) {
        let names = ModuleNames::of_module(module, self.options.strict);
        let asks = Metadata::is_used(module);
        for (index, rule) in module.rules.iter().enumerate() {
            self.check_below(module, rule);
            let place = asks.then_some((number, index));
            self.rule(module, &names, rule, place);
        }
    }

    /// A name that has one value cannot have rules below it.
    fn check_below(&mut self, module: &Module, rule: &ast::Rule) {
        let (path, _) = head_path(&module.package.path, &rule.head);
        for length in 1..path.len() {
            let Some(above) = path.get(..length) else { continue };
            let Some(group) = self.tree.group_at(above).and_then(|id| self.groups.get(id as usize)) else { continue };
            if matches!(group.kind, GroupKind::Complete | GroupKind::Function(_) | GroupKind::Set) {
                let (path, above) = (path.join("."), above.join("."));
                let message = format!("rule data.{path} conflicts with data.{above}");
                let help =
                    format!("data.{above} is a whole value, so nothing else can stand below it; rename one of the two");
                self.errors
                    .push(Diagnostic::new("rego_type_error", message, &module.source, rule.head.span).help(help));
                return;
            }
        }
    }

    /// `place` has the numbers of module and rule when the module asks for its annotations.
    fn rule(&mut self, module: &Module, names: &ModuleNames, rule: &ast::Rule, place: Option<(usize, usize)>) {
        let (path, suffix) = head_path(&module.package.path, &rule.head);
        let Some(group) = self.tree.group_at(&path) else { return };
        let errors_before = self.errors.len();
        let mut resolver = Resolver::new(names, &self.globals, self.errors);
        resolver.keep_print = self.options.keep_print;
        resolver.metadata = place
            .zip(self.metadata.as_ref())
            .map(|((number, index), metadata)| metadata.of_rule(number, index, &module.package.path, &path));

        let empty = Vec::new();
        let parameters = rule.head.parameters.as_ref().unwrap_or(&empty);
        resolver.declare_parameters(parameters);
        // A parameter that is no pattern, such as a template string, is compared in the body, where its variables are bound.
        let mut compared: Vec<(Expr, &ast::Expr)> = Vec::new();
        let parameters: Vec<Expr> = parameters
            .iter()
            .map(|parameter| {
                if is_pattern(parameter) {
                    return resolver.expr(parameter);
                }
                let kind = ExprKind::Variable(resolver.fresh("$parameter", parameter.span));
                let variable = Expr { span: parameter.span, kind };
                compared.push((variable.clone(), parameter));
                variable
            })
            .collect();
        let resolved_parameters = parameters.clone();
        let compare = |resolver: &mut Resolver<'_>| -> Vec<Literal> {
            let literal = |(variable, parameter): &(Expr, &ast::Expr)| {
                let kind = LiteralKind::Unify(variable.clone(), resolver.expr(parameter));
                Literal { span: parameter.span, kind, with: Vec::new() }
            };
            compared.iter().map(literal).collect()
        };
        let compared_terms = || compared.iter().map(|(_, parameter)| *parameter);

        let head_value = match &rule.head.kind {
            HeadKind::Value { value } => value.as_ref(),
            HeadKind::Member { key } => Some(key),
        };
        let mut branches = Vec::new();
        let terms: Vec<&ast::Expr> = head_value.into_iter().chain(suffix).chain(compared_terms()).collect();
        branches.push(resolver.body(&rule.body, &terms, |resolver| {
            let value = head_value.map(|value| resolver.expr(value));
            let suffix = suffix.iter().map(|part| resolver.expr(part)).collect::<Vec<_>>();
            (value, suffix, compare(resolver))
        }));
        for branch in &rule.otherwise {
            let terms: Vec<&ast::Expr> = branch.value.iter().chain(compared_terms()).collect();
            branches.push(resolver.body(&branch.body, &terms, |resolver| {
                (branch.value.as_ref().map(|value| resolver.expr(value)), Vec::new(), compare(resolver))
            }));
        }
        for (body, (_, _, compared)) in &mut branches {
            body.literals.append(compared);
        }
        let variables = std::mem::take(&mut resolver.variables);
        let quiet = self.errors.len() > errors_before;

        let mut lowerer =
            Lowerer::new(&self.tree, &mut self.constants, &mut self.places, self.errors, &module.source, &variables)
                .with_paths(&mut self.paths);
        lowerer.quiet = quiet;
        let parameters = parameters.iter().map(|parameter| lowerer.pattern(parameter)).collect();
        let mut lowered = Vec::new();
        let mut suffix_terms: Box<[Term]> = Box::default();
        let branch_places = std::iter::once(rule.head.span).chain(rule.otherwise.iter().map(|branch| branch.span));
        for (index, ((body, (value, suffix, _)), span)) in branches.iter().zip(branch_places).enumerate() {
            lowerer.at(span);
            lowerer.open_body(body);
            let value = match value {
                Some(value) => lowerer.term(value),
                None => lowerer.constant(Constant::Bool(true)),
            };
            let keys: Vec<Term> = suffix.iter().map(|part| lowerer.term(part)).collect();
            if index == 0 {
                suffix_terms = keys.into();
            }
            let place = lowerer.place_of(span);
            lowered.push(Branch { body: lowerer.take_body(), value, place });
        }
        let slots = lowerer.slots();
        let place = lowerer.place_of(rule.span);
        let dependencies = std::mem::take(&mut lowerer.dependencies);
        if let Some(all) = self.dependencies.get_mut(group as usize) {
            all.extend(dependencies);
        }
        let member = matches!(rule.head.kind, HeadKind::Member { .. });
        self.resolved.push(ResolvedRule {
            group,
            source: Arc::clone(&module.source),
            parameters: resolved_parameters,
            branches: branches
                .into_iter()
                .map(|(body, (value, suffix, _))| ResolvedBranch { body, value, suffix })
                .collect(),
            member,
            variables,
        });
        let compiled = Rule { slots, parameters, branches: lowered.into(), suffix: suffix_terms, member, place };
        let Some(group) = self.groups.get_mut(group as usize) else { return };
        if !rule.default {
            group.rules.push(compiled);
        } else if group.default.is_some() {
            let message = format!("multiple default rules data.{} found", path.join("."));
            let help = "keep one of them";
            self.errors.push(Diagnostic::new("rego_type_error", message, &module.source, rule.span).help(help));
        } else {
            group.default = Some(compiled);
        }
    }
}

/// Whether a parameter can be matched with an argument as it stands.
fn is_pattern(parameter: &ast::Expr) -> bool {
    match &parameter.kind {
        ast::ExprKind::Array(items) => items.iter().all(is_pattern),
        ast::ExprKind::Object(entries) => entries.iter().all(|(key, value)| is_pattern(key) && is_pattern(value)),
        ast::ExprKind::Null
        | ast::ExprKind::Bool(_)
        | ast::ExprKind::Number(_)
        | ast::ExprKind::String(_)
        | ast::ExprKind::Var(_)
        | ast::ExprKind::Wildcard => true,
        _ => false,
    }
}

/// Whether all rules of a group give one and the same constant.
fn gives_one_constant(group: &Group) -> bool {
    let mut values = group.rules.iter().flat_map(|rule| rule.branches.iter()).map(|branch| match branch.value {
        Term::Constant(id) => Some(id),
        _ => None,
    });
    match values.next() {
        Some(Some(first)) => values.all(|value| value == Some(first)),
        _ => false,
    }
}

/// Gives each child of the tree the constant of its name.
pub(super) fn name_children(tree: &mut RuleTree, constants: &mut ConstantPool) {
    for id in 0..tree.len() {
        let Some(node) = tree.node_mut(u32::try_from(id).unwrap_or(u32::MAX)) else { continue };
        let mut names: Vec<_> = node.children.iter().map(|(name, &child)| (name.clone(), child)).collect();
        names.sort_unstable();
        node.names =
            names.iter().map(|(name, child)| (constants.id(Constant::String(name.to_string())), *child)).collect();
    }
}

/// What is kept of a module.
pub(super) fn info(module: Module) -> ModuleInfo {
    let rules = module
        .rules
        .iter()
        .map(|rule| RuleInfo {
            path: head_path(&module.package.path, &rule.head).0,
            span: rule.span,
            function: rule.head.parameters.is_some(),
        })
        .collect();
    ModuleInfo {
        source: Arc::clone(&module.source),
        package: module.package.path,
        rules,
        annotations: module.annotations,
    }
}
