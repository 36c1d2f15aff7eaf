use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

fn strict(text: &str, variables: &[(&str, &str)]) -> Result<String, Error> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    substitute(text, |name| variables.get(name).copied(), Strictness::Strict)
}

/// kustomize.md 8.3
#[test]
fn only_braced_references_are_replaced_and_a_doubled_dollar_stands_for_one() {
    let known = [("x", "X"), ("b", "B")];
    for (text, expected) in [
        ("$x $(x) $ $1", "$x $(x) $ $1"),
        ("$${x}", "${x}"),
        ("$$${x}", "$X"),
        ("$${a=${b}}", "${a=B}"),
        ("\\${x}", "\\X"),
        ("a${x}b\0c${x}", "aXb"),
        ("${x:-$$}", "X"),
        ("${e:-$$}", "$$"),
        ("${e:-$${x}}", "$X"),
        ("${x:-{a}}", "X}"),
    ] {
        assert_eq!(strict(text, &[&known[..], &[("e", "")]].concat()).as_deref(), Ok(expected), "{text}");
    }
}

/// kustomize.md 8.4
#[test]
fn an_unset_variable_is_an_error_unless_it_has_a_default_of_known_variables() {
    assert_eq!(strict("${nope}", &[]).unwrap_err().to_string(), "variable not set (strict mode): \"nope\"");
    assert_eq!(strict("${nope:-d}", &[]).as_deref(), Ok("d"));
    assert_eq!(strict("${v:-${nope}}", &[("v", "x")]), Err(Error::NotSet("nope".into())));
    assert_eq!(strict("${v}", &[("v", "")]).as_deref(), Ok(""));
    assert_eq!(substitute("a${nope^^}b", |_| None, Strictness::Lenient).as_deref(), Ok("ab"));
}

/// kustomize.md 8.3: the implementation must not crash.
#[test]
fn a_mebibyte_of_nested_braces_is_an_error() {
    for piece in ["${a:-", "${a/", "${a#", "${"] {
        let text = piece.repeat((1 << 20) / piece.len());
        assert!(strict(&text, &[("a", "")]).is_err(), "{piece}");
    }
    assert_eq!(strict(&"${a:-".repeat(1 << 18), &[("a", "")]), Err(Error::TooDeep));
    let deep = format!("{}x{}", "${a:-".repeat(MAX_DEPTH), "}".repeat(MAX_DEPTH));
    assert_eq!(strict(&deep, &[("a", "")]).as_deref(), Ok("x"));
}

/// security.md: regex/glob blow-up
#[test]
fn patterns_and_results_are_bounded() {
    let value = "a".repeat(1 << 13);
    let pattern = "*a".repeat(400) + "b";
    assert_eq!(strict(&format!("${{v##{pattern}}}"), &[("v", &value)]).as_deref(), Ok(value.as_str()));
    let value = "a".repeat(1 << 16);
    let long = "?".repeat(MAX_PATTERN + 1);
    assert_eq!(strict(&format!("${{v#{long}}}"), &[("v", "a")]), Err(Error::PatternTooLong("v".into())));
    assert_eq!(strict("${v//a/${v}}", &[("v", &value)]), Err(Error::TooLarge));
    assert_eq!(strict(&"${v}".repeat(300), &[("v", &value)]), Err(Error::TooLarge));
}

#[test]
fn a_substring_may_cut_a_character_only_if_the_rest_follows() {
    assert_eq!(strict("${v:0:1}${v:1}", &[("v", "é")]).as_deref(), Ok("é"));
    assert_eq!(strict("${v:1}", &[("v", "é")]), Err(Error::NotText));
    assert_eq!(strict("${v:0:${n}}", &[("v", "abc"), ("n", "-1")]), Err(Error::Length("v".into())));
    let huge = i64::MAX.to_string();
    assert_eq!(strict("${v:1:${n}}", &[("v", "abc"), ("n", &huge)]), Err(Error::Length("v".into())));
}

/// kustomize.md 8.4: values must not be copied into error messages.
#[test]
fn no_message_holds_a_value() {
    let secret = "s3cr3t-value";
    for text in ["${v:0:-1}", "${v/", "${v:0:${n}}", "${v#${l}}", "${v} ${nope}", "${v:1}"] {
        let long = secret.repeat(200);
        let error = strict(text, &[("v", secret), ("n", "-1"), ("l", &long)]);
        assert!(!error.is_err_and(|error| format!("{error} {error:?}").contains("s3cr3t")), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in "[$\\{}:a#%/^,=\\\\*? \u{e9}\0-]{0,60}") {
        let _ = strict(&text, &[("a", "value"), ("aa", "")]);
    }

    #[test]
    fn text_without_dollars_stays_as_it_is(text in "[^$\0]{0,200}") {
        prop_assert_eq!(strict(&text, &[]), Ok(text));
    }
}
