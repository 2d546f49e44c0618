//! A real API server over a real etcd, for as long as a test runs. `cargo xtask cluster` builds the programs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on must stop and say why, and says what it skips"
)]
#![allow(dead_code, reason = "each test file uses some of it")]

use super::common::write;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The folder with `etcd`, `kube-apiserver` and `kubectl`.
const PROGRAMS: &str = "PROVOST_CLUSTER_PROGRAMS";

/// A start takes seconds, and on a busy machine many.
const START_TIME_MAX: Duration = Duration::from_secs(180);

/// One at a time: an API server takes half a gigabyte.
static ONE: Mutex<()> = Mutex::new(());

/// A cluster without nodes. It ends with this value.
pub struct Cluster {
    pub folder: TempDir,
    programs: PathBuf,
    server: Child,
    etcd: Child,
    port: u16,
    _one: MutexGuard<'static, ()>,
}

/// What `kubectl` came to.
#[derive(Debug)]
pub struct Said {
    pub succeeded: bool,
    pub out: String,
    pub err: String,
}

impl Said {
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(self.succeeded, "{}{}", self.out, self.err);
        self
    }

    /// It failed, and said all of this.
    #[track_caller]
    pub fn refused(self, parts: &[&str]) -> Self {
        assert!(!self.succeeded, "{}{}", self.out, self.err);
        parts.iter().for_each(|part| assert!(self.err.contains(part), "`{part}` is not in\n{}", self.err));
        self
    }
}

impl Cluster {
    /// Starts one; says so and gives none where its programs are not.
    pub fn start(test: &str) -> Option<Self> {
        let Some(programs) = std::env::var_os(PROGRAMS).map(PathBuf::from) else {
            println!("skipped: {test}: `{PROGRAMS}` names no programs; `cargo xtask cluster` builds them");
            return None;
        };
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = TempDir::new().unwrap();
        let (port, etcd_ports) = (free_port(), [free_port(), free_port()]);
        write_credentials(folder.path(), port);
        let etcd_url = format!("http://127.0.0.1:{}", etcd_ports[0]);
        let peer_url = format!("http://127.0.0.1:{}", etcd_ports[1]);
        let log = |name: &str| std::fs::File::create(folder.path().join(name)).unwrap();
        let etcd = Command::new(programs.join("etcd"))
            .current_dir(folder.path())
            .args(["--data-dir", "etcd", "--unsafe-no-fsync", "--listen-client-urls", &etcd_url])
            .args(["--advertise-client-urls", &etcd_url, "--listen-peer-urls", &peer_url])
            .args(["--initial-advertise-peer-urls", &peer_url, "--initial-cluster", &format!("default={peer_url}")])
            .stdout(Stdio::null())
            .stderr(log("etcd.log"))
            .spawn()
            .expect("etcd starts");
        let server = Command::new(programs.join("kube-apiserver"))
            .current_dir(folder.path())
            .arg(format!("--etcd-servers={etcd_url}"))
            .arg(format!("--secure-port={port}"))
            .args(["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--authorization-mode=RBAC"])
            .args(["--tls-cert-file=apiserver.crt", "--tls-private-key-file=apiserver.key", "--client-ca-file=ca.crt"])
            .args([
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-account-key-file=accounts.pub",
            ])
            .args(["--service-account-signing-key-file=accounts.key", "--service-cluster-ip-range=10.0.0.0/24"])
            // Nothing here makes service accounts for namespaces, as a controller would.
            .args(["--disable-admission-plugins=ServiceAccount", "--admission-control-config-file=admission.yaml"])
            .stdout(Stdio::null())
            .stderr(log("apiserver.log"))
            .spawn()
            .expect("the API server starts");
        let cluster = Self { folder, programs, server, etcd, port, _one: one };
        let until = Instant::now() + START_TIME_MAX;
        while !cluster.kubectl(&["get", "--raw", "/readyz"]).succeeded {
            let log = || std::fs::read_to_string(cluster.folder.path().join("apiserver.log")).unwrap_or_default();
            assert!(Instant::now() < until, "the API server does not become ready:\n{}", log());
            std::thread::sleep(Duration::from_millis(200));
        }
        Some(cluster)
    }

