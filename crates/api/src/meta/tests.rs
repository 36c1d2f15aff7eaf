//! Tests of durations and references.

use std::time::Duration as Time;

use super::{DependencyReference, Duration, duration::DurationProblem};

#[test]
fn durations_are_read_as_go_reads_them() {
    let nanoseconds = |text: &str| Duration::new(text).parse().map(|duration| duration.as_nanos());
    for (text, expected) in [
        ("0", 0),
        ("0s", 0),
        ("-0s", 0),
        ("1h30m", 5_400_000_000_000),
        ("1.5s", 1_500_000_000),
        (".5s", 500_000_000),
        ("1.s", 1_000_000_000),
        ("+2m", 120_000_000_000),
        ("100ms", 100_000_000),
        ("1us2ns", 1_002),
        ("1µs", 1_000),
        ("1m1m", 120_000_000_000),
        ("0.1h", 360_000_000_000),
        ("1.0000000001s", 1_000_000_000),
        ("9223372036854775807ns", 9_223_372_036_854_775_807),
    ] {
        assert_eq!(nanoseconds(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_no_duration_says_why() {
    let problem = |text: &str| Duration::new(text).parse().map_err(|error| error.problem);
    for (text, expected) in [
        ("", DurationProblem::Empty),
        ("-", DurationProblem::Number),
        ("soon", DurationProblem::Number),
        (".s", DurationProblem::Number),
        ("10", DurationProblem::MissingUnit),
        ("1d", DurationProblem::UnknownUnit),
        ("1 s", DurationProblem::UnknownUnit),
        ("-1s", DurationProblem::Negative),
        ("9223372036854775808ns", DurationProblem::TooLong),
        ("99999999999999999999h", DurationProblem::TooLong),
        ("2562048h", DurationProblem::TooLong),
    ] {
        assert_eq!(problem(text), Err(expected), "{text}");
    }
    let error = Duration::new("1d").parse().expect_err("Go has no days");
    assert_eq!(error.to_string(), "invalid duration `1d`: unknown unit");
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
