//! Builds and finds the foreign programs that tests run: the control plane and the reference tools.
//!
//! Each is a small Go module in the tree (`e2e/controlplane`, `e2e/oracles/NAME`) that names exact versions of
//! its dependencies. A program is built once per content of its module and kept outside the checkout, so that a
//! second run, in whatever directory, finds it there. Nothing here is ever linked into a shipped program.
#![expect(clippy::disallowed_types, reason = "this crate is where tests start programs")]

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest, Sha256};

/// Why a program could not be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the module or of the cache could not be read or written.
    #[error("cannot access `{path}`")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The Go tool is missing or ended with an error.
    #[error("building `{module}` with Go failed: {output}")]
    Build {
        /// The module's directory.
        module: PathBuf,
        /// What the Go tool printed.
        output: String,
    },
}

/// How a Go program is built. [`GoProgram::new`] is enough for most.
#[derive(Debug, Clone)]
pub struct GoProgram {
    module: PathBuf,
    package: String,
    ldflags: String,
    tags: String,
}

impl GoProgram {
    /// The main package in the directory `module`, relative to the checkout's root (`e2e/oracles/yaml`).
    pub fn new(module: impl AsRef<Path>) -> Self {
        Self {
            module: workspace_root().join(module),
            package: ".".into(),
            ldflags: "-s -w".into(),
            tags: String::new(),
        }
    }

    /// Builds `package` (an import path that the module requires) in place of the module's own main package.
    pub fn package(mut self, package: impl Into<String>) -> Self {
        self.package = package.into();
        self
    }

    /// Adds linker flags, such as `-X k8s.io/component-base/version.gitVersion=v1.36.0`.
    pub fn ldflags(mut self, flags: &str) -> Self {
        self.ldflags.push(' ');
        self.ldflags.push_str(flags);
        self
    }

    /// Sets the build tags, comma-separated.
    pub fn tags(mut self, tags: impl Into<String>) -> Self {
        self.tags = tags.into();
        self
    }

    /// The path of the built program; builds it first if this content was never built on this machine.
    ///
    /// Safe to call from many processes at once: a file lock lets one of them build.
    pub fn path(&self) -> Result<PathBuf, Error> {
        let name = self.package.rsplit('/').find(|part| !is_version(part) && *part != ".");
        let name = name
            .map(str::to_owned)
            .or_else(|| self.module.file_name().map(|n| n.to_string_lossy().into_owned()))
            .unwrap_or_else(|| "program".into());
        let directory = cache_directory().join("programs");
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Io { path, source }
        };
        fs::create_dir_all(&directory).map_err(at(&directory))?;
        let program = directory.join(format!("{name}-{}", &self.digest()?[..16]));
        if program.is_file() {
            return Ok(program);
        }
        let lock_path = program.with_extension("lock");
        let lock = fs::File::create(&lock_path).map_err(at(&lock_path))?;
        lock.lock().map_err(at(&lock_path))?;
        if program.is_file() {
            return Ok(program);
        }
        let partial = program.with_extension("partial");
        let output = Command::new("go")
            .current_dir(&self.module)
            .env("CGO_ENABLED", "0")
            .env("GOFLAGS", "-mod=mod -buildvcs=false")
            .args(["build", "-trimpath", "-ldflags", &self.ldflags, "-tags", &self.tags, "-o"])
            .arg(&partial)
            .arg(&self.package)
            .output()
            .map_err(|error| Error::Build { module: self.module.clone(), output: error.to_string() })?;
        if !output.status.success() {
            return Err(Error::Build {
                module: self.module.clone(),
                output: String::from_utf8_lossy(&output.stderr).into_owned(),
            });
        }
        fs::rename(&partial, &program).map_err(at(&program))?;
        Ok(program)
    }

    fn digest(&self) -> Result<String, Error> {
        let mut files = Vec::new();
        collect(&self.module, &mut files)?;
        files.sort();
        let mut hash = Sha256::new();
        for path in files {
            let content = fs::read(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
            hash.update(path.strip_prefix(&self.module).unwrap_or(&path).to_string_lossy().as_bytes());
            hash.update((content.len() as u64).to_le_bytes());
            hash.update(&content);
        }
        for part in [&self.package, &self.ldflags, &self.tags] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        Ok(hex::encode(hash.finalize()))
    }
}

/// The root of the checkout that this crate was compiled in.
pub fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(3).unwrap_or(here).to_owned()
}

/// Where built programs and other results worth keeping between runs live, outside the checkout:
/// `FERROFLUX_CACHE`, else `$XDG_CACHE_HOME/ferroflux`, else `~/.cache/ferroflux`.
pub fn cache_directory() -> PathBuf {
    if let Some(path) = env::var_os("FERROFLUX_CACHE") {
        return path.into();
    }
    let base = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let base = base.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    base.unwrap_or_else(env::temp_dir).join("ferroflux")
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let at = |source| Error::Io { path: directory.to_owned(), source };
    for entry in fs::read_dir(directory).map_err(at)? {
        let path = entry.map_err(at)?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "go")
            || path.ends_with("go.mod")
            || path.ends_with("go.sum")
        {
            files.push(path);
        }
    }
    Ok(())
}
