//! A bare repository that tests commit to.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::Error;

/// Time of the first commit of every repository, in Unix seconds; each further commit is a minute later. With it,
/// equal steps make equal commit ids.
const FIRST_COMMIT: u64 = 1_700_000_000;

/// A bare repository `<root>/<name>.git` with a work tree beside it, driven through the `git` program.
///
/// Nothing of the user's or the system's Git configuration has a say in it.
#[derive(Debug)]
pub struct GitRepo {
    name: String,
    git_directory: PathBuf,
    work_tree: PathBuf,
    minutes: AtomicU64,
}

impl GitRepo {
    /// An empty repository whose first branch will be `main`. `name` may hold slashes.
    pub fn create(root: &Path, name: &str) -> Result<Self, Error> {
        let git_directory = root.join(format!("{name}.git"));
        let work_tree = root.join(format!("{name}.work"));
        for directory in [&git_directory, &work_tree] {
            fs::create_dir_all(directory).map_err(Error::io(directory))?;
        }
        let repo = Self { name: name.to_owned(), git_directory, work_tree, minutes: AtomicU64::new(0) };
        repo.git(&["init", "--quiet", "--bare", "--initial-branch=main"])?;
        repo.git(&["config", "gc.auto", "0"])?;
        Ok(repo)
    }

    /// The repository's name as it was created with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bare repository.
    pub fn path(&self) -> &Path {
        &self.git_directory
    }

    /// The directory whose content [`GitRepo::commit`] commits.
    pub fn work_tree(&self) -> &Path {
        &self.work_tree
    }

    /// Writes a file into the work tree, making its directories.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> Result<(), Error> {
        let path = self.in_work_tree(path)?;
        fs::write(&path, content).map_err(Error::io(&path))
    }

    /// Writes a file with its execute bits set.
    pub fn write_executable(&self, path: &str, content: impl AsRef<[u8]>) -> Result<(), Error> {
        self.write(path, content)?;
        let path = self.work_tree.join(path);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(Error::io(&path))
    }

    /// Makes a symbolic link to `target`, which need not exist.
    pub fn symlink(&self, path: &str, target: &str) -> Result<(), Error> {
        let path = self.in_work_tree(path)?;
        symlink(target, &path).map_err(Error::io(&path))
    }

    /// Removes a file or a directory with all that is in it.
    pub fn remove(&self, path: &str) -> Result<(), Error> {
        let path = self.work_tree.join(path);
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(Error::io(&path))
    }

    /// Commits the whole work tree to the current branch, also when nothing changed; returns the commit's id.
    pub fn commit(&self, message: &str) -> Result<String, Error> {
        self.git(&["add", "--all", "--force", "."])?;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message])?;
        self.head()
    }

    /// Writes one file and commits it.
    pub fn commit_file(&self, path: &str, content: &str) -> Result<String, Error> {
        self.write(path, content)?;
        self.commit(&format!("Update {path}"))
    }

    /// Makes `branch` the current one, beginning where the current one stands if it is new.
    pub fn switch(&self, branch: &str) -> Result<(), Error> {
        let reference = format!("refs/heads/{branch}");
        if self.git(&["rev-parse", "--verify", "--quiet", &reference]).is_err() {
            self.git(&["branch", branch])?;
        }
        self.git(&["symbolic-ref", "HEAD", &reference])?;
        self.git(&["reset", "--quiet", "--hard"])?;
        self.git(&["clean", "--quiet", "-dfx"]).map(drop)
    }

    /// A lightweight tag of the current commit.
    pub fn tag(&self, name: &str) -> Result<(), Error> {
        self.git(&["tag", "--force", name]).map(drop)
    }

    /// An annotated tag of the current commit; returns the id of the tag object.
    pub fn annotated_tag(&self, name: &str, message: &str) -> Result<String, Error> {
        self.git(&["tag", "--force", "--annotate", "--message", message, name])?;
        self.git(&["rev-parse", &format!("refs/tags/{name}")])
    }

    /// Points any reference (`refs/pull/7/head`) at a commit.
    pub fn set_reference(&self, name: &str, commit: &str) -> Result<(), Error> {
        self.git(&["update-ref", name, commit]).map(drop)
    }

    /// Deletes a reference.
    pub fn delete_reference(&self, name: &str) -> Result<(), Error> {
        self.git(&["update-ref", "-d", name]).map(drop)
    }

    /// Puts a submodule's entry (without `.gitmodules`) into the current branch as a commit of its own.
    pub fn commit_submodule_entry(&self, path: &str, commit: &str) -> Result<String, Error> {
        self.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},{path}")])?;
        self.git(&["commit", "--quiet", "--message", &format!("Add submodule {path}")])?;
        self.head()
    }

    /// The id of the current branch's commit.
    pub fn head(&self) -> Result<String, Error> {
        self.git(&["rev-parse", "HEAD"])
    }

    /// The id that a revision expression stands for.
    pub fn resolve(&self, revision: &str) -> Result<String, Error> {
        self.git(&["rev-parse", revision])
    }

    /// Runs `git` on the repository and returns what it printed, without the last line end.
    pub fn git(&self, arguments: &[&str]) -> Result<String, Error> {
        let seconds = FIRST_COMMIT + 60 * self.minutes.fetch_add(1, Ordering::Relaxed);
        let date = format!("{seconds} +0000");
        let mut command = Command::new("git");
        command
            .current_dir(&self.work_tree)
            .env("GIT_DIR", &self.git_directory)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .stdin(Stdio::null())
            .args(arguments);
        // `init --bare` refuses to be told a work tree.
        if arguments.first() != Some(&"init") {
            command.env("GIT_WORK_TREE", &self.work_tree);
        }
        isolate(&mut command);
        let output = command.output().map_err(|source| Error::Start { program: "git".into(), source })?;
        if !output.status.success() {
            return Err(Error::Failed {
                command: format!("git {}", arguments.join(" ")),
                output: String::from_utf8_lossy(&output.stderr).into_owned(),
            });
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    fn in_work_tree(&self, path: &str) -> Result<PathBuf, Error> {
        let path = self.work_tree.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Error::io(parent))?;
        }
        Ok(path)
    }
}

/// Keeps the machine's Git configuration out and gives commits an author.
fn isolate(command: &mut Command) {
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Ada Author")
        .env("GIT_AUTHOR_EMAIL", "ada@example.com")
        .env("GIT_COMMITTER_NAME", "Carl Committer")
        .env("GIT_COMMITTER_EMAIL", "carl@example.com");
}
