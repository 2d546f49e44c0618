//! From a request to the answer at the end of its redirects, each of which must be allowed.

use crate::allow_list::Permission;
use crate::connect::Connecting;
use crate::error::SendError;
use crate::exchange::{AnswerLimits, Message, exchange};
use crate::options::Options;
use crate::prepare::Prepared;
use crate::target::Target;
use crate::trust::Trust;
use bytes::Bytes;
use host::{HttpResponse, TlsOptions};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HOST, PROXY_AUTHORIZATION};
use http::{HeaderName, HeaderValue, Method};
use tokio::time::Instant;

/// Fields that are for the server that the policy named, and no other.
const FOR_THE_FIRST: [HeaderName; 3] = [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION];

/// What is the same for all hops of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'w> {
    pub(crate) options: &'w Options,
    pub(crate) trust: &'w Trust,
    pub(crate) tls: &'w TlsOptions,
    pub(crate) follows: bool,
}

impl Way<'_> {
    /// Sends a request, and what its answers lead to. All of it must be over in time.
    pub(crate) async fn go(
        self,
        mut request: Prepared,
        first: &Target,
        until: Instant,
    ) -> Result<HttpResponse, SendError> {
        let Options { hosts, redirects_max, .. } = self.options;
        let limits = AnswerLimits {
            head_bytes_max: self.options.head_bytes_max,
            body_bytes_max: self.options.response_bytes_max,
        };
        let mut target = first.clone();
        let mut redirects = 0;
        loop {
            let permission = Permission::of(&target, hosts, redirects > 0)?;
            let asked = Prepared::asked(&request.method, &target);
            let is_first = target.has_origin_of(first);
            let server_name = self.tls.server_name.as_deref().or(request.host_name()).filter(|_| is_first);
            let tls = target.is_encrypted().then(|| self.trust.configuration(self.tls, is_first)).transpose()?;
            let tls = tls.as_ref();
            let connecting = Connecting { target: &target, permission, asked: &asked, tls, server_name, until };
            let stream = connecting.connect().await?;
            let response = exchange(stream, message(&request, &target)?, limits, &asked).await?;
            let Some(location) = location(&response).filter(|_| self.follows) else { return Ok(response) };
            if redirects == *redirects_max {
                let reason =
                    format!("there are more redirects than the {redirects_max} that `http_send.redirects_max` allows");
                return Err(SendError::Answer { asked, reason });
            }
            redirects += 1;
            let next = target.join(location)?;
            if !next.has_origin_of(&target) {
                request.host = None;
                FOR_THE_FIRST.iter().for_each(|name| drop(request.headers.remove(name)));
            }
            if becomes_get(response.status_code, &request.method) {
                request.method = Method::GET;
                request.body = Bytes::new();
                [CONTENT_TYPE, CONTENT_ENCODING].iter().for_each(|name| drop(request.headers.remove(name)));
            }
            target = next;
        }
    }
}

fn message(request: &Prepared, target: &Target) -> Result<Message, SendError> {
    let host = match &request.host {
        Some(host) => host.clone(),
        None => HeaderValue::try_from(target.authority())
            .map_err(|_| SendError::Request("a host that cannot be sent".to_owned()))?,
    };
    let mut headers = request.headers.clone();
    headers.insert(HOST, host);
    Ok(Message {
        method: request.method.clone(),
        path_and_query: target.path_and_query(),
        headers,
        body: request.body.clone(),
        unpacks: request.unpacks,
    })
}

/// Where the answer leads, if it is one that leads elsewhere.
fn location(response: &HttpResponse) -> Option<&str> {
    if !matches!(response.status_code, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
    location.map(|(_, location)| location.as_str()).filter(|location| !location.is_empty())
}

/// Whether the next request is a plain question, as with Go and browsers.
fn becomes_get(status: u16, method: &Method) -> bool {
    matches!(status, 301..=303) && !matches!(*method, Method::GET | Method::HEAD)
}
