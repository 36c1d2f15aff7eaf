//! Durations mean what they mean to Go: each text is also given to Go's own parser.

#![expect(clippy::disallowed_types, reason = "the reference program is started by this test only")]

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use ferroflux_api::meta::Duration;
use ferroflux_programs::GoProgram;

/// Texts that are durations, nearly durations, and nothing of the kind.
fn texts() -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(0x464c_5558);
    let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h", "h", "m", "s", "", "d", "S", " s"];
    let mut texts: Vec<String> = [
        "",
        "0",
        "-0",
        "+0",
        "+",
        "-",
        "--1s",
        "1",
        ".",
        ".s",
        "1.s",
        ".5s",
        "1..5s",
        "1.5.5s",
        "1e3s",
        "0x1s",
        "1 s",
        " 1s",
        "1s ",
        "9223372036854775807ns",
        "9223372036854775808ns",
        "9223372036854775809ns",
        "2562047h47m16.854775807s",
        "2562047h47m16.854775808s",
        "0.9223372036854775807s",
        "0.3333333333333333333333333h",
        "9007199254.740993s",
        "0.100000000000000000000h",
        "39h9m14.425s",
        "1s-1s",
        "١s",
        "∞",
        "1h1h1h",
    ]
    .map(str::to_owned)
    .to_vec();
    while texts.len() < 20_000 {
        let mut text = ["", "", "", "", "-", "+"][random.usize(..6)].to_owned();
        for _ in 0..random.usize(1..4) {
            if random.usize(..12) > 0 {
                let most = [4, 4, 4, 22][random.usize(..4)];
                let digits = random.usize(1..most);
                text.extend((0..digits).map(|_| random.digit(10)));
            }
            if random.usize(..3) == 0 {
                text.push('.');
                let most = [4, 12, 25][random.usize(..3)];
                let digits = random.usize(0..most);
                text.extend((0..digits).map(|_| random.digit(10)));
            }
            text.push_str(units[random.usize(..units.len())]);
        }
        texts.push(text);
    }
    texts
}

#[test]
fn every_text_means_what_it_means_to_go() {
    let program = GoProgram::new("e2e/oracles/duration").path().expect("the reference program builds");
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the reference program starts");
    let texts = texts();
    let mut requests = String::new();
    for text in &texts {
        requests.push_str(&serde_json::Value::from(text.as_str()).to_string());
        requests.push('\n');
    }
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let writer = std::thread::spawn(move || stdin.write_all(requests.as_bytes()));
    let output = child.wait_with_output().expect("the reference program answers");
    writer.join().expect("the writer ends").expect("requests are read");
    let answers = String::from_utf8(output.stdout).expect("answers are text");
    assert_eq!(answers.lines().count(), texts.len());
    let mut differences = Vec::new();
    let mut accepted = 0;
    for (text, answer) in texts.iter().zip(answers.lines()) {
        // Negative durations are read by Go and refused here, where no field means anything by them.
        let theirs = answer.parse::<i64>().ok().filter(|nanoseconds| *nanoseconds >= 0);
        let ours = Duration::new(text.as_str()).parse().ok();
        let ours = ours.map(|duration| i64::try_from(duration.as_nanos()).expect("the limit is Go's"));
        accepted += usize::from(theirs.is_some());
        if ours != theirs {
            differences.push(format!("{text:?}: Go {theirs:?}, ours {ours:?}"));
        }
    }
    assert!(accepted > texts.len() / 4, "enough of the texts are durations: {accepted}");
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}
