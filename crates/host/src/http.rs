//! What a policy asks of the network, and what comes back.

use std::time::Duration;

/// A request as a policy wrote it, checked for its shape and not for whether it may be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// In capitals: `GET`.
    pub method: String,
    /// The URL, not yet parsed.
    pub url: String,
    /// Names and values in the policy's order of names.
    pub headers: Vec<(String, String)>,
    /// The body; may be empty.
    pub body: Vec<u8>,
    /// How long the policy is willing to wait for one attempt; zero is as long as the host likes.
    pub timeout: Duration,
    /// How long there is for everything, retries too, before nobody waits for the evaluation any more; `None` is as long as the host
    /// likes. It is no part of what the policy asked.
    pub time_left: Option<Duration>,
    /// Whether to follow redirects. Each must be allowed as if the policy had asked for it.
    pub follow_redirects: bool,
    /// How often to try again when the network fails.
    pub retries_max: u32,
    /// How to trust and to be trusted.
    pub tls: TlsOptions,
    /// Whether an answer that an earlier evaluation got will do.
    pub cache: Option<CacheOptions>,
}

impl HttpRequest {
    /// The same, for somebody who waits no longer than this.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.time_left = Some(self.time_left.map_or(time, |left| left.min(time)));
        self
    }
}

/// What a policy says about answers that outlive its evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CacheOptions {
    /// How long an answer is good, whatever the server says; without it the server says.
    pub forced: Option<Duration>,
    /// Header fields in which requests may differ that have the same answer, in the policy's spelling.
    pub ignored_headers: Vec<String>,
}

/// What a policy says about TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Whether to trust the machine's authorities besides those named here; `None` leaves it to the host.
    pub trust_system: Option<bool>,
    /// Authorities to trust.
    pub authorities: Vec<Pem>,
    /// Certificates to show, each with its key.
    pub identities: Vec<(Pem, Pem)>,
    /// The name that the server's certificate must have, when it is not the URL's.
    pub server_name: Option<String>,
    /// Whether not to check the server's certificate. A host should refuse this.
    pub skip_verification: bool,
}

/// Where a certificate or a key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pem {
    /// It stands in the policy.
    Text(String),
    /// It is a file of the host.
    File(String),
    /// It is an environment variable of the host.
    EnvironmentVariable(String),
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The code: 200.
    pub status_code: u16,
    /// Code and reason: `200 OK`.
    pub status: String,
    /// Names and values as they came; a name may occur more than once.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}
