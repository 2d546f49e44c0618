//! Places in JSON text: a scan that builds no values and skips what nobody asked for.

use super::{skip_byte_order_mark, skip_space};
use crate::Place;
use crate::mistake::span;
use std::borrow::Cow;
use std::collections::HashMap;
use value::json::ParseLimits;
use value::{Arena, Segment, Span};

pub(crate) fn locate(text: &str, places: &[Place]) -> Vec<Option<Span>> {
    let mut wanted = Wanted::default();
    let nodes: Vec<_> = places.iter().map(|place| wanted.add(place)).collect();
    let document_last = places.iter().map(|place| place.document).max().unwrap_or_default();
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: skip_byte_order_mark(text) };
    for document in 0..=document_last {
        if places.is_empty() || scanner.skip_space().is_none() {
            break;
        }
        match wanted.documents.get(&document).copied() {
            Some(root) => scanner.document(&mut wanted, root),
            None => scanner.skip_value(),
        }
    }
    nodes.into_iter().map(|node| wanted.deepest(node)).collect()
}

/// All paths that are wanted, as a tree.
#[derive(Debug, Default)]
struct Wanted<'p> {
    nodes: Vec<Node<'p>>,
    /// The root of each document.
    documents: HashMap<usize, usize>,
}

#[derive(Debug, Default)]
struct Node<'p> {
    parent: Option<usize>,
    children: HashMap<Step<'p>, usize>,
    found: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

impl<'p> Wanted<'p> {
    fn add(&mut self, place: &'p Place) -> usize {
        let root = match self.documents.get(&place.document) {
            Some(&root) => root,
            None => {
                let root = self.node(None);
                self.documents.insert(place.document, root);
                root
            }
        };
        place.pointer.0.iter().fold(root, |node, segment| {
            let step = match segment {
                Segment::Key(key) => Step::Key(key),
                Segment::Index(index) => Step::Index(*index),
            };
            self.child(node, step).unwrap_or_else(|| {
                let child = self.node(Some(node));
                if let Some(node) = self.nodes.get_mut(node) {
                    node.children.insert(step, child);
                }
                child
            })
        })
    }

    fn node(&mut self, parent: Option<usize>) -> usize {
        self.nodes.push(Node { parent, ..Node::default() });
        self.nodes.len() - 1
    }

    fn child(&self, node: usize, step: Step<'_>) -> Option<usize> {
        self.nodes.get(node)?.children.get(&step).copied()
    }

    fn is_leaf(&self, node: usize) -> bool {
        self.nodes.get(node).is_none_or(|node| node.children.is_empty())
    }

    /// Of equal keys the last one counts, so finding one again forgets what was found inside of it.
    fn found(&mut self, node: usize, span: Span) {
        let again = self.nodes.get(node).is_some_and(|node| node.found.is_some());
        let mut stale = if again { vec![node] } else { Vec::new() };
        while let Some(node) = stale.pop().and_then(|node| self.nodes.get_mut(node)) {
            node.found = None;
            stale.extend(node.children.values());
        }
        if let Some(node) = self.nodes.get_mut(node) {
            node.found = Some(span);
        }
    }

    fn deepest(&self, node: usize) -> Option<Span> {
        let mut at = self.nodes.get(node);
        while let Some(node) = at {
            if node.found.is_some() {
                return node.found;
            }
            at = node.parent.and_then(|parent| self.nodes.get(parent));
        }
        None
    }
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
}

/// A container on the way to something that is wanted.
struct Frame {
    node: usize,
    /// The position of the next item, in arrays.
    index: Option<usize>,
}

