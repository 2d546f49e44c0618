use crate::builtins::testing::check;
use crate::builtins::{Caches, Context, lookup};
use host::FixedHost;
use value::{Arena, Value};

mod documents;
mod rules;
mod schemas;

/// The schema that most tests ask.
const SCHEMA: &str = r#"
type Query implements Node {
  id: ID!
  hero(episode: Episode = JEDI, count: Int): Character
  search(text: String!, filter: Filter): [Found!]!
  list(of: [Int!], rows: [[String]]): [Int]
  color(is: Color!, by: Float, on: Boolean!): Color
  date(at: Date): Date
  one(pick: Pick): Int
  human(id: ID!): Human
}
type Mutation { create(input: NewHuman!): Human }
type Subscription { changed: Human other: Int }
interface Node { id: ID! }
interface Character implements Node { id: ID! name(upper: Boolean = false): String friends: [Character] }
type Human implements Character & Node {
  id: ID! name(upper: Boolean = false): String friends: [Character] height: Float age: Int!
}
type Droid implements Character & Node {
  id: ID! name(upper: Boolean = false): String friends: [Character] primary: String age: String
}
type Ship { name: String }
union Found = Human | Droid
enum Episode { EMPIRE JEDI }
enum Color { RED GREEN }
input Filter { kinds: [String!] limit: Int! = 5 inner: Filter must: Boolean! }
input NewHuman { name: String! age: Int }
input Pick @oneOf { a: Int b: String }
scalar Date
directive @tag(name: String!) repeatable on FIELD | QUERY
directive @once on FIELD | FRAGMENT_DEFINITION
"#;

/// Calls a builtin with texts.
fn call(name: &str, operands: &[&str]) -> String {
    let arena = Arena::new();
    let operands: Vec<Value<'_>> = operands.iter().map(|text| arena.string(text)).collect();
    let (mut caches, mut now_ns) = (Caches::default(), None);
    let host = FixedHost { now_ns: 0 };
    let mut context = Context {
        arena: &arena,
        host: &host,
        caches: &mut caches,
        now_ns: &mut now_ns,
        deadline_ns: None,
        place: &|| None,
    };
    match (lookup(name).unwrap().call)(&mut context, &operands) {
        Ok(Some(result)) => result.to_string(),
        Ok(None) => "undefined".to_owned(),
        Err(error) => format!("error: {error}"),
    }
}

/// What a builtin says is wrong with text, without the place: ``message at line:column``. Empty if nothing is.
fn problem(name: &str, operands: &[&str]) -> String {
    match call(name, operands).strip_prefix("error: ") {
        None => String::new(),
        Some(message) => message
            .replace(" in GraphQL string at location ", " at ")
            .replace("Error in gqlparser SchemaDocument to Schema conversion: ", ""),
    }
}

#[test]
fn operands() {
    let schema = "`type Query { a: Int }`";
    check("graphql.is_valid", &["`{ a }`", schema], "true");
    check("graphql.is_valid", &["`{ b }`", schema], "false");
    check("graphql.is_valid", &["`{`", schema], "false");
    check("graphql.is_valid", &["1", schema], "false");
    check("graphql.is_valid", &["`{ a }`", "null"], "false");
    check("graphql.is_valid", &["`{ a }`", "unknown"], "unknown");
    check("graphql.schema_is_valid", &[schema], "true");
    check("graphql.schema_is_valid", &["`type Query { a: X }`"], "false");
    check("graphql.schema_is_valid", &["[]"], "false");
    check("graphql.schema_is_valid", &["``"], "true");
    check("graphql.parse_and_verify", &["`{ b }`", schema], "[false, {}, {}]");
    check("graphql.parse_and_verify", &["1", schema], "[false, {}, {}]");
    check("graphql.parse_and_verify", &["``", "``"], "[true, {}, {}]");
    check("graphql.parse", &["1", schema], "error: operand 1 must be one of {string, object} but got number");
    check("graphql.parse", &["``", "[]"], "error: operand 2 must be one of {string, object} but got array");
    check("graphql.parse_query", &["{}"], "error: operand 1 must be string but got object");
    check("graphql.parse_schema", &["{}"], "error: operand 1 must be string but got object");
    check("graphql.parse_query", &["unknown"], "unknown");
}

#[test]
fn tells_all_problems_in_one_message() {
    let found = call("graphql.parse", &["{ a\n b(x: 1) }", "type Query { c: Int }"]);
    let expected = "error: Cannot query field \"a\" on type \"Query\". Did you mean \"c\"?\n\
                    input:2:2: Cannot query field \"b\" on type \"Query\". Did you mean \"c\"?\n \
                    in GraphQL string at location 1:3";
    assert_eq!(found, expected);
}

#[test]
fn nesting_is_limited() {
    // On a thread with the stack that Rust gives one.
    let levels = |count: usize| format!("{}{{ a }}{}", "{ a ".repeat(count), " }".repeat(count));
    let fragments = |count: usize| {
        let chain = |at: usize| format!("fragment F{at} on Query {{ a {{ ...F{} }} }} ", at + 1);
        format!(
            "{{ ...F0 }} {} fragment F{count} on Query {{ a {{ __typename }} }}",
            (0..count).map(chain).collect::<String>()
        )
    };
    let check = move || {
        let schema = "type Query { a(x: [Int]): Query }";
        let too_deep = "Nested deeper than 200 levels";
        assert!(call("graphql.parse_query", &[&levels(199)]).starts_with('{'));
        assert!(call("graphql.parse_query", &[&levels(200)]).contains(too_deep));
        assert!(call("graphql.parse_query", &[&levels(1_000_000)]).contains(too_deep));
        let valid = levels(198).replace("{ a }", "{ a { __typename } }");
        assert!(call("graphql.parse", &[&valid, schema]).starts_with('['));
        let lists = |count: usize| format!("{{ a(x: {}{}) {{ id }} }}", "[".repeat(count), "]".repeat(count));
        assert!(call("graphql.parse_query", &[&lists(198)]).starts_with('{'));
        assert!(call("graphql.parse_query", &[&lists(100_000)]).contains(too_deep));
        let types = |count: usize| format!("type A {{ a: {}A{} }}", "[".repeat(count), "]".repeat(count));
        assert!(call("graphql.parse_schema", &[&types(199)]).starts_with('{'));
        assert!(call("graphql.parse_schema", &[&types(100_000)]).contains(too_deep));
        assert!(call("graphql.parse", &[&fragments(90), schema]).starts_with('['));
        assert!(call("graphql.parse", &[&fragments(10_000), schema]).contains("nested deeper than 200 levels"));
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(check).unwrap().join().unwrap();
}

#[test]
fn work_is_limited() {
    // Each level doubles the ways to the last.
    let twice = |at: usize| format!("fragment F{at} on __Type {{ ...F{} ofType {{ ...F{} }} }} ", at + 1, at + 1);
    let fragments: String = (0..60).map(twice).collect();
    let query = format!("{{ __type(name: \"A\") {{ ...F0 }} }} {fragments} fragment F60 on __Type {{ name }}");
    assert!(call("graphql.parse", &[&query, "type Query { a: Int }"]).contains("steps"));
    // So many pairs that conflict would make a message of megabytes.
    let query = format!("{{ {} }}", "a ".repeat(5_000));
    assert!(call("graphql.parse", &[&query, "type Query { a: Int }"]).contains("steps"));
}
