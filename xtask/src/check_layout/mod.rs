//! `cargo xtask check-layout`: crates use only what stands below them, and files stay readable.

mod layers;
mod manifests;
mod sizes;

#[cfg(test)]
mod tests;

use std::io::Write;

use anyhow::bail;

use crate::workspace::Metadata;

/// Runs the subcommand.
pub(crate) fn run() -> anyhow::Result<()> {
    let metadata = Metadata::read()?;
    let mut problems = layers::problems(&metadata);
    problems.extend(manifests::problems(&metadata)?);
    let sizes = sizes::read()?;
    problems.extend(sizes.errors);
    let mut output = std::io::stdout().lock();
    for warning in &sizes.warnings {
        writeln!(output, "warning: {warning}")?;
    }
    for problem in &problems {
        writeln!(output, "error: {problem}")?;
    }
    if !problems.is_empty() {
        bail!("{} problems with the layout", problems.len());
    }
    writeln!(
        output,
        "{} crates and {} source files are where they belong",
        metadata.members().count(),
        sizes.files
    )?;
    Ok(())
}
