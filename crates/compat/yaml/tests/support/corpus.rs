//! The questions: every form of scalar in every place, documents with comments, anchors, errors, and values to
//! write.

#![allow(unreachable_pub, reason = "shared by test programs")]

use super::{Answer, Case};

/// Answers of the reference that we do not want.
pub fn is_deviation(case: &Case, theirs: &Answer) -> bool {
    // Go crashes.
    theirs.as_ref().is_err_and(|error| error.starts_with("panic:"))
        // Go reads its own JSON with a scanner that allows no key of more than 1024 characters and no U+0085 in one.
        || case.op == "sigs-write" && theirs.as_ref().is_err_and(|error| error.ends_with("expected ',' or '}'"))
        // Go cannot write a stream of nothing.
        || *theirs == Err("yaml: expected STREAM-START".into())
        // Go lets an alias name an anchor of an earlier document; YAML does not.
        || case.op != "sigs-read" && String::from_utf8_lossy(&case.input).contains("foreign-anchor")
}

const SCALARS: &[&str] = &[
    "", "~", "null", "Null", "NULL", "nULL", "true", "True", "TRUE", "tRue", "false", "False", "FALSE", "yes", "Yes",
    "YES", "yEs", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF", "y", "Y", "n", "N", "t", "f", "0", "-0",
    "+0", "00", "1", "-1", "+1", "12", "012", "017", "08", "09", "0o17", "0O17", "-0o17", "0o8", "0o", "0x", "0x1F",
    "0X1f", "-0x1f", "+0x1f", "0xg", "0b101", "0B1", "-0b11", "0b2", "0b", "0b-1", "0b+1", "0o-7", "-0b-1", "1_000",
    "1__0", "_1", "1_", "-_1", "0_7", "0x_1f", "1.", "1.0", "1.5", ".5", "-.5", "+.5", "1.50", "1e3", "1E3", "1e+3",
    "1e-3", "1.5e", "1e", "e3", ".e3", "1e400", "-1e400", "1e-400", ".", "..", "...", "-", "--", "---", "-.", "+",
    ".inf", ".Inf", ".INF", "+.inf", "-.inf", ".nan", ".NaN", ".NAN", "inf", "nan", "Infinity", ".5_0", "1_0.5",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "0xFFFFFFFFFFFFFFFF", "0x10000000000000000",
    "9007199254740993", "12345678901234567890123", "1234567.0", "1000000.0", "123456789.5", "0.0001", "0.00001",
    "1.0e20", "1.0e21", "0.000001", "1.0e-7", "3.0000000000000004", "0.1", "100000000000000000000", "5e-324",
    "1.7976931348623157e308", "12:30", "12:30:45", "190:20:30", "1:60", "12:30.5", "1:2:3.4_5", "+1:2", "_1:2",
    "2001-01-01", "2001-1-1", "2001-13-45", "2001-02-30", "2000-02-29", "1900-02-29", "2001-12-14t21:59:43.10-05:00",
    "2001-12-14T21:59:43Z", "2001-12-14 21:59:43", "2001-12-14   21:59:43.5", "2001-12-14 21:59:43.10 -5",
    "2001-12-14T1:2:3Z", "2001-12-14T24:00:00Z", "2001-12-14T21:59:43+00:00", "2001-12-14T21:59:43.123456789123Z",
    "2001-12-14T21:59:43,5Z", "2001-12-14T21:59:43.000Z", "2001-12-14T", "2001-12-14 ", "02001-01-01", "2001-01-01x",
    "<<", "=", "a", "A", "abc", "a b", "a  b", "a:b", "a: b", "a :b", "a:", ":a", ": a", ":", "a#b", "a #b", "#a",
    "-a", "- a", "-\ta", "?a", "? a", "?", "!a", "!", "!!str", "&a", "*a", "&", "*", "@a", "`a", "%a", "|", ">", "|-",
    "'a'", "\"a\"", "a'b", "a\"b", "a\\b", "[a]", "{a}", "[", "]", "{", "}", "a,b", "a, b", ",a", "a]", "a}", "a[b",
    "a{b", "${x}", "{{ x }}", "{{x}}", "$(x)", "a=b", "a&b", "a*b", "a|b", "a>b", "a%b", "a@b", "a`b", "a!b", "a?b",
    "http://x.y/z?a=b#c", "user@host", "*.example.com", "/a/b", "../a", "~/x", "-x", "--flag=1", "-1a", "1a", "1-2",
    "1.2.3", "v1.2", "1.2.3.4", "0.0.0.0/0", "::1", "a::b", "50%", "100m", "1Gi", "1e3x", "0x1G", "é", "ü b", "日本語",
    "\u{a0}", "a\u{a0}b", "\u{2028}", "a\u{2028}b", "a\u{2029}b", "\u{feff}a", "a\u{feff}b", "😀", "a😀b", "\u{200b}",
    "\u{e000}", "\u{fffd}", "\u{d7ff}", "\t", "a\tb", " a", "a ", "  ", "\ta", "a\t", "a\u{85}b",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "nginx:1.25@sha256:abc",
    "!!int", "Y ", "null ", "1 2", "0 ", "a---b", "---a", "--- a", "...a", "... a", "a...", "-- -",
];

