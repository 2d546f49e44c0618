//! YAML events to values.

use super::functions::{GET_ATT, function_of};
use super::scalar::{Plain, resolve};
use super::{errors, event_span, is_absent, mend, parser_options};
use crate::mistake::{Mistake, excerpt};
use crate::{Dialect, Document, Documents, DuplicateKeys, Options, TagStyle, UnknownTags};
use base64::Engine;
use granit_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::HashMap;
use value::{Arena, Span, Value, number};

pub(crate) fn read<'a>(arena: &'a Arena, text: &str, options: &Options) -> Result<Documents<'a>, Mistake> {
    read_up_to(arena, text, options, usize::MAX)
}

/// Reads the documents in which nothing is wrong, and says what is wrong with the first of the others. Those have a number too.
pub(crate) fn read_what_is_sound<'a>(
    arena: &'a Arena,
    text: &str,
    options: &Options,
) -> (Documents<'a>, Option<Mistake>) {
    let first = match read(arena, text, options) {
        Ok(documents) => return (documents, None),
        Err(mistake) => mistake,
    };
    let mut mended = Cow::Borrowed(text);
    let mut broken = Vec::new();
    let mut offset = first.span.start as usize;
    while broken.len() < mend::BROKEN_MAX
        && let Some((without, place)) = mend::without_document_at(&mended, offset)
    {
        mended = Cow::Owned(without);
        broken.push(place);
        match read(arena, &mended, options) {
            Ok(mut documents) => {
                let is_broken = |document: &Document<'_>| {
                    broken.iter().any(|place| place.contains(&(document.span.start as usize)))
                };
                documents.documents.retain(|document| !is_broken(document));
                return (documents, Some(first));
            }
            Err(mistake) => offset = mistake.span.start as usize,
        }
    }
    (Documents::default(), Some(first))
}

/// Reads `count` documents, those without content included; what follows them may be anything.
pub(super) fn read_up_to<'a>(
    arena: &'a Arena,
    text: &str,
    options: &Options,
    count: usize,
) -> Result<Documents<'a>, Mistake> {
    let depth_max = options.limits.depth_max;
    let mut reader = Reader::new(arena, text, options);
    for event in Parser::new_from_str_with_options(text, parser_options(depth_max)) {
        let (event, place) = event.map_err(|error| errors::explain(&error, text, depth_max))?;
        reader.event(event, place).map_err(|mistake| errors::with_template_help(mistake, text))?;
        if reader.result.documents.len() + reader.result.skipped >= count {
            break;
        }
    }
    Ok(reader.result)
}

/// How many bytes of a scalar count as one node.
const NODE_BYTES: usize = 64;

/// A value that is complete, with what limits need to know of it.
#[derive(Clone, Copy)]
struct Node<'a> {
    value: Value<'a>,
    /// Nodes in it, aliases expanded.
    weight: u64,
    /// Containers inside one another, itself included.
    height: usize,
}

/// A collection that is open.
struct Frame<'a> {
    kind: Kind<'a>,
    /// Where its items or entries begin among those of all open collections.
    first: usize,
    anchor: usize,
    /// The function that its tag stands for.
    function: Option<&'static str>,
    span: Span,
    weight: u64,
    height: usize,
}

enum Kind<'a> {
    Sequence,
    Mapping {
        /// The key that waits for its value.
        key: Option<Key<'a>>,
    },
}

#[derive(Clone, Copy)]
enum Key<'a> {
    /// `<<`
    Merge,
    Member(Value<'a>, Span),
}

/// Where an entry came from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Written(Span),
    Merged,
}

