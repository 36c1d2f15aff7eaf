//! Cases of the corpus, and the reference program beside them.
//!
//! A file of the corpus holds many cases:
//!
//! ```text
//! === what the case shows
//! args: --reorder=none           flags for both programs
//! root: overlay                  the directory to build; the case's own otherwise
//! use: deployment.yaml           files of corpus/fixtures that the case gets
//! says: part of the error        ours says this; without it, exactly what the reference says
//! -- path --                     a file
//! -- link: path -> target --     a symlink
//! -- escaped: path --            a file whose text has \xNN for bytes
//! -- expect --                   what the reference printed (recorded)
//! -- error --                    or the error that it gave (recorded)
//! -- ours --                     what ours prints instead, where that is meant to be better
//! ```
#![allow(dead_code, reason = "each test program uses a part")]
#![allow(clippy::disallowed_types, reason = "tests start the reference program")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use ferroflux_kustomize::{LoadRestriction, MemoryTree, Options, Reorder, build};
use ferroflux_programs::GoProgram;
use serde_json::{Value, json};

/// Where cases stand, in our tree and in recorded errors.
pub(crate) const CASE_ROOT: &str = "/case";

#[derive(Debug, Clone, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) args: Vec<String>,
    pub(crate) root: String,
    pub(crate) uses: Vec<String>,
    pub(crate) says: Vec<String>,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) links: BTreeMap<String, String>,
    /// The text of the case without what was recorded.
    pub(crate) source: String,
    pub(crate) expected: Option<Result<String, String>>,
    pub(crate) ours: Option<String>,
}

pub(crate) fn corpus_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

pub(crate) fn corpus_files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(corpus_directory())
        .expect("the corpus is in the tree")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    files
}

pub(crate) fn read_cases(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).expect("readable");
    let mut cases = Vec::new();
    for part in text.split("\n=== ").map(|part| part.strip_prefix("=== ").unwrap_or(part)) {
        if !part.trim().is_empty() && !part.starts_with('#') {
            cases.push(parse_case(part));
        }
    }
    cases
}

fn parse_case(text: &str) -> Case {
    let (name, body) = text.split_once('\n').unwrap_or((text, ""));
    let mut case = Case { name: name.trim().to_owned(), ..Case::default() };
    case.source = format!("=== {name}\n");
    let mut section: Option<(String, String)> = None;
    let finish = |case: &mut Case, section: Option<(String, String)>| {
        let Some((title, content)) = section else { return };
        match title.as_str() {
            "expect" => case.expected = Some(Ok(content)),
            "error" => case.expected = Some(Err(content.trim_end_matches('\n').to_owned())),
            "ours" => case.ours = Some(content),
            _ => match title.split_once(": ") {
                Some(("link", link)) => {
                    let (path, target) = link.split_once(" -> ").expect("link: path -> target");
                    case.links.insert(path.to_owned(), target.to_owned());
                }
                Some(("escaped", path)) => {
                    case.files.insert(path.to_owned(), unescape(&content));
                }
                _ => {
                    case.files.insert(title, content.into_bytes());
                }
            },
        }
    };
    for line in body.lines() {
        let title = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        if let Some(title) = title {
            finish(&mut case, section.take());
            section = Some((title.to_owned(), String::new()));
        } else if let Some((_, content)) = &mut section {
            content.push_str(line);
            content.push('\n');
        } else if let Some((key, value)) = line.split_once(": ") {
            let words = || value.split_whitespace().map(str::to_owned).collect();
            match key {
                "args" => case.args = words(),
                "root" => value.clone_into(&mut case.root),
                "use" => case.uses = words(),
                "says" => case.says.push(value.to_owned()),
                other => panic!("case `{}`: unknown key `{other}`", case.name),
            }
        }
        let recorded = section.as_ref().is_some_and(|(title, _)| title == "expect" || title == "error");
        if !recorded {
            case.source.push_str(line);
            case.source.push('\n');
        }
    }
    finish(&mut case, section);
    for name in &case.uses {
        let content = fs::read(corpus_directory().join("fixtures").join(name)).expect("a fixture");
        case.files.entry(name.clone()).or_insert(content);
    }
    case
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'x') => {
                let digits = [bytes.next().expect("two digits"), bytes.next().expect("two digits")];
                let digits = std::str::from_utf8(&digits).expect("digits");
                out.push(u8::from_str_radix(digits, 16).expect("hexadecimal"));
            }
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'n') => out.push(b'\n'),
            // At the end of a line: no line feed.
            Some(b'\n') | None => {}
            Some(other) => out.push(other),
        }
    }
    out
}

