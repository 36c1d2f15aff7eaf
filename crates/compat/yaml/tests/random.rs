//! Random values, trees and texts, compared with the Go packages and with themselves.

mod support;

use ferroflux_yaml::{
    Limits, ReadOptions, TreeOptions, read_documents, read_value, read_values, write_documents, write_value,
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Map, Number, Value, json};
use support::{Case, ask, compare};

/// `FERROFLUX_SEED` chooses other cases, `FERROFLUX_CASES` more of them.
fn runner() -> TestRunner {
    let seed: u64 = std::env::var("FERROFLUX_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn count(default: usize) -> usize {
    std::env::var("FERROFLUX_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}

fn many<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = runner();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("a case is found").current()).collect()
}

fn fragment() -> impl Strategy<Value = String> {
    let words = [
        "a",
        "b",
        "abc",
        "key",
        "1",
        "0x1F",
        "1.5",
        "true",
        "yes",
        "null",
        "~",
        "é",
        "日本",
        "😀",
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        ":",
        ": ",
        " #",
        "#",
        "- ",
        "-",
        "? ",
        "'",
        "\"",
        "\\",
        ",",
        "[",
        "]",
        "{",
        "}",
        "&",
        "*",
        "!",
        "|",
        ">",
        "%",
        "@",
        "`",
        "---",
        "...",
        "\u{a0}",
        "\u{2028}",
        "\r",
        "x y z ",
        "lorem ipsum dolor sit amet ",
        "=",
        "<<",
        "12:30",
        "2001-01-01",
        "\u{feff}",
        "\u{1b}",
        "\u{0}",
        "long-word-without-any-blank-in-it-at-all-to-be-found ",
        "_",
        ".",
        "/",
        "0",
        "9",
    ];
    prop::sample::select(words.to_vec()).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z]{1,8}",
        2 => "[a-zA-Z0-9 _./:-]{0,20}",
        4 => prop::collection::vec(fragment(), 0..8).prop_map(|parts| parts.concat()),
        1 => prop::collection::vec(fragment(), 8..40).prop_map(|parts| parts.concat()),
    ]
}

