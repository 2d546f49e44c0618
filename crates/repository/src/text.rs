//! Files to texts, within the size limit.

use crate::walk::shown;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use value::{Diagnostic, Source, Span};

/// A mistake with a file as a whole.
pub(crate) fn file_error(message: String) -> Diagnostic {
    Diagnostic { code: "file_error", message, source: None, span: Span::default(), help: None }
}

/// Why the system would not give a file or folder.
pub(crate) fn cannot_read(path: &Path, error: &io::Error) -> Diagnostic {
    let help = match error.kind() {
        io::ErrorKind::NotFound => "check the name; a symbolic link may lead nowhere",
        io::ErrorKind::PermissionDenied => "give the user that runs provost the right to read it",
        _ => "check the file system",
    };
    // The system's messages end in a number that says nothing more.
    let reason = error.to_string();
    let reason = reason.split(" (os error").next().unwrap_or_default().to_lowercase();
    file_error(format!("`{}` cannot be read: {reason}", shown(path))).help(help)
}

/// The text of a file.
pub(crate) fn read_file(path: &Path, bytes_max: u64) -> Result<Arc<Source>, Diagnostic> {
    let file = File::open(path).map_err(|error| cannot_read(path, &error))?;
    // What is read piece by piece into storage that grows takes twice its size for a moment.
    let length = file.metadata().map_or(0, |metadata| metadata.len().min(bytes_max));
    read(file, usize::try_from(length).unwrap_or_default(), &shown(path), bytes_max).map_err(|error| match error {
        ReadError::System(error) => cannot_read(path, &error),
        ReadError::Content(diagnostic) => diagnostic,
    })
}

pub(crate) enum ReadError {
    System(io::Error),
    Content(Diagnostic),
}

/// The text that `reader` gives, which has about `length` bytes; 0 where nobody can tell.
pub(crate) fn read(reader: impl Read, length: usize, name: &str, bytes_max: u64) -> Result<Arc<Source>, ReadError> {
    let mut bytes = Vec::with_capacity(length.saturating_add(1));
    // One byte more than allowed tells a file that is too long from one that is just short enough.
    reader.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes).map_err(ReadError::System)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        let message = format!("`{name}` is longer than the limit of {bytes_max} bytes");
        let diagnostic =
            file_error(message).help("raise `limits: {file_bytes_max: ...}` in provost.yaml, or leave the file out");
        return Err(ReadError::Content(diagnostic));
    }
    let decoded = match formats::decode(&bytes) {
        Ok(Cow::Borrowed(text)) if text.len() == bytes.len() => None,
        Ok(text) => Some(text.into_owned()),
        Err(error) => return Err(ReadError::Content(file_error(format!("`{name}`: {error}")).help(error.help()))),
    };
    // Bytes that are the text already become it as they stand.
    let text = decoded.or_else(|| String::from_utf8(bytes).ok()).unwrap_or_default();
    Ok(Source::new(name, text))
}
