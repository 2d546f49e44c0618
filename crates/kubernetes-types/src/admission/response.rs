//! What an API server is told.

use super::review::{Review, ReviewVersion};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::fmt::{self, Write};
use value::{Text, Value, json};

/// An API server cuts a warning after this many characters.
const WARNING_CHARACTERS_MAX: usize = 256;

/// An API server drops warnings after this many characters in all.
const WARNINGS_CHARACTERS_MAX: usize = 4_096;

/// Why a request is refused, as `kubectl` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status<'r> {
    /// An HTTP status: 403 for a denial, 400 for a review that cannot be read, 500 and above for a failure of the webhook.
    pub code: u16,
    /// The words that the caller reads.
    pub message: Cow<'r, str>,
    /// A word for programs, such as `Forbidden`.
    pub reason: Option<Cow<'r, str>>,
}

/// The answer to a [`Review`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<'r> {
    /// The version of the review.
    pub version: ReviewVersion,
    /// The review's uid.
    pub uid: &'r str,
    /// Whether the request may go on.
    pub allowed: bool,
    /// Why not; may also be told when it may.
    pub status: Option<Status<'r>>,
    /// What the caller reads although the request goes on.
    pub warnings: Vec<Cow<'r, str>>,
    /// A JSON Patch (RFC 6902) as JSON text, for a mutating webhook.
    pub patch: Option<Cow<'r, str>>,
    /// What the API server's audit log keeps, by key.
    pub audit_annotations: Vec<(Cow<'r, str>, Cow<'r, str>)>,
}

impl<'r> Response<'r> {
    /// An answer that lets `review` pass and says nothing else.
    pub fn allow(review: &Review<'r>) -> Self {
        Self {
            version: review.version,
            uid: review.uid,
            allowed: true,
            status: None,
            warnings: Vec::new(),
            patch: None,
            audit_annotations: Vec::new(),
        }
    }

    /// An answer that refuses `review` with a code and words.
    pub fn deny(review: &Review<'r>, code: u16, message: impl Into<Cow<'r, str>>) -> Self {
        let status = Status { code, message: message.into(), reason: None };
        Self { allowed: false, status: Some(status), ..Self::allow(review) }
    }

    /// The AdmissionReview as JSON, on one line. The patch is encoded, and warnings are cut where an API server would cut
    /// them, so that what is lost shows.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(256 + self.patch.as_ref().map_or(0, |patch| patch.len() * 4 / 3 + 64));
        // Writing to a string never fails.
        let _ = self.write(&mut out);
        out
    }

    /// Writes what [`Self::to_json`] gives.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut impl Write) -> fmt::Result {
        write!(out, r#"{{"apiVersion":"{}","kind":"AdmissionReview","response":{{"uid":"#, self.version.api_version())?;
        string(out, self.uid)?;
        write!(out, r#","allowed":{}"#, self.allowed)?;
        if let Some(status) = &self.status {
            write!(out, r#","status":{{"code":{},"message":"#, status.code)?;
            string(out, &status.message)?;
            if let Some(reason) = &status.reason {
                out.write_str(r#","reason":"#)?;
                string(out, reason)?;
            }
            out.write_char('}')?;
        }
        if !self.warnings.is_empty() {
            out.write_str(r#","warnings":["#)?;
            let mut separator = "";
            for warning in self.shown_warnings() {
                out.write_str(separator)?;
                string(out, &warning)?;
                separator = ",";
            }
            out.write_char(']')?;
        }
        if let Some(patch) = &self.patch {
            write!(out, r#","patchType":"JSONPatch","patch":"{}""#, STANDARD.encode(patch.as_bytes()))?;
        }
        if !self.audit_annotations.is_empty() {
            out.write_str(r#","auditAnnotations":{"#)?;
            let mut separator = "";
            for (key, annotation) in &self.audit_annotations {
                out.write_str(separator)?;
                string(out, key)?;
                out.write_char(':')?;
                string(out, annotation)?;
                separator = ",";
            }
            out.write_char('}')?;
        }
        out.write_str("}}")
    }

    /// The warnings that fit, and if some do not, a last one that says how many.
    fn shown_warnings(&self) -> Vec<Cow<'_, str>> {
        let rest = |count: usize| -> Cow<'_, str> { Cow::Owned(format!("{count} more warnings are not shown")) };
        let room = WARNINGS_CHARACTERS_MAX - rest(self.warnings.len()).len();
        let mut shown = Vec::with_capacity(self.warnings.len());
        let mut used = 0;
        for (index, warning) in self.warnings.iter().enumerate() {
            let warning = cut(warning);
            used += warning.chars().count();
            if used > room {
                shown.push(rest(self.warnings.len() - index));
                break;
            }
            shown.push(warning);
        }
        shown
    }
}

/// A warning with an ellipsis where an API server would cut it.
fn cut(warning: &str) -> Cow<'_, str> {
    const ELLIPSIS: &str = "...";
    if warning.chars().nth(WARNING_CHARACTERS_MAX).is_none() {
        return Cow::Borrowed(warning);
    }
    let kept = warning.char_indices().nth(WARNING_CHARACTERS_MAX - ELLIPSIS.len()).map_or(0, |(end, _)| end);
    Cow::Owned(format!("{}{ELLIPSIS}", warning.get(..kept).unwrap_or_default()))
}

fn string(out: &mut impl Write, text: &str) -> fmt::Result {
    json::write(out, Value::String(&Text::new(text)))
}
