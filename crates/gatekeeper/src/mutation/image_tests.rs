use super::{ImageParts, split};

fn parts(domain: &str, path: &str, tag: &str) -> ImageParts {
    ImageParts { domain: domain.to_owned(), path: path.to_owned(), tag: tag.to_owned() }
}

const DIGEST: &str = "@sha256:abcde67890123456789abcdef0123456";

#[test]
fn images_come_apart() {
    for (image, expected) in [
        ("nginx", ("", "nginx", "")),
        ("nginx:1.14.2", ("", "nginx", ":1.14.2")),
        ("library/nginx:latest", ("", "library/nginx", ":latest")),
        ("gcr.io/repo/app", ("gcr.io", "repo/app", "")),
        ("localhost/app:1", ("localhost", "app", ":1")),
        ("registry:5000/app:1", ("registry:5000", "app", ":1")),
        ("quay.io/app@sha256:12", ("quay.io", "app", "@sha256:12")),
        ("quay.io/app:1@sha256:12", ("quay.io", "app", ":1@sha256:12")),
        ("", ("", "", "")),
    ] {
        assert_eq!(split(image), expected, "{image}");
    }
}

#[test]
fn parts_are_assigned() {
    for (assigned, image, expected) in [
        (parts("my.registry.io", "repo/app", DIGEST), "nginx", format!("my.registry.io/repo/app{DIGEST}")),
        (parts("my.registry.io", "", ""), "nginx:1", "my.registry.io/nginx:1".to_owned()),
        (parts("my.registry.io", "", ""), "gcr.io/a/b@sha256:1", "my.registry.io/a/b@sha256:1".to_owned()),
        (parts("", "app", ""), "gcr.io/a/b:1", "gcr.io/app:1".to_owned()),
        (parts("", "", ":2"), "gcr.io/a/b:1", "gcr.io/a/b:2".to_owned()),
        (parts("", "", DIGEST), "nginx:1", format!("nginx{DIGEST}")),
        (parts("a.io", "b", ":c"), "", "a.io/b:c".to_owned()),
    ] {
        let once = assigned.assign(image);
        assert_eq!(once, expected, "{assigned:?} {image}");
        assert_eq!(assigned.assign(&once), once, "a second time changes nothing");
    }
}

#[test]
fn parts_that_would_leak_into_their_neighbours_are_refused() {
    for (assigned, field) in [
        (parts("", "", ""), Some("assignDomain")),
        (parts("a.io/", "", ""), Some("assignDomain")),
        (parts("a", "", ""), Some("assignDomain")),
        (parts("a.io:80", "", ""), None),
        (parts("localhost:80", "", ""), None),
        (parts("", "A", ""), Some("assignPath")),
        (parts("", "a/b:1", ""), Some("assignPath")),
        (parts("", "gcr.io/a", ""), Some("assignPath")),
        (parts("b.io", "gcr.io/a", ""), None),
        (parts("", "a--b__c/d", ""), None),
        (parts("", "", "latest"), Some("assignTag")),
        (parts("", "", ":latest"), None),
        (parts("", "", "@sha256:12"), Some("assignTag")),
        (parts("", "", DIGEST), None),
    ] {
        assert_eq!(assigned.mistake().map(|(field, _)| field), field, "{assigned:?}");
    }
}
