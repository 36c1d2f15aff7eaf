//! What the tests share: the Go program that knows the right answers, and the same questions asked of this crate.
#![allow(dead_code, unreachable_pub, reason = "each test program uses another part")]

pub mod corpus;

use std::io::{BufRead, BufReader, Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use ferroflux_yaml::{
    Comments, Dialect, Document, Error, Kind, Node, ReadOptions, Style, TreeOptions, WriteOptions,
    read_documents, read_value, read_values, write_documents, write_node, write_value, write_value_with,
};
use serde_json::{Value, json};

/// A question: what to do with which bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    pub op: &'static str,
    pub input: Vec<u8>,
}

impl Case {
    pub fn new(op: &'static str, input: impl Into<Vec<u8>>) -> Self {
        Self { op, input: input.into() }
    }

    pub fn shown(&self) -> String {
        format!("{} {:?}", self.op, String::from_utf8_lossy(&self.input))
    }
}

pub type Answer = Result<String, String>;

/// Asks the Go program, many questions at once.
#[expect(clippy::disallowed_types, reason = "the oracle is a program")]
pub fn ask(cases: &[Case]) -> Vec<Answer> {
    use std::process::{Command, Stdio};
    let program = ferroflux_programs::GoProgram::new("e2e/oracles/yaml").path().expect("the oracle builds");
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let mut requests = String::new();
    for case in cases {
        requests += &json!({"op": case.op, "in": BASE64_STANDARD.encode(&case.input)}).to_string();
        requests.push('\n');
    }
    let writer = std::thread::spawn(move || stdin.write_all(requests.as_bytes()));
    let answers = BufReader::new(child.stdout.take().expect("stdout is piped"))
        .lines()
        .map(|line| parse_answer(&line.expect("the oracle answers")))
        .collect();
    writer.join().expect("the writer ends").expect("the oracle reads");
    child.wait().expect("the oracle ends");
    answers
}

pub fn parse_answer(line: &str) -> Answer {
    let answer: Value = serde_json::from_str(line).expect("an answer is JSON");
    match answer.get("err").and_then(Value::as_str) {
        Some(error) => Err(error.to_owned()),
        None => Ok(answer["out"].as_str().unwrap_or_default().to_owned()),
    }
}

/// The same question asked of this crate.
pub fn ours(case: &Case) -> Answer {
    let text = |error: Error| error.to_string();
    match case.op {
        "sigs-read" => {
            read_value(&case.input, &ReadOptions::sigs()).map(|value| go_json(&value)).map_err(text)
        }
        "sigs-read-strict" => {
            read_value(&case.input, &ReadOptions::sigs_strict()).map(|value| go_json(&value)).map_err(text)
        }
        "v3-read" => read_values(&case.input, &ReadOptions::kyaml())
            .map(|values| go_json(&Value::Array(values)))
            .map_err(text),
        "sigs-write" => write_value(&json_of(case)).map_err(text),
        "v2-write" => write_value_with(&json_of(case), &WriteOptions::v2()).map_err(text),
        "pretty" => write_value_with(&json_of(case), &WriteOptions::pretty()).map_err(text),
        "nodes" => read_documents(&case.input, &ReadOptions::kyaml()).map(|trees| dump(&trees)).map_err(text),
        "v3-compact" => reemit(case, TreeOptions::kyaml()).map_err(text),
        "tree-compact" => write_node(&tree(&json_of(case)), &TreeOptions::kyaml()).map_err(text),
        "tree-wide" => write_node(&tree(&json_of(case)), &TreeOptions::wide()).map_err(text),
        // One document, read and printed by kyaml.
        "kyaml" => match reemit(case, TreeOptions::kyaml()) {
            Ok(empty) if empty.is_empty() => Err("EOF".into()),
            other => other.map_err(text),
        },
        "v3-wide" => reemit(case, TreeOptions::wide()).map_err(text),
        other => panic!("unknown question {other}"),
    }
}

fn reemit(case: &Case, options: TreeOptions) -> Result<String, Error> {
    write_documents(&read_documents(&case.input, &ReadOptions::kyaml())?, &options)
}

fn json_of(case: &Case) -> Value {
    serde_json::from_slice(&case.input).expect("a value to write is given as JSON")
}

/// A value as `encoding/json` writes it.
pub fn go_json(value: &Value) -> String {
    let mut out = String::new();
    push_json(&mut out, value);
    out
}

fn push_json(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => *out += &truth.to_string(),
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().expect("a float is one");
            *out += &ferroflux_go::float::format_json(float).expect("JSON numbers are finite");
        }
        Value::Number(number) => *out += &number.to_string(),
        Value::String(text) => push_json_string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push_json(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push_json_string(out, key);
                out.push(':');
                push_json(out, &map[key]);
            }
            out.push('}');
        }
    }
}

fn push_json_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                *out += &format!("\\u{:04x}", character as u32);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

