//! `provost certs`

use crate::Ending;
use crate::output::Output;
use crate::problem::Problem;
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use server::{CertificateOrder, CertificateUse, IssuedCertificate, SigningAuthority, service_names};
use std::fs;
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  provost certs --out tls                                              for a server on this machine
  provost certs --out tls --service provost --namespace provost-system for a Kubernetes service
  provost certs --out tls --client alice --group ml                    and a certificate for a client
  provost certs --out tls                                              again: a new certificate, the same authority
  provost certs --out tls --new-authority                              a new authority; the old one is trusted beside it

Writes ca.crt, ca.key, server.crt and server.key, and for a client its .crt and .key. Files that a running server
reads are replaced as a whole, and it takes them without a restart. What is printed is the `caBundle` of a webhook
configuration. Keep ca.key where no server is: whoever has it can be anybody.

Exit codes: 0 written, 2 something could not be written.")]
pub(crate) struct CertsArguments {
    /// The folder to write to.
    #[arg(short, long, value_name = "FOLDER", default_value = "tls")]
    out: PathBuf,

    /// The Kubernetes service that the server is reached by.
    #[arg(long, value_name = "NAME", default_value = "provost", value_parser = dns_name)]
    service: String,

    /// The namespace of the service.
    #[arg(long, value_name = "NAME", default_value = "provost-system", value_parser = dns_name)]
    namespace: String,

    /// The domain of the cluster.
    #[arg(long, value_name = "DOMAIN", default_value = "cluster.local", value_parser = dns_name)]
    cluster_domain: String,

    /// A further name or address of the server.
    #[arg(long, value_name = "NAME", value_parser = server_name)]
    name: Vec<String>,

    /// Make a certificate for this client; the server's is left as it is.
    #[arg(long, value_name = "SUBJECT", conflicts_with_all = ["name", "new_authority"])]
    client: Option<String>,

    /// A group of the client.
    #[arg(long, value_name = "GROUP", requires = "client")]
    group: Vec<String>,

    /// A SPIFFE id, or another URI, that names the client.
    #[arg(long, value_name = "URI", requires = "client")]
    uri: Vec<String>,

    /// How long a certificate is good for.
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=DAYS_MAX))]
    days: u32,

    /// How long a new authority is good for.
    #[arg(long, value_name = "DAYS", default_value_t = 3650, value_parser = clap::value_parser!(u32).range(1..=DAYS_MAX))]
    authority_days: u32,

    /// Make a new authority. Until the next one, ca.crt holds the old one too, so that what it signed is still trusted.
    #[arg(long)]
    new_authority: bool,
}

const DAYS_MAX: i64 = 36_500;

/// Who may read a private key.
const SECRET: u32 = 0o600;
const PUBLIC: u32 = 0o644;

impl CertsArguments {
    pub(crate) fn run(self, output: &Output) -> Result<Ending> {
        fs::create_dir_all(&self.out).with_context(|| format!("`{}` cannot be made", self.out.display()))?;
        let authority = self.authority()?;
        match &self.client {
            Some(client) => self.write(&file_name(client)?, &authority.issue(&self.client_order(client))?)?,
            None => self.write("server", &authority.issue(&self.server_order())?)?,
        }
        let bundle = self.read("ca.crt")?;
        output.print(&format!("{}\n", STANDARD.encode(bundle)))?;
        Ok(Ending::Allowed)
    }

    /// The authority of the folder, or a new one.
    fn authority(&self) -> Result<SigningAuthority> {
        let (certificate, key) = (self.out.join("ca.crt"), self.out.join("ca.key"));
        let before = if certificate.exists() { Some(self.read("ca.crt")?) } else { None };
        if let Some(before) = before.as_ref().filter(|_| !self.new_authority) {
            if !key.exists() {
                let message = format!("`{}` is an authority without its key", certificate.display());
                let help = "put ca.key beside it, or make another with `--new-authority`";
                return Err(Problem::new(message, help).into());
            }
            return SigningAuthority::from_pem(before, &self.read("ca.key")?)
                .with_context(|| format!("`{}` and its key are no authority", certificate.display()));
        }
        let authority = SigningAuthority::generate(&format!("{} authority", self.service), self.authority_days)?;
        // The newest comes first: it is the one that signs. The one before goes on being trusted, older ones do not.
        let before = before.as_deref().and_then(first_certificate).unwrap_or_default();
        replace(&key, &authority.key(), SECRET)?;
        replace(&certificate, &format!("{}{before}", authority.certificate()), PUBLIC)?;
        Ok(authority)
    }

