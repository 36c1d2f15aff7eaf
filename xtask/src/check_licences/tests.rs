//! Tests of licence expressions.

use super::{ALLOWED, expression::Expression};

fn allowed(text: &str) -> bool {
    Expression::parse(text).expect("the expression can be read").is_met_by(&ALLOWED)
}

#[test]
fn one_allowed_choice_is_enough() {
    assert!(allowed("MIT OR GPL-3.0-only"));
    assert!(allowed("LGPL-2.1-or-later OR MIT OR Apache-2.0"));
    assert!(allowed("MIT/Apache-2.0"));
    assert!(!allowed("GPL-3.0-only"));
}

#[test]
fn all_parts_must_be_allowed() {
    assert!(allowed("MIT AND BSD-3-Clause"));
    assert!(!allowed("MIT AND MPL-2.0"));
    assert!(!allowed("Apache-2.0 AND (GPL-2.0-only OR MPL-2.0)"));
    assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
}

#[test]
fn and_binds_closer_than_or() {
    assert!(allowed("MIT OR GPL-3.0-only AND MPL-2.0"));
    assert!(!allowed("GPL-3.0-only OR MIT AND MPL-2.0"));
}

#[test]
fn an_exception_is_part_of_its_licence() {
    assert!(allowed("Apache-2.0 WITH LLVM-exception"));
    assert!(!allowed("GPL-2.0-only WITH Classpath-exception-2.0"));
}

#[test]
fn broken_expressions_are_refused() {
    for text in ["", "MIT OR", "(MIT", "MIT)", "AND MIT", "MIT Apache-2.0", "Apache-2.0 WITH"] {
        assert!(Expression::parse(text).is_err(), "{text}");
    }
}