impl<'t> Scanner<'t> {
    /// Scans one document. What is not JSON ends the scan: only texts that have been read are asked about.
    fn document(&mut self, wanted: &mut Wanted<'_>, root: usize) {
        wanted.found(root, self.value_span());
        let mut frames = Vec::new();
        self.enter(wanted, root, &mut frames);
        while let Some(frame) = frames.last_mut() {
            match (self.skip_space(), &mut frame.index) {
                (None, _) => return,
                (Some(b','), _) => self.at += 1,
                (Some(b'}' | b']'), _) => {
                    self.at += 1;
                    frames.pop();
                }
                (Some(_), Some(index)) => {
                    let child = wanted.child(frame.node, Step::Index(*index));
                    *index += 1;
                    match child {
                        Some(child) => {
                            wanted.found(child, self.value_span());
                            self.enter(wanted, child, &mut frames);
                        }
                        None => self.skip_value(),
                    }
                }
                (Some(b'"'), None) => {
                    let start = self.at;
                    self.skip_string();
                    let place = span(start, self.at);
                    let child = wanted.child(frame.node, Step::Key(&self.key(start)));
                    if self.skip_space() != Some(b':') {
                        return;
                    }
                    self.at += 1;
                    self.skip_space();
                    match child {
                        Some(child) => {
                            wanted.found(child, place);
                            self.enter(wanted, child, &mut frames);
                        }
                        None => self.skip_value(),
                    }
                }
                (Some(_), None) => return,
            }
        }
    }

    /// Goes into the container that begins here if something inside of it is wanted, else past the value.
    fn enter(&mut self, wanted: &Wanted<'_>, node: usize, frames: &mut Vec<Frame>) {
        let index = match self.peek() {
            Some(b'{') if !wanted.is_leaf(node) => None,
            Some(b'[') if !wanted.is_leaf(node) => Some(0),
            _ => return self.skip_value(),
        };
        self.at += 1;
        frames.push(Frame { node, index });
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) -> Option<u8> {
        self.at = skip_space(self.text, self.at);
        self.peek()
    }

    /// The key whose opening quote stands at `start` and which ends here.
    fn key(&self, start: usize) -> Cow<'t, str> {
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        let key = quoted.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or_default();
        if !key.contains('\\') {
            return Cow::Borrowed(key);
        }
        let arena = Arena::new();
        let key = value::json::parse(&arena, quoted.as_bytes(), &ParseLimits::default());
        Cow::Owned(key.ok().and_then(|key| key.as_str().map(str::to_owned)).unwrap_or_default())
    }

    /// The whole of a scalar, the first character of a container.
    fn value_span(&self) -> Span {
        let start = self.at;
        let mut ahead = Scanner { text: self.text, bytes: self.bytes, at: start };
        match self.peek() {
            Some(b'{' | b'[') => ahead.at += 1,
            _ => ahead.skip_value(),
        }
        span(start, ahead.at)
    }

    fn skip_value(&mut self) {
        match self.peek() {
            Some(b'"') => self.skip_string(),
            Some(b'{' | b'[') => self.skip_container(),
            _ => {
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
                // What is not JSON may have no length; every step has to lead forward nonetheless.
                let length = rest.iter().position(ends).unwrap_or(rest.len()).max(1);
                self.at = (self.at + length).min(self.bytes.len());
            }
        }
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(rest) = self.bytes.get(self.at..) {
            match rest.iter().position(|&byte| byte == b'"' || byte == b'\\') {
                Some(length) if rest.get(length) == Some(&b'"') => {
                    self.at += length + 1;
                    return;
                }
                Some(length) => self.at += length + 2,
                None => break,
            }
        }
        self.at = self.bytes.len();
    }

    fn skip_container(&mut self) {
        let mut depth = 0_usize;
        while let Some(rest) = self.bytes.get(self.at..) {
            let Some(length) = rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']')) else {
                break;
            };
            self.at += length;
            match rest.get(length) {
                Some(b'"') => {
                    self.skip_string();
                    continue;
                }
                Some(b'{' | b'[') => depth += 1,
                _ => depth = depth.saturating_sub(1),
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
        self.at = self.bytes.len();
    }
}
