//! What every program's `main` does: flags, logs, TLS, runtime, signals, exit code.

use std::io::Write as _;
use std::process::ExitCode;

use ferroflux_api::names::environment::RUNTIME_NAMESPACE;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::app::{App, RunError};
use crate::client::{Clients, Identities};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Program};
use crate::flags::{CommonFlags, FlagGroup, FlagSet, UsageError};
use crate::logs;
use crate::metrics::Metrics;

/// Why a program ended with an error.
#[derive(Debug, thiserror::Error)]
pub enum MainError {
    /// It could not start.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A part of it ended, or the lease was lost.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Exit code of a command line that cannot be used, as Go's flag packages have it.
const USAGE: u8 = 2;

/// Runs a program: reads its flags (the shared ones and `F`), sets logs, TLS and the asynchronous runtime up, and calls
/// `wire` with the process to be wired, its identities and the program's own flags. `wire` ends with [`App::run`].
///
/// ```no_run
/// use ferroflux_runtime::{Program, ShutdownPolicy};
///
/// static PROGRAM: Program = Program {
///     name: "example-controller",
///     version: env!("CARGO_PKG_VERSION"),
///     feature_gates: &[("ObjectLevelWorkloadIdentity", false)],
///     defaults: &[("concurrent", "2")],
///     environment: &[("metrics-addr", "METRICS_ADDR")],
///     absent_flags: &["http-retry"],
///     shutdown: ShutdownPolicy::Cancel(std::time::Duration::from_secs(5)),
///     sharded_lease: true,
/// };
///
/// fn main() -> std::process::ExitCode {
///     ferroflux_runtime::main(&PROGRAM, |app, _identities, (): ()| async move { Ok(app.run().await?) })
/// }
/// ```
pub fn main<F, R>(program: &'static Program, wire: impl FnOnce(App, Identities, F) -> R) -> ExitCode
where
    F: FlagGroup,
    R: Future<Output = Result<(), MainError>>,
{
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let (common, own) = match read_flags::<F>(program, arguments, |name| std::env::var(name).ok()) {
        Ok(flags) => flags,
        Err(Usage { text, problem }) => {
            // Nothing can be done about a closed stderr.
            let _ = write!(std::io::stderr().lock(), "{text}{}", problem.as_deref().unwrap_or_default());
            return if problem.is_some() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    logs::install(logs::level_of_flag(&common.log_level), logs::Encoding::of_flag(&common.log_encoding));
    // Another provider could only be there already if the program had installed it itself.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => {
            error!(logger = "setup", error = %cause, "unable to start");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(start(program, common, own, wire));
    // Blocking work that is still running must not hold the exit back.
    runtime.shutdown_background();
    match ended {
        Ended::Well => ExitCode::SUCCESS,
        Ended::SecondSignal => ExitCode::FAILURE,
        Ended::Badly(cause) => {
            let source = std::error::Error::source(&cause).map(crate::failure::chain).unwrap_or_default();
            error!(logger = "setup", error = source, "{cause}");
            ExitCode::FAILURE
        }
    }
}

enum Ended {
    Well,
    SecondSignal,
    Badly(MainError),
}

async fn start<F, R>(
    program: &'static Program,
    common: CommonFlags,
    own: F,
    wire: impl FnOnce(App, Identities, F) -> R,
) -> Ended
where
    R: Future<Output = Result<(), MainError>>,
{
    let (shutdown, second) = match watch_signals() {
        Ok(watched) => watched,
        Err(cause) => return Ended::Badly(ConfigError::new("unable to watch signals", cause).into()),
    };
    let work = async {
        let namespace = std::env::var(RUNTIME_NAMESPACE).ok();
        let config = Config::new(program, common, namespace)?;
        let metrics = Metrics::new();
        let clients = Clients::new(program, &metrics, config.api_rate);
        let connected = async {
            let cluster = kube::Config::infer().await.map_err(|cause| {
                ConfigError::new("unable to configure the Kubernetes client", Box::new(cause))
            })?;
            clients
                .connect(cluster)
                .await
                .map_err(|cause| ConfigError::new("unable to create the Kubernetes client", Box::new(cause)))
        };
        let client = connected.await?;
        let identities = Identities::new(clients, client.clone(), config.default_service_account.clone());
        info!(logger = "setup", "starting manager");
        let app = App::new(config, client, Clock::system(), metrics).with_shutdown(shutdown);
        wire(app, identities, own).await
    };
    tokio::select! {
        ended = work => ended.map_or_else(Ended::Badly, |()| Ended::Well),
        () = second => Ended::SecondSignal,
    }
}

/// What goes to stderr instead of running the program.
#[derive(Debug)]
struct Usage {
    text: String,
    /// The last line; none when only help was asked for.
    problem: Option<String>,
}

fn read_flags<F: FlagGroup>(
    program: &Program,
    arguments: impl IntoIterator<Item = String>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<(CommonFlags, F), Usage> {
    let mut flags = FlagSet::default();
    <(CommonFlags, F)>::define(&mut flags);
    for (name, default) in program.defaults {
        flags.set_default(name, default);
    }
    for (name, variable) in program.environment {
        flags.set_environment(name, variable);
    }
    for name in program.absent_flags {
        flags.hide(name);
    }
    match flags.parse(arguments, environment) {
        Ok(()) => Ok(<(CommonFlags, F)>::read(&flags)),
        Err(UsageError::Help) => Err(Usage { text: flags.usage(program.name), problem: None }),
        Err(UsageError::Invalid(problem)) => {
            Err(Usage { text: flags.usage(program.name), problem: Some(format!("{problem}\n")) })
        }
    }
}

/// The first SIGTERM or SIGINT cancels the token; the future ends with the second.
fn watch_signals() -> std::io::Result<(CancellationToken, impl Future<Output = ()>)> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let first = token.clone();
    let second = async move {
        any(&mut terminate, &mut interrupt).await;
        first.cancel();
        any(&mut terminate, &mut interrupt).await;
    };
    Ok((token, second))
}

async fn any(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

#[cfg(test)]
mod tests;
