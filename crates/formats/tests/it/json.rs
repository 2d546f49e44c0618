use crate::{check, read};
use formats::{DuplicateKeys, Format, Options};

#[test]
fn documents() {
    check(
        &[
            ("{\"a\": [1, 2.50, 1e400, null]}", "{\"a\":[1,2.50,1e400,null]}"),
            ("\u{FEFF}{}", "{}"),
            ("{\"a\":1}\n{\"a\":2}\r\n\n{\"a\":3}\n", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}"),
            ("{}[]{\"a\":{}}", "{}\n[]\n{\"a\":{}}"),
            ("1 \"x\" null", "1\n\"x\"\nnull"),
        ],
        |text| read(text, Format::Json, &Options::default()),
    );
}

#[test]
fn mistakes() {
    check(
        &[
            (
                "",
                "1:1: expected a value, found the end of the input (nothing was read: check the command that should have written it)",
            ),
            (
                "{\"a\": [1,",
                "1:10: expected a value, found the end of the input (the input is cut off: check the command that wrote it)",
            ),
            ("{\"a\":\n  tru}", "2:3: expected a value, found `tru`"),
            (
                "{\"a\": 1,\n \"b\": 2,\n \"a\": 3}",
                "3:8: the object that ends here has the key \"a\" twice (remove one of them: readers differ on which one counts)",
            ),
            (
                "{\"a\":1}\n{\"a\" 1}",
                "2:6: expected `:`, found `1` (several documents may follow one another, with nothing between them)",
            ),
        ],
        |text| read(text, Format::Json, &Options::default()),
    );
}

#[test]
fn the_last_of_equal_keys_where_the_caller_says_so() {
    let options = Options { duplicate_keys: DuplicateKeys::LastWins, ..Options::default() };
    assert_eq!(read("{\"a\":1,\"a\":2}", Format::Json, &options), "{\"a\":2}");
}
