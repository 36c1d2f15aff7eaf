//! Substitutes in whatever comes; values come from the text itself.
#![no_main]

use ferroflux_envsubst::{Strictness, substitute};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (value, text) = text.split_once('\n').unwrap_or(("value", text));
    let variable = |name: &str| (!name.starts_with('n')).then_some(value);
    let _ = substitute(text, variable, Strictness::Strict);
    let _ = substitute(text, variable, Strictness::Lenient);
});
