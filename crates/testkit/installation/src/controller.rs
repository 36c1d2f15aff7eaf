//! One controller process.

use std::{
    env,
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use crate::{Error, NAMESPACE, http};

/// How long a controller may take until it works. Generous: machines that build and test at once are slow.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pause between looks at a controller that is starting.
const PAUSE: Duration = Duration::from_millis(20);
/// Bytes of a log that errors show.
const LOG_END: usize = 4000;

/// A program of the suite and what it needs to run by itself.
#[derive(Debug, Clone)]
pub struct Component {
    name: &'static str,
    /// It serves files on `--storage-addr`.
    stores: bool,
}

impl Component {
    /// source-controller
    pub fn source() -> Self {
        Self { name: "source-controller", stores: true }
    }

    /// kustomize-controller
    pub fn kustomize() -> Self {
        Self { name: "kustomize-controller", stores: false }
    }
}

/// What a process has used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// CPU time of user and system.
    pub cpu: Duration,
    /// Most memory that was resident at once, in bytes.
    pub peak_memory: u64,
    /// Memory that is resident now, in bytes.
    pub memory: u64,
}

/// A running, or ended, controller.
pub struct Controller {
    component: Component,
    arguments: Vec<String>,
    directory: PathBuf,
    kubeconfig: PathBuf,
    metrics: SocketAddr,
    health: SocketAddr,
    storage: SocketAddr,
    child: Option<Child>,
}

impl Controller {
    pub(crate) fn start(
        component: Component,
        arguments: Vec<String>,
        directory: &Path,
        kubeconfig: &Path,
    ) -> Result<Self, Error> {
        let directory = directory.join(component.name);
        for path in [directory.join("data"), directory.join("tmp")] {
            fs::create_dir_all(&path).map_err(Error::io(path.display().to_string()))?;
        }
        let [metrics, health, storage] = free_addresses()?;
        let mut controller = Self {
            component,
            arguments,
            directory,
            kubeconfig: kubeconfig.to_owned(),
            metrics,
            health,
            storage,
            child: None,
        };
        controller.spawn()?;
        Ok(controller)
    }

    /// Starts the process; one that runs is left alone.
    pub(crate) fn spawn(&mut self) -> Result<(), Error> {
        if self.is_running() {
            return Ok(());
        }
        let program = program(self.component.name)?;
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_path())
            .map_err(Error::io(self.log_path().display().to_string()))?;
        // With setpriv the controller ends with the test, even if that is killed.
        let mut command = if Path::new("/usr/bin/setpriv").exists() {
            let mut command = Command::new("/usr/bin/setpriv");
            command.args(["--pdeathsig", "KILL"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        command
            .arg(format!("--metrics-addr={}", self.metrics))
            .arg(format!("--health-addr={}", self.health))
            .args(["--log-level=debug", "--watch-all-namespaces"])
            .env("KUBECONFIG", &self.kubeconfig)
            .env("RUNTIME_NAMESPACE", NAMESPACE)
            .env("TMPDIR", self.directory.join("tmp"))
            .env_remove("EVENTS_ADDR")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        if self.component.stores {
            command
                .arg(format!("--storage-path={}", self.directory.join("data").display()))
                .arg(format!("--storage-addr={}", self.storage))
                .arg(format!("--storage-adv-addr={}", self.storage));
        }
        command.args(&self.arguments);
        let child = command.spawn().map_err(Error::io(program.display().to_string()))?;
        self.child = Some(child);
        Ok(())
    }

    pub(crate) async fn wait_until_ready(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.ended() {
                return Err(self.not_ready(&format!("it ended with {status}")));
            }
            let probe = http::get(self.health, "/readyz").await.is_ok()
                && (!self.component.stores || http::get(self.storage, "/").await.is_ok());
            if probe {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(self.not_ready("time is over"));
            }
            sleep(PAUSE).await;
        }
    }

    fn not_ready(&self, why: &str) -> Error {
        Error::NotReady { name: self.name().to_owned(), why: why.to_owned(), log: self.log_end() }
    }

    fn ended(&mut self) -> Option<std::process::ExitStatus> {
        self.child.as_mut().and_then(|child| child.try_wait().ok().flatten())
    }

    /// The component's name.
    pub fn name(&self) -> &'static str {
        self.component.name
    }

