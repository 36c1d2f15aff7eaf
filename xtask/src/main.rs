//! Project tasks behind the Makefile: generated files, control plane, checks, images.
//!
//! Each subcommand is a module with its arguments and a `run`; this file only lists them.

mod bench;
mod check_crds;
mod check_layout;
mod check_licences;
mod controlplane;
mod demo;
mod generate;
mod programs;
mod workspace;

use std::{io::Write, process::ExitCode};

use clap::{Parser, Subcommand};

/// Tasks of the Ferroflux project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Writes the generated files, or tells which of them are out of date
    Generate(generate::Arguments),
    /// Compares the generated CustomResourceDefinitions with those that Flux installs
    CheckCrds(check_crds::Arguments),
    /// Checks that crates use only what stands below them, and the sizes of files
    CheckLayout,
    /// Checks the licences of all dependencies, and that none of them is banned
    CheckLicences,
    /// Starts, ends and finds local control planes
    #[command(subcommand)]
    Controlplane(controlplane::Command),
    /// Measures what the controllers cost; takes release builds beside it
    Bench,
    /// Shows the main job on real parts
    Demo(demo::Arguments),
    /// Builds the foreign programs that tests run
    Programs,
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Generate(arguments) => generate::run(&arguments),
        Task::CheckCrds(arguments) => check_crds::run(&arguments),
        Task::CheckLayout => check_layout::run(),
        Task::CheckLicences => check_licences::run(),
        Task::Controlplane(command) => command.run(),
        Task::Bench => bench::run(),
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Programs => programs::run(),
    }
}
