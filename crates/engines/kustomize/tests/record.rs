//! Records what the reference program does with the corpus. Run by hand after cases were added:
//!
//! `cargo test -p ferroflux-kustomize --test record -- --ignored`

mod support;

use std::fs;

use support::{Oracle, corpus_files, read_cases};

#[test]
#[ignore = "writes into the tree; run by hand after cases were added"]
fn record_the_corpus() {
    let only = std::env::var("CORPUS").ok();
    let mut oracle = Oracle::start();
    for path in corpus_files() {
        if only.as_ref().is_some_and(|only| path.file_stem().is_none_or(|stem| stem != only.as_str())) {
            continue;
        }
        let mut text = String::new();
        for case in read_cases(&path) {
            let source = case.source.trim_end_matches('\n');
            text.push_str(source);
            text.push('\n');
            match oracle.run(&case) {
                Ok(output) => {
                    text.push_str("-- expect --\n");
                    text.push_str(&output);
                }
                Err(error) => {
                    text.push_str("-- error --\n");
                    text.push_str(error.trim_end_matches('\n'));
                    text.push('\n');
                }
            }
            text.push('\n');
        }
        fs::write(&path, text.trim_end_matches('\n').to_owned() + "\n").expect("can write");
    }
}
