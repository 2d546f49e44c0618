//! Deciding a recorded request again, by other policies, in the world that it was decided in.

use crate::evaluation_limits;
use crate::governance::{self, Governance};
use admission::Question;
use catalog::Recognised;
use decision::{
    AmendOptions, BodyFormat, Change, DecideOptions, Decision, Document, FindingKind, Input, Member, OnUnknown, Point,
    Scrubber, Subject, Verdict,
};
use kubernetes_types::admission::Review;
use record::{Entry, Query, Reader, ReplayingHost, StoredBody, StoredExchange};
use rego::syntax::parse_query;
use rego::{AskedQuery, DocumentPath, Environment, EvalErrorKind, Evaluator};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use value::json::{self, ParseLimits};
use value::{Arena, Diagnostic, Source, Value};

/// What a request comes to under the other policies.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Policies judged it.
    Judged(BTreeMap<Judged, Judgement>),
    /// A document was queried, or more.
    Queried(Queried),
}

/// What a caller of the OPA API would be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Queried {
    Undefined,
    /// As JSON.
    Result(String),
    /// OPA's code of the error that kept it from having an answer.
    Failed(String),
}

/// What was judged: its address and what was to be done to it.
pub(crate) type Judged = (String, String);

/// What it came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) verdict: String,
    /// What the policies said, where they said something.
    pub(crate) because: Option<String>,
}

/// Why a request cannot be decided again, in words that follow "because".
#[derive(Debug)]
pub(crate) struct CannotTell(pub(crate) String);

