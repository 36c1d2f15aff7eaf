//! Real servers for tests: Git over HTTP and SSH, plain HTTP with faults, TLS with a private CA.