const TEXTS: &[&str] = &[
    "\n", "\n\n", "a\n", "a\n\n", "a\n\n\n", "a\nb", "a\nb\n", "a\nb\n\n", "\na", "\n\na", "\na\n", " a\nb", "  a\nb\n",
    "a\n b", "a\n  b\nc\n", "a \nb", "a\n \nb", "a\nb ", "a\n ", " \n", "a\tb\nc", "a\n\tb", "\ta\nb", "a\r\nb", "a\rb",
    "a\u{85}b\n", "a\u{2028}b\n", "\u{2028}", "\u{2028}a", "a\u{2028}", "a\n\u{2028}b", "😀\nb", "é\nü\n", "# a\nb\n",
    "- a\n- b\n", "a: b\nc: d\n", "---\na\n", "...\n", "{{ a }}\n{{ b }}\n", "\"a\"\n'b'\n", "a\n\n\nb\n", "a\n\nb\n\n",
    "#!/bin/sh\nset -e\n\nif true; then\n  echo hi\nfi\n", "\u{1b}[0m", "\0", "\u{7}", "\u{8}", "\u{b}", "\u{c}", "\u{1f}",
    "a\u{7f}b", "\u{80}", "\u{9f}", "\u{fffe}", "\u{ffff}", "a\u{85}b", "a \u{85} b", "a\u{85}\u{85}b", "\u{85}", "\u{85}a",
    "a\u{85}", "a\u{85}\u{85}", "\\", "\\n", "a\\\nb", "%", "a\n#b", "key: |\n  text\n", "\u{a0}", "\u{a0}\n", "🤷‍♀️",
];

fn long_texts() -> Vec<String> {
    let word = "lorem ipsum dolor sit amet, consectetur adipiscing elit ";
    let mut texts = vec![
        "x".repeat(79), "x".repeat(80), "x".repeat(81), "x".repeat(127), "x".repeat(128), "x".repeat(129),
        "x".repeat(200), "x".repeat(1023), "x".repeat(1024), "x".repeat(1025), "x".repeat(1030),
        "é".repeat(64), "é".repeat(65), "日".repeat(43), "日".repeat(200),
        word.repeat(2).trim().to_owned(), word.repeat(5).trim().to_owned(), word.repeat(20).trim().to_owned(),
        word.repeat(4), format!(" {}", word.repeat(4)), format!("{}: x", word.repeat(4)),
        format!("'{}'", word.repeat(3)), format!("\"{}\"", word.repeat(3)), format!("{}\n{}", word.repeat(3).trim(), word.repeat(3).trim()),
        format!("{}😀 {}", word.repeat(2), word.repeat(3)), format!("{}\t{}", word.repeat(2), word.repeat(3)),
        format!("{}  {}", "x".repeat(85), word.repeat(2)), format!("{}   {}", "x".repeat(90), "y".repeat(10)),
        format!("{}  😀 {}", "x".repeat(85), word.repeat(2)), format!("😀 {}  {}", "x".repeat(85), word.repeat(2)),
        format!("a {} b", "x".repeat(100)), format!("# {}", word.repeat(3)), format!("{} #x {}", word.repeat(2), word),
        "é ".repeat(60).trim().to_owned(), "日本 ".repeat(60).trim().to_owned(), "a ".repeat(60).trim().to_owned(),
        "it's ".repeat(30).trim().to_owned() + ": x", "a: ".repeat(50).trim().to_owned(), "1 ".repeat(50).trim().to_owned(),
        "😀 ".repeat(20).trim().to_owned(), format!("{}\u{2028}{}", word.repeat(2), word.repeat(2)),
        "a  b ".repeat(30), format!("{} {}", "x".repeat(78), "y"), format!("{} {}", "x".repeat(79), "y z"),
        format!("{} y z", "x".repeat(80)), format!("{} y z", "x".repeat(81)), "---".repeat(40), "\\ ".repeat(50),
        format!("{}\u{a0}{}", word, word.repeat(3)), "x y\n".repeat(40), format!("{}\n", "long line here ".repeat(20)),
    ];
    for n in 60..90 {
        texts.push(format!("{} b c", "a".repeat(n)));
    }
    texts
}

