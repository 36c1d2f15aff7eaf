//! Every snippet of `tests/snippets/*.txt` through Helm's engine and through ours: same output, same error, to the
//! byte. A snippet stands on one line; all share the chart below.

mod oracle;

use std::sync::Arc;

use ferroflux_helm::{
    chart::{ArchiveLimits, load_files},
    render::{Capabilities, CompiledChart, Options, ReleaseOptions, render},
};
use serde_json::json;

const CHART: &str = "apiVersion: v2\nname: c\nversion: 1.2.3\nappVersion: 1.10\ndescription: A chart\nkeywords: [a, b]\n\
annotations:\n  one: first\n  two: \"2\"\nmaintainers:\n- name: me\n  email: me@example.com\n";

const VALUES: &str = r##"
s: text
empty: ""
f: 1.5
n: 3
big: 123456789
million: 1000000
small: 1e-7
neg: -2
t: true
no: false
nothing: null
list: [1, two, null, true]
strings: [b, a, c]
numbers: [3, 1, 2, 1]
emptyList: []
emptyMap: {}
map: {a: A, b: 2, c: {d: deep}}
nested: {x: {y: {z: deep}}, l: [[1, 2], {k: v}]}
people:
- {name: ann, age: 30}
- {name: bob, age: 25}
text: "line one\nline two\n"
odd: ["yes", "1", "a: b", " x", "1e3", "~", "0x1f", "- a", "#c", "a #b", "é", "multi\nline", "tab\there", "x ", "", "null", "12:30"]
long: "aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee ffffffffff gggggggggg hhhhhhhhhh iiiiiiiiii"
url: "https://user:pw@example.com:8080/a%20b?q=1#frag"
"##;

fn files(template: &str) -> Vec<(String, Vec<u8>)> {
    let file = |name: &str, data: &str| (name.to_owned(), data.as_bytes().to_vec());
    vec![
        file("Chart.yaml", CHART),
        file("values.yaml", VALUES),
        file("conf/a.txt", "alpha\nbeta\n"),
        file("conf/b.yaml", "k: v\n"),
        file("conf/deep/c.txt", "gamma"),
        file("conf/empty.txt", ""),
        file("templates/_helpers.tpl", HELPERS),
        file("templates/t.yaml", template),
    ]
}

const HELPERS: &str = "{{- define \"name\" -}}{{ .Chart.Name }}-{{ .Release.Name }}{{- end -}}\n\
{{- define \"show\" -}}[{{ . }}]{{- end -}}\n\
{{- define \"bad\" -}}{{ .a.b.c }}{{- end -}}\n\
{{- define \"deep\" -}}{{ include \"bad\" . }}{{- end -}}\n\
{{- define \"loop\" -}}{{ include \"loop\" . }}{{- end -}}\n\
{{- define \"fails\" -}}{{ fail \"no way\" }}{{- end -}}\n";

fn ours(template: &str) -> Result<Vec<u8>, String> {
    let chart = load_files(files(template), &ArchiveLimits::default()).map_err(|error| error.to_string())?;
    let compiled = CompiledChart::new(Arc::new(chart)).map_err(|error| error.to_string())?;
    let release =
        ReleaseOptions { name: "rel".into(), namespace: "ns".into(), revision: 1, is_upgrade: false };
    let mut rendered = render(
        &compiled,
        &serde_json::Map::new(),
        &release,
        &Capabilities::default(),
        &oracle::context(),
        &Options::default(),
        &|| false,
    )
    .map_err(|error| error.to_string())?;
    Ok(rendered.files.remove("c/templates/t.yaml").unwrap_or_default())
}

/// helm-engine.md 3 to 7
#[test]
fn snippets_render_as_helm_renders_them() {
    let mut snippets = Vec::new();
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snippets");
    let mut paths: Vec<_> =
        std::fs::read_dir(directory).expect("snippets").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("snippets are text");
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (line, snippet) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
            snippets.push((format!("{name}:{}", line + 1), snippet.to_owned()));
        }
    }
    assert!(snippets.len() >= 500, "only {} snippets", snippets.len());
    let requests: Vec<_> = snippets
        .iter()
        .map(|(_, snippet)| {
            json!({"op": "render", "files": oracle::encode_files(&files(snippet)), "values": "", "name": "rel",
                   "namespace": "ns"})
        })
        .collect();
    let answers = oracle::ask(&requests);
    assert_eq!(answers.len(), snippets.len(), "one answer for each");
    let mut different = Vec::new();
    for ((place, snippet), answer) in snippets.iter().zip(answers) {
        let theirs = match answer["error"].as_str() {
            Some("") | None => Ok(oracle::bytes(&answer["files"]["c/templates/t.yaml"])),
            Some(error) => Err(error.to_owned()),
        };
        let ours = ours(snippet);
        if ours != theirs {
            let show = |result: &Result<Vec<u8>, String>| match result {
                Ok(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
                Err(error) => format!("error {error:?}"),
            };
            different.push(format!("{place}: {snippet}\n  helm: {}\n  ours: {}", show(&theirs), show(&ours)));
        }
    }
    assert!(
        different.is_empty(),
        "{} of {} differ:\n{}",
        different.len(),
        snippets.len(),
        different.join("\n")
    );
}
