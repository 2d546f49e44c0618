//! From what happened to the bytes of an entry.

use crate::bodies::{Pack, Recent};
use crate::chain::Digest;
use crate::entry::{
    BodyReference, Decision, Event, Exchanges, Finding, Host, PolicySet, Query, QueryError, Request, Resource,
    Revisions, Subject,
};
use crate::exchange;
use crate::mask;
use crate::options::Bodies;
use decision::{
    Answer, BodyFormat, Certainty, DecisionEntry, Judged, Mask, Place, PolicySetEntry, QueryAnswer, RequestBody,
    ResourceIdentity, Scrubber,
};
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Write;
use value::Arena;

/// What is told of one decision; what is left off is counted.
const RESOURCES_MAX: usize = 10_000;
const FINDINGS_MAX: usize = 10_000;
const GROUPS_MAX: usize = 1_000;

/// How long all addresses, or all messages, of one decision may be together.
const TOLD_BYTES_MAX: usize = 4 << 20;

/// Longer messages are cut.
const MESSAGE_BYTES_MAX: usize = 4_096;

/// Longer names, of decisions, subjects and revisions, are cut.
const NAME_BYTES_MAX: usize = 1_024;

/// Appends the content of an entry to `buffer`.
///
/// # Errors
/// When the event cannot be written as JSON, which none of ours is known to bring about.
pub(crate) fn write_content(
    buffer: &mut Vec<u8>,
    sequence: u64,
    time: Timestamp,
    event: &Event<'_>,
) -> Result<(), serde_json::Error> {
    write!(buffer, "{{\"sequence\":{sequence},\"time\":\"{time}\"").map_err(serde_json::Error::io)?;
    let brace = buffer.len();
    serde_json::to_writer(&mut *buffer, event)?;
    // The event is an object with at least its kind: its fields go on where the first two ended.
    if let Some(first) = buffer.get_mut(brace) {
        *first = b',';
    }
    Ok(())
}

/// The time of an entry.
pub(crate) fn timestamp(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Turns entries into events, and puts their bodies into the batch's pack.
pub(crate) struct Encoder<'e> {
    pub(crate) arena: &'e Arena,
    pub(crate) recent: &'e Recent,
    pub(crate) pack: &'e mut Pack,
    pub(crate) masks: &'e [Mask],
    pub(crate) bodies: &'e Bodies,
}

