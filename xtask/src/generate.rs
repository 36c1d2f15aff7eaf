//! `cargo xtask generate`: writes `config/crd/bases`, or tells what is out of date there.

use std::{collections::BTreeMap, fs, io::Write, path::PathBuf};

use anyhow::{Context, bail};

use crate::workspace;

/// Arguments of `cargo xtask generate`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Changes nothing and fails if a file is out of date
    #[arg(long)]
    check: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let directory = workspace::root().join("config/crd/bases");
    let wanted = custom_resource_definitions()?;
    let present = read_directory(&directory)?;
    let mut output = std::io::stdout().lock();
    let mut stale = 0;
    let names: std::collections::BTreeSet<&String> = wanted.keys().chain(present.keys()).collect();
    for name in names {
        let path = directory.join(name);
        let shown = workspace::relative(&path).display().to_string();
        match (wanted.get(name), present.get(name)) {
            (Some(text), found) if found != Some(text) => {
                stale += 1;
                if arguments.check {
                    writeln!(
                        output,
                        "{shown} is {}",
                        if found.is_some() { "out of date" } else { "missing" }
                    )?;
                } else {
                    fs::create_dir_all(&directory)
                        .with_context(|| format!("cannot create the directory of {shown}"))?;
                    fs::write(&path, text).with_context(|| format!("cannot write {shown}"))?;
                    writeln!(output, "wrote {shown}")?;
                }
            }
            (None, Some(_)) => {
                stale += 1;
                if arguments.check {
                    writeln!(output, "{shown} is not generated any more")?;
                } else {
                    fs::remove_file(&path).with_context(|| format!("cannot remove {shown}"))?;
                    writeln!(output, "removed {shown}")?;
                }
            }
            _ => {}
        }
    }
    if arguments.check && stale > 0 {
        bail!("{stale} generated files are out of date; run `make generate`");
    }
    writeln!(output, "{} generated files are up to date", wanted.len())?;
    Ok(())
}

/// The text of every CustomResourceDefinition, by file name.
pub(crate) fn custom_resource_definitions() -> anyhow::Result<BTreeMap<String, String>> {
    ferroflux_api::crd::all()
        .iter()
        .map(|definition| {
            let name = ferroflux_api::crd::file_name(definition);
            let text = ferroflux_yaml::write_value(definition)
                .with_context(|| format!("cannot write {name} as YAML"))?;
            Ok((name, format!("---\n{text}")))
        })
        .collect()
}

/// The YAML files of a directory, by name; none when there is no such directory.
fn read_directory(directory: &PathBuf) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    if !directory.exists() {
        return Ok(files);
    }
    for entry in fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.extension().is_some_and(|extension| extension == "yaml") && name != "kustomization.yaml" {
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files.insert(name.to_owned(), text);
        }
    }
    Ok(files)
}
