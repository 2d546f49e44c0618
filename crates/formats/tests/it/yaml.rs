use crate::{check, read};
use formats::{Dialect, Format, Options, TagStyle};
use value::Arena;

fn yaml(text: &str) -> String {
    read(text, Format::Yaml, &Options::default())
}

fn core(text: &str) -> String {
    read(text, Format::Yaml, &Options { dialect: Dialect::Core, ..Options::default() })
}

fn go_yaml(text: &str) -> String {
    read(text, Format::Yaml, &Options { dialect: Dialect::GoYaml, ..Options::default() })
}

fn plain(text: &str) -> String {
    read(text, Format::Yaml, &Options { tags: TagStyle::Plain, ..Options::default() })
}

fn lenient(text: &str) -> String {
    read(text, Format::Yaml, &Options::lenient())
}

#[test]
fn collections_and_texts() {
    check(
        &[
            ("a: 1\nb:\n- x\n- z: z\n  w: [1, {q: 2}]\n", r#"{"a":1,"b":["x",{"w":[1,{"q":2}],"z":"z"}]}"#),
            ("{\"a\": \"b\", 'c': d}", r#"{"a":"b","c":"d"}"#),
            (
                "a: |\n  one\n   two\n\nb: >-\n  one\n  two\nc: |+\n  x\n\n",
                r#"{"a":"one\n two\n","b":"one two","c":"x\n\n"}"#,
            ),
            (
                "a: \"\\u00e9\\x41\\n\"\nb: 'it''s'\nc: one\n  two\n",
                "{\"a\":\"éA\\n\",\"b\":\"it's\",\"c\":\"one two\"}",
            ),
            ("a: x # comment\r\nb: z\r\n", r#"{"a":"x","b":"z"}"#),
            ("? a\n: b\n? long\n", r#"{"a":"b","long":null}"#),
            ("a: http://x.y/z?q=1\ntime: 12:30:45\n", r#"{"a":"http://x.y/z?q=1","time":"12:30:45"}"#),
            ("\u{FEFF}a: 1", r#"{"a":1}"#),
            ("--- |\n text\n", r#""text\n""#),
        ],
        yaml,
    );
}

#[test]
fn documents() {
    check(
        &[
            ("", ""),
            ("# nothing\n", ""),
            ("---\n", "skipped 1"),
            ("a: 1\n---\n# nothing\n---\nb: 2\n---\n", "{\"a\":1}\n{\"b\":2}\nskipped 2"),
            ("%YAML 1.2\n---\na: 1\n...\n---\nb: 2\n", "{\"a\":1}\n{\"b\":2}"),
            ("--- null\n--- ~\n--- ''\n", "null\nnull\n\"\""),
        ],
        yaml,
    );
}

#[test]
fn scalars_as_kubernetes_reads_them() {
    check(
        &[
            ("[yes, Yes, YES, on, y, Y, true, True]", "[true,true,true,true,true,true,true,true]"),
            ("[no, No, off, OFF, n, false, FALSE]", "[false,false,false,false,false,false,false]"),
            ("[~, null, Null, NULL]", "[null,null,null,null]"),
            ("y: 1\nk:", r#"{"k":null,"true":1}"#),
            ("[yEs, nULL, tRUE, Y1, none]", r#"["yEs","nULL","tRUE","Y1","none"]"#),
            ("['yes', \"on\", 'null', '1']", r#"["yes","on","null","1"]"#),
            ("[0o17, 017, 0x1F, 0X1f, 0b11, -0x10, +7, 08, 00]", "[15,15,31,31,3,-16,7,8,0]"),
            ("[1_000, 1__2, 0x_F, 1_0.5, _1]", r#"[1000,12,15,10.5,"_1"]"#),
            ("[1.5, .5, 1., 1e3, 1.5e-7, -.5, +.5, 1E3]", "[1.5,0.5,1,1000,1.5e-7,-0.5,0.5,1000]"),
            ("[1e400, 12e4567, 0x, 0b12, 0o8, --, +, .]", r#"["1e400","12e4567","0x","0b12","0o8","--","+","."]"#),
            ("[18446744073709551615, -9223372036854775809]", "[18446744073709551615,-9223372036854775809]"),
            (
                "[123456789012345678901234567890, 0.1000000000000000000001]",
                "[123456789012345678901234567890,0.1000000000000000000001]",
            ),
            ("[0xFFFFFFFFFFFFFFFF, 0x10000000000000000]", r#"[18446744073709551615,"0x10000000000000000"]"#),
            (
                "[2001-01-01, 2001-12-14T21:59:43.10-05:00, 10.0.0.1]",
                r#"["2001-01-01","2001-12-14T21:59:43.10-05:00","10.0.0.1"]"#,
            ),
            ("{1: a, 1.5: b, yes: c, 0x10: d, null1: e}", r#"{"1":"a","1.5":"b","16":"d","null1":"e","true":"c"}"#),
        ],
        yaml,
    );
}

#[test]
fn scalars_as_go_yaml_reads_them_without_a_type() {
    check(
        &[
            ("[yes, on, y, no, true, False]", r#"["yes","on","y","no",true,false]"#),
            ("[0o17, 017, 0x1F, 0b11, 1_000, 1e3, .5, -12]", "[15,15,31,3,1000,1000,0.5,-12]"),
            ("{yes: 1}", r#"{"yes":1}"#),
            ("a: &a {x: 1}\nb: {x: 2, <<: *a}", r#"{"a":{"x":1},"b":{"x":2}}"#),
        ],
        go_yaml,
    );
}

#[test]
fn scalars_as_the_core_schema_reads_them() {
    check(
        &[
            ("[yes, on, y, no, true, False]", r#"["yes","on","y","no",true,false]"#),
            ("[0o17, 017, 0x1F, 0b11, 1_000, 1e3, .5, -12]", r#"[15,17,31,"0b11","1_000",1000,0.5,-12]"#),
            ("{yes: 1}", r#"{"yes":1}"#),
        ],
        core,
    );
}

#[test]
fn tags_of_yaml() {
    check(
        &[
            ("[!!str 1, ! 2, !!int 3, !!float 4, !!bool yes, !!null ~]", r#"["1","2",3,4,true,null]"#),
            ("!!map {a: !!seq [!!binary aGVsbG8=]}", r#"{"a":["hello"]}"#),
            ("!<tag:yaml.org,2002:str> 1", r#""1""#),
            ("[!!str , !!str '']", r#"["",""]"#),
            ("!!int x", "1:7: `x` is not what the tag `!!int` says"),
            ("!!binary '*'", "1:10: `*` is not what the tag `!!binary` says"),
            (
                "!!binary /w==",
                "1:10: the binary data is not a UTF-8 text (leave the tag `!!binary` out: the base64 text itself is then the value)",
            ),
            ("!!int [1]", "1:1: the tag `!!int` does not fit what stands under it"),
            (
                "a:\n  !reference [x]",
                "2:3: unknown tag `!reference` (put quotes around it if it is a text that begins with `!`, else write the value without the tag)",
            ),
        ],
        yaml,
    );
    check(
        &[
            ("a: !foo 1\nb: !bar [1]", r#"{"a":"1","b":[1]}"#),
            ("a: 1\na: 2", r#"{"a":2}"#),
            ("on: [y, NO, true]", r#"{"on":["y","NO",true]}"#),
        ],
        lenient,
    );
    check(
        &[(
            "a: !Ref x",
            "1:4: unknown tag `!Ref` (it is a CloudFormation function: read the file as a CloudFormation template)",
        )],
        plain,
    );
}

#[test]
fn functions_of_cloudformation() {
    check(
        &[
            ("!Ref x", r#"{"Ref":"x"}"#),
            ("!Ref 123", r#"{"Ref":"123"}"#),
            ("!Condition c", r#"{"Condition":"c"}"#),
            ("!GetAtt a.b", r#"{"Fn::GetAtt":["a","b"]}"#),
            ("!GetAtt a.Outputs.b", r#"{"Fn::GetAtt":["a","Outputs.b"]}"#),
            ("!GetAtt [a, b]", r#"{"Fn::GetAtt":["a","b"]}"#),
            ("!GetAtt a", r#"{"Fn::GetAtt":"a"}"#),
            ("!Sub 'x-${A}'", r#"{"Fn::Sub":"x-${A}"}"#),
            ("!Join ['-', [a, !Ref b]]", r#"{"Fn::Join":["-",["a",{"Ref":"b"}]]}"#),
            ("!If [c, !GetAZs '', !Ref AWS::NoValue]", r#"{"Fn::If":["c",{"Fn::GetAZs":""},{"Ref":"AWS::NoValue"}]}"#),
            ("!GetAZs", r#"{"Fn::GetAZs":""}"#),
            (
                "!Transform\n  Name: AWS::Include\n  Parameters: {Location: x}",
                r#"{"Fn::Transform":{"Name":"AWS::Include","Parameters":{"Location":"x"}}}"#,
            ),
            ("!Not [!Equals [!Ref a, true]]", r#"{"Fn::Not":[{"Fn::Equals":[{"Ref":"a"},true]}]}"#),
            ("a: &x !Ref y\nb: *x", r#"{"a":{"Ref":"y"},"b":{"Ref":"y"}}"#),
        ],
        yaml,
    );
    for name in [
        "And",
        "Or",
        "Select",
        "Split",
        "FindInMap",
        "ImportValue",
        "Base64",
        "Cidr",
        "ToJsonString",
        "Length",
        "ForEach",
    ] {
        assert_eq!(yaml(&format!("!{name} [a]")), format!(r#"{{"Fn::{name}":["a"]}}"#));
    }
}

#[test]
fn anchors_and_merges() {
    check(
        &[
            ("a: &x [1]\nb: *x\nc: {d: *x}", r#"{"a":[1],"b":[1],"c":{"d":[1]}}"#),
            ("a: &x k\n*x : v", r#"{"a":"k","k":"v"}"#),
            ("a: &x 1\nb: &x 2\nc: *x", r#"{"a":1,"b":2,"c":2}"#),
            ("d: &d {a: 1, b: 2}\ne:\n  <<: *d\n  b: 3", r#"{"d":{"a":1,"b":2},"e":{"a":1,"b":3}}"#),
            (
                "d: &d {a: 1}\ne: &e {a: 2, b: 2}\nf: {<<: [*d, *e]}",
                r#"{"d":{"a":1},"e":{"a":2,"b":2},"f":{"a":1,"b":2}}"#,
            ),
            ("{<<: {a: 1}, b: 2}", r#"{"a":1,"b":2}"#),
            ("{'<<': 1}", r#"{"<<":1}"#),
            ("a: <<", r#"{"a":"<<"}"#),
            (
                "a: &x [*x]",
                "1:8: the alias stands inside of the value that it names (a document cannot contain itself)",
            ),
            (
                "a: *nope",
                "1:4: no anchor above is named `nope` (put quotes around it if it is a text that begins with `*`)",
            ),
            (
                "a: &x 1\n---\nb: *x",
                "3:4: no anchor above is named `x` (put quotes around it if it is a text that begins with `*`)",
            ),
            (
                "a: &x 1\nb: {<<: *x}",
                "2:9: `<<` merges mappings, and this is something else (name a mapping, as in `<<: *defaults`, or put quotes around the key `<<`)",
            ),
        ],
        yaml,
    );
    let late = "d: &d {a: 1}\ne:\n  a: 2\n  <<: *d";
    assert_eq!(yaml(late), r#"{"d":{"a":1},"e":{"a":1}}"#, "kubectl lets a merge override what stands above it");
    assert_eq!(core(late), r#"{"d":{"a":1},"e":{"a":2}}"#, "YAML lets every written key win");
}

#[test]
fn mistakes() {
    check(
        &[
            (
                "a: 1\nb: 2\na: 3\n",
                "3:1: the mapping has the key `a` twice (it stands in line 1 already; remove one of them: readers differ on which one counts)",
            ),
            (
                "x:\n  - 1: a\n    \"1\": b\n",
                "3:5: the mapping has the key `1` twice (it stands in line 2 already; remove one of them: readers differ on which one counts)",
            ),
            (
                "a: b: c\n",
                "1:5: a mapping is not allowed here (check the indentation, or put quotes around a text that has `: ` in it)",
            ),
            ("a:\n\t- b\n", "2:2: a tab stands where only spaces may (indent with spaces)"),
            ("a: 'x\n", "1:4: a quoted text begins here that nothing closes"),
            ("a: [1, 2\n", "1:4: a `[` stands here that nothing closes"),
            ("a: {b: 1]\n", "1:4: a `{` is closed with `]`"),
            ("a: @x\n", "1:4: a text may not begin with `@` (put quotes around it)"),
            ("a: .inf\n", "1:4: `.inf` is a number that JSON cannot hold (put quotes around it if it is a text)"),
            ("a: -.INF\n", "1:4: `-.INF` is a number that JSON cannot hold (put quotes around it if it is a text)"),
            ("a: .nan\n", "1:4: `.nan` is a number that JSON cannot hold (put quotes around it if it is a text)"),
            (
                "? [a]\n: b\n",
                "1:3: a key has to be a string, a number or a boolean, and this is a list (put quotes around the key if it is a text)",
            ),
            (
                "~: b\n",
                "1:1: a key has to be a string, a number or a boolean, and this is null (put quotes around the key if it is a text)",
            ),
            (
                "a: 1\nb: {{ .Values.b }}\n",
                "2:5: a key has to be a string, a number or a boolean, and this is a mapping (this looks like a template: render it first, for Helm with `helm template`)",
            ),
            ("é: *n", "1:4: no anchor above is named `n` (put quotes around it if it is a text that begins with `*`)"),
        ],
        yaml,
    );
}

#[test]
fn one_document() {
    let arena = Arena::new();
    let parse = |text: &str| formats::yaml::parse_value(&arena, text, &Options::lenient());
    assert_eq!(parse("a: yes").unwrap().to_string(), "{\"a\": \"yes\"}");
    assert_eq!(parse("").unwrap().to_string(), "null");
    assert_eq!(
        parse("a: 1\n---\nb: 2").unwrap_err().to_string(),
        "yaml: line 3, column 1: expected one document, found several"
    );
    assert_eq!(parse("a: [").unwrap_err().to_string(), "yaml: line 1, column 4: a `[` stands here that nothing closes");
}

#[test]
fn the_first_document() {
    let arena = Arena::new();
    let parse =
        |text: &str| formats::yaml::parse_first(&arena, text, &Options::lenient()).map(|value| value.to_string());
    assert_eq!(parse("a: 1\n---\nb: [").unwrap(), "{\"a\": 1}");
    assert_eq!(parse("---\n---\nb: 1").unwrap(), "null");
    assert_eq!(parse("").unwrap(), "null");
    assert!(parse("a: [\n---\nb: 1").is_err());
}

#[test]
fn documents_know_where_they_stand() {
    let text = "# c\na: 1\n---\n---\n!Ref x\n---\n- 1\n- |\n  text\n\n";
    let arena = Arena::new();
    let read = formats::parse(&arena, &value::Source::new("-", text), Format::Yaml, &Options::default()).unwrap();
    let places: Vec<_> = read
        .documents
        .iter()
        .map(|document| (document.index, &text[document.span.start as usize..document.span.end as usize]))
        .collect();
    assert_eq!(places, [(0, "a: 1"), (1, "!Ref x"), (2, "- 1\n- |\n  text")]);
}