impl Encoder<'_> {
    /// The event of a decision.
    pub(crate) fn decision<'d>(&mut self, entry: &'d DecisionEntry) -> Event<'d> {
        let is_dropped = matches!(entry.answer, Answer::Query(QueryAnswer { dropped: true, .. }));
        let (request, hidden) =
            if is_dropped { (dropped(&entry.body), Some(BTreeSet::new())) } else { self.request(&entry.body) };
        let hidden = Hidden::new(hidden, tells(&entry.answer));
        let mut decision = Decision {
            id: name(&entry.id),
            point: Cow::Borrowed(entry.point.as_str()),
            subject: Subject {
                id: entry.subject.id.as_deref().map(name),
                groups: Cow::Borrowed(entry.subject.groups.get(..GROUPS_MAX).unwrap_or(&entry.subject.groups)),
                verified_by: name(&entry.subject.verified_by),
            },
            request,
            revisions: revisions(&entry.revisions),
            host: self.host(entry, !is_dropped),
            verdict: None,
            resources: Vec::new(),
            resources_left_off: 0,
            findings: Vec::new(),
            findings_left_off: 0,
            query: None,
            took_ns: entry.took_ns,
        };
        match &entry.answer {
            Answer::Decision(decided) => {
                decision.verdict = Some(Cow::Borrowed(decided.verdict.as_str()));
                (decision.resources, decision.resources_left_off) =
                    told(&decided.judged, RESOURCES_MAX, resource, |resource| resource.address.len());
                (decision.findings, decision.findings_left_off) =
                    told(&decided.findings, FINDINGS_MAX, |told| hidden.finding(told), |finding| finding.message.len());
            }
            Answer::Query(answer) => decision.query = Some(self.query(&entry.body, answer, &hidden)),
        }
        Event::Decision(Box::new(decision))
    }

    /// What is told of a body, and the texts that masks hide; none when nobody can say which.
    fn request<'d>(&mut self, body: &'d RequestBody) -> (Request<'d>, Option<BTreeSet<String>>) {
        let bytes = (*body.bytes).as_ref();
        let mut request = without_body(body);
        if !self.bodies.keep {
            request.withheld = Some(Cow::Borrowed("bodies are not kept"));
        } else if bytes.len() > self.bodies.body_bytes_max {
            request.withheld = Some(Cow::Borrowed("the body is longer than is kept"));
        }
        let masks: Vec<&Mask> = self.masks.iter().chain(&body.masks).filter(|mask| !is_of_result(body, mask)).collect();
        let Ok(masked) = mask::apply(self.arena, bytes, &masks, &body.scrubber) else {
            request.withheld.get_or_insert(Cow::Borrowed("the body cannot be read, so that it cannot be masked"));
            return (request, None);
        };
        if request.withheld.is_none() {
            request.body = match &masked.text {
                Some(text) => self.keep(text.as_bytes(), Digest::of(text.as_bytes())),
                None => self.keep(bytes, request.digest),
            };
            (request.masked, request.erased) = (masked.masked, masked.erased);
        }
        (request, Some(masked.hidden))
    }

    fn query<'d>(&mut self, body: &RequestBody, answer: &'d QueryAnswer, hidden: &Hidden) -> Query<'d> {
        let mut query = Query {
            path: name(&answer.path),
            ad_hoc: answer.ad_hoc,
            strict_builtin_errors: answer.strict_builtin_errors,
            error: answer.error.as_ref().map(|error| self.query_error(body, error, answer.dropped, hidden)),
            digest: None,
            body: None,
            masked: Vec::new(),
            dropped: answer.dropped,
        };
        let Some(result) = answer.result.as_deref() else { return query };
        query.digest = Some(Digest::of(result.as_bytes()));
        if answer.dropped || !self.bodies.keep || result.len() > self.bodies.body_bytes_max {
            return query;
        }
        // Masks name a result as the part `result` of what is logged.
        let of_result = self.masks.iter().chain(&body.masks).filter(|mask| is_of_result(body, mask));
        let masks: Vec<Mask> = of_result
            .map(|mask| Mask {
                path: mask.path.iter().skip(1).cloned().collect(),
                replacement: mask.replacement.clone(),
            })
            .collect();
        if masks.iter().any(|mask| mask.path.is_empty()) {
            query.masked.push(String::new());
            return query;
        }
        let masks: Vec<&Mask> = masks.iter().collect();
        if let Ok(masked) = mask::apply(self.arena, result.as_bytes(), &masks, &body.scrubber) {
            let text = masked.text.as_deref().unwrap_or(result);
            query.body = self.keep(text.as_bytes(), Digest::of(text.as_bytes()));
            query.masked = masked.masked;
            query.masked.extend(masked.erased);
        }
        query
    }

    /// A message is no document with parts that could be taken out: it is told where nothing is to be taken out at all.
    fn query_error<'d>(
        &self,
        body: &RequestBody,
        error: &'d decision::QueryError,
        dropped: bool,
        hidden: &Hidden,
    ) -> QueryError<'d> {
        let is_told = !dropped && self.bodies.keep && self.masks.is_empty() && body.masks.is_empty();
        let message = hidden.scrubbed(&error.message).filter(|_| is_told).map(|message| match message {
            Cow::Borrowed(message) => match body.scrubber.scrub(message) {
                Cow::Borrowed(message) => cut(message, MESSAGE_BYTES_MAX),
                Cow::Owned(message) => Cow::Owned(cut(&message, MESSAGE_BYTES_MAX).into_owned()),
            },
            Cow::Owned(message) => Cow::Owned(cut(&body.scrubber.scrub(&message), MESSAGE_BYTES_MAX).into_owned()),
        });
        QueryError { code: name(&error.code), message }
    }

    fn host(&mut self, entry: &DecisionEntry, keeps_bodies: bool) -> Host {
        let asked = &entry.asked;
        let exchanges = (!asked.exchanges.is_empty()).then(|| {
            let keeps = keeps_bodies && self.bodies.keep;
            let json = keeps.then(|| exchange::to_json(&asked.exchanges, &entry.body.scrubber)).flatten();
            let body = json.and_then(|json| self.keep(json.as_bytes(), Digest::of(json.as_bytes())));
            Exchanges { count: asked.exchanges.len(), body }
        });
        Host { now_ns: asked.now_ns, seed: asked.seed.map(Digest), environment: asked.environment, exchanges }
    }

    fn keep(&mut self, body: &[u8], digest: Digest) -> Option<BodyReference> {
        self.pack.add(self.recent, body, digest)
    }
}

/// A request of which nothing but its digest is told.
fn without_body(body: &RequestBody) -> Request<'_> {
    Request {
        digest: Digest::of((*body.bytes).as_ref()),
        format: Cow::Borrowed(body.format.as_str()),
        body: None,
        withheld: None,
        masked: Vec::new(),
        erased: Vec::new(),
    }
}

/// A request that the decision log's policy dropped.
fn dropped(body: &RequestBody) -> Request<'_> {
    Request { withheld: Some(Cow::Borrowed("the decision log's policy dropped it")), ..without_body(body) }
}

/// Whether a mask is about the result of a query and not about its input.
fn is_of_result(body: &RequestBody, mask: &Mask) -> bool {
    body.format == BodyFormat::OpaInput && mask.path.first().is_some_and(|token| token == "result")
}

