//! `cargo xtask controlplane`: a local cluster to try things on, the same that tests use.

use std::{fs, path::PathBuf, time::Instant};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use ferroflux_cluster::{Cluster, Detached, Options};

/// Starts, ends and finds local control planes. Several run side by side under different names.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Starts a control plane and leaves it running; prints what to set KUBECONFIG to
    Up(Up),
    /// Ends a control plane and removes its data
    Down(Name),
    /// Prints the path of a running control plane's kubeconfig
    Kubeconfig(Name),
    /// Starts each kind of control plane once and prints how long it took and how much memory it holds
    Measure,
}

/// Which control plane.
#[derive(Debug, Args)]
pub(crate) struct Name {
    /// The name of the control plane
    #[arg(long, default_value = "default")]
    name: String,
}

/// What to start.
#[derive(Debug, Args)]
pub(crate) struct Up {
    #[command(flatten)]
    name: Name,
    /// Runs a scheduler and a node too, whose pods do what their annotations ask
    #[arg(long)]
    pods: bool,
}

impl Command {
    /// Does it.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            match self {
                Self::Up(up) => up.run().await,
                Self::Down(name) => name.find()?.end().await.context("cannot end the control plane"),
                Self::Kubeconfig(name) => {
                    print(&name.find()?.kubeconfig().display().to_string());
                    Ok(())
                }
                Self::Measure => measure().await,
            }
        })
    }
}

impl Name {
    fn directory(&self) -> anyhow::Result<PathBuf> {
        // It becomes a directory's name, and sockets in it have little room for long paths.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if self.name.is_empty() || self.name.len() > 32 || !self.name.bytes().all(plain) {
            bail!("a control plane's name is made of at most 32 letters, digits and dashes: `{}`", self.name);
        }
        Ok(ferroflux_programs::cache_directory().join("controlplanes").join(&self.name))
    }

    fn find(&self) -> anyhow::Result<Detached> {
        Detached::find(&self.directory()?)?
            .with_context(|| format!("no control plane named `{}` is running", self.name))
    }
}

impl Up {
    async fn run(self) -> anyhow::Result<()> {
        let directory = self.name.directory()?;
        if Detached::find(&directory)?.is_none() {
            let options = Options {
                pods: self.pods,
                detached: true,
                directory: Some(directory.clone()),
                ..Options::default()
            };
            Cluster::start(options).await.context("cannot start the control plane")?;
        }
        let running = Detached::find(&directory)?.context("the control plane ended at once")?;
        for (component, pid) in running.pids() {
            print(&format!("# {component}: process {pid}"));
        }
        print(&format!("# {}", running.url()));
        print(&format!("export KUBECONFIG={}", running.kubeconfig().display()));
        Ok(())
    }
}

async fn measure() -> anyhow::Result<()> {
    for (name, options) in [
        ("API server only", Options::api_only()),
        ("with controllers", Options::default()),
        ("with controllers and pods", Options::with_pods()),
    ] {
        let begin = Instant::now();
        let cluster = Cluster::start(options).await?;
        print(&format!("{name}: ready after {:.2} s", begin.elapsed().as_secs_f64()));
        for (component, pid) in cluster.pids() {
            let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
            let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("?");
            print(&format!("  {component}: resident {}", resident.trim()));
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the answer of a command-line tool")]
fn print(line: &str) {
    println!("{line}");
}
