//! Reading files for one directory: restrictions, cycles, remote bases, and the cache of what was read.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    sync::Arc,
};

use crate::{
    LoadRestriction, Options,
    error::{Context as _, Error, ErrorKind},
    node::Node,
    objects::parse_objects,
    remote::{RemoteError, RemoteSource, RepositoryAddress, is_remote_file},
    schema::Schema,
    tree::{FileTree, Resolved, TreeError, clean, is_below, join},
};

/// What one build shares: options, schema, caches and the budget.
pub(crate) struct Session<'a> {
    pub(crate) options: &'a Options,
    pub(crate) remote: Option<&'a dyn RemoteSource>,
    pub(crate) schema: Schema,
    parsed: RefCell<HashMap<ContentKey, Rc<Vec<Node>>>>,
    remaining_bytes: Cell<u64>,
    remaining_directories: Cell<usize>,
    pub(crate) warnings: RefCell<Vec<String>>,
}

/// Content by address: files are read-only and shared, so the same allocation is the same text.
type ContentKey = (usize, usize);

impl<'a> Session<'a> {
    pub(crate) fn new(options: &'a Options, remote: Option<&'a dyn RemoteSource>) -> Self {
        Self {
            options,
            remote,
            schema: Schema::new(options.keep_builtin_schema),
            parsed: RefCell::default(),
            remaining_bytes: Cell::new(options.limits.bytes_read),
            remaining_directories: Cell::new(options.limits.directories),
            warnings: RefCell::default(),
        }
    }

    fn charge_bytes(&self, length: usize) -> Result<(), Error> {
        match self.remaining_bytes.get().checked_sub(length as u64) {
            Some(rest) => {
                self.remaining_bytes.set(rest);
                Ok(())
            }
            None => Err(Error::new(
                ErrorKind::Limit,
                format!("the build reads more than {} bytes", self.options.limits.bytes_read),
            )),
        }
    }

    /// Counts one more directory that is built; a tree of bases that fans out without end stops here.
    pub(crate) fn charge_directory(&self) -> Result<(), Error> {
        match self.remaining_directories.get().checked_sub(1) {
            Some(rest) => {
                self.remaining_directories.set(rest);
                Ok(())
            }
            None => Err(Error::new(
                ErrorKind::Limit,
                format!("the build visits more than {} directories", self.options.limits.directories),
            )),
        }
    }

    pub(crate) fn warn(&self, message: impl Into<String>) {
        self.warnings.borrow_mut().push(message.into());
    }
}

/// Reads for one kustomization directory.
pub(crate) struct Loader {
    tree: Arc<dyn FileTree>,
    root: String,
    restriction: LoadRestriction,
    /// The tree must not be left, whatever the restriction.
    confined_to: Option<String>,
    referrer: Option<Rc<Loader>>,
    repository: Option<(RepositoryAddress, String)>,
    files: Rc<FileCache>,
}

/// What was read, by resolved path.
#[derive(Default)]
struct FileCache {
    content: RefCell<HashMap<String, Arc<[u8]>>>,
}

impl Loader {
    pub(crate) fn open(tree: Arc<dyn FileTree>, path: &str, options: &Options) -> Result<Rc<Self>, Error> {
        let confined_to = options.confine_to.as_deref().map(clean);
        let mut loader = Self {
            tree,
            root: String::new(),
            restriction: options.load_restriction,
            confined_to,
            referrer: None,
            repository: None,
            files: Rc::default(),
        };
        loader.root = loader.confirm_directory(&clean(path)).context(|| "must build at directory")?;
        Ok(Rc::new(loader))
    }

    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// A loader for a directory or repository named in this one.
    pub(crate) fn descend(self: &Rc<Self>, session: &Session<'_>, path: &str) -> Result<Rc<Self>, Error> {
        if path.is_empty() {
            return Err(Error::new(ErrorKind::File, "new root cannot be empty"));
        }
        if let Some(address) = RepositoryAddress::parse(path) {
            self.check_repository_cycle(&address)?;
            return self.clone_repository(session, address);
        }
        if path.starts_with('/') {
            return Err(Error::new(ErrorKind::Confinement, format!("new root '{path}' cannot be absolute")));
        }
        let root = self.confirm_directory(&join(&self.root, path)).context(|| "must build at directory")?;
        self.check_inside_repository(&root)?;
        self.check_cycle(&root)?;
        Ok(Rc::new(Self {
            tree: Arc::clone(&self.tree),
            root,
            restriction: self.restriction,
            confined_to: self.confined_to.clone(),
            referrer: Some(Rc::clone(self)),
            repository: None,
            files: Rc::clone(&self.files),
        }))
    }

