//! Shell-style variable substitution as the drone/envsubst library does it.
