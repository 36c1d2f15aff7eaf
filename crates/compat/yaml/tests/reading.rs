//! What the reader promises beyond values: places, limits, comments.

use std::time::{Duration, Instant};

use ferroflux_yaml::{
    Comments, Error, KeyOrder, Kind, Limits, Node, ReadOptions, Style, TreeOptions, WriteOptions,
    is_plain_string, is_plain_string_in_flow, quote_scalar, read_documents, read_value, read_values,
    write_documents, write_node, write_value, write_value_with,
};
use serde_json::json;

fn only(text: &str) -> Node {
    let mut documents = read_documents(text.as_bytes(), &ReadOptions::kyaml()).expect("the text is YAML");
    assert_eq!(documents.len(), 1);
    documents.remove(0).root
}

fn source<'t>(text: &'t str, node: &Node) -> &'t str {
    &text[node.span.start.offset..node.span.end.offset]
}

/// image.md 8.5: only the bytes of the scalar change
#[test]
fn the_span_of_a_scalar_is_its_token_without_anchor_tag_and_comment() {
    let text = "\u{feff}a: x:1 # c\nb: &n !!str 'y' # d\né: \"z\\n\"\nf: [p, {q: r}]\ng: |-\n  s\n  t\nh: u\n  v # e\ni: *n\n";
    let root = only(text);
    let shown = |key: &str| source(text, root.get(key).expect("the key is there"));
    assert_eq!(shown("a"), "x:1");
    assert_eq!(shown("b"), "'y'");
    assert_eq!(shown("é"), "\"z\\n\"");
    assert_eq!(shown("f"), "[p, {q: r}]");
    assert_eq!(shown("g"), "|-\n  s\n  t\n");
    assert_eq!(shown("h"), "u\n  v");
    assert_eq!(shown("i"), "*n");
}

#[test]
fn lines_and_columns_count_from_nothing_and_in_characters() {
    let text = "é: 日本\nk:\n  - ü: x\n";
    let root = only(text);
    let place = |node: &Node| (node.span.start.line, node.span.start.column);
    assert_eq!(place(root.get("é").expect("the key is there")), (0, 3));
    let item = root.get("k").and_then(|list| list.items().next()).expect("the item is there");
    assert_eq!(place(item.get("ü").expect("the key is there")), (2, 7));
}

#[test]
fn a_block_collection_ends_with_its_last_child() {
    let text = "a:\n  b: 1\n  c: 2 # x\n\n# y\nd: 3\n";
    assert_eq!(source(text, only(text).get("a").expect("the key is there")), "b: 1\n  c: 2");
}