    fn server_order(&self) -> CertificateOrder {
        let mut names = service_names(&self.service, &self.namespace, &self.cluster_domain);
        names.extend(self.name.iter().cloned());
        names.dedup();
        CertificateOrder {
            purpose: CertificateUse::Server,
            common_name: format!("{}.{}.svc", self.service, self.namespace),
            organizations: Vec::new(),
            names,
            uris: Vec::new(),
            days: self.days,
        }
    }

    fn client_order(&self, client: &str) -> CertificateOrder {
        CertificateOrder {
            purpose: CertificateUse::Client,
            common_name: client.to_owned(),
            organizations: self.group.clone(),
            names: Vec::new(),
            uris: self.uri.clone(),
            days: self.days,
        }
    }

    /// The key first: a server that sees only half of the change refuses it, and looks again.
    fn write(&self, name: &str, issued: &IssuedCertificate) -> Result<()> {
        replace(&self.out.join(format!("{name}.key")), &issued.key, SECRET)?;
        replace(&self.out.join(format!("{name}.crt")), &issued.certificate, PUBLIC)
    }

    fn read(&self, name: &str) -> Result<String> {
        let path = self.out.join(name);
        fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))
    }
}

/// What a client may reach a server by: a DNS name, its first label perhaps `*`, or an address.
fn server_name(text: &str) -> Result<String, String> {
    if text.parse::<IpAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    let below = text.strip_prefix("*.").unwrap_or(text);
    dns_name(below).map(|_| text.to_owned()).map_err(|_| "it is neither a DNS name nor an IP address".to_owned())
}

/// A name of letters, digits, `-` and `_`, in labels of 63 characters at most (RFC 1035, section 2.3.1; `_` as clients take it).
fn dns_name(text: &str) -> Result<String, String> {
    const NAME_LENGTH_MAX: usize = 253;
    const LABEL_LENGTH_MAX: usize = 63;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_label = |label: &str| {
        (1..=LABEL_LENGTH_MAX).contains(&label.len())
            && label.chars().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() > NAME_LENGTH_MAX || !text.split('.').all(is_label) {
        return Err("it is no DNS name".to_owned());
    }
    Ok(text.to_owned())
}

/// What the files of a client are called: its name, where that can be a file's.
fn file_name(client: &str) -> Result<String> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ':');
    let reserved = ["ca", "server"].contains(&client) || client.starts_with('.');
    if client.is_empty() || reserved || !client.chars().all(plain) {
        let message = format!("`{client}` cannot be the name of a client's files");
        let help = "use letters, digits and `-_.@:`; a SPIFFE id goes to `--uri`";
        return Err(Problem::new(message, help).into());
    }
    Ok(client.to_owned())
}

fn first_certificate(bundle: &str) -> Option<&str> {
    const END: &str = "-----END CERTIFICATE-----";
    let end = bundle.find(END)? + END.len();
    bundle.get(..end + 1)
}

/// Puts a file in place as a whole, with its permissions from the first byte.
fn replace(path: &Path, text: &str, mode: u32) -> Result<()> {
    let written = || -> std::io::Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let fresh = path.with_file_name(format!(".{name}.{}", std::process::id()));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&fresh)?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&fresh, path))
            .inspect_err(|_| {
                // Nothing half written stays.
                let _ = fs::remove_file(&fresh);
            })
    };
    written().with_context(|| format!("`{}` cannot be written", path.display()))
}
