//! Whether a caller may use a route: a Rego policy says so, `data.system.authz.allow`, and nothing else.

mod input;

pub(crate) use input::Question;

use arc_swap::ArcSwap;
use host::{Host, HostError};
use http::StatusCode;
use point::{Refusal, RouteClass};
use rego::syntax::ast::Dialect;
use rego::{CompileOptions, DocumentPath, Environment, Evaluator, Limits, Program};
use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use thiserror::Error;
use value::{Arena, Diagnostic, Frozen, Source, Value};

/// Evaluating whether a request is allowed must cost far less than answering it.
const LIMITS: Limits = Limits { steps_max: 1_000_000, memory_bytes_max: 64 << 20, depth_max: 1_000, ..Limits::DEFAULT };

/// The policy that holds where no other is named.
const DEFAULT_POLICY: &str = include_str!("default.rego");

/// What `server.access` gives to subjects: what they may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// Whether it is for everybody, verified or not.
    pub anyone: bool,
    /// Whether it is for callers on this machine, verified or not.
    pub local: bool,
    /// Patterns of subjects; `*` stops at `/`, `**` does not.
    pub subjects: Vec<String>,
    /// Patterns of groups.
    pub groups: Vec<String>,
    /// What must have verified them: `mtls`, `oidc`, `token`, `unix`; empty for anything.
    pub verified_by: Vec<String>,
    /// What they may do.
    pub may: Vec<RouteClass>,
    /// Patterns of paths; empty for all.
    pub paths: Vec<String>,
}

/// What decides about access.
#[derive(Debug)]
pub enum AuthorizationOptions {
    /// The policy that comes with the server. Without grants this machine may do everything; nobody else may do more than ask for
    /// health.
    Grants(Option<Vec<Grant>>),
    /// A policy of one's own: modules with a package `system.authz`, and the data that they see.
    Policy {
        /// Its modules.
        modules: Vec<Arc<Source>>,
        /// What they are written in.
        dialect: Dialect,
        /// Their data, an object.
        data: Frozen,
        /// Whether it sees the body, as `input.body` when that is JSON.
        sees_body: bool,
    },
}

impl Default for AuthorizationOptions {
    fn default() -> Self {
        Self::Grants(None)
    }
}

/// The policy about access cannot be used.
#[derive(Debug, Error)]
#[error("the policy about access to the server is wrong")]
pub struct AuthorizationError {
    /// What is wrong, by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// The policy about access, compiled.
#[derive(Debug)]
pub struct AuthorizationPolicy {
    program: Program,
    decision: DocumentPath,
    data: Frozen,
    sees_body: bool,
    /// Whether equal method, path, class, listener, identity and locality always give the same answer.
    stable: bool,
}

/// Decides whether callers may use routes.
#[derive(Debug)]
pub(crate) struct Authorization {
    compiled: ArcSwap<AuthorizationPolicy>,
    /// Changes with the policy.
    generation: AtomicU64,
}

/// What the policy is asked to look at a second time, when the body is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is allowed. `stable` answers may be given again for the same method, path, identity and locality.
    Allowed { stable: bool },
    /// The policy wants to see the body.
    NeedsBody,
}

thread_local! {
    static SCRATCH: RefCell<(Evaluator, Arena)> = RefCell::new((Evaluator::new(LIMITS), Arena::new()));
}

impl Authorization {
    pub(crate) fn new(options: AuthorizationOptions) -> Result<Self, AuthorizationError> {
        Ok(Self {
            compiled: ArcSwap::from_pointee(AuthorizationPolicy::compile(options)?),
            generation: AtomicU64::new(0),
        })
    }

    /// Puts another policy in place of the one that holds.
    pub(crate) fn replace(&self, policy: AuthorizationPolicy) {
        self.compiled.store(Arc::new(policy));
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// A number that changes with the policy. Read it before [`Self::decide`].
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Decides. A refusal says 401 to who showed no credential and 403 to who may not.
    pub(crate) fn decide(&self, question: &Question<'_>) -> Result<Verdict, Refusal> {
        let compiled = self.compiled.load();
        if compiled.sees_body && question.body.is_none() {
            return Ok(Verdict::NeedsBody);
        }
        SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut scratch) => {
                let (evaluator, arena) = &mut *scratch;
                let verdict = compiled.decide(question, evaluator, arena);
                arena.reset();
                verdict
            }
            // Nothing evaluates while evaluating; but if it did, it would not be a reason to let anybody in.
            Err(_) => compiled.decide(question, &mut Evaluator::new(LIMITS), &Arena::new()),
        })
    }
}