impl CannotTell {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// Decides the request of an entry again.
pub(crate) fn decide_again(
    governance: &Governance,
    reader: &Reader,
    entry: &Entry,
    decision: &record::Decision<'_>,
) -> Result<Outcome, CannotTell> {
    let arena = Arena::new();
    let body = body(&arena, reader, decision)?;
    let entry_ns = i64::try_from(entry.time.as_nanosecond()).unwrap_or_default();
    let host = ReplayingHost::new(&decision.host, entry_ns, exchanges(reader, decision)?);
    let asked_by = subject(decision);
    let format = BodyFormat::parse(&decision.request.format);
    let outcome = match (&decision.query, format) {
        (Some(query), _) => Outcome::Queried(queried(governance, &arena, body, query, is_masked(decision), &host)?),
        (None, Some(BodyFormat::Documents)) => {
            let documents = documents(body)?;
            let changes = changes_of_documents(&arena, governance, &documents)?;
            judged(governance, &documents, &changes, decision, &host)?
        }
        (None, Some(BodyFormat::AdmissionReview)) => {
            let review = Review::read(body).map_err(|error| CannotTell(error.to_string()))?;
            let settings = &governance.repository.configuration.settings;
            let question = Question::of_record(&arena, review, settings, &governance.policies)
                .map_err(|error| CannotTell(error.to_string()))?;
            match is_a_change(decision) {
                true => changed(governance, &arena, &question, decision, &asked_by, &host)?,
                false => judged(governance, &[], std::slice::from_ref(&question.change), decision, &host)?,
            }
        }
        (None, Some(BodyFormat::Request)) => {
            let settings = &governance.repository.configuration.settings;
            let (documents, changes) = decide_api::read_recorded(&arena, body, settings)
                .map_err(|refusal| CannotTell(refusal.message.into_owned()))?;
            judged(governance, &documents, &changes, decision, &host)?
        }
        (None, _) => {
            let reason =
                format!("its body has the format `{}`, which this command does not read", decision.request.format);
            return Err(CannotTell(reason));
        }
    };
    match host.into_missing().as_slice() {
        [] => Ok(outcome),
        missing => {
            Err(CannotTell(format!("the policies ask for {}, and the record does not hold it", missing.join("; "))))
        }
    }
}

/// Why a masked part keeps an answer back.
pub(crate) const MASKED: &str = "the answer hangs on what is masked in the record";

/// Whether a part of the body is not what it was.
pub(crate) fn is_masked(decision: &record::Decision<'_>) -> bool {
    !decision.request.masked.is_empty() || !decision.request.erased.is_empty()
}

/// The request with Unknown in place of what was masked.
fn body<'a>(arena: &'a Arena, reader: &Reader, decision: &record::Decision<'_>) -> Result<Value<'a>, CannotTell> {
    let Some(reference) = &decision.request.body else {
        let reason = decision.request.withheld.as_deref().unwrap_or("its body was not kept");
        return Err(CannotTell::new(reason));
    };
    let bytes = kept(reader, reference)?;
    let body = json::parse(arena, &bytes, &ParseLimits::default())
        .map_err(|error| CannotTell(format!("its body is no JSON: {error}")))?;
    Ok(record::with_unknowns(arena, body, &decision.request.masked, &decision.request.erased))
}

fn kept(reader: &Reader, reference: &record::BodyReference) -> Result<Vec<u8>, CannotTell> {
    match reader.body(reference) {
        Ok(StoredBody::Kept(bytes)) => Ok(bytes),
        Ok(StoredBody::Gone) => Err(CannotTell::new("its body is gone")),
        Ok(StoredBody::Wrong) => Err(CannotTell::new("its body is not what its digest says")),
        Err(error) => Err(CannotTell(error.to_string())),
    }
}

fn exchanges(reader: &Reader, decision: &record::Decision<'_>) -> Result<Vec<StoredExchange>, CannotTell> {
    let Some(reference) = decision.host.exchanges.and_then(|exchanges| exchanges.body) else { return Ok(Vec::new()) };
    serde_json::from_slice(&kept(reader, &reference)?)
        .map_err(|error| CannotTell(format!("what it asked of the network cannot be read: {error}")))
}

fn documents(body: Value<'_>) -> Result<Vec<Document<'_>>, CannotTell> {
    let items = body.as_array().ok_or_else(|| CannotTell::new("its body is no array of documents"))?;
    Ok(items
        .iter()
        .filter_map(|item| {
            let index = item.get_str("index").and_then(Value::as_i64).and_then(|index| usize::try_from(index).ok());
            Some(Document {
                file: item.get_str("file")?.as_str()?,
                index: index.unwrap_or_default(),
                root: item.get_str("document")?,
            })
        })
        .collect())
}

fn changes_of_documents<'a>(
    arena: &'a Arena,
    governance: &Governance,
    documents: &[Document<'a>],
) -> Result<Vec<Change<'a>>, CannotTell> {
    let settings = &governance.repository.configuration.settings;
    let roots: Vec<Value<'a>> = documents.iter().map(|document| document.root).collect();
    let mut changes = Vec::new();
    let mut manifests = Change::default();
    for (document, recognised) in documents.iter().zip(catalog::recognise_all(arena, &roots, settings)) {
        let change = match recognised {
            Ok(Recognised::Change(change)) => change,
            Ok(Recognised::Unrecognised) => continue,
            Err(error) => return Err(CannotTell(format!("`{}`: {error}", document.file))),
        };
        let (file, index) = (document.file, document.index);
        let members = change.resources.into_iter().map(|resource| Member { file, document: index, resource });
        if change.source == catalog::Source::Kubernetes {
            manifests.members.extend(members);
        } else {
            changes.push(Change { members: members.collect(), ..Change::default() });
        }
    }
    if !manifests.members.is_empty() {
        changes.push(manifests);
    }
    Ok(changes)
}

/// Whether it was the webhook that changes objects that was asked.
fn is_a_change(decision: &record::Decision<'_>) -> bool {
    let patch = FindingKind::Patch.as_str();
    !decision.findings.is_empty() && decision.findings.iter().all(|finding| finding.kind == patch)
}

/// What the policies would make of the object of a review.
fn changed<'a>(
    governance: &'a Governance,
    arena: &'a Arena,
    question: &Question<'a>,
    decision: &record::Decision<'_>,
    subject: &'a Subject,
    host: &'a ReplayingHost,
) -> Result<Outcome, CannotTell> {
    let Some(object) = question.review.object else { return Err(CannotTell::new("it has no object to change")) };
    let options = AmendOptions { point: point(decision)?, subject, host };
    let settings = &governance.repository.configuration.settings;
    let describe = |object: Value<'a>| question.with_object(arena, object, settings).map_err(|error| error.to_string());
    let mutation =
        admission::mutate(&governance.policies, arena, object.value(), describe, &Scrubber::default(), &options);
    match mutation {
        Ok(mutation) => Ok(outcome(&mutation.decision)),
        Err(error) => Err(CannotTell(error.to_string())),
    }
}

fn subject(decision: &record::Decision<'_>) -> Subject {
    Subject {
        id: decision.subject.id.as_deref().map(str::to_owned),
        groups: decision.subject.groups.to_vec(),
        verified_by: decision.subject.verified_by.to_string(),
    }
}

fn point(decision: &record::Decision<'_>) -> Result<Point, CannotTell> {
    Point::parse(&decision.point)
        .ok_or_else(|| CannotTell(format!("`{}` is no point that this version knows", decision.point)))
}

