//! Project tasks behind the Makefile: generated files, control plane, checks, images.

fn main() {}
