//! From requests to a decision.

use crate::decision::{Decision, Judged, ResourceIdentity};
use crate::finding::{Certainty, Finding, FindingKind, Place};
use crate::kept::Kept;
use crate::metadata::PolicyMetadata;
use crate::mode::Mode;
use crate::point::Point;
use crate::policy::{Complaint, Effect, Outcome, PolicyError, Scratch, Session};
use crate::policy_set::{Entry, PolicySet};
use crate::reads::Reads;
use crate::request::{Change, Common, Document, Member, Request, Subject, Target, pointer_in_document};
use crate::scrubber::Scrubber;
use crate::verdict::{OnUnknown, Verdict};
use catalog::Action;
use host::Host;
use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use value::{Arena, Pointer, Value};

/// How to decide.
#[derive(Clone, Copy)]
pub struct DecideOptions<'o> {
    /// Where the decision is enforced.
    pub point: Point,
    /// What an unknown answer means for the whole.
    pub on_unknown: OnUnknown,
    /// Who asks.
    pub subject: &'o Subject,
    /// What must not leave.
    pub scrubber: &'o Scrubber,
    /// The world, as far as policies may see it.
    pub host: &'o dyn Host,
    /// How many threads may work on it.
    pub threads: NonZeroUsize,
    /// Told how many resources and documents are judged, and of how many, now and then and from any thread.
    pub progress: Option<&'o (dyn Fn(usize, usize) + Sync)>,
}

/// One thing to judge, and what policies see of it.
enum Question<'a> {
    Document(&'a Document<'a>),
    Resource { member: &'a Member<'a>, input: Value<'a>, unknowns: bool, kept: Option<&'a Kept> },
}

/// What judging some of the questions gave, in their order.
#[derive(Default)]
struct Answers {
    judged: Vec<Judged>,
    findings: Vec<Finding>,
    evaluations: usize,
}

/// Fewer questions than this are answered before a second thread has started.
const QUESTIONS_PER_THREAD_MIN: usize = 16;

/// As much as the main thread has, because policies nest as deeply on any thread.
const STACK_BYTES: usize = 8 << 20;

/// Asks the policies of `set` that apply about each of `documents` and about each governed resource of `changes`.
pub fn decide(
    set: &PolicySet,
    documents: &[Document<'_>],
    changes: &[Change<'_>],
    options: &DecideOptions<'_>,
) -> Decision {
    let OfThread { arena, own } = OfThread::take();
    let decision = decide_in(&arena, own, set, documents, changes, options);
    let (decision, own) = decision;
    OfThread { arena, own }.give_back();
    decision
}

/// What a thread keeps from one decision to the next: what was allocated, and what policies keep, such as patterns that were compiled.
#[derive(Default)]
struct OfThread {
    /// For what policies are asked.
    arena: Arena,
    own: Own,
}

/// What evaluating needs besides.
#[derive(Default)]
struct Own {
    arena: Arena,
    scratch: Scratch,
    candidates: Vec<u32>,
}

/// A thread gives back what is longer than this: one large request should not be remembered for good.
const KEPT_BYTES_MAX: usize = 1 << 20;

impl OfThread {
    /// What this thread has kept. Nothing while it decides something else, such as for a policy that asks for a decision.
    fn take() -> Self {
        KEPT.take()
    }

    fn give_back(mut self) {
        for arena in [&mut self.arena, &mut self.own.arena] {
            match arena.allocated_bytes() <= KEPT_BYTES_MAX {
                true => arena.reset(),
                false => *arena = Arena::new(),
            }
        }
        KEPT.set(self);
    }
}

thread_local! {
    static KEPT: RefCell<OfThread> = RefCell::default();
}

fn decide_in<'a>(
    arena: &'a Arena,
    own: Own,
    set: &PolicySet,
    documents: &'a [Document<'a>],
    changes: &'a [Change<'a>],
    options: &DecideOptions<'_>,
) -> (Decision, Own) {
    let subject = options.subject.value(arena);
    let kept: Vec<Kept> = changes.iter().map(|_| Kept::default()).collect();
    let mut questions: Vec<Question<'_>> = Vec::new();
    // Documents that no policy is about are not worth a line in a report.
    if set.over_documents().next().is_some() {
        questions.extend(documents.iter().map(Question::Document));
    }
    for (change, kept) in changes.iter().zip(&kept) {
        let targets = change.members.iter().map(|member| Target::of(&member.resource));
        let reads = targets.fold(Reads::NOTHING, |reads, target| reads.and(set.reads(&target)));
        let common = Common::of(arena, options.point, subject, change, reads);
        // Every request of a change shows all of its resources, so what is unknown in one is unknown in all.
        let in_resources = || {
            change.members.iter().any(|Member { resource, .. }| {
                let in_object = || !change.context.whole && resource.object.find_unknown().is_some();
                resource.value.find_unknown().is_some() || in_object()
            })
        };
        let unknowns = set.data_may_be_unknown() || change.context.namespace.find_unknown().is_some() || in_resources();
        let judged = |member: &&Member<'_>| member.resource.governed || set.may_judge_ungoverned();
        // Keeping costs something, which only a second question gives back.
        let kept = change.members.iter().filter(judged).nth(1).map(|_| kept);
        for member in change.members.iter().filter(judged) {
            let input = common.input(arena, &member.resource);
            questions.push(Question::Resource { member, input, unknowns, kept });
        }
    }
    let (answers, own) = answer_all(set, &questions, options, own);
    let verdict = answers.judged.iter().map(|judged| judged.verdict).max().unwrap_or_default();
    let refused = verdict == Verdict::Unknown && options.on_unknown == OnUnknown::Deny;
    let decision = Decision {
        point: options.point,
        verdict: if refused { Verdict::Deny } else { verdict },
        findings: answers.findings,
        judged: answers.judged,
        policies: set.listed(),
        evaluations: answers.evaluations,
    };
    (decision, own)
}

