//! `cargo xtask programs`: builds the foreign programs that tests and the demo run, before they need them.

use std::{fs, time::Instant};

use anyhow::Context as _;
use ferroflux_programs::{GoProgram, workspace_root};

/// Builds what was not built on this machine yet, and says how long it took.
pub(crate) fn run() -> anyhow::Result<()> {
    let began = Instant::now();
    print("the control plane (some minutes the first time on a machine)");
    ferroflux_cluster::control_plane().path().context("cannot build the control plane")?;
    ferroflux_cluster::kwok().path().context("cannot build kwok")?;
    let oracles = workspace_root().join("e2e/oracles");
    let mut modules: Vec<_> = fs::read_dir(&oracles)
        .with_context(|| format!("cannot list {}", oracles.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.join("go.mod").is_file())
        .collect();
    modules.sort();
    for module in modules {
        print(&format!("reference program {}", module.file_name().unwrap_or_default().to_string_lossy()));
        GoProgram::new(&module).path().with_context(|| format!("cannot build {}", module.display()))?;
    }
    print(&format!("programs are there after {:.1} s", began.elapsed().as_secs_f64()));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this task tells what it does")]
fn print(text: &str) {
    println!("programs: {text}");
}