fn dump(documents: &[Document]) -> String {
    let mut out = String::new();
    for document in documents {
        let comments = document.comments.clone().unwrap_or_default();
        let start = document.span.start;
        out += &format!("doc {}:{} ", start.line + 1, start.column + 1);
        push_json(&mut out, &json!(["", "plain", "", "", comments.head, comments.line, comments.foot]));
        out.push('\n');
        dump_node(&mut out, &document.root, 1);
    }
    out
}

fn dump_node(out: &mut String, node: &Node, depth: usize) {
    let kind = match node.kind {
        Kind::Scalar => "scalar",
        Kind::Sequence => "seq",
        Kind::Mapping => "map",
        Kind::Alias => "alias",
    };
    let mut style = match node.style {
        Style::Plain => "plain",
        Style::SingleQuoted => "single",
        Style::DoubleQuoted => "double",
        Style::Literal => "literal",
        Style::Folded => "folded",
        Style::Flow => "flow",
    }
    .to_owned();
    if node.tag.is_some() {
        style += "+tagged";
    }
    let tag = if node.kind == Kind::Alias { "" } else { node.short_tag(Dialect::V3) };
    let fields = json!([
        tag,
        style,
        node.anchor.as_deref().unwrap_or_default(),
        node.value,
        node.head_comment(),
        node.line_comment(),
        node.foot_comment()
    ]);
    *out += &format!("{}{kind} {}:{} ", " ".repeat(depth), node.start.line + 1, node.start.column + 1);
    push_json(out, &fields);
    out.push('\n');
    for child in &node.children {
        dump_node(out, child, depth + 1);
    }
}

/// Compares answers and lists what differs; answers how many were compared.
pub fn compare(cases: &[Case], answers: &[Answer]) -> usize {
    assert_eq!(cases.len(), answers.len(), "the oracle answered every question");
    let mut different = Vec::new();
    for (case, theirs) in cases.iter().zip(answers) {
        if corpus::is_deviation(case, theirs) {
            continue;
        }
        let mine = ours(case);
        // Go escapes what stands for bytes that were no text.
        let theirs = &theirs.clone().map(|text| text.replace("\\ufffd", "\u{fffd}"));
        // Go lets an alias name an anchor of an earlier document; YAML does not.
        let foreign = mine.as_ref().is_err_and(|error| error.contains("unknown anchor"))
            && case.input.windows(3).any(|three| three == b"---" || three == b"...");
        if mine != *theirs && !foreign && !corpus::may_differ(case) {
            different.push(format!("{}\n  Go:   {theirs:?}\n  ours: {mine:?}", case.shown()));
        }
    }
    let shown = different.len().min(std::env::var("SHOW").ok().and_then(|n| n.parse().ok()).unwrap_or(12));
    assert!(
        different.is_empty(),
        "{} of {} differ\n{}",
        different.len(),
        cases.len(),
        different[..shown].join("\n")
    );
    cases.len()
}

/// Writes the recorded answers, one question per line.
pub fn record(cases: &[Case], answers: &[Answer]) {
    let mut out = String::new();
    for (number, (case, answer)) in cases.iter().zip(answers).enumerate() {
        if corpus::is_deviation(case, answer) || !corpus::is_recorded(number, case) {
            continue;
        }
        let input = match std::str::from_utf8(&case.input) {
            Ok(text) => json!({"op": case.op, "in": text}),
            Err(_) => json!({"op": case.op, "bytes": BASE64_STANDARD.encode(&case.input)}),
        };
        let mut line = input;
        match answer {
            Ok(text) => line["out"] = json!(text),
            Err(error) => line["err"] = json!(error),
        }
        out += &line.to_string();
        out.push('\n');
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/answers.jsonl");
    std::fs::write(path, out).expect("the answers can be written");
}

/// A node made by hand from its description.
fn tree(described: &Value) -> Node {
    let text = |field: &str| described[field].as_str().unwrap_or_default().to_owned();
    let name = |field: &str| Some(text(field)).filter(|name| !name.is_empty()).map(String::into_boxed_str);
    let kind = match text("kind").as_str() {
        "seq" => Kind::Sequence,
        "map" => Kind::Mapping,
        "alias" => Kind::Alias,
        _ => Kind::Scalar,
    };
    let style = match text("style").as_str() {
        "single" => Style::SingleQuoted,
        "double" => Style::DoubleQuoted,
        "literal" => Style::Literal,
        "folded" => Style::Folded,
        "flow" => Style::Flow,
        _ => Style::Plain,
    };
    let comments = Comments { head: text("head"), line: text("line"), foot: text("foot") };
    let children = described["children"].as_array().map(|list| list.iter().map(tree).collect());
    Node {
        style,
        tag: name("tag"),
        anchor: name("anchor"),
        value: text("value"),
        children: children.unwrap_or_default(),
        comments: Some(Box::new(comments)),
        ..Node::new(kind)
    }
}
