use crate::builtins::testing::check;

#[test]
fn kinds() {
    let kinds = ["array", "boolean", "null", "number", "object", "set", "string"];
    for (x, kind) in [
        ("[unknown]", "array"),
        ("false", "boolean"),
        ("null", "null"),
        ("1", "number"),
        ("1e400", "number"),
        ("{}", "object"),
        ("set()", "set"),
        (r#""""#, "string"),
    ] {
        check("type_name", &[x], &format!("\"{kind}\""));
        for other in kinds {
            check(&format!("is_{other}"), &[x], if other == kind { "true" } else { "false" });
        }
    }
    check("type_name", &["unknown"], "unknown");
    check("is_string", &["unknown"], "unknown");
}
