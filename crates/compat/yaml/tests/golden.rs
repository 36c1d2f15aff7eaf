//! Answers that were recorded from the Go packages; this needs no Go.

mod support;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use support::{Case, compare, parse_answer};

#[test]
fn recorded_answers_are_given_again() {
    let text = include_str!("golden/answers.jsonl");
    let mut cases = Vec::new();
    let mut answers = Vec::new();
    for line in text.lines() {
        let record: Value = serde_json::from_str(line).expect("a record is JSON");
        let op = record["op"].as_str().expect("a record names its operation").to_owned();
        let input = match (record["in"].as_str(), record["bytes"].as_str()) {
            (Some(text), _) => text.as_bytes().to_vec(),
            (None, Some(bytes)) => BASE64_STANDARD.decode(bytes).expect("bytes are base64"),
            _ => panic!("a record has an input"),
        };
        cases.push(Case::new(Box::leak(op.into_boxed_str()), input));
        answers.push(parse_answer(line));
    }
    assert!(compare(&cases, &answers) > 1_000, "the record is not empty");
}
