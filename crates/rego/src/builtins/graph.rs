//! Graphs, and walking through documents.

use super::operand::{ARRAY, BuiltinError, Outcome, PLAIN, SET, any, object, parameter};
use super::{Builtin, Context, Parameter, Type, UnknownOperands};
use rustc_hash::FxHashSet;
use value::{Arena, Value};

/// Most nodes in all the paths that `graph.reachable_paths` gives together: their number grows exponentially with the graph.
pub const PATH_NODES_MAX: usize = 1_000_000;

const COLLECTION: Type = Type::AnyOf(&[SET, ARRAY]);
const GRAPH_AND_INITIAL: &[Parameter] = &[
    parameter("graph", Type::Object(&Type::Any, &COLLECTION), "from each node to the nodes that edges lead to"),
    parameter("initial", COLLECTION, "the nodes to start from"),
];

pub(super) const FAMILY: &[Builtin] = &[
    Builtin {
        name: "graph.reachable",
        description: "Gives the nodes of a graph that can be reached from some nodes, those included.",
        parameters: GRAPH_AND_INITIAL,
        result: parameter("output", SET, "the reachable nodes that are keys of `graph`"),
        call: reachable,
        ..PLAIN
    },
    Builtin {
        name: "graph.reachable_paths",
        description: "Gives the paths through a graph from some nodes, each until it ends or comes back to itself.",
        parameters: GRAPH_AND_INITIAL,
        result: parameter("output", Type::Set(&ARRAY), "the paths, as arrays of nodes; at most a million nodes in all"),
        call: reachable_paths,
        ..PLAIN
    },
    Builtin {
        name: "walk",
        description: "Visits a document and everything inside it, with the path that leads there.",
        parameters: &[parameter("x", Type::Any, "the document")],
        result: parameter(
            "output",
            Type::Tuple(&[ARRAY, Type::Any]),
            "a path and the value there; for a member of a set the member is the key",
        ),
        unknown: UnknownOperands::Handled,
        relation: true,
        call: walk,
        ..PLAIN
    },
];

/// The node at `position` of an array or set of nodes; anything else has no nodes.
fn node_at(nodes: Value<'_>, position: usize) -> Option<Value<'_>> {
    match nodes {
        Value::Array(array) => array.get(position),
        Value::Set(set) => set.iter().nth(position),
        _ => None,
    }
}

fn initial_nodes<'a>(operands: &[Value<'a>]) -> Result<Vec<Value<'a>>, BuiltinError> {
    match any(operands, 1) {
        Value::Array(array) => Ok(array.iter().collect()),
        Value::Set(set) => Ok(set.iter().collect()),
        other => Err(BuiltinError::operand(1, "{array, set}", other)),
    }
}

fn reachable<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let graph = object(operands, 0)?;
    let mut waiting = initial_nodes(operands)?;
    let mut reached = FxHashSet::default();
    while let Some(node) = waiting.pop() {
        let Some(edges) = graph.get(node) else { continue };
        if reached.insert(node) {
            waiting.extend((0..).map_while(|position| node_at(edges, position)));
        }
    }
    let reached: Vec<_> = reached.into_iter().collect();
    Ok(Some(context.arena.set(&reached)))
}

/// A node on the path being followed.
struct Step<'a> {
    edges: Value<'a>,
    next_edge: usize,
    /// Whether this step put its node into the set of nodes on the path.
    entered: bool,
    /// Whether the path up to here is among the results.
    given: bool,
}

fn reachable_paths<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let graph = object(operands, 0)?;
    let mut search = Search { arena: context.arena, path: Vec::new(), paths: Vec::new(), nodes: 0 };
    for start in initial_nodes(operands)? {
        let Some(edges) = graph.get(start) else { continue };
        let mut on_path = FxHashSet::default();
        let mut steps = Vec::new();
        search.enter(start, edges, true, &mut steps)?;
        on_path.insert(start);
        while let Some(step) = steps.last_mut() {
            let Some(neighbor) = node_at(step.edges, step.next_edge) else {
                let left = search.path.pop();
                if let Some(node) = left.filter(|_| step.entered) {
                    on_path.remove(&node);
                }
                steps.pop();
                continue;
            };
            step.next_edge += 1;
            // An edge from the start to itself is followed once, as OPA does.
            let from_start = search.path.len() == 1;
            let closes_cycle = on_path.contains(&neighbor) && !from_start;
            match graph.get(neighbor) {
                Some(edges) if !closes_cycle => {
                    let entered = on_path.insert(neighbor);
                    search.enter(neighbor, edges, entered, &mut steps)?;
                }
                _ => {
                    if !step.given {
                        step.given = true;
                        search.give()?;
                    }
                }
            }
        }
    }
    Ok(Some(context.arena.set(&search.paths)))
}

struct Search<'a> {
    arena: &'a Arena,
    path: Vec<Value<'a>>,
    paths: Vec<Value<'a>>,
    nodes: usize,
}

impl<'a> Search<'a> {
    fn enter(
        &mut self,
        node: Value<'a>,
        edges: Value<'a>,
        entered: bool,
        steps: &mut Vec<Step<'a>>,
    ) -> Result<(), BuiltinError> {
        self.path.push(node);
        let given = node_at(edges, 0).is_none();
        if given {
            self.give()?;
        }
        steps.push(Step { edges, next_edge: 0, entered, given });
        Ok(())
    }

    fn give(&mut self) -> Result<(), BuiltinError> {
        self.nodes += self.path.len();
        if self.nodes > PATH_NODES_MAX {
            return Err(BuiltinError::failed(format!("paths have more than {PATH_NODES_MAX} nodes")));
        }
        self.paths.push(self.arena.array(&self.path));
        Ok(())
    }
}

fn walk<'a>(context: &mut Context<'_, 'a>, operands: &[Value<'a>]) -> Outcome<'a> {
    let mut visited = Vec::new();
    visit(context.arena, any(operands, 0), &mut Vec::new(), &mut visited);
    Ok(Some(context.arena.array(&visited)))
}

fn visit<'a>(arena: &'a Arena, value: Value<'a>, path: &mut Vec<Value<'a>>, visited: &mut Vec<Value<'a>>) {
    // Values share their parts, and each way to a part counts. The evaluation ends at its limit as soon as this returns.
    if arena.is_full() {
        return;
    }
    visited.push(arena.array(&[arena.array(path), value]));
    let mut inside = |key, value| {
        path.push(key);
        visit(arena, value, path, visited);
        path.pop();
    };
    match value {
        Value::Array(array) => {
            array.iter().zip(0..).for_each(|(item, index)| inside(Value::Int(index), item));
        }
        Value::Object(object) => object.iter().for_each(|(key, value)| inside(key, value)),
        Value::Set(set) => set.iter().for_each(|member| inside(member, member)),
        // There may be more inside: a result that is Unknown as a whole stands for it.
        Value::Unknown(_) => visited.push(value),
        _ => {}
    }
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