impl AuthorizationPolicy {
    /// Compiles it.
    ///
    /// # Errors
    /// What is wrong with its modules.
    pub fn compile(options: AuthorizationOptions) -> Result<Self, AuthorizationError> {
        let (sources, dialect, data, sees_body, stable) = match options {
            AuthorizationOptions::Grants(grants) => {
                let source = Source::new("system/authz.rego", DEFAULT_POLICY);
                (vec![source], Dialect::V1, grants_data(grants.as_deref()), false, true)
            }
            AuthorizationOptions::Policy { modules, dialect, data, sees_body } => {
                (modules, dialect, data, sees_body, false)
            }
        };
        let mut diagnostics = Vec::new();
        let mut modules = Vec::new();
        for source in &sources {
            let (module, mistakes) = rego::syntax::parse_module(source, dialect);
            modules.push(module);
            diagnostics.extend(mistakes);
        }
        if !diagnostics.is_empty() {
            return Err(AuthorizationError { diagnostics });
        }
        let program = rego::compile(modules, &CompileOptions::default())
            .map_err(|diagnostics| AuthorizationError { diagnostics })?;
        let names = ["system", "authz", "allow"].map(str::to_owned);
        Ok(Self { program, decision: DocumentPath::new(names.to_vec()), data, sees_body, stable })
    }

    fn decide(&self, question: &Question<'_>, evaluator: &mut Evaluator, arena: &Arena) -> Result<Verdict, Refusal> {
        let input = question.value(arena);
        let host = Clock;
        let environment = Environment {
            arena,
            data: self.data.root(),
            input: Some(input),
            host: &host,
            strict_builtin_errors: false,
            unknowns: false,
        };
        let answer = evaluator.evaluate(&self.program, &self.decision, &environment).map_err(|error| {
            tracing::error!(error = %error.kind(), "the policy about access failed, so the request is refused");
            Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "authorization_error",
                "the policy about access could not be evaluated",
            )
        })?;
        let (allowed, reason) = match answer.value {
            Some(Value::Bool(allowed)) => (*allowed, None),
            Some(object @ Value::Object(_)) => {
                (object.get_str("allowed") == Some(Value::TRUE), object.get_str("reason").and_then(Value::as_str))
            }
            _ => (false, None),
        };
        if allowed {
            return Ok(Verdict::Allowed { stable: self.stable });
        }
        let message = reason.map_or_else(
            || "the policy about access does not allow this".to_owned(),
            |reason| format!("the policy about access does not allow this: {reason}"),
        );
        Err(if question.identity.is_anonymous() {
            Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
                .help("show a client certificate or a bearer token that this server can verify")
        } else {
            Refusal::new(StatusCode::FORBIDDEN, "forbidden", message)
        })
    }
}

/// The data of the default policy: `access` is absent where nothing was granted, which is not the same as no grant.
fn grants_data(grants: Option<&[Grant]>) -> Frozen {
    let arena = Arena::new();
    let texts = |texts: &[String]| {
        let texts: Vec<_> = texts.iter().map(|text| arena.string(text)).collect();
        arena.array(&texts)
    };
    let data = grants.map_or(Value::EMPTY_OBJECT, |grants| {
        let grants: Vec<_> = grants
            .iter()
            .map(|grant| {
                let may: Vec<_> = grant.may.iter().map(|class| arena.borrowed(class.as_str())).collect();
                let mut fields = vec![
                    (arena.borrowed("anyone"), grant.anyone.into()),
                    (arena.borrowed("local"), grant.local.into()),
                    (arena.borrowed("subjects"), texts(&grant.subjects)),
                    (arena.borrowed("groups"), texts(&grant.groups)),
                    (arena.borrowed("may"), arena.array(&may)),
                ];
                // An empty list would be a condition that nothing meets.
                for (name, list) in [("verified_by", &grant.verified_by), ("paths", &grant.paths)] {
                    if !list.is_empty() {
                        fields.push((arena.borrowed(name), texts(list)));
                    }
                }
                arena.object(&fields)
            })
            .collect();
        arena.object(&[(arena.borrowed("access"), arena.array(&grants))])
    });
    Frozen::copy_of(data)
}

/// The clock is all that a policy about access sees of the world: it may say until when something is allowed.
struct Clock;

impl Host for Clock {
    fn now_ns(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    }

    fn random(&self, bytes: &mut [u8]) {
        host::FixedHost::default().random(bytes);
    }

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn lookup_ip(&self, _name: &str) -> Result<Vec<IpAddr>, HostError> {
        Err(HostError::Unavailable("name resolution"))
    }

    fn print(&self, _line: &str) {}
}
