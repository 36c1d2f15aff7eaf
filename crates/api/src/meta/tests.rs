//! Tests of durations and references.

use std::time::Duration as Time;

use super::{DependencyReference, Duration, DurationProblem};

#[test]
fn durations_are_read_as_go_reads_them() {
    for (text, expected) in [
        ("0s", Time::ZERO),
        ("-0s", Time::ZERO),
        ("1h30m", Time::from_mins(90)),
        ("1.5s", Time::from_millis(1_500)),
        ("1m1m", Time::from_mins(2)),
        ("9223372036854775807ns", Time::from_nanos(9_223_372_036_854_775_807)),
    ] {
        assert_eq!(Duration::new(text).parse(), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_no_duration_says_why() {
    for text in ["", "soon", "10", "1d", "1 s", "9223372036854775808ns"] {
        let error = Duration::new(text).parse().expect_err("it is no duration");
        assert_eq!(error.to_string(), format!("invalid duration `{text}`"));
        assert!(matches!(error.problem, DurationProblem::Notation(_)), "{error:?}");
    }
    let error = Duration::new("-1s").parse().expect_err("no field means anything by it");
    assert_eq!(error.problem, DurationProblem::Negative);
}

#[test]
fn a_duration_keeps_the_text_it_was_written_with() {
    let duration: Duration = serde_json::from_str(r#""5m""#).expect("a string is a duration");
    assert_eq!(serde_json::to_string(&duration).expect("it can be written"), r#""5m""#);
    assert_eq!(duration.parse(), Ok(Time::from_mins(5)));
}

#[test]
fn any_scalar_can_stand_where_a_duration_should() {
    for (json, text) in [("5", "5"), ("-3", "-3"), ("1.5", "1.5"), ("true", "true"), (r#""x""#, "x")] {
        let duration: Duration = serde_json::from_str(json).expect("scalars are read");
        assert_eq!(duration.as_str(), text);
    }
    assert!(serde_json::from_str::<Duration>("[]").is_err());
}

/// kustomize.md 15.1
#[test]
fn a_dependency_is_printed_with_namespace_and_expression() {
    let mut dependency = DependencyReference { name: "base".to_owned(), ..Default::default() };
    assert_eq!(dependency.to_string(), "base");
    assert_eq!(dependency.namespace_or("own"), "own");
    dependency.namespace = Some("other".to_owned());
    dependency.ready_expr = Some("true".to_owned());
    assert_eq!(dependency.to_string(), "other/base@true");
    assert_eq!(dependency.namespace_or("own"), "other");
}