/// Whole documents, for every way of reading.
const DOCUMENTS: &[&str] = &[
    "", "\n", " ", "\t", "# c", "# c\n", "---", "---\n", "--- \n", "---\n---\n", "---\n---", "...\n", "...", "---\n...\n",
    "a", "a\n", "--- a\n", "--- a\n...\n", "a\n...\n", "a\n---\nb\n", "a\n...\nb\n", "a\n...\n---\nb\n", "--- |\n a\n--- >\n b\n",
    "---\na: 1\n---\nb: 2\n", "---\na: 1\n...\n# c\n---\nb: 2\n...\n", "a: 1\n---\n", "---\n# c\n", "---\n# c\n---\na: 1\n",
    "--- # c\na: 1\n", "---a: 1\n", "a: 1\n--- b\n", "a: 1\n---b\n", "a: 1\n----\n", "a: 'x\n---\ny'\n", "a: \"x\n...\ny\"\n",
    "a: x\n--- y\n", "%YAML 1.1\n---\na: 1\n", "%YAML 1.1\na: 1\n", "%YAML 1.2\n---\na\n", "%YAML 1.1 # c\n--- a\n",
    "%YAML 1.1\n%YAML 1.1\n---\na\n", "%YAML 1\n---\na\n", "%YAML x\n---\n", "%YAML 111.1\n---\n", "%FOO bar\n---\na\n", "%\n---\n",
    "%TAG ! tag:x.y,2000:\n---\na: !b c\n", "%TAG !e! tag:x.y,2000:\n---\na: !e!b c\n", "%TAG !! tag:x.y:\n---\na: !!int 1\n",
    "%TAG !e! a\n%TAG !e! b\n---\na\n", "%TAG e a\n---\n", "%TAG !e a\n---\n", "%TAG !e!\n---\n", "%TAG !e!x\n---\n", "%TAG ! !\n--- !a b\n",
    "a\n%YAML 1.1\n---\nb\n", "a: 1\n%b: 2\n", "a: 1\n...\n%YAML 1.1\n---\nb: 2\n", "!e!b c\n", "a: !e!b c\n", "a: !<tag:yaml.org,2002:int> 1\n",
    "a: !<x> 1\n", "a: !<x 1\n", "a: !< 1\n", "a: !%41 1\n", "a: !%C3%A9 1\n", "a: !%C3 1\n", "a: !%zz 1\n", "a: !%80 1\n", "a: !b,c 1\n", "[!b, c]\n", "a: !b{} 1\n",
    "a: !!str 1\n", "a: !!str\n", "a: !!int 1\n", "a: !!int \"1\"\n", "a: !!int a\n", "a: !!int 1.5\n", "a: !!float 1\n", "a: !!float 1.5\n",
    "a: !!float x\n", "a: !!float 18446744073709551615\n", "a: !!bool true\n", "a: !!bool yes\n", "a: !!bool \"yes\"\n", "a: !!bool x\n", "a: !!null x\n", "a: !!null ''\n",
    "a: !!null null\n", "a: !!null\n", "a: !!timestamp 2001-01-01\n", "a: !!timestamp \"2001-01-01\"\n", "a: !!timestamp x\n", "a: !!binary aGk=\n",
    "a: !!binary |\n  aGVs\n  bG8=\n", "a: !!binary x\n", "a: !!binary //79\n", "a: !!set {b, c}\n", "a: !!set\n  ? b\n  ? c\n", "a: !!omap [b: 1]\n", "a: !!map {b: 1}\n",
    "a: !!seq [b]\n", "a: !!foo b\n", "a: !foo b\n", "a: ! b\n", "a: ! 1\n", "a: ! '1'\n", "a: !\n", "! a\n", "a: !foo {b: 1}\n", "a: !foo\n  b: 1\n", "!!str a: 1\n", "!!int 1: 2\n",
    "a: !!str &x 1\nb: *x\n", "a: &x !!str 1\nb: *x\n", "a: &x\n  b: 1\nc: *x\n", "a: &x\nb: *x\n", "a: &x b\nc: *x\nd: *y\n", "a: *a\n", "a: &a [*a]\n",
    "a: &a {b: *a}\n", "&a a: *a\n", "&a a: 1\n*a : 2\n", "a: &x [1, 2]\nb: *x\nc: [*x, *x]\n", "a: &x 1\nb: &x 2\nc: *x\n", "a: & b\n", "a: * b\n", "a: &b! c\n", "a: *b!\n",
    "a: &b,c d\n", "[&a b, *a]\n", "{&a b: *a}\n", "a: &é b\n", "a: &x-y_1 b\nc: *x-y_1\n", "a: &x b\n---\nc: *x # foreign-anchor\n",
    "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n", "a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3\n", "a: &x {b: 1, c: 2}\nd:\n  b: 3\n  <<: *x\n",
    "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  d: 4\n", "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*y, *x]\n  a: 0\n",
    "z:\n  <<: {a: 1}\n  b: 2\n", "z:\n  <<: [{a: 1}, {b: 2}]\n", "z:\n  <<: 1\n", "z:\n  <<: [1]\n", "z:\n  <<:\n", "z:\n  <<: null\n", "z:\n  <<: []\n", "z:\n  '<<': {a: 1}\n", "z:\n  \"<<\": 1\n",
    "z:\n  !!str <<: {a: 1}\n", "z:\n  !!merge <<: {a: 1}\n", "x: &x [1]\nz:\n  <<: *x\n", "x: &x {<<: {a: 1}, b: 2}\nz:\n  <<: *x\n  c: 3\n", "x: &x {a: null}\nz: {<<: *x}\n", "<<: {a: 1}\n<<: {b: 2}\n",
    "x: &x {a: 1}\ny: &y {<<: *x, a: 2}\nz: {<<: *y, <<: *x}\n", "x: &x\n  a: 1\ny:\n- <<: *x\n  b: 2\n- <<: *x\n", "x: &x {1: 2}\ny: {<<: *x, a: 1}\n",
    "a: 1\na: 2\n", "a: 1\nb: 2\na: 3\nb: 4\n", "a: {b: 1, b: 2}\n", "a: 1\n'a': 2\n", "1: a\n1: b\n", "1: a\n'1': b\n", "a:\n  x: 1\n  x: 2\nb:\n  y: 1\n  y: 2\n", "{a: 1, a: 2}\n",
    "true: a\nyes: b\n", "null: a\n", "~: a\n", ": a\n", "1.5: a\n", "1e3: a\n", "0x10: a\n", ".inf: a\n", "2001-01-01: a\n", "[a]: b\n", "{a: b}: c\n", "? [a]\n: b\n", "? {a: b}\n: c\n", "? a\n", "? a\n: b\n", "?\n: b\n",
    "? a\n? b\n", "? |\n  a\n: b\n", "? - a\n  - b\n: c\n", "? a: b\n: c\n", "18446744073709551615: a\n", "-1: a\n", "9223372036854775807: x\n", "0.1: x\n", "123456789.123: x\n",
    "{{ x }}: y\n", "a: {{ x }}\n", "a: {{ .Values.x }}\n", "{{- if x }}\na: 1\n{{- end }}\n", "a: {{ x }}b\n", "[a, b]: c\n",
    "a: b: c\n", "a: b\n c: d\n", "a: b\n  c: d\n", " a: b\nc: d\n", "  a: b\n c: d\n", "a:\n  b: 1\n c: 2\n", "a:\n- b\n c: 2\n", "- a\nb: c\n", "a: b\n- c\n", "a:\n - b\n- c\n", "a: - b\n", "- - a\n", "- - a\n  - b\n- c\n", "- a: 1\n  b: 2\n-\n  a: 3\n",
    "-\n- a\n-\n", "a:\n-\n- b\n", "a:\nb:\n", "a:\n\n\nb: 1\n", "a: |\n", "a: |\nb: 1\n", "a: >\n\n\nb: 1\n", "a: |\n  x\n y\n", "a: |2\n    x\n   y\n", "a: |1\n x\n", "a: |0\n x\n", "a: |10\n x\n", "a: |-2\n   x\n", "a: |2-\n   x\n", "a: |+\n  x\n\n\n", "a: |-\n  x\n\n\n", "a: |\n  x\n\n\n",
    "a: |x\n  y\n", "a: | # c\n  x\n", "a: |#c\n  x\n", "a: |\n\tx\n", "a: |\n  \tx\n", "a: |\n  x\n\ty\n", "a: |\n\n  x\n", "a: |\n    \n  x\n", "a: |\n   \n  x\n y: 1\n", "a: |\n x\n  y\n   z\n", "- |\n x\n- >\n y\n", "- |\nx\n", "|\nx\n", "|\n x\n", ">\n x\n y\n\n z\n", "--- |\nx\n",
    "a: >\n  x\n  y\n", "a: >\n  x\n\n  y\n", "a: >\n  x\n\n\n  y\n", "a: >\n  x\n    y\n  z\n", "a: >\n  x\n\n    y\n\n  z\n", "a: >-\n  x\n  y\n\n", "a: >+\n  x\n  y\n\n", "a: >\n  x\n  \ty\n  z\n", "a: >\n\n  x\n", "a: >\n    x\n", "a: >2\n    x\n    y\n", "a: |\n  x\u{85}  y\n", "a: >\n  x\u{2028}  y\n", "a: |\r\n  x\r\n  y\r\n", "a: |\n  x", "a: |+\n  x", "a: |-\n  x", "a: >\n  x",
    "a: 'b'\n", "a: 'b''c'\n", "a: 'b\n  c'\n", "a: 'b\n\n  c'\n", "a: 'b \n  c'\n", "a: '\n  b\n  '\n", "a: 'b\nc'\n", "a: 'b", "a: 'b\n", "a: ''\n", "a: ''''\n", "a: 'b'c\n", "a: 'b' c\n", "a: 'b' # c\n", "a: 'b'#c\n", "a: 'b\t\n\tc'\n", "'a': b\n", "'a' : b\n", "'a\n b': c\n", "a: 'b\u{85}c'\n", "a: 'b\u{2028}c'\n",
    "a: \"b\"\n", "a: \"b\\nc\"\n", "a: \"b\\\n  c\"\n", "a: \"b\\\n\n  c\"\n", "a: \"b \\\n  c\"\n", "a: \"b\n  c\"\n", "a: \"b\n\n  c\"\n", "a: \"b\\tc\\0\\a\\b\\e\\f\\v\\r\\ \\\"\\\\\\N\\_\\L\\P\"\n", "a: \"\\x41\\u00e9\\U0001F600\"\n", "a: \"\\ud83d\\ude00\"\n", "a: \"\\x4\"\n", "a: \"\\q\"\n", "a: \"\\/\"\n", "a: \"\\'\"\n", "a: \"\\\t\"\n", "a: \"\\U00110000\"\n", "a: \"\\x7f\\x80\"\n", "a: \"\\uFFFE\"\n", "a: \"b", "a: \"b\\", "a: \"\\", "\"a\": b\n", "\"a\":b\n", "{\"a\":b}\n", "{\"a\":1}\n", "{'a':1}\n", "{a:1}\n", "[\"a\":1]\n", "a: \"x\\\n\\  y\"\n", "a: \"x  \\\n    y\"\n", "a: \"é\\é\"\n",
    "a: b\n  c\n", "a: b\n  c\n  d\n", "a: b\n\n  c\n", "a: b\nc\n", "a: b\n\tc\n", "a: b\n  \tc\n", "a:\tb\n", "a: b\tc\n", "a: b\t\n", "a: b\t# c\n", "\ta: b\n", "a:\n\tb: c\n", "a:\n  b:\n\t c: 1\n", "- \ta\n", "-\ta\n", "-\ta: b\n", "a: [\tb\t,\tc]\n", "a: {\n\tb: c\n}\n", "a:\n  - b\n\t- c\n", "? \ta\n", "a : b\n", "a  :  b\n", "a: b #c\n", "a: b#c\n", "a:#b\n", "a: #b\n", "a:b\n", "a:b: c\n", "a b: c\n", "a\nb: c\n", "a\n b: c\n", "a: b\n c\n d: e\n", "a: x\n#c\n y\n", "a: x #c\n y\n", "a:\n b\n c\n", "a:\n  b\n c: d\n",
    "[]\n", "[ ]\n", "{}\n", "{ }\n", "[a]\n", "[a, b]\n", "[a,b]\n", "[a, b,]\n", "[a,,b]\n", "[,]\n", "[a b]\n", "[a: b]\n", "[a: b, c]\n", "[? a]\n", "[? a: b]\n", "[?]\n", "[? , a]\n", "[: a]\n", "[a: ]\n", "[:]\n", "[a, [b, {c: d}]]\n", "[a\n, b\n]\n", "[a\nb]\n", "[\na,\n b\n]\n", "a: [\nb\n]\n", "a: [b\nc: d]\n", "[a", "[a,", "[", "{", "{a", "{a: ", "{a: b", "{a: b,", "{a: [b}", "[a}", "{a]", "]", "}", "a: ]\n", "a: }\n", "[a] b\n", "[a]: b\n", "{a: b} c\n", "{a: b}: c\n", "[a]\n[b]\n", "{a}\n{b}\n",
    "{a, b}\n", "{a, b: }\n", "{a: b, c: d,}\n", "{a: , b: }\n", "{,}\n", "{: a}\n", "{?}\n", "{? a}\n", "{? a: b}\n", "{a: b: c}\n", "{a b: c}\n", "{a\nb: c}\n", "{a:\n b}\n", "{\"a\"\n: b}\n", "{a: {b: {c: [d]}}}\n", "{a: -1}\n", "{a: -}\n", "[-]\n", "[- a]\n", "[-a]\n", "{a: - b}\n", "[a?b]\n", "[?a]\n", "{a?: b}\n", "[a:b]\n", "[http://a]\n", "{a: http://b}\n", "{a: b#c}\n", "{a: b #c\n}\n", "[a, #c\n b]\n", "[a #c\n, b]\n", "{a: |}\n", "[|]\n", "[>]\n", "[@]\n", "[%a]\n", "[`a]\n", "a: @b\n", "a: `b\n", "a: %b\n", "@a: b\n", "a: b: c: d\n", "a: [b]: c\n", "- [a]: b\n", "- {a: b}: c\n", "- a: b: c\n", "- ? a\n  : b\n",
    "a: 1\r\nb: 2\r\n", "a: 1\rb: 2\r", "a:\r\n- b\r\n- c\r\n", "# c\r\na: 1 # d\r\n\r\n# e\r\nb: 2\r\n", "\u{feff}a: 1\n", "\u{feff}# c\na: 1\n", "\u{feff}---\na: 1\n", "a: 1\n\u{feff}b: 2\n", "\u{feff}", "a: \u{feff}b\n", "a\u{85}b: 1\n", "a: b\u{85}c: d\n", "a: b\u{2028}c: d\n",
    "a: \u{1}\n", "a: \u{7f}\n", "a: \u{80}\n", "a: \u{fffe}\n", "a: \0\n", "\0", "a: \u{1b}[0m\n", "a: 1\n# \u{1}\n", "a: {\n\u{1}", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: b\n", "{\"a\": {\"b\": [1, 2.5, true, null, \"x\"]}}", "{\"a\": 1}\n{\"b\": 2}\n", "[1]\n[2]\n", "\"a\"\n\"b\"\n", "1\n2\n", "a: 1 b: 2\n", "a: 'x' y: 1\n",
    "a: &x b: c\n", "a: &x\nb: c\n", "a: &x &y b\n", "a: !x !y b\n", "a: &x !y &z b\n", "a: *x b\n", "&x\n", "&x a\n", "&x {a: b}\n", "&x\na: b\n", "!x\na: b\n", "- &x a\n- *x\n", "- &x\n  a: b\n- *x\n", "- !x\n- b\n", "- &x\n- *x\n", "a: &x\n- b\n", "a: !x\n- b\n", "a: &x !y\n  - b\n", "a:\n  &x b: c\n", "a:\n  *x : c\n", "*a\n", "*a : b\n", "*a: b\n", "a: *x: b\n",
    "a: .inf\n", "a: -.inf\n", "a: .nan\n", "[.inf]\n", "a: 1\n .inf: b\n", "a:\n  1: b\n", "a: {1: b}\n", "a: {b: {true: c}}\n", "- 1: a\n", "a: {null: b}\n", "a: {~: [b]}\n", "a: {null: {b: 1}}\n", "a: {null: 'x\"y'}\n", "a: {null: 1.5}\n", "a: {null: true}\n", "a: {null: null}\n", "a: {null: []}\n",
];

/// Documents whose comments matter.
const COMMENTED: &[&str] = &[
    "# a\nb: 1\n", "# a\n\nb: 1\n", "# a\n\n# b\nc: 1\n", "# a\n# b\n\n# c\n# d\ne: 1\n", "\n# a\nb: 1\n", "\n\n# a\n\n\nb: 1\n", "a: 1 # b\n", "a: 1\n# b\n", "a: 1\n\n# b\n", "a: 1\n# b\n\n# c\n", "a: 1\n# b\nc: 2\n", "a: 1\n\n# b\nc: 2\n", "a: 1\n# b\n\nc: 2\n", "a: 1\n\n# b\n\nc: 2\n", "a: 1 # x\n# b\n\nc: 2 # y\n", "a:\n  # b\n  c: 1\n", "a: # x\n  b: 1\n", "a: # x\n  # y\n  b: 1\n", "a:\n  b: 1 # x\n  # y\nc: 2\n", "a:\n  b: 1\n  # x\n\n  # y\n\nc: 2\n", "a:\n  b: 1\n# x\nc: 2\n", "a:\n  b: 1\n# x\n\nc: 2\n", "a:\n  b: 1\n\n# x\n\nc: 2\n", "a:\n  b:\n    c: 1\n    # x\n  # y\n# z\nd: 2\n", "a:\n  b:\n    c: 1\n    # x\n\n  # y\n\n# z\n\nd: 2\n",
    "- a # x\n- b\n", "# x\n- a\n# y\n- b\n# z\n", "- a\n\n# x\n- b\n", "- a\n# x\n\n- b\n", "- # x\n  a\n", "- # x\n  a: 1\n", "- # x\n\n  a: 1\n", "-\n  # x\n  a: 1\n", "- a: 1\n  # x\n  b: 2\n", "- a: 1 # x\n  # y\n- b: 2\n", "- a: 1\n  # x\n\n- b: 2\n", "- # x\n  - a\n  # y\n  - b\n", "# x\n- - a\n  - b\n", "a:\n# x\n- b\n# y\n- c\n", "a:\n- b # x\n# y\nd: 1\n", "a:\n- b\n# x\n\nd: 1\n", "a: # x\n- b\n", "a: # x\n# y\n- b\n", "a:\n  # x\n  - b # y\n  # z\n  - c\nd: 1\n", "a:\n  - b\n  # x\n\n  - c\n", "- a\n- # x\n- b\n", "a:\n  - # x\n    b: 1\n  - c: 2\n", "# x\n- # y\n  a: 1\n", "# x\n- a:\n    # y\n    b: 1\n",
    "a: [b, c] # x\n", "a: [b, # x\n  c] # y\n", "a: [ # x\n  b, c]\n", "a: [\n  # x\n  b,\n  # y\n  c\n]\n", "a: [\n  b, # x\n  c # y\n]\n", "a: [\n  b,\n  c\n  # x\n]\n", "a: [\n  b,\n\n  # x\n\n  c\n  # y\n\n  # z\n]\n", "a: {b: 1} # x\n", "a: {b: 1, # x\n  c: 2}\n", "a: {\n  # x\n  b: 1, # y\n  # z\n  c: 2 # w\n  # v\n}\n", "a: { # x\n  b: 1 }\n", "{ # x\n a: 1 }\n# y\n", "[ # x\n a ]\n", "a: []  # x\n", "a: {} # x\n",
    "a: | # x\n  b\n", "a: |\n  b\n# x\nc: 1\n", "a: |\n  b\n\n# x\nc: 1\n", "a: | # x\n  b\n  # not\nc: 1 # y\n", "a: > # x\n  b\n# y\n", "a: |\n  # b\n# x\n", "- | # x\n  a\n# y\n- b\n", "a: 'b' # x\nc: \"d\" # y\n", "a: 'b\n  c' # x\n", "a: b\n  c # x\n", "a: &x b # y\nc: *x # z\n", "a: &x # y\n  b: 1\n", "a: !t # y\n  b: 1\n", "a: &x\n  # y\n  b: 1\n", "# x\n&a b: c\n", "# h\n*a : b\n",
    "# x\n---\na: 1\n", "---\n# x\na: 1\n", "--- # x\na: 1\n", "# a\n---\n# b\nc: 1\n# d\n---\n# e\nf: 2\n", "a: 1\n# x\n---\nb: 2\n", "a: 1\n---\n# x\nb: 2\n", "a: 1\n# x\n...\n# y\n", "# x\n---\n# y\n\n# z\na: 1\n", "# only\n", "# only\n\n# two\n", "---\n# only\n", "a # x\n", "# x\na # y\n# z\n", "'a' # x\n", "# x\n'a'\n# y\n", "|\n a\n# x\n", "# x\n|\n a\n", "# x\n[a]\n# y\n", "# x\n\n{a: b} # y\n\n# z\n", "# x\n- a\n\n# y\n",
    "? # x\n  a\n: # y\n  b\n", "? a # x\n: b # y\n", "# x\n? a\n# y\n: b\n", "a: # x\nb: 1\n", "a: # x\n\nb: 1\n", "a:\n# x\nb: 1\n", "a:\n  # x\nb: 1\n", "a:\n\n# x\n\nb: 1\n", "a:\n  b:\n  # x\n  c: 1\n", "a:\n  b: # x\n  c: 1\n", "a: #\n  b: 1\n", "a: 1 #\n#\nb: 2\n", "#\na: 1\n", "#a\n#  b\n##c\nd: 1\n", "a: 1  \t # x \t\n", "a: 1 # é 😀\nb: 2 # ü\n# 日本\nc: 3\n", "a:   1    # x\nbcd: 2    # y\n",
    "  # x\na: 1\n", "    # x\na:\n  b: 1\n", "a:\n      # x\n  b: 1\n", "a:\n  b: 1\n    # x\n  c: 2\n", "a:\n  b: 1\n # x\n  c: 2\n", "a:\n  b: 1\n # x\nc: 2\n", "a:\n    b: 1\n  # x\n    c: 2\n", "a:\n  - b\n    # x\n  - c\n", "a:\n  - b\n # x\n  - c\n", "a:\n  b: 1\n  # x\n# y\nc: 2\n", "a:\n  b: 1\n# x\n  # y\nc: 2\n", "a:\n  b: 1\n# x\n  # y\n  c: 2\n",
    "apiVersion: v1 # a\n# b\nkind: ConfigMap\nmetadata:\n  # c\n  name: x # d\n  # e\n\n  labels: # f\n    # g\n    a: b\n    # h\n# i\n\n# j\ndata: {} # k\n# l\n",
    "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      # first\n      - name: a # {\"$imagepolicy\": \"flux-system:a\"}\n        image: x:1 # {\"$imagepolicy\": \"flux-system:b:tag\"}\n        # between\n\n        args: [a, b] # args\n      # second\n      - name: b\n        image: y:2\n      # end of list\n  # end of spec\n\n# end\n",
    "a: 1\n\n\n\nb: 2\n\n\nc:\n\n  d: 3\n\n\n  e: 4\n", "a:\n    b:\n        - c\n        - d:\n            e: 1\n", "a:\n      - b\n      -   c: 1\n          d: 2\n", "a:   b\nc:    [ d ,  e ]\nf: {  g:   h  }\n", "\"a\": 'b'\n'c': \"d\"\n", "a: !!str 1\nb: !!int \"2\"\nc: !x y\nd: !!map {e: 1}\nf: !!seq [g]\nh: !!binary aGk=\n", "a: >\n  folded text\n  here\n\n  and here\nb: |-\n  literal\nc: |+\n  keep\n\nd: >-\n  x\n", "a: |2\n   x\nb: |\n\n  y\n", "a: yes\nb: on\nc: 0777\nd: 0o14\ne: 1_000\nf: 1:20\ng: 2001-01-01\nh: ~\ni: null\nj: .inf\nk: 1e3\n", "a: \"yes\"\nb: 'no'\nc: \"\"\nd: ''\ne: \"a\\tb\"\nf: \"😀\"\ng: 😀\nh: 'a: b'\ni: \"a: b\"\n", "a:\n  - - b\n    - c\n  - - - d\n", "- a: 1\n  b:\n  - c\n  -\n    d: 1\n-\n  - e\n- []\n- {}\n- [f, {g: h}]\n", "? a\n: b\n? [c]\n: d\n? |\n  e\n: f\n", "a: b\\c\nd: e'f\ng: h\"i\n", "a: &x {b: 1}\nc:\n  <<: *x\n  d: *x\n", "a: &x\n  - 1\nb: *x\n", "- &a x\n- *a\n- &b [*a]\n- *b\n", "a: b: c\n", "{a: b}\n", "a\n", "- a\n", "", "a: very long line that goes on and on and on and on and on and on and on and on and on and on and on and on and on\n", "a: 'very long line that goes on and on and on and on and on and on and on and on and on and on and on and on and on: x'\n", "a: \"very long line that goes on and on and on and on and on and on and on and on and on\\ton and on and on and on and on: x\"\n", "a: >\n  very long line that goes on and on and on and on and on and on and on and on and on and on and on and on and on\n  x\n", "a: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccccccccccccc, ddddddddddddd]\n", "a: plain\n  multi line\nb: 'single\n\n  multi'\nc: \"double\n  multi\"\n", "%YAML 1.1\n---\na: 1\n", "%TAG !e! tag:x.y,2000:\n---\na: !e!b c\n", "a:\n- !x\n  b: 1\n- !y [c]\n- &z\n  d: 1\n- &w !v {e: 1}\n", "a: ''\nb: \nc: ~\n? \n: d\n", "a: [b: c, ? d : e, f]\n", "[[[]]]\n", "[{}, [], '', \"\", ~]\n", "a: \"\\x41\\n\\u2028\"\n", "a:\tb\n", "'': a\n", "\"a b\": c\n? \"d\\ne\"\n: f\n",
];

/// Values to write, as JSON.
const VALUES: &[&str] = &[
    "null", "true", "1", "-1", "1.5", "\"\"", "\"a\"", "[]", "{}", "[[]]", "[{}]", "[null]", "[[[1]]]", "[[1,2],[3]]", "[[],[[]]]", "[{\"a\":1},{\"b\":2}]", "[{\"a\":1,\"b\":[1,2]}]", "{\"a\":null}", "{\"a\":[]}", "{\"a\":{}}", "{\"a\":[1]}", "{\"a\":[[1,[2]]]}", "{\"a\":[{\"b\":[{\"c\":1}]}]}", "{\"a\":{\"b\":{\"c\":{\"d\":1}}}}", "{\"a\":{\"b\":[]},\"c\":[{}]}", "{\"\":1}", "{\"a\":\"\"}", "[\"\"]", "{\"a b\":1}", "{\"a\\nb\":1}", "{\"a\\nb\":[1]}", "{\"a\\nb\":{\"c\":1}}", "[{\"a\\nb\":{\"c\":1}}]", "{\"a\\n\":\"b\\n\"}", "{\" \":1}",
    "{\"y\":\"y\",\"n\":\"n\",\"true\":\"true\",\"1\":\"1\",\"null\":\"null\",\"~\":\"~\",\"1.5\":\"1.5\",\"2001-01-01\":\"2001-01-01\",\"12:30\":\"12:30\"}",
    "{\"b9\":1,\"b10\":2,\"b_\":3,\"b-\":4,\"B\":5,\"b\":6,\"a1\":7,\"a01\":8,\"a2\":9,\"a10\":10,\"_x\":11,\"1\":12,\"01\":13,\"2\":14,\"A\":15,\"a\":16,\"a.b\":17,\"a-b\":18,\"a/b\":19,\"a_b\":20,\"ab\":21,\"a b\":22,\"\":23}",
    "{\"a100\":1,\"a1b\":2,\"a1\":3,\"a1 \":4,\"é\":5,\"e\":6,\"f\":7,\"日\":8,\"😀\":9,\"1a\":10,\"2a\":12,\"a1.5\":13,\"a1.10\":14,\"٣\":15}",
    "{\"a\":1.0,\"b\":1e6,\"c\":1234567.5,\"d\":1e20,\"e\":1e21,\"f\":1e-5,\"g\":1.5e-7,\"h\":-0.0,\"i\":9007199254740993,\"j\":18446744073709551615,\"k\":18446744073709551616,\"l\":-9223372036854775808,\"m\":1e19,\"n\":-1e19,\"o\":0.1,\"p\":1e300,\"q\":123456.0,\"r\":1e-6,\"s\":1e-7,\"t\":100000.5}",
    "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"x\",\"labels\":{\"app.kubernetes.io/name\":\"x\"}},\"spec\":{\"replicas\":3,\"template\":{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"nginx:1.25\",\"args\":[\"--x=1\",\"-v\",\"2\"],\"ports\":[{\"containerPort\":80}],\"resources\":{\"limits\":{\"cpu\":\"100m\",\"memory\":\"1Gi\"}}}]}}}}",
];

/// Whether the answer is kept in the tree: all of the documents, some of the products of scalars and places.
pub fn is_recorded(number: usize, case: &Case) -> bool {
    case.input.len() < 2_000 && (number.is_multiple_of(9) || case.op != "sigs-write" && is_document(case))
}

fn is_document(case: &Case) -> bool {
    std::str::from_utf8(&case.input).is_ok_and(|text| DOCUMENTS.contains(&text) || COMMENTED.contains(&text))
}

/// Every fixed question.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for scalar in SCALARS {
        for frame in ["@\n", "a: @\n", "@: x\n", "- @\n", "[@]\n", "{@: @}\n", "a: '@'\n", "a: \"@\"\n", "a: |\n  @\n", "a:\n  b: @ # c\n"] {
            let document = frame.replace('@', scalar);
            cases.push(Case::new("sigs-read", document.clone()));
            cases.push(Case::new("v3-read", document.clone()));
            cases.push(Case::new("nodes", document.clone()));
            cases.push(Case::new("v3-compact", document));
        }
    }
    let long = long_texts();
    let texts = SCALARS.iter().chain(TEXTS).map(|text| (*text).to_owned()).chain(long);
    for text in texts {
        let frames = [
            serde_json::json!(text),
            serde_json::json!({"a": text}),
            serde_json::json!({ text.clone(): 1 }),
            serde_json::json!([text, [text], {"k": text}]),
            serde_json::json!({"a": {"b": {"c": [{"d": text, "e": [text]}]}}}),
            serde_json::json!({ text.clone(): { text.clone(): [text] } }),
        ];
        for value in frames {
            for op in ["sigs-write", "v2-write", "pretty"] {
                cases.push(Case::new(op, value.to_string()));
            }
        }
    }
    for document in DOCUMENTS {
        for op in ["sigs-read", "sigs-read-strict", "v3-read", "nodes", "v3-compact", "v3-wide"] {
            cases.push(Case::new(op, *document));
        }
    }
    for document in COMMENTED {
        for op in ["nodes", "v3-compact", "v3-wide", "v3-read", "sigs-read"] {
            cases.push(Case::new(op, *document));
        }
    }
    for value in VALUES {
        for op in ["sigs-write", "v2-write", "pretty"] {
            cases.push(Case::new(op, *value));
        }
    }
    for bytes in [&b"a: \xff\n"[..], b"a: \xc3\n", b"a: \xc3", b"a: \xc0\x80\n", b"a: \xed\xa0\x80\n", b"a: \xf4\x90\x80\x80\n", b"a: \xe2\x82\n", b"\xff\xfea\0:\0 \0b\0\n\0", b"\xfe\xff\0a\0:\0 \0b\0\n", b"\xff\xfea", b"\xff\xfe\0\xdc"] {
        for op in ["sigs-read", "v3-read"] {
            cases.push(Case::new(op, bytes));
        }
    }
    cases
}
