use super::{Cache, ENTRY_BYTES, Kept, Key};
use host::{CacheOptions, HttpRequest, HttpResponse, Pem, TlsOptions};
use std::time::{Duration, SystemTime};

fn request(path: &str) -> HttpRequest {
    HttpRequest {
        method: "GET".to_owned(),
        url: format!("http://a.example/{path}"),
        headers: vec![("Authorization".to_owned(), "a".to_owned()), ("X-Trace".to_owned(), "1".to_owned())],
        cache: Some(CacheOptions::default()),
        ..HttpRequest::default()
    }
}

fn key(path: &str) -> Key {
    Key::of(&request(path)).unwrap()
}

fn kept(bytes: usize) -> Kept {
    let response = HttpResponse { body: vec![0; bytes - ENTRY_BYTES], ..HttpResponse::default() };
    Kept { response, good_until: SystemTime::UNIX_EPOCH }
}

#[test]
fn what_was_used_longest_ago_goes_first() {
    let cache = Cache::default();
    for path in ["a", "b", "c"] {
        cache.put(key(path), kept(1000), 3000);
    }
    assert!(cache.get(&key("a")).is_some());
    cache.put(key("d"), kept(1000), 3000);
    let there = |path| cache.get(&key(path)).is_some();
    assert_eq!(["a", "b", "c", "d"].map(there), [true, false, true, true]);
    // One that is put again does not count twice, and one that is too long takes nobody's place.
    cache.put(key("d"), kept(500), 3000);
    cache.put(key("b"), kept(500), 3000);
    cache.put(key("e"), kept(3001), 3000);
    assert_eq!(["a", "b", "c", "d", "e"].map(there), [true, true, true, true, false]);
    // With less room than before the rest goes too.
    cache.put(key("f"), kept(1000), 1000);
    assert_eq!(["a", "b", "c", "d", "f"].map(there), [false, false, false, false, true]);
    cache.remove(&key("f"));
    assert!(!there("f"));
}

#[test]
fn keys_tell_apart_what_servers_can_tell_apart() {
    let plain = Key::of(&request("a"));
    let changed = |change: &dyn Fn(&mut HttpRequest)| {
        let mut request = request("a");
        change(&mut request);
        Key::of(&request)
    };
    let tls = |tls: TlsOptions| changed(&move |request| request.tls = tls.clone());
    let others = [
        changed(&|request| request.method = "HEAD".to_owned()),
        changed(&|request| request.url.push('b')),
        changed(&|request| request.body.push(1)),
        changed(&|request| request.follow_redirects = true),
        changed(&|request| request.headers[0].1 = "b".to_owned()),
        changed(&|request| drop(request.headers.pop())),
        changed(&|request| request.cache.as_mut().unwrap().forced = Some(Duration::from_secs(1))),
        tls(TlsOptions { skip_verification: true, ..TlsOptions::default() }),
        tls(TlsOptions { authorities: vec![Pem::Text("a".to_owned())], ..TlsOptions::default() }),
        tls(TlsOptions { authorities: vec![Pem::File("a".to_owned())], ..TlsOptions::default() }),
        changed(&|request| request.cache = None),
    ];
    for (index, other) in others.iter().enumerate() {
        assert_ne!(*other, plain, "{index}");
        assert!(!others[..index].contains(other), "{index}");
    }
    // How long somebody waits is no matter, and neither are fields that the policy leaves out.
    assert_eq!(changed(&|request| request.timeout = Duration::from_secs(9)), plain);
    let ignoring = |value: &str| {
        changed(&|request| {
            request.headers[1].1 = value.to_owned();
            request.cache.as_mut().unwrap().ignored_headers = vec!["x-trace".to_owned()];
        })
    };
    assert_eq!(ignoring("1"), ignoring("2"));
}
