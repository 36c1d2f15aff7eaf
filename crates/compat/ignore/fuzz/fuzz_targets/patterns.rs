//! Reads the first half as patterns and judges the lines of the second half by them.
#![no_main]

use ferroflux_ignore::Matcher;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (patterns, paths) = text.split_once('\0').unwrap_or((text, "a/b/c.txt"));
    let matcher = Matcher::for_tree([("a", patterns.as_bytes())], Some(patterns));
    for path in paths.lines() {
        let _ = (matcher.excludes(path, false), matcher.excludes(path, true));
    }
});
