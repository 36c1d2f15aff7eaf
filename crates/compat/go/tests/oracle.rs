//! Asks Go itself.

use std::io::{BufRead, BufReader, Write};

use ferroflux_go::{duration, float, path, quote, regexp};

#[expect(clippy::disallowed_types, reason = "the oracle is a program")]
fn ask(questions: &[Vec<String>]) -> Vec<String> {
    use std::process::{Command, Stdio};
    let program = ferroflux_programs::GoProgram::new("e2e/oracles/go").path().expect("the oracle builds");
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the oracle starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let lines: String = questions
        .iter()
        .map(|question| serde_json::to_string(question).expect("strings are JSON") + "\n")
        .collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let answers = BufReader::new(child.stdout.take().expect("stdout is piped"))
        .lines()
        .map(|line| serde_json::from_str(&line.expect("the oracle answers")).expect("an answer is a string"))
        .collect();
    writer.join().expect("the writer ends").expect("the oracle reads");
    child.wait().expect("the oracle ends");
    answers
}

/// Compares what Go says with what `ours` says about each question.
fn compare(questions: Vec<Vec<String>>, ours: impl Fn(&[String]) -> String) {
    let answers = ask(&questions);
    assert_eq!(questions.len(), answers.len(), "every question is answered");
    let different: Vec<String> = questions
        .iter()
        .zip(&answers)
        .filter_map(|(question, theirs)| {
            let mine = ours(question);
            (mine != *theirs).then(|| format!("{question:?}\n  Go:   {theirs}\n  ours: {mine}"))
        })
        .collect();
    let shown = different.len().min(15);
    assert!(
        different.is_empty(),
        "{} of {} differ\n{}",
        different.len(),
        questions.len(),
        different[..shown].join("\n")
    );
}

fn question(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

/// Numbers that look random and are the same in every run.
fn numbers(count: usize) -> impl Iterator<Item = u64> {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    })
    .take(count)
}

/// Texts made of `pieces`.
fn soup(pieces: &[&str], count: usize) -> Vec<String> {
    numbers(count)
        .map(|mut number| {
            let length = number % 9;
            number /= 9;
            (0..length)
                .map(|_| {
                    let piece = pieces[(number % pieces.len() as u64) as usize];
                    number = (number / pieces.len() as u64) ^ (number << 7);
                    piece
                })
                .collect()
        })
        .collect()
}

#[test]
fn durations_are_read_and_written_as_go_does() {
    let fixed = [
        "",
        "0",
        "-0",
        "+0",
        "1",
        "1s",
        "-1.5s",
        "+2h",
        "1h30m",
        ".5s",
        "1.s",
        ".s",
        "-.s",
        ".",
        "1x",
        "1.5h",
        "3000000h",
        "9223372036854775807ns",
        "9223372036854775808ns",
        "-9223372036854775808ns",
        "-9223372036854775809ns",
        "2562047h47m16.854775807s",
        "2562047h47m16.854775808s",
        "1us",
        "1µs",
        "1μs",
        "1e3s",
        "1 s",
        " 1s",
        "1s ",
        "1d",
        "0.100000000000000000000h",
        "0.3333333333333333333h",
        "9223372036854775.807us",
        "99999999999999999999",
        "99999999999999999999s",
        "1\"s",
        "1é",
        "1h1h",
        "--1s",
        "5m0s",
        "\u{1}",
    ];
    let pieces =
        ["1", "0", "23", ".", "5", "h", "m", "s", "ms", "us", "ns", "µs", "-", "+", "d", " ", "999999999999"];
    let texts = fixed.iter().map(|text| (*text).to_owned()).chain(soup(&pieces, 4_000));
    compare(
        texts.map(|text| vec!["parse-duration".into(), text]).collect(),
        |question| match duration::parse(&question[1]) {
            Ok(nanoseconds) => nanoseconds.to_string(),
            Err(error) => format!("error: {error}"),
        },
    );
    let small = [
        0,
        1,
        -1,
        999,
        1_000,
        1_001,
        1_500_000,
        1_000_000_000,
        60_000_000_000,
        i64::MAX,
        i64::MIN,
        3_661_000_000_001,
    ];
    let random = numbers(2_000).enumerate().map(|(index, number)| (number >> (index % 64)).cast_signed());
    let values = small.into_iter().chain(random);
    compare(values.map(|value| vec!["format-duration".into(), value.to_string()]).collect(), |question| {
        duration::format(question[1].parse().expect("a number"))
    });
}

#[test]
fn floats_are_written_as_go_does() {
    let fixed = [
        0.0,
        -0.0,
        1.0,
        1e5,
        1e6,
        1e20,
        1e21,
        1e22,
        1e-4,
        1e-5,
        1e-6,
        1e-7,
        0.1,
        1.5,
        123_456.0,
        1_234_567.0,
        1e-9,
        1e100,
        5e-324,
        f64::MAX,
        f64::MIN_POSITIVE,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1_377_116_628_682_286.2,
        2.5e15,
        9_007_199_254_740_993.0,
    ];
    let bits = fixed.into_iter().map(f64::to_bits).chain(numbers(20_000));
    let ties = numbers(5_000).map(|number| ((number >> 13) as f64 / 8.0).to_bits());
    compare(bits.chain(ties).map(|bits| vec!["float".into(), bits.to_string()]).collect(), |question| {
        let value = f64::from_bits(question[1].parse().expect("a number"));
        let json = float::format_json(value).unwrap_or_else(|| "-".into());
        let [g, f, e, g32] = [float::format_g, float::format_f, float::format_e, float::format_g32]
            .map(|format| format(value));
        format!("{g} {f} {e} {json} {g32}")
    });
}