/// An explicit stack instead of recursion: depth costs memory that is counted, and never the thread's stack.
struct Reader<'a, 't> {
    arena: &'a Arena,
    text: &'t str,
    options: &'t Options,
    frames: Vec<Frame<'a>>,
    /// Containers that are open, those that stand for a function included.
    depth: usize,
    /// Items of all open sequences.
    items: Vec<Value<'a>>,
    /// Entries of all open mappings, and beside them where each came from.
    entries: Vec<(Value<'a>, Value<'a>)>,
    origins: Vec<Origin>,
    anchors: HashMap<usize, Node<'a>>,
    /// Nodes that aliases have added so far.
    alias_nodes: u64,
    /// The document that is being read, from its first byte on.
    root: Option<Value<'a>>,
    root_span: Option<Span>,
    root_absent: bool,
    result: Documents<'a>,
}

type Step<T> = Result<T, Mistake>;

impl<'a, 't> Reader<'a, 't> {
    fn new(arena: &'a Arena, text: &'t str, options: &'t Options) -> Self {
        Self {
            arena,
            text,
            options,
            frames: Vec::new(),
            depth: 0,
            items: Vec::new(),
            entries: Vec::new(),
            origins: Vec::new(),
            anchors: HashMap::new(),
            alias_nodes: 0,
            root: None,
            root_span: None,
            root_absent: false,
            result: Documents::default(),
        }
    }

    fn event(&mut self, event: Event<'_>, place: granit_parser::Span) -> Step<()> {
        let span = event_span(self.text, place);
        let tag_span = place.tag_span().map_or(span, |tag| event_span(self.text, tag));
        if event.is_node() {
            let whole = span.to(tag_span);
            self.root_span = Some(self.root_span.map_or(whole, |root| root.to(whole)));
        }
        match event {
            Event::DocumentStart(..) => {
                self.anchors.clear();
                self.root_span = None;
                self.root_absent = false;
                Ok(())
            }
            Event::DocumentEnd => self.document_end(),
            Event::Scalar(text, style, anchor, tag) => {
                let absent = is_absent(style, place);
                self.root_absent = absent && anchor == 0 && tag.is_none() && self.frames.is_empty();
                let text = if absent { Cow::Borrowed("") } else { text };
                self.scalar(&text, style, anchor, tag.as_deref(), span, tag_span)
            }
            Event::SequenceStart(_, anchor, tag) => {
                let function = self.collection_tag(tag.as_deref(), &["seq", "omap", "pairs"], tag_span)?;
                self.open(Kind::Sequence, anchor, function, span)
            }
            Event::MappingStart(_, anchor, tag) => {
                let function = self.collection_tag(tag.as_deref(), &["map", "set"], tag_span)?;
                self.open(Kind::Mapping { key: None }, anchor, function, span)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.root_span = self.root_span.map(|root| root.to(span));
                self.close()
            }
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    fn document_end(&mut self) -> Step<()> {
        let value = self.root.take().unwrap_or_default();
        if self.root_absent {
            self.result.skipped += 1;
            return Ok(());
        }
        let span = self.root_span.unwrap_or_default();
        let end = self.text.get(..span.end as usize).unwrap_or_default();
        let end = u32::try_from(end.trim_end_matches([' ', '\t', '\r', '\n']).len()).unwrap_or(span.end);
        let index = self.result.documents.len();
        if index >= self.options.limits.documents_max {
            let message = format!("the input has more than {} documents", self.options.limits.documents_max);
            return Err(Mistake::new(Span::new(span.start, span.start), message)
                .help("split the input, or raise the limit `documents_max`"));
        }
        self.result.documents.push(Document { value, index, span: Span::new(span.start, end.max(span.start)) });
        Ok(())
    }

    fn open(&mut self, kind: Kind<'a>, anchor: usize, function: Option<&'static str>, span: Span) -> Step<()> {
        let first = match kind {
            Kind::Sequence => self.items.len(),
            Kind::Mapping { .. } => self.entries.len(),
        };
        self.depth += 1 + usize::from(function.is_some());
        if self.depth > self.options.limits.depth_max {
            return Err(errors::too_deep(span, self.options.limits.depth_max));
        }
        self.frames.push(Frame { kind, first, anchor, function, span, weight: 1, height: 0 });
        Ok(())
    }

    fn close(&mut self) -> Step<()> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        self.depth = self.depth.saturating_sub(1 + usize::from(frame.function.is_some()));
        let value = match frame.kind {
            Kind::Sequence => {
                let value = self.arena.array(self.items.get(frame.first..).unwrap_or_default());
                self.items.truncate(frame.first);
                value
            }
            Kind::Mapping { .. } => {
                let value = self.object(frame.first)?;
                self.entries.truncate(frame.first);
                self.origins.truncate(frame.first);
                value
            }
        };
        let node = Node { value, weight: frame.weight, height: frame.height + 1 };
        self.finish(self.wrap(node, frame.function), frame.anchor, frame.span)
    }

    /// The object of the entries from `first` on.
    fn object(&mut self, first: usize) -> Step<Value<'a>> {
        let entries = self.entries.get(first..).unwrap_or_default();
        let object = self.arena.object(entries);
        if object.as_object().is_some_and(|object| object.len() == entries.len()) {
            return Ok(object);
        }
        let origins = self.origins.get(first..).unwrap_or_default();
        if self.options.duplicate_keys == DuplicateKeys::Refuse {
            self.refuse_duplicates(entries, origins)?;
        }
        if self.options.dialect == Dialect::Kubernetes || !origins.contains(&Origin::Merged) {
            return Ok(object);
        }
        let with_origin = || entries.iter().copied().zip(origins.iter().copied());
        let merged = with_origin().filter(|(_, origin)| *origin == Origin::Merged);
        let written = with_origin().filter(|(_, origin)| *origin != Origin::Merged);
        let ordered: Vec<_> = merged.chain(written).map(|(entry, _)| entry).collect();
        Ok(self.arena.object(&ordered))
    }

