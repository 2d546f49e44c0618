//! The rule tree: every package and rule by its path below `data`.

use crate::plan::{GroupId, Node, NodeId};

/// Nodes by id; the root is `data`.
#[derive(Debug)]
pub(crate) struct RuleTree {
    nodes: Vec<Node>,
}

impl Default for RuleTree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl RuleTree {
    /// `data`.
    pub const ROOT: NodeId = 0;

    /// The node, if the id is one of this tree.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// The node, to be changed.
    pub fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id as usize)
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node at `path`, made if need be.
    pub fn insert(&mut self, path: &[String]) -> NodeId {
        let mut id = Self::ROOT;
        for name in path {
            id = match self.child(id, name) {
                Some(child) => child,
                None => {
                    let child = NodeId::try_from(self.nodes.len()).unwrap_or(NodeId::MAX);
                    let mut path = self.node(id).map(|node| node.path.clone()).unwrap_or_default();
                    path.push(name.as_str().into());
                    self.nodes.push(Node { parent: Some(id), path, ..Node::default() });
                    if let Some(parent) = self.nodes.get_mut(id as usize) {
                        parent.children.insert(name.as_str().into(), child);
                    }
                    child
                }
            };
        }
        id
    }

    /// The node at `path`.
    pub fn node_at(&self, path: &[String]) -> Option<NodeId> {
        path.iter().try_fold(Self::ROOT, |id, name| self.child(id, name))
    }

    /// The child of that name.
    pub fn child(&self, id: NodeId, name: &str) -> Option<NodeId> {
        self.node(id)?.children.get(name).copied()
    }

    /// The group at `path`.
    pub fn group_at(&self, path: &[String]) -> Option<GroupId> {
        self.node(self.node_at(path)?)?.group
    }

    /// Whether rules are defined right at the node.
    pub fn has_group(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.group.is_some())
    }

    /// Whether nothing stands below the node.
    pub fn is_leaf(&self, id: NodeId) -> bool {
        self.node(id).is_none_or(|node| node.children.is_empty())
    }

    /// The group of a node below which no other rule stands: its value is the whole value.
    pub fn lone_group(&self, id: NodeId) -> Option<GroupId> {
        self.node(id).filter(|node| node.children.is_empty()).and_then(|node| node.group)
    }

    /// The groups on and below the paths from a node; `None` is any name.
    pub fn groups_along(&self, from: NodeId, names: &[Option<String>]) -> Vec<GroupId> {
        let mut groups = Vec::new();
        let mut level = vec![from];
        for name in names {
            let mut next = Vec::new();
            for node in level.iter().filter_map(|&id| self.node(id)) {
                groups.extend(node.group);
                match name {
                    Some(name) => next.extend(node.children.get(name.as_str())),
                    None => next.extend(node.children.values()),
                }
            }
            level = next;
        }
        while let Some(id) = level.pop() {
            if let Some(node) = self.node(id) {
                groups.extend(node.group);
                level.extend(node.children.values());
            }
        }
        groups
    }
}
