//! Places in YAML text: the events of one document, without their values, and walks over them.

use super::functions::function_of;
use super::scalar::{Plain, resolve};
use super::{event_span, is_absent, mend, parser_options};
use crate::{Dialect, Place};
use granit_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use value::{Arena, Pointer, Segment, Span, Value};

pub(crate) fn locate(text: &str, places: &[Place]) -> Vec<Option<Span>> {
    let mut mended = Cow::Borrowed(text);
    for _ in 0..mend::BROKEN_MAX {
        let (spans, broken) = locate_in(&mended, places);
        // What was not YAML was left out when the text was read, and what follows it was not.
        let Some((without, _)) = broken.and_then(|offset| mend::without_document_at(&mended, offset)) else {
            return spans;
        };
        mended = Cow::Owned(without);
    }
    locate_in(&mended, places).0
}

/// The same, and where the text turned out not to be YAML before all was found.
fn locate_in(text: &str, places: &[Place]) -> (Vec<Option<Span>>, Option<usize>) {
    let mut spans = vec![None; places.len()];
    let mut wanted: HashMap<usize, Vec<usize>> = HashMap::new();
    for (number, place) in places.iter().enumerate() {
        wanted.entry(place.document).or_default().push(number);
    }
    let mut document = 0;
    let mut index = Index::new(text);
    // What is too deep was refused when the text was read, so there is no limit to find here.
    for event in Parser::new_from_str_with_options(text, parser_options(usize::MAX)) {
        let (event, place) = match event {
            Ok(event) => event,
            Err(error) => return (spans, error.marker().byte_offset()),
        };
        match event {
            Event::DocumentStart(..) => index.clear(),
            Event::DocumentEnd if index.is_absent => {}
            Event::DocumentEnd => {
                for &number in wanted.get(&document).into_iter().flatten() {
                    if let (Some(span), Some(place)) = (spans.get_mut(number), places.get(number)) {
                        *span = index.find(&place.pointer);
                    }
                }
                wanted.remove(&document);
                if wanted.is_empty() {
                    break;
                }
                document += 1;
            }
            _ => index.event(event, place, wanted.contains_key(&document)),
        }
    }
    (spans, None)
}

struct Node<'t> {
    span: Span,
    kind: Kind<'t>,
    /// The function that the tag stands for, and where the tag stands.
    function: Option<(&'static str, Span)>,
    /// The number of the next node that is not inside of this one.
    next: usize,
}

enum Kind<'t> {
    /// A scalar whose text matters, because it is a key or may be used as one by an alias.
    Text {
        text: Cow<'t, str>,
        plain: bool,
    },
    Scalar,
    Sequence,
    Mapping,
    Alias(Option<usize>),
}

/// A collection that is open.
struct Open {
    node: usize,
    /// Whether the next node is a key; `None` in sequences.
    key_next: Option<bool>,
}

/// The nodes of one document in the order of the text.
struct Index<'t> {
    text: &'t str,
    nodes: Vec<Node<'t>>,
    anchors: HashMap<usize, usize>,
    open: Vec<Open>,
    /// Whether the document has no content.
    is_absent: bool,
    /// For the numbers and booleans that keys may be.
    arena: Arena,
}