    fn refuse_duplicates(&self, entries: &[(Value<'a>, Value<'a>)], origins: &[Origin]) -> Step<()> {
        let mut written: Vec<(Value<'a>, Span)> = entries
            .iter()
            .zip(origins)
            .filter_map(|(&(key, _), &origin)| match origin {
                Origin::Written(span) => Some((key, span)),
                Origin::Merged => None,
            })
            .collect();
        written.sort_unstable();
        let duplicates = written.iter().zip(written.iter().skip(1)).filter(|((a, _), (b, _))| a == b);
        // The first one in the text, whatever the order of the keys.
        let Some((&(key, before), &(_, again))) = duplicates.min_by_key(|(_, (_, again))| *again) else {
            return Ok(());
        };
        let line = value::Position::of(self.text, before.start).line;
        let message = format!("the mapping has the key `{}` twice", excerpt(key.as_str().unwrap_or_default()));
        Err(Mistake::new(again, message)
            .help(format!("it stands in line {line} already; remove one of them: readers differ on which one counts")))
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Step<()> {
        let Some(&node) = self.anchors.get(&anchor) else {
            return Err(Mistake::new(span, "the alias stands inside of the value that it names")
                .help("a document cannot contain itself"));
        };
        self.alias_nodes = self.alias_nodes.saturating_add(node.weight);
        if self.alias_nodes > self.options.limits.alias_nodes_max {
            let message = format!("aliases add more than {} nodes", self.options.limits.alias_nodes_max);
            return Err(Mistake::new(span, message)
                .help("write the document without so many aliases, or raise the limit `alias_nodes_max`"));
        }
        if self.depth + node.height > self.options.limits.depth_max {
            return Err(errors::too_deep(span, self.options.limits.depth_max));
        }
        self.finish(node, 0, span)
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
        tag_span: Span,
    ) -> Step<()> {
        let plain = style == ScalarStyle::Plain;
        let is_merge = text == "<<" && (plain || tag.and_then(Tag::core_suffix) == Some("merge"));
        if is_merge && let Some(Kind::Mapping { key: key @ None }) = self.frames.last_mut().map(|frame| &mut frame.kind)
        {
            *key = Some(Key::Merge);
            return Ok(());
        }
        let weight = 1 + (text.len() / NODE_BYTES) as u64;
        let leaf = |value| Node { value, weight, height: 0 };
        let function = tag.and_then(|tag| self.function(tag));
        let node = match (tag, function) {
            (None, _) if plain => leaf(self.plain(text, span)?),
            (None, _) => leaf(self.arena.string(text)),
            (Some(_), Some(function)) => self.call(function, text, weight),
            (Some(tag), None) => leaf(self.tagged(tag, text, span, tag_span)?),
        };
        if self.depth + node.height > self.options.limits.depth_max {
            return Err(errors::too_deep(span, self.options.limits.depth_max));
        }
        self.finish(node, anchor, span)
    }

    fn plain(&self, text: &str, span: Span) -> Step<Value<'a>> {
        match resolve(self.arena, text, self.options.dialect) {
            Plain::Value(value) => Ok(value),
            Plain::String | Plain::Merge => Ok(self.arena.string(text)),
            Plain::NotFinite => Err(Mistake::new(span, format!("`{text}` is a number that JSON cannot hold"))
                .help("put quotes around it if it is a text")),
        }
    }

    fn function(&self, tag: &Tag) -> Option<&'static str> {
        match self.options.tags {
            TagStyle::CloudFormation => function_of(tag),
            TagStyle::Plain => None,
        }
    }

