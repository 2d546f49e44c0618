use crate::builtins::testing::{check, check_on};
use host::{FixedHost, Host, HostError};
use std::net::IpAddr;

struct Surroundings;

impl Host for Surroundings {
    fn now_ns(&self) -> i64 {
        0
    }

    fn random(&self, bytes: &mut [u8]) {
        FixedHost::default().random(bytes);
    }

    fn environment(&self) -> Vec<(String, String)> {
        vec![("HOME".to_owned(), "/root".to_owned()), ("A".to_owned(), String::new())]
    }

    fn lookup_ip(&self, _: &str) -> Result<Vec<IpAddr>, HostError> {
        Err(HostError::Unavailable("name resolution"))
    }

    fn print(&self, _: &str) {}
}

#[test]
fn shows_the_environment() {
    check("opa.runtime", &[], "{}");
    check_on(&Surroundings, "opa.runtime", &[], r#"{"env": {"A": "", "HOME": "/root"}}"#);
}

#[test]
fn traces() {
    check("trace", &[r#""note""#], "true");
    check("trace", &["unknown"], "true");
    check("trace", &["1"], "error: operand 1 must be string but got number");
}

#[test]
fn does_not_sleep() {
    check("test.sleep", &[r#""1h""#], "null");
    check("test.sleep", &[r#""long""#], r#"error: time: invalid duration "long""#);
}