#[test]
fn strings_are_quoted_as_go_does() {
    let fixed = [
        "",
        "a",
        "é日本😀",
        "\"\\'`",
        "\0\u{1}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1b}\u{1f}\u{7f}",
        "\u{80}\u{85}\u{a0}\u{ad}",
        "\u{200b}\u{2028}\u{feff}\u{fffd}\u{fffe}",
    ];
    // Every assigned or unassigned character of the first plane and a bit.
    let blocks = (0..0x300u32)
        .map(|block| (block * 256..(block + 1) * 256).filter_map(char::from_u32).collect::<String>());
    let texts = fixed.iter().map(|text| (*text).to_owned()).chain(blocks.take(0x8));
    compare(texts.map(|text| vec!["quote".into(), text]).collect(), |question| quote::quote(&question[1]));
}

#[test]
fn paths_are_treated_as_go_does() {
    let mut questions = Vec::new();
    for text in soup(&["a", "b.c", ".", "..", "/", "//", "é", "x.tar.gz", ".hidden"], 3_000) {
        for operation in ["clean", "base", "dir", "ext"] {
            questions.push(question(&[operation, &text]));
        }
        questions.push(question(&["join", &text, "x", ""]));
        questions.push(question(&["join", "a", &text, "../b"]));
    }
    compare(questions, |question| match question[0].as_str() {
        "clean" => path::clean(&question[1]),
        "base" => path::base(&question[1]).to_owned(),
        "dir" => path::dir(&question[1]),
        "ext" => path::ext(&question[1]).to_owned(),
        _ => path::join(question[1..].iter().map(String::as_str)),
    });
}

#[test]
fn patterns_match_as_go_does() {
    let patterns =
        soup(&["a", "b", "*", "?", "[", "]", "^", "-", "\\", "/", "é", "[a-c]", "[^a]", "*", "a*"], 4_000);
    let names = soup(&["a", "b", "c", "/", "é", "-", "ab", "]"], 4_000);
    let questions =
        patterns.iter().zip(&names).map(|(pattern, name)| question(&["match", pattern, name])).collect();
    compare(questions, |question| match path::matches(&question[1], &question[2]) {
        Ok(matched) => matched.to_string(),
        Err(error) => format!("error: {error}"),
    });
}

#[test]
fn regular_expressions_match_and_are_refused_as_go_does() {
    let fixed = [
        r"^web$",
        r"\d+",
        r"\w+",
        r"\s",
        r"\bé",
        r"\Bb",
        r"[[:alpha:]]+",
        r"[^[:digit:]]",
        r"[a&&b]",
        r"[a--b]",
        r"[a~~b]",
        r"[[]",
        r"[]a]",
        r"[^]a]",
        r"[a-]",
        r"[-a]",
        r"\Qa.b\E+",
        r"\Qa",
        r"a{2}",
        r"a{,2}",
        r"a{2,}",
        r"a{1001}",
        r"a{2,1}",
        r"a{x}",
        r"a{",
        r"{",
        r"}",
        r"]",
        r"a**",
        r"a*?",
        r"a+?+",
        r"*a",
        r"(*a)",
        r"a|*",
        r"(?i)AB",
        r"(?i:A)b",
        r"(?P<n>a)",
        r"(?<n>a)",
        r"(?x)a",
        r"(?=a)",
        r"(a",
        r"a)",
        r"[a",
        r"\",
        r"\1",
        r"\01",
        r"\x41",
        r"\x{e9}",
        r"\x4",
        r"\y",
        r"\_",
        r"\-",
        r"\é",
        r"\pL",
        r"\p{Greek}",
        r"\PL",
        r"\p{Nope}",
        r"(?s).",
        r"(?m)^a$",
        r".",
        r"$",
        r"",
        r"a||b",
        r"()",
        r"(?:)",
        r"(?U)a+",
        r"[\d]",
        r"[^\d]",
        r"[\D]",
        r"[\w-]",
        r"[\]]",
        r"[\Q]",
        r"\C",
        r"\A\z",
        r"\Z",
        r"[b-a]",
        r"[[:nope:]]",
        r"é+",
        r"v(\d+)\.(\d+)",
        r"^.*\.(yaml|yml)$",
        r"(?i)k",
        r"[ -~]",
        r"a #b",
        r"a b",
    ];
    let text = "web ab a.b aab é éa 12 v1.2 x.yaml A B b-]{}[a]{,2} \n a\u{301} K _";
    let pieces = [
        "a",
        "b",
        "ab",
        ".",
        "*",
        "+",
        "?",
        "{2}",
        "{1,3}",
        "{",
        "}",
        "(",
        ")",
        "(?:",
        "(?i)",
        "(?P<x>",
        "|",
        "[",
        "]",
        "[^",
        "-",
        "a-c",
        "\\d",
        "\\w",
        "\\b",
        "\\.",
        "\\",
        "^",
        "$",
        "é",
        "1",
        "&&",
        "[:alpha:]",
        "\\s",
        "(?s:",
        " ",
    ];
    let random = soup(&pieces, 6_000);
    let patterns = fixed.iter().copied().chain(random.iter().map(String::as_str));
    let questions = patterns.map(|pattern| question(&["regexp", pattern, text])).collect();
    compare(questions, |question| match regexp::compile(&question[1]) {
        Ok(regex) => {
            let found: Vec<String> = regex
                .find_iter(&question[2])
                .map(|found| format!("[{} {}]", found.start(), found.end()))
                .collect();
            format!("[{}]", found.join(" "))
        }
        Err(error) => format!("error: {error}"),
    });
}
