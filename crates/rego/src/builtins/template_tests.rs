use crate::builtins::testing::check;

const DATA: &str = r#"{"name": "ann", "n": 0, "on": true, "off": false, "none": null, "empty": [],
    "xs": ["a", "b"], "m": {"k": "v", "l": {"z": 1.50}}, "html": "<a href='x'>"}"#;

#[track_caller]
fn renders(template: &str, expected: &str) {
    check("strings.render_template", &[&format!("`{template}`"), DATA], &format!("{expected:?}"));
}

#[track_caller]
fn fails(template: &str, expected: &str) {
    check("strings.render_template", &[&format!("`{template}`"), DATA], &format!("error: template: {expected}"));
}

#[test]
fn fills_in_values() {
    for (template, expected) in [
        ("plain", "plain"),
        ("{{.name}} {{ .m.k }} {{.m.l.z}} {{$.name}}", "ann v 1.50 ann"),
        ("{{.xs}} {{.m}} {{.on}} {{.none}}", "[a b] map[k:v l:map[z:1.50]] true <undefined>"),
        ("{{.missing}} {{.missing.inner}}", "<undefined> <undefined>"),
        (r#"{{"a\tb"}} {{1}} {{1.5}} {{0x10}} {{'a'}} {{true}}"#, "a\tb 1 1.5 16 97 true"),
        ("a {{- /* a comment */ -}} b {{- 1 -}} c", "ab1c"),
        ("{{/* first */}}x", "x"),
        ("{{$x := .name}}{{$x}}{{$x = 2}}{{$x}}", "ann2"),
        (r#"{{.name | printf "%s-%v" "x"}}"#, "x-ann"),
        (r#"{{(index .m "l").z}} {{index .xs 1}} {{index .m "l" "z"}} {{index .m "no"}}"#, "1.50 b 1.50 <undefined>"),
    ] {
        renders(template, expected);
    }
}

#[test]
fn branches_and_loops() {
    for (template, expected) in [
        ("{{if .on}}a{{else}}b{{end}}{{if .off}}a{{else if .name}}c{{else}}b{{end}}", "ac"),
        // A number of the object is a text to Go, and no empty one.
        ("{{if .n}}a{{end}}{{if 0}}b{{end}}{{if .missing}}c{{end}}{{if .empty}}d{{end}}", "a"),
        ("{{range .xs}}<{{.}}>{{end}}", "<a><b>"),
        ("{{range $i, $x := .xs}}{{if $i}},{{end}}{{$i}}{{$x}}{{end}}", "0a,1b"),
        ("{{range $k, $v := .m}}{{$k}} {{end}}", "k l "),
        ("{{range .empty}}a{{else}}none{{end}}", "none"),
        ("{{range 3}}{{.}}{{end}}", "012"),
        ("{{range .xs}}{{if eq . `x`}}{{continue}}{{end}}{{.}}{{break}}{{end}}", "a"),
        ("{{with .m}}{{.k}}{{$.name}}{{end}}{{with .off}}a{{else with .name}}{{.}}{{end}}", "vannann"),
        (r#"{{define "t"}}<{{.}}>{{end}}{{template "t" .name}}{{block "u" .n}}[{{.}}]{{end}}"#, "<ann>[0]"),
    ] {
        let template = template.replace("`x`", "\"x\"");
        renders(&template, expected);
    }
}

#[test]
fn calls_functions() {
    for (template, expected) in [
        (
            r#"{{eq .name "bob" "ann"}} {{ne 1 2}} {{lt 1 2}} {{ge "a" "b"}} {{eq .none nil}}"#,
            "true true true false true",
        ),
        ("{{and .on .name}} {{and .off .missing.x}} {{or .off .name}} {{not .off}}", "ann false ann true"),
        ("{{len .xs}} {{len .m}} {{len .name}} {{slice .name 1}} {{slice .xs 0 1}}", "2 2 3 nn [a]"),
        (r#"{{print 1 2 "a" true}} {{println .name}}{{printf "%05.1f|%-4s|%q" 2.25 .name .name}}"#, {
            "1 2atrue ann\n002.2|ann |\"ann\""
        }),
        ("{{html .html}} {{js .html}} {{urlquery .html}}", {
            r"&lt;a href=&#39;x&#39;&gt; \u003Ca href\u003D\'x\'\u003E %3Ca+href%3D%27x%27%3E"
        }),
    ] {
        renders(template, expected);
    }
}

#[test]
fn says_what_is_wrong() {
    for (template, expected) in [
        ("a\n{{.name", "template:2: unclosed action"),
        ("{{if .on}}", "template:1: unexpected EOF"),
        ("{{end}}", "template:1: unexpected {{end}}"),
        ("{{unheard 1}}", r#"template:1: function "unheard" not defined"#),
        ("{{$x}}", r#"template:1: undefined variable "$x""#),
        ("{{}}", "template:1: missing value for command"),
        ("{{break}}", "template:1: {{break}} outside {{range}}"),
        ("{{.name.x}}", r#"template:1:2: executing "template" at <.name.x>: can't evaluate field x in type string"#),
        (
            "\n {{index .xs 5}}",
            r#"template:2:3: executing "template" at <index>: error calling index: index out of range: 5"#,
        ),
        (
            "{{eq .n 0}}",
            r#"template:1:2: executing "template" at <eq>: error calling eq: incompatible types for comparison"#,
        ),
        ("{{len 3}}", r#"template:1:2: executing "template" at <len>: error calling len: len of type int"#),
        ("{{range .name}}{{end}}", r#"template:1:8: executing "template" at <.name>: range can't iterate over ann"#),
        ("{{len}}", r#"template:1:2: executing "template" at <len>: wrong number of args for len: want 1 got 0"#),
    ] {
        fails(template, expected);
    }
    let forever = r#"{{define "t"}}{{template "t"}}{{end}}{{template "t"}}"#;
    fails(forever, r#"template:1:25: executing "t" at <>: exceeded maximum template depth"#);
    check("strings.render_template", &["`x`", "1"], "error: operand 2 must be object but got number");
    check("strings.render_template", &["`{{range 9999999999}}{{end}}`", "{}"], "error: the template takes too long");
    check("strings.render_template", &["unknown", "{}"], "unknown");
}
