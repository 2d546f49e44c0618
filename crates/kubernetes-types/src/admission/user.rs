//! Who asks.

use crate::types::text;
use value::Value;

/// Who asks, as the API server says. It counts only from an API server that has proved to be one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserInfo<'a> {
    /// `alice`, `system:serviceaccount:ml:trainer`; empty when nobody was named.
    pub username: &'a str,
    /// What the authenticator knows the user by; may be empty.
    pub uid: &'a str,
    fields: Value<'a>,
}

impl<'a> UserInfo<'a> {
    /// The user in `fields`, which may be absent.
    pub fn new(fields: Value<'a>) -> Self {
        Self { username: text(fields, "username"), uid: text(fields, "uid"), fields }
    }

    /// `system:authenticated`, `ml-platform`, ...
    pub fn groups(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        texts(self.fields.get_str("groups"))
    }

    /// What else the authenticator said, such as scopes: keys, each with its values.
    pub fn extra(&self) -> impl Iterator<Item = (&'a str, impl Iterator<Item = &'a str> + use<'a>)> + use<'a> {
        let extra = self.fields.get_str("extra").and_then(Value::as_object);
        let entries = extra.into_iter().flat_map(|extra| extra.iter());
        entries.filter_map(|(key, values)| Some((key.as_str()?, texts(Some(values)))))
    }

    /// All of it, as the review has it; null when it has none.
    pub const fn value(&self) -> Value<'a> {
        self.fields
    }
}

fn texts<'a>(list: Option<Value<'a>>) -> impl Iterator<Item = &'a str> + use<'a> {
    list.and_then(Value::as_array).into_iter().flat_map(|list| list.iter()).filter_map(Value::as_str)
}
