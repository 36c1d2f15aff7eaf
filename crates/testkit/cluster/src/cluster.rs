//! Starting and ending a control plane.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process,
    time::{Duration, Instant},
};

use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::{Namespace as NamespaceObject, ServiceAccount},
};
use kube::{
    Api,
    api::{ObjectMeta, PostParams},
    config::Kubeconfig,
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{
    Access, Audit, Detached, Error, Objects, Options, User, audit, certificates, components,
    detached::prepare,
    objects::PATIENCE,
    pods,
    process::{Lifeline, Process, sweep},
    program,
};

/// A kubeconfig file; the cluster that it names is used in place of one of our own.
const EXISTING: &str = "FERROFLUX_TEST_KUBECONFIG";
const DIRECTORY_PREFIX: &str = "ferroflux-cluster-";
/// Another process may take the port between our look and the API server's.
const PORT_ATTEMPTS: usize = 5;
/// How often a state that has no watch is looked at.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(20);
const ADMIN: &str = "admin";

/// A running control plane. Ends, with its directory, when this is dropped or the process is gone.
#[derive(Debug)]
pub struct Cluster {
    // The order is the order of ending.
    processes: Vec<Process>,
    directory: Option<TempDir>,
    path: PathBuf,
    admin: Access,
    users: Vec<(User, Access)>,
    options: Options,
    existing: bool,
}

impl Cluster {
    /// Starts a control plane and waits until it serves everything that the options ask for.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        if let Some(path) = env::var_os(EXISTING) {
            return Self::existing(Path::new(&path), options);
        }
        let programs = tokio::task::spawn_blocking({
            let options = options.clone();
            move || Programs::find(&options)
        });
        let programs = programs.await.map_err(|error| Error::Unsupported { what: error.to_string() })??;
        let mut attempt = 1;
        loop {
            match Self::start_with(&programs, options.clone()).await {
                Err(Error::Exited { log, .. })
                    if attempt < PORT_ATTEMPTS && log.contains("address already in use") =>
                {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// The control plane with controllers and without pods that all tests of this process share. Take a
    /// [`Cluster::namespace`] of your own.
    pub async fn shared() -> Result<&'static Self, Error> {
        static SHARED: OnceCell<Cluster> = OnceCell::const_new();
        SHARED.get_or_try_init(|| Self::start(Options::default().audited())).await
    }

    /// As [`Cluster::shared`], with pods.
    pub async fn shared_with_pods() -> Result<&'static Self, Error> {
        static SHARED: OnceCell<Cluster> = OnceCell::const_new();
        SHARED.get_or_try_init(|| Self::start(Options::with_pods().audited())).await
    }

    fn existing(path: &Path, options: Options) -> Result<Self, Error> {
        let kubeconfig = Kubeconfig::read_from(path).map_err(|error| Error::Kubeconfig(Box::new(error)))?;
        Ok(Self {
            processes: Vec::new(),
            directory: None,
            path: path.to_owned(),
            admin: Access::from_kubeconfig(kubeconfig),
            users: Vec::new(),
            options,
            existing: true,
        })
    }

    async fn start_with(programs: &Programs, options: Options) -> Result<Self, Error> {
        let (path, directory) = make_directory(&options)?;
        let authority = certificates::write(&path)?;
        let port = free_port().map_err(|source| Error::Io { path: "127.0.0.1".into(), source })?;
        let server = format!("https://127.0.0.1:{port}");
        let (admin, users) = write_users(&path, &server, &authority, &options)?;
        let lifeline = if options.detached { Lifeline::Own } else { Lifeline::ThisProcess };
        let etcd_lifeline = match (&directory, lifeline) {
            (Some(_), Lifeline::ThisProcess) => Lifeline::ThisProcessThenRemove,
            _ => lifeline,
        };
        let apiserver_flags = components::apiserver(&path, port, &options);
        let start = |name, program, flags: Vec<String>, lifeline| {
            Process::start(name, program, &flags, &path, lifeline)
        };
        // The API server tries etcd once early and then waits a second, so etcd gets the head start.
        let etcd = start("etcd", &programs.etcd, components::etcd(&path), etcd_lifeline)?;
        let apiserver = start("kube-apiserver", &programs.apiserver, apiserver_flags, lifeline)?;
        let mut cluster = Self {
            processes: vec![apiserver, etcd],
            path: path.clone(),
            directory,
            admin,
            users,
            options,
            existing: false,
        };
        cluster.wait_until_ready().await?;
        for (name, program, flags) in [
            ("kube-controller-manager", &programs.controller_manager, components::controller_manager(&path)),
            ("kube-scheduler", &programs.scheduler, components::scheduler(&path)),
            ("kwok", &programs.kwok, components::kwok(&path)),
        ] {
            if let Some(program) = program {
                cluster.processes.insert(0, start(name, program, flags, lifeline)?);
            }
        }
        cluster.wait_for_components().await?;
        if cluster.options.detached {
            Detached::new(&path, server, &cluster.pids()).record()?;
            for process in &mut cluster.processes {
                process.release();
            }
        }
        Ok(cluster)
    }

    async fn wait_until_ready(&mut self) -> Result<(), Error> {
        let client = self.admin.client().await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            for process in &mut self.processes {
                process.check()?;
            }
            let request = http::Request::get("/readyz").body(Vec::new());
            let request = request.map_err(|error| Error::Manifest { reason: error.to_string() })?;
            let Err(error) = client.request_text(request).await else { return Ok(()) };
            if Instant::now() > deadline {
                let what = "the API server is ready".into();
                return Err(Error::TimedOut { what, waited: PATIENCE, last: error.to_string() });
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Waits for the first result of every component, so that no test meets a half-started cluster.
    async fn wait_for_components(&mut self) -> Result<(), Error> {
        let objects = self.objects().await?;
        let started = async {
            if components::runs_controllers(&self.options) {
                objects
                    .wait_for(
                        "rbac.authorization.k8s.io/v1/ClusterRole",
                        "admin",
                        "ClusterRole `admin` is aggregated",
                        |role| {
                            role.data
                                .get("rules")
                                .and_then(|rules| rules.as_array())
                                .is_some_and(|r| !r.is_empty())
                        },
                    )
                    .await?;
                objects
                    .wait_for("v1/ServiceAccount", "default", "namespace `default` has an account", |_| true)
                    .await?;
            }
            if self.options.pods {
                objects.apply(pods::NODE).await?;
                objects.wait_for_condition("v1/Node", pods::NODE_NAME, "Ready", "True").await?;
            }
            Ok(())
        };
        let result = started.await;
        for process in &mut self.processes {
            process.check()?;
        }
        result
    }

    /// The cluster's administrator (group `system:masters`).
    pub fn admin(&self) -> &Access {
        &self.admin
    }

    /// A user of [`Options::users`], with its token.
    pub fn user(&self, name: &str) -> Result<&Access, Error> {
        let found = self.users.iter().find(|(user, _)| user.name == name);
        found
            .map(|(_, access)| access)
            .ok_or_else(|| Error::Unsupported { what: format!("logging in as `{name}`, who has no token,") })
    }

    /// A service account with a fresh token; the account is created if it is missing.
    pub async fn service_account(&self, namespace: &str, name: &str) -> Result<Access, Error> {
        let client = self.admin.client().await?;
        let accounts: Api<ServiceAccount> = Api::namespaced(client, namespace);
        let metadata = ObjectMeta { name: Some(name.into()), ..ObjectMeta::default() };
        let account = ServiceAccount { metadata, ..ServiceAccount::default() };
        match accounts.create(&PostParams::default(), &account).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Err(error) => {
                return Err(Error::request(format!("create service account `{namespace}/{name}`"), error));
            }
        }
        let request = TokenRequest {
            spec: Some(TokenRequestSpec {
                expiration_seconds: Some(24 * 3600),
                ..TokenRequestSpec::default()
            }),
            ..TokenRequest::default()
        };
        let answer = accounts
            .create_token_request(name, &PostParams::default(), &request)
            .await
            .map_err(|error| Error::request(format!("get a token for `{namespace}/{name}`"), error))?;
        let token = answer.status.and_then(|status| status.token).unwrap_or_default();
        self.admin.replace_token(&token)
    }

    /// Reads and writes objects as the administrator, in `default` unless they name a namespace.
    pub async fn objects(&self) -> Result<Objects, Error> {
        self.admin.objects().await
    }

    /// A new namespace whose name begins with `prefix`; the administrator's view of it.
    pub async fn namespace(&self, prefix: &str) -> Result<Objects, Error> {
        let client = self.admin.client().await?;
        let metadata = ObjectMeta { generate_name: Some(format!("{prefix}-")), ..ObjectMeta::default() };
        let namespace = NamespaceObject { metadata, ..NamespaceObject::default() };
        let created =
            Api::<NamespaceObject>::all(client.clone()).create(&PostParams::default(), &namespace).await;
        let created =
            created.map_err(|error| Error::request(format!("create namespace `{prefix}-…`"), error))?;
        let objects = Objects::new(client, created.metadata.name);
        if self.existing || components::runs_controllers(&self.options) {
            // Pods are refused until it is there, and their creators then pause for long.
            objects
                .wait_for("v1/ServiceAccount", "default", "the namespace has its account", |_| true)
                .await?;
        }
        Ok(objects)
    }

    /// The API server's address (`https://127.0.0.1:40001`).
    pub async fn url(&self) -> Result<String, Error> {
        Ok(self.admin.config().await?.cluster_url.to_string().trim_end_matches('/').to_owned())
    }

    /// The administrator's kubeconfig file.
    pub fn kubeconfig(&self) -> PathBuf {
        if self.existing { self.path.clone() } else { self.path.join(components::KUBECONFIG) }
    }

    /// Where certificates, logs and data are.
    pub fn directory(&self) -> &Path {
        &self.path
    }

    /// The components and their process ids.
    pub fn pids(&self) -> Vec<(&'static str, u32)> {
        self.processes.iter().map(|process| (process.name, process.id())).collect()
    }

    /// Every request that was answered until now (`ResponseStarted` for watches), oldest first. Filter by
    /// namespace, user or user agent: other tests and the controllers make requests too.
    pub async fn requests(&self) -> Result<Vec<audit::Request>, Error> {
        if self.existing || self.options.audit == Audit::Off {
            return Err(Error::Unsupported { what: "counting requests without an audit log".into() });
        }
        audit::read(&self.admin.client().await?, &self.path.join(components::AUDIT_LOG)).await
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Before the directory: nothing may write to it while it is removed.
        self.processes.clear();
        self.directory.take();
    }
}

/// Asks until there is an answer, at most [`PATIENCE`] long.
pub(crate) async fn poll<T>(
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<Option<T>, Error>,
) -> Result<T, Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            return Err(Error::TimedOut { what: what.into(), waited: PATIENCE, last: "not yet".into() });
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

struct Programs {
    etcd: program::Program,
    apiserver: program::Program,
    controller_manager: Option<program::Program>,
    scheduler: Option<program::Program>,
    kwok: Option<program::Program>,
}

impl Programs {
    fn find(options: &Options) -> Result<Self, Error> {
        let when = |wanted: bool, name| wanted.then(|| program::find(name)).transpose();
        Ok(Self {
            etcd: program::find("etcd")?,
            apiserver: program::find("kube-apiserver")?,
            controller_manager: when(components::runs_controllers(options), "kube-controller-manager")?,
            scheduler: when(options.pods, "kube-scheduler")?,
            kwok: when(options.pods, "kwok")?,
        })
    }
}

fn make_directory(options: &Options) -> Result<(PathBuf, Option<TempDir>), Error> {
    if let Some(path) = &options.directory {
        prepare(path)?;
        return Ok((path.clone(), None));
    }
    let parent = env::temp_dir();
    sweep(&parent, DIRECTORY_PREFIX);
    let directory = tempfile::Builder::new()
        .prefix(&format!("{DIRECTORY_PREFIX}{}-", process::id()))
        .tempdir_in(&parent)
        .map_err(|source| Error::Io { path: parent, source })?;
    Ok((directory.path().to_owned(), Some(directory)))
}

/// Writes what the API server and the other components know about users.
fn write_users(
    directory: &Path,
    server: &str,
    authority: &str,
    options: &Options,
) -> Result<(Access, Vec<(User, Access)>), Error> {
    // The port is on loopback and the control plane is for tests: unguessable tokens would guard nothing.
    let token = |name: &str| format!("{name}-token");
    let access = |name: &str| Access::with_token(server, Some(authority), name, &token(name));
    let mut tokens = format!("{},{ADMIN},{ADMIN},\"system:masters\"\n", token(ADMIN));
    let mut users = Vec::new();
    for user in &options.users {
        let User { name, groups } = user;
        tokens.push_str(&format!("{},{name},{name},\"{}\"\n", token(name), groups.join(",")));
        users.push((user.clone(), access(name)?));
    }
    let admin = access(ADMIN)?;
    let policy = match &options.audit {
        Audit::Policy(policy) => policy.as_str(),
        Audit::Off | Audit::Metadata => audit::METADATA_POLICY,
    };
    for (name, content) in [
        (components::TOKENS, tokens),
        (components::KUBECONFIG, admin.kubeconfig()?),
        (components::AUDIT_POLICY, policy.to_owned()),
        (components::STAGES, pods::STAGES.to_owned()),
    ] {
        let path = directory.join(name);
        fs::write(&path, content).map_err(|source| Error::Io { path, source })?;
    }
    Ok((admin, users))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
