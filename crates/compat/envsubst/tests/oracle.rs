//! Compares results and error texts with the library that Flux uses.
#![expect(clippy::disallowed_types, clippy::unwrap_used, reason = "tests that run a program beside ours")]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use ferroflux_envsubst::{Error, Strictness, substitute};
use ferroflux_programs::GoProgram;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

const TEXTS: &[&str] = &[
    "",
    "plain",
    "$v",
    "$(v)",
    "$",
    "$$",
    "$$$",
    "$1",
    "${v}",
    "$${v}",
    "$$${v}",
    "$$$${v}",
    "\\${v}",
    "${}",
    "${ v}",
    "${!v}",
    "${{ v }}",
    "${",
    "a${",
    "${v",
    "${v.b}",
    "${v-b}",
    "${v }",
    "${v[0]}",
    "${v@Q}",
    "${v+d}",
    "${v?d}",
    "${#v}",
    "${#}",
    "${#v:1}",
    "${#v",
    "${##}",
    "${v^}",
    "${v^^}",
    "${v,}",
    "${v,,}",
    "${v^,}",
    "${v,^}",
    "${v^^^}",
    "${v^p}",
    "${v:1}",
    "${v:1:2}",
    "${v:0:100}",
    "${v:100}",
    "${v:x}",
    "${v:1:x}",
    "${v:}",
    "${v::}",
    "${v:1:}",
    "${v::1}",
    "${v:1:2:3}",
    "${v:1::2}",
    "${v:${n}}",
    "${v:${m}}",
    "${v:0:${m}}",
    "${v:100:${m}}",
    "${v:1:${max}}",
    "${v:+1}",
    "${v: 1}",
    "${v:é}",
    "${v:日}",
    "${v:1é}",
    "${v:",
    "${v:1",
    "${v:1:2",
    "${v:\u{0}}",
    "${v#f}",
    "${v##f*}",
    "${v#*o}",
    "${v##*o}",
    "${v%r}",
    "${v%o*}",
    "${v%%o*}",
    "${v%*}",
    "${v%%*}",
    "${v#?}",
    "${v#[e-g]}",
    "${v#[^x]}",
    "${v%[p-s]}",
    "${v#\\f}",
    "${v#}",
    "${v%}",
    "${v##}",
    "${v%%}",
    "${v###f}",
    "${v#${w}}",
    "${v#f${w}}",
    "${v#[}",
    "${v#\\}",
    "${v%\\}",
    "${u#?}",
    "${u%?}",
    "${u##é}",
    "${v/o/0}",
    "${v//o/0}",
    "${v/#f/F}",
    "${v/%r/R}",
    "${v/#x/F}",
    "${v/%x/R}",
    "${v/o/}",
    "${v//o/}",
    "${v/#f/}",
    "${v/%r/}",
    "${v/o}",
    "${v/}",
    "${v//}",
    "${v///x}",
    "${v/o//x}",
    "${v/o/a/b}",
    "${v/\\//x}",
    "${p/\\//x}",
    "${p//\\//.}",
    "${v/o/\\/}",
    "${v/o/\\\\}",
    "${v/o/$$}",
    "${v/$$/x}",
    "${v/${w}/${n}}",
    "${v/${w}x/y}",
    "${v//${e}/-}",
    "${v/${e}/-}",
    "${v/o/${n}x}",
    "${v:-d}",
    "${v:=d}",
    "${v=d}",
    "${v:+d}",
    "${v:?d}",
    "${e:-d}",
    "${e:=d}",
    "${e=d}",
    "${e:+d}",
    "${e:?d}",
    "${e:-}",
    "${e=}",
    "${e:-",
    "${e:-a",
    "${e:- a b }",
    "${e:-:'\"\\}",
    "${e:-{a}}",
    "${v:-{a}}",
    "${e:-a${v}b${w}c}",
    "${e:-${e:-${v}}}",
    "${e:-\\}}",
    "${e:-$$}",
    "${e:-$${v}}",
    "${e:-$v}",
    "${v:-${nope}}",
    "${nope}",
    "${nope^}",
    "${nope:-d}",
    "${nope=d}",
    "${nope:1}",
    "${nope#a}",
    "${nope/a/b}",
    "${#nope}",
    "$${a=${v}}",
    "${1}",
    "${1a}",
    "${é}",
    "${_}",
    "a\u{0}b${",
    "${v}\u{0}${",
    "${v\u{0}}",
    "${v:-a\u{0}b}",
    "${u^^}",
    "${u,,}",
    "${u^}",
    "${U,}",
    "${#u}",
    "${s^^}",
    "x${v}y${w}z",
    "${v}${v}${v}",
    "line1\n${v}\nline3\n",
    "${v:-}}",
    "${v/o/}}",
    "${v:0:1}${u:0:1}",
    "${v=}",
    "${v==}",
    "${v:-=}",
    "${v:=:=}",
    "${e:-${v^^}-${v:1:2}-${v/o/0}}",
    "${v%%${w}}",
    "${e#a}",
    "${e%%*}",
    "${e//a/b}",
    "${p%/*}",
    "${p##*/}",
    "${p#*/}",
    "${p%%/*}",
    "${v/?/x}",
    "${v/*/x}",
];

