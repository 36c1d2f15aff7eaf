//! Flags: pflag's syntax, and the shared flags as the contract lists them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;

crate::flag_group! {
    /// One flag of every type.
    struct Everything {
        /// A word.
        word: String = "word", "a", "";
        /// A switch.
        switch: bool = "switch", "false", "";
        /// A number.
        number: i64 = "number", "1", "";
        /// A rate.
        rate: f64 = "rate", "0.5", "";
        /// A time.
        time: Duration = "time", "1m0s", "";
        /// A comma list.
        commas: CommaList = "commas", "", "";
        /// A repeated flag.
        repeated: Repeated = "repeated", "", "";
        /// Gates.
        gates: GateList = "gates", "", "";
    }
}

fn read(arguments: &[&str]) -> Result<Everything, UsageError> {
    let mut flags = FlagSet::default();
    Everything::define(&mut flags);
    flags.parse(arguments.iter().map(|argument| (*argument).to_owned()), |_| None)?;
    Ok(Everything::read(&flags))
}

fn problem(arguments: &[&str]) -> String {
    match read(arguments) {
        Err(UsageError::Invalid(problem)) => problem,
        other => panic!("{arguments:?} should be refused: {other:?}"),
    }
}

#[test]
fn a_value_stands_behind_an_equals_sign_or_in_the_next_word() {
    assert_eq!(read(&["--word=b"]).expect("valid").word, "b");
    assert_eq!(read(&["--word", "b"]).expect("valid").word, "b");
    assert_eq!(read(&["--word="]).expect("valid").word, "");
    assert_eq!(read(&[]).expect("valid").word, "a");
}

#[test]
fn a_boolean_does_not_take_the_next_word() {
    let flags = read(&["--switch", "false", "--number=2"]).expect("valid");
    assert!(flags.switch);
    assert_eq!(flags.number, 2);
    for text in ["true", "1", "t", "T", "TRUE", "True"] {
        assert!(read(&[&format!("--switch={text}")]).expect("valid").switch);
    }
    assert!(!read(&["--switch", "--switch=F"]).expect("valid").switch);
}

/// install-and-cli.md 12: scenario 11
#[test]
fn of_a_repeated_flag_the_last_one_wins() {
    assert_eq!(read(&["--number=4", "--number=10"]).expect("valid").number, 10);
}

/// install-and-cli.md 12: scenario 12
#[test]
fn repeated_gates_are_merged_and_the_later_pair_wins() {
    let flags = read(&["--gates=A=true, B = false,", "--gates=B=true"]).expect("valid");
    assert_eq!(flags.gates.0, BTreeMap::from([("A".to_owned(), true), ("B".to_owned(), true)]));
}

#[test]
fn lists_split_at_commas_or_not() {
    let flags = read(&["--commas=a,b", "--commas=c", "--repeated=a,b", "--repeated=c"]).expect("valid");
    assert_eq!(flags.commas.0, ["a", "b", "c"]);
    assert_eq!(flags.repeated.0, ["a,b", "c"]);
}

#[test]
fn durations_and_numbers_are_read_as_go_reads_them() {
    for (text, millis) in [("1h5m30s", 3_930_000), ("750ms", 750), ("1.5h", 5_400_000), ("0", 0)] {
        assert_eq!(read(&["--time", text]).expect("valid").time, Duration::from_millis(millis));
    }
    for text in ["-1s", "5", "1y", ""] {
        assert!(
            problem(&["--time", text])
                .starts_with(&format!("invalid argument \"{text}\" for \"--time\" flag: "))
        );
    }
    assert_eq!(read(&["--number=0x10"]).expect("valid").number, 16);
    assert_eq!(read(&["--number=-3"]).expect("valid").number, -3);
    assert!((read(&["--rate=2e3"]).expect("valid").rate - 2000.0).abs() < f64::EPSILON);
}

/// install-and-cli.md 12: scenario 14
#[test]
fn what_cannot_be_read_is_refused_with_pflags_words() {
    assert_eq!(problem(&["--nubmer=4"]), "unknown flag: --nubmer");
    assert_eq!(problem(&["--number"]), "flag needs an argument: --number");
    assert_eq!(
        problem(&["--number=abc"]),
        "invalid argument \"abc\" for \"--number\" flag: strconv.ParseInt: parsing \"abc\": invalid syntax"
    );
    assert_eq!(problem(&["--=x"]), "bad flag syntax: --=x");
    assert_eq!(problem(&["-x"]), "unknown shorthand flag: 'x' in -x");
    assert!(problem(&["--gates=A"]).ends_with("malformed pair, expect string=bool"));
    assert!(problem(&["--gates=A=maybe"]).contains("strconv.ParseBool"));
    assert!(matches!(read(&["--help"]), Err(UsageError::Help)));
}

