//! What is printed instead of running.

use std::time::Duration;

use super::*;
use crate::config::ShutdownPolicy;

static PROGRAM: Program = Program {
    name: "source-controller",
    version: "0.0.0",
    feature_gates: &[],
    defaults: &[("concurrent", "2")],
    environment: &[("metrics-addr", "METRICS_ADDR")],
    absent_flags: &["http-retry"],
    shutdown: ShutdownPolicy::Cancel(Duration::from_secs(5)),
    sharded_lease: true,
};

fn read(arguments: &[&str]) -> Result<CommonFlags, Usage> {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned());
    let variables = |name: &str| (name == "METRICS_ADDR").then(|| ":9999".to_owned());
    read_flags::<()>(&PROGRAM, arguments, variables).map(|(common, ())| common)
}

#[test]
fn a_programs_own_defaults_and_variables_count() {
    let flags = read(&[]).expect("valid");
    assert_eq!((flags.concurrent, flags.metrics_addr.as_str()), (2, ":9999"));
    assert_eq!(read(&["--metrics-addr=:1"]).expect("valid").metrics_addr, ":1");
}

/// source.md 15.1: usage followed by one line that names the problem.
#[test]
fn a_typing_error_prints_usage_and_names_the_flag() {
    let usage = read(&["--concurent=4"]).expect_err("it is refused");
    assert!(usage.text.starts_with("Usage of source-controller:\n"));
    assert!(
        usage
            .text
            .lines()
            .any(|line| { line.starts_with("      --concurrent int") && line.ends_with("(default 2)") })
    );
    assert_eq!(usage.problem.as_deref(), Some("unknown flag: --concurent\n"));
    let absent = read(&["--http-retry=4"]).expect_err("this program has no such flag");
    assert_eq!(absent.problem.as_deref(), Some("unknown flag: --http-retry\n"));
    assert!(!absent.text.contains("--http-retry"));
}

#[test]
fn help_is_no_problem() {
    assert_eq!(read(&["--help"]).expect_err("usage").problem, None);
}
