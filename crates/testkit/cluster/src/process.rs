//! One running component.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{Error, program::Program};

/// How much of a component's log an error shows.
const SHOWN_LOG_BYTES: u64 = 4096;

/// How long a component lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lifeline {
    /// As long as this process holds the other end of its standard input.
    ThisProcess,
    /// The same, and then it removes the control plane's directory.
    ThisProcessThenRemove,
    /// Until it is told to end.
    Own,
}

/// A component; ends when this is dropped, unless it was released.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) name: &'static str,
    child: Child,
    log: PathBuf,
    released: bool,
}

impl Process {
    pub(crate) fn start(
        name: &'static str,
        program: &Program,
        arguments: &[String],
        directory: &Path,
        lifeline: Lifeline,
    ) -> Result<Self, Error> {
        let log = directory.join(format!("{name}.log"));
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Io { path, source }
        };
        let output = File::create(&log).map_err(at(&log))?;
        let errors = output.try_clone().map_err(at(&log))?;
        let mut command = Command::new(&program.path);
        command
            .args(program.leading)
            .args(arguments)
            .current_dir(directory)
            // A proxy of the machine is not for loopback, and in-cluster variables are not for this cluster.
            .env_clear()
            .env("HOME", directory)
            .env("PATH", "/usr/bin:/bin")
            .stdout(output)
            .stderr(errors)
            // A Ctrl-C in the terminal is for the test; what follows from it goes through the lifeline.
            .process_group(0);
        match lifeline {
            Lifeline::Own => command.stdin(Stdio::null()),
            Lifeline::ThisProcess => command.stdin(Stdio::piped()).env("FERROFLUX_LIFELINE", "stdin"),
            Lifeline::ThisProcessThenRemove => command
                .stdin(Stdio::piped())
                .env("FERROFLUX_LIFELINE", "stdin")
                .env("FERROFLUX_LIFELINE_REMOVES", directory),
        };
        let child = command.spawn().map_err(at(&program.path))?;
        Ok(Self { name, child, log, released: false })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Lets it live on when this is dropped.
    pub(crate) fn release(&mut self) {
        self.released = true;
    }

    /// Fails if the process has ended.
    pub(crate) fn check(&mut self) -> Result<(), Error> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                Err(Error::Exited { name: self.name, status: status.to_string(), log: self.log_tail() })
            }
            Err(source) => Err(Error::Io { path: self.log.clone(), source }),
        }
    }

    pub(crate) fn log_tail(&self) -> String {
        let read = || {
            let mut file = File::open(&self.log)?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(SHOWN_LOG_BYTES)))?;
            let mut bytes = Vec::new();
            file.take(SHOWN_LOG_BYTES).read_to_end(&mut bytes)?;
            Ok::<_, std::io::Error>(String::from_utf8_lossy(&bytes).into_owned())
        };
        read().unwrap_or_else(|error| format!("(no log: {error})"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.released {
            // Both fail only if it ended by itself.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Removes the directories of control planes whose processes were killed so hard that they could not do it
/// themselves. Their names say which process they belonged to.
pub(crate) fn sweep(parent: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(prefix)?.split('-').next());
        let owner = owner.filter(|owner| !owner.is_empty() && owner.bytes().all(|b| b.is_ascii_digit()));
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner).exists()) {
            // Another process may sweep at the same time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
