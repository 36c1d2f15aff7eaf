//! Control planes that outlive the process that started them.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    cluster::{POLL_INTERVAL, poll},
    components,
    objects::PATIENCE,
};

const STATE: &str = "processes.json";

/// A control plane that was started with [`crate::Options::detached`], found again by its directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Detached {
    #[serde(skip)]
    directory: PathBuf,
    url: String,
    processes: Vec<Recorded>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Recorded {
    name: String,
    pid: u32,
}

impl Detached {
    pub(crate) fn new(directory: &Path, url: String, processes: &[(&'static str, u32)]) -> Self {
        let processes = processes.iter().map(|&(name, pid)| Recorded { name: name.into(), pid }).collect();
        Self { directory: directory.to_owned(), url, processes }
    }

    pub(crate) fn record(&self) -> Result<(), Error> {
        let path = self.directory.join(STATE);
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        fs::write(&path, text).map_err(|source| Error::Io { path, source })
    }

    /// The control plane in this directory; none if the directory holds none or its API server is gone.
    pub fn find(directory: &Path) -> Result<Option<Self>, Error> {
        let path = directory.join(STATE);
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
        let mut found: Self = serde_json::from_slice(&text)
            .map_err(|error| Error::Manifest { reason: format!("`{}`: {error}", path.display()) })?;
        directory.clone_into(&mut found.directory);
        let serves = found.running().iter().any(|process| process.name == "kube-apiserver");
        Ok(serves.then_some(found))
    }

    /// The API server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The administrator's kubeconfig file.
    pub fn kubeconfig(&self) -> PathBuf {
        self.directory.join(components::KUBECONFIG)
    }

    /// The components that run, with their process ids.
    pub fn pids(&self) -> Vec<(String, u32)> {
        self.running().into_iter().map(|process| (process.name.clone(), process.pid)).collect()
    }

    /// Ends every component, waits until it is gone, and removes the directory.
    pub async fn end(self) -> Result<(), Error> {
        let running: Vec<u32> = self.running().iter().map(|process| process.pid).collect();
        for &pid in &running {
            let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
            // It may end by itself between the look and the signal.
            let _ = pid.map(|pid| kill_process(pid, Signal::KILL));
        }
        poll("the control plane's processes are gone", async || {
            Ok(running.iter().all(|&pid| has_ended(pid)).then_some(()))
        })
        .await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match fs::remove_dir_all(&self.directory) {
                Ok(()) => return Ok(()),
                Err(source) if Instant::now() > deadline => {
                    return Err(Error::Io { path: self.directory, source });
                }
                Err(_) => tokio::time::sleep(POLL_INTERVAL).await,
            }
        }
    }

    /// A process id may belong to something else by now; ours name the directory in their arguments.
    fn running(&self) -> Vec<&Recorded> {
        let directory = self.directory.display().to_string();
        let ours = |process: &&Recorded| {
            let arguments = fs::read(format!("/proc/{}/cmdline", process.pid)).unwrap_or_default();
            String::from_utf8_lossy(&arguments).contains(&directory)
        };
        self.processes.iter().filter(ours).collect()
    }
}

/// Gone, or only waiting for its parent to take notice.
fn has_ended(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state stands behind the name, which is in parentheses and may hold some itself.
    let state = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    state.is_empty() || state.starts_with(['Z', 'X'])
}

/// Makes an empty directory for a control plane. What another one left there is removed, anything else is kept
/// and refused.
pub(crate) fn prepare(directory: &Path) -> Result<(), Error> {
    let at = |source| Error::Io { path: directory.to_owned(), source };
    if Detached::find(directory)?.is_some() {
        let what = format!("starting a second control plane in `{}`", directory.display());
        return Err(Error::Unsupported { what });
    }
    fs::create_dir_all(directory).map_err(at)?;
    let empty = fs::read_dir(directory).map_err(at)?.next().is_none();
    if !empty {
        if !directory.join(components::TOKENS).is_file() {
            let what = format!("using `{}`, which holds other files,", directory.display());
            return Err(Error::Unsupported { what });
        }
        fs::remove_dir_all(directory).map_err(at)?;
        fs::create_dir_all(directory).map_err(at)?;
    }
    Ok(())
}
