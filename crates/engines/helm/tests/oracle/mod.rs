//! Asking Helm's own packages, built from `e2e/oracles/helm`.
#![expect(clippy::disallowed_types, reason = "tests start reference programs")]
#![allow(dead_code, reason = "each test uses a part")]

use std::{
    io::Write as _,
    process::{Command, Stdio},
    sync::Arc,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ferroflux_helm::render::{Context, Entropy};
use ferroflux_programs::GoProgram;
use serde_json::Value;

/// Each request's answer.
pub(crate) fn ask(requests: &[Value]) -> Vec<Value> {
    let program = GoProgram::new("e2e/oracles/helm").path().expect("the reference builds");
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the reference starts");
    let mut input = child.stdin.take().expect("it has an input");
    let lines: Vec<String> = requests.iter().map(Value::to_string).collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            writeln!(input, "{line}").expect("the reference reads");
        }
    });
    let output = child.wait_with_output().expect("the reference ends");
    writer.join().expect("all was written");
    String::from_utf8(output.stdout)
        .expect("answers are text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("an answer is JSON"))
        .collect()
}

/// The bytes of an answer's field.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(value.as_str().unwrap_or_default()).expect("the reference sends base64")
}

/// Files for a request.
pub(crate) fn encode_files(files: &[(String, Vec<u8>)]) -> Value {
    Value::Object(
        files.iter().map(|(name, data)| (name.clone(), Value::from(BASE64_STANDARD.encode(data)))).collect(),
    )
}

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A fixed clock, no cluster, and randomness that is none.
pub(crate) fn context() -> Context {
    Context { now: "2026-01-02T03:04:05Z".parse().expect("a time"), entropy: Arc::new(Zeros), lookup: None }
}
