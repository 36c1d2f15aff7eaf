//! Asks the Go packages themselves.

mod support;

use support::{ask, compare, corpus};

/// With `FERROFLUX_RECORD` set, the answers become the recorded ones.
#[test]
fn the_corpus_is_answered_as_go_answers_it() {
    let cases = corpus::cases();
    let answers = ask(&cases);
    if std::env::var_os("FERROFLUX_RECORD").is_some() {
        support::record(&cases, &answers);
    }
    let compared = compare(&cases, &answers);
    println!("{compared} answers compared");
}