    /// A function of one scalar, which is always a string.
    fn call(&self, function: &'static str, text: &str, weight: u64) -> Node<'a> {
        let argument = match text.split_once('.') {
            Some((resource, attribute)) if function == GET_ATT => {
                let parts = [self.arena.string(resource), self.arena.string(attribute)];
                Node { value: self.arena.array(&parts), weight: weight + 2, height: 1 }
            }
            _ => Node { value: self.arena.string(text), weight, height: 0 },
        };
        self.wrap(argument, Some(function))
    }

    /// `{"function": node}`
    fn wrap(&self, node: Node<'a>, function: Option<&'static str>) -> Node<'a> {
        let Some(function) = function else { return node };
        let value = self.arena.object(&[(self.arena.string(function), node.value)]);
        Node { value, weight: node.weight + 1, height: node.height + 1 }
    }

    /// A scalar under a tag that is no function.
    fn tagged(&self, tag: &Tag, text: &str, span: Span, tag_span: Span) -> Step<Value<'a>> {
        let Some(name) = yaml_tag(tag) else {
            self.check_unknown(tag, tag_span)?;
            return Ok(self.arena.string(text));
        };
        let wrong = || Mistake::new(span, format!("`{}` is not what the tag `!!{name}` says", excerpt(text)));
        match name {
            // `!` alone says that the scalar is not to be resolved.
            "" | "str" | "timestamp" | "merge" => Ok(self.arena.string(text)),
            "binary" => {
                let stripped: String = text.split_ascii_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD.decode(stripped).map_err(|_| wrong())?;
                let decoded = String::from_utf8(bytes).map_err(|_| {
                    Mistake::new(span, "the binary data is not a UTF-8 text")
                        .help("leave the tag `!!binary` out: the base64 text itself is then the value")
                })?;
                Ok(self.arena.string(&decoded))
            }
            "null" | "bool" | "int" | "float" => {
                let value = self.plain(text, span)?;
                let fits = match value {
                    Value::Null => name == "null",
                    Value::Bool(_) => name == "bool",
                    Value::Int(_) => name == "int" || name == "float",
                    Value::Number(_) => name == "float" || number::is_integer(value),
                    _ => false,
                };
                if fits { Ok(value) } else { Err(wrong()) }
            }
            _ => Err(wrong()),
        }
    }

    /// The function that the tag of a collection stands for; tags of YAML itself have to be among `fitting`.
    fn collection_tag(&self, tag: Option<&Tag>, fitting: &[&str], tag_span: Span) -> Step<Option<&'static str>> {
        let Some(tag) = tag else { return Ok(None) };
        if let Some(function) = self.function(tag) {
            return Ok(Some(function));
        }
        match yaml_tag(tag) {
            Some("") => Ok(None),
            Some(name) if fitting.contains(&name) => Ok(None),
            Some(name) => Err(Mistake::new(tag_span, format!("the tag `!!{name}` does not fit what stands under it"))),
            None => self.check_unknown(tag, tag_span).map(|()| None),
        }
    }

    fn check_unknown(&self, tag: &Tag, tag_span: Span) -> Step<()> {
        if self.options.unknown_tags == UnknownTags::Ignore {
            return Ok(());
        }
        let mistake = Mistake::new(tag_span, format!("unknown tag `{}`", excerpt(&tag.original())));
        Err(match function_of(tag) {
            Some(_) => mistake.help("it is a CloudFormation function: read the file as a CloudFormation template"),
            None => mistake.help(
                "put quotes around it if it is a text that begins with `!`, else write the value without the tag",
            ),
        })
    }

    /// Takes a complete node into the collection around it.
    fn finish(&mut self, node: Node<'a>, anchor: usize, span: Span) -> Step<()> {
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node.value);
            return Ok(());
        };
        frame.weight = frame.weight.saturating_add(node.weight);
        frame.height = frame.height.max(node.height);
        match &mut frame.kind {
            Kind::Sequence => self.items.push(node.value),
            Kind::Mapping { key } => match key.take() {
                None => *key = Some(Key::Member(key_of(self.arena, node.value, span)?, span)),
                Some(Key::Member(key, span)) => {
                    self.entries.push((key, node.value));
                    self.origins.push(Origin::Written(span));
                }
                Some(Key::Merge) => self.merge(node.value, span)?,
            },
        }
        Ok(())
    }

    /// Takes the entries of `source`, an object or several, into the mapping that is open.
    fn merge(&mut self, source: Value<'a>, span: Span) -> Step<()> {
        let one = [source];
        let objects = match source {
            Value::Array(array) => array.iter().rev().collect::<Vec<_>>(),
            _ => one.to_vec(),
        };
        for object in objects {
            let Value::Object(object) = object else {
                return Err(Mistake::new(span, "`<<` merges mappings, and this is something else")
                    .help("name a mapping, as in `<<: *defaults`, or put quotes around the key `<<`"));
            };
            for entry in object.iter() {
                self.entries.push(entry);
                self.origins.push(Origin::Merged);
            }
        }
        Ok(())
    }
}

/// The name of a tag of YAML itself: `str` of `!!str`, and nothing of the `!` that only says "do not resolve".
fn yaml_tag(tag: &Tag) -> Option<&str> {
    const PREFIX: &str = "tag:yaml.org,2002:";
    match (tag.handle(), tag.suffix()) {
        ("", "!") | ("!", "") => Some(""),
        (PREFIX, suffix) => Some(suffix),
        ("", suffix) => suffix.strip_prefix(PREFIX),
        _ => None,
    }
}

/// The key as JSON has it: a string.
fn key_of<'a>(arena: &'a Arena, key: Value<'a>, span: Span) -> Step<Value<'a>> {
    match key {
        Value::String(_) => Ok(key),
        Value::Bool(true) => Ok(arena.string("true")),
        Value::Bool(false) => Ok(arena.string("false")),
        Value::Int(n) => Ok(arena.format(format_args!("{n}"))),
        Value::Number(n) => Ok(arena.string(n.text())),
        other => Err(Mistake::new(
            span,
            format!("a key has to be a string, a number or a boolean, and this is {}", article(other)),
        )
        .help("put quotes around the key if it is a text")),
    }
}

fn article(value: Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Array(_) => "a list",
        _ => "a mapping",
    }
}
