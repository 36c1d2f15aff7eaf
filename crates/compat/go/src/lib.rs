//! Small pieces of Go's standard library whose exact behaviour users see: durations, quoting, paths, regular expressions.
//!
//! Manifests, charts and error messages were written against programs in Go, so the text that its standard
//! library makes of a number or a duration is part of the contract. Each module mirrors one Go package and holds
//! only what other crates need of it. Nothing here does I/O.

pub mod duration;
pub mod float;
pub mod path;
pub mod quote;
pub mod regexp;
