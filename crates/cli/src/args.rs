//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::{build_kustomization, template};

/// Builds what the Ferroflux controllers would apply, on this machine.
#[derive(Debug, Parser)]
#[command(name = "ferroflux", version, propagate_version = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build objects from local files
    #[command(subcommand)]
    Build(Build),
    /// Print what `helm template` prints for a chart
    Template(template::TemplateArgs),
}

#[derive(Debug, Subcommand)]
enum Build {
    /// Print what `kustomize build` prints for a directory
    Kustomization(KustomizationArgs),
}

/// Flags of `kustomize build` that say something about the result.
#[derive(Debug, clap::Args)]
pub(crate) struct KustomizationArgs {
    /// The directory with the kustomization file
    #[arg(default_value = ".")]
    pub(crate) directory: PathBuf,
    /// Which files a kustomization may name
    #[arg(long, value_enum, default_value_t = LoadRestrictor::LoadRestrictionsRootOnly, ignore_case = true)]
    pub(crate) load_restrictor: LoadRestrictor,
    /// The order of objects where the kustomization has no sortOptions
    #[arg(long, value_enum, default_value_t = Reorder::Legacy)]
    pub(crate) reorder: Reorder,
    /// Write to this file, or one file per object into this directory, instead of standard output
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LoadRestrictor {
    /// Files in or below the kustomization's directory
    #[value(name = "LoadRestrictionsRootOnly")]
    LoadRestrictionsRootOnly,
    /// Any file
    #[value(name = "LoadRestrictionsNone", alias = "none")]
    LoadRestrictionsNone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reorder {
    /// By kind
    Legacy,
    /// As they were accumulated
    None,
}

impl Args {
    /// Does what was asked for.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Self { command } = self;
        match command {
            Command::Build(Build::Kustomization(args)) => build_kustomization::run(args),
            Command::Template(args) => template::run(args),
        }
    }
}