fn variables() -> BTreeMap<&'static str, &'static str> {
    [
        ("v", "foobar"),
        ("e", ""),
        ("w", "o"),
        ("n", "2"),
        ("m", "-2"),
        ("max", "9223372036854775807"),
        ("p", "a/b/c.txt"),
        ("u", "éà"),
        ("U", "ÉÀ"),
        ("s", "straße"),
        ("a", "A*?[b"),
        ("1", "one"),
        ("_", "under"),
        ("é", "accent"),
    ]
    .into()
}

fn generated(pattern: &str, count: usize) -> Vec<String> {
    let strategy = proptest::string::string_regex(pattern).unwrap();
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn results_and_errors_equal_those_of_the_library() {
    let variables = variables();
    let mut texts: Vec<String> = TEXTS.iter().map(ToString::to_string).collect();
    texts.extend(generated(r"[a$]{0,2}\$\{[vewna1]((:[-=+?]?|[#%]{1,2}|/[/#%]?|[\^,]{1,2}|=)([a-o*?/:\\\[\]^ 0-4]{0,4}|\$\{[vwne]\}){0,3})?\}[a}]{0,2}", 6000));
    texts.extend(generated(r"[$\{}:vew#%/^,=\\*?2-]{0,16}", 4000));
    texts.extend(generated(r"(\$\{[ve][-:#%/]|[$}v/a\\]){0,10}", 3000));
    let requests = texts.iter().flat_map(|text| [(text, true), (text, false)]);
    let input = requests.clone().fold(String::new(), |mut all, (text, strict)| {
        writeln!(all, "{}", json!({"text": text, "variables": variables, "strict": strict})).unwrap();
        all
    });
    let mut oracle = Command::new(GoProgram::new("e2e/oracles/envsubst").path().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = oracle.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = oracle.wait_with_output().unwrap();
    writer.join().unwrap();
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), texts.len() * 2);
    let mut substituted = 0;
    for ((text, strict), theirs) in requests.zip(answers.lines()) {
        let theirs: Value = serde_json::from_str(theirs).unwrap();
        let strictness = if strict { Strictness::Strict } else { Strictness::Lenient };
        let ours = substitute(text, |name| variables.get(name).copied(), strictness);
        // `?` cuts characters in two there, and counts bytes on the way.
        if theirs["broken"] == true || (text.contains("${u") && text.contains('?')) {
            continue;
        }
        if theirs["crashed"] == true {
            assert!(matches!(ours, Err(Error::Length(_))), "{text:?} {ours:?}");
            continue;
        }
        substituted += usize::from(ours.is_ok());
        let (result, error) = match &ours {
            Ok(result) => (result.as_str(), String::new()),
            Err(error) => ("", error.to_string()),
        };
        assert_eq!(
            (result, error.as_str()),
            (theirs["text"].as_str().unwrap(), theirs["error"].as_str().unwrap()),
            "{text:?} strict: {strict}"
        );
    }
    assert!(substituted > 2000, "too few cases got through: {substituted}");
}