/// Keys for which Go's order is one: no digits before letters.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => "[a-zA-Z][a-zA-Z._/-]{0,12}",
        1 => "[a-z]{1,3}[0-9]{1,3}",
        2 => text().prop_map(|text| text.replace(|c: char| c.is_ascii_digit(), "").replace("<<", "<")),
    ]
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        (-100_000i64..100_000).prop_map(Number::from),
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
        (-1e7f64..1e7).prop_filter_map("finite", Number::from_f64),
        (-30i32..30, -1000i32..1000).prop_filter_map("finite", |(exponent, digits)| Number::from_f64(
            f64::from(digits) * 10f64.powi(exponent)
        )),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => number().prop_map(Value::Number),
        6 => text().prop_map(Value::String),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((key(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Pieces of YAML put together without sense, so that most are errors and some are surprising.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        "b",
        "c d",
        "a: ",
        "b:",
        "a: b\n",
        "c: d\n",
        "- ",
        "- a\n",
        "-",
        "\n",
        "\n",
        "\n  ",
        "\n    ",
        "\n\n",
        "  ",
        " ",
        "# x\n",
        " # y\n",
        "#",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ",",
        ": ",
        ":",
        "? ",
        "?",
        "'",
        "'a'",
        "\"",
        "\"b\"",
        "\"\\n\"",
        "|\n",
        ">\n",
        "|-\n  t\n",
        "&x ",
        "*x ",
        "*x\n",
        "!!str ",
        "!t ",
        "! ",
        "---\n",
        "--- ",
        "...\n",
        "%YAML 1.1\n",
        "\t",
        "é",
        "😀",
        "<<: ",
        "<<: *x\n",
        "1",
        "true",
        "~",
        "yes",
        "[]",
        "{}",
        "[a, b]",
        "{a: b}",
        "\r\n",
        "\r",
        "\u{85}",
        "\u{feff}",
        "  - a\n",
        "  b: c\n",
        "    # z\n",
        "@",
        "`",
        "%",
        "&x\n",
        "0x1",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..14).prop_map(|parts| parts.concat())
}

/// Lines of a sensible document with comments, at random depths.
fn lines() -> impl Strategy<Value = String> {
    let pieces = [
        "a: 1",
        "b:",
        "c: [x, y]",
        "d: {e: f}",
        "- g",
        "- h: 1",
        "- i:",
        "-",
        "# c",
        "# d",
        "",
        "",
        "j: 'k'",
        "l: \"m\" # n",
        "o: # p",
        "- # q",
        "r: &s",
        "t: *s",
        "- - u",
        "v: |",
        "text",
        "? w",
        ": x",
        "y: >-",
        "z: [",
        "]",
        "a1, # b",
        "k: {",
        "}",
        "- [a, b] # c",
        "---",
        "--- # x",
        "...",
        "x: !t # c",
        "#",
        "m: n # o",
    ];
    let line = (
        prop::sample::select(vec![0usize, 0, 0, 2, 2, 2, 4, 4, 6, 1, 3]),
        prop::sample::select(pieces.to_vec()),
    )
        .prop_map(|(indent, piece)| format!("{}{piece}\n", " ".repeat(indent)));
    prop::collection::vec(line, 0..10).prop_map(|parts| parts.concat())
}

fn comment() -> impl Strategy<Value = String> {
    prop_oneof![12 => Just(String::new()), 1 => Just("# c".to_owned()), 1 => Just("# d\n# e".to_owned()), 1 => Just("bare".to_owned())]
}

/// Descriptions of trees that nobody has read from a text.
fn described_tree() -> impl Strategy<Value = Value> {
    let choose =
        |list: &[&str]| prop::sample::select(list.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>());
    let extras = move || {
        let tag = choose(&["", "", "", "", "", "!!str", "!x", "tag:x.y:z", "!!int"]);
        let anchor = choose(&["", "", "", "", "x", "y-1"]);
        (tag, anchor, comment(), comment(), comment())
    };
    let styles = choose(&["", "", "", "single", "double", "literal", "folded"]);
    let leaf = (text().prop_map(|text| text.replace("<<", "<")), styles, extras()).prop_map(
        |(value, style, (tag, anchor, head, line, foot))| {
            json!({"kind": "scalar", "value": value, "style": style, "tag": tag, "anchor": anchor, "head": head, "line": line, "foot": foot})
        },
    );
    let alias = Just(json!({"kind": "alias", "value": "x"}));
    prop_oneof![9 => leaf, 1 => alias].prop_recursive(4, 24, 5, move |inner| {
        let flow = choose(&["", "", "", "flow"]);
        (any::<bool>(), prop::collection::vec(inner, 0..6), flow, extras()).prop_map(
            |(map, mut children, style, (tag, anchor, head, line, foot))| {
                if map {
                    children.truncate(children.len() / 2 * 2);
                }
                let kind = if map { "map" } else { "seq" };
                json!({"kind": kind, "children": children, "style": style, "tag": tag, "anchor": anchor, "head": head, "line": line, "foot": foot})
            },
        )
    })
}

#[test]
fn trees_made_by_hand_are_written_as_go_writes_them() {
    let mut cases = Vec::new();
    for tree in many(&described_tree(), count(3_000)) {
        for op in ["tree-compact", "tree-wide"] {
            cases.push(Case::new(op, tree.to_string()));
        }
    }
    let answers = ask(&cases);
    let written = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(written > cases.len() / 2, "most trees can be written: {written}");
    println!("{} answers compared", compare(&cases, &answers));
}

#[test]
fn random_values_are_written_as_go_writes_them() {
    let mut cases = Vec::new();
    for value in many(&value(), count(2_500)) {
        for op in ["sigs-write", "v2-write", "pretty"] {
            cases.push(Case::new(op, value.to_string()));
        }
    }
    println!("{} answers compared", compare(&cases, &ask(&cases)));
}

#[test]
fn what_go_writes_is_read_as_go_reads_it() {
    let questions: Vec<Case> =
        many(&value(), count(1_500)).iter().map(|value| Case::new("v2-write", value.to_string())).collect();
    let mut cases = Vec::new();
    for text in ask(&questions).into_iter().flatten() {
        for op in ["sigs-read", "v3-read", "nodes", "v3-compact", "v3-wide"] {
            cases.push(Case::new(op, text.clone()));
        }
    }
    println!("{} answers compared", compare(&cases, &ask(&cases)));
}

#[test]
fn random_texts_are_read_and_refused_as_go_does() {
    let mut cases = Vec::new();
    for text in many(&soup(), count(3_000)) {
        for op in ["sigs-read", "v3-read", "nodes", "v3-compact"] {
            cases.push(Case::new(op, text.clone()));
        }
    }
    println!("{} answers compared", compare(&cases, &ask(&cases)));
}

#[test]
fn comments_between_random_lines_are_attached_and_written_as_go_does() {
    let mut cases = Vec::new();
    for text in many(&lines(), count(3_000)) {
        for op in ["nodes", "v3-compact", "v3-wide"] {
            cases.push(Case::new(op, text.clone()));
        }
    }
    println!("{} answers compared", compare(&cases, &ask(&cases)));
}

/// Plain documents are read without a tree; the tree must say the same.
#[test]
fn the_short_way_to_a_value_agrees_with_the_long_one() {
    let mut texts = many(&soup(), count(5_000));
    texts.extend(many(&lines(), count(5_000)));
    texts.extend(many(&value(), count(500)).iter().filter_map(|value| write_value(value).ok()));
    let fixed = support::corpus::cases().into_iter().filter_map(|case| String::from_utf8(case.input).ok());
    let mut agreed = 0;
    for text in texts.into_iter().chain(fixed) {
        for options in [ReadOptions::sigs(), ReadOptions::sigs_strict(), ReadOptions::kyaml()] {
            let short = read_values(text.as_bytes(), &options);
            let long = read_documents(text.as_bytes(), &options)
                .and_then(|documents| documents.iter().map(|document| document.to_value(&options)).collect());
            let long: Result<Vec<Value>, _> = long;
            // Errors may come in another order: one way decodes as it goes.
            match (&short, &long) {
                (Ok(short), Ok(long)) => assert_eq!(short, long, "{text:?}"),
                (Err(_), Err(_)) => {}
                _ => panic!("{text:?}\n  short: {short:?}\n  long:  {long:?}"),
            }
            agreed += 1;
        }
    }
    println!("{agreed} readings agreed");
}

/// Documents with some bytes changed, taken away or doubled.
#[test]
fn damaged_documents_never_panic() {
    let documents: Vec<Vec<u8>> =
        support::corpus::cases().into_iter().map(|case| case.input).step_by(7).collect();
    let damage = many(&prop::collection::vec((any::<u16>(), any::<u8>(), 0u8..4), 1..6), count(10_000));
    for (number, changes) in damage.into_iter().enumerate() {
        let mut bytes = documents[number % documents.len()].clone();
        for (place, byte, kind) in changes {
            let place = usize::from(place) % (bytes.len() + 1);
            match kind {
                0 if place < bytes.len() => bytes[place] = byte,
                1 if place < bytes.len() => drop(bytes.remove(place)),
                2 => bytes.insert(place, b"\n :-[]{}#'\"|>&*!\t"[usize::from(byte) % 17]),
                _ => bytes.truncate(bytes.len().min(place + 40)),
            }
        }
        for options in [ReadOptions::sigs(), ReadOptions::kyaml()] {
            let _ = read_value(&bytes, &options);
            if let Ok(trees) = read_documents(&bytes, &options) {
                let _ = write_documents(&trees, &TreeOptions::kyaml());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_written_value_is_read_again(value in value()) {
        if let Ok(text) = write_value(&value) {
            let again = read_value(text.as_bytes(), &ReadOptions::sigs()).expect("our own text is YAML");
            prop_assert_eq!(support::go_json(&again), support::go_json(&through_yaml(value)));
        }
    }

    #[test]
    fn no_input_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let limits = Limits { depth: 50, nodes: 1_000, ..Limits::default() };
        for options in [ReadOptions::sigs(), ReadOptions::sigs_strict(), ReadOptions::kyaml()] {
            let _ = read_documents(&bytes, &options.with_limits(limits));
            let _ = read_value(&bytes, &options.with_limits(limits));
        }
    }
}

/// What a value becomes on its way: a whole float is an integer, U+0085 is a line break.
fn through_yaml(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(through_yaml).collect()),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, through_yaml(value))).collect(),
        Value::Number(number) if number.as_f64() == Some(0.0) => Value::from(0),
        other => other,
    }
}
