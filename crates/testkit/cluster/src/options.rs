//! What a control plane consists of.

use std::path::PathBuf;

/// The user that every control plane of this crate knows and that may do nothing until a role is bound to it.
pub const VISITOR: &str = "visitor";

/// What runs beside the API server, and who is known to it. The default is the API server with the
/// controller-manager.
#[derive(Debug, Clone)]
pub struct Options {
    /// Runs kube-controller-manager: namespaces get deleted, garbage collected, `admin` is aggregated,
    /// Deployments and Jobs make pods. Without it the API server and etcd are alone, which starts faster.
    pub controllers: bool,
    /// Runs kube-scheduler, one node, and kwok, which moves pods as [`crate::pods`] describes. Implies
    /// `controllers`.
    pub pods: bool,
    /// What is written to the audit log.
    pub audit: Audit,
    /// Users with a static token, besides the admin. The default is one, [`VISITOR`].
    pub users: Vec<User>,
    /// More flags for kube-apiserver, after ours (`--feature-gates=…`).
    pub apiserver_flags: Vec<String>,
    /// Where the control plane's files live: an empty directory, or one that an ended control plane left. It is
    /// not removed afterwards. The default is a new temporary directory, which is.
    pub directory: Option<PathBuf>,
    /// The control plane outlives this process ([`crate::Detached`] ends it); needs `directory`. The default ties it to this process.
    pub detached: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            controllers: true,
            pods: false,
            audit: Audit::Off,
            users: vec![User::new(VISITOR)],
            apiserver_flags: Vec::new(),
            directory: None,
            detached: false,
        }
    }
}

impl Options {
    /// etcd and the API server, nothing else.
    pub fn api_only() -> Self {
        Self { controllers: false, ..Self::default() }
    }

    /// Everything: controllers, a scheduler, a node, and pods that come alive.
    pub fn with_pods() -> Self {
        Self { pods: true, ..Self::default() }
    }

    /// With every request in the audit log, so that a test can count them ([`crate::Cluster::requests`]).
    pub fn audited(mut self) -> Self {
        self.audit = Audit::Metadata;
        self
    }
}

/// What is written to the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audit {
    /// Nothing.
    Off,
    /// Who asked for what and the answer's code, no bodies.
    Metadata,
    /// As a `audit.k8s.io/v1` Policy in YAML says.
    Policy(String),
}

/// A user with a static token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's name.
    pub name: String,
    /// The groups it is in, besides `system:authenticated`.
    pub groups: Vec<String>,
}

impl User {
    /// A user in no group.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), groups: Vec::new() }
    }

    /// Adds a group.
    pub fn in_group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }
}