fn answer_all(set: &PolicySet, questions: &[Question<'_>], options: &DecideOptions<'_>, own: Own) -> (Answers, Own) {
    let done = AtomicUsize::new(0);
    let answer = |share: &[Question<'_>], own| {
        let mut worker = Worker { set, options, own, answers: Answers::default() };
        for question in share {
            worker.answer(question);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if let Some(progress) = options.progress {
                progress(done, questions.len());
            }
        }
        (worker.answers, worker.own)
    };
    let threads = options.threads.get().min(questions.len() / QUESTIONS_PER_THREAD_MIN);
    if threads < 2 {
        return answer(questions, own);
    }
    let all = std::thread::scope(|scope| {
        let shares = questions.chunks(questions.len().div_ceil(threads));
        let started: Vec<_> = shares
            .map(|share| {
                let answer = &answer;
                (
                    share,
                    std::thread::Builder::new()
                        .stack_size(STACK_BYTES)
                        .spawn_scoped(scope, move || answer(share, Own::default()).0),
                )
            })
            .collect();
        let mut all = Answers::default();
        for (share, thread) in started {
            let answers = match thread.map(std::thread::ScopedJoinHandle::join) {
                Ok(Ok(answers)) => answers,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                // The system has no thread to give: this one does the work.
                Err(_) => answer(share, Own::default()).0,
            };
            all.judged.extend(answers.judged);
            all.findings.extend(answers.findings);
            all.evaluations += answers.evaluations;
        }
        all
    });
    (all, own)
}

/// One thread's state.
struct Worker<'w> {
    set: &'w PolicySet,
    options: &'w DecideOptions<'w>,
    own: Own,
    answers: Answers,
}

/// What a finding needs to know about what it is about.
struct About<'a> {
    resource: Option<Arc<ResourceIdentity>>,
    action: Option<Action>,
    file: &'a str,
    document: usize,
    pointer: &'a Pointer,
    governed: bool,
}

