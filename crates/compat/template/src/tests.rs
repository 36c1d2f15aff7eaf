//! Small cases of each part; the comparison with Go's own package stands in `tests/`.

use crate::{Execution, Functions, Limits, Parsed, Templates, Value};

fn data() -> Value {
    let nested = Value::map([("b".into(), Value::Float(1_000_000.0)), ("s".into(), Value::from("x"))]);
    Value::map([
        ("a".into(), nested),
        ("list".into(), Value::list(vec![Value::Int(1), Value::from("two"), Value::Nil])),
        ("port".into(), Value::Float(80.0)),
        ("nothing".into(), Value::Nil),
    ])
}

fn render(text: &str) -> String {
    let functions = Functions::builtins();
    let mut templates = Templates::new("t");
    match Parsed::parse("t", text, &|name| functions.contains(name)) {
        Ok(parsed) => templates.add(&parsed),
        Err(error) => return error.to_string(),
    }
    let mut execution = Execution::new(&templates, &functions, Limits::default(), &|| false);
    match execution.render("t", data()) {
        Ok(output) => String::from_utf8_lossy(&output).into_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn actions_print_their_value() {
    assert_eq!(render("{{ .a.b }} {{ .a.s }} {{ .port }}"), "1e+06 x 80");
    assert_eq!(render("{{ .list }} {{ .missing }} {{ .a }}"), "[1 two <nil>] <no value> map[b:1e+06 s:x]");
}

#[test]
fn trim_markers_eat_white_space_on_their_side() {
    assert_eq!(render("x  {{- \"a\" -}}  b"), "xab");
    assert_eq!(render("{{-3}}"), "-3");
    assert_eq!(render("x {{- /* c */ -}} y"), "xy");
}

#[test]
fn missing_keys_of_nil_are_errors_unless_in_parentheses() {
    assert_eq!(
        render("{{ .missing.b }}"),
        "template: t:1:11: executing \"t\" at <.missing.b>: nil pointer evaluating interface {}.b"
    );
    assert_eq!(render("[{{ (.missing).b }}]"), "[<no value>]");
}

#[test]
fn range_sets_variables_and_dot() {
    assert_eq!(render("{{ range $i, $e := .list }}{{ $i }}={{ $e }};{{ end }}"), "0=1;1=two;2=<no value>;");
    assert_eq!(render("{{ range $k, $v := .a }}{{ $k }}:{{ $v }} {{ end }}"), "b:1e+06 s:x ");
    assert_eq!(render("{{ range 3 }}x{{ end }}{{ range .missing }}y{{ else }}z{{ end }}"), "xxxz");
    assert_eq!(render("{{ range .list }}{{ . }}{{ break }}{{ end }}"), "1");
    assert_eq!(
        render("{{ range .port }}{{ end }}"),
        "template: t:1:9: executing \"t\" at <.port>: range can't iterate over 80"
    );
}

#[test]
fn variables_live_until_their_block_ends() {
    assert_eq!(render("{{ $x := 1 }}{{ range 2 }}{{ $x = 5 }}{{ end }}{{ $x }}"), "5");
    assert_eq!(render("{{ $x := 1 }}{{ range 2 }}{{ $x := 5 }}{{ end }}{{ $x }}"), "1");
}

#[test]
fn comparisons_refuse_mixed_types() {
    assert_eq!(
        render("{{ if eq .port 80 }}{{ end }}"),
        "template: t:1:6: executing \"t\" at <eq .port 80>: error calling eq: incompatible types for comparison: float64 and int"
    );
    assert_eq!(render("{{ eq .missing nil }} {{ lt 1 2 }} {{ ge \"b\" \"a\" }}"), "true true true");
}

#[test]
fn printing_follows_go() {
    assert_eq!(
        render(r#"{{ printf "%d %s %v %q" 1.5 3 nil "a" }}"#),
        r#"%!d(float64=1.5) %!s(int=3) <nil> "a""#
    );
    assert_eq!(render(r#"{{ print 1 2 "a" "b" 3 }} {{ print "a" 1 2 3 "b" }}"#), "1 2ab3 a1 2 3b");
    assert_eq!(
        render(r#"{{ printf "%5.2f|%-5d|%05d|%x|%+d|%T" 3.14159 7 42 255 3 .port }}"#),
        " 3.14|7    |00042|ff|+3|float64"
    );
    assert_eq!(
        render(r#"{{ printf "%d" }} {{ printf "x" 1 }} {{ printf "%z" 1 }}"#),
        "%!d(MISSING) x%!(EXTRA int=1) %!z(int=1)"
    );
}

#[test]
fn templates_call_templates() {
    assert_eq!(
        render(r#"{{ define "x" }}[{{ . }}]{{ end }}{{ template "x" .port }}{{ template "x" }}"#),
        "[80][<no value>]"
    );
    assert_eq!(render(r#"{{ block "y" .a.s }}<{{ . }}>{{ end }}"#), "<x>");
    assert_eq!(
        render(r#"{{ template "nope" }}"#),
        r#"template: t:1:12: executing "t" at <{{template "nope"}}>: template "nope" not defined"#
    );
}

#[test]
fn endless_recursion_is_an_error() {
    let functions = Functions::builtins();
    let mut templates = Templates::new("t");
    let parsed =
        Parsed::parse("t", r#"{{ template "t" . }}"#, &|name| functions.contains(name)).expect("parses");
    templates.add(&parsed);
    let limits = Limits { depth: 50, ..Limits::default() };
    let mut execution = Execution::new(&templates, &functions, limits, &|| false);
    let error = execution.render("t", Value::Nil).expect_err("recursion ends").to_string();
    assert!(error.contains("exceeded maximum template depth (100000)"), "{error}");
}

#[test]
fn parse_errors_name_the_line() {
    assert_eq!(render("a\n{{ .x }"), "template: t:2: unexpected \"}\" in operand");
    assert_eq!(render("{{ nope }}"), "template: t:1: function \"nope\" not defined");
    assert_eq!(render("{{ if }}{{ end }}"), "template: t:1: missing value for if");
    assert_eq!(render("{{ range .list }}"), "template: t:1: unexpected EOF");
    assert_eq!(render("{{ end }}"), "template: t:1: unexpected {{end}}");
    assert_eq!(render("{{ $x }}"), "template: t:1: undefined variable \"$x\"");
    assert_eq!(render("{{ .Values.my-key }}"), "template: t:1: bad character U+002D '-'");
    assert_eq!(render("{{ break }}"), "template: t:1: {{break}} outside {{range}}");
    assert_eq!(render("{{ 1 | 2 }}"), "template: t:1: non executable command in pipeline stage 2");
}
