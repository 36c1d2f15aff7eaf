//! Reads the first line as a constraint and compares every other line with it.
#![no_main]

use ferroflux_semver::{Constraints, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let constraints = Constraints::parse(lines.next().unwrap_or_default());
    for line in lines {
        let _ = Version::parse_strict(line);
        let Ok(version) = Version::parse(line) else { continue };
        assert_eq!(Version::parse(&version.to_string()).as_ref(), Ok(&version));
        if let Ok(constraints) = &constraints {
            assert_eq!(constraints.matches(&version), constraints.validate(&version).is_ok());
        }
    }
});
