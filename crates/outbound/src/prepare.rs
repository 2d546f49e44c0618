//! A request as it is sent: what a policy wrote, checked, with what every request has.

use crate::error::SendError;
use crate::options::Options;
use crate::target::Target;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use host::HttpRequest;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, RANGE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    USER_AGENT,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// Fields about the connection, which is not the policy's: with them one request could be made to look like two.
const OF_THE_CONNECTION: [HeaderName; 5] = [CONNECTION, CONTENT_LENGTH, TRAILER, TRANSFER_ENCODING, UPGRADE];

/// A request that can be sent.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) method: Method,
    /// Without `Host`.
    pub(crate) headers: HeaderMap,
    /// What the policy says that `Host` is.
    pub(crate) host: Option<HeaderValue>,
    pub(crate) body: Bytes,
    /// Whether the answer may be packed although the policy did not ask for that.
    pub(crate) unpacks: bool,
}

impl Prepared {
    /// Checks all of a request that does not depend on who is asked.
    pub(crate) fn new(request: &HttpRequest, target: &Target, options: &Options) -> Result<Self, SendError> {
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| SendError::Request(format!("the method `{}`, which is none", shown(&request.method))))?;
        if method == Method::CONNECT {
            return Err(SendError::Request("the method `CONNECT`, which asks for a tunnel".to_owned()));
        }
        if request.body.len() > options.request_bytes_max {
            let (limit, name) = (options.request_bytes_max, "request_bytes_max");
            return Err(SendError::Limit { what: "the body of the request is longer", limit, name });
        }
        let mut length = request.url.len();
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            length = length.saturating_add(name.len()).saturating_add(value.len());
            if length > options.head_bytes_max {
                break;
            }
            let field = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| SendError::Request(format!("the header `{}`, which is no name of one", shown(name))))?;
            // What stands in it may be secret.
            let value = HeaderValue::from_str(value)
                .map_err(|_| SendError::Request(format!("a header `{field}` with characters that cannot be sent")))?;
            if !OF_THE_CONNECTION.contains(&field) {
                headers.insert(field, value);
            }
        }
        if length > options.head_bytes_max {
            let (limit, name) = (options.head_bytes_max, "head_bytes_max");
            return Err(SendError::Limit { what: "URL and headers of the request are longer", limit, name });
        }
        let host = headers.remove(HOST);
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(concat!("provost/", env!("CARGO_PKG_VERSION"))));
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        let unpacks = method != Method::HEAD && !headers.contains_key(ACCEPT_ENCODING) && !headers.contains_key(RANGE);
        if unpacks {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some((user, password)) = target.credentials().filter(|_| !headers.contains_key(AUTHORIZATION)) {
            let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
            // Base64 can always be sent.
            if let Ok(basic) = HeaderValue::try_from(basic) {
                headers.insert(AUTHORIZATION, basic);
            }
        }
        Ok(Self { method, headers, host, body: Bytes::copy_from_slice(&request.body), unpacks })
    }

    /// The name in `Host`, without a port: what a certificate must be for where the policy says so.
    pub(crate) fn host_name(&self) -> Option<&str> {
        let host = self.host.as_ref()?.to_str().ok()?;
        let name = match host.strip_prefix('[') {
            Some(address) => address.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        (!name.is_empty()).then_some(name)
    }

    /// How errors begin, as Go says it: `Get "http://localhost/"`.
    pub(crate) fn asked(method: &Method, target: &Target) -> String {
        let name = method.as_str();
        let (first, rest) = name.split_at_checked(1).unwrap_or((name, ""));
        format!("{first}{} {:?}", rest.to_ascii_lowercase(), target.shown())
    }
}

/// The beginning of what a policy wrote.
fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(40).collect()
}
