//! Compares decisions with the library that Flux uses, and with Git where both mean the same.
#![expect(clippy::disallowed_types, clippy::unwrap_used, reason = "tests that run a program beside ours")]

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use ferroflux_ignore::Matcher;
use ferroflux_programs::GoProgram;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

const LINES: &[&str] = &[
    "a",
    "/a",
    "a/",
    "/a/",
    "a/b",
    "a/b/",
    "*.txt",
    "!*.txt",
    "a/*",
    "/*",
    "/*/",
    "!/a",
    "!/a/b",
    "**/b",
    "**/b/",
    "a/**",
    "a/**/b",
    "a/**/",
    "/**",
    "**",
    "**/",
    "**/a/b",
    "a**",
    "a**/b",
    "**a",
    "*/b",
    "?",
    "a?",
    "[ab]",
    "[^a]",
    "[!a]",
    "[a-c]/b",
    "[",
    "[]a]",
    "[a",
    "\\a",
    "\\#a",
    "#a",
    "\\!a",
    "!",
    "/",
    "//",
    "a//b",
    "a ",
    "a\\ ",
    " a",
    "\\",
    "a\\",
    "é",
    "?.txt",
    "!a/",
    "!**/b",
    "**/a/**/b",
    "/**/b",
    "a/./b",
    "../a",
    "*",
    "[c-a]",
    "[a-]",
    "[-a]",
    "[\\]]",
    "a[/]b",
    "**/**",
    "**/**/b",
    "/a/**/b/**",
];

const PATHS: &[&str] = &[
    "a",
    "b",
    "a/a",
    "a/b",
    "a/b/c",
    "a/x/b",
    "a/x/y/b",
    "a/x/a/b",
    "b/a",
    "b/a/b",
    "x.txt",
    "a/x.txt",
    "a/b/x.txt",
    "c",
    "#a",
    "!a",
    "a ",
    " a",
    "é",
    "é.txt",
    "axb",
    "ab",
    ".git",
    ".git/config",
    ".gitignore",
    "b/.gitignore",
    "-",
    "]",
    "[",
    "[a",
    "[]a]",
    "\\",
    "!",
    "a.png",
    "x/y/z",
    "ba",
];

fn generated(pattern: &str, count: usize) -> Vec<String> {
    let strategy = proptest::string::string_regex(pattern).unwrap();
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

fn run(mut command: Command, input: String) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn decisions_equal_those_of_the_library() {
    let mut cases: Vec<Vec<(String, String)>> = vec![Vec::new()];
    cases.extend(LINES.iter().map(|line| vec![(String::new(), (*line).to_owned())]));
    cases.extend(LINES.iter().map(|line| vec![("a".to_owned(), (*line).to_owned())]));
    let line = r"!?/?(\*\*/)?[a*?bx](/(\*\*|[ab*]))?(/\*\*|/)?( |\r)?";
    for lines in generated(line, 1500).chunks(3) {
        let root = lines[..2].join("\n");
        cases.push(vec![(String::new(), root), ("a".to_owned(), lines[2].clone())]);
    }
    for text in generated(r"[ab*?!/\[\]^\\# -]{1,8}(\n[ab*?!/\[\]^\\ -]{1,6})?", 800) {
        cases.push(vec![(String::new(), text)]);
    }
    let paths: Vec<_> = PATHS.iter().flat_map(|path| [(*path, false), (*path, true)]).collect();
    let requests = cases.iter().fold(String::new(), |mut all, files| {
        let files: Vec<_> = files
            .iter()
            .map(|(directory, content)| json!({"directory": directory, "content": content}))
            .collect();
        let paths: Vec<_> =
            paths.iter().map(|(path, directory)| json!({"path": path, "directory": directory})).collect();
        writeln!(all, "{}", json!({"files": files, "paths": paths})).unwrap();
        all
    });
    let answers = run(Command::new(GoProgram::new("e2e/oracles/ignore").path().unwrap()), requests);
    assert_eq!(answers.lines().count(), cases.len());
    for (files, theirs) in cases.iter().zip(answers.lines()) {
        let theirs: Value = serde_json::from_str(theirs).unwrap();
        let files = files.iter().map(|(directory, content)| (directory.as_str(), content.as_bytes()));
        let matcher = Matcher::for_tree(files.clone(), None);
        for (at, (path, directory)) in paths.iter().enumerate() {
            let ours = matcher.excludes(path, *directory);
            assert_eq!(
                Some(ours),
                theirs[at].as_bool(),
                "{path:?} {directory} {:?}",
                files.collect::<Vec<_>>()
            );
        }
    }
}

/// Without inclusions and double stars, and judged for files that exist, both languages are one.
#[test]
fn plain_patterns_exclude_what_git_excludes() {
    let directory = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(directory.path()).args(["-c", "core.excludesFile="]).args(arguments);
        command
    };
    assert!(git(&["init", "-q"]).status().unwrap().success());
    let files = ["a/b/c", "a/x.txt", "b/a/b", "x.txt", "ab", "c/ab/x", "axb", "é.txt"];
    for file in files {
        let path = directory.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    let lines = generated(r"/?([ab*?xc]{1,3}|[ab]\[ab\]|[ab]\[\^x\]b?|\*\.txt)(/[abc*]{1,2})?/?", 400);
    let mut compared = 0;
    for line in lines.iter().filter(|line| !line.contains("**")) {
        fs::write(directory.path().join(".git/info/exclude"), line).unwrap();
        let output = run(
            git(&["check-ignore", "-z", "--no-index", "--stdin"]),
            files.map(|file| format!("{file}\0")).concat(),
        );
        let ignored: Vec<_> = output.split_terminator('\0').collect();
        let matcher = Matcher::for_tree([], Some(line));
        let ours: Vec<_> = files.into_iter().filter(|file| matcher.excludes(file, false)).collect();
        assert_eq!(ours, ignored, "{line:?}");
        compared += 1;
    }
    assert!(compared > 200);
}