    pub fn kubectl(&self, arguments: &[&str]) -> Said {
        self.kubectl_with(arguments, "")
    }

    /// The same with something on standard input.
    pub fn kubectl_with(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = Command::new(self.programs.join("kubectl"));
        command.current_dir(self.folder.path()).env("KUBECONFIG", self.folder.path().join("admin.kubeconfig"));
        command.env("HOME", self.folder.path()).arg("--request-timeout=30s").args(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // It may end without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Said { succeeded: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Makes objects.
    pub fn create(&self, manifest: &str) -> Said {
        self.kubectl_with(&["create", "-f", "-"], manifest)
    }

    /// A kubeconfig in which a token says who asks.
    pub fn kubeconfig_of(&self, token: &str) -> String {
        kubeconfig(self.folder.path(), self.port, &format!("{{token: {token}}}"))
    }

    /// Stops the API server without its connections noticing, as when a network breaks.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.server.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for process in [&mut self.server, &mut self.etcd] {
            // It may have ended already.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn kubeconfig(folder: &Path, port: u16, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
         clusters: [{{name: test, cluster: {{server: 'https://127.0.0.1:{port}', certificate-authority: '{}'}}}}]\n\
         users: [{{name: test, user: {user}}}]\ncontexts: [{{name: test, context: {{cluster: test, user: test}}}}]\n",
        folder.join("ca.crt").display()
    )
}

/// Certificates and keys, and the files that name them.
fn write_credentials(folder: &Path, port: u16) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "cluster");
    let authority_key = KeyPair::generate().unwrap();
    let certificate = authority.self_signed(&authority_key).unwrap();
    write(folder, "ca.crt", certificate.pem().as_bytes());
    let issuer = Issuer::new(authority, authority_key);
    let issue = |name: &str, common_name: &str, group: Option<&str>| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, common_name);
        if let Some(group) = group {
            params.distinguished_name.push(DnType::OrganizationName, group);
        }
        params.subject_alt_names.push(SanType::IpAddress(Ipv4Addr::LOCALHOST.into()));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().unwrap();
        write(folder, &format!("{name}.crt"), params.signed_by(&key, &issuer).unwrap().pem().as_bytes());
        write(folder, &format!("{name}.key"), key.serialize_pem().as_bytes());
    };
    issue("apiserver", "kube-apiserver", None);
    issue("admin", "admin", Some("system:masters"));
    // What the API server shows to webhooks.
    issue("webhooks", "kube-apiserver", None);
    let accounts = KeyPair::generate().unwrap();
    write(folder, "accounts.key", accounts.serialize_pem().as_bytes());
    write(folder, "accounts.pub", accounts.public_key_pem().as_bytes());
    let user = "{client-certificate: admin.crt, client-key: admin.key}";
    write(folder, "admin.kubeconfig", kubeconfig(folder, port, user).as_bytes());
    let shown = format!("{0}/webhooks.crt, client-key: {0}/webhooks.key", folder.display());
    let webhooks =
        format!("apiVersion: v1\nkind: Config\nusers:\n  - {{name: '*', user: {{client-certificate: {shown}}}}}\n");
    write(folder, "webhooks.kubeconfig", webhooks.as_bytes());
    let admission = format!(
        "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n  - name: ValidatingAdmissionWebhook\n    \
         configuration: &webhooks\n      apiVersion: apiserver.config.k8s.io/v1\n      kind: WebhookAdmissionConfiguration\n      \
         kubeConfigFile: {}/webhooks.kubeconfig\n  - name: MutatingAdmissionWebhook\n    configuration: *webhooks\n",
        folder.display()
    );
    write(folder, "admission.yaml", admission.as_bytes());
}
