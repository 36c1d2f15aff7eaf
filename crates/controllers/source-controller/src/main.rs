//! The source-controller: sources in, artifacts out.

use std::process::ExitCode;

use ferroflux_source_controller::{app, args::SourceFlags, config};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    ferroflux_runtime::main(&config::PROGRAM, |mut app, _identities, flags: SourceFlags| async move {
        let settings = config::Settings::new(flags, app.config())?;
        app::wire(&mut app, settings)?;
        Ok(app.run().await?)
    })
}