impl<'t> Index<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            nodes: Vec::new(),
            anchors: HashMap::new(),
            open: Vec::new(),
            is_absent: false,
            arena: Arena::new(),
        }
    }

    fn clear(&mut self) {
        self.nodes.clear();
        self.anchors.clear();
        self.open.clear();
        self.is_absent = false;
    }

    fn event(&mut self, event: Event<'t>, place: granit_parser::Span, wanted: bool) {
        if let Event::Scalar(_, style, 0, None) = &event {
            self.is_absent = self.open.is_empty() && is_absent(*style, place);
        }
        if !wanted {
            return;
        }
        let span = event_span(self.text, place);
        let tag_span = place.tag_span().map_or(span, |tag| event_span(self.text, tag));
        let is_key = self.open.last().and_then(|open| open.key_next).unwrap_or(false);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let text = if is_absent(style, place) { Cow::Borrowed("") } else { text };
                let kind = if is_key || anchor != 0 { Kind::Text { text, plain } } else { Kind::Scalar };
                self.leaf(kind, span, anchor, tag.as_deref(), tag_span);
            }
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).copied();
                self.leaf(Kind::Alias(target), span, 0, None, span);
            }
            Event::SequenceStart(_, anchor, tag) => {
                let node = self.push(Kind::Sequence, span, anchor, tag.as_deref(), tag_span);
                self.open.push(Open { node, key_next: None });
            }
            Event::MappingStart(_, anchor, tag) => {
                let node = self.push(Kind::Mapping, span, anchor, tag.as_deref(), tag_span);
                self.open.push(Open { node, key_next: Some(true) });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let next = self.nodes.len();
                if let Some(node) = self.open.pop().and_then(|open| self.nodes.get_mut(open.node)) {
                    node.next = next;
                }
                self.complete();
            }
            _ => {}
        }
    }

    fn push(&mut self, kind: Kind<'t>, span: Span, anchor: usize, tag: Option<&Tag>, tag_span: Span) -> usize {
        let number = self.nodes.len();
        let function = tag.and_then(function_of).map(|function| (function, tag_span));
        self.nodes.push(Node { span, kind, function, next: number + 1 });
        if anchor != 0 {
            self.anchors.insert(anchor, number);
        }
        number
    }

    fn leaf(&mut self, kind: Kind<'t>, span: Span, anchor: usize, tag: Option<&Tag>, tag_span: Span) {
        self.push(kind, span, anchor, tag, tag_span);
        self.complete();
    }

    /// A node is complete: in a mapping, keys and values take turns.
    fn complete(&mut self) {
        if let Some(key_next) = self.open.last_mut().and_then(|open| open.key_next.as_mut()) {
            *key_next = !*key_next;
        }
    }

    fn find(&self, pointer: &Pointer) -> Option<Span> {
        let mut node = 0;
        let mut span = self.place(node)?;
        let mut in_function = false;
        for segment in &pointer.0 {
            let target = self.follow(node);
            in_function &= target == node;
            node = target;
            if let Some((function, tag_span)) = self.nodes.get(node).and_then(|node| node.function)
                && !in_function
                && matches!(segment, Segment::Key(key) if key == function)
            {
                in_function = true;
                span = tag_span;
                continue;
            }
            let step = match segment {
                Segment::Key(key) => self.member(node, key),
                Segment::Index(index) => self.item(node, *index),
            };
            let Some((child, place)) = step else { break };
            node = child;
            span = place;
            in_function = false;
        }
        Some(span)
    }

    /// What a node stands for, if it is an alias. Anchors stand before their aliases, so this ends.
    fn follow(&self, mut node: usize) -> usize {
        while let Some(Node { kind: Kind::Alias(Some(target)), .. }) = self.nodes.get(node) {
            node = *target;
        }
        node
    }

    /// The whole of a scalar; of a collection its bracket, or in block style its first key or item.
    fn place(&self, node: usize) -> Option<Span> {
        let mut at = node;
        loop {
            let node = self.nodes.get(at)?;
            let is_block = matches!(node.kind, Kind::Sequence | Kind::Mapping) && node.span.start == node.span.end;
            if !is_block || node.next <= at + 1 {
                return Some(node.span);
            }
            at += 1;
        }
    }

    fn item(&self, sequence: usize, index: usize) -> Option<(usize, Span)> {
        if !matches!(self.nodes.get(sequence)?.kind, Kind::Sequence) {
            return None;
        }
        let item = self.children(sequence).nth(index)?;
        Some((item, self.place(item)?))
    }

    /// The member of a mapping: the value, and the place of its key.
    fn member(&self, mapping: usize, key: &str) -> Option<(usize, Span)> {
        if !matches!(self.nodes.get(mapping)?.kind, Kind::Mapping) {
            return None;
        }
        // The strongest candidate stands last: what comes later in a mapping overrides what comes before, merges included.
        let mut candidates = vec![Candidate::Merged(mapping)];
        // Mappings that are merged may merge others in turn; one that was searched has nothing new to say.
        let mut searched = HashSet::new();
        while let Some(candidate) = candidates.pop() {
            let source = match candidate {
                Candidate::Written(value, span) => return Some((value, span)),
                Candidate::Merged(source) => self.follow(source),
            };
            if !searched.insert(source) {
                continue;
            }
            let children: Vec<_> = self.children(source).collect();
            match self.nodes.get(source)?.kind {
                // Of several mappings in one merge the first is the strongest.
                Kind::Sequence => candidates.extend(children.into_iter().rev().map(Candidate::Merged)),
                Kind::Mapping => {
                    let (members, _) = children.as_chunks::<2>();
                    candidates.extend(members.iter().filter_map(|&[name, value]| self.candidate(name, value, key)));
                }
                _ => {}
            }
        }
        None
    }

    /// What a member of a mapping contributes to the search for `key`.
    fn candidate(&self, name: usize, value: usize, key: &str) -> Option<Candidate> {
        let span = self.nodes.get(name)?.span;
        let Kind::Text { text, plain } = &self.nodes.get(self.follow(name))?.kind else { return None };
        if *plain && text == "<<" {
            return Some(Candidate::Merged(value));
        }
        self.is_key(text, *plain, key).then_some(Candidate::Written(value, span))
    }

    /// Whether a key in the text is `key` in the document, where numbers and booleans have become strings.
    fn is_key(&self, text: &str, plain: bool, key: &str) -> bool {
        if text == key {
            return true;
        }
        let may_be_other =
            plain && (matches!(key, "true" | "false") || key.starts_with(|c: char| c.is_ascii_digit() || c == '-'));
        if !may_be_other {
            return false;
        }
        match resolve(&self.arena, text, Dialect::Kubernetes) {
            Plain::Value(value @ (Value::Int(_) | Value::Number(_))) => value.to_string() == key,
            Plain::Value(Value::Bool(boolean)) => boolean.to_string() == key,
            _ => false,
        }
    }

    /// The nodes directly inside of a collection: items, or keys and values in turn.
    fn children(&self, collection: usize) -> impl Iterator<Item = usize> {
        let end = self.nodes.get(collection).map_or(0, |node| node.next);
        let first = (collection + 1 < end).then_some(collection + 1);
        std::iter::successors(first, move |&node| self.nodes.get(node).map(|node| node.next).filter(|&next| next < end))
    }
}

enum Candidate {
    Written(usize, Span),
    Merged(usize),
}
