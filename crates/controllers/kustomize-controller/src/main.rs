//! The kustomize-controller: artifacts in, cluster state out.

use std::process::ExitCode;

use ferroflux_kustomize_controller::args::KustomizeFlags;
use ferroflux_kustomize_controller::{app, config};
use ferroflux_runtime::ConfigError;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    ferroflux_runtime::main(&config::PROGRAM, |mut app, identities, flags: KustomizeFlags| async move {
        config::check_default_accounts(&app.config().gates, &flags)
            .map_err(|error| ConfigError::new("invalid configuration", error))?;
        app::wire(&mut app, identities, flags);
        Ok(app.run().await?)
    })
}
