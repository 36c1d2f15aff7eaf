//! The kustomize-controller: artifacts in, cluster state out.

use std::process::ExitCode;

use ferroflux_kustomize_controller::args::KustomizeFlags;
use ferroflux_kustomize_controller::{app, config};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    ferroflux_runtime::main(&config::PROGRAM, |mut app, identities, flags: KustomizeFlags| async move {
        app::wire(&mut app, identities, flags);
        Ok(app.run().await?)
    })
}
