//! No bytes make a reader panic, and the short way to a value agrees with the long one.
#![no_main]

use ferroflux_yaml::{Limits, ReadOptions, read_documents, read_value, read_values};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { depth: 100, nodes: 100_000, expanded_nodes: 100_000, ..Limits::default() };
    for options in [ReadOptions::sigs(), ReadOptions::sigs_strict(), ReadOptions::kyaml()] {
        let options = options.with_limits(limits);
        let _ = read_value(bytes, &options);
        if let (Ok(values), Ok(documents)) = (read_values(bytes, &options), read_documents(bytes, &options)) {
            for (value, document) in values.iter().zip(&documents) {
                assert_eq!(Ok(value), document.to_value(&options).as_ref());
            }
        }
    }
});
