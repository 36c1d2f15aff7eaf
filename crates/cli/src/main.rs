//! The ferroflux command: local builds with the same engines as the controllers.

fn main() {}
