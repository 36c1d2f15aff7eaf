//! Every case of `cases.txt` through Go's own `text/template` and through ours: same output, same error, to the byte.
//!
//! The reference is built from `e2e/oracles/template`. A case stands on one line; all share the data below.
#![expect(clippy::disallowed_types, reason = "tests start reference programs")]

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use base64::Engine as _;
use ferroflux_programs::GoProgram;
use ferroflux_template::{
    ElementType, Execution, Function, Functions, Limits, List, Map, MapType, Parsed, Templates, Type, Value,
};
use serde_json::json;

fn data() -> serde_json::Value {
    json!({
        "s": "text", "f": 1.5, "big": 123_456_789.0, "small": 1e-7, "t": true, "nothing": null,
        "list": [1, "two", null], "map": {"a": "A", "b": 2},
        "nested": {"x": {"y": {"z": "deep"}}, "l": [[1, 2], {"k": "v"}]},
    })
}

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(boolean) => Value::Bool(*boolean),
        serde_json::Value::Number(number) => Value::Float(number.as_f64().expect("a number")),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(value).collect()),
        serde_json::Value::Object(entries) => {
            Value::map(entries.iter().map(|(key, item)| (key.as_str().into(), value(item))))
        }
    }
}

fn text(arguments: &[Value]) -> String {
    arguments.first().and_then(Value::as_text).map(|text| text.to_str().into_owned()).unwrap_or_default()
}

/// The functions that the reference adds, too.
fn functions() -> Functions {
    let mut functions = Functions::builtins();
    functions.insert("list", Function::variadic([], Type::Any, |_, items| Ok(Value::list(items))));
    functions.insert("dict", Function::new([], |_, _| Ok(Value::map([]))));
    functions.insert(
        "int64of",
        Function::new([Type::Int], |_, items| match items.first() {
            Some(Value::Int(number)) => Ok(Value::Int64(*number)),
            _ => Err("not an int".into()),
        }),
    );
    functions.insert(
        "upper",
        Function::new([Type::String], |_, items| Ok(Value::from(text(&items).to_uppercase()))),
    );
    functions.insert(
        "words",
        Function::new([Type::String], |_, items| {
            Ok(Value::List(List::of_strings(text(&items).split_whitespace().map(str::to_owned))))
        }),
    );
    functions.insert(
        "bytes",
        Function::new([Type::String], |_, items| Ok(Value::Bytes(text(&items).as_bytes().into()))),
    );
    functions.insert(
        "float",
        Function::new([Type::Float64], |_, items| Ok(items.first().cloned().unwrap_or_default())),
    );
    functions.insert(
        "keys",
        Function::new([Type::Map], |_, items| {
            Ok(Value::Int(items.first().and_then(Value::as_map).map_or(0, Map::len) as i64))
        }),
    );
    functions.insert(
        "count",
        Function::new([Type::List], |_, items| {
            Ok(Value::Int(items.first().and_then(Value::elements).map_or(0, |items| items.len()) as i64))
        }),
    );
    functions.insert(
        "labels",
        Function::new([], |_, _| {
            Ok(Value::Map(Map::from_entries(MapType::Strings, [("a".into(), Value::from("b"))])))
        }),
    );
    functions
}

fn ours(functions: &Functions, case: &str) -> Result<Vec<u8>, String> {
    let parsed =
        Parsed::parse("t", case, &|name| functions.contains(name)).map_err(|error| error.to_string())?;
    let mut templates = Templates::new("t");
    templates.add(&parsed);
    let mut execution = Execution::new(&templates, functions, Limits::default(), &|| false);
    execution.render("t", value(&data())).map_err(|error| error.to_string())
}

#[test]
fn every_case_gives_what_go_gives() {
    assert_eq!(ElementType::Any.name(), "interface {}");
    let program = GoProgram::new("e2e/oracles/template").path().expect("the reference program builds");
    let cases: Vec<&str> = include_str!("cases.txt").lines().collect();
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the reference program starts");
    let mut requests = String::new();
    for case in &cases {
        requests.push_str(&json!({ "text": case, "data": data() }).to_string());
        requests.push('\n');
    }
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let writer = std::thread::spawn(move || stdin.write_all(requests.as_bytes()));
    let output = child.wait_with_output().expect("the reference program answers");
    writer.join().expect("the writer ends").expect("requests are read");
    let answers: Vec<serde_json::Value> = String::from_utf8(output.stdout)
        .expect("answers are text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("answers are JSON"))
        .collect();
    assert_eq!(answers.len(), cases.len());
    let functions = functions();
    let mut differences = String::new();
    for (case, answer) in cases.iter().zip(&answers) {
        let theirs = match answer["error"].as_str() {
            Some("") | None => Ok(base64::engine::general_purpose::STANDARD
                .decode(answer["output"].as_str().unwrap_or_default())
                .expect("output is base64")),
            Some(error) => Err(error.to_owned()),
        };
        let ours = ours(&functions, case);
        if ours != theirs {
            let show = |result: &Result<Vec<u8>, String>| match result {
                Ok(bytes) => format!("output {:?}", String::from_utf8_lossy(bytes)),
                Err(error) => format!("error  {error:?}"),
            };
            differences.push_str(&format!("{case}\n  go:   {}\n  ours: {}\n", show(&theirs), show(&ours)));
        }
    }
    assert!(differences.is_empty(), "\n{differences}");
}
