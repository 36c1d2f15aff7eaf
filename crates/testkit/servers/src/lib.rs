//! Real servers for tests: Git over HTTP and SSH, TLS with a private authority, and faults on request.
//!
//! * [`GitRepo`]: a bare repository that tests commit to, through the `git` program.
//! * [`GitHttpServer`]: Git's own `http-backend` behind a small HTTP server that checks credentials, records every
//!   request and misbehaves when asked to.
//! * [`SshServer`]: OpenSSH's `sshd` with keys made for the test.
//! * [`Authority`]: a private certificate authority.
//!
//! Everything listens on loopback ports that the kernel chose, lives in directories of its own and ends with the value
//! that stands for it. Nothing here needs an async runtime of the caller.
#![expect(clippy::disallowed_types, reason = "this crate is where tests start Git's and OpenSSH's programs")]

mod error;
mod git_http;
mod git_repo;
mod ssh;
mod tls;

pub use crate::{
    error::Error,
    git_http::{Credentials, Fault, GitHttpOptions, GitHttpServer, RequestKind, RequestRecord},
    git_repo::GitRepo,
    ssh::{ClientKey, KeyType, SshServer},
    tls::{Authority, ClientCertificate},
};