impl Worker<'_> {
    fn answer(&mut self, question: &Question<'_>) {
        let set = self.set;
        match question {
            Question::Document(document) => {
                // A document has none, unless it comes from a record that masked a part of it.
                let unknowns = set.data_may_be_unknown() || document.root.find_unknown().is_some();
                let request = Request { point: self.options.point, target: None, input: document.root, unknowns };
                let root = Pointer::root();
                let about = About {
                    resource: None,
                    action: None,
                    file: document.file,
                    document: document.index,
                    pointer: &root,
                    governed: true,
                };
                self.ask(set.over_documents(), &request, None, &about);
            }
            Question::Resource { member, input, unknowns, kept } => {
                let resource = &member.resource;
                let target = Target::of(resource);
                let request =
                    Request { point: self.options.point, target: Some(target), input: *input, unknowns: *unknowns };
                let about = About {
                    resource: Some(Arc::new(ResourceIdentity::of(resource, self.options.scrubber))),
                    action: Some(resource.action),
                    file: member.file,
                    document: member.document,
                    pointer: &resource.pointer,
                    governed: resource.governed,
                };
                let mut candidates = std::mem::take(&mut self.own.candidates);
                self.ask(set.over(&target, &mut candidates), &request, *kept, &about);
                self.own.candidates = candidates;
            }
        }
    }

    fn ask<'s>(
        &mut self,
        policies: impl Iterator<Item = &'s Entry>,
        request: &Request<'_>,
        change: Option<&Kept>,
        about: &About<'_>,
    ) {
        let kept = Kept::default();
        let first = self.answers.findings.len();
        let mut asked = 0;
        for entry in policies {
            asked += 1;
            let outcome = {
                let session = Session::new(self.set.data(), self.options.host, &self.own.arena, &mut self.own.scratch);
                let mut session = session.keeping(change, &kept);
                entry.policy.evaluate(request, &mut session)
            };
            match outcome {
                Ok(Outcome { complaints }) => {
                    for complaint in complaints {
                        let finding = self.finding(&entry.metadata, complaint, about);
                        self.answers.findings.push(finding);
                    }
                }
                Err(error) => {
                    let finding = self.failure(&entry.metadata, &error, about);
                    self.answers.findings.push(finding);
                }
            }
            self.own.arena.reset();
        }
        self.answers.evaluations += asked;
        // An object that nothing governs is worth a line in a report only where a policy is about it.
        if asked == 0 && !about.governed {
            return;
        }
        let findings = self.answers.findings.get_mut(first..).unwrap_or_default();
        // Stable, so that a policy's findings keep its order.
        findings.sort_by(|a, b| b.verdict.cmp(&a.verdict).then(b.severity.cmp(&a.severity)));
        let verdict = findings.iter().map(|finding| finding.verdict).max().unwrap_or_default();
        self.answers.judged.push(Judged {
            resource: about.resource.clone(),
            place: Place::new(about.file, about.document, about.pointer.clone()),
            verdict,
            policies: asked,
        });
    }

    fn finding(&self, policy: &Arc<PolicyMetadata>, complaint: Complaint, about: &About<'_>) -> Finding {
        let scrubber = self.options.scrubber;
        let message = scrubber.scrub(&message(policy, &complaint)).into_owned();
        let (kind, said) = match complaint.effect {
            Effect::Deny if complaint.certainty == Certainty::Possible => (FindingKind::Deny, Verdict::Unknown),
            Effect::Deny => (FindingKind::Deny, Verdict::Deny),
            Effect::Warn => (FindingKind::Warn, Verdict::Warn),
        };
        let mode = policy.modes.at(self.options.point);
        let pointer = match about.resource {
            Some(_) => pointer_in_document(about.pointer, complaint.pointer.as_ref()),
            None => complaint.pointer.unwrap_or_default(),
        };
        Finding {
            policy: Arc::clone(policy),
            kind,
            certainty: complaint.certainty,
            mode,
            verdict: weigh(said, mode, about.action, self.options.point),
            severity: complaint.severity.unwrap_or(policy.severity),
            message,
            resource: about.resource.clone(),
            place: Place::new(about.file, about.document, pointer),
            details: complaint.details.map(|details| self.details(details.root())).unwrap_or_default(),
            remediation: scrubbed(scrubber, complaint.remediation.or_else(|| policy.remediation.clone())),
            documentation: scrubbed(scrubber, complaint.documentation.or_else(|| policy.documentation.clone())),
        }
    }

    fn failure(&self, policy: &Arc<PolicyMetadata>, error: &PolicyError, about: &About<'_>) -> Finding {
        let place = error.place.as_ref().unwrap_or(&policy.place);
        let message = format!("the policy failed at {place}: {}", error.message);
        let said = if self.options.point.is_blocking() { Verdict::Deny } else { Verdict::Unknown };
        let mode = policy.modes.at(self.options.point);
        Finding {
            policy: Arc::clone(policy),
            kind: FindingKind::Failure,
            certainty: Certainty::Certain,
            mode,
            verdict: weigh(said, mode, about.action, self.options.point),
            severity: policy.severity,
            message: self.options.scrubber.scrub(&message).into_owned(),
            resource: about.resource.clone(),
            place: Place::new(about.file, about.document, about.pointer.clone()),
            details: Vec::new(),
            remediation: Some("correct the policy, or raise the limit that it reached".to_owned()),
            documentation: None,
        }
    }

    fn details(&self, details: Value<'_>) -> Vec<(String, String)> {
        let arena = Arena::new();
        let details = self.options.scrubber.scrub_value(&arena, details);
        let entries = details.as_object().into_iter().flat_map(|object| object.iter());
        entries
            .map(|(key, value)| {
                (key.as_str().map_or_else(|| key.to_string(), str::to_owned), value::json::to_string(value))
            })
            .collect()
    }
}

/// What a saying comes to under a mode, for what is done to the resource.
///
/// A plan that leaves a resource as it is asks for nothing that could be refused, so what is wrong with it is a warning.
/// An audit looks at nothing else than what is there, so it is exempt from that.
fn weigh(said: Verdict, mode: Mode, action: Option<Action>, point: Point) -> Verdict {
    let most = match mode {
        Mode::Enforce => Verdict::Deny,
        Mode::Warn => Verdict::Warn,
        Mode::Audit => Verdict::Allow,
    };
    let unchanged = action == Some(Action::None) && point != Point::Audit;
    said.min(most).min(if unchanged { Verdict::Warn } else { Verdict::Deny })
}

/// The words of a finding. Where something unknown decides, that is the news: what the policy would say may prove untrue.
fn message(policy: &PolicyMetadata, complaint: &Complaint) -> String {
    match (complaint.certainty, &complaint.message, &complaint.unknown) {
        (Certainty::Possible, _, Some(unknown)) => unknown.clone(),
        (_, Some(message), _) => message.clone(),
        (Certainty::Certain, None, Some(unknown)) => format!("{}: {unknown}", policy.name()),
        (_, None, None) => policy.name().to_owned(),
    }
}

fn scrubbed(scrubber: &Scrubber, text: Option<String>) -> Option<String> {
    text.map(|mut text| {
        scrubber.scrub_in_place(&mut text);
        text
    })
}