/// The event of a new policy set.
pub(crate) fn policy_set(entry: &PolicySetEntry) -> Event<'_> {
    Event::PolicySet(PolicySet {
        revisions: revisions(&entry.revisions),
        policies: entry.policies,
        cause: name(&entry.cause),
    })
}

fn revisions(revisions: &decision::Revisions) -> Revisions<'_> {
    Revisions {
        policies: name(&revisions.policies),
        data: name(&revisions.data),
        inventory: revisions.inventory.as_deref().map(name),
    }
}

fn resource(judged: &Judged) -> Resource<'_> {
    let identity = judged.resource.as_deref();
    let of = |field: fn(&ResourceIdentity) -> &str| identity.map(field).filter(|text| !text.is_empty()).map(name);
    Resource {
        address: address(identity, &judged.place),
        kind: of(|identity| &identity.kind),
        class: of(|identity| identity.class),
        action: of(|identity| identity.action),
        namespace: identity.and_then(|identity| identity.namespace.as_deref()).map(name),
        verdict: Cow::Borrowed(judged.verdict.as_str()),
    }
}

/// Whether an answer says anything that may quote the body.
fn tells(answer: &Answer) -> bool {
    match answer {
        Answer::Decision(decided) => !decided.findings.is_empty(),
        Answer::Query(answer) => answer.error.is_some(),
    }
}

/// What masks hid in a body, and findings about it must not tell.
enum Hidden {
    Texts(Scrubber),
    /// Nobody can say what, or it is so much that looking for it would take too long.
    Anything,
}

impl Hidden {
    /// `is_asked` is whether anything is going to be told.
    fn new(texts: Option<BTreeSet<String>>, is_asked: bool) -> Self {
        /// Each message is searched for each of them.
        const TEXTS_MAX: usize = 1_024;
        match texts {
            _ if !is_asked => Self::Texts(Scrubber::default()),
            Some(texts) if texts.len() <= TEXTS_MAX => Self::Texts(Scrubber::new(texts)),
            _ => Self::Anything,
        }
    }

    /// A text without what is hidden, before it is cut, because what is cut in two is not found; none when it cannot be told.
    fn scrubbed<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        match self {
            Self::Texts(scrubber) => Some(scrubber.scrub(text)),
            Self::Anything => None,
        }
    }

    fn finding<'d>(&self, finding: &'d decision::Finding) -> Finding<'d> {
        let pointer = finding.place.pointer.to_string();
        let pointer = self.scrubbed(&pointer).map(Cow::into_owned).unwrap_or_default();
        let message = match self.scrubbed(&finding.message) {
            Some(Cow::Borrowed(message)) => cut(message, MESSAGE_BYTES_MAX),
            Some(Cow::Owned(message)) => Cow::Owned(cut(&message, MESSAGE_BYTES_MAX).into_owned()),
            None => Cow::Borrowed("withheld: it may tell what is masked in the body"),
        };
        Finding {
            policy: name(finding.id()),
            kind: Cow::Borrowed(finding.kind.as_str()),
            verdict: Cow::Borrowed(finding.verdict.as_str()),
            severity: Cow::Borrowed(finding.severity.as_str()),
            mode: Cow::Borrowed(finding.mode.as_str()),
            possible: finding.certainty == Certainty::Possible,
            resource: address(finding.resource.as_deref(), &finding.place),
            pointer,
            message,
        }
    }
}

/// What names a resource, or a document by its place.
pub fn address<'d>(resource: Option<&'d ResourceIdentity>, place: &'d Place) -> Cow<'d, str> {
    match resource {
        Some(resource) => name(&resource.address),
        None if place.document == 0 => name(&place.file),
        None => Cow::Owned(format!("{}#{}", name(&place.file), place.document + 1)),
    }
}

fn name(text: &str) -> Cow<'_, str> {
    cut(text, NAME_BYTES_MAX)
}

/// The text, or its start and `…` where it is too long.
fn cut(text: &str, bytes_max: usize) -> Cow<'_, str> {
    if text.len() <= bytes_max {
        return Cow::Borrowed(text);
    }
    let end = (0..=bytes_max).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
    Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default()))
}

/// As many of the items as there is room for, and how many are left off. `length` is what an item has that may be long.
fn told<'d, T, S>(items: &'d [T], most: usize, make: impl Fn(&'d T) -> S, length: fn(&S) -> usize) -> (Vec<S>, u64) {
    let mut bytes = 0_usize;
    let fits = |item: &S| {
        bytes = bytes.saturating_add(length(item));
        bytes <= TOLD_BYTES_MAX
    };
    let told: Vec<S> = items.iter().take(most).map(make).take_while(fits).collect();
    let left_off = u64::try_from(items.len() - told.len()).unwrap_or(u64::MAX);
    (told, left_off)
}