    fn clone_repository(
        self: &Rc<Self>,
        session: &Session<'_>,
        address: RepositoryAddress,
    ) -> Result<Rc<Self>, Error> {
        let remote = session.remote.ok_or_else(|| remote_refused(&address.raw))?;
        let checkout = remote.repository(&address).map_err(remote_error)?;
        let files = Rc::<FileCache>::default();
        let mut loader = Self {
            tree: checkout.tree,
            root: String::new(),
            restriction: LoadRestriction::RootOnly,
            confined_to: Some(checkout.root.clone()),
            referrer: Some(Rc::clone(self)),
            repository: Some((address.clone(), checkout.root.clone())),
            files,
        };
        let wanted = join(&checkout.root, &address.path);
        let resolved = loader.resolve(&wanted)?;
        if !resolved.is_directory {
            return Err(Error::new(
                ErrorKind::Remote,
                format!("'{wanted}' refers to file '{}'; expecting directory", resolved.path),
            ));
        }
        if !is_below(&resolved.path, &checkout.root) {
            return Err(Error::new(
                ErrorKind::Confinement,
                format!("\"{wanted}\" refers to directory outside of repo \"{}\"", checkout.root),
            ));
        }
        loader.root = resolved.path;
        Ok(Rc::new(loader))
    }

    fn check_repository_cycle(&self, address: &RepositoryAddress) -> Result<(), Error> {
        let mut loader = Some(self);
        while let Some(current) = loader {
            if let Some((visited, _)) = &current.repository
                && visited.raw.starts_with(&address.raw)
            {
                return Err(Error::new(
                    ErrorKind::Cycle,
                    format!(
                        "cycle detected: URI '{}' referenced by previous URI '{}'",
                        address.raw, visited.raw
                    ),
                ));
            }
            loader = current.referrer.as_deref();
        }
        Ok(())
    }

    fn check_inside_repository(&self, root: &str) -> Result<(), Error> {
        let mut loader = Some(self);
        while let Some(current) = loader {
            if let Some((_, clone)) = &current.repository {
                if !is_below(root, clone) {
                    return Err(Error::new(
                        ErrorKind::Confinement,
                        format!(
                            "security; bases in kustomizations found in cloned git repos must be within the \
                             repo, but base '{root}' is outside '{clone}'"
                        ),
                    ));
                }
                return Ok(());
            }
            loader = current.referrer.as_deref();
        }
        Ok(())
    }

    fn check_cycle(&self, root: &str) -> Result<(), Error> {
        let mut loader = Some(self);
        while let Some(current) = loader {
            // Paths of a clone say nothing about paths outside it.
            if is_below(&current.root, root) {
                return Err(Error::new(
                    ErrorKind::Cycle,
                    format!(
                        "cycle detected: candidate root '{root}' contains visited root '{}'",
                        current.root
                    ),
                ));
            }
            if current.repository.is_some() {
                return Ok(());
            }
            loader = current.referrer.as_deref();
        }
        Ok(())
    }

    fn resolve(&self, path: &str) -> Result<Resolved, Error> {
        let resolved = self.tree.resolve(path).map_err(|error| {
            let kind = tree_error_kind(&error);
            Error::new(kind, format!("evalsymlink failure on '{path}' : {error}"))
        })?;
        self.check_confined("lstat", path, &resolved)?;
        Ok(resolved)
    }

    fn check_confined(&self, operation: &str, path: &str, resolved: &Resolved) -> Result<(), Error> {
        match &self.confined_to {
            Some(root) if !is_below(&resolved.path, root) => Err(Error::new(
                ErrorKind::Confinement,
                format!(
                    "fs-security-constraint {operation} {path}: path '{path}' is not in or below '{root}'"
                ),
            )),
            _ => Ok(()),
        }
    }

