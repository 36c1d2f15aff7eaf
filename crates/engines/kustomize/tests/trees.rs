//! Large public trees, laid out outside the checkout, built by both engines. Run by hand:
//!
//! `KUSTOMIZE_TREES=/somewhere cargo test --release -p ferroflux-kustomize --test trees -- --ignored --nocapture`

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use ferroflux_kustomize::{FILE_NAMES, MemoryTree, Options, build};
use support::{Oracle, first_difference};

/// Larger files are pictures and archives, which no kustomization reads.
const MAX_FILE: u64 = 16 << 20;

fn load(tree: &mut MemoryTree, directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        fs::read_dir(directory).expect("readable").map(|entry| entry.expect("readable")).collect();
    entries.sort_by_key(|entry| entry.path());
    for entry in entries {
        let path = entry.path();
        let text = path.to_str().expect("UTF-8");
        let metadata = fs::symlink_metadata(&path).expect("readable");
        if metadata.is_symlink() {
            let target = fs::read_link(&path).expect("readable");
            tree.add_link(text, target.to_str().expect("UTF-8"));
        } else if metadata.is_dir() {
            tree.add_directory(text);
            load(tree, &path, found);
        } else if metadata.len() <= MAX_FILE {
            tree.add_file(text, fs::read(&path).expect("readable"));
            if FILE_NAMES.contains(&entry.file_name().to_str().expect("UTF-8")) {
                found.push(directory.to_owned());
            }
        }
    }
}

#[test]
#[ignore = "needs trees outside the checkout"]
fn public_trees_build_to_the_same_bytes() {
    let root = PathBuf::from(std::env::var("KUSTOMIZE_TREES").expect("KUSTOMIZE_TREES names a directory"));
    let root = fs::canonicalize(root).expect("exists");
    let mut tree = MemoryTree::new();
    let mut found = Vec::new();
    load(&mut tree, &root, &mut found);
    found.dedup();
    let tree = Arc::new(tree);
    let mut oracle = Oracle::start();
    let (mut same, mut failed_alike, mut remote, mut other_text) = (0, 0, 0, 0);
    let mut differing = Vec::new();
    let (mut our_time, mut their_time) = (Duration::ZERO, Duration::ZERO);
    for directory in &found {
        let start = Instant::now();
        let path = directory.to_str().expect("UTF-8");
        let ours = build(Arc::clone(&tree) as _, path, &Options::default(), None)
            .map(|built| built.to_yaml())
            .map_err(|error| error.to_string());
        let took = start.elapsed();
        if ours.as_ref().is_err_and(|error| error.contains("remote bases are disabled")) {
            remote += 1;
            continue;
        }
        our_time += took;
        let start = Instant::now();
        let theirs = oracle.build(directory, &[]);
        their_time += start.elapsed();
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) if ours == theirs => same += 1,
            (Err(ours), Err(theirs)) => {
                failed_alike += 1;
                if ours.trim_end() != theirs.trim_end() {
                    other_text += 1;
                    println!("other text: {path}\n  ours:      {ours}\n  reference: {theirs}");
                }
            }
            (Ok(ours), Ok(theirs)) => differing.push(format!("{path}: {}", first_difference(ours, theirs))),
            (Ok(_), Err(theirs)) => differing.push(format!("{path}: only the reference fails: {theirs}")),
            (Err(ours), Ok(_)) => differing.push(format!("{path}: only ours fails: {ours}")),
        }
    }
    println!(
        "{} directories: {same} equal, {failed_alike} fail in both ({other_text} with another text), {remote} remote, \
         {} differ; ours {our_time:?}, reference {their_time:?}",
        found.len(),
        differing.len()
    );
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
