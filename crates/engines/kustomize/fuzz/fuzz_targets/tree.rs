//! Whole trees: the input is cut into files, links and kustomizations, and built as a controller builds it.
//!
//! `cargo +nightly fuzz run tree`
#![no_main]

use std::sync::Arc;

use ferroflux_kustomize::{Limits, MemoryTree, Options, build};
use libfuzzer_sys::fuzz_target;

/// Names that the pieces of the input get in turn; the first is the root's kustomization file.
const NAMES: [&str; 8] = [
    "/src/app/kustomization.yaml",
    "/src/app/a.yaml",
    "/src/app/b.yaml",
    "/src/base/kustomization.yaml",
    "/src/base/c.yaml",
    "/src/component/Kustomization",
    "/src/app/patch.yaml",
    "/src/app/data.env",
];

fuzz_target!(|input: &[u8]| {
    let mut tree = MemoryTree::new();
    for (name, content) in NAMES.iter().zip(input.split(|byte| *byte == 0)) {
        match content.strip_prefix(b"@").map(std::str::from_utf8) {
            Some(Ok(target)) => tree.add_link(name, target),
            _ => tree.add_file(name, content.to_vec()),
        }
    }
    tree.add_file("/outside/secret.yaml", *b"kind: Secret\nmetadata: {name: outside}\n");
    let options = Options {
        limits: Limits { bytes_read: 1 << 20, directories: 64, depth: 16 },
        ..Options::flux("/src")
    };
    if let Ok(built) = build(Arc::new(tree), "/src/app", &options, None) {
        assert!(!built.to_yaml().contains("name: outside"), "the root was left");
    }
});
