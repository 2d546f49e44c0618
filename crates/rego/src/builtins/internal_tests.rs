use super::super::testing::{check, check_on};
use host::{Host, HostError, HttpRequest, HttpResponse};
use std::net::IpAddr;
use std::sync::Mutex;

/// Keeps the lines that are printed.
#[derive(Default)]
struct Paper(Mutex<Vec<String>>);

impl Host for Paper {
    fn now_ns(&self) -> i64 {
        0
    }

    fn random(&self, _: &mut [u8]) {}

    fn environment(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn lookup_ip(&self, _: &str) -> Result<Vec<IpAddr>, HostError> {
        Err(HostError::Unavailable("name resolution"))
    }

    fn print(&self, line: &str) {
        self.0.lock().expect("no test panics while printing").push(line.to_owned());
    }

    fn http(&self, _: &HttpRequest) -> Result<HttpResponse, HostError> {
        Err(HostError::Unavailable("HTTP"))
    }
}

#[test]
fn prints_every_way() {
    for (operands, lines) in [
        (r#"[{"a"}, {1}]"#, &["a 1"][..]),
        (
            r#"[{"a", "b"}, set(), {1, [2]}]"#,
            &["a <undefined> 1", "a <undefined> [2]", "b <undefined> 1", "b <undefined> [2]"],
        ),
        ("[]", &[""]),
        (r#"[{"a"}, unknown]"#, &["a unknown"]),
    ] {
        let paper = Paper::default();
        check_on(&paper, "internal.print", &[operands], "true");
        assert_eq!(*paper.0.lock().expect("no test panics while printing"), lines, "{operands}");
    }
    check("internal.print", &[r#"["a"]"#], "error: operand 1 must be array of sets but got array containing string");
    let hundred: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let hundred = format!("{{{}}}", hundred.join(", "));
    check("internal.print", &[&format!("[{hundred}, {hundred}]")], "error: more than 1000 lines to print");
}

#[test]
fn puts_templates_together() {
    for (parts, expected) in [
        (r#"["a", 1, {2}, set(), null, true]"#, r#""a12<undefined>nulltrue""#),
        (r#"[{["b"]}, {{"c": "d"}}]"#, r#""[\"b\"]{\"c\": \"d\"}""#),
        ("[]", r#""""#),
        ("[{1, 2}]", "error: template-strings must not produce multiple outputs"),
        ("[[1]]", "error: illegal argument type: array"),
        ("[unknown]", "unknown"),
    ] {
        check("internal.template_string", &[parts], expected);
    }
}

#[test]
fn cases_always_hold() {
    check("internal.test_case", &[r#"["one", 2]"#], "true");
}
