//! HTTP, TLS, identity, authorization, health and metrics for the points that it mounts.
//!
//! [`Server::bind`] reads what is needed and listens; [`Server::run`] answers until it is stopped. What holds for every request,
//! whatever point answers it:
//!
//! - **Only listed routes are answered**, each of a class; a path has one reading ([`point::path_segments`]).
//! - **Who asks is what a credential proves**: a client certificate, a signed token, a token that was handed out, or the kernel's word
//!   for a unix socket. A credential that is wrong is refused and never taken for none.
//! - **Whether they may is a policy**, `data.system.authz.allow`. Without one, this machine may do everything and nobody else more than
//!   ask for health. If it cannot be evaluated, the answer is no.
//! - **Every limit is an answer with a status**: length and time of heads and bodies, memory of all bodies, answers that take long.
//!   A panic is a 500.
//! - **What is read from files is read again when they change**, and what is wrong is refused while what was read before goes on.
//!
//! Knows no policy set and no Kubernetes: what a request means is for the points.

mod accept;
mod address;
mod authorization;
mod body;
mod conditions;
mod connection;
mod fetch;
mod health;
mod identity;
mod limits;
mod listen;
mod log_limit;
mod metrics;
mod reload;
mod request_id;
mod router;
mod server;
mod service;
mod slow;
mod tls;
mod turns;
mod watch;

pub use address::{Address, AddressError};
pub use authorization::{AuthorizationError, AuthorizationOptions, AuthorizationPolicy, Grant};
pub use conditions::Conditions;
pub use fetch::{FetchError, FetchOptions, Fetched, Fetcher};
pub use identity::{
    IdentityError, IdentityOptions, IssuerError, IssuerOptions, KeySource, TokenError, generate_token, hash_token,
};
pub use limits::Limits;
pub use listen::ListenError;
pub use reload::ReloadState;
pub use router::DuplicateRoute;
pub use server::{Ended, Handle, Listening, Options, Server, ServerError};
pub use tls::{
    CertificateError, CertificateOrder, CertificateUse, ClientCertificates, IssuedCertificate, SigningAuthority,
    TlsError, TlsOptions, service_names,
};
pub use watch::{FileWatch, OwnFiles};
