//! Damaged kustomizations: the corpus with bytes changed, cut and repeated. Nothing may panic, whatever comes out.

mod support;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    thread,
    time::Duration,
};

use support::{Case, corpus_files, read_cases};

/// How long one damaged case may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(1);

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

const TOKENS: [&[u8]; 18] = [
    b"null",
    b"[]",
    b"{}",
    b"~",
    b"- ",
    b": ",
    b"*a",
    b"&a ",
    b"<<: ",
    b"!!int ",
    b"$patch: delete",
    b"\n---\n",
    b"..",
    b"\xff",
    b"\x00",
    b"[=",
    b"$(",
    b"999999999999999999999",
];

fn damage(case: &Case, random: &mut Random) -> Case {
    let mut case = case.clone();
    let paths: Vec<String> = case.files.keys().cloned().collect();
    for _ in 0..=random.below(3) {
        let path = &paths[random.below(paths.len())];
        let content = case.files.get_mut(path).expect("there");
        let place = random.below(content.len() + 1);
        match random.below(4) {
            0 => content.truncate(place),
            1 => {
                let token = TOKENS[random.below(TOKENS.len())];
                content.splice(place..place, token.iter().copied());
            }
            2 => {
                let end = (place + random.below(20)).min(content.len());
                content.drain(place..end);
            }
            _ => {
                let end = (place + random.below(60)).min(content.len());
                let piece = content[place..end].to_vec();
                content.splice(place..place, piece);
            }
        }
    }
    case
}

/// kustomize-engine.md 15: no panic reaches the caller
#[test]
fn damaged_trees_never_panic_or_hang() {
    let rounds = std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let cases: Vec<Case> = corpus_files().iter().flat_map(|path| read_cases(path)).collect();
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        let mut random = Random(0x5eed_5eed_5eed_5eed);
        let mut panicked = Vec::new();
        for _ in 0..rounds {
            for case in cases.iter().filter(|case| !case.files.is_empty()) {
                let damaged = damage(case, &mut random);
                if catch_unwind(AssertUnwindSafe(|| damaged.run())).is_err() {
                    panicked.push(format!("{}: {:?}", damaged.name, damaged.files));
                }
                // The receiver is gone only if the test has failed already.
                let _ = sender.send(damaged.name);
            }
        }
        panicked
    });
    let mut last = String::new();
    loop {
        match receiver.recv_timeout(PATIENCE) {
            Ok(name) => last = name,
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("the case after `{last}` hangs"),
        }
    }
    let panicked = worker.join().expect("panics are caught");
    assert!(panicked.is_empty(), "{} cases panic:\n{}", panicked.len(), panicked.join("\n"));
}