impl Case {
    /// What ours does with the case.
    pub(crate) fn run(&self) -> Result<String, String> {
        let mut tree = MemoryTree::new();
        tree.add_directory(CASE_ROOT);
        for (path, content) in &self.files {
            tree.add_file(&format!("{CASE_ROOT}/{path}"), content.clone());
        }
        for (path, target) in &self.links {
            tree.add_link(&format!("{CASE_ROOT}/{path}"), target);
        }
        let mut options = Options::default();
        for argument in &self.args {
            match argument.as_str() {
                "--reorder=none" => options.reorder = Reorder::None,
                "--reorder=legacy" => options.reorder = Reorder::Legacy,
                "--load-restrictor=LoadRestrictionsNone" => options.load_restriction = LoadRestriction::None,
                other => panic!("case `{}`: unknown argument `{other}`", self.name),
            }
        }
        let root = format!("{CASE_ROOT}/{}", self.root);
        match build(Arc::new(tree), root.trim_end_matches('/'), &options, None) {
            Ok(built) => Ok(built.to_yaml()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Lays the case out on disk.
    pub(crate) fn write_to(&self, directory: &Path) {
        for (path, content) in &self.files {
            let path = directory.join(path);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("can create");
            fs::write(path, content).expect("can write");
        }
        for (path, target) in &self.links {
            let path = directory.join(path);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("can create");
            std::os::unix::fs::symlink(target, path).expect("can link");
        }
    }
}

/// The reference program, answering one directory after another.
pub(crate) struct Oracle {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

pub(crate) fn oracle_program() -> PathBuf {
    GoProgram::new("e2e/oracles/kustomize").path().expect("the reference program builds")
}

impl Oracle {
    pub(crate) fn start() -> Self {
        let mut child = Command::new(oracle_program())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the reference program starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, input, output }
    }

    pub(crate) fn build(&mut self, directory: &Path, args: &[String]) -> Result<String, String> {
        let request = json!({"dir": directory.to_str().expect("UTF-8"), "args": args});
        let input = self.input.as_mut().expect("open");
        writeln!(input, "{request}").expect("the program reads");
        let mut line = String::new();
        if self.output.read_line(&mut line).expect("the program answers") == 0 {
            // A stack that overflows and a fatal log end the whole process.
            *self = Self::start();
            return Err("the reference program ended".into());
        }
        let answer: Value = serde_json::from_str(&line).expect("an answer in JSON");
        let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if text("error").is_empty() { Ok(text("output")) } else { Err(text("error")) }
    }

    /// The answer for a case, with the case's place instead of the directory's.
    pub(crate) fn run(&mut self, case: &Case) -> Result<String, String> {
        let directory = tempfile::tempdir().expect("a directory");
        let place = fs::canonicalize(directory.path()).expect("exists");
        case.write_to(&place);
        let place_text = place.to_str().expect("UTF-8").to_owned();
        let normal = |text: String| text.replace(&place_text, CASE_ROOT);
        let root = if case.root.is_empty() { place.clone() } else { place.join(&case.root) };
        self.build(&root, &case.args).map(normal).map_err(normal)
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        drop(self.input.take());
        // It ends with its input; nothing is left to be done if it does not.
        let _ = self.child.wait();
    }
}

/// The difference in one line each way, for messages.
pub(crate) fn first_difference(ours: &str, theirs: &str) -> String {
    let mut lines = ours.lines().zip(theirs.lines()).enumerate();
    match lines.find(|(_, (ours, theirs))| ours != theirs) {
        Some((number, (ours, theirs))) => {
            format!("line {}:\n  ours:      {ours}\n  reference: {theirs}", number + 1)
        }
        None => format!("{} lines against {}", ours.lines().count(), theirs.lines().count()),
    }
}

/// Compares an outcome with what is expected; the problem in words if they differ.
pub(crate) fn problem(case: &Case, ours: &Result<String, String>) -> Option<String> {
    if let Some(wanted) = &case.ours {
        return match ours {
            Ok(text) if text == wanted => None,
            Ok(text) => Some(first_difference(text, wanted)),
            Err(error) if !case.says.is_empty() && case.says.iter().all(|part| error.contains(part)) => None,
            Err(error) => Some(format!("error: {error}")),
        };
    }
    match (ours, case.expected.as_ref()) {
        (_, None) => Some("nothing recorded".into()),
        (Ok(text), Some(Ok(wanted))) if text == wanted => None,
        (Ok(text), Some(Ok(wanted))) => Some(first_difference(text, wanted)),
        (Err(error), Some(Ok(_))) => Some(format!("ours fails: {error}")),
        (Ok(_), Some(Err(wanted))) => Some(format!("ours succeeds, the reference fails: {wanted}")),
        (Err(error), Some(Err(wanted))) => {
            let fits = if case.says.is_empty() {
                error.trim_end() == wanted.trim_end()
            } else {
                case.says.iter().all(|part| error.contains(part))
            };
            (!fits).then(|| format!("other error:\n  ours:      {error}\n  reference: {wanted}"))
        }
    }
}
