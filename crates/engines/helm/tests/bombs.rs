//! Templates, values and schemas that would use up everything: each ends in an error that says what it is about.

mod oracle;

use std::sync::Arc;

use ferroflux_helm::{
    chart::{ArchiveLimits, load_files},
    render::{Capabilities, CompiledChart, Options, ReleaseOptions, render},
};

fn outcome(template: &str, more: &[(&str, &str)]) -> Result<usize, String> {
    let mut files = vec![
        ("Chart.yaml".to_owned(), b"apiVersion: v2\nname: c\nversion: 0.1.0\n".to_vec()),
        ("templates/t.yaml".to_owned(), template.as_bytes().to_vec()),
    ];
    files.extend(more.iter().map(|(name, data)| ((*name).to_owned(), data.as_bytes().to_vec())));
    let chart = load_files(files, &ArchiveLimits::default()).map_err(|error| error.to_string())?;
    let compiled = CompiledChart::new(Arc::new(chart)).map_err(|error| error.to_string())?;
    let release = ReleaseOptions { name: "r".into(), namespace: "n".into(), revision: 1, is_upgrade: false };
    let (capabilities, options) = (Capabilities::default(), Options::default());
    let values = serde_json::Map::new();
    render(&compiled, &values, &release, &capabilities, &oracle::context(), &options, &|| false)
        .map(|rendered| rendered.files.values().map(Vec::len).sum())
        .map_err(|error| error.to_string())
}

#[track_caller]
fn refused(template: &str, words: &str) {
    let error = outcome(template, &[]).expect_err("a bomb is refused");
    assert!(error.contains(words), "{}", error.chars().take(400).collect::<String>());
}

/// helm-engine.md 14 and 15: scenario 10
#[test]
fn recursion_without_end_is_an_error() {
    refused(
        "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
        "nested reference name: a",
    );
    refused(
        "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}",
        "exceeded maximum template depth",
    );
    refused("{{ $_ := set .Values \"t\" \"{{ tpl .Values.t . }}\" }}{{ tpl .Values.t . }}", "");
}

/// helm-engine.md 14
#[test]
fn results_beyond_the_budget_are_refused_by_name() {
    for (template, name) in [
        ("{{ repeat 1000000000 \"x\" }}", "repeat"),
        ("{{ until 1000000000 }}", "until"),
        ("{{ untilStep 0 2000000000 1 }}", "untilStep"),
        ("{{ seq 1000000000 }}", "seq"),
        ("{{ randAlphaNum 1000000000 }}", "randAlphaNum"),
        ("{{ randBytes 1000000000 }}", "randBytes"),
        ("{{ indent 1000000000 \"x\" }}", "indent"),
        ("{{ nindent 1000000000 \"x\" }}", "nindent"),
    ] {
        refused(template, name);
        refused(template, "needs more memory");
    }
    refused("{{ $x := repeat 1000000 \"x\" }}{{ range until 10000 }}{{ $x }}{{ end }}", "needs more memory");
}

/// helm-engine.md 14
#[test]
fn nesting_without_measure_is_an_error_and_never_a_crash() {
    let deep = |open: &str, middle: &str, close: &str| {
        format!("{}{middle}{}", open.repeat(20_000), close.repeat(20_000))
    };
    refused(&format!("{{{{ {} }}}}", deep("(", "1", ")")), "max expression depth exceeded");
    refused(&deep("{{ if 1 }}", "x", "{{ end }}"), "max expression depth exceeded");
    let yaml = "[".repeat(100_000);
    let text = format!("{{{{ (fromYaml `{yaml}`).Error }}}}{{{{ index (fromYamlArray `{yaml}`) 0 }}}}");
    assert!(outcome(&text, &[]).is_ok_and(|bytes| bytes > 0));
    assert!(outcome(&format!("{{{{ (fromJson `{yaml}`).Error }}}}"), &[]).is_ok_and(|bytes| bytes > 0));
    assert_eq!(
        outcome("{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ toJson $d }}{{ toYaml $d }}", &[]),
        Ok(0)
    );
    refused(
        "{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ deepCopy $d }}",
        "nested too deeply or holds itself",
    );
    assert!(outcome("{{ $d := dict }}{{ $_ := set $d \"d\" $d }}{{ $d }}", &[]).is_ok());
}

/// helm-engine.md 14
#[test]
fn a_schema_that_refers_to_itself_ends() {
    let cycle = [("values.schema.json", "{\"$ref\": \"#\"}"), ("values.yaml", "a: 1\n")];
    let _ = outcome("x", &cycle);
    let tree = [
        ("values.schema.json", "{\"properties\": {\"a\": {\"$ref\": \"#\"}, \"b\": {\"type\": \"string\"}}}"),
        ("values.yaml", "a: {a: {a: {b: 1}}}\n"),
    ];
    let error = outcome("x", &tree).expect_err("the innermost value is wrong");
    assert!(error.contains("- at '/a/a/a/b': got number, want string"), "{error}");
}

/// helm-engine.md 14
#[test]
fn a_bomb_of_aliases_in_values_is_refused() {
    let mut values = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let below = level - 1;
        values.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{below}"); 10].join(", ")));
    }
    let error = outcome("x", &[("values.yaml", &values)]).expect_err("it is refused");
    assert!(error.contains("cannot load values.yaml"), "{error}");
}