#[test]
fn an_environment_variable_stands_for_a_flag_that_is_not_given() {
    let read = |arguments: &[&str]| {
        let mut flags = FlagSet::default();
        Everything::define(&mut flags);
        flags.set_environment("word", "WORD");
        flags.set_default("number", "9");
        let arguments = arguments.iter().map(|argument| (*argument).to_owned());
        flags.parse(arguments, |name| (name == "WORD").then(|| "environment".to_owned())).expect("valid");
        Everything::read(&flags)
    };
    assert_eq!(read(&[]).word, "environment");
    assert_eq!(read(&["--word=flag"]).word, "flag");
    assert_eq!(read(&[]).number, 9);
}

#[test]
fn a_hidden_flag_is_unknown_and_keeps_its_default() {
    let mut flags = FlagSet::default();
    Everything::define(&mut flags);
    flags.hide("word");
    assert_eq!(
        flags.parse(["--word=b".to_owned()], |_| None),
        Err(UsageError::Invalid("unknown flag: --word".to_owned()))
    );
    assert_eq!(Everything::read(&flags).word, "a");
}

/// install-and-cli.md 4.1
#[test]
fn the_shared_flags_have_the_contracts_names_types_and_defaults() {
    let mut flags = FlagSet::default();
    CommonFlags::define(&mut flags);
    flags.check_defaults().expect("defaults can be read");
    let expected = [
        ("concurrent", "int", "4"),
        ("default-service-account", "string", ""),
        ("enable-leader-election", "", "false"),
        ("events-addr", "string", ""),
        ("feature-gates", "mapStringBool", ""),
        ("health-addr", "string", ":9440"),
        ("http-retry", "int", "9"),
        ("interval-jitter-percentage", "int", "5"),
        ("kube-api-burst", "int", "300"),
        ("kube-api-qps", "float32", "50"),
        ("leader-election-lease-duration", "duration", "35s"),
        ("leader-election-release-on-cancel", "", "true"),
        ("leader-election-renew-deadline", "duration", "30s"),
        ("leader-election-retry-period", "duration", "5s"),
        ("log-encoding", "string", "json"),
        ("log-level", "string", "info"),
        ("max-retry-delay", "duration", "15m0s"),
        ("metrics-addr", "string", ":8080"),
        ("min-retry-delay", "duration", "750ms"),
        ("no-cross-namespace-refs", "", "false"),
        ("requeue-dependency", "duration", "30s"),
        ("token-cache-max-duration", "duration", "1h0m0s"),
        ("token-cache-max-size", "int", "100"),
        ("watch-all-namespaces", "", "true"),
        ("watch-configs-label-selector", "string", "reconcile.fluxcd.io/watch=Enabled"),
        ("watch-label-selector", "string", ""),
    ];
    assert_eq!(flags.describe(), expected);
}

/// install-and-cli.md 12: scenario 13
#[test]
fn a_gate_that_the_program_lacks_is_refused_also_when_off() {
    let known = [("ExternalArtifact", false), ("StrictPostBuildSubstitutions", true)];
    let typed = |text: &str| GateList::parse(&[text.to_owned()]).expect("valid");
    let gates = FeatureGates::new(&known, &typed("ExternalArtifact=true")).expect("known");
    assert!(gates.enabled("ExternalArtifact"));
    assert!(gates.enabled("StrictPostBuildSubstitutions"));
    let error = FeatureGates::new(&known, &typed("Nope=false")).expect_err("unknown");
    assert_eq!(error.to_string(), "feature-gate 'Nope' not supported");
}

#[test]
fn label_selectors_are_checked_before_they_are_used() {
    for selector in [
        "",
        "!sharding.fluxcd.io/key",
        "sharding.fluxcd.io/key=shard1",
        "a==b, c!=d",
        "key in (a,b),other notin (c)",
        "key",
        "size>3",
        "a=",
    ] {
        check_selector(selector).unwrap_or_else(|error| panic!("{error}"));
    }
    for selector in ["a b", "key in a", "=x", "a=b c", "key in (a", "a,,b", "A_/x=1", "size>x"] {
        assert!(check_selector(selector).is_err(), "{selector} should be refused");
    }
}
