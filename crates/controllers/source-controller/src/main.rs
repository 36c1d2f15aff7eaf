//! The source-controller: sources in, artifacts out.

fn main() {}