    /// Whether the process is there.
    pub fn is_running(&mut self) -> bool {
        self.child.is_some() && self.ended().is_none()
    }

    /// The process's id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Ends the process as `kill -9` does and waits until it is gone.
    pub fn kill(&mut self) -> Result<(), Error> {
        if let Some(mut child) = self.child.take() {
            child.kill().map_err(Error::io(self.component.name))?;
            child.wait().map_err(Error::io(self.component.name))?;
        }
        Ok(())
    }

    /// Asks the process to end (SIGTERM) and waits for it; gives its exit status.
    pub async fn terminate(&mut self) -> Result<std::process::ExitStatus, Error> {
        let Some(child) = self.child.as_ref() else {
            return Err(Error::NotStarted(self.name().to_owned()));
        };
        Command::new("kill").args(["-TERM", &child.id().to_string()]).status().map_err(Error::io("kill"))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.ended() {
                self.child = None;
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(self.not_ready("it does not end"));
            }
            sleep(PAUSE).await;
        }
    }

    /// The text of `/metrics`.
    pub async fn metrics(&self) -> Result<String, Error> {
        http::get(self.metrics, "/metrics").await
    }

    /// The sum of a metric's series whose labels contain all of `labels` (each as `name="value"`).
    pub async fn metric(&self, name: &str, labels: &[&str]) -> Result<f64, Error> {
        let text = self.metrics().await?;
        let series = text.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            let (set, value) = match rest.strip_prefix('{') {
                Some(rest) => rest.split_once('}')?,
                None => ("", rest.strip_prefix(' ').map(|_| rest)?),
            };
            labels.iter().all(|label| set.contains(label)).then(|| value.trim().parse::<f64>().ok())?
        });
        Ok(series.sum())
    }

    /// Where `/metrics` is.
    pub fn metrics_address(&self) -> SocketAddr {
        self.metrics
    }

    /// Where artifacts are served, for the component that does.
    pub fn storage_address(&self) -> SocketAddr {
        self.storage
    }

    /// The directory of artifacts, for the component that has one.
    pub fn storage_path(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The log file.
    pub fn log_path(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// The whole log.
    pub fn log(&self) -> String {
        fs::read(self.log_path()).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    fn log_end(&self) -> String {
        let log = self.log();
        log.get(log.ceil_char_boundary(log.len().saturating_sub(LOG_END))..).unwrap_or_default().to_owned()
    }

    /// What the process has used so far.
    pub fn usage(&self) -> Result<Usage, Error> {
        let pid = self.pid().ok_or_else(|| Error::NotStarted(self.name().to_owned()))?;
        let read = |file: &str| {
            let path = format!("/proc/{pid}/{file}");
            fs::read_to_string(&path).map_err(Error::io(path))
        };
        let status = read("status")?;
        let kibibytes = |field: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(field));
            line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
        };
        let stat = read("stat")?;
        // Fields 14 and 15, counted behind the program's name, which may hold spaces; in ticks of 10 ms.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|ticks| ticks.parse::<u64>().ok()).unwrap_or(0);
        Ok(Usage {
            cpu: Duration::from_millis((ticks(11) + ticks(12)) * 10),
            peak_memory: kibibytes("VmHWM:"),
            memory: kibibytes("VmRSS:"),
        })
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        // Nothing can be done about a process that will not end.
        let _ = self.kill();
    }
}

/// The built program: beside the running one, or where its deps directory stands.
fn program(name: &str) -> Result<PathBuf, Error> {
    let here = env::current_exe().map_err(Error::io("the running program"))?;
    let candidates = here.ancestors().skip(1).take(2).map(|directory| directory.join(name));
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| Error::NotBuilt(name.to_owned()))
}

/// Addresses that are free now. Another process may take one before the controller does; the kernel hands ports out in
/// a way that makes this rare, and a controller that cannot bind says so.
fn free_addresses() -> Result<[SocketAddr; 3], Error> {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io("a port"));
    let listeners = [listen()?, listen()?, listen()?];
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); 3];
    for (address, listener) in addresses.iter_mut().zip(&listeners) {
        *address = listener.local_addr().map_err(Error::io("a port"))?;
    }
    Ok(addresses)
}
