//! Kubeconfig files.

use crate::access::{self, Access, Credential, Text};
use crate::error::AccessError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use formats::{Format, Options};
use http::Uri;
use std::path::{Path, PathBuf};
use value::{Arena, Source, Value};

/// The longest file.
const BYTES_MAX: u64 = 4 << 20;

/// What the file at `path` says in a context.
pub(crate) fn read(path: &Path, context: Option<&str>) -> Result<Access, AccessError> {
    let text = access::read(path, BYTES_MAX)?;
    let access = parse(&text, path, context)?;
    access.check()?;
    Ok(access)
}

/// A file while it is read.
struct File<'f> {
    path: &'f Path,
    root: Value<'f>,
}

fn parse(text: &str, path: &Path, context: Option<&str>) -> Result<Access, AccessError> {
    let arena = Arena::new();
    let source = Source::new(path.display().to_string(), text);
    let parsed = formats::parse(&arena, &source, Format::Yaml, &Options::default());
    let wrong = |reason: String| AccessError::Kubeconfig { path: path.display().to_string(), reason };
    let parsed = parsed.map_err(|mistake| wrong(mistake.message))?;
    let root = parsed.documents.first().map(|document| document.value).unwrap_or_default();
    let file = File { path, root };
    let named = context.or_else(|| text_of(root, "current-context"));
    let name = named.ok_or_else(|| wrong("it has no `current-context`, and no context is named".to_owned()))?;
    let context = file.named("contexts", "context", name)?;
    let of_context = |key: &str| text_of(context, key).ok_or_else(|| wrong(format!("context `{name}` names no {key}")));
    let cluster = file.named("clusters", "cluster", of_context("cluster")?)?;
    let user = file.named("users", "user", of_context("user")?)?;
    file.access(cluster, user)
}

impl<'f> File<'f> {
    fn wrong(&self, reason: impl Into<String>) -> AccessError {
        AccessError::Kubeconfig { path: self.path.display().to_string(), reason: reason.into() }
    }

    /// The entry of that name in one of the lists of names.
    fn named(&self, list: &str, kind: &str, name: &str) -> Result<Value<'f>, AccessError> {
        let entries = self.root.get_str(list).and_then(Value::as_array);
        let found = entries.and_then(|entries| entries.iter().find(|entry| text_of(*entry, "name") == Some(name)));
        found.and_then(|entry| entry.get_str(kind)).ok_or_else(|| self.wrong(format!("there is no {kind} `{name}`")))
    }

    fn access(&self, cluster: Value<'f>, user: Value<'f>) -> Result<Access, AccessError> {
        let server = text_of(cluster, "server").ok_or_else(|| self.wrong("the cluster has no `server`"))?;
        let server: Uri = server.parse().map_err(|_| self.wrong(format!("`{server}` is no URL")))?;
        if server.scheme_str() != Some("https") || server.host().is_none() {
            return Err(self.wrong(format!("`{server}` is no `https://` URL, and nothing is asked in the clear")));
        }
        if cluster.get_str("insecure-skip-tls-verify").and_then(Value::as_bool) == Some(true) {
            return Err(self.wrong("`insecure-skip-tls-verify` is refused: name the authority instead"));
        }
        if let Some(proxy) = text_of(cluster, "proxy-url") {
            return Err(self.wrong(format!("proxies are not used, and `proxy-url` names `{proxy}`")));
        }
        for way in ["exec", "auth-provider", "username"] {
            if user.get_str(way).is_some() {
                let reason =
                    format!("the user's `{way}` is not supported: use a token, a `tokenFile` or a certificate");
                return Err(self.wrong(reason));
            }
        }
        let chain = self.text(user, "client-certificate")?;
        let key = self.text(user, "client-key")?;
        let token_file = text_of(user, "tokenFile").map(|path| Text::File(self.beside(path)));
        let token = text_of(user, "token").map(|token| Text::Given(token.to_owned()));
        let credential = match (chain, key, token_file.or(token)) {
            (_, _, Some(token)) => Credential::Token(token),
            (Some(chain), Some(key), None) => Credential::Certificate { chain, key },
            (None, None, None) => Credential::None,
            _ => return Err(self.wrong("the user has a certificate without a key, or a key without a certificate")),
        };
        Ok(Access {
            server,
            server_name: text_of(cluster, "tls-server-name").map(str::to_owned),
            authority: self.text(cluster, "certificate-authority")?,
            credential,
        })
    }

    /// What stands at `key` as the name of a file, or at `key-data` in base64, which counts before the other.
    fn text(&self, object: Value<'f>, key: &str) -> Result<Option<Text>, AccessError> {
        let data = format!("{key}-data");
        if let Some(encoded) = text_of(object, &data) {
            let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let decoded = decoded.ok_or_else(|| self.wrong(format!("`{data}` is no text in base64")))?;
            return Ok(Some(Text::Given(decoded)));
        }
        Ok(text_of(object, key).map(|path| Text::File(self.beside(path))))
    }

    /// Paths are relative to the file.
    fn beside(&self, path: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// The text at `key`, if there is some.
fn text_of<'a>(object: Value<'a>, key: &str) -> Option<&'a str> {
    object.get_str(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}