    fn confirm_directory(&self, path: &str) -> Result<String, Error> {
        let resolved = self.resolve(path).context(|| "not a valid directory")?;
        if !resolved.is_directory {
            return Err(Error::new(ErrorKind::File, format!("'{path}': file is not directory")));
        }
        Ok(resolved.path)
    }

    /// The content of a file, or of what an `http(s)` address answers.
    pub(crate) fn load(&self, session: &Session<'_>, path: &str) -> Result<Arc<[u8]>, Error> {
        if is_remote_file(path) {
            let remote = session.remote.ok_or_else(|| remote_refused(path))?;
            let content = remote.file(path).map_err(|error| match &error {
                RemoteError::Status { .. } if RepositoryAddress::parse(path).is_some() => {
                    Error::new(ErrorKind::Remote, "URL is a git repository")
                }
                RemoteError::Status { .. } => Error::http_status(error.to_string()),
                RemoteError::Failed(_) => remote_error(error),
            })?;
            session.charge_bytes(content.len())?;
            return Ok(content);
        }
        let path = if path.starts_with('/') { path.to_owned() } else { join(&self.root, path) };
        let resolved = self.locate(&path)?;
        if let Some(content) = self.files.content.borrow().get(&resolved) {
            return Ok(Arc::clone(content));
        }
        let content = self.tree.read(&resolved).map_err(|error| {
            let kind = tree_error_kind(&error);
            Error::new(kind, error.to_string())
        })?;
        session.charge_bytes(content.len())?;
        self.files.content.borrow_mut().insert(resolved, Arc::clone(&content));
        Ok(content)
    }

    /// Applies the load restriction and names the real file.
    fn locate(&self, path: &str) -> Result<String, Error> {
        match self.restriction {
            LoadRestriction::RootOnly => {
                let resolved = self.resolve(path)?;
                if resolved.is_directory {
                    return Err(Error::new(ErrorKind::File, format!("'{path}' must resolve to a file")));
                }
                if !is_below(&resolved.path, &self.root) {
                    return Err(Error::new(
                        ErrorKind::Confinement,
                        format!("security; file '{path}' is not in or below '{}'", self.root),
                    ));
                }
                Ok(resolved.path)
            }
            LoadRestriction::None => {
                let resolved = self.tree.resolve(path).map_err(|error| {
                    let kind = tree_error_kind(&error);
                    let text = match &error {
                        TreeError::NotFound { .. } => format!("open {path}: no such file or directory"),
                        TreeError::NotADirectory { .. } => format!("open {path}: not a directory"),
                        other => other.to_string(),
                    };
                    Error::new(kind, text)
                })?;
                self.check_confined("open", path, &resolved)?;
                if resolved.is_directory {
                    return Err(Error::new(ErrorKind::File, format!("read {path}: is a directory")));
                }
                Ok(resolved.path)
            }
        }
    }

    /// The objects in a file, parsed once however often the file is named.
    pub(crate) fn load_objects(&self, session: &Session<'_>, path: &str) -> Result<Rc<Vec<Node>>, Error> {
        let content = self.load(session, path)?;
        let key = (content.as_ptr() as usize, content.len());
        if let Some(parsed) = session.parsed.borrow().get(&key) {
            return Ok(Rc::clone(parsed));
        }
        let parsed = parse_objects(&content).map_err(|error| {
            if error.is_malformed() {
                error.map_message(|message| format!("{message} in File: {path}"))
            } else {
                error
            }
        })?;
        let parsed = Rc::new(parsed);
        if !is_remote_file(path) {
            // The content of local files stays in the cache, so its address stays its own.
            session.parsed.borrow_mut().insert(key, Rc::clone(&parsed));
        }
        Ok(parsed)
    }
}

fn tree_error_kind(error: &TreeError) -> ErrorKind {
    match error {
        TreeError::Refused(_) => ErrorKind::Confinement,
        TreeError::TooLarge { .. } => ErrorKind::Limit,
        _ => ErrorKind::File,
    }
}

fn remote_refused(path: &str) -> Error {
    Error::new(ErrorKind::Remote, format!("remote bases are disabled: `{path}` is not fetched"))
}

fn remote_error(error: RemoteError) -> Error {
    Error::new(ErrorKind::Remote, error.to_string())
}
