//! The key that signs heads, and the files it lives in.

use crate::chain::hex;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410, section 4).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

const PRIVATE_LABEL: &str = "PRIVATE KEY";
const PUBLIC_LABEL: &str = "PUBLIC KEY";

/// No key file is longer.
const FILE_BYTES_MAX: u64 = 16 << 10;

/// Why a key cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file could not be read or written.
    #[error("the key `{}` cannot be {done}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        done: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("`{}` holds no Ed25519 key in PEM: `{expected}` was expected", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The label of the block.
        expected: &'static str,
    },
    /// Others than the owner and its group may read it, or others than the owner may change it.
    #[error("others may read or change the key `{}`: give it the mode 0600", path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
    },
    /// The system gave no randomness.
    #[error("no key could be drawn: the system gave no randomness")]
    Randomness,
}

/// An Ed25519 key pair.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl SigningKey {
    /// The key in the file (PEM, PKCS #8, as `openssl genpkey -algorithm ed25519` writes it). Where there is none, one is drawn and
    /// written with the mode 0600, and its public half beside it with the ending `.pub`.
    ///
    /// # Errors
    /// When the file cannot be read or written, holds something else, or others may read it.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        match fs::metadata(path) {
            Ok(metadata) => {
                refuse_open_files(path, &metadata)?;
                Self::load(path)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(source) => Err(KeyError::File { path: path.to_path_buf(), done: "read", source }),
        }
    }

    fn load(path: &Path) -> Result<Self, KeyError> {
        let wrong = || KeyError::Content { path: path.to_path_buf(), expected: PRIVATE_LABEL };
        let document = read_pem(path, PRIVATE_LABEL)?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&document).map_err(|_| wrong())?;
        Ok(Self { pair })
    }

    fn create(path: &Path) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Randomness)?;
        let document = pair.to_pkcs8v1().map_err(|_| KeyError::Randomness)?;
        let key = Self { pair };
        write_new(path, &pem(PRIVATE_LABEL, document.as_ref()), 0o600)?;
        let mut public = path.as_os_str().to_owned();
        public.push(".pub");
        let public = PathBuf::from(public);
        // A public key of before belongs to a private one that is gone.
        match fs::remove_file(&public) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(KeyError::File { path: public, done: "written", source });
            }
            _ => {}
        }
        write_new(&public, &key.public().to_pem(), 0o644)?;
        Ok(key)
    }

    /// What verifies its signatures.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(self.pair.public_key().as_ref()).for_each(|(byte, key)| *byte = *key);
        PublicKey(bytes)
    }

    /// Signs.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public()).finish()
    }
}

/// The half of a key that verifies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// The key in a PEM file: the public key, or the private one, whose public half is meant.
    ///
    /// # Errors
    /// When the file cannot be read or holds no Ed25519 key.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let wrong = || KeyError::Content { path: path.to_path_buf(), expected: PUBLIC_LABEL };
        match read_pem(path, PUBLIC_LABEL) {
            Ok(document) => document
                .strip_prefix(&SPKI_PREFIX)
                .and_then(|key| <[u8; 32]>::try_from(key).ok())
                .map(Self)
                .ok_or_else(wrong),
            Err(KeyError::Content { .. }) => SigningKey::load(path).map(|key| key.public()).map_err(|_| wrong()),
            Err(error) => Err(error),
        }
    }

    /// As a PEM block that OpenSSL reads.
    pub fn to_pem(self) -> String {
        pem(PUBLIC_LABEL, &[SPKI_PREFIX.as_slice(), &self.0].concat())
    }

    /// Whether `signature` is one of this key over `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn pem(label: &str, document: &[u8]) -> String {
    /// RFC 7468, section 2.
    const LINE: usize = 64;
    let text = STANDARD.encode(document);
    let lines: Vec<&str> =
        text.as_bytes().chunks(LINE).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn read_pem(path: &Path, label: &'static str) -> Result<Vec<u8>, KeyError> {
    let cannot = |source| KeyError::File { path: path.to_path_buf(), done: "read", source };
    let wrong = || KeyError::Content { path: path.to_path_buf(), expected: label };
    if fs::metadata(path).map_err(cannot)?.len() > FILE_BYTES_MAX {
        return Err(wrong());
    }
    let bytes = fs::read(path).map_err(cannot)?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let inside = text.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end)).map(|(inside, _)| inside);
    let encoded: String = inside.ok_or_else(wrong)?.split_whitespace().collect();
    STANDARD.decode(encoded).map_err(|_| wrong())
}

/// Writes a file that must not exist yet, so that no key is ever written over and none is readable for an instant.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), KeyError> {
    let cannot = |source| KeyError::File { path: path.to_path_buf(), done: "written", source };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path).map_err(cannot)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(cannot)
}

#[cfg(unix)]
fn refuse_open_files(path: &Path, metadata: &fs::Metadata) -> Result<(), KeyError> {
    /// Reading and writing by everybody, and writing by the group. A group may read: Kubernetes mounts secrets so.
    const OPEN: u32 = 0o026;
    let mode = std::os::unix::fs::MetadataExt::mode(metadata);
    if mode & OPEN != 0 { Err(KeyError::Permissions { path: path.to_path_buf() }) } else { Ok(()) }
}

#[cfg(not(unix))]
fn refuse_open_files(_: &Path, _: &fs::Metadata) -> Result<(), KeyError> {
    Ok(())
}
