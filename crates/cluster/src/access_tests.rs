use super::{Access, Credential};
use std::fs;
use tempfile::TempDir;

fn authority() -> String {
    rcgen::generate_simple_self_signed(vec!["cluster".to_owned()]).unwrap().cert.pem()
}

fn kubeconfig(cluster: &str, user: &str) -> String {
    format!(
        "current-context: here\ncontexts: [{{name: here, context: {{cluster: c, user: u}}}}]\n\
         clusters: [{{name: c, cluster: {{{cluster}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
    )
}

fn read(text: &str, context: Option<&str>) -> Result<Access, String> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("ca.crt"), authority()).unwrap();
    fs::write(folder.path().join("token"), "from-file\n").unwrap();
    let path = folder.path().join("config");
    fs::write(&path, text).unwrap();
    Access::from_kubeconfig(&path, context)
        .map_err(|error| error.to_string().replace(&path.display().to_string(), "FILE"))
}

#[test]
fn a_pod_asks_as_its_service_account_and_reads_its_token_anew() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("ca.crt"), authority()).unwrap();
    assert!(Access::from_service_account("10.0.0.1", "443", folder.path()).is_err(), "there is no token");
    fs::write(folder.path().join("token"), "first\n").unwrap();
    for (host, url) in [("10.0.0.1", "https://10.0.0.1:443/"), ("fd00::1", "https://[fd00::1]:443/")] {
        let access = Access::from_service_account(host, "443", folder.path()).unwrap();
        assert_eq!(access.server.to_string(), url);
        assert_eq!(access.address().unwrap(), (host.to_owned(), 443));
    }
    let access = Access::from_service_account("10.0.0.1", "443", folder.path()).unwrap();
    fs::write(folder.path().join("token"), "second").unwrap();
    assert_eq!(access.authorization().unwrap().unwrap(), "Bearer second");
    assert!(!format!("{access:?}").contains("second"), "{access:?}");
}

#[test]
fn kubeconfigs_say_where_and_as_whom() {
    let server = "server: 'https://cluster.example', certificate-authority: ca.crt";
    let access = read(&kubeconfig(server, "token: given"), None).unwrap();
    assert_eq!(access.address().unwrap(), ("cluster.example".to_owned(), 443));
    assert!(matches!(access.credential, Credential::Token(_)));
    assert!(read(&kubeconfig(server, "tokenFile: token"), Some("here")).is_ok());
    let cases = [
        (server, "token: t", Some("there"), "there is no context `there`"),
        ("server: 'http://cluster.example'", "", None, "nothing is asked in the clear"),
        ("server: 'https://c', insecure-skip-tls-verify: true", "", None, "`insecure-skip-tls-verify` is refused"),
        ("server: 'https://c', proxy-url: 'http://p'", "", None, "proxies are not used"),
        (server, "exec: {command: aws}", None, "the user's `exec` is not supported"),
        (server, "client-certificate: ca.crt", None, "a certificate without a key"),
        (server, "client-certificate-data: '%'", None, "is no text in base64"),
        (server, "tokenFile: missing", None, "cannot be read"),
        ("certificate-authority: ca.crt", "", None, "the cluster has no `server`"),
        ("server: 'https://c', certificate-authority: token", "", None, "it holds no certificate"),
    ];
    for (cluster, user, context, expected) in cases {
        let error = read(&kubeconfig(cluster, user), context).expect_err(expected);
        assert!(error.contains(expected), "{error}");
    }
    assert!(read("a: [", None).unwrap_err().contains("FILE"));
    assert!(read("{}", None).unwrap_err().contains("it has no `current-context`"));
}
