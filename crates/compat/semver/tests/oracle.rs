//! Compares every answer with Masterminds/semver itself.
#![expect(clippy::disallowed_types, clippy::unwrap_used, reason = "tests that run a program beside ours")]

use std::{
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use ferroflux_programs::GoProgram;
use ferroflux_semver::{Constraints, Version};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

const VERSIONS: &[&str] = &[
    "0.0.0",
    "0.0.3",
    "0.0.4",
    "0.2.3",
    "0.2.4",
    "0.3.0",
    "1",
    "1.0",
    "1.0.0",
    "1.2",
    "1.2.3",
    "v1.2.3",
    "1.2.3-0",
    "1.2.3-alpha",
    "1.2.3-alpha.1",
    "1.2.3-alpha.beta",
    "1.2.3-beta.11",
    "1.2.3-beta.2",
    "1.2.3+build",
    "1.2.3-rc.1+build.5",
    "1.3.0",
    "1.10.0",
    "2.0.0",
    "2.0.0-rc.1",
    "11.1.1",
    "11.2.0",
    "0.0.0-0",
    "3.4.5-99999999999999999999",
    "3.4.5-5",
    "18446744073709551615.0.0",
    "18446744073709551616.0.0",
    "01.02.03",
    "1.2.3-01",
    "1.2.3-a..b",
    "1.2.3-",
    "1.2.3+",
    "1.2.3+a_b",
    "",
    "v",
    "x",
    "1.2.3.4",
    "1..2",
    "..",
    "1.a.2",
    " 1.2.3",
    "1.2.3 ",
    "V1.2.3",
    "1.2.3-é",
    "1.2.3+é",
    "v1.2.3-0A.b-c",
    "1.2.-3",
    "-1.2.3",
    "1.2.3+1+2",
    "1.2.3--",
    "1.2.3-0-0",
];

const CONSTRAINTS: &[&str] = &[
    "",
    "*",
    "x",
    "X",
    "1",
    "1.x",
    "1.2",
    "1.2.x",
    "1.2.3",
    "=1.2.3",
    "!=1.2.3",
    "!=1.2",
    "!=1",
    "!=*",
    "!=1.2.x-alpha",
    ">1",
    ">1.2",
    ">1.2.3",
    ">*",
    "<1",
    "<1.2",
    "<1.2.3",
    "<*",
    ">=1",
    "=>1.2",
    ">=1.2.3",
    ">=*",
    "<=1",
    "=<1.2",
    "<=1.2.3",
    "<=*",
    "<=0.2",
    "~1",
    "~1.2",
    "~1.2.3",
    "~>1.2",
    "~*",
    "~0",
    "~0.0",
    "~0.0.0",
    "^1",
    "^1.2",
    "^1.2.3",
    "^0",
    "^0.0",
    "^0.0.3",
    "^0.2",
    "^0.2.3",
    "^*",
    "^0.0.0",
    ">=1.0.0-0",
    "<2.0.0-0",
    "~1.2.3-alpha",
    "^1.2.3-beta.2",
    "1.2 - 2",
    "1.2.3-alpha - 1.2.3",
    "1 - 2 || 3 - 4",
    ">=1.2, <2",
    ">=1.2 <2",
    ">=1.2 , <2",
    ">=1.2,<2",
    ">=1.2<2",
    "1.2,",
    ",1.2",
    "1.2,,1.3",
    "1||2",
    "1 || ",
    "||",
    "1|2",
    "1.2|3",
    "1.*.3",
    "*.1.2",
    "1x",
    "1.2.3.4",
    "1.2.3.4 - 5",
    "1.2.3 -2",
    "1 -2",
    "1- 2",
    "1  -  2",
    "v1.2.3",
    ">= v1.2",
    "> = 1",
    "=>= 1",
    "==1",
    "!1",
    "~^1",
    "\t>1\n",
    "\u{b}>1",
    ">1\u{b}",
    "1.2.3-01",
    "99999999999999999999",
    "1.2.3+build",
    "1.2.x+build",
    "é",
    "\"",
    "a\\b",
    "1.2.3-a..b",
    "1 - 1 - 1",
    "1 - 2 1 - 2",
    ">= 1 - 2",
    "1.2.3 || 1.2.3-alpha",
    ">1-0",
    "<1-0",
    "^1.x-0",
    "!=1.x-0",
    "1.-0",
];

fn generated(pattern: &str, count: usize) -> Vec<String> {
    let strategy = proptest::string::string_regex(pattern).unwrap();
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn ours(constraint: &str, versions: &[String]) -> Value {
    let constraints = Constraints::parse(constraint);
    let mut last: Option<Version> = None;
    let versions: Vec<_> = versions
        .iter()
        .map(|text| {
            let error = |result: &Result<Version, _>| match result {
                Ok(_) => String::new(),
                Err::<_, ferroflux_semver::VersionError>(error) => error.to_string(),
            };
            let version = Version::parse(text);
            let validated = constraints.as_ref().ok().zip(version.as_ref().ok()).map(|(c, v)| c.validate(v));
            let rejections = match &validated {
                Some(Err(rejections)) => rejections.iter().map(ToString::to_string).collect(),
                _ => Vec::new(),
            };
            let matches =
                constraints.as_ref().ok().zip(version.as_ref().ok()).is_some_and(|(c, v)| c.matches(v));
            assert_eq!(matches, matches!(validated, Some(Ok(()))));
            let order = version.as_ref().ok().zip(last.as_ref()).map_or(0, |(v, last)| v.cmp(last) as i8);
            let answer = json!({
                "error": error(&version),
                "strictError": error(&Version::parse_strict(text)),
                "text": version.as_ref().map(ToString::to_string).unwrap_or_default(),
                "matches": matches,
                "rejections": rejections,
                "order": order,
            });
            last = version.ok();
            answer
        })
        .collect();
    json!({
        "error": constraints.as_ref().err().map(ToString::to_string).unwrap_or_default(),
        "text": constraints.as_ref().map(ToString::to_string).unwrap_or_default(),
        "versions": versions,
    })
}

#[test]
fn answers_and_error_texts_equal_those_of_the_library() {
    let mut versions: Vec<String> = VERSIONS.iter().map(ToString::to_string).collect();
    versions.extend(generated(r"v?[0-3](\.[0-3]){0,3}(-[0-2a.]{0,4})?(\+[a0.]{0,3})?", 60));
    let mut constraints: Vec<String> = CONSTRAINTS.iter().map(ToString::to_string).collect();
    constraints.extend(generated(
        r"((=|!=|>|<|>=|=>|<=|=<|~|~>|\^)? ?v?[0-2x*](\.[0-3x*]){0,2}(-[0a1]{1,2})?( |, | \|\| | - )){1,4}(>|<=)?[0-2](\.[0-3]){0,2}",
        400,
    ));
    constraints.extend(generated(r"[0-2x*|v. ,<>=!~^a+\-]{0,12}", 800));
    let requests = constraints.iter().fold(String::new(), |mut all, constraint| {
        writeln!(all, "{}", json!({"constraint": constraint, "versions": versions})).unwrap();
        all
    });
    let mut oracle = Command::new(GoProgram::new("e2e/oracles/semver").path().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = oracle.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(requests.as_bytes()).unwrap());
    let output = oracle.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), constraints.len());
    for (constraint, theirs) in constraints.iter().zip(answers.lines()) {
        let theirs: Value = serde_json::from_str(theirs).unwrap();
        let ours = ours(constraint, &versions);
        assert_eq!((&ours["error"], &ours["text"]), (&theirs["error"], &theirs["text"]), "{constraint:?}");
        for (at, version) in versions.iter().enumerate() {
            assert_eq!(ours["versions"][at], theirs["versions"][at], "{constraint:?} {version:?}");
        }
    }
}