#[test]
fn documents_know_whether_they_began_with_a_marker() {
    let documents = read_documents(b"a\n---\nb\n", &ReadOptions::kyaml()).expect("the text is YAML");
    assert_eq!(documents.iter().map(|document| document.explicit_start).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn comments_belong_to_nodes() {
    let root = only("# head\na: 1 # line\n# foot\n\nb: 2\n");
    let key = &root.children[0];
    assert_eq!((key.head_comment(), key.foot_comment()), ("# head", "# foot"));
    assert_eq!(root.get("a").expect("the key is there").line_comment(), "# line");
}

#[test]
fn too_much_is_refused_and_named() {
    let options = ReadOptions::sigs().with_limits(Limits {
        input_bytes: 10_000,
        depth: 20,
        nodes: 100,
        expanded_nodes: 200,
    });
    let refused = |text: String| match read_value(text.as_bytes(), &options) {
        Err(Error::Limit { what, .. }) => what,
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(refused("x".repeat(10_001)), "input bytes");
    assert_eq!(refused("[".repeat(21)), "depth");
    assert_eq!(refused("- ".repeat(21) + "x"), "depth");
    assert_eq!(refused("- x\n".repeat(101)), "nodes");
    assert_eq!(
        refused(
            "a: &a [1,2,3,4,5,6,7,8,9]\nb: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                .into()
        ),
        "expanded nodes"
    );
}

/// kustomize-engine.md 4.2: nesting deeper than the ceiling is an error; 15: bounded
#[test]
fn hostile_input_takes_no_time_and_no_stack() {
    let started = Instant::now();
    let deep = |open: &str| read_value(open.repeat(200_000).as_bytes(), &ReadOptions::kyaml());
    for open in ["[", "{", "- ", "? ", "{a: ", "[[", "[{"] {
        assert!(
            deep(open).expect_err("too deep").to_string().contains("exceeded max depth of 500"),
            "{open}"
        );
    }
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{items}]\n");
    }
    let error = read_value(bomb.as_bytes(), &ReadOptions::sigs()).expect_err("a bomb");
    assert_eq!(error.to_string(), "yaml: document contains excessive aliasing");
    let cycle = read_value(b"a: &a {b: *a}\n", &ReadOptions::kyaml()).expect_err("a cycle");
    assert_eq!(cycle.to_string(), "yaml: anchor 'a' value contains itself");
    for text in [
        "# c\n".repeat(100_000),
        "- # c\n".repeat(30_000),
        "&a ".repeat(50_000),
        "a: ".repeat(50_000),
        "'".repeat(99_999),
    ] {
        let _ = read_documents(text.as_bytes(), &ReadOptions::kyaml());
    }
    let equal = "a: 1\n".repeat(20_000);
    assert!(read_value(equal.as_bytes(), &ReadOptions::kyaml()).is_err());
    assert!(started.elapsed() < Duration::from_mins(1), "linear, even unoptimised: {:?}", started.elapsed());
}

#[test]
fn a_value_too_deep_to_write_is_refused() {
    let deep = (0..1_200).fold(json!(1), |inner, _| json!([inner]));
    assert!(matches!(write_value(&deep), Err(Error::Limit { what: "depth", .. })));
}

#[test]
fn trees_can_be_changed_and_made_by_hand() {
    let mut root = only("a: 'x' # keep\nb: [1]\n");
    let value = root.get_mut("a").expect("the key is there");
    value.value = "it's".into();
    root.children[0].comments_mut().head = "# above".into();
    root.children.extend([Node::string("new"), Node::string("yes: no")]);
    let list = Node { children: vec![Node::plain("1"), Node::string("1")], ..Node::new(Kind::Sequence) };
    root.children.extend([Node::plain("list"), list]);
    let text = write_node(&root, &TreeOptions::kyaml()).expect("the tree can be written");
    assert_eq!(text, "# above\na: 'it''s' # keep\nb: [1]\nnew: 'yes: no'\nlist:\n- 1\n- \"1\"\n");
    assert_eq!(
        Comments::default(),
        Comments { head: String::new(), line: String::new(), foot: String::new() }
    );
}

#[test]
fn a_stream_is_written_with_markers_between_documents() {
    let documents =
        read_documents(b"# one\n\na: 1\n---\nb: 2\n", &ReadOptions::kyaml()).expect("the text is YAML");
    let text = write_documents(&documents, &TreeOptions::kyaml()).expect("the trees can be written");
    assert_eq!(text, "# one\n\na: 1\n---\nb: 2\n");
}

#[test]
fn values_keep_the_order_of_their_keys() {
    let values = read_values(b"b: 1\na: 2\n---\n- x\n", &ReadOptions::sigs()).expect("the text is YAML");
    assert_eq!(values[0].as_object().expect("a map").keys().collect::<Vec<_>>(), ["b", "a"]);
}

/// image.md 8.5: plain-safe, and what is not
#[test]
fn replaced_tokens_are_plain_where_they_stay_strings() {
    for text in ["nginx:1.25", "name:tag@sha256:ab", "v1.2.3", "a,b"] {
        assert!(is_plain_string(text), "{text}");
    }
    for text in [
        "1.0",
        "1e3",
        "0x1f",
        "0o7",
        "012",
        "1_000",
        "12:30:45",
        "true",
        "yes",
        "y",
        "null",
        "~",
        "",
        ".inf",
        "2001-01-01",
        "a: b",
        "a #b",
        "a:",
        " a",
        "- a",
        "*a",
        "@a",
    ] {
        assert!(!is_plain_string(text), "{text}");
    }
    assert!(!is_plain_string_in_flow("a,b"));
    assert_eq!(quote_scalar("a\"b", Style::DoubleQuoted), "\"a\\\"b\"");
    assert_eq!(quote_scalar("it's", Style::SingleQuoted), "'it''s'");
    assert_eq!(quote_scalar("a\nb", Style::SingleQuoted), "\"a\\nb\"");
    assert_eq!(quote_scalar(&"x ".repeat(100), Style::DoubleQuoted).lines().count(), 1);
}

/// helm.md 14.1: keys sorted by bytes at every level
#[test]
fn keys_can_be_written_in_the_order_of_their_bytes() {
    let value = json!({"replicas": 3, "a10": 1, "a9": {"b": 1, "B": 2}, "ports": [{"protocol": "TCP", "port": 8080}]});
    let options = WriteOptions::v2().key_order(KeyOrder::Bytewise);
    let text = write_value_with(&value, &options).expect("can be written");
    assert_eq!(text, "a10: 1\na9:\n  B: 2\n  b: 1\nports:\n- port: 8080\n  protocol: TCP\nreplicas: 3\n");
    let text =
        write_value_with(&value, &WriteOptions::sigs().key_order(KeyOrder::AsGiven)).expect("can be written");
    assert!(text.starts_with("replicas: 3\na10: 1\n"));
}

/// helm-engine.md 6: upstream's order of such keys depends on the sort algorithm, ours does not
#[test]
fn keys_without_a_total_order_are_written_in_one_order() {
    let forward = json!({"a10": 1, "a1b": 2, "a2": 3, "a001": 4, "a1a": 5});
    let backward = json!({"a1a": 5, "a001": 4, "a2": 3, "a1b": 2, "a10": 1});
    assert_eq!(write_value(&forward), write_value(&backward));
}