fn judged(
    governance: &Governance,
    documents: &[Document<'_>],
    changes: &[Change<'_>],
    decision: &record::Decision<'_>,
    host: &ReplayingHost,
) -> Result<Outcome, CannotTell> {
    let (point, subject) = (point(decision)?, subject(decision));
    let options = DecideOptions {
        point,
        on_unknown: governance.repository.configuration.on_unknown.unwrap_or(OnUnknown::default_at(point)),
        subject: &subject,
        scrubber: &Scrubber::default(),
        host,
        // One thread asks in the same order each time.
        threads: NonZeroUsize::MIN,
        progress: None,
    };
    Ok(outcome(&decision::decide(&governance.policies, documents, changes, &options)))
}

/// What a decision came to, resource by resource.
fn outcome(decided: &Decision) -> Outcome {
    let mut outcome: BTreeMap<Judged, (Verdict, Option<String>)> = BTreeMap::new();
    for judged in &decided.judged {
        let address = record::address(judged.resource.as_deref(), &judged.place).into_owned();
        let action = judged.resource.as_deref().map(|resource| resource.action.to_owned()).unwrap_or_default();
        let same = outcome.entry((address, action)).or_insert((Verdict::Allow, None));
        same.0 = same.0.max(judged.verdict);
    }
    for finding in &decided.findings {
        let address = record::address(finding.resource.as_deref(), &finding.place).into_owned();
        let action = finding.resource.as_deref().map(|resource| resource.action.to_owned()).unwrap_or_default();
        if let Some((verdict, because)) = outcome.get_mut(&(address, action))
            && *verdict == finding.verdict
        {
            because.get_or_insert_with(|| format!("{} {}", finding.id(), finding.message));
        }
    }
    let judgement = |(judged, (verdict, because)): (Judged, (Verdict, _))| {
        (judged, Judgement { verdict: verdict.to_string(), because })
    };
    Outcome::Judged(outcome.into_iter().map(judgement).collect())
}

fn queried(
    governance: &Governance,
    arena: &Arena,
    body: Value<'_>,
    query: &Query<'_>,
    unknowns: bool,
    host: &ReplayingHost,
) -> Result<Queried, CannotTell> {
    if query.error.as_ref().is_some_and(|error| error.code == EvalErrorKind::Late.code()) {
        return Err(CannotTell::new("its evaluation was cut off by time"));
    }
    let Some(program) = &governance.program else {
        // A query need not ask for any document.
        let undefined = (!query.ad_hoc).then_some(Queried::Undefined);
        return undefined.ok_or_else(|| CannotTell::new("an ad-hoc query needs policies in Rego beside it"));
    };
    let body = arena.copy(body);
    let environment = Environment {
        arena,
        data: governance.policies.data(),
        input: body.get_str("input"),
        host,
        strict_builtin_errors: query.strict_builtin_errors,
        unknowns,
    };
    let limits = evaluation_limits::limits(&governance.repository.configuration.limits.evaluation);
    let mut evaluator = Evaluator::new(limits);
    let answer = if query.ad_hoc {
        let text = body.get_str("query").and_then(Value::as_str);
        let text = text.ok_or_else(|| CannotTell::new("its query was not kept"))?;
        if unknowns {
            return Err(CannotTell::new(MASKED));
        }
        let refused = |mistakes: &[Diagnostic]| {
            let first = mistakes.first().map(|mistake| mistake.message.clone()).unwrap_or_default();
            CannotTell(format!("its query does not compile beside these policies: {first}"))
        };
        let dialect = governance::dialect(&governance.repository.configuration);
        let (parsed, mistakes) = parse_query(&Source::new("", text), dialect);
        if !mistakes.is_empty() {
            return Err(refused(&mistakes));
        }
        let asked = AskedQuery::prepare(program, &parsed).map_err(|mistakes| refused(&mistakes))?;
        evaluator.query(program, &asked.prepared, &environment).map(|solutions| {
            let bindings: Vec<_> = solutions.iter().map(|solution| asked.answer(solution).to_object(arena)).collect();
            (!bindings.is_empty()).then(|| json::to_string(arena.array(&bindings)))
        })
    } else {
        let path = query.path.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let path = DocumentPath::new(path);
        let answer = evaluator.evaluate(program, &path, &environment);
        let is_open = answer.as_ref().is_ok_and(|answer| {
            answer.possible.is_some_and(|possible| possible.iter().next().is_some())
                || answer.value.is_some_and(|value| value.find_unknown().is_some())
        });
        if is_open {
            return Err(CannotTell::new(MASKED));
        }
        answer.map(|answer| opa_api::shown_to_callers(arena, &path, answer.value).map(json::to_string))
    };
    match answer {
        Ok(None) => Ok(Queried::Undefined),
        Ok(Some(result)) => Ok(Queried::Result(result)),
        // Whether it would fail may hang on what is masked, and on how busy this machine is.
        Err(error) if unknowns || matches!(error.kind(), EvalErrorKind::Late) => {
            Err(CannotTell(format!("the policies fail: {}", error.kind())))
        }
        Err(error) => Ok(Queried::Failed(error.code().to_owned())),
    }
}

/// Whether policies over documents judge, so that documents are among what is judged.
pub(crate) fn judges_documents(governance: &Governance) -> bool {
    governance.policies.metadata().any(|metadata| metadata.input == Input::Document)
}
